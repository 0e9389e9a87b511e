//! A drawn screen as an SVG picture: lines as rectangles, text in runs of one style, a window bar on top.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier};
use std::fmt::Write;

/// Size of a cell.
const W: f32 = 8.4;
const H: f32 = 18.0;
const BAR: f32 = 28.0;
const PAD: f32 = 10.0;

/// Colours of the picture where the terminal would use its own.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    pub foreground: (u8, u8, u8),
    pub background: (u8, u8, u8),
    /// The 16 named colours.
    pub ansi: [(u8, u8, u8); 16],
}

impl Default for Palette {
    fn default() -> Self {
        Self {
            foreground: (213, 216, 220),
            background: (20, 23, 28),
            ansi: [
                (40, 44, 52),
                (232, 98, 92),
                (98, 190, 124),
                (222, 172, 76),
                (94, 150, 236),
                (196, 130, 220),
                (82, 180, 208),
                (200, 204, 210),
                (110, 118, 129),
                (255, 122, 114),
                (127, 211, 155),
                (240, 201, 95),
                (127, 180, 255),
                (214, 160, 235),
                (120, 205, 230),
                (255, 255, 255),
            ],
        }
    }
}

type Rgb = (u8, u8, u8);

#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    fg: Rgb,
    bg: Rgb,
    bold: bool,
    italic: bool,
    underline: bool,
}

fn indexed(i: u8, palette: &Palette) -> Rgb {
    let level = |v: u8| if v == 0 { 0 } else { 55 + v * 40 };
    match i {
        0..16 => palette.ansi[usize::from(i)],
        16..232 => {
            let n = i - 16;
            (level(n / 36), level(n / 6 % 6), level(n % 6))
        }
        _ => {
            let v = 8 + (i - 232) * 10;
            (v, v, v)
        }
    }
}

fn rgb(colour: Color, otherwise: Rgb, palette: &Palette) -> Rgb {
    let ansi = |i: usize| palette.ansi[i];
    match colour {
        Color::Reset => otherwise,
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Indexed(i) => indexed(i, palette),
        Color::Black => ansi(0),
        Color::Red => ansi(1),
        Color::Green => ansi(2),
        Color::Yellow => ansi(3),
        Color::Blue => ansi(4),
        Color::Magenta => ansi(5),
        Color::Cyan => ansi(6),
        Color::Gray => ansi(7),
        Color::DarkGray => ansi(8),
        Color::LightRed => ansi(9),
        Color::LightGreen => ansi(10),
        Color::LightYellow => ansi(11),
        Color::LightBlue => ansi(12),
        Color::LightMagenta => ansi(13),
        Color::LightCyan => ansi(14),
        Color::White => ansi(15),
    }
}

fn mix(a: Rgb, b: Rgb) -> Rgb {
    let part = |x: u8, y: u8| u8::try_from((u16::from(x) * 3 + u16::from(y) * 2) / 5).unwrap_or(x);
    (part(a.0, b.0), part(a.1, b.1), part(a.2, b.2))
}

fn look(cell: &ratatui::buffer::Cell, palette: &Palette) -> Look {
    let has = |m| cell.modifier.contains(m);
    let (mut fg, mut bg) = (rgb(cell.fg, palette.foreground, palette), rgb(cell.bg, palette.background, palette));
    if has(Modifier::DIM) {
        fg = mix(fg, bg);
    }
    if has(Modifier::REVERSED) {
        (fg, bg) = (bg, fg);
    }
    Look { fg, bg, bold: has(Modifier::BOLD), italic: has(Modifier::ITALIC), underline: has(Modifier::UNDERLINED) }
}

fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Arms of a box character: left, right, up, down; 0 none, 1 light, 2 heavy.
fn arms(symbol: &str) -> Option<[u8; 4]> {
    Some(match symbol {
        "─" => [1, 1, 0, 0],
        "│" => [0, 0, 1, 1],
        "┌" => [0, 1, 0, 1],
        "┐" => [1, 0, 0, 1],
        "└" => [0, 1, 1, 0],
        "┘" => [1, 0, 1, 0],
        "━" => [2, 2, 0, 0],
        "┃" => [0, 0, 2, 2],
        "┏" => [0, 2, 0, 2],
        "┓" => [2, 0, 0, 2],
        "┗" => [0, 2, 2, 0],
        "┛" => [2, 0, 2, 0],
        _ => return None,
    })
}

