//! Roll back where the obvious way is closed: references that are no branch, goods that do not help, refusals.

use super::deck::*;
use super::rollback::{alpha, checked, preview, pushed, shop, sick, suspects, task_of};
use crate::app::effect::{Effect, SuspectsRequest};
use crate::app::msg::{Msg, RollbackTrouble, SuspectList, TaskEvent};
use crate::app::rollback::Stage;
use crate::app::state::Screen;
use crate::app::task::Mark;
use crate::domain::app::EngineFields;
use crate::domain::commit::FileChange;
use crate::domain::diff::{Conflict, RevertPreview};
use crate::domain::history::HistoryEntry;
use crate::domain::plan::{FailClass, Outcome};
use crate::domain::source::{RefKind, Source, SourceType};
use crate::domain::status::Health;

fn asked(out: &[Effect]) -> Option<&SuspectsRequest> {
    out.iter().find_map(|e| if let Effect::Suspects { request, .. } = e { Some(&**request) } else { None })
}

fn trouble() -> RollbackTrouble {
    RollbackTrouble { headline: "A revision is not in the history of the branch.".into(), text: "aaaaaaa".into(), next: vec![] }
}

#[test]
fn a_reference_that_was_not_resolved_is_sent_as_it_is_and_never_becomes_the_default_branch() {
    for reference in [RefKind::Ambiguous("release-1.2".into()), RefKind::Name("refs/pull/1/head".into())] {
        let mut deck = sick();
        deck.change(&alpha(), |a| a.sources = vec![git("apps/alpha", reference.clone())]);
        let out = deck.keys("R");
        assert_eq!(asked(&out).unwrap().reference, reference);
        let task = task_of(&out);
        deck.send(Msg::Suspects { task, result: Err(trouble()) });
        assert!(deck.rollback().list.is_none() && deck.rollback().branch.is_none());
    }
}

#[test]
fn another_good_revision_does_not_lead_around_a_pin() {
    let mut deck = sick();
    deck.change(&alpha(), |a| a.sources = vec![git("apps/alpha", RefKind::Tag("v1".into()))]);
    deck.keys("R");
    let before = deck.rollback().trouble.clone();
    assert!(before.is_some());
    let out = deck.keys("G enter G");
    assert!(asked(&out).is_none() && before == deck.rollback().trouble);
}

#[test]
fn an_app_pinned_while_the_screen_is_open_is_told_and_not_asked_for() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    deck.change(&alpha(), |a| a.sources = vec![git("apps/alpha", RefKind::Tag("v1".into()))]);
    let out = deck.keys("G");
    assert!(asked(&out).is_none());
    assert!(deck.rollback().trouble.as_ref().unwrap().headline.contains("pinned to tag v1"));
}

#[test]
fn where_the_only_good_revision_does_not_help_the_newest_commits_are_one_key_away() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    deck.send(Msg::Suspects { task, result: Err(trouble()) });
    let out = deck.keys("G");
    assert_eq!(asked(&out).unwrap().good, None);
    assert!(deck.rollback().trouble.is_none());
    let out = deck.keys("G");
    assert_eq!(asked(&out).unwrap().good, Some(commit('a')), "and round to the first again");
}

/// A chart from elsewhere with its values in the repository.
fn chart_with_values() -> Vec<Source> {
    let chart = Source {
        source_type: SourceType::Helm,
        url: Some("https://charts.example.com".into()),
        chart: Some("redis".into()),
        reference: RefKind::Version("19.1.0".into()),
        revision: Some("19.1.0".into()),
        value_files: vec!["$values/envs/prod/redis.yaml".into(), "values-own.yaml".into(), "$other/x.yaml".into()],
        ..Source::default()
    };
    let values = Source { path: None, name: Some("values".into()), revision: Some(commit('d')), ..git("", RefKind::Branch("main".into())) };
    vec![chart, values]
}

#[test]
fn a_source_that_only_lends_value_files_is_touched_by_those_alone() {
    let mut deck = sick();
    deck.change(&shop(), |a| a.sources = chart_with_values());
    let out = deck.keys("R");
    let claim = &asked(&out).unwrap().others[0];
    assert_eq!((claim.app.clone(), claim.files.clone()), (shop(), vec!["envs/prod/redis.yaml".to_owned()]));
    assert!(claim.dirs.is_empty() && claim.value_files.is_empty(), "not the whole repository: {claim:?}");
}

#[test]
fn a_helm_release_with_its_chart_in_git_is_rolled_back_like_a_directory() {
    let mut deck = sick();
    deck.change(&alpha(), |a| {
        let chart = Some("charts/web".to_owned());
        a.sources = vec![Source { chart, value_files: vec!["envs/prod.yaml".into()], ..git("charts/web", RefKind::Branch("main".into())) }];
    });
    let out = deck.keys("R");
    let own = &asked(&out).unwrap().own;
    assert_eq!((own.dirs.clone(), own.files.clone()), (vec!["charts/web".to_owned()], vec!["envs/prod.yaml".to_owned()]));
}

