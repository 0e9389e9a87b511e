//! A row that is broken: what its diff opens at, what its evidence is, how a suspension shows, how old it is.

use super::deck::*;
use crate::app::cells::{Tone, health_cell, state_cell, sync_cell};
use crate::app::effect::{DiffMode, Effect};
use crate::app::msg::Msg;
use crate::domain::app::{App, Frozen, ManagedResource};
use crate::domain::event::{DetailEvent, LiveNode};
use crate::domain::history::HistoryEntry;
use crate::domain::ids::{AppId, AppKind, ObjectKey};
use crate::domain::status::{Health, Operation, Phase, Severity, Sync};

fn ks(name: &str) -> AppId {
    id("flux", AppKind::Kustomization, "flux-system", name)
}

fn entry(digit: char, ok: bool) -> HistoryEntry {
    HistoryEntry {
        revisions: Box::default(),
        id: None,
        revision: commit(digit).into(),
        at: start().into(),
        started_at: start().into(),
        by: None,
        result: "x".into(),
        ok,
        health_recorded: true,
        digest: None,
        took_ms: None,
        runs: None,
        note: "".into(),
        moved: None,
    }
}

/// Commit b is live, and its health check failed; commit a ran before.
fn broken(app: &mut App) {
    app.revision = Some(commit('b'));
    app.target = None;
    app.health = Health::Degraded;
    app.history = vec![entry('b', false), entry('a', true)];
    let operation = Operation { message: "timeout".into(), retry_count: 2, ..operation(Phase::Failed) };
    app.operation = Some(operation);
    app.resources = vec![ManagedResource {
        key: ObjectKey::new("apps", "Deployment", "web", "web"),
        version: "v1".into(),
        ..ManagedResource::default()
    }];
}

pub fn operation(phase: Phase) -> Operation {
    Operation {
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
    }
}

fn pod(name: &str, restarts: i64) -> LiveNode {
    LiveNode {
        key: ObjectKey::new("", "Pod", "web", name),
        depth: 2,
        uid: name.into(),
        created_at: None,
        health: Some(Health::Degraded),
        note: format!("exit 1, {restarts}x"),
        message: String::new(),
        exists: true,
        container: Some("web".into()),
        reason: Some("CrashLoopBackOff".into()),
        restarts,
        exit_code: Some(1),
        ended_at: None,
        memory: None,
        deadline_at: None,
        held_by: Vec::new(),
        edit: None,
        needs: Vec::new(),
        image: None,
        unread: None,
    }
}

fn opened(effects: &[Effect]) -> Option<(DiffMode, Option<String>)> {
    effects.iter().find_map(|e| if let Effect::Diff { request, .. } = e { Some((request.mode, request.last_good.clone())) } else { None })
}

fn logs(effects: &[Effect]) -> Vec<String> {
    effects.iter().filter_map(|e| if let Effect::Log { pod, .. } = e { Some(pod.name.to_string()) } else { None }).collect()
}

impl Deck {
    fn tree(&mut self, id: &AppId, nodes: Vec<LiveNode>) -> Vec<Effect> {
        let at = self.now;
        self.send(Msg::Detail(DetailEvent::Tree { app: id.clone(), at, nodes: Ok(nodes) }))
    }
    fn log(&mut self, id: &AppId, pod: &str, line: &str) -> Vec<Effect> {
        let (app, pod, at) = (id.clone(), ObjectKey::new("", "Pod", "web", pod), self.now);
        let lines = Ok(vec![line.to_owned()]);
        self.send(Msg::Detail(DetailEvent::Log { app, pod, container: "web".into(), previous: true, at, lines, containers: Vec::new() }))
    }
    fn told(&self, id: &AppId) -> String {
        let v = &self.row(id).verdict;
        let evidence: Vec<String> = v.evidence.iter().map(|e| format!("{} {} {}", e.what, e.value, e.source)).collect();
        format!("{} | {} | {}", v.short, v.sentence, evidence.join("; "))
    }
}

#[test]
fn the_diff_of_a_broken_app_in_sync_opens_at_what_changed_since_it_was_well() {
    let mut deck = Deck::with(vec![kust("web")]);
    deck.on(&ks("web"));
    assert_eq!(opened(&deck.keys("d")), Some((DiffMode::LiveVsDesired, None)), "nothing is wrong with it");
    deck.keys("esc");
    deck.change(&ks("web"), broken);
    let said = deck.row(&ks("web")).verdict.next.iter().find(|n| n.key == "d").map(|n| n.text.clone());
    assert_eq!(said.as_deref(), Some("what those commits changed"));
    assert_eq!(opened(&deck.keys("d")), Some((DiffMode::LastGoodVsLive, Some(commit('a')))));
    deck.keys("esc");
    deck.change(&ks("web"), |app| app.sync = Sync::OutOfSync);
    assert_eq!(opened(&deck.keys("d")).map(|(mode, _)| mode), Some(DiffMode::LiveVsDesired), "this one does differ from git");
    deck.keys("esc");
    deck.change(&ks("web"), |app| {
        broken(app);
        app.sync = Sync::Synced;
        app.history.clear();
    });
    deck.state.fleet.stays.clear();
    assert_eq!(opened(&deck.keys("d")).map(|(mode, _)| mode), Some(DiffMode::LiveVsDesired), "no good revision is known");
}

