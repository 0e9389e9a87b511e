//! Values of Secret manifests in a repository: what is shown is a short digest, so that a change can be seen and a value cannot.

use sha2::{Digest, Sha256};

/// Replaces the values under `data` and `stringData` of every document of kind Secret; other texts come back as they are.
pub(crate) fn mask(text: &str) -> String {
    if !text.contains("Secret") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut document: Vec<&str> = Vec::new();
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            flush(&mut document, &mut out);
        }
        document.push(line);
    }
    flush(&mut document, &mut out);
    out
}

fn flush(document: &mut Vec<&str>, out: &mut String) {
    let secret = document.iter().any(|line| {
        let value = line.strip_prefix("kind:").map(|v| v.trim().trim_matches(['"', '\'']));
        value.is_some_and(|v| v.split_whitespace().next() == Some("Secret"))
    });
    if !secret && document.iter().any(|line| names_secret(line)) {
        return document.drain(..).for_each(|line| push_bare(line, out));
    }
    let mut inside = false;
    for line in document.drain(..) {
        let top = !line.starts_with([' ', '\t', '#', '\n', '\r']);
        if top {
            inside = secret && ["data:", "stringData:"].iter().any(|key| line.starts_with(key));
        }
        match line.split_once(':') {
            _ if !inside => out.push_str(line),
            Some((key, value)) if top || !value.trim().is_empty() => {
                out.push_str(key);
                out.push(':');
                push_masked(value, out);
            }
            Some(_) => out.push_str(line),
            None if line.trim().is_empty() => out.push_str(line),
            None => push_masked(line, out),
        }
    }
}

/// `"kind": "Secret"` of JSON, of flow style or inside a list: which of its lines hold values cannot be told without parsing.
fn names_secret(line: &str) -> bool {
    let bare: String = line.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect();
    bare.match_indices("kind:Secret").any(|(at, found)| {
        let next = bare.get(at + found.len()..).and_then(|rest| rest.chars().next());
        next.is_none_or(|c| !c.is_alphanumeric())
    })
}

/// Keeps keys and what cannot be a value: which name belongs to metadata and which to data is not told apart.
fn push_bare(line: &str, out: &mut String) {
    const NAMES: [&str; 2] = ["apiVersion", "kind"];
    let text = line.trim().trim_start_matches("- ").trim_end_matches(',');
    let key = text.split_once(':').map(|(key, _)| key.trim().trim_matches(['"', '\'']));
    let is_plain = !text.chars().any(char::is_alphanumeric) || line.trim_start().starts_with('#') && !text.contains(':');
    let opens = text.split_once(':').is_some_and(|(_, value)| !value.chars().any(char::is_alphanumeric));
    let names = key.is_some_and(|k| NAMES.contains(&k)) && text.matches(':').count() == 1;
    if is_plain || opens || names {
        out.push_str(line);
        return;
    }
    let (indent, _) = line.split_at(line.len() - line.trim_start().len());
    out.push_str(indent);
    if let Some((key, _)) = text.split_once(':').filter(|(key, _)| !key.contains('{')) {
        out.push_str(key);
        out.push(':');
    }
    push_masked(line.get(indent.len()..).unwrap_or(line), out);
}

fn push_masked(value: &str, out: &mut String) {
    let text = value.trim();
    if text.is_empty() {
        out.push_str(value);
        return;
    }
    let salted = Sha256::new().chain_update(crate::domain::redact::process_salt()).chain_update(text.as_bytes());
    let digest: String = salted.finalize().iter().take(3).map(|b| format!("{b:02x}")).collect();
    out.push_str(&format!(" (hidden {digest})"));
    if value.ends_with('\n') {
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_values_are_hidden_and_their_change_is_seen() {
        let text = "kind: ConfigMap\ndata:\n  a: open\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: hunter2\n  pem: |\n    line: one\n    LINETWO\ntype: Opaque\n";
        let masked = mask(text);
        for value in ["hunter2", "LINETWO", "one"] {
            assert!(!masked.contains(value), "{masked}");
        }
        for kept in ["a: open", "name: db", "  password: (hidden ", "type: Opaque"] {
            assert!(masked.contains(kept), "{masked}");
        }
        assert_eq!(masked.lines().count(), text.lines().count());
        assert_ne!(masked, mask(&text.replace("hunter2", "hunter3")));
        assert!(!mask("kind: Secret\ndata: {a: c2VjcmV0}\n").contains("c2VjcmV0"), "flow style");
    }

    #[test]
    fn a_secret_in_json_in_flow_style_or_in_a_list_is_hidden_too() {
        let json = "{\n  \"kind\": \"Secret\",\n  \"data\": {\n    \"password\": \"aHVudGVyMg==\"\n  }\n}\n";
        let list = "kind: List\nitems:\n- kind: Secret\n  stringData:\n    password: hunter2\n    pem: |\n      LINETWO\n";
        let flow = "{kind: Secret, data: {password: hunter2}}\n";
        for text in [json, list, flow] {
            let masked = mask(text);
            assert!(["aHVudGVyMg", "hunter2", "LINETWO"].iter().all(|v| !masked.contains(v)), "{masked}");
            assert_eq!(masked.lines().count(), text.lines().count(), "{masked}");
        }
        let other = "kind: SecretStore\nspec: {a: open}\n";
        assert_eq!(mask(other), other);
    }
}
