//! A deck over real objects, driven by messages alone.

use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::msg::{Envelope, Msg};
use crate::app::pane::clusters;
use crate::app::state::{AppState, Settings};
use crate::app::update::update;
use crate::domain::Timestamp;
use crate::domain::cluster::{ContextInfo, KindState, Link};
use crate::domain::event::{ClusterEvent, RepoEvent};
use crate::domain::ids::{ClusterId, Epoch};
use crate::domain::plan::Plan;
use crate::domain::repo::{PollState, Repo, RepoId};
use serde_json::{Value, json};

pub const URL: &str = "https://git.example.com/acme/fleet";
pub const OLD: &str = "1111111111111111111111111111111111111111";
pub const NEW: &str = "2222222222222222222222222222222222222222";

pub struct Deck {
    pub state: AppState,
    ms: i64,
}

pub fn context(name: &str) -> ContextInfo {
    ContextInfo {
        id: ClusterId::new(name),
        alias: None,
        server: format!("https://{name}.example.com"),
        user: "sam".into(),
        namespace: None,
        protected: false,
        read_only: false,
        is_current: false,
        login: None,
    }
}

pub fn kustomization(name: &str, source: &str, revision: &str) -> Value {
    json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "flux-system", "uid": format!("uid-{name}"), "resourceVersion": "7", "generation": 1},
        "spec": {"interval": "10m", "path": format!("./apps/{name}"), "prune": true, "wait": true,
            "sourceRef": {"kind": "GitRepository", "name": source}},
        "status": {"observedGeneration": 1, "lastAppliedRevision": format!("main@sha1:{revision}"),
            "lastAttemptedRevision": format!("main@sha1:{revision}"),
            "conditions": [{"type": "Ready", "status": "True", "reason": "ReconciliationSucceeded", "observedGeneration": 1,
                "message": "Applied revision", "lastTransitionTime": "2026-11-24T03:12:00Z"}]}
    })
}

pub fn git_repository(name: &str, branch: &str, revision: &str) -> Value {
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": name, "namespace": "flux-system", "uid": format!("uid-source-{name}"), "resourceVersion": "8", "generation": 1},
        "spec": {"interval": "1m", "url": URL, "ref": {"branch": branch}},
        "status": {"observedGeneration": 1, "artifact": {"revision": format!("{branch}@sha1:{revision}"), "path": "x", "url": "http://x",
            "lastUpdateTime": "2026-11-24T03:00:00Z", "digest": "sha256:0"},
            "conditions": [{"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored artifact",
                "observedGeneration": 1, "lastTransitionTime": "2026-11-24T03:00:00Z"}]}
    })
}

pub fn application(name: &str, revision: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd", "uid": format!("uid-{name}"), "resourceVersion": "7", "generation": 1},
        "spec": {"project": "default", "source": {"repoURL": URL, "path": format!("apps/{name}"), "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": name}},
        "status": {"sync": {"status": "OutOfSync", "revision": revision}, "health": {"status": "Healthy"},
            "reconciledAt": "2026-11-24T03:12:00Z",
            "operationState": {"phase": "Succeeded", "message": "done", "startedAt": "2026-11-24T02:00:00Z",
                "finishedAt": "2026-11-24T02:00:05Z", "operation": {"sync": {"revision": revision}},
                "syncResult": {"revision": revision, "resources": []}}}
    })
}

impl Deck {
    /// A live cluster `prod` with nothing on it yet.
    pub fn new() -> Self {
        let start: Timestamp = "2026-11-24T03:12:40Z".parse().unwrap();
        let settings = Settings { operator: "sam".into(), ..Settings::default() };
        let mut state = AppState::new(start, settings);
        state.chosen = vec![ClusterId::new("prod")];
        let mut deck = Self { state, ms: start.as_millisecond() };
        deck.send(Msg::Resize { width: 120, height: 40 });
        let mut prod = context("prod");
        prod.is_current = true;
        deck.send(Msg::Contexts(vec![prod]));
        deck.connect("prod", 1);
        deck
    }

