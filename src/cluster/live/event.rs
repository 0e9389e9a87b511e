//! Kubernetes Events about given objects.

use super::object::{Reader, ordered};
use crate::cluster::api::{ApiError, escape, path};
use crate::cluster::session::SessionHandle;
use crate::domain::Timestamp;
use crate::domain::duration::rounded;
use crate::domain::event::LiveEvent;
use crate::domain::ids::{ClusterId, ObjectKey};
use crate::domain::text::sanitise;
use serde_json::Value;
use std::collections::BTreeMap;

/// More objects than this in one namespace: one list of the namespace instead of one per object.
const BY_OBJECT: usize = 4;
const MOST: usize = 500;

impl SessionHandle {
    /// Events about these objects, newest first.
    ///
    /// # Errors
    /// Not connected, or no namespace could be read.
    pub async fn events(&self, objects: &[ObjectKey]) -> Result<Vec<LiveEvent>, ApiError> {
        let reader = Reader::of(self)?;
        let mut by_namespace: BTreeMap<&str, Vec<&ObjectKey>> = BTreeMap::new();
        for object in objects {
            // Events about cluster-scoped objects are kept in the default namespace.
            let namespace = if object.namespace.is_empty() { "default" } else { &object.namespace };
            by_namespace.entry(namespace).or_default().push(object);
        }
        let mut urls = Vec::new();
        for (namespace, wanted) in &by_namespace {
            let base = path("", "v1", namespace, "events", "");
            if wanted.len() > BY_OBJECT {
                urls.push(format!("{base}?limit={MOST}"));
                continue;
            }
            urls.extend(wanted.iter().map(|key| {
                let selector = format!("involvedObject.kind={},involvedObject.name={}", key.kind, key.name);
                format!("{base}?limit={MOST}&fieldSelector={}", escape(&selector))
            }));
        }
        let answers = ordered(urls.iter().map(|url| reader.api.get::<Value>(url))).await;
        if let Some(error) = answers.iter().find_map(|a| a.as_ref().err())
            && answers.iter().all(Result::is_err)
        {
            return Err(error.clone());
        }
        let mut events: Vec<LiveEvent> = answers
            .iter()
            .flatten()
            .filter_map(|list| list.get("items").and_then(Value::as_array))
            .flatten()
            .filter_map(|item| read(self.id(), item))
            .filter(|event| objects.iter().any(|o| is_about(event, o)))
            .collect();
        events.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.object.cmp(&b.object)));
        Ok(events)
    }
}

fn is_about(event: &LiveEvent, object: &ObjectKey) -> bool {
    event.object.kind == object.kind && event.object.name == object.name && event.object.namespace == object.namespace
}

fn read(cluster: &ClusterId, item: &Value) -> Option<LiveEvent> {
    let text = |pointer: &str, max: usize| item.pointer(pointer).and_then(Value::as_str).map(|t| sanitise(t, max));
    let when = |pointer: &str| item.pointer(pointer).and_then(Value::as_str).and_then(|t| t.parse::<Timestamp>().ok());
    let api_version = text("/involvedObject/apiVersion", 200).unwrap_or_default();
    let group = api_version.split_once('/').map(|(group, _)| group).unwrap_or_default();
    let object = ObjectKey::new(
        group,
        &text("/involvedObject/kind", 100)?,
        &text("/involvedObject/namespace", 253).unwrap_or_default(),
        &text("/involvedObject/name", 253)?,
    );
    let series = when("/series/lastObservedTime");
    let at = series.or_else(|| when("/lastTimestamp")).or_else(|| when("/eventTime")).or_else(|| when("/firstTimestamp"));
    let count = item.pointer("/series/count").or_else(|| item.get("count")).and_then(Value::as_i64).unwrap_or(1);
    Some(LiveEvent {
        at: at.or_else(|| when("/metadata/creationTimestamp")),
        object,
        reason: text("/reason", 100).unwrap_or_default(),
        message: text("/message", 1000).map(|m| rounded(&m)).unwrap_or_default(),
        warning: text("/type", 20).as_deref() == Some("Warning"),
        count,
        cluster: cluster.clone(),
    })
}
