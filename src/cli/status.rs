//! `driftdeck status`: the rows through the same runtime and `update`, without a screen.

use super::args::{Cli, Output, StatusArgs};
use super::prepare::{Overrides, Prepared, prepare};
use super::{Failure, log, print};
use crate::app::msg::Msg;
use crate::app::state::AppState;
use crate::app::update::update;
use crate::config::Paths;
use crate::domain::cluster::Link;
use crate::domain::duration;
use crate::runtime::{Runtime, inbox::Inbox};
use std::time::{Duration, Instant};

mod json;
mod reach;
mod table;

/// Where the whole cluster may not be listed, namespaces answer one by one; one that says nothing for so long is taken for closed.
const GRACE: Duration = Duration::from_secs(2);

pub async fn run(cli: &Cli, args: &StatusArgs) -> Result<i32, Failure> {
    let limit = duration::parse_go(&args.timeout).map(Duration::from_millis);
    let limit = limit.ok_or_else(|| Failure::usage(format!("--timeout {}: write a time like 10s or 1m.", args.timeout)))?;
    let paths = Paths::of_process(cli.common.config.as_deref()).map_err(|e| Failure::usage(e.to_string()))?;
    log::start(&paths.log);
    let mut prepared = prepare(&cli.common, &paths, &Overrides::default())?.with_history();
    // Rows of the last run are no answer to what is true now.
    prepared.loaded.rows.clear();
    if prepared.state.chosen.is_empty() {
        let contexts = prepared.kubeconfig.contexts();
        let Some(current) = contexts.iter().find(|c| c.is_current) else {
            return Err(Failure::usage(
                "The kubeconfig has no current context. Name one: driftdeck status --context NAME, or --all-contexts",
            ));
        };
        print::aside(&format!("reading the current context, {} (others: --context, --all-contexts).", current.name()));
        prepared.state.chosen = vec![current.id.clone()];
    }
    let state = read(prepared, limit).await;
    print::answer(&match args.output {
        Output::Json => format!("{}\n", json::document(&state)),
        Output::Table => table::text(&state, false),
        Output::Wide => table::text(&state, true),
    })?;
    Ok(reach::code(&state))
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
    let mut open = (Vec::new(), Instant::now());
    loop {
        for effect in update(&mut state, std::mem::take(&mut turn)) {
            // Nothing of a screen can be asked for here.
            let _ = runtime.run(effect);
        }
        let still = reach::open(&state);
        if still != open.0 {
            open = (still, Instant::now());
        }
        let is_read = reach::is_read(&state);
        let wake = if is_read { until.min(open.1 + GRACE) } else { until };
        if is_read && (open.0.is_empty() || Instant::now() >= wake) {
            break;
        }
        match tokio::time::timeout_at(wake.into(), receiver.recv()).await {
            Ok(Some(first)) => {
                turn.push(first);
                while let Ok(more) = receiver.try_recv() {
                    turn.push(more);
                }
            }
            Err(_) if Instant::now() < until => {}
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
