use super::*;
use crate::app::matrix;
use crate::app::matrix::behind::Count;
use crate::app::state::Screen;
use crate::domain::repo::Standing;
use fixture::{ago, night};

/// The night in the matrix: web on prod-us is one commit of its own behind.
pub fn compare(state: &mut AppState) {
    let web = state.fleet.rows.values().find(|r| r.app.id.name == "web" && r.app.runs_on() == "prod-us").unwrap().app.clone();
    let tip = "4f2c91d".to_owned() + &"0".repeat(33);
    let fleet = web.sources[0].repo().unwrap();
    if let Some(repo) = state.fleet.repos.get_mut(&fleet) {
        repo.default_branch = Some("main".into());
        repo.refs.insert("heads/main".into(), tip.clone());
        repo.polled_at = Some(ago("12s"));
    }
    state.fleet.own_behind.insert(web.id.clone(), Count { revision: web.revision.clone().unwrap(), tip, behind: Some(1) });
    for row in state.fleet.rows.values_mut().filter(|r| r.app.id.name == "orders" && r.app.runs_on() == "prod-eu") {
        row.standing = Some(Standing::Behind(4));
    }
    state.screen = Screen::Matrix;
    matrix::refresh(state);
}

fn compared(width: u16, height: u16) -> AppState {
    let mut state = night(width, height);
    compare(&mut state);
    state
}

#[test]
fn the_matrix_holds_the_night_at_every_size() {
    for (width, height) in [(160, 45), (120, 32), (80, 24), (60, 20)] {
        insta::assert_snapshot!(format!("matrix-{width}x{height}"), screen(&compared(width, height), width, height));
    }
    insta::assert_snapshot!("matrix-roles", style_map(&compared(120, 20), 120, 20));
}

#[test]
fn a_narrow_screen_scrolls_the_clusters_and_keeps_the_names() {
    let mut state = compared(80, 24);
    for _ in 0..5 {
        matrix::sideways(&mut state, 1);
    }
    matrix::step(&mut state, 2);
    insta::assert_snapshot!("matrix-scrolled-80x24", screen(&state, 80, 24));
    let narrow = screen(&state, 80, 24);
    assert!(narrow.contains(&state.view.matrix.row.clone().unwrap()));
}
