//! What the demo shows and does.

use super::screen::{Home, Pty};

fn night(size: (u16, u16)) -> Pty {
    let mut pty = Pty::start(&["demo", "night"], size);
    pty.shows("payments");
    pty
}

#[test]
fn the_first_frame_is_the_deck_and_the_night_is_complete() {
    let mut pty = night((160, 45));
    pty.until("all 41 apps, worst first", |s| s.contains("2 Apps 41") && s.contains("6 broken"));
    for words in ["1 Clusters 7", "DEMO", "READ-WRITE", "03:12", "forbidden (1)", "unmapped", "? help"] {
        pty.shows(words);
    }
    pty.shows("unreachable");
    pty.until("the worst app on top", |s| {
        let first = s.lines().find(|l| l.contains("> ") || l.contains(">+")).unwrap_or_default().to_owned();
        first.contains("payments") && first.contains("prod-eu") && first.contains("✗ Failed") && first.contains("✗ Degraded")
    });
    assert!(pty.screen(|s| s.alternate_screen() && s.hide_cursor()));
}

#[test]
fn the_frozen_night_draws_nothing_once_it_stands() {
    let mut pty = night((160, 45));
    pty.until("41 apps", |s| s.contains("2 Apps 41") && s.contains("6 broken"));
    pty.rests();
}

#[test]
fn keys_filter_move_open_and_close_what_they_name() {
    let mut pty = night((160, 45));
    pty.until("41 apps", |s| s.contains("2 Apps 41") && s.contains("6 broken"));
    pty.keys("/app:pay*\r");
    pty.shows("2 Apps 4/41  /app:pay* ");
    pty.keys("\x1b");
    pty.shows("2 Apps 41 ");
    pty.keys("?");
    pty.shows("every key and action");
    pty.keys("\x1b");
    pty.until("help is closed", |s| !s.contains("every key and action"));
    pty.keys("s");
    pty.shows("Cancel");
    pty.keys("\x1b");
    pty.until("the dialog is closed", |s| !s.contains("Cancel"));
}

#[test]
fn pasted_lines_are_no_keys() {
    // All well: no other news takes the place of the answer.
    let mut pty = Pty::start(&["demo", "quiet"], (160, 45));
    pty.until("41 apps", |s| s.contains("2 Apps 41") && !s.contains("41+"));
    pty.keys("\x1b[200~s\r\tq\x1b[201~");
    pty.shows("A paste on this screen does nothing; keys are typed.");
    assert!(!pty.text().contains("Cancel"));
    assert!(pty.child.try_wait().unwrap().is_none(), "it still runs");
}

#[test]
fn every_size_is_drawn_and_none_is_refused() {
    let mut pty = night((160, 45));
    pty.until("41 apps", |s| s.contains("2 Apps 41") && s.contains("6 broken"));
    for (width, height, words) in
        [(1, 1, ""), (60, 20, "payments"), (39, 8, "✗6"), (100, 30, "payments"), (1, 60, ""), (300, 2, ""), (160, 45, "1 Clusters 7")]
    {
        pty.resized(width, height);
        pty.until(&format!("{width}x{height} shows {words:?}"), |s| s.contains(words));
        pty.keys("j");
        assert!(pty.child.try_wait().unwrap().is_none(), "{width}x{height} ended it");
    }
}

#[test]
fn no_color_is_told_by_bold_and_reverse_alone() {
    let mut pty = Pty::with(Home::new(), &["demo", "night"], (160, 45), &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]);
    pty.until("41 apps", |s| s.contains("2 Apps 41") && s.contains("6 broken"));
    let bytes = pty.bytes();
    let text = String::from_utf8_lossy(&bytes);
    let colours = regex::Regex::new(r"\x1b\[([0-9;:]*)m").unwrap();
    let mut attributes = std::collections::BTreeSet::new();
    for found in colours.captures_iter(&text) {
        for number in found[1].split([';', ':']).filter(|n| !n.is_empty()) {
            attributes.insert(number.parse::<u32>().unwrap());
        }
    }
    let allowed = |n: &u32| *n < 30 || matches!(n, 39 | 49 | 59);
    assert!(attributes.iter().all(allowed), "colours were set: {attributes:?}");
    assert!(attributes.contains(&1) && attributes.contains(&7), "bold and reverse carry the meaning: {attributes:?}");
}

#[test]
fn ascii_glyphs_draw_no_character_outside_ascii() {
    let mut pty = Pty::start(&["demo", "night", "--glyphs", "ascii"], (160, 45));
    pty.until("41 apps", |s| s.contains("2 Apps 41") && s.contains("6 broken"));
    let odd: Vec<char> = pty.text().chars().filter(|c| !c.is_ascii()).collect();
    assert!(odd.is_empty(), "{odd:?}\n{}", pty.text());
}

#[test]
fn a_click_on_a_hint_presses_it_and_a_click_on_a_row_goes_there() {
    let mut pty = night((160, 45));
    pty.until("41 apps", |s| s.contains("2 Apps 41") && s.contains("6 broken"));
    pty.rests();
    let place = |s: &str, wanted: &str| {
        let (y, row) = s.lines().enumerate().find(|(_, l)| l.contains(wanted)).unwrap();
        (row.split(wanted).next().unwrap().chars().count() + 1, y + 1)
    };
    let screen = pty.text();
    let (x, y) = place(&screen, "demo-shop ");
    pty.keys(&format!("\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m"));
    pty.shows("3 demo-shop  dev-shared");
    pty.rests();
    let (x, y) = place(&pty.text(), "? help");
    pty.keys(&format!("\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m"));
    pty.shows("every key and action");
}
