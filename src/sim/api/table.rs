//! Rows and columns as `kubectl get` shows them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::kind::{Column, Kind};

const NAME: &str = "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request \
                    the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration \
                    definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";

pub(super) fn definitions(kind: &Kind) -> Value {
    let mut columns = vec![json!({"name": "Name", "type": "string", "format": "name", "description": NAME, "priority": 0})];
    for column in columns_of(kind) {
        let description = format!("Custom resource definition column (in JSONPath format): {}", column.path);
        let description = if kind.custom { description } else { column.name.clone() };
        let json = json!({
            "name": column.name, "type": column.kind, "format": column.format, "description": description, "priority": column.priority,
        });
        columns.push(json);
    }
    Value::Array(columns)
}

fn columns_of(kind: &Kind) -> Vec<Column> {
    if kind.columns.is_empty() {
        let path = if kind.custom { ".metadata.creationTimestamp" } else { "age" };
        return vec![Column::new("Age", if kind.custom { "date" } else { "string" }, path, 0)];
    }
    kind.columns.clone()
}

pub(super) fn table(kind: &Kind, metadata: Value, rows: Vec<Value>, with_columns: bool) -> Value {
    let columns = if with_columns { definitions(kind) } else { Value::Null };
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": columns, "rows": rows})
}

pub(super) fn empty_cells(kind: &Kind) -> Value {
    let mut cells = vec![json!("")];
    cells.extend(columns_of(kind).iter().map(|_| Value::Null));
    Value::Array(cells)
}

pub(super) fn cells(kind: &Kind, object: &Value, now: Timestamp) -> Value {
    let mut cells = vec![object.pointer("/metadata/name").cloned().unwrap_or_default()];
    cells.extend(columns_of(kind).iter().map(|column| cell(kind, column, object, now)));
    Value::Array(cells)
}

fn cell(kind: &Kind, column: &Column, object: &Value, now: Timestamp) -> Value {
    let found = match column.path.as_str() {
        "age" => return json!(age(object.pointer("/metadata/creationTimestamp"), now)),
        "event/last" => return json!(age(first_of(object, &["/series/lastObservedTime", "/lastTimestamp", "/eventTime"]), now)),
        "event/first" => return json!(age(first_of(object, &["/firstTimestamp", "/eventTime"]), now)),
        "event/object" => {
            let word = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
            return json!(format!("{}/{}", word("/involvedObject/kind").to_lowercase(), word("/involvedObject/name")));
        }
        "deployment/ready" => {
            let number = |path: &str| object.pointer(path).and_then(Value::as_i64).unwrap_or(0);
            return json!(format!("{}/{}", number("/status/readyReplicas"), number("/spec/replicas")));
        }
        "deployment/selector" => return json!(selector(object.pointer("/spec/selector/matchLabels"))),
        "pod/ready" => return json!(pod_ready(object)),
        "pod/status" => return json!(pod_status(object)),
        "pod/restarts" => return json!(pod_restarts(object).to_string()),
        path => evaluate(object, path),
    };
    match found.as_slice() {
        [] if kind.custom => Value::Null,
        [] => json!(if column.priority > 0 { "<none>" } else { "" }),
        [one] if column.kind == "date" => json!(age(Some(one), now)),
        [Value::Object(_) | Value::Array(_)] => json!(found.first().map(ToString::to_string)),
        [one] => one.clone(),
        many => json!(many.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect::<Vec<_>>().join(",")),
    }
}

fn first_of<'a>(object: &'a Value, paths: &[&str]) -> Option<&'a Value> {
    paths.iter().filter_map(|path| object.pointer(path)).find(|value| !value.is_null())
}

/// The JSON paths printer columns use: names, `[*]`, `[n]` and `[?(@.name=="text")]`.
fn evaluate(object: &Value, path: &str) -> Vec<Value> {
    let mut found = vec![object];
    let mut rest = path.trim_start_matches('.');
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix('[') {
            let (inside, after) = tail.split_once(']').unwrap_or((tail, ""));
            found = found.into_iter().flat_map(|value| bracket(value, inside)).collect();
            rest = after.trim_start_matches('.');
            continue;
        }
        let mut name = String::new();
        let mut chars = rest.chars();
        while let Some(c) = chars.clone().next().filter(|c| !matches!(c, '.' | '[')) {
            chars.next();
            name.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
        }
        rest = chars.as_str().trim_start_matches('.');
        found = found.into_iter().filter_map(|value| value.get(&name)).collect();
    }
    found.into_iter().cloned().collect()
}

fn bracket<'a>(value: &'a Value, inside: &str) -> Vec<&'a Value> {
    let items: Vec<&Value> = value.as_array().into_iter().flatten().collect();
    if inside == "*" {
        return items;
    }
    if let Some(condition) = inside.strip_prefix("?(@.").and_then(|c| c.strip_suffix(')')) {
        let Some((name, wanted)) = condition.split_once("==") else { return Vec::new() };
        let wanted = wanted.trim().trim_matches(['"', '\'']);
        return items.into_iter().filter(|item| item.get(name.trim()).and_then(Value::as_str) == Some(wanted)).collect();
    }
    inside.parse::<usize>().ok().and_then(|index| items.get(index).copied()).into_iter().collect()
}

fn selector(labels: Option<&Value>) -> String {
    let pairs = labels.and_then(Value::as_object).into_iter().flatten();
    pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect::<Vec<_>>().join(",")
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    pod.pointer("/status/containerStatuses").and_then(Value::as_array).into_iter().flatten()
}

fn pod_ready(pod: &Value) -> String {
    let total = pod.pointer("/spec/containers").and_then(Value::as_array).map_or(0, Vec::len);
    let ready = containers(pod).filter(|c| c.get("ready") == Some(&Value::Bool(true))).count();
    format!("{ready}/{total}")
}

fn pod_status(pod: &Value) -> String {
    if pod.pointer("/metadata/deletionTimestamp").is_some() {
        return "Terminating".to_owned();
    }
    let reason = containers(pod).find_map(|c| {
        let at = |path: &str| c.pointer(path).and_then(Value::as_str);
        at("/state/waiting/reason").or_else(|| at("/state/terminated/reason")).map(str::to_owned)
    });
    let phase = pod.pointer("/status/reason").or_else(|| pod.pointer("/status/phase")).and_then(Value::as_str);
    reason.unwrap_or_else(|| phase.unwrap_or("Pending").to_owned())
}

fn pod_restarts(pod: &Value) -> i64 {
    containers(pod).filter_map(|c| c.get("restartCount").and_then(Value::as_i64)).sum()
}

/// An age as printed: two units at most.
fn age(time: Option<&Value>, now: Timestamp) -> String {
    let Some(time) = time.and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok()) else { return "<unknown>".to_owned() };
    let seconds = (now.as_second() - time.as_second()).max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    let two = |whole: i64, unit: &str, part: i64, small: &str| {
        if part == 0 { format!("{whole}{unit}") } else { format!("{whole}{unit}{part}{small}") }
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, "d", hours % 24, "h"),
        691_200..63_072_000 => format!("{days}d"),
        _ => two(days / 365, "y", days % 365, "d"),
    }
}
