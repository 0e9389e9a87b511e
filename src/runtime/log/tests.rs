//! Through the real client against a simulated server.

use super::*;
use crate::app::effect::Effect;
use crate::app::msg::Envelope;
use crate::cluster::{Kubeconfig, Places};
use crate::domain::cluster::Link;
use crate::domain::event::ClusterEvent;
use crate::git::testing::until;
use crate::runtime::Options;
use crate::sim::api::{ApiServer, Running, kubeconfig};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::mpsc;

const LIMIT: Duration = Duration::from_secs(20);

struct Rig {
    server: ApiServer,
    runtime: Runtime,
    receiver: mpsc::Receiver<Envelope>,
    _running: Running,
    _dir: tempfile::TempDir,
}

fn pod(status: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop"},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]}, "status": {"phase": "Running", "containerStatuses": [status]}
    })
}

fn runs() -> Value {
    pod(&json!({"name": "web", "restartCount": 0, "state": {"running": {"startedAt": "2026-11-24T03:00:00Z"}}}))
}

fn ended_with(exit: i64) -> Value {
    pod(&json!({"name": "web", "restartCount": 0, "state": {"terminated": {"exitCode": exit, "reason": "Error"}}}))
}

async fn rig() -> Rig {
    let clock = Clock::system();
    let server = ApiServer::new("prod", "v1.34.2", clock, 1);
    server.install_flux();
    server.put(runs());
    let running = server.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("kubeconfig");
    std::fs::write(&config, kubeconfig(&[("prod", &running.url, "admin", "default")])).unwrap();
    let (inbox, receiver) = Inbox::new(clock);
    let options =
        Options { places: Places { explicit: Some(config), env: None, home: None }, ..crate::runtime::tests::options(clock, None) };
    let runtime = Runtime::new(options, inbox);
    let loaded = Kubeconfig::load(&runtime.options.places).unwrap();
    runtime.watch_kubeconfig(Arc::new(loaded), Vec::new());
    let mut rig = Rig { server, runtime, receiver, _running: running, _dir: dir };
    rig.runtime.run(Effect::Connect(vec![ClusterId::new("prod")]));
    rig.until(|msg| match msg {
        Msg::Cluster(ClusterEvent::Link { link: Link::Live { .. }, .. }) => Some(()),
        _ => None,
    })
    .await;
    rig
}

impl Rig {
    async fn until<T>(&mut self, mut wanted: impl FnMut(Msg) -> Option<T>) -> T {
        let search = async {
            loop {
                let msg = self.receiver.recv().await.expect("an open inbox").msg;
                if let Some(found) = wanted(msg) {
                    return found;
                }
            }
        };
        tokio::time::timeout(LIMIT, search).await.expect("the message")
    }

    fn follow(&self) {
        let pod = ObjectKey::new("", "Pod", "shop", "web-1");
        self.runtime.run(Effect::FollowLog { id: 7, cluster: ClusterId::new("prod"), pod, container: "web".into() });
    }

    /// Lines until this one.
    async fn lines(&mut self, last: &str) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        self.until(|msg| match msg {
            Msg::Detail(DetailEvent::LogMore { id: 7, lines, .. }) => {
                all.extend(lines);
                all.iter().any(|line| line == last).then_some(())
            }
            _ => None,
        })
        .await;
        all
    }

    async fn ended(&mut self) -> String {
        self.until(|msg| match msg {
            Msg::Detail(DetailEvent::LogEnded { id: 7, why }) => Some(why),
            _ => None,
        })
        .await
    }
}

#[tokio::test]
async fn a_followed_log_brings_what_is_there_then_each_new_line_and_how_the_container_ended() {
    let mut rig = rig().await;
    rig.server.set_log("shop", "web-1", "web", false, "one\n");
    rig.follow();
    assert_eq!(rig.lines("one").await, ["one"]);
    rig.server.append_log("shop", "web-1", "web", "two\n");
    assert_eq!(rig.lines("two").await, ["two"]);
    rig.server.append_log("shop", "web-1", "web", "\u{1b}[31mthree\n");
    assert_eq!(rig.lines("^[[31mthree").await, ["^[[31mthree"]);
    rig.server.put(ended_with(1));
    assert_eq!(rig.ended().await, "the container ended, exit 1");
    assert!(rig.server.followed_logs().is_empty());
}

#[tokio::test]
async fn the_server_sees_the_request_end_when_nobody_follows_any_more() {
    let mut rig = rig().await;
    rig.server.set_log("shop", "web-1", "web", false, "one\n");
    rig.follow();
    rig.lines("one").await;
    let server = rig.server.clone();
    assert_eq!(server.followed_logs().len(), 1);
    rig.runtime.run(Effect::EndLog);
    until("the request ended", || server.followed_logs().is_empty()).await;
    // Another follow takes the place of the one before it.
    rig.follow();
    rig.lines("one").await;
    rig.follow();
    rig.lines("one").await;
    until("one is left", || server.followed_logs().len() == 1).await;
}

