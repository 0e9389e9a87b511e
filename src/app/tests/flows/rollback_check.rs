//! The trial push behind the open plan, and what the plan says as time goes on.

use super::deck::*;
use super::rollback::{alpha, checked, planned, preview, shop, sick, suspects, task_of};
use crate::app::effect::Effect;
use crate::app::msg::{CheckEvent, Msg};
use crate::app::rollback::Stage;
use crate::app::state::Screen;
use crate::domain::ids::TaskId;
use crate::domain::plan::{FailClass, Outcome, RevertRequest, Step};

/// The plan is open and its check runs.
fn checking() -> (Deck, TaskId, RevertRequest) {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("space enter"));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    let out = deck.keys("enter");
    let (task, request) = check_of(&out).unwrap_or_else(|| panic!("{out:?}"));
    deck.wait(400);
    (deck, task, request)
}

fn check_of(out: &[Effect]) -> Option<(TaskId, RevertRequest)> {
    out.iter().find_map(|e| if let Effect::CheckPush { task, request } = e { Some((*task, (**request).clone())) } else { None })
}

fn answer(deck: &mut Deck, task: TaskId, outcome: Outcome) {
    deck.send(Msg::PushChecked { task, event: CheckEvent::Ended(outcome) });
}

fn says(deck: &Deck, label: &str) -> Vec<String> {
    deck.rollback().plan.as_ref().unwrap().plan.lines.iter().filter(|l| l.label == label).map(|l| l.text.clone()).collect()
}

/// What the dry run says.
fn trial(deck: &Deck) -> String {
    let found = says(deck, "checks").into_iter().find(|l| l.contains("dry run"));
    found.unwrap_or_else(|| panic!("{:?}", says(deck, "checks")))
}

#[test]
fn an_open_plan_tries_the_very_push_that_it_shows() {
    let (deck, _, request) = checking();
    assert_eq!(deck.rollback().plan.as_ref().unwrap().plan.steps[0], Step::Revert(request));
    assert!(trial(&deck).starts_with("↻ dry run: checking, "), "{:?}", says(&deck, "checks"));
    assert_eq!(says(&deck, "commit")[1], "by: asking git config");
}

#[test]
fn the_plan_says_who_commits_and_how_it_is_signed() {
    let (mut deck, task, _) = checking();
    deck.send(Msg::PushChecked { task, event: CheckEvent::By { by: "sam <sam@acme.example>".into(), signed: Some("ssh key".into()) } });
    assert_eq!(says(&deck, "commit")[1], "by sam <sam@acme.example>, signed: ssh key (git config)");
    deck.send(Msg::PushChecked { task, event: CheckEvent::By { by: "sam <sam@acme.example>".into(), signed: None } });
    assert_eq!(says(&deck, "commit")[1], "by sam <sam@acme.example>, not signed (git config)");
}

#[test]
fn nothing_is_pushed_while_the_check_runs_and_everything_once_it_said_yes() {
    let (mut deck, _, _) = checking();
    deck.types("fleet main");
    deck.keys("enter enter");
    assert!(sent(&deck.effects).is_empty());
    let warning = deck.rollback().plan.as_ref().unwrap().warning.clone().unwrap();
    assert!(warning.starts_with("The dry run is still checking"), "{warning}");
    checked(&mut deck);
    assert_eq!(deck.rollback().plan.as_ref().unwrap().warning, None, "it waits for nothing now");
    assert!(trial(&deck).starts_with("✓ dry run accepted 0s ago"), "{:?}", says(&deck, "checks"));
    deck.keys("enter");
    assert_eq!(sent(&deck.effects).len(), 1);
}

#[test]
fn a_check_that_never_answers_holds_the_push_for_twenty_seconds_only() {
    let (mut deck, _, _) = checking();
    deck.types("fleet main");
    deck.wait(17_000);
    deck.keys("enter enter");
    assert!(sent(&deck.effects).is_empty());
    deck.wait(3_000);
    assert!(trial(&deck).starts_with("? dry run: no answer after 20s"), "{:?}", says(&deck, "checks"));
    deck.keys("enter");
    assert_eq!(sent(&deck.effects).len(), 1);
}

#[test]
fn a_check_that_never_answered_can_be_asked_again() {
    let (mut deck, first, _) = checking();
    deck.wait(21_000);
    let (second, _) = check_of(&deck.keys("r")).unwrap();
    assert_ne!(first, second);
    assert!(deck.rollback().plan.as_ref().unwrap().held.is_some(), "and is waited for again");
}

