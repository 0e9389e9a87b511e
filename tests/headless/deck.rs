//! The program without a screen: the demo's servers and repositories, the real runtime, the real `update`.

use driftdeck::app::effect::Effect;
use driftdeck::app::fleet::Row;
use driftdeck::app::key::{Key, KeyCode};
use driftdeck::app::msg::{Envelope, Msg};
use driftdeck::app::state::{AppState, Screen, Settings};
use driftdeck::app::update::update;
use driftdeck::cluster::{Kubeconfig, Places};
use driftdeck::domain::clock::Clock;
use driftdeck::domain::ids::{AppId, AppKind, ClusterId};
use driftdeck::runtime::{Options, Runtime, inbox::Inbox};
use driftdeck::sim::controllers::Times;
use driftdeck::sim::demo::{self, Demo, DemoOptions};
use driftdeck::sim::scenario::Scenario;
use driftdeck::store::Store;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Only a failure takes this long; a machine busy with other things needs many times what an idle one does.
pub const LIMIT: Duration = Duration::from_secs(60);

pub struct Deck {
    pub demo: Demo,
    pub state: AppState,
    pub runtime: Runtime,
    /// Everything asked for so far.
    pub effects: Vec<Effect>,
    inbox: Inbox,
    receiver: mpsc::Receiver<Envelope>,
    /// Removed when the deck goes.
    _cache: tempfile::TempDir,
}

pub fn id(cluster: &str, kind: AppKind, namespace: &str, name: &str) -> AppId {
    AppId { cluster: ClusterId::new(cluster), kind, namespace: namespace.into(), name: name.into() }
}

impl Deck {
    /// A demo of this scenario, its times shortened and its commits left to the test, watched on these contexts (all, where none is named).
    pub async fn start(scenario: Scenario, contexts: &[&str]) -> Self {
        // Health checks get seconds: a busy machine must not make a good commit fail one.
        let times = Times { factor: 0.5, ..Times::fast() };
        let demo = demo::start(DemoOptions { scenario, times, story: false, ..DemoOptions::default() }).await.unwrap();
        let cache = tempfile::tempdir().unwrap();
        let places = Places { explicit: Some(demo.kubeconfig.clone()), ..Places::default() };
        let kubeconfig = Arc::new(Kubeconfig::load(&places).unwrap());
        let options = Options {
            clock: Clock::system(),
            places,
            namespaces: Vec::new(),
            list_mode: Vec::new(),
            aliases: Vec::new(),
            read_only: false,
            read_only_clusters: Vec::new(),
            guardrails: Vec::new(),
            store: Some(Arc::new(Store::open(&cache.path().join("state")).unwrap())),
            cache: cache.path().to_owned(),
            git_env: demo.git_env.clone(),
            poll: Duration::from_millis(500),
            max_mirror: 1 << 30,
        };
        let (inbox, receiver) = Inbox::new(options.clock);
        let runtime = Runtime::new(options, inbox.clone());
        let settings = Settings {
            operator: "sam".into(),
            destinations: demo.destinations.iter().map(|(_, what, to)| (what.clone(), ClusterId::new(to))).collect(),
            ..Settings::default()
        };
        let mut state = AppState::new(Clock::system().now(), settings);
        let known = runtime.contexts(&kubeconfig);
        state.chosen = known.iter().map(|c| c.id.clone()).filter(|c| contexts.is_empty() || contexts.contains(&c.as_str())).collect();
        runtime.watch_kubeconfig(kubeconfig, Vec::new());
        let mut deck = Self { demo, state, runtime, effects: Vec::new(), inbox, receiver, _cache: cache };
        deck.send(Msg::Resize { width: 160, height: 45 });
        deck.send(Msg::Contexts(known));
        deck
    }

    /// A demo of a scenario whose clock stands still, as `driftdeck demo` opens it: with what driftdeck remembers of the fleet.
    pub async fn open(scenario: Scenario) -> Self {
        let demo = demo::start(DemoOptions { scenario, ..DemoOptions::default() }).await.unwrap();
        let cache = tempfile::tempdir().unwrap();
        let common = driftdeck::cli::args::Common { all_contexts: true, ..Default::default() };
        let prepared = driftdeck::cli::demo::open(&demo, scenario.name(), &common).unwrap();
        let (inbox, receiver) = Inbox::new(demo.clock);
        let runtime = Runtime::new(prepared.options, inbox.clone());
        let known = runtime.contexts(&prepared.kubeconfig);
        runtime.watch_kubeconfig(prepared.kubeconfig, prepared.loaded.fingerprints.clone());
        let mut deck = Self { demo, state: prepared.state, runtime, effects: Vec::new(), inbox, receiver, _cache: cache };
        deck.send(Msg::Contexts(known));
        deck.send(Msg::Loaded(Box::new(prepared.loaded)));
        deck.send(Msg::Resize { width: 160, height: 100 });
        deck
    }

