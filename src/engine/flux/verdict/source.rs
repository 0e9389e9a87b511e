//! The app cannot get what it should apply: source or chart is missing or does not work.

use super::facts::{Facts, fails_again, failure};
use crate::domain::app::Condition;
use crate::domain::verdict::Verdict;
use crate::engine::existing::Near;
use crate::engine::flux::message::{between, word_after};

/// Ready=False because of the source, not because of a path inside it.
fn not_ready_source<'a>(facts: &Facts<'a>) -> Option<&'a Condition> {
    let ready = facts.not_ready()?;
    let by_source = matches!(ready.reason.as_str(), "ArtifactFailed" | "SourceNotReady");
    (by_source && !ready.message.contains("path not found")).then_some(ready)
}

pub fn missing(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_ready_source(facts)?;
    // `GitRepository.source.toolkit.fluxcd.io "fleet" not found`
    let (before, after) = ready.message.split_once(".source.toolkit.fluxcd.io \"")?;
    let kind = before.rsplit(' ').next()?;
    let (name, rest) = after.split_once('"')?;
    if !rest.starts_with(" not found") {
        return None;
    }
    let namespace = facts.source_id().map_or(facts.app.id.namespace.as_str(), |s| s.namespace.as_str());
    let near = facts.context.near(kind, namespace, name);
    let (there, fix) = match near {
        Some(Near::Name(near)) => (format!("; {kind} {near} does"), format!("correct sourceRef to {near}")),
        Some(Near::Elsewhere(other)) => {
            (format!(" in {namespace}; one of that name is in {other}"), format!("correct sourceRef: namespace {other}"))
        }
        None => (String::new(), "correct sourceRef".to_owned()),
    };
    let sentence = format!("{} reads from {kind} {name}, which does not exist{there}. {}", facts.name(), facts.untouched());
    let say = failure(facts, ready, format!("{kind} {name} does not exist"), sentence, "fix_in_git")
        .of_source(facts.source_id())
        .soon(fails_again(facts.soon()))
        .step("", format!("{fix} of {}", facts.own_object()));
    if near.is_some() { say.done() } else { say.step("", format!("or create {kind} {name} in git")).done() }
}

pub fn chart_missing(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_ready_source(facts).filter(|c| c.message.contains("invalid chart reference") && c.message.contains("no such file"))?;
    let path = facts.app.sources.first().and_then(|s| s.chart.as_deref()).unwrap_or("?");
    let source = facts.source_name();
    let sentence = format!("The chart {path} is not in {source}. {}", helm_untouched(facts));
    failure(facts, ready, format!("chart {path} not in {}", short_source(facts)), sentence, "fix_in_git")
        .step("", "correct the chart path or add the chart in git")
        .done()
}

pub fn version_missing(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_ready_source(facts)?;
    let version = between(&ready.message, "version matching ", '\'', '\'')?;
    let chart = between(&ready.message, "no ", '\'', '\'').unwrap_or("?");
    let sentence = format!("No version of chart {chart} in {} matches {version}. {}", facts.source_name(), helm_untouched(facts));
    failure(facts, ready, format!("chart {chart} has no version {version}"), sentence, "fix_in_git")
        .step("", "correct the version in git")
        .done()
}

pub fn no_artifact(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_ready_source(facts).filter(|c| c.message.contains("artifact not found"))?;
    let source = facts.source_name();
    let mut sentence = format!("{source} has no artifact, so {} has nothing to apply. {}", facts.name(), facts.untouched());
    match facts.source().filter(|s| s.ready == Some(false)) {
        Some(source) => sentence.push_str(&format!(" The source says: {}.", source.message)),
        None => sentence.push_str(" Why is written on the source, not here."),
    }
    let soon = word_after(&ready.message, "retrying in ").map(|wait| format!("Flux looks again every {wait}."));
    failure(facts, ready, format!("{} has no artifact", short_source(facts)), sentence, "look_at_child")
        .of_source(facts.source_id())
        .soon(soon)
        .step("[", format!("Source: what {source} says"))
        .done()
}

pub fn not_ready(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_ready_source(facts)?;
    let what = between(&ready.message, "", '\'', '\'').map_or_else(|| facts.source_name(), str::to_owned);
    let cause: String = ready.message.split(": ").skip(1).collect::<Vec<_>>().join(": ");
    let cause = if cause.is_empty() { ready.message.clone() } else { cause };
    let sentence = format!("{} waits for {what}: {cause}. {}", facts.name(), facts.untouched());
    failure(facts, ready, format!("{} not ready", short_source(facts)), sentence, "look_at_child")
        .of_source(facts.source_id())
        .step("[", format!("Source: what {} says", facts.source_name()))
        .done()
}

fn short_source(facts: &Facts<'_>) -> String {
    facts.source_id().map_or_else(|| "source".to_owned(), |s| format!("source {}", s.name))
}

fn helm_untouched(facts: &Facts<'_>) -> String {
    facts.revision().map_or_else(|| "No release exists yet.".to_owned(), |r| format!("{r} stays."))
}
