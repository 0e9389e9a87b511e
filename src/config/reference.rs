//! Every key of the file with its meaning and default: help, documentation and the commented example are made from this list.

/// One key; nested keys are written with a dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub key: &'static str,
    pub default: &'static str,
    pub doc: &'static str,
}

const fn field(key: &'static str, default: &'static str, doc: &'static str) -> Field {
    Field { key, default, doc }
}

pub const FIELDS: &[Field] = &[
    field("theme", "terminal", "Name of a built-in theme or of a file in the themes directory."),
    field("glyphs", "auto", "auto, unicode or ascii; auto asks the locale and the terminal."),
    field("motion", "true", "Signs of waiting turn; off lets them stand still."),
    field("mouse", "true", "Wheel and click; off leaves selecting text to the terminal."),
    field("keys", "default", "Key preset; default is the only one."),
    field("read_only", "false", "Nothing is ever written, on any cluster or repository."),
    field("aliases", "{}", "Context name to the name that is shown and typed; each alias once, and none that is another context's name."),
    field(
        "protected",
        "[]",
        "Patterns of clusters (context, alias, server or Argo destination; * and ?) where each change wants the name typed.",
    ),
    field("read_only_clusters", "[]", "Patterns of clusters where nothing is written."),
    field("namespaces", "[]", "Namespaces to look into where listing the whole cluster is forbidden."),
    field(
        "destinations",
        "{}",
        "Argo destination (name or server) to the context that reaches it. Unnamed ones: the context with that server, or of that name once an object of the app is found there.",
    ),
    field("git.poll", "60s", "How often a repository's remote is asked for its branches; at least 5s."),
    field(
        "git.max_mb",
        "500",
        "A mirror that grows larger is given up: history, diff and roll back of that repository are off and say so.",
    ),
    field(
        "guardrails",
        "{}",
        "Pattern of clusters to no_force, no_prune (true or false) and max_apps (a number: one rollback or staged sync may reach at most that many apps on them).",
    ),
    field("list_mode", "{}", "Context name to auto, stream or list: how its objects are first read; auto and stream are alike."),
];

/// The file with every key at its default.
pub fn example() -> String {
    let (mut out, mut group) = (String::new(), "");
    for Field { key, default, doc } in FIELDS {
        let (head, name) = key.split_once('.').map_or(("", *key), |(head, name)| (head, name));
        if head != group && !head.is_empty() {
            out.push_str(&format!("{head}:\n"));
        }
        group = head;
        let indent = if head.is_empty() { "" } else { "  " };
        out.push_str(&format!("{indent}# {doc}\n{indent}{name}: {default}\n"));
    }
    out
}