#[test]
fn a_push_that_would_be_refused_is_off_with_the_reason_and_what_helps() {
    let auth = Outcome::Failed { class: FailClass::Auth, reason: "the remote wants a login. Nothing was pushed.".into() };
    let nobody = Outcome::Refused { reason: "git does not know who you are".into() };
    let closed = Outcome::Failed { class: FailClass::Forbidden, reason: "permission denied. Not pushed.".into() };
    for (outcome, next) in [
        (auth, "log in to it with git by hand, then r or Ctrl-r checks again"),
        (nobody, "r or Ctrl-r plans again with the same marks"),
        (closed, "c  copies the commands that push to a branch of its own: open a pull request from it"),
    ] {
        let (mut deck, task, _) = checking();
        answer(&mut deck, task, outcome.clone());
        let (Outcome::Failed { reason, .. } | Outcome::Refused { reason }) = outcome else { panic!() };
        assert_eq!(trial(&deck), format!("✗ dry run refused 0s ago: {reason}"));
        assert_eq!(says(&deck, "next"), [next]);
        deck.types("fleet main");
        deck.keys("enter enter enter");
        deck.wait(30_000);
        deck.keys("enter");
        assert!(sent(&deck.effects).is_empty(), "{next}");
        assert_eq!(deck.rollback().stage, Stage::Plan);
    }
}

#[test]
fn where_the_branch_is_closed_the_commands_lead_to_a_pull_request() {
    let (mut deck, task, _) = checking();
    answer(&mut deck, task, Outcome::Failed { class: FailClass::Protected, reason: "by pull request only".into() });
    let out = deck.keys("c");
    let Some(Effect::Copy(text)) = out.first() else { panic!("{out:?}") };
    assert!(text.ends_with(&format!("git push --atomic {URL} HEAD:refs/heads/driftdeck/revert-ddddddd")), "{text}");
}

#[test]
fn what_the_check_found_can_be_looked_at_again() {
    let (mut deck, first, _) = checking();
    assert_eq!(check_of(&deck.keys("r")), None, "one at a time");
    answer(&mut deck, first, Outcome::Failed { class: FailClass::Unreachable, reason: "no answer. Not pushed.".into() });
    let out = deck.keys("r");
    let (second, _) = check_of(&out).unwrap();
    answer(&mut deck, first, Outcome::Sent { commit: None });
    assert!(trial(&deck).starts_with('↻'), "an answer to the first is late");
    answer(&mut deck, second, Outcome::Sent { commit: None });
    assert!(trial(&deck).starts_with('✓'));
}

#[test]
fn an_answer_for_a_plan_that_was_left_or_changed_is_dropped() {
    let (mut deck, task, _) = checking();
    deck.keys("esc");
    answer(&mut deck, task, Outcome::Sent { commit: None });
    assert!(deck.rollback().check.is_none());
    let (second, _) = check_of(&deck.keys("enter")).unwrap();
    deck.keys("e end");
    deck.types(" again");
    let out = deck.keys("esc");
    let (third, request) = check_of(&out).unwrap();
    assert!(request.message.starts_with("Revert \"change d\" again"), "the changed message is tried: {}", request.message);
    answer(&mut deck, second, Outcome::Sent { commit: None });
    assert!(deck.rollback().plan.as_ref().unwrap().held.is_some());
    answer(&mut deck, third, Outcome::Sent { commit: None });
    assert_eq!(deck.rollback().plan.as_ref().unwrap().held, None);
}

#[test]
fn a_branch_that_moved_is_planned_again_with_the_same_marks_by_one_key() {
    let (mut deck, task, _) = checking();
    answer(&mut deck, task, Outcome::Failed { class: FailClass::Moved, reason: "main went eeeeeee -> 8888888 (1 commit)".into() });
    let out = deck.keys("r");
    let task = task_of(&suspects(&mut deck, task_of(&out)));
    assert_eq!(deck.rollback().stage, Stage::Preview);
    let out = deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    assert!(check_of(&out).is_some());
    assert_eq!((deck.rollback().stage, deck.rollback().marked.clone()), (Stage::Plan, vec![commit('d')]));
}

