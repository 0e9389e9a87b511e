//! The freeze note of an app (`driftdeck/frozen`) in words.

use crate::domain::Timestamp;
use crate::domain::app::Frozen;
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::plan::PlanLine;

/// Ends further off than this are told with their date, seconds.
const NEAR: u64 = 6 * 86_400;

pub struct Note {
    /// `by mia: database move, until Fri 09:00`.
    pub short: String,
    /// ` 3d ago: "database move", until Fri 09:00.`, to follow who did what.
    pub told: String,
}

/// Who froze it, with how long ago, and when it was to end: whoever ends a freeze early should know whose, and how early.
pub fn lines(label: &str, who: &str, frozen: &Frozen, now: Timestamp) -> [PlanLine; 2] {
    let since = frozen.since.map(|since| format!(", {} ago", short_age(seconds_between(since, now)))).unwrap_or_default();
    let line = |text: String| PlanLine { label: label.into(), text };
    [line(format!("{who}{since}")), line(ends(frozen.until, now))]
}

fn ends(until: Option<Timestamp>, now: Timestamp) -> String {
    let day = |at: Timestamp| at.strftime("%a %-d %b %H:%M UTC").to_string();
    match until {
        None => "no end was set".into(),
        Some(at) if at > now => format!("until {}, {} from now", day(at), short_age(seconds_between(now, at))),
        Some(at) => format!("until {}, {} ago", day(at), short_age(seconds_between(at, now))),
    }
}

pub fn note(frozen: &Frozen, now: Timestamp) -> Note {
    let is_overdue = frozen.until.is_some_and(|until| until < now);
    let ends = frozen.until.map(|until| {
        let near = seconds_between(now, until) < NEAR;
        let text = until.strftime(if near { "%a %H:%M" } else { "%-d %b %H:%M" }).to_string();
        if is_overdue { format!(", ended {text}") } else { format!(", until {text}") }
    });
    let ends = ends.unwrap_or_default();
    let ago = frozen.since.map(|at| format!(" {} ago", short_age(seconds_between(at, now)))).unwrap_or_default();
    let overdue = if is_overdue { " Its end has passed." } else { "" };
    let short = if is_overdue {
        let late = frozen.until.map(|until| short_age(seconds_between(until, now))).unwrap_or_default();
        format!("freeze by {} overdue {late}: {}", frozen.by, frozen.reason)
    } else {
        format!("by {}: {}{ends}", frozen.by, frozen.reason)
    };
    Note { short, told: format!("{ago}: \"{}\"{ends}.{overdue}", frozen.reason) }
}
