use super::*;
use crate::app::overlay::acknowledge::Acknowledge;
use crate::app::overlay::{LogView, Overlay, Scrolled};
use crate::app::pane::{Pane, Tab};
use fixture::night;
use proptest::prelude::*;

fn overlays() -> Vec<Overlay> {
    vec![
        Overlay::Help(Default::default()),
        Overlay::Palette(Default::default()),
        Overlay::Notices(Scrolled { cursor: 7, open: true }),
        Overlay::Journal(Scrolled { cursor: 7, open: true }),
        Overlay::Themes { cursor: 99, before: "terminal".into() },
        Overlay::Picker(Default::default()),
        Overlay::Clusters { cursor: 99 },
        Overlay::Log(LogView { wrap: true, ..LogView::default() }),
        Overlay::Message { title: "A title that is rather long".into(), lines: vec!["text ".repeat(90)] },
        Overlay::Acknowledge(Acknowledge {
            note: "日本語 ".repeat(40),
            ..Acknowledge::new(
                super::fixture::row("payments", "prod-us", "app", ("OutOfSync", "Degraded"), ("4f2c91d", "8m"), "").app.id.clone(),
                "9".repeat(40),
            )
        }),
        Overlay::Actions { cursor: 99 },
        Overlay::Confirm(Box::new(super::screens::sync_dialog())),
        Overlay::Progress(crate::domain::ids::TaskId(7)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_size_and_no_state_breaks_the_screen(
        width in 0u16..180, height in 0u16..60, remembered in (0u16..200, 0u16..80), tab in 0usize..5, focus in 0usize..4,
        scroll in 0usize..200, overlay in 0usize..14, what in 0usize..12, zoom in any::<bool>(), name in "\\PC{0,40}",
    ) {
        let mut state = night(remembered.0, remembered.1);
        state.view.tab = Tab::ALL[tab];
        state.view.focus = [Pane::Clusters, Pane::Apps, Pane::Details, Pane::Repos][focus];
        state.view.details_of = state.view.focus;
        (state.view.apps_top, state.view.details_scroll, state.view.details_cursor) = (scroll, scroll, scroll);
        state.view.zoom = zoom;
        state.view.depth = tab % 2;
        let id = state.view.app.clone().unwrap();
        if let Some(row) = state.fleet.rows.get_mut(&id) {
            row.verdict.sentence = name.repeat(7);
            row.verdict.short = name;
        }
        super::screens::put(&mut state, what);
        if let Some(overlay) = overlays().into_iter().nth(overlay) {
            state.overlays.push(overlay);
        }
        buffer(&state, width, height, &theme());
    }
}

#[test]
fn an_empty_state_draws_at_every_small_size() {
    let state = AppState::new(fixture::now(), Default::default());
    for width in 0..100 {
        for height in 0..30 {
            buffer(&state, width, height, &theme());
        }
    }
}

#[test]
fn a_thousand_rows_cost_little_more_than_one_window() {
    let mut state = night(160, 45);
    let rows =
        (0..1000).map(|i| fixture::row(&format!("app-{i:04}"), "stage-eu", "kust", ("Synced", "Healthy"), ("4f2c91d", "3h"), "")).collect();
    fixture::add_rows(&mut state, rows);
    let theme = theme();
    let mut terminal = Terminal::new(TestBackend::new(160, 45)).unwrap();
    let mut draw = || {
        let start = std::time::Instant::now();
        terminal.draw(|frame| crate::ui::draw(frame, &state, &theme)).unwrap();
        start.elapsed()
    };
    draw();
    let best = (0..20).map(|_| draw()).min().unwrap();
    println!("one frame of {} rows: {best:?}", state.fleet.rows.len());
    // Without optimisation; a release build is more than ten times as fast.
    assert!(best.as_millis() < 60, "{best:?}");
}
