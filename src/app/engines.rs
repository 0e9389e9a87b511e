//! How the engines of each cluster do: what was read of their controllers, what follows, and which rows show nothing newer for it.

use super::context;
use super::effect::Effect;
use super::fleet::{Cluster, Fleet, Row};
use super::notice::Level as NoticeLevel;
use super::pane::Pane;
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::controllers::{Controller, Controllers, Level, Warning};
use crate::domain::duration::seconds_between;
use crate::domain::ids::{AppId, AppKind, ClusterId, EngineKind};
use crate::domain::source::SourceType;
use crate::engine::health::{self, Apps, Facts, Runs};
use crate::engine::works::Works;
use crate::engine::{argo, flux};
use std::collections::BTreeMap;

/// A look older than this says nothing of now, seconds.
const OLD_S: i64 = 300;

pub fn on_controllers(state: &mut AppState, id: &ClusterId, found: Controllers) -> Vec<Effect> {
    let Some(cluster) = state.fleet.clusters.get_mut(id) else { return Vec::new() };
    let in_view = state.view.details_of == Pane::Clusters;
    let mut is_news = true;
    let found = match cluster.controllers.take() {
        // What was not looked for is not gone: the last whole look stands until it is old.
        Some(old) if found.is_cut && !old.is_cut => {
            cluster.controllers = Some(old);
            return Vec::new();
        }
        Some(old) => {
            is_news = !old.is_like(&found);
            state.dirty |= in_view || is_news;
            found.after(old)
        }
        None => {
            state.dirty = true;
            found
        }
    };
    cluster.controllers = Some(found);
    // Evidence tells how the controller does. Where it does as it did, rows out of view are judged with the full minute.
    let is_told = |r: &&Row| is_news || state.view.app.as_ref() == Some(&r.app.id);
    let troubled = state.fleet.rows.values().filter(|r| r.app.id.cluster == *id && !r.verdict.short.is_empty()).filter(is_told);
    let troubled: Vec<AppId> = troubled.map(|r| r.app.id.clone()).collect();
    state.fleet.derive.judge.extend(troubled);
    warn(state, id);
    Vec::new()
}

/// Ages grow and runs fail to come without an event.
pub fn judge(state: &mut AppState) {
    let ids: Vec<ClusterId> = state.fleet.clusters.values().filter(|c| c.controllers.is_some()).map(|c| c.id.clone()).collect();
    for id in ids {
        warn(state, &id);
    }
}

/// What is owed by a controller is known only once its apps and sources are read, which may be after the first look at it.
pub fn judge_one(state: &mut AppState, id: &ClusterId) {
    if state.fleet.clusters.get(id).is_some_and(|c| c.controllers.is_some()) {
        warn(state, id);
    }
}

/// It has said how its engines do, or why not; one without any has nothing to say.
pub fn is_settled(cluster: &Cluster) -> bool {
    !cluster.link.is_live() || cluster.engines.is_empty() || cluster.controllers.is_some()
}

fn warn(state: &mut AppState, id: &ClusterId) {
    let warnings = warnings(state, id);
    let Some(cluster) = state.fleet.clusters.get_mut(id) else { return };
    if cluster.warnings == warnings {
        return;
    }
    let old = std::mem::replace(&mut cluster.warnings, warnings.clone());
    let name = cluster.name().to_owned();
    state.dirty = true;
    let known = |w: &Warning| old.iter().any(|o| o.level <= w.level && o.engine == w.engine && o.controller == w.controller);
    for news in warnings.iter().filter(|w| w.level == Level::Down && !known(w)) {
        let text = format!("{name}: {}.", news.short);
        state.notices.push(state.now, NoticeLevel::Bad, text, Some(news.sentence.clone()));
    }
    let reach = |all: &[Warning]| all.iter().filter(|w| w.level <= Level::Poor).cloned().collect::<Vec<_>>();
    if reach(&old) != reach(&warnings) {
        let rows = state.fleet.rows.keys().filter(|app| app.cluster == *id).cloned();
        let rows: Vec<AppId> = rows.collect();
        state.fleet.derive.judge.extend(rows);
    }
}

