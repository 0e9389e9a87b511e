//! What ran before: the engine's history, and what our ledger saw healthy.

use super::selected;
use crate::app::fleet::Row;
use crate::domain::history::HistoryEntry;
use crate::theme::{Role, Sign};
use crate::ui::Cx;
use crate::ui::runs::Runs;
use crate::ui::words;

pub fn lines(cx: Cx, row: &Row, width: u16) -> Vec<Runs> {
    let width = usize::from(width);
    let result = width.saturating_sub(33);
    let head = Runs::new().gap(1).cell(Role::Header, "WHEN", 9).gap(1).cell(Role::Header, "REV", 8).gap(1).cell(Role::Header, "BY", 12);
    let mut out = vec![head.gap(1).cell(Role::Header, "RESULT", result)];
    out.extend(row.app.history.iter().enumerate().map(|(i, e)| selected(cx, line(cx, e, result), i)));
    if row.app.history.is_empty() {
        out.push(Runs::of(Role::Muted, " the engine keeps no history of this app"));
    }
    if let Some(good) = cx.state.fleet.stays.get(&row.app.id).and_then(|s| s.first()) {
        let (from, to) = (words::time(cx, good.first_at), words::time(cx, good.last_at));
        let text = format!("last seen Synced and Healthy at {}, {from} to {to} (our ledger)", words::revision(&good.revision));
        out.push(Runs::new().gap(1).add(Role::Ok, cx.theme.sign(Sign::Ok)).gap(1).add(Role::Text, text).cut(width));
    } else {
        out.push(Runs::of(Role::Muted, " our ledger has not seen this app healthy yet"));
    }
    let engine =
        if row.app.argo().is_some() { "status.history of Argo CD: synced, health not recorded" } else { "status.history (Flux keeps 5)" };
    out.push(Runs::of(Role::Muted, format!(" from {engine}, and our ledger")));
    out
}

fn line(cx: Cx, entry: &HistoryEntry, result: usize) -> Runs {
    let when = entry.at.or(entry.started_at).map_or("-".into(), |at| words::time(cx, at));
    let (role, sign) = match (entry.ok, entry.health_recorded) {
        (true, true) => (Role::Ok, Sign::Ok),
        (true, false) => (Role::Muted, Sign::Plain),
        (false, _) => (Role::Bad, Sign::Bad),
    };
    let id = entry.id.map_or(String::new(), |id| format!("  #{id}"));
    Runs::new()
        .gap(1)
        .cell(Role::Muted, &when, 9)
        .gap(1)
        .cell(Role::DiffHunk, words::revision(&entry.revision), 8)
        .gap(1)
        .cell(Role::Text, entry.by.as_deref().unwrap_or("-"), 12)
        .gap(1)
        .cell(role, &format!("{} {}{id}", cx.theme.sign(sign), entry.result), result)
}
