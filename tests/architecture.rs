//! Rules of the house that the compiler does not know: which room may use which, how long a file may be, what each file says of itself.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room, the rooms of ours it may use, the outside crates it must never name.
struct Room {
    name: &'static str,
    uses: &'static [&'static str],
    never: &'static [&'static str],
}

const SCREEN: &[&str] = &["ratatui", "crossterm", "tui_textarea"];

/// As the design has it. `cli`, `lib.rs` and `main.rs` may use everything.
const ROOMS: &[Room] = &[
    Room { name: "domain", uses: &[], never: &["tokio", "kube", "gix", "ratatui", "crossterm", "tui_textarea", "hyper"] },
    Room { name: "engine", uses: &["domain"], never: &["tokio", "hyper", "gix", "ratatui", "crossterm", "tui_textarea"] },
    Room { name: "render", uses: &["domain", "git"], never: &["kube", "ratatui", "crossterm", "tui_textarea"] },
    Room { name: "cluster", uses: &["domain", "engine"], never: &["gix", "ratatui", "crossterm", "tui_textarea"] },
    Room { name: "git", uses: &["domain"], never: &["kube", "ratatui", "crossterm", "tui_textarea"] },
    Room { name: "forge", uses: &["domain"], never: &["kube", "gix", "ratatui", "crossterm", "tui_textarea"] },
    Room { name: "store", uses: &["domain"], never: &["tokio", "kube", "gix", "ratatui", "crossterm", "tui_textarea"] },
    Room { name: "config", uses: &["domain"], never: &["tokio", "kube", "gix", "ratatui", "crossterm", "tui_textarea"] },
    Room { name: "app", uses: &["domain", "engine"], never: &["tokio", "kube", "gix", "crossterm", "hyper"] },
    Room { name: "theme", uses: &[], never: &["tokio", "kube", "gix", "crossterm", "tui_textarea"] },
    Room { name: "ui", uses: &["domain", "app", "theme"], never: &["tokio", "kube", "gix", "crossterm", "hyper"] },
    Room {
        name: "runtime",
        uses: &["domain", "app", "engine", "cluster", "git", "forge", "render", "store"],
        never: &["ratatui", "crossterm", "tui_textarea"],
    },
    Room { name: "tui", uses: &["domain", "app", "ui", "theme", "runtime", "config"], never: &["kube", "gix"] },
    Room { name: "sim", uses: &["domain", "render", "git"], never: SCREEN },
];

/// A file that breaks a rule on purpose: path, room or crate, reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// Lines of a file without its tests.
const LONGEST: usize = 500;

struct Source {
    path: PathBuf,
    /// Path below `src`, with `/`.
    name: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(files.len() > 100, "the sources were found");
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).expect("below src").components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>();
        Source { name: name.join("/"), text: fs::read_to_string(&path).expect("a readable file"), path }
    };
    files.into_iter().map(read).collect()
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

impl Source {
    fn room(&self) -> &str {
        let first = self.name.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// Test files may use whatever helps to prove something.
    fn is_test(&self) -> bool {
        self.name.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "testing.rs") || part.ends_with("_tests.rs"))
    }

    /// The code before the tests at the end of the file, without comments.
    fn code(&self) -> Vec<&str> {
        let mut lines = Vec::new();
        for line in self.text.lines() {
            if line.trim() == "#[cfg(test)]" && !lines.is_empty() {
                let rest = self.text.lines().skip_while(|l| !std::ptr::eq(*l, line)).nth(1).unwrap_or_default();
                // A test module in place ends the code; a file of tests or a test helper does not.
                if rest.trim_start().starts_with("mod ") && rest.trim_end().ends_with('{') {
                    break;
                }
            }
            if !line.trim_start().starts_with("//") {
                lines.push(line);
            }
        }
        lines
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// First path segments below `crate::`, also those in braces.
fn rooms_named(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(inside) => found.extend(first_segments(inside)),
            None => {
                found.insert(rest.chars().take_while(|c| is_word(*c)).collect());
            }
        }
    }
    found
}

