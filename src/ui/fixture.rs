//! The fleet of scenario `night` as a state: 41 apps on 7 clusters at 03:12:40.

use crate::app::fleet::{Ack, Cluster, Detail, Row};
use crate::app::glance::Glance;
use crate::app::list;
use crate::app::pane::Pane;
use crate::app::state::{AppState, Settings};
use crate::domain::Timestamp;
use crate::domain::app::{App, ArgoFields, Destination, EngineFields, FluxFields, ManagedResource};
use crate::domain::cluster::{EngineInfo, Fingerprint, KindState, Link};
use crate::domain::commit::Commit;
use crate::domain::event::LiveNode;
use crate::domain::history::{HistoryEntry, LedgerEntry};
use crate::domain::ids::{AppId, AppKind, ClusterId, EngineKind, Epoch, ObjectKey};
use crate::domain::journal::{TimelineEntry, TimelineKind};
use crate::domain::repo::{PollState, Repo, RepoId, Standing};
use crate::domain::source::{RefKind, Source, SourceType};
use crate::domain::status::{Health, HealthBy, Operation, Phase, Sync};
use crate::domain::verdict::{Evidence, NextStep, Verdict, Weight};
use std::collections::BTreeMap;

pub fn now() -> Timestamp {
    "2026-11-24T03:12:40Z".parse().unwrap()
}

/// A time of this night.
pub fn at(clock: &str) -> Timestamp {
    format!("2026-11-24T{clock}Z").parse().unwrap()
}

/// `2h`, `11m` before now.
pub fn ago(text: &str) -> Timestamp {
    let (number, unit) = text.split_at(text.len() - 1);
    let each = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => 86_400,
    };
    Timestamp::from_second(now().as_second() - number.parse::<i64>().unwrap() * each).unwrap()
}

/// A short revision as the whole one it stands for; versions stay.
pub fn whole(rev: &str) -> String {
    if rev.len() == 7 && rev.bytes().all(|b| b.is_ascii_hexdigit()) { format!("{rev}{}", "0".repeat(33)) } else { rev.to_owned() }
}

/// One row from words: `name cluster kind sync health rev age message`.
#[expect(clippy::too_many_lines, reason = "one line a field")]
pub fn row(name: &str, runs_on: &str, kind: &str, (sync, health): (&str, &str), (rev, age): (&str, &str), message: &str) -> Row {
    let (kind, home, namespace) = match kind {
        "kust" => (AppKind::Kustomization, runs_on, name),
        "helm" => (AppKind::HelmRelease, runs_on, name),
        _ if runs_on == "prod-ap" => (AppKind::Application, "hub-eu", "ap"),
        _ if runs_on == "dev-shared" => (AppKind::Application, "dev-shared", "argocd"),
        _ => (AppKind::Application, "hub-eu", "argocd"),
    };
    let operation = match sync {
        "Failed" => Some(Phase::Failed),
        "Syncing" => Some(Phase::Running),
        _ => None,
    };
    let operation = operation.map(|phase| Operation {
        phase,
        message: String::new(),
        started_at: None,
        finished_at: None,
        retry_count: 0,
        next_try_at: None,
        by: None,
        revision: None,
        request_id: None,
        routine: false,
    });
    let health = match health {
        "Healthy" => Health::Healthy,
        "Progressing" => Health::Progressing,
        "Missing" => Health::Missing,
        "Degraded" => Health::Degraded,
        _ => Health::Unknown,
    };
    let source = Source {
        source_type: SourceType::Git,
        url: Some("https://git.acme.example/acme/fleet".into()),
        path: Some(format!("apps/{name}/overlays/{runs_on}")),
        reference: RefKind::Branch("main".into()),
        ..Source::default()
    };
    let app = App {
        id: AppId { cluster: ClusterId::new(home), kind, namespace: namespace.into(), name: name.into() },
        uid: "4be1".into(),
        resource_version: "88123".into(),
        generation: 1,
        api_version: "v1".into(),
        created_at: None,
        deleting: false,
        destination: Destination {
            cluster: Some(ClusterId::new(runs_on)),
            name: Some(runs_on.into()),
            server: None,
            namespace: Some(name.into()),
        },
        sync: match sync {
            "OutOfSync" | "Syncing" => Sync::OutOfSync,
            "Unknown" => Sync::Unknown,
            _ => Sync::Synced,
        },
        health,
        health_by: HealthBy::Engine,
        suspended: sync == "Suspended",
        auto_sync: None,
        operation,
        revision: (rev != "-").then(|| whole(rev)),
        target: None,
        sources: vec![source],
        conditions: Vec::new(),
        history: Vec::new(),
        resources: Vec::new(),
        since: None,
        frozen: None,
        engine: if kind == AppKind::Application {
            EngineFields::Argo(Box::new(ArgoFields { project: "retail".into(), automated: true, ..ArgoFields::default() }))
        } else {
            EngineFields::Flux(Box::new(FluxFields { interval: Some(600), ..FluxFields::default() }))
        },
        unreadable: None,
        observed_at: now(),
    };
    let stale = (runs_on == "edge-syd").then(|| at("03:06:21"));
    let severity = if stale.is_some() { crate::domain::status::Severity::Unknown } else { app.severity() };
    Row {
        verdict: Verdict { short: message.into(), ..Verdict::default() },
        severity,
        stale_as_of: stale,
        since: ago(age),
        since_exact: true,
        changed_at: None,
        is_new: false,
        seen: severity,
        ack: None,
        pending: None,
        standing: Some(Standing::Even),
        from_store: false,
        well_at: None,
        app: app.into(),
    }
}

