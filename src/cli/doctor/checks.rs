//! What the state tells of clusters, engines, repositories and destinations.

use super::{Check, Found, engines};
use crate::app::also;
use crate::app::destination;
use crate::app::fleet::Cluster;
use crate::app::state::AppState;
use crate::cli::status::reach;
use crate::domain::cluster::Link;
use crate::domain::ids::ClusterId;
use crate::domain::repo::{PollState, Repo};
use crate::domain::text::shell;
use std::collections::BTreeMap;

pub fn clusters(state: &AppState) -> Vec<Check> {
    state.fleet.clusters.values().filter(|c| c.info.is_some()).flat_map(|c| cluster(state, c)).collect()
}

fn cluster(state: &AppState, c: &Cluster) -> Vec<Check> {
    let mut out = vec![link(state, c)];
    if !c.link.is_live() {
        return out;
    }
    for engine in &c.engines {
        let subject = format!("{} {}", c.name(), engine.name.title());
        out.push(match &engine.version {
            Some(version) => Check::new("engine", subject, Found::Works, format!("version {version}")),
            None => Check::new("engine", subject, Found::Limited, "its version cannot be read: plans take it for an old one")
                .fix(format!("let {} list deployments in its namespace", who(c))),
        });
    }
    out.extend(engines::checks(c));
    if c.fingerprint.as_ref().is_some_and(|f| f.uid.is_none()) {
        let text = "known by server and CA only: the uid of namespace kube-system cannot be read";
        out.push(Check::new("identity", c.name(), Found::Limited, text).fix(format!("let {} get namespace kube-system", who(c))));
    }
    out
}

fn who(c: &Cluster) -> &str {
    c.user.as_deref().unwrap_or("your user")
}

fn link(state: &AppState, c: &Cluster) -> Check {
    let reason = reach::reason(state, c).unwrap_or_else(|| c.link.word().to_owned());
    let check = |found, text: String| Check::new("cluster", c.name(), found, text);
    match &c.link {
        Link::Live { .. } => check(Found::Works, facts(state, c)),
        Link::NotInstalled => check(Found::Works, format!("{}; neither Argo CD nor Flux is installed", facts(state, c))),
        Link::Forbidden { .. } => {
            let fix = format!(
                "give {} get, list and watch on what is named; or name the namespaces you may read (namespaces in the config)",
                who(c)
            );
            check(Found::Limited, reason).fix(fix)
        }
        Link::Degraded { .. } => check(Found::Limited, reason).fix("driftdeck tries again by itself; the API server's log says more"),
        Link::LoginNeeded { .. } => {
            let program = c.info.as_ref().and_then(|i| i.login.as_deref()).unwrap_or("the login program of the kubeconfig");
            check(Found::Broken, format!("login needed: {reason}")).fix(format!("log in with {program}; on the screen l runs it"))
        }
        Link::Changed { .. } => check(Found::Broken, format!("it is not the cluster it was: {reason}"))
            .fix("check the kubeconfig; where the change is right, forget on the screen accepts it"),
        Link::Invalid { .. } => check(Found::Broken, reason).fix("mend this context in the kubeconfig"),
        Link::Unreachable { .. } | Link::Connecting { .. } | Link::Unmapped => {
            let server = c.info.as_ref().map_or("its server", |i| i.server.as_str());
            let fix = format!("is {server} right, and is the VPN or proxy up? kubectl --context {} version", shell(c.id.as_str()));
            check(Found::Broken, reason).fix(fix)
        }
    }
}

fn facts(state: &AppState, c: &Cluster) -> String {
    let mut parts = vec!["live".to_owned()];
    parts.extend(c.kubernetes.as_ref().map(|v| format!("Kubernetes {v}")));
    parts.extend(c.user.as_ref().map(|u| format!("as {u}")));
    let also = also::names(state, &c.id);
    if !also.is_empty() {
        parts.push(format!("also as {}", also.join(", ")));
    }
    if c.protected {
        parts.push("protected: its name is typed before a change".into());
    }
    if c.read_only {
        parts.push("read-only: nothing is sent".into());
    }
    parts.join(", ")
}

