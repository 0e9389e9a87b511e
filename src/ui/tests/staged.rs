//! A staged sync as it is drawn: the dialog, on its way, stopped.

use super::screen;
use super::screens::{body, dialog};
use crate::app::staged::{Batch, Rules, Standing, dialog as staged};
use crate::app::state::AppState;
use crate::domain::ids::AppId;
use crate::domain::plan::PlanChoices;
use crate::ui::fixture::{self, night};

/// The five apps of the mock-up, as far as they can be synced in that night.
fn marked(state: &AppState) -> Vec<AppId> {
    let wanted = [
        ("web", "stage-eu"),
        ("web", "prod-eu"),
        ("orders", "prod-us"),
        ("cert-manager", "hub-eu"),
        ("web", "prod-us"),
        ("web", "edge-syd"),
    ];
    let is_wanted = |id: &&AppId| wanted.contains(&(id.name.as_str(), state.fleet.rows[*id].app.runs_on()));
    state.fleet.shown.iter().filter(is_wanted).cloned().collect()
}

pub fn opened(width: u16, height: u16) -> AppState {
    let mut state = night(width, height);
    let apps = marked(&state);
    assert_eq!(apps.len(), 6);
    staged::open(&mut state, &apps, &Rules::default(), PlanChoices::default());
    state
}

fn running(width: u16, height: u16) -> AppState {
    let mut state = opened(width, height);
    state.settings.frozen = false;
    staged::confirm(&mut state);
    state.settings.frozen = true;
    state.notices.flash = None;
    state
}

fn batch(state: &mut AppState) -> &mut Batch {
    state.tasks.last_mut().and_then(|t| t.batch.as_deref_mut()).unwrap()
}

#[test]
fn the_dialog_of_a_staged_sync_tells_stages_effects_and_who_is_left_out() {
    insta::assert_snapshot!("staged-plan-160x60", body(&screen(&opened(160, 60), 160, 60)));
    insta::assert_snapshot!("staged-plan-80x24", dialog(&opened(80, 24)));
}

#[test]
fn the_field_and_the_buttons_stay_in_view_while_a_long_plan_scrolls() {
    let mut state = opened(80, 24);
    for scroll in [0, 5, 50] {
        let Some(crate::app::overlay::Overlay::Confirm(dialog)) = state.overlays.last_mut() else { panic!("no dialog") };
        dialog.scroll = scroll;
        let text = screen(&state, 80, 24);
        assert!(text.contains("Type 2 clusters to enable Sync") && text.contains("[ Cancel ]"), "{scroll}\n{text}");
    }
}

#[test]
fn a_staged_sync_on_its_way_says_where_each_app_stands_and_why_it_stopped() {
    let mut state = running(80, 30);
    let healthy = Standing::Healthy { at: fixture::now(), how: "Healthy in 48s".into() };
    batch(&mut state).stages[0].members[0].standing = healthy;
    insta::assert_snapshot!("staged-running", body(&screen(&state, 80, 30)));
    let b = batch(&mut state);
    b.stages[1].members[0].standing = Standing::Failed("not Healthy after 5m: Degraded".into());
    b.stopped = Some("cert-manager on hub-eu: not Healthy after 5m: Degraded".into());
    state.tasks.last_mut().unwrap().ended = Some((
        fixture::now(),
        false,
        "1 of 4 healthy, cert-manager on hub-eu: not Healthy after 5m: Degraded; 2 apps not sent, marked again".into(),
    ));
    insta::assert_snapshot!("staged-stopped", body(&screen(&state, 80, 30)));
}
