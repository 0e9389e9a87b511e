//! A deck of three clusters: `hub` (Argo CD, sends to `prod`, protected) and `flux`; time moves only by `wait`.

use crate::app::effect::Effect;
use crate::app::fleet::Row;
use crate::app::key::{Key, KeyCode};
use crate::app::msg::{Envelope, Msg};
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::Confirm;
use crate::app::state::{AppState, Screen, Settings};
use crate::app::update::update;
use crate::domain::Timestamp;
use crate::domain::app::{App, ArgoFields, Destination, EngineFields, FluxFields};
use crate::domain::cluster::{ContextInfo, KindState, Link};
use crate::domain::event::{ClusterEvent, OtherObject, Parsed, Project, RepoEvent};
use crate::domain::ids::{AppId, AppKind, ClusterId, Epoch, ObjectKey, SourceId};
use crate::domain::plan::Plan;
use crate::domain::repo::{PollState, Repo, RepoId};
use crate::domain::source::{RefKind, Source, SourceObject, SourceType};
use crate::domain::status::{Health, HealthBy, Sync};

pub const URL: &str = "https://git.example.com/acme/fleet";

/// A whole commit id of one digit.
pub fn commit(digit: char) -> String {
    digit.to_string().repeat(40)
}

pub fn id(cluster: &str, kind: AppKind, namespace: &str, name: &str) -> AppId {
    AppId { cluster: ClusterId::new(cluster), kind, namespace: namespace.into(), name: name.into() }
}

pub fn git(path: &str, reference: RefKind) -> Source {
    Source { url: Some(URL.into()), path: Some(path.into()), reference, revision: Some(commit('a')), ..Source::default() }
}

fn app(id: AppId, engine: EngineFields) -> App {
    App {
        uid: format!("uid-{}-{}", id.namespace, id.name),
        resource_version: "100".into(),
        generation: 1,
        api_version: "v1".into(),
        created_at: None,
        deleting: false,
        destination: Destination { cluster: Some(id.cluster.clone()), ..Destination::default() },
        sync: Sync::Synced,
        health: Health::Healthy,
        health_by: HealthBy::Engine,
        suspended: false,
        auto_sync: None,
        operation: None,
        revision: Some(commit('a')),
        target: None,
        sources: vec![git(&format!("apps/{}", id.name), RefKind::Branch("main".into()))],
        conditions: Vec::new(),
        history: Vec::new(),
        resources: Vec::new(),
        since: Some(start()),
        frozen: None,
        engine,
        unreadable: None,
        observed_at: start(),
        id,
    }
}

/// An Application on `hub` that deploys to `runs_on`; auto-sync off.
pub fn argo(namespace: &str, name: &str, runs_on: &str) -> App {
    let fields = ArgoFields { project: "default".into(), status_present: true, compared: vec![commit('a')], ..ArgoFields::default() };
    let mut app = app(id("hub", AppKind::Application, namespace, name), EngineFields::Argo(Box::new(fields)));
    app.destination = Destination { cluster: Some(ClusterId::new(runs_on)), name: Some(runs_on.into()), server: None, namespace: None };
    app.auto_sync = Some(false);
    app
}

pub fn source_id() -> SourceId {
    SourceId { cluster: ClusterId::new("flux"), kind: "GitRepository".into(), namespace: "flux-system".into(), name: "fleet".into() }
}

/// A Kustomization on `flux`, fed by GitRepository `fleet`.
pub fn kust(name: &str) -> App {
    let fields = FluxFields { interval: Some(600), assesses_health: true, source: Some(source_id()), ..FluxFields::default() };
    let mut app = app(id("flux", AppKind::Kustomization, "flux-system", name), EngineFields::Flux(Box::new(fields)));
    app.sources[0].object = Some(source_id());
    app
}

