//! May we? Asked of the server; a yes is remembered for a minute, a no is asked again: whoever may grant the right may just have done so.

use super::api::{Api, ApiError, Class};
use crate::domain::text::sanitise;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// What was allowed, by question. Clones share it.
#[derive(Clone, Default)]
pub struct Answers(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    allowed: HashMap<Question, Instant>,
    /// How often they were forgotten: an answer to a question from before belongs to another connection.
    forgotten: u64,
}

impl Answers {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn clear(&self) {
        let mut kept = self.lock();
        kept.allowed.clear();
        kept.forgotten += 1;
    }

    /// # Errors
    /// The review could not be made, or the server could not tell; that is no "no".
    pub async fn allowed(&self, api: &Api, question: &Question) -> Result<bool, ApiError> {
        let (known, asked_in) = {
            let kept = self.lock();
            (kept.allowed.get(question).copied(), kept.forgotten)
        };
        if known.is_some_and(|at| at.elapsed() < KEPT) {
            return Ok(true);
        }
        let body = serde_json::json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": { "resourceAttributes": {
                "verb": question.verb, "group": question.group, "resource": question.resource,
                "namespace": question.namespace, "name": question.name,
            }},
        });
        let value: Value = api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &body).await?;
        let answer = read(&value)?;
        let mut kept = self.lock();
        if answer && kept.forgotten == asked_in {
            kept.allowed.retain(|_, at| at.elapsed() < KEPT);
            kept.allowed.insert(question.clone(), Instant::now());
        }
        Ok(answer)
    }
}

/// An authorizer that failed has not said no, and a status without an answer has said nothing.
fn read(review: &Value) -> Result<bool, ApiError> {
    let untold = |why: &str| ApiError::new(Class::Garbage, why);
    let failed = review.pointer("/status/evaluationError").and_then(Value::as_str).filter(|e| !e.trim().is_empty());
    if let Some(error) = failed {
        return Err(untold(&format!("the server could not tell: {}", sanitise(error, 200))));
    }
    review.pointer("/status/allowed").and_then(Value::as_bool).ok_or_else(|| untold("the answer of the server says neither yes nor no"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_review_that_failed_or_says_nothing_is_neither_yes_nor_no() {
        let status = |status: Value| read(&json!({ "status": status })).map_err(|e| e.message);
        assert_eq!(status(json!({ "allowed": true })), Ok(true));
        assert_eq!(status(json!({ "allowed": false, "evaluationError": "" })), Ok(false));
        for allowed in [true, false] {
            let told = status(json!({ "allowed": allowed, "evaluationError": "webhook\u{1b}[31m timed out" }));
            assert_eq!(told, Err("the server could not tell: webhook^[[31m timed out".into()));
        }
        for odd in [json!({}), json!({ "allowed": "yes" }), Value::Null] {
            assert_eq!(status(odd), Err("the answer of the server says neither yes nor no".into()));
        }
    }
}
