//! A push that was answered with no: the reason once, what is kept, and the way on.

use super::deck::*;
use super::rollback::{checked, preview, pushed, sick, suspects, task_of};
use crate::app::effect::Effect;
use crate::app::msg::{Msg, TaskEvent};
use crate::app::rollback::{Stage, refused};
use crate::app::task::{Mark, Stored};
use crate::domain::ids::TaskId;
use crate::domain::plan::{FailClass, Outcome};

/// Stored and pushed; the server answered.
fn answered(class: FailClass, reason: &str) -> (Deck, TaskId) {
    let mut deck = sick();
    pushed(&mut deck);
    let task = deck.state.tasks[0].id;
    let step = |key: &str, mark, text: &str| TaskEvent::Step { key: key.into(), mark, text: text.into() };
    let stored = TaskEvent::Stored(Stored { commit: commit('9'), mirror: "/var/cache/drift deck/fleet.git".into() });
    for event in [
        stored,
        step("push", Mark::Busy, "pushing to main, at most 60s"),
        step("remote x", Mark::Waiting, "remote: main takes changes by pull request only."),
        TaskEvent::Finished(Outcome::Failed { class, reason: reason.into() }),
    ] {
        deck.send(Msg::Task { task, event });
    }
    (deck, task)
}

#[test]
fn the_reason_of_a_refusal_is_told_once_and_the_push_is_over() {
    let (deck, _) = answered(FailClass::Protected, "main takes changes by pull request only. Nothing was pushed.");
    let lines: Vec<(Mark, &str)> = deck.state.tasks[0].lines.iter().map(|l| (l.mark, l.text.as_str())).collect();
    assert_eq!(lines, [(Mark::Bad, "push to main: refused")], "the line is closed, the server's words stand in the reason");
    assert_eq!(deck.said(), "", "the screen says it already");
    assert!(deck.state.notices.list[0].text.ends_with("main takes changes by pull request only. Nothing was pushed."));
    assert_eq!(deck.state.notices.unseen(), 1);
}

#[test]
fn a_protected_branch_leads_to_a_pull_request_from_the_very_commit() {
    let (mut deck, _) = answered(FailClass::Protected, "main takes changes by pull request only. Nothing was pushed.");
    let want = format!("git -C '/var/cache/drift deck/fleet.git' push {URL} {}:refs/heads/driftdeck/revert-ddddddd", commit('9'));
    assert_eq!(refused::commands(&deck.state.tasks[0]), [want.as_str()]);
    let next = refused::next(&deck.state.tasks[0]);
    assert_eq!(next[0].0, "c");
    assert!(next[0].1.starts_with("commit 9999999 is kept: ") && next[0].1.ends_with("open a pull request from that branch"), "{next:?}");
    let out = deck.keys("c");
    assert!(out.contains(&Effect::Copy(want)), "{out:?}");
}

#[test]
fn a_commit_that_was_made_and_refused_stays_within_reach_when_its_screen_is_left() {
    let (mut deck, _) = answered(FailClass::Protected, "main takes changes by pull request only. Nothing was pushed.");
    let push = format!("git -C '/var/cache/drift deck/fleet.git' push {URL} {}:refs/heads/driftdeck/revert-ddddddd", commit('9'));
    let note = format!("commit {} is kept; this pushes it to a branch of its own: {push}", commit('9'));
    let mut written = deck.effects.iter().filter_map(|e| if let Effect::Journal(entry) = e { entry.note.clone() } else { None });
    assert_eq!(written.next_back().as_ref(), Some(&note), "the file has it, for the next run too");
    assert_eq!(deck.state.journal.last().unwrap().note.as_ref(), Some(&note));
    assert_eq!(deck.state.notices.list[0].hint.as_ref(), Some(&note));
    deck.keys("esc");
    assert_eq!(deck.said(), "Commit 9999999 is kept; the journal (@ at the apps, c copies) has the push of it.");
    assert_eq!(deck.rollback().stage, Stage::Plan);
    deck.keys("esc esc esc");
    deck.wait(1_000);
    // Leaving the plan that was made again took nothing back, and is no entry of its own above it.
    let out = deck.keys("@ c");
    assert!(out.contains(&Effect::Copy(push)), "{out:?}");
}

fn lines_of<'a>(deck: &'a Deck, label: &str) -> Vec<&'a str> {
    let plan = &deck.rollback().plan.as_ref().unwrap().plan;
    plan.lines.iter().filter(|l| l.label == label).map(|l| l.text.as_str()).collect()
}

