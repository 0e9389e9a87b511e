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

fn push_masked(value: &str, out: &mut String) {
    let text = value.trim();
    if text.is_empty() {
        out.push_str(value);
        return;
    }
    let digest: String = Sha256::digest(text.as_bytes()).iter().take(3).map(|b| format!("{b:02x}")).collect();
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
}
