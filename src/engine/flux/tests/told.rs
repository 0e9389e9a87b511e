//! What a verdict adds where more is known than that something failed: each with its near twin.

use super::*;
use crate::domain::event::{Edit, LiveNode};
use crate::domain::ids::ObjectKey;
use crate::domain::verdict::Verdict;

fn at() -> Timestamp {
    "2026-11-24T01:18:47Z".parse().unwrap()
}

fn judge(app: &App) -> Verdict {
    Flux.verdict(app, &bare(&facts("prod-eu"), at()))
}

#[test]
fn a_commit_that_is_not_signed_is_named_and_so_is_what_that_means_for_a_revert() {
    let (kind, json) = recorded("gitrepository-failing-with-old-artifact.json");
    let app = recorded_app("kustomization-green-but-stale-source-failing.json");
    let said = |message: &str| {
        let mut source = parse_source(&kind, &json);
        source.message = message.to_owned();
        Flux.verdict(&app, &Context { source: Some(&source), ..bare(&facts("prod-eu"), at()) })
    };
    let unsigned = said("signature verification of commit '4f2c91d000000000000000000000000000000000' failed: unable to verify Git commit");
    assert_eq!(unsigned.short, "4f2c91d is not signed as required");
    assert!(unsigned.sentence.contains("prod-eu stays on cbec0f7. An unsigned revert would be refused too."), "{}", unsigned.sentence);
    assert!(unsigned.is_old && unsigned.next[0].key == "R", "{:?}", unsigned.next);
    let tag = said("signature verification of tag 'v1' failed: no key");
    assert_eq!(tag.short, "source stale: fetch fails 26m, signature", "which commit that is, is not told");
}

#[test]
fn helms_own_words_tell_why_an_upgrade_was_rolled_back_where_no_object_is_named() {
    let recorded = recorded_app("helmrelease-upgrade-failed-rolled-back.json");
    let with = |message: &str| {
        let mut app = recorded.clone();
        app.conditions.iter_mut().filter(|c| c.kind == "Released").for_each(|c| c.message = message.into());
        judge(&app).sentence
    };
    let hooks = with(
        "Helm upgrade failed for release data/redis with chart redis@19.0.0: pre-upgrade hooks failed: timed out waiting for the condition",
    );
    assert!(hooks.contains(" (pre-upgrade hooks failed: timed out waiting for the condition); Helm rolled back"), "{hooks}");
    assert!(!with("Helm upgrade failed").contains('('), "nothing more was said");
    assert!(judge(&recorded).sentence.contains("(Deployment "), "the objects that did not come up are closer");
}

#[test]
fn who_made_a_release_drift_is_told_where_the_live_object_tells() {
    let app = recorded_app("helmrelease-drift-warn.json");
    let node = |name: &str, at: &str| LiveNode {
        key: ObjectKey::new("apps", "Deployment", "helm", name),
        exists: true,
        edit: Some(Edit {
            manager: "kubectl-patch".into(),
            at: at.parse().ok(),
            field: "memory".into(),
            more: 0,
            live: None,
            applied: None,
        }),
        ..LiveNode::default()
    };
    let said_at = |name: &str, when: &str| {
        let tree = [node(name, when)];
        Flux.verdict(&app, &Context { tree: Some(&tree), ..bare(&facts("prod-eu"), at()) }).sentence
    };
    let said = |name: &str| said_at(name, "2026-11-24T00:44:10Z");
    assert!(!said_at("helm-drift-warn", "2026-10-01T00:00:00Z").contains("kubectl"), "from before the release was put there");
    assert!(said("helm-drift-warn").contains("Manager kubectl-patch set memory at 00:44:10 on prod-eu."), "{}", said("helm-drift-warn"));
    assert!(!said("another").contains("kubectl"), "an edit of an object that does not differ");
}
