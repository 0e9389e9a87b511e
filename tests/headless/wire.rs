//! What a command does while a cluster holds its answer back, as the wire to that cluster shows it.

use super::fleet::{Fleet, Watch, holds, says};
use driftdeck::sim::scenario::Scenario;
use serde_json::Value;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::AsyncReadExt;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupt_while_a_request_is_under_way_is_told_once_and_only_the_second_leaves_with_its_outcome_unknown() {
    let mut fleet = Fleet::start(Scenario::Quiet).await;
    let (counted, never) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    fleet.pass_by("stage-eu", Watch { request: "PATCH ", counted: counted.clone(), until: Some((never.clone(), 1)) }).await;
    let args = ["suspend", "ks/shop/web", "--cluster", "stage-eu", "--context", "stage-eu", "--reason", "test", "--yes", "-o", "json"];
    let mut child = fleet.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = child.id().unwrap().to_string();
    holds("the request is under way", || counted.load(Ordering::SeqCst) == 1).await;
    let interrupt = || std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(interrupt().success());
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let told = says(&mut err, "exit code 5").await;
    assert!(child.try_wait().unwrap().is_none(), "it waits for the answer: {told}");
    assert!(interrupt().success());
    let (mut document, mut rest) = (String::new(), String::new());
    tokio::try_join!(out.read_to_string(&mut document), err.read_to_string(&mut rest)).unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(5), "{document}{told}{rest}");
    assert_eq!(format!("{told}{rest}").matches("cannot be taken back").count(), 1, "{told}{rest}");
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["outcome"]["outcome"], "unknown", "{document}");
    let text = std::fs::read_to_string(fleet.home.path().join("state/driftdeck/journal.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |field: &str| lines.iter().map(|l| l.pointer(field).cloned().unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(of("/outcome/outcome"), [Value::Null, "unknown".into()], "{text}");
    assert!(of("/task").windows(2).all(|w| w[0] == w[1]), "of the task that was sent: {text}");
    assert!(of("/plan/request_id").iter().all(|id| *id == document["plan"]["request_id"]), "{text}{document}");
    never.store(1, Ordering::SeqCst);
    fleet.demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_word_stops_a_refresh_too_which_is_sent_without_a_question() {
    let mut fleet = Fleet::start(Scenario::Quiet).await;
    let patches = fleet.count_patches("stage-eu").await;
    let refresh = |more: &[&'static str]| {
        let base = ["refresh", "ks/shop/web", "--cluster", "stage-eu", "--context", "stage-eu", "-o", "json"];
        base.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>()
    };
    let plan = fleet.run(&refresh(&["--dry-run"])).await.json();
    assert_eq!(plan["plan"]["risk"], "Safe", "{plan}");
    let wrong = fleet.run(&refresh(&["--confirm", "prod-eu"])).await;
    let reason = wrong.json()["outcome"]["reason"].as_str().unwrap_or_default().to_owned();
    assert!(wrong.code == 3 && reason.contains("lands on stage-eu"), "{} {}", wrong.code, wrong.out);
    assert_eq!((patches.load(Ordering::SeqCst), fleet.journal()), (0, vec![("refresh".to_owned(), "refused".to_owned())]));
    let right = fleet.run(&refresh(&["--confirm", "stage-eu"])).await;
    assert_eq!((right.code, patches.load(Ordering::SeqCst)), (0, 1), "{}{}", right.out, right.err);
    fleet.demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_asks_all_clusters_for_their_rights_at_once() {
    let mut fleet = Fleet::start(Scenario::Quiet).await;
    let (one, other) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let request = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    // Each answers only when the other was asked, too: asked one after the other, the first would stay silent.
    for (cluster, mine, theirs) in [("stage-eu", &one, &other), ("prod-eu", &other, &one)] {
        fleet.pass_by(cluster, Watch { request, counted: mine.clone(), until: Some((theirs.clone(), 1)) }).await;
    }
    let said = fleet.run(&["doctor", "--context", "stage-eu", "--context", "prod-eu", "-o", "json"]).await;
    let document = said.json();
    let rights: Vec<(&str, &str)> = document["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["area"] == "rights")
        .map(|c| (c["subject"].as_str().unwrap(), c["found"].as_str().unwrap()))
        .collect();
    let clusters: Vec<&str> = document["clusters"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(rights, clusters.iter().map(|c| (*c, "works")).collect::<Vec<_>>(), "{document}");
    assert_eq!(clusters.len(), 2);
    fleet.demo.stop().await;
}
