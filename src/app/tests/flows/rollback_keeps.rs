//! What the plan of a rollback says of the apps it reaches: what keeps them, in which turn they take it, and who may undo it.

use super::deck::*;
use super::following::{fetch, synced};
use super::rollback::{alpha, planned, preview, pushed, shop, sick, suspects, task_of};
use crate::app::effect::Effect;
use crate::app::msg::{CheckEvent, Loaded, Msg, TaskEvent};
use crate::domain::app::EngineFields;
use crate::domain::cluster::Link;
use crate::domain::event::{ClusterEvent, Parsed};
use crate::domain::ids::{AppKind, ClusterId};
use crate::domain::plan::Outcome;
use crate::domain::source::SourceObject;
use crate::domain::status::{Health, Operation, Phase};

fn says(deck: &Deck, label: &str) -> Vec<String> {
    deck.rollback().plan.as_ref().unwrap().plan.lines.iter().filter(|l| l.label == label).map(|l| l.text.clone()).collect()
}

fn source_is(deck: &mut Deck, source: SourceObject) {
    deck.upsert("flux", vec![Parsed::Source(Box::new(source))]);
}

/// What the plan says of one app, beside its name and as a sentence.
fn told(deck: &Deck, app: &str) -> (String, Option<String>) {
    let then = says(deck, "then").into_iter().find(|t| t.contains(&format!(" {app} "))).unwrap();
    (then, says(deck, "careful").into_iter().find(|t| t.starts_with(&format!("! {app} on "))))
}

#[test]
fn a_source_that_is_suspended_or_fails_keeps_the_revert_from_its_apps() {
    let suspended = SourceObject { suspended: true, ..source() };
    let failing = SourceObject {
        ready: Some(false),
        reason: "GitOperationFailed".into(),
        message: "failed to checkout: authentication required".into(),
        ..source()
    };
    let resume = "flux resume source git fleet -n flux-system --context flux";
    let cases = [
        (
            suspended,
            "! its source is suspended",
            format!("GitRepository flux-system/fleet is suspended, no new commit is fetched: {resume}"),
        ),
        (
            failing,
            "! its source cannot be fetched",
            "GitRepository flux-system/fleet fails (authentication required): no new commit is fetched until that is mended".to_owned(),
        ),
    ];
    for (object, short, sentence) in cases {
        let mut deck = sick();
        source_is(&mut deck, object);
        planned(&mut deck);
        let (then, careful) = told(&deck, "alpha");
        assert!(then.ends_with(short), "{then}");
        assert_eq!(careful, Some(format!("! alpha on flux: {sentence}")));
        source_is(&mut deck, source());
        deck.wait(1_000);
        assert_eq!(told(&deck, "alpha").1, None, "as things are now");
    }
}

#[test]
fn the_repository_that_a_chart_is_cut_from_keeps_it_too() {
    use crate::domain::ids::SourceId;
    let mut deck = sick();
    let chart = SourceId { cluster: ClusterId::new("flux"), kind: "HelmChart".into(), namespace: "flux-system".into(), name: "web".into() };
    source_is(&mut deck, SourceObject { id: chart.clone(), of: Some(source_id()), by_revision: true, ..source() });
    deck.change(&alpha(), |a| {
        let EngineFields::Flux(fields) = &mut a.engine else { panic!() };
        fields.source = Some(chart);
    });
    source_is(&mut deck, SourceObject { suspended: true, ..source() });
    planned(&mut deck);
    assert!(told(&deck, "alpha").0.ends_with("! its source is suspended"), "{:?}", told(&deck, "alpha"));
}

#[test]
fn a_follow_does_not_wait_for_what_a_suspended_source_keeps() {
    let mut deck = sick();
    source_is(&mut deck, SourceObject { suspended: true, ..source() });
    pushed(&mut deck);
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Sent { commit: Some(commit('9')) }) });
    let now = |deck: &Deck| deck.state.tasks[0].follow.as_ref().unwrap().rows[0].now.clone();
    assert!(now(&deck).starts_with("GitRepository flux-system/fleet is suspended"), "{}", now(&deck));
    deck.change(&shop(), |a| {
        let EngineFields::Argo(fields) = &mut a.engine else { panic!() };
        fields.compared = vec![commit('9')];
        (a.revision, a.health) = (Some(commit('9')), Health::Healthy);
    });
    let (_, good, text) = deck.state.tasks[0].ended.clone().expect("the other one is done");
    assert_eq!((good, text.as_str()), (true, "Healthy on 1 of 1 that follow; not by itself: alpha on flux"));
}

#[test]
fn a_failing_source_may_come_back_and_is_waited_for() {
    let mut deck = sick();
    source_is(&mut deck, SourceObject { ready: Some(false), message: "i/o timeout".into(), ..source() });
    deck.change(&shop(), |a| a.suspended = true);
    pushed(&mut deck);
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Sent { commit: Some(commit('9')) }) });
    deck.wait(60_000);
    assert!(deck.state.tasks[0].is_running());
    fetch(&mut deck, '9');
    deck.change(&alpha(), |a| (a.revision, a.health) = (Some(commit('9')), Health::Healthy));
    assert!(deck.state.tasks[0].ended.as_ref().is_some_and(|(_, good, _)| *good));
}

