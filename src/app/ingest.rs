//! Cluster and repository events into the fleet: what came in, what it changed, what must be judged again.

use super::effect::Effect;
use super::fleet::{Cluster, Row};
use super::notice::Level;
use super::record;
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::cluster::{Fingerprint, KindState, Link};
use crate::domain::event::{ClusterEvent, Parsed, RepoEvent};
use crate::domain::ids::{AppId, ClusterId, EngineKind, Epoch, ObjectKey};
use crate::domain::repo::{PollState, Repo};
use crate::domain::verdict::Verdict;

pub fn on_cluster(state: &mut AppState, event: ClusterEvent) -> Vec<Effect> {
    let id = event.cluster().clone();
    if !state.fleet.clusters.contains_key(&id) {
        return Vec::new();
    }
    match event {
        ClusterEvent::Link { link, .. } => on_link(state, &id, link),
        ClusterEvent::Engines { engines, kubernetes, .. } => {
            with_cluster(state, &id, |c| {
                c.engines = engines;
                c.kubernetes = kubernetes.or(c.kubernetes.take());
            });
            Vec::new()
        }
        ClusterEvent::Controllers { found, .. } => super::engines::on_controllers(state, &id, found),
        ClusterEvent::Identity { fingerprint, user, moved, .. } => {
            if let Some(what) = moved {
                let name = state.fleet.clusters.get(&id).map_or_else(|| id.to_string(), |c| c.name().to_owned());
                let text = format!("{name} answers at another address: {what}.");
                let hint = "It is the same cluster: its id and its CA did not change.";
                state.notices.push(state.now, Level::Attention, text, Some(hint.to_owned()));
            }
            on_identity(state, id, fingerprint, user)
        }
        ClusterEvent::Kind { kind, state: kind_state, .. } => {
            on_kind(state, &id, kind, kind_state);
            Vec::new()
        }
        ClusterEvent::Upsert { epoch, objects, .. } => {
            let now = state.now;
            if is_old(state, &id, epoch) {
                return Vec::new();
            }
            heard(state, &id, now);
            objects.into_iter().flat_map(|object| upsert(state, object)).collect()
        }
        ClusterEvent::Removed { epoch, kind, namespace, name, .. } => {
            if !is_old(state, &id, epoch) {
                remove(state, &id, &kind, |ns, n| ns == namespace && n == name);
            }
            Vec::new()
        }
        ClusterEvent::Complete { epoch, kind, namespaces, present, .. } => {
            if is_old(state, &id, epoch) {
                return Vec::new();
            }
            let present: std::collections::HashSet<(String, String)> = present.into_iter().collect();
            remove(state, &id, &kind, |ns, n| {
                (namespaces.is_empty() || namespaces.iter().any(|want| want == ns)) && !present.contains(&(ns.to_owned(), n.to_owned()))
            });
            state.fleet.derive.save.insert(id);
            Vec::new()
        }
        ClusterEvent::Heard { at, .. } => {
            heard(state, &id, at);
            Vec::new()
        }
    }
}

/// A connection stands, and with whom: what was read in the one before is as of then.
fn on_identity(state: &mut AppState, id: ClusterId, fingerprint: Fingerprint, user: Option<String>) -> Vec<Effect> {
    let now = state.now;
    let heard = state.fleet.clusters.get(&id).and_then(|c| c.heard_at);
    with_cluster(state, &id, |c| {
        c.fingerprint = Some(fingerprint.clone());
        c.user = user;
        // What the kinds said belongs to the connection before.
        c.kinds.clear();
    });
    state.fleet.rights.forget(&id);
    super::causes::doubt(state, &id);
    state.fleet.connected.insert(id.clone(), (now, heard));
    state.fleet.derive.links_changed = true;
    let mut out = super::also::merge(state, &id);
    out.push(Effect::SaveFingerprint(id, fingerprint));
    out
}

/// An answer changes no visible cell by itself; ages are drawn when they are next due.
fn heard(state: &mut AppState, id: &ClusterId, at: Timestamp) {
    if let Some(cluster) = state.fleet.clusters.get_mut(id) {
        cluster.heard_at = Some(at);
    }
}

