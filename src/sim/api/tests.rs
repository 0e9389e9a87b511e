//! Behaviour over a real socket.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use super::*;

pub(super) type Raw = Client<HttpConnector, Full<bytes::Bytes>>;

/// A server with both engines installed, listening, and a client with a token.
pub(super) struct Lab {
    pub server: ApiServer,
    pub running: Running,
    pub client: Raw,
}

pub(super) struct Got {
    pub code: u16,
    pub headers: http::HeaderMap,
    pub bytes: Vec<u8>,
    pub body: Value,
}

impl Lab {
    pub async fn new() -> Self {
        let server = ApiServer::new("lab", "1.36.3", Clock::system(), 7);
        server.install_argo();
        server.install_flux();
        server.add_user("nobody", User::new("nobody", &[]));
        let running = server.serve(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        Self { server, running, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    pub fn app(&self, name: &str) -> Value {
        self.server.put(json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name, "namespace": "argocd"},
            "spec": {"project": "default", "destination": {"namespace": "x"}, "source": {"repoURL": "https://git.example.com/a.git"}},
        }))
    }

    pub async fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Got {
        let response = self.open(method, path, headers, body).await.unwrap();
        let (code, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.into_body().collect().await.map(|b| b.to_bytes().to_vec()).unwrap_or_default();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Got { code, headers, bytes, body }
    }

    pub async fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<http::Response<hyper::body::Incoming>, hyper_util::client::legacy::Error> {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.running.url));
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.header("authorization", "Bearer admin");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        self.client.request(request.body(Full::new(body.to_owned().into())).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Got {
        self.request("GET", path, &[], "").await
    }

    pub async fn merge(&self, path: &str, body: Value) -> Got {
        self.request("PATCH", path, &[("content-type", "application/merge-patch+json")], &body.to_string()).await
    }
}

const APPS: &str = "/apis/argoproj.io/v1alpha1/applications";
const APP: &str = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/app-000";

#[tokio::test]
async fn an_object_that_was_put_is_listed_fetched_and_patched() {
    let lab = Lab::new().await;
    lab.app("app-000");
    let list = lab.get(APPS).await;
    assert_eq!(list.code, 200);
    assert_eq!(list.body["items"][0]["metadata"]["name"], "app-000");
    let patched = lab.merge(APP, json!({"metadata": {"annotations": {"a": "b"}}})).await;
    assert_eq!(patched.code, 200, "{}", patched.body);
    assert_eq!(lab.get(APP).await.body["metadata"]["annotations"]["a"], "b");
}

#[tokio::test]
async fn a_watch_replays_what_was_missed_and_goes_on_live() {
    let lab = Lab::new().await;
    lab.app("app-000");
    let version = lab.server.resource_version();
    lab.app("app-001");
    let path = format!("{APPS}?watch=1&resourceVersion={version}&timeoutSeconds=20");
    let mut body = lab.open("GET", &path, &[], "").await.unwrap().into_body();
    let mut next = async || {
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        serde_json::from_slice::<Value>(&frame).unwrap()
    };
    let first = next().await;
    assert_eq!((&first["type"], &first["object"]["metadata"]["name"]), (&json!("ADDED"), &json!("app-001")));
    lab.server.delete("argoproj.io", "applications", "argocd", "app-000").unwrap();
    let second = next().await;
    assert_eq!((&second["type"], &second["object"]["metadata"]["name"]), (&json!("DELETED"), &json!("app-000")));
}

#[tokio::test]
async fn the_conformance_script_finds_no_difference() {
    let lab = Lab::new().await;
    let differences = conformance::run(|who, request| {
        let (lab, token) = (&lab, who.token());
        async move {
            let (parts, body) = request.into_parts();
            let bearer = token.map(|token| format!("Bearer {token}")).unwrap_or_default();
            let mut headers: Vec<(&str, &str)> = vec![("authorization", &bearer)];
            headers.extend(parts.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default())));
            let path = parts.uri.to_string();
            let got = lab.request(parts.method.as_str(), &path, &headers, &String::from_utf8_lossy(&body)).await;
            let warnings = got.headers.get_all("warning").iter().filter_map(|w| w.to_str().ok()).map(str::to_owned).collect();
            Ok(conformance::Answer { code: got.code, warnings, body: got.bytes })
        }
    })
    .await;
    for difference in &differences {
        println!("{}: wanted {} got {}\n", difference.step, difference.wanted, difference.got);
    }
    assert!(differences.is_empty(), "{} differences", differences.len());
}

