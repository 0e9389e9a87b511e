use super::deck::{Deck, NEW, OLD, URL, git_repository, kustomization};
use crate::app::effect::Effect;
use crate::app::key::KeyCode;
use crate::app::msg::{Msg, SuspectList};
use crate::app::rollback::affected;
use crate::app::state::Screen;
use crate::domain::commit::{Commit, Suspect};
use crate::domain::diff::RevertPreview;
use crate::domain::ids::{AppId, TaskId};

fn fleet() -> Deck {
    let mut deck = Deck::new();
    deck.see(1, &git_repository("fleet", "main", NEW));
    deck.see(1, &git_repository("next", "staging", NEW));
    for (name, source) in [("web", "fleet"), ("db", "fleet"), ("next", "next")] {
        deck.see(1, &kustomization(name, source, NEW));
    }
    deck.poll(NEW);
    deck.on("web");
    deck
}

fn id(deck: &Deck, name: &str) -> AppId {
    deck.state.fleet.rows.keys().find(|id| id.name == name).cloned().unwrap()
}

fn commit(id: &str, at: &str) -> Commit {
    Commit {
        id: id.into(),
        parents: vec![],
        author: "Dana".into(),
        email: String::new(),
        at: at.parse().unwrap(),
        subject: "change".into(),
        body: String::new(),
    }
}

fn list(deck: &Deck, good: &str) -> SuspectList {
    let also = vec![id(deck, "db"), id(deck, "next")];
    let own = Suspect {
        commit: commit(NEW, "2026-11-24T03:00:00Z"),
        files: vec![],
        in_path_set: 1,
        also: also.clone(),
        mainlines: vec![],
        is_bot: false,
        image_policy: None,
    };
    // Made before the other, by a clock that was ahead.
    let other = commit("3333333333333333333333333333333333333333", "2026-11-24T03:05:00Z");
    SuspectList {
        tip: NEW.into(),
        branch: "main".into(),
        fetched_at: deck.state.now,
        good: Some(good.into()),
        range: vec![(own.commit.id.clone(), also), (other.id.clone(), vec![id(deck, "db")])],
        suspects: vec![own],
        others: vec![other],
        paths: vec![],
        remote: URL.into(),
    }
}

fn asked(out: &[Effect]) -> Option<(TaskId, &crate::app::effect::SuspectsRequest)> {
    out.iter().find_map(|e| match e {
        Effect::Suspects { task, request } => Some((*task, request.as_ref())),
        _ => None,
    })
}

fn opened() -> Deck {
    let mut deck = fleet();
    let out = deck.char('R');
    let task = asked(&out).unwrap().0;
    let found = list(&deck, OLD);
    deck.send(Msg::Suspects { task, result: Ok(Box::new(found)) });
    deck
}

fn names(ids: &[AppId]) -> Vec<&str> {
    ids.iter().map(|id| id.name.as_str()).collect()
}

#[test]
fn an_app_that_follows_another_branch_is_not_reached() {
    let mut deck = fleet();
    let out = deck.char('R');
    let request = asked(&out).unwrap().1;
    assert_eq!(request.others.iter().map(|c| c.app.name.as_str()).collect::<Vec<_>>(), ["db"]);
    let mut deck = opened();
    deck.char(' ');
    let Screen::Rollback(screen) = &deck.state.screen else { panic!() };
    assert_eq!(names(&affected(&deck.state, screen)), ["web", "db"]);
}

#[test]
fn a_commit_of_other_paths_names_the_apps_it_reaches_too() {
    let mut deck = opened();
    let Screen::Rollback(screen) = &mut deck.state.screen else { panic!() };
    screen.marked = vec!["3333333333333333333333333333333333333333".into()];
    let Screen::Rollback(screen) = &deck.state.screen else { panic!() };
    assert_eq!(names(&affected(&deck.state, screen)), ["web", "db"]);
}

#[test]
fn commits_are_undone_in_the_order_of_history_not_of_clocks() {
    let mut deck = opened();
    deck.char('t');
    for _ in 0..2 {
        deck.char(' ');
        deck.char('j');
    }
    let Screen::Rollback(screen) = &deck.state.screen else { panic!() };
    assert_eq!(screen.marked, [NEW, "3333333333333333333333333333333333333333"]);
}

#[test]
fn undoing_a_roll_back_starts_at_its_base_so_that_every_app_it_reaches_is_named() {
    let mut deck = opened();
    deck.char(' ');
    let out = deck.press(KeyCode::Enter);
    let task = out.iter().find_map(|e| if let Effect::Preview { task, .. } = e { Some(*task) } else { None }).unwrap();
    let preview = RevertPreview {
        base: NEW.into(),
        touched: vec![id(&deck, "db")],
        already_undone: false,
        tree: "4444444444444444444444444444444444444444".into(),
        files: vec![],
        conflicts: vec![],
        message: "Revert \"change\"\n".into(),
        took_ms: 1,
    };
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview)) });
    deck.wait(1000);
    let out = deck.press(KeyCode::Enter);
    let task = out.iter().find_map(|e| if let Effect::CheckPush { task, .. } = e { Some(*task) } else { None }).unwrap();
    let event = crate::app::msg::CheckEvent::Ended(crate::domain::plan::Outcome::Sent { commit: None });
    deck.send(Msg::PushChecked { task, event });
    deck.wait(1000);
    deck.keys("fleet main");
    deck.press(KeyCode::Enter);
    let out = deck.press(KeyCode::Enter);
    let Some(Effect::RunPlan { task, line, .. }) = out.iter().find(|e| matches!(e, Effect::RunPlan { .. })) else { panic!("{out:?}") };
    assert_eq!(line.plan.targets.len(), 2);
    let commit = "5555555555555555555555555555555555555555";
    let sent = crate::domain::plan::Outcome::Sent { commit: Some(commit.into()) };
    deck.send(Msg::Task { task: *task, event: crate::app::msg::TaskEvent::Finished(sent) });
    let out = deck.char('u');
    let request = asked(&out).unwrap().1;
    assert_eq!(request.good.as_deref(), Some(NEW), "the range holds our own commit");
}

