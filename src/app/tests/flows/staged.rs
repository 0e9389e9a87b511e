//! Several apps in stages: planned together, sent one after the other, stopped at the first that is not well.

use super::deck::*;
use super::outage::operation;
use crate::app::effect::Effect;
use crate::app::msg::{Msg, TaskEvent};
use crate::app::overlay::Overlay;
use crate::app::staged::{Batch, Standing};
use crate::app::task::Task;
use crate::domain::app::{App, EngineFields};
use crate::domain::cluster::Link;
use crate::domain::event::{ClusterEvent, Parsed};
use crate::domain::ids::{AppId, AppKind, ClusterId, TaskId};
use crate::domain::plan::{Outcome, Plan, Risk, Step};
use crate::domain::status::{Health, HealthBy, Operation, Phase, Sync};

fn alpha() -> AppId {
    id("flux", AppKind::Kustomization, "flux-system", "alpha")
}

fn beta() -> AppId {
    id("flux", AppKind::Kustomization, "flux-system", "beta")
}

fn shop() -> AppId {
    id("hub", AppKind::Application, "argocd", "shop")
}

/// Out of sync on `flux` (two) and, protected, on `prod` (one).
fn apps() -> Vec<App> {
    let out = |mut app: App| {
        app.sync = Sync::OutOfSync;
        app
    };
    vec![out(kust("alpha")), out(kust("beta")), out(argo("argocd", "shop", "prod"))]
}

/// All three marked.
fn marked() -> Deck {
    let mut deck = Deck::with(apps());
    for app in [alpha(), beta(), shop()] {
        deck.on(&app);
        deck.keys("space");
    }
    assert_eq!(deck.state.view.marks.len(), 3);
    deck
}

fn batch(deck: &Deck) -> &Batch {
    parent(deck).batch.as_deref().unwrap()
}

fn parent(deck: &Deck) -> &Task {
    deck.state.tasks.iter().find(|t| t.batch.is_some()).unwrap()
}

fn standing<'a>(deck: &'a Deck, app: &AppId) -> &'a Standing {
    &batch(deck).members().find(|m| m.app == *app).unwrap().standing
}

fn text(plan: &Plan) -> String {
    plan.lines.iter().map(|l| format!("{}: {}\n", l.label, l.text)).collect()
}

/// Types the word and presses the button; gives what was sent by it.
fn start(deck: &mut Deck) -> Vec<String> {
    deck.wait(400);
    deck.effects.clear();
    deck.types("2 clusters");
    deck.keys("enter enter");
    names(deck)
}

/// The apps that a plan was sent for since `effects` was emptied.
fn names(deck: &Deck) -> Vec<String> {
    sent(&deck.effects).iter().map(|p| p.targets[0].app.name.clone()).collect()
}

/// The server accepts what was sent last for an app, and Flux acknowledges it.
fn accepted(deck: &mut Deck, app: &AppId) -> TaskId {
    let task = deck.state.tasks.iter().rfind(|t| t.part_of.is_some() && t.app == *app).unwrap().id;
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Sent { commit: None }) });
    task
}

fn token(deck: &Deck, task: TaskId) -> String {
    let plan = &deck.state.task(task).unwrap().plan;
    let at = |s: &Step| match s {
        Step::Patch(r) => r.body.pointer("/metadata/annotations/reconcile.fluxcd.io~1requestedAt")?.as_str().map(str::to_owned),
        _ => None,
    };
    plan.steps.iter().find_map(at).unwrap()
}

/// Flux has fetched and done what was asked.
fn reconciled(deck: &mut Deck, app: &AppId, health: Health) {
    reconciled_at(deck, app, health, 'a');
}

/// As above, where the source holds that commit.
fn reconciled_at(deck: &mut Deck, app: &AppId, health: Health, digit: char) {
    let task = accepted(deck, app);
    let token = token(deck, task);
    let mut object = source();
    object.handled = Some(token.clone());
    object.revision = Some(format!("main@sha1:{}", commit(digit)));
    deck.upsert("flux", vec![Parsed::Source(Box::new(object))]);
    deck.change(app, |a| {
        let EngineFields::Flux(fields) = &mut a.engine else { panic!() };
        fields.handled = Some(token);
        (a.sync, a.health) = (Sync::Synced, health);
    });
}

