//! `t` and the keys of the timeline.

use super::{Action, Group, always};
use crate::app::effect::Effect;
use crate::app::state::{AppState, Screen};
use crate::app::timeline;

pub static OPEN: Action = Action {
    name: "show_timeline",
    title: "timeline",
    help: "what changed lately on all clusters: commits, syncs, health, our own actions",
    group: Group::Screen,
    off: always,
    run: timeline::open,
    mutates: false,
};

/// Run from a list of all actions, it would act on lines that are not on the screen.
fn elsewhere(state: &AppState) -> Option<String> {
    (!matches!(state.screen, Screen::Timeline)).then(|| "It belongs to the timeline; t opens it.".to_owned())
}

const fn on(name: &'static str, title: &'static str, help: &'static str, run: fn(&mut AppState) -> Vec<Effect>) -> Action {
    Action { name, title, help, group: Group::Timeline, off: elsewhere, run, mutates: false }
}

/// For what changes the screen and asks for nothing.
fn quietly(state: &mut AppState, change: impl FnOnce(&mut AppState)) -> Vec<Effect> {
    change(state);
    Vec::new()
}

pub static FOLLOW: Action = on("follow_entry", "open", "to the app, cluster or repository of this line; a group unfolds", timeline::follow);
pub static LONGER: Action = on("lengthen_span", "longer", "look further back, up to a week", |s| quietly(s, |s| timeline::span(s, true)));
pub static SHORTER: Action = on("shorten_span", "shorter", "look less far back", |s| quietly(s, |s| timeline::span(s, false)));
pub static NEXT_KIND: Action =
    on("next_kind", "kind", "all, commits, syncs, health, our own actions", |s| quietly(s, |s| timeline::kind(s, true)));
pub static PREVIOUS_KIND: Action = on("previous_kind", "kind back", "the kind before", |s| quietly(s, |s| timeline::kind(s, false)));
pub static OLDER_SAME: Action =
    on("older_of_same", "same app", "next line about the same app", |s| quietly(s, |s| timeline::same(s, true)));
pub static NEWER_SAME: Action =
    on("newer_of_same", "same app back", "previous line about the same app", |s| quietly(s, |s| timeline::same(s, false)));
pub static MARKED: Action = Action {
    name: "only_marked",
    title: "only marked",
    help: "only lines about marked apps, or all again",
    group: Group::Timeline,
    off: |s| {
        let unmarked = s.view.marks.is_empty() && !s.view.timeline.only_marked;
        elsewhere(s).or_else(|| unmarked.then(|| "No app is marked; space marks one on the main screen.".into()))
    },
    run: |s| {
        s.view.timeline.only_marked = !s.view.timeline.only_marked;
        timeline::refresh(s);
        Vec::new()
    },
    mutates: false,
};
pub static SEARCH: Action =
    on("search_timeline", "filter", "only lines that have these words", |s| quietly(s, |s| s.view.timeline.searching = true));
pub static EXPORT: Action = on("export_timeline", "export", "write these lines as Markdown", |s| {
    let (name, text) = timeline::markdown(s);
    vec![Effect::Export { name, text }]
});
