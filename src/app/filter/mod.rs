//! The list filter: text, fields with globs, state words, times, `or`, `not` and brackets; how it is read, completed and applied.

mod complete;
mod glob;
mod matching;
mod parse;
mod terms;

pub use complete::{Candidate, Completion, complete, nearest};
pub use glob::{glob, matches_any};
pub use matching::{Scope, matches};
pub use parse::{Kind, Parsed, Problem, Span, parse};

/// One parsed filter; an empty one matches everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    All,
    Text(String),
    Pattern(Pattern),
    /// Field and its alternatives (a comma means or).
    Field(&'static str, Vec<String>),
    Word(&'static str),
    /// Seconds in the present state: less than, or more than.
    Since(Side, u64),
    /// Commits behind the head of what it follows.
    Behind(Side, u64),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Less,
    More,
}

/// `/regex/`, over the text in small letters.
#[derive(Clone, Debug)]
pub struct Pattern(regex::Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

impl Expr {
    /// It holds text that may stand anywhere.
    pub fn has_text(&self) -> bool {
        match self {
            Self::Text(_) | Self::Pattern(_) => true,
            Self::Not(inner) => inner.has_text(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::has_text),
            _ => false,
        }
    }
}