#[test]
fn less_than_two_marked_apps_are_no_batch_and_the_key_says_what_to_do() {
    let mut deck = Deck::with(apps());
    deck.on(&alpha());
    deck.keys("S");
    assert!(deck.state.overlays.is_empty() && deck.said().contains("Mark two or more apps with space"), "{}", deck.said());
    deck.keys("space S");
    assert!(deck.state.overlays.is_empty());
}

#[test]
fn the_dialog_tells_stages_unprotected_first_and_of_each_app_what_it_does_and_wants_the_number_of_clusters() {
    let mut deck = marked();
    deck.keys("S");
    let plan = &deck.dialog().plan;
    assert_eq!((plan.title.as_str(), plan.typed.as_deref(), plan.risk), ("Staged sync of 3 apps", Some("2 clusters"), Risk::Destructive));
    let said = text(plan);
    let order: Vec<usize> = [
        "stage 1: flux",
        "stage 1: ks/flux-system/alpha:",
        "stage 1: ks/flux-system/beta:",
        "stage 2: prod  PROTECTED",
        "stage 2: app/argocd/shop on hub:",
        "stop: at the first",
    ]
    .iter()
    .map(|part| said.find(part).unwrap_or_else(|| panic!("{part} is missing:\n{said}")))
    .collect();
    assert!(order.is_sorted(), "{said}");
    assert!(plan.steps.is_empty() && !plan.commands.is_empty() && names(&deck).is_empty());
}

#[test]
fn each_app_is_sent_when_the_one_before_is_healthy_and_the_end_is_told_once() {
    let mut deck = marked();
    deck.keys("S");
    assert_eq!(start(&mut deck), ["alpha"], "one of the first cluster");
    assert!(deck.state.view.marks.is_empty());
    deck.wait(30_000);
    assert_eq!(names(&deck), ["alpha"], "nothing more before it is healthy");
    reconciled(&mut deck, &alpha(), Health::Progressing);
    assert_eq!(names(&deck), ["alpha"], "acknowledged is not healthy");
    deck.change(&alpha(), |a| a.health = Health::Healthy);
    assert_eq!(names(&deck), ["alpha", "beta"]);
    assert_eq!(batch(&deck).stage(), 0);
    reconciled(&mut deck, &beta(), Health::Healthy);
    assert_eq!(names(&deck), ["alpha", "beta", "shop"]);
    assert_eq!((batch(&deck).stage(), batch(&deck).news().as_str()), (1, "2 of 3 healthy"));
    // Synced by somebody else meanwhile: what was sent is over, and it is not well.
    let task = accepted(&mut deck, &shop());
    let request = deck.state.task(task).unwrap().plan.request_id.clone();
    deck.change(&shop(), |a| {
        a.operation = Some(Operation { message: "hook failed".into(), request_id: Some(request), ..operation(Phase::Failed) });
    });
    let (_, good, said) = parent(&deck).ended.clone().unwrap();
    assert!(!good && said.contains("shop on prod: failed: hook failed"), "{said}");
    let told = |text: &str| deck.state.notices.list.iter().filter(|n| n.text.contains(text)).count();
    assert_eq!(told("staged sync of 3 apps on 2 clusters: 2 of 3 healthy"), 1);
}

#[test]
fn the_first_that_is_not_healthy_stops_the_batch_and_what_was_not_sent_is_marked_again() {
    let mut deck = marked();
    deck.keys("S");
    start(&mut deck);
    reconciled(&mut deck, &alpha(), Health::Degraded);
    assert_eq!(names(&deck), ["alpha"]);
    let (_, good, said) = parent(&deck).ended.clone().unwrap();
    assert!(!good && said.contains("alpha on flux") && said.contains("2 apps not sent, marked again"), "{said}");
    assert_eq!(deck.state.view.marks, [beta(), shop()].into());
    let last = deck.state.journal.iter().rfind(|e| e.plan.action == "staged_sync").unwrap();
    assert!(last.note.as_deref().unwrap().contains("alpha on flux") && last.typed.as_deref() == Some("2 clusters"));
    deck.wait(600_000);
    assert_eq!(names(&deck), ["alpha"], "nothing is sent afterwards");
}

#[test]
fn an_app_that_takes_longer_than_the_rule_stops_the_batch() {
    let mut deck = marked();
    deck.keys("S");
    start(&mut deck);
    reconciled(&mut deck, &alpha(), Health::Progressing);
    deck.wait(299_000);
    assert!(parent(&deck).is_running());
    deck.wait(3_000);
    let (_, good, said) = parent(&deck).ended.clone().unwrap();
    assert!(!good && said.contains("not Healthy after 5m"), "{said}");
}

