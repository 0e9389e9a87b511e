//! The kubelet asks a container how it is and does not like the answer.

use super::words::{bare, cut, word_after};
use super::{Cause, Seen};

/// Characters of the kubelet's words that a sentence quotes.
const QUOTE: usize = 160;

/// `Readiness probe failed: Get "http://10.1.0.7:8081/healthz": dial tcp 10.1.0.7:8081: connect: connection refused`
pub fn failed(seen: &Seen<'_>) -> Option<Cause> {
    let (which, words) = seen.message.split_once(" probe failed: ")?;
    let (name, effect) = match which {
        "Readiness" => ("readiness", "so it counts as not ready and the rollout waits"),
        "Liveness" => ("liveness", "so its container is restarted again and again"),
        "Startup" => ("startup", "so its container is never let start"),
        _ => return None,
    };
    let port = word_after(words, "dial tcp ").and_then(|at| at.trim_end_matches(':').rsplit(':').next());
    let why = match port {
        Some(port) if words.contains("connection refused") => format!("nothing on port {port}"),
        _ if words.contains("connection refused") => "nothing listens there".to_owned(),
        _ if words.contains("deadline exceeded") || words.contains("timeout") => "no answer in time".to_owned(),
        _ => match word_after(words, "statuscode: ") {
            Some(code) => format!("answers {code}"),
            None => cut(bare(words), QUOTE),
        },
    };
    let sentence = format!("The {name} probe of {} fails, {effect}: {}.", seen.what(), cut(bare(words), QUOTE));
    Cause::new(format!("{name} probe: {why}"), sentence, "fix_in_git")
        .step("L", "log: what the container does")
        .step("d", "the probe and its port")
        .done()
}