#[test]
fn a_sync_that_runs_or_is_tried_again_goes_before_the_revert_and_names_terminate() {
    let cases = [
        (Phase::Running, "a sync of ddddddd goes first: it takes the commit after that, or terminate it (x)"),
        (Phase::Retrying, "a sync of ddddddd fails and is tried again: terminate it first (x)"),
        (Phase::Terminating, "a sync of ddddddd is being terminated: it takes the commit after that"),
    ];
    for (phase, sentence) in cases {
        let mut deck = sick();
        let runs = Operation { revision: Some(commit('d')), finished_at: None, ..synced(phase, "", "theirs") };
        deck.change(&shop(), |a| (a.auto_sync, a.operation) = (Some(true), Some(runs)));
        planned(&mut deck);
        assert_eq!(told(&deck, "shop").1, Some(format!("! shop on prod: {sentence}")));
        assert!(told(&deck, "shop").0.ends_with("! a sync runs: after it"));
        assert_eq!(says(&deck, "careful").iter().filter(|t| t.contains("a sync of")).count(), 1, "told once");
        deck.change(&shop(), |a| a.operation = Some(synced(Phase::Succeeded, "", "theirs")));
        deck.wait(1_000);
        assert_eq!(told(&deck, "shop").1, None);
    }
}

/// Alpha of the store is all that is known of cluster flux, which does not answer.
fn flux_is_down(stored: bool) -> Deck {
    let mut deck = Deck::empty();
    deck.send(Msg::Contexts(vec![context("hub", false), context("prod", true), context("flux", false)]));
    if stored {
        let rows = vec![(ClusterId::new("flux"), start(), vec![kust("alpha")])];
        deck.send(Msg::Loaded(Box::new(Loaded { rows, ..Loaded::default() })));
    }
    for name in ["hub", "prod"] {
        let cluster = ClusterId::new(name);
        deck.event(ClusterEvent::Link { cluster: cluster.clone(), link: Link::Live { since: start() } });
        for (_, kind) in crate::engine::watched() {
            let state = crate::domain::cluster::KindState::Live;
            deck.event(ClusterEvent::Kind { cluster: cluster.clone(), kind: kind.plural.into(), state });
        }
    }
    let link = Link::Unreachable { since: start(), cause: "connection refused".into(), next_try_at: None };
    deck.event(ClusterEvent::Link { cluster: ClusterId::new("flux"), link });
    let mut app = argo("argocd", "shop", "prod");
    (app.health, app.revision) = (Health::Degraded, Some(commit('d')));
    deck.app(app);
    deck.tip('e');
    deck.wait(480_000);
    deck.on(&shop());
    deck
}

#[test]
fn apps_of_a_cluster_that_was_not_read_are_named_as_they_were_last_known() {
    use crate::app::effect::Effect;
    let mut deck = flux_is_down(true);
    let out = deck.keys("R");
    let Some(Effect::Suspects { request, .. }) = out.iter().find(|e| matches!(e, Effect::Suspects { .. })) else { panic!("{out:?}") };
    assert_eq!(request.others.iter().map(|c| &c.app).collect::<Vec<_>>(), [&alpha()], "what it was built from is looked at");
    suspects(&mut deck, task_of(&out));
    let task = task_of(&deck.keys("space enter"));
    let touched = vec![alpha()];
    deck.send(Msg::Preview { task, result: Ok(Box::new(crate::domain::diff::RevertPreview { touched, ..preview() })) });
    deck.keys("enter");
    assert!(says(&deck, "writes")[0].ends_with("it reaches 2 apps on 2 clusters"), "{:?}", says(&deck, "writes"));
    let (then, careful) = told(&deck, "alpha");
    assert!(then.ends_with("? not read, as of 8m ago: later"), "{then}");
    assert_eq!(careful.as_deref(), Some("! alpha on flux: not read, as of 8m ago: flux does not answer; it follows when it is back"));
}

#[test]
fn a_cluster_of_which_nothing_is_known_is_named() {
    let mut deck = flux_is_down(false);
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("space enter"));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    deck.keys("enter");
    let want = "! flux never read: what follows the branch there is not known";
    assert!(says(&deck, "careful").contains(&want.to_owned()), "{:?}", says(&deck, "careful"));
}