#[test]
fn an_earlier_app_that_turns_bad_while_a_later_one_runs_stops_the_batch() {
    let mut deck = marked();
    deck.keys("S");
    start(&mut deck);
    reconciled(&mut deck, &alpha(), Health::Healthy);
    assert_eq!(names(&deck), ["alpha", "beta"]);
    deck.change(&alpha(), |a| a.health = Health::Degraded);
    assert!(batch(&deck).stopped.as_deref().unwrap().contains("was Healthy, then Degraded"));
    assert!(parent(&deck).is_running(), "beta was sent and is seen to its end");
    reconciled(&mut deck, &beta(), Health::Healthy);
    assert!(matches!(standing(&deck, &beta()), Standing::Healthy { .. }));
    assert!(!parent(&deck).is_running());
    assert_eq!(names(&deck), ["alpha", "beta"]);
}

#[test]
fn what_changed_since_it_was_shown_is_not_sent() {
    let mut deck = marked();
    deck.keys("S");
    start(&mut deck);
    deck.change(&beta(), |a| a.revision = Some(commit('b')));
    reconciled(&mut deck, &alpha(), Health::Healthy);
    assert_eq!(names(&deck), ["alpha"]);
    assert!(matches!(standing(&deck, &beta()), Standing::Refused(why) if why == "it runs bbbbbbb by now, aaaaaaa when it was shown"));
    let (_, _, said) = parent(&deck).ended.clone().unwrap();
    assert!(said.contains("beta on flux was not sent") && said.contains("2 apps not sent, marked again"), "{said}");
    assert_eq!(deck.state.view.marks, [beta(), shop()].into());
}

#[test]
fn apps_of_a_big_batch_that_get_the_same_stand_together_by_name_and_those_of_a_small_one_each_alone() {
    for (count, lines) in [(10, 10), (12, 2)] {
        let mut apps: Vec<App> = (1..count).map(|n| kust(&format!("app-{n:02}"))).collect();
        let mut other = kust("other");
        other.revision = Some(commit('b'));
        apps.push(other);
        let mut deck = Deck::with(apps);
        deck.keys("*");
        deck.keys("S");
        let plan = &deck.dialog().plan;
        let told: Vec<&str> =
            plan.lines.iter().filter(|l| l.label == "stage 1" && l.text.contains("ks/")).map(|l| l.text.as_str()).collect();
        assert_eq!(told.len(), lines, "{told:#?}");
        assert!((1..count).all(|n| told.iter().any(|t| t.contains(&format!("ks/flux-system/app-{n:02}")))), "{told:#?}");
        assert_eq!(told.iter().any(|t| t.starts_with("11 apps, ks/")), count == 12, "{told:#?}");
    }
}

#[test]
fn a_batch_of_which_nothing_is_left_says_who_is_left_out_and_why_in_the_journal_too() {
    let mut apps = apps();
    apps.iter_mut().for_each(|app| app.unreadable = Some("interval is no duration".into()));
    let mut deck = Deck::with(apps);
    deck.keys("*");
    let out = deck.keys("S");
    let refusal = deck.dialog().plan.refused.clone().unwrap();
    assert_eq!((refusal.headline.as_str(), refusal.text.as_str()), ("Nothing to sync.", "All 3 apps are left out."));
    let journal = out.iter().find_map(|e| if let Effect::Journal(entry) = e { entry.outcome.clone() } else { None });
    let Some(Outcome::Refused { reason }) = journal else { panic!("{journal:?}") };
    assert!(["alpha flux", "shop prod", "interval is no duration"].iter().all(|w| reason.contains(w)), "{reason}");
}

#[test]
fn an_app_that_is_well_but_not_at_the_commit_shown_is_no_success_when_the_branch_moved_on() {
    let mut deck = Deck::with(vec![kust("alpha"), kust("beta")]);
    deck.tip('b');
    deck.keys("2 *");
    deck.keys("S");
    deck.wait(400);
    deck.effects.clear();
    deck.keys("y");
    assert_eq!(names(&deck), ["alpha"]);
    deck.tip('c');
    fetched(&mut deck, 'b');
    deck.change(&alpha(), |a| a.revision = Some(commit('b')));
    reconciled_at(&mut deck, &alpha(), Health::Healthy, 'b');
    assert!(matches!(standing(&deck, &beta()), Standing::Refused(_)), "{:?}", standing(&deck, &beta()));
    assert_eq!(names(&deck), ["alpha"], "c was not shown");
}

