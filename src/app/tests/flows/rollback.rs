use super::deck::*;
use crate::app::effect::Effect;
use crate::app::msg::{CheckEvent, Msg, RollbackTrouble, SuspectList};
use crate::app::rollback::Stage;
use crate::domain::commit::{ChangedFile, Commit, FileChange, Suspect};
use crate::domain::diff::{FileDiff, RevertPreview};
use crate::domain::history::LedgerEntry;
use crate::domain::ids::{AppId, AppKind, TaskId};
use crate::domain::plan::{FailClass, Outcome, RevertRequest, Step};
use crate::domain::repo::RepoId;
use crate::domain::source::{RefKind, Source, SourceType};
use crate::domain::status::Health;

pub fn alpha() -> AppId {
    id("flux", AppKind::Kustomization, "flux-system", "alpha")
}

fn change(digit: char, parents: &[char]) -> Commit {
    Commit {
        id: commit(digit),
        parents: parents.iter().map(|p| commit(*p)).collect(),
        author: "Dana Osei".into(),
        email: "dana@example.com".into(),
        at: start().checked_add(jiff::SignedDuration::from_secs(i64::from(u32::from(digit)))).unwrap(),
        subject: format!("change {digit}"),
        body: String::new(),
    }
}

fn suspect(digit: char, parents: &[char], also: Vec<AppId>) -> Suspect {
    Suspect {
        mainlines: parents.iter().zip(1..).map(|(p, n)| (n, commit(*p), format!("change {p}"))).collect(),
        commit: change(digit, parents),
        files: vec![ChangedFile { path: "apps/alpha/env.yaml".into(), change: FileChange::Modified, added: 1, removed: 1 }],
        in_path_set: 1,
        also,
        is_bot: false,
        image_policy: None,
    }
}

/// Alpha and the Argo app shop, both sick since d; e is the tip.
pub fn sick() -> Deck {
    let mut app = kust("alpha");
    app.health = Health::Degraded;
    app.revision = Some(commit('d'));
    let mut shop = argo("argocd", "shop", "prod");
    shop.health = Health::Degraded;
    let mut deck = Deck::with(vec![app, shop]);
    deck.tip('e');
    let good = LedgerEntry { app: alpha(), revision: commit('a'), first_at: start(), last_at: deck.now };
    deck.state.fleet.stays.insert(alpha(), vec![good]);
    deck.on(&alpha());
    deck
}

pub fn shop() -> AppId {
    id("hub", AppKind::Application, "argocd", "shop")
}

