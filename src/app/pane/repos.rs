//! Who follows which repository, and the order of the repositories: most followed first.

use crate::app::fleet::Row;
use crate::app::state::AppState;
use crate::domain::repo::{RepoId, Standing};
use crate::domain::source::{RefKind, SourceType};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What the apps that follow a repository say about it.
#[derive(Clone, Debug, Default)]
pub struct Followers {
    pub apps: usize,
    /// Cluster to the worst standing of its apps and the revision that runs.
    pub clusters: BTreeMap<String, (Standing, Option<String>)>,
    /// Every follower is pinned to this tag, commit or version.
    pub pinned: Option<String>,
    pub branch: Option<String>,
    /// Some follower moves with a branch.
    moving: bool,
}

impl Followers {
    pub const fn none() -> Self {
        Self { apps: 0, clusters: BTreeMap::new(), pinned: None, branch: None, moving: false }
    }

    /// What of a row they are worked out from.
    pub fn part(row: &Row) -> impl PartialEq {
        (&row.app.sources, &row.app.revision, row.standing, &row.app.destination)
    }

    fn add(&mut self, reference: &RefKind, row: &Row, runs_on: &str) {
        self.apps += 1;
        self.follow(reference);
        let standing = row.standing.unwrap_or(Standing::Unknown);
        let revision = &row.app.revision;
        match self.clusters.get_mut(runs_on) {
            Some(slot) if worse(standing, slot.0) || (standing == slot.0 && *revision > slot.1) => *slot = (standing, revision.clone()),
            Some(_) => {}
            None => {
                self.clusters.insert(runs_on.to_owned(), (standing, revision.clone()));
            }
        }
    }

    fn follow(&mut self, reference: &RefKind) {
        match reference {
            // The rows come in no order; the same screen must come out.
            RefKind::Tag(t) | RefKind::Commit(t) | RefKind::Version(t) | RefKind::Semver(t) => {
                self.pinned = self.pinned.take().filter(|known| known >= t).or_else(|| Some(t.clone()));
            }
            RefKind::Branch(b) => {
                self.moving = true;
                self.branch = self.branch.take().filter(|known| known <= b).or_else(|| Some(b.clone()));
            }
            _ => self.moving = true,
        }
    }
}

pub fn worse(a: Standing, b: Standing) -> bool {
    let rank = |s| match s {
        Standing::Diverged => (4, 0),
        Standing::Behind(n) => (3, n),
        Standing::Ahead(n) => (2, n),
        Standing::Unknown => (1, 0),
        Standing::Even => (0, 0),
    };
    rank(a) > rank(b)
}

/// Followers of every repository: worked out at the first question after one of them moved, not for each frame.
pub fn all(state: &AppState) -> &BTreeMap<RepoId, Followers> {
    state.fleet.followers.get_or_init(|| count(state))
}

fn count(state: &AppState) -> BTreeMap<RepoId, Followers> {
    let mut out: BTreeMap<RepoId, Followers> = BTreeMap::new();
    // The rows carry URLs as written; what each means is worked out once a URL, not once a row.
    let mut known: HashMap<&str, RepoId> = HashMap::new();
    for row in state.fleet.rows.values() {
        for source in &row.app.sources {
            let Some(url) = source.url.as_deref().filter(|_| source.source_type == SourceType::Git) else { continue };
            let id = known.entry(url).or_insert_with(|| RepoId::from_url(url));
            if !out.contains_key(id) {
                out.insert(id.clone(), Followers::default());
            }
            if let Some(followers) = out.get_mut(id) {
                followers.add(&source.reference, row, runs_on(state, row));
            }
        }
    }
    sources(state, &mut out);
    for followers in out.values_mut().filter(|f| f.moving) {
        followers.pinned = None;
    }
    out
}

/// Repositories that a cluster fetches and no app reads: what its source follows is all there is to say.
fn sources(state: &AppState, out: &mut BTreeMap<RepoId, Followers>) {
    let read: BTreeSet<RepoId> = out.keys().cloned().collect();
    for object in state.fleet.sources.values().filter(|s| s.source_type == SourceType::Git && s.of.is_none()) {
        let Some(id) = object.url.as_deref().map(RepoId::from_url).filter(|id| !read.contains(id)) else { continue };
        out.entry(id).or_default().follow(&object.reference);
    }
}

/// The name in the CLUSTER column.
pub fn runs_on<'a>(state: &'a AppState, row: &'a Row) -> &'a str {
    let id = row.app.destination.cluster.as_ref().unwrap_or(&row.app.id.cluster);
    let shown = row.app.runs_on();
    match state.fleet.clusters.get(id) {
        Some(cluster) if id.as_str() == shown => cluster.name(),
        _ => shown,
    }
}

/// As the pane lists them and the cursor walks them.
pub fn order(state: &AppState) -> Vec<RepoId> {
    let followers = all(state);
    let mut ids: Vec<RepoId> = state.fleet.repos.keys().cloned().collect();
    ids.sort_by_key(|id| (Reverse(followers.get(id).map_or(0, |f| f.apps)), id.clone()));
    ids
}