#[test]
fn a_moment_of_green_does_not_replace_the_revision_that_ran_well() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.wait(3_600_000);
    deck.change(&alpha(), |a| a.resource_version = "200".into());
    deck.change(&alpha(), |a| a.revision = Some(commit('b')));
    deck.wait(10_000);
    deck.change(&alpha(), |a| a.health = Health::Degraded);
    deck.on(&alpha());
    deck.keys("R");
    let goods: Vec<&str> = deck.rollback().goods.iter().map(|g| g.revision.as_str()).collect();
    assert_eq!(goods, [commit('a')], "b crashed after seconds and runs: it is not where to go back to");
    assert!(deck.state.fleet.last_good(&deck.row(&alpha()).app).is_some_and(|l| l.revision == commit('a')));
    deck.keys("esc");
    deck.change(&alpha(), |a| a.revision = Some(commit('c')));
    deck.keys("R");
    let goods: Vec<&str> = deck.rollback().goods.iter().map(|g| g.revision.as_str()).collect();
    assert_eq!(goods, [commit('b'), commit('a')], "all of them are offered");
}

#[test]
fn the_good_revision_of_a_chart_with_values_is_the_commit_of_the_values() {
    let mut well = argo("argocd", "shop", "prod");
    (well.sources, well.revision) = (chart_with_values(), Some("19.1.0".into()));
    let mut deck = Deck::with(vec![well]);
    deck.change(&shop(), |a| {
        a.health = Health::Degraded;
        a.sources[1].revision = Some(commit('e'));
        let entry = |values: char| HistoryEntry {
            id: Some(1),
            revision: "19.1.0".into(),
            revisions: vec!["19.1.0".into(), commit(values).into()].into(),
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
        a.history = vec![entry('e'), entry('c')];
    });
    deck.on(&shop());
    deck.keys("R");
    let goods: Vec<&str> = deck.rollback().goods.iter().map(|g| g.revision.as_str()).collect();
    assert_eq!(goods, [commit('d'), commit('c')], "what our ledger saw, then what Argo CD recorded; never a chart version");
}

fn refused(class: FailClass) -> Deck {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("space enter"));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    deck.keys("e end");
    deck.types(", see #812");
    deck.keys("esc enter");
    checked(&mut deck);
    deck.wait(400);
    deck.types("fleet main");
    deck.keys("enter enter");
    let task = deck.state.tasks[0].id;
    let outcome = Outcome::Failed { reason: "the message needs a ticket".into(), class };
    deck.send(Msg::Task { task, event: TaskEvent::Finished(outcome) });
    deck
}

#[test]
fn a_hook_that_says_no_leads_back_to_the_plan_with_the_message_kept() {
    let mut deck = refused(FailClass::Hook);
    let out = deck.keys("enter");
    assert!(asked(&out).is_none());
    let screen = deck.rollback();
    assert_eq!((screen.stage, screen.message.lines()[0].as_str()), (Stage::Plan, "Revert \"change d\", see #812"));
    assert!(screen.plan.as_ref().is_some_and(|p| p.typed.is_empty()), "it is confirmed again");
}

#[test]
fn an_edited_message_outlives_a_new_preview_and_a_branch_that_moved() {
    let mut deck = refused(FailClass::Moved);
    let task = task_of(&deck.keys("enter"));
    let task = task_of(&suspects(&mut deck, task));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    deck.keys("esc");
    assert_eq!(deck.rollback().message.lines()[0], "Revert \"change d\", see #812");
    let task = task_of(&deck.keys("m"));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    assert_eq!(deck.rollback().message.lines()[0], "Revert \"change d\", see #812");
}

#[test]
fn marks_that_a_rewritten_branch_lost_are_dropped_by_name() {
    let mut deck = refused(FailClass::Moved);
    let task = task_of(&deck.keys("enter"));
    let list = SuspectList {
        tip: commit('8'),
        branch: "main".into(),
        fetched_at: deck.now,
        good: Some(commit('a')),
        suspects: vec![],
        others: vec![],
        range: vec![],
        paths: vec![],
        remote: URL.into(),
    };
    deck.send(Msg::Suspects { task, result: Ok(Box::new(list)) });
    assert!(deck.rollback().marked.is_empty());
    assert_eq!(deck.said(), "ddddddd is not in this range any more: unmarked.");
}

#[test]
fn the_plan_names_the_apps_of_the_files_that_are_written_not_of_the_commit() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let out = deck.keys("space enter");
    let Some(Effect::Preview { task, request }) = out.iter().find(|e| matches!(e, Effect::Preview { .. })) else { panic!("{out:?}") };
    assert_eq!(request.others.iter().map(|c| c.app.clone()).collect::<Vec<_>>(), [shop()]);
    deck.send(Msg::Preview { task: *task, result: Ok(Box::new(RevertPreview { touched: vec![], ..preview() })) });
    deck.keys("enter");
    let targets: Vec<_> = deck.rollback().plan.as_ref().unwrap().plan.targets.iter().map(|t| t.app.clone()).collect();
    assert_eq!(targets, [alpha()], "against this parent the revert leaves shop alone");
}

