//! Keys to actions, per layer; the only place where keys are bound. Hints, help, palette and README come from here.

use super::action::{self, Action, TABLE};
use super::hints::{self, Hint};
use super::key::Key;
use super::layout;
use super::pane::Pane;
use super::rollback::Stage;
use super::state::{AppState, Screen};
use crate::domain::verdict::NextStep;

/// Where a binding is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    Main,
    /// Details have the focus; what is not bound here is as in `Main`.
    Details,
    /// The clusters as one line have the focus; the rest is as in `Main`.
    Strip,
    Diff,
    Rollback,
    Timeline,
    Matrix,
    Drift,
}

impl Layer {
    /// Its heading in help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Main => "MAIN SCREEN",
            Self::Details => "IN DETAILS",
            Self::Strip => "LINE OF CLUSTERS",
            Self::Diff => "DIFF",
            Self::Rollback => "ROLL BACK",
            Self::Timeline => "TIMELINE",
            Self::Matrix => "MATRIX",
            Self::Drift => "DRIFT GROUPS",
        }
    }
}

/// One key of one layer. `hint`: its place in the hint row, smaller first; `None` = not hinted.
pub struct Binding {
    pub layer: Layer,
    pub keys: &'static [&'static str],
    pub action: &'static Action,
    pub hint: Option<&'static str>,
    /// What it does in this layer, where that is not what the action says of itself.
    pub help: Option<&'static str>,
}

impl Binding {
    const fn says(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }
}

const fn on(layer: Layer, keys: &'static [&'static str], action: &'static Action) -> Binding {
    Binding { layer, keys, action, hint: None, help: None }
}

const fn hinted(layer: Layer, keys: &'static [&'static str], action: &'static Action, hint: &'static str) -> Binding {
    Binding { layer, keys, action, hint: Some(hint), help: None }
}

use Layer::{Details, Diff, Drift, Main, Matrix, Rollback, Strip, Timeline};

