//! The five-field schedules of sync windows, read and stepped as Argo CD's parser does it (robfig/cron, standard fields).
//!
//! Its ways differ from crontab: no Sunday 7, no `@daily`, `N/step` runs to the end of the range, and a day must match both day fields as
//! soon as one of them is a plain star.

use jiff::ToSpan;
use jiff::civil::DateTime;

/// Years after which a schedule counts as never firing.
const YEARS: i16 = 5;
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    bits: u64,
    star: bool,
}

impl Field {
    fn has(self, value: i8) -> bool {
        u32::try_from(value).is_ok_and(|v| v < 64 && self.bits & (1 << v) != 0)
    }
    /// The smallest value of the field that is not below `value`.
    fn from(self, value: i8) -> Option<i8> {
        let left = self.bits.checked_shr(u32::try_from(value).ok()?).filter(|b| *b != 0)?;
        value.checked_add(i8::try_from(left.trailing_zeros()).ok()?)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    minute: Field,
    hour: Field,
    day: Field,
    month: Field,
    weekday: Field,
}

impl Schedule {
    /// Parses `minute hour day-of-month month day-of-week`; the error says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(format!("5 fields are needed, {} are there", fields.len()));
        };
        Ok(Self {
            minute: field(minute, 0, 59, &[], 0)?,
            hour: field(hour, 0, 23, &[], 0)?,
            day: field(day, 1, 31, &[], 0)?,
            month: field(month, 1, 12, &MONTHS, 1)?,
            weekday: field(weekday, 0, 6, &DAYS, 0)?,
        })
    }

    /// The first firing strictly after `after`; `None` when it never fires within five years.
    pub fn next(&self, after: DateTime) -> Option<DateTime> {
        let limit = after.year().checked_add(YEARS)?;
        let mut at = after.with().second(0).subsec_nanosecond(0).build().ok()?.checked_add(1.minute()).ok()?;
        while at.year() <= limit {
            if !self.month.has(at.month()) {
                at = at.first_of_month().checked_add(1.month()).ok()?.date().at(0, 0, 0, 0);
            } else if !self.is_day(at) {
                at = at.checked_add(1.day()).ok()?.date().at(0, 0, 0, 0);
            } else {
                match (self.hour.from(at.hour()), self.minute.from(at.minute())) {
                    (None, _) => at = at.checked_add(1.day()).ok()?.date().at(0, 0, 0, 0),
                    (Some(hour), _) if hour != at.hour() => at = at.date().at(hour, 0, 0, 0),
                    (Some(hour), None) => at = at.date().at(hour, 0, 0, 0).checked_add(1.hour()).ok()?,
                    (Some(hour), Some(minute)) => return Some(at.date().at(hour, minute, 0, 0)),
                }
            }
        }
        None
    }

    fn is_day(&self, at: DateTime) -> bool {
        let day = self.day.has(at.day());
        let weekday = self.weekday.has(at.weekday().to_sunday_zero_offset());
        if self.day.star || self.weekday.star { day && weekday } else { day || weekday }
    }
}

fn field(text: &str, min: u64, max: u64, names: &[&str], base: u64) -> Result<Field, String> {
    let mut all = Field { bits: 0, star: false };
    for part in text.split(',').filter(|p| !p.is_empty()) {
        let one = range(part, min, max, names, base)?;
        all.bits |= one.bits;
        all.star |= one.star;
    }
    Ok(all)
}

fn range(part: &str, min: u64, max: u64, names: &[&str], base: u64) -> Result<Field, String> {
    let bad = |what: &str| format!("{what} in {part}");
    let pieces: Vec<&str> = part.split('/').collect();
    let (span, step) = match pieces[..] {
        [span] => (span, None),
        [span, step] => (span, Some(step.parse::<u64>().map_err(|_| bad("a step is no number"))?)),
        _ => return Err(bad("too many slashes")),
    };
    let ends: Vec<&str> = span.split('-').collect();
    let number = |t: &str| value(t, names, base).ok_or_else(|| bad("no number"));
    let (low, mut high, mut star) = match ends[..] {
        ["*" | "?", ..] => (min, max, true),
        [one] => (number(one)?, number(one)?, false),
        [low, high] => (number(low)?, number(high)?, false),
        _ => return Err(bad("too many hyphens")),
    };
    if step.is_some() && ends.len() == 1 {
        high = max;
    }
    let step = step.unwrap_or(1);
    if step > 1 {
        star = false;
    }
    if low < min || high > max || low > high || step == 0 {
        return Err(bad("out of range"));
    }
    let bits = (low..=high).step_by(usize::try_from(step).map_err(|_| bad("too big a step"))?).fold(0u64, |bits, v| bits | 1 << v);
    Ok(Field { bits, star })
}

fn value(text: &str, names: &[&str], base: u64) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    match names.iter().position(|n| *n == lower) {
        Some(at) => Some(at as u64 + base),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, after: &str) -> String {
        let at = Schedule::parse(schedule).unwrap().next(after.parse().unwrap());
        at.map_or("never".to_owned(), |t| t.strftime("%a %F %H:%M").to_string())
    }

    #[test]
    fn the_next_firing_is_strictly_later() {
        // 2026-11-24 is a Tuesday.
        for (schedule, after, expected) in [
            ("* * * * *", "2026-11-24T03:12:40", "Tue 2026-11-24 03:13"),
            ("0 3 * * *", "2026-11-24T03:00:00", "Wed 2026-11-25 03:00"),
            ("0 3 * * *", "2026-11-24T02:59:59", "Tue 2026-11-24 03:00"),
            ("*/20 * * * *", "2026-11-24T03:41:00", "Tue 2026-11-24 04:00"),
            ("0 22 * * FRI", "2026-11-24T00:00:00", "Fri 2026-11-27 22:00"),
            ("0 9-17/4 * * Mon-Fri", "2026-11-24T13:00:00", "Tue 2026-11-24 17:00"),
            ("0 0 1 JAN,jul ?", "2026-11-24T00:00:00", "Fri 2027-01-01 00:00"),
            ("30 10/6 * * *", "2026-11-24T16:30:00", "Tue 2026-11-24 22:30"),
            ("0 0 29 2 *", "2026-11-24T00:00:00", "Tue 2028-02-29 00:00"),
            ("0 0 31 2 *", "2026-11-24T00:00:00", "never"),
        ] {
            assert_eq!(next(schedule, after), expected, "{schedule}");
        }
    }

    #[test]
    fn two_day_fields_mean_either_unless_one_is_a_star() {
        assert_eq!(next("0 0 13 * FRI", "2026-11-24T00:00:00"), "Fri 2026-11-27 00:00", "either");
        assert_eq!(next("0 0 13 * *", "2026-11-24T00:00:00"), "Sun 2026-12-13 00:00");
        assert_eq!(next("0 0 */2 * MON", "2026-11-24T00:00:00"), "Wed 2026-11-25 00:00", "a stepped star is no star: either");
    }

    #[test]
    fn what_the_original_refuses_is_refused() {
        for bad in [
            "",
            "@daily",
            "* * * *",
            "0 0 0 * *",
            "0 24 * * *",
            "0 0 * * 7",
            "0 0 * * SUNDAY",
            "5-1 * * * *",
            "*/0 * * * *",
            "a * * * *",
            "0 0 0 3 * * *",
            "-1 * * * *",
        ] {
            assert!(Schedule::parse(bad).is_err(), "{bad}");
        }
    }
}
