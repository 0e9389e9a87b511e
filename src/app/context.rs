//! What a verdict or plan may know besides the object: gathered from the fleet for one app.

use super::fleet::{Cluster, Fleet};
use super::relations;
use super::state::Settings;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::cluster::KindState;
use crate::domain::event::{OtherObject, Project};
use crate::domain::ids::{ClusterId, ObjectKey, SourceId};
use crate::domain::source::SourceObject;
use crate::engine::{ClusterFacts, Context, Known};

/// Calls `use_it` with everything known around `app`.
pub fn with<R>(
    fleet: &Fleet,
    settings: &Settings,
    now: Timestamp,
    app: &App,
    request_id: &str,
    use_it: impl FnOnce(&Context<'_>) -> R,
) -> R {
    let home = facts(fleet, settings, &app.id.cluster);
    let destination = app.destination.cluster.as_ref().filter(|c| fleet.clusters.contains_key(c)).map(|c| facts(fleet, settings, c));
    let projects: Vec<&Project> = fleet
        .projects
        .range((app.id.cluster.clone(), String::new(), String::new())..)
        .take_while(|((cluster, _, _), _)| *cluster == app.id.cluster)
        .map(|(_, p)| p)
        .collect();
    let related = relations::related(fleet, app);
    let sources = relations::sources(fleet, &related);
    let chart = chart(fleet, app);
    let context = Context {
        now,
        operator: &settings.operator,
        home: &home,
        destination: destination.as_ref(),
        source: app.flux().and_then(|f| f.source.as_ref()).and_then(|id| fleet.sources.get(id)),
        chart,
        packed_from: chart.and_then(|c| c.of.as_ref()).and_then(|id| fleet.sources.get(id)),
        projects: &projects,
        projects_unread: unread(fleet, app, "appprojects", "AppProjects"),
        argocd_cm: argocd_cm(fleet, app),
        compared: fleet.compared.get(&(app.id.cluster.clone(), instance(app).to_owned())).copied(),
        works: super::engines::works(fleet, app),
        related: &related,
        sources: &sources,
        existing: &[],
        application_set: application_set(fleet, app),
        tree: fleet.tree_of(&app.id).map(|(_, nodes)| nodes),
        unseen: fleet.unseen.get(&app.id).map(String::as_str),
        events: fleet.events_of(&app.id),
        log_line: fleet.log_of(&app.id).map(|(_, line)| line),
        log_pod: fleet.log_pod_of(&app.id),
        head: head(fleet, app),
        head_since: super::tips::since(fleet, app),
        last_good: fleet.last_good(app),
        unmapped: None,
        request_id,
    };
    use_it(&context)
}

/// Tip of the branch the app's first git source follows.
pub fn head<'a>(fleet: &'a Fleet, app: &App) -> Option<&'a str> {
    let source = app.sources.iter().find(|s| s.repo().is_some())?;
    let repo = fleet.repos.get(&source.repo()?)?;
    let (name, _) = repo.resolve(&source.reference)?;
    repo.refs.get(&name).map(String::as_str)
}

pub fn facts(fleet: &Fleet, settings: &Settings, id: &ClusterId) -> ClusterFacts {
    let Some(cluster) = fleet.clusters.get(id) else {
        return ClusterFacts { name: id.to_string(), read_only: settings.read_only, ..ClusterFacts::default() };
    };
    ClusterFacts {
        name: cluster.name().to_owned(),
        protected: cluster.protected,
        read_only: cluster.read_only || settings.read_only,
        uid: uid_of(cluster),
        engines: cluster.engines.clone(),
        ..ClusterFacts::default()
    }
}

fn uid_of(cluster: &Cluster) -> String {
    cluster.fingerprint.as_ref().and_then(|f| f.uid.as_deref()).and_then(|uid| uid.get(..8)).unwrap_or_default().to_owned()
}

/// Namespace of the Argo CD that works on an app.
pub fn instance(app: &App) -> &str {
    app.argo().and_then(|a| a.controller_namespace.as_deref()).unwrap_or(&app.id.namespace)
}

/// Why what Argo CD's own namespace holds of a kind is not known whole and as of now; `None` = it is.
fn unread(fleet: &Fleet, app: &App, plural: &str, what: &str) -> Option<String> {
    let namespace = instance(app);
    match fleet.clusters.get(&app.id.cluster).and_then(|c| c.kinds.get(plural)) {
        Some(KindState::Live) => None,
        Some(KindState::Forbidden { namespaces }) if namespaces.iter().any(|n| n == namespace) => None,
        Some(KindState::Forbidden { .. }) => Some(format!("you may not list {what} in namespace {namespace}")),
        Some(KindState::NotServed) => Some(format!("{what} are not served there")),
        Some(KindState::Broken { cause, .. }) => Some(format!("the watch of {what} is broken: {cause}")),
        Some(KindState::Loading { .. }) | None => Some(format!("{what} are still being read")),
    }
}

pub fn argocd_cm<'a>(fleet: &'a Fleet, app: &App) -> Known<'a, OtherObject> {
    if let Some(why) = unread(fleet, app, "configmaps", "ConfigMaps") {
        return Known::Unread(why);
    }
    let is_cm = |key: &ObjectKey| key.kind == "ConfigMap" && key.name == "argocd-cm";
    let all: Vec<_> = fleet.others.iter().filter(|((cluster, key), _)| *cluster == app.id.cluster && is_cm(key)).collect();
    let own = all.iter().find(|((_, key), _)| key.namespace == instance(app));
    let told = app.argo().is_some_and(|a| a.controller_namespace.is_some());
    match (own, &all[..]) {
        (Some((_, cm)), _) => Known::Read(cm),
        (None, []) => Known::Absent,
        (None, _) if told => Known::Absent,
        // An app outside its Argo CD's namespace that names no controller yet.
        (None, [(_, cm)]) => Known::Read(cm),
        (None, _) => Known::Unread("which Argo CD works on the app is not known yet".into()),
    }
}

/// The HelmChart object of a HelmRelease, whether it made it or refers to it.
pub fn chart<'a>(fleet: &'a Fleet, app: &App) -> Option<&'a SourceObject> {
    let named = app.flux()?.source.clone().filter(|s| s.kind == "HelmChart");
    fleet.sources.get(&chart_of(app).or(named)?)
}

/// What generates an Application; it lives in the same namespace.
fn application_set<'a>(fleet: &'a Fleet, app: &App) -> Option<&'a OtherObject> {
    let name = app.argo()?.application_set.as_deref()?;
    fleet.others.get(&(app.id.cluster.clone(), ObjectKey::new("argoproj.io", "ApplicationSet", &app.id.namespace, name)))
}

/// The HelmChart object that a HelmRelease made.
fn chart_of(app: &App) -> Option<SourceId> {
    let (namespace, name) = app.flux()?.helm.as_ref()?.helm_chart.clone()?;
    Some(SourceId { cluster: app.id.cluster.clone(), kind: "HelmChart".into(), namespace, name })
}
