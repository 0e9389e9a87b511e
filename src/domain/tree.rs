//! A tree of files at one revision, read without a checkout.

/// Files of one revision. Paths are relative to the root, `/`-separated, without `./` and without a trailing slash; the root is "".
pub trait FileTree {
    /// The whole file; `None` when there is none, it is a directory, or it is a link out of the tree.
    fn read(&self, path: &str) -> Option<Vec<u8>>;
    /// Names directly inside a directory, sorted, with "is a directory"; `None` when there is no such directory.
    fn list(&self, dir: &str) -> Option<Vec<(String, bool)>>;
}

/// A tree held in memory: tests, generated files.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree(pub std::collections::BTreeMap<String, Vec<u8>>);

impl FileTree for MemoryTree {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.0.get(path).cloned()
    }
    fn list(&self, dir: &str) -> Option<Vec<(String, bool)>> {
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let mut out: Vec<(String, bool)> = Vec::new();
        for path in self.0.keys() {
            let Some(rest) = path.strip_prefix(&prefix) else { continue };
            let entry = match rest.split_once('/') {
                Some((name, _)) => (name.to_owned(), true),
                None => (rest.to_owned(), false),
            };
            if out.last() != Some(&entry) {
                out.push(entry);
            }
        }
        out.sort();
        out.dedup();
        (!out.is_empty() || dir.is_empty()).then_some(out)
    }
}

/// Joins a path in the tree with a relative one; `None` when it would leave the tree.
pub fn join(base: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> =
        if relative.starts_with('/') { Vec::new() } else { base.split('/').filter(|p| !p.is_empty() && *p != ".").collect() };
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_leave_the_tree() {
        assert_eq!(join("apps/web/overlays/prod", "../../base").as_deref(), Some("apps/web/base"));
        assert_eq!(join("a", "../../etc"), None);
        assert_eq!(join("a", "/b/./c").as_deref(), Some("b/c"));
    }
}
