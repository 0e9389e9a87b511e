//! The note of an acknowledgement, and when it ends by itself.

use crate::domain::Timestamp;
use crate::domain::duration::parse_span;
use crate::domain::ids::AppId;

#[derive(Clone, Debug)]
pub struct Acknowledge {
    pub app: AppId,
    pub note: String,
    /// `4h`; empty = until the row changes.
    pub until: String,
    /// What is typed goes there, not into the note.
    pub on_until: bool,
}

impl Acknowledge {
    pub fn new(app: AppId, until: String) -> Self {
        Self { app, note: String::new(), until, on_until: false }
    }

    pub fn field(&mut self) -> &mut String {
        if self.on_until { &mut self.until } else { &mut self.note }
    }

    /// What is typed there is no time.
    pub fn is_unclear(&self) -> bool {
        !self.until.trim().is_empty() && parse_span(&self.until).is_none()
    }

    /// The end in full minutes, the next one at the least: a deck where nothing happens looks up once in each.
    pub fn end(&self, now: Timestamp) -> Option<Timestamp> {
        let span = i64::try_from(parse_span(&self.until)?).ok()?;
        let minute = |second: i64| second.div_euclid(60);
        let end = minute(now.as_second().checked_add(span)?).max(minute(now.as_second()) + 1);
        Timestamp::from_second(end * 60).ok()
    }
}
