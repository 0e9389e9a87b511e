//! One line of text with roles; built in columns.

use super::text;
use crate::app::key::Key;
use crate::app::msg::Press;
use crate::theme::Role;

/// A stretch of one role; `over` is laid on top (emphasis, search).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub role: Role,
    pub over: Option<Role>,
    /// What a click on it does.
    pub press: Option<Press>,
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    pub list: Vec<Run>,
    /// Laid over the whole line.
    pub over: Option<Role>,
    /// What a click anywhere on the line does, where no run has its own.
    pub press: Option<Press>,
}

impl Runs {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn of(role: Role, text: impl Into<String>) -> Self {
        Self::new().add(role, text)
    }
    pub fn plain(text: impl Into<String>) -> Self {
        Self::of(Role::Text, text)
    }
    pub fn add(mut self, role: Role, text: impl Into<String>) -> Self {
        self.push(role, text);
        self
    }
    pub fn push(&mut self, role: Role, text: impl Into<String>) {
        self.push_over(role, None, text);
    }
    pub fn push_over(&mut self, role: Role, over: Option<Role>, text: impl Into<String>) {
        self.push_run(Run { role, over, press: None, text: text.into() });
    }
    fn push_run(&mut self, run: Run) {
        if run.text.is_empty() {
            return;
        }
        match self.list.last_mut().filter(|r| r.role == run.role && r.over == run.over && r.press == run.press) {
            Some(last) => last.text.push_str(&run.text),
            None => self.list.push(run),
        }
    }
    /// Everything so far is pressed by a click.
    pub fn presses(mut self, press: Option<Press>) -> Self {
        self.list.iter_mut().for_each(|r| r.press = r.press.or(press));
        self
    }
    /// The whole line is pressed by a click.
    pub fn line(mut self, press: Press) -> Self {
        self.press = Some(press);
        self
    }
    /// A column: cut at the end, filled.
    pub fn cell(self, role: Role, text: &str, cells: usize) -> Self {
        self.add(role, text::left(text, cells))
    }
    /// A column for names: cut in the middle, filled.
    pub fn name(self, role: Role, text: &str, cells: usize) -> Self {
        self.add(role, text::pad(text::cut_middle(text, cells), cells))
    }
    /// A column of numbers: filled on the left.
    pub fn number(self, role: Role, text: &str, cells: usize) -> Self {
        self.add(role, text::right(text, cells))
    }
    pub fn gap(self, cells: usize) -> Self {
        self.add(Role::Text, " ".repeat(cells))
    }
    /// Spaces up to a column counted from the start of the line.
    pub fn to(self, column: usize) -> Self {
        let gap = column.saturating_sub(self.width());
        self.gap(gap)
    }
    pub fn join(mut self, other: Self) -> Self {
        for run in other.list {
            self.push_run(run);
        }
        self
    }
    pub fn over(mut self, role: Option<Role>) -> Self {
        self.over = role.or(self.over);
        self
    }
    pub fn width(&self) -> usize {
        self.list.iter().map(|r| text::width(&r.text)).sum()
    }
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
    /// Cut at the end to `cells`.
    pub fn cut(mut self, cells: usize) -> Self {
        if self.width() <= cells {
            return self;
        }
        let mut used = 0;
        let mut out = Vec::new();
        for mut run in self.list {
            let w = text::width(&run.text);
            if used + w < cells {
                used += w;
                out.push(run);
                continue;
            }
            // The mark of the cut needs a cell, also where this run would just fit.
            run.text = text::cut_end(&(run.text + " ⋯"), cells - used);
            out.push(run);
            break;
        }
        self.list = out;
        self
    }
    /// Broken into lines of at most `cells`; nothing is lost.
    pub fn fold(self, cells: usize) -> Vec<Self> {
        if self.width() <= cells || cells == 0 {
            return vec![self];
        }
        let mut out = vec![Self { over: self.over, press: self.press, ..Self::default() }];
        let mut used = 0;
        for run in self.list {
            for c in run.text.chars() {
                let w = text::width(c.encode_utf8(&mut [0; 4]));
                if used + w > cells && used > 0 {
                    out.push(Self { over: self.over, press: self.press, ..Self::default() });
                    used = 0;
                }
                if let Some(line) = out.last_mut() {
                    line.push_run(Run { text: c.to_string(), ..run.clone() });
                }
                used += w;
            }
        }
        out
    }
    #[cfg(test)]
    pub fn text(&self) -> String {
        self.list.iter().map(|r| r.text.as_str()).collect()
    }
}

/// `key` and what it does: a hint.
pub fn hint(key: &str, label: &str) -> Runs {
    Runs::of(Role::HintKey, key).gap(1).add(Role::HintText, label).presses(Key::named(key).map(Press::Key))
}

/// Hints in a line, two spaces between.
pub fn hints<'a>(list: impl IntoIterator<Item = (&'a str, &'a str)>) -> Runs {
    let mut out = Runs::new();
    for (key, label) in list {
        if !out.is_empty() {
            out = out.gap(3);
        }
        out = out.join(hint(key, label));
    }
    out
}

/// As `hints`, as many whole ones as fit into `cells` from the left.
pub fn hints_in<'a>(list: impl IntoIterator<Item = (&'a str, &'a str)>, cells: usize) -> Runs {
    let mut out = Runs::new();
    for (key, label) in list {
        let next = if out.is_empty() { hint(key, label) } else { out.clone().gap(3).join(hint(key, label)) };
        if next.width() > cells {
            break;
        }
        out = next;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_line_ends_with_the_mark_inside_its_width() {
        let line = Runs::of(Role::Ok, "abcd").add(Role::Bad, "efgh");
        for cells in 1..8 {
            let cut = line.clone().cut(cells);
            assert_eq!(cut.width(), cells, "{}", cut.text());
            assert!(cut.text().ends_with('⋯'));
        }
        assert_eq!(line.clone().cut(8), line);
    }
}
