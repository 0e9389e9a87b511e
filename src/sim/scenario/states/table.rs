//! The apps of scenario `states`, each called as the situation it is in.

use super::super::{App, Kind, Source, State};
use super::super::{Cluster, cluster};
use super::{Shape, argo, conditions, flux, helm, live, refused, sources};

/// Argo CD and Flux, with what each of them can meet: a cluster nobody reaches, one without its controller, one that does not answer.
pub const CLUSTERS: [Cluster; 9] = [
    cluster("hub-eu", Some("v3.5.1"), None),
    Cluster { protected: true, ..cluster("prod-us", None, None) },
    Cluster { protected: true, mapped: false, ..cluster("prod-ap", None, None) },
    cluster("hub-us", Some("v3.5.1"), None),
    Cluster { protected: true, ..cluster("prod-eu", None, Some("v2.9.4")) },
    cluster("stage-eu", None, Some("v2.9.4")),
    cluster("lab-eu", None, Some("v2.9.4")),
    Cluster { reachable: false, ..cluster("edge-syd", None, Some("v2.9.4")) },
    cluster("dev-shared", Some("v3.4.2"), Some("v2.9.4")),
];

/// Applications that a watcher saw leave sync: when they did stands nowhere on them.
pub const DRIFTED: [&str; 7] =
    ["window-closed", "auto-sync-off", "no-rights", "prune-off", "edited-by-hand", "drifts-again", "would-delete-all"];

/// Apps whose present revision was never well.
pub const ILL: [&str; 11] = [
    "crash-loop",
    "oom-killed",
    "image-not-found",
    "pods-pending",
    "quota-used",
    "dest-unmapped",
    "health-failed",
    "canary-paused",
    "store-down",
    "secret-stale",
    "helm-rolled-back",
];

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;
const HEAD: &str = "4f2c91d";
/// The commit before the head.
const BEFORE: &str = "9d1e07b";
const OLD: &str = "e77a310";

macro_rules! git {
    ($name:literal) => {
        Source::Git { repo: "fleet", path: concat!("states/", $name) }
    };
}

const fn app(name: &'static str, kind: Kind, home: (&'static str, &'static str), cluster: &'static str, source: Source) -> App {
    App { name, home: home.0, cluster, namespace: home.1, target: name, kind, source, state: State::Ok, rev: HEAD, age: 6 * DAY }
}

/// An Application of hub-eu that deploys to prod-us.
macro_rules! argo {
    ($name:literal, $rev:expr, $age:expr) => {
        App { rev: $rev, age: $age, ..app($name, Kind::Application, ("hub-eu", "argocd"), "prod-us", git!($name)) }
    };
    ($name:literal, $rev:expr, $age:expr, $home:literal, $cluster:literal) => {
        App { rev: $rev, age: $age, ..app($name, Kind::Application, ($home, "argocd"), $cluster, git!($name)) }
    };
}

macro_rules! kust {
    ($name:literal, $cluster:literal, $rev:expr, $age:expr) => {
        App { rev: $rev, age: $age, ..app($name, Kind::Kustomization, ($cluster, $name), $cluster, git!($name)) }
    };
}

macro_rules! helm {
    ($name:literal, $chart:literal, $wants:literal, $rev:literal, $age:expr) => {
        App {
            rev: $rev,
            age: $age,
            ..app($name, Kind::HelmRelease, ("prod-eu", $name), "prod-eu", Source::Chart { chart: $chart, version: $wants })
        }
    };
}

