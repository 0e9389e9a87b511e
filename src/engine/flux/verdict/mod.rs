//! Why an app does not converge.
use crate::domain::app::App;
use crate::domain::verdict::Verdict;
use crate::engine::Context;

pub fn judge(_app: &App, _context: &Context<'_>) -> Verdict {
    Verdict { next_word: "none".into(), ..Verdict::default() }
}