pub fn task_of(out: &[Effect]) -> TaskId {
    let found = out.iter().find_map(|e| match e {
        Effect::Suspects { task, .. } | Effect::Preview { task, .. } => Some(*task),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("nothing was asked: {out:?}"))
}

pub fn suspects(deck: &mut Deck, task: TaskId) -> Vec<Effect> {
    let list = SuspectList {
        tip: commit('e'),
        branch: "main".into(),
        fetched_at: deck.now,
        good: Some(commit('a')),
        suspects: vec![suspect('d', &['c', 'b'], vec![shop()]), suspect('c', &['b'], vec![])],
        others: vec![change('e', &['d'])],
        range: vec![(commit('e'), vec![]), (commit('d'), vec![shop()]), (commit('c'), vec![])],
        paths: vec!["apps/alpha/".into()],
        remote: URL.into(),
    };
    deck.send(Msg::Suspects { task, result: Ok(Box::new(list)) })
}

pub fn preview() -> RevertPreview {
    RevertPreview {
        base: commit('e'),
        tree: commit('f'),
        message: "Revert \"change d\"\n\nThis reverts commit.\n".into(),
        files: vec![FileDiff {
            path: "apps/alpha/env.yaml".into(),
            change: FileChange::Modified,
            added: 1,
            removed: 1,
            hunks: vec![],
            opaque: false,
        }],
        touched: vec![shop()],
        conflicts: vec![],
        already_undone: false,
        took_ms: 1,
    }
}

/// R, the newest suspect marked, previewed and planned.
pub fn planned(deck: &mut Deck) {
    let task = task_of(&deck.keys("R"));
    suspects(deck, task);
    let task = task_of(&deck.keys("space enter"));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    deck.keys("enter");
    assert_eq!(deck.rollback().stage, Stage::Plan);
    checked(deck);
    deck.wait(400);
}

/// The trial push of the open plan is answered with yes.
pub fn checked(deck: &mut Deck) {
    let task = deck.rollback().check.as_ref().unwrap().task;
    deck.send(Msg::PushChecked { task, event: CheckEvent::By { by: "sam <sam@acme.example>".into(), signed: None } });
    deck.send(Msg::PushChecked { task, event: CheckEvent::Ended(Outcome::Sent { commit: None }) });
}

/// Typed and pushed; the effects of the confirming key.
pub fn pushed(deck: &mut Deck) -> Vec<Effect> {
    planned(deck);
    deck.types("fleet main");
    deck.keys("enter enter")
}

#[test]
fn the_suspects_are_asked_from_the_last_good_revision_with_every_app_of_the_repository() {
    let mut deck = sick();
    let out = deck.keys("R");
    let Some(Effect::Suspects { request, .. }) = out.iter().find(|e| matches!(e, Effect::Suspects { .. })) else { panic!("{out:?}") };
    assert_eq!((&request.reference, request.good.as_deref()), (&RefKind::Branch("main".into()), Some(commit('a').as_str())));
    assert_eq!((request.repo.clone(), request.url.as_str()), (RepoId::from_url(URL), URL));
    assert_eq!((request.own.app.clone(), request.own.dirs.clone()), (alpha(), vec!["apps/alpha".to_owned()]));
    assert_eq!(request.others.iter().flat_map(|c| c.dirs.iter().map(String::as_str)).collect::<Vec<_>>(), ["apps/shop"]);
    assert!(deck.rollback().goods[0].evidence.starts_with("seen Healthy on flux"));
}

#[test]
fn without_a_ledger_the_engine_history_is_the_good_end_and_says_what_it_does_not_know() {
    use crate::domain::history::HistoryEntry;
    let mut shop = argo("argocd", "shop", "flux");
    (shop.health, shop.revision) = (Health::Degraded, Some(commit('d')));
    let entry = |digit| HistoryEntry {
        revisions: Box::default(),
        id: Some(1),
        revision: commit(digit).into(),
        at: start().into(),
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
    shop.history = vec![entry('d'), entry('b')];
    let mut deck = Deck::with(vec![shop]);
    deck.keys("R");
    let goods = &deck.rollback().goods;
    assert_eq!(goods.len(), 1, "what runs sick now is not offered");
    assert_eq!(goods[0].revision, commit('b'));
    assert!(goods[0].evidence.ends_with("health not recorded"), "{}", goods[0].evidence);
}

#[test]
fn from_r_to_the_push_the_request_is_exactly_what_was_shown() {
    let mut deck = sick();
    let out = pushed(&mut deck);
    let [plan] = sent(&out)[..] else { panic!("{out:?}") };
    assert_eq!(
        plan.steps[0],
        Step::Revert(RevertRequest {
            repo: RepoId::from_url(URL),
            url: URL.into(),
            branch: "main".into(),
            base: commit('e'),
            commits: vec![(commit('d'), Some(1))],
            message: "Revert \"change d\"\n\nThis reverts commit.\n".into(),
            tree: commit('f'),
        })
    );
    assert!(plan.steps.len() > 1 && plan.steps[1..].iter().all(|s| matches!(s, Step::Nudge(_))), "each engine is asked to look afterwards");
    assert_eq!(plan.targets.iter().map(|t| t.app.clone()).collect::<Vec<_>>(), [alpha(), shop()]);
    assert!(plan.commands.iter().any(|c| c.contains(&format!("git revert --no-commit -m 1 {}", commit('d')))));
    assert_eq!(deck.rollback().stage, Stage::Push);
    assert!(out.iter().any(|e| matches!(e, Effect::RunPlan { line, .. } if line.typed.as_deref() == Some("fleet main"))));
}

#[test]
fn a_push_needs_repository_and_branch_typed_and_starts_on_cancel() {
    use crate::app::overlay::confirm::Focus;
    let mut deck = sick();
    planned(&mut deck);
    assert_eq!(deck.rollback().plan.as_ref().unwrap().focus, Focus::Cancel);
    deck.keys("tab enter");
    assert!(sent(&deck.effects).is_empty());
    deck.send(Msg::Paste("fleet main".into()));
    assert_eq!(deck.rollback().plan.as_ref().unwrap().typed, "", "it is typed, not pasted");
    deck.keys("shift-tab shift-tab");
    deck.types("fleet mai");
    deck.keys("enter enter");
    assert!(sent(&deck.effects).is_empty());
    deck.types("n");
    deck.keys("enter enter enter enter");
    assert_eq!(sent(&deck.effects).len(), 1, "once");
}

#[test]
fn esc_goes_back_step_by_step_and_keeps_what_was_marked() {
    let mut deck = sick();
    planned(&mut deck);
    deck.keys("esc");
    assert_eq!(deck.rollback().stage, Stage::Preview);
    deck.keys("esc");
    assert_eq!((deck.rollback().stage, deck.rollback().marked.clone()), (Stage::Suspects, vec![commit('d')]));
    deck.keys("esc");
    assert!(matches!(deck.state.screen, crate::app::state::Screen::Main));
    assert_eq!(deck.cursor(), "alpha");
    assert!(sent(&deck.effects).is_empty());
}

#[test]
fn late_answers_of_a_screen_that_was_left_are_dropped() {
    let mut deck = sick();
    let old = task_of(&deck.keys("R"));
    deck.keys("esc");
    suspects(&mut deck, old);
    assert!(matches!(deck.state.screen, crate::app::state::Screen::Main));
    let new = task_of(&deck.keys("R"));
    suspects(&mut deck, old);
    assert!(deck.rollback().list.is_none());
    suspects(&mut deck, new);
    assert_eq!(deck.rollback().rows().len(), 2);
    let old = task_of(&deck.keys("space enter"));
    deck.keys("esc j space");
    let new = task_of(&deck.keys("enter"));
    deck.send(Msg::Preview { task: old, result: Ok(Box::new(preview())) });
    assert!(deck.rollback().preview.is_none(), "that was the preview of other commits");
    deck.send(Msg::Preview { task: new, result: Ok(Box::new(preview())) });
    assert!(deck.rollback().preview.is_some());
}

#[test]
fn several_commits_are_undone_newest_first_whatever_the_order_of_marking() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let out = deck.keys("t end space home space enter");
    let Some(Effect::Preview { request, .. }) = out.iter().find(|e| matches!(e, Effect::Preview { .. })) else { panic!("{out:?}") };
    let ids: Vec<&str> = request.commits.iter().map(|(id, _)| id.as_str()).collect();
    let mut newest_first = ids.clone();
    newest_first.sort_unstable();
    newest_first.reverse();
    assert_eq!(ids, newest_first);
    assert_eq!(ids.len(), 2);
}

#[test]
fn a_merge_can_be_undone_against_its_other_parent() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("space enter"));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    let out = deck.keys("m");
    let Some(Effect::Preview { request, .. }) = out.iter().find(|e| matches!(e, Effect::Preview { .. })) else { panic!("{out:?}") };
    assert_eq!(request.commits, [(commit('d'), Some(2))]);
}

