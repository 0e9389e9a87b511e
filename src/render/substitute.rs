//! Flux `postBuild` substitution: `${name}` and its bash-like forms in each object's text.

use super::files::Files;
use super::options::RenderError;
use super::scope::text;
use super::yaml::{objects, to_yaml};
use crate::domain::text::sanitise;
use serde_json::Value;
use std::collections::BTreeMap;

const OPT_OUT: [&str; 2] =
    ["/metadata/labels/kustomize.toolkit.fluxcd.io~1substitute", "/metadata/annotations/kustomize.toolkit.fluxcd.io~1substitute"];

/// Substitutes in every object that does not opt out. Values go into the object's YAML text, so a bare `${n}` may become a number.
pub fn all(list: &mut Vec<Value>, vars: &BTreeMap<String, String>, files: &Files<'_>) -> Result<(), RenderError> {
    if vars.is_empty() {
        return Ok(());
    }
    let mut out = Vec::with_capacity(list.len());
    for object in std::mem::take(list) {
        if OPT_OUT.iter().any(|p| text(&object, p) == "disabled") {
            out.push(object);
            continue;
        }
        let before = to_yaml(&object);
        if !before.contains("${") {
            out.push(object);
            continue;
        }
        let title = sanitise(&format!("{} {}", text(&object, "/kind"), text(&object, "/metadata/name")), 200);
        let mut absent = Vec::new();
        let after = expand(&before, vars, &mut absent, 0).map_err(|cause| RenderError::Build { file: title.clone(), cause })?;
        for name in absent {
            files.warn(format!("{title}: variable {} has no value", sanitise(&name, 60)));
        }
        let read = objects(&format!("{title} after substitution"), after.as_bytes())?;
        out.extend(read);
    }
    *list = out;
    Ok(())
}

