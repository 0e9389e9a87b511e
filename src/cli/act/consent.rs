//! The question before anything is sent, or the arguments that answer it.

use crate::app::overlay::Overlay;
use crate::app::state::AppState;
use crate::cli::args::Sending;
use crate::cli::headless::Session;
use crate::cli::print;
use crate::domain::plan::Plan;
use crate::domain::text::shell;
use crate::tui::Signals;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{BufRead, IsTerminal};
use std::time::{Duration, Instant};

/// Nobody thinks longer about a question; until then the plan is kept up to date.
const PATIENCE: Duration = Duration::from_secs(3600);

#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// With what was typed, where the plan wants a word.
    Given(Option<String>),
    /// Why it does not count.
    No(String),
    Cancelled,
    Interrupted,
    /// The plan is off before there was an answer.
    Overtaken,
}

/// The dialog asks, and its plan may be confirmed.
pub fn is_open(state: &AppState) -> bool {
    matches!(state.overlays.last(), Some(Overlay::Confirm(dialog)) if !dialog.plan.is_refused())
}

/// Why the word of the arguments is not the one of this plan, whether the plan wants one or not.
pub fn wrong_word(sending: &Sending, plan: &Plan) -> Option<String> {
    let lands = plan.targets.first().map_or("", |t| t.runs_on.as_str());
    let wanted = plan.typed.as_deref().unwrap_or(lands);
    let word = sending.confirm.as_deref().filter(|word| *word != wanted)?;
    let because = if wanted == lands { format!("lands on {lands}") } else { format!("wants {}", shell(wanted)) };
    Some(format!("--confirm {}, but this plan {because}", shell(word)))
}

pub async fn ask(session: &mut Session, signals: &mut Signals, sending: &Sending, plan: &Plan) -> Answer {
    let can_ask = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    match given(sending, plan, can_ask) {
        Some(answer) => answer,
        None => question(session, signals, plan).await,
    }
}

/// What the arguments say; `None` = it has to be asked.
fn given(sending: &Sending, plan: &Plan, can_ask: bool) -> Option<Answer> {
    if let Some(reason) = wrong_word(sending, plan) {
        return Some(Answer::No(reason));
    }
    let wanted = plan.typed.as_deref();
    match (&sending.confirm, wanted) {
        (Some(_), _) => Some(Answer::Given(wanted.map(str::to_owned))),
        (None, None) if sending.yes => Some(Answer::Given(None)),
        (None, Some(word)) if sending.yes => {
            Some(Answer::No(format!("--yes is for plans that want no word; this one wants --confirm {}", shell(word))))
        }
        _ if can_ask => None,
        (None, None) => Some(Answer::No("there is no terminal to ask on: --yes sends it, --dry-run only shows it".into())),
        (None, Some(word)) => {
            let word = shell(word);
            Some(Answer::No(format!("there is no terminal to ask on: --confirm {word} sends it, --dry-run only shows it")))
        }
    }
}

