//! What ran before: the engine's history, who asked and what each entry brought, and what our ledger saw healthy.

use super::selected;
use crate::app::fleet::Row;
use crate::app::history::{Commits, by, commits};
use crate::domain::commit::bare_revision;
use crate::domain::duration::{long_age, seconds_between};
use crate::domain::history::{HistoryEntry, LedgerEntry};
use crate::theme::{Role, Sign};
use crate::ui::Cx;
use crate::ui::runs::Runs;
use crate::ui::words;

/// Under these inner widths COMMITS OF THIS APP leaves, then BY.
const COMMITS_FROM: usize = 76;
const BY_FROM: usize = 50;
/// WHEN, REV and BY with their gaps.
const WHEN: usize = 10;
const REV: usize = 9;
const BY: usize = 13;

/// Cells of the columns that are not fixed; none = it is not drawn.
#[derive(Clone, Copy)]
struct Columns {
    by: usize,
    result: usize,
    commits: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let by = if width >= BY_FROM { BY } else { 0 };
        let rest = width.saturating_sub(1 + WHEN + REV + by);
        let commits = if width >= COMMITS_FROM { rest * 2 / 5 } else { 0 };
        Self { by, result: rest.saturating_sub(commits + usize::from(commits > 0)), commits }
    }

    fn cells(self, parts: [(Role, &str); 5]) -> Runs {
        let [when, rev, by, result, commits] = parts;
        let mut line = Runs::new().gap(1).cell(when.0, when.1, WHEN - 1).gap(1).cell(rev.0, rev.1, REV - 1).gap(1);
        if self.by > 0 {
            line = line.cell(by.0, by.1, self.by - 1).gap(1);
        }
        line = line.cell(result.0, result.1, self.result);
        if self.commits > 0 { line.gap(1).cell(commits.0, commits.1, self.commits) } else { line }
    }
}

pub fn lines(cx: Cx, row: &Row, width: u16) -> Vec<Runs> {
    let width = usize::from(width);
    let columns = Columns::of(width);
    let mut out = vec![columns.cells(["WHEN", "REV", "BY", "RESULT", "COMMITS OF THIS APP"].map(|head| (Role::Header, head)))];
    out.extend(row.app.history.iter().enumerate().map(|(i, e)| selected(cx, line(cx, row, (i, e), columns), i)));
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
    let engine = if row.app.argo().is_some() { "status.history of Argo CD (no health)" } else { "status.history (Flux keeps 5)" };
    let journal = if columns.by > 0 { "; dd = done by driftdeck" } else { "" };
    out.push(Runs::of(Role::Muted, format!(" from {engine} and our ledger{journal}")).cut(width));
    out
}

fn line(cx: Cx, row: &Row, (at, entry): (usize, &HistoryEntry), columns: Columns) -> Runs {
    let when = entry.at.get().or(entry.started_at.get()).map_or("-".into(), |at| words::time(cx, at));
    let stays = cx.state.fleet.stays.get(&row.app.id).map(Vec::as_slice).unwrap_or_default();
    let is_seen = is_seen(stays, entry, at.checked_sub(1).and_then(|at| row.app.history.get(at)));
    let (role, sign) = match (entry.ok, entry.health_recorded || is_seen) {
        (true, true) => (Role::Ok, Sign::Ok),
        (true, false) => (Role::Muted, Sign::Plain),
        (false, _) => (Role::Bad, Sign::Bad),
    };
    let brought = brought(commits(cx.state, row, at));
    columns.cells([
        (Role::Muted, &when),
        (Role::DiffHunk, words::revision(&entry.revision)),
        (Role::Text, by(cx.state, row, at).as_deref().unwrap_or("-")),
        (role, &format!("{} {}", cx.theme.sign(sign), result(entry, is_seen))),
        (brought.0, &brought.1),
    ])
}

/// Our ledger saw it healthy while it was what ran: another deployment of the same revision is another one.
fn is_seen(stays: &[LedgerEntry], entry: &HistoryEntry, newer: Option<&HistoryEntry>) -> bool {
    // A Kustomization's entry is dated by its last run; it ran from its first one on.
    let began = |e: &HistoryEntry| if e.runs.is_some() { e.started_at.get().or(e.at.get()) } else { e.at.get().or(e.started_at.get()) };
    let (from, until) = (began(entry), newer.and_then(began));
    let is_in = |stay: &LedgerEntry| from.is_some_and(|from| stay.last_at >= from) && until.is_none_or(|until| stay.first_at <= until);
    stays.iter().any(|stay| stay.revision == bare_revision(&entry.revision) && is_in(stay))
}

fn brought(commits: Commits) -> (Role, String) {
    match commits {
        Commits::NotApplicable => (Role::Muted, "-".into()),
        Commits::Reading => (Role::Muted, "reading".into()),
        Commits::Unknown => (Role::Unknown, "?".into()),
        Commits::Known(c) if c.count == 0 && c.others == 0 => (Role::Muted, "none new".into()),
        Commits::Known(c) if c.count == 0 => (Role::Muted, format!("none new ({} of others)", c.others)),
        Commits::Known(c) => {
            let back = if c.is_back { "took back " } else { "" };
            (Role::Text, format!("{back}{}: {}", c.count, c.subjects.join(", ")))
        }
    }
}