fn with_cluster(state: &mut AppState, id: &ClusterId, change: impl FnOnce(&mut Cluster)) {
    if let Some(cluster) = state.fleet.clusters.get_mut(id) {
        change(cluster);
        state.dirty = true;
    }
}

/// Events of an earlier run of the session are dropped; a newer epoch is remembered.
fn is_old(state: &mut AppState, id: &ClusterId, epoch: Epoch) -> bool {
    let Some(cluster) = state.fleet.clusters.get_mut(id) else { return true };
    if epoch < cluster.epoch {
        return true;
    }
    cluster.epoch = epoch;
    false
}

fn on_link(state: &mut AppState, id: &ClusterId, link: Link) -> Vec<Effect> {
    let link = as_seen(state, id, link);
    let Some(cluster) = state.fleet.clusters.get_mut(id) else { return Vec::new() };
    if cluster.link == link {
        return Vec::new();
    }
    let name = cluster.name().to_owned();
    let was_live = cluster.link.is_live();
    let was = cluster.link.word();
    cluster.link = link.clone();
    state.dirty = true;
    // Rows of a cluster that is not live name its state in their sentence.
    if was_live != link.is_live() || was != link.word() {
        state.fleet.derive.links_changed = true;
    }
    let news = match &link {
        Link::Unreachable { cause, .. } if was != "unreachable" => {
            Some((Level::Bad, format!("{name}: {cause}."), "Its rows stay, marked ?; r tries again now."))
        }
        Link::LoginNeeded { cause, .. } if was != "login needed" => {
            Some((Level::Attention, format!("{name}: login needed: {cause}."), "l runs the login program of the kubeconfig."))
        }
        Link::Changed { what } => Some((
            Level::Bad,
            format!("{name} is not the cluster it was: {what}."),
            "Nothing is read or sent there. Check the kubeconfig; :forget accepts the new one.",
        )),
        Link::Invalid { cause } => {
            Some((Level::Bad, format!("{name} cannot be used: {cause}."), "Mend the kubeconfig; it is read again when it changes."))
        }
        Link::Forbidden { .. } if was != "forbidden" => {
            link.reason().map(|r| (Level::Attention, format!("{name}: {r}; the rest is live."), "1 shows the rights of this cluster."))
        }
        _ => None,
    };
    let mut out = Vec::new();
    if let Some((level, text, hint)) = news {
        state.notices.push(state.now, level, text, Some(hint.to_owned()));
    }
    if was != link.word() && !state.settings.brief {
        let entry = record::link(state, &name, was, &link);
        out.extend(record::write(state, vec![entry]));
    }
    out
}

/// A cluster that never answered in this run was last heard when its stored rows were read.
fn as_seen(state: &AppState, id: &ClusterId, link: Link) -> Link {
    let has_apps = || state.fleet.by_cluster.get(id.as_str()).is_some_and(|c| c.total() > 0);
    let (since, cause, next_try_at) = match link {
        Link::Unreachable { since, cause, next_try_at } => (since, cause, next_try_at),
        // No engine of its own, but a hub deploys there: it answers, and that is what counts.
        Link::NotInstalled if has_apps() => return Link::Live { since: state.now },
        other => return other,
    };
    let heard = state.fleet.clusters.get(id).and_then(|c| c.heard_at);
    let stored = state.fleet.rows.values().filter(|r| r.app.id.cluster == *id).map(|r| r.app.observed_at).max();
    let since = heard.or(stored).map_or(since, |at| at.min(since));
    Link::Unreachable { since, cause, next_try_at }
}

fn on_kind(state: &mut AppState, id: &ClusterId, kind: String, kind_state: KindState) {
    let matters = kind == "appprojects" || kind == "configmaps";
    let still_loading = matches!(kind_state, KindState::Loading { .. });
    let is_read = kind_state == KindState::Live;
    let (mut was_loading, mut was_read) = (false, false);
    with_cluster(state, id, |c| {
        let before = c.kinds.insert(kind.clone(), kind_state);
        was_loading = matches!(before, Some(KindState::Loading { .. }));
        was_read = before == Some(KindState::Live);
    });
    if is_read && !was_read {
        super::engines::judge_one(state, id);
        super::existing::judge(state, id);
    }
    if is_app(&kind) && !(still_loading && was_loading) {
        state.fleet.derive.links_changed = true;
    }
    if matters {
        judge_cluster(state, id);
    }
}