#[test]
fn an_open_plan_notices_that_a_younger_poll_saw_the_branch_elsewhere() {
    let mut deck = sick();
    planned(&mut deck);
    deck.wait(1_000);
    let mut repo = deck.state.fleet.repos.values().next().unwrap().clone();
    (repo.polled_at, repo.refs) = (Some(deck.now), [("heads/main".to_owned(), commit('8'))].into());
    deck.send(Msg::Repo(crate::domain::event::RepoEvent::Polled(repo)));
    deck.wait(1_000);
    assert_eq!(says(&deck, "checks")[1], "✗ main is at 8888888 now");
    deck.types("fleet main");
    deck.keys("enter enter");
    assert!(sent(&deck.effects).is_empty());
    assert!(deck.keys("r").iter().any(|e| matches!(e, Effect::Suspects { .. })));
}

#[test]
fn while_the_word_is_typed_a_plan_that_is_out_of_date_can_still_be_made_again() {
    let moved = |typed: &str| {
        let mut deck = sick();
        planned(&mut deck);
        deck.types(typed);
        deck.wait(1_000);
        let mut repo = deck.state.fleet.repos.values().next().unwrap().clone();
        (repo.polled_at, repo.refs) = (Some(deck.now), [("heads/main".to_owned(), commit('8'))].into());
        deck.send(Msg::Repo(crate::domain::event::RepoEvent::Polled(repo)));
        deck.wait(1_000);
        assert_eq!(says(&deck, "next"), ["r or Ctrl-r plans again with the same marks"]);
        deck
    };
    let asks = |out: &[Effect]| out.iter().any(|e| matches!(e, Effect::Suspects { .. }));
    for typed in ["", "fleet ma", "fleet main", "fleet x"] {
        assert!(asks(&moved(typed).keys("r")), "r after {typed:?}");
        assert!(asks(&moved(typed).keys("Ctrl-r")), "Ctrl-r after {typed:?}");
    }
    let mut deck = moved("fl");
    deck.types("e");
    assert_eq!(deck.rollback().plan.as_ref().unwrap().typed, "fle", "other letters stay text");
    // Where the word goes on with it, it is a letter: somebody types.
    let Screen::Rollback(screen) = &mut deck.state.screen else { panic!() };
    let dialog = screen.plan.as_mut().unwrap();
    (dialog.plan.typed, dialog.typed) = (Some("fred main".into()), "f".into());
    assert!(!asks(&deck.keys("r")));
    assert_eq!(deck.rollback().plan.as_ref().unwrap().typed, "fr");
    assert!(asks(&deck.keys("Ctrl-r")));
}

#[test]
fn a_remote_that_was_not_reached_has_refused_nothing() {
    let (mut deck, task, _) = checking();
    let reason = "could not resolve host: git.example.com. Nothing was pushed.";
    answer(&mut deck, task, Outcome::Failed { class: FailClass::Unreachable, reason: reason.into() });
    assert_eq!(trial(&deck), format!("? dry run: the remote was not reached 0s ago: {reason}"));
    assert_eq!(says(&deck, "next"), ["r or Ctrl-r checks again, once the remote answers"]);
    let held = deck.rollback().plan.as_ref().unwrap().held.clone().unwrap();
    assert!(held.starts_with("The remote was not reached, so nothing is pushed: "), "{held}");
    deck.types("fleet main");
    assert!(check_of(&deck.keys("r")).is_some(), "whatever was typed");
}

#[test]
fn a_trial_push_ends_with_the_plan_it_is_for() {
    let ended = |out: &[Effect]| out.iter().filter(|e| matches!(e, Effect::EndCheck)).count();
    let (mut deck, _, _) = checking();
    assert_eq!(ended(&deck.keys("esc")), 1, "the plan was left");
    let (mut deck, task, _) = checking();
    answer(&mut deck, task, Outcome::Sent { commit: None });
    deck.keys("esc");
    assert_eq!(ended(&deck.effects), 0, "it has answered: nothing runs");
    // Push without an answer: the check must not hold the mirror any more.
    let (mut deck, _, _) = checking();
    deck.types("fleet main");
    deck.wait(21_000);
    let out = deck.keys("enter enter");
    assert_eq!((sent(&out).len(), ended(&out)), (1, 1));
    // Asked again: the newer one takes its place.
    let (mut deck, _, _) = checking();
    deck.wait(21_000);
    assert_eq!(ended(&deck.keys("r")), 0);
}

#[test]
fn ages_of_the_open_plan_grow_and_are_drawn_only_when_they_read_differently() {
    let mut deck = sick();
    planned(&mut deck);
    let base = |deck: &Deck| says(deck, "base")[0].clone();
    deck.wait(5_000);
    assert!(base(&deck).contains("fetched 7s ago"), "{}", base(&deck));
    assert!(trial(&deck).contains("accepted 5s ago"), "{:?}", says(&deck, "checks"));
    deck.wait(120_000);
    assert!(base(&deck).contains("fetched 2m ago"), "{}", base(&deck));
    deck.wait(20_000);
    deck.state.dirty = false;
    deck.wait(1_000);
    assert!(!deck.state.dirty, "2m is still 2m");
    assert!(crate::app::settle::next_wake(&deck.state).is_some_and(|at| at.as_millisecond() > deck.now.as_millisecond() + 1_000));
}

