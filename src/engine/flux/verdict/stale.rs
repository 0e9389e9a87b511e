//! Green but old: the app is as Flux wants it, but nothing newer can arrive.

use super::facts::{Facts, Say};
use crate::domain::Timestamp;
use crate::domain::commit::short_rev;
use crate::domain::duration::{long_age, seconds_between};
use crate::domain::near::meant;
use crate::domain::source::{RefKind, SourceObject, SourceType};
use crate::domain::verdict::{Outside, Verdict, Weight};
use crate::engine::Context;
use crate::engine::flux::message::{between, short};

/// source-controller tries a failing source with growing gaps, whatever its interval: up to these seconds.
const BACK_OFF: u64 = 900;
/// Cells of a row message.
const ROW: usize = 40;
/// Seconds that one fetch may take where the source says nothing.
const TIMEOUT: u64 = 60;

/// For how long nothing new may come in before what is green is not known to be: one interval and one fetch, at most the back-off.
fn patience(source: &SourceObject) -> u64 {
    source.interval.unwrap_or(0).saturating_add(source.timeout.unwrap_or(TIMEOUT)).min(BACK_OFF)
}

/// Longer than it may take; where nobody saw it begin, it is not known that it did not.
fn is_late(facts: &Facts<'_>, since: Option<Timestamp>, limit: u64) -> bool {
    since.is_none_or(|at| seconds_between(at, facts.context.now) > limit)
}

fn as_old(say: Say, is_old: bool) -> Option<Verdict> {
    if is_old { say.old().done() } else { say.done() }
}

pub fn source_fails(facts: &Facts<'_>) -> Option<Verdict> {
    let source = [facts.source(), facts.context.chart].into_iter().flatten().find(|s| s.ready == Some(false))?;
    let name = &source.id.name;
    let kind = class(&source.reason, &source.message);
    if let Some(commit) = unsigned(source) {
        return not_signed(facts, source, commit);
    }
    let age = facts.age(source.ready_since).map(|a| format!(" {a}")).unwrap_or_default();
    let since = source.ready_since.map(|at| format!(", since {}", super::facts::clock(at))).unwrap_or_default();
    let wanted = match kind.0 {
        "no such ref" => between(&source.message, "remote ref ", '"', '"').map(|name| format!(" {}", branch(name))),
        "not found" => source.url.as_deref().map(|url| format!(": {url}")),
        _ => None,
    };
    let wanted = wanted.unwrap_or_default();
    let told = match kind.0 {
        "no such ref" if !wanted.is_empty() => format!("branch or tag{wanted} does not exist"),
        _ => format!("{}{wanted}", kind.1),
    };
    let was = before(source, &wanted);
    let of = was.map(|was| format!(", of branch {was}")).unwrap_or_default();
    let sentence = format!(
        "Flux cannot read {name} ({}{since}). {} keeps {}{of}, and nothing newer can arrive: what is shown is as of then.",
        told,
        facts.place(),
        facts.runs()
    );
    let (step, word) = match (kind.0, &source.secret) {
        ("signature", _) => ("only signed commits pass; an unsigned revert would not".to_owned(), "fix_in_git"),
        ("auth", Some(secret)) => (format!("renew Secret {}/{secret}, which it logs in with", source.id.namespace), "look_at_child"),
        ("no such ref", _) => {
            let was = was.map(|was| format!(" (it was {was})")).unwrap_or_default();
            (format!("correct spec.ref of {name} in git{was}, or push{wanted}"), "fix_in_git")
        }
        ("not found", _) if misspelt(source).is_some() => {
            (format!("correct the URL of {name} in git: {} was probably meant", misspelt(source).unwrap_or_default()), "fix_in_git")
        }
        ("not found", _) => {
            (format!("correct the URL of {name} in git, or give it a login: some hosts say not found to whom may not read"), "fix_in_git")
        }
        ("auth", None) => ("it logs in with nothing: secretRef is not set".to_owned(), "fix_in_git"),
        _ => ("Source tab: what it needs".to_owned(), "look_at_child"),
    };
    let mut short = match kind.0 {
        "no such ref" if !wanted.is_empty() => format!("source {name}:{wanted} does not exist"),
        "not found" if source.source_type == SourceType::Git => format!("source {name}: repository not found"),
        word => format!("source {name}: fetch fails{age}, {word}"),
    };
    if short.chars().count() > ROW {
        short = format!("source {name}: {}{age}", kind.0);
    }
    let say = Say::new(short, sentence, word)
        .step("", step)
        .of_source(Some(&source.id))
        .soon(Some("A failing source is tried with growing gaps, up to 15m apart.".into()))
        .proof(facts.chart_line())
        .proof(facts.source_line())
        .proof([facts.own(Weight::Plain, facts.condition("Ready"))]);
    as_old(say, is_late(facts, source.ready_since, patience(source)))
}

/// The branch that it last fetched (`main@sha1:…`), where another is wanted now.
fn before<'a>(source: &'a SourceObject, wanted: &str) -> Option<&'a str> {
    let was = branch(source.revision.as_deref()?.split_once('@')?.0);
    let is_branch = matches!(source.reference, RefKind::Branch(_));
    (is_branch && !wanted.is_empty() && source.source_type == SourceType::Git && was != wanted.trim()).then_some(was)
}

/// The name of the source, where the last part of its URL is nearly that and not quite.
fn misspelt(source: &SourceObject) -> Option<&str> {
    let last = source.url.as_deref()?.trim_end_matches('/').rsplit('/').next()?;
    let last = last.strip_suffix(".git").unwrap_or(last);
    meant(last, [source.id.name.as_str()])
}

