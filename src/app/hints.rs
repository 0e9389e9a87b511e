//! The hint row: the keys that work now, in whatever has the focus, most useful first.

use super::keymap::{self, BINDINGS, Layer};
use super::overlay::Overlay;
use super::overlay::confirm::{Confirm, Focus};
use super::overlay::picker::{self, Picker};
use super::pane::Pane;
use super::rollback::Stage;
use super::state::{AppState, Screen};

/// One hint of the bottom row; whole hints are dropped from the right when space ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub key: String,
    pub label: String,
}

fn hint(key: &str, label: impl Into<String>) -> Hint {
    Hint { key: key.to_owned(), label: label.into() }
}

fn list<const N: usize>(hints: [(&str, &str); N]) -> Vec<Hint> {
    hints.into_iter().map(|(key, label)| hint(key, label)).collect()
}

/// What works now: the keys of the topmost overlay, of the text field that is edited, else of the screen.
pub fn now(state: &AppState) -> Vec<Hint> {
    if let Some(overlay) = state.overlays.last() {
        return in_overlay(state, overlay);
    }
    match &state.screen {
        Screen::Main if state.view.filter.editing => {
            list([("enter", "keep"), ("esc", "clear"), ("tab", "complete"), ("up", "older filters")])
        }
        Screen::Diff(d) if d.searching => list([("enter", "keep"), ("esc", "clear")]),
        Screen::Matrix if state.view.matrix.searching => list([("enter", "keep"), ("esc", "clear")]),
        Screen::Timeline if state.view.timeline.searching => list([("enter", "keep"), ("esc", "clear")]),
        Screen::Rollback(r) if r.stage == Stage::Plan && !r.editing => {
            let keys = list([("e", "edit message"), ("r", if super::rollback::plans_again(state) { "plan again" } else { "check again" })]);
            let keys = |plan: &Confirm| if plan.plan.is_refused() { Vec::new() } else { keys.clone() };
            r.plan.as_ref().map_or_else(Vec::new, |plan| in_dialog(plan, "back").into_iter().chain(keys(plan)).collect())
        }
        _ => keymap::hints(state),
    }
}

/// The screen shows a step or a dialog: its keys are needed more than what else is to be told.
pub fn are_needed(state: &AppState) -> bool {
    !state.overlays.is_empty() || !matches!(state.screen, Screen::Main) || state.view.filter.editing
}

pub(super) fn in_overlay(state: &AppState, overlay: &Overlay) -> Vec<Hint> {
    match overlay {
        Overlay::Confirm(dialog) => in_dialog(dialog, "cancel"),
        Overlay::Progress(id) if state.task(*id).is_some_and(|t| t.batch.is_some()) => match state.task(*id) {
            Some(task) if task.is_running() => list([("enter", "close"), ("x", "stop here"), ("c", "copy commands"), ("b", "background")]),
            _ => list([("enter", "close"), ("c", "copy commands")]),
        },
        Overlay::Progress(_) => list([("enter", "close"), ("L", "log"), ("d", "diff"), ("c", "copy commands"), ("b", "background")]),
        Overlay::Help(help) if help.searching => list([("enter", "keep"), ("esc", "clear")]),
        Overlay::Help(_) => list([("enter", "run"), ("/", "search"), ("tab", "next group"), ("j k", "move"), ("esc", "close")]),
        Overlay::Palette(_) => list([("enter", "run"), ("tab", "complete"), ("up down", "move"), ("esc", "close")]),
        Overlay::Actions { .. } => list([("enter", "run"), ("j k", "move"), ("esc", "close")]),
        Overlay::Order { .. } => list([("space", "choose"), ("enter", "choose and close"), ("j k", "move"), ("esc", "close")]),
        Overlay::Views { naming: Some(_), .. } => list([("enter", "save"), ("esc", "leave it")]),
        Overlay::Views { .. } => {
            list([("enter", "show"), ("+", "save the filter"), ("*", "at start"), ("-", "remove"), ("j k", "move"), ("esc", "close")])
        }
        Overlay::Map { .. } => list([("enter", "look there"), ("j k", "move"), ("esc", "close")]),
        Overlay::Copy { .. } => list([("enter", "copy"), ("j k", "move"), ("esc", "close")]),
        Overlay::Repositories { .. } => list([("enter", "roll back there"), ("j k", "move"), ("esc", "close")]),
        Overlay::Notices(_) => list([("enter", "details"), ("y", "copy"), ("D", "dismiss all"), ("j k", "move"), ("esc", "close")]),
        Overlay::Journal(_) => list([("enter", "full entry"), ("c", "copy command"), ("j k", "move"), ("esc", "close")]),
        Overlay::Themes { .. } => list([("enter", "keep"), ("j k", "move"), ("esc", "put back")]),
        Overlay::Picker(picker) => in_picker(state, picker),
        Overlay::Clusters { .. } => {
            list([("enter", "only its apps"), ("r", "try again"), ("l", "login"), ("j k", "move"), ("esc", "close")])
        }
        Overlay::Log(view) if view.searching => list([("enter", "keep"), ("esc", "clear")]),
        Overlay::Log(_) => in_log(state),
        Overlay::Message { .. } if super::action::quit::is_asked(state) => list([("q", "quit"), ("esc", "stay")]),
        Overlay::Message { .. } => list([("enter", "close")]),
        Overlay::Acknowledge(_) => list([("enter", "acknowledge"), ("tab", "note, until"), ("esc", "not now")]),
    }
}

