//! A batch as a plan for the dialog and the journal: stages, what happens to each app, who is left out, when it stops. It has no steps of its
//! own: what is sent are the plans of its apps.

use super::{Batch, Member, Stage, draft};
use crate::app::fleet::Cluster;
use crate::app::rights;
use crate::app::settle::clock_text;
use crate::app::state::AppState;
use crate::domain::duration::long_age;
use crate::domain::plan::{Plan, PlanChoices, PlanLine, PlanOption, Refusal, Risk, Step};
use crate::domain::status::Severity;
use std::collections::{BTreeMap, BTreeSet};

/// More apps than this are told in groups of one effect.
const GROUPED: usize = 10;

/// What the journal and the task call it.
pub const ACTION: &str = "staged_sync";

/// Why no batch is offered where less is marked.
pub const TOO_FEW: &str = "Mark two or more apps with space; S syncs them in stages.";

pub fn plan(state: &AppState, batch: &Batch, choices: &PlanChoices) -> Plan {
    let count = batch.members().count();
    let request_id = format!("{:x}-{}", state.now.as_millisecond(), state.next_task);
    let mut plan = Plan {
        targets: batch.members().flat_map(|m| m.plan.targets.clone()).collect(),
        commands: batch.members().flat_map(|m| m.plan.commands.clone()).collect(),
        ..Plan::new(ACTION, format!("Staged sync of {}", apps(count)), "Sync", request_id)
    };
    if let Some(refusal) = refusal(state, batch) {
        return Plan { refused: Some(refusal), commands: Vec::new(), ..plan };
    }
    plan.options = options(batch, choices);
    plan.lines = lines(state, batch);
    let word = word(batch);
    if word.is_some() || batch.members().any(|m| m.plan.risk == Risk::Destructive) {
        plan.risk = Risk::Destructive;
    }
    plan.typed = word;
    plan
}

/// `4 clusters`; of one cluster its name, where one of the plans wants it.
fn word(batch: &Batch) -> Option<String> {
    match batch.stages.len() {
        0 | 1 => {
            let words: BTreeSet<&str> = batch.members().filter_map(|m| m.plan.typed.as_deref()).collect();
            match words.len() {
                // One word cannot stand for what wants several.
                2.. => Some(apps(batch.members().count())),
                _ => words.first().map(|w| (*w).to_owned()),
            }
        }
        clusters => Some(format!("{clusters} clusters")),
    }
}

fn refusal(state: &AppState, batch: &Batch) -> Option<Refusal> {
    let lines = |label: &str| left_out(batch).into_iter().map(|text| PlanLine { label: label.into(), text }).collect();
    if let Some(text) = draft::too_many(state, batch) {
        return Some(Refusal { headline: "Too many at once.".into(), text, lines: Vec::new() });
    }
    batch.members().next().is_none().then(|| {
        let text = match batch.left_out.len() {
            1 => "The one app of this batch is left out.".to_owned(),
            count => format!("All {count} apps are left out."),
        };
        Refusal { headline: "Nothing to sync.".into(), text, lines: lines("left out") }
    })
}

fn lines(state: &AppState, batch: &Batch) -> Vec<PlanLine> {
    let line = |label: &str, text: String| PlanLine { label: label.into(), text };
    let frozen = clock_text(batch.at, state.settings.utc_offset);
    let on = place(batch);
    let (count, marked) = (batch.members().count(), batch.marked.len());
    let of = if marked > count { format!("{count} of {marked}") } else { apps(count) };
    let mut out = vec![line("apps", format!("{of} on {on}, each to what it follows  frozen {frozen}"))];
    // Before the stages, which may fill pages: who marked an app counts on it.
    out.extend(left_out(batch).into_iter().map(|text| line("left out", text)));
    for (i, stage) in batch.stages.iter().enumerate() {
        let label = format!("stage {}", i + 1);
        out.push(line(&label, heading(batch, stage)));
        out.extend(effects(state, stage, batch.members().count() > GROUPED).into_iter().map(|text| line(&label, text)));
    }
    out.push(line("each", "is synced whole: everything in which it differs".into()));
    out.extend(shared_sources(batch).into_iter().map(|text| line("careful", text)));
    let within = long_age(batch.rules.within().unwrap_or_default());
    out.push(line("stop", format!("at the first app not Healthy within {within}; the rest is not sent")));
    out.push(line("rights", rights(state, batch)));
    out
}

