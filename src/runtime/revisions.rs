//! Which revision of each source an app with several ran.

use crate::domain::app::App;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::history::HistoryEntry;

/// For each source the revision that went with `first`, the one of the first source, by which such a state is told. `None` for what is not git.
///
/// Errors: it is not recorded for every source.
pub(super) fn of_sources(app: &App, first: &str) -> Result<Vec<Option<String>>, String> {
    let is_first = |revision: &str| bare_revision(revision) == bare_revision(first);
    let runs = app.revision.as_deref().is_some_and(is_first);
    let entry = recorded(app, is_first);
    let mut out = Vec::new();
    for (at, source) in app.sources.iter().enumerate() {
        let Some(repo) = source.repo() else {
            out.push(None);
            continue;
        };
        // What comes from the place of the first one runs its revision.
        let is_same_place = app.sources.first().is_some_and(|f| f.repo() == source.repo() && f.reference == source.reference);
        let recorded = if runs && app.sources.len() > 1 {
            source.revision.as_deref()
        } else if is_same_place {
            Some(first)
        } else {
            entry.and_then(|h| h.revisions.get(at)).map(|r| r.as_str())
        };
        let Some(revision) = recorded.map(bare_revision).filter(|r| !r.is_empty()) else {
            let (name, count, beside) = (&app.id.name, app.sources.len(), short_rev(bare_revision(first)));
            return Err(format!("{name} has {count} sources, and what it ran of {} beside {beside} is not recorded.", repo.short()));
        };
        out.push(Some(revision.to_owned()));
    }
    Ok(out)
}

/// The entry of the history that began with this revision, where there is but one such state and it had the sources of today: of which place a
/// revision is, only their order tells.
fn recorded(app: &App, is_first: impl Fn(&str) -> bool) -> Option<&HistoryEntry> {
    let mut all = app.history.iter().filter(|h| is_first(&h.revision) && !h.revisions.is_empty());
    let newest = all.next()?;
    let is_one = all.all(|h| h.revisions == newest.revisions);
    (is_one && newest.moved.is_none() && newest.revisions.len() == app.sources.len()).then_some(newest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Parsed;
    use crate::domain::ids::ClusterId;
    use serde_json::{Value, json};

    fn commit(c: char) -> String {
        c.to_string().repeat(40)
    }

    fn app(sources: Value, runs: &[char], history: &[&[char]]) -> App {
        let all = |list: &[char]| list.iter().map(|c| commit(*c)).collect::<Vec<_>>();
        let history: Vec<Value> =
            history.iter().enumerate().map(|(i, list)| json!({"id": i, "revisions": all(list), "sources": sources})).collect();
        let object = json!({"metadata": {"name": "shop", "namespace": "argocd"}, "spec": {"sources": sources},
            "status": {"sync": {"status": "Synced", "revisions": all(runs)}, "history": history}});
        let (engine, kind) = crate::engine::watched().find(|(_, k)| k.kind == "Application").unwrap();
        match engine.parse(kind, &ClusterId::new("c"), "v1alpha1", &object.to_string(), crate::domain::Timestamp::UNIX_EPOCH) {
            Parsed::App(app) => App::clone(&app),
            other => panic!("{other:?}"),
        }
    }

    fn two() -> Value {
        json!([{"repoURL": "https://git.example.com/a", "path": "a"}, {"repoURL": "https://git.example.com/b", "path": "b"}])
    }

    #[test]
    fn each_source_has_its_own_revision_of_what_runs_and_of_what_ran() {
        let app = app(two(), &['c', 'd'], &[&['a', 'b'], &['c', 'd']]);
        assert_eq!(of_sources(&app, &commit('c')).unwrap(), [Some(commit('c')), Some(commit('d'))]);
        assert_eq!(of_sources(&app, &commit('a')).unwrap(), [Some(commit('a')), Some(commit('b'))]);
    }

    #[test]
    fn a_revision_of_which_only_the_first_source_is_known_is_not_taken_for_the_others() {
        let app = app(two(), &['c', 'd'], &[&['c', 'd']]);
        let error = of_sources(&app, &commit('e')).unwrap_err();
        assert!(error.contains("2 sources") && error.contains("eeeeeee is not recorded"), "{error}");
    }

    #[test]
    fn two_states_that_began_alike_are_not_taken_for_each_other() {
        let app = app(two(), &['e', 'f'], &[&['a', 'b'], &['a', 'c'], &['e', 'f']]);
        let error = of_sources(&app, &commit('a')).unwrap_err();
        assert!(error.contains("beside aaaaaaa is not recorded"), "{error}");
    }

    #[test]
    fn sources_of_one_place_run_one_revision_however_old() {
        let same =
            json!([{"repoURL": "https://git.example.com/a", "path": "a"}, {"repoURL": "https://git.example.com/a.git", "path": "b"}]);
        assert_eq!(of_sources(&app(same, &['c', 'c'], &[]), &commit('e')).unwrap(), [Some(commit('e')), Some(commit('e'))]);
    }

    #[test]
    fn one_source_needs_no_record() {
        let one = json!([{"repoURL": "https://git.example.com/a", "path": "a"}]);
        assert_eq!(of_sources(&app(one, &['c'], &[]), &commit('e')).unwrap(), [Some(commit('e'))]);
    }
}