#[test]
fn who_could_not_be_asked_to_look_stands_in_the_task_and_in_the_journal() {
    let mut deck = sick();
    pushed(&mut deck);
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Sent { commit: Some(commit('9')) }) });
    let text = "Application shop on hub was not asked to look: timeout";
    let event = TaskEvent::Step { key: "nudge hub argocd/shop".into(), mark: Mark::Bad, text: text.into() };
    deck.send(Msg::Task { task, event });
    assert!(deck.state.tasks[0].lines.iter().any(|l| l.text == text));
    deck.wait(1_801_000);
    let note = deck.state.journal.last().and_then(|e| e.note.clone()).unwrap();
    assert!(note.ends_with(&format!("; {text}")), "{note}");
}

#[test]
fn the_commands_by_hand_undo_commit_by_commit_then_commit_then_push() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("space j space enter"));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    deck.keys("enter");
    let want = [
        format!("git fetch {URL} refs/heads/main"),
        "git checkout --detach FETCH_HEAD".into(),
        format!("git revert --no-commit -m 1 {}", commit('d')),
        format!("git revert --no-commit {}", commit('c')),
        "git commit".into(),
        format!("git push --atomic {URL} HEAD:refs/heads/main"),
    ];
    assert_eq!(deck.rollback().plan.as_ref().unwrap().plan.commands, want);
}

#[test]
fn a_repository_or_branch_with_shell_words_in_its_name_runs_nothing_when_the_commands_are_pasted() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("space enter"));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    let crate::app::state::Screen::Rollback(screen) = &mut deck.state.screen else { panic!() };
    screen.url = "https://git.example.com/a b$(reboot)".into();
    screen.list.as_mut().unwrap().branch = "main;reboot".into();
    deck.keys("enter");
    let commands = deck.rollback().plan.as_ref().unwrap().plan.commands.clone();
    assert_eq!(commands[0], "git fetch 'https://git.example.com/a b$(reboot)' 'refs/heads/main;reboot'");
    assert_eq!(commands[4], "git push --atomic 'https://git.example.com/a b$(reboot)' 'HEAD:refs/heads/main;reboot'");
}

#[test]
fn space_at_a_conflict_marks_the_later_commit_as_well() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("j space enter"));
    let later = deck.rollback().list.as_ref().unwrap().suspects[0].commit.clone();
    let conflict = Conflict {
        commit: commit('c'),
        path: "apps/alpha/env.yaml".into(),
        ours: String::new(),
        theirs: String::new(),
        base: String::new(),
        later: vec![later],
    };
    deck.send(Msg::Preview { task, result: Ok(Box::new(RevertPreview { conflicts: vec![conflict], ..preview() })) });
    task_of(&deck.keys("space"));
    assert_eq!(deck.rollback().marked, [commit('d'), commit('c')], "newest first");
}

#[test]
fn the_mainline_of_each_marked_merge_is_chosen() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let Screen::Rollback(screen) = &mut deck.state.screen else { panic!() };
    screen.list.as_mut().unwrap().suspects[1].commit.parents.push(commit('0'));
    let mut task = task_of(&deck.keys("space j space enter"));
    let mut seen = Vec::new();
    for _ in 0..4 {
        deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
        let out = deck.keys("m");
        let Some(Effect::Preview { task: next, request }) = out.iter().find(|e| matches!(e, Effect::Preview { .. })) else { panic!() };
        task = *next;
        seen.push(request.commits.iter().map(|(_, mainline)| mainline.unwrap()).collect::<Vec<_>>());
    }
    assert_eq!(seen, [[2, 1], [1, 2], [2, 2], [1, 1]]);
}

#[test]
fn a_commit_of_an_automation_is_warned_of_in_the_plan() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let Screen::Rollback(screen) = &mut deck.state.screen else { panic!() };
    screen.list.as_mut().unwrap().suspects[0].files[0].path = "apps/alpha/.argocd-source-alpha.yaml".into();
    let task = task_of(&deck.keys("space enter"));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    deck.keys("enter");
    let plan = &deck.rollback().plan.as_ref().unwrap().plan;
    assert!(plan.lines.iter().any(|l| l.text.contains("argocd-image-updater wrote ddddddd for Application alpha")), "{:?}", plan.lines);
}

#[test]
fn a_revert_that_deletes_files_of_an_app_that_prunes_says_so() {
    let mut deck = sick();
    deck.change(&alpha(), |a| {
        let EngineFields::Flux(fields) = &mut a.engine else { panic!() };
        fields.prune = true;
    });
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("space enter"));
    let mut gone = preview();
    gone.files[0].change = FileChange::Deleted;
    deck.send(Msg::Preview { task, result: Ok(Box::new(gone)) });
    deck.keys("enter");
    let plan = &deck.rollback().plan.as_ref().unwrap().plan;
    assert!(plan.lines.iter().any(|l| l.text.contains("deletes files and alpha prunes")), "{:?}", plan.lines);
}