fn upsert(state: &mut AppState, object: Parsed) -> Vec<Effect> {
    match object {
        Parsed::App(app) => upsert_app(state, *app, false),
        Parsed::Source(source) => {
            super::sources::read(state, *source);
            Vec::new()
        }
        Parsed::Project(project) => {
            let Some(cluster) = project.cluster.clone() else { return Vec::new() };
            judge_cluster(state, &cluster);
            state.fleet.projects.insert((cluster, project.namespace.clone(), project.name.clone()), *project);
            Vec::new()
        }
        Parsed::Other(other) => {
            let key = (other.cluster.clone(), other.key.clone());
            if other.key.kind == "ConfigMap" {
                judge_cluster(state, &other.cluster.clone());
            }
            state.fleet.others.insert(key, *other);
            Vec::new()
        }
    }
}

fn judge_cluster(state: &mut AppState, id: &ClusterId) {
    let ids: Vec<AppId> = state.fleet.rows.keys().filter(|a| a.cluster == *id && a.engine() == EngineKind::Argo).cloned().collect();
    state.fleet.derive.judge.extend(ids);
}

/// Adds or replaces a row; `from_store` rows never replace read ones.
pub fn upsert_app(state: &mut AppState, mut app: App, from_store: bool) -> Vec<Effect> {
    if state.settings.namespace.as_ref().is_some_and(|ns| *ns != app.id.namespace) {
        return Vec::new();
    }
    super::destination::map(state, &mut app);
    super::sources::fill(state, &mut app);
    let id = app.id.clone();
    let old = state.fleet.rows.get(&id);
    if from_store && old.is_some() {
        return Vec::new();
    }
    if let Some(old) = old {
        app = crate::engine::engine(id.engine()).settle(&old.app, app);
        super::assess::keep(&old.app, &mut app);
    }
    super::assess::fill(&mut app);
    // Lists grow by doubling while they are read; a thousand rows keep what they are given.
    app.resources.shrink_to_fit();
    app.history.shrink_to_fit();
    if super::repeat::is_one(state, &mut app) {
        return super::repeat::take(state, app);
    }
    let old = state.fleet.rows.get(&id);
    let row = merged(state, old, app, from_store);
    let watched = old.filter(|o| !o.from_store);
    let entries = watched.map(|old| record::changes(&old.app, &row.app, state.now)).unwrap_or_default();
    let changed = row.changed_at == Some(state.now);
    let redraw =
        old.is_none_or(|o| o.from_store || changed || o.app.operation != row.app.operation || o.app.conditions != row.app.conditions);
    let revision_moved =
        old.is_some_and(|o| o.app.revision != row.app.revision || super::assess::release(&o.app) != super::assess::release(&row.app));
    let repos_changed = revision_moved || old.is_none_or(|o| o.app.sources != row.app.sources);
    let list_changed = old.is_none_or(|o| o.severity != row.severity || changed || o.from_store);
    let stands = old.is_some_and(|o| !changed && o.severity == row.severity);
    let quoting = if stands { Vec::new() } else { super::relations::quoting(&state.fleet, &row.app) };
    let derive = &mut state.fleet.derive;
    derive.repos_changed |= repos_changed;
    derive.list_changed |= list_changed;
    derive.judge.insert(id.clone());
    derive.judge.extend(quoting);
    if revision_moved {
        derive.assessed_at.remove(&id);
    }
    super::silent::read(&mut state.fleet, &row);
    state.fleet.rows.insert(id.clone(), row);
    let mut out = Vec::new();
    if !entries.is_empty() {
        state.fleet.derive.save.insert(id.cluster.clone());
    }
    out.extend(record::write(state, entries));
    if let Some(entry) = record::ledger(state, &id) {
        out.push(Effect::Ledger(entry));
    }
    state.dirty |= redraw;
    out
}

