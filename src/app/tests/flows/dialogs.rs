use super::deck::*;
use crate::app::effect::Effect;
use crate::app::msg::{Msg, TaskEvent};
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::Focus;
use crate::domain::ids::AppKind;
use crate::domain::plan::{Outcome, Risk, Step};

fn shop() -> crate::domain::ids::AppId {
    id("hub", AppKind::Application, "argocd", "shop")
}

/// The plan of a sync is open and old enough to be confirmed.
fn sync_open(runs_on: &str) -> Deck {
    let mut deck = Deck::with(vec![argo("argocd", "shop", runs_on)]);
    deck.keys("s");
    deck.wait(400);
    deck
}

#[test]
fn a_plan_carries_what_was_under_the_cursor_at_the_keypress_and_starts_on_cancel() {
    let deck = sync_open("flux");
    let dialog = deck.dialog();
    assert_eq!(dialog.focus, Focus::Cancel);
    let target = &dialog.plan.targets[0];
    assert_eq!((target.app.clone(), target.uid.as_str(), target.resource_version.as_str()), (shop(), "uid-argocd-shop", "100"));
    assert_eq!((target.revision.clone(), target.runs_on.as_str()), (Some(commit('a')), "flux"));
    let Step::Patch(patch) = &dialog.plan.steps[0] else { panic!("{:?}", dialog.plan.steps) };
    assert_eq!(patch.uid.as_deref(), Some("uid-argocd-shop"));
    assert_eq!(patch.body["metadata"]["resourceVersion"], "100");
    assert_eq!(patch.body["operation"]["sync"]["revision"], commit('a'));
    assert!(patch.body["status"]["operationState"].is_null() && patch.body["status"].is_object());
    assert!(dialog.plan.commands.iter().any(|c| c.starts_with("argocd app sync")));
    assert!(sent(&deck.effects).is_empty(), "no key writes at once");
}

#[test]
fn enter_on_cancel_sends_nothing_and_is_journalled_as_cancelled() {
    let mut deck = sync_open("flux");
    let out = deck.keys("enter");
    assert!(deck.state.overlays.is_empty());
    assert!(sent(&out).is_empty());
    assert!(matches!(&out[..], [Effect::Journal(entry)] if entry.outcome == Some(Outcome::Cancelled)), "{out:?}");
}

#[test]
fn keys_typed_before_the_dialog_was_drawn_are_dropped() {
    for early in ["enter", "y", "space"] {
        let mut deck = Deck::with(vec![argo("argocd", "shop", "flux")]);
        deck.key("s");
        deck.key("shift-tab");
        deck.key("tab");
        deck.key("tab");
        deck.key(early);
        assert!(sent(&deck.effects).is_empty(), "{early} within 300 ms sent it");
        assert!(matches!(deck.state.overlays.last(), Some(Overlay::Confirm(_))), "{early} closed the dialog");
        deck.wait(300);
        deck.key(early);
        assert_eq!(sent(&deck.effects).len(), 1, "{early} after 300 ms counts");
    }
}

#[test]
fn after_the_whole_word_the_next_stop_is_the_button() {
    let mut deck = sync_open("prod");
    let word = deck.dialog().plan.typed.clone().unwrap();
    let (begin, end) = word.split_at(word.len() - 1);
    deck.types(begin);
    assert_eq!(deck.dialog().focus, Focus::Typed);
    deck.keys("tab");
    assert_eq!(deck.dialog().focus, Focus::Cancel, "a part of it is nothing");
    deck.keys("shift-tab");
    deck.types(end);
    deck.keys("tab");
    assert_eq!(deck.dialog().focus, Focus::Confirm);
    assert_eq!(sent(&deck.keys("enter")).len(), 1);
}

#[test]
fn enter_twice_sends_once() {
    let mut deck = sync_open("flux");
    deck.keys("tab");
    assert_eq!(deck.dialog().focus, Focus::Confirm);
    deck.key("enter");
    deck.key("enter");
    deck.key("y");
    deck.key("enter");
    assert_eq!(sent(&deck.effects).len(), 1);
    assert_eq!(deck.state.tasks.len(), 1);
}

