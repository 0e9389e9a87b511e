//! The state directory from the runtime's side: what is written before what, what is told, what survives.

use super::writer::File;
use super::{Options, Runtime, inbox::Inbox, load};
use crate::app::effect::Effect;
use crate::app::msg::{CheckEvent, Envelope, Msg, TaskEvent};
use crate::cluster::Places;
use crate::domain::Timestamp;
use crate::domain::clock::Clock;
use crate::domain::ids::{ClusterId, Epoch, TaskId};
use crate::domain::journal::{JournalEntry, TimelineEntry, TimelineKind, Watched};
use crate::domain::plan::{Outcome, Plan, RevertRequest};
use crate::domain::repo::RepoId;
use crate::git::testing::{Lab, script, until};
use crate::store::{Kind, Store};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;

const LIMIT: Duration = Duration::from_secs(20);

fn runtime(state: Option<&Path>) -> (Runtime, Receiver<Envelope>) {
    let clock = Clock::system();
    let (inbox, receiver) = Inbox::new(clock);
    (Runtime::new(options(clock, state), inbox), receiver)
}

pub(super) fn options(clock: Clock, state: Option<&Path>) -> Options {
    Options {
        clock,
        places: Places::default(),
        namespaces: Vec::new(),
        list_mode: Vec::new(),
        aliases: Vec::new(),
        read_only: false,
        read_only_clusters: Vec::new(),
        guardrails: Vec::new(),
        store: state.map(|dir| Arc::new(Store::open(dir).unwrap())),
        cache: std::env::temp_dir(),
        git_env: Vec::new(),
        poll: LIMIT,
        max_mirror: 1 << 30,
    }
}

async fn next(receiver: &mut Receiver<Envelope>) -> Msg {
    tokio::time::timeout(LIMIT, receiver.recv()).await.expect("a message").expect("an open inbox").msg
}

async fn outcome(receiver: &mut Receiver<Envelope>) -> Outcome {
    match next(receiver).await {
        Msg::Task { event: TaskEvent::Finished(outcome), .. } => outcome,
        other => panic!("{other:?}"),
    }
}

fn line() -> JournalEntry {
    let plan = Plan::new("sync", "Sync web", "Sync", "1");
    let at = Timestamp::UNIX_EPOCH;
    JournalEntry {
        v: 1,
        at,
        task: 1,
        operator: "me".into(),
        host: "here".into(),
        plan,
        typed: None,
        outcome: None,
        note: None,
        ended_well: None,
    }
}

fn change(text: &str) -> TimelineEntry {
    let at = Timestamp::now();
    TimelineEntry { v: 1, at, kind: TimelineKind::Health, place: "prod".into(), app: None, text: text.into(), revision: None }
}

fn confirmed() -> Effect {
    Effect::RunPlan { task: TaskId(1), epoch: Epoch(0), line: Box::new(line()) }
}

/// Nothing can be written to this file.
fn fill(store: &Path, kind: Kind) {
    std::os::unix::fs::symlink("/dev/full", store.join(kind.file())).unwrap();
}

#[tokio::test]
async fn a_plan_is_sent_only_after_its_line_is_in_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let (runtime, mut receiver) = runtime(Some(dir.path()));
    let (open, gate) = mpsc::channel::<()>();
    runtime.record(File::Marks, move |_| {
        let _ = gate.recv_timeout(LIMIT);
        Ok(())
    });
    runtime.run(confirmed());
    assert!(tokio::time::timeout(Duration::from_millis(100), receiver.recv()).await.is_err(), "the disk is busy");
    open.send(()).unwrap();
    assert_eq!(outcome(&mut receiver).await, Outcome::Sent { commit: None });
    let journal = Store::open(dir.path()).unwrap().load_journal(9).unwrap();
    assert_eq!(journal.entries, [line()]);
}

#[tokio::test]
async fn a_plan_whose_line_cannot_be_written_is_refused_with_the_file_the_cause_and_the_next_step() {
    let dir = tempfile::tempdir().unwrap();
    let (full, mut receiver) = runtime(Some(dir.path()));
    fill(dir.path(), Kind::Journal);
    full.run(confirmed());
    let Outcome::Refused { reason } = outcome(&mut receiver).await else { panic!("it was sent") };
    for words in ["journal.jsonl", "No space left", "make room there", "nothing was sent"] {
        assert!(reason.contains(words), "{reason}");
    }
    let (without, mut receiver) = runtime(None);
    without.run(confirmed());
    let Outcome::Refused { reason } = outcome(&mut receiver).await else { panic!("it was sent") };
    assert!(reason.contains("no state directory") && reason.contains("XDG_STATE_HOME"), "{reason}");
}