#[test]
fn an_edited_message_is_what_is_committed() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("space enter"));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    deck.keys("e end");
    deck.types(", see #812 qRs");
    deck.keys("esc enter");
    checked(&mut deck);
    deck.wait(400);
    deck.types("fleet main");
    let out = deck.keys("enter enter");
    let [plan] = sent(&out)[..] else { panic!("{out:?}") };
    let Step::Revert(revert) = &plan.steps[0] else { panic!() };
    assert!(revert.message.starts_with("Revert \"change d\", see #812 qRs\n"), "{}", revert.message);
}

#[test]
fn conflicts_nothing_to_do_and_an_empty_message_stop_before_the_plan() {
    use crate::domain::diff::Conflict;
    let conflict = Conflict {
        commit: commit('d'),
        path: "apps/alpha/env.yaml".into(),
        ours: String::new(),
        theirs: String::new(),
        base: String::new(),
        later: vec![],
    };
    let cases: [(RevertPreview, &str); 3] = [
        (RevertPreview { conflicts: vec![conflict], ..preview() }, "There are conflicts"),
        (RevertPreview { already_undone: true, ..preview() }, "Nothing would change"),
        (RevertPreview { message: "  \n".into(), ..preview() }, "The commit needs a message"),
    ];
    for (preview, said) in cases {
        let mut deck = sick();
        let task = task_of(&deck.keys("R"));
        suspects(&mut deck, task);
        let task = task_of(&deck.keys("space enter"));
        deck.send(Msg::Preview { task, result: Ok(Box::new(preview)) });
        deck.keys("enter");
        assert_eq!(deck.rollback().stage, Stage::Preview);
        assert!(deck.said().starts_with(said), "{}", deck.said());
    }
}

