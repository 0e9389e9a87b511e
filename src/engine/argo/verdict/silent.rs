//! An Argo CD that compares nothing any more: what its apps show is from before.

use super::Rule;
use super::case::{Case, age, evidence, say, step, time};
use crate::domain::event::OtherObject;
use crate::domain::status::Phase;
use crate::domain::verdict::{Verdict, Weight};
use crate::engine::{Known, SILENT_S};

pub const RULES: &[Rule] = &[controller, stopped];
/// An operation does not go on, either.
pub const AT_WORK: &[Rule] = &[stopped_at_work];

/// Argo CD's own defaults for `timeout.reconciliation` and its jitter, seconds.
const INTERVAL_S: u64 = 120;
const JITTER_S: u64 = 60;

/// How long is too long, and how long is usual; `None` where comparisons by time are off, or not known.
pub fn limit(argocd_cm: &Known<'_, OtherObject>) -> Option<(u64, u64)> {
    let (interval, jitter) = match argocd_cm {
        Known::Read(cm) => {
            let of = |field: &str, default| cm.value.get(field).and_then(serde_json::Value::as_u64).unwrap_or(default);
            (of("interval", INTERVAL_S), of("jitter", JITTER_S))
        }
        Known::Absent => (INTERVAL_S, JITTER_S),
        Known::Unread(_) => return None,
    };
    let usual = interval + jitter;
    (interval > 0).then(|| (usual.saturating_mul(3).max(SILENT_S.unsigned_abs()), usual))
}

fn controller(case: &Case<'_>) -> Option<Verdict> {
    let (at, apps) = case.context.compared?;
    let (most, usual) = limit(&case.context.argocd_cm)?;
    let ago = case.ago(at);
    if ago <= most || case.argo.skip_reconcile {
        return None;
    }
    let home = &case.context.home.name;
    let rows = super::case::plural(apps, "app");
    let why = match case.context.works.controller {
        Some((c, _)) if c.is_ready() => format!("; {} has {} of {} ready, yet it is stuck", c.name, c.ready, c.desired),
        Some((c, _)) => format!("; {} has {} of {} ready", c.name, c.ready, c.desired),
        None => ": its application-controller is down or stuck".to_owned(),
    };
    let sentence = format!(
        "No app of Argo CD on {home} was compared for {} (usual {}){why}. What {rows} of it show may be old.",
        age(ago),
        crate::domain::duration::long_age(usual)
    );
    let is_down = case.context.works.controller.is_some_and(|(c, _)| !c.is_ready());
    let mut next = vec![step("1", "details of the cluster: its pods and why they end")];
    next.extend((!is_down).then(|| step("r", "ask it to compare")));
    let mut verdict = say(format!("Argo CD on {home} compared {} ago", age(ago)), sentence, "look_at_log", next)?;
    let told = format!("newest comparison of {rows} at {}", time(at));
    verdict.evidence.push(evidence(Weight::Unknown, &format!("Argo CD on {home}"), &told, "status", Some(at)));
    verdict.is_old = true;
    Some(verdict)
}

/// Seen before the comparisons grow old: nothing newer will come.
fn stopped(case: &Case<'_>) -> Option<Verdict> {
    case.context.works.stopped(&case.app.id.cluster)
}

fn stopped_at_work(case: &Case<'_>) -> Option<Verdict> {
    stopped(case).filter(|_| case.phase().is_some_and(Phase::is_working))
}