#[test]
fn the_plan_behind_a_refused_push_says_so_and_its_dry_run_is_no_promise() {
    let (mut deck, _) = answered(FailClass::Protected, "main takes changes by pull request only. Nothing was pushed.");
    deck.keys("esc");
    let before = "✗ refused before: main takes changes by pull request only. Nothing was pushed; commit 9999999 is kept";
    assert!(lines_of(&deck, "checks").contains(&before), "{:?}", lines_of(&deck, "checks"));
    checked(&mut deck);
    let checks = lines_of(&deck, "checks");
    assert!(checks.contains(&before) && checks.iter().all(|l| !l.contains("accepted")), "{checks:?}");
    let (mut deck, _) = answered(FailClass::Auth, "the login was refused.");
    deck.keys("esc");
    checked(&mut deck);
    let checks = lines_of(&deck, "checks");
    assert!(checks.iter().any(|l| l.contains("dry run accepted")), "a login is what a dry run does try: {checks:?}");
}

#[test]
fn a_refused_push_that_was_left_by_esc_is_gone_back_to() {
    for class in [FailClass::Protected, FailClass::Moved] {
        let (mut deck, task) = answered(class, "no.");
        while matches!(deck.state.screen, crate::app::state::Screen::Rollback(_)) {
            deck.keys("esc");
        }
        deck.wait(1_000);
        deck.keys("b");
        assert_eq!((deck.rollback().stage, deck.rollback().task), (Stage::Push, Some(task)), "{class:?}");
        assert_eq!(deck.state.left.len(), 0, "it is kept once");
        assert!(!refused::next(&deck.state.tasks[0]).is_empty(), "with its way on");
    }
}

#[test]
fn a_plan_with_other_marks_than_the_refused_one_is_cancelled_as_its_own() {
    let (mut deck, _) = answered(FailClass::Protected, "by pull request only.");
    let cancelled = |deck: &Deck| deck.state.journal.iter().filter(|e| e.outcome == Some(Outcome::Cancelled)).count();
    deck.keys("esc");
    if let crate::app::state::Screen::Rollback(screen) = &mut deck.state.screen
        && let Some(crate::domain::plan::Step::Revert(request)) = screen.plan.as_mut().and_then(|p| p.plan.steps.first_mut())
    {
        request.commits = vec![(commit('c'), None)];
    }
    assert_eq!(cancelled(&deck), 0);
    deck.wait(400);
    deck.keys("esc");
    assert_eq!(cancelled(&deck), 1);
}

#[test]
fn a_refused_push_that_runs_in_the_background_is_gone_back_to_with_its_way_on() {
    let mut deck = sick();
    pushed(&mut deck);
    let task = deck.state.tasks[0].id;
    deck.keys("esc");
    let stored = Stored { commit: commit('9'), mirror: "/var/cache/fleet.git".into() };
    deck.send(Msg::Task { task, event: TaskEvent::Stored(stored) });
    let refused = Outcome::Failed { class: FailClass::Protected, reason: "by pull request only.".into() };
    deck.send(Msg::Task { task, event: TaskEvent::Finished(refused) });
    deck.wait(1_000);
    deck.keys("b");
    assert_eq!(deck.rollback().stage, Stage::Push);
    assert!(deck.keys("c").iter().any(|e| matches!(e, Effect::Copy(text) if text.contains(&commit('9')))));
    assert!(deck.keys("enter").iter().any(|e| matches!(e, Effect::CheckPush { .. })), "the plan is made again");
}

#[test]
fn a_push_whose_remote_was_not_reached_is_not_called_refused() {
    let (deck, _) = answered(FailClass::Unreachable, "could not resolve host. Nothing was pushed.");
    assert_eq!(deck.state.tasks[0].lines.last().unwrap().text, "push to main: did not arrive");
    assert_eq!(refused::word(&deck.state.tasks[0]), "did not arrive");
    assert_eq!(refused::next(&deck.state.tasks[0]), [("enter", "plan again, once the remote answers".to_owned())]);
}

#[test]
fn a_hook_that_does_not_like_the_message_leads_to_the_message() {
    let (mut deck, _) = answered(FailClass::Hook, "subject needs a ticket. Not pushed.");
    deck.keys("e");
    let screen = deck.rollback();
    assert!(screen.editing && screen.stage == Stage::Plan, "{:?}", screen.stage);
    deck.keys("esc");
    assert!(deck.rollback().check.is_some(), "the changed commit is tried again");
}

