//! Manifests or values cannot be built.

use super::facts::{Facts, Say, fails_again, failure};
use crate::domain::app::Condition;
use crate::domain::verdict::Verdict;
use crate::engine::cause::{broken_yaml, cut, line_of, not_in_git};
use crate::engine::existing::{Near, PATH};
use crate::engine::flux::message::{between, word_after};
use crate::engine::get_command;

/// A commit broke what was fine before: going back is an answer beside correcting it. What cannot be built has no diff to look at.
fn with_ways_out(facts: &Facts<'_>, say: Say) -> Option<Verdict> {
    let broke = facts.wanted() != facts.revision() && facts.revision().is_some();
    let say = if broke { say.step("R", format!("roll back to {}", facts.runs())) } else { say };
    say.done()
}

pub fn values_missing(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = facts.not_ready_for("ValuesError")?;
    let kind = word_after(&ready.message, "could not resolve ").unwrap_or("values");
    let path = between(&ready.message, "values reference ", '\'', '\'').unwrap_or("?");
    let name = path.rsplit('/').next().unwrap_or(path);
    let gone = if ready.message.ends_with("not found") { "does not exist" } else { "cannot be used" };
    let key = between(&ready.message, "with key ", '\'', '\'').map(|key| format!(" with key {key}")).unwrap_or_default();
    let sentence = format!(
        "The values of {} come from {kind} {path}{key}, which {gone}. {}",
        facts.name(),
        facts.revision().map_or_else(|| "No release exists yet.".to_owned(), |r| format!("{r} stays."))
    );
    let mut short = format!("values: {kind} {name} {gone}");
    if short.chars().count() > 40 {
        short = cut(&format!("{kind} {name} {gone}"), 40);
    }
    failure(facts, ready, short, sentence, "fix_in_git")
        .step("", format!("correct valuesFrom of {}", facts.own_object()))
        .step("", format!("or create {kind} {name}{key}"))
        .soon(fails_again(Some("Flux tries with growing gaps, up to 15m apart, whatever the interval.".into())))
        .done()
}

pub fn path_missing(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = facts.not_ready().filter(|c| c.message.contains("path not found"))?;
    let path = facts.app.sources.first().and_then(|s| s.path.as_deref()).filter(|p| !p.is_empty()).unwrap_or("?");
    let what = facts.source_name();
    let near = match facts.context.near(PATH, "", path) {
        Some(Near::Name(near)) => Some(near),
        _ => None,
    };
    let there = near.map(|near| format!("; {near} does, other apps are built from it")).unwrap_or_default();
    let sentence = format!("Path {path} does not exist in what {what} delivers{there}. {}", facts.untouched());
    let fix = near.map(|near| format!(" to {near}")).unwrap_or_default();
    let say = failure(facts, ready, format!("path {path} not in git"), sentence, "fix_in_git")
        .soon(fails_again(facts.soon()))
        .step("", format!("correct spec.path{fix} of {}", facts.own_object()));
    let say = if near.is_some() { say } else { say.step("", format!("or add {path} to the repository of {what}")) };
    with_ways_out(facts, say)
}

fn build_failed<'a>(facts: &Facts<'a>) -> Option<&'a Condition> {
    facts.not_ready_for("BuildFailed")
}

pub fn variables_missing(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = build_failed(facts)?;
    let object = between(&ready.message, "substitute from ", '\'', '\'')?.replacen('/', " ", 1);
    let gone = if ready.message.contains("not found") { "does not exist" } else { "cannot be read" };
    let sentence =
        format!("Variables of {} come from {object} (postBuild.substituteFrom), which {gone}. {}", facts.name(), facts.untouched());
    failure(facts, ready, format!("variables: {object} {gone}"), sentence, "fix_in_git")
        .step("", format!("create {object}, or mark it optional in git"))
        .done()
}

/// The field that says where the keys come from.
fn read(facts: &Facts<'_>) -> String {
    get_command(&facts.app.id, "jsonpath='{.spec.decryption}'")
}

pub fn not_decrypted(facts: &Facts<'_>) -> Option<Verdict> {
    let message = |c: &&Condition| c.message.contains("sops") || c.message.contains("decrypt");
    let ready = build_failed(facts).filter(message)?;
    let file = ready.message.split(['\'', '"', ' ']).find(|w| w.ends_with(".yaml") || w.ends_with(".yml") || w.ends_with(".env"));
    let file = file.map_or("a file", |f| f.rsplit('/').next().unwrap_or(f));
    let sentence = format!("Flux has no key that opens {file} (sops). Nothing of this run was applied. {}", facts.untouched());
    failure(facts, ready, format!("cannot decrypt {file} (sops)"), sentence, "fix_in_git")
        .step("", format!("names the Secret with its keys: {}", read(facts)))
        .step("", format!("add a key that opens {file} to that Secret, or encrypt {file} for one it holds"))
        .done()
}

pub fn file_missing(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = build_failed(facts).filter(|c| c.message.contains("no such file"))?;
    let named = not_in_git(&ready.message)
        .or_else(|| between(&ready.message, "accumulating components", '\'', '\''))
        .or_else(|| word_after(&ready.message, "open ").map(|w| w.trim_end_matches(':')))?;
    let file = if named.starts_with('/') { named.rsplit('/').next().unwrap_or(named) } else { named };
    let sentence = format!("kustomize stops: a kustomization names {file}, which is not in git. {}", facts.untouched());
    let say = failure(facts, ready, format!("build fails: {file} not in git"), sentence, "fix_in_git")
        .soon(fails_again(facts.soon()))
        .step("", format!("commit {file}, or take its line out of the kustomization"));
    with_ways_out(facts, say)
}

pub fn file_broken(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = build_failed(facts)?;
    let (file, why) = broken_yaml(&ready.message)?;
    let line = line_of(why).map(|n| format!(" line {n}")).unwrap_or_default();
    let sentence = format!("kustomize stops: {file} is not valid YAML ({why}). {}", facts.untouched());
    let say = failure(facts, ready, format!("build fails: {file}{line}"), sentence, "fix_in_git");
    with_ways_out(facts, say.step("", format!("correct {file}{line} in git")))
}

pub fn failed(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = build_failed(facts)?;
    let cause = ready.message.trim_start_matches("kustomize build failed: ");
    let sentence = format!("Flux cannot build {}: {cause}. {}", facts.name(), facts.untouched());
    let short: String = cause.chars().take(27).collect();
    let say = failure(facts, ready, format!("build fails: {short}"), sentence, "fix_in_git");
    with_ways_out(facts, say.step("", "mend what it names in git"))
}
