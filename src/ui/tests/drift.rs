use super::*;
use crate::app::drift::{self, Answer, Stamp};
use crate::app::state::Screen;
use crate::domain::drift::{Compared, Difference, Found, What};
use crate::domain::ids::{AppId, ObjectKey};
use crate::domain::status::Sync;
use fixture::{ago, at, night};

fn field(kind: &str, path: &str, (desired, live): (&str, &str), by: &str, time: &str) -> Found {
    let side = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let what = What::Field { path: path.into(), desired: side(desired), live: side(live), by: side(by) };
    Found {
        difference: Difference { kind: kind.into(), what },
        resource: ObjectKey::new("apps", kind, "shop", "orders"),
        at: (!time.is_empty()).then(|| at(time)),
    }
}

fn whole(kind: &str, what: What) -> Found {
    Found { difference: Difference { kind: kind.into(), what }, resource: ObjectKey::new("", kind, "shop", "orders-flags"), at: None }
}

/// What the apps of the night that are out of sync differ in.
fn result(app: &AppId, runs_on: &str) -> Result<Compared, String> {
    let level = "spec.template.spec.containers[orders].env[LOG_LEVEL].value";
    let found = match (app.name.as_str(), runs_on) {
        ("orders", "prod-us") => vec![
            field("Deployment", "spec.replicas", ("3", "6"), "kubectl-edit", "02:30:41"),
            field("Deployment", level, ("info", "debug"), "kubectl-edit", "02:30:41"),
            field("Secret", "data.password", ("(hidden)", "(hidden)"), "kubectl-patch", "02:31:10"),
            whole("ConfigMap", What::OnlyLive),
        ],
        ("orders", _) => vec![field("Deployment", "spec.replicas", ("3", "6"), "kubectl-edit", "02:31:02")],
        ("web", _) => vec![
            field("Deployment", "spec.template.spec.containers[web].image", ("web:3.8.1", "web:3.8.0"), "argocd-controller", "02:55:44"),
            field("Deployment", "spec.replicas", ("3", "6"), "kubectl-edit", "02:30:59"),
        ],
        ("demo-shop", _) => vec![whole("Deployment", What::Missing), whole("Service", What::Missing)],
        ("cert-manager", _) => Vec::new(),
        ("ingress-nginx", _) => return Err("ingress-nginx 4.11.2 is not rendered from git.".into()),
        _ => {
            let some = vec![field("ConfigMap", "data.POOL_SIZE", ("\"20\"", "\"200\""), "kustomize-controller", "")];
            return Ok(Compared {
                found: some,
                unread: Some("1 of 9 resources could not be read: secrets are forbidden".into()),
                against: None,
            });
        }
    };
    Ok(Compared { found, ..Compared::default() })
}

/// The night in groups; with `busy` the last app still waits.
pub fn group(state: &mut AppState, busy: bool) {
    let rows: Vec<_> = state.fleet.rows.values().filter(|r| r.app.sync == Sync::OutOfSync).map(|r| r.app.clone()).collect();
    let view = &mut state.view.drift;
    for app in rows {
        let answer = Answer { of: Stamp::of(&app), at: ago("5s"), result: result(&app.id, app.runs_on()) };
        view.answers.insert(app.id.clone(), answer);
    }
    if busy {
        let (id, _) = view.answers.pop_first().unwrap();
        view.waiting = vec![id];
    }
    (view.begun, view.is_new) = (Some(ago("2s")), true);
    state.screen = Screen::Drift;
    drift::refresh(state);
}

fn grouped(width: u16, height: u16) -> AppState {
    let mut state = night(width, height);
    group(&mut state, false);
    state
}

#[test]
fn the_groups_hold_the_night_at_every_size() {
    for (width, height) in [(160, 45), (120, 32), (80, 24), (60, 20)] {
        insta::assert_snapshot!(format!("drift-{width}x{height}"), screen(&grouped(width, height), width, height));
    }
    insta::assert_snapshot!("drift-roles", style_map(&grouped(120, 20), 120, 20));
}

#[test]
fn the_apps_of_a_group_are_listed_with_the_resource_and_when_it_was_set() {
    let mut state = grouped(120, 20);
    drift::follow(&mut state);
    drift::mark(&mut state);
    drift::step(&mut state, 1);
    insta::assert_snapshot!("drift-group-120x20", screen(&state, 120, 20));
    insta::assert_snapshot!("drift-group-60x20", screen(&state, 60, 20));
}

#[test]
fn progress_stands_in_the_title_and_a_change_since_asks_for_another_round() {
    let mut state = night(120, 20);
    group(&mut state, true);
    insta::assert_snapshot!("drift-busy-120x20", screen(&state, 120, 20));
    let mut state = grouped(120, 20);
    let id = state.view.drift.answers.keys().next().unwrap().clone();
    state.fleet.rows.get_mut(&id).unwrap().app.sync = Sync::Synced;
    assert!(screen(&state, 120, 20).contains("1 app changed since, r compares again"));
}

#[test]
fn an_app_that_was_only_compared_with_what_was_last_applied_is_unknown_and_says_so() {
    let mut state = grouped(160, 45);
    let why = "git could not be rendered: cert-manager is not rendered from git";
    for (id, answer) in &mut state.view.drift.answers {
        if id.name == "cert-manager" {
            answer.result.as_mut().unwrap().against = Some(why.into());
        }
    }
    state.view.drift.is_new = true;
    drift::refresh(&mut state);
    let text = screen(&state, 160, 45);
    let line = text.lines().find(|l| l.contains("cert-manager")).unwrap();
    assert!(line.contains("? cert-manager"), "{line}");
    assert!(line.contains(&format!("not compared whole: only with what was last applied: {why}")), "{line}");
    assert!(!text.contains("no difference was found"), "{text}");
}

#[test]
fn nothing_to_compare_and_nothing_compared_yet_say_so() {
    let mut state = AppState::new(fixture::now(), Default::default());
    (state.width, state.height) = (80, 20);
    state.screen = Screen::Drift;
    assert!(screen(&state, 80, 20).contains("No app is out of sync, as far as the engines tell."));
    let mut state = night(80, 20);
    state.screen = Screen::Drift;
    state.view.drift.waiting = vec![state.view.app.clone().unwrap()];
    state.view.drift.begun = Some(fixture::now());
    let text = screen(&state, 80, 20);
    assert!(text.contains("Reads the live objects") && text.contains("comparing 1 of 1"), "{text}");
}

#[test]
fn a_diff_opened_from_the_groups_says_where_esc_leads() {
    let mut state = grouped(120, 32);
    let id = state.fleet.shown[0].clone();
    crate::app::pane::diff::open_for(&mut state, &id, crate::app::effect::DiffMode::LiveVsDesired);
    let text = screen(&state, 120, 32);
    assert!(text.lines().next().unwrap().starts_with(" Apps > Drift groups > "), "{text}");
}