/// The troubled rows, in the order they are shown.
fn troubled() -> Vec<Row> {
    let (sy, oos, un) = ("Synced", "OutOfSync", "Unknown");
    vec![
        row("payments", "prod-eu", "kust", ("Failed", "Degraded"), ("4f2c91d", "11m"), "health check failed 2x, trying again"),
        row("billing", "prod-us", "argo", ("Failed", "Healthy"), ("51d0c3e", "34m"), "hook billing-migrate failed: exit 1"),
        row("redis", "prod-eu", "helm", ("Failed", "Degraded"), ("18.4.1", "2h"), "19.0.0 failed 3x, rolled back to 18.4.1"),
        row("payments", "prod-us", "argo", (sy, "Degraded"), ("4f2c91d", "7m"), "crash loop 7x: payments exits 1"),
        row("payments", "prod-ap", "argo", (sy, "Degraded"), ("4f2c91d", "7m"), "rollout past its deadline; pods unseen"),
        row("search", "prod-us", "argo", (sy, "Degraded"), ("4f2c91d", "3h"), "image search:9.2-rc1 not found"),
        row("demo-shop", "dev-shared", "argo", (oos, "Missing"), ("-", "1d"), "all 3 resources missing, auto-sync off"),
        row("web", "prod-us", "argo", (oos, "Healthy"), ("9d1e07b", "11m"), "sync window closed until 06:00"),
        row("orders", "prod-eu", "kust", (oos, "Progressing"), ("e77a310", "17m"), "waits for payments (dependsOn)"),
        row("ingress-nginx", "prod-eu", "helm", (oos, "Healthy"), ("4.11.2", "26m"), "drift: 1 Deployment; mode warn, stays"),
        row("orders", "prod-us", "argo", (oos, "Healthy"), ("4f2c91d", "42m"), "replicas 6, git has 3; set by kubectl"),
        row("cert-manager", "hub-eu", "argo", (oos, "Healthy"), ("v1.15.3", "2d"), "2 of 41 differ, auto-sync off"),
        row("sensors", "edge-syd", "kust", (sy, "Degraded"), ("9d1e07b", "6m"), "as of 03:06:21, edge-syd unreachable"),
        row("flux-system", "edge-syd", "kust", (sy, "Healthy"), ("9d1e07b", "6m"), "as of 03:06:21, edge-syd unreachable"),
        row("ingress-nginx", "edge-syd", "helm", (sy, "Healthy"), ("4.11.2", "6m"), "as of 03:06:21, edge-syd unreachable"),
        row("web", "edge-syd", "kust", (sy, "Healthy"), ("9d1e07b", "6m"), "as of 03:06:21, edge-syd unreachable"),
        row("monitoring", "hub-eu", "argo", (un, "Healthy"), ("61.2.0", "48m"), "cannot render: chart 61.3.0 not found"),
        row("preview-812", "dev-shared", "argo", (un, un), ("-", "3h"), "project dev does not allow repo shop"),
        row("billing", "prod-eu", "kust", ("Suspended", "Healthy"), ("51d0c3e", "3d"), "by mia: database move, until Fri 09:00"),
        row("search", "stage-eu", "helm", ("Suspended", "Healthy"), ("9.1.4", "43d"), "43d, no reason, not in git"),
        row("web", "prod-ap", "argo", ("Syncing", "Progressing"), ("4f2c91d", "40s"), "wave 2: waiting for Deployment web"),
        row("ledger", "prod-us", "argo", (sy, "Progressing"), ("4f2c91d", "2m"), "rollout: 3 of 5 pods updated"),
    ]
}