/// Every binding, hints in the order of the hint row.
pub static BINDINGS: &[Binding] = &[
    hinted(Main, &["enter"], &action::go::DEEPER, "open"),
    hinted(Main, &["d"], &action::diff::DIFF, "diff"),
    hinted(Main, &["s"], &action::sync::SYNC, "sync"),
    hinted(Main, &["S"], &action::staged::STAGED, "sync marked"),
    hinted(Main, &["R"], &action::rollback::ROLLBACK, "rollback"),
    hinted(Main, &["L"], &action::log::LOG, "log"),
    hinted(Main, &["r"], &action::refresh::REFRESH, "refresh"),
    hinted(Main, &["p"], &action::suspend::SUSPEND, "suspend"),
    hinted(Main, &["u"], &action::undo::UNDO, "undo"),
    hinted(Main, &["b"], &action::rollback::SHOW, "under way"),
    hinted(Main, &["a"], &action::acknowledge::ACKNOWLEDGE, "ack"),
    hinted(Main, &["l"], &action::login::LOGIN, "login"),
    hinted(Main, &["x"], &action::window::ACTIONS, "actions"),
    hinted(Main, &["/"], &action::window::FILTER, "filter"),
    hinted(Main, &["space"], &action::mark::MARK, "mark"),
    hinted(Main, &["m"], &action::matrix::OPEN, "matrix"),
    hinted(Main, &["t"], &action::timeline::OPEN, "timeline"),
    on(Main, &["D"], &action::drift::OPEN),
    hinted(Main, &["esc"], &action::go::BACK, "back"),
    hinted(Main, &["!"], &action::window::NOTICES, "notices"),
    hinted(Main, &[":"], &action::window::PALETTE, "palette"),
    hinted(Main, &["?"], &action::window::HELP, "help"),
    on(Main, &["*"], &action::mark::MARK_ALL),
    on(Main, &["A"], &action::acknowledge::HIDE_ACKNOWLEDGED),
    on(Main, &["y"], &action::copy::COPY),
    on(Main, &["O"], &action::window::ORDER),
    on(Main, &["v"], &action::window::VIEWS),
    on(Main, &["@"], &action::window::JOURNAL),
    on(Main, &["z"], &action::window::ZOOM),
    on(Main, &["q"], &action::quit::QUIT),
    on(Main, &["j", "down"], &action::go::DOWN),
    on(Main, &["k", "up"], &action::go::UP),
    on(Main, &["g", "home"], &action::go::FIRST),
    on(Main, &["G", "end"], &action::go::LAST),
    on(Main, &["Ctrl-d", "pgdn"], &action::go::HALF_DOWN),
    on(Main, &["Ctrl-u", "pgup"], &action::go::HALF_UP),
    on(Main, &["n"], &action::go::NEXT_PROBLEM),
    on(Main, &["N"], &action::go::PREVIOUS_PROBLEM),
    on(Main, &["tab"], &action::go::NEXT_PANE),
    on(Main, &["shift-tab"], &action::go::PREVIOUS_PANE),
    on(Main, &["1"], &action::go::PANE_CLUSTERS),
    on(Main, &["2"], &action::go::PANE_APPS),
    on(Main, &["3"], &action::go::PANE_DETAILS),
    on(Main, &["4"], &action::go::PANE_REPOS),
    on(Main, &["]", "right"], &action::go::NEXT_TAB),
    on(Main, &["[", "left"], &action::go::PREVIOUS_TAB),
    hinted(Details, &["l", "right"], &action::go::NEXT_TAB, "next tab"),
    on(Details, &["h", "left"], &action::go::PREVIOUS_TAB),
    hinted(Details, &["space"], &action::mark::MARK_RESOURCE, "mark"),
    hinted(Details, &["B"], &action::history::ROLL_BACK_TO, "temporary rollback"),
    hinted(Strip, &["l", "right"], &action::go::DOWN, "next"),
    on(Strip, &["h", "left"], &action::go::UP),
    hinted(Diff, &["n"], &action::diff::NEXT_HUNK, "hunk"),
    on(Diff, &["N"], &action::diff::PREVIOUS_HUNK),
    hinted(Diff, &["]"], &action::diff::NEXT_RESOURCE, "resource"),
    on(Diff, &["["], &action::diff::PREVIOUS_RESOURCE),
    hinted(Diff, &["enter"], &action::diff::FOLD, "fold"),
    hinted(Diff, &["tab"], &action::diff::COMPARE, "compare"),
    hinted(Diff, &["v"], &action::diff::UNIFIED, "unified"),
    hinted(Diff, &["b"], &action::diff::BLAME, "blame"),
    hinted(Diff, &["i"], &action::diff::IGNORED, "ignored"),
    hinted(Diff, &["w"], &action::diff::WRAP, "wrap"),
    hinted(Diff, &["/"], &action::diff::SEARCH, "search"),
    hinted(Diff, &["y"], &action::diff::COPY, "copy"),
    hinted(Diff, &["E"], &action::diff::EXPORT, "export"),
    hinted(Diff, &["s"], &action::sync::SYNC, "sync"),
    hinted(Diff, &["esc", "q"], &action::go::BACK, "back").says("back to where it was opened"),
    on(Diff, &["j", "down"], &action::go::DOWN),
    on(Diff, &["k", "up"], &action::go::UP),
    on(Diff, &["g", "home"], &action::go::FIRST),
    on(Diff, &["G", "end"], &action::go::LAST),
    on(Diff, &["Ctrl-d", "pgdn"], &action::go::HALF_DOWN),
    on(Diff, &["Ctrl-u", "pgup"], &action::go::HALF_UP),
    on(Diff, &["?"], &action::window::HELP),
    on(Diff, &[":"], &action::window::PALETTE),
    hinted(Rollback, &["space"], &action::rollback::MARK, "mark"),
    hinted(Rollback, &["enter"], &action::rollback::NEXT, "next"),
    hinted(Rollback, &["t"], &action::rollback::ALL, "all commits"),
    hinted(Rollback, &["G"], &action::rollback::GOOD, "good"),
    hinted(Rollback, &["m"], &action::rollback::MAINLINE, "mainline"),
    hinted(Rollback, &["e"], &action::rollback::MESSAGE, "edit message"),
    hinted(Rollback, &["c"], &action::rollback::COPY_COMMAND, "copy command"),
    hinted(Rollback, &["u"], &action::undo::UNDO, "undo"),
    hinted(Rollback, &["b"], &action::go::BACK, "background").says("back to the apps; what was sent goes on, with a task row"),
    hinted(Rollback, &["esc", "q"], &action::go::BACK, "back").says("one step back, what was marked stays; what was sent goes on"),
    on(Rollback, &["j", "down"], &action::go::DOWN),
    on(Rollback, &["k", "up"], &action::go::UP),
    on(Rollback, &["g", "home"], &action::go::FIRST),
    on(Rollback, &["end"], &action::go::LAST),
    on(Rollback, &["Ctrl-d", "pgdn"], &action::go::HALF_DOWN),
    on(Rollback, &["Ctrl-u", "pgup"], &action::go::HALF_UP),
    on(Rollback, &["?"], &action::window::HELP),
    hinted(Timeline, &["enter"], &action::timeline::FOLLOW, "open"),
    hinted(Timeline, &["+", "="], &action::timeline::LONGER, "longer"),
    hinted(Timeline, &["-"], &action::timeline::SHORTER, "shorter"),
    hinted(Timeline, &["tab", "right"], &action::timeline::NEXT_KIND, "kind"),
    on(Timeline, &["shift-tab", "left"], &action::timeline::PREVIOUS_KIND),
    hinted(Timeline, &["/"], &action::timeline::SEARCH, "filter"),
    hinted(Timeline, &["n"], &action::timeline::OLDER_SAME, "same app"),
    on(Timeline, &["N"], &action::timeline::NEWER_SAME),
    hinted(Timeline, &["f"], &action::timeline::MARKED, "only marked"),
    hinted(Timeline, &["E"], &action::timeline::EXPORT, "export"),
    hinted(Timeline, &["esc", "q", "t"], &action::go::BACK, "back").says("takes off the filter, then closes the timeline"),
    on(Timeline, &["j", "down"], &action::go::DOWN),
    on(Timeline, &["k", "up"], &action::go::UP),
    on(Timeline, &["g", "home"], &action::go::FIRST),
    on(Timeline, &["G", "end"], &action::go::LAST),
    on(Timeline, &["Ctrl-d", "pgdn"], &action::go::HALF_DOWN),
    on(Timeline, &["Ctrl-u", "pgup"], &action::go::HALF_UP),
    hinted(Timeline, &["m"], &action::matrix::OPEN, "matrix"),
    on(Timeline, &["@"], &action::window::JOURNAL),
    on(Timeline, &["?"], &action::window::HELP),
    hinted(Matrix, &["enter"], &action::matrix::FOLLOW, "open"),
    hinted(Matrix, &["d"], &action::matrix::DIFF, "diff"),
    hinted(Matrix, &["s"], &action::matrix::SYNC, "sync"),
    hinted(Matrix, &["l", "right", "tab"], &action::matrix::RIGHT, "next cluster"),
    on(Matrix, &["h", "left", "shift-tab"], &action::matrix::LEFT),
    hinted(Matrix, &["n"], &action::matrix::NEXT, "next problem"),
    on(Matrix, &["N"], &action::matrix::PREVIOUS),
    hinted(Matrix, &["c"], &action::matrix::FOLD, "one-cluster apps"),
    hinted(Matrix, &["/"], &action::matrix::SEARCH, "filter"),
    hinted(Matrix, &["space"], &action::matrix::MARK, "mark"),
    hinted(Matrix, &["t"], &action::timeline::OPEN, "timeline"),
    hinted(Matrix, &["esc", "q", "m"], &action::go::BACK, "back").says("takes off the filter, then closes the matrix"),
    on(Matrix, &["j", "down"], &action::go::DOWN),
    on(Matrix, &["k", "up"], &action::go::UP),
    on(Matrix, &["g", "home"], &action::go::FIRST),
    on(Matrix, &["G", "end"], &action::go::LAST),
    on(Matrix, &["Ctrl-d", "pgdn"], &action::go::HALF_DOWN),
    on(Matrix, &["Ctrl-u", "pgup"], &action::go::HALF_UP),
    on(Matrix, &["?"], &action::window::HELP),
    hinted(Drift, &["enter"], &action::drift::FOLLOW, "open"),
    hinted(Drift, &["d"], &action::drift::DIFF, "diff"),
    hinted(Drift, &["s"], &action::drift::SYNC, "sync these"),
    hinted(Drift, &["space"], &action::drift::MARK, "mark its apps"),
    hinted(Drift, &["r"], &action::drift::AGAIN, "compare again"),
    hinted(Drift, &["esc", "q", "D"], &action::go::BACK, "back").says("from the apps of a group to the groups, then closes them"),
    on(Drift, &["j", "down"], &action::go::DOWN),
    on(Drift, &["k", "up"], &action::go::UP),
    on(Drift, &["g", "home"], &action::go::FIRST),
    on(Drift, &["G", "end"], &action::go::LAST),
    on(Drift, &["Ctrl-d", "pgdn"], &action::go::HALF_DOWN),
    on(Drift, &["Ctrl-u", "pgup"], &action::go::HALF_UP),
    on(Drift, &["?"], &action::window::HELP),
];

