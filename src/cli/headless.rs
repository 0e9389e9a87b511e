//! A run without a screen: the same runtime and `update`, driven until something holds.

use super::args::Cli;
use super::prepare::{self, Overrides, Prepared};
use super::status::reach;
use super::{Failure, log, print};
use crate::app::causes;
use crate::app::drift;
use crate::app::effect::Effect;
use crate::app::engines;
use crate::app::fleet::Row;
use crate::app::msg::{Envelope, Msg};
use crate::app::rights;
use crate::app::state::AppState;
use crate::app::update::update;
use crate::config::Paths;
use crate::domain::cluster::Link;
use crate::domain::duration;
use crate::domain::ids::{AppId, ClusterId};
use crate::domain::plan::Plan;
use crate::domain::repo::PollState;
use crate::domain::status::Severity;
use crate::runtime::{Closing, Runtime, inbox::Inbox};
use std::collections::HashSet;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

mod looks;

use looks::Looks;

/// Where the whole cluster may not be listed, namespaces answer one by one; one that says nothing for so long is taken for closed.
const GRACE: Duration = Duration::from_secs(2);
/// Time passes for the state at least this often: what is waited for may be time itself.
const TICK: Duration = Duration::from_millis(100);
/// How long one app is looked at more closely: its repository is asked for its head, its live objects are read.
const LOOK: Duration = Duration::from_secs(6);
/// How long a whole fleet is compared; each app has a limit of its own.
const COMPARE: Duration = Duration::from_secs(600);

/// The state with everything that feeds it. Sessions end and what was asked to be written is written when it goes.
pub struct Session {
    pub state: AppState,
    runtime: Runtime,
    inbox: Inbox,
    receiver: mpsc::Receiver<Envelope>,
    /// How long clusters have to answer.
    limit: Duration,
    _closing: Closing,
}

/// How the rows of the last run count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// They are no answer to what is true now.
    Left,
    /// They tell what was on a cluster that does not answer.
    Kept,
}

/// A time as the arguments take it, longer than none. Errors: usage, naming the argument.
pub fn span(name: &str, text: &str) -> Result<Duration, Failure> {
    let limit = duration::parse_go(text).filter(|ms| *ms > 0).map(Duration::from_millis);
    limit.ok_or_else(|| Failure::usage(format!("{name} {text}: write a time from 1ms on, like 10s or 1m.")))
}

/// Config, kubeconfig, history and the clusters to read. Errors: as [`prepare::prepare`]; usage where no cluster is named and none is current.
pub fn prepare(cli: &Cli, command: &str, past: Past) -> Result<Prepared, Failure> {
    let paths = Paths::of_process(cli.common.config.as_deref()).map_err(|e| Failure::usage(e.to_string()))?;
    log::start(&paths.log);
    let mut prepared = prepare::prepare(&cli.common, &paths, &Overrides::of_process())?.with_history();
    prepared.state.settings.brief = true;
    if past == Past::Left {
        prepared.loaded.rows.clear();
    }
    if prepared.state.chosen.is_empty() {
        let contexts = prepared.kubeconfig.contexts();
        let Some(current) = contexts.iter().find(|c| c.is_current) else {
            return Err(Failure::usage(format!(
                "The kubeconfig has no current context. Name one: driftdeck {command} --context NAME, or --all-contexts"
            )));
        };
        print::aside(&format!("reading the current context, {} (others: --context, --all-contexts).", current.name()));
        prepared.state.chosen = vec![current.id.clone()];
    }
    Ok(prepared)
}

impl Session {
    /// Connects; nothing is read yet. Must be called inside a tokio runtime.
    pub fn start(prepared: Prepared, limit: Duration) -> Self {
        let Prepared { state, options, kubeconfig, loaded, trouble, .. } = prepared;
        for text in &trouble {
            print::aside(text);
        }
        let (inbox, receiver) = Inbox::new(options.clock);
        let runtime = Runtime::new(options, inbox.clone());
        let closing = runtime.closing();
        let contexts = runtime.contexts(&kubeconfig);
        runtime.watch_kubeconfig(kubeconfig, loaded.fingerprints.clone());
        let mut session = Self { state, runtime, inbox, receiver, limit, _closing: closing };
        let first = [Msg::Contexts(contexts), Msg::Loaded(Box::new(loaded))].map(|msg| session.inbox.stamp(msg));
        session.turn(first.into());
        session
    }