fn well() -> Vec<Row> {
    let ok = ("Synced", "Healthy");
    let list = [
        ("argocd", "hub-eu", "argo", "4f2c91d", "6d"),
        ("external-secrets", "hub-eu", "argo", "0.20.1", "9d"),
        ("platform-root", "hub-eu", "argo", "4f2c91d", "9d"),
        ("ingress-nginx", "prod-us", "argo", "4.11.2", "9d"),
        ("redis", "prod-us", "argo", "18.4.1", "9d"),
        ("orders", "prod-ap", "argo", "4f2c91d", "9d"),
        ("ingress-nginx", "prod-ap", "argo", "4.11.2", "9d"),
        ("flux-system", "prod-eu", "kust", "4f2c91d", "9d"),
        ("infra-controllers", "prod-eu", "kust", "4f2c91d", "9d"),
        ("web", "prod-eu", "kust", "4f2c91d", "9d"),
        ("cert-manager", "prod-eu", "helm", "v1.15.3", "9d"),
        ("kube-prometheus", "prod-eu", "helm", "61.2.0", "9d"),
        ("flux-system", "stage-eu", "kust", "4f2c91d", "9d"),
        ("payments", "stage-eu", "kust", "4f2c91d", "9d"),
        ("orders", "stage-eu", "kust", "4f2c91d", "9d"),
        ("web", "stage-eu", "kust", "4f2c91d", "9d"),
        ("billing", "stage-eu", "kust", "4f2c91d", "9d"),
        ("ingress-nginx", "stage-eu", "helm", "4.11.2", "9d"),
        ("sandbox", "dev-shared", "argo", "4f2c91d", "9d"),
    ];
    list.map(|(name, on, kind, rev, age)| row(name, on, kind, ok, (rev, age), "")).into()
}

pub fn cluster(name: &str, link: Link, engines: &[(EngineKind, &str)], protected: bool) -> Cluster {
    let mut kinds = BTreeMap::new();
    if engines.iter().any(|(e, _)| *e == EngineKind::Flux) {
        kinds.insert("kustomizations".to_owned(), KindState::Live);
        kinds.insert(
            "helmreleases".to_owned(),
            if name == "dev-shared" { KindState::Forbidden { namespaces: vec![] } } else { KindState::Live },
        );
    }
    let heard = match &link {
        Link::Unmapped => None,
        Link::Unreachable { .. } => Some(at("03:06:21")),
        _ => Some(ago("1s")),
    };
    Cluster {
        id: ClusterId::new(name),
        info: None,
        link,
        engines: engines.iter().map(|(e, v)| EngineInfo { name: *e, version: Some((*v).into()) }).collect(),
        controllers: None,
        warnings: Vec::new(),
        kubernetes: Some("1.34".into()),
        user: Some("sam (oidc)".into()),
        fingerprint: Some(Fingerprint {
            server: format!("https://{name}.acme.example"),
            ca: "9f3c77aa".into(),
            tls_server_name: None,
            uid: Some("52ffa013-1".into()),
        }),
        kinds,
        heard_at: heard,
        epoch: Epoch(1),
        protected,
        read_only: false,
    }
}

