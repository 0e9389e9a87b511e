use super::deck::*;
use crate::app::action::{Group, TABLE};
use crate::app::keymap::{self, BINDINGS, Layer};
use crate::app::overlay::Overlay;
use crate::domain::cluster::Link;
use crate::domain::event::ClusterEvent;
use crate::domain::ids::{AppKind, ClusterId};

#[test]
fn every_action_runs_on_an_empty_deck_without_harm() {
    for action in TABLE {
        for mut deck in [Deck::empty(), Deck::live()] {
            let _ = (action.off)(&deck.state);
            let out = (action.run)(&mut deck.state);
            deck.effects.extend(out);
            deck.keys("j enter esc esc esc");
            assert!(sent(&deck.effects).is_empty(), "{} wrote something", action.name);
        }
    }
}

#[test]
fn names_are_verb_and_noun_and_helps_are_written() {
    for action in TABLE {
        assert!(action.name == "quit" || action.name.contains('_'), "{}", action.name);
        assert!(!action.help.is_empty() && !action.title.is_empty(), "{}", action.name);
        assert_eq!(TABLE.iter().filter(|a| a.name == action.name).count(), 1, "{}", action.name);
    }
}

#[test]
fn hints_leave_out_what_is_off_and_help_lists_it_with_the_reason() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    let keys = |deck: &Deck| keymap::hints(&deck.state).into_iter().map(|h| h.key).collect::<Vec<_>>();
    assert!(["d", "s", "R", "r", "p", "?"].iter().all(|k| keys(&deck).contains(&(*k).to_owned())), "{:?}", keys(&deck));
    let link = Link::Unreachable { since: deck.now, cause: "refused".into(), next_try_at: None };
    deck.event(ClusterEvent::Link { cluster: ClusterId::new("flux"), link });
    assert!(["d", "s", "R", "p"].iter().all(|k| !keys(&deck).contains(&(*k).to_owned())), "{:?}", keys(&deck));
    let help = crate::app::help::lines(&deck.state, "");
    let sync = help.iter().find(|l| l.title == "sync").unwrap();
    assert_eq!(sync.keys, "s");
    assert!(sync.off.as_ref().unwrap().contains("r reads it again"));
    assert!(help.iter().filter(|l| l.group == Group::App.title()).count() > 5);
    for binding in BINDINGS.iter().filter(|b| b.layer == Layer::Main) {
        assert!(help.iter().any(|l| l.title == binding.action.title && !l.keys.is_empty()), "{}", binding.action.name);
    }
}

#[test]
fn help_starts_with_the_keys_of_what_is_open_and_says_what_they_do_there() {
    let mut deck = Deck::with(vec![argo("argocd", "shop", "hub")]);
    let lines = |deck: &Deck| crate::app::help::lines(&deck.state, "");
    assert_eq!(lines(&deck)[0].group, Group::App.title());
    assert!(lines(&deck).iter().any(|l| l.group == "PLANS" && l.keys == "letters"), "the rule for names is written down");
    deck.keys("3");
    assert_eq!((lines(&deck)[0].group, lines(&deck)[0].title.as_str()), ("IN DETAILS", "next tab"));
    deck.keys("2 d");
    let diff = lines(&deck);
    assert_eq!((diff[0].group, diff[0].keys.as_str()), ("DIFF", "n"));
    assert!(diff.iter().any(|l| l.group == Group::App.elsewhere()));
    assert!(diff.iter().filter(|l| l.title == "sync").count() == 1, "no action twice");
    let mut deck = super::rollback::sick();
    deck.keys("R");
    let back: Vec<_> = lines(&deck).into_iter().filter(|l| l.group == "ROLL BACK" && l.title == "back").collect();
    assert_eq!(back.len(), 2);
    assert!(back.iter().all(|l| !l.help.contains("filter")), "{:?}", back.iter().map(|l| &l.help).collect::<Vec<_>>());
    assert_eq!(back[0].off.as_deref(), Some("not at this step"), "nothing was sent that could go on in the background");
}