/// A line of help or palette.
#[derive(Clone)]
pub struct HelpLine {
    pub group: &'static str,
    pub keys: String,
    pub title: String,
    pub help: String,
    /// Why it is off now.
    pub off: Option<String>,
    pub action: Option<&'static Action>,
}

/// The layers whose keys work now: the first that binds a key has it.
pub fn layers(state: &AppState) -> &'static [Layer] {
    let strip = !layout::main(state).strip.is_empty();
    match state.screen {
        Screen::Main if state.view.focus == Pane::Details && state.view.list() == Pane::Apps => &[Details, Main],
        Screen::Main if state.view.focus == Pane::Clusters && strip => &[Strip, Main],
        Screen::Main => &[Main],
        Screen::Diff(_) => &[Diff],
        Screen::Rollback(_) => &[Rollback],
        Screen::Timeline => &[Timeline],
        Screen::Matrix => &[Matrix],
        Screen::Drift => &[Drift],
    }
}

/// The binding of a key, in the first layer that has one.
fn bound(state: &AppState, key: &str) -> Option<&'static Binding> {
    let in_layer = |layer: &Layer| BINDINGS.iter().find(|b| b.layer == *layer && b.keys.contains(&key) && fits_stage(state, b.action.name));
    layers(state).iter().find_map(in_layer)
}

