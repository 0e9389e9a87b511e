use super::deck::*;
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::Focus;
use crate::app::pane::Tab;
use crate::app::revision;
use crate::domain::app::{App, EngineFields, ManagedResource};
use crate::domain::history::HistoryEntry;
use crate::domain::ids::{AppId, AppKind, ObjectKey};
use crate::domain::plan::{PlanOption, Step};
use crate::domain::status::{Operation, Phase, Sync};

fn shop() -> AppId {
    id("hub", AppKind::Application, "argocd", "shop")
}

fn resource(kind: &str, name: &str, hook: bool) -> ManagedResource {
    ManagedResource {
        key: ObjectKey::new("apps", kind, "shop", name),
        version: "v1".into(),
        sync: (!hook).then_some(Sync::OutOfSync),
        hook,
        ..ManagedResource::default()
    }
}

fn entry(number: i64, digit: char) -> HistoryEntry {
    HistoryEntry {
        id: Some(number),
        revision: commit(digit).into(),
        revisions: Box::default(),
        at: start().into(),
        started_at: None.into(),
        by: Some("mia".into()),
        result: "synced".into(),
        ok: true,
        health_recorded: false,
        digest: None,
        took_ms: None,
        runs: None,
        note: "".into(),
        moved: None,
    }
}

fn app(runs_on: &str) -> App {
    let mut app = argo("argocd", "shop", runs_on);
    app.resources = vec![resource("Deployment", "web", false), resource("Deployment", "api", false), resource("Job", "migrate", true)];
    app.history = vec![entry(7, 'a'), entry(6, 'd')];
    app
}

fn option<'a>(deck: &'a Deck, name: &str) -> &'a PlanOption {
    deck.dialog().plan.options.iter().find(|o| o.name == name).unwrap_or_else(|| panic!("no {name}"))
}

/// The focus goes to that row.
fn to(deck: &mut Deck, name: &str) {
    let at = deck.dialog().plan.options.iter().position(|o| o.name == name).unwrap();
    while !matches!(deck.dialog().focus, Focus::Option(i) | Focus::Field(i) if i == at) {
        deck.keys("tab");
    }
}