fn clusters() -> Vec<Cluster> {
    use EngineKind::{Argo, Flux};
    let live = || Link::Live { since: ago("36m") };
    let down =
        Link::Unreachable { since: at("03:06:21"), cause: "connection timed out after 10s".into(), next_try_at: Some(at("03:13:12")) };
    let forbidden = Link::Forbidden { kinds: vec!["helmreleases".into()], user: Some("sam".into()) };
    vec![
        cluster("hub-eu", live(), &[(Argo, "3.5.1")], false),
        cluster("prod-us", live(), &[], true),
        cluster("prod-ap", Link::Unmapped, &[], true),
        cluster("prod-eu", live(), &[(Flux, "2.9.4")], true),
        cluster("stage-eu", live(), &[(Flux, "2.9.4")], false),
        cluster("edge-syd", down, &[(Flux, "2.9.4")], false),
        cluster("dev-shared", forbidden, &[(Argo, "3.4.2"), (Flux, "2.9.4")], false),
    ]
}

pub fn commit(id: &str, time: &str, author: &str, subject: &str) -> Commit {
    Commit {
        id: whole(id),
        parents: vec![whole("aaaaaaa")],
        author: author.into(),
        email: format!("{}@acme.example", author.split(' ').next().unwrap().to_lowercase()),
        at: if time.contains(':') { at(time) } else { ago(time) },
        subject: subject.into(),
        body: String::new(),
    }
}

fn repos() -> Vec<Repo> {
    let repo = |name: &str, head: &str, reference: &str, polled: &str, poll: PollState| {
        let url = format!("https://git.acme.example/acme/{name}");
        let mut repo = Repo::new(RepoId::from_url(&url), &url);
        repo.poll = poll;
        repo.polled_at = Some(ago(polled));
        repo.default_branch = Some("main".into());
        repo.refs.insert(reference.into(), whole(head));
        repo
    };
    let auth = PollState::AuthFailed { message: "authentication failed".into(), tries: 3 };
    let mut fleet = repo("fleet", "4f2c91d", "heads/main", "12s", PollState::Ok);
    fleet.log = vec![
        commit("4f2c91d", "03:01:10", "image-bot", "web 3.8.0 to 3.8.1"),
        commit("9d1e07b", "02:54:10", "Dana Osei", "Merge #812: payments pool 20 to 200"),
        commit("c41d8f0", "02:53:02", "image-bot", "payments 2.13.4 to 2.14.0"),
        commit("0b6f552", "02:51:30", "Lena Fuchs", "cost-centre on every app"),
        commit("e77a310", "02:31:10", "Ravi Menon", "netpol: default deny"),
        commit("b58c2f4", "5h", "Ravi Menon", "web: cache headers"),
        commit("7c0a9e6", "7h", "Ravi Menon", "Roll back #797"),
    ];
    vec![
        fleet,
        repo("charts", "77b0d13", "heads/main", "12s", PollState::Ok),
        repo("shop", "1c44e02", "heads/main", "9m", auth),
        repo("policies", "a90f1e2", "tags/v2.3", "1m", PollState::Ok),
    ]
}

fn evidence(weight: Weight, what: &str, value: &str, source: &str, age: &str) -> Evidence {
    Evidence { weight, what: what.into(), value: value.into(), source: source.into(), at: (age != "-").then(|| ago(age)) }
}