fn in_log(state: &AppState) -> Vec<Hint> {
    let is_followed = super::log::following(state).is_some_and(|f| f.ended.is_none());
    let has_others = state.fleet.detail.log.as_ref().is_some_and(|log| log.containers.len() > 1);
    let mut out = list([("f", if is_followed { "stop following" } else { "follow" }), ("p", "other run")]);
    if has_others {
        out.push(hint("c", "container"));
    }
    out.extend(list([("/", "search"), ("n N", "match"), ("w", "wrap"), ("G", "end"), ("r", "read again"), ("y", "copy")]));
    out.extend(list([("j k", "move"), ("esc", "back")]));
    out
}

fn in_picker(state: &AppState, picker: &Picker) -> Vec<Hint> {
    let choice = picker.choices.get(picker.cursor);
    if picker.asked.is_some() {
        return list([("l", "run the login program"), ("esc", "not now")]);
    }
    let mut out = list([("space", "toggle"), ("enter", "watch"), ("p", "protected"), ("a", "all with an engine")]);
    match choice {
        Some(choice) if picker::wants_login(state, choice) => out.push(hint("l", "login")),
        Some(_) => out.push(hint("r", "ask again")),
        None => {}
    }
    out.extend(list([("j k", "move"), ("esc", if picker.first { "quit" } else { "leave" })]));
    out
}

fn in_dialog(dialog: &Confirm, leave: &str) -> Vec<Hint> {
    if let Some(refusal) = &dialog.plan.refused {
        let mut out = list([("enter", "close")]);
        out.extend(refusal.keys().into_iter().filter_map(|key| {
            let bound = BINDINGS.iter().find(|b| b.layer == Layer::Main && b.keys.contains(&key.to_string().as_str()))?;
            Some(hint(&key.to_string(), bound.hint.unwrap_or(bound.action.title)))
        }));
        return out;
    }
    let mut out = list([("tab", "move")]);
    match dialog.focus {
        Focus::Option(_) => out.push(hint("space", "toggle")),
        Focus::Reason | Focus::Until | Focus::Field(_) => out.push(hint("enter", "next field")),
        Focus::Typed if dialog.missing().is_none() => out.push(hint("enter", "to the button")),
        Focus::Typed => {}
        Focus::Cancel => {
            out.push(hint("enter", leave));
            if let Some(word) = dialog.plan.typed.as_ref().filter(|word| **word != dialog.typed) {
                out.push(hint("letters", format!("type {word}")));
            }
        }
        Focus::Confirm if dialog.is_enabled() => out.push(hint("enter", dialog.plan.verb.to_lowercase())),
        Focus::Confirm => {}
    }
    let is_text = dialog.focus.is_text();
    if !is_text && dialog.plan.typed.is_none() && dialog.is_enabled() {
        out.push(hint("y", dialog.plan.verb.to_lowercase()));
    }
    if !is_text && !dialog.takes('c') {
        out.push(hint("c", "copy command"));
    }
    out.push(hint("esc", leave));
    out
}

/// The label of a hint as things are now.
pub fn label(state: &AppState, label: &str) -> String {
    let held = state.row().is_some_and(|r| r.app.suspended || r.app.auto_sync == Some(false));
    let on_list = matches!(state.screen, Screen::Main) && matches!(state.view.list(), Pane::Clusters | Pane::Repos);
    match label {
        "suspend" if held => "resume".into(),
        "next" if super::rollback::is_refused(state) => "plan again".into(),
        "notices" => format!("notices {}", state.notices.unseen()),
        "refresh" if on_list => "try again".into(),
        "open" if on_list => "only its apps".into(),
        label => label.into(),
    }
}