/// Lines typed before the question was there were meant for something else.
fn forget_typed() {
    let stdin = std::io::stdin();
    let is_there = || {
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        poll(&mut fds, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    };
    while is_there() {
        // A terminal gives one line at a time; none is its end.
        if !stdin.lock().read_line(&mut String::new()).is_ok_and(|read| read > 0) {
            return;
        }
    }
}

/// Asked on the terminal; the fleet is watched meanwhile, so that a change since then is seen.
async fn question(session: &mut Session, signals: &mut Signals, plan: &Plan) -> Answer {
    forget_typed();
    match &plan.typed {
        Some(word) => print::prompt(&format!("Type {word} to {}, anything else sends nothing: ", plan.verb.to_lowercase())),
        None => print::prompt(&format!("{}? Nothing is sent before you say y. [y/N] ", plan.title)),
    }
    let line = tokio::task::spawn_blocking(|| {
        let mut text = String::new();
        std::io::stdin().lock().read_line(&mut text).map(|_| text)
    });
    let typed = tokio::select! {
        () = signals.ended() => {
            print::lines("\n");
            return Answer::Interrupted;
        }
        read = line => read.ok().and_then(Result::ok).unwrap_or_default(),
        overtaken = session.until(Instant::now() + PATIENCE, |state| !is_open(state)) => {
            print::lines("\n");
            return if overtaken { Answer::Overtaken } else { Answer::Cancelled };
        }
    };
    let typed = typed.trim();
    match &plan.typed {
        Some(word) if typed == word => Answer::Given(Some(word.clone())),
        None if matches!(typed.to_lowercase().as_str(), "y" | "yes") => Answer::Given(None),
        Some(word) if !typed.is_empty() => Answer::No(format!("you typed {typed}, this plan wants {word}")),
        _ => Answer::Cancelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Form, Reading};
    use crate::domain::ids::{AppId, AppKind, ClusterId};
    use crate::domain::plan::Target;

    fn plan(typed: Option<&str>) -> Plan {
        let cluster = ClusterId::new("hub");
        let app = AppId { cluster, kind: AppKind::Application, namespace: "argocd".into(), name: "web".into() };
        let (uid, version) = ("u".to_owned(), "1".to_owned());
        let frozen_at = crate::domain::Timestamp::UNIX_EPOCH;
        Plan {
            targets: vec![Target {
                app,
                uid,
                resource_version: version,
                revision: None,
                runs_on: "prod-eu".into(),
                names: Vec::new(),
                frozen_at,
            }],
            typed: typed.map(str::to_owned),
            ..Plan::new("sync", "Sync web on prod-eu", "Sync", "1")
        }
    }

    fn sending(yes: bool, confirm: Option<&str>) -> Sending {
        Sending {
            dry_run: false,
            yes,
            confirm: confirm.map(str::to_owned),
            wait: false,
            wait_timeout: "30m".into(),
            output: Form::Text,
            reading: Reading { timeout: "10s".into() },
        }
    }

    fn said(yes: bool, confirm: Option<&str>, typed: Option<&str>, can_ask: bool) -> Option<Answer> {
        given(&sending(yes, confirm), &plan(typed), can_ask)
    }

    #[test]
    fn yes_answers_only_what_wants_no_word_and_the_word_must_be_that_of_the_plan() {
        let prod = Some("prod-eu");
        assert_eq!(said(true, None, None, false), Some(Answer::Given(None)));
        assert_eq!(said(false, prod, prod, false), Some(Answer::Given(Some("prod-eu".into()))));
        assert_eq!(said(false, prod, None, false), Some(Answer::Given(None)), "more than was asked for is enough");
        for (yes, confirm, typed) in
            [(true, None, prod), (false, Some("prod-us"), prod), (false, Some("prod-us"), None), (true, Some("x"), None)]
        {
            assert!(matches!(said(yes, confirm, typed, true), Some(Answer::No(_))), "{yes} {confirm:?} {typed:?}");
        }
    }

    #[test]
    fn a_word_that_is_not_the_plans_is_wrong_also_where_the_plan_wants_none() {
        let wrong = |confirm, typed| wrong_word(&sending(false, confirm), &plan(typed));
        assert_eq!(wrong(None, None), None);
        assert_eq!(wrong(Some("prod-eu"), None), None);
        for typed in [None, Some("prod-eu")] {
            let said = wrong(Some("$(prod)"), typed).unwrap();
            assert!(said.contains("--confirm '$(prod)'") && said.contains("lands on prod-eu"), "{said}");
        }
    }

    #[test]
    fn without_a_terminal_the_refusal_names_the_argument_that_answers() {
        let no = |typed| match said(false, None, typed, false) {
            Some(Answer::No(text)) => text,
            other => panic!("{other:?}"),
        };
        assert!(no(None).contains("--yes"));
        assert!(no(Some("prod-eu")).contains("--confirm prod-eu"));
        assert_eq!(said(false, None, None, true), None, "on a terminal it is asked");
    }
}
