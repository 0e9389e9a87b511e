//! One app in detail: what it is made from, what it made, what ran before.

use crate::app::fleet::Row;
use crate::app::history::by;
use crate::app::pane::repos::runs_on;
use crate::app::state::AppState;
use crate::cli::select::contexts;
use crate::cli::status::{json as status, table};
use crate::domain::Timestamp;
use crate::domain::app::ManagedResource;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::event::LiveNode;
use crate::domain::history::{HistoryEntry, LedgerEntry};
use crate::domain::neighbour::Neighbour;
use crate::domain::source::Source;
use crate::domain::status::Sync;
use crate::domain::text::shell;
use serde_json::{Value, json};

/// An app of `status`, with what only one app's page shows.
pub fn json(state: &AppState, row: &Row) -> Value {
    let mut value = status::app(row);
    let good = state.fleet.stays.get(&row.app.id).and_then(|stays| stays.first());
    let more = json!({
        "resources": row.app.resources.iter().map(|r| resource(r, live(state, row, r))).collect::<Vec<_>>(),
        "history": row.app.history.iter().enumerate().map(|(at, h)| entry(h, by(state, row, at))).collect::<Vec<_>>(),
        "conditions": row.app.conditions.iter().map(|c| json!({
            "type": c.kind, "status": c.status, "reason": c.reason, "message": c.message, "since": c.since,
        })).collect::<Vec<_>>(),
        "frozen": row.app.frozen.as_ref().map(|f| json!({ "by": f.by, "reason": f.reason, "since": f.since, "until": f.until })),
        "around": around(state, row).iter().map(|n| json!({
            "group": n.key.group, "kind": n.key.kind, "namespace": Some(&n.key.namespace).filter(|ns| !ns.is_empty()), "name": n.key.name,
            "works": n.good, "held": n.held, "text": n.says,
        })).collect::<Vec<_>>(),
        "last_good": good.map(|g| json!({ "revision": g.revision, "first_at": g.first_at, "last_at": g.last_at })),
    });
    if let (Some(all), Value::Object(more)) = (value.as_object_mut(), more) {
        all.extend(more);
    }
    value
}

/// The object as it is on the cluster, where it was read.
fn live<'a>(state: &'a AppState, row: &Row, r: &ManagedResource) -> Option<&'a LiveNode> {
    let (_, nodes) = state.fleet.tree_of(&row.app.id)?;
    nodes.iter().find(|n| n.key == r.key && n.unread.is_none())
}

fn resource(r: &ManagedResource, live: Option<&LiveNode>) -> Value {
    json!({
        "live": live.map(|n| json!({ "exists": n.exists, "health": n.health, "note": n.note })),
        "group": r.key.group, "kind": r.key.kind, "namespace": Some(&r.key.namespace).filter(|n| !n.is_empty()), "name": r.key.name,
        "version": r.version, "sync": r.sync, "health": r.health, "message": r.health_message,
        "requires_pruning": r.requires_pruning, "hook": r.hook, "wave": r.wave,
    })
}

/// `by` is the engine's own word; `initiator` is what the deck shows: that, or what the entries and our journal tell.
fn entry(h: &HistoryEntry, initiator: Option<String>) -> Value {
    json!({
        "id": h.id, "revision": h.revision, "at": h.at, "started_at": h.started_at, "by": h.by, "initiator": initiator,
        "result": h.result, "ok": h.ok, "health_recorded": h.health_recorded, "took_ms": h.took_ms, "runs": h.runs,
        "note": Some(&h.note).filter(|n| !n.is_empty()), "digest": h.digest,
    })
}

pub fn text(state: &AppState, row: &Row) -> String {
    let mut out = table::rows_of(state, std::iter::once(row), true);
    out.push_str(&about(state, row));
    out.push_str("\nSOURCES\n");
    out.push_str(&sources(row));
    let around = around(state, row);
    if !around.is_empty() {
        out.push_str("\nAROUND\n");
        out.push_str(&lines(&["OBJECT", "WORKS", "WHAT"], around.iter().map(neighbour).collect(), ""));
    }
    out.push_str("\nRESOURCES\n");
    out.push_str(&resources(state, row));
    if let Some(text) = differing(row) {
        out.push_str(&format!(
            "  {text}: driftdeck drift --filter {} {}\n",
            shell(&format!("app:{}", row.app.id.name)),
            contexts(state, row)
        ));
    }
    out.push_str("\nHISTORY\n");
    out.push_str(&history(state, row));
    out
}

/// Objects of other kinds that concern it, where they were read.
fn around<'a>(state: &'a AppState, row: &Row) -> &'a [Neighbour] {
    let detail = &state.fleet.detail;
    let read = detail.around.as_ref().filter(|_| detail.app.as_ref() == Some(&row.app.id));
    read.map(|(_, neighbours)| neighbours.as_slice()).unwrap_or_default()
}

