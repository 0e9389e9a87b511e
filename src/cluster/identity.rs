//! Which cluster this really is, and who we are there.

use super::api::{Api, ApiError, Class};
use super::client::Target;
use crate::domain::cluster::Fingerprint;
use crate::domain::text::sanitise;
use serde::Deserialize;
use sha2::{Digest, Sha256};

#[derive(Deserialize)]
struct Object {
    metadata: Meta,
}
#[derive(Deserialize)]
struct Meta {
    uid: String,
}

/// The uid of namespace kube-system: it stays with a cluster whatever name or address it has. `None` = not readable for us.
///
/// # Errors
/// Anything but "forbidden" and "not found".
pub async fn cluster_uid(api: &Api) -> Result<Option<String>, ApiError> {
    match api.get::<Object>("/api/v1/namespaces/kube-system").await {
        Ok(object) => Ok(Some(sanitise(&object.metadata.uid, 64))),
        Err(e) if matches!(e.class, Class::Forbidden | Class::NotFound | Class::NotServed) => Ok(None),
        Err(e) => Err(e),
    }
}

/// User name as the server knows us; `None` where it does not tell.
///
/// # Errors
/// 401 and transport errors; "not served" and "forbidden" are `None`.
pub async fn user(api: &Api) -> Result<Option<String>, ApiError> {
    let body = serde_json::json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
    match api.post::<serde_json::Value>("/apis/authentication.k8s.io/v1/selfsubjectreviews", &body).await {
        Ok(value) => Ok(value.pointer("/status/userInfo/username").and_then(|u| u.as_str()).map(|u| sanitise(u, 200))),
        Err(e) if e.is_transport() || e.class == Class::Unauthorized => Err(e),
        Err(_) => Ok(None),
    }
}

/// What the configuration alone tells; the uid is read from the server.
pub fn configured(target: &Target) -> Fingerprint {
    let mut ca = String::new();
    if let Some(certificates) = target.config.root_cert.as_ref().filter(|c| !c.is_empty()) {
        let mut hash = Sha256::new();
        certificates.iter().for_each(|c| hash.update(c));
        ca = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    }
    let server = target.config.cluster_url.to_string();
    Fingerprint {
        server: server.trim_end_matches('/').to_lowercase(),
        ca,
        tls_server_name: target.config.tls_server_name.clone(),
        uid: None,
    }
}

/// Two contexts that reach one cluster.
pub fn is_same_cluster(a: &Fingerprint, b: &Fingerprint) -> bool {
    a.uid.is_some() && a.uid == b.uid
}