#[test]
fn the_log_of_a_crashing_pod_is_read_once_for_each_restart_and_not_under_the_reader() {
    let mut deck = Deck::with(vec![kust("web")]);
    deck.on(&ks("web"));
    deck.change(&ks("web"), broken);
    assert_eq!(logs(&deck.tree(&ks("web"), vec![pod("web-1", 7)])), ["web-1"]);
    deck.log(&ks("web"), "web-1", "too many connections");
    assert_eq!(logs(&deck.tree(&ks("web"), vec![pod("web-1", 7)])), [""; 0], "the same run");
    assert_eq!(logs(&deck.tree(&ks("web"), vec![pod("web-1", 8)])), ["web-1"]);
    deck.keys("L");
    assert_eq!(logs(&deck.tree(&ks("web"), vec![pod("web-1", 9)])), [""; 0], "the text is being read");
}

#[test]
fn a_pod_that_was_known_before_its_row_came_into_view_has_its_log_read_all_the_same() {
    let mut deck = Deck::with(vec![kust("web"), kust("other")]);
    let web = ks("web");
    deck.on(&web);
    deck.change(&web, broken);
    deck.tree(&web, vec![pod("web-1", 7)]);
    deck.on(&ks("other"));
    deck.wait(1000);
    deck.on(&web);
    deck.wait(1000);
    assert_eq!(logs(&deck.tree(&web, vec![pod("web-1", 7)])), ["web-1"]);
}

#[test]
fn what_was_read_in_an_earlier_outage_is_no_evidence_of_this_one() {
    let mut deck = Deck::with(vec![kust("web")]);
    let web = ks("web");
    deck.on(&web);
    deck.change(&web, broken);
    deck.tree(&web, vec![pod("web-1", 7)]);
    deck.log(&web, "web-1", "too many connections");
    let told = deck.told(&web);
    assert!(told.contains("7 restarts") && told.contains("too many connections"), "{told}");
    deck.wait(60_000);
    deck.change(&web, |app| {
        app.health = Health::Healthy;
        app.operation = None;
    });
    deck.wait(60_000);
    deck.change(&web, broken);
    let told = deck.told(&web);
    assert!(!told.contains("7 restarts") && !told.contains("too many connections"), "{told}");
    deck.tree(&web, vec![pod("web-2", 1)]);
    let told = deck.told(&web);
    assert!(told.contains("1 restarts") && !told.contains("too many connections"), "{told}");
}

#[test]
fn a_log_line_goes_with_its_pod_and_is_as_old_as_the_run_it_is_of() {
    let mut deck = Deck::with(vec![kust("web")]);
    let web = ks("web");
    deck.on(&web);
    deck.change(&web, broken);
    let ended = deck.now;
    deck.wait(90_000);
    deck.tree(&web, vec![LiveNode { ended_at: Some(ended), ..pod("web-1", 7) }]);
    deck.log(&web, "web-1", "too many connections");
    let line = deck.row(&web).verdict.evidence.iter().find(|e| e.source == "pod log").cloned();
    assert_eq!(line.and_then(|e| e.at), Some(ended));
    deck.tree(&web, vec![pod("web-2", 1)]);
    assert!(!deck.told(&web).contains("too many connections"));
}

#[test]
fn a_container_that_runs_for_long_since_is_not_told_as_a_crash_loop() {
    let mut deck = Deck::with(vec![kust("web")]);
    let web = ks("web");
    deck.on(&web);
    deck.change(&web, broken);
    let ended = deck.now;
    let remembered = || LiveNode { reason: Some("Error".into()), ended_at: Some(ended), ..pod("web-1", 7) };
    deck.tree(&web, vec![remembered()]);
    assert!(deck.told(&web).contains("7 restarts"));
    deck.wait(700_000);
    deck.tree(&web, vec![remembered()]);
    assert!(!deck.told(&web).contains("7 restarts"), "{}", deck.told(&web));
}

#[test]
fn a_suspension_keeps_the_outage_its_age_and_the_way_back() {
    let mut deck = Deck::with(vec![kust("web")]);
    let web = ks("web");
    deck.on(&web);
    deck.change(&web, broken);
    let since = deck.row(&web).since;
    deck.wait(600_000);
    let held = |app: &mut App, at| {
        app.suspended = true;
        app.since = Some(at);
        app.frozen = Some(Frozen { v: 1, by: "sam".into(), reason: "looking".into(), since: Some(at), ..Frozen::default() });
    };
    let now = deck.now;
    deck.change(&web, |app| held(app, now));
    let row = deck.row(&web);
    assert_eq!(row.severity, Severity::Failed);
    assert_eq!((sync_cell(row), health_cell(row)), ((Tone::Held, "Suspended"), (Tone::Bad, "Degraded")));
    assert_eq!(state_cell(row), (Tone::Bad, "Degraded"), "the worse of the two");
    assert_eq!(row.since, since, "the same outage");
    assert_eq!(row.verdict.short, "suspended by sam: health check failed 2x");
    let back = row.verdict.next.iter().find(|n| n.key == "R").map(|n| n.text.clone()).unwrap_or_default();
    assert!(back.contains("reaches a suspended app only after p"), "{back}");
    assert_eq!(row.verdict.next[0].key, "p");
    assert!(!format!("{:?}", row.verdict).contains("trying again"));
}