    /// The session of a cluster connects and has read every kind.
    pub fn connect(&mut self, cluster: &str, epoch: u64) {
        self.link(cluster, Link::Live { since: self.state.now });
        for (_, kind) in crate::engine::watched() {
            self.kind(cluster, kind.plural, KindState::Live);
        }
        let _ = epoch;
    }

    pub fn link(&mut self, cluster: &str, link: Link) {
        self.send(Msg::Cluster(ClusterEvent::Link { cluster: ClusterId::new(cluster), link }));
    }

    pub fn kind(&mut self, cluster: &str, kind: &str, state: KindState) {
        self.send(Msg::Cluster(ClusterEvent::Kind { cluster: ClusterId::new(cluster), kind: kind.into(), state }));
    }

    /// Time goes on by 10 ms with each message.
    pub fn send(&mut self, msg: Msg) -> Vec<Effect> {
        self.wait(10);
        let at = Timestamp::from_millisecond(self.ms).unwrap();
        update(&mut self.state, [Envelope { at, msg }])
    }

    pub fn wait(&mut self, ms: i64) {
        self.ms += ms;
    }

    /// The watch shows an object.
    pub fn see(&mut self, epoch: u64, object: &Value) -> Vec<Effect> {
        let kind = object["kind"].as_str().unwrap();
        let (engine, kind) = crate::engine::watched().find(|(_, k)| k.kind == kind).unwrap();
        let cluster = ClusterId::new("prod");
        let version = object["apiVersion"].as_str().unwrap().rsplit('/').next().unwrap();
        let now = Timestamp::from_millisecond(self.ms).unwrap();
        let parsed = engine.parse(kind, &cluster, version, &object.to_string(), now);
        self.send(Msg::Cluster(ClusterEvent::Upsert { cluster, epoch: Epoch(epoch), objects: vec![parsed] }))
    }

    /// The repository was polled: its main branch is at `tip`.
    pub fn poll(&mut self, tip: &str) {
        let mut repo = Repo::new(RepoId::from_url(URL), URL);
        repo.poll = PollState::Ok;
        repo.polled_at = Some(self.state.now);
        repo.default_branch = Some("main".into());
        repo.refs.insert("heads/main".into(), tip.into());
        repo.refs.insert("heads/staging".into(), tip.into());
        self.send(Msg::Repo(RepoEvent::Polled(repo)));
    }

    /// Projects and argocd-cm of an Argo CD that restricts nothing.
    pub fn argo(&mut self) {
        self.see(
            1,
            &json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": "default", "namespace": "argocd", "uid": "p", "resourceVersion": "1"}, "spec": {}}),
        );
        self.see(
            1,
            &json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "argocd-cm", "namespace": "argocd", "uid": "c", "resourceVersion": "1"}, "data": {}}),
        );
    }

    pub fn key(&mut self, key: Key) -> Vec<Effect> {
        self.send(Msg::Key(key))
    }
    pub fn char(&mut self, c: char) -> Vec<Effect> {
        self.key(Key::char(c))
    }
    pub fn press(&mut self, code: KeyCode) -> Vec<Effect> {
        self.key(Key::plain(code))
    }
    pub fn keys(&mut self, text: &str) -> Vec<Effect> {
        text.chars().flat_map(|c| self.char(c)).collect()
    }

    /// Puts the cursor on the app of that name.
    pub fn on(&mut self, name: &str) {
        self.wait(1000);
        self.send(Msg::Tick);
        let id = self.state.fleet.rows.keys().find(|id| id.name == name).cloned();
        assert!(id.is_some(), "no row {name}");
        self.state.view.app = id;
        let _ = clusters::order(&self.state);
    }
}

pub fn sent(effects: &[Effect]) -> Vec<&Plan> {
    effects
        .iter()
        .filter_map(|e| match e {
            Effect::RunPlan { line, .. } => Some(&line.plan),
            _ => None,
        })
        .collect()
}