/// `prod-us`, `4 clusters`.
pub fn place(batch: &Batch) -> String {
    match batch.stages.as_slice() {
        [one] => one.cluster.clone(),
        many => format!("{} clusters", many.len()),
    }
}

/// `prod-us  PROTECTED  3 apps, one by one`.
fn heading(batch: &Batch, stage: &Stage) -> String {
    let mut parts = vec![stage.cluster.clone()];
    if stage.protected {
        parts.push("PROTECTED".into());
    }
    if stage.members.len() > 1 {
        parts.push(format!("{}, {}", apps(stage.members.len()), pace(batch.at_once(stage))));
    }
    parts.join("  ")
}

pub fn pace(at_once: usize) -> String {
    if at_once == 1 { "one by one".into() } else { format!("{at_once} at a time") }
}

/// A source that several of them are made from: the fetch that one asks for reaches all its apps, whatever the stages say.
fn shared_sources(batch: &Batch) -> Vec<String> {
    let mut sources: BTreeMap<(String, String), usize> = BTreeMap::new();
    for step in batch.members().flat_map(|m| &m.plan.steps) {
        if let Step::Nudge(r) = step {
            *sources.entry((r.cluster.to_string(), format!("{} {}/{}", r.kind, r.namespace, r.name))).or_default() += 1;
        }
    }
    let told = |((cluster, source), count): (&(String, String), &usize)| {
        format!("! {source} on {cluster} feeds {count} of them: once it is fetched, Flux applies what is new to all its apps by itself")
    };
    sources.iter().filter(|(_, count)| **count > 1).map(told).collect()
}

/// What happens to each app of a stage; where there are many, those that get the same stand together, each by its name.
fn effects(state: &AppState, stage: &Stage, is_grouped: bool) -> Vec<String> {
    let mut groups: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for (name, says) in stage.members.iter().map(|m| (object(state, m), member(state, m))) {
        match groups.iter_mut().find(|(_, told)| is_grouped && *told == says) {
            Some((names, _)) => names.push(name),
            None => groups.push((vec![name], says)),
        }
    }
    let told = |(names, says): (Vec<String>, Vec<String>)| {
        let count = if names.len() > 1 { format!("{} apps, ", names.len()) } else { String::new() };
        let mut says = says.into_iter();
        let first = format!("{count}{}: {}", names.join(", "), says.next().unwrap_or_default());
        std::iter::once(first).chain(says).collect::<Vec<_>>()
    };
    groups.into_iter().flat_map(told).collect()
}

/// What its own dialog says of the change, and how it is now where that is bad.
fn member(state: &AppState, member: &Member) -> Vec<String> {
    let told = |label: &str| matches!(label, "commit" | "chart" | "asks" | "effect" | "careful");
    let said: Vec<&PlanLine> = member.plan.lines.iter().filter(|l| told(&l.label)).collect();
    let (careful, says): (Vec<_>, Vec<_>) = said.into_iter().partition(|l| l.label == "careful");
    let says: Vec<&str> = says.iter().map(|l| l.text.as_str()).collect();
    let mut out = vec![says.join("; ")];
    let row = state.fleet.rows.get(&member.app).filter(|r| r.severity.is_broken() || r.severity == Severity::Missing);
    out.extend(row.map(|r| format!("! now {}: {}", r.severity.word(), r.verdict.short)));
    out.extend(careful.iter().map(|l| l.text.clone()));
    out
}

