//! `namespace`.

use super::fields::visit;
use super::item::Item;
use serde_json::Value;

pub fn set(namespace: &str, items: &mut [Item]) {
    if namespace.is_empty() {
        return;
    }
    for item in items {
        let id = item.id();
        let give = &mut |node: &mut Value| *node = Value::from(namespace);
        match id.kind.as_str() {
            "Namespace" if id.group.is_empty() => {
                item.remember();
                item.set_metadata("name", namespace);
            }
            "APIService" => visit(&mut item.value, "spec/service/namespace", true, give),
            "CustomResourceDefinition" => visit(&mut item.value, "spec/conversion/webhook/clientConfig/service/namespace", false, give),
            _ => {}
        }
        if !id.is_cluster_scoped() {
            item.remember();
            item.set_metadata("namespace", namespace);
        }
        if id.kind == "RoleBinding" || id.kind == "ClusterRoleBinding" {
            visit(&mut item.value, "subjects", false, &mut |subjects| default_account(subjects, namespace));
        }
    }
}

/// The account "default" is never among the resources, so no reference would move it.
fn default_account(subjects: &mut Value, namespace: &str) {
    for subject in subjects.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        let is = |key: &str, value: &str| subject.get(key).and_then(Value::as_str) == Some(value);
        if is("kind", "ServiceAccount") && is("name", "default") {
            subject.insert("namespace".into(), namespace.into());
        }
    }
}