/// Every recorded refusal that can be asked for again gets the recorded body; versions and object dumps differ by nature.
#[tokio::test]
async fn recorded_refusals_are_repeated_word_for_word() {
    let lab = Lab::new().await;
    lab.app("app-000");
    lab.server.put(json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "ks-00", "namespace": "flux-system"},
        "spec": {"interval": "1m", "prune": true, "sourceRef": {"kind": "GitRepository", "name": "g"}}}));
    while lab.server.resource_version() < 60 {
        lab.app("app-000");
    }
    lab.server.expire_versions();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/errors");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if ["429", "503", "410-watch"].iter().any(|start| name.starts_with(start)) {
            continue;
        }
        let recorded: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let word = |key: &str| recorded["request"][key].as_str().unwrap_or_default().to_owned();
        let body = match &recorded["request"]["body"] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let user = if name.contains("nobody") { "Bearer nobody" } else { "Bearer admin" };
        let user = if name.starts_with("401") { "Bearer wrong" } else { user };
        let user = if name.contains("anonymous") { "" } else { user };
        let (content_type, accept) = (word("contentType"), word("accept"));
        let headers = [("authorization", user), ("content-type", content_type.as_str()), ("accept", accept.as_str())];
        let got = lab.request(&word("method"), &word("path"), &headers, &body).await;
        assert_eq!(json!(got.code), recorded["httpStatus"], "{name}: {}", got.body);
        let (mut wanted, mut found) = (recorded["body"].clone(), got.body.clone());
        if let Value::String(text) = &wanted {
            assert_eq!(String::from_utf8_lossy(&got.bytes), *text, "{name}");
        } else {
            for body in [&mut wanted, &mut found] {
                if let Some(version) = body.pointer_mut("/metadata/resourceVersion") {
                    *version = json!("any");
                }
                if name.starts_with("504") {
                    let cut = body["message"].as_str().unwrap().split(", current").next().unwrap().to_owned();
                    body["message"] = json!(cut);
                }
            }
            assert_eq!(found, wanted, "{name}");
        }
        let kind = recorded["headers"]["Content-Type"].as_str().unwrap_or("application/json");
        assert_eq!(got.headers["content-type"], kind, "{name}");
        seen += 1;
    }
    assert!(seen > 25, "only {seen} fixtures were tried");
}

