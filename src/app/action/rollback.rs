//! `R` and the keys of the rollback screen.

use super::{Action, Group, always, writable};
use crate::app::overlay::Overlay;
use crate::app::rollback::{self, Stage};
use crate::app::state::{AppState, Screen};
use crate::domain::ids::TaskId;

pub static ROLLBACK: Action = Action {
    name: "roll_back_app",
    title: "rollback",
    help: "revert commits of this app in git, push, and follow until healthy",
    group: Group::App,
    off: |s| writable(s).err(),
    run: |s| rollback::open(s, None),
    mutates: true,
};

pub static SHOW: Action = Action {
    name: "show_rollback",
    title: "what is under way",
    help: "back to the staged sync that runs, else to the last rollback that was sent: where its commit has arrived, or why it was not pushed",
    group: Group::Screen,
    off: |s| if batch(s).is_some() { None } else { rollback::left::off(s) },
    run: |s| match batch(s) {
        Some(id) => {
            s.overlays.push(Overlay::Progress(id));
            Vec::new()
        }
        None => rollback::left::back_to(s),
    },
    mutates: false,
};

/// The newest staged sync that still runs.
fn batch(state: &AppState) -> Option<TaskId> {
    state.tasks.iter().rfind(|t| t.batch.is_some() && t.is_running()).map(|t| t.id)
}

const fn step(
    name: &'static str,
    title: &'static str,
    help: &'static str,
    run: fn(&mut AppState) -> Vec<crate::app::effect::Effect>,
) -> Action {
    Action { name, title, help, group: Group::Rollback, off: always, run, mutates: false }
}

fn in_suspects(state: &mut AppState, change: impl FnOnce(&mut rollback::Rollback)) -> Vec<crate::app::effect::Effect> {
    if let Screen::Rollback(screen) = &mut state.screen {
        if screen.stage == Stage::Suspects {
            change(screen);
        }
    }
    Vec::new()
}

pub static MARK: Action = step("mark_commit", "mark", "mark this commit to be reverted", |s| {
    if matches!(&s.screen, Screen::Rollback(r) if r.stage == Stage::Preview) {
        return rollback::mark_later(s);
    }
    in_suspects(s, rollback::Rollback::toggle_mark)
});
pub static ALL: Action = step("show_all_commits", "all commits", "show the commits of the range that touch other paths, too", |s| {
    in_suspects(s, rollback::Rollback::toggle_all)
});
pub static GOOD: Action = step("choose_good", "good", "start the range at another good revision", rollback::next_good);
pub static MAINLINE: Action = step("choose_mainline", "mainline", "undo a merge against its other parent", rollback::next_mainline);
pub static COPY_COMMAND: Action = step(
    "copy_push_command",
    "copy command",
    "copy the command that pushes a refused commit to a branch of its own",
    rollback::refused::copy,
);
pub static MESSAGE: Action = step("edit_message", "edit message", "edit the commit message", |s| {
    if rollback::refused::wants_message(s) {
        return rollback::refused::edit(s);
    }
    if let Screen::Rollback(screen) = &mut s.screen {
        screen.editing = matches!(screen.stage, Stage::Preview | Stage::Plan) && screen.preview.is_some();
    }
    Vec::new()
});
pub static NEXT: Action = step("next_step", "next", "go on to the next step", rollback::next);
