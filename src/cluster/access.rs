//! May we? Asked of the server, remembered for a minute.

use super::api::{Api, ApiError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const KEPT: Duration = Duration::from_secs(60);

/// A question of the form "may I VERB RESOURCE in NAMESPACE".
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Question {
    pub verb: String,
    pub group: String,
    /// The plural.
    pub resource: String,
    /// Empty = cluster-wide.
    pub namespace: String,
    /// Empty = any.
    pub name: String,
}

/// Answers by question, with when they were given. Clones share them.
#[derive(Clone, Default)]
pub struct Answers(Arc<Mutex<HashMap<Question, (Instant, bool)>>>);

impl Answers {
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// # Errors
    /// The review could not be made; that is no "no".
    pub async fn allowed(&self, api: &Api, question: &Question) -> Result<bool, ApiError> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(question).copied();
        if let Some((at, answer)) = known
            && at.elapsed() < KEPT
        {
            return Ok(answer);
        }
        let body = serde_json::json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": { "resourceAttributes": {
                "verb": question.verb, "group": question.group, "resource": question.resource,
                "namespace": question.namespace, "name": question.name,
            }},
        });
        let value: serde_json::Value = api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &body).await?;
        let answer = value.pointer("/status/allowed").and_then(serde_json::Value::as_bool).unwrap_or(false);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (at, _)| at.elapsed() < KEPT);
        kept.insert(question.clone(), (Instant::now(), answer));
        Ok(answer)
    }
}
