use super::server::*;
use crate::domain::cluster::{Fingerprint, KindState, Link};
use crate::domain::event::ClusterEvent;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

fn watches(asked: &Asked) -> bool {
    asked.path == ALL && asked.is_watch()
}

#[tokio::test]
async fn the_whole_set_comes_first_and_then_its_changes() {
    let mut rig = rig(|asked| {
        watches(asked).then(|| {
            Reply::Stream(vec![
                event("ADDED", "a", 1),
                event("ADDED", "b", 2),
                end(5),
                event("MODIFIED", "a", 6),
                event("DELETED", "b", 7),
                Piece::Hold,
            ])
        })
    })
    .await;
    assert_eq!(rig.complete().await, ["a", "b"]);
    let gone = rig.until("removal", |e| matches!(e, ClusterEvent::Removed { .. })).await;
    assert!(matches!(gone, ClusterEvent::Removed { name, kind, .. } if name == "b" && kind == "applications"));
    assert_eq!(rig.upserted(), ["a@1", "b@2", "a@6"]);
    let words: Vec<_> =
        rig.seen.iter().filter_map(|e| if let ClusterEvent::Link { link, .. } = e { Some(link.word()) } else { None }).collect();
    assert_eq!(words, ["connecting", "live"]);
    let identity = rig
        .seen
        .iter()
        .find_map(|e| if let ClusterEvent::Identity { fingerprint, user, .. } = e { Some((fingerprint, user)) } else { None });
    let (fingerprint, user) = identity.unwrap();
    assert_eq!((fingerprint.uid.as_deref(), user.as_deref()), (Some("uid-of-one"), Some("sam")));
}

#[tokio::test]
async fn every_request_names_us_and_one_request_asks_for_a_group() {
    let mut rig = rig(|asked| watches(asked).then(two)).await;
    rig.complete().await;
    assert!(rig.server.asked().iter().all(|a| a.agent.starts_with("driftdeck/")));
    assert!(rig.server.asked().iter().all(|a| a.authorization == "Bearer static-token"));
    assert_eq!(rig.server.count(|a| a.path == "/apis/argoproj.io"), 1);
}

#[tokio::test]
async fn a_server_without_streaming_lists_is_read_by_list_and_watch() {
    let mut rig = rig(|asked| match asked.path.as_str() {
        ALL if asked.is_initial() => Some(Reply::Json(422, status(422, "Invalid", "sendInitialEvents is forbidden"))),
        ALL if asked.is_watch() => Some(Reply::Stream(vec![event("MODIFIED", "a", 9), Piece::Hold])),
        ALL => Some(Reply::Json(200, json!({"metadata": {"resourceVersion": "5"}, "items": [object("a", 1), object("b", 2)]}))),
        _ => None,
    })
    .await;
    assert_eq!(rig.complete().await, ["a", "b"]);
    rig.until("change", |e| matches!(e, ClusterEvent::Upsert { .. })).await;
    assert_eq!(rig.upserted(), ["a@1", "b@2", "a@9"]);
    assert_eq!(rig.server.count(|a| a.path == ALL && a.query.contains("resourceVersion=5")), 1);
}

#[tokio::test]
async fn a_server_that_never_marks_the_end_is_read_by_list() {
    let mut rig = rig_with(impatient(), json!({}), |asked| match asked.path.as_str() {
        ALL if asked.is_initial() => Some(Reply::Stream(vec![event("ADDED", "a", 1), Piece::Hold])),
        ALL if asked.is_watch() => Some(Reply::Stream(vec![Piece::Hold])),
        ALL => Some(Reply::Json(200, json!({"metadata": {"resourceVersion": "5"}, "items": [object("a", 1)]}))),
        _ => None,
    })
    .await;
    assert_eq!(rig.complete().await, ["a"]);
    assert_eq!(rig.upserted(), ["a@1"], "an object already handed over is not handed over again");
}

#[tokio::test]
async fn every_page_of_a_paged_list_counts() {
    let mut settings = settings();
    settings.force_list = true;
    let mut rig = rig_with(settings, json!({}), |asked| match asked.path.as_str() {
        ALL if asked.is_watch() => Some(Reply::Stream(vec![Piece::Hold])),
        ALL if asked.query.contains("continue=p%7C2") => {
            Some(Reply::Json(200, json!({"metadata": {"resourceVersion": "5"}, "items": [object("b", 2)]})))
        }
        ALL => Some(Reply::Json(200, json!({"metadata": {"resourceVersion": "5", "continue": "p|2"}, "items": [object("a", 1)]}))),
        _ => None,
    })
    .await;
    assert_eq!(rig.complete().await, ["a", "b"]);
    assert_eq!(rig.server.count(Asked::is_initial), 0);
}

#[tokio::test]
async fn another_cluster_behind_the_same_name_is_inert() {
    let mut settings = settings();
    settings.known = Some(Fingerprint { uid: Some("uid-of-another".into()), ..Fingerprint::default() });
    let mut rig = rig_with(settings, json!({}), |asked| watches(asked).then(two)).await;
    let ClusterEvent::Link { link: Link::Changed { what }, .. } = rig.link("changed").await else { unreachable!() };
    assert!(what.contains("cluster id"), "{what}");
    assert!(rig.handle.api().is_err());
    assert_eq!(rig.server.count(|a| a.path.starts_with("/apis/argoproj")), 0);
    rig.handle.accept_change();
    assert_eq!(rig.complete().await, ["a", "b"]);
}