fn neighbour(n: &Neighbour) -> Vec<String> {
    let works = match (n.held, n.good) {
        (true, _) => "held",
        (false, Some(true)) => "yes",
        (false, Some(false)) => "no",
        (false, None) => "-",
    };
    vec![format!("{} {}", n.key.kind, n.key.name).trim_end().to_owned(), works.into(), n.says.clone()]
}

fn about(state: &AppState, row: &Row) -> String {
    let app = &row.app;
    let mut out = format!("\n{} {} on {}", app.id.kind.kind(), app.id.path(), app.id.cluster);
    let on = runs_on(state, row);
    if on != app.id.cluster.as_str() {
        out.push_str(&format!(", deploys to {on}"));
    }
    out.push_str(&format!(", uid {}\n", app.uid));
    if let Some(frozen) = &app.frozen {
        let until = frozen.until.map_or_else(String::new, |at| format!(", until {}", clock(at)));
        out.push_str(&format!("frozen by {}: {}{until}\n", frozen.by, frozen.reason));
    }
    for condition in app.conditions.iter().filter(|c| !c.message.is_empty()) {
        let status = match condition.status {
            Some(true) => "true",
            Some(false) => "false",
            None => "unknown",
        };
        out.push_str(&format!("{} {status}: {}\n", condition.kind, condition.message.replace('\n', " ")));
    }
    out
}

fn sources(row: &Row) -> String {
    let line = |s: &Source| {
        let place = s.chart.as_ref().map(|c| format!("chart {c}")).or_else(|| s.path.clone()).unwrap_or_else(|| "the root".into());
        let revision = s.revision.as_deref().or(row.app.revision.as_deref()).map_or("-", |r| short_rev(bare_revision(r)));
        vec![s.url.clone().unwrap_or_else(|| "not known".into()), place, s.reference.text().to_owned(), revision.to_owned()]
    };
    lines(&["URL", "PATH", "FOLLOWS", "REV"], row.app.sources.iter().map(line).collect(), "  not known\n")
}

fn resources(state: &AppState, row: &Row) -> String {
    let line = |r: &ManagedResource| {
        let live = live(state, row, r);
        let said = live.map(|n| n.note.clone()).filter(|n| !n.is_empty()).unwrap_or_else(|| r.health_message.replace('\n', " "));
        let note = if r.requires_pruning { "left git".to_owned() } else { said };
        let (sync, health) = (r.sync.map_or("-", |s| s.word()), r.health.map_or("-", |h| h.word()));
        let live = live.map_or("-", |n| if n.exists { n.health.map_or("there", |h| h.word()) } else { "gone" });
        vec![r.key.title(), sync.into(), health.into(), live.into(), note]
    };
    lines(&["OBJECT", "SYNC", "HEALTH", "LIVE", "NOTE"], row.app.resources.iter().map(line).collect(), "  none\n")
}

/// How many of its resources differ as far as the engine tells; what in them only a comparison shows.
fn differing(row: &Row) -> Option<String> {
    let count = |sync| row.app.resources.iter().filter(|r| r.sync == Some(sync)).count();
    let differ = count(Sync::OutOfSync);
    match (differ, row.app.sync) {
        (0, Sync::OutOfSync) => Some("what differs".to_owned()),
        (0, _) => None,
        _ => Some(format!("{differ} of {} differ, in which fields", row.app.resources.iter().filter(|r| !r.hook).count())),
    }
}

fn history(state: &AppState, row: &Row) -> String {
    let line = |h: &HistoryEntry| {
        let when = h.at.get().or(h.started_at.get()).map_or_else(|| "-".into(), clock);
        let revision = short_rev(bare_revision(&h.revision)).to_owned();
        vec![when, revision, h.by.clone().map_or_else(|| "-".into(), String::from), h.result.clone().into()]
    };
    let kept = row.app.history.iter().map(line).collect();
    let mut out = lines(&["WHEN", "REV", "BY", "RESULT"], kept, "  the engine keeps no history of this app\n");
    if let Some(good) = state.fleet.stays.get(&row.app.id).and_then(|stays| stays.first()) {
        out.push_str(&seen_good(state, good));
    }
    out
}

fn seen_good(state: &AppState, good: &LedgerEntry) -> String {
    let age = short_age(seconds_between(good.last_at, state.now));
    format!("  last seen Synced and Healthy at {}, {age} ago (our ledger)\n", short_rev(bare_revision(&good.revision)))
}

fn lines(head: &[&str], cells: Vec<Vec<String>>, none: &str) -> String {
    if cells.is_empty() {
        return none.to_owned();
    }
    let all: Vec<Vec<String>> = std::iter::once(head.iter().map(|h| (*h).to_owned()).collect()).chain(cells).collect();
    table::columns(&all).lines().map(|line| format!("  {line}\n")).collect()
}

/// To the second, in UTC: what is compared with logs.
pub fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}
