//! From theme files to styles, once, at the start or when the theme is changed.

use super::builtin::BUILTIN;
use super::colour::Depth;
use super::file::{Ground, ThemeFile, parse_style};
use super::glyph::{self, Sign};
use super::role::Role;
use ratatui::style::{Color, Modifier, Style};
use std::borrow::Cow;
use std::fmt;

/// How deep `inherits` may go.
const MAX_PARENTS: usize = 8;

/// A style for each role, at the depth of the terminal, with a set of signs.
#[derive(Clone, Debug)]
pub struct Theme {
    pub name: String,
    pub about: String,
    pub ground: Ground,
    /// Only ASCII is drawn for our own signs and lines.
    pub ascii: bool,
    pub depth: Depth,
    styles: Vec<Style>,
}

/// Why a theme cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThemeError {
    Unknown { name: String, nearest: Option<String> },
    Broken { name: String, cause: String },
}

impl fmt::Display for ThemeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, nearest: Some(near) } => write!(f, "There is no theme \"{name}\"; did you mean \"{near}\"?"),
            Self::Unknown { name, nearest: None } => write!(f, "There is no theme \"{name}\"."),
            Self::Broken { name, cause } => write!(f, "Theme \"{name}\" cannot be used: {cause}."),
        }
    }
}
impl std::error::Error for ThemeError {}

impl Theme {
    /// The theme of that name; the user's files (name without `.yaml`, text) come before our own, roles not set are those of
    /// `inherits`, else of `terminal`. `Depth::None` gives the modifiers of `mono`, whatever the name.
    pub fn load(name: &str, user: &[(String, String)], depth: Depth) -> Result<Self, ThemeError> {
        let (wanted, user) = if depth == Depth::None { ("mono", &[][..]) } else { (name, user) };
        let mut styles: Vec<Option<Style>> = vec![None; Role::ALL.len()];
        let first = read(wanted, user, None)?;
        let (about, mut ground) = (first.about.clone(), first.ground);
        let mut file = first;
        for _ in 0..MAX_PARENTS {
            take(&file, &mut styles)?;
            let Some(parent) = file.inherits.clone() else { break };
            file = read(&parent, user, Some(&file.name))?;
            ground = ground.or(file.ground);
        }
        if styles.iter().any(Option::is_none) {
            take(&read("terminal", &[], None)?, &mut styles)?;
        }
        let styles = styles.into_iter().map(|s| fit(s.unwrap_or_default(), depth)).collect();
        Ok(Self { name: wanted.to_owned(), about, ground: ground.unwrap_or_default(), ascii: false, depth, styles })
    }

    /// All theme names: ours, then the user's that are not among ours.
    pub fn names(user: &[(String, String)]) -> Vec<String> {
        let ours = BUILTIN.iter().map(|(n, _)| (*n).to_owned());
        let theirs = user.iter().map(|(n, _)| n.clone()).filter(|n| !BUILTIN.iter().any(|(b, _)| b == n));
        ours.chain(theirs).collect()
    }

    /// Modifiers only; needs no file, so that a screen can always be drawn.
    pub fn fallback() -> Self {
        let mut theme = Self {
            name: "mono".into(),
            about: String::new(),
            ground: Ground::Any,
            ascii: false,
            depth: Depth::None,
            styles: vec![Style::new(); Role::ALL.len()],
        };
        for role in [Role::CursorGutter, Role::Bad, Role::ButtonFocus] {
            theme.set(role, Style::new().add_modifier(Modifier::REVERSED));
        }
        theme
    }

    #[must_use]
    pub fn with_ascii(mut self, ascii: bool) -> Self {
        self.ascii = ascii;
        self
    }

    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// Replaces one style: tints and tests.
    pub fn set(&mut self, role: Role, style: Style) {
        if let Some(slot) = self.styles.get_mut(role as usize) {
            *slot = style;
        }
    }

    pub fn sign(&self, sign: Sign) -> &'static str {
        if self.ascii { sign.ascii() } else { sign.unicode() }
    }

    /// A text as this glyph set can show it: our own signs in ASCII where asked for, other text unchanged.
    pub fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.ascii || !text.chars().any(glyph::is_ours) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                // Two dots stand for cut text; the letter before gives its cell, so that columns stay.
                '⋯' if out.pop_if_plain() => out.push_str(".."),
                c if glyph::is_ours(c) => out.push_str(glyph::to_ascii(c)),
                c => out.push(c),
            }
        }
        Cow::Owned(out)
    }
}

/// Gives up the last letter where it is one cell of ASCII.
trait PopPlain {
    fn pop_if_plain(&mut self) -> bool;
}
impl PopPlain for String {
    fn pop_if_plain(&mut self) -> bool {
        let plain = self.chars().next_back().is_some_and(|c| c.is_ascii_graphic());
        if plain {
            self.pop();
        }
        plain
    }
}

fn read(name: &str, user: &[(String, String)], child: Option<&str>) -> Result<ThemeFile, ThemeError> {
    // A user's file may carry the name of ours and inherit from it.
    let own = user.iter().find(|(n, _)| n == name && child != Some(name)).map(|(_, t)| t.as_str());
    let text = own.or_else(|| BUILTIN.iter().find(|(n, _)| *n == name).map(|(_, t)| *t));
    let Some(text) = text else {
        return Err(ThemeError::Unknown { name: name.to_owned(), nearest: nearest(name, &Theme::names(user)) });
    };
    serde_yaml::from_str(text).map_err(|e| ThemeError::Broken { name: name.to_owned(), cause: first_line(&e.to_string()) })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}

fn take(file: &ThemeFile, styles: &mut [Option<Style>]) -> Result<(), ThemeError> {
    let broken = |cause: String| ThemeError::Broken { name: file.name.clone(), cause };
    for (name, text) in &file.roles {
        let Some(role) = Role::ALL.iter().copied().find(|r| r.name() == name) else {
            let names: Vec<String> = Role::ALL.iter().map(|r| r.name().to_owned()).collect();
            let near = nearest(name, &names).map_or(String::new(), |n| format!("; did you mean \"{n}\"?"));
            return Err(broken(format!("\"{name}\" is no role{near}")));
        };
        let style = parse_style(text).map_err(|e| broken(format!("{name}: {e}")))?;
        if let Some(slot) = styles.get_mut(role as usize) {
            slot.get_or_insert(style);
        }
    }
    Ok(())
}

fn fit(style: Style, depth: Depth) -> Style {
    let colour = |c: Option<Color>| c.filter(|_| depth != Depth::None).map(|c| depth.fit(c));
    Style { fg: colour(style.fg), bg: colour(style.bg), ..style }
}

/// The name with the fewest edits, if they are few.
fn nearest(name: &str, names: &[String]) -> Option<String> {
    let best = names.iter().map(|n| (edits(name, n), n)).min()?;
    (best.0 <= 1 + name.chars().count() / 2).then(|| best.1.clone())
}

fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut previous = i;
        let mut next = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let above = row.get(j + 1).copied().unwrap_or(usize::MAX);
            let left = next.last().copied().unwrap_or(usize::MAX);
            let cost = (previous + usize::from(ca != *cb)).min(above.saturating_add(1)).min(left.saturating_add(1));
            previous = above;
            next.push(cost);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}