/// `a::{b, c}, d` gives a and d.
fn first_segments(inside: &str) -> Vec<String> {
    let (mut depth, mut word, mut out, mut fresh) = (0usize, String::new(), Vec::new(), true);
    for c in inside.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                out.push(std::mem::take(&mut word));
                fresh = true;
            }
            c if depth == 0 && fresh && is_word(c) => word.push(c),
            c if depth == 0 && !c.is_whitespace() => fresh = false,
            _ => {}
        }
    }
    out.push(word);
    out.retain(|w| !w.is_empty());
    out
}

/// Is an outside crate named as the start of a path?
fn names_crate(code: &str, name: &str) -> bool {
    let path = format!("{name}::");
    code.match_indices(&path).any(|(at, _)| {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        before.is_none_or(|c| !is_word(c) && c != ':')
    })
}

fn is_excepted(file: &str, what: &str) -> bool {
    EXCEPTIONS.iter().any(|(path, name, _)| *path == file && *name == what)
}

#[test]
fn rooms_use_only_what_the_table_allows() {
    let names: BTreeSet<&str> = ROOMS.iter().map(|r| r.name).chain(["cli"]).collect();
    let mut broken = Vec::new();
    for source in sources().iter().filter(|s| !s.is_test()) {
        let Some(room) = ROOMS.iter().find(|r| r.name == source.room()) else { continue };
        let code = source.code().join("\n");
        for other in rooms_named(&code) {
            let known = names.contains(other.as_str());
            if known && other != room.name && !room.uses.contains(&other.as_str()) && !is_excepted(&source.name, &other) {
                broken.push(format!("{}: {} must not use {other}", source.name, room.name));
            }
        }
        for never in room.never {
            if names_crate(&code, never) && !is_excepted(&source.name, never) {
                broken.push(format!("{}: {} must not use the crate {never}", source.name, room.name));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_folder_of_the_sources_has_a_line_in_the_table() {
    let known = |room: &str| room == "cli" || room == "lib" || room == "main" || ROOMS.iter().any(|r| r.name == room);
    let strange: BTreeSet<String> = sources().iter().map(|s| s.room().to_owned()).filter(|room| !known(room)).collect();
    assert!(strange.is_empty(), "rooms without a rule: {strange:?}");
}

#[test]
fn exceptions_are_still_needed() {
    for (file, what, reason) in EXCEPTIONS {
        let all = sources();
        let source = all.iter().find(|s| s.name == *file).unwrap_or_else(|| panic!("{file} is gone"));
        let code = source.code().join("\n");
        assert!(rooms_named(&code).contains(*what) || names_crate(&code, what), "{file} no longer uses {what}");
        assert!(!reason.is_empty());
    }
}

#[test]
fn no_file_is_longer_than_a_person_reads_at_once() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|s| !s.is_test())
        .map(|s| (s.code().len(), &s.path))
        .filter(|(lines, _)| *lines > LONGEST)
        .map(|(lines, path)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<String> = sources().iter().filter(|s| !s.is_test() && !s.text.starts_with("//! ")).map(|s| s.name.clone()).collect();
    assert!(silent.is_empty(), "no //! at the top: {}", silent.join(", "));
}

#[test]
fn nothing_is_left_to_be_written() {
    let holes: Vec<String> = sources()
        .iter()
        .filter(|s| ["todo!(", "unimplemented!(", "dbg!("].iter().any(|hole| s.code().iter().any(|line| line.contains(hole))))
        .map(|s| s.name.clone())
        .collect();
    assert!(holes.is_empty(), "{}", holes.join(", "));
}

#[test]
fn the_reader_of_imports_sees_nested_braces_and_paths_in_expressions() {
    let code = "use crate::{app::{msg::Msg, state}, domain::ids};\nlet x = crate::cluster::write(a);\nuse kube::Client; // my_kube::x";
    assert_eq!(rooms_named(code).into_iter().collect::<Vec<_>>(), ["app", "cluster", "domain"]);
    assert!(names_crate(code, "kube") && !names_crate("use my_kube::Client; x::kube::y", "kube"));
}
