//! How much of what was asked for was read, and the exit code that follows.

use crate::app::destination;
use crate::app::fleet::{Cluster, Row};
use crate::app::state::AppState;
use crate::domain::cluster::{KindState, Link};
use crate::domain::ids::ClusterId;
use crate::domain::status::Severity;
use crate::engine::Role;
use std::collections::BTreeSet;

/// Every cluster has given all its rows, or has said why not, and what is computed from them was computed.
pub fn is_read(state: &AppState) -> bool {
    is_read_of(state, |_| true)
}

/// As [`is_read`], for some of the clusters.
pub fn is_read_of(state: &AppState, wanted: impl Fn(&Cluster) -> bool) -> bool {
    !state.fleet.clusters.is_empty()
        && state.fleet.clusters.values().filter(|c| c.info.is_some() && wanted(c)).all(is_settled)
        && crate::app::destination::is_settled(state)
        && crate::app::assess::is_settled(state)
}

fn is_settled(cluster: &Cluster) -> bool {
    match cluster.link {
        Link::Connecting { .. } => false,
        Link::Unreachable { .. }
        | Link::LoginNeeded { .. }
        | Link::Unmapped
        | Link::NotInstalled
        | Link::Changed { .. }
        | Link::Invalid { .. } => true,
        Link::Live { .. } | Link::Degraded { .. } | Link::Forbidden { .. } => crate::engine::watched()
            .all(|(_, kind)| cluster.kinds.get(kind.plural).is_some_and(|s| !matches!(s, KindState::Loading { .. }))),
    }
}

/// A kind of app on a cluster, and the namespaces in which it was read.
pub type InPart = (ClusterId, &'static str, Vec<String>);

/// Kinds of apps that may not be listed everywhere, where a further namespace may still answer; and those that did.
pub fn open(state: &AppState) -> Vec<InPart> {
    let clusters = state.fleet.clusters.values().filter(|c| c.link.is_live());
    let forbidden = clusters.flat_map(|c| in_part(c).map(|(kind, namespaces)| (c.id.clone(), kind, namespaces.to_vec())));
    forbidden.filter(|(_, _, found)| !state.settings.namespace.as_ref().is_some_and(|n| found.contains(n))).collect()
}

/// Kinds of apps that may not be listed everywhere, and the namespaces where they were read.
fn in_part(cluster: &Cluster) -> impl Iterator<Item = (&'static str, &[String])> {
    apps().filter_map(|plural| match cluster.kinds.get(plural) {
        Some(KindState::Forbidden { namespaces }) => Some((plural, namespaces.as_slice())),
        _ => None,
    })
}

fn apps() -> impl Iterator<Item = &'static str> {
    crate::engine::watched().filter(|(_, kind)| kind.role == Role::App).map(|(_, kind)| kind.plural)
}

/// 2 when a cluster (or one of its kinds of apps) was not read, else 1 when an app is not well, else 0.
pub fn code_of<'a>(is_unread: bool, mut rows: impl Iterator<Item = &'a Row>) -> i32 {
    // What nobody has looked at is not known to be well.
    let bad = rows.any(|r| r.severity != Severity::Ok);
    if is_unread { 2 } else { i32::from(bad) }
}

/// Clusters of which not every kind of app was read.
pub fn unread(state: &AppState) -> impl Iterator<Item = &Cluster> {
    let clusters = state.fleet.clusters.values().filter(|c| c.info.is_some());
    clusters.filter(|c| !is_settled(c) || !is_whole(c, state.settings.namespace.as_deref()))
}

/// Every kind of app was read: everywhere, in the namespace that was asked for, or where none was, in those that may be read.
fn is_whole(cluster: &Cluster, namespace: Option<&str>) -> bool {
    match cluster.link {
        Link::Live { .. } | Link::NotInstalled => true,
        Link::Forbidden { .. } => apps().all(|plural| match cluster.kinds.get(plural) {
            Some(KindState::Live | KindState::NotServed) => true,
            Some(KindState::Forbidden { namespaces }) => match namespace {
                Some(wanted) => namespaces.iter().any(|n| n == wanted),
                None => !namespaces.is_empty(),
            },
            _ => false,
        }),
        _ => false,
    }
}

/// That the namespace asked for holds no app, told beside an answer without any: it may be a slip of the finger.
pub fn nothing_in_namespace(state: &AppState) -> Option<String> {
    let namespace = state.settings.namespace.as_ref().filter(|_| state.fleet.rows.is_empty())?;
    let unread: Vec<&ClusterId> = unread(state).map(|c| &c.id).collect();
    let clusters = state.fleet.clusters.values().filter(|c| c.info.is_some() && !unread.contains(&&c.id));
    let read: Vec<&str> = clusters.map(Cluster::name).collect();
    let place = if read.is_empty() { return None } else { read.join(", ") };
    let what = "-n is where the Application, Kustomization or HelmRelease itself lives, not where it deploys";
    let next = "Which ones hold apps: the same command with -o wide and without -n";
    Some(format!("no app lives in namespace {namespace} on {place} ({what}). {next}."))
}

