use super::server::*;
use crate::domain::cluster::{KindState, Link};
use crate::domain::event::ClusterEvent;
use crate::domain::ids::Epoch;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Counts the watches of all applications, and answers each by its number.
fn by_turn(answers: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static) -> impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static {
    let turn = AtomicUsize::new(0);
    move |asked| (asked.path == ALL && asked.is_watch()).then(|| answers(turn.fetch_add(1, Ordering::SeqCst), asked))
}

fn expired() -> Piece {
    Piece::Line(json!({"type": "ERROR", "object": status(410, "Expired", "too old resource version: 5 (90)")}))
}

#[tokio::test]
async fn an_expired_watch_lists_again_and_hands_over_only_what_changed() {
    let mut rig = rig(by_turn(|turn, _| match turn {
        0 => Reply::Stream(vec![event("ADDED", "a", 1), event("ADDED", "b", 2), end(5), expired()]),
        _ => Reply::Stream(vec![event("ADDED", "a", 1), event("ADDED", "c", 8), end(9), Piece::Hold]),
    }))
    .await;
    assert_eq!(rig.complete().await, ["a", "b"]);
    assert_eq!(rig.complete().await, ["a", "c"]);
    assert_eq!(rig.upserted(), ["a@1", "b@2", "c@8"]);
    assert!(!rig.seen.iter().any(|e| matches!(e, ClusterEvent::Kind { state: KindState::Broken { .. }, .. })), "it is routine");
}

#[tokio::test]
async fn a_watch_refused_with_410_lists_again() {
    let mut rig = rig(by_turn(|turn, asked| match turn {
        0 => Reply::Stream(vec![event("ADDED", "a", 1), end(5)]),
        _ if !asked.is_initial() => Reply::Json(410, status(410, "Gone", "too old")),
        _ => Reply::Stream(vec![event("ADDED", "a", 7), end(9), Piece::Hold]),
    }))
    .await;
    rig.complete().await;
    rig.complete().await;
    assert_eq!(rig.upserted(), ["a@1", "a@7"]);
}

#[tokio::test]
async fn a_watch_that_ends_in_good_order_goes_on_where_it_was() {
    let mut rig = rig(by_turn(|turn, _| match turn {
        0 => Reply::Stream(vec![event("ADDED", "a", 1), end(5), event("MODIFIED", "a", 6)]),
        _ => Reply::Stream(vec![event("MODIFIED", "a", 7), Piece::Hold]),
    }))
    .await;
    rig.until("second change", |e| matches!(e, ClusterEvent::Upsert { .. })).await;
    while !rig.upserted().contains(&"a@7".to_owned()) {
        rig.until("a@7", |e| matches!(e, ClusterEvent::Upsert { .. })).await;
    }
    assert_eq!(rig.completes(), 1);
    assert_eq!(rig.server.count(|a| a.query.ends_with("resourceVersion=6")), 1);
}

#[tokio::test]
async fn one_403_right_after_connecting_does_not_count() {
    let mut rig = rig(by_turn(|turn, _| if turn == 0 { Reply::Json(403, status(403, "Forbidden", "starting")) } else { two() })).await;
    assert_eq!(rig.complete().await, ["a", "b"]);
    assert!(!rig.seen.iter().any(|e| matches!(e, ClusterEvent::Kind { state: KindState::Forbidden { .. }, .. })));
}

#[tokio::test]
async fn a_forbidden_cluster_is_read_by_namespace_until_it_is_allowed() {
    let allowed = Arc::new(AtomicBool::new(false));
    let now = allowed.clone();
    let mut rig = rig(move |asked| match asked.path.as_str() {
        ALL if now.load(Ordering::SeqCst) && asked.is_watch() => Some(two()),
        ALL if now.load(Ordering::SeqCst) => Some(Reply::Json(200, json!({"items": []}))),
        "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications" => {
            Some(Reply::Stream(vec![event("ADDED", "a", 1), end(5), Piece::Hold]))
        }
        path if path.contains("/applications") => Some(Reply::Json(403, status(403, "Forbidden", "no"))),
        _ => None,
    })
    .await;
    let wanted = KindState::Forbidden { namespaces: vec!["argocd".into()] };
    rig.until("namespace", |e| matches!(e, ClusterEvent::Kind { state, .. } if *state == wanted)).await;
    let complete =
        rig.seen.iter().find_map(|e| if let ClusterEvent::Complete { namespaces, .. } = e { Some(namespaces.clone()) } else { None });
    assert_eq!(complete.unwrap(), ["argocd"]);
    let link = rig.handle.link().unwrap();
    assert!(matches!(link, Link::Forbidden { .. }) && link.is_live());
    assert!(link.reason().unwrap().contains("for sam"));
    assert_eq!(rig.server.count(|a| a.path == "/apis/argoproj.io/v1alpha1/namespaces/team/applications"), 1, "asked once, then parked");

    allowed.store(true, Ordering::SeqCst);
    rig.handle.retry();
    assert_eq!(rig.complete().await, ["a", "b"]);
    rig.settled("live").await;
}

