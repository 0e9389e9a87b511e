//! `s`: Argo sync, Flux reconcile.

use super::{Action, Group, plan, writable};
use crate::app::effect::Effect;
use crate::app::fleet::Row;
use crate::app::state::{AppState, Screen};
use crate::domain::plan::PlanChoices;
use crate::engine::Verb;

pub static SYNC: Action = Action {
    name: "sync_app",
    title: "sync",
    help: "plan a sync (Argo CD) or reconcile (Flux) of this app",
    group: Group::App,
    off: |s| elsewhere(s).or_else(|| writable(s).err()),
    run: |s| open(s, false),
    mutates: true,
};

pub static SYNC_WITH_OPTIONS: Action = Action {
    name: "sync_with_options",
    title: "sync with options",
    help: "as sync, with every option shown: revision, replace, server-side, retry and more",
    group: Group::App,
    off: |s| elsewhere(s).or_else(|| writable(s).err()),
    run: |s| open(s, true),
    mutates: true,
};

/// The resources that are marked in the app come with it; the plan refuses what it has no more.
fn open(state: &mut AppState, more: bool) -> Vec<Effect> {
    let Some(row) = state.row() else { return Vec::new() };
    let marked = state.view.resource_marks.of(&row.app.id);
    let only_resources = !marked.is_empty();
    let (id, plain) = (row.app.id.clone(), PlanChoices { resources: marked, only_resources, more, ..PlanChoices::default() });
    let advised = advised(row, plain.clone());
    // What a guardrail forbids is not set beforehand: its option says why.
    let can = advised == plain
        || plan::build(state, &id, Verb::Sync, &advised).is_some_and(|p| !p.is_refused() && p.options.iter().all(|o| o.invalid.is_none()));
    plan::open_for(state, &id, Verb::Sync, if can { advised } else { plain })
}

/// What Why says of this key is set in the dialog that it opens: the plan shows it, and wants the word that goes with it.
fn advised(row: &Row, mut choices: PlanChoices) -> PlanChoices {
    let step = row.verdict.next.iter().find(|s| s.key == "s").map_or("", |s| s.text.as_str());
    choices.force = begins(step, "with force");
    choices.prune = begins(step, "with prune");
    choices.reset = begins(step, "with reset").then_some(true);
    choices
}

/// A step begins with these words.
pub fn begins(text: &str, words: &str) -> bool {
    text.strip_prefix(words).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// The app of the open diff went, and the cursor behind it is on another one: what is read is not what would be synced.
fn elsewhere(state: &AppState) -> Option<String> {
    match &state.screen {
        _ if super::diff::is_of_two(state) => Some("Two apps are compared; esc goes back to one.".into()),
        Screen::Diff(diff) if state.view.app.as_ref() != Some(&diff.app) => {
            Some(format!("{} is no longer in the list; esc goes back.", diff.app.name))
        }
        _ => None,
    }
}
