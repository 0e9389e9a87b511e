//! The files of one commit, read from a mirror without a checkout.

use super::error::GitError;
use super::mirror::Mirror;
use super::oid;
use crate::domain::tree::{FileTree, join};
use gix::ObjectId;
use gix::objs::tree::EntryKind;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Larger files are not manifests; reading one would cost more than it tells.
const MAX_FILE: u64 = 16 << 20;
const MAX_LINKS: usize = 8;

type Listing = Vec<(String, EntryKind, ObjectId)>;

/// The tree of a commit (or a tree, such as a preview's). Directories read once are kept. Not for async threads: reading blocks.
pub struct CommitTree {
    repo: Mutex<gix::Repository>,
    root: ObjectId,
    listings: Mutex<HashMap<ObjectId, Listing>>,
}

impl CommitTree {
    /// The tree of a branch, tag or commit id. Errors: `Missing`.
    pub fn new(mirror: &Mirror, revision: &str) -> Result<Self, GitError> {
        let repo = mirror.local();
        let id = oid::resolve(&repo, revision)?;
        let root = oid::commit(&repo, id)?.tree_id()?.detach();
        Ok(Self { repo: Mutex::new(repo), root, listings: Mutex::default() })
    }

    pub(crate) fn of_tree(repo: gix::Repository, root: ObjectId) -> Self {
        Self { repo: Mutex::new(repo), root, listings: Mutex::default() }
    }

    fn listing<T>(&self, tree: ObjectId, pick: impl FnOnce(&Listing) -> T) -> Option<T> {
        let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = listings.get(&tree) {
            return Some(pick(found));
        }
        let mut entries: Listing = {
            let repo = self.repo.lock().unwrap_or_else(PoisonError::into_inner);
            let object = repo.find_tree(tree).ok()?;
            object.iter().flatten().map(|e| (e.filename().to_string(), e.mode().kind(), e.oid().to_owned())).collect()
        };
        entries.sort();
        let out = pick(&entries);
        listings.insert(tree, entries);
        Some(out)
    }

    fn blob(&self, id: ObjectId) -> Option<Vec<u8>> {
        let repo = self.repo.lock().unwrap_or_else(PoisonError::into_inner);
        if repo.find_header(id).ok()?.size() > MAX_FILE {
            return None;
        }
        Some(repo.find_blob(id).ok()?.take_data())
    }

    /// What lies at a path; links are followed inside the tree, in directories on the way too.
    fn find(&self, path: &str, links: usize) -> Option<(EntryKind, ObjectId)> {
        let (mut kind, mut id, mut walked) = (EntryKind::Tree, self.root, String::new());
        let mut parts = path.split('/').filter(|p| !p.is_empty());
        while let Some(name) = parts.next() {
            if kind != EntryKind::Tree {
                return None;
            }
            let found = self.listing(id, |l| l.iter().find(|(n, _, _)| n == name).map(|(_, kind, id)| (*kind, *id)))??;
            if found.0 == EntryKind::Link {
                let target = String::from_utf8(self.blob(found.1)?).ok()?;
                if links == 0 || target.starts_with('/') {
                    return None;
                }
                let rest: Vec<&str> = parts.collect();
                let target = join(&walked, &target)?;
                return self.find(&join(&target, &rest.join("/"))?, links - 1);
            }
            walked = join(&walked, name)?;
            (kind, id) = found;
        }
        Some((kind, id))
    }
}

impl FileTree for CommitTree {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        let (kind, id) = self.find(path, MAX_LINKS)?;
        if matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable) { self.blob(id) } else { None }
    }

    fn list(&self, dir: &str) -> Option<Vec<(String, bool)>> {
        let (kind, id) = self.find(dir, MAX_LINKS)?;
        if kind != EntryKind::Tree {
            return None;
        }
        let entries = self.listing(id, Clone::clone)?;
        let is_dir = |name: &str, kind| match kind {
            EntryKind::Link => {
                join(dir, name).and_then(|path| self.find(&path, MAX_LINKS)).is_some_and(|(kind, _)| kind == EntryKind::Tree)
            }
            kind => kind == EntryKind::Tree,
        };
        let named = entries.into_iter().filter(|(_, kind, _)| *kind != EntryKind::Commit);
        Some(named.map(|(name, kind, _)| (is_dir(&name, kind), name)).map(|(dir, name)| (name, dir)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Lab;
    use super::*;

    #[tokio::test]
    async fn files_directories_and_links_inside_the_tree_are_read() {
        let lab = Lab::new().await;
        lab.write("apps/web/kustomization.yaml", "resources: [../base]\n");
        lab.write("base/deploy.yaml", "kind: Deployment\n");
        for (link, target) in [("apps/shared", "../base"), ("apps/out", "../../secret"), ("apps/abs", "/etc/passwd"), ("apps/loop", "loop")]
        {
            std::os::unix::fs::symlink(target, lab.work().join(link)).unwrap();
        }
        let old = lab.commit_all("one");
        lab.commit("base/deploy.yaml", "kind: StatefulSet\n", "two");
        lab.push();
        let mirror = lab.mirror().await;
        let tree = CommitTree::new(&mirror, "main").unwrap();
        assert_eq!(tree.read("base/deploy.yaml").unwrap(), b"kind: StatefulSet\n");
        assert_eq!(tree.read("apps/shared/deploy.yaml").unwrap(), b"kind: StatefulSet\n", "through a linked directory");
        assert_eq!(tree.read("base"), None);
        for path in ["apps/out", "apps/abs", "apps/loop", "none", "base/deploy.yaml/x"] {
            assert_eq!(tree.read(path), None, "{path}");
        }
        let names = |dir: &str| tree.list(dir).map(|l| l.into_iter().map(|(n, d)| if d { n + "/" } else { n }).collect::<Vec<_>>());
        assert_eq!(names("").unwrap(), ["apps/", "base/"]);
        assert_eq!(names("apps").unwrap(), ["abs", "loop", "out", "shared/", "web/"]);
        assert_eq!(names("none"), None);
        let before = CommitTree::new(&mirror, &format!("main@sha1:{old}")).unwrap();
        assert_eq!(before.read("base/deploy.yaml").unwrap(), b"kind: Deployment\n", "an older commit has its own files");
    }
}
