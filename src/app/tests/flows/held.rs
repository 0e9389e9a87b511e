//! What holds an app, as a plan tells it.

use super::deck::*;
use crate::domain::Timestamp;
use crate::domain::app::{App, EngineFields, Frozen};
use crate::domain::event::{Parsed, Project, SyncWindow};
use crate::domain::ids::{AppId, AppKind, ClusterId};
use crate::domain::plan::Plan;

fn shop() -> AppId {
    id("hub", AppKind::Application, "argocd", "shop")
}

fn lines(plan: &Plan, label: &str) -> Vec<String> {
    plan.lines.iter().filter(|l| l.label == label).map(|l| l.text.clone()).collect()
}

fn note(until: Option<&str>) -> Frozen {
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    Frozen {
        v: 1,
        by: "mia".into(),
        reason: "database move".into(),
        since: Some(time("2026-11-21T03:30:00Z")),
        until: until.map(time),
        ..Frozen::default()
    }
}

/// What the plan that resumes it says of who held it.
fn told(app: &AppId, label: &str, freeze: impl Fn(&mut App)) -> Vec<String> {
    let mut deck = Deck::with(vec![kust("alpha"), argo("argocd", "shop", "prod")]);
    deck.change(app, freeze);
    deck.on(app);
    deck.keys("p");
    lines(&deck.dialog().plan, label)
}

#[test]
fn who_resumes_an_app_reads_who_froze_it_why_since_when_and_until_when() {
    let alpha = id("flux", AppKind::Kustomization, "flux-system", "alpha");
    let early = told(&alpha, "why", |app| {
        app.suspended = true;
        app.frozen = Some(note(Some("2026-11-27T09:00:00Z")));
    });
    assert_eq!(early, ["suspended by mia: \"database move\", 3d ago", "until Fri 27 Nov 09:00 UTC, 3d from now"]);
    let late = told(&shop(), "was off", |app| app.frozen = Some(note(Some("2026-11-24T01:00:00Z"))));
    assert_eq!(late, ["by mia: database move, 3d ago", "until Tue 24 Nov 01:00 UTC, 2h ago"]);
    assert_eq!(told(&shop(), "was off", |app| app.frozen = Some(note(None)))[1], "no end was set");
}

fn window(kind: &str, schedule: &str, description: &str) -> SyncWindow {
    SyncWindow {
        kind: kind.into(),
        schedule: schedule.into(),
        duration: "3h".into(),
        applications: vec!["shop*".into()],
        description: description.into(),
        ..SyncWindow::default()
    }
}

#[test]
fn a_sync_that_a_window_denies_names_the_windows_in_the_way_as_they_are_written() {
    let mut deck = Deck::with(vec![argo("argocd", "shop", "prod")]);
    deck.change(&shop(), |app| {
        let EngineFields::Argo(fields) = &mut app.engine else { panic!() };
        fields.project = "retail".into();
    });
    let elsewhere = SyncWindow { applications: vec!["other".into()], ..window("deny", "0 2 * * *", "of another app") };
    let over = window("deny", "0 23 * * *", "prod-freeze");
    let windows = vec![elsewhere, window("deny", "0 3 * * *", "prod-freeze"), over, window("deny", "0 1 * * *", "")];
    let project =
        Project { cluster: Some(ClusterId::new("hub")), namespace: "argocd".into(), name: "retail".into(), windows, ..Project::default() };
    deck.upsert("hub", vec![Parsed::Project(Box::new(project))]);
    deck.on(&shop());
    deck.keys("s");
    let refusal = deck.dialog().plan.refused.clone().unwrap();
    let told: Vec<&str> = refusal.lines.iter().filter(|l| l.label == "window").map(|l| l.text.as_str()).collect();
    let want = [
        "prod-freeze: deny \"0 3 * * *\" for 3h, UTC\nin AppProject retail, apps shop*",
        "deny \"0 1 * * *\" for 3h, UTC\nin AppProject retail, apps shop*",
    ];
    assert_eq!(told, want);
}
