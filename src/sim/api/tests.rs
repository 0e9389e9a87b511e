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

/// Run by hand: `DRIFTDECK_CONFORMANCE=https://HOST:PORT cargo test --lib conformance -- --ignored --nocapture` against a server with the
/// tokens `admin` (system:masters) and `nobody` and the Argo CD and Flux kinds.
#[tokio::test]
#[ignore = "needs a real API server"]
async fn a_real_server_passes_the_conformance_script() {
    let Ok(url) = std::env::var("DRIFTDECK_CONFORMANCE") else { return };
    let client = |who: conformance::Who| {
        let mut config = kube::Config::new(url.parse().unwrap());
        config.accept_invalid_certs = true;
        config.auth_info.token = who.token().map(|token| token.to_owned().into());
        kube::Client::try_from(config).unwrap()
    };
    let differences = conformance::run(|who, request| {
        let client = client(who);
        async move {
            let (parts, body) = request.into_parts();
            let request = http::Request::from_parts(parts, kube::client::Body::from(body.to_vec()));
            let response = client.send(request).await.map_err(|error| error.to_string())?;
            let code = response.status().as_u16();
            let warnings = response.headers().get_all("warning").iter().filter_map(|w| w.to_str().ok()).map(str::to_owned).collect();
            let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes().to_vec();
            Ok(conformance::Answer { code, warnings, body })
        }
    })
    .await;
    for difference in &differences {
        println!("{}: wanted {} got {}\n", difference.step, difference.wanted, difference.got);
    }
    assert!(differences.is_empty(), "{} differences", differences.len());
}