fn body(deck: &Deck) -> serde_json::Value {
    match &deck.dialog().plan.steps[..] {
        [Step::Patch(patch)] => patch.body.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn more_options_unfold_in_the_dialog_and_a_typed_revision_is_sent_whole() {
    let mut deck = Deck::with(vec![app("flux")]);
    deck.keys("s");
    deck.wait(400);
    assert!(deck.dialog().plan.options.iter().all(|o| o.name != "revision"));
    to(&mut deck, "more");
    deck.keys("space");
    to(&mut deck, "revision");
    deck.types("v");
    assert_eq!(option(&deck, "revision").value.as_deref(), Some("v"));
    assert!(option(&deck, "revision").invalid.is_some() && deck.dialog().plan.steps.is_empty());
    deck.keys("enter");
    assert!(matches!(deck.dialog().focus, Focus::Field(_)), "what cannot be sent is not left");
    assert!(deck.dialog().warning.as_deref().unwrap().contains("no commit, branch or tag v is known"), "{:?}", deck.dialog().warning);
    while deck.dialog().focus != Focus::Confirm {
        deck.keys("tab");
    }
    assert!(sent(&deck.keys("enter")).is_empty(), "a button that is off sends nothing");
    to(&mut deck, "revision");
    deck.types("1");
    assert_eq!(body(&deck)["operation"]["sync"]["revision"], commit('e'), "the tag v1, as polled");
    deck.keys("tab");
    while deck.dialog().focus != Focus::Confirm {
        deck.keys("tab");
    }
    let out = deck.keys("enter");
    assert_eq!(sent(&out).len(), 1, "{:?}", deck.state.overlays);
}

#[test]
fn letters_in_an_option_are_text_and_a_copied_commit_may_be_pasted_there() {
    let mut deck = Deck::with(vec![app("flux")]);
    (crate::app::action::sync::SYNC_WITH_OPTIONS.run)(&mut deck.state);
    deck.wait(400);
    to(&mut deck, "revision");
    deck.types("ynqc");
    assert_eq!(option(&deck, "revision").value.as_deref(), Some("ynqc"));
    assert!(sent(&deck.effects).is_empty() && matches!(deck.state.overlays.last(), Some(Overlay::Confirm(_))));
    for _ in 0..4 {
        deck.keys("backspace");
    }
    deck.send(Msg::Paste(format!("{}\n", commit('d'))));
    assert_eq!(body(&deck)["operation"]["sync"]["revision"], commit('d'));
}

#[test]
fn a_tag_that_moves_while_the_dialog_is_open_is_not_sent_unseen() {
    let mut deck = Deck::with(vec![app("flux")]);
    (crate::app::action::sync::SYNC_WITH_OPTIONS.run)(&mut deck.state);
    deck.wait(400);
    to(&mut deck, "revision");
    deck.types("main");
    assert_eq!(body(&deck)["operation"]["sync"]["revision"], commit('a'));
    deck.tip('b');
    while deck.dialog().focus != Focus::Confirm {
        deck.keys("tab");
    }
    assert!(sent(&deck.keys("enter")).is_empty());
    assert!(deck.message().contains("changed while you read"), "{}", deck.message());
}

#[test]
fn a_branch_a_tag_and_the_beginning_of_an_id_name_one_commit_or_none() {
    let mut deck = Deck::with(vec![app("flux")]);
    let named = |deck: &Deck, typed: &str| revision::named(&deck.state.fleet, &deck.row(&shop()).app, typed);
    for (typed, digit) in [("main", 'a'), (" HEAD ", 'a'), ("refs/heads/main", 'a'), ("v1", 'e'), ("ddddddd", 'd'), ("EEEEEEEE", 'e')] {
        assert_eq!(named(&deck, typed), Some(commit(digit)), "{typed}");
    }
    for unknown in ["", "dddddd", "ccccccc", "mai", "refs/heads/v1"] {
        assert_eq!(named(&deck, unknown), None, "{unknown}");
    }
    let repo = deck.state.fleet.repos.values_mut().next().unwrap();
    repo.refs.insert("heads/v1".into(), commit('b'));
    assert_eq!(named(&deck, "v1"), None, "a branch and a tag of one name are two");
}

fn in_resources(runs_on: &str) -> Deck {
    let mut deck = Deck::with(vec![app(runs_on)]);
    deck.keys("3");
    deck.state.view.tab = Tab::Resources;
    deck
}

#[test]
fn a_sync_is_of_the_resources_that_are_marked_until_that_is_switched_off() {
    let mut deck = in_resources("flux");
    deck.keys("space s");
    deck.wait(400);
    assert_eq!(
        body(&deck)["operation"]["sync"]["resources"],
        serde_json::json!([{ "group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web" }])
    );
    assert!(option(&deck, "resources").text.starts_with("1 of 2: Deployment web"), "{}", option(&deck, "resources").text);
    to(&mut deck, "resources");
    deck.keys("space");
    assert!(body(&deck)["operation"]["sync"].get("resources").is_none());
    deck.keys("space");
    assert_eq!(body(&deck)["operation"]["sync"]["resources"].as_array().map(Vec::len), Some(1), "the marks are still there");
    deck.keys("esc");
    deck.wait(400);
    deck.keys("esc s");
    deck.wait(400);
    assert!(body(&deck)["operation"]["sync"].get("resources").is_none(), "esc took the marks off before it left the tab");
}

#[test]
fn a_hook_cannot_be_marked() {
    let mut deck = in_resources("flux");
    deck.keys("j j space");
    assert!(deck.said().contains("is a hook"), "{}", deck.said());
    assert!(deck.state.view.resource_marks.is_empty());
}

#[test]
fn a_sync_of_marked_resources_never_becomes_one_of_others_or_of_all_when_some_are_gone() {
    for keys in ["space s", "space space s"] {
        let mut deck = in_resources("flux");
        let (marks, sync) = keys.rsplit_once(' ').unwrap();
        deck.keys(marks);
        deck.change(&shop(), |a| drop(a.resources.remove(0)));
        deck.keys(sync);
        let refused = deck.dialog().plan.refused.clone().expect("a mark that is gone must be told");
        assert!(refused.text.contains("web") && !refused.text.contains("api"), "{}", refused.text);
        assert!(deck.dialog().plan.steps.is_empty());
    }
    let mut deck = in_resources("flux");
    deck.keys("space space");
    deck.change(&shop(), |a| a.resources.iter_mut().for_each(|r| r.hook = true));
    deck.keys("s");
    let text = deck.dialog().plan.refused.clone().unwrap().text;
    assert!(text.contains("web") && text.contains("api") && text.contains("are hooks"), "{text}");
}

#[test]
fn a_typed_word_is_typed_again_when_what_it_stood_for_changes() {
    let mut deck = Deck::with(vec![app("flux")]);
    deck.keys("s");
    deck.wait(400);
    to(&mut deck, "prune");
    deck.keys("space");
    let word = deck.dialog().plan.typed.clone().expect("a deletion wants the name");
    while deck.dialog().focus != Focus::Typed {
        deck.keys("tab");
    }
    deck.types(&word);
    assert!(deck.dialog().is_enabled());
    to(&mut deck, "force");
    deck.keys("space");
    assert_eq!(deck.dialog().plan.typed.as_ref(), Some(&word), "the same word, for more than it was typed for");
    assert!(deck.dialog().typed.is_empty() && !deck.dialog().is_enabled());
}

#[test]
fn the_focus_stays_on_its_option_by_name_and_never_on_what_came_in_its_place() {
    let mut deck = in_resources("flux");
    deck.keys("space s");
    deck.wait(400);
    to(&mut deck, "more");
    let Focus::Option(at) = deck.dialog().focus else { panic!() };
    deck.keys("space");
    assert_ne!(deck.dialog().plan.options[at].name, "more", "another row is in its place");
    assert_eq!(deck.dialog().focus, Focus::Cancel);
    to(&mut deck, "server_side");
    deck.keys("space");
    let Focus::Option(at) = deck.dialog().focus else { panic!("{:?}", deck.dialog().focus) };
    assert_eq!(deck.dialog().plan.options[at].name, "server_side");
}

#[test]
fn marks_of_one_app_never_narrow_the_sync_of_another() {
    let mut deck = Deck::with(vec![app("flux"), argo("argocd", "web", "flux")]);
    deck.on(&shop());
    deck.keys("3");
    deck.state.view.tab = Tab::Resources;
    deck.keys("space");
    let web = id("hub", AppKind::Application, "argocd", "web");
    deck.on(&web);
    deck.keys("s");
    deck.wait(400);
    assert_eq!(deck.dialog().plan.targets[0].app, web);
    assert!(body(&deck)["operation"]["sync"].get("resources").is_none());
}

#[test]
fn outside_the_resources_tab_space_in_details_marks_the_app() {
    let mut deck = Deck::with(vec![app("flux")]);
    deck.keys("3 space");
    assert!(deck.state.view.marks.contains(&shop()) && deck.state.view.resource_marks.is_empty());
}

#[test]
fn the_entry_under_the_cursor_of_the_history_is_rolled_back_to_and_named_temporary() {
    let mut deck = Deck::with(vec![app("flux")]);
    let off = |deck: &Deck| (crate::app::action::history::ROLL_BACK_TO.off)(&deck.state);
    assert!(off(&deck).unwrap().contains("History tab"));
    deck.keys("3");
    deck.state.view.tab = Tab::History;
    deck.keys("j B");
    deck.wait(400);
    assert!(deck.dialog().plan.title.starts_with("Temporary rollback of shop to #6"), "{}", deck.dialog().plan.title);
    let add = body(&deck).as_array().unwrap().iter().find(|s| s["op"] == "add").unwrap()["value"].clone();
    assert_eq!(add["sync"]["revision"], commit('d'));
    let out = deck.keys("y");
    assert_eq!(sent(&out).len(), 1, "{:?}", deck.state.overlays);
}

#[test]
fn a_history_that_got_another_entry_meanwhile_is_looked_at_again() {
    let mut deck = Deck::with(vec![app("flux")]);
    deck.keys("3");
    deck.state.view.tab = Tab::History;
    deck.keys("j B");
    deck.wait(400);
    deck.change(&shop(), |a| a.history = vec![entry(8, 'c'), entry(7, 'a')]);
    let out = deck.keys("y");
    assert!(sent(&out).is_empty(), "entry 6 is gone");
}

fn waiting(message: &str) -> App {
    let mut app = app("flux");
    app.operation = Some(Operation {
        phase: Phase::Blocked,
        message: message.into(),
        started_at: Some(start()),
        finished_at: None,
        retry_count: 0,
        next_try_at: None,
        by: Some("mia".into()),
        revision: None,
        request_id: None,
        routine: false,
    });
    app
}

#[test]
fn a_waiting_deletion_is_confirmed_only_where_one_waits_and_no_guardrail_forbids_it() {
    let confirm = &crate::app::action::confirm_prune::CONFIRM_PRUNE;
    let mut deck = Deck::with(vec![waiting("waiting for pruning confirmation of /ConfigMap/data")]);
    assert_eq!((confirm.off)(&deck.state), None);
    (confirm.run)(&mut deck.state);
    assert_eq!(deck.dialog().plan.typed.as_deref(), Some("flux"));
    let mut railed = Deck::with(vec![waiting("waiting for pruning confirmation of /ConfigMap/data")]);
    railed.state.settings.guardrails = vec![("fl*".into(), vec!["no_prune".into()])];
    assert!((confirm.off)(&railed.state).unwrap().contains("no_prune on fl*"));
    let other = Deck::with(vec![waiting("Sync operation blocked by sync window")]);
    assert!((confirm.off)(&other.state).unwrap().contains("No sync of shop waits"));
}

#[test]
fn an_operation_that_is_not_what_was_asked_for_is_an_alarm_and_ends_badly() {
    let mut deck = Deck::with(vec![app("flux")]);
    deck.keys("s");
    deck.wait(400);
    let out = deck.keys("y");
    let plan = sent(&out)[0].clone();
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: crate::app::msg::TaskEvent::Finished(crate::domain::plan::Outcome::Sent { commit: None }) });
    let Step::Patch(patch) = &plan.steps[0] else { panic!() };
    let asked = crate::engine::argo::asked(&patch.body).unwrap();
    let works = |deck: &mut Deck, phase: Phase, change: &dyn Fn(&mut crate::domain::asked::Asked)| {
        let mut asked = asked.clone();
        change(&mut asked);
        let request = plan.request_id.clone();
        deck.change(&shop(), |a| {
            a.operation = Some(Operation { request_id: Some(request), ..super::following::synced(phase, "ok", "") });
            let EngineFields::Argo(fields) = &mut a.engine else { panic!() };
            fields.asked = Some(Box::new(asked));
        })
    };
    works(&mut deck, Phase::Running, &|_| {});
    let picked = |deck: &Deck| deck.state.tasks[0].lines.iter().find(|l| l.key == "picked").unwrap().text.clone();
    assert_eq!(picked(&deck), "picked up by Argo CD, with exactly what we asked");
    works(&mut deck, Phase::Running, &|a| (a.prune, a.resources) = (true, vec![ObjectKey::new("", "ConfigMap", "hooks", "wave-1")]));
    assert_eq!(picked(&deck), "picked up, but not what was asked for: prune is on, resources: ConfigMap hooks/wave-1");
    let told = |deck: &Deck| deck.state.notices.list.iter().filter(|n| n.text.contains("prune is on")).count();
    assert_eq!(told(&deck), 1);
    works(&mut deck, Phase::Succeeded, &|a| a.prune = true);
    let (_, good, text) = deck.state.tasks[0].ended.clone().unwrap();
    assert!(!good && text.starts_with("not what was asked for"), "{text}");
    assert!(deck.effects.iter().filter(|e| matches!(e, Effect::RunPlan { .. })).count() == 1, "nothing is stopped unasked");
}

