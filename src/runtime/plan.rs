//! Plans, executed exactly as shown and once.

use super::Runtime;
use crate::app::filter;
use crate::app::msg::{Msg, TaskEvent};
use crate::app::notice::Level;
use crate::app::task::{Mark, NUDGE};
use crate::cluster;
use crate::domain::commit::short_rev;
use crate::domain::ids::TaskId;
use crate::domain::plan::{Outcome, PatchRequest, Plan, RevertRequest, Step, Target};
use crate::engine::ClusterFacts;
use crate::git::deliver::{self, PushStep};
use tokio::sync::mpsc;

impl Runtime {
    pub(super) fn run_plan(&self, task: TaskId, plan: Plan) {
        let runtime = self.clone();
        // Not registered for cancelling: what is being sent is never torn.
        self.spawn(async move {
            let (action, request) = (plan.action.clone(), plan.request_id.clone());
            let outcome = if plan.is_refused() {
                Outcome::Refused { reason: "the plan is refused".into() }
            } else {
                // A task of its own: whatever happens in there, the journal gets an outcome.
                let sending = tokio::spawn(async move { runtime.execute(task, &plan).await });
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
                    let outcome = self.push(task, request).await;
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
        cluster::write(&session, request, &self.facts(request, plan)).await
    }

    /// Read-only holds for the home cluster and for every cluster the effect lands on.
    fn facts(&self, request: &PatchRequest, plan: &Plan) -> ClusterFacts {
        let is_marked = |name: &str| filter::matches_any(&self.options.read_only_clusters, name);
        let alias = self.options.aliases.iter().find(|(context, _)| context == request.cluster.as_str()).map(|(_, alias)| alias);
        let home_read_only = is_marked(request.cluster.as_str()) || alias.is_some_and(|a| is_marked(a));
        // A plan of many apps asks each by itself: only the one that is written counts. A source is written for all of its cluster.
        let is_written = |t: &Target| {
            let other = request.plural == t.app.kind.plural() && (request.namespace != t.app.namespace || request.name != t.app.name);
            t.app.cluster == request.cluster && !other
        };
        let lands_read_only = plan.targets.iter().any(|t| is_written(t) && is_marked(&t.runs_on));
        ClusterFacts {
            name: request.cluster.to_string(),
            read_only: self.options.read_only || lands_read_only || home_read_only,
            ..ClusterFacts::default()
        }
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

    async fn push(&self, task: TaskId, request: &RevertRequest) -> Outcome {
        let reaches_read_only = self.options.read_only;
        if reaches_read_only {
            return Outcome::Refused { reason: "driftdeck runs read-only (--read-only)".into() };
        }
        let (_, mirror) = match self.mirror_of(&request.repo).await {
            Ok(found) => found,
            Err(error) => return Outcome::Refused { reason: error.to_string() },
        };
        let (sender, mut steps) = mpsc::unbounded_channel::<PushStep>();
        let inbox = self.inbox.clone();
        let forward = tokio::spawn(async move {
            while let Some(step) = steps.recv().await {
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
        PushStep::Stored { commit, signed, by } => {
            let signed = if signed { ", signed" } else { "" };
            ("stored".into(), Mark::Done, format!("commit {}          stored by {by}, tree as previewed{signed}", short_rev(&commit)))
        }
        PushStep::Pushing { branch, command, timeout } => {
            ("push".into(), Mark::Busy, format!("pushing to {branch}, at most {}s: {command}", timeout.as_secs()))
        }
        PushStep::Remote { line } => (format!("remote {line}"), Mark::Waiting, format!("remote: {line}")),
        PushStep::Asking => ("push".into(), Mark::Unknown, "the reply was lost; asking the remote what it has".into()),
        PushStep::Done { commit } => ("push".into(), Mark::Done, format!("pushed {}", short_rev(&commit))),
    }
}
