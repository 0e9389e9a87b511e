//! Roll back where the obvious way is closed: references that are no branch, goods that do not help, refusals.

use super::deck::*;
use super::rollback::{alpha, preview, pushed, shop, sick, suspects, task_of};
use crate::app::effect::{Effect, SuspectsRequest};
use crate::app::msg::{Msg, RollbackTrouble};
use crate::app::rollback::Stage;
use crate::domain::source::{RefKind, Source, SourceType};

fn asked(out: &[Effect]) -> Option<&SuspectsRequest> {
    out.iter().find_map(|e| if let Effect::Suspects { request, .. } = e { Some(&**request) } else { None })
}

fn trouble() -> RollbackTrouble {
    RollbackTrouble { headline: "A revision is not in the history of the branch.".into(), text: "aaaaaaa".into(), next: vec![] }
}

#[test]
fn a_reference_that_was_not_resolved_is_sent_as_it_is_and_never_becomes_the_default_branch() {
    for reference in [RefKind::Ambiguous("release-1.2".into()), RefKind::Name("refs/pull/1/head".into())] {
        let mut deck = sick();
        deck.change(&alpha(), |a| a.sources = vec![git("apps/alpha", reference.clone())]);
        let out = deck.keys("R");
        assert_eq!(asked(&out).unwrap().reference, reference);
        let task = task_of(&out);
        deck.send(Msg::Suspects { task, result: Err(trouble()) });
        assert!(deck.rollback().list.is_none() && deck.rollback().branch.is_none());
    }
}

#[test]
fn another_good_revision_does_not_lead_around_a_pin() {
    let mut deck = sick();
    deck.change(&alpha(), |a| a.sources = vec![git("apps/alpha", RefKind::Tag("v1".into()))]);
    deck.keys("R");
    let before = deck.rollback().trouble.clone();
    assert!(before.is_some());
    let out = deck.keys("G enter G");
    assert!(asked(&out).is_none() && before == deck.rollback().trouble);
}

#[test]
fn an_app_pinned_while_the_screen_is_open_is_told_and_not_asked_for() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    suspects(&mut deck, task);
    deck.change(&alpha(), |a| a.sources = vec![git("apps/alpha", RefKind::Tag("v1".into()))]);
    let out = deck.keys("G");
    assert!(asked(&out).is_none());
    assert!(deck.rollback().trouble.as_ref().unwrap().headline.contains("pinned to tag v1"));
}

#[test]
fn where_the_only_good_revision_does_not_help_the_newest_commits_are_one_key_away() {
    let mut deck = sick();
    let task = task_of(&deck.keys("R"));
    deck.send(Msg::Suspects { task, result: Err(trouble()) });
    let out = deck.keys("G");
    assert_eq!(asked(&out).unwrap().good, None);
    assert!(deck.rollback().trouble.is_none());
    let out = deck.keys("G");
    assert_eq!(asked(&out).unwrap().good, Some(commit('a')), "and round to the first again");
}

/// A chart from elsewhere with its values in the repository.
fn chart_with_values() -> Vec<Source> {
    let chart = Source {
        source_type: SourceType::Helm,
        url: Some("https://charts.example.com".into()),
        chart: Some("redis".into()),
        reference: RefKind::Version("19.1.0".into()),
        revision: Some("19.1.0".into()),
        value_files: vec!["$values/envs/prod/redis.yaml".into(), "values-own.yaml".into(), "$other/x.yaml".into()],
        ..Source::default()
    };
    let values = Source { path: None, name: Some("values".into()), revision: Some(commit('d')), ..git("", RefKind::Branch("main".into())) };
    vec![chart, values]
}

#[test]
fn a_source_that_only_lends_value_files_is_touched_by_those_alone() {
    let mut deck = sick();
    deck.change(&shop(), |a| a.sources = chart_with_values());
    let out = deck.keys("R");
    let claim = &asked(&out).unwrap().others[0];
    assert_eq!((claim.app.clone(), claim.files.clone()), (shop(), vec!["envs/prod/redis.yaml".to_owned()]));
    assert!(claim.dirs.is_empty() && claim.value_files.is_empty(), "not the whole repository: {claim:?}");
}

#[test]
fn a_helm_release_with_its_chart_in_git_is_rolled_back_like_a_directory() {
    let mut deck = sick();
    deck.change(&alpha(), |a| {
        let chart = Some("charts/web".to_owned());
        a.sources = vec![Source { chart, value_files: vec!["envs/prod.yaml".into()], ..git("charts/web", RefKind::Branch("main".into())) }];
    });
    let out = deck.keys("R");
    let own = &asked(&out).unwrap().own;
    assert_eq!((own.dirs.clone(), own.files.clone()), (vec!["charts/web".to_owned()], vec!["envs/prod.yaml".to_owned()]));
}
