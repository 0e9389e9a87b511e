//! Page tokens of chunked lists: base64url of a small JSON object, as a real server makes them.

use serde_json::{Value, json};

use super::failure::Failure;
use super::store::Key;

/// Where a list goes on. `version` is `None` in the token of an inconsistent rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub version: Option<u64>,
    /// The last object of the page before.
    pub after: Key,
}

impl Token {
    pub fn encode(&self) -> String {
        let (namespace, name) = &self.after;
        let start = if namespace.is_empty() { format!("{name}\u{0}") } else { format!("{namespace}/{name}\u{0}") };
        let version = self.version.and_then(|v| i64::try_from(v).ok()).unwrap_or(-1);
        encode(json!({"v": "meta.k8s.io/v1", "rv": version, "start": start}).to_string().as_bytes())
    }

    pub fn decode(source: &str) -> Result<Self, Failure> {
        let invalid = |why: String| Failure::bad_request(format!("invalid continue token: continue key is not valid: {why}"));
        let bytes = decode(source).map_err(|at| invalid(format!("illegal base64 data at input byte {at}")))?;
        let token: Value = serde_json::from_slice(&bytes).map_err(|_| {
            let first = bytes.first().map_or_else(String::new, |b| char::from(*b).to_string());
            invalid(format!("invalid character '{first}' looking for beginning of value"))
        })?;
        let start = token.get("start").and_then(Value::as_str).unwrap_or_default().trim_end_matches('\u{0}');
        let (namespace, name) = start.split_once('/').unwrap_or(("", start));
        let version = token.get("rv").and_then(Value::as_i64).and_then(|v| u64::try_from(v).ok());
        Ok(Self { version, after: (namespace.to_owned(), name.to_owned()) })
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            let index = (bits >> (18 - 6 * place)) & 63;
            out.extend(usize::try_from(index).ok().and_then(|i| ALPHABET.get(i)).map(|b| char::from(*b)));
        }
    }
    out
}

fn decode(source: &str) -> Result<Vec<u8>, usize> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for (at, byte) in source.trim_end_matches('=').bytes().enumerate() {
        let digit = ALPHABET.iter().position(|letter| *letter == byte).and_then(|digit| u32::try_from(digit).ok()).ok_or(at)?;
        bits = (bits << 6 | digit) & 0x00ff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).unwrap_or_default());
        }
    }
    if held >= 6 { Err(source.len()) } else { Ok(out) }
}