pub fn source() -> SourceObject {
    SourceObject {
        id: source_id(),
        uid: "uid-source".into(),
        resource_version: "5".into(),
        api_version: "v1".into(),
        source_type: SourceType::Git,
        url: Some(URL.into()),
        reference: RefKind::Branch("main".into()),
        chart: None,
        of: None,
        packed_from: None,
        by_revision: false,
        suspended: false,
        ready: Some(true),
        reason: "Succeeded".into(),
        message: String::new(),
        ready_since: Some(start()),
        revision: Some(format!("main@sha1:{}", commit('a'))),
        artifact_at: Some(start()),
        interval: Some(60),
        timeout: None,
        secret: None,
        handled: None,
        observed_at: start(),
        verifies: false,
    }
}

pub fn start() -> Timestamp {
    "2026-11-24T03:00:00Z".parse().unwrap()
}

pub fn context(name: &str, protected: bool) -> ContextInfo {
    ContextInfo {
        id: ClusterId::new(name),
        alias: None,
        server: format!("https://{name}.example.com"),
        user: "sam".into(),
        namespace: None,
        protected,
        read_only: false,
        is_current: name == "hub",
        login: None,
    }
}

pub struct Deck {
    pub state: AppState,
    pub now: Timestamp,
    /// Everything asked for so far.
    pub effects: Vec<Effect>,
}

impl Deck {
    /// Nothing read yet: the clusters are chosen, their contexts known.
    pub fn empty() -> Self {
        let settings = Settings { operator: "sam".into(), ..Settings::default() };
        let mut state = AppState::new(start(), settings);
        state.chosen = ["hub", "prod", "flux"].map(ClusterId::new).into();
        let mut deck = Self { state, now: start(), effects: Vec::new() };
        deck.send(Msg::Resize { width: 160, height: 45 });
        deck
    }

    /// Live clusters without an app.
    pub fn live() -> Self {
        let mut deck = Self::empty();
        deck.send(Msg::Contexts(vec![context("hub", false), context("prod", true), context("flux", false)]));
        for name in ["hub", "prod", "flux"] {
            let cluster = ClusterId::new(name);
            deck.event(ClusterEvent::Link { cluster: cluster.clone(), link: Link::Live { since: start() } });
            for (_, kind) in crate::engine::watched() {
                deck.event(ClusterEvent::Kind { cluster: cluster.clone(), kind: kind.plural.into(), state: KindState::Live });
            }
        }
        let project =
            Project { cluster: Some(ClusterId::new("hub")), namespace: "argocd".into(), name: "default".into(), ..Project::default() };
        let argocd_cm = OtherObject {
            cluster: ClusterId::new("hub"),
            key: ObjectKey::new("", "ConfigMap", "argocd", "argocd-cm"),
            value: serde_json::json!({}),
            observed_at: start(),
        };
        deck.upsert("hub", vec![Parsed::Project(Box::new(project)), Parsed::Other(Box::new(argocd_cm))]);
        deck.upsert("flux", vec![Parsed::Source(Box::new(source()))]);
        deck
    }

    /// Live, with these apps, the branch at commit a, half an hour later.
    pub fn with(apps: Vec<App>) -> Self {
        let mut deck = Self::live();
        for app in apps {
            deck.app(app);
        }
        deck.tip('a');
        deck.wait(1_800_000);
        deck.effects.clear();
        deck.state.dirty = false;
        deck
    }

    pub fn send(&mut self, msg: Msg) -> Vec<Effect> {
        let out = update(&mut self.state, [Envelope { at: self.now, msg }]);
        self.effects.extend(out.iter().cloned());
        out
    }

    pub fn event(&mut self, event: ClusterEvent) -> Vec<Effect> {
        self.send(Msg::Cluster(event))
    }

    pub fn upsert(&mut self, cluster: &str, objects: Vec<Parsed>) -> Vec<Effect> {
        self.event(ClusterEvent::Upsert { cluster: ClusterId::new(cluster), epoch: Epoch(1), objects })
    }

    pub fn app(&mut self, app: App) -> Vec<Effect> {
        let cluster = app.id.cluster.to_string();
        self.upsert(&cluster, vec![Parsed::App(Box::new(app))])
    }

    /// Changes a row as the watch would show it, with a new resource version.
    pub fn change(&mut self, id: &AppId, change: impl FnOnce(&mut App)) -> Vec<Effect> {
        let mut app = App::clone(&self.row(id).app);
        app.resource_version = format!("{}", app.resource_version.parse::<u64>().unwrap_or(0) + 1);
        app.since = None;
        change(&mut app);
        self.app(app)
    }

