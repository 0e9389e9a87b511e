//! A change from the command line: the plan of the screen is printed, asked for, sent once, and followed where that is wanted.

use super::args::{Cli, Form, OneApp, Sending};
use super::headless::{self, Past, Session};
use super::select::{self, Pick};
use super::why::is_held;
use super::{Failure, hint, print, tui};
use crate::app::action::{plan as plans, writable_app};
use crate::app::effect::Effect;
use crate::app::state::AppState;
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::ids::AppId;
use crate::domain::plan::{Outcome, Plan, PlanChoices};
use crate::engine::Verb;
use crate::tui::Signals;
use report::Report;
use send::Decided;
use std::time::Duration;

pub mod consent;
mod follow;
pub mod report;
mod send;
pub mod text;

/// The exit code of a shell for a program that was interrupted.
pub const INTERRUPTED: i32 = 130;

/// What a subcommand wants done.
pub struct Ask {
    pub command: &'static str,
    pub verb: Verb,
    pub choices: PlanChoices,
    /// Options that were asked for: name in the plan, argument, on or off.
    pub given: Vec<(&'static str, &'static str, bool)>,
}

struct Act<'a> {
    session: Session,
    signals: Signals,
    sending: &'a Sending,
    ask: Ask,
    report: Report,
}

pub async fn run(cli: &Cli, one: &OneApp, sending: &Sending, ask: Ask) -> Result<i32, Failure> {
    let limit = headless::span("--timeout", &sending.reading.timeout)?;
    let patience = headless::span("--wait-timeout", &sending.wait_timeout)?;
    let pick = Pick::parse(&one.app, one.cluster.as_deref())?;
    let mut signals = tui::signals()?;
    let mut session = Session::start(headless::prepare(cli, ask.command, Past::Kept)?, limit);
    let id = tokio::select! {
        () = signals.ended() => return Ok(interrupted("Nothing was sent.")),
        id = find(&mut session, &pick) => id?,
    };
    let argument = session.state.fleet.rows.get(&id).map_or_else(String::new, |row| select::argument(&session.state, row));
    let to_run = session.state.fleet.rows.get(&id).map_or_else(String::new, |row| select::to_run(&session.state, row));
    let report = Report { command: ask.command, argument, to_run, id, dry_run: sending.dry_run, plan: None, outcome: None, ended: None };
    Act { session, signals, sending, ask, report }.go(patience).await
}

/// The app that is meant, and the commit its repository is at.
async fn find(session: &mut Session, pick: &Pick) -> Result<AppId, Failure> {
    session.read_until(|state| pick.is_certain(state)).await;
    let id = pick.only(&session.state)?;
    if seen(&session.state, &id).is_ok() {
        session.heads(&id).await;
    }
    Ok(id)
}

fn interrupted(text: &str) -> i32 {
    print::aside(text);
    INTERRUPTED
}

/// Why nothing may be sent to an app, whatever is asked for.
fn seen(state: &AppState, id: &AppId) -> Result<(), String> {
    let row = state.fleet.rows.get(id).ok_or_else(|| format!("{} is gone", id.name))?;
    if let Some(at) = row.stale_as_of {
        let why = state.fleet.clusters.get(&id.cluster).and_then(|c| c.link.reason()).map_or_else(String::new, |r| format!(" ({r})"));
        let age = short_age(seconds_between(at, state.now));
        return Err(format!("{} on {} was last read {age} ago and is not read now{why}", id.name, id.cluster));
    }
    writable_app(state, id).map(|_| ())
}

