//! What each entry of a history brought, and who asked for it.

use super::deck::*;
use super::following::{following, sent_sync};
use crate::app::effect::Effect;
use crate::app::history::{Commits, by, commits};
use crate::app::msg::{Msg, TaskEvent};
use crate::domain::commit::OwnCommits;
use crate::domain::event::RepoEvent;
use crate::domain::history::{HistoryEntry, Moved};
use crate::domain::ids::{AppId, AppKind};
use crate::domain::plan::Outcome;
use crate::domain::source::Source;
use jiff::SignedDuration;

fn alpha() -> AppId {
    id("flux", AppKind::Kustomization, "flux-system", "alpha")
}

fn entry(digit: char) -> HistoryEntry {
    HistoryEntry {
        id: None,
        revision: commit(digit).into(),
        revisions: Box::default(),
        at: start().into(),
        started_at: start().into(),
        by: None,
        result: "ReconciliationSucceeded".into(),
        ok: true,
        health_recorded: true,
        digest: None,
        took_ms: None,
        runs: None,
        note: "".into(),
        moved: None,
    }
}

/// `alpha` ran b, then c twice, then d; the History tab is open.
fn open() -> (Deck, Vec<Effect>) {
    let mut app = kust("alpha");
    app.history = ['d', 'c', 'c', 'b'].map(entry).into();
    let mut deck = Deck::with(vec![app]);
    deck.wait(200);
    let mut out = deck.keys("3 ] ]");
    out.extend(deck.wait(200));
    (deck, out)
}

fn asked(out: &[Effect]) -> Vec<Vec<(String, String)>> {
    out.iter().filter_map(|e| if let Effect::Between { pairs, .. } = e { Some(pairs.clone()) } else { None }).collect()
}

fn told(deck: &Deck) -> Vec<Commits<'_>> {
    let row = deck.row(&alpha());
    (0..4).map(|at| commits(&deck.state, row, at)).collect()
}

fn answer(deck: &mut Deck, found: Vec<(char, char, Option<OwnCommits>)>) -> Vec<Effect> {
    let found = found.into_iter().map(|(earlier, later, found)| (commit(earlier), commit(later), found)).collect();
    deck.send(Msg::Repo(RepoEvent::Between { app: alpha(), tip: commit('a'), found }))
}

#[test]
fn the_commits_between_entries_are_asked_once_for_each_pair_when_the_history_is_looked_at() {
    let (mut deck, out) = open();
    assert_eq!(asked(&out), [vec![(commit('b'), commit('c')), (commit('c'), commit('d'))]]);
    assert!(matches!(told(&deck)[..], [Commits::Reading, Commits::Known(_), Commits::Reading, Commits::NotApplicable]));
    let own = OwnCommits { subjects: vec!["pool to 200".into()], count: 1, ..OwnCommits::default() };
    let out = answer(&mut deck, vec![('c', 'd', Some(own.clone())), ('b', 'c', None)]);
    assert!(asked(&out).is_empty());
    assert_eq!(told(&deck)[..1], [Commits::Known(&own)]);
    assert_eq!(told(&deck)[2], Commits::Unknown, "git could not tell");
    let out = deck.wait(2000);
    assert!(asked(&out).is_empty(), "nothing is asked twice");
}

#[test]
fn without_the_tab_or_where_revisions_are_no_commits_nothing_is_asked() {
    let mut app = kust("alpha");
    app.history = ['d', 'c'].map(entry).into();
    let mut deck = Deck::with(vec![app.clone()]);
    let mut out = deck.wait(200);
    out.extend(deck.keys("3 ]"));
    assert!(asked(&out).is_empty(), "Resources");
    app.history[1].revision = "4.11.2".into();
    let mut deck = Deck::with(vec![app]);
    let mut out = deck.wait(200);
    out.extend(deck.keys("3 ] ]"));
    out.extend(deck.wait(200));
    assert!(asked(&out).is_empty());
    assert_eq!(told(&deck)[0], Commits::NotApplicable);
}

#[test]
fn a_question_that_ended_with_its_row_is_asked_again_when_the_row_comes_back() {
    let mut app = kust("alpha");
    app.history = ['d', 'c'].map(entry).into();
    let mut deck = Deck::with(vec![app, kust("beta")]);
    deck.wait(200);
    let mut out = deck.keys("3 ] ]");
    out.extend(deck.wait(200));
    assert_eq!(asked(&out).len(), 1);
    deck.keys("2 j");
    deck.wait(400);
    deck.keys("k");
    let out = deck.wait(400);
    assert_eq!(asked(&out).len(), 1, "{out:?}");
}