#[tokio::test]
async fn each_file_tells_of_its_failure_once_until_it_was_written_and_the_journal_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let (runtime, mut receiver) = runtime(Some(dir.path()));
    fill(dir.path(), Kind::Timeline);
    fill(dir.path(), Kind::Journal);
    let happens = || runtime.run(Effect::Timeline(vec![change("x")]));
    let ends = || runtime.run(Effect::Journal(Box::new(line())));
    happens();
    happens();
    ends();
    ends();
    runtime.flush();
    let timeline = dir.path().join(Kind::Timeline.file());
    std::fs::remove_file(&timeline).unwrap();
    happens();
    runtime.flush();
    std::fs::remove_file(&timeline).unwrap();
    fill(dir.path(), Kind::Timeline);
    happens();
    let mut told = Vec::new();
    while told.len() < 4 {
        let Msg::Notice { text, hint, .. } = next(&mut receiver).await else { continue };
        told.extend(["timeline", "journal"].into_iter().filter(|f| text.contains(f) && hint.as_ref().unwrap().contains(f)));
    }
    assert_eq!(told, ["timeline", "journal", "journal", "timeline"]);
}

#[tokio::test]
async fn the_history_is_of_earlier_runs_and_names_what_was_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let (runtime, mut receiver) = runtime(Some(dir.path()));
    let newer = "{\"v\":9}\n{\"v\":9}\nhalf";
    std::fs::write(dir.path().join(Kind::Ledger.file()), newer).unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut old = change("old");
    old.at = Timestamp::UNIX_EPOCH;
    store.append_timeline(&[old, change("before")]).unwrap();
    let ran = |from: i64, to: i64| {
        let at = |s| Timestamp::from_second(Timestamp::now().as_second() + s).unwrap();
        Watched { v: 1, first_at: at(from), last_at: at(to) }
    };
    let earlier = ran(-7200, -3600);
    store.append_watched(&earlier).unwrap();
    runtime.load_history();
    runtime.run(Effect::Timeline(vec![change("now")]));
    runtime.run(Effect::Watched(ran(0, 0)));
    let Msg::Loaded(loaded) = next(&mut receiver).await else { panic!("no history") };
    assert_eq!(loaded.timeline.iter().map(|e| e.text.as_str()).collect::<Vec<_>>(), ["old", "before"]);
    assert_eq!((loaded.watched, loaded.is_history), (vec![earlier], true), "this run is not its own past");
    let Msg::Notice { text, .. } = next(&mut receiver).await else { panic!("nothing is said of the ledger") };
    assert_eq!(text, "ledger.jsonl: 2 lines of a newer driftdeck left alone, 1 line cannot be read");
    runtime.flush();
    let left: Vec<_> = store.load_timeline(9).unwrap().entries.into_iter().map(|e| e.text).collect();
    assert_eq!(left, ["before", "now"], "what is too old is left out after it was read");
    assert_eq!(store.load_watched(9).unwrap().entries.len(), 2);
}

#[tokio::test]
async fn what_was_asked_to_be_written_is_written_though_the_screen_panics() {
    let dir = tempfile::tempdir().unwrap();
    let (runtime, _receiver) = runtime(Some(dir.path()));
    let panics = std::panic::AssertUnwindSafe(|| {
        let _closing = runtime.closing();
        runtime.record(File::Marks, |_| {
            // Something slow stands before it.
            std::thread::park_timeout(Duration::from_millis(50));
            Ok(())
        });
        runtime.run(Effect::Timeline(vec![change("last words")]));
        std::panic::resume_unwind(Box::new("the screen broke"));
    });
    assert!(std::panic::catch_unwind(panics).is_err());
    assert_eq!(Store::open(dir.path()).unwrap().load_timeline(9).unwrap().entries.len(), 1);
}

#[tokio::test]
async fn a_job_that_panics_does_not_end_the_writer() {
    let dir = tempfile::tempdir().unwrap();
    let (runtime, mut receiver) = runtime(Some(dir.path()));
    runtime.record(File::Marks, |_| std::panic::resume_unwind(Box::new("broken")));
    runtime.run(Effect::Journal(Box::new(line())));
    runtime.flush();
    assert_eq!(Store::open(dir.path()).unwrap().load_journal(9).unwrap().entries.len(), 1);
    assert!(matches!(next(&mut receiver).await, Msg::Notice { text, .. } if text.contains("failed while writing")));
}

#[tokio::test]
async fn marks_of_contexts_that_are_not_asked_about_stay() {
    let dir = tempfile::tempdir().unwrap();
    let (runtime, _receiver) = runtime(Some(dir.path()));
    let mark = |name: &str, on| (ClusterId::new(name), on);
    for protected in [vec![mark("prod", false), mark("stage", true)], vec![mark("stage", false), mark("new", true)]] {
        runtime.run(Effect::SaveClusters { chosen: vec![ClusterId::new("stage")], protected });
    }
    runtime.flush();
    let (marks, _) = Store::open(dir.path()).unwrap().load_marks().unwrap();
    let all: Vec<_> = marks.protected.iter().map(|(name, on)| (name.as_str(), *on)).collect();
    assert_eq!(all, [("new", true), ("prod", false), ("stage", false)]);
    let (loaded, trouble) = load::start(&Store::open(dir.path()).unwrap(), &[], marks);
    assert!(trouble.is_empty() && loaded.rows.is_empty());
}

