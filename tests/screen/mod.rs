//! The night fleet, read from its servers, then pressed at random and drawn at every size: nothing panics, nothing leaves the frame.

use crate::deck::Deck;
use driftdeck::app::key::{Key, KeyCode};
use driftdeck::app::msg::{Envelope, Msg};
use driftdeck::app::state::AppState;
use driftdeck::app::update::update;
use driftdeck::domain::Timestamp;
use driftdeck::sim::scenario::Scenario;
use driftdeck::theme::Theme;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SIZES: [(u16, u16); 12] =
    [(160, 45), (120, 32), (80, 24), (60, 20), (39, 8), (1, 1), (2, 60), (300, 3), (100, 19), (140, 12), (40, 10), (220, 70)];

fn keys() -> impl Strategy<Value = KeyCode> {
    prop_oneof![
        12 => prop::sample::select("dsRLrpualx/ :?*Ay@!zjkgGnN1234[]tmebviDcq".chars().collect::<Vec<_>>()).prop_map(KeyCode::Char),
        3 => prop::sample::select(vec![KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Backspace]),
        2 => prop::sample::select(vec![KeyCode::Up, KeyCode::Down, KeyCode::Left, KeyCode::Right, KeyCode::PageDown, KeyCode::End, KeyCode::Home]),
    ]
}

fn press(state: &mut AppState, code: KeyCode, after_ms: i64) {
    let at = Timestamp::from_millisecond(state.now.as_millisecond() + after_ms).unwrap();
    update(state, [Envelope { at, msg: Msg::Key(Key::plain(code)) }]);
}

fn draw(state: &mut AppState, (width, height): (u16, u16)) {
    let now = state.now;
    update(state, [Envelope { at: now, msg: Msg::Resize { width, height } }]);
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let theme = Theme::fallback();
    terminal.draw(|frame| driftdeck::ui::draw(frame, state, &theme)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_keys_on_the_night_fleet_are_drawn_at_any_size() {
    let mut deck = Deck::start(Scenario::Night, &[]).await;
    deck.until("the rows of the clusters that answer", |s| s.fleet.rows.len() >= 37).await;
    let night = deck.state.clone();
    deck.stop().await;
    let steps = prop::collection::vec((keys(), prop::sample::select(vec![1i64, 310, 2100]), 0..SIZES.len()), 1..60);
    tokio::task::spawn_blocking(move || {
        let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
        runner
            .run(&steps, |steps| {
                let mut state = night.clone();
                for (code, after, size) in steps {
                    press(&mut state, code, after);
                    draw(&mut state, SIZES[size]);
                }
                Ok(())
            })
            .unwrap();
    })
    .await
    .unwrap();
}