/// `release-2` of `refs/heads/release-2`.
fn branch(name: &str) -> &str {
    name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/tags/")).unwrap_or(name)
}

/// The commit of `signature verification of commit '…' failed`.
fn unsigned(source: &SourceObject) -> Option<&str> {
    between(&source.message, "signature verification of commit ", '\'', '\'').map(short_rev)
}

/// A source of the app that refuses what git holds, or cannot read it: in one clause, for plans that count on it.
pub fn refuses(context: &Context<'_>) -> Option<String> {
    let source = [context.source, context.chart].into_iter().flatten().find(|s| s.ready == Some(false))?;
    let what = format!("{} {}", source.id.kind, source.id.name);
    Some(match unsigned(source) {
        Some(commit) => format!("{what} refuses {commit}, which is not signed as required: nothing newer comes in before a signed commit"),
        None => format!("{what} fails ({}): nothing newer comes in until that is mended", class(&source.reason, &source.message).1),
    })
}

fn not_signed(facts: &Facts<'_>, source: &SourceObject, commit: &str) -> Option<Verdict> {
    let (name, runs) = (&source.id.name, facts.runs());
    let sentence = format!(
        "{name} takes only commits signed with a known key, and {commit} is not. {} stays on {runs}. An unsigned revert would be refused too.",
        facts.place()
    );
    let say = Say::new(format!("{commit} is not signed as required"), sentence, "fix_in_git")
        .of_source(Some(&source.id))
        .step("R", "roll back, with a commit that is signed")
        .step("", format!("or sign what is at the head with a key that {name} knows"))
        .soon(Some("A failing source is tried with growing gaps, up to 15m apart.".into()))
        .proof(facts.source_line())
        .proof([facts.own(Weight::Plain, facts.condition("Ready"))]);
    as_old(say, is_late(facts, source.ready_since, patience(source)))
}

/// One word for the row, some for the sentence.
pub(in crate::engine::flux) fn class<'a>(reason: &str, message: &'a str) -> (&'static str, &'a str) {
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
        () if has(&["remote ref \""]) => ("no such ref", "the branch or tag does not exist"),
        () if has(&["not found"]) => ("not found", "not found"),
        () => ("error", message),
    }
}

/// Held on purpose; what is green is known to be as long as git holds nothing else.
pub fn source_held(facts: &Facts<'_>) -> Option<Verdict> {
    let source = facts.source().filter(|s| s.suspended)?;
    let name = &source.id.name;
    let head = facts.context.head.map(short_rev);
    let has_head = head.is_some() && source.revision.as_deref().map(short) == head;
    let git = match head {
        _ if has_head => " git holds nothing newer yet.".to_owned(),
        Some(head) => format!(" git is at {head}."),
        None => " Whether git holds something newer is not known.".to_owned(),
    };
    let sentence = format!("{} {name} is suspended: no new commit reaches {}. {} stays.{git}", source.id.kind, facts.place(), facts.runs());
    let say = Say::new(format!("source {name} is suspended"), sentence, "look_at_child")
        .of_source(Some(&source.id))
        .step("", format!("resume {name} first"))
        .proof(facts.source_line());
    as_old(say, !has_head)
}

/// Our own poll is ahead of the artifact; for at most an interval and a fetch that is normal.
pub fn behind(facts: &Facts<'_>) -> Option<Verdict> {
    let source = facts
        .source()
        .filter(|s| s.source_type == SourceType::Git && matches!(s.reference, RefKind::Branch(_) | RefKind::Head | RefKind::Name(_)))?;
    let head = facts.context.head.map(short_rev)?;
    let held = source.revision.as_deref().map(short).filter(|h| *h != head)?;
    let name = &source.id.name;
    let since = facts.context.head_since;
    let limit = source.interval.unwrap_or(0).saturating_add(source.timeout.unwrap_or(TIMEOUT));
    let every = source.interval.map(long_age);
    let told = every.as_ref().map(|e| format!("; it looks every {e}")).unwrap_or_default();
    let sentence =
        format!("git is at {head}, but {name} still has {held} and reports no error{told}. {} runs on {}.", facts.runs(), facts.place());
    let proof = [facts.source_line(), Some(facts.own(Weight::Plain, facts.condition("Ready")))].into_iter().flatten();
    if let Some(age) = facts.age(since.filter(|at| is_late(facts, Some(*at), limit))) {
        let sentence = format!("{sentence} It has been so for {age}: source-controller is down or stuck.");
        return Say::new(format!("source {name} is behind for {age}"), sentence, "refresh")
            .of_source(Some(&source.id))
            .step("r", "ask for a fetch")
            .step("1", "cluster details: controllers")
            .proof(proof)
            .old()
            .done();
    }
    if let Some(silent) = facts.context.works.unfetched {
        let sentence = format!("{sentence} {}", silent.sentence);
        return Say::new(format!("behind git; {}", silent.short), sentence, "refresh")
            .outside(Some(Outside::Controller { cluster: facts.app.id.cluster.clone(), name: silent.controller.clone() }))
            .step("r", "ask for a fetch")
            .step("1", "cluster details: controllers")
            .proof(proof)
            .old()
            .done();
    }
    let note = every.as_ref().map(|e| format!(" (every {e})")).unwrap_or_default();
    Say::new(format!("{head} not fetched yet{note}"), sentence, "refresh").step("r", "ask for a fetch").proof(proof).done()
}