/// `ks/shop/web`, `app/argocd/orders on hub-eu`.
fn object(state: &AppState, member: &Member) -> String {
    let id = &member.app;
    let lands = state.fleet.rows.get(id).and_then(|r| r.app.destination.cluster.as_ref());
    let name = state.fleet.clusters.get(&id.cluster).map_or(id.cluster.as_str(), Cluster::name);
    let home = if lands == Some(&id.cluster) { String::new() } else { format!(" on {name}") };
    format!("{}/{}{home}", id.kind.word(), id.path())
}

/// Who is left out for the same reason stands together; the reason is told whole.
fn left_out(batch: &Batch) -> Vec<String> {
    let mut out: Vec<(String, &str)> = Vec::new();
    for left in &batch.left_out {
        let name = format!("{} {}", left.app.name, left.cluster);
        match out.iter_mut().find(|(_, why)| *why == left.why) {
            Some((names, _)) => *names = format!("{names}, {name}"),
            None => out.push((name, &left.why)),
        }
    }
    out.into_iter().map(|(names, why)| format!("{names}: {why}")).collect()
}

/// One line for all of them; who lacks a right is left out and named there.
fn rights(state: &AppState, batch: &Batch) -> String {
    let count = batch.members().count();
    let open = batch.members().filter(|m| !rights::is_answered(&state.fleet, &m.plan)).count();
    let unknown = batch.members().filter(|m| rights::is_unknown(&state.fleet, &m.plan)).count();
    match (open, unknown) {
        (0, 0) => format!("patch {}: yes", apps(count)),
        (0, unknown) => format!("patch {}: not known of {unknown}", apps(count)),
        (open, _) => format!("patch {}: asking, {open} open", apps(count)),
    }
}

fn options(batch: &Batch, choices: &PlanChoices) -> Vec<PlanOption> {
    let switches = [
        ("prune", "prune", "deletes what left git", choices.prune),
        ("force", "force", "replaces what cannot be changed; of a HelmRelease upgrades even if nothing changed", choices.force),
        ("with_source", "fetch", "asks the source to fetch first", choices.with_source.unwrap_or(true)),
    ];
    let mut out: Vec<PlanOption> =
        switches.into_iter().filter_map(|(name, label, what, on)| shared(batch, name, label, what, on)).collect();
    let rules = &batch.rules;
    let clusters: Vec<&str> = batch.stages.iter().map(|s| s.cluster.as_str()).collect();
    let unknown = rules.first().into_iter().find(|n| !clusters.contains(n) && !batch.left_out.iter().any(|l| l.cluster == **n));
    let fields = [
        ("order", "first", "clusters, by name".to_owned(), &rules.order, unknown.map(|n| format!("{n} is none of these clusters"))),
        ("at_once", "at once", "1; protected: always 1".to_owned(), &rules.at_once, rules.at_once().err()),
        ("within", "healthy in", "5m at most".to_owned(), &rules.within, rules.within().err()),
    ];
    out.extend(
        fields
            .into_iter()
            .filter(|(name, ..)| *name != "order" || clusters.len() > 1)
            .map(|(name, label, text, value, invalid)| PlanOption { invalid, ..PlanOption::field(name, label, text, value) }),
    );
    out
}

/// A switch that some of the apps have.
fn shared(batch: &Batch, name: &str, label: &str, what: &str, on: bool) -> Option<PlanOption> {
    let rows: Vec<&PlanOption> = batch.members().filter_map(|m| m.plan.options.iter().find(|o| o.name == name)).collect();
    let off = rows.iter().filter_map(|o| o.off_because.clone());
    let able = rows.iter().filter(|o| o.off_because.is_none()).count();
    let reason = off.clone().next();
    match (rows.len(), able) {
        (0, _) => None,
        (_, 0) => Some(PlanOption::switch(name, label, what, on).off(reason)),
        (_, able) => {
            let rest = reason.map(|why| format!("; elsewhere {why}")).unwrap_or_default();
            Some(PlanOption::switch(name, label, format!("{what}, on {able} of {}{rest}", batch.members().count()), on))
        }
    }
}

pub fn apps(count: usize) -> String {
    if count == 1 { "1 app".into() } else { format!("{count} apps") }
}
