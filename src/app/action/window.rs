//! Opening overlays and changing what the screen shows.

use super::{Action, Group, always};
use crate::app::effect::Effect;
use crate::app::keymap;
use crate::app::overlay::{Overlay, Scrolled, help::Help, palette::Palette};
use crate::app::pane::apps::Sort;
use crate::app::pane::clusters;
use crate::app::state::AppState;

const fn screen(name: &'static str, title: &'static str, help: &'static str, run: fn(&mut AppState) -> Vec<Effect>) -> Action {
    Action { name, title, help, group: Group::Screen, off: always, run, mutates: false }
}

pub static ACTIONS: Action = screen("show_actions", "actions", "all actions of this row; off ones say why", |s| {
    let cursor = keymap::advised_line(s);
    s.overlays.push(Overlay::Actions { cursor });
    Vec::new()
});
pub static FILTER: Action = screen("filter_apps", "filter", "narrow the list while you type", |s| {
    s.view.filter.before.clone_from(&s.view.filter.text);
    s.view.filter.editing = true;
    // Where one pane has the screen, the list is what a filter narrows.
    s.view.depth = 0;
    s.view.filter.back = 0;
    s.view.focus = crate::app::pane::Pane::Apps;
    Vec::new()
});
pub static PALETTE: Action = screen("show_palette", "palette", "every action by name", |s| {
    s.overlays.push(Overlay::Palette(Palette::default()));
    Vec::new()
});
pub static HELP: Action = screen("show_help", "help", "every key and action", |s| {
    s.overlays.push(Overlay::Help(Help::default()));
    Vec::new()
});
pub static NOTICES: Action = screen("show_notices", "notices", "what you should know", |s| {
    s.notices.look(s.now);
    s.notices.flash = None;
    s.overlays.push(Overlay::Notices(Scrolled::default()));
    Vec::new()
});
pub static JOURNAL: Action = screen("show_journal", "journal", "everything driftdeck ever sent, refused or cancelled", |s| {
    s.overlays.push(Overlay::Journal(Scrolled::default()));
    Vec::new()
});
pub static ORDER: Action = screen("choose_order", "sort order", "sort order, and the columns of wide screens", |s| {
    let cursor = Sort::ALL.iter().position(|o| *o == s.view.sort).unwrap_or(0);
    s.overlays.push(Overlay::Order { cursor });
    Vec::new()
});
pub static VIEWS: Action = screen("show_views", "views", "named filters: problems, prod, frozen, and those you saved", |s| {
    let now = s.view.filter.text.trim();
    let cursor = crate::app::views::all(s).iter().position(|v| v.filter == now).unwrap_or(0);
    s.overlays.push(Overlay::Views { cursor, naming: None });
    Vec::new()
});
pub static MOUSE: Action = screen("toggle_mouse", "mouse", "mouse on or off; off leaves selecting text to the terminal", |s| {
    s.settings.mouse = !s.settings.mouse;
    s.notices.flash(s.now, if s.settings.mouse { "The mouse is on." } else { "The mouse is off: the terminal selects text." });
    vec![Effect::Mouse(s.settings.mouse)]
});
pub static THEMES: Action = screen("choose_theme", "themes", "choose a theme; the screen behind changes as you move", |s| {
    let before = s.settings.theme.clone();
    let cursor = s.settings.themes.iter().position(|t| *t == before).unwrap_or(0);
    s.overlays.push(Overlay::Themes { cursor, before });
    Vec::new()
});
pub static CLUSTERS: Action =
    screen("choose_clusters", "clusters", "choose which contexts are watched", |s| clusters::open_picker(s, false));
pub static ZOOM: Action = screen("zoom_pane", "zoom", "the focused pane takes the screen, and back", |s| {
    s.view.zoom = !s.view.zoom;
    crate::app::list::scroll_to_cursor(s);
    Vec::new()
});
