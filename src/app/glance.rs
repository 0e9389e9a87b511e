//! What several places ask of all rows, gathered once a turn: a fleet of a thousand rows is not walked again for each frame.

use super::fleet::Row;
use crate::domain::Timestamp;
use crate::domain::status::Severity;

/// A change is bold for 2 s and drawn plain once after that; older ones are of no interest, ms.
const CHANGED_MS: i64 = 4000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// Rows that changed and were not looked at yet.
    pub new: usize,
    /// The oldest time that data on screen is from, where it is not live.
    pub oldest: Option<Timestamp>,
    /// When the youngest trouble began, of those whose beginning was seen.
    pub youngest: Option<Timestamp>,
    /// When rows changed a shown word lately.
    pub changed: Vec<Timestamp>,
}

impl Glance {
    pub fn of<'a>(rows: impl Iterator<Item = &'a Row>, now: Timestamp) -> Self {
        let mut out = Self::default();
        for row in rows {
            out.new += usize::from(row.is_new);
            if let Some(at) = row.stale_as_of {
                out.oldest = Some(out.oldest.map_or(at, |o| o.min(at)));
            }
            if row.severity != Severity::Ok && row.since_exact {
                out.youngest = out.youngest.max(Some(row.since));
            }
            let fresh = |at: &Timestamp| now.as_millisecond() - at.as_millisecond() < CHANGED_MS;
            out.changed.extend(row.changed_at.filter(fresh));
        }
        out.changed.sort_unstable();
        out.changed.dedup();
        out
    }

    /// What of a row is gathered.
    pub fn part(row: &Row) -> impl PartialEq {
        (row.is_new, row.stale_as_of, row.severity, row.since_exact, row.since, row.changed_at)
    }

    /// Some trouble is younger than this: its age is shown in seconds.
    pub fn is_young(&self, now: Timestamp, ms: i64) -> bool {
        self.youngest.is_some_and(|since| now.as_millisecond() - since.as_millisecond() < ms)
    }
}