/// The verdict of payments on prod-eu, whole.
pub fn payments_verdict() -> Verdict {
    use Weight::{Bad, Good, Unknown};
    let step = |key: &str, text: &str| NextStep { key: key.into(), text: text.into() };
    Verdict {
        short: "health check failed 2x, trying again".into(),
        sentence: "4f2c91d does not start on prod-eu: new payments pods exit 1, 7 restarts in 17m. It is already live; \
                   3 of 4 old pods still serve. Flux still shows e77a310 because its health check has not passed."
            .into(),
        next: vec![
            step("R", "roll back: 3 commits touch payments since it was last healthy (e77a310, until 02:55:44)"),
            step("d", "what those commits changed"),
            step("L", "log of payments-6c9f-x2x4k"),
            step("p", "suspend, stops retries"),
        ],
        soon: Some("A new commit starts after this health check: by 03:14:45 (2m 5s). Nothing else holds it.".into()),
        evidence: vec![
            evidence(Bad, "Deployment payments", "2 new pods fail, 3 of 4 old pods ready", "live, prod-eu", "4s"),
            evidence(Bad, "Pod payments-6c9f-x2x4k", "CrashLoopBackOff, exit 1, 7 restarts", "live, prod-eu", "4s"),
            evidence(Bad, "its log, last line", "too many connections for role \"payments\"", "pod log", "31s"),
            evidence(Bad, "Kustomization payments", "HealthCheckFailed twice; try 3 runs for 2m 55s", "status", "9s"),
            evidence(Good, "GitRepository fleet", "has 4f2c91d, which is the head of main", "status, our fetch", "12s"),
            evidence(Good, "kustomize-controller", "1 of 1 ready, v1.9.4, lease renewed", "Deployment, Lease", "2s"),
            evidence(Unknown, "workloads before 02:36", "not recorded: driftdeck was not running", "our ledger", "-"),
        ],
        next_word: "rollback".into(),
        ..Verdict::default()
    }
}

fn lately(app: &AppId) -> Vec<TimelineEntry> {
    use TimelineKind::{Commit, Health, Operation, Revision};
    let entry = |time: &str, kind, text: &str, revision: Option<&str>| TimelineEntry {
        v: 1,
        at: at(time),
        kind,
        place: "prod-eu".into(),
        app: Some(app.clone()),
        text: text.into(),
        revision: revision.map(whole),
    };
    vec![
        entry("02:36:12", Health, "Healthy at e77a310, for 19m", None),
        entry("02:51:30", Commit, "Lena Fuchs  cost-centre (#811)", Some("0b6f552")),
        entry("02:53:02", Commit, "image-bot   payments 2.14.0", Some("c41d8f0")),
        entry("02:54:10", Commit, "Dana Osei   Merge #812", Some("9d1e07b")),
        entry("02:55:44", Revision, "9d1e07b fetched and applied", None),
        entry("03:00:47", Health, "Healthy to Degraded", None),
        entry("03:07:47", Operation, "health check failed, second time", None),
    ]
}

fn tree() -> Vec<LiveNode> {
    let node = |depth, kind: &str, name: &str, health, age: &str, note: &str| LiveNode {
        key: ObjectKey::new("apps", kind, "payments", name),
        depth,
        uid: name.into(),
        created_at: Some(ago(age)),
        health: Some(health),
        note: note.into(),
        message: String::new(),
        exists: true,
        container: None,
        reason: None,
        restarts: 0,
        exit_code: None,
        ended_at: None,
        memory: None,
        deadline_at: None,
        held_by: Vec::new(),
        edit: None,
        needs: Vec::new(),
        image: None,
        unread: None,
    };
    vec![
        node(0, "Deployment", "payments", Health::Degraded, "17m", "3 of 4 ready"),
        node(1, "ReplicaSet", "payments-6c9f", Health::Degraded, "17m", "new, 0 of 2"),
        node(2, "Pod", "payments-6c9f-x2x4k", Health::Degraded, "17m", "exit 1, 7x"),
        node(1, "ReplicaSet", "payments-58d7", Health::Healthy, "5h", "old, 3 of 3"),
        node(0, "ConfigMap", "payments-env", Health::Healthy, "17m", "changed 9d1e07b"),
    ]
}

fn managed(kind: &str, name: &str) -> ManagedResource {
    ManagedResource {
        key: ObjectKey::new("apps", kind, "payments", name),
        version: "v1".into(),
        sync: Some(Sync::Synced),
        ..ManagedResource::default()
    }
}

/// Fills what the update derives: counts and order.
pub fn add_rows(state: &mut AppState, rows: Vec<Row>) {
    for row in rows {
        state.fleet.counts.add(&row);
        state.fleet.by_cluster.entry(row.app.runs_on().to_owned()).or_default().add(&row);
        state.fleet.shown.push(row.app.id.clone());
        state.fleet.rows.insert(row.app.id.clone(), row);
    }
    state.fleet.shown_counts = state.fleet.counts;
    state.fleet.twins = list::twins(state);
    state.fleet.glance = Glance::of(state.fleet.rows.values(), state.now);
}

