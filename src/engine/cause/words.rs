//! Small readers of controllers' words.

pub fn word_after<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_whitespace().next()
}

/// The file that kustomize does not find. A base that names it is told of before it, from the outermost inwards.
pub fn not_in_git(message: &str) -> Option<&str> {
    let (_, rest) = message.rsplit_once("accumulating resources from '")?;
    rest.split_once('\'').map(|(file, _)| file).filter(|_| message.contains("no such file"))
}

/// Text between the first pair of `open` and `close` after `before`.
pub fn between<'a>(text: &'a str, before: &str, open: char, close: char) -> Option<&'a str> {
    let (inner, _) = text.split_once(before)?.1.split_once(open)?.1.split_once(close)?;
    Some(inner)
}

/// What helps pods that no node takes, or takes in time.
pub const PENDING: &str = "ask for less in git, or add nodes that have it";

/// Without the full stop at its end.
pub fn bare(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

/// The file that is no YAML, and what its reader said: `MalformedYAMLError: yaml: line 6: … in File: web.yaml`, or
/// `Failed to unmarshal "web.yaml": … error converting YAML to JSON: yaml: line 6: …`.
pub fn broken_yaml(text: &str) -> Option<(&str, &str)> {
    if let Some((_, rest)) = text.split_once("MalformedYAMLError: ") {
        let (why, rest) = rest.split_once(" in File: ")?;
        let file = rest.split(['\'', '\n', ' ']).next()?;
        return Some((file.rsplit('/').next().unwrap_or(file), bare(why)));
    }
    let (before, why) = text.split_once("error converting YAML to JSON: ")?;
    let file = between(before, "Failed to unmarshal ", '"', '"').or_else(|| word_after(before, "Kubernetes YAML from "))?;
    Some((file.trim_end_matches(':').rsplit('/').next().unwrap_or(file), bare(why)))
}

/// `6` of `yaml: line 6: …`.
pub fn line_of(why: &str) -> Option<&str> {
    let number = word_after(why, "line ")?.trim_end_matches([':', ',']);
    number.parse::<u32>().is_ok().then_some(number)
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
