//! What could not be looked at: an engine of which nothing is known is not known to be well.

use super::{Facts, of_engine, step};
use crate::domain::controllers::{Level, Warning};

pub(super) fn lists(facts: &Facts<'_>) -> Option<Warning> {
    let engine = facts.engines.first()?.name;
    if facts.read.unread.is_empty() {
        return None;
    }
    let all: Vec<String> = facts.read.unread.iter().map(|u| format!("{} ({})", u.what, u.why)).collect();
    let mut next = Vec::new();
    if facts.read.unread.iter().any(|u| u.why == "forbidden") {
        next.push(step("", "ask for: get and list of deployments, statefulsets, pods, leases, events and the two ConfigMaps of Argo CD where the engines run"));
    }
    let sentence = format!("Not read of the engines of {}: {}. What these would show is not known.", facts.cluster, all.join(", "));
    let warning = of_engine(engine, Level::Note, "", "controllers not read whole".into(), sentence);
    Some(Warning { rule: "not-read".into(), word: "in part".into(), next, ..warning })
}
