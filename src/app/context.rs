//! What a verdict or plan may know besides the object: gathered from the fleet for one app.

use super::fleet::{Cluster, Fleet};
use super::state::Settings;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::cluster::KindState;
use crate::domain::event::{OtherObject, Project};
use crate::domain::ids::{AppId, AppKind, ClusterId, SourceId};
use crate::engine::{ClusterFacts, Context};

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
    let destination = app.destination.cluster.as_ref().map(|c| facts(fleet, settings, c));
    let projects: Vec<&Project> = fleet
        .projects
        .range((app.id.cluster.clone(), String::new(), String::new())..)
        .take_while(|((cluster, _, _), _)| *cluster == app.id.cluster)
        .map(|(_, p)| p)
        .collect();
    let related = related(fleet, app);
    let context = Context {
        now,
        operator: &settings.operator,
        home: &home,
        destination: destination.as_ref(),
        source: app.flux().and_then(|f| f.source.as_ref()).and_then(|id| fleet.sources.get(id)),
        chart: chart_of(app).and_then(|id| fleet.sources.get(&id)),
        projects: &projects,
        projects_complete: kind_is_live(fleet, &app.id.cluster, "appprojects"),
        argocd_cm: argocd_cm(fleet, &app.id.cluster),
        related: &related,
        tree: fleet.tree_of(&app.id).map(|(_, nodes)| nodes),
        log_line: fleet.log_of(&app.id).map(|(_, line)| line),
        head: head(fleet, app),
        last_good: fleet.last_good.get(&app.id),
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
    }
}

fn uid_of(cluster: &Cluster) -> String {
    cluster.fingerprint.as_ref().and_then(|f| f.uid.as_deref()).and_then(|uid| uid.get(..8)).unwrap_or_default().to_owned()
}

fn kind_is_live(fleet: &Fleet, cluster: &ClusterId, kind: &str) -> bool {
    fleet.clusters.get(cluster).and_then(|c| c.kinds.get(kind)).is_some_and(|k| matches!(k, KindState::Live | KindState::Forbidden { .. }))
}

fn argocd_cm<'a>(fleet: &'a Fleet, cluster: &ClusterId) -> Option<&'a OtherObject> {
    fleet.others.iter().find(|((c, key), _)| c == cluster && key.kind == "ConfigMap" && key.name == "argocd-cm").map(|(_, o)| o)
}

/// The HelmChart object of a HelmRelease.
fn chart_of(app: &App) -> Option<SourceId> {
    let (namespace, name) = app.flux()?.helm.as_ref()?.helm_chart.clone()?;
    Some(SourceId { cluster: app.id.cluster.clone(), kind: "HelmChart".into(), namespace, name })
}

/// Dependencies, the parent, and child Applications, as far as they are rows.
fn related<'a>(fleet: &'a Fleet, app: &App) -> Vec<&'a App> {
    let mut ids: Vec<AppId> = Vec::new();
    let id =
        |kind, namespace: &str, name: &str| AppId { cluster: app.id.cluster.clone(), kind, namespace: namespace.into(), name: name.into() };
    if let Some(flux) = app.flux() {
        ids.extend(flux.depends_on.iter().map(|(ns, name)| id(app.id.kind, if ns.is_empty() { &app.id.namespace } else { ns }, name)));
        ids.extend(flux.parent.iter().map(|(ns, name)| id(AppKind::Kustomization, ns, name)));
    }
    if let Some(argo) = app.argo() {
        ids.extend(argo.parent.iter().map(|name| id(AppKind::Application, &app.id.namespace, name)));
        if argo.children > 0 {
            ids.extend(app.resources.iter().filter(|r| r.key.kind == "Application" && r.key.group == "argoproj.io").map(|r| {
                id(AppKind::Application, if r.key.namespace.is_empty() { &app.id.namespace } else { &r.key.namespace }, &r.key.name)
            }));
        }
    }
    ids.iter().filter(|i| **i != app.id).filter_map(|i| fleet.rows.get(i)).map(|r| &*r.app).collect()
}
