//! What a sync was asked to do: the request that was sent and the one that is worked on are compared by it.

use super::ids::ObjectKey;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Empty = whatever the app follows.
    pub revisions: Vec<String>,
    pub prune: bool,
    pub dry_run: bool,
    pub force: bool,
    /// Strategies; no single request has both.
    pub hook: bool,
    pub apply: bool,
    pub options: Vec<String>,
    /// Empty = all.
    pub resources: Vec<ObjectKey>,
    /// `None` = not tried again.
    pub retries: Option<i64>,
}

impl Asked {
    /// What is worked on otherwise than it was wanted, in words; nothing = the same.
    pub fn differences(&self, wanted: &Self) -> Vec<String> {
        let mut out = Vec::new();
        for (word, has, asked) in [
            ("prune", self.prune, wanted.prune),
            ("dry run", self.dry_run, wanted.dry_run),
            ("force", self.force, wanted.force),
            ("hooks", self.hook, wanted.hook),
            ("apply without hooks", self.apply, wanted.apply),
        ] {
            if has != asked {
                out.push(format!("{word} is {}", if has { "on" } else { "off" }));
            }
        }
        if self.revisions != wanted.revisions {
            out.push(format!("revision {}", list(&self.revisions, "of its own choice")));
        }
        if sorted(&self.resources) != sorted(&wanted.resources) {
            let names: Vec<String> = self.resources.iter().map(ObjectKey::title).collect();
            out.push(format!("resources: {}", list(&names, "all")));
        }
        if sorted(&self.options) != sorted(&wanted.options) {
            out.push(format!("sync options: {}", list(&self.options, "none")));
        }
        if self.retries != wanted.retries {
            out.push(self.retries.map_or_else(|| "no retry".to_owned(), |n| format!("retry {n}")));
        }
        out
    }
}

fn sorted<T: Ord>(items: &[T]) -> Vec<&T> {
    let mut out: Vec<&T> = items.iter().collect();
    out.sort();
    out
}

fn list(items: &[String], none: &str) -> String {
    if items.is_empty() { none.to_owned() } else { items.join(", ") }
}
