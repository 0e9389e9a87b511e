//! A server that answers as a test says, and a session that watches it.

use crate::cluster::{Kubeconfig, Params, Session, SessionHandle, Settings, Timings};
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::event::{ClusterEvent, OtherObject, Parsed};
use crate::domain::ids::{ClusterId, EngineKind, ObjectKey};
use crate::domain::plan::{Plan, PlanChoices};
use crate::domain::verdict::Verdict;
use crate::engine::{Context, Engine, Role, Verb, WatchedKind};
use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;

pub enum Piece {
    Line(Value),
    Raw(Vec<u8>),
    /// A slow line, or a slow server.
    Wait(Duration),
    /// Nothing more, but the connection stays.
    Hold,
    /// The connection breaks.
    Break,
}

pub enum Reply {
    Json(u16, Value),
    Text(u16, &'static str),
    Header(u16, &'static str, &'static str),
    Stream(Vec<Piece>),
    /// Never answers.
    Hang,
    /// Closes the connection instead of answering.
    Close,
}

#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: String,
    pub authorization: String,
    pub content_type: String,
    pub agent: String,
    pub body: String,
}

impl Asked {
    pub fn is_watch(&self) -> bool {
        self.query.contains("watch=1")
    }
    pub fn is_initial(&self) -> bool {
        self.query.contains("sendInitialEvents")
    }
}

type Handler = Arc<dyn Fn(&Asked) -> Option<Reply> + Send + Sync>;

pub struct Server {
    pub address: std::net::SocketAddr,
    log: Arc<Mutex<Vec<Asked>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub async fn serve(handler: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Server {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let log: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let (handler, kept): (Handler, _) = (Arc::new(handler), log.clone());
    let task = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let (handler, log) = (handler.clone(), kept.clone());
            connections.spawn(async move {
                let service = hyper::service::service_fn(move |request| answer(request, handler.clone(), log.clone()));
                let _ = hyper::server::conn::http1::Builder::new().serve_connection(hyper_util::rt::TokioIo::new(stream), service).await;
            });
        }
    });
    Server { address, log, task }
}

type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, std::io::Error>;

async fn answer(request: Request<Incoming>, handler: Handler, log: Arc<Mutex<Vec<Asked>>>) -> Result<Response<Body>, std::io::Error> {
    let (head, body) = request.into_parts();
    let header = |name: &str| head.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let asked = Asked {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        authorization: header("authorization"),
        content_type: header("content-type"),
        agent: header("user-agent"),
        body: String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap(),
    };
    log.lock().unwrap().push(asked.clone());
    let reply = handler(&asked).or_else(|| usual(&asked)).unwrap_or(Reply::Text(404, "404 page not found\n"));
    let mut response = Response::builder();
    let pieces = match reply {
        Reply::Json(code, value) => {
            response = response.status(code).header("content-type", "application/json");
            vec![Piece::Line(value)]
        }
        Reply::Text(code, text) => {
            response = response.status(code).header("content-type", "text/plain");
            vec![Piece::Raw(text.into())]
        }
        Reply::Header(code, name, value) => {
            response = response.status(code).header(name, value);
            Vec::new()
        }
        Reply::Stream(pieces) => pieces,
        Reply::Hang => std::future::pending().await,
        Reply::Close => return Err(std::io::Error::other("closed on purpose")),
    };
    let frames = futures::stream::iter(pieces).then(|piece| async move {
        match piece {
            Piece::Line(value) => Ok(Frame::data(Bytes::from(format!("{value}\n")))),
            Piece::Raw(bytes) => Ok(Frame::data(Bytes::from(bytes))),
            Piece::Wait(pause) => {
                tokio::time::sleep(pause).await;
                Ok(Frame::data(Bytes::new()))
            }
            Piece::Hold => std::future::pending().await,
            Piece::Break => {
                // What was written before must leave first, else it is lost with the connection.
                tokio::time::sleep(Duration::from_millis(20)).await;
                Err(std::io::Error::other("broken on purpose"))
            }
        }
    });
    Ok(response.body(StreamBody::new(frames).boxed_unsync()).unwrap())
}