#[test]
fn an_entry_that_argo_cd_says_is_ours_carries_the_operator_and_others_what_it_says() {
    let (mut deck, app, _) = sent_sync();
    let after = |seconds: i64| Some(start().checked_add(SignedDuration::from_secs(seconds)).unwrap());
    let entry = |started, by: &str| HistoryEntry { started_at: started, by: Some(by.into()), ..entry('a') };
    let asked = deck.state.journal[0].at.as_second() - start().as_second();
    deck.change(&app, |a| {
        let named = ["automated", "mia", "sam (driftdeck)", "mia"];
        a.history = named.iter().zip([9, 6, 2, -600]).map(|(by, s)| entry(after(asked + s).into(), by)).collect();
    });
    let who = |at| by(&deck.state, deck.row(&app), at);
    assert_eq!([who(0), who(1), who(2), who(3)].map(Option::unwrap), ["auto-sync", "mia", "sam, dd", "mia"]);
    let (deck, _) = open();
    let who = |at| by(&deck.state, deck.row(&alpha()), at);
    assert_eq!([who(0), who(1), who(3)], [Some("source".into()), Some("retry".into()), None]);
}

#[test]
fn of_what_a_reconcile_or_a_revert_of_ours_brought_only_the_first_entry_is_ours() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.keys("s");
    deck.wait(400);
    deck.keys("y");
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Sent { commit: None }) });
    let asked = deck.state.journal[0].at.as_second() - start().as_second();
    let began = |digit, seconds| {
        let at = start().checked_add(SignedDuration::from_secs(seconds)).ok();
        HistoryEntry { started_at: at.into(), at: at.into(), ..entry(digit) }
    };
    deck.change(&alpha(), |a| a.history = vec![began('d', asked + 90), began('c', asked + 3), began('b', asked - 60)]);
    let who = |deck: &Deck, at| by(&deck.state, deck.row(&alpha()), at);
    assert_eq!([who(&deck, 0), who(&deck, 1)].map(Option::unwrap), ["source", "sam, dd"]);
    let (mut deck, _) = following();
    deck.change(&alpha(), |a| a.history = vec![began('9', 900), began('9', 600), began('b', -600)]);
    assert_eq!([who(&deck, 0), who(&deck, 1)].map(Option::unwrap), ["retry", "sam, dd"]);
}

#[test]
fn what_several_repositories_or_another_path_brought_is_not_told_as_nothing_new() {
    let several = |earlier: [char; 2], later: [char; 2], path: &str| {
        let mut app = argo("argocd", "web", "flux");
        let second = Source { path: Some(path.into()), ..app.sources[0].clone() };
        let second = if path == "values" { Source { url: Some("https://git.example.com/acme/values".into()), ..second } } else { second };
        app.sources.push(second);
        let of = |digits: [char; 2]| HistoryEntry { revisions: digits.map(|d| commit(d).into()).into(), ..entry(digits[0]) };
        app.history = vec![of(later), of(earlier)];
        let deck = Deck::with(vec![app.clone()]);
        let row = deck.row(&app.id);
        matches!(commits(&deck.state, row, 0), Commits::NotApplicable)
    };
    assert!(several(['b', 'c'], ['b', 'd'], "values"), "the values changed");
    assert!(several(['b', 'c'], ['d', 'e'], "values"), "both changed");
    assert!(!several(['b', 'c'], ['d', 'c'], "values"), "one changed, and it is asked about");
    assert!(!several(['b', 'b'], ['d', 'd'], "apps/other"), "one repository");
    let mut app = kust("alpha");
    app.history = ['d', 'd', 'c'].map(entry).into();
    app.history[1].moved = Some(Box::new(Moved { from: "path apps/old".into(), is_other_repo: false, fields: vec![] }));
    let deck = Deck::with(vec![app]);
    let row = deck.row(&alpha());
    assert_eq!([commits(&deck.state, row, 0), commits(&deck.state, row, 1)], [Commits::NotApplicable; 2]);
}

#[test]
fn of_a_history_that_is_longer_than_what_is_kept_the_newest_are_asked_once() {
    let whole = |n: usize| HistoryEntry { revision: format!("{n:040x}").into(), ..entry('a') };
    let mut app = kust("alpha");
    app.history = (1..=300).rev().map(whole).collect();
    let mut deck = Deck::with(vec![app]);
    deck.wait(200);
    let mut out = deck.keys("3 ] ]");
    out.extend(deck.wait(200));
    let mut rounds = 0;
    while let Some(pairs) = asked(&out).pop() {
        rounds += 1;
        assert!(rounds < 5, "{}", pairs.len());
        assert_eq!(pairs.len(), if rounds == 1 { 200 } else { 1 });
        let found = pairs.into_iter().map(|(earlier, later)| (earlier, later, Some(OwnCommits::default()))).collect();
        out = deck.send(Msg::Repo(RepoEvent::Between { app: alpha(), tip: commit('a'), found }));
        if rounds == 1 {
            out.extend(deck.change(&alpha(), |a| a.history.insert(0, whole(301))));
            out.extend(deck.wait(200));
        }
    }
    assert_eq!(rounds, 2, "the new one, and nothing again");
    assert!(matches!(commits(&deck.state, deck.row(&alpha()), 0), Commits::Known(_)));
}