#[test]
fn a_roll_back_pushes_to_the_address_that_is_fetched() {
    let mut deck = fleet();
    let id = crate::domain::repo::RepoId::from_url(URL);
    deck.state.fleet.repos.get_mut(&id).unwrap().url = "git@git.example.com:acme/fleet.git".into();
    let out = deck.char('R');
    assert_eq!(asked(&out).unwrap().1.url, "git@git.example.com:acme/fleet.git");
}

#[test]
fn the_plan_that_undoes_a_revert_says_what_it_brings_back() {
    let mut deck = opened();
    let Screen::Rollback(screen) = &mut deck.state.screen else { panic!() };
    let list = screen.list.as_mut().unwrap();
    list.suspects[0].commit.subject = "Revert \"payments pool 20 to 200\"".into();
    deck.char(' ');
    let out = deck.press(KeyCode::Enter);
    let task = out.iter().find_map(|e| if let Effect::Preview { task, .. } = e { Some(*task) } else { None }).unwrap();
    let preview = RevertPreview {
        base: NEW.into(),
        touched: vec![id(&deck, "db")],
        already_undone: false,
        tree: "4444444444444444444444444444444444444444".into(),
        files: vec![],
        conflicts: vec![],
        message: "Reapply\n".into(),
        took_ms: 1,
    };
    deck.send(Msg::Preview { task, result: Ok(Box::new(preview)) });
    deck.press(KeyCode::Enter);
    let Screen::Rollback(screen) = &deck.state.screen else { panic!() };
    let plan = &screen.plan.as_ref().unwrap().plan;
    let careful: Vec<&str> = plan.lines.iter().filter(|l| l.label == "careful").map(|l| l.text.as_str()).collect();
    assert!(careful.iter().any(|t| t.contains("brings back what was rolled back, \"payments pool 20 to 200\"")), "{careful:?}");
}

#[test]
fn where_a_revision_stands_is_asked_against_the_tip_and_asked_again_once_more_was_fetched() {
    use crate::domain::event::RepoEvent;
    use crate::domain::repo::{RepoId, Standing};
    let mut deck = fleet();
    let repo = RepoId::from_url(URL);
    let fetched = |deck: &mut Deck, at: &str| {
        let mut repo = deck.state.fleet.repos[&repo].clone();
        repo.fetched_at = Some(at.parse().unwrap());
        repo.refs.insert("heads/main".into(), OLD.into());
        deck.send(Msg::Repo(RepoEvent::Polled(repo)))
    };
    let asked = |out: &[Effect]| {
        out.iter().filter(|e| matches!(e, Effect::Standing { tip, revision, .. } if tip == OLD && revision == NEW)).count()
    };
    let out = fetched(&mut deck, "2026-11-24T03:00:00Z");
    assert!(asked(&out) > 0, "{out:?}");
    let answer = RepoEvent::Standing { repo: repo.clone(), revision: NEW.into(), tip: OLD.into(), standing: Standing::Unknown };
    let out = deck.send(Msg::Repo(answer));
    assert_eq!(asked(&out), 0, "the same mirror gives the same answer");
    let out = fetched(&mut deck, "2026-11-24T03:00:10Z");
    assert!(asked(&out) > 0, "now it may hold it: {out:?}");
}

#[test]
fn what_is_marked_is_the_commit_under_the_cursor_in_every_order_and_is_never_out_of_sight() {
    let other = "3333333333333333333333333333333333333333";
    let mut deck = opened();
    let rows = |deck: &Deck| {
        let Screen::Rollback(screen) = &deck.state.screen else { panic!() };
        (screen.rows().iter().map(|(c, _)| c.id.clone()).collect::<Vec<_>>(), screen.cursor, screen.marked.clone())
    };
    deck.char('t');
    // By the clock the other one is newer; history has it second.
    assert_eq!(rows(&deck), (vec![NEW.to_owned(), other.to_owned()], 0, vec![]));
    deck.char('j');
    deck.char(' ');
    assert_eq!(rows(&deck).2, [other]);
    deck.char('t');
    assert_eq!(rows(&deck), (vec![NEW.to_owned(), other.to_owned()], 1, vec![other.to_owned()]), "a mark stays in sight");
    deck.char(' ');
    assert_eq!(rows(&deck), (vec![NEW.to_owned()], 0, vec![]), "without its mark it goes");
}
