//! The files an app is built from.

use std::collections::BTreeSet;

/// Exact files and whole directories, relative to the root of the repository; the directory "" is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathSet {
    files: BTreeSet<String>,
    dirs: BTreeSet<String>,
}

impl PathSet {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn file(mut self, path: &str) -> Self {
        self.add_file(path);
        self
    }
    pub fn dir(mut self, path: &str) -> Self {
        self.add_dir(path);
        self
    }
    pub fn add_file(&mut self, path: &str) {
        self.files.insert(tidy(path));
    }
    pub fn add_dir(&mut self, path: &str) {
        self.dirs.insert(tidy(path));
    }
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.dirs.is_empty()
    }
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }
    pub fn dirs(&self) -> impl Iterator<Item = &str> {
        self.dirs.iter().map(String::as_str)
    }
    /// A change of this file may change the app.
    pub fn touches(&self, path: &str) -> bool {
        if self.dirs.contains("") || self.files.contains(path) || self.dirs.contains(path) {
            return true;
        }
        path.match_indices('/').any(|(at, _)| path.get(..at).is_some_and(|dir| self.dirs.contains(dir)))
    }
}

fn tidy(path: &str) -> String {
    path.split('/').filter(|p| !p.is_empty() && *p != ".").collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_covers_what_is_below_it_and_nothing_beside_it() {
        let set = PathSet::new().dir("./apps/web/").file("base/values.yaml");
        assert!(set.touches("apps/web/a.yaml") && set.touches("apps/web/x/y.yaml") && set.touches("base/values.yaml"));
        assert!(!set.touches("apps/web2/a.yaml") && !set.touches("apps/a.yaml") && !set.touches("base/other.yaml"));
        assert!(PathSet::new().dir(".").touches("anything"), "the root covers all");
        assert!(!PathSet::new().touches("anything"));
    }
}
