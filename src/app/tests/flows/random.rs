//! Whatever is pressed, in whatever order, at whatever size: no panic, no write without a confirmed plan.

use super::deck::*;
use crate::app::msg::{MouseKind, Msg};
use crate::domain::cluster::Link;
use crate::domain::event::ClusterEvent;
use crate::domain::ids::{AppKind, ClusterId, Epoch};
use crate::domain::status::{Health, Sync};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Key(&'static str),
    Text(String),
    Paste(String),
    Wait(i64),
    Resize(u16, u16),
    Mouse(u8, u16, u16),
    Sick(usize),
    Gone(usize),
    Down(bool),
    Tip(u8),
}

const KEYS: &[&str] = &[
    "d",
    "s",
    "R",
    "L",
    "r",
    "p",
    "u",
    "a",
    "l",
    "x",
    "/",
    "space",
    ":",
    "?",
    "*",
    "A",
    "y",
    "@",
    "!",
    "z",
    "b",
    "Ctrl-r",
    "j",
    "k",
    "g",
    "G",
    "n",
    "N",
    "tab",
    "shift-tab",
    "1",
    "2",
    "3",
    "4",
    "[",
    "]",
    "enter",
    "esc",
    "Ctrl-d",
    "Ctrl-u",
    "Ctrl-o",
    "Ctrl-c",
    "Ctrl-z",
    "up",
    "down",
    "left",
    "right",
    "home",
    "end",
    "pgup",
    "pgdn",
    "backspace",
    "t",
    "m",
    "e",
    "b",
    "v",
    "i",
    "c",
    "D",
    "+",
    "-",
    "f",
    "E",
    "q",
    "enter",
    "esc",
    "space",
];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        30 => prop::sample::select(KEYS).prop_map(Step::Key),
        2 => "[a-zé :*()\"⇄]{0,6}".prop_map(Step::Text),
        1 => "\\PC{0,8}".prop_map(Step::Paste),
        4 => prop::sample::select(vec![1i64, 130, 301, 2001, 61_000]).prop_map(Step::Wait),
        2 => (0u16..200, 0u16..60).prop_map(|(w, h)| Step::Resize(w, h)),
        2 => (0u8..3, 0u16..200, 0u16..60).prop_map(|(k, x, y)| Step::Mouse(k, x, y)),
        2 => (0usize..6).prop_map(Step::Sick),
        2 => (0usize..6).prop_map(Step::Gone),
        1 => any::<bool>().prop_map(Step::Down),
        1 => (0u8..4).prop_map(Step::Tip),
    ]
}

fn fleet() -> Deck {
    Deck::with(vec![
        kust("alpha"),
        kust("beta"),
        kust("⇄ wide-名前"),
        argo("argocd", "shop", "prod"),
        argo("ap", "shop", "prod"),
        argo("argocd", "web", "flux"),
    ])
}

fn apply(deck: &mut Deck, step: Step) {
    let names = ["alpha", "beta", "⇄ wide-名前"];
    match step {
        Step::Key(name) => {
            deck.key(name);
        }
        Step::Text(text) => {
            deck.types(&text);
        }
        Step::Paste(text) => {
            deck.send(Msg::Paste(text));
        }
        Step::Wait(ms) => {
            deck.wait(ms);
        }
        Step::Resize(width, height) => {
            deck.send(Msg::Resize { width, height });
        }
        Step::Mouse(kind, x, y) => {
            let kind = [MouseKind::Click, MouseKind::WheelDown, MouseKind::WheelUp][usize::from(kind)];
            deck.send(Msg::Mouse { kind, x, y });
        }
        Step::Sick(i) => {
            let mut app = names.get(i).map_or_else(|| argo("argocd", "shop", "prod"), |n| kust(n));
            (app.health, app.sync) = (Health::Degraded, Sync::OutOfSync);
            deck.app(app);
        }
        Step::Gone(i) => {
            let (cluster, kind, namespace, name) = match names.get(i) {
                Some(name) => ("flux", AppKind::Kustomization, "flux-system", *name),
                None => ("hub", AppKind::Application, "ap", "shop"),
            };
            deck.event(ClusterEvent::Removed {
                cluster: ClusterId::new(cluster),
                epoch: Epoch(1),
                kind: kind.plural().into(),
                namespace: namespace.into(),
                name: name.into(),
            });
        }
        Step::Down(down) => {
            let since = deck.now;
            let link = if down { Link::Unreachable { since, cause: "refused".into(), next_try_at: None } } else { Link::Live { since } };
            deck.event(ClusterEvent::Link { cluster: ClusterId::new("flux"), link });
        }
        Step::Tip(i) => {
            deck.tip(char::from(b'a' + i));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_keys_on_any_state_never_panic_and_can_be_drawn(steps in prop::collection::vec(step(), 1..120)) {
        let mut deck = fleet();
        for step in steps {
            apply(&mut deck, step);
            let _ = crate::app::settle::next_wake(&deck.state);
            let _ = crate::app::keymap::hints(&deck.state);
            if let Some(id) = &deck.state.view.app {
                let deferred = deck.state.fleet.derive.list_changed;
                prop_assert!(deferred || deck.state.fleet.shown.contains(id), "the cursor is on a row that is shown");
            }
            let mut counted = 0;
            for row in deck.state.fleet.rows.values() {
                counted += usize::from(row.stale_as_of.is_none() || row.severity == crate::domain::status::Severity::Unknown);
            }
            prop_assert_eq!(counted, deck.state.fleet.rows.len(), "a stale row is never green");
        }
    }

    #[test]
    fn read_only_sends_nothing_whatever_is_pressed(steps in prop::collection::vec(step(), 1..120)) {
        let mut deck = fleet();
        deck.state.settings.read_only = true;
        for step in steps {
            apply(&mut deck, step);
        }
        prop_assert!(sent(&deck.effects).is_empty());
    }

    #[test]
    fn keys_faster_than_a_person_never_confirm_a_plan(keys in prop::collection::vec(prop::sample::select(KEYS), 1..60)) {
        let mut deck = Deck::with(vec![argo("argocd", "web", "flux")]);
        deck.tip('b');
        for key in keys {
            deck.key(key);
        }
        let risky = sent(&deck.effects).into_iter().filter(|p| p.risk != crate::domain::plan::Risk::Safe).count();
        prop_assert_eq!(risky, 0);
    }
}