#[test]
fn what_an_earlier_app_had_fetched_is_still_the_commit_that_was_shown() {
    let mut deck = Deck::with(vec![kust("alpha"), kust("beta")]);
    deck.tip('b');
    deck.keys("2 *");
    deck.keys("S");
    let said = text(&deck.dialog().plan);
    assert!(said.contains("GitRepository flux-system/fleet on flux feeds 2 of them") && said.contains("to fetch first"), "{said}");
    deck.wait(400);
    deck.effects.clear();
    deck.keys("y");
    fetched(&mut deck, 'b');
    deck.change(&alpha(), |a| a.revision = Some(commit('b')));
    reconciled_at(&mut deck, &alpha(), Health::Healthy, 'b');
    assert_eq!(names(&deck), ["alpha", "beta"], "{:?}", standing(&deck, &beta()));
}

/// The source holds another commit.
fn fetched(deck: &mut Deck, digit: char) {
    let mut object = source();
    object.revision = Some(format!("main@sha1:{}", commit(digit)));
    deck.upsert("flux", vec![Parsed::Source(Box::new(object))]);
}

#[test]
fn a_health_computed_before_the_sync_is_no_proof_of_it() {
    let computed = |name: &str| {
        let mut app = kust(name);
        (app.sync, app.health_by) = (Sync::OutOfSync, HealthBy::Computed);
        app
    };
    let mut deck = Deck::with(vec![computed("alpha"), computed("beta")]);
    deck.keys("2 *");
    deck.keys("S");
    deck.wait(400);
    deck.effects.clear();
    deck.keys("y");
    deck.state.fleet.derive.assessed_at.insert(alpha(), deck.now);
    deck.wait(2_000);
    reconciled(&mut deck, &alpha(), Health::Healthy);
    assert_eq!(names(&deck), ["alpha"], "it was looked at before the sync");
    deck.wait(2_000);
    assert_eq!(names(&deck), ["alpha"]);
    deck.state.fleet.derive.assessed_at.insert(alpha(), deck.now);
    deck.wait(1_000);
    assert_eq!(names(&deck), ["alpha", "beta"]);
}

#[test]
fn an_answer_about_another_object_changes_nothing_in_the_dialog() {
    let mut deck = marked();
    deck.on(&shop());
    // Asked when the row came into view.
    deck.state.fleet.rights = Default::default();
    let out = deck.keys("s");
    let one = |e: &Effect| if let Effect::Review { ask, object } = e { Some((*ask, object.clone())) } else { None };
    let (ask, object) = out.iter().find_map(one).unwrap();
    deck.keys("esc space");
    deck.keys("S");
    deck.wait(400);
    let before = deck.dialog().plan.clone();
    deck.tip('b');
    deck.send(Msg::Reviewed { ask, object, may: Ok(false) });
    assert_eq!(deck.dialog().plan, before);
}

#[test]
fn an_app_of_a_running_batch_is_left_out_of_another_and_b_brings_the_first_back() {
    let mut deck = marked();
    deck.keys("S");
    start(&mut deck);
    deck.keys("b");
    assert!(deck.state.overlays.is_empty());
    deck.state.view.marks = [beta(), shop()].into();
    deck.keys("S");
    let no = deck.dialog().plan.refused.clone().unwrap();
    assert!(no.lines.iter().all(|l| l.text.contains("waits for its turn in task 1")), "{no:?}");
    deck.keys("esc b x");
    assert!(batch(&deck).stopped.is_some(), "what is under way can be stopped later, too");
}

#[test]
fn what_came_right_by_itself_is_passed_over() {
    let mut deck = marked();
    deck.tip('b');
    deck.keys("S");
    start(&mut deck);
    deck.change(&beta(), |a| (a.sync, a.revision) = (Sync::Synced, Some(commit('b'))));
    fetched(&mut deck, 'b');
    deck.change(&alpha(), |a| a.revision = Some(commit('b')));
    reconciled_at(&mut deck, &alpha(), Health::Healthy, 'b');
    assert!(matches!(standing(&deck, &beta()), Standing::Healthy { how, .. } if how.contains("nothing was sent")));
    assert_eq!(names(&deck), ["alpha", "shop"]);
}