#[test]
fn the_row_says_requested_until_the_watch_shows_it() {
    let mut deck = sync_open("flux");
    let out = deck.keys("y");
    let [plan] = sent(&out)[..] else { panic!("{out:?}") };
    let request = plan.request_id.clone();
    assert_eq!(deck.row(&shop()).pending.as_ref().map(|p| p.request_id.as_str()), Some(request.as_str()));
    assert!(out.iter().any(|e| matches!(e, Effect::RunPlan { line, .. } if line.outcome.is_none() && line.plan.request_id == request)));
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Sent { commit: None }) });
    assert!(deck.state.tasks[0].is_running(), "the reply alone ends nothing");
    assert!(deck.row(&shop()).pending.is_some());
}

#[test]
fn a_lost_reply_ends_the_task_as_unknown_and_is_journalled() {
    let mut deck = sync_open("flux");
    deck.keys("y");
    let task = deck.state.tasks[0].id;
    let out = deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Unknown { reason: "connection closed".into() }) });
    assert!(matches!(&out[0], Effect::Journal(e) if matches!(e.outcome, Some(Outcome::Unknown { .. }))));
    assert!(!deck.state.tasks[0].is_running());
    assert!(deck.row(&shop()).pending.is_none());
    assert_eq!(deck.said(), "sync shop on flux: outcome unknown: connection closed");
}

#[test]
fn an_app_that_moved_on_while_the_dialog_was_open_refuses() {
    let mut deck = sync_open("flux");
    deck.change(&shop(), |a| a.revision = Some(commit('b')));
    let out = deck.keys("y");
    assert!(sent(&out).is_empty());
    assert!(deck.message().contains("shop changed while you read: aaaaaaa is now bbbbbbb. Look again."), "{}", deck.message());
    assert!(matches!(&out[..], [Effect::Journal(e)] if matches!(e.outcome, Some(Outcome::Refused { .. }))), "{out:?}");
}

#[test]
fn an_app_made_again_or_gone_while_the_dialog_was_open_refuses() {
    let mut deck = sync_open("flux");
    deck.change(&shop(), |a| a.uid = "another".into());
    deck.keys("y");
    assert!(sent(&deck.effects).is_empty());
    assert!(deck.message().contains("shop was deleted and made again while you read."));
    let mut deck = sync_open("flux");
    deck.state.fleet.rows = crate::app::rows::Rows::default();
    deck.keys("y");
    assert!(sent(&deck.effects).is_empty());
    assert!(deck.message().contains("shop is gone."));
}

#[test]
fn a_commit_that_lands_while_the_dialog_is_open_is_not_sent_unseen() {
    let mut deck = sync_open("flux");
    deck.tip('b');
    deck.keys("y");
    assert!(sent(&deck.effects).is_empty(), "what would be sent is another commit than the one shown");
    assert!(deck.message().contains("shop changed while you read: what would be sent now differs. Look again."), "{}", deck.message());
}

#[test]
fn a_status_that_only_ticked_is_no_reason_to_refuse_and_the_lock_is_the_new_one() {
    let mut deck = sync_open("flux");
    deck.change(&shop(), |_| {});
    deck.wait(2000);
    let out = deck.keys("y");
    let [plan] = sent(&out)[..] else { panic!("{out:?} {:?}", deck.state.overlays) };
    let Step::Patch(patch) = &plan.steps[0] else { panic!() };
    assert_eq!(patch.body["metadata"]["resourceVersion"], "101");
}

#[test]
fn a_reconcile_confirmed_later_is_still_the_same_reconcile() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.keys("s");
    deck.wait(5000);
    let out = deck.keys("y");
    assert_eq!(sent(&out).len(), 1, "{:?}", deck.state.overlays);
}