fn warnings(state: &AppState, id: &ClusterId) -> Vec<Warning> {
    let fleet = &state.fleet;
    let Some(cluster) = fleet.clusters.get(id) else { return Vec::new() };
    let Some(read) = cluster.controllers.as_ref().filter(|c| state.now.as_second() - c.at.as_second() < OLD_S) else { return Vec::new() };
    let (apps, runs) = (apps(fleet, id), runs(fleet, id));
    health::judge(&Facts {
        now: state.now,
        cluster: cluster.name(),
        context: id.as_str(),
        engines: &cluster.engines,
        read,
        runs: &runs,
        apps: &apps,
        source_every: source_every(fleet, id, read),
    })
}

/// Namespace of the instance: one cluster may have several Argo CDs, but one Flux.
fn instance(app: &App) -> &str {
    if app.id.engine() == EngineKind::Argo { context::instance(app) } else { "" }
}

fn apps(fleet: &Fleet, id: &ClusterId) -> Vec<Apps> {
    let mut out: BTreeMap<(AppKind, &str), usize> = BTreeMap::new();
    for row in fleet.rows.values().filter(|r| r.app.id.cluster == *id) {
        *out.entry((row.app.id.kind, instance(&row.app))).or_default() += 1;
    }
    out.into_iter().map(|((kind, namespace), count)| Apps { kind, namespace: namespace.to_owned(), count }).collect()
}

fn runs(fleet: &Fleet, id: &ClusterId) -> Vec<Runs> {
    kustomizations(fleet, id).into_iter().chain(comparisons(fleet, id)).collect()
}

/// Over all that Flux should have come by of late: those it lets rest, or that fail, have reasons of their own, but what it wrote of one that
/// fails or is being run tells that it works.
fn kustomizations(fleet: &Fleet, id: &ClusterId) -> Option<Runs> {
    let ours = fleet.rows.values().filter(|r| r.stale_as_of.is_none() && r.app.id.cluster == *id).map(|r| &r.app);
    let ours = ours.filter(|a| a.id.kind == AppKind::Kustomization && !a.suspended && !a.deleting);
    let (well, rest): (Vec<_>, Vec<_>) = ours.partition(|a| a.condition("Ready").is_some_and(|c| c.status == Some(true)));
    let mut out: Option<Runs> = None;
    let mut due: Option<Timestamp> = None;
    for run in well.into_iter().filter_map(|a| flux::last_run(a)) {
        due = due.max(later(run.at, run.limit));
        let runs = out.get_or_insert(Runs {
            kind: AppKind::Kustomization,
            namespace: String::new(),
            newest: run.at,
            apps: 0,
            usual: run.every,
            limit: run.limit,
        });
        runs.newest = runs.newest.max(run.at);
        runs.usual = runs.usual.min(run.every);
        runs.limit = runs.limit.min(run.limit);
        runs.apps += 1;
    }
    let mut runs = out?;
    if let Some(wrote) = rest.iter().filter_map(|a| a.condition("Ready")?.since).max() {
        due = due.max(later(wrote, runs.limit));
        runs.newest = runs.newest.max(wrote);
    }
    // An app of a long interval may be the newest, or the last that is due: before then nothing need be wrong.
    runs.limit = due.map_or(u64::MAX, |due| seconds_between(runs.newest, due));
    Some(runs)
}

fn later(at: Timestamp, seconds: u64) -> Option<Timestamp> {
    at.checked_add(jiff::SignedDuration::from_secs(i64::try_from(seconds).ok()?)).ok()
}

fn comparisons(fleet: &Fleet, id: &ClusterId) -> Vec<Runs> {
    let ours = fleet.compared.iter().filter(|((cluster, _), _)| cluster == id);
    let of = |((_, namespace), (newest, apps)): (&(ClusterId, String), &(Timestamp, usize))| {
        let one =
            fleet.rows.values().map(|r| &r.app).find(|a| a.id.cluster == *id && a.argo().is_some() && context::instance(a) == namespace)?;
        let (limit, usual) = argo::patience(&context::argocd_cm(fleet, one))?;
        Some(Runs { kind: AppKind::Application, namespace: namespace.clone(), newest: *newest, apps: *apps, usual, limit })
    };
    ours.filter_map(of).collect()
}