#[test]
fn a_suspended_app_that_is_well_says_only_that() {
    let mut deck = Deck::with(vec![kust("web")]);
    deck.change(&ks("web"), |app| app.suspended = true);
    let row = deck.row(&ks("web"));
    assert_eq!((row.severity, sync_cell(row), state_cell(row).1), (Severity::Suspended, (Tone::Held, "Suspended"), "Suspended"));
    assert!(row.verdict.next.iter().all(|n| n.key != "R"));
}

#[test]
fn a_retry_starts_no_new_outage_and_a_recovery_does() {
    let mut deck = Deck::with(vec![kust("web")]);
    let web = ks("web");
    deck.change(&web, broken);
    let since = deck.row(&web).since;
    deck.wait(300_000);
    let now = deck.now;
    deck.change(&web, |app| app.since = Some(now));
    assert_eq!(deck.row(&web).since, since);
    deck.change(&web, |app| {
        app.health = Health::Healthy;
        app.operation = None;
    });
    deck.wait(300_000);
    let now = deck.now;
    deck.change(&web, broken);
    assert_eq!(deck.row(&web).since, now);
}

#[test]
fn rows_of_an_argo_cd_that_compares_nothing_are_not_green_and_come_back_with_its_next_comparison() {
    let mut deck = Deck::with(vec![argo("argocd", "aaa", "prod"), argo("argocd", "bbb", "prod")]);
    let web = id("hub", AppKind::Application, "argocd", "aaa");
    let fresh = |deck: &mut Deck, name: &str| {
        let at = deck.now;
        deck.change(&id("hub", AppKind::Application, "argocd", name), |app| {
            if let crate::domain::app::EngineFields::Argo(fields) = &mut app.engine {
                fields.reconciled_at = Some(at);
            }
        });
    };
    fresh(&mut deck, "aaa");
    fresh(&mut deck, "bbb");
    deck.wait(61_000);
    assert_eq!(deck.row(&web).severity, Severity::Ok);
    for _ in 0..14 {
        deck.wait(61_000);
    }
    let row = deck.row(&web);
    assert_eq!(
        (row.severity, sync_cell(row), health_cell(row)),
        (Severity::Unknown, (Tone::Unknown, "Synced"), (Tone::Unknown, "Healthy"))
    );
    assert!(row.verdict.short.starts_with("Argo CD on hub compared 1"), "{}", row.verdict.short);
    fresh(&mut deck, "bbb");
    deck.wait(61_000);
    assert_eq!(deck.row(&web).severity, Severity::Ok, "one comparison shows that it works");
}

/// As another container, or another run of it, would answer while the overlay is open.
fn read(deck: &mut Deck, container: &str, previous: bool, line: &str) {
    let (app, pod, at, lines) = (ks("web"), ObjectKey::new("", "Pod", "web", "web-1"), deck.now, Ok(vec![line.to_owned()]));
    let containers = vec!["web".into(), "proxy".into()];
    deck.send(Msg::Detail(DetailEvent::Log { app, pod, container: container.into(), previous, at, lines, containers }));
}

#[test]
fn what_the_log_overlay_shows_of_others_or_follows_is_no_evidence_of_the_failing_container() {
    let mut deck = Deck::with(vec![kust("web")]);
    let web = ks("web");
    deck.on(&web);
    deck.change(&web, broken);
    deck.tree(&web, vec![pod("web-1", 7)]);
    deck.log(&web, "web-1", "too many connections");
    deck.keys("L");
    read(&mut deck, "web", true, "too many connections");
    deck.keys("c");
    read(&mut deck, "proxy", true, "GET /healthz 200");
    assert_eq!(deck.state.fleet.detail.log.as_ref().unwrap().container, "proxy");
    deck.keys("c");
    read(&mut deck, "web", true, "too many connections");
    deck.keys("p");
    read(&mut deck, "web", false, "starting");
    let is_kept = |deck: &Deck| deck.told(&web).contains("too many connections");
    assert!(is_kept(&deck), "{}", deck.told(&web));
    deck.keys("f");
    deck.tree(&web, vec![pod("web-1", 7)]);
    assert!(is_kept(&deck), "{}", deck.told(&web));
    let (id, at) = (deck.state.following.as_ref().unwrap().id, deck.now);
    deck.send(Msg::Detail(DetailEvent::LogMore { id, at, is_new: true, lines: vec!["listening".into()], dropped: 0 }));
    deck.keys("esc");
    deck.tree(&web, vec![LiveNode { note: "again".into(), ..pod("web-1", 7) }]);
    assert!(is_kept(&deck) && !deck.told(&web).contains("listening"), "{}", deck.told(&web));
    read(&mut deck, "web", true, "no such host");
    assert!(deck.told(&web).contains("no such host"), "{}", deck.told(&web));
}