#[test]
fn a_protected_cluster_wants_its_name_typed_and_a_paste_is_no_typing() {
    let mut deck = sync_open("prod");
    assert_eq!((deck.dialog().plan.risk, deck.dialog().plan.typed.as_deref()), (Risk::Destructive, Some("prod")));
    deck.keys("tab enter");
    assert!(sent(&deck.effects).is_empty());
    assert_eq!(deck.dialog().warning.as_deref(), Some("Type prod to enable Sync."));
    assert_eq!(deck.dialog().focus, Focus::Typed, "a rejected Enter goes to what is missing");
    deck.send(Msg::Paste("prod".into()));
    assert_eq!(deck.dialog().typed, "");
    assert_eq!(deck.said(), "What confirms a plan is typed, not pasted.");
    deck.types("pro");
    deck.keys("enter");
    assert!(sent(&deck.effects).is_empty());
    deck.types("d");
    deck.keys("enter");
    assert_eq!(deck.dialog().focus, Focus::Confirm, "Enter in the field only moves to the button");
    assert!(sent(&deck.effects).is_empty());
    let out = deck.keys("enter");
    assert_eq!(sent(&out).len(), 1);
    assert!(out.iter().any(|e| matches!(e, Effect::RunPlan { line, .. } if line.typed.as_deref() == Some("prod"))));
}

#[test]
fn letters_in_the_typed_field_are_text_and_never_cancel_or_confirm() {
    let mut deck = sync_open("prod");
    deck.keys("shift-tab");
    deck.types("nyqc");
    assert_eq!(deck.dialog().typed, "nyqc");
}

#[test]
fn a_destructive_choice_wants_the_name_typed_anew() {
    let mut deck = sync_open("flux");
    assert_eq!(deck.dialog().plan.typed, None);
    let prune = deck.dialog().plan.options.iter().position(|o| o.name == "prune").unwrap();
    while deck.dialog().focus != Focus::Option(prune) {
        deck.keys("tab");
    }
    deck.keys("space");
    assert!(deck.dialog().plan.options[prune].on);
    assert_eq!(deck.dialog().plan.typed.as_deref(), Some("flux"));
    let Step::Patch(patch) = &deck.dialog().plan.steps[0] else { panic!() };
    assert_eq!(patch.body["operation"]["sync"]["prune"], true);
    deck.keys("y");
    assert!(sent(&deck.effects).is_empty());
}

#[test]
fn guardrails_switch_off_what_they_forbid_and_name_themselves() {
    let mut deck = Deck::with(vec![argo("argocd", "shop", "flux")]);
    deck.state.settings.guardrails = vec![("fl*".into(), vec!["no_prune".into()])];
    deck.keys("s");
    let option = deck.dialog().plan.options.iter().find(|o| o.name == "prune").unwrap();
    assert_eq!(option.off_because.as_deref(), Some("off: guardrail no_prune on fl*"));
    let at = deck.dialog().plan.options.iter().position(|o| o.name == "prune").unwrap();
    assert!(!deck.dialog().stops().contains(&Focus::Option(at)), "it cannot even be focused");
    let force = deck.dialog().plan.options.iter().find(|o| o.name == "force").unwrap();
    assert!(force.off_because.as_ref().is_none_or(|why| !why.contains("guardrail")));
}

