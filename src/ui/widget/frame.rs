//! A border with titles: name and counts left, state right, what is left out at the bottom.

use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use ratatui::layout::Rect;

/// Titles give way when space ends: the right one first, then those on the left from their end; the first is cut.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub focus: bool,
    pub left: Vec<Runs>,
    pub right: Runs,
    pub bottom_left: Runs,
    pub bottom_right: Runs,
}

struct Lines {
    corners: [&'static str; 4],
    flat: &'static str,
    upright: &'static str,
}

const LIGHT: Lines = Lines { corners: ["┌", "┐", "└", "┘"], flat: "─", upright: "│" };
const HEAVY: Lines = Lines { corners: ["┏", "┓", "┗", "┛"], flat: "━", upright: "┃" };

impl Frame {
    pub fn new(focus: bool, title: impl Into<String>) -> Self {
        Self { focus, left: vec![Runs::of(Self::title_role(focus), title)], ..Self::default() }
    }

    pub fn title_role(focus: bool) -> Role {
        if focus { Role::TitleFocus } else { Role::Title }
    }

    /// A further title on the left.
    pub fn also(mut self, title: Runs) -> Self {
        if !title.is_empty() {
            self.left.push(title);
        }
        self
    }

    pub fn right(mut self, title: Runs) -> Self {
        self.right = title;
        self
    }

    pub fn bottom(mut self, left: Runs, right: Runs) -> Self {
        (self.bottom_left, self.bottom_right) = (left, right);
        self
    }

    /// Draws the border and gives the inside; an area too small for one is all inside.
    pub fn draw(&self, canvas: &mut Canvas, area: Rect) -> Rect {
        let area = area.intersection(canvas.area());
        if area.width < 3 || area.height < 3 {
            return area;
        }
        let (lines, role) = if self.focus { (&HEAVY, Role::BorderFocus) } else { (&LIGHT, Role::Border) };
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        for (y, [a, b]) in [(area.y, [lines.corners[0], lines.corners[1]]), (bottom, [lines.corners[2], lines.corners[3]])] {
            canvas.put(area.x, y, 1, role, a);
            canvas.rule(area.x + 1, y, area.width - 2, role, lines.flat);
            canvas.put(right, y, 1, role, b);
        }
        for y in area.y + 1..bottom {
            canvas.put(area.x, y, 1, role, lines.upright);
            canvas.put(right, y, 1, role, lines.upright);
        }
        let sides = |y: u16, left: &[Runs], end: &Runs, canvas: &mut Canvas| {
            let edge = Rect::new(area.x + 2, y, area.width.saturating_sub(4), 1);
            edge_titles(canvas, edge, left, end, lines.flat, role);
        };
        sides(area.y, &self.left, &self.right, canvas);
        sides(bottom, std::slice::from_ref(&self.bottom_left), &self.bottom_right, canvas);
        Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
    }
}

/// Titles inside an edge, each with a space on both sides and a piece of line between.
fn edge_titles(canvas: &mut Canvas, edge: Rect, left: &[Runs], right: &Runs, flat: &str, role: Role) {
    let room = usize::from(edge.width);
    let needed = |count: usize| left.iter().take(count).map(|t| t.width() + 3).sum::<usize>().saturating_sub(1);
    let mut count = left.iter().filter(|t| !t.is_empty()).count();
    while count > 1 && needed(count) > room {
        count -= 1;
    }
    let end = if right.is_empty() { 0 } else { right.width() + 2 };
    let shows_right = end > 0 && needed(count) + end < room.max(1) + 1;
    let mut x = edge.x;
    for (i, title) in left.iter().take(count).enumerate() {
        if i > 0 {
            canvas.put(x, edge.y, 1, role, flat);
            x += 1;
        }
        let room = usize::from(edge.right().saturating_sub(x)).saturating_sub(2);
        let line = Runs::new().gap(1).join(title.clone().cut(room)).gap(1);
        let cells = u16::try_from(line.width()).unwrap_or(u16::MAX).min(edge.right().saturating_sub(x));
        canvas.runs(x, edge.y, cells, &line);
        x = x.saturating_add(cells);
    }
    if shows_right {
        canvas.right(edge, edge.y, &Runs::new().gap(1).join(right.clone()).gap(1));
    }
}
