//! Signs and their ASCII stand-ins.

/// A sign with a meaning; all are one cell in the unicode set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Ok,
    Drift,
    Busy,
    Bad,
    Held,
    Missing,
    Unknown,
    Attention,
    Open,
    Closed,
    Behind,
    Ahead,
    /// Stands for cut text.
    Cut,
    Plain,
}

impl Sign {
    pub fn unicode(self) -> &'static str {
        match self {
            Self::Ok => "✓",
            Self::Drift => "⇄",
            Self::Busy => "↻",
            Self::Bad => "✗",
            Self::Held => "⊘",
            Self::Missing => "∅",
            Self::Unknown => "?",
            Self::Attention => "!",
            Self::Open => "▾",
            Self::Closed => "▸",
            Self::Behind => "⇣",
            Self::Ahead => "⇡",
            Self::Cut => "⋯",
            Self::Plain => " ",
        }
    }

    pub fn ascii(self) -> &'static str {
        match self {
            Self::Cut => "..",
            other => other.unicode().chars().next().map_or(" ", to_ascii),
        }
    }
}

/// The ASCII stand-in of one of our signs or lines; other characters have none and stay (" " is never returned for them).
pub(super) fn to_ascii(c: char) -> &'static str {
    match c {
        '✓' | '⇡' | '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' => "+",
        '⇄' => "~",
        '↻' | '▸' => ">",
        '✗' => "x",
        '⊘' | '━' => "=",
        '∅' => "o",
        '▾' => "v",
        '⇣' | '─' | '┄' => "-",
        '⋯' => ".",
        '│' => "|",
        '┃' | '┏' | '┓' | '┗' | '┛' | '┯' | '┷' => "#",
        '?' => "?",
        '!' => "!",
        _ => " ",
    }
}

/// Whether `to_ascii` has an answer for a character.
pub(super) fn is_ours(c: char) -> bool {
    !c.is_ascii() && to_ascii(c) != " "
}