/// What every healthy server says.
fn usual(asked: &Asked) -> Option<Reply> {
    Some(Reply::Json(
        200,
        match (asked.method.as_str(), asked.path.as_str()) {
            (_, "/version") => json!({"gitVersion": "v1.36.3"}),
            ("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews") => json!({"status": {"userInfo": {"username": "sam"}}}),
            (_, "/api/v1/namespaces/kube-system") => json!({"metadata": {"uid": "uid-of-one"}}),
            (_, "/apis/argoproj.io") => json!({"versions": [{"version": "v1alpha1"}], "preferredVersion": {"version": "v1alpha1"}}),
            _ => return None,
        },
    ))
}

impl Server {
    pub fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }
    pub fn count(&self, test: impl Fn(&Asked) -> bool) -> usize {
        self.log.lock().unwrap().iter().filter(|a| test(a)).count()
    }

    pub fn kubeconfig(&self, user: &Value) -> Kubeconfig {
        let text = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "one",
            "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u", "namespace": "team"}}],
            "clusters": [{"name": "c", "cluster": {"server": format!("http://{}", self.address)}}],
            "users": [{"name": "u", "user": user}],
        });
        Kubeconfig::from_text(&text.to_string()).unwrap()
    }
}

/// Reads every object into its name and resource version.
struct Plain;

impl Engine for Plain {
    fn kind(&self) -> EngineKind {
        EngineKind::Argo
    }
    fn watched(&self) -> &'static [WatchedKind] {
        &APPS
    }
    fn parse(&self, kind: &WatchedKind, cluster: &ClusterId, version: &str, json: &str, now: Timestamp) -> Parsed {
        let object: Value = serde_json::from_str(json).unwrap();
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = ObjectKey::new(kind.group, kind.kind, &text("/metadata/namespace"), &text("/metadata/name"));
        let value = json!({"rv": text("/metadata/resourceVersion"), "version": version});
        Parsed::Other(Box::new(OtherObject { cluster: cluster.clone(), key, value, observed_at: now }))
    }
    fn verdict(&self, _: &App, _: &Context<'_>) -> Verdict {
        unreachable!("these tests judge no app")
    }
    fn plan(&self, _: Verb, _: &App, _: &PlanChoices, _: &Context<'_>) -> Plan {
        unreachable!("these tests judge no app")
    }
}

static PLAIN: Plain = Plain;
static APPS: [WatchedKind; 1] = [WatchedKind {
    engine: EngineKind::Argo,
    group: "argoproj.io",
    versions: &["v1", "v1alpha1"],
    plural: "applications",
    kind: "Application",
    role: Role::App,
    only: None,
}];

pub const ALL: &str = "/apis/argoproj.io/v1alpha1/applications";

/// Short pauses and long limits: what answers at all answers in time, however busy the machine is.
pub fn settings() -> Settings {
    let ms = Duration::from_millis;
    Settings {
        timings: Timings {
            connect: ms(5000),
            get: ms(5000),
            write: ms(5000),
            stream_silence: ms(5000),
            list_turn: ms(50),
            renew_again: ms(50),
            stream_turn: ms(50),
            watch_first: ms(10),
            watch_cap: ms(50),
            forbidden_again: ms(10),
            group_fresh: ms(100),
            beat_every: ms(100),
            beat_limit: ms(5000),
            reconnect_first: ms(20),
            reconnect_cap: ms(50),
            ..Timings::default()
        },
        kinds: vec![(&PLAIN, &APPS[0])],
        ..Settings::default()
    }
}

/// For servers that never answer: the limits are what is tested.
pub fn impatient() -> Settings {
    let ms = Duration::from_millis;
    let timings = Timings { get: ms(1000), write: ms(500), stream_silence: ms(200), beat_limit: ms(500), ..settings().timings };
    Settings { timings, ..settings() }
}

