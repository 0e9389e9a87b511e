//! What an operator calls a commit: its id or the beginning of it, a branch, a tag.

use super::fleet::Fleet;
use crate::domain::app::App;
use crate::domain::repo::Repo;
use crate::domain::source::RefKind;
use std::collections::BTreeSet;

/// A shorter beginning of a commit id names too many.
const SHORTEST: usize = 7;

/// The one commit that `typed` names in the app's repository, as far as we have seen it; nothing where it may be two.
pub fn named(fleet: &Fleet, app: &App, typed: &str) -> Option<String> {
    let typed = typed.trim();
    let [source] = &app.sources[..] else { return None };
    let repo = fleet.repos.get(&source.repo()?)?;
    if typed == "HEAD" {
        return repo.resolve(&RefKind::Head).map(|(_, id)| id);
    }
    let by_name: BTreeSet<&String> = ["heads", "tags"].iter().filter_map(|kind| repo.refs.get(&format!("{kind}/{typed}"))).collect();
    let by_full_name = || typed.strip_prefix("refs/").and_then(|name| repo.refs.get(name)).cloned();
    match by_name.len() {
        0 => by_full_name().or_else(|| begun(repo, app, typed)),
        1 => by_name.into_iter().next().cloned(),
        _ => None,
    }
}

fn begun(repo: &Repo, app: &App, typed: &str) -> Option<String> {
    if typed.len() < SHORTEST || !typed.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let typed = typed.to_lowercase();
    let known = repo
        .log
        .iter()
        .map(|c| c.id.as_str())
        .chain(repo.refs.values().map(String::as_str))
        .chain(app.history.iter().map(|h| h.revision.as_str()));
    let found: BTreeSet<&str> = known.filter(|id| matches!(id.len(), 40 | 64) && id.starts_with(&typed)).collect();
    (found.len() == 1).then(|| found.into_iter().next().map(str::to_owned))?
}