#[test]
fn stop_here_sends_nothing_more_and_follows_what_was_sent() {
    let mut deck = marked();
    deck.keys("S");
    start(&mut deck);
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Progress(_))));
    deck.keys("x");
    reconciled(&mut deck, &alpha(), Health::Healthy);
    assert_eq!(names(&deck), ["alpha"]);
    let (_, good, said) = parent(&deck).ended.clone().unwrap();
    assert!(!good && said.contains("stopped by sam") && said.contains("1 of 3 healthy"), "{said}");
}

#[test]
fn a_cluster_named_first_goes_first_and_a_name_that_is_none_of_them_is_told() {
    let mut deck = marked();
    deck.keys("S");
    deck.wait(400);
    to(&mut deck, "order");
    deck.types("prd");
    assert!(deck.dialog().plan.options.iter().any(|o| o.name == "order" && o.invalid.as_deref().is_some_and(|w| w.contains("prd"))));
    deck.keys("backspace");
    deck.types("od");
    assert!(text(&deck.dialog().plan).contains("stage 1: prod"), "{}", text(&deck.dialog().plan));
    to(&mut deck, "at_once");
    deck.types("2");
    assert!(text(&deck.dialog().plan).contains("stage 2: flux  2 apps, 2 at a time"), "{}", text(&deck.dialog().plan));
    to(&mut deck, "within");
    deck.types("1");
    assert!(!deck.dialog().is_enabled(), "a bare number is no time");
    deck.types("m");
    assert!(text(&deck.dialog().plan).contains("not Healthy within 1m"));
}

fn to(deck: &mut Deck, name: &str) {
    use crate::app::overlay::confirm::Focus;
    let at = deck.dialog().plan.options.iter().position(|o| o.name == name).unwrap_or_else(|| panic!("no option {name}"));
    for _ in 0..12 {
        if matches!(deck.dialog().focus, Focus::Option(i) | Focus::Field(i) if i == at) {
            return;
        }
        deck.keys("tab");
    }
    panic!("{name} cannot be reached");
}

#[test]
fn several_at_once_are_sent_together_but_on_a_protected_cluster_one_by_one() {
    let mut deck = Deck::with(
        apps()
            .into_iter()
            .chain([{
                let mut twin = argo("argocd", "till", "prod");
                twin.sync = Sync::OutOfSync;
                twin
            }])
            .collect(),
    );
    deck.keys("2 *");
    assert_eq!(deck.state.view.marks.len(), 4);
    deck.keys("S");
    deck.wait(400);
    to(&mut deck, "at_once");
    deck.types("2");
    deck.keys("tab tab");
    deck.effects.clear();
    deck.types("2 clusters");
    deck.keys("enter enter");
    assert_eq!(names(&deck), ["alpha", "beta"]);
    reconciled(&mut deck, &alpha(), Health::Healthy);
    assert_eq!(names(&deck).len(), 2, "the stage is not through");
    reconciled(&mut deck, &beta(), Health::Healthy);
    assert_eq!(names(&deck).len(), 3, "protected: one");
}

#[test]
fn who_may_not_be_patched_is_left_out_with_the_reason_and_a_typed_word_is_asked_again() {
    let mut deck = marked();
    deck.state.fleet.rights = Default::default();
    let out = deck.keys("S");
    let asked: Vec<_> =
        out.iter().filter_map(|e| if let Effect::Review { ask, object } = e { Some((*ask, object.clone())) } else { None }).collect();
    assert!(asked.len() >= 3, "{asked:?}");
    deck.wait(400);
    deck.types("2 clusters");
    let (ask, object) = asked.iter().find(|(_, o)| o.name == "shop").unwrap().clone();
    deck.send(Msg::Reviewed { ask, object, may: Ok(false) });
    let plan = &deck.dialog().plan;
    assert!(text(plan).contains("left out: shop prod: Not allowed."), "{}", text(plan));
    assert_eq!((plan.title.as_str(), plan.typed.as_deref(), deck.dialog().typed.as_str()), ("Staged sync of 2 apps", None, ""));
}