/// Fetches over a shell that stands for ssh; a push hangs there, and its process id is written down.
async fn remote_that_hangs_at_a_push() -> (Lab, PathBuf, RevertRequest) {
    let lab = Lab::new().await;
    lab.commit("a.yaml", "pool: 20\n", "one");
    lab.commit("a.yaml", "pool: 200\n", "pool");
    lab.push();
    let pid = lab.path().join("pid");
    let hangs = format!("echo $$ > '{}'; exec sleep 60", pid.display());
    script(lab.path(), "ssh.sh", &format!("for last; do :; done\ncase \"$last\" in git-receive-pack*) {hangs};; *) eval \"$last\";; esac"));
    let url = format!("ssh://git.example.com{}", lab.remote().display());
    let mirror = lab.mirror().await;
    let base = lab.remote_tip();
    let commits = vec![(base.clone(), None)];
    let preview = crate::git::revert::preview(&mirror, &base, &commits).unwrap();
    let repo = RepoId::from_url(&url);
    let request = RevertRequest { repo, url, branch: "main".into(), base, commits, message: preview.message, tree: preview.tree };
    (lab, pid, request)
}

#[tokio::test]
async fn a_trial_push_that_nobody_waits_for_ends_with_its_git() {
    let (lab, pid, request) = remote_that_hangs_at_a_push().await;
    let clock = Clock::system();
    let (inbox, mut receiver) = Inbox::new(clock);
    let mut git_env = lab.program.env_pairs();
    git_env.push(("GIT_SSH_COMMAND".into(), lab.path().join("ssh.sh").display().to_string()));
    let runtime = Runtime::new(Options { cache: lab.path().join("own"), git_env, ..options(clock, None) }, inbox);
    runtime.run(Effect::Repos(vec![(request.repo.clone(), request.url.clone())]));
    runtime.run(Effect::CheckPush { task: TaskId(1), request: Box::new(request) });
    let hanging = || std::fs::read_to_string(&pid).ok().and_then(|text| text.trim().parse::<u32>().ok());
    until("the push hangs", || hanging().is_some()).await;
    let process = hanging().unwrap();
    runtime.run(Effect::EndCheck);
    until("it has ended", || {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        stat.is_empty() || stat.contains(") Z")
    })
    .await;
    while let Ok(envelope) = receiver.try_recv() {
        assert!(!matches!(envelope.msg, Msg::PushChecked { event: CheckEvent::Ended(_), .. }), "nobody is told");
    }
}

#[tokio::test]
async fn what_is_read_of_a_row_that_was_left_is_ended_and_never_answers() {
    let (runtime, mut receiver) = runtime(None);
    let (held, dropped) = tokio::sync::oneshot::channel::<()>();
    runtime.spawn_detail(async move {
        // Lives as long as the task does.
        let _held = held;
        std::future::pending().await
    });
    assert_eq!(runtime.clusters.lock().details.len(), 1);
    runtime.run(Effect::EndDetails);
    assert!(tokio::time::timeout(LIMIT, dropped).await.expect("the task ends").is_err());
    assert!(runtime.clusters.lock().details.is_empty());
    runtime.spawn_detail(async { Some(Msg::Tick) });
    assert_eq!(next(&mut receiver).await, Msg::Tick, "the next row is read");
}

#[tokio::test]
async fn a_context_that_is_written_into_the_kubeconfig_is_told_without_being_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("kubeconfig");
    let write = |names: &[&str]| {
        let servers: Vec<_> = names.iter().map(|name| (*name, "http://127.0.0.1:1", "sam", "default")).collect();
        std::fs::write(&file, crate::sim::api::kubeconfig(&servers)).unwrap();
    };
    write(&["one"]);
    let (clock, places) = (Clock::system(), Places { explicit: Some(file.clone()), ..Places::default() });
    let kubeconfig = crate::cluster::Kubeconfig::load(&places).unwrap();
    let (inbox, mut receiver) = Inbox::new(clock);
    let runtime = Runtime::new(Options { places, ..options(clock, None) }, inbox);
    runtime.watch_kubeconfig(Arc::new(kubeconfig), Vec::new());
    write(&["one", "two"]);
    let Msg::Contexts(contexts) = next(&mut receiver).await else { panic!("something else came first") };
    assert_eq!(contexts.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["one", "two"]);
}