    pub fn tip(&mut self, digit: char) -> Vec<Effect> {
        let mut repo = Repo::new(RepoId::from_url(URL), URL);
        repo.poll = PollState::Ok;
        repo.default_branch = Some("main".into());
        repo.refs.insert("heads/main".into(), commit(digit));
        repo.refs.insert("tags/v1".into(), commit('e'));
        self.send(Msg::Repo(RepoEvent::Polled(repo)))
    }

    /// Time passes; the deck is woken as it asked for.
    pub fn wait(&mut self, ms: i64) -> Vec<Effect> {
        self.now = Timestamp::from_millisecond(self.now.as_millisecond() + ms).unwrap();
        self.send(Msg::Tick)
    }

    /// Keys separated by spaces, as the key table writes them (`space`, `enter`, `Ctrl-d`); 400 ms between two.
    pub fn keys(&mut self, keys: &str) -> Vec<Effect> {
        let mut out = Vec::new();
        for key in keys.split(' ').filter(|k| !k.is_empty()) {
            self.now = Timestamp::from_millisecond(self.now.as_millisecond() + 400).unwrap();
            out.extend(self.key(key));
        }
        out
    }

    /// One key at this very moment.
    pub fn key(&mut self, name: &str) -> Vec<Effect> {
        self.send(Msg::Key(key(name)))
    }

    /// Types letters, each a key.
    pub fn types(&mut self, text: &str) -> Vec<Effect> {
        text.chars().flat_map(|c| self.send(Msg::Key(Key::char(c)))).collect()
    }

    pub fn row(&self, id: &AppId) -> &Row {
        self.state.fleet.rows.get(id).unwrap_or_else(|| panic!("no row {id:?}"))
    }

    pub fn cursor(&self) -> String {
        self.state.view.app.as_ref().map(|id| id.name.clone()).unwrap_or_default()
    }

    pub fn shown(&self) -> Vec<&str> {
        self.state.fleet.shown.iter().map(|id| id.name.as_str()).collect()
    }

    /// Puts the cursor on an app.
    pub fn on(&mut self, id: &AppId) {
        let at = self.state.fleet.shown.iter().position(|s| s == id).unwrap_or_else(|| panic!("{id:?} is not shown"));
        self.keys("2 g");
        for _ in 0..at {
            self.keys("j");
        }
        assert_eq!(self.state.view.app.as_ref(), Some(id));
        self.wait(600);
    }

    /// What the hint row says now.
    pub fn said(&self) -> &str {
        self.state.notices.flash.as_ref().map_or("", |(_, _, text)| text)
    }

    pub fn dialog(&self) -> &Confirm {
        match self.state.overlays.last() {
            Some(Overlay::Confirm(dialog)) => dialog,
            other => panic!("no plan is open: {other:?}, said: {}", self.said()),
        }
    }

    /// Title and lines of the message on top.
    pub fn message(&self) -> String {
        match self.state.overlays.last() {
            Some(Overlay::Message { title, lines }) => format!("{title}\n{}", lines.join("\n")),
            other => panic!("no message is open: {other:?}"),
        }
    }

    pub fn rollback(&self) -> &crate::app::rollback::Rollback {
        match &self.state.screen {
            Screen::Rollback(screen) => screen,
            other => panic!("the rollback screen is not open: {other:?}"),
        }
    }
}

/// Plans that were handed to the runtime.
pub fn sent(effects: &[Effect]) -> Vec<&Plan> {
    effects.iter().filter_map(|e| if let Effect::RunPlan { line, .. } = e { Some(&line.plan) } else { None }).collect()
}

pub fn key(name: &str) -> Key {
    if let Some(rest) = name.strip_prefix("Ctrl-") {
        return Key::ctrl(rest.chars().next().unwrap());
    }
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "shift-tab" => KeyCode::BackTab,
        "backspace" => KeyCode::Backspace,
        "space" => KeyCode::Char(' '),
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        one => KeyCode::Char(one.chars().next().unwrap()),
    };
    Key::plain(code)
}