#[test]
fn suspending_needs_a_reason_that_goes_onto_the_object() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.keys("p");
    deck.wait(400);
    assert_eq!(deck.dialog().focus, Focus::Reason, "the field that must be filled comes first");
    deck.keys("enter");
    assert_eq!(deck.dialog().warning.as_deref(), Some("A reason is needed: others read it on the object."));
    assert_eq!(deck.dialog().focus, Focus::Reason);
    deck.types("db ");
    deck.send(Msg::Paste("move\u{1b}[31m".into()));
    assert!(
        deck.dialog().plan.commands.iter().chain(deck.dialog().plan.lines.iter().map(|l| &l.text)).any(|t| t.contains("db move")),
        "the plan shows what was pasted"
    );
    while deck.dialog().focus != Focus::Confirm {
        deck.keys("tab");
    }
    let out = deck.keys("enter");
    let [plan] = sent(&out)[..] else { panic!("{out:?}") };
    let Step::Patch(patch) = &plan.steps[0] else { panic!() };
    let text = patch.body.to_string();
    assert!(text.contains("db move") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn on_a_protected_cluster_letters_go_to_the_reason_before_they_go_to_the_name() {
    let mut app = kust("alpha");
    app.destination.cluster = Some(crate::domain::ids::ClusterId::new("prod"));
    let mut deck = Deck::with(vec![app]);
    deck.keys("p");
    deck.wait(400);
    assert_eq!(deck.dialog().plan.typed.as_deref(), Some("prod"));
    deck.keys("shift-tab");
    assert_eq!(deck.dialog().focus, Focus::Confirm);
    deck.keys("enter");
    assert_eq!(deck.dialog().focus, Focus::Reason);
    deck.types("db move");
    deck.keys("enter");
    assert_eq!(deck.dialog().focus, Focus::Until);
    deck.types("2x");
    deck.keys("enter");
    assert_eq!(deck.dialog().warning.as_deref(), Some("A time looks like 30m, 2h or 3d; empty means no reminder."));
    deck.keys("backspace");
    deck.types("h");
    deck.keys("enter");
    assert_eq!(deck.dialog().focus, Focus::Typed);
    deck.types("prod");
    let now = deck.now.as_second();
    let out = deck.keys("enter enter");
    let [plan] = sent(&out)[..] else { panic!("{out:?}") };
    let Step::Patch(patch) = &plan.steps[0] else { panic!() };
    let note: serde_json::Value =
        serde_json::from_str(patch.body["metadata"]["annotations"]["driftdeck/frozen"].as_str().unwrap()).unwrap();
    let until: crate::domain::Timestamp = note["until"].as_str().unwrap().parse().unwrap();
    assert!((7190..7210).contains(&(until.as_second() - now + 10)), "{until} from {now}");
}

#[test]
fn what_is_owned_by_another_object_is_not_offered_to_be_paused() {
    let mut app = argo("argocd", "shop", "flux");
    let crate::domain::app::EngineFields::Argo(fields) = &mut app.engine else { panic!() };
    fields.application_set = Some("shops".into());
    let mut deck = Deck::with(vec![app]);
    assert!(crate::app::hints::now(&deck.state).iter().all(|h| h.key != "p"));
    deck.keys("p");
    assert!(deck.state.overlays.is_empty());
    assert!(deck.said().starts_with("ApplicationSet shops writes the spec of shop"), "{}", deck.said());
}

#[test]
fn while_the_cursor_is_on_a_cluster_keys_of_an_app_are_off_and_say_so() {
    let mut deck = Deck::with(vec![argo("argocd", "shop", "flux")]);
    deck.keys("1 s");
    assert!(deck.state.overlays.is_empty());
    assert_eq!(deck.said(), "The cursor is on a cluster; 2 goes to the apps.");
    assert!(crate::app::hints::now(&deck.state).iter().all(|h| h.key != "s" && h.key != "d"));
}

#[test]
fn a_click_moves_the_focus_of_a_dialog_and_only_a_second_one_presses_its_button() {
    use crate::app::msg::Press;
    let mut deck = sync_open("flux");
    let stops = deck.dialog().stops();
    let at = |focus: Focus| Press::Stop(stops.iter().position(|s| *s == focus).unwrap());
    let out = deck.send(Msg::Press(at(Focus::Confirm)));
    assert!(sent(&out).is_empty());
    assert_eq!(deck.dialog().focus, Focus::Confirm);
    let out = deck.send(Msg::Press(at(Focus::Confirm)));
    assert_eq!(sent(&out).len(), 1);
    let mut deck = sync_open("flux");
    deck.send(Msg::Press(at(Focus::Option(1))));
    assert!(deck.dialog().plan.options[1].on, "a click on a box toggles it");
    deck.send(Msg::Press(at(Focus::Cancel)));
    assert!(deck.state.overlays.is_empty());
    let mut deck = Deck::with(vec![argo("argocd", "shop", "flux")]);
    deck.key("s");
    deck.send(Msg::Press(at(Focus::Confirm)));
    let out = deck.send(Msg::Press(at(Focus::Confirm)));
    assert!(sent(&out).is_empty(), "a double click within 300 ms was meant for what was there before");
}

#[test]
fn a_click_on_a_hint_presses_its_key_and_never_types_it() {
    use crate::app::key::Key;
    use crate::app::msg::Press;
    let mut deck = Deck::with(vec![argo("argocd", "shop", "flux")]);
    deck.send(Msg::Press(Press::Key(Key::char('s'))));
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Confirm(_))));
    deck.keys("esc /");
    deck.types("sh");
    deck.wait(400);
    deck.send(Msg::Press(Press::Key(Key::char('?'))));
    assert_eq!(deck.state.view.filter.text, "sh");
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Help(_))));
}

