//! Which panes a screen of this size shows, and where; used by the views to draw and by `update` to page and to place clicks.

use super::pane::Pane;
use super::state::AppState;
use ratatui::layout::Rect;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One line, under 40x10.
    Tiny,
    /// One pane with breadcrumbs, under 80 columns.
    Single,
    /// Two panes, STATE column, 80 to 99 columns.
    Narrow,
    /// Strip of clusters, 100 to 139 columns.
    Medium,
    /// Clusters left, from 140 columns.
    Wide,
}

/// Rectangles of the main screen; a pane that is not shown is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MainLayout {
    pub form: Form,
    pub header: Rect,
    /// The clusters as one line, where they have no pane.
    pub strip: Rect,
    pub clusters: Rect,
    pub apps: Rect,
    pub repos: Rect,
    pub details: Rect,
    pub hints: Rect,
}

pub fn form(width: u16, height: u16) -> Form {
    match (width, height) {
        (w, h) if w < 40 || h < 10 => Form::Tiny,
        (w, _) if w < 80 => Form::Single,
        (w, h) if w < 100 || h < 20 => Form::Narrow,
        (w, _) if w < 140 => Form::Medium,
        _ => Form::Wide,
    }
}

/// For the size the state knows.
pub fn main(state: &AppState) -> MainLayout {
    main_in(state, state.width, state.height)
}

/// For a size of its own: a frame that has just been resized, a screenshot.
pub fn main_in(state: &AppState, w: u16, h: u16) -> MainLayout {
    let form = form(w, h);
    let none = Rect::new(0, 0, 0, 0);
    let header = Rect::new(0, 0, w, 1.min(h));
    let hints = if h > 1 { Rect::new(0, h - 1, w, 1) } else { none };
    let mut out = MainLayout { form, header, strip: none, clusters: none, apps: none, repos: none, details: none, hints };
    let body = h.saturating_sub(2);
    let zoomed = state.view.zoom;
    match form {
        Form::Tiny => {}
        Form::Single => {
            let whole = Rect::new(0, 1, w, body);
            match state.view.focus {
                _ if state.view.depth > 0 => out.details = whole,
                Pane::Repos => out.repos = whole,
                _ => out.apps = whole,
            }
        }
        _ if zoomed => {
            let whole = Rect::new(0, 1, w, body);
            match state.view.focus {
                Pane::Clusters => out.clusters = whole,
                Pane::Apps => out.apps = whole,
                Pane::Details => out.details = whole,
                Pane::Repos => out.repos = whole,
            }
        }
        Form::Narrow | Form::Medium => {
            out.strip = Rect::new(0, 1, w, 1);
            let body = body.saturating_sub(1);
            let details = details_height(h, form).max(5).min(body.saturating_sub(5));
            out.apps = Rect::new(0, 2, w, body - details);
            out.details = Rect::new(0, 2 + body - details, w, details);
            if state.view.focus == Pane::Repos {
                out.repos = out.apps;
            }
        }
        Form::Wide => {
            let details = details_height(h, form).min(body.saturating_sub(6));
            let upper = body - details;
            let left = 42;
            out.apps = Rect::new(left, 1, w - left, upper);
            out.details = Rect::new(0, 1 + upper, w, details);
            let repos_shown = h >= 40;
            if repos_shown {
                let wanted = u16::try_from(state.fleet.clusters.len()).unwrap_or(u16::MAX).saturating_add(3);
                let clusters = wanted.clamp(5, upper.saturating_sub(8).max(5));
                out.clusters = Rect::new(0, 1, left, clusters);
                out.repos = Rect::new(0, 1 + clusters, left, upper - clusters);
            } else if state.view.focus == Pane::Repos {
                out.repos = Rect::new(0, 1, left, upper);
            } else {
                out.clusters = Rect::new(0, 1, left, upper);
            }
        }
    }
    out
}

/// Rows of Details including its border: 16 of 45, 14 of 32, 10 of 24.
fn details_height(height: u16, form: Form) -> u16 {
    match form {
        Form::Narrow => share(height, 10, 24),
        Form::Medium => share(height, 14, 32),
        _ => share(height, 16, 45),
    }
}

fn share(height: u16, part: u16, of: u16) -> u16 {
    u16::try_from(u32::from(height) * u32::from(part) / u32::from(of)).unwrap_or(height)
}
