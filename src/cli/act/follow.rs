//! `--wait`: what the watch shows of what was sent, line by line, to its end.

use super::report::Report;
use crate::app::assess;
use crate::app::state::AppState;
use crate::app::task::Mark;
use crate::cli::headless::Session;
use crate::cli::print;
use crate::domain::duration::{long_age, seconds_between};
use crate::domain::ids::{AppId, EngineKind, TaskId};
use crate::domain::plan::Outcome;
use crate::domain::status::Severity;
use crate::engine::Verb;
use crate::tui::Signals;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long a health that the engine does not assess is computed at the end.
const ASSESS: Duration = Duration::from_secs(10);

#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// The end was seen, or the time is over.
    Done,
    Interrupted,
}

/// Lines that were told already.
#[derive(Default)]
struct Told {
    lines: HashMap<String, (Mark, String)>,
    link: Option<&'static str>,
}

impl Told {
    fn news(&mut self, state: &AppState, task: TaskId) -> Vec<String> {
        let Some(task) = state.task(task) else { return Vec::new() };
        let mut out = Vec::new();
        for line in &task.lines {
            let now = (line.mark, line.text.clone());
            if self.lines.get(&line.key) != Some(&now) {
                let after = long_age(seconds_between(task.started_at, line.at));
                out.push(format!("  {:<8} {}\n", format!("+{after}"), line.text));
                self.lines.insert(line.key.clone(), now);
            }
        }
        let cluster = state.fleet.clusters.get(&task.app.cluster);
        let word = cluster.map(|c| c.link.word());
        if let (Some(cluster), true) = (cluster, self.link.is_some() && self.link != word) {
            let reason = cluster.link.reason().map_or_else(String::new, |r| format!(": {r}"));
            out.push(format!("  {} is {}{reason}\n", cluster.name(), cluster.link.word()));
        }
        self.link = word;
        out
    }
}

/// What went wrong beside the request itself, such as a source that could not be asked to fetch.
pub fn tell_bad(state: &AppState, task: TaskId) {
    let lines = state.task(task).map(|t| t.lines.as_slice()).unwrap_or_default();
    lines.iter().filter(|l| l.mark == Mark::Bad).for_each(|l| print::aside(&l.text));
}

pub async fn to_the_end(session: &mut Session, signals: &mut Signals, task: TaskId, patience: Duration) -> End {
    let mut told = Told::default();
    let has_ended = |state: &AppState| {
        told.news(state, task).iter().for_each(|line| print::lines(line));
        state.task(task).is_none_or(|t| t.ended.is_some())
    };
    tokio::select! {
        () = signals.ended() => End::Interrupted,
        _ = session.until(Instant::now() + patience, has_ended) => End::Done,
    }
}

/// A health that is computed is worth a few seconds: what nobody has looked at is not known to be well.
pub async fn health(session: &mut Session, id: &AppId) {
    let known = |state: &AppState| {
        let unassessed = state.fleet.rows.get(id).is_some_and(|r| r.severity == Severity::Unassessed);
        !unassessed || assess::is_settled(state)
    };
    session.until(Instant::now() + ASSESS, known).await;
}

/// What goes on in the cluster when nobody waits for it any more.
pub fn goes_on(state: &AppState, task: TaskId, argument: &str) -> String {
    let Some(task) = state.task(task) else { return "What was sent stays sent.".into() };
    let engine = task.app.engine();
    let stop = match (engine, task.plan.action.as_str()) {
        (EngineKind::Argo, "sync") => format!("\nTo stop it: driftdeck terminate {argument}"),
        _ => String::new(),
    };
    let cluster = &task.app.cluster;
    let what = format!("request {} stays sent: {} on {cluster} goes on with it without driftdeck", task.plan.request_id, engine.title());
    format!("no longer waiting; {what}.\nWhat becomes of it: driftdeck why {argument}{stop}")
}

/// 0 ended well, 1 ended but the app is not well, 4 failed, 5 no end was seen.
pub fn code(state: &AppState, report: &Report, verb: Verb) -> i32 {
    if !matches!(report.outcome, Some(Outcome::Sent { .. })) {
        return 5;
    }
    let severity = state.fleet.rows.get(&report.id).map(|r| r.severity);
    let is_broken = severity.is_some_and(|s| s.is_broken() || s == Severity::Missing);
    // What was asked for on purpose leaves the app as it was, or away from git.
    let is_aside = |name: &str| matches!(name, "dry_run" | "resources" | "revision");
    let is_partial = report.plan.as_ref().is_some_and(|p| p.options.iter().any(|o| o.on && is_aside(&o.name)));
    match &report.ended {
        Some((_, true, _)) if verb == Verb::Sync && !is_partial => i32::from(severity != Some(Severity::Ok)),
        Some((_, true, _)) => 0,
        Some((_, false, _)) if is_broken => 4,
        Some((_, false, _)) | None => 5,
    }
}
