//! The kustomization file as written.

use crate::domain::text::sanitise;
use crate::render::options::RenderError;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Kustomization {
    pub kind: String,
    pub resources: Vec<String>,
    pub bases: Vec<String>,
    pub components: Vec<String>,
    pub namespace: String,
    pub name_prefix: String,
    pub name_suffix: String,
    pub labels: Vec<LabelSet>,
    pub common_labels: BTreeMap<String, String>,
    pub common_annotations: BTreeMap<String, String>,
    pub images: Vec<Image>,
    pub replicas: Vec<Replica>,
    pub patches: Vec<Patch>,
    pub patches_strategic_merge: Vec<String>,
    #[serde(rename = "patchesJson6902")]
    pub patches_json6902: Vec<Patch>,
    pub config_map_generator: Vec<Generator>,
    pub secret_generator: Vec<Generator>,
    pub generator_options: Option<GeneratorOptions>,
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LabelSet {
    pub pairs: BTreeMap<String, String>,
    pub include_selectors: bool,
    pub include_templates: bool,
    pub fields: Vec<Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Image {
    pub name: String,
    pub new_name: String,
    pub new_tag: String,
    pub tag_suffix: String,
    pub digest: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Replica {
    pub name: String,
    pub count: i64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Patch {
    pub path: String,
    pub patch: String,
    pub target: Option<Target>,
    pub options: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub name: String,
    pub namespace: String,
    pub label_selector: String,
    pub annotation_selector: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Generator {
    pub name: String,
    pub namespace: String,
    pub behavior: String,
    pub literals: Vec<String>,
    pub files: Vec<String>,
    pub envs: Vec<String>,
    pub env: String,
    #[serde(rename = "type")]
    pub secret_type: String,
    pub options: Option<GeneratorOptions>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct GeneratorOptions {
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
    pub disable_name_suffix_hash: bool,
    pub immutable: bool,
}

/// Fields that only the real program understands.
const UNSUPPORTED: [&str; 13] = [
    "buildMetadata",
    "configurations",
    "crds",
    "generators",
    "helmChartInflationGenerator",
    "helmCharts",
    "helmGlobals",
    "imageTags",
    "openapi",
    "replacements",
    "transformers",
    "validators",
    "vars",
];

impl Kustomization {
    /// Reads a kustomization file; a field that is not built here comes back as `Unsupported`.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, RenderError> {
        let mut documents = crate::render::yaml::documents(file, bytes)?;
        if documents.len() > 1 {
            return Err(broken(file, "more than one document in a kustomization file"));
        }
        Self::from_value(file, documents.pop().unwrap_or(Value::Object(serde_json::Map::new())))
    }

    pub fn from_value(file: &str, mut value: Value) -> Result<Self, RenderError> {
        drop_nulls(&mut value, 0);
        if !value.is_object() {
            return Err(broken(file, "a kustomization file is a map"));
        }
        let mut read: Self = serde_json::from_value(value).map_err(|e| broken(file, &e.to_string()))?;
        read.resources.append(&mut read.bases);
        read.check(file)?;
        Ok(read)
    }

    fn check(&self, file: &str) -> Result<(), RenderError> {
        let unsupported = |feature: &str| Err(RenderError::Unsupported { feature: feature.to_owned(), file: sanitise(file, 300) });
        for (key, value) in &self.rest {
            let key = key.as_str();
            let empty = value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty);
            match key {
                "apiVersion" | "metadata" => {}
                "sortOptions" if value.get("order").and_then(Value::as_str) == Some("fifo") => {}
                "sortOptions" => return unsupported("sortOptions"),
                key if UNSUPPORTED.contains(&key) => {
                    if !empty {
                        return unsupported(key);
                    }
                }
                key => return Err(broken(file, &format!("unknown field {key}"))),
            }
        }
        if self.labels.iter().any(|l| !l.fields.is_empty()) {
            return unsupported("labels.fields");
        }
        Ok(())
    }

    pub fn is_component(&self) -> bool {
        self.kind == "Component"
    }
}

/// An empty key (`resources:`) means nothing there, not null.
fn drop_nulls(value: &mut Value, depth: usize) {
    if let Value::Object(map) = value {
        map.retain(|_, v| !v.is_null());
        if depth < 3 {
            map.values_mut().for_each(|v| drop_nulls(v, depth + 1));
        }
    } else if let Value::Array(items) = value {
        items.iter_mut().for_each(|v| drop_nulls(v, depth + 1));
    }
}

pub fn broken(file: &str, cause: &str) -> RenderError {
    RenderError::Broken { file: sanitise(file, 300), line: None, cause: sanitise(cause, 300) }
}

pub fn impossible(file: &str, cause: String) -> RenderError {
    RenderError::Build { file: sanitise(file, 300), cause: sanitise(&cause, 400) }
}