#[tokio::test]
async fn a_pod_that_is_gone_or_a_stream_that_breaks_says_so() {
    let mut rig = rig().await;
    rig.server.set_log("shop", "web-1", "web", false, "one\n");
    rig.follow();
    rig.lines("one").await;
    rig.server.delete("", "pods", "shop", "web-1").unwrap();
    assert_eq!(rig.ended().await, "the pod is gone");
    rig.follow();
    assert_eq!(rig.ended().await, "the pod is gone");
    rig.server.put(runs());
    rig.follow();
    rig.lines("one").await;
    rig.server.faults().drop_connections();
    let why = rig.ended().await;
    assert!(why.starts_with("the stream broke: "), "{why}");
}

#[tokio::test]
async fn lines_that_come_faster_than_they_are_shown_are_dropped_and_counted() {
    let mut rig = rig().await;
    rig.server.set_log("shop", "web-1", "web", false, "one\n");
    rig.follow();
    rig.lines("one").await;
    let many: String = (1..=20_000).map(|n| format!("line {n}\n")).collect();
    rig.server.append_log("shop", "web-1", "web", &many);
    let (mut seen, mut dropped) = (0u64, 0u64);
    rig.until(|msg| match msg {
        Msg::Detail(DetailEvent::LogMore { lines, dropped: more, .. }) => {
            assert!(lines.len() <= 500, "{}", lines.len());
            seen += lines.len() as u64;
            dropped += more;
            lines.last().is_some_and(|line| line == "line 20000").then_some(())
        }
        _ => None,
    })
    .await;
    assert_eq!(seen + dropped, 20_000);
    assert!(dropped > 0);
}

#[tokio::test]
async fn a_stream_that_ends_is_opened_again_and_another_pod_of_that_name_is_not_taken_for_the_same_run() {
    let mut rig = rig().await;
    rig.server.set_log("shop", "web-1", "web", false, "one\n");
    rig.follow();
    rig.lines("one").await;
    rig.server.faults().drop_watches();
    rig.lines("(the stream ended and was opened again; lines in between may be missing)").await;
    let server = rig.server.clone();
    until("it is open again", || server.followed_logs().len() == 1).await;
    rig.server.faults().drop_watches();
    until("it ended", || server.followed_logs().is_empty()).await;
    rig.server.delete("", "pods", "shop", "web-1").unwrap();
    rig.server.put(runs());
    assert_eq!(rig.ended().await, "the pod is gone; another one has its name");
}

#[tokio::test]
async fn what_came_just_before_a_stream_broke_is_sent() {
    let clock = Clock::system();
    let (inbox, mut receiver) = Inbox::new(clock);
    let follow = Follow { id: 7, inbox, clock };
    let (_connection, mut lost) = tokio::sync::watch::channel(0);
    let end = follow.pump(LogStream::that_breaks(&["one\ntwo\n", "half"]), Instant::now(), &mut lost).await;
    assert!(end.unwrap_err().to_string().contains("reset by peer"));
    let more = receiver.try_recv().unwrap().msg;
    let Msg::Detail(DetailEvent::LogMore { is_new, lines, .. }) = more else { panic!("{more:?}") };
    assert!(is_new);
    assert_eq!(lines, ["one", "two", "half"]);
}

#[tokio::test]
async fn a_follow_ends_with_the_connection_although_its_stream_never_hears_of_it() {
    let mut rig = rig().await;
    rig.server.set_log("shop", "web-1", "web", false, "one\n");
    rig.follow();
    rig.lines("one").await;
    rig.server.faults().set(|f| f.frozen = true);
    rig.runtime.run(Effect::RetryCluster(ClusterId::new("prod")));
    assert_eq!(rig.ended().await, "the stream broke: the connection to the cluster ended");
}

#[tokio::test]
async fn what_was_there_when_a_follow_began_and_notes_of_ours_are_not_told_as_new() {
    let mut rig = rig().await;
    rig.server.set_log("shop", "web-1", "web", false, "one\n");
    rig.follow();
    let mut news = Vec::new();
    for wanted in ["one", "(the stream ended", "two"] {
        let more = |msg| match msg {
            Msg::Detail(DetailEvent::LogMore { is_new, lines, .. }) => lines.iter().any(|l| l.starts_with(wanted)).then_some(is_new),
            _ => None,
        };
        news.push(rig.until(more).await);
        match wanted {
            "one" => rig.server.faults().drop_watches(),
            "two" => {}
            _ => {
                let server = rig.server.clone();
                until("it is open again", || server.followed_logs().len() == 1).await;
                rig.server.append_log("shop", "web-1", "web", "two\n");
            }
        }
    }
    assert_eq!(news, [false, false, true]);
}
