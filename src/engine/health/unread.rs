//! What could not be looked at: an engine of which nothing is known is not known to be well.

use super::Facts;
use crate::domain::controllers::{Level, Reach, Warning};

pub(super) fn lists(facts: &Facts<'_>) -> Option<Warning> {
    let engine = facts.engines.first()?.name;
    if facts.read.unread.is_empty() {
        return None;
    }
    let all: Vec<String> = facts.read.unread.iter().map(|u| format!("{} ({})", u.what, u.why)).collect();
    let mut next = Vec::new();
    if facts.read.unread.iter().any(|u| u.why == "forbidden") {
        next.push(super::step("", "ask for: get and list of deployments, statefulsets, pods, leases, events and the two ConfigMaps of Argo CD where the engines run"));
    }
    Some(Warning {
        rule: "not-read".into(),
        engine,
        level: Level::Note,
        reach: Reach::Nothing,
        namespace: String::new(),
        controller: String::new(),
        word: "in part".into(),
        short: "controllers not read whole".into(),
        sentence: format!("Not read of the engines of {}: {}. What these would show is not known.", facts.cluster, all.join(", ")),
        next,
    })
}
