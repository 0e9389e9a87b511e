//! From the question to the answer of the cluster: what was shown is confirmed, sent once, and told as it was sent.

use super::{Act, consent};
use crate::app::action::plan as plans;
use crate::app::effect::Effect;
use crate::app::overlay::Overlay;
use crate::app::state::AppState;
use crate::app::task::Task;
use crate::cli::print;
use crate::domain::ids::TaskId;
use crate::domain::plan::{Outcome, Plan};
use std::time::{Duration, Instant};

/// The writer has deadlines of its own; this is for one that lost its way.
const SENDING: Duration = Duration::from_secs(180);

/// What comes of a plan that was shown.
pub enum Decided {
    Sending(TaskId),
    /// Why; the journal has it already.
    Refused(String),
    /// Not in the journal yet.
    Withheld(Outcome),
    Interrupted,
}

impl Act<'_> {
    /// Asks, or takes what the arguments answer.
    pub(super) async fn decide(&mut self, shown: &Plan) -> Decided {
        // Also where nothing is asked: who names another cluster means another app.
        if let Some(reason) = consent::wrong_word(self.sending, shown) {
            return Decided::Withheld(Outcome::Refused { reason });
        }
        let effects = plans::open_for(&mut self.session.state, &self.report.id, self.ask.verb, self.ask.choices.clone());
        if let Some(task) = self.start(effects) {
            return Decided::Sending(task);
        }
        if !consent::is_open(&self.session.state) {
            return Decided::Refused(self.why_not());
        }
        match consent::ask(&mut self.session, &mut self.signals, self.sending, shown).await {
            consent::Answer::Given(typed) => match self.confirm(shown, typed) {
                Some(task) => Decided::Sending(task),
                None => Decided::Refused(self.why_not()),
            },
            consent::Answer::Overtaken => Decided::Refused(self.why_not()),
            consent::Answer::No(reason) => Decided::Withheld(Outcome::Refused { reason }),
            consent::Answer::Cancelled => Decided::Withheld(Outcome::Cancelled),
            consent::Answer::Interrupted => Decided::Interrupted,
        }
    }

    /// Does what the state asks for; gives the task of the plan that is sent by it, which is what is told from then on.
    fn start(&mut self, effects: Vec<Effect>) -> Option<TaskId> {
        let task = effects.iter().find_map(|effect| match effect {
            Effect::RunPlan { task, .. } => Some(*task),
            _ => None,
        });
        self.session.run(effects);
        let sent = self.session.state.task(task?)?;
        self.report.plan = Some(sent.plan.clone());
        Some(sent.id)
    }

    /// As by the button of the dialog, if what would be sent is still what was shown.
    fn confirm(&mut self, shown: &Plan, typed: Option<String>) -> Option<TaskId> {
        let Some(Overlay::Confirm(dialog)) = self.session.state.overlays.last_mut() else { return None };
        if dialog.plan.is_refused() {
            return None;
        }
        // The dialog follows the cluster; the answer was given to what was printed.
        dialog.plan = shown.clone();
        dialog.typed = typed.unwrap_or_default();
        if !dialog.is_enabled() {
            return None;
        }
        let effects = plans::confirm(&mut self.session.state);
        self.start(effects)
    }

    /// Why there is no task.
    fn why_not(&mut self) -> String {
        match self.session.state.overlays.last() {
            Some(Overlay::Confirm(dialog)) if dialog.plan.is_refused() => {
                let plan = dialog.plan.clone();
                let text = self.refusal(&plan);
                self.report.plan = Some(plan);
                text
            }
            Some(Overlay::Message { lines, .. }) => lines.first().cloned().unwrap_or_default(),
            _ => format!("{} went before it could be confirmed", self.report.id.name),
        }
    }

    /// Waits for what comes of the request; whether somebody asked to leave meanwhile. What is under way cannot be taken back: the first to
    /// ask is told so, the second one leaves with the outcome unknown.
    pub(super) async fn sent(&mut self, task: TaskId) -> bool {
        let deadline = Instant::now() + SENDING;
        let answered = |state: &AppState| state.task(task).is_some_and(|t| t.outcome.is_some());
        let mut asked = 0;
        while asked < 2 {
            tokio::select! {
                _ = self.session.until(deadline, answered) => break,
                () = self.signals.ended() => asked += 1,
            }
            if asked == 1 {
                self.signals.stay();
                print::aside(
                    "it is being sent and cannot be taken back; waiting for the answer. Ctrl-C again leaves without it: outcome unknown, exit code 5.",
                );
            }
        }
        self.report.outcome = self.session.state.task(task).and_then(|t| t.outcome.clone());
        if self.report.outcome.is_none() {
            let reason =
                if asked < 2 { format!("no answer within {}s", SENDING.as_secs()) } else { "interrupted before the answer came".into() };
            self.unanswered(task, Outcome::Unknown { reason });
        }
        asked > 0
    }

    /// The journal gets an outcome of what was sent, too, where no answer came.
    fn unanswered(&mut self, task: TaskId, outcome: Outcome) {
        let sent: Option<&Task> = self.session.state.task(task);
        if let Some((plan, typed)) = sent.map(|t| (t.plan.clone(), t.typed.clone())) {
            let entry = plans::journal(&mut self.session.state, task.0, &plan, typed, Some(outcome.clone()));
            self.session.run(vec![Effect::Journal(Box::new(entry))]);
        }
        self.report.outcome = Some(outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::act::{Ask, report::Report};
    use crate::cli::args::{Common, Form, Reading, Sending};
    use crate::cli::headless::Session;
    use crate::cli::prepare::{Overrides, prepare};
    use crate::config::Paths;
    use crate::domain::ids::AppId;
    use crate::domain::plan::{PlanChoices, Refusal};
    use crate::engine::Verb;
    use crate::tui::Signals;
    use crate::ui::fixture;

    const KUBECONFIG: &str = "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\nusers: [{name: u, user: {token: t}}]\ncontexts: [{name: here, context: {cluster: c, user: u}}]\ncurrent-context: here\n";

    fn sending() -> Sending {
        let (wait_timeout, reading) = ("30m".into(), Reading { timeout: "10s".into() });
        Sending { dry_run: false, yes: true, confirm: None, wait: false, wait_timeout, output: Form::Text, reading }
    }

    /// A command about to sync an app of the night that wants no word, and its plan as it was shown.
    fn act<'a>(dir: &std::path::Path, sending: &'a Sending) -> (Act<'a>, Plan) {
        let at = |name: &str| dir.join(name);
        std::fs::write(at("kubeconfig"), KUBECONFIG).unwrap();
        let (config, themes, state) = (at("config.yaml"), at("themes"), at("state"));
        let paths = Paths { config, config_was_named: false, themes, state, cache: at("cache"), log: at("state/log") };
        let common = Common { kubeconfig: Some(at("kubeconfig")), ..Common::default() };
        let mut session = Session::start(prepare(&common, &paths, &Overrides::default()).unwrap(), Duration::from_secs(1));
        session.state = fixture::night(160, 45);
        session.state.settings.frozen = false;
        let build = |id: &AppId| plans::build(&session.state, id, Verb::Sync, &PlanChoices::default());
        let has_force = |plan: &Plan| plan.options.iter().any(|o| o.name == "force" && o.off_because.is_none());
        let fits = |plan: &Plan| !plan.is_refused() && plan.typed.is_none() && has_force(plan);
        let is_read = |id: &&AppId| session.state.fleet.rows.get(id).is_some_and(|row| row.stale_as_of.is_none());
        let shown = session.state.fleet.shown.iter().filter(is_read).find_map(|id| build(id).filter(fits)).unwrap();
        let id = shown.targets[0].app.clone();
        let argument = "the-argument".to_owned();
        let report = Report {
            command: "sync",
            to_run: argument.clone(),
            argument,
            id,
            dry_run: false,
            plan: Some(shown.clone()),
            outcome: None,
            ended: None,
        };
        let ask = Ask { command: "sync", verb: Verb::Sync, choices: PlanChoices::default(), given: Vec::new() };
        let mut act = Act { session, signals: Signals::open().unwrap(), sending, ask, report };
        let opened = plans::open_for(&mut act.session.state, &act.report.id, Verb::Sync, PlanChoices::default());
        assert_eq!(act.start(opened), None, "it asks first");
        (act, shown)
    }

    fn dialog<'a>(act: &'a mut Act<'_>) -> &'a mut crate::app::overlay::confirm::Confirm {
        match act.session.state.overlays.last_mut() {
            Some(Overlay::Confirm(dialog)) => dialog,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn what_is_reported_is_the_plan_that_was_sent() {
        let (dir, sending) = (tempfile::tempdir().unwrap(), sending());
        let (mut act, shown) = act(dir.path(), &sending);
        act.session.state.now = act.session.state.now.checked_add(jiff::Span::new().seconds(3)).unwrap();
        let task = act.confirm(&shown, None).unwrap_or_else(|| panic!("{}", act.why_not()));
        let sent = act.session.state.task(task).unwrap().plan.clone();
        assert_ne!(sent.request_id, shown.request_id, "it was built again");
        assert_eq!(act.report.plan, Some(sent));
    }

    #[tokio::test]
    async fn a_plan_that_is_refused_after_it_was_shown_says_why_and_is_not_sent() {
        let (dir, sending) = (tempfile::tempdir().unwrap(), sending());
        let (mut act, shown) = act(dir.path(), &sending);
        let no = Refusal { headline: "Not allowed".into(), text: "hub-eu does not let you patch it.".into(), lines: Vec::new() };
        dialog(&mut act).plan.refused = Some(no);
        assert!(!consent::is_open(&act.session.state), "nothing is asked any more");
        assert_eq!(act.confirm(&shown, None), None);
        assert_eq!(act.why_not(), "Not allowed. hub-eu does not let you patch it.");
        assert!(act.report.plan.is_some_and(|p| p.is_refused()) && act.session.state.tasks.is_empty());
    }

    #[tokio::test]
    async fn an_answer_counts_for_what_was_printed_and_not_for_what_the_dialog_became_meanwhile() {
        let (dir, sending) = (tempfile::tempdir().unwrap(), sending());
        let (mut act, shown) = act(dir.path(), &sending);
        act.session.state.settings.guardrails.push(("*".into(), vec!["no_force".into(), "no_prune".into()]));
        plans::rebuild(&mut act.session.state);
        assert_ne!(dialog(&mut act).plan.options, shown.options);
        assert_eq!(act.confirm(&shown, None), None);
        assert!(act.why_not().contains("changed while you read"), "{}", act.why_not());
        assert!(act.session.state.tasks.is_empty());
    }
}
