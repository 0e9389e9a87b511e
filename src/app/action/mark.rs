//! Marks name apps and resources, never lines.

use super::{Action, Group, always};
use crate::app::effect::Effect;
use crate::app::list;
use crate::app::pane::resources;
use crate::app::state::AppState;

pub static MARK: Action = Action {
    name: "mark_app",
    title: "mark",
    help: "mark or unmark this app",
    group: Group::Move,
    off: always,
    run: |s| {
        if let Some(id) = s.view.app.clone() {
            if !s.view.marks.remove(&id) {
                s.view.marks.insert(id);
            }
            let at = list::position(s);
            list::go_to(s, at + 1);
        }
        Vec::new()
    },
    mutates: false,
};

/// More rows than this are marked only after the key was pressed twice.
const MANY: usize = 20;
/// How long the question stands, seconds.
const ASKED_S: i64 = 5;

pub static MARK_ALL: Action = Action {
    name: "mark_all",
    title: "mark all shown",
    help: "mark all shown apps (over 20: pressed twice), or unmark all",
    group: Group::Move,
    off: always,
    run: mark_all,
    mutates: false,
};

fn mark_all(state: &mut AppState) -> Vec<Effect> {
    let (shown, now) = (state.fleet.shown.len(), state.now);
    let is_asked = state.view.mark_all_asked.take().is_some_and(|(at, of)| of == shown && now.as_second() - at.as_second() <= ASKED_S);
    let marks = &mut state.view.marks;
    let text = if !marks.is_empty() {
        let taken = std::mem::take(marks).len();
        format!("Nothing is marked any more; {taken} were.")
    } else if shown > MANY && !is_asked {
        state.view.mark_all_asked = Some((now, shown));
        format!("{shown} apps are shown: * again marks them all; / shows fewer.")
    } else {
        marks.extend(state.fleet.shown.iter().cloned());
        match marks.len() {
            0 => "No app is shown.".to_owned(),
            1 => "1 app is marked; * unmarks it.".to_owned(),
            n => format!("{n} apps are marked; S plans them, * unmarks them."),
        }
    };
    state.notices.flash(now, text);
    Vec::new()
}

pub static MARK_RESOURCE: Action = Action {
    name: "mark_resource",
    title: "mark resource",
    help: "in the Resources tab: mark or unmark this resource, so that a sync is of the marked ones only; else mark the app",
    group: Group::Move,
    off: always,
    run: |s| if resources::is_open(s) { resources::mark(s) } else { (MARK.run)(s) },
    mutates: false,
};
