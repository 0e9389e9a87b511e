//! `driftdeck doctor`: what works, what does not, and how to mend it.

use super::args::{Cli, DoctorArgs, Form};
use super::headless::{self, Past, Session};
use super::prepare::Prepared;
use super::status::{json as status, reach, table};
use super::{Failure, print};
use crate::app::state::AppState;
use crate::domain::repo::PollState;
use crate::git::program::Git;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

mod checks;
mod engines;
mod rights;

/// How long repositories are waited for: git itself gives up later.
const POLLS: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Works,
    /// It works, with less than there could be.
    Limited,
    Broken,
    Unknown,
}

impl Found {
    fn word(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Limited => "limited",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Check {
    area: &'static str,
    subject: String,
    found: Found,
    text: String,
    /// What helps.
    fix: Option<String>,
}

impl Check {
    fn new(area: &'static str, subject: impl Into<String>, found: Found, text: impl Into<String>) -> Self {
        Self { area, subject: subject.into(), found, text: text.into(), fix: None }
    }
    fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }
}

pub async fn run(cli: &Cli, args: &DoctorArgs) -> Result<i32, Failure> {
    let limit = headless::span("--timeout", &args.reading.timeout)?;
    let prepared = headless::prepare(cli, "doctor", Past::Left)?;
    let mut checks = vec![contexts(&prepared), directory(&prepared)];
    checks.push(git(&prepared).await);
    let mut session = Session::start(prepared, limit);
    session.read().await;
    let polled = |state: &AppState| state.fleet.repos.values().all(|r| r.poll != PollState::Never);
    session.until(Instant::now() + POLLS, polled).await;
    checks.extend(checks::clusters(&session.state));
    checks.extend(rights::all(&session).await);
    checks.extend(checks::repositories(&session.state));
    checks.extend(checks::destinations(&session.state));
    let state = &session.state;
    print::answer(&match args.output {
        Form::Text => text(&checks),
        Form::Json => document(state, &checks),
    })?;
    let broken = checks.iter().any(|c| c.found == Found::Broken);
    Ok(if reach::unread(state).next().is_some() { 2 } else { i32::from(broken) })
}

fn contexts(prepared: &Prepared) -> Check {
    let chosen: Vec<&str> = prepared.state.chosen.iter().map(|c| c.as_str()).collect();
    let all = prepared.kubeconfig.contexts().len();
    let text = format!("{all} contexts, read now: {}", chosen.join(", "));
    let check = Check::new("setup", "kubeconfig", Found::Works, text);
    if chosen.len() < all { check.fix("all of them: --all-contexts; some: --context GLOB") } else { check }
}

fn directory(prepared: &Prepared) -> Check {
    let path = &prepared.state.settings.state_path;
    match &prepared.options.store {
        Some(_) => Check::new("setup", "state directory", Found::Works, path.clone()),
        None => Check::new(
            "setup",
            "state directory",
            Found::Broken,
            format!("{path} cannot be used: nothing is remembered, nothing can be sent"),
        )
        .fix("make it writable for you, or name another place with XDG_STATE_HOME"),
    }
}

async fn git(prepared: &Prepared) -> Check {
    match Git::find(&prepared.options.git_env).await {
        Ok(git) => Check::new("setup", "git", Found::Works, format!("version {}", git.version())),
        Err(error) => Check::new("setup", "git", Found::Broken, error.to_string())
            .fix("install git 2.30 or newer: without it heads, history, diff and roll back are off"),
    }
}

fn text(checks: &[Check]) -> String {
    let line = |c: &Check| vec![c.found.word().to_owned(), c.area.to_owned(), c.subject.clone(), c.text.clone()];
    let lines: Vec<Vec<String>> = checks.iter().map(line).collect();
    let mut out = String::new();
    for (line, check) in table::columns(&lines).lines().zip(checks) {
        out.push_str(&format!("{line}\n"));
        if let Some(fix) = check.fix.as_ref().filter(|_| check.found != Found::Works) {
            out.push_str(&format!("         fix: {fix}\n"));
        }
    }
    let count = |found| checks.iter().filter(|c| c.found == found).count();
    let (broken, limited, unknown) = (count(Found::Broken), count(Found::Limited), count(Found::Unknown));
    out.push_str(&format!("\n{} work, {limited} limited, {broken} broken, {unknown} not known\n", count(Found::Works)));
    out
}

fn document(state: &AppState, checks: &[Check]) -> String {
    let checks: Vec<Value> = checks
        .iter()
        .map(|c| json!({ "area": c.area, "subject": c.subject, "found": c.found.word(), "text": c.text, "fix": c.fix }))
        .collect();
    status::text(state, json!({ "clusters": status::clusters(state), "checks": checks }))
}