impl Act<'_> {
    async fn go(mut self, patience: Duration) -> Result<i32, Failure> {
        let plan = || plans::build(&self.session.state, &self.report.id, self.ask.verb, &self.ask.choices);
        if let Some(plan) = seen(&self.session.state, &self.report.id).ok().and_then(|()| plan()) {
            self.session.rights(&plan).await;
        }
        let plan = match self.build()? {
            Ok(plan) => plan,
            Err(reason) => return self.refused(reason),
        };
        if self.sending.dry_run {
            return self.shown(&plan);
        }
        print::lines(&text::plan(&plan));
        let task = match self.decide(&plan).await {
            Decided::Sending(task) => task,
            Decided::Refused(reason) => return self.refused(reason),
            Decided::Withheld(outcome) => return self.withheld(&plan, outcome),
            Decided::Interrupted => {
                let told = self.withheld(&plan, Outcome::Cancelled);
                return told.map(|_| INTERRUPTED).map_err(|failure| Failure { code: INTERRUPTED, ..failure });
            }
        };
        let is_left = self.sent(task).await;
        if !matches!(self.report.outcome, Some(Outcome::Sent { .. })) || !self.sending.wait {
            follow::tell_bad(&self.session.state, task);
            return self.report.tell(&self.session.state, self.sending.output);
        }
        if is_left || follow::to_the_end(&mut self.session, &mut self.signals, task, patience).await == follow::End::Interrupted {
            if self.sending.output == Form::Json {
                print::answer(&self.report.document(&self.session.state))?;
            }
            return Ok(interrupted(&follow::goes_on(&self.session.state, task, &self.report.to_run)));
        }
        self.report.ended = self.session.state.task(task).and_then(|t| t.ended.clone());
        follow::health(&mut self.session, &self.report.id).await;
        self.report.tell_end(&self.session.state, self.ask.verb, self.sending)
    }

    /// The plan as things are now, or why there is none. Errors: usage, where an option is not one of this app's.
    fn build(&mut self) -> Result<Result<Plan, String>, Failure> {
        let state = &self.session.state;
        if let Err(why) = seen(state, &self.report.id) {
            return Ok(Err(why));
        }
        let Some(plan) = plans::build(state, &self.report.id, self.ask.verb, &self.ask.choices) else {
            return Ok(Err(format!("{} is gone", self.report.id.name)));
        };
        self.report.plan = Some(plan.clone());
        if plan.is_refused() {
            let text = self.refusal(&plan);
            if !self.sending.dry_run {
                let effects = plans::open_for(&mut self.session.state, &self.report.id, self.ask.verb, self.ask.choices.clone());
                self.session.run(effects);
            }
            return Ok(Err(text));
        }
        for (name, argument, on) in &self.ask.given {
            let Some(option) = plan.options.iter().find(|o| o.name == *name) else {
                let kind = self.report.id.kind.kind();
                return Err(Failure::usage(format!("{argument}: {} of a {kind} has no such option.", plan.verb)));
            };
            if let Some(why) = &option.invalid {
                return Ok(Err(format!("{argument}: {why}")));
            }
            if option.on != *on {
                let why = option.off_because.clone().unwrap_or_else(|| "it cannot be switched here".into());
                return Ok(Err(format!("{argument}: {why}")));
            }
        }
        Ok(Ok(plan))
    }

    /// Why a plan is refused, with the commands that help.
    fn refusal(&self, plan: &Plan) -> String {
        let held = self.session.state.fleet.rows.get(&self.report.id).is_some_and(is_held);
        plan.refused.as_ref().map_or_else(String::new, |no| hint::refusal(no, &self.report.to_run, held))
    }

    fn shown(self, plan: &Plan) -> Result<i32, Failure> {
        match self.sending.output {
            Form::Text => print::answer(&format!("{}Nothing was sent (--dry-run).\n", text::plan(plan)))?,
            Form::Json => print::answer(&self.report.document(&self.session.state))?,
        }
        Ok(0)
    }

    fn withheld(mut self, plan: &Plan, outcome: Outcome) -> Result<i32, Failure> {
        let entry = plans::journal(&mut self.session.state, 0, plan, None, Some(outcome.clone()));
        self.session.run(vec![Effect::Journal(Box::new(entry))]);
        self.report.outcome = Some(outcome);
        self.report.tell(&self.session.state, self.sending.output)
    }

    fn refused(mut self, reason: String) -> Result<i32, Failure> {
        self.report.outcome = Some(Outcome::Refused { reason });
        self.report.tell(&self.session.state, self.sending.output)
    }
}
