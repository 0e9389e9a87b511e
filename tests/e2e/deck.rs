//! driftdeck without a screen: the runtime, `update` and the state, driven by keys and judged by what the state says.

use crate::lab::Lab;
use crate::read::whole;
use driftdeck::app::action;
use driftdeck::app::effect::Effect;
use driftdeck::app::fleet::Row;
use driftdeck::app::key::{Key, KeyCode};
use driftdeck::app::list;
use driftdeck::app::msg::{Envelope, Msg};
use driftdeck::app::overlay::Overlay;
use driftdeck::app::state::{AppState, Screen, Settings};
use driftdeck::app::update::update;
use driftdeck::cluster::{Kubeconfig, Places};
use driftdeck::domain::clock::Clock;
use driftdeck::domain::cluster::Link;
use driftdeck::domain::ids::{AppId, AppKind, ClusterId, TaskId};
use driftdeck::domain::plan::{Outcome, Plan};
use driftdeck::domain::status::{Health, Sync};
use driftdeck::runtime::inbox::Inbox;
use driftdeck::runtime::{Options, Runtime};
use driftdeck::store::Store;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// Between looks when nothing arrives: timers of the state run by it.
const TURN: Duration = Duration::from_millis(100);

pub struct Deck {
    pub state: AppState,
    runtime: Runtime,
    inbox: Inbox,
    receiver: mpsc::Receiver<Envelope>,
    _cache: TempDir,
}

impl Drop for Deck {
    fn drop(&mut self) {
        self.runtime.stop();
    }
}

impl Deck {
    /// Watches all contexts of a kubeconfig.
    pub fn open(lab: &Lab, kubeconfig: &Path) -> Self {
        let clock = Clock::system();
        let cache = tempfile::tempdir().expect("a temporary directory");
        let (inbox, receiver) = Inbox::new(clock);
        let places = Places { explicit: Some(kubeconfig.to_owned()), ..Places::default() };
        let loaded = Kubeconfig::load(&places).expect("the kubeconfig is good");
        let options = Options {
            clock,
            places,
            namespaces: Vec::new(),
            list_mode: Vec::new(),
            aliases: Vec::new(),
            read_only: false,
            read_only_clusters: Vec::new(),
            guardrails: Vec::new(),
            store: Some(Arc::new(Store::open(&cache.path().join("state")).expect("a state directory"))),
            cache: cache.path().to_owned(),
            git_env: lab.git_env.clone(),
            poll: Duration::from_secs(1),
            max_mirror: 1 << 30,
        };
        let runtime = Runtime::new(options, inbox.clone());
        let mut state = AppState::new(clock.now(), Settings { dead_ms: 0, ..Settings::default() });
        let contexts = runtime.contexts(&loaded);
        state.chosen = contexts.iter().map(|c| c.id.clone()).collect();
        runtime.watch_kubeconfig(Arc::new(loaded), Vec::new());
        let mut deck = Self { state, runtime, inbox, receiver, _cache: cache };
        deck.take(vec![deck.inbox.stamp(Msg::Contexts(contexts))]);
        deck
    }

    fn take(&mut self, messages: Vec<Envelope>) {
        for effect in update(&mut self.state, messages) {
            self.run(effect);
        }
    }

    pub fn run(&mut self, effect: Effect) {
        if let Some(other) = self.runtime.run(effect) {
            panic!("an effect for the terminal: {other:?}");
        }
    }

