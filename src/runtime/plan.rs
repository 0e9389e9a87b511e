//! Plans, executed exactly as shown and once.

use super::{Runtime, rails};
use crate::app::msg::{Msg, TaskEvent};
use crate::app::notice::Level;
use crate::app::task::{Mark, NUDGE, REMOTE, Stored};
use crate::cluster;
use crate::domain::commit::short_rev;
use crate::domain::ids::TaskId;
use crate::domain::journal::JournalEntry;
use crate::domain::plan::{Outcome, PatchRequest, Plan, RevertRequest, Step};
use crate::git::deliver::{self, PushStep};
use std::sync::Arc;
use tokio::sync::mpsc;

impl Runtime {
    /// Nothing is sent before its line in the journal is on the disk.
    pub(super) fn run_plan(&self, task: TaskId, line: Arc<JournalEntry>) {
        let runtime = self.clone();
        // Not registered for cancelling: what is being sent is never torn.
        self.spawn(async move {
            let (action, request) = (line.plan.action.clone(), line.plan.request_id.clone());
            let outcome = if line.plan.is_refused() {
                Outcome::Refused { reason: "the plan is refused".into() }
            } else if let Err(reason) = runtime.write_ahead(line.clone()).await {
                Outcome::Refused { reason }
            } else {
                // A task of its own: whatever happens in there, the journal gets an outcome.
                let sending = tokio::spawn(async move { runtime.execute(task, &line.plan).await });
                sending.await.unwrap_or_else(|e| Outcome::Unknown { reason: format!("driftdeck failed while sending: {e}") })
            };
            tracing::info!(%action, %request, ?outcome, "plan");
            Some(Msg::Task { task, event: TaskEvent::Finished(outcome) })
        });
    }

    async fn execute(&self, task: TaskId, plan: &Plan) -> Outcome {
        for step in &plan.steps {
            match step {
                Step::Patch(request) => match self.patch(request, plan).await {
                    Outcome::Sent { .. } => {}
                    other => return other,
                },
                // The push is the outcome; what is only asked for afterwards holds nothing back.
                Step::Revert(request) => {
                    let outcome = self.push(task, request, plan).await;
                    if matches!(outcome, Outcome::Sent { .. }) {
                        self.after_push(task, request, plan);
                    }
                    return outcome;
                }
                Step::Nudge(request) => self.nudge(task, request, plan).await,
            }
        }
        Outcome::Sent { commit: None }
    }

    /// Every engine is asked to look, all at once, and our own mirror follows.
    fn after_push(&self, task: TaskId, request: &RevertRequest, plan: &Plan) {
        for step in &plan.steps {
            let Step::Nudge(nudge) = step else { continue };
            let (runtime, nudge, plan) = (self.clone(), nudge.clone(), plan.clone());
            self.spawn(async move {
                runtime.nudge(task, &nudge, &plan).await;
                None
            });
        }
        let (runtime, repo) = (self.clone(), request.repo.clone());
        self.spawn(async move {
            let (shared, mirror) = runtime.mirror_of(&repo).await.ok()?;
            let _ = mirror.fetch().await;
            runtime.repos.mirrored(&shared, &mirror).await;
            runtime.repos.retry(&repo);
            None
        });
    }

    async fn patch(&self, request: &PatchRequest, plan: &Plan) -> Outcome {
        let Some(session) = self.clusters.session(&request.cluster) else {
            return Outcome::Refused { reason: format!("{} is not watched any more", request.cluster) };
        };
        cluster::write(&session, request, &rails::facts(&self.options, request, plan)).await
    }

    /// After a push: ask the engine to look. It would find the commit by itself, so a failure is only told.
    async fn nudge(&self, task: TaskId, request: &PatchRequest, plan: &Plan) {
        let who = format!("{} {} on {}", request.kind, request.name, request.cluster);
        let key = format!("{}{} {}/{}", NUDGE, request.cluster, request.namespace, request.name);
        let tell = |mark, text| self.inbox.send(Msg::Task { task, event: TaskEvent::Step { key: key.clone(), mark, text } });
        tell(Mark::Busy, format!("asking {who} to look")).await;
        match self.patch(request, plan).await {
            Outcome::Sent { .. } => tell(Mark::Done, format!("{who} was asked to look")).await,
            Outcome::Refused { reason } | Outcome::Failed { reason, .. } | Outcome::Unknown { reason } => {
                let text = format!("{who} was not asked to look: {reason}");
                tell(Mark::Bad, text.clone()).await;
                self.notice(Level::Attention, format!("{text}."), Some("It finds the commit at its next interval.".into()));
            }
            Outcome::Cancelled => tell(Mark::Unknown, format!("{who} was not asked to look")).await,
        }
    }

    async fn push(&self, task: TaskId, request: &RevertRequest, plan: &Plan) -> Outcome {
        if let Some(reason) = rails::no_push(&self.options, plan) {
            return Outcome::Refused { reason };
        }
        let (_, mirror) = match self.mirror_of(&request.repo).await {
            Ok(found) => found,
            Err(error) => return deliver::unsent(&error),
        };
        let (sender, mut steps) = mpsc::unbounded_channel::<PushStep>();
        let inbox = self.inbox.clone();
        let forward = tokio::spawn(async move {
            while let Some(step) = steps.recv().await {
                if let PushStep::Stored { commit, mirror, .. } = &step {
                    let stored = Stored { commit: commit.clone(), mirror: mirror.display().to_string() };
                    inbox.send(Msg::Task { task, event: TaskEvent::Stored(stored) }).await;
                }
                let (key, mark, text) = words(step);
                inbox.send(Msg::Task { task, event: TaskEvent::Step { key, mark, text } }).await;
            }
        });
        let outcome = {
            let progress = move |step: PushStep| {
                // The receiver lives until this sender is dropped.
                let _ = sender.send(step);
            };
            deliver::push(&mirror, request, &progress).await
        };
        let _ = forward.await;
        outcome
    }
}

fn words(step: PushStep) -> (String, Mark, String) {
    match step {
        PushStep::Fetched { branch, tip } => {
            ("fetched".into(), Mark::Done, format!("fetched {branch} again      still {}", short_rev(&tip)))
        }
        PushStep::By { author } => ("by".into(), Mark::Done, format!("by {}", author.by)),
        PushStep::Stored { commit, author, .. } => {
            let signed = author.signed.map(|how| format!(", signed: {how}")).unwrap_or_default();
            let text = format!("commit {}          stored by {}, tree as previewed{signed}", short_rev(&commit), author.by);
            ("stored".into(), Mark::Done, text)
        }
        PushStep::Pushing { branch, command, timeout } => {
            ("push".into(), Mark::Busy, format!("pushing to {branch}, at most {}s: {command}", timeout.as_secs()))
        }
        PushStep::Remote { line } => (format!("{REMOTE}{line}"), Mark::Waiting, format!("remote: {line}")),
        PushStep::Asking => ("push".into(), Mark::Unknown, "the reply was lost; asking the remote what it has".into()),
        PushStep::Done { commit } => ("push".into(), Mark::Done, format!("pushed {}", short_rev(&commit))),
    }
}