/// The engine's words, how long it took, how often it ran, and whether our ledger saw it healthy.
fn result(entry: &HistoryEntry, is_seen: bool) -> String {
    let took = entry.took_ms.map(|ms| took(ms.into()));
    let runs = entry.runs.filter(|runs| *runs > 1).zip(entry.started_at.get().zip(entry.at.get()));
    let mut text = match (entry.result.split_once(", "), entry.result.strip_prefix("Reconciliation")) {
        // Argo CD records that it synced, and nothing of health: the line below says so, once.
        (Some(("synced", _)), _) => format!("{}{}", with("synced", took), if is_seen { ", seen Healthy" } else { "" }),
        (_, Some(word)) => with(word, took.filter(|_| runs.is_none())),
        _ => with(&entry.result, took.filter(|_| runs.is_none() || !entry.ok)),
    };
    if let Some((runs, (first, last))) = runs {
        text.push_str(&format!(", {runs} runs in {}", long_age(seconds_between(first, last))));
    }
    if !entry.note.is_empty() {
        text.push_str(&format!(", {}", entry.note));
    }
    if let Some(id) = entry.id {
        text.push_str(&format!("  #{id}"));
    }
    text
}

fn with(word: &str, took: Option<String>) -> String {
    took.map_or_else(|| word.to_owned(), |took| format!("{word} in {took}"))
}

fn took(ms: u64) -> String {
    if ms < 1000 { "<1s".to_owned() } else { long_age(ms / 1000) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{AppId, AppKind, ClusterId};

    fn entry(result: &str, ok: bool, took_ms: Option<u32>, runs: Option<u32>) -> HistoryEntry {
        let time = |text: &str| text.parse().ok();
        HistoryEntry {
            id: None,
            revision: "a".into(),
            revisions: Box::default(),
            at: time("2026-11-24T03:02:47Z").into(),
            started_at: time("2026-11-24T02:02:47Z").into(),
            by: None,
            result: result.into(),
            ok,
            health_recorded: false,
            digest: None,
            took_ms,
            runs,
            note: "".into(),
            moved: None,
        }
    }

    #[test]
    fn a_result_says_how_long_it_took_and_of_what_runs_again_and_again_how_often() {
        let argo = entry("synced, health not recorded", true, Some(12_000), None);
        assert_eq!(result(&argo, false), "synced in 12s");
        assert_eq!(result(&argo, true), "synced in 12s, seen Healthy");
        assert_eq!(result(&entry("ReconciliationSucceeded", true, Some(834), Some(1)), false), "Succeeded in <1s");
        let often = entry("ReconciliationSucceeded", true, Some(834), Some(61));
        assert_eq!(result(&often, false), "Succeeded, 61 runs in 1h", "its last run says nothing of the first");
        let failed = entry("HealthCheckFailed", false, Some(300_464), Some(3));
        assert_eq!(result(&failed, false), "HealthCheckFailed in 5m, 3 runs in 1h");
        let release = HistoryEntry { id: Some(5), note: "app 1.0, 1 of 1 tests passed".into(), ..entry("deployed", true, None, None) };
        assert_eq!(result(&release, false), "deployed, app 1.0, 1 of 1 tests passed  #5");
    }

    #[test]
    fn seen_healthy_is_told_of_the_deployment_that_was_and_of_no_other_of_that_revision() {
        let at = |hour: u32| -> crate::domain::Timestamp { format!("2026-11-24T{hour:02}:00:00Z").parse().unwrap() };
        let deployed = |hour| HistoryEntry { at: at(hour).into(), ..entry("synced, health not recorded", true, None, None) };
        let stay = |from, to| {
            let app = AppId { cluster: ClusterId::new("hub"), kind: AppKind::Application, namespace: "argocd".into(), name: "shop".into() };
            LedgerEntry { app, revision: "a".into(), first_at: at(from), last_at: at(to) }
        };
        let (old, new) = (deployed(2), deployed(8));
        let seen = |stays: &[LedgerEntry]| (is_seen(stays, &new, None), is_seen(stays, &old, Some(&new)));
        assert_eq!(seen(&[stay(3, 5)]), (false, true));
        assert_eq!(seen(&[stay(9, 10)]), (true, false));
        assert_eq!(seen(&[stay(3, 10)]), (true, true), "it went on");
        assert_eq!(seen(&[stay(0, 1)]), (false, false), "from before both");
        let runs = HistoryEntry { started_at: at(2).into(), runs: Some(9), ..deployed(8) };
        assert!(is_seen(&[stay(3, 5)], &runs, None), "its entry is dated by its last run");
    }

    #[test]
    fn columns_fill_the_width_and_the_least_needed_ones_leave_first() {
        let width = |w: usize| Columns::of(w).cells([(Role::Text, "x"); 5]).width();
        for w in [40, 58, 76, 78, 118, 158] {
            assert_eq!(width(w), w);
        }
        let has = |w: usize| (Columns::of(w).by > 0, Columns::of(w).commits > 0);
        assert_eq!([has(118), has(75), has(49)], [(true, true), (true, false), (false, false)]);
    }
}
