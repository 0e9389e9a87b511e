//! A theme file as written.

use super::colour;
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the theme is made for; the contrast of its colours is judged against it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ground {
    Dark,
    Light,
    /// The user's own background: named colours only.
    #[default]
    Any,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeFile {
    pub name: String,
    /// One line for the theme list.
    #[serde(default)]
    pub about: String,
    /// Roles not set here are those of this theme.
    #[serde(default)]
    pub inherits: Option<String>,
    #[serde(default)]
    pub ground: Option<Ground>,
    #[serde(default)]
    pub roles: BTreeMap<String, String>,
}

/// A style as words: a colour, `on` and a colour, and any of bold, dim, italic, underline, reverse; `plain` alone is none of them.
pub fn parse_style(text: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        style = match word {
            "plain" => style,
            "bold" => style.add_modifier(Modifier::BOLD),
            "dim" => style.add_modifier(Modifier::DIM),
            "italic" => style.add_modifier(Modifier::ITALIC),
            "underline" => style.add_modifier(Modifier::UNDERLINED),
            "reverse" => style.add_modifier(Modifier::REVERSED),
            "on" => style.bg(colour_of(words.next().unwrap_or_default())?),
            word => style.fg(colour_of(word)?),
        };
    }
    Ok(style)
}

fn colour_of(word: &str) -> Result<Color, String> {
    colour::parse(word).ok_or_else(|| format!("\"{word}\" is no colour; write a name like red, or #rrggbb"))
}
