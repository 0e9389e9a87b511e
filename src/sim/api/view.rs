//! In which form objects are asked for: whole, as rows of a Table, or their metadata alone.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::failure::Failure;
use super::kind::{Kind, join};
use super::store::Stored;
use super::table;

/// What stands beside the cells of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Include {
    Nothing,
    Metadata,
    Object,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    Full,
    Metadata,
    Table(Include),
}

impl View {
    /// Reads an `Accept` header; the first form we can give wins.
    pub fn parse(accept: &str, include: &str) -> Result<Self, Failure> {
        if accept.trim().is_empty() {
            return Ok(Self::Full);
        }
        for choice in accept.split(',') {
            let mut parts = choice.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            if !matches!(media, "application/json" | "*/*" | "application/*" | "application/yaml") {
                continue;
            }
            let (mut form, mut version, mut group) = ("", "", "");
            for part in parts {
                match part.split_once('=') {
                    Some(("as", value)) => form = value,
                    Some(("v", value)) => version = value,
                    Some(("g", value)) => group = value,
                    _ => {}
                }
            }
            let known = matches!(version, "v1" | "v1beta1") && group == "meta.k8s.io";
            match form {
                "" => return Ok(Self::Full),
                "Table" if known => {
                    return Ok(Self::Table(match include {
                        "None" => Include::Nothing,
                        "Object" => Include::Object,
                        _ => Include::Metadata,
                    }));
                }
                "PartialObjectMetadata" | "PartialObjectMetadataList" if known => return Ok(Self::Metadata),
                _ => {}
            }
        }
        Err(Failure::not_acceptable())
    }
}

/// Everything needed to draw objects of one request.
#[derive(Clone)]
pub(super) struct Drawing {
    pub kind: Arc<Kind>,
    /// The version asked for.
    pub version: String,
    pub view: View,
    pub now: Timestamp,
}

impl Drawing {
    fn stored_version(&self) -> bool {
        self.kind.version() == self.version
    }

    /// One object as a document of its own; `first` = with column definitions.
    pub fn object(&self, stored: &Stored, first: bool, out: &mut Vec<u8>) {
        match self.view {
            View::Full if self.stored_version() => out.extend_from_slice(&stored.bytes),
            View::Full => write(out, &self.converted(stored)),
            View::Metadata => write(out, &partial(&stored.value)),
            View::Table(include) => {
                let row = self.row(stored, include);
                let version = stored.version.to_string();
                write(out, &table::table(&self.kind, json!({"resourceVersion": version}), vec![row], first));
            }
        }
    }

    /// One object inside a list.
    pub fn item(&self, stored: &Stored, out: &mut Vec<u8>) {
        match self.view {
            View::Full if self.stored_version() => stored.write_item(out),
            View::Full => write(out, &self.converted(stored)),
            View::Metadata => write(out, &partial(&stored.value)),
            View::Table(include) => write(out, &self.row(stored, include)),
        }
    }

    /// The text before and after the items of a list with this metadata.
    pub fn frame(&self, metadata: &Value) -> (String, String) {
        let api_version = join(&self.kind.group, &self.version);
        match self.view {
            View::Full if self.kind.custom => (
                format!("{{\"apiVersion\":\"{api_version}\",\"items\":["),
                format!("],\"kind\":\"{}\",\"metadata\":{metadata}}}\n", self.kind.list_kind()),
            ),
            View::Full => (
                format!("{{\"kind\":\"{}\",\"apiVersion\":\"{api_version}\",\"metadata\":{metadata},\"items\":[", self.kind.list_kind()),
                "]}\n".to_owned(),
            ),
            View::Metadata => (
                format!("{{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{metadata},\"items\":["),
                "]}\n".to_owned(),
            ),
            View::Table(_) => (
                format!(
                    "{{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{metadata},\"columnDefinitions\":{},\"rows\":[",
                    table::definitions(&self.kind)
                ),
                "]}\n".to_owned(),
            ),
        }
    }

    /// The object of a bookmark.
    pub fn bookmark(&self, version: u64, initial_end: bool, first: bool) -> Value {
        let mut metadata = json!({"resourceVersion": version.to_string(), "creationTimestamp": null});
        if initial_end {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let partial = json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata});
        match self.view {
            View::Full if self.kind.custom => {
                if let Some(map) = metadata.as_object_mut() {
                    map.remove("creationTimestamp");
                }
                json!({"apiVersion": join(&self.kind.group, &self.version), "kind": self.kind.kind, "metadata": metadata})
            }
            View::Full => json!({"kind": self.kind.kind, "apiVersion": join(&self.kind.group, &self.version), "metadata": metadata}),
            View::Metadata => partial,
            View::Table(include) => {
                let object = if include == Include::Nothing && !initial_end { Value::Null } else { partial };
                let row = json!({"cells": table::empty_cells(&self.kind), "object": object});
                table::table(&self.kind, json!({"resourceVersion": version.to_string()}), vec![row], first)
            }
        }
    }

    fn row(&self, stored: &Stored, include: Include) -> Value {
        let object = match include {
            Include::Nothing => Value::Null,
            Include::Metadata => partial(&stored.value),
            Include::Object => self.converted(stored),
        };
        json!({"cells": table::cells(&self.kind, &stored.value, self.now), "object": object})
    }

    fn converted(&self, stored: &Stored) -> Value {
        let mut value = stored.value.clone();
        value["apiVersion"] = json!(join(&self.kind.group, &self.version));
        value
    }
}

fn partial(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object.get("metadata")})
}

fn write(out: &mut Vec<u8>, value: &Value) {
    serde_json::to_writer(out, value).ok();
}
