//! Terminal refusals by Flux itself.

use super::facts::{Facts, Say, failure};
use crate::domain::verdict::{Verdict, Weight};
use crate::engine::flux::message::between;

pub fn denied(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = facts.not_ready_for("AccessDenied")?;
    let what = between(&ready.message, "access ", '\'', '\'').unwrap_or("its source").replacen('/', " ", 1);
    let sentence = format!(
        "{} may not use {what}: this Flux blocks references to another namespace. Flux has stopped until the object changes. {}",
        facts.app.id.path(),
        facts.untouched()
    );
    let other = facts.source_id().map_or("its source", |s| s.name.as_str());
    failure(facts, ready, format!("source {other}: other namespace, blocked"), sentence, "fix_in_git")
        .step("", "move the source into the namespace of the app, or allow it in Flux; fix in git")
        .done()
}

pub fn stalled(facts: &Facts<'_>) -> Option<Verdict> {
    let stalled = facts.condition("Stalled").filter(|c| c.status == Some(true))?;
    let sentence = format!("Flux has stopped on {}: {}. A changed object makes it start again.", facts.name(), stalled.message);
    Say::new(format!("stopped: {}", stalled.reason), sentence, "fix_in_git")
        .step("", "fix in git")
        .proof([facts.own(Weight::Bad, Some(stalled))])
        .done()
}
