//! A bad commit, reverted from the row, pushed, and followed to healthy on both engines.

use super::watch::both;
use crate::deck::{Deck, LONG, app_id};
use crate::lab::{objects, story};
use driftdeck::app::rollback::Stage;
use driftdeck::app::state::{AppState, Screen};
use driftdeck::domain::ids::AppKind;
use driftdeck::domain::plan::Outcome;
use driftdeck::domain::status::{Health, Severity, Sync};

fn stage(state: &AppState) -> Option<Stage> {
    match &state.screen {
        Screen::Rollback(screen) if screen.waiting.is_none() => Some(screen.stage),
        _ => None,
    }
}

async fn at(deck: &mut Deck, wanted: Stage) {
    deck.wait(&format!("the rollback is at {wanted:?}"), LONG, |state| stage(state) == Some(wanted)).await;
}

#[test]
fn a_bad_commit_is_rolled_back_from_the_row_and_followed_until_both_clusters_are_healthy() {
    story(|lab| async move {
        let repo = lab.repository("rollback", &objects::web("1.0"));
        lab.hub.create(&objects::application("argocd", "rollback", &repo.url, "", true)).await;
        lab.edge.create(&objects::namespace("rollback")).await;
        lab.edge.create(&objects::git_repository("rollback", "rollback", &repo.url)).await;
        lab.edge.create(&objects::kustomization("rollback", "web", "rollback")).await;
        let dir = tempfile::tempdir().expect("a directory");
        let mut deck = both(lab, &dir);
        let argo = app_id("hub", AppKind::Application, "argocd", "rollback");
        let flux = app_id("edge", AppKind::Kustomization, "rollback", "web");
        for id in [&argo, &flux] {
            deck.row_says(id, Sync::Synced, Health::Healthy).await;
        }
        let good = repo.head();
        let beside = repo.land("Something beside it", &[("apps/other/readme.txt", "changed\n".into())]);
        let bad = repo.land("Faster image", &[("apps/web/deployment.yaml", objects::deployment("1.1-badpull"))]);
        for id in [&argo, &flux] {
            deck.wait("the bad commit shows", LONG, |state| {
                state.fleet.rows.get(id).is_some_and(|row| matches!(row.severity, Severity::Failed | Severity::Degraded))
            })
            .await;
        }
        deck.select(&argo);
        deck.press('R');
        deck.wait("the suspects are listed", LONG, |state| matches!(&state.screen, Screen::Rollback(r) if r.list.is_some())).await;
        let Screen::Rollback(screen) = &deck.state.screen else { panic!("no rollback") };
        let list = screen.list.as_ref().expect("a list");
        let suspects: Vec<&str> = list.suspects.iter().map(|s| s.commit.id.as_str()).collect();
        assert_eq!(suspects, [bad.as_str()], "{}", deck.words());
        assert!(list.good.as_ref().is_some_and(|id| *id == good || *id == beside), "a revision that was seen healthy");
        assert!(list.suspects[0].also.contains(&flux), "the other cluster's app is named");
        deck.press(' ');
        deck.enter();
        at(&mut deck, Stage::Preview).await;
        deck.enter();
        at(&mut deck, Stage::Plan).await;
        let tried = |state: &AppState| match &state.screen {
            Screen::Rollback(r) => r.check.as_ref().is_some_and(|c| c.author.is_some() && c.ended.is_some()),
            _ => false,
        };
        deck.wait("the trial push is answered", LONG, tried).await;
        deck.type_text("rollback main");
        deck.enter();
        deck.enter();
        let task = deck.state.tasks.last().unwrap_or_else(|| panic!("nothing was started\n{}", deck.words())).id;
        let Outcome::Sent { commit: Some(commit) } = deck.outcome(task).await else { panic!("not pushed\n{}", deck.words()) };
        assert_eq!(deck.ended(task).await, (true, "Healthy on 2 of 2".into()), "{}", deck.words());
        assert_eq!(repo.head(), commit);
        assert_eq!(repo.ask(&["diff", "--name-only", &good, &commit]), "apps/other/readme.txt");
        assert!(repo.ask(&["log", "-1", "--format=%B", &commit]).contains(&bad), "the message names what it reverts");
        for id in [&argo, &flux] {
            let row = deck.row_says(id, Sync::Synced, Health::Healthy).await;
            assert_eq!(row.severity, Severity::Ok);
        }
    });
}
