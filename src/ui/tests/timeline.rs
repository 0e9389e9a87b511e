use super::*;
use crate::app::state::Screen;
use crate::app::timeline;
use crate::domain::ids::AppId;
use crate::domain::journal::{TimelineEntry, TimelineKind, Watched};
use fixture::{at, commit, night};

fn app(state: &AppState, name: &str, runs_on: &str) -> AppId {
    state.fleet.rows.values().find(|r| r.app.id.name == name && r.app.runs_on() == runs_on).unwrap().app.id.clone()
}

/// The night as driftdeck saw it: a second run since 02:36, and one that ended at 02:10.
pub fn tell(state: &mut AppState) {
    use TimelineKind::{Commit, Health, Link, Operation, Revision, Sync};
    let entry = |time: &str, kind, place: &str, app: Option<AppId>, text: &str, revision: Option<&str>| TimelineEntry {
        v: 1,
        at: at(time),
        kind,
        place: place.into(),
        app,
        text: text.into(),
        revision: revision.map(|r| format!("{r}{}", "0".repeat(33))),
    };
    let mut list = vec![
        entry("02:02:11", Health, "prod-eu", Some(app(state, "redis", "prod-eu")), "Healthy to Degraded", None),
        entry("02:46:10", Sync, "prod-eu", Some(app(state, "ingress-nginx", "prod-eu")), "Synced to OutOfSync", None),
        entry("02:54:10", Commit, "fleet", None, "Dana Osei  Merge #812: payments pool", Some("9d1e07b")),
        entry("03:00:47", Health, "prod-eu", Some(app(state, "payments", "prod-eu")), "Healthy to Degraded", None),
        entry("03:05:14", Health, "prod-us", Some(app(state, "payments", "prod-us")), "Progressing to Degraded", None),
        entry("03:06:21", Link, "edge-syd", None, "live to unreachable: connection timed out", None),
        entry("03:12:00", Operation, "prod-ap", Some(app(state, "web", "prod-ap")), "operation Running by auto-sync", None),
    ];
    for (time, name, place) in
        [("02:55:31", "payments", "stage-eu"), ("02:55:40", "orders", "stage-eu"), ("02:55:44", "payments", "prod-eu")]
    {
        list.push(entry(time, Revision, place, Some(app(state, name, place)), "e77a310 to 9d1e07b", Some("9d1e07b")));
    }
    list.sort_by_key(|e| e.at);
    state.timeline = list;
    state.watch.ranges = vec![Watched { v: 1, first_at: at("01:20:00"), last_at: at("02:10:00") }];
    state.watch.is_read = true;
    state.started_at = at("02:36:00");
    if let Some(repo) = state.fleet.repos.values_mut().find(|r| r.id.short() == "fleet") {
        repo.log = vec![commit("4f2c91d", "03:01:10", "image-bot", "web 3.8.0 to 3.8.1")];
    }
    state.screen = Screen::Timeline;
    timeline::refresh(state);
}

fn told(width: u16, height: u16) -> AppState {
    let mut state = night(width, height);
    tell(&mut state);
    state
}

#[test]
fn the_timeline_tells_the_night_newest_first_at_every_size() {
    for (width, height) in [(160, 45), (120, 32), (80, 24), (60, 20)] {
        insta::assert_snapshot!(format!("timeline-{width}x{height}"), screen(&told(width, height), width, height));
    }
    insta::assert_snapshot!("timeline-roles", style_map(&told(120, 24), 120, 24));
}

#[test]
fn a_longer_span_shows_the_time_that_was_not_recorded_and_an_unfolded_group_its_members() {
    let mut state = told(80, 24);
    state.view.timeline.span = 4;
    timeline::refresh(&mut state);
    let at = state.view.timeline.lines.iter().position(|l| l.unfolded == Some(false)).unwrap();
    timeline::go_to(&mut state, at);
    timeline::follow(&mut state);
    insta::assert_snapshot!("timeline-gap-80x24", screen(&state, 80, 24));
}

#[test]
fn an_empty_span_says_what_widens_it() {
    let mut state = night(80, 24);
    state.timeline.clear();
    for app in state.fleet.rows.keys().cloned().collect::<Vec<_>>() {
        state.fleet.rows.get_mut(&app).unwrap().since_exact = false;
    }
    state.fleet.repos.values_mut().for_each(|r| r.log.clear());
    state.watch.is_read = true;
    state.screen = Screen::Timeline;
    state.started_at = at("02:00:00");
    timeline::refresh(&mut state);
    assert!(screen(&state, 80, 24).contains("Nothing is known of the last 30m; + looks further back."));
}