#[tokio::test]
async fn a_garbage_line_ends_no_set_and_the_next_try_does() {
    let mut rig = rig(by_turn(|turn, _| match turn {
        0 => Reply::Stream(vec![event("ADDED", "a", 1), Piece::Raw(b"{\"type\":\"ADDED\",\"obj\n".to_vec()), end(5)]),
        _ => two(),
    }))
    .await;
    assert_eq!(rig.complete().await, ["a", "b"]);
    assert_eq!(rig.completes(), 1);
    assert_eq!(rig.upserted(), ["a@1", "b@2"], "what was read before the garbage is shown, once");
}

#[tokio::test]
async fn half_a_set_is_never_taken_for_the_whole() {
    let mut rig = rig(by_turn(|turn, _| match turn {
        0 => Reply::Stream(vec![event("ADDED", "a", 1), Piece::Break]),
        1 => Reply::Stream(vec![event("ADDED", "a", 1)]),
        _ => two(),
    }))
    .await;
    assert_eq!(rig.complete().await, ["a", "b"]);
    assert_eq!(rig.server.count(|a| a.path == ALL), 3);
}

#[tokio::test]
async fn an_endless_line_is_given_up_and_said() {
    let mut rig =
        rig(by_turn(|_, _| Reply::Stream(vec![Piece::Raw(vec![b'x'; 5 << 20]), Piece::Raw(vec![b'x'; 5 << 20]), Piece::Hold]))).await;
    let ClusterEvent::Link { link, .. } = rig.link("degraded").await else { unreachable!() };
    assert!(link.reason().unwrap().contains("larger than 8 MiB"), "{link:?}");
}

#[tokio::test]
async fn a_failing_kind_degrades_the_link_and_heals() {
    let mut rig = rig(by_turn(|turn, _| if turn < 4 { Reply::Json(500, status(500, "", "etcd is slow")) } else { two() })).await;
    let ClusterEvent::Link { link, .. } = rig.link("degraded").await else { unreachable!() };
    assert_eq!(link.reason().unwrap(), "applications: etcd is slow");
    rig.link("live").await;
}

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_said() {
    let mut rig = rig(by_turn(|turn, _| if turn == 0 { Reply::Header(429, "retry-after", "1") } else { two() })).await;
    let before = Instant::now();
    rig.complete().await;
    assert!(before.elapsed() >= Duration::from_millis(900));
    assert!(!rig.seen.iter().any(|e| matches!(e, ClusterEvent::Kind { state: KindState::Broken { .. }, .. })));
}