#[test]
fn every_source_that_no_revert_reaches_is_explained_and_offers_a_way() {
    let chart = Source { source_type: SourceType::Helm, chart: Some("redis".into()), ..git("x", RefKind::Version("1.x".into())) };
    let oci = Source { source_type: SourceType::Oci, ..git("x", RefKind::Tag("1".into())) };
    let bucket = Source { source_type: SourceType::Bucket, ..git("x", RefKind::Head) };
    let unread = Source { url: None, ..git("x", RefKind::Head) };
    let cases = [
        (git("x", RefKind::Tag("v1".into())), "alpha is pinned to tag v1 of fleet: nothing follows a revert."),
        (git("x", RefKind::Ambiguous("v1".into())), "alpha is pinned to tag v1 of fleet: nothing follows a revert."),
        (git("x", RefKind::Commit(commit('b'))), "alpha is pinned to commit bbbbbbb of fleet: nothing follows a revert."),
        (git("x", RefKind::Ambiguous(commit('b'))), "alpha is pinned to commit bbbbbbb of fleet: nothing follows a revert."),
        (git("x", RefKind::Semver(">=1.0".into())), "alpha follows the highest tag in >=1.0 of fleet, not a branch."),
        (chart, "No commit of an app path changed what runs: alpha is a chart."),
        (oci, "No commit changed what runs: alpha comes from an OCI artifact."),
        (bucket, "alpha comes from a bucket, which has no commits."),
        (unread, "The source of alpha is not known."),
    ];
    for (source, headline) in cases {
        let mut app = kust("alpha");
        app.sources = vec![source];
        let mut deck = Deck::with(vec![app]);
        let out = deck.keys("R");
        assert!(out.iter().all(|e| !matches!(e, Effect::Suspects { .. })), "{headline}");
        let trouble = deck.rollback().trouble.clone().unwrap_or_else(|| panic!("no trouble: {headline}"));
        assert_eq!(trouble.headline, headline);
        assert!(!trouble.text.is_empty() && !trouble.next.is_empty(), "{headline}");
        deck.keys("enter space enter");
        assert!(sent(&deck.effects).is_empty());
    }
}

#[test]
fn trouble_of_the_repository_is_shown_and_loses_nothing() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("space enter"));
    let trouble = RollbackTrouble { headline: "fleet does not answer; nothing was written.".into(), text: "timeout".into(), next: vec![] };
    deck.send(Msg::Preview { task, result: Err(trouble.clone()) });
    assert_eq!(deck.rollback().trouble, Some(trouble));
    deck.keys("enter");
    assert_ne!(deck.rollback().stage, Stage::Plan);
    deck.keys("esc");
    assert_eq!((deck.rollback().stage, deck.rollback().marked.clone()), (Stage::Suspects, vec![commit('d')]));
}

#[test]
fn a_refused_push_goes_back_to_the_suspects_with_the_marks_kept() {
    let mut deck = sick();
    pushed(&mut deck);
    let task = deck.state.tasks[0].id;
    let outcome = Outcome::Failed { reason: "main moved to 1111111".into(), class: FailClass::Moved };
    deck.send(Msg::Task { task, event: crate::app::msg::TaskEvent::Finished(outcome) });
    assert!(deck.state.notices.list[0].text.contains("main moved to 1111111"));
    assert!(!deck.state.tasks[0].is_running());
    deck.keys("esc");
    assert_eq!((deck.rollback().stage, deck.rollback().marked.clone()), (Stage::Suspects, vec![commit('d')]));
}

#[test]
fn a_read_only_cluster_that_follows_the_push_is_named_and_not_asked_to_look() {
    let mut deck = sick();
    deck.state.fleet.clusters.get_mut(&crate::domain::ids::ClusterId::new("prod")).unwrap().read_only = true;
    let out = pushed(&mut deck);
    let [plan] = sent(&out)[..] else { panic!("{out:?}") };
    assert!(plan.lines.iter().any(|l| l.label == "careful" && l.text.contains("prod: read-only here")), "{:?}", plan.lines);
    let nudged: Vec<&str> =
        plan.steps.iter().filter_map(|s| if let Step::Nudge(n) = s { Some(n.cluster.as_str()) } else { None }).collect();
    assert_eq!(nudged, ["flux"]);
}
