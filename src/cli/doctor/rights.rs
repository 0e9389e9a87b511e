//! May we? Each cluster that answers is asked by an access review, all of them at once; nothing is tried.

use super::{Check, Found};
use crate::app::fleet::Cluster;
use crate::cli::headless::Session;
use crate::cluster::access::Question;
use crate::domain::cluster::KindState;
use crate::engine::{self, Role, WatchedKind};
use futures::future::join_all;
use std::time::Duration;

/// A cluster that takes longer to answer leaves the question open, and is not asked the others.
const PATIENCE: Duration = Duration::from_secs(5);

/// A right and what it is for.
struct Right {
    question: Question,
    what: String,
    without: &'static str,
}

impl Right {
    fn new(verb: &str, group: &str, resource: &str, without: &'static str) -> Self {
        let what = if group.is_empty() { format!("{verb} {resource}") } else { format!("{verb} {resource}.{group}") };
        let question = Question { verb: verb.into(), group: group.into(), resource: resource.into(), ..Question::default() };
        Self { question, what, without }
    }
}

pub async fn all(session: &Session) -> Vec<Check> {
    let live = session.state.fleet.clusters.values().filter(|c| c.info.is_some() && c.link.is_live());
    // In the order of the clusters, whichever answers first.
    join_all(live.map(|cluster| of(session, cluster))).await
}

/// Kinds of the engines that are served there.
fn served(cluster: &Cluster) -> impl Iterator<Item = &'static WatchedKind> {
    let is_served = |kind: &WatchedKind| cluster.kinds.get(kind.plural).is_some_and(|s| !matches!(s, KindState::NotServed));
    engine::watched().map(|(_, kind)| kind).filter(move |kind| is_served(kind))
}

fn wanted(cluster: &Cluster) -> Vec<Right> {
    let mut rights = vec![
        Right::new("list", "", "pods", "why a rollout fails stays unknown"),
        Right::new("list", "", "events", "events are not shown"),
        Right::new("list", "apps", "deployments", "live health and diff are unknown"),
    ];
    for kind in served(cluster) {
        let without = if kind.role == Role::App { "its apps are not shown" } else { "verdicts and sync windows are not known whole" };
        if kind.only.is_none() {
            rights.push(Right::new("list", kind.group, kind.plural, without));
        }
        let is_asked = match kind.role {
            Role::App => true,
            Role::Source => kind.kind != "ExternalArtifact",
            Role::Context => false,
        };
        if is_asked && !cluster.read_only {
            rights.push(Right::new("patch", kind.group, kind.plural, "no sync, refresh, suspend or resume"));
        }
    }
    rights
}

async fn of(session: &Session, cluster: &Cluster) -> Check {
    let check = |found, text: String| Check::new("rights", cluster.name(), found, text);
    let Some(handle) = session.runtime().session(&cluster.id) else {
        return check(Found::Unknown, "it is not watched".into());
    };
    let (mut may, mut lacks, mut open) = (0usize, Vec::new(), Vec::new());
    let rights = wanted(cluster);
    let asked = rights.len();
    for right in rights {
        match tokio::time::timeout(PATIENCE, handle.allowed(&right.question)).await {
            Ok(Ok(true)) => may += 1,
            Ok(Ok(false)) => lacks.push(right),
            Ok(Err(error)) => open.push(format!("{}: {}", right.what, error.message)),
            Err(_) => {
                open.push(format!("{}: no answer within {}s", right.what, PATIENCE.as_secs()));
                break;
            }
        }
    }
    let user = cluster.user.as_deref().unwrap_or("your user");
    if !lacks.is_empty() {
        let text = lacks.iter().map(|r| format!("{} ({})", r.what, r.without)).collect::<Vec<_>>().join("; ");
        let rules = lacks.iter().map(|r| r.what.clone()).collect::<Vec<_>>().join(", ");
        let text = format!("{user} may do {may} of {asked}; not cluster-wide: {text}");
        return check(Found::Limited, text).fix(format!("ask for: {rules}; rights in single namespaces are enough for those namespaces"));
    }
    match open.first() {
        Some(first) => {
            check(Found::Unknown, format!("{user} may do {may} of {asked}; not told: {first}")).fix("ask again when the cluster is quiet")
        }
        None => check(Found::Works, format!("{user} may do all {may} things that were asked about")),
    }
}
