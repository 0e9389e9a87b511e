//! `driftdeck why`: the verdict of one app, what it rests on, and what would change it.

use super::args::{Cli, Form, WhyArgs};
use super::headless::{self, Past, Session};
use super::select::{self, Pick};
use super::status::{json, reach, table};
use super::{Failure, hint, print};
use crate::app::cells;
use crate::app::fleet::Row;
use crate::app::pane::repos::runs_on;
use crate::app::rights;
use crate::app::state::AppState;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::status::Severity;
use crate::domain::verdict::{Evidence, NextStep, Weight};
use serde_json::{Value, json};

/// The column of evidence that holds what was found, and its cells: what an API server says may be 2 kB in one line.
const VALUE: usize = 2;
const WIDE: usize = 100;

pub async fn run(cli: &Cli, args: &WhyArgs) -> Result<i32, Failure> {
    let limit = headless::span("--timeout", &args.reading.timeout)?;
    let pick = Pick::parse(&args.one.app, args.one.cluster.as_deref())?;
    let mut session = Session::start(headless::prepare(cli, "why", Past::Left)?, limit);
    session.read_until(|state| pick.is_enough(state)).await;
    let id = pick.one(&session.state)?;
    session.heads(&id).await;
    session.look_at(&id).await;
    session.rights_of(&id).await;
    let state = &session.state;
    let gone = || Failure::usage(format!("{} went while it was looked at.", id.name));
    let row = state.fleet.rows.get(&id).ok_or_else(gone)?;
    print::answer(&match args.output {
        Form::Text => text(state, row),
        Form::Json => document(state, row),
    })?;
    Ok(reach::code_of(!pick.unread(state).is_empty(), std::iter::once(row)))
}

/// What is paused is resumed by the key that pauses.
pub fn is_held(row: &Row) -> bool {
    row.app.suspended && row.app.argo().is_none() || row.app.auto_sync == Some(false)
}

fn sentence(state: &AppState, row: &Row) -> String {
    match (row.verdict.sentence.as_str(), row.severity) {
        ("", Severity::Ok) => {
            let revision = row.app.revision.as_deref().map_or("?", |r| short_rev(bare_revision(r)));
            let age = short_age(seconds_between(row.since, state.now));
            let least = if row.since_exact { "" } else { "at least " };
            format!("{} is Synced and Healthy on {}, at {revision} for {least}{age}.", row.app.id.name, runs_on(state, row))
        }
        ("", _) => row.verdict.short.clone(),
        (text, _) => text.to_owned(),
    }
}

/// What the row advises; there is nothing to copy from, so a right that is missing is told whole.
fn next(state: &AppState, row: &Row) -> Vec<NextStep> {
    let rule = rights::rule(&state.fleet, &row.app.id);
    let told = |step: &NextStep| match &rule {
        Some(rule) if rights::is_rule(step) => NextStep { key: String::new(), text: format!("ask for the right to {rule}") },
        _ => step.clone(),
    };
    row.verdict.next.iter().map(told).collect()
}

fn text(state: &AppState, row: &Row) -> String {
    let (app, argument) = (&row.app, select::to_run(state, row));
    let mut out = format!("{}  {} {} on {}", app.id.name, app.id.kind.kind(), app.id.path(), runs_on(state, row));
    out.push_str(&format!("  {}, {}\n\n", cells::sync_cell(row).1, cells::health_cell(row).1));
    out.push_str(&format!("{}\n", sentence(state, row)));
    if let Some(soon) = &row.verdict.soon {
        out.push_str(&format!("soon  {soon}\n"));
    }
    for step in next(state, row) {
        out.push_str(&format!("next  {}\n", hint::step(&step.key, &step.text, &argument, is_held(row))));
    }
    if let Some(ack) = &row.ack {
        let end = ack.until.map(|at| format!(", until {}", at.strftime("%a %-d %b %H:%M UTC"))).unwrap_or_default();
        out.push_str(&format!("ack   {}, {} ago{end}\n", ack.note, short_age(seconds_between(ack.at, state.now))));
    }
    if !row.verdict.evidence.is_empty() {
        let head = ["", "EVIDENCE", "VALUE", "SOURCE", "AGE"].map(str::to_owned).to_vec();
        let lines: Vec<Vec<String>> = std::iter::once(head).chain(row.verdict.evidence.iter().map(|e| line(state, e))).collect();
        out.push_str(&format!("\n{}", table::columns_within(&lines, VALUE, WIDE)));
    }
    out
}

fn line(state: &AppState, e: &Evidence) -> Vec<String> {
    let age = e.at.map_or_else(|| "-".into(), |at| short_age(seconds_between(at, state.now)));
    vec![weight(e.weight).into(), e.what.clone(), e.value.replace('\n', " "), e.source.clone(), age]
}

fn weight(weight: Weight) -> &'static str {
    match weight {
        Weight::Bad => "bad",
        Weight::Good => "good",
        Weight::Busy => "busy",
        Weight::Drift => "drift",
        Weight::Held => "held",
        Weight::Unknown => "unknown",
        Weight::Plain => "",
    }
}

fn document(state: &AppState, row: &Row) -> String {
    let argument = select::argument(state, row);
    let to_run = select::to_run(state, row);
    let command = |key: &str, text: &str| hint::command(key, text, &to_run, is_held(row));
    let next: Vec<Value> = next(state, row)
        .iter()
        .map(|s| json!({ "text": s.text, "key": Some(&s.key).filter(|k| !k.is_empty()), "command": command(&s.key, &s.text) }))
        .collect();
    let evidence: Vec<Value> = row
        .verdict
        .evidence
        .iter()
        .map(|e| {
            let weight = if e.weight == Weight::Plain { "plain" } else { weight(e.weight) };
            json!({ "weight": weight, "what": e.what, "value": e.value, "source": e.source, "at": e.at })
        })
        .collect();
    let verdict = json!({
        "short": row.verdict.short, "sentence": sentence(state, row), "soon": row.verdict.soon, "is_old": row.verdict.is_old,
        "next": next, "next_word": row.verdict.next_word, "evidence": evidence,
    });
    json::text(state, json!({ "argument": argument, "app": json::app(row), "verdict": verdict }))
}
