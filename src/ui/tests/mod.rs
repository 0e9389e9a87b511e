mod drift;
mod engines;
mod expected;
mod main_screen;
mod matrix;
mod operations;
mod robust;
mod roll_back;
mod screens;
mod staged;
mod timeline;

use super::fixture;
use crate::app::state::AppState;
use crate::theme::{Depth, Role, Theme};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Style};

fn theme() -> Theme {
    Theme::load("terminal", &[], Depth::True).unwrap()
}

fn buffer(state: &AppState, width: u16, height: u16, theme: &Theme) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| super::draw(frame, state, theme)).unwrap();
    terminal.backend().buffer().clone()
}

fn rows(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    (0..area.height).map(|y| (0..area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>()).collect()
}

/// The screen as text at a size of its own.
fn screen(state: &AppState, width: u16, height: u16) -> String {
    let mut state = state.clone();
    (state.width, state.height) = (width, height);
    rows(&buffer(&state, width, height, &theme())).join("\n")
}

/// Which role each cell has, as letters; text, space and border stay as a dot, so that states and focus are seen.
fn style_map(state: &AppState, width: u16, height: u16) -> String {
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').collect();
    let mut theme = Theme::fallback();
    for (i, role) in Role::ALL.iter().enumerate() {
        theme.set(*role, Style::new().fg(Color::Indexed(u8::try_from(i).unwrap())));
    }
    let quiet = [Role::Text, Role::Border].map(|r| r as usize);
    let mut state = state.clone();
    (state.width, state.height) = (width, height);
    let buffer = buffer(&state, width, height, &theme);
    let letter = |x, y| {
        let cell = &buffer[(x, y)];
        match cell.fg {
            Color::Indexed(i) if !quiet.contains(&usize::from(i)) && cell.symbol() != " " => letters[usize::from(i)],
            _ => '.',
        }
    };
    (0..height)
        .map(|y| (0..width).map(|x| letter(x, y)).collect::<String>().trim_end_matches('.').to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}