#[tokio::test]
async fn a_server_that_ends_every_stream_at_once_is_not_hammered() {
    let mut rig =
        rig(by_turn(|turn, _| if turn == 0 { Reply::Stream(vec![event("ADDED", "a", 1), end(5)]) } else { Reply::Stream(vec![]) })).await;
    rig.complete().await;
    let (begin, before) = (Instant::now(), rig.server.count(Asked::is_watch));
    while rig.server.count(Asked::is_watch) < before + 20 {
        assert!(begin.elapsed() < Duration::from_secs(30), "it is not asked again");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // A slow machine takes longer and never less.
    assert!(begin.elapsed() > Duration::from_millis(200), "20 watches in {:?}", begin.elapsed());
}

#[tokio::test]
async fn a_frozen_server_is_unreachable_soon_and_unchanged_rows_are_not_sent_again_when_it_is_back() {
    let frozen = Arc::new(AtomicBool::new(false));
    let now = frozen.clone();
    let answer = move |asked: &Asked| {
        if now.load(Ordering::SeqCst) {
            return Some(Reply::Hang);
        }
        (asked.path == ALL).then(two)
    };
    let mut rig = rig_with(impatient(), json!({"token": "static-token"}), answer).await;
    rig.link("live").await;
    rig.complete().await;
    frozen.store(true, Ordering::SeqCst);
    let ClusterEvent::Link { link: Link::Unreachable { cause, next_try_at, .. }, .. } = rig.link("unreachable").await else {
        unreachable!()
    };
    assert!(cause.contains("no answer") && next_try_at.is_some(), "{cause}");
    assert!(rig.handle.api().is_err());
    frozen.store(false, Ordering::SeqCst);
    rig.handle.retry();
    rig.link("live").await;
    let complete = rig.until("complete set", |e| matches!(e, ClusterEvent::Complete { .. })).await;
    assert!(matches!(complete, ClusterEvent::Complete { epoch, .. } if epoch > Epoch(1)));
    assert_eq!(rig.upserted(), ["a@1", "b@2"]);
}

#[tokio::test]
async fn nobody_listening_on_the_port_is_unreachable_with_the_cause() {
    let mut rig = rig(|_| None).await;
    rig.server.stop_listening().await;
    rig.handle.retry();
    let ClusterEvent::Link { link, .. } = rig.link("unreachable").await else { unreachable!() };
    assert!(link.reason().is_some_and(|r| !r.contains("client error")), "{link:?}");
}

#[tokio::test]
async fn a_kind_missing_in_one_version_is_read_in_the_next() {
    let mut rig = rig(|asked| match asked.path.as_str() {
        "/apis/argoproj.io" => Some(Reply::Json(200, json!({"versions": [{"version": "v1alpha1"}, {"version": "v1"}]}))),
        "/apis/argoproj.io/v1/applications" => Some(Reply::Text(404, "404 page not found\n")),
        ALL => Some(two()),
        _ => None,
    })
    .await;
    assert_eq!(rig.complete().await, ["a", "b"]);
    assert_eq!(rig.server.count(|a| a.path == "/apis/argoproj.io/v1/applications"), 1);
}

#[tokio::test]
async fn a_watch_through_a_proxy_on_this_machine_that_falls_silent_goes_on_where_it_was() {
    let mut settings = settings();
    settings.timings.watch_silence = Duration::from_millis(300);
    let mut rig = rig_with(settings, json!({}), |asked| match asked.path.as_str() {
        // What was behind it is gone: nothing comes, and nothing ends.
        ALL if asked.is_initial() => Some(two()),
        ALL => Some(Reply::Stream(vec![event("MODIFIED", "a", 9), Piece::Hold])),
        _ => None,
    })
    .await;
    rig.complete().await;
    rig.until("change", |e| matches!(e, ClusterEvent::Upsert { objects, .. } if objects.len() == 1)).await;
    assert!(rig.upserted().contains(&"a@9".to_owned()), "{:?}", rig.upserted());
    assert_eq!(rig.completes(), 1, "nothing is read twice");
    assert_eq!(rig.handle.link().map(|l| l.word()), Some("live"));
}

#[tokio::test]
async fn a_kind_that_came_and_went_is_asked_for_as_soon_as_one_that_was_never_there() {
    let mut settings = settings();
    settings.timings.park = Duration::from_millis(500);
    let asked: Arc<std::sync::Mutex<Vec<Instant>>> = Arc::default();
    let log = asked.clone();
    let watch = by_turn(move |turn, _| {
        log.lock().unwrap().push(Instant::now());
        match turn {
            3 => Reply::Stream(vec![event("ADDED", "a", 1), end(5)]),
            _ if turn > 4 => two(),
            _ => Reply::Text(404, "404 page not found\n"),
        }
    });
    let mut rig = rig_with(settings, json!({}), watch).await;
    assert_eq!(rig.complete().await, ["a"]);
    assert_eq!(rig.complete().await, ["a", "b"]);
    let asked = asked.lock().unwrap();
    assert!(asked[3] - asked[2] >= Duration::from_millis(1500), "more and more rarely: {asked:?}");
    assert!(asked[5] - asked[4] < Duration::from_millis(1500), "as at first: {asked:?}");
}