#[tokio::test]
async fn the_same_cluster_at_another_address_is_read_and_the_move_is_told() {
    let mut settings = settings();
    let known = |uid: &str| Fingerprint { server: "https://old.example".into(), uid: Some(uid.into()), ..Fingerprint::default() };
    settings.known = Some(known("uid-of-one"));
    let mut rig = rig_with(settings, json!({}), |asked| watches(asked).then(two)).await;
    assert_eq!(rig.complete().await, ["a", "b"]);
    let moved = rig.seen.iter().find_map(|e| if let ClusterEvent::Identity { moved, .. } = e { moved.clone() } else { None });
    assert!(moved.is_some_and(|what| what.contains("server was https://old.example")), "not told");
    // Where the id cannot be read, the address is all we know it by.
    let unread = Fingerprint { uid: None, ..known("uid-of-one") };
    assert_eq!(unread.moved(&known("uid-of-one")), None);
    assert_eq!(known("uid-of-one").moved(&Fingerprint { ca: "another".into(), ..known("uid-of-one") }), None);
}

/// How often the cluster's id is refused, from the second connection on.
async fn read_again(refusals: usize) -> (Rig, Fingerprint) {
    let (frozen, asked_again) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (now, was_frozen) = (frozen.clone(), AtomicBool::new(false));
    let mut rig = rig(move |asked| {
        if now.load(Ordering::SeqCst) {
            was_frozen.store(true, Ordering::SeqCst);
            return Some(Reply::Hang);
        }
        let is_id = asked.path == "/api/v1/namespaces/kube-system" && was_frozen.load(Ordering::SeqCst);
        if is_id && asked_again.fetch_add(1, Ordering::SeqCst) < refusals {
            return Some(Reply::Json(403, status(403, "Forbidden", "no")));
        }
        (asked.path == ALL).then(two)
    })
    .await;
    rig.link("live").await;
    frozen.store(true, Ordering::SeqCst);
    rig.link("unreachable").await;
    frozen.store(false, Ordering::SeqCst);
    rig.handle.retry();
    let met = rig.until("identity", |e| matches!(e, ClusterEvent::Identity { .. })).await;
    let ClusterEvent::Identity { fingerprint, .. } = met else { unreachable!() };
    (rig, fingerprint)
}

#[tokio::test]
async fn a_cluster_id_that_cannot_be_read_any_more_is_not_forgotten_and_nothing_is_written() {
    let (rig, fingerprint) = read_again(usize::MAX).await;
    assert_eq!(fingerprint.uid.as_deref(), Some("uid-of-one"));
    let request = super::write::request(&rig);
    let outcome = crate::cluster::write(&rig.handle, &request, &crate::engine::ClusterFacts::default()).await;
    assert!(matches!(&outcome, crate::domain::plan::Outcome::Refused { reason } if reason.contains("identity")), "{outcome:?}");
    assert_eq!(rig.server.count(|a| a.method == "PATCH"), 0);
}

#[tokio::test]
async fn one_refusal_of_the_cluster_id_is_asked_again() {
    let (rig, _) = read_again(1).await;
    assert_eq!(rig.handle.verified().unwrap().fingerprint.uid.as_deref(), Some("uid-of-one"));
    assert_eq!(rig.server.count(|a| a.path == "/api/v1/namespaces/kube-system"), 3);
}

