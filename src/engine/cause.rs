//! What both engines read from the words of controllers.

/// What the scheduler counted, in brackets, without what it says of preemption; empty where it said nothing.
pub fn scheduler(message: &str) -> String {
    let counted = message.split("preemption:").next().unwrap_or(message).trim().trim_end_matches('.');
    if counted.is_empty() { String::new() } else { format!(" ({counted})") }
}