#[test]
fn a_branch_that_moved_leads_back_to_the_plan_with_the_same_marks() {
    let (mut deck, _) = answered(FailClass::Moved, "main went eeeeeee -> 8888888 (1 commit). Nothing was pushed.");
    let task = task_of(&deck.keys("enter"));
    let task = task_of(&suspects(&mut deck, task));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    assert_eq!((deck.rollback().stage, deck.rollback().marked.clone()), (Stage::Plan, vec![commit('d')]));
    assert!(deck.rollback().plan.as_ref().is_some_and(|p| p.typed.is_empty()), "it is confirmed again");
    checked(&mut deck);
    deck.wait(400);
    deck.types("fleet main");
    deck.keys("enter enter");
    assert_eq!(sent(&deck.effects).len(), 2);
}

#[test]
fn going_back_instead_of_on_stops_the_way_to_the_plan() {
    let (mut deck, _) = answered(FailClass::Moved, "main moved");
    let task = task_of(&deck.keys("enter"));
    let task = task_of(&suspects(&mut deck, task));
    deck.keys("esc");
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    assert_eq!(deck.rollback().stage, Stage::Suspects);
}

#[test]
fn a_conflict_on_the_new_tip_is_shown_instead_of_a_plan() {
    use crate::domain::diff::{Conflict, RevertPreview};
    let (mut deck, _) = answered(FailClass::Moved, "main moved");
    let task = task_of(&deck.keys("enter"));
    let task = task_of(&suspects(&mut deck, task));
    let conflict = Conflict {
        commit: commit('d'),
        path: "apps/alpha/env.yaml".into(),
        ours: String::new(),
        theirs: String::new(),
        base: String::new(),
        later: vec![],
    };
    deck.send(Msg::Preview { task, result: Ok(Box::new(RevertPreview { conflicts: vec![conflict], ..preview() })) });
    assert_eq!(deck.rollback().stage, Stage::Preview);
    assert!(deck.said().starts_with("There are conflicts"));
}

#[test]
fn a_revert_that_reaches_more_apps_than_a_guardrail_allows_is_refused_by_number_rail_and_pattern() {
    let mut deck = sick();
    deck.state.settings.guardrails = vec![("*".into(), vec!["max_apps 1".into()])];
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("space enter"));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    let out = deck.keys("enter");
    assert!(!out.iter().any(|e| matches!(e, Effect::CheckPush { .. })));
    let refusal = deck.rollback().plan.as_ref().unwrap().plan.refused.clone().unwrap();
    assert_eq!(refusal.text, "This revert is too wide: it reaches 2 apps on *; guardrail max_apps on * allows 1.");
    let journalled = |out: &[Effect]| out.iter().filter(|e| matches!(e, Effect::Journal(_))).count();
    assert_eq!(journalled(&out), 1);
    deck.wait(400);
    deck.types("fleet main");
    deck.keys("tab enter");
    assert!(sent(&deck.effects).is_empty());
    let mut deck = sick();
    deck.state.settings.guardrails = vec![("*".into(), vec!["max_apps 2".into()])];
    pushed(&mut deck);
    assert_eq!(sent(&deck.effects).len(), 1);
}

#[test]
fn an_undo_calls_no_tip_good_and_says_what_it_brings_back() {
    let mut deck = sick();
    pushed(&mut deck);
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Sent { commit: Some(commit('9')) }) });
    let task = task_of(&deck.keys("u"));
    let screen = deck.rollback();
    let undo = screen.starts_at_undo().unwrap();
    assert_eq!((undo.commit.clone(), undo.took_out.clone()), (commit('9'), vec![commit('d')]));
    assert!(screen.goods[0].evidence.ends_with("not known good"), "{}", screen.goods[0].evidence);
    suspects(&mut deck, task);
    deck.keys("G");
    assert!(deck.rollback().starts_at_undo().is_none(), "another start is a good one again");
}