    /// What the state asks for is done; nothing of a screen can be.
    pub fn run(&self, effects: Vec<Effect>) {
        for effect in effects {
            let _ = self.runtime.run(effect);
        }
    }

    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    fn turn(&mut self, turn: Vec<Envelope>) {
        let effects = update(&mut self.state, turn);
        self.run(effects);
    }

    async fn step(&mut self, until: Instant) {
        let tick = until.min(Instant::now() + TICK);
        let mut turn = Vec::new();
        match tokio::time::timeout_at(tick.into(), self.receiver.recv()).await {
            Ok(Some(first)) => turn.push(first),
            Ok(None) | Err(_) => turn.push(self.inbox.stamp(Msg::Tick)),
        }
        while let Ok(more) = self.receiver.try_recv() {
            turn.push(more);
        }
        self.turn(turn);
    }

    /// Goes on until something holds; whether it came to hold in time.
    pub async fn until(&mut self, deadline: Instant, mut holds: impl FnMut(&AppState) -> bool) -> bool {
        loop {
            if holds(&self.state) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            self.step(deadline).await;
        }
    }

    /// Goes on until every cluster is read or known to be unreadable, at most for the limit.
    pub async fn read(&mut self) {
        self.read_until(|_| false).await;
    }

    /// As [`Self::read`], and not long beyond what is enough: one that only looks does not wait for a cluster that is not asked about.
    pub async fn read_until(&mut self, enough: impl Fn(&AppState) -> bool) {
        let mut reading = Reading::start();
        self.until(reading.started + self.limit, |state| reading.is_done(state) || reading.has_grace() && enough(state)).await;
        self.waited(reading.started);
    }

    /// As [`Self::read`]; of the rows that are meant and not well the cause is read too, as the screen reads it for its rows. A fleet that is
    /// well is asked nothing more.
    pub async fn read_causes(&mut self, is_meant: impl Fn(&AppState, &Row) -> bool) {
        let mut reading = Reading::start();
        let deadline = reading.started + self.limit;
        let mut looks = Looks::default();
        loop {
            let ill = self.ill(&is_meant);
            let next = looks.next(&self.state, &ill, Instant::now());
            let is_over = looks.is_over(&self.state, &ill);
            causes::tell(&mut self.state, ill);
            if is_over && reading.is_done(&self.state) && causes::is_settled(&self.state) || Instant::now() >= deadline {
                break;
            }
            match next {
                Some(id) => self.tell(Msg::Look(id)),
                None => self.step(deadline).await,
            }
        }
        self.waited(reading.started);
    }

    /// The rows that are meant, were read and are not well, worst first.
    fn ill(&self, is_meant: impl Fn(&AppState, &Row) -> bool) -> Vec<AppId> {
        let state = &self.state;
        let rows = state.fleet.shown.iter().filter_map(|id| state.fleet.rows.get(id));
        let ill = rows.filter(|row| row.severity != Severity::Ok && row.stale_as_of.is_none() && is_meant(state, row));
        ill.map(|row| row.app.id.clone()).collect()
    }

    fn waited(&mut self, since: Instant) {
        let had = since.elapsed().min(self.limit);
        self.tell(Msg::Waited { had_ms: u64::try_from(had.as_millis()).unwrap_or(u64::MAX) });
    }

    fn tell(&mut self, msg: Msg) {
        let envelope = self.inbox.stamp(msg);
        self.turn(vec![envelope]);
    }

    /// Until the repositories of an app told their heads, or some seconds passed: a plan names the commit it would bring.
    pub async fn heads(&mut self, id: &AppId) {
        let told = |state: &AppState| {
            let Some(row) = state.fleet.rows.get(id) else { return true };
            let repos = row.app.sources.iter().filter_map(|s| s.repo());
            repos.filter_map(|r| state.fleet.repos.get(&r)).all(|r| r.poll != PollState::Never)
        };
        self.until(Instant::now() + LOOK, told).await;
    }

