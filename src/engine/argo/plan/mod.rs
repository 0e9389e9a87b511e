//! Actions on an Application as plans: the exact patches, what they would do, and why not.
//!
//! Argo CD has no write API here but the object itself, so what its API server would check (windows, a running operation, deletion) is
//! checked in `refuse` before anything is sent. To extend: a new action is a file with one function, and a line in [`build`].

mod auto_sync;
mod confirm;
mod refresh;
mod refuse;
mod rollback;
mod sync;
mod terminate;
mod windows;

pub use refuse::owner;

use crate::domain::app::{App, ArgoFields};
use crate::domain::ids::EngineKind;
use crate::domain::plan::{PatchRequest, PatchType, Plan, PlanChoices, PlanLine, Refusal, Risk, Step, Target};
use crate::domain::text::shell;
use crate::engine::{ClusterFacts, Context, Verb};
use serde_json::Value;

/// Builds the plan of a verb; what may not be done has `refused` and no steps.
pub fn build(verb: Verb, app: &App, choices: &PlanChoices, context: &Context<'_>) -> Plan {
    let draft = Draft { app, context };
    match verb {
        Verb::Sync => sync::plan(&draft, choices),
        Verb::Refresh => refresh::plan(&draft, false),
        Verb::HardRefresh => refresh::plan(&draft, true),
        Verb::Suspend => auto_sync::off(&draft, choices),
        Verb::Resume => auto_sync::on(&draft),
        Verb::Terminate => terminate::plan(&draft),
        Verb::ClearOperation => terminate::clear(&draft),
        Verb::ConfirmPrune => confirm::plan(&draft),
        Verb::RollBackTo => rollback::plan(&draft, choices),
    }
}

/// An app and what is known around it: the parts that every plan has.
struct Draft<'a> {
    app: &'a App,
    context: &'a Context<'a>,
}

static NO_FIELDS: std::sync::LazyLock<ArgoFields> = std::sync::LazyLock::new(ArgoFields::default);

impl Draft<'_> {
    fn argo(&self) -> &ArgoFields {
        self.app.argo().unwrap_or(&NO_FIELDS)
    }

    fn name(&self) -> &str {
        &self.app.id.name
    }

    /// Where the effect lands: the name that is shown and typed.
    fn runs_on(&self) -> &str {
        self.context.landing().map_or_else(|| self.app.runs_on(), |d| &d.name)
    }

    fn empty(&self, action: &str, title: String, verb: &str) -> Plan {
        Plan {
            targets: vec![Target {
                app: self.app.id.clone(),
                uid: self.app.uid.clone(),
                resource_version: self.app.resource_version.clone(),
                revision: self.app.revision.clone(),
                runs_on: self.runs_on().to_owned(),
                names: Vec::new(),
                frozen_at: self.context.now,
            }],
            lines: std::iter::once(self.app_line()).chain(self.runs_on_lines()).collect(),
            ..Plan::new(action, title, verb, self.context.request_id)
        }
    }

    /// Protected clusters and destructive choices want the name of the place typed.
    fn weigh(&self, plan: Plan, destructive: bool) -> Plan {
        if !destructive && !self.context.is_protected() {
            return plan;
        }
        Plan { risk: Risk::Destructive, typed: Some(self.context.word(self.app, self.runs_on())), ..plan }
    }

    fn app_line(&self) -> PlanLine {
        let a = self.app;
        let uid: String = a.uid.chars().take(4).collect();
        let home = &self.context.home.name;
        line("app", format!("{}  {} on {home}, uid {uid}, resourceVersion {}", self.name(), a.id.path(), a.resource_version))
    }

    /// What is not known of the place is a line of its own: beside the time it would be read as one with it.
    fn runs_on_lines(&self) -> Vec<PlanLine> {
        let mut note = None;
        let mut parts = vec![self.runs_on().to_owned()];
        if self.context.is_protected() {
            parts.push("PROTECTED".into());
        }
        match self.context.landing() {
            Some(ClusterFacts { uid, .. }) if !uid.is_empty() => parts.push(format!("cluster id {uid}")),
            Some(ClusterFacts { note: told, .. }) if !told.is_empty() => note = Some(told.clone()),
            Some(_) => {}
            None => note = Some("unmapped: no context of yours reaches it".into()),
        }
        parts.push(format!("frozen {}", self.context.now.strftime("%H:%M:%S")));
        std::iter::once(parts.join("  ")).chain(note).map(|text| line("runs on", text)).collect()
    }

    fn patch(&self, patch_type: PatchType, body: Value, lock: bool) -> Step {
        let a = self.app;
        Step::Patch(PatchRequest {
            cluster: a.id.cluster.clone(),
            group: super::GROUP.into(),
            version: if a.api_version.is_empty() { "v1alpha1".into() } else { a.api_version.clone() },
            plural: "applications".into(),
            kind: "Application".into(),
            namespace: a.id.namespace.clone(),
            name: a.id.name.clone(),
            uid: Some(a.uid.clone()),
            resource_version: lock.then(|| a.resource_version.clone()),
            patch_type,
            body,
            request_id: self.context.request_id.to_owned(),
        })
    }

    /// The same request by kubectl.
    fn kubectl(&self, patch_type: PatchType, body: &Value) -> String {
        let a = self.app;
        let kind = if patch_type == PatchType::Merge { "merge" } else { "json" };
        format!(
            "kubectl --context {} -n {} patch applications.argoproj.io {} --type {kind} -p {}",
            shell(a.id.cluster.as_str()),
            shell(&a.id.namespace),
            shell(&a.id.name),
            shell(&body.to_string())
        )
    }

    /// Major and minor version of Argo CD, where it is known.
    fn version(&self) -> Option<(u32, u32)> {
        let argo = self.context.home.engines.iter().find(|e| e.name == EngineKind::Argo)?;
        let mut parts = argo.version.as_deref()?.trim_start_matches('v').split(['.', '-', '+']);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }
}

fn refused(plan: Plan, headline: &str, text: impl Into<String>, lines: Vec<PlanLine>) -> Plan {
    let refused = Some(Refusal { headline: headline.into(), text: text.into(), lines });
    Plan { refused, steps: Vec::new(), options: Vec::new(), commands: Vec::new(), typed: None, ..plan }
}

fn line(label: &str, text: impl Into<String>) -> PlanLine {
    PlanLine { label: label.into(), text: text.into() }
}

/// The short form of a commit id; chart versions stay whole.
pub(super) fn short(revision: &str) -> String {
    if super::parse::is_commit(revision) { revision.chars().take(7).collect() } else { revision.to_owned() }
}

#[cfg(test)]
mod tests;