#[tokio::test]
async fn an_absent_kind_is_parked_until_asked_again() {
    let asked_before = AtomicUsize::new(0);
    let mut rig = rig(move |asked| match asked.path.as_str() {
        "/apis/argoproj.io" if asked_before.fetch_add(1, Ordering::SeqCst) == 0 => Some(Reply::Text(404, "404 page not found\n")),
        ALL => Some(two()),
        _ => None,
    })
    .await;
    rig.link("not installed").await;
    assert_eq!(rig.server.count(|a| a.path == ALL), 0);
    // The group's answer serves all its kinds for a moment, so ask until it is asked anew.
    let handle = rig.handle.clone();
    let nudge = tokio::spawn(async move {
        loop {
            handle.retry();
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    });
    assert_eq!(rig.complete().await, ["a", "b"]);
    nudge.abort();
    rig.settled("live").await;
}

#[tokio::test]
async fn stopping_ends_every_task_and_closes_the_sink() {
    let mut rig = rig(|asked| watches(asked).then(two)).await;
    rig.complete().await;
    rig.handle.stop();
    assert!(rig.handle.api().is_err());
    let rest = tokio::time::timeout(std::time::Duration::from_secs(30), async { while rig.next().await.is_some() {} }).await;
    assert!(rest.is_ok(), "a task still holds the sink");
}

#[tokio::test]
async fn a_context_that_cannot_be_used_says_why_and_connects_to_nothing() {
    let server = serve(|_| None).await;
    let kubeconfig = std::sync::Arc::new(
        crate::cluster::Kubeconfig::from_text(
            "{contexts: [{name: one, context: {cluster: c, user: nobody}}], clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]}",
        )
        .unwrap(),
    );
    let context = kubeconfig.contexts().remove(0);
    let (sink, mut events) = tokio::sync::mpsc::channel(8);
    let handle = crate::cluster::Session::start(crate::cluster::Params { context, kubeconfig, settings: settings() }, sink);
    let mut last = None;
    while let Some(event) = events.recv().await {
        last = Some(event);
    }
    assert!(matches!(last, Some(ClusterEvent::Link { link: Link::Invalid { cause }, .. }) if cause.contains("user nobody")));
    assert_eq!(server.asked().len(), 0);
    handle.stop();
}

#[tokio::test]
async fn signs_of_life_are_told_while_nothing_changes() {
    let mut rig = rig(|asked| watches(asked).then(two)).await;
    rig.until("live kind", |e| matches!(e, ClusterEvent::Kind { state: KindState::Live, .. })).await;
    let before = rig.server.count(|a| a.path == "/version");
    while rig.server.count(|a| a.path == "/version") == before {
        rig.until("sign of life", |e| matches!(e, ClusterEvent::Heard { .. })).await;
    }
}

#[tokio::test]
async fn a_sign_of_life_bears_the_time_of_the_clock_when_it_was_heard() {
    // Reckoned back from now by a clock that stood still, it would be wrong by as long as the machine slept.
    let at: crate::domain::Timestamp = "2026-11-24T03:00:00Z".parse().unwrap();
    let settings = crate::cluster::Settings { clock: crate::domain::clock::Clock::frozen(at), ..settings() };
    let mut rig = rig_with(settings, json!({}), |asked| watches(asked).then(two)).await;
    rig.until("live kind", |e| matches!(e, ClusterEvent::Kind { state: KindState::Live, .. })).await;
    for _ in 0..3 {
        let heard = rig.until("sign of life", |e| matches!(e, ClusterEvent::Heard { .. })).await;
        assert!(matches!(heard, ClusterEvent::Heard { at: told, .. } if told == at), "{heard:?}");
    }
}

#[test]
fn a_server_that_falls_silent_is_given_up_within_fifteen_seconds() {
    let longest = crate::cluster::session::longest_silence(&crate::cluster::Timings::default());
    assert!(longest < std::time::Duration::from_secs(15), "{longest:?}");
}

#[tokio::test]
async fn a_server_that_closes_the_first_question_late_has_only_the_rest_of_the_time_for_the_second() {
    use std::time::{Duration, Instant};
    let mut settings = settings();
    settings.timings.beat_limit = Duration::from_millis(2000);
    settings.timings.beat_every = Duration::from_millis(400);
    let (frozen, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(std::sync::Mutex::new(Vec::new())));
    let (now, log) = (frozen.clone(), asked.clone());
    let mut rig = rig_with(settings, json!({}), move |asked| {
        if !now.load(Ordering::SeqCst) {
            return (asked.path == ALL).then(two);
        }
        if asked.path != "/version" {
            return Some(Reply::Hang);
        }
        let mut log = log.lock().unwrap();
        log.push(Instant::now());
        let first = log.len() == 1;
        Some(Reply::Stream(vec![if first { Piece::Wait(Duration::from_millis(1500)) } else { Piece::Hold }, Piece::Break]))
    })
    .await;
    rig.link("live").await;
    frozen.store(true, Ordering::SeqCst);
    rig.link("unreachable").await;
    let (took, times) = {
        let asked = asked.lock().unwrap();
        (asked[0].elapsed(), asked.len())
    };
    assert!(times >= 2, "asked once more");
    assert!(took < Duration::from_millis(3000), "{took:?}");
}

#[tokio::test]
async fn a_certificate_file_that_comes_later_is_read_at_the_next_try() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ca.pem");
    let server = serve(|asked| (asked.path == ALL).then(two)).await;
    let text = json!({
        "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": format!("http://{}", server.address), "certificate-authority": file}}],
        "users": [{"name": "u", "user": {}}],
    });
    let kubeconfig = Arc::new(crate::cluster::Kubeconfig::from_text(&text.to_string()).unwrap());
    let context = kubeconfig.contexts().remove(0);
    let (sink, mut events) = tokio::sync::mpsc::channel(8);
    let handle = crate::cluster::Session::start(crate::cluster::Params { context, kubeconfig, settings: settings() }, sink);
    let mut words = Vec::new();
    while let Ok(Some(event)) = tokio::time::timeout(std::time::Duration::from_secs(8), events.recv()).await {
        let ClusterEvent::Link { link, .. } = event else { continue };
        words.push(link.word());
        match link.word() {
            "invalid" => {
                std::fs::write(&file, rcgen::generate_simple_self_signed(["ca".to_owned()]).unwrap().cert.pem()).unwrap();
                handle.retry();
            }
            "live" => break,
            _ => {}
        }
    }
    assert_eq!(words, ["connecting", "invalid", "connecting", "live"]);
    handle.stop();
}
