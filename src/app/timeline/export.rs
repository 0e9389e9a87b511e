//! The timeline as Markdown, for the ticket or the post-mortem.

use super::{Line, Show, moment};
use crate::app::settle::clock_text;
use crate::app::state::AppState;
use crate::domain::Timestamp;
use crate::domain::duration::short_age;
use crate::domain::text::without_credentials;
use std::fmt::Write;

/// File name and text. What is on the screen holds no value of a Secret; credentials in addresses that others wrote are taken out.
pub fn markdown(state: &AppState) -> (String, String) {
    let view = &state.view.timeline;
    let mut out =
        format!("# Timeline {}-{}, last {}\n\n", moment(state, super::from(state)), moment(state, state.now), short_age(view.seconds()));
    let _ = writeln!(
        out,
        "Times are {}; written {} by driftdeck {}.",
        zone(state),
        state.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        env!("CARGO_PKG_VERSION")
    );
    let mut chosen = Vec::new();
    if view.show != Show::All {
        chosen.push(format!("only {}", view.show.word()));
    }
    if view.only_marked {
        chosen.push("only marked apps".to_owned());
    }
    if !view.search.is_empty() {
        chosen.push(format!("only what has \"{}\"", view.search));
    }
    chosen.extend(view.unknown.iter().cloned());
    for note in chosen {
        let _ = writeln!(out, "\n- {}", cell(&note));
    }
    out.push_str("\n| time | where | app or commit | what |\n|---|---|---|---|\n");
    for line in &view.lines {
        row(&mut out, state, line);
    }
    (format!("timeline-{}.md", state.now.strftime("%Y%m%dT%H%M%S")), out)
}

fn row(out: &mut String, state: &AppState, line: &Line) {
    let name = if line.nested { format!("- {}", line.name) } else { line.name.clone() };
    let _ = writeln!(out, "| {} | {} | {} | {} |", time(state, line.at), cell(&line.place), cell(&name), cell(&line.text));
}

fn time(state: &AppState, at: Timestamp) -> String {
    let day = Timestamp::from_second(at.as_second() + i64::from(state.settings.utc_offset)).unwrap_or(at);
    format!("{} {}", day.strftime("%Y-%m-%d"), clock_text(at, state.settings.utc_offset))
}

fn zone(state: &AppState) -> String {
    let minutes = state.settings.utc_offset / 60;
    if minutes == 0 {
        "UTC".into()
    } else {
        format!("UTC{}{:02}:{:02}", if minutes < 0 { '-' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60)
    }
}

/// A table has one line a row and no bar in a cell.
fn cell(text: &str) -> String {
    without_credentials(text).replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ")
}
