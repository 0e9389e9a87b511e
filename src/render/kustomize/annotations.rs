//! `commonAnnotations`.

use super::fields::{Field, field, set_entries, visit};
use super::item::Item;
use std::collections::BTreeMap;

const FIELDS: [Field; 9] = [
    field("", "", "metadata/annotations", true),
    field("", "ReplicationController", "spec/template/metadata/annotations", true),
    field("", "Deployment", "spec/template/metadata/annotations", true),
    field("", "ReplicaSet", "spec/template/metadata/annotations", true),
    field("", "DaemonSet", "spec/template/metadata/annotations", true),
    field("", "StatefulSet", "spec/template/metadata/annotations", true),
    field("batch", "Job", "spec/template/metadata/annotations", true),
    field("batch", "CronJob", "spec/jobTemplate/metadata/annotations", true),
    field("batch", "CronJob", "spec/jobTemplate/spec/template/metadata/annotations", true),
];

pub fn add(annotations: &BTreeMap<String, String>, items: &mut [Item]) {
    if annotations.is_empty() {
        return;
    }
    for item in items {
        let (group, kind) = (item.group().to_owned(), item.kind().to_owned());
        for field in FIELDS.iter().filter(|f| f.applies(&group, &kind)) {
            visit(&mut item.value, field.path, field.create, &mut |node| set_entries(node, annotations));
        }
    }
}
