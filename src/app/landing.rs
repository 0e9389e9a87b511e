//! Where an action lands: the cluster an app's object lives on and the one it deploys to, with what the config, the marks of the operator and
//! the kubeconfig say of each. A destination need not be watched, or be known at all; nothing is taken for harmless because we do not see it.

use super::destination::{Told, is_called, same_server};
use super::filter;
use super::fleet::Cluster;
use super::pane::clusters;
use super::state::AppState;
use crate::domain::app::App;
use crate::domain::cluster::ContextInfo;
use crate::domain::ids::{ClusterId, EngineKind};
use crate::engine::{ClusterFacts, Context};

/// One cluster that an action reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// As shown and typed.
    pub name: String,
    /// Every name it has: contexts, aliases, servers, and what the engine calls it. What the config says of one holds for all.
    pub names: Vec<String>,
    pub protected: bool,
    pub read_only: bool,
    /// Nothing tells which cluster it is.
    pub is_unknown: bool,
    /// What a plan says of it where it is not watched.
    note: String,
}

/// Both ends of an app.
#[derive(Clone, Debug)]
pub struct Landing {
    pub home: Place,
    /// `None` = it deploys where it lives.
    pub destination: Option<Place>,
}

impl Landing {
    pub fn of(state: &AppState, app: &App) -> Self {
        let told: Vec<&str> =
            [&app.destination.name, &app.destination.server].into_iter().filter_map(|t| t.as_deref().filter(|t| !t.is_empty())).collect();
        let is_home = app.destination.cluster.as_ref() == Some(&app.id.cluster);
        let home = watched(state, &app.id.cluster, if is_home { &told } else { &[] });
        let destination = match &app.destination.cluster {
            _ if is_home => None,
            Some(id) if state.fleet.clusters.contains_key(id) => Some(watched(state, id, &told)),
            None if told.is_empty() => None,
            mapped => Some(elsewhere(state, app, mapped.as_ref(), &told)),
        };
        Self { home, destination }
    }

    pub fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.home).chain(&self.destination)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.places().flat_map(|p| &p.names).map(String::as_str)
    }

    pub fn is_protected(&self) -> bool {
        self.places().any(|p| p.protected || p.is_unknown)
    }

    /// The place where nothing may be written.
    pub fn read_only(&self) -> Option<&Place> {
        self.places().find(|p| p.read_only)
    }

    /// Calls `use_it` with what is known around an app, and what holds at its places.
    pub fn with<R>(&self, context: &Context<'_>, use_it: impl FnOnce(&Context<'_>) -> R) -> R {
        let home = self.home.over(context.home);
        let far = self.destination.as_ref();
        let destination = context.destination.map(|known| far.map_or_else(|| home.clone(), |place| place.over(known)));
        let unmapped = far.filter(|_| destination.is_none()).map(|place| place.over(&ClusterFacts::default()));
        use_it(&Context { home: &home, destination: destination.as_ref(), unmapped: unmapped.as_ref(), ..context.clone() })
    }
}

impl Place {
    fn over(&self, known: &ClusterFacts) -> ClusterFacts {
        ClusterFacts {
            name: if known.name.is_empty() { self.name.clone() } else { known.name.clone() },
            protected: known.protected || self.protected,
            read_only: known.read_only || self.read_only,
            is_unknown: self.is_unknown,
            note: self.note.clone(),
            ..known.clone()
        }
    }
}

/// A cluster that we watch; `told` = what the engine calls it.
fn watched(state: &AppState, id: &ClusterId, told: &[&str]) -> Place {
    let cluster = state.fleet.clusters.get(id);
    let also = state.fleet.also.values().filter(|also| also.shown_as == *id).map(|also| &also.info);
    let mut names = vec![id.to_string()];
    cluster.and_then(|c| c.info.as_ref()).into_iter().chain(also).for_each(|info| add_context(&mut names, info));
    told.iter().for_each(|t| add_server(&mut names, t));
    Place {
        name: cluster.map_or(id.as_str(), Cluster::name).to_owned(),
        protected: cluster.is_some_and(|c| c.protected) || is_any(&state.settings.protected, &names),
        read_only: cluster.is_some_and(|c| c.read_only) || is_any(&state.settings.read_only_clusters, &names),
        names,
        ..Place::default()
    }
}

/// A destination that is not watched. The map of the config, the one chosen on screen and the server's address tell which context it is; a
/// name alone may only make it more careful.
fn elsewhere(state: &AppState, app: &App, mapped: Option<&ClusterId>, told: &[&str]) -> Place {
    let by = Told::by(app);
    let ids: Vec<&ClusterId> = mapped.into_iter().chain(by.explicit(state)).chain(by.chosen(state)).collect();
    let is_sure = |c: &&ContextInfo| ids.contains(&&c.id) || told.iter().any(|t| same_server(&c.server, t));
    let is_alike =
        |c: &&ContextInfo| told.iter().any(|t| is_called(c.id.as_str(), t) || c.alias.as_deref().is_some_and(|a| is_called(a, t)));
    let sure: Vec<&ContextInfo> = state.contexts.iter().filter(is_sure).collect();
    let contexts: Vec<&ContextInfo> = state.contexts.iter().filter(|c| is_sure(c) || is_alike(c)).collect();
    let mut names = Vec::new();
    told.iter().for_each(|t| add_server(&mut names, t));
    ids.iter().for_each(|id| add(&mut names, id.as_str()));
    contexts.iter().for_each(|info| add_context(&mut names, info));
    let is_marked = names.iter().any(|n| state.marked.get(&ClusterId::new(n)) == Some(&true));
    let protected =
        is_marked || is_any(&state.settings.protected, &names) || contexts.iter().any(|info| clusters::is_protected(state, info));
    let read_only = is_any(&state.settings.read_only_clusters, &names) || contexts.iter().any(|info| info.read_only);
    let is_unknown = sure.is_empty() && !protected;
    // A Flux app that is told another cluster by a secret has no name for it but the secret's.
    let name = if app.id.engine() == EngineKind::Argo { app.runs_on() } else { told.first().copied().unwrap_or_default() };
    let note = match sure.first() {
        _ if is_unknown => "destination unknown to this deck: treated as protected".to_owned(),
        Some(info) if info.name() == name => "not watched now".to_owned(),
        Some(info) => format!("context {}, not watched now", info.name()),
        None => "unmapped: no context of yours reaches it".to_owned(),
    };
    Place { name: name.to_owned(), names, protected, read_only, is_unknown, note }
}

fn is_any(globs: &[String], names: &[String]) -> bool {
    names.iter().any(|name| filter::matches_any(globs, name))
}

fn add(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|n| n == name) {
        names.push(name.to_owned());
    }
}

/// A server also as a pattern would most likely have it: without a slash at its end.
fn add_server(names: &mut Vec<String>, name: &str) {
    add(names, name);
    add(names, name.trim_end_matches('/'));
}

fn add_context(names: &mut Vec<String>, info: &ContextInfo) {
    add(names, info.id.as_str());
    info.alias.iter().for_each(|alias| add(names, alias));
    add_server(names, &info.server);
}
