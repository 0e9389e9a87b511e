//! Label and field selectors.

use serde_json::Value;

use super::failure::Failure;
use super::kind::Kind;

/// Which objects a list or watch is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Selector {
    pub namespace: String,
    labels: Vec<Label>,
    fields: Vec<(String, bool, String)>,
}

#[derive(Clone, Debug)]
enum Label {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

impl Selector {
    pub fn parse(kind: &Kind, namespace: &str, labels: &str, fields: &str) -> Result<Self, Failure> {
        Ok(Self { namespace: namespace.to_owned(), labels: parse_labels(labels)?, fields: parse_fields(kind, fields)? })
    }

    pub fn matches(&self, object: &Value) -> bool {
        let metadata = object.get("metadata");
        let text = |key: &str| metadata.and_then(|m| m.get(key)).and_then(Value::as_str).unwrap_or_default();
        (self.namespace.is_empty() || text("namespace") == self.namespace)
            && self.labels.iter().all(|label| label.matches(metadata.and_then(|m| m.get("labels"))))
            && self.fields.iter().all(|(path, equal, value)| (field(object, path) == *value) == *equal)
    }
}

fn field(object: &Value, path: &str) -> String {
    // Of an Event the writer counts, however it is told.
    if path == "source" {
        let told = ["/source/component", "/reportingComponent"].into_iter().filter_map(|p| object.pointer(p)?.as_str());
        return told.into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned();
    }
    let pointer = format!("/{}", path.replace('.', "/"));
    match object.pointer(&pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

impl Label {
    fn matches(&self, labels: Option<&Value>) -> bool {
        let value = |key: &str| labels.and_then(|l| l.get(key)).and_then(Value::as_str);
        match self {
            Self::In(key, values) => value(key).is_some_and(|v| values.iter().any(|w| w == v)),
            Self::NotIn(key, values) => value(key).is_none_or(|v| values.iter().all(|w| w != v)),
            Self::Exists(key) => value(key).is_some(),
            Self::Absent(key) => value(key).is_none(),
        }
    }
}

fn parse_fields(kind: &Kind, source: &str) -> Result<Vec<(String, bool, String)>, Failure> {
    let mut fields = Vec::new();
    for term in source.split(',').map(str::trim).filter(|term| !term.is_empty()) {
        let (path, equal, value) = if let Some((path, value)) = term.split_once("!=") {
            (path, false, value)
        } else if let Some((path, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
            (path, true, value)
        } else {
            return Err(Failure::bad_request(format!("invalid selector: '{source}'; can't understand '{term}'")));
        };
        if !supported(kind, path) {
            let builtin = format!("\"{path}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
            return Err(Failure::bad_request(if kind.custom { format!("field label not supported: {path}") } else { builtin }));
        }
        fields.push((path.to_owned(), equal, value.to_owned()));
    }
    Ok(fields)
}

fn supported(kind: &Kind, path: &str) -> bool {
    let more: &[&str] = match (kind.group.as_str(), kind.plural.as_str()) {
        ("", "events") => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "type",
            "source",
            "reportingComponent",
        ],
        ("", "pods") => &["spec.nodeName", "status.phase", "status.podIP", "spec.restartPolicy", "spec.serviceAccountName"],
        ("", "secrets") => &["type"],
        ("", "namespaces") => &["status.phase"],
        _ => &[],
    };
    matches!(path, "metadata.name" | "metadata.namespace") || more.contains(&path)
}

fn parse_labels(source: &str) -> Result<Vec<Label>, Failure> {
    let mut labels = Vec::new();
    for term in split_terms(source) {
        labels.push(parse_label(term.trim())?);
    }
    Ok(labels)
}

/// Splits at the commas that are not inside parentheses.
fn split_terms(source: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    source
        .split(|c| {
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            c == ',' && depth == 0
        })
        .filter(|term| !term.trim().is_empty())
        .collect()
}

fn parse_label(term: &str) -> Result<Label, Failure> {
    let is_key = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    let key_of = |key: &str| {
        let key = key.trim();
        if is_key(key) { Ok(key.to_owned()) } else { Err(bad_label(term)) }
    };
    if let Some(key) = term.strip_prefix('!') {
        return Ok(Label::Absent(key_of(key)?));
    }
    if let Some((left, right)) = term.split_once('(') {
        let values = right.trim_end_matches(')').split(',').map(|v| v.trim().to_owned()).collect();
        let mut words = left.split_whitespace();
        let key = key_of(words.next().unwrap_or_default())?;
        return match words.next() {
            Some("in") => Ok(Label::In(key, values)),
            Some("notin") => Ok(Label::NotIn(key, values)),
            _ => Err(bad_label(term)),
        };
    }
    if let [_, "in" | "notin", next, ..] = term.split_whitespace().collect::<Vec<_>>().as_slice() {
        return Err(Failure::bad_request(format!("unable to parse requirement: found '{next}' expected: '('")));
    }
    if let Some((key, value)) = term.split_once("!=") {
        return Ok(Label::NotIn(key_of(key)?, vec![value.trim().to_owned()]));
    }
    if let Some((key, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
        return Ok(Label::In(key_of(key)?, vec![value.trim().to_owned()]));
    }
    Ok(Label::Exists(key_of(term)?))
}

fn bad_label(term: &str) -> Failure {
    let token: String = if term.starts_with("==") { "==".into() } else { term.chars().take(1).collect() };
    Failure::bad_request(format!("found '{token}', expected: !, identifier, or 'end of string'"))
}
