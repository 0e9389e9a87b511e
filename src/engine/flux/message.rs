//! What the controllers say in words only: the running step, its revision and its time limit, object names in failures.

use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::duration::parse_go;
pub use crate::engine::cause::{between, word_after};

/// A step of a Kustomization run, from the message of condition Reconciling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepName {
    Fetching,
    Building,
    /// Applying is part of this step.
    DetectingDrift,
    HealthChecks,
}

/// "<Step> for revision <R> with a timeout of <D>".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    pub step: StepName,
    /// As written (`main@sha1:…`).
    pub revision: Option<String>,
    /// Seconds.
    pub timeout: Option<u64>,
}

pub fn running(message: &str) -> Option<Running> {
    let step = if message.starts_with("Running health checks") {
        StepName::HealthChecks
    } else if message.starts_with("Detecting drift") {
        StepName::DetectingDrift
    } else if message.starts_with("Building manifests") {
        StepName::Building
    } else if message.starts_with("Fetching manifests") {
        StepName::Fetching
    } else {
        return None;
    };
    Some(Running { step, revision: word_after(message, "for revision ").map(str::to_owned), timeout: timeout(message) })
}

/// Seconds in "… with a timeout of 1m0s".
pub fn timeout(message: &str) -> Option<u64> {
    word_after(message, "with a timeout of ").and_then(parse_go).map(|ms| ms / 1000)
}

/// The Helm action in "Running 'upgrade' action with timeout of 25s", and its limit in seconds.
pub fn helm_action(message: &str) -> Option<(&str, Option<u64>)> {
    let (action, rest) = message.strip_prefix("Running '")?.split_once('\'')?;
    Some((action, word_after(rest, "timeout of ").and_then(parse_go).map(|ms| ms / 1000)))
}

/// `Kind`, `namespace/name` of each object of "[Deployment/demo/crash status: 'Failed', …]".
pub fn waiting_objects(message: &str) -> Vec<(String, String)> {
    let Some((_, list)) = message.split_once('[') else { return Vec::new() };
    let list = list.split(']').next().unwrap_or(list);
    list.split(',').filter_map(object_path).collect()
}

/// `Deployment/demo/web …` → (`Deployment`, `demo/web`).
pub fn object_path(text: &str) -> Option<(String, String)> {
    let word = text.split_whitespace().next()?.trim_end_matches(':');
    let (kind, path) = word.split_once('/')?;
    (kind.starts_with(|c: char| c.is_ascii_uppercase()) && !path.is_empty()).then(|| (kind.to_owned(), path.to_owned()))
}

/// Seven digits of a Flux revision (`main@sha1:…`), chart versions whole.
pub fn short(revision: &str) -> &str {
    short_rev(bare_revision(revision))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_step_tells_its_revision_and_limit() {
        let got = running("Running health checks for revision main@sha1:3ad59b6 with a timeout of 1m0s").unwrap();
        assert_eq!(got, Running { step: StepName::HealthChecks, revision: Some("main@sha1:3ad59b6".into()), timeout: Some(60) });
        assert_eq!(running("Reconciliation in progress"), None);
    }

    #[test]
    fn objects_of_a_failed_health_check_are_named() {
        let text = "timeout waiting for: [Deployment/demo/a status: 'InProgress', Job/b/c status: 'Failed']";
        assert_eq!(waiting_objects(text), [("Deployment".into(), "demo/a".into()), ("Job".into(), "b/c".into())]);
        assert!(waiting_objects("no list here").is_empty());
    }

    #[test]
    fn helm_actions_carry_their_limit() {
        assert_eq!(helm_action("Running 'upgrade' action with timeout of 25s"), Some(("upgrade", Some(25))));
        assert_eq!(helm_action("Fulfilling prerequisites"), None);
    }
}
