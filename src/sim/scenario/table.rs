//! The 41 apps.

use super::Scenario;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Application,
    Kustomization,
    HelmRelease,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A directory of a repository.
    Git { repo: &'static str, path: &'static str },
    /// A chart of a Helm repository; the version that is wanted.
    Chart { chart: &'static str, version: &'static str },
    /// A chart directory of a repository (version as its Chart.yaml says).
    GitChart { repo: &'static str, path: &'static str, version: &'static str },
}

/// The state a row starts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Ok,
    /// Applied, and its pods crash.
    Crashing,
    HookFailed,
    UpgradeFailed,
    BadImage,
    Missing,
    Window,
    Waits,
    Drifted,
    Edited,
    TwoDiffer,
    RenderError,
    Denied,
    Frozen,
    SuspendedLong,
    Syncing,
    Rollout,
    /// Degraded when it was last read.
    Failing,
}

#[derive(Clone, Copy, Debug)]
pub struct App {
    pub name: &'static str,
    /// Cluster the object lives on.
    pub home: &'static str,
    /// Cluster it deploys to.
    pub cluster: &'static str,
    /// Namespace of the object, and of what it deploys.
    pub namespace: &'static str,
    pub target: &'static str,
    pub kind: Kind,
    pub source: Source,
    pub state: State,
    /// What runs: a scripted commit or a version; empty = nothing.
    pub rev: &'static str,
    /// Seconds in this state.
    pub age: i64,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// Cluster and namespace of the Application, then what it deploys.
const fn argo(
    name: &'static str,
    at: (&'static str, &'static str),
    to: (&'static str, &'static str),
    source: Source,
    rev: &'static str,
) -> App {
    App {
        name,
        home: at.0,
        namespace: at.1,
        cluster: to.0,
        target: to.1,
        kind: Kind::Application,
        source,
        state: State::Ok,
        rev,
        age: 6 * DAY,
    }
}

const fn kust(name: &'static str, cluster: &'static str, namespace: &'static str, path: &'static str, rev: &'static str) -> App {
    let source = Source::Git { repo: "fleet", path };
    App {
        name,
        home: cluster,
        cluster,
        namespace,
        target: namespace,
        kind: Kind::Kustomization,
        source,
        state: State::Ok,
        rev,
        age: 3 * DAY,
    }
}

const fn helm(
    name: &'static str,
    cluster: &'static str,
    namespace: &'static str,
    chart: (&'static str, &'static str),
    rev: &'static str,
) -> App {
    let source = Source::Chart { chart: chart.0, version: chart.1 };
    App {
        name,
        home: cluster,
        cluster,
        namespace,
        target: namespace,
        kind: Kind::HelmRelease,
        source,
        state: State::Ok,
        rev,
        age: 12 * DAY,
    }
}

const fn is(state: State, age: i64, app: App) -> App {
    App { state, age, ..app }
}

const fn git(path: &'static str) -> Source {
    Source::Git { repo: "fleet", path }
}

const fn chart(chart: &'static str, version: &'static str) -> Source {
    Source::Chart { chart, version }
}

const HUB: (&str, &str) = ("hub-eu", "argocd");
const AP: (&str, &str) = ("hub-eu", "ap");
const DEV: (&str, &str) = ("dev-shared", "argocd");
const HEAD: &str = "4f2c91d";

const ARGO: [App; 20] = [
    is(State::HookFailed, 34 * MINUTE, argo("billing", HUB, ("prod-us", "billing"), git("apps/billing/overlays/prod-us"), "51d0c3e")),
    is(State::Crashing, 7 * MINUTE, argo("payments", HUB, ("prod-us", "payments"), git("apps/payments/overlays/prod-us"), HEAD)),
    is(State::Crashing, 7 * MINUTE + 7, argo("payments", AP, ("prod-ap", "payments"), git("apps/payments/overlays/prod-ap"), HEAD)),
    is(State::BadImage, 3 * HOUR, argo("search", HUB, ("prod-us", "search"), git("apps/search/overlays/prod-us"), HEAD)),
    is(State::Missing, DAY, argo("demo-shop", DEV, ("dev-shared", "demo-shop"), git("apps/demo-shop/overlays/dev-shared"), "")),
    is(State::Window, 11 * MINUTE, argo("web", HUB, ("prod-us", "shop"), git("apps/web/overlays/prod-us"), "9d1e07b")),
    // After the sync of the head: an earlier change by hand would have been put back by it.
    is(State::Edited, 8 * MINUTE, argo("orders", HUB, ("prod-us", "shop"), git("apps/orders/overlays/prod-us"), HEAD)),
    is(State::TwoDiffer, 2 * DAY, argo("cert-manager", HUB, ("hub-eu", "cert-manager"), chart("cert-manager", "v1.15.3"), "v1.15.3")),
    is(
        State::RenderError,
        48 * MINUTE,
        argo("monitoring", HUB, ("hub-eu", "monitoring"), chart("kube-prometheus-stack", "61.3.0"), "61.2.0"),
    ),
    is(State::Denied, 3 * HOUR, argo("preview-812", DEV, ("dev-shared", "preview-812"), Source::Git { repo: "shop", path: "preview" }, "")),
    is(State::Syncing, 40, argo("web", AP, ("prod-ap", "shop"), git("apps/web/overlays/prod-ap"), HEAD)),
    is(State::Rollout, 2 * MINUTE, argo("ledger", HUB, ("prod-us", "ledger"), git("apps/ledger/overlays/prod-us"), HEAD)),
    argo("argocd", HUB, ("hub-eu", "argocd"), git("infra/argocd"), HEAD),
    is(State::Ok, 9 * DAY, argo("external-secrets", HUB, ("hub-eu", "external-secrets"), chart("external-secrets", "0.20.1"), "0.20.1")),
    argo("platform-root", HUB, ("hub-eu", "argocd"), git("clusters/hub-eu"), HEAD),
    argo("ingress-nginx", HUB, ("prod-us", "ingress"), chart("ingress-nginx", "4.11.2"), "4.11.2"),
    argo("redis", HUB, ("prod-us", "data"), chart("redis", "18.4.1"), "18.4.1"),
    argo("orders", AP, ("prod-ap", "shop"), git("apps/orders/overlays/prod-ap"), HEAD),
    argo("ingress-nginx", AP, ("prod-ap", "ingress"), chart("ingress-nginx", "4.11.2"), "4.11.2"),
    argo("sandbox", DEV, ("dev-shared", "sandbox"), git("apps/sandbox/overlays/dev-shared"), HEAD),
];

const FLUX: [App; 21] = [
    is(State::Crashing, 11 * MINUTE, kust("payments", "prod-eu", "payments", "apps/payments/overlays/prod-eu", HEAD)),
    is(State::UpgradeFailed, 2 * HOUR, helm("redis", "prod-eu", "data", ("redis", "19.x"), "18.4.1")),
    is(State::Waits, 17 * MINUTE, kust("orders", "prod-eu", "shop", "apps/orders/overlays/prod-eu", "e77a310")),
    is(State::Drifted, 26 * MINUTE, helm("ingress-nginx", "prod-eu", "ingress", ("ingress-nginx", "4.11.x"), "4.11.2")),
    is(State::Frozen, 3 * DAY, kust("billing", "prod-eu", "billing", "apps/billing/overlays/prod-eu", "51d0c3e")),
    kust("flux-system", "prod-eu", "flux-system", "clusters/prod-eu", HEAD),
    kust("infra-controllers", "prod-eu", "flux-system", "infra/controllers", HEAD),
    kust("web", "prod-eu", "shop", "apps/web/overlays/prod-eu", HEAD),
    helm("cert-manager", "prod-eu", "cert-manager", ("cert-manager", "v1.15.3"), "v1.15.3"),
    helm("kube-prometheus", "prod-eu", "monitoring", ("kube-prometheus-stack", "61.2.0"), "61.2.0"),
    kust("flux-system", "stage-eu", "flux-system", "clusters/stage-eu", HEAD),
    kust("payments", "stage-eu", "payments", "apps/payments/overlays/stage-eu", HEAD),
    kust("orders", "stage-eu", "shop", "apps/orders/overlays/stage-eu", HEAD),
    kust("web", "stage-eu", "shop", "apps/web/overlays/stage-eu", HEAD),
    kust("billing", "stage-eu", "billing", "apps/billing/overlays/stage-eu", HEAD),
    helm("ingress-nginx", "stage-eu", "ingress", ("ingress-nginx", "4.11.x"), "4.11.2"),
    is(
        State::SuspendedLong,
        43 * DAY,
        App {
            source: Source::GitChart { repo: "charts", path: "./search", version: "9.x" },
            ..helm("search", "stage-eu", "search", ("search", "9.x"), "9.1.4")
        },
    ),
    is(State::Failing, 6 * MINUTE, kust("sensors", "edge-syd", "sensors", "apps/sensors/overlays/edge-syd", "9d1e07b")),
    kust("flux-system", "edge-syd", "flux-system", "clusters/edge-syd", "9d1e07b"),
    helm("ingress-nginx", "edge-syd", "ingress", ("ingress-nginx", "4.11.x"), "4.11.2"),
    kust("web", "edge-syd", "shop", "apps/web/overlays/edge-syd", "9d1e07b"),
];

/// Every app of the fleet with the state it starts in.
pub fn apps(scenario: Scenario) -> Vec<App> {
    if scenario == Scenario::States {
        return super::states::apps();
    }
    ARGO.iter().chain(FLUX.iter()).map(|app| in_scenario(*app, scenario)).collect()
}

fn in_scenario(app: App, scenario: Scenario) -> App {
    let app = if scenario == Scenario::Night { app } else { before_merge(app) };
    // A release that Flux tells of and leaves, beside the apps of Argo CD.
    if !scenario.is_quiet() || (scenario == Scenario::Drift && app.state == State::Drifted) {
        return app;
    }
    let rev = match (app.source, app.rev) {
        (Source::Git { .. }, _) => HEAD,
        (Source::Chart { chart: "kube-prometheus-stack", .. }, _) => "61.3.0",
        (_, rev) => rev,
    };
    let rev = if app.state == State::UpgradeFailed { "19.0.0" } else { rev };
    // The base of sandbox, which lands in a namespace of its own: two apps that apply one object would take it from each other.
    let source = if app.state == State::Denied { git("apps/sandbox/base") } else { app.source };
    App { state: State::Ok, rev, source, age: app.age.max(DAY), ..app }
}

/// The same fleet minutes before the bad merge: what only that merge broke is well.
fn before_merge(app: App) -> App {
    let app = match app.state {
        State::Crashing => App { state: State::Ok, rev: HEAD, age: 19 * MINUTE, ..app },
        State::Waits => App { state: State::Ok, rev: HEAD, age: 11 * MINUTE, ..app },
        _ => app,
    };
    // The merge is not in this history: whoever ran it runs the commit before.
    if app.rev == "9d1e07b" { App { rev: "c41d8f0", ..app } } else { app }
}