#[test]
fn a_reconcile_is_not_done_before_what_was_fetched_for_it_is_applied() {
    let alpha = id("flux", AppKind::Kustomization, "flux-system", "alpha");
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.keys("s");
    deck.wait(400);
    let out = deck.keys("y");
    let plan = sent(&out)[0].clone();
    let tokens: Vec<String> = super::super::super::follow::tokens(&plan).into_iter().map(str::to_owned).collect();
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: crate::app::msg::TaskEvent::Finished(crate::domain::plan::Outcome::Sent { commit: None }) });
    deck.change(&alpha, |a| {
        let EngineFields::Flux(flux) = &mut a.engine else { panic!() };
        flux.handled = tokens.last().cloned();
    });
    assert!(deck.state.tasks[0].is_running(), "the source has not looked");
    let mut fetched = source();
    (fetched.handled, fetched.revision) = (tokens.first().cloned(), Some(format!("main@sha1:{}", commit('b'))));
    deck.upsert("flux", vec![crate::domain::event::Parsed::Source(Box::new(fetched))]);
    assert!(
        deck.state.tasks[0].lines.iter().any(|l| l.text.starts_with("waiting until bbbbbbb is applied")),
        "{:?}",
        deck.state.tasks[0].lines
    );
    deck.change(&alpha, |a| a.revision = Some(commit('b')));
    assert_eq!(deck.state.tasks[0].ended.clone().map(|(_, good, _)| good), Some(true));
}
