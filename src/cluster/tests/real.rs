//! Against a real API server, by hand: `DRIFTDECK_TEST_KUBECONFIG=… cargo test --lib cluster::tests::real -- --ignored --nocapture`.

use crate::cluster::{Kubeconfig, Params, Places, Session, Settings};
use crate::domain::event::ClusterEvent;
use crate::engine::{Role, WatchedKind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const fn kind(group: &'static str, versions: &'static [&'static str], plural: &'static str, role: Role) -> WatchedKind {
    WatchedKind { engine: crate::domain::ids::EngineKind::Argo, group, versions, plural, kind: "K", role, only: None }
}

static KINDS: [WatchedKind; 5] = [
    kind("argoproj.io", &["v1alpha1"], "applications", Role::App),
    kind("argoproj.io", &["v1alpha1"], "appprojects", Role::Context),
    kind("kustomize.toolkit.fluxcd.io", &["v1"], "kustomizations", Role::App),
    kind("source.toolkit.fluxcd.io", &["v1"], "gitrepositories", Role::Source),
    kind("image.toolkit.fluxcd.io", &["v1"], "imagepolicies", Role::Source),
];

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|l| l.starts_with("VmRSS") || l.starts_with("VmHWM")).collect::<Vec<_>>().join(" ")
}

/// Prints every event but the rows themselves, with its time, for `DRIFTDECK_TEST_SECONDS` (5).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs DRIFTDECK_TEST_KUBECONFIG and a running API server"]
async fn watch_and_tell() {
    let Some(file) = std::env::var_os("DRIFTDECK_TEST_KUBECONFIG") else { panic!("set DRIFTDECK_TEST_KUBECONFIG") };
    let number = |name: &str, usual: u64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual);
    let kubeconfig = Arc::new(Kubeconfig::load(&Places { explicit: Some(file.into()), ..Places::default() }).unwrap());
    let wanted: Vec<String> = std::env::var("DRIFTDECK_TEST_CONTEXT").into_iter().collect();
    let context = kubeconfig.select(&kubeconfig.contexts(), &wanted).unwrap().remove(0);
    let kinds = KINDS.iter().map(|k| (super::server::plain(), k)).collect();
    let settings = Settings { kinds, force_list: number("DRIFTDECK_TEST_LIST", 0) == 1, ..Settings::default() };
    println!("before {}", memory());
    let (sink, mut events) = mpsc::channel(256);
    let start = Instant::now();
    let handle = Session::start(Params { context, kubeconfig, settings }, sink);
    let (mut rows, mut first) = (0, None);
    let until = tokio::time::Instant::now() + Duration::from_secs(number("DRIFTDECK_TEST_SECONDS", 5));
    while let Ok(Some(event)) = tokio::time::timeout_at(until, events.recv()).await {
        let at = start.elapsed().as_millis();
        match event {
            ClusterEvent::Upsert { objects, epoch, .. } => {
                rows += objects.len();
                if first.replace(epoch) != Some(epoch) {
                    println!("{at:>7} ms first rows of {epoch:?}");
                }
            }
            ClusterEvent::Complete { kind, namespaces, present, epoch, .. } => {
                println!("{at:>7} ms complete {epoch:?} {kind} {namespaces:?} {} (handed over so far {rows}) {}", present.len(), memory());
            }
            ClusterEvent::Heard { .. } | ClusterEvent::Kind { state: crate::domain::cluster::KindState::Loading { .. }, .. } => {}
            other => println!("{at:>7} ms {other:?}"),
        }
    }
    handle.stop();
    assert!(rows > 0);
}

/// Writes to `argocd/app-0001` of the test cluster.
#[tokio::test]
#[ignore = "needs DRIFTDECK_TEST_KUBECONFIG and a running API server"]
async fn patches_are_accepted_refused_and_validated() {
    use crate::domain::ids::ObjectKey;
    use crate::domain::plan::{FailClass, Outcome, PatchRequest, PatchType};
    let file = std::env::var_os("DRIFTDECK_TEST_KUBECONFIG").unwrap();
    let kubeconfig = Arc::new(Kubeconfig::load(&Places { explicit: Some(file.into()), ..Places::default() }).unwrap());
    let context = kubeconfig.select(&kubeconfig.contexts(), &[]).unwrap().remove(0);
    let (sink, mut events) = mpsc::channel(256);
    let handle = Session::start(Params { context, kubeconfig, settings: Settings { kinds: Vec::new(), ..Settings::default() } }, sink);
    while handle.api().is_err() {
        events.recv().await.unwrap();
    }
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    let key = ObjectKey::new("argoproj.io", "Application", "argocd", "app-0001");
    let before = handle.get(&key).await.unwrap().unwrap();
    let text = |pointer: &str| before.pointer(pointer).unwrap().as_str().map(str::to_owned);
    let mut request = PatchRequest {
        cluster: handle.id().clone(),
        group: key.group.clone(),
        version: "v1alpha1".into(),
        plural: "applications".into(),
        kind: key.kind.clone(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        uid: text("/metadata/uid"),
        resource_version: text("/metadata/resourceVersion"),
        patch_type: PatchType::Merge,
        body: serde_json::json!({"metadata": {"annotations": {"driftdeck/test": format!("{:?}", std::time::SystemTime::now())}}}),
        request_id: "r1".into(),
    };
    let facts = crate::engine::ClusterFacts::default();
    assert_eq!(crate::cluster::write(&handle, &request, &facts).await, Outcome::Sent { commit: None });
    assert!(matches!(crate::cluster::write(&handle, &request, &facts).await, Outcome::Refused { .. }), "the object has moved on");
    request.resource_version = None;
    request.body = serde_json::json!({"spec": {"bogus": 1}});
    let outcome = crate::cluster::write(&handle, &request, &facts).await;
    assert!(matches!(&outcome, Outcome::Failed { class: FailClass::Invalid, .. }), "{outcome:?}");
    handle.stop();
}