pub fn repositories(state: &AppState) -> Vec<Check> {
    state.fleet.repos.values().map(repository).collect()
}

fn repository(repo: &Repo) -> Check {
    let check = |found, text: String| Check::new("repository", repo.id.short(), found, text);
    let by_hand = format!("git ls-remote {} must work in this shell", shell(&repo.url));
    match &repo.poll {
        PollState::Ok => check(Found::Works, format!("{}, {} branches and tags", repo.url, repo.refs.len())),
        PollState::Never => check(Found::Unknown, format!("{} has not answered yet", repo.url)).fix(by_hand),
        PollState::AuthFailed { message, .. } => {
            let fix = format!("{by_hand} without asking: a credential helper, or a key in the ssh agent");
            check(Found::Broken, format!("git cannot log in to {}: {message}", repo.url)).fix(fix)
        }
        PollState::Failed { message, .. } => check(Found::Broken, format!("{}: {message}", repo.url)).fix(by_hand),
        PollState::NoGit { message } => check(Found::Broken, message.clone()).fix("install git 2.30 or newer"),
    }
}

/// Where Argo CD deploys to, and whether a context of ours reaches it.
pub fn destinations(state: &AppState) -> Vec<Check> {
    let mut found: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    for row in state.fleet.rows.values().filter(|r| r.app.argo().is_some()) {
        let app = &row.app;
        let said = app.destination.name.clone().or_else(|| app.destination.server.clone()).unwrap_or_else(|| app.runs_on().to_owned());
        let reached = |id: &&ClusterId| state.fleet.clusters.get(*id).is_none_or(|c| c.link != Link::Unmapped);
        let cluster = app.destination.cluster.as_ref().filter(reached).map(ToString::to_string);
        *found.entry((format!("{said} of {}", app.id.cluster), cluster)).or_default() += 1;
    }
    let one = |((subject, cluster), apps): ((String, Option<String>), usize)| {
        let apps = if apps == 1 { "1 app".to_owned() } else { format!("{apps} apps") };
        let destination = subject.split(" of ").next().unwrap_or_default().to_owned();
        match cluster {
            Some(cluster) => Check::new("mapping", subject, Found::Works, format!("{apps}, reached by context {cluster}")),
            None => Check::new(
                "mapping",
                subject,
                Found::Limited,
                format!("{apps}, and no context read reaches it: live objects and diff are unknown"),
            )
            .fix(match destination::unread_context(state, &destination) {
                Some(context) => format!("context {context} reaches it: read it, too, with --context {}", shell(context.as_str())),
                None => format!(
                    "choose the context on screen (:map on its row), or name it in the config, destinations: {{\"{destination}\": CONTEXT}}, and read it, too"
                ),
            }),
        }
    };
    found.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::select::tests::night;

    #[test]
    fn each_trouble_of_the_night_is_told_with_what_helps() {
        let state = night();
        let all: Vec<Check> = clusters(&state).into_iter().chain(repositories(&state)).chain(destinations(&state)).collect();
        let of = |area: &str, subject: &str| all.iter().find(|c| c.area == area && c.subject.starts_with(subject)).unwrap().clone();
        assert_eq!(of("cluster", "prod-eu").found, Found::Works);
        assert_eq!(of("cluster", "edge-syd").found, Found::Broken);
        assert_eq!(of("cluster", "dev-shared").found, Found::Limited);
        assert!(of("repository", "shop").fix.unwrap().contains("git ls-remote"));
        assert_eq!(of("repository", "fleet").found, Found::Works);
        let unmapped = of("mapping", "prod-ap");
        assert!(
            unmapped.found == Found::Limited && unmapped.fix.as_ref().is_some_and(|f| f.contains("\"prod-ap\": CONTEXT")),
            "{unmapped:?}"
        );
        assert!(all.iter().all(|c| c.found == Found::Works || c.fix.is_some()), "{all:?}");
    }
}
