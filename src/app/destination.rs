//! Where an Argo app deploys: which cluster of ours that is, or one that no context reaches.

use super::also::shown_as;
use super::effect::Effect;
use super::fleet::{Cluster, Row};
use super::landing::{Landing, Place};
use super::mapping::Target;
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::cluster::{ContextInfo, Link};
use crate::domain::ids::{AppId, ClusterId, EngineKind, Epoch, ObjectKey};
use serde::{Deserialize, Serialize};

/// A destination in the words of an Application: what a hub calls it.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    pub hub: &'a ClusterId,
    pub name: Option<&'a str>,
    pub server: Option<&'a str>,
}

impl<'a> Told<'a> {
    pub fn by(app: &'a App) -> Self {
        Self { hub: &app.id.cluster, name: app.destination.name.as_deref(), server: app.destination.server.as_deref() }
    }

    /// Its name, else its server.
    pub fn word(self) -> Option<&'a str> {
        self.name.or(self.server)
    }

    /// The contexts that the config names; the first one counts.
    pub fn explicit<'s>(self, state: &'s AppState) -> impl Iterator<Item = &'s ClusterId> + use<'s, 'a> {
        let is_told = move |what: &str| [self.name, self.server].into_iter().flatten().any(|w| same_server(w, what));
        state.settings.destinations.iter().filter(move |(what, _)| is_told(what)).map(|(_, to)| to)
    }

    /// The context that was chosen on screen.
    pub fn chosen(self, state: &AppState) -> Option<&ClusterId> {
        let destination = self.word()?.to_owned();
        state.mapped.get(&Target { home: self.hub.clone(), destination }.key())
    }

    /// By the config, by a choice, by the same server URL: what leaves no doubt.
    pub fn sure(self, state: &AppState) -> Option<&ClusterId> {
        let by_server = || state.contexts.iter().find(|c| self.server.is_some_and(|server| same_server(&c.server, server))).map(|c| &c.id);
        self.explicit(state).next().or_else(|| self.chosen(state)).or_else(by_server)
    }

    /// A context of that name: it only suggests.
    pub fn by_name(self, state: &AppState) -> Option<&ContextInfo> {
        let name = self.name?;
        state.contexts.iter().find(|c| is_called(c.id.as_str(), name) || c.alias.as_deref().is_some_and(|a| is_called(a, name)))
    }
}

/// Argo destinations: what is sure, else a context of that name once it was looked at.
pub fn map(state: &mut AppState, app: &mut App) {
    if app.destination.cluster.is_none() {
        let known = Told::by(app).sure(state).cloned().or_else(|| proven(state, app));
        app.destination.cluster = known.map(|c| shown_as(state, &c)).filter(|c| state.fleet.clusters.contains_key(c));
    }
    if app.destination.cluster.is_none() && app.id.engine() == EngineKind::Argo {
        ensure_unmapped(state, app);
        state.fleet.derive.unmapped |= app.destination.name.is_some();
    }
}

/// The context that reaches a destination by the config or by a choice on screen, and that is not watched in this run.
pub fn unread_context<'a>(state: &'a AppState, destination: &str) -> Option<&'a ClusterId> {
    let by_config = state.settings.destinations.iter().filter(|(what, _)| same_server(what, destination)).map(|(_, to)| to);
    let by_choice = state.mapped.iter().filter(|(key, _)| key.ends_with(&format!("/{destination}"))).map(|(_, to)| to);
    let is_unread =
        |id: &&ClusterId| state.contexts.iter().any(|c| c.id == **id) && !state.fleet.clusters.contains_key(&shown_as(state, id));
    by_config.chain(by_choice).find(is_unread)
}

/// Other clusters are watched now: what an app deploys to may be one of them, or none any more.
pub fn map_again(state: &mut AppState) {
    let is_watched = |c: &ClusterId| state.fleet.clusters.get(c).is_some_and(|c| c.info.is_some());
    let away = |row: &&Row| row.app.destination.cluster.as_ref() != Some(&row.app.id.cluster);
    let kept = |row: &Row| (row.app.id.clone(), row.app.destination.cluster.clone().filter(is_watched));
    let rows: Vec<_> = state.fleet.rows.values().filter(away).map(kept).collect();
    for (id, from) in rows {
        map_row(state, &id, from);
    }
}