/// Rollback keys that mean something at this step.
fn fits_stage(state: &AppState, name: &str) -> bool {
    let Screen::Rollback(screen) = &state.screen else { return true };
    match name {
        "mark_commit" => screen.stage == Stage::Suspects || screen.later().is_some(),
        "show_all_commits" => screen.stage == Stage::Suspects,
        "choose_good" => screen.other_good(),
        "choose_mainline" => screen.stage == Stage::Preview && screen.marked_merges().next().is_some(),
        "edit_message" if super::rollback::refused::wants_message(state) => true,
        "edit_message" => matches!(screen.stage, Stage::Preview | Stage::Plan) && screen.preview.is_some(),
        "copy_push_command" => super::rollback::refused::task(state).is_some_and(super::rollback::refused::copies),
        "next_step" => screen.stage <= Stage::Preview || super::rollback::is_refused(state),
        "undo_rollback" => screen.stage == Stage::Follow,
        _ => true,
    }
}

/// As `fits_stage`; the background is for what was sent, and where no commit is listed there is none to mark or to go on with.
pub fn fits_step(state: &AppState, binding: &Binding) -> bool {
    let is_empty = matches!(&state.screen, Screen::Rollback(r) if r.stage == Stage::Suspects && r.rows().is_empty());
    if is_empty && matches!(binding.action.name, "mark_commit" | "next_step") {
        return false;
    }
    let sends = matches!(&state.screen, Screen::Rollback(r) if r.stage >= Stage::Push);
    fits_stage(state, binding.action.name) && (binding.layer != Rollback || binding.keys.first() != Some(&"b") || sends)
}

/// The key of the main screen writes, or, as `x`, leads to what does.
pub fn writes(key: &str) -> bool {
    key == "x" || BINDINGS.iter().any(|b| b.layer == Main && b.action.mutates && b.keys.contains(&key))
}

/// The bound keys that work now on this row, most useful first.
pub fn hints(state: &AppState) -> Vec<Hint> {
    let is_own = |b: &&Binding| {
        let first = b.keys.first().and_then(|key| bound(state, key));
        first.is_some_and(|found| std::ptr::eq(found, *b)) && fits_pane(state, b.action)
    };
    layers(state)
        .iter()
        .flat_map(|layer| BINDINGS.iter().filter(move |b| b.layer == *layer))
        .filter(is_own)
        .filter_map(|b| b.hint.filter(|_| (b.action.off)(state).is_none()).map(|label| (b, label)))
        .filter(|(b, _)| fits_step(state, b))
        .map(|(b, label)| Hint { key: b.keys.first().copied().unwrap_or_default().to_owned(), label: hints::label(state, label) })
        .collect()
}

/// Hinted where it is about what has the focus.
fn fits_pane(state: &AppState, action: &'static Action) -> bool {
    if !matches!(state.screen, Screen::Main) {
        return true;
    }
    let is = |other: &'static Action| std::ptr::eq(action, other);
    match if state.view.list() == Pane::Apps { state.view.focus } else { state.view.list() } {
        _ if is(&action::window::NOTICES) => state.notices.unseen() > 0,
        Pane::Apps => !is(&action::go::DEEPER) && !is(&action::go::BACK) || is(&action::go::BACK) && is_narrowed(state),
        Pane::Details if is(&action::mark::MARK_RESOURCE) => super::pane::resources::is_open(state),
        Pane::Details => !is(&action::go::DEEPER) && !is(&action::mark::MARK),
        Pane::Clusters | Pane::Repos => !is(&action::mark::MARK) && !is(&action::window::ACTIONS),
    }
}

