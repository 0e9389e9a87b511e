//! The plan of a rollback as it is built, a refused push, an undo, and the choice of a repository.

use super::screens::{body, dialog, rollback, task};
use super::*;
use crate::app::msg::{CheckEvent, Msg};
use crate::app::overlay::Overlay;
use crate::app::rollback::{Stage, Undo};
use crate::app::state::Screen;
use crate::app::task::{Line, Mark, Stored};
use crate::app::update::update;
use crate::domain::plan::{FailClass, Outcome, Step};
use crate::domain::source::RefKind;
use fixture::{at, commit, night};

fn answer(state: &mut AppState, event: CheckEvent) {
    let Screen::Rollback(screen) = &state.screen else { panic!() };
    let task = screen.check.as_ref().unwrap().task;
    update(state, [crate::app::msg::Envelope { at: state.now, msg: Msg::PushChecked { task, event } }]);
}

#[test]
fn the_plan_says_who_commits_what_holds_the_apps_and_what_the_dry_run_found() {
    let mut state = night(120, 32);
    let mut open = rollback(&state, Stage::Preview);
    (open.plan, open.task, open.message) = (None, None, ["Revert \"payments pool 20 to 200\""].into_iter().collect());
    state.screen = Screen::Rollback(Box::new(open));
    crate::app::rollback::next(&mut state);
    insta::assert_snapshot!("rollback-plan-checking", body(&screen(&state, 120, 32)));
    answer(&mut state, CheckEvent::By { by: "sam <sam@acme.example>".into(), signed: Some("ssh key".into()) });
    answer(&mut state, CheckEvent::Ended(Outcome::Sent { commit: None }));
    insta::assert_snapshot!("rollback-plan-accepted", body(&screen(&state, 120, 32)));
    let reason = "main takes changes by pull request only. Nothing was pushed.".to_owned();
    answer(&mut state, CheckEvent::Ended(Outcome::Failed { class: FailClass::Protected, reason }));
    insta::assert_snapshot!("rollback-plan-refused", body(&screen(&state, 120, 32)));
}

#[test]
fn a_refused_push_tells_the_reason_once_and_the_way_on_with_its_command() {
    let mut state = night(80, 24);
    let mut done = task(&state, false);
    let Some(Step::Revert(request)) = done.plan.steps.first_mut() else { panic!() };
    request.url = "https://git.acme.example/fleet.git".into();
    request.commits = vec![(commit("9d1e07b", "02:54:10", "", "").id, None)];
    let line = |key: &str, mark, text: &str| Line { at: at("03:12:04"), key: key.into(), mark, text: text.into() };
    done.lines =
        vec![line("fetched", Mark::Done, "fetched main again      still 4f2c91d"), line("push", Mark::Bad, "push to main: refused")];
    let reason = "GH006: Protected branch update failed for refs/heads/main. main takes changes by pull request only. Nothing was pushed.";
    done.outcome = Some(Outcome::Failed { class: FailClass::Protected, reason: reason.into() });
    done.ended = Some((at("03:12:05"), false, reason.into()));
    done.stored =
        Some(Stored { commit: commit("8c2f0e1", "03:12:04", "", "").id, mirror: "/home/sam/.cache/driftdeck/mirrors/fleet.git".into() });
    state.tasks = vec![done];
    state.screen = Screen::Rollback(Box::new(rollback(&state, Stage::Push)));
    insta::assert_snapshot!("rollback-push-refused", dialog(&state));
}

#[test]
fn an_undo_names_what_it_brings_back_and_calls_nothing_good() {
    let mut state = night(120, 24);
    let mut open = rollback(&state, Stage::Suspects);
    open.goods[0].evidence = "the tip that was rolled back, not known good".into();
    open.undo = Some(Undo {
        repo: open.repo.clone(),
        commit: open.marked[0].clone(),
        base: open.goods[0].revision.clone(),
        took_out: vec![commit("c41d8f0", "02:53:00", "", "").id],
    });
    state.screen = Screen::Rollback(Box::new(open));
    let text = body(&screen(&state, 120, 24));
    assert!(!text.contains("good  e77a310") && !text.contains("good: "), "{text}");
    insta::assert_snapshot!("rollback-undo", text);
}

#[test]
fn the_repositories_of_an_app_are_listed_with_what_changed_in_them() {
    let mut state = night(80, 24);
    let id = state.view.app.clone().unwrap();
    let row = state.fleet.rows.get_mut(&id).unwrap();
    let mut app = crate::domain::app::App::clone(&row.app);
    let mut other = app.sources[0].clone();
    (other.url, other.path) = (Some("https://git.acme.example/acme/values".into()), Some("envs/prod".into()));
    (other.reference, other.revision) = (RefKind::Branch("main".into()), Some(commit("0b6f552", "02:40:00", "", "").id));
    app.sources.push(other);
    row.app = app.into();
    state.overlays = vec![Overlay::Repositories { app: id, cursor: 1 }];
    insta::assert_snapshot!("overlay-repositories", dialog(&state));
}

#[test]
fn a_marked_commit_of_other_paths_names_the_apps_it_reaches_where_they_run() {
    let mut state = night(160, 30);
    let mut open = rollback(&state, Stage::Suspects);
    let list = open.list.as_mut().unwrap();
    let other = list.others[0].id.clone();
    list.range = vec![(other.clone(), list.suspects[0].also.clone())];
    (open.show_all, open.marked) = (true, vec![other]);
    state.screen = Screen::Rollback(Box::new(open));
    let text = body(&screen(&state, 160, 30));
    assert!(text.contains("not this, 2 apps on 2 clusters"), "{text}");
    assert!(text.contains("APPS WHOSE FILES THE MARKED COMMIT TOUCHES") && text.contains("2 apps, 2 clusters"), "{text}");
}

#[test]
fn an_app_that_is_not_read_says_so_in_the_blast_radius() {
    let mut state = night(160, 30);
    let open = rollback(&state, Stage::Suspects);
    let also = open.list.as_ref().unwrap().suspects[0].also.clone();
    let stale = also.iter().find(|id| id.cluster.as_str() == "stage-eu").unwrap();
    state.fleet.rows.get_mut(stale).unwrap().stale_as_of = Some(at("03:04:00"));
    state.screen = Screen::Rollback(Box::new(open));
    let text = body(&screen(&state, 160, 30));
    assert!(text.contains("not read, as of 8m ago"), "{text}");
}
