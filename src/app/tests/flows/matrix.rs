use super::deck::*;
use crate::app::effect::{DiffMode, DiffRequest, Effect};
use crate::app::matrix::{Note, note};
use crate::app::msg::Msg;
use crate::app::state::Screen;
use crate::domain::app::App;
use crate::domain::cluster::Link;
use crate::domain::event::{ClusterEvent, RepoEvent};
use crate::domain::ids::{AppId, AppKind, ClusterId};
use crate::domain::repo::{RepoId, Standing};
use crate::domain::status::{Health, Sync};

fn shop(runs_on: &str) -> AppId {
    if runs_on == "flux" {
        id("flux", AppKind::Kustomization, "flux-system", "shop")
    } else {
        id("hub", AppKind::Application, "argocd", "shop")
    }
}

/// `shop` on prod (Argo CD) and flux (Kustomization); `web` on both as well; `alone` on flux only.
fn fleet() -> Deck {
    Deck::with(vec![argo("argocd", "shop", "prod"), kust("shop"), argo("argocd", "web", "prod"), kust("web"), kust("alone")])
}

/// The grid as text: label, head, and a cluster for each app.
fn grid(deck: &Deck) -> Vec<String> {
    let grid = &deck.state.view.matrix.grid;
    let cells = |cells: &[Option<AppId>]| {
        let on = |(i, id): (usize, &Option<AppId>)| id.as_ref().map(|id| format!("{}:{}", grid.columns[i], id.kind.short()));
        cells.iter().enumerate().filter_map(on).collect::<Vec<_>>().join(" ")
    };
    grid.rows.iter().map(|r| format!("{} {} {}", r.label, r.head, cells(&r.cells))).collect()
}

fn behind(app: &mut App, digit: char) {
    app.revision = Some(commit(digit));
    app.sources[0].revision = Some(commit(digit));
}

fn stands(deck: &mut Deck, revision: char, tip: char, standing: Standing) -> Vec<Effect> {
    let repo = RepoId::from_url(URL);
    deck.send(Msg::Repo(RepoEvent::Standing { repo, revision: commit(revision), tip: commit(tip), standing }))
}

#[test]
fn apps_of_one_name_stand_in_one_row_and_those_on_one_cluster_only_are_folded() {
    let mut deck = fleet();
    deck.keys("m");
    assert!(matches!(deck.state.screen, Screen::Matrix));
    let head = "a".repeat(7);
    assert_eq!(deck.state.view.matrix.grid.columns, ["prod", "flux"], "protected first");
    assert_eq!(grid(&deck), [format!("shop {head} prod:argo flux:kust"), format!("web {head} prod:argo flux:kust")]);
    assert_eq!(deck.state.view.matrix.grid.folded, 1);
    deck.keys("c");
    assert_eq!(grid(&deck).last().unwrap(), &format!("alone {head} flux:kust"));
    assert_eq!(deck.state.view.matrix.grid.folded, 0);
    deck.keys("c /");
    deck.types("ALO");
    assert_eq!(grid(&deck), [format!("alone {head} flux:kust")], "what is searched for is not folded");
}

#[test]
fn two_apps_of_one_name_on_one_cluster_are_told_apart_by_as_little_as_does_it() {
    let mut deck = Deck::with(vec![argo("argocd", "shop", "prod"), argo("ap", "shop", "prod"), kust("shop")]);
    deck.keys("m c");
    let labels = |deck: &Deck| deck.state.view.matrix.grid.rows.iter().map(|r| r.label.clone()).collect::<Vec<_>>();
    assert_eq!(labels(&deck), ["ap/shop", "argocd/shop", "flux-system/shop"]);
    // A release and the Kustomization that made it carry one name: the kind tells them apart, on every cluster.
    let mut release = kust("redis");
    release.id.kind = AppKind::HelmRelease;
    let mut deck = Deck::with(vec![kust("redis"), release, argo("argocd", "redis", "prod")]);
    deck.keys("m c");
    assert_eq!(labels(&deck), ["redis argo", "redis helm", "redis kust"]);
    let apps: Vec<&AppId> = deck.state.view.matrix.grid.rows.iter().flat_map(|r| r.cells.iter().flatten()).collect();
    assert_eq!(apps.len(), 3, "each app has a cell");
}

#[test]
fn the_worst_row_is_first_and_the_cursor_stays_on_its_app_and_cluster() {
    let mut deck = fleet();
    deck.keys("m l");
    let under = |deck: &Deck| (deck.state.view.matrix.row.clone().unwrap(), deck.state.view.matrix.column.clone().unwrap());
    assert_eq!(under(&deck), ("shop".into(), "flux".into()));
    deck.change(&id("hub", AppKind::Application, "argocd", "web"), |a| a.health = Health::Degraded);
    assert!(grid(&deck)[0].starts_with("web"), "{:?}", grid(&deck));
    assert_eq!(under(&deck), ("shop".into(), "flux".into()));
    deck.keys("n");
    assert_eq!(under(&deck), ("web".into(), "prod".into()));
    deck.keys("n");
    assert_eq!(deck.said(), "Every other cell shown is well.");
    deck.keys("enter");
    assert!(matches!(deck.state.screen, Screen::Main));
    assert_eq!((deck.cursor().as_str(), deck.state.row().unwrap().app.runs_on()), ("web", "prod"));
    deck.keys("m");
    assert_eq!(under(&deck), ("web".into(), "prod".into()), "it opens where the cursor is");
}

