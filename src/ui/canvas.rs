//! The only thing that writes cells: it clips, and turns roles into styles.

use super::runs::Runs;
use super::text;
use crate::app::msg::Press;
use crate::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

pub struct Canvas<'a> {
    buf: &'a mut Buffer,
    pub theme: &'a Theme,
    hits: Hits,
}

/// What a click does at each place, topmost last; a box hides what is below it.
#[derive(Debug, Default)]
pub struct Hits(Vec<(Rect, Option<Press>)>);

impl Hits {
    pub fn at(&self, x: u16, y: u16) -> Option<Press> {
        let here = Position::new(x, y);
        self.0.iter().rev().find(|(area, _)| area.contains(here)).and_then(|(_, press)| *press)
    }
}

impl<'a> Canvas<'a> {
    pub fn new(buf: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buf, theme, hits: Hits::default() }
    }

    pub fn hits(self) -> Hits {
        self.hits
    }

    pub fn area(&self) -> Rect {
        self.buf.area
    }

    /// Spaces with a role over everything that was there.
    pub fn clear(&mut self, area: Rect, role: Role) {
        let style = self.theme.style(Role::Text).patch(self.theme.style(role));
        let area = area.intersection(self.buf.area);
        self.hits.0.push((area, None));
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buf.cell_mut(Position::new(x, y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
        }
    }

    /// What stands at a place.
    pub fn symbol(&self, x: u16, y: u16) -> &str {
        self.buf.cell(Position::new(x, y)).map_or(" ", |c| c.symbol())
    }

    /// Lays a role over what is drawn.
    pub fn lay(&mut self, area: Rect, role: Role) {
        let area = area.intersection(self.buf.area);
        self.buf.set_style(area, self.theme.style(role));
    }

    /// Text at a place, at most `max` cells; returns the cells used.
    pub fn put(&mut self, x: u16, y: u16, max: u16, role: Role, text: &str) -> u16 {
        self.put_over(x, y, max, (role, None), text)
    }

    fn put_over(&mut self, x: u16, y: u16, max: u16, roles: (Role, Option<Role>), text: &str) -> u16 {
        let area = self.buf.area;
        let max = max.min(area.right().saturating_sub(x));
        if max == 0 || x < area.left() || y < area.top() || y >= area.bottom() {
            return 0;
        }
        let mut style = self.theme.style(roles.0);
        if let Some(over) = roles.1 {
            style = style.patch(self.theme.style(over));
        }
        let (end, _) = self.buf.set_stringn(x, y, self.theme.shown(text), usize::from(max), style);
        end.saturating_sub(x)
    }

    /// A line at a place, cut to `max` cells; a line laid over is laid over all of them.
    pub fn runs(&mut self, x: u16, y: u16, max: u16, line: &Runs) {
        let mut used = 0;
        if line.press.is_some() {
            self.hits.0.push((Rect::new(x, y, max, 1), line.press));
        }
        for run in &line.list {
            if used >= max {
                break;
            }
            let before = used;
            used += self.put_over(x.saturating_add(used), y, max - used, (run.role, run.over), &run.text);
            if run.press.is_some() {
                self.hits.0.push((Rect::new(x.saturating_add(before), y, used - before, 1), run.press));
            }
        }
        if let Some(over) = line.over {
            self.lay(Rect::new(x, y, max, 1), over);
            self.gutter_again(x, y, max, line);
        }
    }

    /// The gutter keeps its own look under what is laid over the line.
    fn gutter_again(&mut self, x: u16, y: u16, max: u16, line: &Runs) {
        let mut at = 0;
        for run in &line.list {
            let cells = u16::try_from(text::width(&run.text)).unwrap_or(u16::MAX);
            if run.role == Role::CursorGutter && at < max {
                self.lay(Rect::new(x.saturating_add(at), y, cells.min(max - at), 1), Role::CursorGutter);
            }
            at = at.saturating_add(cells);
        }
    }

    /// Lines from the top of an area, from line `top` on.
    pub fn lines(&mut self, area: Rect, lines: &[Runs], top: usize) {
        for (y, line) in (area.top()..area.bottom()).zip(lines.iter().skip(top)) {
            self.runs(area.x, y, area.width, line);
        }
    }

    /// A line that ends at the right edge of an area.
    pub fn right(&mut self, area: Rect, y: u16, line: &Runs) {
        let wanted = u16::try_from(line.width()).unwrap_or(u16::MAX).min(area.width);
        self.runs(area.right().saturating_sub(wanted), y, wanted, line);
    }

    /// One character repeated to the right.
    pub fn rule(&mut self, x: u16, y: u16, cells: u16, role: Role, sign: &str) {
        let cells = usize::from(cells);
        let text = sign.repeat(cells / text::width(sign).max(1));
        self.put(x, y, u16::try_from(cells).unwrap_or(u16::MAX), role, &text);
    }

    /// Lays a role over every place of a row where a text stands, without regard to case.
    pub fn find(&mut self, row: Rect, wanted: &str, role: Role) {
        let wanted: Vec<char> = wanted.to_lowercase().chars().collect();
        let row = row.intersection(self.buf.area);
        if wanted.is_empty() || row.is_empty() {
            return;
        }
        let cells: Vec<char> = (row.left()..row.right())
            .map(|x| self.buf.cell(Position::new(x, row.y)).and_then(|c| c.symbol().chars().next()).unwrap_or(' '))
            .map(|c| c.to_lowercase().next().unwrap_or(c))
            .collect();
        for (i, part) in cells.windows(wanted.len()).enumerate() {
            if part == wanted.as_slice() {
                let at = u16::try_from(i).unwrap_or(u16::MAX);
                let cells = u16::try_from(wanted.len()).unwrap_or(u16::MAX);
                self.lay(Rect::new(row.x.saturating_add(at), row.y, cells, 1), role);
            }
        }
    }
}