#[test]
fn apps_of_a_cluster_that_does_not_answer_are_left_out_and_one_that_is_lost_midway_stops() {
    let mut deck = marked();
    deck.keys("S");
    start(&mut deck);
    let lost = Link::Unreachable { since: deck.now, cause: "connection timed out".into(), next_try_at: None };
    deck.event(ClusterEvent::Link { cluster: ClusterId::new("hub"), link: lost.clone() });
    reconciled(&mut deck, &alpha(), Health::Healthy);
    reconciled(&mut deck, &beta(), Health::Healthy);
    assert_eq!(names(&deck), ["alpha", "beta"], "shop lives on hub");
    assert!(
        matches!(standing(&deck, &shop()), Standing::Refused(why) if why.contains("does not answer")),
        "{:?}",
        standing(&deck, &shop())
    );
    deck.keys("esc");
    deck.state.view.marks = [alpha(), beta(), shop()].into();
    deck.keys("S");
    let said = text(&deck.dialog().plan);
    assert!(said.contains("left out: shop prod: hub was last read") && said.contains("2 of 3 on flux"), "{said}");
    assert!(said.find("left out") < said.find("stage 1"), "before what may fill pages: {said}");
}

#[test]
fn a_guardrail_on_the_number_of_apps_refuses_the_batch() {
    let mut deck = marked();
    deck.state.settings.guardrails.push(("flux".into(), vec![crate::app::rollback::rails::word(1)]));
    deck.keys("S");
    let no = deck.dialog().plan.refused.clone().unwrap();
    assert!(no.text.contains("2 apps on flux") && no.text.contains("allows 1"), "{}", no.text);
}

#[test]
fn leaving_with_a_batch_on_its_way_says_that_the_rest_is_not_sent() {
    let mut deck = marked();
    deck.keys("S");
    start(&mut deck);
    deck.keys("esc");
    deck.keys("q");
    let said = deck.message();
    let out = deck.keys("q");
    let note = |e: &Effect| if let Effect::Journal(entry) = e { entry.note.clone() } else { None };
    assert!(out.iter().filter_map(note).any(|n| n.contains("0 of 3 healthy; 2 apps not sent")));
    assert!(said.contains("staged sync of 3 apps") && said.contains("has not sent yet") && !said.contains("reconcile alpha"), "{said}");
}

#[test]
fn more_apps_than_a_batch_takes_are_refused_by_their_number_and_nobody_is_asked_about_them() {
    let mut deck = Deck::with((0..=crate::app::staged::MOST).map(|n| kust(&format!("app-{n}"))).collect());
    deck.keys("2 * *");
    let out = deck.keys("S");
    let no = deck.dialog().plan.refused.clone().unwrap();
    assert!(no.headline == "Too many at once." && no.text.contains("101 apps are chosen; 100 are the most"), "{no:?}");
    assert!(!out.iter().any(|e| matches!(e, Effect::Review { .. })));
}

#[test]
fn a_batch_can_leave_the_sources_alone_and_says_what_force_means_to_each_engine() {
    let mut deck = marked();
    deck.keys("S");
    deck.wait(400);
    let option = |deck: &Deck, name: &str| deck.dialog().plan.options.iter().find(|o| o.name == name).cloned();
    assert!(option(&deck, "with_source").is_some_and(|o| o.on && o.text.contains("on 2 of 3")));
    to(&mut deck, "with_source");
    deck.keys("space");
    assert!(option(&deck, "with_source").is_some_and(|o| !o.on));
    assert!(!text(&deck.dialog().plan).contains("to fetch first"));
    assert!(option(&deck, "force").is_some_and(|o| o.text.contains("of a HelmRelease upgrades")));
}

#[test]
fn each_key_that_the_readme_names_for_a_staged_sync_on_its_way_does_something() {
    for key in crate::app::overlay::keys::STAGED.keys.iter().flat_map(|(keys, _)| *keys) {
        let mut deck = marked();
        deck.keys("S");
        start(&mut deck);
        let before = format!("{:?} {:?}", deck.state.overlays, batch(&deck).stopped);
        let out = deck.keys(key);
        assert!(!out.is_empty() || before != format!("{:?} {:?}", deck.state.overlays, batch(&deck).stopped), "{key} does nothing");
    }
}

#[test]
fn the_end_of_a_stopped_batch_joins_the_engines_words_without_a_full_stop_between() {
    let mut deck = marked();
    deck.keys("S");
    start(&mut deck);
    let batch = deck.state.tasks.iter_mut().find_map(|t| t.batch.as_deref_mut()).unwrap();
    batch.stages.iter_mut().flat_map(|s| &mut s.members).for_each(|m| m.standing = Standing::Waits);
    batch.stopped = Some("alpha on flux: one or more tasks failed (retried 2 times).".into());
    deck.wait(1000);
    let (_, _, said) = parent(&deck).ended.clone().unwrap();
    assert!(said.ends_with("(retried 2 times); 3 apps not sent, marked again"), "{said}");
}
