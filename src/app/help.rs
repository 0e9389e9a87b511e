//! What help lists: first the keys of what is open, then the rest of the table.

use super::action::{Action, TABLE};
use super::hints;
use super::keymap::{self, BINDINGS, Binding, HelpLine, Layer};
use super::overlay::Overlay;
use super::rollback::Stage;
use super::state::{AppState, Screen};

/// Keys of every plan, which no table binds: they belong to its fields and buttons.
const PLAN: [(&str, &str, &str); 6] = [
    ("tab", "move", "to the next option, field or button; shift-tab goes back"),
    ("space", "toggle", "switch the option that has the focus"),
    ("y", "confirm", "where no name is wanted"),
    ("n q esc", "cancel", "close it; nothing is sent"),
    ("c", "copy", "copy the commands that would do the same"),
    (
        "letters",
        "the name",
        "go into the field that wants a name typed, wherever the focus is; y n q c e stay keys until the name is begun and once it is whole, \
         unless it begins with that letter",
    ),
];

/// What stands in the columns of Apps, as far as a name of a column does not say it.
pub const COLUMNS: [(&str, &str); 6] = [
    ("CLUSTER", "where the app runs; the hub that it is managed from stands in the Source tab"),
    ("SYNC", "whether git and cluster agree, or how the last operation went, as the engine says"),
    ("HEALTH", "how its objects are; ? before a word: it was so, and is not known now"),
    ("REV", "the revision that runs, never one that was tried"),
    (
        "AGE",
        "how long it has been in this state, not when it was last synced; >7m: at least so long; of a dim row: how old what you see is",
    ),
    ("MESSAGE", "why it is not well, in short; Why tells the whole"),
];

/// As above, of Clusters and of the line that stands for it on low screens.
pub const OF_CLUSTERS: [(&str, &str); 3] = [
    ("sign", "how we reach the cluster and how its engines do; where that is well, the worst of its apps"),
    (
        "BAD",
        "apps that failed, are degraded, missing or out of sync, of all that run there; 9+/14: at least 9, as some are not known now; \
         -/4: none is known now",
    ),
    ("LINK", "live, or what is wrong with the link or an engine there"),
];

/// Lines that hold all words of the search; grouped, the keys that work now first.
pub fn lines(state: &AppState, search: &str) -> Vec<HelpLine> {
    let words: Vec<String> = search.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let hit = |line: &HelpLine| {
        let name = line.action.map_or("", |a| a.name);
        let text = format!("{} {} {} {name}", line.title, line.help, line.keys).to_lowercase();
        words.iter().all(|w| text.contains(w))
    };
    let below = state.overlays.iter().rev().find(|o| !matches!(o, Overlay::Help(_)));
    let mut all = match below {
        Some(overlay) => of_overlay(state, overlay),
        None if is_plan_step(state) => plan("PLAN"),
        None => of_layers(state),
    };
    let here: Vec<&str> = all.iter().filter_map(|l| l.action).map(|a| a.name).collect();
    let mut rest: Vec<&'static Action> = TABLE.iter().copied().filter(|a| !here.contains(&a.name)).collect();
    rest.sort_by_key(|a| a.group);
    let is_main = below.is_none() && matches!(state.screen, Screen::Main);
    all.extend(rest.into_iter().map(|action| {
        let mut line = keymap::line(state, action);
        if !is_main {
            line.group = action.group.elsewhere();
        }
        if below.is_some() || is_plan_step(state) {
            // Run from here it would act below what is open.
            (line.action, line.off) = (None, Some("close what is open first: esc".into()));
        }
        line
    }));
    if is_main {
        all.extend(plan("PLANS"));
        all.extend(COLUMNS.iter().map(|(name, help)| plain("COLUMNS OF APPS", "", name, help)));
        all.extend(OF_CLUSTERS.iter().map(|(name, help)| plain("COLUMNS OF CLUSTERS", "", name, help)));
    }
    all.retain(hit);
    all
}

/// The third step of a rollback is a plan, with the keys of one.
pub fn is_plan_step(state: &AppState) -> bool {
    matches!(&state.screen, Screen::Rollback(r) if r.stage == Stage::Plan && r.plan.is_some() && !r.editing)
}

fn plain(group: &'static str, keys: &str, title: &str, help: &str) -> HelpLine {
    HelpLine { group, keys: keys.to_owned(), title: title.to_owned(), help: help.to_owned(), off: None, action: None }
}

fn plan(group: &'static str) -> Vec<HelpLine> {
    PLAN.iter().map(|(keys, title, help)| plain(group, keys, title, help)).collect()
}

/// The keys of the layers that lie on the main one, each with what it does there.
fn of_layers(state: &AppState) -> Vec<HelpLine> {
    let own = keymap::layers(state).iter().filter(|l| **l != Layer::Main);
    own.flat_map(|layer| BINDINGS.iter().filter(move |b| b.layer == *layer)).map(|binding| of_binding(state, binding)).collect()
}

fn of_binding(state: &AppState, binding: &Binding) -> HelpLine {
    let line = keymap::line(state, binding.action);
    let fits = keymap::fits_step(state, binding);
    HelpLine {
        group: binding.layer.title(),
        keys: binding.keys.join(" "),
        help: binding.help.unwrap_or(binding.action.help).to_owned(),
        off: if fits { line.off } else { Some("not at this step".into()) },
        action: line.action.filter(|_| fits),
        ..line
    }
}

fn of_overlay(state: &AppState, overlay: &Overlay) -> Vec<HelpLine> {
    let title = match overlay {
        Overlay::Confirm(_) => return plan("PLAN"),
        Overlay::Progress(_) => "TASK",
        Overlay::Log(_) => "LOG",
        Overlay::Notices(_) => "NOTICES",
        Overlay::Journal(_) => "JOURNAL",
        Overlay::Clusters { .. } | Overlay::Picker(_) => "CLUSTERS",
        _ => "MENU",
    };
    hints::in_overlay(state, overlay).iter().map(|hint| plain(title, &hint.key, &hint.label, "")).collect()
}