#[test]
fn a_blank_cell_says_so_and_a_mark_marks_the_app_of_the_cell() {
    let mut deck = Deck::with(vec![kust("alone"), argo("argocd", "shop", "prod")]);
    deck.keys("m");
    assert!(grid(&deck).is_empty());
    deck.keys("c g h h enter");
    let at = deck.state.view.matrix.at;
    let blank = deck.state.view.matrix.grid.rows[at.0].cells[at.1].is_none();
    if !blank {
        deck.keys("m l enter");
    }
    assert!(deck.said().contains("does not run on"), "{}", deck.said());
    let mut deck = fleet();
    deck.keys("m space");
    assert_eq!(deck.state.view.marks.iter().collect::<Vec<_>>(), [&shop("prod")]);
    deck.keys("space l space");
    assert_eq!(deck.state.view.marks.iter().collect::<Vec<_>>(), [&shop("flux")]);
}

#[test]
fn commits_behind_are_counted_on_the_own_paths_of_what_is_in_view_and_asked_once() {
    let mut deck = fleet();
    for app in [shop("prod"), shop("flux")] {
        deck.change(&app, |a| behind(a, '9'));
    }
    deck.tip('b');
    deck.change(&id("flux", AppKind::Kustomization, "flux-system", "web"), |a| behind(a, 'b'));
    deck.change(&id("hub", AppKind::Application, "argocd", "web"), |a| behind(a, 'b'));
    let out = stands(&mut deck, '9', 'b', Standing::Behind(40));
    assert!(out.iter().all(|e| !matches!(e, Effect::OwnBehind { .. })), "nobody looks at it");
    let out = deck.keys("m");
    let asked: Vec<_> = out.iter().filter_map(|e| if let Effect::OwnBehind { apps, .. } = e { Some(apps) } else { None }).collect();
    assert_eq!(asked.len(), 1);
    let mut names: Vec<_> = asked[0].iter().map(|(claim, revision)| (claim.app.clone(), claim.dirs.clone(), revision.clone())).collect();
    names.sort();
    let own = vec!["apps/shop".to_owned()];
    assert_eq!(names, [(shop("flux"), own.clone(), commit('9')), (shop("prod"), own, commit('9'))]);
    let says = |deck: &Deck, app: &AppId| note(&deck.state, deck.row(app));
    assert_eq!(says(&deck, &shop("prod")), Note::BehindSome, "forty of the repository say nothing of the app");
    assert!(deck.keys("j k j").iter().all(|e| !matches!(e, Effect::OwnBehind { .. })), "one question at a time");
    let counts = vec![(shop("prod"), commit('9'), Some(3)), (shop("flux"), commit('9'), Some(0))];
    let out = deck.send(Msg::Repo(RepoEvent::OwnBehind { repo: RepoId::from_url(URL), tip: commit('b'), counts }));
    assert!(out.iter().all(|e| !matches!(e, Effect::OwnBehind { .. })), "{out:?}");
    assert_eq!((says(&deck, &shop("prod")), says(&deck, &shop("flux"))), (Note::Behind(3), Note::None));
    // The head moves: the old count is of another range.
    deck.tip('c');
    stands(&mut deck, '9', 'c', Standing::Behind(41));
    assert_eq!(says(&deck, &shop("prod")), Note::BehindSome);
}

#[test]
fn a_cell_tells_drift_ahead_and_unknown_apart() {
    let mut deck = fleet();
    let says = |deck: &Deck| note(&deck.state, deck.row(&shop("flux")));
    assert_eq!(says(&deck), Note::None);
    deck.change(&shop("flux"), |a| a.sync = Sync::OutOfSync);
    assert_eq!(says(&deck), Note::Drift);
    deck.change(&shop("flux"), |a| behind(a, '9'));
    assert_eq!(says(&deck), Note::Unknown, "no mirror has told yet");
    for (standing, want) in [(Standing::Ahead(2), Note::Ahead(2)), (Standing::Diverged, Note::Diverged)] {
        stands(&mut deck, '9', 'a', standing);
        assert_eq!(says(&deck), want);
    }
}

#[test]
fn keys_of_other_screens_do_nothing_in_the_matrix_and_t_and_m_go_between_the_two() {
    let mut deck = fleet();
    deck.keys("m R r p u L a");
    assert!(sent(&deck.effects).is_empty() && matches!(deck.state.screen, Screen::Matrix));
    deck.keys("t");
    assert!(matches!(deck.state.screen, Screen::Timeline));
    deck.keys("m");
    assert!(matches!(deck.state.screen, Screen::Matrix));
    deck.keys("m");
    assert!(matches!(deck.state.screen, Screen::Main));
}