#[test]
fn what_keeps_an_app_from_taking_the_revert_is_told_by_name_and_place() {
    let mut deck = sick();
    deck.change(&alpha(), |a| a.suspended = true);
    planned(&mut deck);
    let careful = says(&deck, "careful");
    assert!(careful.contains(&"! alpha on flux: will not take it by itself: suspended".to_owned()), "{careful:?}");
    assert!(careful.contains(&"! shop on prod: will not take it by itself: auto-sync off".to_owned()), "{careful:?}");
    deck.change(&alpha(), |a| a.suspended = false);
    deck.change(&shop(), |a| a.auto_sync = Some(true));
    deck.wait(1_000);
    assert!(says(&deck, "careful").is_empty(), "{:?}", says(&deck, "careful"));
    assert_eq!(says(&deck, "checks")[0], "✓ nothing on the way is suspended, off, busy or in a closed window");
}

#[test]
fn a_closed_sync_window_says_until_when_the_revert_waits() {
    use crate::domain::event::{Parsed, Project, SyncWindow};
    use crate::domain::ids::ClusterId;
    let mut deck = sick();
    deck.change(&shop(), |a| a.auto_sync = Some(true));
    let window = SyncWindow {
        kind: "deny".into(),
        schedule: "0 3 * * *".into(),
        duration: "3h".into(),
        time_zone: String::new(),
        applications: vec!["*".into()],
        description: "prod-freeze".into(),
        ..SyncWindow::default()
    };
    let hub = ClusterId::new("hub");
    let project =
        Project { cluster: Some(hub), namespace: "argocd".into(), name: "default".into(), windows: vec![window], ..Project::default() };
    deck.upsert("hub", vec![Parsed::Project(Box::new(project))]);
    planned(&mut deck);
    let want = "! shop on prod: sync window prod-freeze keeps it until 06:00 UTC";
    assert!(says(&deck, "careful").contains(&want.to_owned()), "{:?}", says(&deck, "careful"));
    assert!(says(&deck, "then").iter().any(|t| t.ends_with("! waits for a sync window")));
}

/// The first app is a HelmRelease with its chart in `charts/web` of the repository.
fn chart_in_git(by_revision: bool) -> Deck {
    use crate::domain::app::{EngineFields, HelmFields};
    use crate::domain::event::Parsed;
    use crate::domain::ids::{ClusterId, SourceId};
    use crate::domain::source::{RefKind, Source, SourceObject};
    let mut deck = sick();
    let id = SourceId { cluster: ClusterId::new("flux"), kind: "HelmChart".into(), namespace: "flux-system".into(), name: "web".into() };
    let chart = SourceObject { id, of: Some(source_id()), by_revision, ..source() };
    deck.upsert("flux", vec![Parsed::Source(Box::new(chart))]);
    deck.change(&alpha(), |a| {
        let EngineFields::Flux(fields) = &mut a.engine else { panic!() };
        fields.helm = Some(HelmFields { helm_chart: Some(("flux-system".into(), "web".into())), ..HelmFields::default() });
        a.sources = vec![Source { chart: Some("charts/web".into()), ..git("charts/web", RefKind::Branch("main".into())) }];
    });
    deck
}

#[test]
fn a_chart_that_flux_packs_only_for_a_new_version_is_warned_of_where_the_revert_brings_none() {
    let warns = |deck: &Deck| says(deck, "careful").iter().any(|t| t.contains("alpha on flux: Flux packs its chart anew only"));
    let mut deck = chart_in_git(false);
    planned(&mut deck);
    assert!(warns(&deck), "{:?}", says(&deck, "careful"));
    let mut deck = chart_in_git(true);
    planned(&mut deck);
    assert!(!warns(&deck), "each revision makes a version");
    let mut deck = chart_in_git(false);
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("space enter"));
    let mut bumped = preview();
    bumped.files[0].path = "charts/web/Chart.yaml".into();
    deck.send(Msg::Preview { task, result: Ok(Box::new(bumped)) });
    deck.keys("enter");
    assert!(!warns(&deck), "the version goes back with it");
}