/// Replaces every `${…}`; `$${…}` stays as `${…}`, a `$` before anything else is text.
pub fn expand(input: &str, vars: &BTreeMap<String, String>, absent: &mut Vec<String>, depth: usize) -> Result<String, String> {
    if depth > 8 {
        return Err("variables nested too deeply".into());
    }
    let mut out = String::with_capacity(input.len());
    let mut rest = input;
    while let Some(at) = rest.find('$') {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        if let Some(escaped) = tail.strip_prefix("$${") {
            out.push_str("${");
            rest = escaped;
        } else if let Some(inner) = tail.strip_prefix("${") {
            let end = closing(inner).ok_or("a ${ without }")?;
            let (body, after) = inner.split_at(end);
            out.push_str(&value(body, vars, absent, depth)?);
            rest = after.strip_prefix('}').unwrap_or(after);
        } else {
            out.push('$');
            rest = tail.strip_prefix('$').unwrap_or(tail);
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Byte position of the `}` that closes an open `${`.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut before) = (0usize, ' ');
    for (at, c) in text.char_indices() {
        match c {
            '{' if before == '$' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            '\n' => return None,
            _ => {}
        }
        before = c;
    }
    None
}

/// One expression: a name, then an optional operator with its word.
fn value(body: &str, vars: &BTreeMap<String, String>, absent: &mut Vec<String>, depth: usize) -> Result<String, String> {
    if let Some(name) = body.strip_prefix('#').filter(|n| is_name(n)) {
        return Ok(vars.get(name).map_or(0, |v| v.chars().count()).to_string());
    }
    let end = body.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(body.len());
    let (name, operator) = body.split_at(end);
    if !is_name(name) {
        return Err(format!("{} is no variable name", sanitise(body, 40)));
    }
    let set = vars.get(name);
    let filled = set.filter(|v| !v.is_empty());
    let mut word = |text: &str| expand(text, vars, absent, depth + 1);
    match operator {
        "" => {
            if set.is_none() {
                absent.push(name.to_owned());
            }
            Ok(set.cloned().unwrap_or_default())
        }
        "^^" => Ok(set.map(|v| v.to_uppercase()).unwrap_or_default()),
        ",," => Ok(set.map(|v| v.to_lowercase()).unwrap_or_default()),
        "^" | "," => Ok(set.map(|v| first_letter(v, operator == "^")).unwrap_or_default()),
        _ => {
            if let Some(default) = operator.strip_prefix(":-").or_else(|| operator.strip_prefix(":=")) {
                return filled.map_or_else(|| word(default), |v| Ok(v.clone()));
            }
            if let Some(default) = operator.strip_prefix('-').or_else(|| operator.strip_prefix('=')) {
                return set.map_or_else(|| word(default), |v| Ok(v.clone()));
            }
            if let Some(other) = operator.strip_prefix(":+") {
                return if filled.is_some() { word(other) } else { Ok(String::new()) };
            }
            edit(operator, set.map_or("", String::as_str)).ok_or_else(|| format!("${{{}}} is not understood", sanitise(body, 40)))
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit()) && !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn first_letter(text: &str, upper: bool) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    let first = if upper { first.to_ascii_uppercase() } else { first.to_ascii_lowercase() };
    std::iter::once(first).chain(chars).collect()
}

/// Replacement (`/a/b`, `//a/b`), substring (`:1:2`), and prefixes or suffixes without wildcards (`#a`, `%a`).
fn edit(operator: &str, text: &str) -> Option<String> {
    if let Some(rest) = operator.strip_prefix("//") {
        let (from, to) = rest.split_once('/').unwrap_or((rest, ""));
        return (!from.is_empty()).then(|| text.replace(from, to));
    }
    if let Some(rest) = operator.strip_prefix('/') {
        let (from, to) = rest.split_once('/').unwrap_or((rest, ""));
        return (!from.is_empty()).then(|| text.replacen(from, to, 1));
    }
    if let Some(rest) = operator.strip_prefix(':') {
        let (from, count) = rest.split_once(':').unwrap_or((rest, ""));
        let from: usize = from.trim().parse().ok()?;
        let count: usize = if count.is_empty() { usize::MAX } else { count.trim().parse().ok()? };
        return Some(text.chars().skip(from).take(count).collect());
    }
    let plain = |pattern: &str| !pattern.is_empty() && !pattern.contains(['*', '?', '[', '$']);
    if let Some(pattern) = operator.strip_prefix("##").or_else(|| operator.strip_prefix('#')).filter(|p| plain(p)) {
        return Some(text.strip_prefix(pattern).unwrap_or(text).to_owned());
    }
    let pattern = operator.strip_prefix("%%").or_else(|| operator.strip_prefix('%')).filter(|p| plain(p))?;
    Some(text.strip_suffix(pattern).unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tree::MemoryTree;
    use serde_json::json;

    fn vars() -> BTreeMap<String, String> {
        [("cluster", "prod-eu"), ("n", "3"), ("empty", ""), ("yes", "true")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    }

    #[test]
    fn every_form_of_a_variable() {
        for (input, output) in [
            ("${cluster}", "prod-eu"),
            ("a ${cluster} b $n $ $$ 5$", "a prod-eu b $n $ $$ 5$"),
            ("$${cluster}", "${cluster}"),
            ("${gone:-d e}", "d e"),
            ("${gone:=d}", "d"),
            ("${empty:-d}", "d"),
            ("${empty-d}", ""),
            ("${gone:-${cluster}x}", "prod-eux"),
            ("${cluster^^}", "PROD-EU"),
            ("${cluster:0:4}", "prod"),
            ("${cluster/-/_}", "prod_eu"),
            ("${cluster%-eu}", "prod"),
            ("${#cluster}", "7"),
            ("${gone}", ""),
        ] {
            assert_eq!(expand(input, &vars(), &mut Vec::new(), 0).as_deref(), Ok(output), "{input}");
        }
        for input in ["${", "${}", "${a b}", "${a\n}", "${1a}", "${a%*x}"] {
            assert!(expand(input, &vars(), &mut Vec::new(), 0).is_err(), "{input}");
        }
    }

    #[test]
    fn objects_may_opt_out_and_numbers_become_numbers() {
        let mut list = vec![
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "${cluster}"}, "spec": {"replicas": "${n}", "text": "v${n}"}}),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "raw", "annotations": {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}}, "data": {"a": "${n}"}}),
        ];
        let raw = list[1].clone();
        let tree = MemoryTree::default();
        let files = Files::new(&tree);
        all(&mut list, &vars(), &files).unwrap();
        assert_eq!(
            list[0],
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "prod-eu"}, "spec": {"replicas": 3, "text": "v3"}})
        );
        assert_eq!(list[1], raw);
    }
}
