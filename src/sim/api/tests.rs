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
        for (name, value) in headers {
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