#[test]
fn the_other_apps_are_listed_in_the_order_in_which_they_take_the_revert() {
    let mut deck = sick();
    // The target is held by hand; beta waits for gamma, which fetches at once.
    deck.change(&alpha(), |a| a.suspended = true);
    deck.change(&shop(), |a| a.auto_sync = Some(true));
    let mut beta = kust("beta");
    let EngineFields::Flux(fields) = &mut beta.engine else { panic!() };
    fields.depends_on = vec![(String::new(), "gamma".into())];
    deck.app(beta);
    deck.app(kust("gamma"));
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("space enter"));
    let ks = |name: &str| id("flux", AppKind::Kustomization, "flux-system", name);
    let touched = vec![ks("beta"), ks("gamma"), shop()];
    deck.send(Msg::Preview { task, result: Ok(Box::new(crate::domain::diff::RevertPreview { touched, ..preview() })) });
    deck.keys("enter");
    let names = |deck: &Deck| {
        let lines = says(deck, "then");
        lines.iter().map(|t| t.split_whitespace().nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&deck), ["alpha", "gamma", "shop", "beta"]);
    deck.change(&shop(), |a| {
        let runs = Operation { revision: Some(commit('d')), finished_at: None, ..synced(Phase::Running, "", "theirs") };
        a.operation = Some(runs);
    });
    deck.wait(1_000);
    assert_eq!(names(&deck), ["alpha", "gamma", "beta", "shop"], "as things are now");
    // A ring of dependencies ends.
    deck.change(&ks("gamma"), |a| {
        let EngineFields::Flux(fields) = &mut a.engine else { panic!() };
        fields.depends_on = vec![(String::new(), "beta".into())];
    });
    deck.wait(1_000);
    assert_eq!(names(&deck).len(), 4);
}

/// The plan of a revert whose first suspect was written by a machine.
fn written_by(change: impl Fn(&mut crate::domain::commit::Suspect)) -> Vec<String> {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let crate::app::state::Screen::Rollback(screen) = &mut deck.state.screen else { panic!() };
    change(&mut screen.list.as_mut().unwrap().suspects[0]);
    let task = task_of(&deck.keys("space enter"));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    deck.keys("enter");
    says(&deck, "careful")
}

#[test]
fn who_would_write_the_image_again_is_named_with_how_to_stop_it() {
    let flux = written_by(|s| s.image_policy = Some("flux-system:web:tag".into()));
    let want = "! Flux writes a line of ddddddd by ImagePolicy flux-system/web, and will write it again. Suspend its \
                ImageUpdateAutomation first: flux suspend image update NAME -n flux-system (flux get image update -A has its name)";
    assert!(flux.contains(&want.to_owned()), "{flux:?}");
    let updater = |path: &str| written_by(|s| (s.is_bot, s.files[0].path) = (true, path.to_owned()));
    let want = "! argocd-image-updater wrote ddddddd for Application argocd/shop, and will write the image again: take the annotation \
                argocd-image-updater.argoproj.io/image-list off it first";
    for path in ["apps/shop/.argocd-source-shop.yaml", "apps/shop/.argocd-source.yaml"] {
        assert!(updater(path).contains(&want.to_owned()), "{path}: {:?}", updater(path));
    }
    assert!(updater("apps/shop/values.yaml").iter().any(|t| t.starts_with("! an automation wrote ddddddd")));
}

#[test]
fn the_app_that_is_rolled_back_is_told_first_whatever_keeps_it() {
    let mut deck = sick();
    deck.change(&alpha(), |a| a.suspended = true);
    deck.change(&shop(), |a| a.auto_sync = Some(true));
    planned(&mut deck);
    let then = says(&deck, "then");
    assert!(then[0].contains(" alpha ") && then[0].ends_with("! suspended: not by itself"), "{then:?}");
    assert!(then[1].contains(" shop "), "{then:?}");
}

#[test]
fn a_source_that_takes_signed_commits_only_says_what_this_commit_would_be_there() {
    let mut deck = sick();
    planned(&mut deck);
    let signed = |deck: &Deck| says(deck, "careful").into_iter().find(|t| t.contains("signed commits only"));
    assert_eq!(signed(&deck), None);
    let mut deck = sick();
    source_is(&mut deck, SourceObject { verifies: true, ..source() });
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    let task = task_of(&deck.keys("space enter"));
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview())) });
    let out = deck.keys("enter");
    let task = out.iter().find_map(|e| if let Effect::CheckPush { task, .. } = e { Some(*task) } else { None }).unwrap();
    let told = |this: &str| Some(format!("! GitRepository fleet on flux takes signed commits only: {this}"));
    assert_eq!(signed(&deck), told("an unsigned revert would be refused there"));
    let by = |deck: &mut Deck, signed| {
        deck.send(Msg::PushChecked { task, event: CheckEvent::By { by: "sam <sam@acme.example>".into(), signed } });
    };
    by(&mut deck, None);
    assert_eq!(signed(&deck), told("this commit is not signed and would be refused there, with all that comes after it"));
    by(&mut deck, Some("ssh key".into()));
    let want = "this commit is signed (ssh key); it is refused all the same if the source does not know that key";
    assert_eq!(signed(&deck), told(want));
}
