use super::*;
use crate::domain::commit::short_rev;

/// Parses each event of a recorded watch; bookmarks are left out. Second = seconds since the start of the watch.
pub fn stream(file: &str, kind: &str) -> Vec<(f64, App)> {
    let text = std::fs::read_to_string(fixtures().join("flux/watch").join(file)).unwrap();
    let events: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let wanted = events.into_iter().filter(|e| e["event"]["type"] != "BOOKMARK");
    wanted.map(|e| (e["t"].as_f64().unwrap(), parse_app(kind, &e["event"]["object"].to_string(), now()))).collect()
}

fn words(app: &App) -> String {
    let operation = app.operation.as_ref().map_or("-", |o| o.phase.word());
    format!(
        "{} {} {} {} {}",
        app.sync.word(),
        app.health.word(),
        operation,
        app.revision.as_deref().map_or("-", short_rev),
        app.severity().word()
    )
}

/// The words in the order in which they change.
fn changes(stream: &[(f64, App)]) -> Vec<String> {
    let mut out: Vec<String> = stream.iter().map(|(_, app)| words(app)).collect();
    out.dedup();
    out
}

#[test]
fn two_quiet_periods_change_no_word_of_the_row() {
    let events = stream("kustomization-two-quiet-periods-json.json", "Kustomization");
    assert_eq!(events.len(), 21);
    for (t, app) in &events {
        assert_eq!((app.sync.word(), app.health.word(), app.severity().word()), ("Synced", "Healthy", "Synced+Healthy"), "at {t}");
        assert_eq!(app.revision.as_deref().map(short_rev), Some("eec06d1"), "at {t}");
        assert_eq!(app.since, events[0].1.since, "at {t}: the age must not start again");
        assert!(app.is_green(), "at {t}");
        if let Some(operation) = app.operation.as_ref().filter(|o| o.phase.is_working()) {
            assert!(operation.routine, "at {t}");
        }
    }
}

#[test]
fn a_bad_commit_and_its_revert_are_told_step_by_step() {
    let events = stream("kustomization-bad-commit-then-git-revert.json", "Kustomization");
    assert_eq!(
        changes(&events),
        [
            // 3ad59b6 is fetched and built while 7ab0208 still runs, then it is live and checked
            "OutOfSync Healthy Running 7ab0208 Progressing",
            "Synced Progressing Running 3ad59b6 Progressing",
            "Synced Degraded Failed 3ad59b6 Failed operation",
            // the revert waits for its dependency; the bad commit is still live
            "OutOfSync Degraded Blocked 3ad59b6 Degraded",
            "OutOfSync Degraded Running 3ad59b6 Degraded",
            "Synced Progressing Running 3920a21 Progressing",
            "Synced Healthy Running 3920a21 Progressing",
            "Synced Healthy Succeeded 3920a21 Synced+Healthy",
        ]
    );
    let (_, last) = events.last().unwrap();
    assert_eq!(
        last.history.first().map(|h| h.digest.clone()),
        events[0].1.history.first().map(|h| h.digest.clone()),
        "restored byte for byte"
    );
}

#[test]
fn a_failing_upgrade_its_rollback_and_its_end_are_told_step_by_step() {
    let events = stream("helmrelease-upgrade-failed-rollback-retry-stalled.json", "HelmRelease");
    assert_eq!(
        changes(&events),
        [
            "Synced Healthy Requested 1.0.0 Progressing",
            "Synced Healthy Running 1.0.0 Progressing",
            "OutOfSync Progressing Running 1.0.0 Progressing",
            "OutOfSync Degraded Failed 1.0.0 Failed operation",
            "OutOfSync Degraded Running 1.0.0 Degraded",
            "OutOfSync Degraded Failed 1.0.0 Failed operation",
        ]
    );
    assert!(events.last().unwrap().1.flux().unwrap().helm.as_ref().unwrap().stalled);
}