    /// Lets happen what happens until a look at the state gives something. Fails with the whole state after `limit`.
    pub async fn until<T>(&mut self, what: &str, limit: Duration, mut look: impl FnMut(&AppState) -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = look(&self.state) {
                return found;
            }
            assert!(begin.elapsed() < limit, "not within {limit:?}: {what}\n{}", self.words());
            self.turn().await;
        }
    }

    /// Does something hold before the time is up?
    pub async fn within(&mut self, limit: Duration, holds: impl Fn(&AppState) -> bool) -> bool {
        let begin = Instant::now();
        while !holds(&self.state) {
            if begin.elapsed() >= limit {
                return false;
            }
            self.turn().await;
        }
        true
    }

    async fn turn(&mut self) {
        let mut messages = match tokio::time::timeout(TURN, self.receiver.recv()).await {
            Ok(first) => Vec::from_iter(first),
            Err(_) => vec![self.inbox.stamp(Msg::Tick)],
        };
        while let Ok(next) = self.receiver.try_recv() {
            messages.push(next);
        }
        self.take(messages);
    }

    /// Waits until something holds.
    pub async fn wait(&mut self, what: &str, limit: Duration, mut holds: impl FnMut(&AppState) -> bool) {
        self.until(what, limit, |state| holds(state).then_some(())).await;
    }

    /// Everything a person would look at, in lines.
    pub fn words(&self) -> String {
        let mut out = Vec::new();
        for cluster in self.state.fleet.clusters.values() {
            out.push(format!("cluster {} {} {:?}; kinds {:?}", cluster.id, cluster.link.word(), cluster.link.reason(), cluster.kinds));
        }
        for row in self.state.fleet.rows.values() {
            let app = &row.app;
            let phase = app.operation.as_ref().map(|o| (o.phase.word(), o.message.as_str()));
            let words = (app.sync.word(), app.health.word(), row.severity.word(), &app.revision, phase, row.stale_as_of.is_some());
            out.push(format!("row {} {} {words:?}: {}", app.id.cluster, app.id.path(), row.verdict.short));
        }
        for task in &self.state.tasks {
            let lines: Vec<&str> = task.lines.iter().map(|l| l.text.as_str()).collect();
            out.push(format!("task {} {:?} {:?} {lines:?} {:?}", task.title, task.outcome, task.ended, task.follow));
        }
        for repo in self.state.fleet.repos.values() {
            out.push(format!("repo {} {:?} {:?}", repo.id.0, repo.poll, repo.refs));
        }
        match &self.state.screen {
            Screen::Rollback(r) => {
                out.push(format!("rollback {:?} waiting {:?} trouble {:?} list {:?}", r.stage, r.waiting, r.trouble, r.list))
            }
            Screen::Main | Screen::Timeline | Screen::Matrix | Screen::Drift => {}
            Screen::Diff(_) => out.push("diff".into()),
        }
        for overlay in &self.state.overlays {
            out.push(match overlay {
                Overlay::Confirm(c) => format!("plan {} refused {:?}", c.plan.title, c.plan.refused),
                other => format!("overlay {other:?}"),
            });
        }
        out.join("\n")
    }

    pub fn key(&mut self, key: Key) {
        self.take(vec![self.inbox.stamp(Msg::Key(key))]);
    }

    pub fn press(&mut self, c: char) {
        self.key(Key::char(c));
    }

    pub fn enter(&mut self) {
        self.key(Key::plain(KeyCode::Enter));
    }

    pub fn type_text(&mut self, text: &str) {
        text.chars().for_each(|c| self.press(c));
    }

    /// Puts the cursor on a row.
    pub fn select(&mut self, id: &AppId) {
        let at = self.state.fleet.shown.iter().position(|shown| shown == id);
        let Some(at) = at else { panic!("{id:?} is not shown\n{}", self.words()) };
        list::go_to(&mut self.state, at);
    }

    /// Waits until a row says these words.
    pub async fn row_says(&mut self, id: &AppId, sync: Sync, health: Health) -> Row {
        let what = format!("{} on {} is {} and {}", id.path(), id.cluster, sync.word(), health.word());
        let fits = |row: &&Row| row.app.sync == sync && row.app.health == health && row.stale_as_of.is_none();
        self.until(&what, LONG, |state| state.fleet.rows.get(id).filter(fits).cloned()).await
    }

    /// Waits until every kind of a cluster was read once: plans rest on projects and sources, too.
    pub async fn read(&mut self, cluster: &ClusterId) {
        self.wait("every kind is read", LONG, |state| state.fleet.clusters.get(cluster).is_some_and(whole)).await;
    }

    /// Presses the key of an action with a dialog and confirms it; answers the task.
    pub async fn confirm(&mut self, id: &AppId, key: char) -> TaskId {
        self.read(&id.cluster).await;
        self.select(id);
        self.press(key);
        assert!(matches!(self.state.overlays.last(), Some(Overlay::Confirm(c)) if !c.plan.is_refused()), "no plan\n{}", self.words());
        self.press('y');
        self.newest_task()
    }

    /// Starts a plan as the dialog does, without looking whether it still holds; answers the task.
    pub fn start(&mut self, plan: Plan) -> TaskId {
        for effect in action::plan::start(&mut self.state, plan, None) {
            self.run(effect);
        }
        self.newest_task()
    }

    fn newest_task(&self) -> TaskId {
        self.state.tasks.last().unwrap_or_else(|| panic!("nothing was started\n{}", self.words())).id
    }

    /// How the sending of a task ended.
    pub async fn outcome(&mut self, task: TaskId) -> Outcome {
        self.until("the request is answered", LONG, |state| state.task(task)?.outcome.clone()).await
    }

    /// What the watch showed in the end: good or not, and the words.
    pub async fn ended(&mut self, task: TaskId) -> (bool, String) {
        self.until("the task is seen to its end", LONG, |state| state.task(task)?.ended.clone().map(|(_, good, text)| (good, text))).await
    }

    pub fn link(&self, cluster: &str) -> &Link {
        &self.state.fleet.clusters[&ClusterId::new(cluster)].link
    }
}

/// Enough for any step of a story on a busy machine.
pub const LONG: Duration = Duration::from_secs(90);

pub fn app_id(cluster: &str, kind: AppKind, namespace: &str, name: &str) -> AppId {
    AppId { cluster: ClusterId::new(cluster), kind, namespace: namespace.into(), name: name.into() }
}

pub fn link<'a>(state: &'a AppState, cluster: &str) -> Option<&'a Link> {
    state.fleet.clusters.get(&ClusterId::new(cluster)).map(|c| &c.link)
}