#[test]
fn help_over_a_plan_runs_nothing_below_it() {
    let mut deck = Deck::with(vec![argo("argocd", "shop", "hub")]);
    deck.keys("s");
    deck.wait(400);
    deck.keys("?");
    assert!(matches!(deck.state.overlays[..], [Overlay::Confirm(_), Overlay::Help(_)]), "{:?}", deck.state.overlays);
    let lines = crate::app::help::lines(&deck.state, "");
    assert_eq!((lines[0].group, lines[0].keys.as_str()), ("PLAN", "tab"));
    assert!(lines.iter().all(|l| l.action.is_none()));
    deck.keys("G enter");
    assert!(matches!(deck.state.overlays[..], [Overlay::Confirm(_)]), "it only closes");
    deck.key("enter");
    assert!(matches!(deck.state.overlays[..], [Overlay::Confirm(_)]), "and the Enter after it is dropped");
}

#[test]
fn enter_on_a_line_of_the_actions_runs_the_action_that_is_drawn_there() {
    let deck = Deck::with(vec![kust("alpha")]);
    let lines = keymap::action_lines(&deck.state);
    let at = lines.iter().position(|l| l.title == "suspend").unwrap();
    assert!(lines[..at].iter().all(|l| l.off.is_none()), "what works comes first");
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.keys("x");
    for _ in 0..at {
        deck.keys("j");
    }
    deck.keys("enter");
    assert_eq!(deck.dialog().plan.action, "suspend");
}

#[test]
fn the_palette_brings_back_what_was_run_before() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.keys(":");
    deck.types("journal");
    deck.keys("enter esc");
    deck.wait(400);
    deck.keys(": up");
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Palette(p)) if p.input == "journal"));
}

#[test]
fn the_pause_key_offers_to_resume_what_is_suspended() {
    let mut app = kust("alpha");
    app.suspended = true;
    let deck = Deck::with(vec![app]);
    let label = keymap::hints(&deck.state).into_iter().find(|h| h.key == "p").unwrap().label;
    assert_eq!(label, "resume");
}

#[test]
fn the_palette_finds_an_action_by_the_beginning_of_its_name_and_opens_its_plan() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.keys(":");
    deck.types("sync");
    deck.keys("enter");
    assert_eq!(deck.dialog().plan.action, "reconcile");
    assert!(sent(&deck.effects).is_empty());
}

#[test]
fn a_paste_goes_into_the_palette_as_text_and_runs_nothing() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.keys(":");
    deck.send(crate::app::msg::Msg::Paste("sync\n\n".into()));
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Palette(p)) if p.input.starts_with("sync")));
}

#[test]
fn help_is_searched_and_enter_runs_the_line() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.keys("? /");
    deck.types("journal");
    deck.keys("enter enter");
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Journal(_))), "{:?}", deck.state.overlays);
}

#[test]
fn a_theme_is_tried_as_the_cursor_moves_and_put_back_by_esc() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.state.settings.themes = vec!["terminal".into(), "mono".into()];
    let themes = TABLE.iter().find(|a| a.name == "choose_theme").unwrap();
    (themes.run)(&mut deck.state);
    deck.keys("j");
    assert_eq!(deck.state.settings.theme, "mono");
    deck.keys("esc");
    assert_eq!(deck.state.settings.theme, "terminal");
    (themes.run)(&mut deck.state);
    let out = deck.keys("j enter");
    assert_eq!(deck.state.settings.theme, "mono");
    assert!(out.contains(&crate::app::effect::Effect::SaveTheme("mono".into())));
}