/// Looks anew at where an app deploys, which is `from` where that is still known.
pub fn map_row(state: &mut AppState, id: &AppId, from: Option<ClusterId>) {
    let Some(mut app) = state.fleet.rows.get(id).map(|row| App::clone(&row.app)) else { return };
    let was = std::mem::replace(&mut app.destination.cluster, from);
    map(state, &mut app);
    if app.destination.cluster == was {
        return;
    }
    if let Some(row) = state.fleet.rows.get_mut(id) {
        row.app.destination.cluster = app.destination.cluster;
        state.fleet.derive.judge.insert(app.id);
    }
}

/// A context that is called like an Argo destination.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    pub cluster: ClusterId,
    pub state: Proof,
    /// Asked for on screen: the answer is told, and found is kept.
    pub by_operator: bool,
}

/// Whether one of the app's objects was found there with the app's own mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    Asked,
    Found,
    /// Not found, or not readable; looked for again after a while.
    Missing(Timestamp),
}

/// Looked for again after this many seconds.
const AGAIN_S: i64 = 300;
/// So many objects of an app are looked at.
const SAMPLE: usize = 3;

fn proven(state: &AppState, app: &App) -> Option<ClusterId> {
    let key = (app.id.cluster.clone(), app.destination.name.clone()?);
    state.fleet.suggestions.get(&key).filter(|s| s.state == Proof::Found).map(|s| s.cluster.clone())
}

/// A name only suggests: the objects of one app are looked for on the context of that name, one destination at a time.
pub fn ask(state: &mut AppState) -> Option<Effect> {
    if !state.fleet.derive.unmapped || state.fleet.suggestions.values().any(|s| s.state == Proof::Asked) {
        return None;
    }
    let found = state.fleet.rows.values().find_map(|row| suggestion(state, &row.app));
    let Some((home, destination, cluster, objects)) = found else {
        state.fleet.derive.unmapped = false;
        return None;
    };
    let asked = Suggestion { cluster: cluster.clone(), state: Proof::Asked, by_operator: false };
    state.fleet.suggestions.insert((home.clone(), destination.clone()), asked);
    Some(Effect::FindTracked { home, destination, cluster, objects })
}

/// No question about a destination is open.
pub fn is_settled(state: &AppState) -> bool {
    !state.fleet.derive.unmapped && state.fleet.suggestions.values().all(|s| s.state != Proof::Asked)
}

type Question = (ClusterId, String, ClusterId, Vec<(ObjectKey, Vec<String>)>);

fn suggestion(state: &AppState, app: &App) -> Option<Question> {
    let told = Told::by(app);
    if app.id.engine() != EngineKind::Argo || told.explicit(state).next().is_some() {
        return None;
    }
    if let Some(cluster) = told.chosen(state) {
        return doubted(state, app, cluster);
    }
    if app.destination.cluster.is_some() {
        return None;
    }
    let name = app.destination.name.clone()?;
    if !is_due(state, &(app.id.cluster.clone(), name.clone())) {
        return None;
    }
    let cluster = told.by_name(state).map(|c| shown_as(state, &c.id)).filter(|c| super::settle::is_live(state, c))?;
    let objects: Vec<_> = sample(app, SAMPLE).collect();
    (!objects.is_empty()).then_some((app.id.cluster.clone(), name, cluster, objects))
}

/// Not asked in this run, or in vain a while ago.
fn is_due(state: &AppState, key: &(ClusterId, String)) -> bool {
    let is_long_ago = |at: Timestamp| state.now.as_second() - at.as_second() >= AGAIN_S;
    state.fleet.suggestions.get(key).is_none_or(|s| matches!(s.state, Proof::Missing(at) if is_long_ago(at)))
}

/// What was chosen in an earlier run is looked at once in this one: the destination's name may be another cluster's by now.
fn doubted(state: &AppState, app: &App, cluster: &ClusterId) -> Option<Question> {
    let target = Target::of(app)?;
    let cluster = shown_as(state, cluster);
    if !super::settle::is_live(state, &cluster) || !is_due(state, &target.pair()) {
        return None;
    }
    let objects = super::mapping::sample(state, &target);
    (!objects.is_empty()).then_some((target.home, target.destination, cluster, objects))
}