#[test]
fn c_copies_the_command_lines_of_the_plan() {
    let mut deck = sync_open("flux");
    let commands = deck.dialog().plan.commands.join("\n");
    assert_eq!(deck.keys("c"), [Effect::Copy(commands)]);
}

#[test]
fn a_safe_refresh_needs_no_dialog_and_one_that_deploys_does() {
    let mut deck = Deck::with(vec![argo("argocd", "shop", "flux")]);
    let out = deck.keys("r");
    assert_eq!(sent(&out).len(), 1);
    assert!(deck.state.overlays.is_empty());
    let mut auto = argo("argocd", "shop", "flux");
    auto.auto_sync = Some(true);
    let crate::domain::app::EngineFields::Argo(fields) = &mut auto.engine else { panic!() };
    (fields.automated, fields.has_automated) = (true, true);
    let mut deck = Deck::with(vec![auto]);
    deck.tip('b');
    let out = deck.keys("r");
    assert!(sent(&out).is_empty());
    assert!(deck.dialog().plan.lines.iter().any(|l| l.text.contains("deploys")));
}

#[test]
fn a_key_meant_for_a_closed_dialog_does_not_hit_what_is_below() {
    let mut deck = sync_open("flux");
    deck.key("esc");
    assert!(deck.key("q").is_empty(), "q right after a dialog closed is dropped");
    deck.key("enter");
    assert_eq!(deck.state.view.focus, crate::app::pane::Pane::Apps);
    deck.wait(300);
    assert!(deck.key("q").contains(&Effect::Quit(0)));
}

#[test]
fn a_stuck_operation_is_cleared_only_after_the_name_was_typed() {
    use crate::domain::status::{Operation, Phase};
    let mut stuck = argo("argocd", "web", "hub");
    stuck.operation = Some(Operation {
        phase: Phase::Orphaned,
        message: "waiting".into(),
        started_at: Some(start()),
        finished_at: None,
        retry_count: 0,
        next_try_at: None,
        by: None,
        revision: None,
        request_id: None,
        routine: false,
    });
    let web = stuck.id.clone();
    let mut deck = Deck::with(vec![stuck]);
    deck.on(&web);
    let clear = &crate::app::action::clear::CLEAR;
    assert_eq!((clear.off)(&deck.state), None);
    (clear.run)(&mut deck.state);
    assert_eq!(deck.dialog().plan.typed.as_deref(), Some("hub"));
    let walk = |deck: &mut Deck, wanted: Focus| {
        while deck.dialog().focus != wanted {
            deck.keys("tab");
        }
    };
    walk(&mut deck, Focus::Confirm);
    assert!(sent(&deck.keys("enter")).is_empty(), "nothing was typed");
    walk(&mut deck, Focus::Typed);
    deck.types("hub");
    walk(&mut deck, Focus::Confirm);
    let out = deck.keys("enter");
    assert_eq!(sent(&out).len(), 1);
    deck.change(&web, |app| app.operation = None);
    assert!((clear.off)(&deck.state).is_some_and(|why| why.contains("No operation of web")));
}

/// A protected cluster of that name: its plans want the name typed.
fn typed_open(name: &str) -> Deck {
    let mut deck = Deck::with(vec![argo("argocd", "shop", "hub")]);
    deck.keys("s");
    deck.wait(400);
    let Some(Overlay::Confirm(dialog)) = deck.state.overlays.last_mut() else { panic!("no dialog") };
    dialog.plan.typed = Some(name.into());
    deck
}

#[test]
fn a_name_typed_with_the_focus_on_cancel_is_text_whatever_it_begins_with() {
    for name in ["prod-us", "nyc-1", "charts main", "quay", "yard", "edge-syd", "rollback main"] {
        let mut deck = typed_open(name);
        assert_eq!(deck.dialog().focus, Focus::Cancel);
        let out = deck.types(name);
        assert!(out.is_empty(), "{name}: {out:?}");
        assert_eq!((deck.dialog().focus, deck.dialog().typed.as_str()), (Focus::Typed, name));
        assert!(deck.dialog().is_enabled());
    }
}