/// Why a cluster is not wholly live; where only some namespaces may be read it names them.
pub fn reason(state: &AppState, cluster: &Cluster) -> Option<String> {
    let reason = cluster.link.reason()?;
    if let Some(context) = destination::unread_context(state, cluster.id.as_str()).filter(|_| cluster.link == Link::Unmapped) {
        return Some(format!("context {context} reaches it, and is not read in this run"));
    }
    let read: BTreeSet<&str> = in_part(cluster).flat_map(|(_, namespaces)| namespaces).map(String::as_str).collect();
    if read.is_empty() || !matches!(cluster.link, Link::Forbidden { .. }) {
        return Some(reason);
    }
    let names: Vec<&str> = read.into_iter().collect();
    Some(format!("{reason}; read only in {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::msg::{Envelope, Msg};
    use crate::app::state::Settings;
    use crate::domain::cluster::ContextInfo;
    use crate::domain::event::ClusterEvent;

    /// One cluster on which this kind may be listed in these namespaces only; everything else was read.
    fn state(kind: &str, namespaces: &[&str], wanted: Option<&str>) -> AppState {
        let (now, cluster) = (crate::domain::Timestamp::UNIX_EPOCH, ClusterId::new("hub"));
        let settings = Settings { namespace: wanted.map(str::to_owned), ..Settings::default() };
        let mut state = AppState::new(now, settings);
        state.chosen = vec![cluster.clone()];
        let info = ContextInfo {
            id: cluster.clone(),
            alias: None,
            server: "https://hub.example.com".into(),
            user: "sam".into(),
            namespace: None,
            protected: false,
            read_only: false,
            is_current: true,
            login: None,
        };
        let mut messages = vec![Msg::Contexts(vec![info])];
        let link = Link::Forbidden { kinds: vec![kind.into()], user: Some("sam".into()) };
        messages.push(Msg::Cluster(ClusterEvent::Link { cluster: cluster.clone(), link }));
        let part = KindState::Forbidden { namespaces: namespaces.iter().map(|n| (*n).to_owned()).collect() };
        for (_, watched) in crate::engine::watched() {
            let state = if watched.plural == kind { part.clone() } else { KindState::Live };
            messages.push(Msg::Cluster(ClusterEvent::Kind { cluster: cluster.clone(), kind: watched.plural.into(), state }));
        }
        let messages: Vec<Envelope> = messages.into_iter().map(|msg| Envelope { at: now, msg }).collect();
        crate::app::update::update(&mut state, messages);
        assert!(is_read(&state));
        state
    }

    fn code(state: &AppState) -> i32 {
        code_of(unread(state).next().is_some(), state.fleet.rows.values())
    }

    #[test]
    fn a_user_of_some_namespaces_has_read_what_may_be_read_and_the_reason_names_it() {
        let state = state("applications", &["team-a", "argocd"], None);
        assert_eq!(code(&state), 0);
        let said = reason(&state, &state.fleet.clusters[&ClusterId::new("hub")]).unwrap();
        assert_eq!(said, "list applications forbidden for sam; read only in argocd, team-a");
    }

    #[test]
    fn no_readable_namespace_or_not_the_one_asked_for_is_unread() {
        assert_eq!(code(&state("applications", &[], None)), 2);
        assert_eq!(code(&state("applications", &["team-a"], Some("team-b"))), 2);
        assert_eq!(code(&state("applications", &["team-a"], Some("team-a"))), 0);
    }

    #[test]
    fn a_namespace_without_apps_is_told_for_the_clusters_that_were_read() {
        let said = nothing_in_namespace(&state("gitrepositories", &[], Some("nope"))).unwrap();
        assert!(said.starts_with("no app lives in namespace nope on hub ("), "{said}");
        assert_eq!(nothing_in_namespace(&state("gitrepositories", &[], None)), None, "nothing was asked for");
        assert_eq!(nothing_in_namespace(&state("applications", &["team-a"], Some("nope"))), None, "it was not read there");
        let mut found = crate::ui::fixture::night(160, 45);
        found.settings.namespace = Some("shop".into());
        assert_eq!(nothing_in_namespace(&found), None);
    }

    #[test]
    fn a_kind_that_only_adds_evidence_hides_no_app() {
        assert_eq!(code(&state("gitrepositories", &[], None)), 0);
        assert!(open(&state("gitrepositories", &[], None)).is_empty());
    }

    #[test]
    fn a_namespace_that_was_asked_for_and_read_is_not_waited_beyond() {
        assert!(open(&state("applications", &["team-a"], Some("team-a"))).is_empty());
        assert_eq!(open(&state("applications", &["team-a"], None)).len(), 1);
    }
}