    pub fn send(&mut self, msg: Msg) {
        let envelope = self.inbox.stamp(msg);
        self.turn(vec![envelope]);
    }

    fn turn(&mut self, turn: Vec<Envelope>) {
        for effect in update(&mut self.state, turn) {
            self.effects.push(effect.clone());
            let _ = self.runtime.run(effect);
        }
    }

    /// Lets the program run until something holds; time ticks as on a screen.
    pub async fn until(&mut self, what: &str, mut check: impl FnMut(&AppState) -> bool) -> Duration {
        let started = Instant::now();
        while !check(&self.state) {
            if started.elapsed() > LIMIT {
                panic!("not within {LIMIT:?}: {what}\n{}", self.picture());
            }
            self.step().await;
        }
        started.elapsed()
    }

    pub async fn step(&mut self) {
        let mut turn = Vec::new();
        match tokio::time::timeout(Duration::from_millis(50), self.receiver.recv()).await {
            Ok(Some(first)) => {
                turn.push(first);
                while let Ok(more) = self.receiver.try_recv() {
                    turn.push(more);
                }
            }
            Ok(None) => panic!("the inbox is closed"),
            Err(_) => turn.push(self.inbox.stamp(Msg::Tick)),
        }
        self.turn(turn);
    }

    pub fn row(&self, id: &AppId) -> &Row {
        self.state.fleet.rows.get(id).unwrap_or_else(|| panic!("no row {id:?}\n{}", self.picture()))
    }

    /// Puts the cursor on an app and waits out what guards against keys typed too early.
    pub async fn on(&mut self, id: &AppId) {
        // As after a first key: before it the cursor goes to the worst row whenever one comes in.
        self.state.view.touched = true;
        self.state.view.app = Some(id.clone());
        self.ready().await;
        assert_eq!(self.state.view.app.as_ref(), Some(id), "the cursor stays");
    }

    /// As long as a dialog must have been open.
    pub async fn ready(&mut self) {
        let opened = self.state.now;
        let dead = self.state.settings.dead_ms;
        self.until("the dialog is old enough", |s| s.now.as_millisecond() - opened.as_millisecond() > dead).await;
    }

    pub fn key(&mut self, name: &str) {
        let code = match name {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "tab" => KeyCode::Tab,
            "space" => KeyCode::Char(' '),
            other => KeyCode::Char(other.chars().next().unwrap()),
        };
        self.send(Msg::Key(Key::plain(code)));
    }

    pub fn types(&mut self, text: &str) {
        for c in text.chars() {
            self.send(Msg::Key(Key::char(c)));
        }
    }

    /// What is known, for messages of failed tests.
    pub fn picture(&self) -> String {
        let mut out = String::new();
        for cluster in self.state.fleet.clusters.values() {
            out.push_str(&format!("{} {:?} {:?}\n", cluster.id, cluster.link, cluster.kinds));
        }
        for id in &self.state.fleet.shown {
            if let Some(row) = self.state.fleet.rows.get(id) {
                out.push_str(&format!(
                    "{} {} {:?} {:?} {:?} {}\n",
                    id.cluster,
                    id.path(),
                    row.app.sync,
                    row.app.health,
                    row.app.revision,
                    row.verdict.short
                ));
            }
        }
        for notice in &self.state.notices.list {
            out.push_str(&format!("notice: {}\n", notice.text));
        }
        for task in &self.state.tasks {
            out.push_str(&format!(
                "task {}: {:?} {:?} {:?}\n",
                task.title,
                task.outcome,
                task.ended,
                task.follow.as_ref().map(|f| &f.rows)
            ));
        }
        if let Screen::Rollback(r) = &self.state.screen {
            out.push_str(&format!("rollback {:?} waiting {:?} trouble {:?} marked {:?}\n", r.stage, r.waiting, r.trouble, r.marked));
        }
        for overlay in &self.state.overlays {
            out.push_str(&format!("overlay {overlay:?}\n"));
        }
        out
    }

    pub async fn stop(self) {
        self.runtime.stop();
        self.demo.stop().await;
    }
}