#[test]
fn an_open_list_follows_the_branch_with_marks_and_cursor_kept() {
    use crate::app::msg::SuspectList;
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    deck.keys("space j");
    let list = deck.rollback().list.clone().unwrap();
    deck.wait(60_000);
    let mut repo = deck.state.fleet.repos.values().next().unwrap().clone();
    (repo.polled_at, repo.refs) = (Some(deck.now), [("heads/main".to_owned(), commit('8'))].into());
    let out = deck.send(Msg::Repo(crate::domain::event::RepoEvent::Polled(repo.clone())));
    let task = task_of(&out);
    assert!(deck.rollback().list.is_some(), "what was read stays in view");
    let mut newer = SuspectList { tip: commit('8'), fetched_at: deck.now, ..list };
    let mut added = newer.suspects[0].clone();
    added.commit.id = commit('8');
    newer.range.insert(0, (commit('8'), vec![]));
    newer.suspects.insert(0, added);
    deck.send(Msg::Suspects { task, result: Ok(Box::new(newer)) });
    let screen = deck.rollback();
    let under = screen.rows()[screen.cursor].0.id.clone();
    assert_eq!((screen.rows().len(), screen.marked.clone(), under), (3, vec![commit('d')], commit('c')));
    assert_eq!(deck.said(), "main moved to 8888888: its commits were read again.");
}

#[test]
fn a_list_that_could_not_be_read_again_stays_and_is_asked_for_once_a_poll() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    deck.wait(60_000);
    let mut repo = deck.state.fleet.repos.values().next().unwrap().clone();
    (repo.polled_at, repo.refs) = (Some(deck.now), [("heads/main".to_owned(), commit('8'))].into());
    let task = task_of(&deck.send(Msg::Repo(crate::domain::event::RepoEvent::Polled(repo.clone()))));
    let trouble = crate::app::msg::RollbackTrouble { headline: "fleet does not answer.".into(), text: String::new(), next: vec![] };
    let out = deck.send(Msg::Suspects { task, result: Err(trouble) });
    assert!(deck.rollback().list.is_some() && deck.rollback().trouble.is_none());
    assert!(deck.said().contains("The list is that of eeeeeee."), "{}", deck.said());
    let asks = |out: &[Effect]| out.iter().any(|e| matches!(e, Effect::Suspects { .. }));
    assert!(!asks(&out) && !asks(&deck.wait(5_000)));
    repo.polled_at = Some(deck.now);
    assert!(asks(&deck.send(Msg::Repo(crate::domain::event::RepoEvent::Polled(repo)))));
}

/// An Argo app built from two repositories.
fn two_repositories(history: [char; 2]) -> Deck {
    use crate::domain::history::HistoryEntry;
    use crate::domain::source::RefKind;
    let mut app = argo("argocd", "shop", "prod");
    app.health = crate::domain::status::Health::Degraded;
    let mut other = git("envs/prod", RefKind::Branch("main".into()));
    (other.url, other.revision) = (Some("https://git.example.com/acme/values".into()), Some(commit('b')));
    app.sources = vec![git("apps/shop", RefKind::Branch("main".into())), other];
    let entry = HistoryEntry {
        id: Some(1),
        revision: commit(history[0]).into(),
        revisions: history.map(|d| commit(d).into()).into(),
        at: None.into(),
        started_at: None.into(),
        by: None,
        result: "".into(),
        ok: true,
        health_recorded: false,
        digest: None,
        took_ms: None,
        runs: None,
        note: "".into(),
        moved: None,
    };
    app.history = vec![entry];
    let mut deck = Deck::with(vec![app]);
    deck.tip('e');
    deck.on(&super::rollback::shop());
    deck
}

fn asked(out: &[Effect]) -> Option<(String, Option<String>)> {
    out.iter().find_map(|e| if let Effect::Suspects { request, .. } = e { Some((request.url.clone(), request.good.clone())) } else { None })
}

#[test]
fn an_app_of_two_repositories_that_both_changed_asks_which_one_is_rolled_back() {
    use crate::app::overlay::Overlay;
    let mut deck = two_repositories(['c', 'd']);
    assert_eq!(asked(&deck.keys("R")), None);
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Repositories { .. })));
    let out = deck.keys("j enter");
    assert_eq!(asked(&out), Some(("https://git.example.com/acme/values".into(), Some(commit('d')))));
    deck.keys("esc R");
    assert_eq!(asked(&deck.keys("enter")), Some((URL.into(), Some(commit('c')))));
    deck.keys("esc R esc");
    assert!(deck.state.overlays.is_empty() && matches!(deck.state.screen, crate::app::state::Screen::Main));
}

#[test]
fn where_only_one_of_two_repositories_changed_it_is_the_one() {
    let mut deck = two_repositories(['e', 'd']);
    assert_eq!(asked(&deck.keys("R")), Some(("https://git.example.com/acme/values".into(), Some(commit('d')))));
    let mut deck = two_repositories(['c', 'b']);
    assert_eq!(asked(&deck.keys("R")), Some((URL.into(), Some(commit('c')))));
}
