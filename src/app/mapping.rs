//! Which context reaches an Argo destination, where the operator says so on screen: it counts once an object of an app was found there.

use super::also::shown_as;
use super::destination::{self, Found, Proof, Suggestion, Told, is_called};
use super::effect::Effect;
use super::notice::Level;
use super::state::AppState;
use crate::domain::app::App;
use crate::domain::cluster::ContextInfo;
use crate::domain::ids::{ClusterId, EngineKind, ObjectKey};

/// So many apps of a destination, and so many objects of each, are looked for.
const APPS: usize = 3;
const OBJECTS: usize = 3;

/// A destination as the Applications of one Argo CD name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub home: ClusterId,
    /// Its name, else its server.
    pub destination: String,
}

impl Target {
    /// `None` = the app names none.
    pub fn of(app: &App) -> Option<Self> {
        Some(Self { home: app.id.cluster.clone(), destination: Told::by(app).word()?.to_owned() })
    }

    /// As it is looked up in this run.
    pub fn pair(&self) -> (ClusterId, String) {
        (self.home.clone(), self.destination.clone())
    }

    /// As it is kept: the same name on another Argo CD may be another cluster.
    pub fn key(&self) -> String {
        format!("{}/{}", self.home, self.destination)
    }

    pub fn is_of(&self, app: &App) -> bool {
        app.id.cluster == self.home && app.id.engine() == EngineKind::Argo && Told::by(app).word() == Some(self.destination.as_str())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    Context {
        id: ClusterId,
        server: String,
        /// Why nothing can be looked for there now.
        why_not: Option<String>,
        is_chosen: bool,
    },
    /// Takes the choice back.
    Nothing,
}

/// What is under the cursor. Errors: why there is nothing to map.
pub fn target(state: &AppState) -> Result<Target, String> {
    if state.view.list() == super::pane::Pane::Clusters {
        let id = state.view.cluster.as_ref().ok_or("No cluster is under the cursor.")?;
        let here = |app: &App| app.destination.cluster.is_none() && app.runs_on() == id.as_str();
        let chosen = |app: &App| app.destination.cluster.as_ref() == Some(id) && Target::of(app).is_some_and(|t| is_chosen(state, &t));
        let apps = || state.fleet.rows.values().map(|row| &row.app);
        let found = apps().find(|app| here(app)).or_else(|| apps().find(|app| chosen(app)));
        let app = found.ok_or_else(|| format!("{id} needs no mapping: a context of yours reaches it."))?;
        return free(state, app).and_then(|()| Target::of(app).ok_or_else(|| format!("{id} has no name to map.")));
    }
    let app = &super::action::row_in_focus(state)?.app;
    let name = &app.id.name;
    if app.id.engine() != EngineKind::Argo {
        return Err(format!("{name} is Flux's: which cluster it deploys to is not mapped by driftdeck."));
    }
    free(state, app)?;
    let target = Target::of(app).ok_or_else(|| format!("{name} names no destination."))?;
    match &app.destination.cluster {
        Some(cluster) if !is_chosen(state, &target) => Err(format!("{} is reached by context {cluster} already.", target.destination)),
        _ => Ok(target),
    }
}

/// What the config says is changed in the config. Errors: what it says.
fn free(state: &AppState, app: &App) -> Result<(), String> {
    let told = Told::by(app);
    let said = told.explicit(state).next().zip(told.word());
    said.map_or(Ok(()), |(to, word)| Err(format!("destinations in the config maps {word} to {to}: it is changed there.")))
}

fn is_chosen(state: &AppState, target: &Target) -> bool {
    state.mapped.contains_key(&target.key())
}

/// The contexts, those called like the destination first, then those that can be asked now; last the way back, if there is one.
pub fn choices(state: &AppState, target: &Target) -> Vec<Choice> {
    let chosen = state.mapped.get(&target.key());
    let is_named = |c: &ContextInfo| {
        let names = [Some(c.id.as_str()), c.alias.as_deref()];
        names.into_iter().flatten().any(|n| is_called(n, &target.destination) || is_called(&target.destination, n))
    };
    let contexts = state.contexts.iter().filter(|c| !state.fleet.also.contains_key(&c.id));
    let mut found: Vec<_> = contexts.map(|c| (!is_named(c), why_not(state, &c.id), c)).collect();
    found.sort_by_key(|(is_other, why_not, _)| (*is_other, why_not.is_some()));
    let context = |(_, why_not, c): (bool, Option<String>, &ContextInfo)| Choice::Context {
        id: c.id.clone(),
        server: c.server.clone(),
        why_not,
        is_chosen: chosen == Some(&c.id),
    };
    found.into_iter().map(context).chain(chosen.map(|_| Choice::Nothing)).collect()
}

fn why_not(state: &AppState, id: &ClusterId) -> Option<String> {
    match state.fleet.clusters.get(id).map(|c| &c.link) {
        None => Some("not watched".into()),
        Some(_) if super::settle::is_live(state, id) => None,
        Some(link) => Some(link.word().to_owned()),
    }
}

/// Looks for objects of the destination's apps there; the answer maps it. Errors: why it cannot be looked.
pub fn choose(state: &mut AppState, target: &Target, cluster: &ClusterId) -> Result<Vec<Effect>, String> {
    let cluster = shown_as(state, cluster);
    if let Some(why) = why_not(state, &cluster) {
        return Err(format!("{cluster} is {why}: nothing can be looked for there."));
    }
    let objects = sample(state, target);
    if objects.is_empty() {
        return Err(format!(
            "No app that deploys to {} tells of an object yet: there is nothing to know the cluster by.",
            target.destination
        ));
    }
    state.notices.flash(state.now, format!("Looking on {cluster} for {} objects that {} deployed ...", objects.len(), target.home));
    let asked = Suggestion { cluster: cluster.clone(), state: Proof::Asked, by_operator: true };
    state.fleet.suggestions.insert(target.pair(), asked);
    state.dirty = true;
    Ok(vec![Effect::FindTracked { home: target.home.clone(), destination: target.destination.clone(), cluster, objects }])
}

pub fn sample(state: &AppState, target: &Target) -> Vec<(ObjectKey, Vec<String>)> {
    let apps = state.fleet.rows.values().map(|row| &row.app).filter(|app| target.is_of(app) && !app.resources.is_empty());
    apps.take(APPS).flat_map(|app| destination::sample(app, OBJECTS)).collect()
}

/// What the look found, for the operator who asked.
pub fn on_answer(state: &mut AppState, target: &Target, cluster: &ClusterId, found: Result<Found, String>) -> Vec<Effect> {
    let Target { home, destination } = target;
    let stays = state.mapped.get(&target.key()).map_or_else(|| "unmapped".to_owned(), |c| format!("mapped to {c}"));
    let why = match found {
        Ok(Found::Marked) => None,
        Ok(Found::Nothing) => Some(format!("no object that {home} deployed there was found on {cluster}.")),
        Ok(Found::Unmarked) => {
            Some(format!("{cluster} has objects of these names, but none with the mark (annotation tracking-id) of an app of {home}."))
        }
        Err(why) => Some(format!("{cluster} could not be looked at: {why}.")),
    };
    if let Some(why) = why {
        let hint = format!("In the config, destinations: {{\"{destination}\": {cluster}}} maps it without looking.");
        state.notices.push(state.now, Level::Attention, format!("{destination} stays {stays}: {why}"), Some(hint));
        return Vec::new();
    }
    state.mapped.insert(target.key(), cluster.clone());
    let text = format!("{destination} of {home} is reached by context {cluster}: objects of its apps were found there.");
    state.notices.push(state.now, Level::Good, text, None);
    vec![Effect::SaveMapping { destination: target.key(), to: Some(cluster.clone()) }]
}

/// What was chosen in an earlier run does not hold: in this one nothing is read there.
pub fn on_lost(state: &mut AppState, target: &Target) {
    let Some(cluster) = state.mapped.remove(&target.key()) else { return };
    map_anew(state, target);
    let text = format!("{} was mapped to {cluster}, but no object of its apps is there now: it counts as unmapped.", target.destination);
    state.notices.push(state.now, Level::Attention, text, Some(":map on one of its rows chooses a context.".into()));
}

/// As if it had not been chosen.
pub fn take_back(state: &mut AppState, target: &Target) -> Vec<Effect> {
    if state.mapped.remove(&target.key()).is_none() {
        return Vec::new();
    }
    state.fleet.suggestions.remove(&target.pair());
    map_anew(state, target);
    state.notices.flash(state.now, format!("{} is no longer mapped by your choice.", target.destination));
    vec![Effect::SaveMapping { destination: target.key(), to: None }]
}

fn map_anew(state: &mut AppState, target: &Target) {
    let of: Vec<_> = state.fleet.rows.iter().filter(|(_, row)| target.is_of(&row.app)).map(|(id, _)| id.clone()).collect();
    for id in of {
        destination::map_row(state, &id, None);
    }
    state.fleet.derive.links_changed = true;
    state.dirty = true;
}
