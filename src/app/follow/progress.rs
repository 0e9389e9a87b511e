//! The steps of the engine's own operation as lines of a task: each is marked when the watch shows it.

use super::set_line;
use crate::app::state::AppState;
use crate::app::task::{Line, Mark, STEP, Task};
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::progress::{ProgressStep, StepState};
use crate::engine;

/// Lines that come after every step.
const AFTER: [&str; 3] = ["applied", "healthy", "end"];

/// Whether there is any step to tell.
pub(super) fn show(state: &AppState, task: &mut Task, app: &App) -> bool {
    let tree = state.fleet.tree_of(&app.id).map(|(_, nodes)| nodes);
    let steps = engine::engine(app.id.engine()).progress(app, tree);
    for step in &steps {
        set_step(task, state.now, step);
    }
    // A step that is told no more (a wave folded away, another attempt) would stand there as it was.
    let is_told = |l: &Line| l.key.strip_prefix(STEP).is_none_or(|name| l.mark == Mark::Done || steps.iter().any(|s| s.name == name));
    if !steps.is_empty() {
        task.lines.retain(is_told);
    }
    !steps.is_empty()
}

/// A run of Flux that began after our request: it acknowledges the request only at its end.
pub(super) fn show_run(state: &AppState, task: &mut Task, app: &App) {
    let began = app.condition("Reconciling").and_then(|c| c.since);
    if began.is_some_and(|at| at.as_second() >= task.started_at.as_second()) {
        show(state, task, app);
    }
}

fn set_step(task: &mut Task, now: Timestamp, step: &ProgressStep) {
    let mark = match step.state {
        StepState::Done => Mark::Done,
        StepState::Busy => Mark::Busy,
        StepState::Waits => Mark::Waiting,
        StepState::Failed => Mark::Bad,
    };
    let (key, text) = (format!("{STEP}{}", step.name), format!("{}: {}", step.name, step.text));
    if task.lines.iter().any(|l| l.key == key) {
        set_line(task, now, &key, mark, text);
        return;
    }
    let at = task.lines.iter().position(|l| AFTER.contains(&l.key.as_str())).unwrap_or(task.lines.len());
    task.lines.insert(at, Line { at: now, key, mark, text });
}

/// It is over: what was under way when it was last seen is done, or is what failed; then the rest never came.
pub(super) fn close(task: &mut Task, now: Timestamp, is_good: bool) {
    for line in task.lines.iter_mut().filter(|l| l.mark != Mark::Done) {
        let Some(name) = line.key.strip_prefix(STEP) else { continue };
        let (mark, word) = match (is_good, line.mark) {
            (true, _) => (Mark::Done, "done"),
            (false, Mark::Busy) => (Mark::Bad, "failed"),
            (false, _) => continue,
        };
        (line.text, line.mark, line.at) = (format!("{name}: {word}"), mark, now);
    }
}
