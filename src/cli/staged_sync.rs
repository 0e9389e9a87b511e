//! `driftdeck staged-sync`: several apps, cluster after cluster, stopped at the first that does not become Healthy. It always follows to the
//! end: a stage is sent because the one before was seen healthy.

use super::act::INTERRUPTED;
use super::act::consent::{self, Answer};
use super::args::{Cli, StagedArgs};
use super::headless::{self, Past, Session};
use super::select::Pick;
use super::{Failure, print, tui};
use crate::app::action::{plan as plans, quit};
use crate::app::effect::Effect;
use crate::app::overlay::Overlay;
use crate::app::rights;
use crate::app::staged::{Rules, dialog, run};
use crate::app::state::AppState;
use crate::app::task::Task;
use crate::domain::ids::{AppId, TaskId};
use crate::domain::plan::{Outcome, Plan, PlanChoices, Refusal};
use crate::tui::Signals;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tell::Report;

mod tell;

/// How long clusters have to say what may be patched.
const RIGHTS: Duration = Duration::from_secs(6);

pub async fn run(cli: &Cli, args: &StagedArgs) -> Result<i32, Failure> {
    let limit = headless::span("--timeout", &args.sending.reading.timeout)?;
    let patience = headless::span("--wait-timeout", &args.sending.wait_timeout)?;
    let picks = args.apps.iter().map(|app| Pick::parse(app, args.cluster.as_deref())).collect::<Result<Vec<_>, _>>()?;
    let mut signals = tui::signals()?;
    let mut session = Session::start(headless::prepare(cli, "staged-sync", Past::Kept)?, limit);
    let (apps, unread) = tokio::select! {
        () = signals.ended() => return Ok(interrupted("Nothing was sent.")),
        apps = find(&mut session, &picks) => apps?,
    };
    let choices = PlanChoices { prune: args.prune, force: args.force, ..PlanChoices::default() };
    let mut opened = dialog::open(&mut session.state, &apps, &rules(args), choices);
    // What is only shown is no action, refused or not.
    opened.retain(|effect| !args.sending.dry_run || !matches!(effect, Effect::Journal(_)));
    session.run(opened);
    let answered = |state: &AppState| {
        dialog::shown(state).is_none_or(|(batch, _)| batch.members().all(|m| rights::is_answered(&state.fleet, &m.plan)))
    };
    session.until(Instant::now() + RIGHTS, answered).await;
    let Some((batch, plan)) = dialog::shown(&session.state).map(|(batch, dialog)| (batch.clone(), dialog.plan.clone())) else {
        return Err(Failure { code: 70, text: "the plan went before it could be shown".into() });
    };
    check(args, &plan)?;
    let report = Report { batch, plan, dry_run: args.sending.dry_run, unread };
    if report.plan.is_refused() {
        return report.refused(&session.state, args.sending.output, None);
    }
    if args.sending.dry_run {
        return report.shown(&session.state, args.sending.output);
    }
    print::lines(&report.text());
    Staged { session, signals, args, report }.go(patience).await
}

fn rules(args: &StagedArgs) -> Rules {
    let at_once = args.at_once.map(|n| n.to_string()).unwrap_or_default();
    Rules { order: args.first.join(","), at_once, within: args.within.clone() }
}

/// Every app that is meant, each once, with the commits their repositories are at; and which clusters may hold more that were not read.
async fn find(session: &mut Session, picks: &[Pick]) -> Result<(Vec<AppId>, Vec<String>), Failure> {
    session.read().await;
    let (mut out, mut unread) = (BTreeSet::new(), BTreeSet::new());
    for pick in picks {
        unread.extend(pick.unread(&session.state).into_iter().map(|c| format!("{} was not read ({})", c.name(), c.link.word())));
        out.extend(pick.every(&session.state)?.into_iter().map(|row| row.app.id.clone()));
    }
    unread.iter().for_each(|which| print::aside(&format!("{which}: its apps are left out.")));
    for id in &out {
        session.heads(id).await;
    }
    Ok((out.into_iter().collect(), unread.into_iter().collect()))
}

