//! How many colours the terminal has, and what becomes of a colour it does not have.

use ratatui::style::Color;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// NO_COLOR, or a terminal without any.
    None,
    /// The 16 colours the user chose.
    #[default]
    Ansi,
    /// xterm's cube and greys.
    Indexed,
    True,
}

impl Depth {
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ansi => "16",
            Self::Indexed => "256",
            Self::True => "truecolor",
        }
    }

    /// The nearest colour that this terminal has.
    pub(super) fn fit(self, colour: Color) -> Color {
        let Color::Rgb(r, g, b) = colour else {
            return if self == Self::None { Color::Reset } else { colour };
        };
        match self {
            Self::True => colour,
            Self::Indexed => Color::Indexed(to_indexed(r, g, b)),
            Self::Ansi => to_ansi(r, g, b),
            Self::None => Color::Reset,
        }
    }
}

const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let part = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    3 * part(a.0, b.0) + 6 * part(a.1, b.1) + part(a.2, b.2)
}

/// Nearest of the 6x6x6 cube and the 24 greys; the first 16 are the user's and never picked.
fn to_indexed(r: u8, g: u8, b: u8) -> u8 {
    let nearest = |v: u8| (0u8..6).min_by_key(|&i| LEVELS[usize::from(i)].abs_diff(v)).unwrap_or(0);
    let (ri, gi, bi) = (nearest(r), nearest(g), nearest(b));
    let cube = (LEVELS[usize::from(ri)], LEVELS[usize::from(gi)], LEVELS[usize::from(bi)]);
    let mean = ((u16::from(r) + u16::from(g) + u16::from(b)) / 3).clamp(8, 238) as u8;
    let step = (mean - 8 + 5) / 10;
    let grey = 8 + step * 10;
    if distance((grey, grey, grey), (r, g, b)) < distance(cube, (r, g, b)) { 232 + step } else { 16 + 36 * ri + 6 * gi + bi }
}

/// By hue and lightness: distance alone turns every dark colour black.
fn to_ansi(r: u8, g: u8, b: u8) -> Color {
    let (max, min) = (r.max(g).max(b), r.min(g).min(b));
    if max - min < 40 {
        return match max {
            0..50 => Color::Black,
            50..150 => Color::DarkGray,
            150..220 => Color::Gray,
            _ => Color::White,
        };
    }
    let half = min + (max - min) / 2;
    match (r > half, g > half, b > half) {
        (true, false, false) => Color::Red,
        (false, true, false) => Color::Green,
        (false, false, true) => Color::Blue,
        (true, true, false) => Color::Yellow,
        (true, false, true) => Color::Magenta,
        (false, true, true) => Color::Cyan,
        _ => Color::White,
    }
}

/// A colour by name or `#rrggbb`; `default` is the terminal's own.
pub(super) fn parse(word: &str) -> Option<Color> {
    if let Some(hex) = word.strip_prefix('#') {
        if hex.len() != 6 {
            return None;
        }
        let value = u32::from_str_radix(hex, 16).ok()?;
        let [_, r, g, b] = value.to_be_bytes();
        return Some(Color::Rgb(r, g, b));
    }
    Some(match word {
        "default" => Color::Reset,
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "gray" => Color::Gray,
        "darkgray" => Color::DarkGray,
        "lightred" => Color::LightRed,
        "lightgreen" => Color::LightGreen,
        "lightyellow" => Color::LightYellow,
        "lightblue" => Color::LightBlue,
        "lightmagenta" => Color::LightMagenta,
        "lightcyan" => Color::LightCyan,
        "white" => Color::White,
        _ => return None,
    })
}
