//! Green but old: the app is as Flux wants it, but nothing newer can arrive.

use super::facts::{Facts, Say};
use crate::domain::commit::short_rev;
use crate::domain::duration::long_age;
use crate::domain::source::{RefKind, SourceType};
use crate::domain::verdict::{Verdict, Weight};
use crate::engine::flux::message::short;

pub fn source_fails(facts: &Facts<'_>) -> Option<Verdict> {
    let source = facts.source().filter(|s| s.ready == Some(false))?;
    let name = &source.id.name;
    let kind = class(&source.reason, &source.message);
    let age = facts.age(source.ready_since).map(|a| format!(" {a}")).unwrap_or_default();
    let since = source.ready_since.map(|at| format!(", since {}", super::facts::clock(at))).unwrap_or_default();
    let sentence =
        format!("Flux cannot read {name} ({}{since}). {} keeps {}: what is green is green but old.", kind.1, facts.place(), facts.runs());
    let (step, word) = if kind.0 == "signature" {
        ("only signed commits pass; an unsigned revert would not", "fix_in_git")
    } else {
        ("Source tab: what it needs", "look_at_child")
    };
    Say::new(format!("source {name}: fetch fails{age}, {}", kind.0), sentence, word)
        .step("", step)
        .soon(Some("A failing source is tried with growing gaps, up to 15m apart.".into()))
        .proof(facts.source_line())
        .proof([facts.own(Weight::Plain, facts.condition("Ready"))])
        .done()
}

/// One word for the row, some for the sentence.
fn class<'a>(reason: &str, message: &'a str) -> (&'static str, &'a str) {
    let m = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| m.contains(w));
    match () {
        () if reason.contains("Signature") || has(&["signature"]) => ("signature", "a commit is not signed as required"),
        () if has(&["authentication", "unauthorized", "permission denied", "403 forbidden"]) || reason.contains("Authentication") => {
            ("auth", "authentication required")
        }
        () if has(&["connection refused", "no such host", "i/o timeout", "deadline exceeded", "timeout"]) => {
            ("unreachable", "it does not answer")
        }
        () if has(&["remote ref"]) => ("no such ref", "the branch or tag does not exist"),
        () if has(&["not found"]) => ("not found", "not found"),
        () => ("error", message),
    }
}

pub fn source_held(facts: &Facts<'_>) -> Option<Verdict> {
    let source = facts.source().filter(|s| s.suspended)?;
    let name = &source.id.name;
    let sentence = format!("{} {name} is suspended: no new commit reaches {}. {} stays.", source.id.kind, facts.place(), facts.runs());
    Say::new(format!("source {name} is suspended"), sentence, "look_at_child")
        .step("", format!("resume {name} first"))
        .proof(facts.source_line())
        .done()
}

/// Our own poll is ahead of the artifact; for at most an interval that is normal.
pub fn behind(facts: &Facts<'_>) -> Option<Verdict> {
    let source = facts
        .source()
        .filter(|s| s.source_type == SourceType::Git && matches!(s.reference, RefKind::Branch(_) | RefKind::Head | RefKind::Name(_)))?;
    let head = facts.context.head.map(short_rev)?;
    let held = source.revision.as_deref().map(short).filter(|h| *h != head)?;
    let every = source.interval.map(long_age);
    let (note, told) = (
        every.as_ref().map(|e| format!(" (every {e})")).unwrap_or_default(),
        every.map(|e| format!("; it looks every {e}")).unwrap_or_default(),
    );
    let name = &source.id.name;
    let sentence =
        format!("git is at {head}, but {name} still has {held} and reports no error{told}. {} runs on {}.", facts.runs(), facts.place());
    Say::new(format!("{head} not fetched yet{note}"), sentence, "refresh")
        .step("r", "ask for a fetch")
        .proof(facts.source_line())
        .proof([facts.own(Weight::Plain, facts.condition("Ready"))])
        .done()
}
