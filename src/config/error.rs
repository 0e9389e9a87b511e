//! What is wrong with the file, where, and what was probably meant.

use std::fmt;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub file: PathBuf,
    /// Line and column from 1, where known; the column is 0 where only the line is.
    pub at: Option<(u64, u64)>,
    pub message: String,
}

impl ConfigError {
    pub(super) fn at(file: &Path, at: Option<(u64, u64)>, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), at, message: message.into() }
    }

    pub(super) fn from_yaml(file: &Path, error: &serde_yaml::Error) -> Self {
        let at = error.location().map(|l| (l.line(), l.column())).filter(|(line, _)| *line > 0);
        Self::at(file, at, message(error))
    }
}

fn message(error: &serde_yaml::Error) -> String {
    use serde_yaml::Error as E;
    match error {
        E::WithSnippet { error, .. } | E::AliasError { error, .. } => message(error),
        E::SerdeUnknownField { field, expected, .. } => suggest("unknown key", field, expected),
        E::SerdeUnknownVariant { variant, expected, .. } => suggest("unknown value", variant, expected),
        other => {
            let text = other.to_string();
            let line = text.lines().next().unwrap_or_default();
            line.strip_prefix("error: ").unwrap_or(line).to_owned()
        }
    }
}

fn suggest(what: &str, found: &str, expected: &[&str]) -> String {
    match nearest(found, expected) {
        Some(near) => format!("{what} `{found}`: did you mean `{near}`?"),
        None => format!("{what} `{found}`: known are {}", expected.join(", ")),
    }
}

/// The closest name, if it is close enough to be a slip of the keyboard.
fn nearest<'a>(found: &str, names: &[&'a str]) -> Option<&'a str> {
    let found = found.to_lowercase().replace('-', "_");
    let best = names.iter().map(|name| (distance(&found, name), *name)).min()?;
    (best.0 <= (found.chars().count() / 3).max(1)).then_some(best.1)
}

/// Edits from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let (up, left, corner) = (row.get(j + 1), next.last(), row.get(j));
            let edits = [up.map(|n| n + 1), left.map(|n| n + 1), corner.map(|n| n + usize::from(from != *to))];
            next.push(edits.into_iter().flatten().min().unwrap_or_default());
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// Where a key stands in the text, for errors that are found after reading.
pub(super) fn line_of(text: &str, key: &str) -> Option<(u64, u64)> {
    let is_key = |line: &str| {
        let line = line.trim_start().trim_start_matches(['"', '\'']);
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    };
    (1u64..).zip(text.lines()).find(|(_, line)| is_key(line)).map(|(n, _)| (n, 0))
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some((line, _)) = self.at {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ConfigError {}
