//! Marks name apps and resources, never lines.

use super::{Action, Group, always};
use crate::app::list;
use crate::app::pane::resources;

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

pub static MARK_ALL: Action = Action {
    name: "mark_all",
    title: "mark all shown",
    help: "mark all shown apps, or unmark all",
    group: Group::Move,
    off: always,
    run: |s| {
        if s.view.marks.is_empty() {
            s.view.marks = s.fleet.shown.iter().cloned().collect();
        } else {
            s.view.marks.clear();
        }
        Vec::new()
    },
    mutates: false,
};

pub static MARK_RESOURCE: Action = Action {
    name: "mark_resource",
    title: "mark resource",
    help: "in the Resources tab: mark or unmark this resource, so that a sync is of the marked ones only; else mark the app",
    group: Group::Move,
    off: always,
    run: |s| if resources::is_open(s) { resources::mark(s) } else { (MARK.run)(s) },
    mutates: false,
};
