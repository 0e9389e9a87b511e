//! Servers that answer without end.

use super::server::*;
use crate::cluster::{Commons, Settings, Timings};
use crate::domain::cluster::KindState;
use crate::domain::event::ClusterEvent;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

fn impatient(force_list: bool) -> Settings {
    let usual = settings();
    let timings = Timings { list_grace: Duration::from_millis(300), stream_silence: Duration::from_secs(5), ..usual.timings.clone() };
    Settings { force_list, timings, ..usual }
}

/// A piece every twentieth of a second, for a quarter of an hour.
fn trickle(piece: impl Fn() -> Piece) -> Vec<Piece> {
    (0..18_000).flat_map(|_| [Piece::Wait(Duration::from_millis(50)), piece()]).collect()
}

fn listed() -> Reply {
    Reply::Json(200, json!({"metadata": {"resourceVersion": "5"}, "items": [object("a", 1)]}))
}

#[tokio::test]
async fn a_list_that_trickles_is_given_up_and_asked_for_again() {
    let turn = AtomicUsize::new(0);
    let mut rig = rig_with(impatient(true), json!({}), move |asked| match asked.path.as_str() {
        ALL if asked.is_watch() => Some(Reply::Stream(vec![Piece::Hold])),
        ALL if turn.fetch_add(1, Ordering::SeqCst) == 0 => Some(Reply::Stream(trickle(|| Piece::Raw(b" ".to_vec())))),
        ALL => Some(listed()),
        _ => None,
    })
    .await;
    assert_eq!(rig.complete().await, ["a"]);
}

#[tokio::test]
async fn a_streaming_list_that_trickles_is_read_as_a_list_instead() {
    let mut rig = rig_with(impatient(false), json!({}), |asked| match asked.path.as_str() {
        ALL if asked.is_initial() => Some(Reply::Stream(trickle(|| event("MODIFIED", "a", 1)))),
        ALL if asked.is_watch() => Some(Reply::Stream(vec![Piece::Hold])),
        ALL => Some(listed()),
        _ => None,
    })
    .await;
    assert_eq!(rig.complete().await, ["a"]);
}

#[tokio::test]
async fn a_list_does_not_wait_for_ever_for_those_of_other_clusters() {
    let held = Commons { big_lists: Arc::new(Semaphore::new(0)), ..Commons::default() };
    let settings = Settings { force_list: true, commons: held, ..settings() };
    let mut rig = rig_with(settings, json!({}), |asked| match asked.path.as_str() {
        ALL if asked.is_watch() => Some(Reply::Stream(vec![Piece::Hold])),
        ALL => Some(listed()),
        _ => None,
    })
    .await;
    assert_eq!(rig.complete().await, ["a"]);
}

#[tokio::test]
async fn pages_without_end_are_given_up_and_said() {
    let endless = || Reply::Json(200, json!({"metadata": {"resourceVersion": "5", "continue": "more"}, "items": []}));
    let settings = Settings { force_list: true, ..settings() };
    let mut rig = rig_with(settings, json!({}), move |asked| (asked.path == ALL).then(endless)).await;
    let ClusterEvent::Link { link, .. } = rig.link("degraded").await else { unreachable!() };
    assert!(link.reason().unwrap().contains("pages"), "{link:?}");
}

#[tokio::test]
async fn more_namespaces_than_streams_are_read_in_turn() {
    let namespaces = ["argocd", "flux-system", "team"];
    let settings = Settings { streams: 1, ..settings() };
    let mut rig = rig_with(settings, json!({}), move |asked| {
        if asked.path == ALL {
            return Some(Reply::Json(403, status(403, "Forbidden", "no")));
        }
        // As the server would: its streams last for minutes.
        asked.path.ends_with("/applications").then(two)
    })
    .await;
    let all = |state: &KindState| matches!(state, KindState::Forbidden { namespaces: read } if namespaces.iter().all(|n| read.iter().any(|r| r == n)));
    rig.until("all namespaces", |e| matches!(e, ClusterEvent::Kind { state, .. } if all(state))).await;
}