    /// Until the cluster said what of a plan may be patched, or some seconds passed: what is not allowed is refused before it is tried.
    pub async fn rights(&mut self, plan: &Plan) {
        let asked = rights::ask(&mut self.state, plan);
        self.run(asked);
        self.until(Instant::now() + LOOK, |state| rights::is_answered(&state.fleet, plan)).await;
    }

    /// As [`Self::rights`], for what the row advises now that it was looked at.
    pub async fn rights_of(&mut self, id: &AppId) {
        let asked = rights::ask_for(&mut self.state, id);
        self.run(asked.into_iter().collect());
        self.until(Instant::now() + LOOK, |state| !rights::is_open(&state.fleet, id)).await;
    }

    /// Compares those of the apps that are out of sync, as the drift groups do.
    pub async fn compare(&mut self, wanted: &HashSet<AppId>) {
        let asked = drift::open(&mut self.state);
        self.run(asked);
        self.state.view.drift.waiting.retain(|id| wanted.contains(id));
        self.until(Instant::now() + COMPARE, |state| !state.view.drift.is_busy()).await;
    }

    /// As on the screen when the cursor rests on an app: live objects, events and the failing log are read, at most some seconds long.
    pub async fn look_at(&mut self, id: &AppId) {
        self.tell(Msg::Look(id.clone()));
        let can_look = self.state.fleet.rows.get(id).is_some_and(|r| r.stale_as_of.is_none());
        if can_look {
            self.until(Instant::now() + LOOK, |state| is_seen(state, id)).await;
        }
    }
}

/// How far the clusters are read.
struct Reading {
    started: Instant,
    /// Where a namespace may still answer, and since when these.
    open: (Vec<reach::InPart>, Instant),
}

impl Reading {
    fn start() -> Self {
        let started = Instant::now();
        Self { started, open: (Vec::new(), started) }
    }

    fn has_grace(&self) -> bool {
        self.started.elapsed() >= GRACE
    }

    fn is_done(&mut self, state: &AppState) -> bool {
        let still = reach::open(state);
        if still != self.open.0 {
            self.open = (still, Instant::now());
        }
        // What an engine that is down shows is not known to be well: the look at it belongs to what is read.
        let told = state.fleet.clusters.values().all(engines::is_settled);
        reach::is_read(state) && told && (self.open.0.is_empty() || self.open.1.elapsed() >= GRACE)
    }
}

/// What the screen reads of the row in view was read of this app.
fn is_seen(state: &AppState, id: &AppId) -> bool {
    let detail = &state.fleet.detail;
    let asked = detail.app.as_ref() == Some(id) && detail.events_asked_at.is_some();
    let has_tree = detail.tree.is_some() && detail.pods_seen || !reads_below(state, id);
    let has_around = detail.around_asked_at.is_none() || detail.around.is_some();
    asked
        && has_tree
        && has_around
        && detail.events.is_some()
        && detail.events_open == 0
        && (detail.log_asked.is_none() || detail.log.is_some())
}

/// The cluster an app deploys to answers.
fn reads_below(state: &AppState, id: &AppId) -> bool {
    let cluster: Option<&ClusterId> = state.fleet.rows.get(id).and_then(|r| r.app.destination.cluster.as_ref());
    let cluster = cluster.and_then(|c| state.fleet.clusters.get(c));
    cluster.is_some_and(|c| c.link.is_live() || c.link == Link::NotInstalled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fleet::Detail;
    use crate::ui::fixture;

    #[test]
    fn a_look_is_over_when_the_events_of_the_pods_that_the_tree_tells_of_are_read_too() {
        let mut state = fixture::night(160, 45);
        let id = state.fleet.shown.iter().find(|id| reads_below(&state, id)).cloned().unwrap();
        let now = state.now;
        let read = Detail {
            app: Some(id.clone()),
            events_asked_at: Some(now),
            events: Some((now, Ok(Vec::new()))),
            tree: Some((now, Ok(Vec::new()))),
            ..Detail::default()
        };
        for (pods_seen, events_open, is_over) in [(false, 0, false), (true, 1, false), (true, 0, true)] {
            state.fleet.detail = Detail { pods_seen, events_open, ..read.clone() };
            assert_eq!(is_seen(&state, &id), is_over, "{pods_seen} {events_open}");
        }
    }
}