/// Esc would show more apps again.
fn is_narrowed(state: &AppState) -> bool {
    let view = &state.view;
    !view.filter.text.is_empty() || view.only_cluster.is_some() || view.only_repo.is_some() || !view.marks.is_empty() || view.zoom
}

/// The keys bound to an action in the current layers, else in the main one.
fn keys_of(state: &AppState, action: &Action) -> String {
    let find = |wanted: &Layer| BINDINGS.iter().find(|b| b.layer == *wanted && std::ptr::eq(b.action, action));
    layers(state).iter().find_map(find).or_else(|| find(&Main)).map(|b| b.keys.join(" ")).unwrap_or_default()
}

pub fn line(state: &AppState, action: &'static Action) -> HelpLine {
    HelpLine {
        group: action.group.title(),
        keys: keys_of(state, action),
        title: action.title.to_owned(),
        help: action.help.to_owned(),
        off: (action.off)(state),
        action: Some(action),
    }
}

/// Palette lines for an input, best first: actions whose words begin with what was typed, then those that contain it.
pub fn palette_lines(state: &AppState, input: &str) -> Vec<HelpLine> {
    let wanted = input.trim().to_lowercase();
    let on_row = state.row().map(|r| format!("{} on {}", r.app.id.name, r.app.runs_on()));
    let mut found: Vec<(usize, HelpLine)> = TABLE
        .iter()
        .filter(|a| a.group == action::Group::App || a.group == action::Group::Screen)
        .filter_map(|a| {
            let line = line(state, a);
            // The heading says which app they are on; it may be typed as well.
            let row = on_row.as_ref().filter(|_| a.group == action::Group::App);
            let text = row.map_or_else(|| line.title.clone(), |row| format!("{} {row}", line.title)).to_lowercase();
            let rank = if wanted.is_empty() || text.starts_with(&wanted) {
                0
            } else if wanted.split_whitespace().all(|w| text.contains(w) || a.name.contains(w) || a.help.to_lowercase().contains(w)) {
                1
            } else {
                return None;
            };
            Some((rank + 2 * usize::from(line.off.is_some()), line))
        })
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, l)| l).collect()
}

/// The actions of the row under the cursor: those that work first, the others with their reason.
pub fn action_lines(state: &AppState) -> Vec<HelpLine> {
    let mut lines: Vec<HelpLine> = TABLE.iter().filter(|a| a.group == action::Group::App).map(|a| line(state, a)).collect();
    lines.sort_by_key(|l| l.off.is_some());
    lines
}

/// Where in these lines the first step of Why is that the menu can do, so that the cursor is on what is advised; else the first line.
pub fn advised_line(state: &AppState) -> usize {
    let lines = action_lines(state);
    let Some(row) = state.row() else { return 0 };
    let at = |step: &NextStep| {
        let action = advised(&step.key, &step.text)?;
        lines.iter().position(|l| l.off.is_none() && l.action.is_some_and(|a| std::ptr::eq(a, action)))
    };
    row.verdict.next.iter().find_map(at).unwrap_or(0)
}

/// What the key of a step is bound to on the main screen. The menu of a row has many entries: its steps begin with the name of theirs.
pub fn advised(key: &str, text: &str) -> Option<&'static Action> {
    let bound = BINDINGS.iter().find(|b| b.layer == Layer::Main && b.keys.contains(&key))?.action;
    if !std::ptr::eq(bound, &action::window::ACTIONS) {
        return Some(bound);
    }
    let first = text.split(|c: char| !c.is_ascii_alphabetic()).next().filter(|w| !w.is_empty());
    TABLE.iter().copied().find(|a| a.group == action::Group::App && a.title.split(' ').next() == first)
}

/// The action bound to a key in the layer that has the focus.
pub fn resolve(state: &AppState, key: Key) -> Option<&'static Action> {
    bound(state, &key.to_string()).map(|b| b.action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn no_key_has_two_actions_in_one_layer() {
        let mut seen: BTreeMap<(Layer, &str), &str> = BTreeMap::new();
        for binding in BINDINGS {
            for key in binding.keys {
                let other = seen.insert((binding.layer, key), binding.action.name);
                assert!(other.is_none(), "{key} is bound to {} and {}", other.unwrap_or_default(), binding.action.name);
            }
        }
    }

    #[test]
    fn every_bound_action_is_in_the_table_and_tmux_keys_stay_free() {
        for binding in BINDINGS {
            assert!(TABLE.iter().any(|a| a.name == binding.action.name), "{} is missing in the table", binding.action.name);
            for key in binding.keys {
                assert!(!["Ctrl-b", "Ctrl-a", "Ctrl-s", "Ctrl-q", "P", "X", "T"].contains(key), "{key} must stay unbound");
            }
        }
    }
}