/// The new row: what the object says, and what was known of the row before.
fn merged(state: &AppState, old: Option<&Row>, app: App, from_store: bool) -> Row {
    let now = state.now;
    let severity = app.severity();
    let (since, since_exact) = match (app.since, old) {
        (_, Some(old)) if super::assess::is_found(&old.app, &app) => (old.since, old.since_exact),
        (Some(since), _) => (since, true),
        (None, Some(old)) if old.severity == severity => (old.since, old.since_exact),
        (None, Some(old)) if !old.from_store => (now, true),
        (None, _) => super::outage::recorded_since(state, &app).unwrap_or((now, false)),
    };
    let watched = old.filter(|o| !o.from_store);
    let since = watched.filter(|o| super::outage::is_same(o, &app, severity)).map_or(since, |o| o.since.min(since));
    let changed = watched.is_some_and(|old| words(&old.app) != words(&app));
    let ack = old
        .and_then(|o| o.ack.clone())
        .or_else(|| state.fleet.acks.get(&app.id).cloned())
        .filter(|a| a.until.is_none_or(|until| until > now))
        .filter(|a| a.state.as_ref().is_none_or(|s| *s == (severity, app.revision.clone())));
    Row {
        severity,
        verdict: old.map_or_else(Verdict::default, |o| o.verdict.clone()),
        stale_as_of: if from_store { Some(app.observed_at) } else { None },
        since,
        since_exact,
        changed_at: if changed { Some(now) } else { old.and_then(|o| o.changed_at) },
        // News is another state than the one looked at last: a commit that passes through marks nothing.
        is_new: watched.is_some_and(|o| o.seen != severity),
        seen: watched.map_or(severity, |o| o.seen),
        ack,
        pending: old.and_then(|o| o.pending.clone()),
        standing: old.and_then(|o| o.standing),
        from_store,
        well_at: if super::outage::is_well(&app) || old.is_some_and(|o| super::outage::is_well(&o.app)) {
            Some(now)
        } else {
            old.and_then(|o| o.well_at)
        },
        app: app.into(),
    }
}

/// The words a person would see change.
fn words(
    app: &App,
) -> (crate::domain::status::Sync, crate::domain::status::Health, Option<crate::domain::status::Phase>, bool, Option<bool>, Option<&str>) {
    let phase = app.operation.as_ref().filter(|o| !o.routine).map(|o| o.phase);
    (app.sync, app.health, phase, app.suspended, app.auto_sync, app.revision.as_deref())
}

fn remove(state: &mut AppState, cluster: &ClusterId, plural: &str, gone: impl Fn(&str, &str) -> bool) {
    let fleet = &mut state.fleet;
    let before = fleet.rows.len();
    if is_app(plural) {
        let lost: Vec<AppId> = fleet
            .rows
            .keys()
            .filter(|id| id.cluster == *cluster && id.kind.plural() == plural && gone(&id.namespace, &id.name))
            .cloned()
            .collect();
        for id in &lost {
            fleet.rows.remove(id);
            fleet.derive.assessed_at.remove(id);
            fleet.unseen.remove(id);
            fleet.causes.forget(id);
        }
        if fleet.rows.len() != before {
            fleet.derive.list_changed = true;
            fleet.derive.compare = true;
            fleet.derive.repos_changed = true;
            fleet.derive.save.insert(cluster.clone());
            if let Some(id) = state.view.app.as_ref().filter(|id| lost.contains(id)) {
                let text = format!("{} is gone from {cluster}.", id.name);
                state.notices.push(state.now, Level::Info, text, None);
            }
            state.dirty = true;
        }
        return;
    }
    let kind = crate::engine::watched().find(|(_, k)| k.plural == plural).map_or("", |(_, k)| k.kind);
    let sources = fleet.sources.len();
    fleet.sources.retain(|id, _| !(id.cluster == *cluster && id.kind == kind && gone(&id.namespace, &id.name)));
    fleet.derive.repos_changed |= fleet.sources.len() != sources;
    fleet.projects.retain(|(c, ns, n), _| !(plural == "appprojects" && c == cluster && gone(ns, n)));
    fleet.others.retain(|(c, key), _: &mut _| !(c == cluster && is_kind(key, kind) && gone(&key.namespace, &key.name)));
    if plural == "appprojects" {
        judge_cluster(state, cluster);
    }
}

/// Kinds whose objects are rows.
fn is_app(plural: &str) -> bool {
    matches!(plural, "applications" | "kustomizations" | "helmreleases")
}