fn recorded(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/errors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[tokio::test]
async fn switched_faults_answer_as_recorded_and_go_away() {
    let lab = Lab::new().await;
    lab.app("app-000");
    let faults = lab.server.faults();
    faults.set(|s| s.too_many = Some(TooMany { count: 1, retry_after: 1 }));
    let got = lab.get(APPS).await;
    assert_eq!((got.code, got.headers["retry-after"].to_str().unwrap()), (429, "1"));
    assert_eq!(json!(String::from_utf8_lossy(&got.bytes)), recorded("429-too-many-requests")["body"]);
    assert_eq!(lab.get(APPS).await.code, 200);
    faults.set(|s| s.initializing = vec!["applications".into()]);
    assert_eq!(lab.get(APPS).await.body, recorded("429-storage-initializing")["body"]);
    faults.clear();
    faults.set(|s| s.unavailable = true);
    assert_eq!(lab.get(APPS).await.body, recorded("503-while-server-starts")["body"]);
    faults.clear();
    faults.set(|s| s.forbidden = vec![Deny { verb: "list".into(), resource: "applications".into(), ..Deny::default() }]);
    assert_eq!(lab.get(APPS).await.code, 403);
    assert_eq!(lab.get(APP).await.code, 200);
    faults.clear();
    faults.set(|s| s.unauthorized = true);
    assert_eq!(lab.get(APPS).await.code, 401);
    faults.clear();
    faults.set(|s| s.half_list = true);
    assert!(lab.open("GET", APPS, &[], "").await.unwrap().into_body().collect().await.is_err());
    faults.clear();
    faults.set(|s| s.no_streaming_lists = true);
    let streaming = format!("{APPS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
    assert_eq!(lab.get(&streaming).await.code, 422);
    faults.clear();
    faults.set(|s| s.garbage = Some(Garbage { plural: "applications".into(), json: r#"{"metadata":5}"#.into() }));
    assert_eq!(lab.get(APPS).await.body["items"][0], json!({"metadata": 5}));
}

#[tokio::test]
async fn a_lost_reply_still_writes() {
    let lab = Lab::new().await;
    lab.app("app-000");
    let lost = |verb: &str| vec![LostReply { user: "admin".into(), verb: verb.into() }];
    let kind = [("content-type", "application/merge-patch+json")];
    let body = json!({"metadata": {"annotations": {"lost": "yes"}}}).to_string();
    lab.server.faults().set(|s| s.lost_replies = lost("create"));
    assert_eq!(lab.open("PATCH", APP, &kind, &body).await.unwrap().status(), 200, "another verb");
    lab.server.faults().set(|s| s.lost_replies = lost("patch"));
    let body = json!({"metadata": {"annotations": {"lost": "yes, twice"}}}).to_string();
    assert!(lab.open("PATCH", APP, &kind, &body).await.is_err());
    assert!(lab.server.faults().settings().lost_replies.is_empty(), "used up");
    assert_eq!(lab.get(APP).await.body["metadata"]["annotations"]["lost"], "yes, twice");
}

#[tokio::test]
async fn a_refused_port_closes_and_comes_back() {
    let lab = Lab::new().await;
    lab.server.faults().set(|s| s.refuse = true);
    let is_open = async |wanted: bool| while lab.open("GET", APPS, &[], "").await.is_ok() != wanted {};
    let limit = std::time::Duration::from_secs(30);
    tokio::time::timeout(limit, is_open(false)).await.unwrap();
    lab.server.faults().clear();
    tokio::time::timeout(limit, is_open(true)).await.unwrap();
    assert_eq!(lab.get(APPS).await.code, 200);
}

#[tokio::test]
async fn a_frozen_server_answers_once_it_is_thawed() {
    let lab = Lab::new().await;
    lab.server.faults().set(|s| s.frozen = true);
    let waiting = lab.get("/version");
    tokio::pin!(waiting);
    let early = tokio::time::timeout(std::time::Duration::from_millis(100), &mut waiting).await;
    assert!(early.is_err(), "a frozen server answered");
    lab.server.faults().clear();
    assert_eq!(waiting.await.code, 200);
}

#[tokio::test]
async fn expired_versions_end_watches_and_page_tokens() {
    let lab = Lab::new().await;
    for name in ["a", "b", "c"] {
        lab.app(name);
    }
    let page = lab.get(&format!("{APPS}?limit=1")).await.body;
    lab.app("d");
    let token = page["metadata"]["continue"].as_str().unwrap();
    let second = lab.get(&format!("{APPS}?limit=5&continue={token}")).await.body;
    assert_eq!(second["items"].as_array().unwrap().len(), 2, "a page shows the version of the first one");
    let version = lab.server.resource_version();
    lab.server.expire_versions();
    let watched = lab.get(&format!("{APPS}?watch=1&timeoutSeconds=5&resourceVersion={version}")).await;
    assert_eq!((watched.code, &watched.body["type"], &watched.body["object"]["code"]), (200, &json!("ERROR"), &json!(410)));
    let expired = lab.get(&format!("{APPS}?limit=5&continue={token}")).await;
    let wanted = json!("Expired");
    assert_eq!((expired.code, &expired.body["reason"]), (410, &wanted));
    let rest = expired.body["metadata"]["continue"].as_str().unwrap();
    assert_eq!(lab.get(&format!("{APPS}?limit=5&continue={rest}")).await.body["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn dropped_watches_end_and_bookmarks_come_in_between() {
    let lab = Lab::new().await;
    lab.server.faults().set(|s| s.bookmark_every = Some(std::time::Duration::from_millis(20)));
    let version = lab.server.resource_version();
    let path = format!("{APPS}?watch=1&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds=60");
    let mut body = lab.open("GET", &path, &[], "").await.unwrap().into_body();
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&frame).unwrap()["type"], "BOOKMARK");
    lab.server.faults().set(|s| s.bookmark_every = None);
    lab.server.faults().drop_watches();
    while let Some(frame) = body.frame().await {
        assert!(frame.is_ok(), "a dropped watch ends cleanly");
    }
}

#[tokio::test]
async fn large_lists_are_compressed_for_those_who_ask() {
    let lab = Lab::new().await;
    for n in 0..600 {
        lab.app(&format!("app-{n:03}"));
    }
    let gzip = [("accept-encoding", "gzip")];
    let packed = lab.request("GET", APPS, &gzip, "").await;
    assert_eq!(packed.headers["content-encoding"], "gzip");
    let plain = lab.get(APPS).await;
    assert!(plain.bytes.len() > 128 * 1024 && packed.bytes.len() < plain.bytes.len() / 4);
    assert!(lab.request("GET", APP, &gzip, "").await.headers.get("content-encoding").is_none());
    lab.server.faults().set(|s| s.no_gzip = true);
    assert!(lab.request("GET", APPS, &gzip, "").await.headers.get("content-encoding").is_none());
}

#[tokio::test]
async fn rules_hold_per_namespace_and_show_in_reviews() {
    let lab = Lab::new().await;
    let words = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    lab.server.add_user("ns-only", User::new("ns-only", &[]));
    lab.server.allow(Rule {
        subject: "ns-only".into(),
        verbs: words(&["get", "list", "patch"]),
        groups: words(&["argoproj.io"]),
        resources: words(&["*"]),
        namespaces: words(&["argocd"]),
    });
    lab.app("app-000");
    let user = [("authorization", "Bearer ns-only")];
    assert_eq!(lab.request("GET", APPS, &user, "").await.code, 403);
    assert_eq!(lab.request("GET", APP, &user, "").await.code, 200);
    let ask = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"namespace": "argocd", "verb": "patch", "group": "argoproj.io", "resource": "applications"}}});
    let review = lab.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &user, &ask.to_string()).await;
    assert_eq!((review.code, &review.body["status"]["allowed"]), (201, &json!(true)));
    assert!(review.body["status"]["reason"].as_str().unwrap().starts_with("RBAC: allowed by RoleBinding"));
    lab.server.faults().set(|s| s.forbidden = vec![Deny { verb: "patch".into(), resource: "applications".into(), ..Deny::default() }]);
    let review = lab.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &user, &ask.to_string()).await;
    assert_eq!(review.body["status"]["allowed"], json!(false), "a right that the switchboard took away");
}
