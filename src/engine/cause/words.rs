//! Small readers of controllers' words.

pub fn word_after<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_whitespace().next()
}

/// Text between the first pair of `open` and `close` after `before`.
pub fn between<'a>(text: &'a str, before: &str, open: char, close: char) -> Option<&'a str> {
    let (inner, _) = text.split_once(before)?.1.split_once(open)?.1.split_once(close)?;
    Some(inner)
}

/// Without the full stop at its end.
pub fn bare(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

/// Cut so that it fits the rest of a row.
pub fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let head: String = text.chars().take(max.saturating_sub(1)).collect();
    format!("{}⋯", head.trim_end())
}

/// What the scheduler counted, in brackets, without what it says of preemption; empty where it said nothing.
pub fn scheduler(message: &str) -> String {
    let counted = bare(message.split("preemption:").next().unwrap_or(message));
    if counted.is_empty() { String::new() } else { format!(" ({counted})") }
}