/// Errors: usage, where an argument cannot be used as it stands.
fn check(args: &StagedArgs, plan: &Plan) -> Result<(), Failure> {
    let flag = |name: &str| match name {
        "order" => "--first",
        "at_once" => "--at-once",
        _ => "--within",
    };
    if let Some((i, why)) = plan.invalid() {
        let name = plan.options.get(i).map_or("", |o| o.name.as_str());
        return Err(Failure::usage(format!("{}: {why}.", flag(name))));
    }
    for (name, asked) in [("prune", args.prune), ("force", args.force)] {
        if !asked || plan.is_refused() {
            continue;
        }
        match plan.options.iter().find(|o| o.name == name) {
            None => return Err(Failure::usage(format!("--{name}: none of these apps has such an option."))),
            Some(option) if !option.on => {
                let why = option.off_because.clone().unwrap_or_else(|| "it cannot be switched here".into());
                return Err(Failure { code: 3, text: format!("--{name}: {why}\nNothing was sent.") });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn interrupted(text: &str) -> i32 {
    print::aside(text);
    INTERRUPTED
}

struct Staged<'a> {
    session: Session,
    signals: Signals,
    args: &'a StagedArgs,
    report: Report,
}

impl Staged<'_> {
    async fn go(mut self, patience: Duration) -> Result<i32, Failure> {
        let form = self.args.sending.output;
        match consent::ask(&mut self.session, &mut self.signals, &self.args.sending, &self.report.plan).await {
            Answer::Given(typed) => {
                let Some(task) = self.confirm(typed) else {
                    let why = self.why_not();
                    return self.report.refused(&self.session.state, form, Some(why));
                };
                self.follow(task, patience).await
            }
            Answer::Overtaken => {
                let why = self.why_not();
                self.report.refused(&self.session.state, form, Some(why))
            }
            Answer::No(reason) => {
                self.write_down(Outcome::Refused { reason: reason.clone() });
                self.report.refused(&self.session.state, form, Some(reason))
            }
            Answer::Cancelled => {
                self.write_down(Outcome::Cancelled);
                self.report.refused(&self.session.state, form, Some("cancelled".into()))
            }
            Answer::Interrupted => {
                self.write_down(Outcome::Cancelled);
                Ok(interrupted("Nothing was sent."))
            }
        }
    }

    /// As by the button, if what would be sent is still what was printed.
    fn confirm(&mut self, typed: Option<String>) -> Option<TaskId> {
        let Some(Overlay::Confirm(dialog)) = self.session.state.overlays.last_mut() else { return None };
        if dialog.plan.is_refused() {
            return None;
        }
        // The dialog follows the clusters; the answer was given to what was printed.
        dialog.plan = self.report.plan.clone();
        dialog.batch = Some(Box::new(self.report.batch.clone()));
        dialog.typed = typed.unwrap_or_default();
        if !dialog.is_enabled() {
            return None;
        }
        let effects = dialog::confirm(&mut self.session.state);
        self.session.run(effects);
        self.session.state.tasks.iter().rfind(|t| t.batch.is_some()).map(|t| t.id)
    }

    fn why_not(&self) -> String {
        match self.session.state.overlays.last() {
            Some(Overlay::Confirm(dialog)) => dialog.plan.refused.as_ref().map_or_else(|| "it cannot be confirmed".into(), Refusal::whole),
            Some(Overlay::Message { lines, .. }) => lines.first().cloned().unwrap_or_default(),
            _ => "it went before it could be confirmed".into(),
        }
    }

    fn write_down(&mut self, outcome: Outcome) {
        let entry = plans::journal(&mut self.session.state, 0, &self.report.plan, None, Some(outcome));
        self.session.run(vec![Effect::Journal(Box::new(entry))]);
    }

    /// To the end. The first who asks to leave stops the batch, the second leaves what was sent alone.
    async fn follow(mut self, task: TaskId, patience: Duration) -> Result<i32, Failure> {
        let deadline = Instant::now() + patience;
        let mut news = tell::News::default();
        let mut asked = 0;
        while asked < 2 {
            let mut has_ended = |state: &AppState| {
                news.of(state, task).iter().for_each(|line| print::lines(line));
                state.task(task).is_none_or(|t| t.ended.is_some())
            };
            tokio::select! {
                ended = self.session.until(deadline, &mut has_ended) => {
                    if ended || asked > 0 {
                        break;
                    }
                    print::aside("the time is over: nothing more is sent.");
                    asked += 1;
                }
                () = self.signals.ended() => {
                    asked += 1;
                    self.signals.stay();
                    if asked == 1 {
                        print::aside("stopping: nothing more is sent; what was sent is followed. Ctrl-C again leaves it alone.");
                    }
                }
            }
            dialog::stop(&mut self.session.state, task);
            if Instant::now() >= deadline {
                break;
            }
        }
        // Nobody looks any more: the journal says what has no answer yet, and how far a batch came that still runs.
        let mut left = quit::unanswered(&mut self.session.state, "driftdeck was left before the answer came");
        left.extend(run::leave(&mut self.session.state));
        self.session.run(left);
        let ended: Option<Task> = self.session.state.task(task).cloned();
        if let Some(batch) = ended.as_ref().and_then(|t| t.batch.as_deref()) {
            self.report.batch = batch.clone();
        }
        let end = ended.and_then(|t| t.ended);
        let told = self.report.end(&self.session.state, self.args.sending.output, end.as_ref());
        if asked < 2 {
            return told;
        }
        told.map(|_| INTERRUPTED).map_err(|failure| Failure { code: INTERRUPTED, ..failure })
    }
}
