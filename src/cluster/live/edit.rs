//! Who changed a live object besides the engine that applies it: the newest foreign entry of managedFields.

use crate::domain::Timestamp;
use crate::domain::event::Edit;
use crate::domain::text::sanitise;
use serde_json::Value;

/// The newest change of spec or data that neither an engine nor Kubernetes itself made.
pub fn newest(object: &Value) -> Option<Edit> {
    let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array)?;
    let time = |e: &Value| e["time"].as_str().and_then(|t| t.parse::<Timestamp>().ok());
    let (entry, paths) = entries
        .iter()
        .filter(|e| e["operation"] == "Update" && is_foreign(e))
        .map(|e| (e, paths(&e["fieldsV1"])))
        .filter(|(_, paths)| !paths.is_empty())
        .max_by_key(|(e, _)| time(e))?;
    let path = paths.iter().find(|p| p.last().is_some_and(|f| f == "replicas")).or_else(|| paths.first())?;
    let is_secret = object["kind"] == "Secret";
    let value = |of: &Value| find(of, path).filter(|_| !is_secret).and_then(|v| plain(v, path));
    let applied = object.pointer("/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration").and_then(Value::as_str);
    Some(Edit {
        manager: sanitise(entry["manager"].as_str().unwrap_or_default(), 60),
        at: time(entry),
        field: sanitise(&field(path), 60),
        more: paths.len() - 1,
        live: value(object),
        applied: applied.and_then(|text| serde_json::from_str::<Value>(text).ok()).and_then(|v| value(&v)),
    })
}

/// Last part of the path; the value of a variable by the variable's name.
fn field(path: &[String]) -> String {
    if let [.., env, item, value] = path
        && env == "env"
        && value == "value"
        && let Some(name) = serde_json::from_str::<Value>(item).ok().and_then(|key| Some(key["name"].as_str()?.to_owned()))
    {
        return format!("env {name}");
    }
    path.iter().rev().find(|p| !p.starts_with('{')).cloned().unwrap_or_default()
}

fn is_foreign(entry: &Value) -> bool {
    let manager = entry["manager"].as_str().unwrap_or_default();
    let engine = ["argocd", "kustomize-controller", "helm-controller", "flux", "Helm"].iter().any(|e| manager.starts_with(e));
    // The cluster's own controllers write status, and an autoscaler the scale.
    let own = manager.starts_with("kube-") || entry["subresource"] == "status";
    !manager.is_empty() && !engine && !own
}

/// Paths to the leaves below spec and data; an item of a list is the JSON of its key.
fn paths(fields: &Value) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    for part in ["spec", "data"] {
        walk(&fields[format!("f:{part}")], &mut vec![part.to_owned()], &mut out);
    }
    out
}

/// No object sets more fields than that in a way a row could tell.
const MOST: usize = 100;

fn walk(fields: &Value, at: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
    let Some(map) = fields.as_object() else { return };
    if out.len() >= MOST || at.len() > 24 {
        return;
    }
    let inner = map.iter().filter_map(|(key, value)| {
        let name = key.strip_prefix("f:").or_else(|| key.strip_prefix("k:"))?;
        Some((name, value))
    });
    let mut any = false;
    for (name, value) in inner {
        any = true;
        at.push(name.to_owned());
        walk(value, at, out);
        at.pop();
    }
    if !any && at.len() > 1 {
        out.push(at.clone());
    }
}

fn find<'v>(object: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(object, |value, step| match value {
        Value::Array(items) => {
            let key: Value = serde_json::from_str(step).ok()?;
            let key = key.as_object()?;
            items.iter().find(|item| key.iter().all(|(k, v)| item.get(k) == Some(v)))
        }
        other => other.get(step),
    })
}

/// Values that can hold no secret.
fn plain(value: &Value, path: &[String]) -> Option<String> {
    match value {
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::String(text) if path.last().is_some_and(|f| f == "image") => Some(sanitise(text, 200)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(manager: &str, fields: &Value) -> Value {
        json!({
            "kind": "Deployment",
            "metadata": {
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"spec\":{\"replicas\":3}}"},
                "managedFields": [
                    {"manager": "argocd-controller", "operation": "Update", "time": "2026-11-24T03:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
                    {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status", "time": "2026-11-24T03:09:00Z",
                        "fieldsV1": {"f:status": {"f:replicas": {}}}},
                    {"manager": manager, "operation": "Update", "time": "2026-11-24T02:30:41Z", "fieldsV1": fields},
                ],
            },
            "spec": {"replicas": 6, "template": {"spec": {"containers": [{"name": "web", "image": "web:2", "env": [{"name": "TOKEN", "value": "hunter2"}]}]}}},
        })
    }

    #[test]
    fn the_newest_change_by_a_person_is_found_with_what_it_was_before() {
        let edit = newest(&object("kubectl-edit", &json!({"f:spec": {"f:minReadySeconds": {}, "f:replicas": {}}}))).unwrap();
        assert_eq!((edit.manager.as_str(), edit.field.as_str(), edit.more), ("kubectl-edit", "replicas", 1));
        assert_eq!((edit.live.as_deref(), edit.applied.as_deref()), (Some("6"), Some("3")));
        assert_eq!(edit.at.unwrap().to_string(), "2026-11-24T02:30:41Z");
    }

    #[test]
    fn an_engine_the_cluster_itself_and_metadata_alone_are_no_edit() {
        let replicas = json!({"f:spec": {"f:replicas": {}}});
        for manager in ["argocd-controller", "kustomize-controller", "helm-controller", "kube-controller-manager", ""] {
            assert_eq!(newest(&object(manager, &replicas)), None, "{manager}");
        }
        assert_eq!(newest(&object("kubectl-edit", &json!({"f:metadata": {"f:labels": {"f:a": {}}}}))), None);
    }

    #[test]
    fn values_that_may_be_secret_are_never_kept() {
        let container =
            |field: &str| json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {field: {}}}}}}});
        let image = newest(&object("kubectl-set", &container("f:image"))).unwrap();
        assert_eq!((image.field.as_str(), image.live.as_deref()), ("image", Some("web:2")));
        let token = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {"f:env": {"k:{\"name\":\"TOKEN\"}": {"f:value": {}}}}}}}}});
        let edit = newest(&object("kubectl-edit", &token)).unwrap();
        assert_eq!((edit.field.as_str(), edit.live), ("env TOKEN", None));
        let mut secret = object("kubectl-patch", &json!({"f:data": {"f:pin": {}}}));
        secret["kind"] = json!("Secret");
        secret["data"] = json!({"pin": 1234});
        assert_eq!(newest(&secret).unwrap().live, None);
    }
}
