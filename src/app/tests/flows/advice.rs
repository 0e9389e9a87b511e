//! What is advised is at hand: the menu's cursor, the options of a plan, the tab of Details.

use super::deck::*;
use crate::app::action::{sync, window};
use crate::app::keymap;
use crate::app::overlay::Overlay;
use crate::app::pane::{Pane, Tab};
use crate::app::rollback;
use crate::app::state::AppState;
use crate::domain::app::EngineFields;
use crate::domain::ids::AppKind;
use crate::domain::verdict::NextStep;
use crate::ui::fixture;

/// The night with the cursor on a HelmRelease, whose Why gives these steps.
fn advised(steps: &[(&str, &str)]) -> AppState {
    let mut state = fixture::night(120, 32);
    let is_it =
        |id: &&crate::domain::ids::AppId| id.kind == AppKind::HelmRelease && id.name == "ingress-nginx" && id.cluster.as_str() == "prod-eu";
    let id = state.fleet.shown.iter().find(is_it).cloned().unwrap();
    let next = steps.iter().map(|(key, text)| NextStep { key: (*key).into(), text: (*text).into() }).collect();
    state.fleet.rows.get_mut(&id).unwrap().verdict.next = next;
    state.view.app = Some(id);
    state
}

#[test]
fn the_menu_opens_on_the_first_step_that_it_can_do() {
    let on = |steps: &[(&str, &str)]| {
        let mut state = advised(steps);
        (window::ACTIONS.run)(&mut state);
        let Some(Overlay::Actions { cursor }) = state.overlays.last() else { panic!() };
        let lines = keymap::action_lines(&state);
        assert!(lines[*cursor].off.is_none());
        lines[*cursor].title.clone()
    };
    let first = on(&[]);
    assert_eq!(on(&[("", "fix in git"), ("s", "with force")]), "sync");
    assert_eq!(on(&[("x", "suspend it first")]), "suspend");
    assert_eq!(on(&[("x", "terminate it")]), first, "no operation runs: what is off is not offered");
}

#[test]
fn a_plan_that_is_advised_with_an_option_opens_with_it_set_and_shown() {
    let option = |steps: &[(&str, &str)], name: &str| {
        let mut state = advised(steps);
        (sync::SYNC.run)(&mut state);
        let Some(Overlay::Confirm(dialog)) = state.overlays.last() else { panic!() };
        assert!(!dialog.plan.is_refused(), "{:?}", dialog.plan.refused);
        dialog.plan.options.iter().find(|o| o.name == name).unwrap().on
    };
    assert!(option(&[("s", "with force: one upgrade")], "force"));
    assert!(!option(&[("s", "with forceful words")], "force"));
    assert!(!option(&[("d", "with force")], "force"), "another key");
    assert!(option(&[("s", "with reset: once more")], "reset"));
}

#[test]
fn details_of_another_app_open_with_why_and_those_of_the_same_one_where_they_were() {
    let mut deck = Deck::with(vec![kust("alpha"), kust("beta")]);
    let at = |name: &str| id("flux", AppKind::Kustomization, "flux-system", name);
    deck.on(&at("alpha"));
    deck.keys("3 ]");
    assert_eq!((deck.state.view.focus, deck.state.view.tab), (Pane::Details, Tab::Resources));
    deck.keys("2");
    deck.keys("3");
    assert_eq!(deck.state.view.tab, Tab::Resources, "the same app");
    deck.keys("2");
    deck.on(&at("beta"));
    deck.keys("3");
    assert_eq!(deck.state.view.tab, Tab::Why);
    deck.keys("]");
    crate::app::list::go_to(&mut deck.state, 0);
    assert_eq!((deck.state.view.focus, deck.state.view.tab), (Pane::Details, Tab::Resources), "switched inside Details");
}

#[test]
fn r_is_advised_only_where_a_commit_can_be_reverted_and_else_it_is_told_where_the_version_is_set() {
    let mut state = advised(&[("R", "roll back the change in git"), ("d", "what differs")]);
    let id = state.view.app.clone().unwrap();
    let row = state.fleet.rows.get_mut(&id).unwrap();
    row.app.sources = vec![crate::domain::source::Source { chart: Some("nginx".into()), ..Default::default() }];
    let EngineFields::Flux(flux) = &mut row.app.engine else { panic!("{id:?}") };
    flux.parent = Some(("flux-system".into(), "infra".into()));
    let mut verdict = row.verdict.clone();
    rollback::advise(&row.app, &mut verdict);
    let steps: Vec<String> = verdict.next.iter().map(|s| format!("[{}] {}", s.key, s.text)).collect();
    let way = "[] R on Kustomization flux-system/infra, where its version is set: roll back the change in git";
    assert_eq!(steps, [way, "[d] what differs"]);
    let git = state.fleet.rows.values().find(|r| r.app.sources.iter().any(|s| s.chart.is_none() && s.repo().is_some())).unwrap();
    let mut verdict = git.verdict.clone();
    verdict.next = vec![NextStep { key: "R".into(), text: "roll back".into() }];
    rollback::advise(&git.app, &mut verdict);
    assert_eq!(verdict.next[0].key, "R");
}