#[test]
fn the_first_start_offers_the_current_context_and_watches_what_is_marked() {
    use crate::app::effect::Effect;
    let mut deck = Deck::empty();
    deck.state.chosen.clear();
    deck.send(crate::app::msg::Msg::Contexts(vec![context("hub", false), context("prod", true)]));
    assert!(deck.effects.iter().all(|e| !matches!(e, Effect::Connect(_))), "nothing is watched before it was chosen");
    let out = deck.keys("j space enter");
    let both = vec![ClusterId::new("hub"), ClusterId::new("prod")];
    assert!(out.contains(&Effect::Connect(both.clone())), "{out:?}");
    assert!(
        out.contains(&Effect::SaveClusters {
            chosen: both,
            protected: vec![(ClusterId::new("hub"), false), (ClusterId::new("prod"), true)]
        })
    );
}

fn picker(deck: &Deck) -> &crate::app::overlay::picker::Picker {
    match deck.state.overlays.last() {
        Some(crate::app::overlay::Overlay::Picker(picker)) => picker,
        other => panic!("no picker: {other:?}"),
    }
}

fn probed(name: &str, answer: crate::domain::probe::Answer) -> crate::app::msg::Msg {
    crate::app::msg::Msg::Probed { cluster: ClusterId::new(name), probe: crate::domain::probe::Probe { answer, took_ms: 300 } }
}

fn reached(engines: &[crate::domain::ids::EngineKind], target: Option<&str>) -> crate::domain::probe::Answer {
    use crate::domain::cluster::EngineInfo;
    let engines = engines.iter().map(|name| EngineInfo { name: *name, version: None }).collect();
    let targets = target.map(|server| crate::domain::probe::Target { name: None, server: Some(server.into()) });
    crate::domain::probe::Answer::Reached(crate::domain::probe::Reached {
        engines,
        targets: targets.into_iter().collect(),
        whole: true,
        ..Default::default()
    })
}

#[test]
fn the_first_start_asks_every_context_and_a_marks_those_with_an_engine_and_their_targets() {
    use crate::app::effect::Effect;
    use crate::domain::ids::EngineKind;
    let mut deck = Deck::empty();
    deck.state.chosen.clear();
    let names = ["hub", "prod", "bare", "late"];
    let infos: Vec<_> = names.iter().map(|n| context(n, false)).collect();
    let server = infos[1].server.clone();
    let out = deck.send(crate::app::msg::Msg::Contexts(infos));
    let contexts: Vec<_> = names.iter().map(|n| ClusterId::new(n)).collect();
    assert!(out.contains(&Effect::Probe { contexts, may_log_in: false }), "{out:?}");
    deck.send(probed("hub", reached(&[EngineKind::Argo], Some(&server))));
    deck.send(probed("prod", reached(&[], None)));
    deck.send(probed("bare", reached(&[], None)));
    deck.keys("a");
    assert_eq!(deck.said(), "1 context has not answered yet; it is left as it was.");
    let watched = |deck: &Deck| picker(deck).choices.iter().map(|c| c.watch).collect::<Vec<_>>();
    assert_eq!(watched(&deck), [true, true, false, false]);
    deck.keys("a");
    assert_eq!(watched(&deck), [false; 4]);
    let out = deck.keys("a enter");
    assert!(
        out.contains(&Effect::EndProbes) && out.contains(&Effect::Connect(vec![ClusterId::new("hub"), ClusterId::new("prod")])),
        "{out:?}"
    );
    deck.send(probed("late", reached(&[EngineKind::Flux], None)));
    assert!(deck.state.overlays.is_empty(), "what comes after the choice changes nothing");
}

