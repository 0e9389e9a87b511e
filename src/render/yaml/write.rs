//! Values as text: the same value always gives the same lines, and reading them back gives the same value.

use serde_json::{Map, Value};
use std::fmt::Write;

/// Block style, two spaces a level, lists at the level of their key; apiVersion, kind, metadata, name, namespace and spec come first,
/// other keys in alphabetical order. Ends with a line break; an empty map is `{}`.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => write_map(&mut out, map, 0, false),
        Value::Array(items) if !items.is_empty() => write_list(&mut out, items, 0),
        scalar => {
            write_scalar(&mut out, scalar, 0);
            out.push('\n');
        }
    }
    out
}

fn rank(key: &str) -> usize {
    ["apiVersion", "kind", "metadata", "name", "namespace", "spec"].iter().position(|k| *k == key).unwrap_or(6)
}

/// The entries of a map as they are written.
pub fn in_order(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut keys: Vec<(&String, &Value)> = map.iter().collect();
    keys.sort_by_key(|(key, _)| (rank(key), key.as_str()));
    keys
}

/// Lines that a value takes below the line of its key; of maps and lists, none of their own.
pub fn rows_below(value: &Value) -> usize {
    value.as_str().filter(|text| is_block(text)).map_or(0, |text| text.trim_end_matches('\n').split('\n').count())
}

fn indent(out: &mut String, level: usize) {
    out.extend(std::iter::repeat_n("  ", level));
}

fn write_map(out: &mut String, map: &Map<String, Value>, level: usize, mut inline: bool) {
    for (key, value) in in_order(map) {
        if !std::mem::take(&mut inline) {
            indent(out, level);
        }
        // A key over several lines has no block form; reading demands it on one line.
        if is_plain(key) {
            out.push_str(key)
        } else {
            quote(out, key)
        }
        out.push(':');
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push('\n');
                write_map(out, map, level + 1, false);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                write_list(out, items, level);
            }
            scalar => {
                out.push(' ');
                write_scalar(out, scalar, level + 1);
                out.push('\n');
            }
        }
    }
}

fn write_list(out: &mut String, items: &[Value], level: usize) {
    for item in items {
        indent(out, level);
        out.push('-');
        match item {
            Value::Object(map) if !map.is_empty() => {
                out.push(' ');
                write_map(out, map, level + 1, true);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                write_list(out, items, level + 1);
            }
            scalar => {
                out.push(' ');
                write_scalar(out, scalar, level + 1);
                out.push('\n');
            }
        }
    }
}

fn write_scalar(out: &mut String, value: &Value, level: usize) {
    match value {
        Value::String(text) if is_block(text) => write_block(out, text, level.max(1)),
        Value::String(text) if is_plain(text) => out.push_str(text),
        Value::String(text) => quote(out, text),
        Value::Object(_) => out.push_str("{}"),
        Value::Array(_) => out.push_str("[]"),
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

/// Several lines that a literal block can hold as they are.
fn is_block(text: &str) -> bool {
    let odd = |c: char| (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    text.trim_end_matches('\n').contains('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && !text.contains(odd)
        && !text.split('\n').any(|line| line.starts_with('\t') || (line.trim().is_empty() && !line.is_empty()))
        && !text.ends_with("\n\n")
}

fn write_block(out: &mut String, text: &str, level: usize) {
    out.push_str(if text.ends_with('\n') { "|" } else { "|-" });
    for line in text.trim_end_matches('\n').split('\n') {
        out.push('\n');
        if !line.is_empty() {
            indent(out, level);
            out.push_str(line);
        }
    }
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if (c as u32) < 0x100 && c.is_control() => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c if matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Needs no quotes: no reader of any YAML version takes it for something else.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let leads = matches!(
        first,
        '-' | '?' | ':' | ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' | ' ' | '='
    );
    let leads =
        leads && !(first == '-' && text.chars().nth(1).is_some_and(|c| c.is_ascii_alphabetic() || c == '-') && !text.starts_with("---"));
    !leads
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("...")
        && !text
            .contains(|c: char| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'))
        && !is_word(text)
        && !is_number(text)
}

fn is_word(text: &str) -> bool {
    let words = [
        "null",
        "~",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
        "<<",
        ".nan",
        ".inf",
        "+.inf",
        "-.inf",
        "nan",
        "inf",
        "-inf",
        "+inf",
        "infinity",
        "-infinity",
        "+infinity",
    ];
    text.len() <= 9 && words.contains(&text.to_ascii_lowercase().as_str())
}

fn is_number(text: &str) -> bool {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return false;
    }
    let bare: String = text.chars().filter(|c| *c != '_').collect();
    let unsigned = bare.trim_start_matches(['+', '-']).to_ascii_lowercase();
    let digits = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_hexdigit());
    let radix = ["0x", "0o", "0b"].iter().any(|p| unsigned.strip_prefix(p).is_some_and(digits));
    let clock = text.contains(':') && text.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | '_' | '+' | '-'));
    let date = text.len() >= 8 && text.get(4..5) == Some("-") && text.chars().take(4).all(|c| c.is_ascii_digit());
    bare.parse::<f64>().is_ok() || radix || clock || date
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::yaml::documents;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_head_of_an_object_comes_first_and_strings_that_look_like_numbers_are_quoted() {
        let value = json!({"spec": {"replicas": 3, "items": ["a", 1]}, "data": {"POOL_SIZE": "20", "MODE": "on", "V": "1.2.3", "E": ""},
            "metadata": {"labels": {}, "namespace": "shop", "name": "orders"}, "kind": "X", "apiVersion": "v1", "args": ["--port=80", "-v", "- x"]});
        assert_eq!(
            to_yaml(&value),
            "apiVersion: v1\nkind: X\nmetadata:\n  name: orders\n  namespace: shop\n  labels: {}\nspec:\n  items:\n  - a\n  - 1\n  replicas: 3\n\
             args:\n- --port=80\n- -v\n- \"- x\"\ndata:\n  E: \"\"\n  MODE: \"on\"\n  POOL_SIZE: \"20\"\n  V: 1.2.3\n"
        );
    }

    #[test]
    fn lines_of_text_stay_lines() {
        assert_eq!(to_yaml(&json!({"a": "x\n y\n\nz\n", "b": ["p\nq"]})), "a: |\n  x\n   y\n\n  z\nb:\n- |-\n  p\n  q\n");
        assert_eq!(to_yaml(&json!({"a": "\tx\ny"})), "a: \"\\tx\\ny\"\n");
    }

    fn values() -> impl Strategy<Value = Value> {
        let texts = prop_oneof![
            ".{0,12}",
            "[ -~]{0,10}",
            "[0-9+.:_xobeT-]{1,10}",
            "([ a\t#:-]{0,4}\n){1,3}[a ]?",
            Just("(hidden, old)".to_owned())
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            texts.prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-zA-Z0-9 :./_-]{1,8}", inner, 0..4).prop_map(|m| Value::Object(m.into_iter().collect()))
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_it_was(value in values()) {
            let text = to_yaml(&json!({ "root": value }));
            let back = documents("a.yaml", text.as_bytes());
            prop_assert_eq!(back.as_deref().ok(), Some(&[json!({ "root": value })][..]), "{}", text);
        }
    }
}
