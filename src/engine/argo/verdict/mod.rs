//! stub
use crate::domain::app::App;
use crate::domain::verdict::Verdict;
use crate::engine::Context;
pub fn judge(_app: &App, _context: &Context<'_>) -> Verdict {
    Verdict::default()
}
