//! What came of it: the sentence, the document, the exit code.

use super::follow;
use crate::app::state::AppState;
use crate::cli::args::{Form, Sending};
use crate::cli::status::json as status;
use crate::cli::{Failure, print};
use crate::domain::Timestamp;
use crate::domain::ids::AppId;
use crate::domain::plan::{Outcome, PatchRequest, PatchType, Plan, Step};
use crate::engine::Verb;
use serde_json::{Value, json};

pub struct Report {
    pub command: &'static str,
    /// What picks exactly this app.
    pub argument: String,
    /// The same for a command that is printed to be run.
    pub to_run: String,
    pub id: AppId,
    pub dry_run: bool,
    pub plan: Option<Plan>,
    pub outcome: Option<Outcome>,
    pub ended: Option<(Timestamp, bool, String)>,
}

/// 0 sent, 3 refused, 4 sent and failed, 5 not known.
fn code(outcome: Option<&Outcome>) -> i32 {
    match outcome {
        Some(Outcome::Sent { .. }) => 0,
        Some(Outcome::Refused { .. } | Outcome::Cancelled) => 3,
        Some(Outcome::Failed { .. }) => 4,
        Some(Outcome::Unknown { .. }) | None => 5,
    }
}

impl Report {
    /// How the sending went. Errors: the code of an outcome that is not good, where it is told in words.
    pub fn tell(&self, state: &AppState, form: Form) -> Result<i32, Failure> {
        let code = code(self.outcome.as_ref());
        if form == Form::Json {
            print::answer(&self.document(state))?;
            return Ok(code);
        }
        let what = self.what();
        let text = match &self.outcome {
            Some(Outcome::Sent { .. }) => {
                let request = self.plan.as_ref().map_or("", |p| p.request_id.as_str());
                print::answer(&format!("{what}: sent, request {request}. What became of it: driftdeck why {}\n", self.to_run))?;
                return Ok(0);
            }
            Some(Outcome::Refused { reason }) => format!("{what}: refused: {}\nNothing was sent.", reason.trim_end_matches('.')),
            Some(Outcome::Cancelled) => format!("{what}: cancelled. Nothing was sent."),
            Some(Outcome::Failed { reason, .. }) => format!("{what}: sent and failed: {reason}"),
            Some(Outcome::Unknown { reason }) => {
                format!("{what}: outcome unknown: {reason}\nIt is not sent again. Look: driftdeck why {}", self.to_run)
            }
            None => format!("{what}: outcome unknown"),
        };
        Err(Failure { code, text })
    }

    /// How what was sent ended, as the watch shows it.
    pub fn tell_end(&self, state: &AppState, verb: Verb, sending: &Sending) -> Result<i32, Failure> {
        let code = follow::code(state, self, verb);
        if sending.output == Form::Json {
            print::answer(&self.document(state))?;
            return Ok(code);
        }
        let what = self.what();
        let Some((_, good, text)) = &self.ended else {
            let text = format!("{what}: no end was seen within {}. It goes on: driftdeck why {}", sending.wait_timeout, self.to_run);
            return Err(Failure { code, text });
        };
        if !*good {
            return Err(Failure { code, text: format!("{what}: {text}\nWhy: driftdeck why {}", self.to_run) });
        }
        print::answer(&format!("{what}: {text}\n"))?;
        Ok(code)
    }

    fn what(&self) -> String {
        self.plan.as_ref().map_or_else(|| format!("{} {}", self.command, self.id.name), |p| p.title.clone())
    }

    pub fn document(&self, state: &AppState) -> String {
        let outcome = self.outcome.as_ref().map(|o| match o {
            Outcome::Sent { .. } => json!({ "outcome": "sent", "reason": null, "class": null }),
            Outcome::Refused { reason } => json!({ "outcome": "refused", "reason": reason, "class": null }),
            Outcome::Failed { reason, class } => json!({ "outcome": "failed", "reason": reason, "class": class }),
            Outcome::Unknown { reason } => json!({ "outcome": "unknown", "reason": reason, "class": null }),
            Outcome::Cancelled => json!({ "outcome": "cancelled", "reason": null, "class": null }),
        });
        let end = self.ended.as_ref().map(|(at, good, text)| json!({ "at": at, "good": good, "text": text }));
        let body = json!({
            "command": self.command,
            "argument": self.argument,
            "dry_run": self.dry_run,
            "plan": self.plan.as_ref().map(plan),
            "outcome": outcome,
            "end": end,
            "app": state.fleet.rows.get(&self.id).map(status::app),
        });
        status::text(state, body)
    }
}

pub fn plan(p: &Plan) -> Value {
    let lines = |lines: &[crate::domain::plan::PlanLine]| -> Vec<Value> {
        lines.iter().map(|l| json!({ "label": l.label, "text": l.text })).collect()
    };
    let targets: Vec<Value> = p
        .targets
        .iter()
        .map(|t| {
            json!({
                "home": t.app.cluster, "runs_on": t.runs_on, "kind": t.app.kind.kind(), "namespace": t.app.namespace, "name": t.app.name,
                "uid": t.uid, "resource_version": t.resource_version, "revision": t.revision, "frozen_at": t.frozen_at,
            })
        })
        .collect();
    let options: Vec<Value> = p
        .options
        .iter()
        .map(|o| json!({ "name": o.name, "label": o.label, "text": o.text, "on": o.on, "off_because": o.off_because, "value": o.value }))
        .collect();
    let requests: Vec<Value> = p
        .steps
        .iter()
        .filter_map(|s| match s {
            Step::Patch(r) => Some(request(r, false)),
            Step::Nudge(r) => Some(request(r, true)),
            Step::Revert(_) => None,
        })
        .collect();
    json!({
        "action": p.action, "title": p.title, "risk": p.risk, "request_id": p.request_id, "targets": targets, "lines": lines(&p.lines),
        "options": options, "requests": requests, "commands": p.commands, "confirm_word": p.typed,
        "refused": p.refused.as_ref().map(|r| json!({ "headline": r.headline, "text": r.text, "lines": lines(&r.lines) })),
    })
}

/// `optional` = that it fails is told and stops nothing.
fn request(r: &PatchRequest, optional: bool) -> Value {
    let patch_type = match r.patch_type {
        PatchType::Merge => "merge",
        PatchType::Json => "json",
    };
    json!({
        "cluster": r.cluster, "group": r.group, "version": r.version, "resource": r.plural, "namespace": r.namespace, "name": r.name,
        "uid": r.uid, "resource_version": r.resource_version, "patch_type": patch_type, "body": r.body, "optional": optional,
    })
}
