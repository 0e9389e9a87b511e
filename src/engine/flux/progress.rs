//! How far a run is: the stage that the condition Reconciling names, those before it, those after it.

use super::message::{StepName, helm_action, running};
use crate::domain::app::{App, FluxFields};
use crate::domain::duration::long_age;
use crate::domain::progress::{ProgressStep, StepState};

/// Nothing where no run goes on, or where its words name no stage.
pub fn steps(app: &App) -> Vec<ProgressStep> {
    let Some(flux) = app.flux() else { return Vec::new() };
    if flux.helm.is_some() { action(app) } else { stages(app, flux) }
}

/// A run that ended badly leaves Reconciling True: Ready tells whether one goes on.
fn goes_on(app: &App) -> bool {
    app.condition("Ready").is_none_or(|c| c.status.is_none())
}

fn stages(app: &App, flux: &FluxFields) -> Vec<ProgressStep> {
    let condition = app.condition("Reconciling").filter(|c| c.status == Some(true) && goes_on(app));
    let Some(run) = condition.and_then(|c| running(&c.message)) else { return Vec::new() };
    let at = match run.step {
        StepName::Fetching => 0,
        StepName::Building => 1,
        StepName::DetectingDrift => 2,
        StepName::HealthChecks => 3,
    };
    let limit = run.timeout.or(flux.timeout);
    let names = ["fetch", "build", "apply", "health checks"];
    let count = if flux.assesses_health || at == 3 { 4 } else { 3 };
    let revision = run.revision.as_deref().map(super::message::short).unwrap_or_default();
    let step = |(i, name): (usize, &str)| match i {
        i if i < at => ProgressStep::new(name, StepState::Done, revision),
        i if i > at => ProgressStep::new(name, StepState::Waits, "to come"),
        _ => {
            let limit = limit.map(|s| format!(", at most {}", long_age(s))).unwrap_or_default();
            ProgressStep::new(name, StepState::Busy, format!("{revision}{limit}"))
        }
    };
    names.into_iter().take(count).enumerate().map(step).collect()
}

fn action(app: &App) -> Vec<ProgressStep> {
    let Some(condition) = app.condition("Reconciling").filter(|c| c.status == Some(true) && goes_on(app)) else { return Vec::new() };
    let Some((action, limit)) = helm_action(&condition.message) else { return Vec::new() };
    let tried = app.flux().and_then(|f| f.last_attempted.as_deref()).unwrap_or_default();
    let limit = limit.map(|s| format!(", at most {}", long_age(s))).unwrap_or_default();
    vec![ProgressStep::new(action, StepState::Busy, format!("{tried}{limit}"))]
}

#[cfg(test)]
mod tests {
    use super::super::tests::recorded_app;
    use super::*;
    use crate::domain::app::Condition;

    fn said(message: &str, is_checked: bool) -> Vec<(String, StepState, String)> {
        let mut app = recorded_app("kustomization-healthy-wait.json");
        let condition = |kind: &str, status, message: &str| Condition {
            kind: kind.into(),
            status,
            reason: "Progressing".into(),
            message: message.into(),
            since: None,
        };
        app.conditions = vec![condition("Ready", None, message), condition("Reconciling", Some(true), message)];
        let crate::domain::app::EngineFields::Flux(fields) = &mut app.engine else { panic!() };
        (fields.assesses_health, fields.timeout) = (is_checked, None);
        steps(&app).into_iter().map(|s| (s.name, s.state, s.text)).collect()
    }

    #[test]
    fn the_stage_that_runs_is_told_with_its_limit_and_the_others_stand_around_it() {
        let told =
            said("Running health checks for revision main@sha1:4f2c91d8aa4f2c91d8aa4f2c91d8aa4f2c91d8aa with a timeout of 5m0s", true);
        let states: Vec<_> = told.iter().map(|(name, state, _)| (name.as_str(), *state)).collect();
        use StepState::{Busy, Done, Waits};
        assert_eq!(states, [("fetch", Done), ("build", Done), ("apply", Done), ("health checks", Busy)]);
        assert_eq!(told[3].2, "4f2c91d, at most 5m");
        let told = said("Building manifests for revision main@sha1:4f2c91d8aa4f2c91d8aa4f2c91d8aa4f2c91d8aa with a timeout of 5m0s", false);
        let states: Vec<_> = told.iter().map(|(name, state, _)| (name.as_str(), *state)).collect();
        assert_eq!(states, [("fetch", Done), ("build", Busy), ("apply", Waits)], "nobody checks its health");
        assert!(said("Reconciliation in progress", true).is_empty());
    }

    #[test]
    fn a_recorded_upgrade_is_one_step_with_its_limit_and_a_run_that_ended_has_none() {
        let told = steps(&recorded_app("helmrelease-upgrade-running.json"));
        assert_eq!((told.len(), told[0].name.as_str(), told[0].state), (1, "upgrade", StepState::Busy));
        assert!(told[0].text.contains(", at most "), "{}", told[0].text);
        for file in ["helmrelease-ready.json", "kustomization-health-check-failed-timeout.json", "kustomization-healthy-wait.json"] {
            assert!(steps(&recorded_app(file)).is_empty(), "{file}");
        }
    }
}
