//! Where frames are written: each inside a synchronized update, so that nothing tears over slow links, and nothing at all for a frame that
//! shows what is shown already.

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use std::io::{self, Write};

pub struct Paper<W: Write> {
    terminal: CrosstermBackend<W>,
    /// A frame has begun and is not flushed.
    is_open: bool,
    /// Hidden by ourselves already: the library hides it again with every frame.
    is_cursor_hidden: bool,
}

impl<W: Write> Paper<W> {
    pub fn new(out: W) -> Self {
        Self { terminal: CrosstermBackend::new(out), is_open: false, is_cursor_hidden: false }
    }

    fn open(&mut self) -> io::Result<&mut CrosstermBackend<W>> {
        if !self.is_open {
            queue!(self.terminal, BeginSynchronizedUpdate)?;
            self.is_open = true;
        }
        Ok(&mut self.terminal)
    }
}

impl<W: Write> Backend for Paper<W> {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        let mut cells = content.peekable();
        if cells.peek().is_none() { Ok(()) } else { self.open()?.draw(cells) }
    }
    fn append_lines(&mut self, n: u16) -> io::Result<()> {
        self.open()?.append_lines(n)
    }
    fn hide_cursor(&mut self) -> io::Result<()> {
        if !self.is_cursor_hidden {
            self.open()?.hide_cursor()?;
        }
        self.is_cursor_hidden = true;
        Ok(())
    }
    fn show_cursor(&mut self) -> io::Result<()> {
        self.is_cursor_hidden = false;
        self.open()?.show_cursor()
    }
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.terminal.get_cursor_position()
    }
    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.open()?.set_cursor_position(position)
    }
    fn clear(&mut self) -> io::Result<()> {
        self.open()?.clear()
    }
    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.open()?.clear_region(region)
    }
    fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }
    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.terminal.window_size()
    }
    fn flush(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_open) {
            queue!(self.terminal, EndSynchronizedUpdate)?;
        }
        Backend::flush(&mut self.terminal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[derive(Clone, Default)]
    struct Out(Rc<RefCell<Vec<u8>>>);

    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// As a frame of the library: cells, then the cursor, then out.
    fn frame(paper: &mut Paper<Out>, text: &str) {
        let cells: Vec<Cell> = text.chars().map(Cell::from).collect();
        paper.draw((0..).zip(&cells).map(|(x, cell)| (x, 0, cell))).unwrap();
        paper.hide_cursor().unwrap();
        paper.flush().unwrap();
    }

    #[test]
    fn a_frame_is_one_synchronized_update_and_one_that_shows_nothing_new_is_no_byte() {
        let out = Out::default();
        let mut paper = Paper::new(out.clone());
        let written = || String::from_utf8(std::mem::take(&mut *out.0.borrow_mut())).unwrap();
        frame(&mut paper, "ab");
        let first = written();
        assert!(first.starts_with("\x1b[?2026h") && first.ends_with("\x1b[?2026l") && first.contains("ab"), "{first:?}");
        assert_eq!(first.matches("\x1b[?2026").count(), 2);
        frame(&mut paper, "");
        assert_eq!(written(), "");
        frame(&mut paper, "c");
        let third = written();
        assert!(third.starts_with("\x1b[?2026h") && third.contains('c') && !third.contains("?25l"), "{third:?}");
    }

    #[test]
    fn a_cursor_that_was_shown_is_hidden_again() {
        let out = Out::default();
        let mut paper = Paper::new(out.clone());
        frame(&mut paper, "a");
        paper.show_cursor().unwrap();
        out.0.borrow_mut().clear();
        frame(&mut paper, "");
        assert_eq!(String::from_utf8(out.0.borrow().clone()).unwrap(), "\x1b[?25l\x1b[?2026l", "the update was opened by the showing");
    }
}