pub struct Rig {
    pub server: Server,
    pub handle: SessionHandle,
    events: mpsc::Receiver<ClusterEvent>,
    pub seen: Vec<ClusterEvent>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.handle.stop();
    }
}

pub async fn rig(handler: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Rig {
    rig_with(settings(), json!({"token": "static-token"}), handler).await
}

pub async fn rig_with(settings: Settings, user: Value, handler: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Rig {
    let server = serve(handler).await;
    let kubeconfig = Arc::new(server.kubeconfig(&user));
    let context = kubeconfig.contexts().remove(0);
    let (sink, events) = mpsc::channel(64);
    let handle = Session::start(Params { context, kubeconfig, settings }, sink);
    Rig { server, handle, events, seen: Vec::new() }
}

impl Rig {
    /// Waits for an event; all that came before it are kept in `seen`.
    pub async fn until(&mut self, what: &str, test: impl Fn(&ClusterEvent) -> bool) -> ClusterEvent {
        // One limit for all of it: signs of life go on while the awaited does not come.
        let limit = tokio::time::Instant::now() + Duration::from_secs(30);
        loop {
            let next = tokio::time::timeout_at(limit, self.events.recv()).await;
            let Ok(Some(event)) = next else { panic!("no {what}; seen {:#?}; asked {:#?}", self.seen, self.server.asked()) };
            self.seen.push(event.clone());
            if test(&event) {
                return event;
            }
        }
    }

    pub async fn link(&mut self, word: &str) -> ClusterEvent {
        self.until(word, |e| matches!(e, ClusterEvent::Link { link, .. } if link.word() == word)).await
    }

    /// Waits for a link state unless it is there already.
    pub async fn settled(&mut self, word: &str) {
        if self.handle.link().is_none_or(|l| l.word() != word) {
            self.link(word).await;
        }
    }

    /// Names of the next complete set.
    pub async fn complete(&mut self) -> Vec<String> {
        match self.until("complete set", |e| matches!(e, ClusterEvent::Complete { .. })).await {
            ClusterEvent::Complete { present, .. } => present.into_iter().map(|(_, name)| name).collect(),
            _ => unreachable!(),
        }
    }

    /// `name@resourceVersion` of every object handed over so far.
    pub fn upserted(&self) -> Vec<String> {
        let objects = self.seen.iter().filter_map(|e| if let ClusterEvent::Upsert { objects, .. } = e { Some(objects) } else { None });
        objects
            .flatten()
            .map(|o| match o {
                Parsed::Other(o) => format!("{}@{}", o.key.name, o.value["rv"].as_str().unwrap()),
                _ => unreachable!(),
            })
            .collect()
    }

    pub fn completes(&self) -> usize {
        self.seen.iter().filter(|e| matches!(e, ClusterEvent::Complete { .. })).count()
    }
}

pub fn object(name: &str, rv: u64) -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd", "uid": format!("uid-{name}"), "resourceVersion": rv.to_string()}})
}
pub fn event(kind: &str, name: &str, rv: u64) -> Piece {
    Piece::Line(json!({"type": kind, "object": object(name, rv)}))
}
pub fn end(rv: u64) -> Piece {
    Piece::Line(json!({"type": "BOOKMARK", "object": {"metadata": {
        "resourceVersion": rv.to_string(), "annotations": {"k8s.io/initial-events-end": "true"}}}}))
}
pub fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message})
}
/// The set `a`, `b`, and then silence.
pub fn two() -> Reply {
    Reply::Stream(vec![event("ADDED", "a", 1), event("ADDED", "b", 2), end(5), Piece::Hold])
}

impl Rig {
    pub async fn next(&mut self) -> Option<ClusterEvent> {
        self.events.recv().await
    }
}

impl Server {
    /// Closes the port and every connection.
    pub async fn stop_listening(&mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}