#[test]
fn what_belongs_to_a_screen_that_is_not_open_is_off_and_marks_nothing() {
    let mut deck = fleet();
    deck.keys("m esc");
    let own = |a: &&&crate::app::action::Action| matches!(a.group, crate::app::action::Group::Timeline | crate::app::action::Group::Matrix);
    for action in crate::app::action::TABLE.iter().filter(own) {
        crate::app::input::run(&mut deck.state, action);
        assert!(deck.said().contains("belongs to the"), "{}: {}", action.name, deck.said());
    }
    assert!(deck.state.view.marks.is_empty());
}

fn asked(effects: &[Effect]) -> Option<(DiffMode, AppId, Option<AppId>)> {
    let two = |r: &DiffRequest| (r.mode, r.app.id.clone(), r.against.as_ref().map(|a| a.id.clone()));
    effects.iter().find_map(|e| if let Effect::Diff { request, .. } = e { Some(two(request)) } else { None })
}

#[test]
fn two_marked_cells_of_one_app_are_compared_and_esc_comes_back_to_the_matrix() {
    let mut deck = fleet();
    deck.change(&shop("prod"), |a| behind(a, '9'));
    let out = deck.keys("m l space h space j d");
    assert_eq!(asked(&out), Some((DiffMode::TwoApps, shop("prod"), Some(shop("flux")))), "from left to right, wherever the cursor is");
    let Screen::Diff(diff) = &deck.state.screen else { panic!("{}", deck.said()) };
    assert_eq!(diff.title, "shop  prod 9999999 and flux aaaaaaa");
    for (key, says) in [("tab", "Two apps are compared"), ("s", "Two apps are compared; esc goes back to one.")] {
        assert_eq!(asked(&deck.keys(key)), None);
        assert!(deck.said().starts_with(says) && deck.state.overlays.is_empty(), "{key}: {}", deck.said());
    }
    deck.keys("esc");
    assert!(matches!(deck.state.screen, Screen::Matrix));
    assert_eq!(deck.state.view.marks.len(), 2, "the marks stay");
}

#[test]
fn with_one_mark_or_none_the_cell_under_the_cursor_is_compared_with_what_is_wanted_there() {
    let mut deck = fleet();
    assert_eq!(asked(&deck.keys("m l d")), Some((DiffMode::LiveVsDesired, shop("flux"), None)));
    deck.keys("esc space h");
    assert_eq!(asked(&deck.keys("d")), Some((DiffMode::LiveVsDesired, shop("prod"), None)));
    assert_eq!(deck.cursor(), "shop");
    assert_eq!(deck.state.view.app, Some(shop("prod")), "s in that diff is of the app that is read");
}

#[test]
fn what_cannot_be_compared_says_why() {
    let mut deck = fleet();
    deck.keys("m space j space d");
    assert_eq!(deck.said(), "shop and web are marked; d compares two cells of one app.");
    deck.keys("l space d");
    assert_eq!(deck.said(), "3 apps are marked; d compares two.");
    let mut deck = fleet();
    deck.on(&id("flux", AppKind::Kustomization, "flux-system", "alone"));
    deck.keys("space m space d");
    assert!(deck.said().contains("not both are shown here"), "{}", deck.said());
    let mut deck = Deck::with(vec![kust("alone"), argo("argocd", "shop", "prod")]);
    deck.keys("m c g h h d");
    if !matches!(deck.state.screen, Screen::Matrix) {
        deck.keys("esc l d");
    }
    assert!(deck.said().contains("does not run on"), "{}", deck.said());
    let mut deck = fleet();
    let link = Link::Unreachable { since: deck.now, cause: "refused".into(), next_try_at: None };
    deck.event(ClusterEvent::Link { cluster: ClusterId::new("flux"), link });
    deck.keys("m l d");
    assert!(deck.said().contains("was last read"), "{}", deck.said());
}

#[test]
fn s_plans_a_sync_of_the_cell_under_the_cursor_or_of_the_marked_ones_in_stages() {
    let mut deck = fleet();
    deck.keys("m l s");
    assert_eq!(deck.dialog().plan.targets[0].app, shop("flux"));
    assert!(sent(&deck.effects).is_empty());
    deck.keys("esc");
    assert!(matches!(deck.state.screen, Screen::Matrix));
    deck.wait(400);
    deck.keys("space h space s");
    assert_eq!(deck.dialog().plan.action, "staged_sync");
    assert_eq!(deck.dialog().batch.as_ref().unwrap().marked.len(), 2);
    let mut deck = fleet();
    deck.state.settings.read_only = true;
    deck.keys("m s");
    assert!(deck.state.overlays.is_empty() && deck.said().contains("read-only"), "{}", deck.said());
}
