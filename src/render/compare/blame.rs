//! Which field of the live object each line of a diff is of, and who set it.

use super::fields::{Step, path};
use super::managers::Managers;
use crate::domain::diff::{Hunk, LineTag, SetBy};
use crate::render::normalise::key_of;
use crate::render::yaml::{in_order, rows_below};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Of every removed line, in their order; nothing where the left side is not live. `live` is the object as its lines were written.
pub fn lines(live: &Value, hunks: &[Hunk], managers: &Managers) -> Vec<SetBy> {
    if !managers.is_live() {
        return Vec::new();
    }
    let removed = hunks.iter().flat_map(|h| &h.lines).filter(|l| l.tag == LineTag::Removed);
    let wanted: BTreeSet<u32> = removed.filter_map(|l| l.left).collect();
    let mut walk = Walk { at: Vec::new(), line: 0, wanted: &wanted, found: BTreeMap::new() };
    match live {
        Value::Object(map) => walk.map(map, false),
        Value::Array(items) => walk.list(items),
        _ => {}
    }
    let set = |(line, steps): (u32, Vec<Step>)| {
        let (by, at) = managers.of(live, &steps).unzip();
        SetBy { line, path: path(&steps), by, at: at.flatten() }
    };
    walk.found.into_iter().map(set).collect()
}

/// Goes through a value as its text is written.
struct Walk<'w> {
    at: Vec<Step>,
    /// The line that was written last.
    line: u32,
    wanted: &'w BTreeSet<u32>,
    found: BTreeMap<u32, Vec<Step>>,
}

