//! `driftdeck status`: the rows through the same runtime and `update`, without a screen.

use super::args::{Cli, Output, StatusArgs};
use super::prepare::{Overrides, Prepared, prepare, start_log};
use super::{Failure, print};
use crate::app::fleet::Cluster;
use crate::app::msg::Msg;
use crate::app::state::AppState;
use crate::app::update::update;
use crate::config::Paths;
use crate::domain::cluster::{KindState, Link};
use crate::domain::duration;
use crate::domain::status::Severity;
use crate::runtime::{Runtime, inbox::Inbox};
use std::time::{Duration, Instant};

mod json;
mod table;

pub async fn run(cli: &Cli, args: &StatusArgs) -> Result<i32, Failure> {
    let limit = duration::parse_go(&args.timeout).map(Duration::from_millis);
    let limit = limit.ok_or_else(|| Failure::usage(format!("--timeout {}: write a time like 10s or 1m.", args.timeout)))?;
    let paths = Paths::of_process(cli.common.config.as_deref()).map_err(|e| Failure::usage(e.to_string()))?;
    start_log(&paths.log);
    let mut prepared = prepare(&cli.common, &paths, &Overrides::default())?;
    // Rows of the last run are no answer to what is true now.
    prepared.loaded.rows.clear();
    if prepared.state.chosen.is_empty() {
        let contexts = prepared.kubeconfig.contexts();
        let Some(current) = contexts.iter().find(|c| c.is_current) else {
            return Err(Failure::usage(
                "The kubeconfig has no current context. Name one: driftdeck status --context NAME, or --all-contexts",
            ));
        };
        print::aside(&format!("reading the current context, {} (others: --context, --all-contexts).", current.id));
        prepared.state.chosen = vec![current.id.clone()];
    }
    let state = read(prepared, limit).await;
    print::answer(&match args.output {
        Output::Json => format!("{}\n", json::document(&state)),
        Output::Table => table::text(&state, false),
        Output::Wide => table::text(&state, true),
    })?;
    Ok(code(&state))
}

/// Drives the state until every cluster is read or known to be unreadable, at most for `limit`.
async fn read(prepared: Prepared, limit: Duration) -> AppState {
    let Prepared { mut state, options, kubeconfig, loaded, trouble, .. } = prepared;
    for text in &trouble {
        print::aside(text);
    }
    let (inbox, mut receiver) = Inbox::new(options.clock);
    let runtime = Runtime::new(options, inbox.clone());
    let contexts = runtime.contexts(&kubeconfig);
    runtime.watch_kubeconfig(kubeconfig, loaded.fingerprints.clone());
    let mut turn = vec![inbox.stamp(Msg::Contexts(contexts)), inbox.stamp(Msg::Loaded(Box::new(loaded)))];
    let until = Instant::now() + limit;
    loop {
        for effect in update(&mut state, std::mem::take(&mut turn)) {
            // Nothing of a screen can be asked for here.
            let _ = runtime.run(effect);
        }
        if is_read(&state) {
            break;
        }
        match tokio::time::timeout_at(until.into(), receiver.recv()).await {
            Ok(Some(first)) => {
                turn.push(first);
                while let Ok(more) = receiver.try_recv() {
                    turn.push(more);
                }
            }
            Ok(None) | Err(_) => break,
        }
    }
    unanswered(&mut state, limit);
    state.view.hold_until = None;
    state.fleet.derive.list_changed = true;
    crate::app::settle::settle(&mut state);
    runtime.stop();
    runtime.flush();
    state
}

/// A cluster that has not answered until now is told as such, with the time it had.
fn unanswered(state: &mut AppState, limit: Duration) {
    for cluster in state.fleet.clusters.values_mut() {
        if let Link::Connecting { since } = cluster.link {
            let cause = format!("no answer within {}s", limit.as_secs_f64());
            cluster.link = Link::Unreachable { since, cause, next_try_at: None };
        }
    }
}

/// Every cluster has given all its rows, or has said why not.
fn is_read(state: &AppState) -> bool {
    !state.fleet.clusters.is_empty()
        && state.fleet.clusters.values().filter(|c| c.info.is_some()).all(is_settled)
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

/// 2 when a cluster (or one of its kinds) was not read, else 1 when an app is not well, else 0.
fn code(state: &AppState) -> i32 {
    let clusters = state.fleet.clusters.values().filter(|c| c.info.is_some());
    let unread = clusters.into_iter().any(|c| !is_settled(c) || !is_whole(c, state.settings.namespace.as_deref()));
    // What nobody has looked at is not known to be well.
    let bad = state.fleet.rows.values().any(|r| r.severity != Severity::Ok);
    if unread { 2 } else { i32::from(bad) }
}

/// Everything that was asked for was read: all kinds, and where only some namespaces may be listed, the one that was named is among them.
fn is_whole(cluster: &Cluster, namespace: Option<&str>) -> bool {
    match cluster.link {
        Link::Live { .. } | Link::NotInstalled => true,
        Link::Forbidden { .. } => cluster.kinds.values().all(|kind| match kind {
            KindState::Forbidden { namespaces } => namespace.is_some_and(|n| namespaces.iter().any(|readable| readable == n)),
            kind => matches!(kind, KindState::Live | KindState::NotServed),
        }),
        _ => false,
    }
}