/// Each app with what makes it ill.
pub static ALL: [(App, Shape); 50] = [
    (argo!("window-closed", BEFORE, 11 * MINUTE), argo::window_closed),
    (argo!("window-armed", BEFORE, 460), argo::window_armed),
    (argo!("sync-retries", BEFORE, 2 * MINUTE), argo::sync_retries),
    (argo!("hook-failed", BEFORE, 34 * MINUTE), argo::hook_failed),
    (argo!("wave-waits", HEAD, 40), argo::wave_waits),
    (argo!("job-immutable", BEFORE, 9 * MINUTE), refused::job_immutable),
    (argo!("auto-sync-off", BEFORE, 11 * MINUTE), argo::auto_sync_off),
    (argo!("auto-sync-gave-up", BEFORE, 8 * MINUTE), argo::gave_up),
    (argo!("would-delete-all", BEFORE, 10 * MINUTE), conditions::would_delete_all),
    (argo!("prune-off", HEAD, 9 * MINUTE), argo::prune_off),
    (
        App {
            rev: "61.2.0",
            age: 48 * MINUTE,
            source: Source::Chart { chart: "kube-prometheus-stack", version: "61.3.0" },
            ..argo!("chart-not-found", HEAD, 0)
        },
        conditions::chart_not_found,
    ),
    (
        App {
            rev: "",
            source: Source::Git { repo: "shop", path: "preview" },
            ..argo!("project-denies", HEAD, 3 * HOUR, "dev-shared", "dev-shared")
        },
        conditions::project_denies,
    ),
    (argo!("edited-by-hand", HEAD, 8 * MINUTE), argo::edited_by_hand),
    (argo!("drifts-again", HEAD, 5 * MINUTE), argo::drifts_again),
    (argo!("argo-silent", HEAD, 6 * DAY, "hub-us", "hub-us"), argo::silent),
    (argo!("argo-silent-too", HEAD, 6 * DAY, "hub-us", "hub-us"), argo::silent),
    (argo!("op-orphaned", BEFORE, 10 * MINUTE), argo::orphaned),
    (argo!("dest-unmapped", HEAD, 7 * MINUTE, "hub-eu", "prod-ap"), argo::unmapped),
    (argo!("children-broken", HEAD, 6 * DAY, "hub-eu", "hub-eu"), argo::children_broken),
    (argo!("all-well-argo", HEAD, 6 * DAY), well),
    (kust!("health-failed", "prod-eu", HEAD, 11 * MINUTE), flux::health_failed),
    (kust!("waits-for-other", "prod-eu", OLD, 10 * MINUTE), flux::waits),
    (kust!("source-auth", "prod-eu", OLD, 26 * MINUTE), sources::auth),
    (kust!("source-behind", "lab-eu", OLD, 22 * MINUTE), sources::stuck),
    (kust!("build-fails", "prod-eu", BEFORE, 9 * MINUTE), flux::build_fails),
    (kust!("suspended-note", "prod-eu", "51d0c3e", 3 * DAY), flux::suspended_note),
    (kust!("suspended-long", "prod-eu", "51d0c3e", 43 * DAY), flux::suspended_long),
    (helm!("helm-rolled-back", "redis", "19.x", "18.4.1", 2 * HOUR), helm::rolled_back),
    (helm!("helm-locked", "redis", "18.x", "18.4.1", 40 * MINUTE), helm::locked),
    (helm!("helm-drift", "ingress-nginx", "4.11.x", "4.11.2", 26 * MINUTE), helm::drift),
    (helm!("helm-deleted", "redis", "18.x", "18.4.1", 12 * DAY), helm::deleted),
    (kust!("sops-no-key", "prod-eu", "51d0c3e", 14 * MINUTE), flux::no_key),
    (kust!("rbac-denied", "prod-eu", BEFORE, 9 * MINUTE), refused::rbac),
    (kust!("unsigned-commit", "prod-eu", OLD, 10 * MINUTE), sources::unsigned),
    (kust!("controller-down", "stage-eu", HEAD, 6 * DAY), well),
    (kust!("controller-down-2", "stage-eu", HEAD, 6 * DAY), well),
    (kust!("all-well-flux", "prod-eu", HEAD, 6 * DAY), well),
    (argo!("crash-loop", HEAD, 7 * MINUTE), live::crash_loop),
    (argo!("oom-killed", HEAD, 10 * MINUTE), live::oom_killed),
    (argo!("image-not-found", HEAD, 630), live::image),
    (argo!("pods-pending", HEAD, 6 * MINUTE), live::pending),
    (argo!("policy-refused", BEFORE, 9 * MINUTE), refused::policy),
    (argo!("quota-used", HEAD, 6 * MINUTE), live::quota),
    (argo!("crd-missing", BEFORE, 9 * MINUTE), refused::crd),
    (argo!("canary-paused", HEAD, 10 * MINUTE), live::canary),
    (argo!("store-down", HEAD, 10 * MINUTE), live::store),
    (argo!("secret-stale", HEAD, 10 * MINUTE), live::secret),
    (kust!("cluster-down", "edge-syd", BEFORE, 6 * MINUTE), well),
    (argo!("no-rights", HEAD, 10 * MINUTE, "dev-shared", "dev-shared"), argo::auto_sync_off),
    (kust!("bad-interval", "dev-shared", "51d0c3e", 9 * DAY), flux::bad_interval),
];

fn well(_: &super::World<'_>, _: &App, _: &mut super::Made) {}