#[test]
fn the_picker_asks_before_it_runs_a_login_program_and_then_asks_all_that_name_it() {
    use crate::app::effect::Effect;
    use crate::domain::probe::Answer;
    let mut deck = Deck::empty();
    deck.state.chosen.clear();
    let mut infos: Vec<_> = ["one", "two", "three"].iter().map(|n| context(n, false)).collect();
    (infos[0].login, infos[1].login) = (Some("aws".into()), Some("aws".into()));
    deck.send(crate::app::msg::Msg::Contexts(infos));
    deck.send(probed("one", Answer::Login { cause: None }));
    deck.send(probed("two", Answer::Login { cause: None }));
    deck.send(probed("three", Answer::Login { cause: Some("the token is not taken".into()) }));
    let runs = |e: &Effect| matches!(e, Effect::Login(_) | Effect::Probe { may_log_in: true, .. });
    assert!(!deck.keys("l").iter().any(runs), "the first press asks");
    assert!(!deck.keys("esc l").iter().any(runs), "and any other key is a no, not an end");
    let out = deck.keys("l");
    let both = vec![ClusterId::new("one"), ClusterId::new("two")];
    assert_eq!(out[..2], [Effect::Login(ClusterId::new("one")), Effect::Probe { contexts: both, may_log_in: true }]);
    assert!(picker(&deck).choices[0].probe.is_none(), "it is being asked anew");
    assert!(!deck.keys("j l l").iter().any(runs), "nothing to run while it is asked");
    assert!(!deck.keys("j l l").iter().any(runs));
    assert_eq!(deck.said(), "The kubeconfig names no login program for three.");
}

#[test]
fn a_mark_wins_over_the_name_and_the_config_over_the_mark() {
    use crate::app::msg::Msg;
    let mut deck = Deck::empty();
    deck.state.settings.protected = vec!["hub".into()];
    deck.state.marked = [(ClusterId::new("prod"), false), (ClusterId::new("hub"), false)].into();
    deck.state.chosen = vec![ClusterId::new("hub"), ClusterId::new("prod"), ClusterId::new("prod-2")];
    deck.send(Msg::Contexts(vec![context("hub", false), context("prod", true), context("prod-2", true)]));
    let protected = |deck: &Deck| deck.state.fleet.clusters.values().filter(|c| c.protected).map(|c| c.id.to_string()).collect::<Vec<_>>();
    assert_eq!(protected(&deck), ["hub", "prod-2"]);
    crate::app::pane::clusters::open_picker(&mut deck.state, false);
    deck.keys("p");
    assert!(deck.said().contains("config.yaml"), "{}", deck.said());
    let out = deck.keys("j p j p enter");
    let marks = vec![(ClusterId::new("prod"), true), (ClusterId::new("prod-2"), false)];
    let saves =
        |e: &crate::app::effect::Effect| matches!(e, crate::app::effect::Effect::SaveClusters { protected, .. } if *protected == marks);
    assert!(out.iter().any(saves), "{out:?}");
    assert_eq!(protected(&deck), ["hub", "prod"], "a mark can be taken off again");
}

#[test]
fn a_context_that_left_the_kubeconfig_is_dropped_with_its_rows_and_a_word() {
    let mut deck = Deck::with(vec![kust("alpha"), argo("argocd", "shop", "hub")]);
    let left: Vec<_> = deck.state.contexts.iter().filter(|c| c.id.as_str() != "flux").cloned().collect();
    let out = deck.send(crate::app::msg::Msg::Contexts(left));
    assert!(out.contains(&crate::app::effect::Effect::Connect(vec![ClusterId::new("hub"), ClusterId::new("prod")])));
    assert_eq!(deck.said(), "flux is no longer in the kubeconfig; it is not watched any more.");
    deck.wait(600);
    assert_eq!(deck.shown(), ["shop"]);
}

#[test]
fn a_suspended_row_that_differs_is_counted_as_suspended_and_one_that_is_broken_as_broken() {
    use crate::domain::status::{Health, Severity, Sync};
    let mut deck = Deck::with(vec![kust("alpha"), kust("beta")]);
    let of = |name: &str| id("flux", AppKind::Kustomization, "flux-system", name);
    deck.change(&of("alpha"), |a| (a.suspended, a.sync) = (true, Sync::OutOfSync));
    deck.change(&of("beta"), |a| (a.suspended, a.health) = (true, Health::Degraded));
    let counts = deck.state.fleet.counts;
    assert_eq!((counts.suspended, counts.out_of_sync, counts.broken), (1, 0, 1));
    assert_eq!(deck.row(&of("alpha")).severity, Severity::Suspended);
    assert_eq!(crate::app::cells::sync_cell(deck.row(&of("alpha"))).1, "Suspended");
}
