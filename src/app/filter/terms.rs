//! The fields and words of the language, with what they mean.

/// A field, what it looks at, and the sign between it and its value.
pub struct Field {
    pub name: &'static str,
    pub sign: &'static str,
    pub help: &'static str,
}

const fn field(name: &'static str, sign: &'static str, help: &'static str) -> Field {
    Field { name, sign, help }
}

/// In the order they are offered.
pub const FIELDS: [Field; 14] = [
    field("cluster", ":", "where it runs"),
    field("app", ":", "name of the app"),
    field("health", ":", "health word"),
    field("sync", ":", "sync word"),
    field("since", "<", "time in this state"),
    field("behind", ">", "commits behind the head"),
    field("repo", ":", "repository it follows"),
    field("path", ":", "directory in git"),
    field("ns", ":", "namespace of its object"),
    field("eng", ":", "engine"),
    field("kind", ":", "kind of its object"),
    field("via", ":", "cluster it is managed from"),
    field("rev", ":", "revision that runs"),
    field("auto", ":", "auto-sync"),
];

pub const WORDS: [(&str, &str); 10] = [
    ("broken", "failed or degraded"),
    ("drifted", "out of sync"),
    ("missing", "not on the cluster"),
    ("unknown", "cannot be told now"),
    ("suspended", "paused by someone"),
    ("progressing", "on its way"),
    ("stale", "its cluster is not read now"),
    ("new", "changed, not looked at"),
    ("acked", "acknowledged"),
    ("ok", "Synced and Healthy"),
];

pub const JOINS: [(&str, &str); 2] = [("not", "the opposite of what follows"), ("or", "one of the two is enough")];

pub const SYNC: [&str; 6] = ["synced", "outofsync", "failed", "syncing", "suspended", "unknown"];
pub const HEALTH: [&str; 7] = ["healthy", "progressing", "degraded", "missing", "suspended", "unassessed", "unknown"];
pub const AUTO: [&str; 2] = ["on", "off"];
pub const ENGINES: [&str; 3] = ["argo", "kust", "helm"];

/// The values of a field that has a closed list.
pub fn closed(field: &str) -> Option<&'static [&'static str]> {
    match field {
        "sync" => Some(&SYNC),
        "health" => Some(&HEALTH),
        "auto" => Some(&AUTO),
        _ => None,
    }
}
