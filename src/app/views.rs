//! Named filters: some that everybody needs, and those the operator saved.

use super::effect::Effect;
use super::filter::{self, Scope};
use super::pane::Pane;
use super::state::AppState;
use crate::domain::text::sanitise;
use crate::domain::view::SavedView;

/// Name and filter of the views that are always there.
const GIVEN: [(&str, &str); 6] =
    [("All", ""), ("Problems", "not ok"), ("Prod", "cluster:prod-* not ok"), ("Frozen", "suspended"), ("New", "new"), (DRIFT, "drifted")];
/// The one that is no list of apps: it opens what they differ in.
const DRIFT: &str = "Drift groups";
const NAME_LENGTH: usize = 24;
/// More would be a list that nobody reads.
const MOST: usize = 20;

#[derive(Clone, Debug, Default)]
pub struct Views {
    /// In the order they were saved.
    pub own: Vec<SavedView>,
    /// The filter a run starts with; `None` = all apps.
    pub start: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub name: String,
    pub filter: String,
    /// Saved by the operator, who can remove it.
    pub is_own: bool,
    /// A run starts with it.
    pub is_start: bool,
}

impl View {
    /// It opens the drift groups of the apps its filter counts.
    pub fn is_drift(&self) -> bool {
        !self.is_own && self.name == DRIFT
    }
}

/// Every view, the given ones first.
pub fn all(state: &AppState) -> Vec<View> {
    let start = state.views.start.as_deref().unwrap_or_default();
    let starts = |name: &str, filter: &str| filter == start && name != DRIFT;
    let view = |name: &str, filter: &str, is_own| View { name: name.into(), filter: filter.into(), is_own, is_start: starts(name, filter) };
    let given = GIVEN.iter().map(|(name, filter)| view(name, filter, false));
    given.chain(state.views.own.iter().map(|v| view(&v.name, &v.filter, true))).collect()
}

/// How many apps a view shows.
pub fn count(state: &AppState, view: &View) -> usize {
    let expr = filter::parse(&view.filter).expr;
    state.fleet.rows.values().filter(|row| filter::matches(&expr, row, state.now, Scope::Names)).count()
}

/// The list shows what the view says; everything else about it stays.
pub fn choose(state: &mut AppState, view: &View) -> Vec<Effect> {
    if view.is_drift() {
        return super::drift::open(state);
    }
    state.view.filter.text.clone_from(&view.filter);
    state.view.filter.editing = false;
    state.view.focus = Pane::Apps;
    state.fleet.derive.list_changed = true;
    state.view.hold_until = None;
    Vec::new()
}

/// Keeps the filter of the list under a name; one of that name takes it over. Errors: why it is not kept.
pub fn save(state: &mut AppState, name: &str) -> Result<Vec<Effect>, String> {
    let name = sanitise(name.trim(), NAME_LENGTH);
    let filter = state.view.filter.text.trim().to_owned();
    if name.is_empty() {
        return Err("A view needs a name.".into());
    }
    if GIVEN.iter().any(|(given, _)| given.eq_ignore_ascii_case(&name)) {
        return Err(format!("{name} is one of the given views: take another name."));
    }
    if filter.is_empty() {
        return Err("There is no filter to save: / narrows the list first.".into());
    }
    let own = &mut state.views.own;
    let count = own.len();
    match own.iter_mut().find(|v| v.name.eq_ignore_ascii_case(&name)) {
        Some(view) => view.filter = filter,
        None if count >= MOST => return Err(format!("{MOST} views are saved already: - removes one.")),
        None => own.push(SavedView { name, filter }),
    }
    Ok(kept(state))
}

/// Errors: a given view stays.
pub fn remove(state: &mut AppState, view: &View) -> Result<Vec<Effect>, String> {
    if !view.is_own {
        return Err(format!("{} is always there; - removes what you saved.", view.name));
    }
    state.views.own.retain(|v| v.name != view.name);
    if view.is_start && !all(state).iter().any(|v| v.is_start) {
        state.views.start = None;
    }
    Ok(kept(state))
}

/// A run starts with this view; said of the one that is, a run starts with all apps again. Errors: it is no list.
pub fn start_with(state: &mut AppState, view: &View) -> Result<Vec<Effect>, String> {
    if view.is_drift() {
        return Err("A run starts with a list of apps; D opens the drift groups.".into());
    }
    state.views.start = (!view.is_start && !view.filter.is_empty()).then(|| view.filter.clone());
    Ok(kept(state))
}

fn kept(state: &mut AppState) -> Vec<Effect> {
    state.dirty = true;
    vec![Effect::SaveViews { own: state.views.own.clone(), start: state.views.start.clone() }]
}
