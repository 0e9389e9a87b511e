//! Durations as people and as Go write them.

use super::Timestamp;

/// Seconds from `from` to `to`, never negative.
pub fn seconds_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_second().saturating_sub(from.as_second())).unwrap_or(0)
}

/// Age in its own unit, at most 4 cells: `40s 7m 3h 2d 99w`.
pub fn short_age(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        86_400..8_640_000 => format!("{}d", seconds / 86_400),
        _ => format!("{}w", (seconds / 604_800).min(999)),
    }
}

/// Two units for sentences: `2m 5s`, `1h 3m`, `40s`.
pub fn long_age(seconds: u64) -> String {
    let two = |a: u64, ua: &str, b: u64, ub: &str| if b == 0 { format!("{a}{ua}") } else { format!("{a}{ua} {b}{ub}") };
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => two(seconds / 60, "m", seconds % 60, "s"),
        3600..86_400 => two(seconds / 3600, "h", seconds % 3600 / 60, "m"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

/// Seconds until the text of `short_age` changes: the next visible age change.
pub fn until_age_change(seconds: u64) -> u64 {
    match seconds {
        0..60 => 1,
        60..3600 => 60 - seconds % 60,
        3600..86_400 => 3600 - seconds % 3600,
        _ => 86_400 - seconds % 86_400,
    }
}

/// A span as people type it, `30s 5m 2h 3d 1w` with an optional `+`, in seconds.
pub fn parse_span(text: &str) -> Option<u64> {
    let text = text.trim().trim_start_matches('+');
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    number.checked_mul(unit).filter(|s| *s <= 10 * 365 * 86_400)
}

/// A Go duration (`1h30m`, `90s`, `1.5h`, `500ms`) in milliseconds; "1d" is none, as in Go.
pub fn parse_go(text: &str) -> Option<u64> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0f64;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(end);
        let number: f64 = number.parse().ok()?;
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        total += number
            * match unit {
                "h" => 3_600_000.0,
                "m" => 60_000.0,
                "s" => 1000.0,
                "ms" => 1.0,
                "us" | "µs" | "μs" => 0.001,
                "ns" => 0.000_001,
                _ => return None,
            };
        rest = tail;
    }
    Some(total as u64)
}

/// Go writes what it measured to the nanosecond (`546.133758ms`, `5m0.024s`): such words of a text become ours (`546ms`, `5m`).
pub fn rounded(text: &str) -> String {
    if !text.as_bytes().windows(2).any(|w| matches!(w, [digit, b'.'] if digit.is_ascii_digit())) {
        return text.to_owned();
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | 'µ' | 'μ');
    let word = |word: &str| {
        let (span, end) = word.strip_suffix('.').map_or((word, ""), |span| (span, "."));
        let is_measured = span.contains('.') && span.starts_with(|c: char| c.is_ascii_digit());
        let ms = parse_go(span).filter(|_| is_measured);
        ms.map(|ms| {
            format!(
                "{}{end}",
                match ms {
                    0 => "<1ms".to_owned(),
                    1..1000 => format!("{ms}ms"),
                    1000..10_000 if ms % 1000 >= 50 => format!("{}.{}s", (ms + 50) / 1000, (ms + 50) % 1000 / 100),
                    _ => long_age((ms + 500) / 1000),
                }
            )
        })
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, tail) = rest.split_at(start);
        let (this, tail) = tail.split_at(tail.find(|c| !is_part(c)).unwrap_or(tail.len()));
        // A part of a name (`web-1.5m`) or a path is no time.
        let is_alone = !before.ends_with(['-', '/', ':', '_', '@', '=']) && !tail.starts_with(['-', '/', '_', '@']);
        out.push_str(before);
        out.push_str(&word(this).filter(|_| is_alone).unwrap_or_else(|| this.to_owned()));
        rest = tail;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_durations_parse_and_days_do_not() {
        assert_eq!(parse_go("1h30m"), Some(5_400_000));
        assert_eq!(parse_go("1.5h"), Some(5_400_000));
        assert_eq!(parse_go("500ms"), Some(500));
        assert_eq!(parse_go("1d"), None);
        assert_eq!(parse_go(""), None);
        assert_eq!(parse_go("5"), None);
    }

    #[test]
    fn an_age_never_needs_more_than_four_cells() {
        for s in [0, 59, 60, 3599, 3600, 86_399, 86_400, 8_639_999, 8_640_000, u64::MAX] {
            assert!(short_age(s).len() <= 4, "{}", short_age(s));
        }
        assert_eq!(long_age(125), "2m 5s");
    }

    #[test]
    fn what_go_measured_to_the_nanosecond_is_told_as_people_read_it() {
        for (raw, told) in [
            ("health check failed after 546.133758ms: timeout", "health check failed after 546ms: timeout"),
            ("finished in 5m0.024s, next run in 10m0s", "finished in 5m, next run in 10m0s"),
            ("took 1h2m3.9s.", "took 1h 2m."),
            ("after 312.5µs", "after <1ms"),
            ("chart 1.5.2 of web-1.5m and v1.9.4 at 10.0.0.1:80", "chart 1.5.2 of web-1.5m and v1.9.4 at 10.0.0.1:80"),
            ("limit of 1.5h in ns a/2.5s", "limit of 1h 30m in ns a/2.5s"),
        ] {
            assert_eq!(rounded(raw), told);
        }
    }
}
