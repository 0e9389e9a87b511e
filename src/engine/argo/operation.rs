//! What `.operation` and `status.operationState` together mean: one phase, who asked, what it works on, when it tries again.

use super::wire::{InitiatedBy, Leaf, Op, OpState};
use crate::domain::Timestamp;
use crate::domain::duration::{parse_go, rounded};
use crate::domain::status::{Operation, Phase};

const MESSAGE: usize = 2000;
/// Argo CD's own defaults for a retry without `backoff`.
const RETRY_MS: u64 = 5_000;
const RETRY_FACTOR: f64 = 2.0;
const RETRY_MAX_MS: u64 = 180_000;

/// The operation of an app; `None` when nothing was ever asked for, or nothing is known of it.
pub fn operation(pending: Option<&Op>, state: Option<&OpState>) -> Option<Operation> {
    match (pending, state) {
        (None, None) => None,
        (Some(op), None) => Some(requested(op)),
        (Some(op), Some(s)) if is_finished(s) => Some(requested(op)),
        (pending, Some(s)) => Some(recorded(pending, s)),
    }
}

fn is_finished(state: &OpState) -> bool {
    matches!(state.phase.raw(), "Succeeded" | "Failed" | "Error" | "")
}

fn requested(op: &Op) -> Operation {
    Operation {
        phase: Phase::Requested,
        message: String::new(),
        started_at: None,
        finished_at: None,
        retry_count: 0,
        next_try_at: None,
        by: by(&op.initiated_by),
        revision: op.sync.as_ref().and_then(|s| first(&s.revision, &s.revisions)),
        request_id: request_id(op),
        routine: false,
    }
}

fn recorded(pending: Option<&Op>, state: &OpState) -> Operation {
    let phase = phase(pending.is_some(), state);
    let sync = state.operation.sync.as_ref();
    let revision =
        first(&state.sync_result.revision, &state.sync_result.revisions).or_else(|| sync.and_then(|s| first(&s.revision, &s.revisions)));
    Operation {
        phase,
        message: rounded(&state.message.message(MESSAGE)),
        started_at: state.started_at.time(),
        finished_at: state.finished_at.time(),
        retry_count: state.retry_count.int().and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        next_try_at: if phase == Phase::Retrying { next_try(state) } else { None },
        by: by(&state.operation.initiated_by),
        revision,
        request_id: request_id(&state.operation),
        routine: false,
    }
}

fn phase(pending: bool, state: &OpState) -> Phase {
    let message = state.message.raw();
    match state.phase.raw() {
        "Succeeded" => Phase::Succeeded,
        "Failed" => Phase::Failed,
        "Error" => Phase::Error,
        "Running" | "Terminating" if !pending => Phase::Orphaned,
        "Terminating" => Phase::Terminating,
        // A wait for a window or a person is written only into the message.
        "Running" if message.contains("blocked by sync window") => Phase::Blocked,
        "Running" if message.contains("confirmation of") => Phase::Blocked,
        "Running" if state.finished_at.time().is_some() => Phase::Retrying,
        "" if pending => Phase::Requested,
        _ => Phase::Running,
    }
}

/// When the next attempt starts: Argo waits `duration * factor^attempt`, at most `maxDuration`, from the end of the last one.
fn next_try(state: &OpState) -> Option<Timestamp> {
    let backoff = &state.operation.retry.backoff;
    let duration = |leaf: &Leaf, default| if leaf.raw().is_empty() { Some(default) } else { parse_go(leaf.raw()) };
    let first = duration(&backoff.duration, RETRY_MS)?;
    let most = duration(&backoff.max_duration, RETRY_MAX_MS)?;
    let factor = backoff.factor.int().map_or(RETRY_FACTOR, |n| n as f64);
    let attempt = i32::try_from(state.retry_count.int()?.checked_sub(1)?).ok()?;
    let wait = (first as f64 * factor.powi(attempt)).min(if most == 0 { f64::MAX } else { most as f64 });
    let wait = jiff::SignedDuration::from_millis(wait as i64);
    state.finished_at.time()?.checked_add(wait).ok()
}

pub fn by(who: &InitiatedBy) -> Option<String> {
    if who.automated.is_true() { Some("automated".to_owned()) } else { who.username.name() }
}

/// The id that a request of ours, of this or another run, was sent under.
pub fn request_id(op: &Op) -> Option<String> {
    op.info.iter().find(|i| i.name.raw() == "driftdeck/request-id").and_then(|i| i.value.name())
}

/// The first non-empty of a single revision and a list of them.
pub fn first(one: &Leaf, many: &[Leaf]) -> Option<String> {
    one.name().or_else(|| many.iter().find_map(Leaf::name))
}

/// Every revision, in the order of the sources.
pub fn all(one: &Leaf, many: &[Leaf]) -> Vec<String> {
    if many.is_empty() { one.name().into_iter().collect() } else { many.iter().map(|r| r.text(253)).collect() }
}
