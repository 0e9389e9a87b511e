//! `d` and the keys of the diff screen.

use super::{Action, Group, actable, always};
use crate::app::effect::{DiffMode, Effect};
use crate::app::pane::{diff, export};
use crate::app::state::{AppState, Screen};

pub static DIFF: Action = Action {
    name: "diff_app",
    title: "diff",
    help: "what differs between live and git; of a broken app in sync, what changed since it was well",
    group: Group::App,
    off: |s| actable(s).err(),
    run: |s| {
        s.overlays.clear();
        diff::open(s)
    },
    mutates: false,
};

const fn in_diff(name: &'static str, title: &'static str, help: &'static str, run: fn(&mut AppState) -> Vec<Effect>) -> Action {
    Action { name, title, help, group: Group::Diff, off: always, run, mutates: false }
}

pub static COMPARE: Action = Action {
    off: |s| is_of_two(s).then(|| "Two apps are compared; esc goes back to choose others.".into()),
    ..in_diff("compare_next", "compare", "live vs desired, deployed vs incoming, last good vs live", |s| {
        let Screen::Diff(screen) = &s.screen else { return Vec::new() };
        let mode = match screen.mode {
            DiffMode::LiveVsDesired => DiffMode::DeployedVsIncoming,
            DiffMode::DeployedVsIncoming => DiffMode::LastGoodVsLive,
            DiffMode::LastGoodVsLive | DiffMode::TwoApps => DiffMode::LiveVsDesired,
        };
        let id = screen.app.clone();
        diff::open_for(s, &id, mode)
    })
};

/// What two apps run is compared: nothing on the screen is of one alone.
pub fn is_of_two(state: &AppState) -> bool {
    matches!(&state.screen, Screen::Diff(diff) if diff.mode == DiffMode::TwoApps)
}
pub static UNIFIED: Action = in_diff("toggle_unified", "unified", "side by side or unified", |s| {
    let wide = s.width >= 140;
    if let Screen::Diff(screen) = &mut s.screen {
        screen.unified = Some(!screen.unified.unwrap_or(!wide));
    }
    Vec::new()
});
pub static BLAME: Action = in_diff("toggle_blame", "blame", "show or hide who set each live value that differs, and when", |s| {
    let Screen::Diff(screen) = &mut s.screen else { return Vec::new() };
    screen.blame = !screen.blame;
    let nobody = matches!(&screen.result, Some(Ok(set)) if set.resources.iter().all(|r| r.set_by.is_empty()));
    let differs = matches!(&screen.result, Some(Ok(set)) if set.differing() > 0);
    if nobody {
        let text = match screen.mode {
            DiffMode::DeployedVsIncoming => "Both sides come from git: nobody set a field by hand. tab compares with what is live.",
            DiffMode::LastGoodVsLive if differs => "Both sides are rendered from git; who set a field is told of what is live: tab.",
            DiffMode::TwoApps => "Two apps are compared as git has them: nobody set a field by hand.",
            DiffMode::LiveVsDesired | DiffMode::LastGoodVsLive => "Who set a field is told of what is live, and nothing live differs here.",
        };
        s.notices.flash(s.now, text);
    }
    Vec::new()
});
pub static IGNORED: Action = in_diff("show_ignored", "ignored", "show what was left out as noise", |s| {
    if let Screen::Diff(screen) = &mut s.screen {
        screen.show_ignored = !screen.show_ignored;
    }
    Vec::new()
});
pub static WRAP: Action = in_diff("wrap_lines", "wrap", "break long lines instead of cutting them", |s| {
    if let Screen::Diff(screen) = &mut s.screen {
        screen.wrap = !screen.wrap;
    }
    Vec::new()
});
pub static NEXT_HUNK: Action = in_diff("next_hunk", "hunk", "next hunk, or next match of a search", |s| {
    if matches!(&s.screen, Screen::Diff(d) if !d.search.is_empty()) {
        diff::search_next(s, true)
    } else {
        diff::hunk(s, true)
    }
    Vec::new()
});
pub static PREVIOUS_HUNK: Action = in_diff("previous_hunk", "previous hunk", "previous hunk, or match", |s| {
    if matches!(&s.screen, Screen::Diff(d) if !d.search.is_empty()) {
        diff::search_next(s, false)
    } else {
        diff::hunk(s, false)
    }
    Vec::new()
});
pub static NEXT_RESOURCE: Action = in_diff("next_resource", "resource", "next resource", |s| {
    diff::resource(s, true);
    Vec::new()
});
pub static PREVIOUS_RESOURCE: Action = in_diff("previous_resource", "previous resource", "previous resource", |s| {
    diff::resource(s, false);
    Vec::new()
});
pub static FOLD: Action = in_diff("fold_resource", "fold", "fold or unfold this resource", |s| {
    diff::fold(s);
    Vec::new()
});
pub static SEARCH: Action = in_diff("search_diff", "search", "search in this diff", |s| {
    if let Screen::Diff(screen) = &mut s.screen {
        screen.searching = true;
        screen.search.clear();
    }
    Vec::new()
});
pub static EXPORT: Action = in_diff("export_diff", "export", "write this diff as a patch file (mode 0600) and say where", |s| {
    let Screen::Diff(screen) = &s.screen else { return Vec::new() };
    let place = s.fleet.rows.get(&screen.app).map_or_else(String::new, |r| r.app.runs_on().to_owned());
    match export::patch(screen, &place, s.now) {
        Some((name, text)) => vec![Effect::Export { name, text }],
        None => {
            s.notices.flash(s.now, "There is no diff to write yet.");
            Vec::new()
        }
    }
});
pub static COPY: Action = in_diff("copy_resource_diff", "copy", "copy this resource's difference", |s| match &s.screen {
    Screen::Diff(screen) => diff::copy_text(screen).map(Effect::Copy).into_iter().collect(),
    _ => Vec::new(),
});