fn is_kind(key: &ObjectKey, kind: &str) -> bool {
    !kind.is_empty() && key.kind == kind
}

pub fn on_repo(state: &mut AppState, event: RepoEvent) -> Vec<Effect> {
    match event {
        RepoEvent::Polled(repo) => {
            let moved = record::tips(state, &repo);
            tell_poll(state, &repo);
            state.dirty |= state.fleet.repos.get(&repo.id).is_none_or(|old| {
                old.refs != repo.refs || old.poll != repo.poll || old.log != repo.log || old.mirror_bytes != repo.mirror_bytes
            });
            let is_other = |old: &Repo| old.refs != repo.refs || old.default_branch != repo.default_branch;
            let tip_moved = state.fleet.repos.get(&repo.id).is_none_or(is_other);
            if tip_moved {
                let repo_id = &repo.id;
                let ids: Vec<AppId> = state
                    .fleet
                    .rows
                    .values()
                    .filter(|r| r.app.sources.iter().any(|s| s.repo().as_ref() == Some(repo_id)))
                    .map(|r| r.app.id.clone())
                    .collect();
                state.fleet.derive.judge.extend(ids);
                state.fleet.standings.retain(|(r, _, _), _| r != repo_id);
            }
            // What could not be told may be told now that more was fetched.
            let was_fetched = state.fleet.repos.get(&repo.id).is_none_or(|old| old.fetched_at != repo.fetched_at);
            if was_fetched {
                state.fleet.standings.retain(|(r, _, _), standing| *r != repo.id || *standing != crate::domain::repo::Standing::Unknown);
            }
            state.fleet.derive.repos_changed |= tip_moved || was_fetched;
            super::tips::see(&mut state.fleet, &repo, state.now);
            state.fleet.repos.insert(repo.id.clone(), repo);
            return record::write(state, moved).into_iter().collect();
        }
        RepoEvent::Between { app, tip, found } => super::history::on_answer(state, app, &tip, found),
        RepoEvent::OwnBehind { repo, tip, counts } => super::matrix::behind::on_answer(state, repo, tip, counts),
        RepoEvent::Standing { repo, revision, tip, standing } => {
            state.fleet.standings.insert((repo, revision, tip), standing);
            state.fleet.derive.repos_changed = true;
            state.dirty = true;
        }
    }
    Vec::new()
}

/// A repository that cannot be asked is told once, not with each poll.
fn tell_poll(state: &mut AppState, repo: &Repo) {
    if state.fleet.repos.get(&repo.id).is_some_and(|r| r.poll != PollState::Ok) {
        return;
    }
    let name = repo.id.short();
    let (level, text, hint) = match &repo.poll {
        PollState::AuthFailed { message, .. } => {
            (Level::Bad, format!("{name}: git could not log in: {message}."), "It is not asked again by itself; on Repos, r tries again.")
        }
        PollState::Failed { message, .. } => {
            (Level::Attention, format!("{name}: {message}."), "It is tried again by itself; on Repos, r tries now.")
        }
        PollState::NoGit { message } => (Level::Bad, message.clone(), "History, diff and roll back need git 2.30 or newer."),
        _ => return,
    };
    state.notices.push(state.now, level, text, Some(hint.to_owned()));
}

/// Rows of a cluster that is not live are as of when it was last heard; so are those whose kind was not read in this connection.
pub fn stale_as_of(state: &AppState, row: &Row) -> Option<Timestamp> {
    let seen = row.app.observed_at;
    if row.from_store {
        return Some(seen);
    }
    let home = &row.app.id.cluster;
    let cluster = state.fleet.clusters.get(home)?;
    if !cluster.link.is_live() {
        return Some(cluster.heard_at.unwrap_or(seen));
    }
    match cluster.kinds.get(row.app.id.kind.plural()) {
        Some(KindState::Live) => None,
        Some(KindState::Broken { since, .. }) => Some(*since),
        Some(KindState::Forbidden { namespaces }) => (!namespaces.contains(&row.app.id.namespace)).then_some(seen),
        Some(KindState::NotServed) => Some(seen),
        Some(KindState::Loading { .. }) | None => {
            let (since, heard) = state.fleet.connected.get(home)?;
            (seen < *since).then(|| heard.unwrap_or(seen))
        }
    }
}