/// The shortest interval of the sources whose Events are read: those beside their controller.
fn source_every(fleet: &Fleet, id: &ClusterId, read: &Controllers) -> Option<u64> {
    let is_beside = |namespace: &str| read.list.iter().any(|c| c.heard_at.is_some() && c.namespace == namespace);
    let ours = fleet.sources.values().filter(|s| s.id.cluster == *id && s.source_type == SourceType::Git && s.of.is_none());
    let well = ours.filter(|s| !s.suspended && s.ready == Some(true) && is_beside(&s.id.namespace));
    well.filter_map(|s| s.interval).min()
}

/// All that an engine cannot do without is to run and does, as far as every workload of it could be seen.
pub fn runs_whole(read: &Controllers, engine: EngineKind) -> bool {
    let ours = || read.list.iter().filter(|c| c.engine == engine);
    // Several workloads may be one component; those of them that are not in use are at 0.
    let wanted = |one: &Controller| ours().any(|c| c.namespace == one.namespace && c.component == one.component && c.desired > 0);
    ours().any(|c| c.desired > 0)
        && ours().all(|c| read.is_whole(engine, &c.namespace) && (!health::is_vital(engine, &c.component) || wanted(c)))
}

/// The worst thing to say of a cluster's engines that is going on now.
pub fn worst(cluster: &Cluster) -> Option<&Warning> {
    cluster.warnings.iter().filter(|w| w.level <= Level::Poor).min_by_key(|w| w.level)
}

/// When a controller last did what it is there for, over all apps or sources; `None` = not known, or it leaves no trace.
pub fn last_done(fleet: &Fleet, cluster: &ClusterId, controller: &Controller) -> Option<Timestamp> {
    match controller.component.as_str() {
        "application-controller" => fleet.compared.get(&(cluster.clone(), controller.namespace.clone())).map(|(at, _)| *at),
        "kustomize-controller" => kustomizations(fleet, cluster).map(|runs| runs.newest),
        _ => controller.heard_at,
    }
}

/// What a plan says of an engine that will not carry it out; `None` = it works, or that is not known.
pub fn idle(state: &AppState, app: &App) -> Option<String> {
    let trouble = works(&state.fleet, app).trouble?;
    let cluster = state.fleet.clusters.get(&app.id.cluster)?;
    let is_it = |c: &&Controller| c.name == trouble.controller && (trouble.namespace.is_empty() || c.namespace == trouble.namespace);
    let down = cluster.controllers.as_ref().and_then(|read| read.list.iter().find(is_it)).filter(|c| c.ready == 0);
    let since = down.and_then(|c| c.down_since.or_else(|| c.pods.as_ref().and_then(|p| p.unready_since)));
    Some(match since {
        Some(at) => {
            let clock = super::settle::clock_text(at, state.settings.utc_offset);
            format!("{} of {} is not ready since {clock}: nothing is applied until it is back", trouble.controller, cluster.name())
        }
        None => format!("{} on {}: nothing is applied until that is mended", trouble.short, cluster.name()),
    })
}

/// What a plan says of a source that brings in nothing of what git holds; `None` = it does, or that is not known.
pub fn unfed(state: &AppState, app: &App) -> Option<String> {
    let engine = crate::engine::engine(app.id.engine());
    context::with(&state.fleet, &state.settings, state.now, app, "", |c| engine.source_trouble(c))
}

/// What is known of the engine behind an app.
pub fn works<'a>(fleet: &'a Fleet, app: &App) -> Works<'a> {
    let Some(cluster) = fleet.clusters.get(&app.id.cluster) else { return Works::default() };
    let engine = app.id.engine();
    let ours = |namespace: &str| engine == EngineKind::Flux || namespace.is_empty() || namespace == context::instance(app);
    let all = || cluster.warnings.iter().filter(|w| w.engine == engine && ours(&w.namespace));
    let component = health::applier(app.id.kind);
    let is_applier = |c: &&Controller| c.engine == engine && c.component == component && ours(&c.namespace);
    let read = cluster.controllers.as_ref();
    Works {
        trouble: all().find(|w| w.level == Level::Down && w.reach.covers(app.id.kind)),
        unfetched: all().find(|w| w.rule == "sources-silent" && w.level <= Level::Poor),
        slow: all().find(|w| w.rule == "notification-down"),
        controller: read.and_then(|read| Some((read.list.iter().filter(is_applier).max_by_key(|c| c.desired)?, read.at))),
    }
}
