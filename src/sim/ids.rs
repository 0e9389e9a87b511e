//! Made-up ids that are the same for the same seed, and time as Kubernetes writes it.

use crate::domain::Timestamp;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Hex SHA-256 of a text.
pub fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// A number from a text.
pub fn number(text: &str) -> u64 {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// A uid from a text.
pub fn uid(text: &str) -> String {
    let hex: Vec<char> = digest(text).chars().collect();
    let part = |from: usize, to: usize| hex.get(from..to).map(|part| part.iter().collect::<String>()).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// RFC 3339 in whole seconds.
pub fn seconds(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// `at` moved by seconds.
pub fn later(at: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(at.as_second() + seconds).unwrap_or(at)
}
