//! What the state directory held: last known rows and marks at once, the history of earlier runs when it was read.

use super::effect::Effect;
use super::ingest;
use super::msg::Loaded;
use super::outage;
use super::record;
use super::state::AppState;
use crate::domain::history::LedgerEntry;
use crate::domain::journal::{JournalEntry, TimelineEntry};

/// May come in parts, and after this run wrote lines of its own: what was loaded is older than those.
pub fn on_loaded(state: &mut AppState, loaded: Loaded) -> Vec<Effect> {
    remember_good(state, loaded.ledger);
    state.watch.ranges.extend(loaded.watched);
    state.watch.is_read |= loaded.is_history;
    recall(state, loaded.journal, loaded.timeline);
    let mut out = Vec::new();
    for (cluster, _, apps) in loaded.rows {
        if !state.chosen.contains(&cluster) || state.fleet.also.contains_key(&cluster) {
            continue;
        }
        for app in apps {
            out.extend(ingest::upsert_app(state, app, true));
        }
    }
    for (id, ack) in loaded.acknowledged {
        if let Some(row) = state.fleet.rows.get_mut(&id) {
            row.ack = Some(ack.clone());
        }
        state.fleet.acks.insert(id, ack);
    }
    state.dirty = true;
    out
}

fn remember_good(state: &mut AppState, ledger: Vec<LedgerEntry>) {
    // The sentence of a broken row names the revision it may go back to.
    state.fleet.derive.judge.extend(ledger.iter().map(|entry| entry.app.clone()));
    // The stay that this run found may have begun in an earlier one.
    let seen = std::mem::take(&mut state.fleet.stays).into_values().flatten();
    state.fleet.stays = record::stays(ledger.into_iter().chain(seen).collect());
}

fn recall(state: &mut AppState, journal: Vec<JournalEntry>, timeline: Vec<TimelineEntry>) {
    state.journal.splice(0..0, journal);
    let since = outage::last_states(&timeline);
    for row in state.fleet.rows.values_mut().filter(|r| !r.since_exact && r.app.since.is_none()) {
        if let Some((at, leads_here)) = since.get(&row.app.id).map(|entry| outage::led_to(entry, &row.app)) {
            (row.since, row.since_exact) = (at, leads_here);
            state.fleet.derive.judge.insert(row.app.id.clone());
            state.fleet.derive.list_changed = true;
        }
    }
    state.timeline.splice(0..0, timeline);
    // A demo's own past and what an earlier run of it wrote lie between each other.
    state.timeline.sort_by_key(|e| e.at);
}