impl Walk<'_> {
    fn map(&mut self, map: &Map<String, Value>, mut inline: bool) {
        for (key, value) in in_order(map) {
            if !std::mem::take(&mut inline) {
                self.line += 1;
            }
            self.inside(Step::Field(key.clone()), value, false);
        }
    }

    fn list(&mut self, items: &[Value]) {
        let key = key_of(items);
        for (at, item) in items.iter().enumerate() {
            self.line += 1;
            let step = match key.and_then(|key| Some((key, item.get(key)?))) {
                Some((key, name)) => Step::Item(key, name.clone()),
                None => Step::At(at),
            };
            self.inside(step, item, true);
        }
    }

    fn inside(&mut self, step: Step, value: &Value, inline: bool) {
        self.at.push(step);
        self.note();
        match value {
            Value::Object(map) => self.map(map, inline),
            Value::Array(items) => self.list(items),
            scalar => {
                for _ in 0..rows_below(scalar) {
                    self.line += 1;
                    self.note();
                }
            }
        }
        self.at.pop();
    }

    /// The first line of an item is that of its first field too, which is the closer one.
    fn note(&mut self) {
        if self.wanted.contains(&self.line) {
            self.found.insert(self.line, self.at.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hunks::hunks;
    use crate::render::yaml::to_yaml;
    use proptest::prelude::*;
    use serde_json::json;

    /// Every line of a live object with its path and who set it.
    fn all(live: &Value) -> Vec<String> {
        let mut shown = live.clone();
        if let Some(metadata) = shown.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        let text = to_yaml(&shown);
        let (hunks, ..) = hunks(&text, "", 0);
        let set = lines(&shown, &hunks, &Managers::read(live));
        let line = |s: &SetBy| text.lines().nth(usize::try_from(s.line).unwrap() - 1).unwrap().trim().to_owned();
        set.iter().map(|s| format!("{} | {} | {}", line(s), s.path, s.by.as_deref().unwrap_or("nobody"))).collect()
    }

    #[test]
    fn each_line_leads_to_its_own_field_and_to_who_set_it() {
        let live = json!({
            "kind": "Deployment",
            "metadata": {"finalizers": ["a.io/x"], "annotations": {"note": "1"}, "managedFields": [
                {"manager": "argocd-controller", "operation": "Apply", "time": "2026-11-24T01:00:00Z", "fieldsV1": {
                    "f:metadata": {"f:finalizers": {"v:\"a.io/x\"": {}}},
                    "f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:name": {}}},
                        "f:template": {"k:{\"name\":\"web\"}": {".": {}, "f:name": {}, "f:args": {}}}, "f:selector": {}}}},
                {"manager": "kubectl", "subresource": "scale", "operation": "Update", "time": "2026-11-24T02:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
                {"manager": "kube-controller-manager", "subresource": "status", "operation": "Update", "fieldsV1": {
                    "f:metadata": {"f:annotations": {"f:note": {}}}, "f:spec": {"f:paused": {}}}},
                {"manager": "kubectl-edit", "operation": "Update", "time": "2026-11-24T03:00:00Z", "fieldsV1": {"f:spec": {"f:template": {
                    "k:{\"name\":\"web\"}": {"f:image": {}}}}}}]},
            "spec": {"replicas": 6, "paused": true, "selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}],
                "template": [{"name": "web", "image": "web:2", "args": ["a", "b"], "text": "x\ny\n"}]},
        });
        assert_eq!(
            all(&live),
            [
                "kind: Deployment | kind | nobody",
                "metadata: | metadata | argocd-controller",
                "annotations: | metadata.annotations | kube-controller-manager (status)",
                "note: \"1\" | metadata.annotations.note | kube-controller-manager (status)",
                "finalizers: | metadata.finalizers | argocd-controller",
                "- a.io/x | metadata.finalizers[0] | argocd-controller",
                "spec: | spec | kubectl-edit",
                "paused: true | spec.paused | nobody",
                "ports: | spec.ports | argocd-controller",
                "- name: http | spec.ports[http].name | argocd-controller",
                "port: 80 | spec.ports[http].port | argocd-controller",
                "replicas: 6 | spec.replicas | kubectl (scale)",
                "selector: | spec.selector | argocd-controller",
                "app: web | spec.selector.app | argocd-controller",
                "template: | spec.template | kubectl-edit",
                "- name: web | spec.template[web].name | argocd-controller",
                "args: | spec.template[web].args | argocd-controller",
                "- a | spec.template[web].args[0] | argocd-controller",
                "- b | spec.template[web].args[1] | argocd-controller",
                "image: web:2 | spec.template[web].image | kubectl-edit",
                "text: | | spec.template[web].text | nobody",
                "x | spec.template[web].text | nobody",
                "y | spec.template[web].text | nobody",
            ]
        );
    }

    #[test]
    fn who_holds_a_field_itself_comes_before_a_newer_one_that_holds_an_empty_map_around_it() {
        let live = json!({"data": {"x": "1"}, "metadata": {"managedFields": [
            {"manager": "kubectl-patch", "time": "2026-11-24T01:00:00Z", "fieldsV1": {"f:data": {"f:x": {}}}},
            {"manager": "helm-controller", "time": "2026-11-24T02:00:00Z", "fieldsV1": {"f:data": {}}},
            {"manager": "empty", "time": "2026-11-24T03:00:00Z", "fieldsV1": {}}]}});
        assert_eq!(all(&live).last().unwrap(), "x: \"1\" | data.x | kubectl-patch");
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![any::<i8>().prop_map(Value::from), "[a-c \n]{0,6}".prop_map(Value::from), Just(Value::Null)];
        leaf.prop_recursive(4, 40, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-d]|name|spec", inner, 0..4).prop_map(|m| Value::Object(m.into_iter().collect()))
            ]
        })
    }

    proptest! {
        #[test]
        fn every_line_of_any_object_has_a_field(value in values()) {
            let value = json!({ "root": value });
            let text = to_yaml(&value);
            let (hunks, ..) = hunks(&text, "", 0);
            let set = lines(&value, &hunks, &Managers::read(&value));
            prop_assert_eq!(set.len(), text.lines().count(), "{}", text);
            prop_assert!(set.iter().all(|s| s.path.starts_with("root") && s.by.is_none()));
        }
    }
}