/// The main screen of that night, cursor on payments prod-eu.
#[expect(clippy::too_many_lines, reason = "one world")]
pub fn night(width: u16, height: u16) -> AppState {
    let mut state =
        AppState::new(now(), Settings { demo: Some("night".into()), operator: "sam".into(), frozen: true, ..Settings::default() });
    (state.width, state.height) = (width, height);
    for cluster in clusters() {
        state.fleet.clusters.insert(cluster.id.clone(), cluster);
    }
    let mut rows = troubled();
    let fresh = [0usize, 3, 4];
    for (i, row) in rows.iter_mut().enumerate() {
        row.is_new = fresh.contains(&i);
    }
    let payments = &mut rows[0];
    payments.verdict = payments_verdict();
    payments.app.resources = ["payments", "payments-env", "a", "b", "c", "d", "e", "f", "g"]
        .iter()
        .enumerate()
        .map(|(i, n)| managed(if i == 0 { "Deployment" } else { "ConfigMap" }, n))
        .collect();
    payments.app.history = [
        ("03:02:47", "4f2c91d", "HealthCheckFailed 5m", false),
        ("02:55:44", "9d1e07b", "HealthCheckFailed 5m", false),
        ("02:33:20", "e77a310", "Healthy, active 22m", true),
    ]
    .map(|(time, rev, result, ok)| HistoryEntry {
        revisions: Box::default(),
        id: None,
        revision: whole(rev).into(),
        at: at(time).into(),
        started_at: None.into(),
        by: Some("source".into()),
        result: result.into(),
        ok,
        health_recorded: true,
        digest: None,
        took_ms: None,
        runs: None,
        note: "".into(),
        moved: None,
    })
    .into();
    let id = payments.app.id.clone();
    rows[2].ack = Some(Ack { at: ago("1h"), note: "waiting for ravi".into(), state: None, until: None });
    if let EngineFields::Flux(flux) = &mut rows[8].app.engine {
        flux.depends_on.push(("payments".into(), "payments".into()));
    }
    rows[7].standing = Some(Standing::Behind(1));
    // What is not built from fleet: charts of two Helm rows, and a pinned policy repository.
    for (i, repo, reference) in
        [(2usize, "charts", None), (9, "charts", None), (6, "shop", None), (17, "shop", None), (16, "policies", Some("v2.3"))]
    {
        let source = &mut rows[i].app.sources[0];
        source.url = Some(format!("https://git.acme.example/acme/{repo}"));
        source.reference = reference.map_or(RefKind::Branch("main".into()), |t: &str| RefKind::Tag(t.into()));
    }
    // The rest of fleet runs on four clusters that poll it.
    for row in rows.iter_mut().filter(|r| matches!(r.app.runs_on(), "dev-shared" | "edge-syd" | "prod-ap")) {
        row.app.sources.retain(|s| s.url.as_deref().is_some_and(|u| !u.ends_with("fleet")));
    }
    rows.extend(well().into_iter().map(|mut row| {
        if matches!(row.app.runs_on(), "dev-shared" | "prod-ap") {
            row.app.sources.clear();
        }
        row
    }));
    add_rows(&mut state, rows);
    for repo in repos() {
        state.fleet.repos.insert(repo.id.clone(), repo);
    }
    state.timeline = lately(&id);
    state.fleet.stays.insert(
        id.clone(),
        vec![LedgerEntry { app: id.clone(), revision: whole("e77a310"), first_at: at("02:36:12"), last_at: at("02:55:44") }],
    );
    state.fleet.detail = Detail { app: Some(id.clone()), tree: Some((ago("4s"), Ok(tree()))), ..Detail::default() };
    state.view.app = Some(id);
    state.view.cluster = Some(ClusterId::new("prod-eu"));
    state.view.focus = Pane::Apps;
    state
}