/// The picture of a buffer; the same buffer gives the same text.
pub fn write(buffer: &Buffer, title: &str, palette: &Palette) -> String {
    let area = buffer.area;
    let (width, height) = (f32::from(area.width) * W + 2.0 * PAD, f32::from(area.height) * H + BAR + PAD);
    let ground = buffer.cell(Position::new(area.x, area.y)).map_or(palette.background, |c| look(c, palette).bg);
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n",
        hex(ground)
    );
    for (i, colour) in ["#ff5f57", "#febc2e", "#28c840"].iter().enumerate() {
        let x = 18 + 18 * i;
        let _ = writeln!(out, "<circle cx=\"{x}\" cy=\"14\" r=\"5.5\" fill=\"{colour}\"/>");
    }
    let mid = width / 2.0;
    let _ = writeln!(
        out,
        "<text x=\"{mid:.1}\" y=\"18\" text-anchor=\"middle\" font-family=\"DejaVu Sans, sans-serif\" font-size=\"12\" fill=\"#8f98a3\">{}</text>",
        escape(title)
    );
    out.push_str("<g font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\" shape-rendering=\"crispEdges\" xml:space=\"preserve\">\n");
    for y in area.top()..area.bottom() {
        row(&mut out, buffer, y, ground, palette);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// A stretch of cells of one look.
struct Stretch {
    x: u16,
    cells: u16,
    look: Look,
    text: String,
    /// One sign outside ASCII: placed alone, because fonts give it other widths.
    alone: bool,
}

fn row(out: &mut String, buffer: &Buffer, y: u16, ground: Rgb, palette: &Palette) {
    let area = buffer.area;
    let mut list: Vec<Stretch> = Vec::new();
    for x in area.left()..area.right() {
        let Some(cell) = buffer.cell(Position::new(x, y)) else { continue };
        let look = look(cell, palette);
        let alone = !cell.symbol().is_ascii();
        let flat = matches!(cell.symbol(), "─" | "━");
        let joins = |s: &Stretch| s.look == look && if flat { s.text == cell.symbol() } else { !s.alone && !alone };
        match list.last_mut().filter(|s| joins(s)) {
            Some(last) => {
                last.cells += 1;
                if !flat {
                    last.text.push_str(cell.symbol());
                }
            }
            None => list.push(Stretch { x, cells: 1, look, text: cell.symbol().to_owned(), alone }),
        }
    }
    let top = BAR + f32::from(y - area.y) * H;
    let left = |x: u16| PAD + f32::from(x - area.x) * W;
    for s in list.iter().filter(|s| s.look.bg != ground) {
        let (x, w) = (left(s.x), f32::from(s.cells) * W);
        let _ = writeln!(out, "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{w:.1}\" height=\"{H}\" fill=\"{}\"/>", hex(s.look.bg));
    }
    for s in &list {
        match arms(&s.text) {
            Some(arms) => lines(out, (left(s.x), top), f32::from(s.cells) * W, arms, s.look.fg),
            None if s.text.trim().is_empty() && !s.look.underline => {}
            None => words(out, left(s.x), top, s),
        }
    }
}

/// A box character `w` wide: only flat lines are longer than a cell.
fn lines(out: &mut String, (x, y): (f32, f32), w: f32, arms: [u8; 4], colour: Rgb) {
    let (cx, cy) = (x + w / 2.0, y + H / 2.0);
    for (i, arm) in arms.into_iter().enumerate().filter(|(_, a)| *a > 0) {
        let t = if arm == 2 { 2.4 } else { 1.1 };
        // Each arm reaches a little past the middle, so that corners close.
        let (rx, ry, rw, rh) = match i {
            0 => (x, cy - t / 2.0, w / 2.0 + t / 2.0, t),
            1 => (cx - t / 2.0, cy - t / 2.0, w / 2.0 + t / 2.0, t),
            2 => (cx - t / 2.0, y, t, H / 2.0 + t / 2.0),
            _ => (cx - t / 2.0, cy - t / 2.0, t, H / 2.0 + t / 2.0),
        };
        let _ = writeln!(out, "<rect x=\"{rx:.2}\" y=\"{ry:.2}\" width=\"{rw:.2}\" height=\"{rh:.2}\" fill=\"{}\"/>", hex(colour));
    }
}

fn words(out: &mut String, x: f32, y: f32, s: &Stretch) {
    let bold = if s.look.bold { " font-weight=\"bold\"" } else { "" };
    let italic = if s.look.italic { " font-style=\"italic\"" } else { "" };
    let under = if s.look.underline { " text-decoration=\"underline\"" } else { "" };
    let (baseline, length) = (y + 13.5, f32::from(s.cells) * W);
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{baseline:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{bold}{italic}{under}>{}</text>",
        hex(s.look.fg),
        escape(&s.text)
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn a_picture_has_its_texts_escaped_its_lines_as_shapes_and_is_the_same_twice() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 2));
        buffer.set_string(0, 0, "┌─<a&b>", Style::new().fg(Color::Red));
        let first = write(&buffer, "deck", &Palette::default());
        assert_eq!(first, write(&buffer, "deck", &Palette::default()));
        assert!(first.contains("&lt;a&amp;b&gt;"));
        assert!(!first.contains('┌') && !first.contains('─'), "box characters are drawn as shapes");
        assert!(first.contains("fill=\"#e8625c\""));
    }
}