/// Objects of an app with the marks that Argo CD gave them; secrets are not read for this.
pub fn sample(app: &App, most: usize) -> impl Iterator<Item = (ObjectKey, Vec<String>)> {
    let some = app.resources.iter().filter(|r| r.key.kind != "Secret").take(most);
    some.map(|r| (r.key.clone(), crate::engine::argo::tracking::ids(app, &r.key)))
}

/// Cloud tools write long context names that end in the cluster's own: `arn:aws:eks:eu-1:1:cluster/prod-us`, `gke_project_zone_prod-us`.
pub fn is_called(context: &str, name: &str) -> bool {
    context == name || context.strip_suffix(name).is_some_and(|rest| rest.ends_with(['/', '@', '_']))
}

/// What a look for an app's objects on a cluster found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// One that has the app's own mark.
    Marked,
    /// Some of their names, without the mark.
    Unmarked,
    Nothing,
}

/// The answer; found, every app of that destination is mapped. An error is no "not there".
pub fn on_tracked(state: &mut AppState, target: Target, cluster: &ClusterId, found: Result<Found, String>) -> Vec<Effect> {
    let (now, shown) = (state.now, shown_as(state, cluster));
    let key = target.pair();
    let is_asked = |s: &&mut Suggestion| s.state == Proof::Asked && (s.cluster == *cluster || s.cluster == shown);
    let Some(suggestion) = state.fleet.suggestions.get_mut(&key).filter(is_asked) else { return Vec::new() };
    let is_there = found == Ok(Found::Marked);
    suggestion.state = if is_there { Proof::Found } else { Proof::Missing(now) };
    let is_asked_for = std::mem::take(&mut suggestion.by_operator);
    if is_there {
        reached(state, &target, &shown);
    }
    if is_asked_for {
        return super::mapping::on_answer(state, &target, &shown, found);
    }
    if matches!(found, Ok(Found::Unmarked | Found::Nothing)) {
        super::mapping::on_lost(state, &target);
    }
    Vec::new()
}

fn reached(state: &mut AppState, target: &Target, cluster: &ClusterId) {
    let before: Vec<AppId> = state.fleet.rows.iter().filter(|(_, row)| target.is_of(&row.app)).map(|(id, _)| id.clone()).collect();
    for id in before {
        if let Some(row) = state.fleet.rows.get_mut(&id) {
            row.app.destination.cluster = Some(cluster.clone());
            state.fleet.derive.judge.insert(id);
        }
    }
    let placeholder = ClusterId::new(&target.destination);
    let is_bare = state.fleet.clusters.get(&placeholder).is_some_and(|c| c.info.is_none());
    if is_bare && !state.fleet.rows.values().any(|r| r.app.runs_on() == target.destination) {
        state.fleet.clusters.remove(&placeholder);
    }
    state.fleet.derive.links_changed = true;
    state.dirty = true;
}

/// Servers by meaning: scheme and host case, default port and trailing slash do not count.
pub fn same_server(a: &str, b: &str) -> bool {
    fn normal(s: &str) -> String {
        let s = s.trim().trim_end_matches('/').to_lowercase();
        s.strip_suffix(":443").filter(|_| s.starts_with("https://")).map_or(s.clone(), str::to_owned)
    }
    normal(a) == normal(b)
}

fn ensure_unmapped(state: &mut AppState, app: &App) {
    let id = ClusterId::new(app.runs_on());
    if !id.as_str().is_empty() && !state.fleet.clusters.contains_key(&id) {
        let Some(Place { protected, read_only, .. }) = Landing::of(state, app).destination else { return };
        state.fleet.clusters.insert(
            id.clone(),
            Cluster {
                id,
                info: None,
                link: Link::Unmapped,
                engines: Vec::new(),
                controllers: None,
                warnings: Vec::new(),
                kubernetes: None,
                user: None,
                fingerprint: None,
                kinds: std::collections::BTreeMap::new(),
                heard_at: None,
                epoch: Epoch(0),
                protected,
                read_only,
            },
        );
        state.dirty = true;
    }
}