#[test]
fn the_keys_of_a_dialog_are_keys_before_the_name_is_begun_and_once_it_is_whole() {
    let mut deck = typed_open("prod-us");
    assert!(matches!(&deck.keys("c")[..], [Effect::Copy(_)]));
    deck.keys("y");
    assert_eq!(deck.dialog().warning.as_deref(), Some("Type prod-us to enable Sync."));
    deck.types("prod");
    deck.keys("tab");
    assert_eq!(deck.dialog().focus, Focus::Cancel);
    deck.types("nc");
    assert_eq!(deck.dialog().typed, "prodnc", "a name that is begun takes every letter");
    let mut deck = typed_open("prod-us");
    deck.types("prod-us");
    deck.keys("tab");
    assert!(matches!(&deck.keys("c")[..], [Effect::Copy(_)]));
    assert_eq!(deck.dialog().typed, "prod-us");
    deck.keys("n");
    assert!(deck.state.overlays.is_empty() && sent(&deck.effects).is_empty());
}

#[test]
fn the_journal_shows_a_request_once_with_what_became_of_it() {
    let mut deck = sync_open("flux");
    deck.keys("esc s");
    deck.wait(400);
    deck.keys("y");
    let rows = |deck: &Deck| {
        let rows = crate::app::journal::rows(&deck.state.journal);
        rows.iter().map(|r| (r.asked_at, r.last.outcome.clone())).collect::<Vec<_>>()
    };
    let asked = deck.state.tasks[0].started_at;
    let cancelled = rows(&deck)[1].clone();
    assert_eq!(cancelled.1, Some(Outcome::Cancelled));
    assert_eq!(rows(&deck), [(asked, None), cancelled.clone()]);
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Unknown { reason: "connection closed".into() }) });
    assert_eq!(rows(&deck), [(asked, Some(Outcome::Unknown { reason: "connection closed".into() })), cancelled]);
    assert_eq!(deck.state.journal.len(), 3, "the file keeps each line");
}

#[test]
fn where_the_clock_stands_still_one_sentence_answers_every_plan_and_nothing_is_sent() {
    let mut deck = sync_open("flux");
    deck.state.settings.frozen = true;
    deck.state.settings.demo = Some("night".into());
    let out = deck.keys("y");
    assert!(sent(&out).is_empty() && deck.state.tasks.is_empty());
    assert!(matches!(&out[..], [Effect::Journal(e)] if matches!(e.outcome, Some(Outcome::Refused { .. }))), "{out:?}");
    assert!(deck.message().contains("The clock of demo night stands still"), "{}", deck.message());
    deck.keys("enter");
    assert!(deck.state.overlays.is_empty());
    deck.keys("r");
    assert!(sent(&deck.effects).is_empty());
    assert!(deck.said().contains("nothing was sent"), "{}", deck.said());
}

#[test]
fn each_key_that_the_readme_names_for_a_plan_does_something() {
    for key in crate::app::overlay::keys::PLAN.keys.iter().flat_map(|(keys, _)| *keys) {
        let mut deck = sync_open("flux");
        if *key == "pgup" {
            deck.keys("pgdn");
        }
        if *key == "space" {
            deck.keys("tab tab");
            let Some(Overlay::Confirm(dialog)) = deck.state.overlays.last() else { panic!("no plan") };
            let Focus::Option(at) = dialog.focus else { panic!("on no option: {:?}", dialog.focus) };
            let was = dialog.plan.options[at].on;
            deck.keys(key);
            let Some(Overlay::Confirm(dialog)) = deck.state.overlays.last() else { panic!("no plan any more") };
            assert_ne!(dialog.plan.options[at].on, was);
            continue;
        }
        let before = format!("{:?}", deck.state.overlays);
        let out = deck.keys(key);
        assert!(!out.is_empty() || before != format!("{:?}", deck.state.overlays), "{key} does nothing");
    }
}
