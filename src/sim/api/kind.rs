//! One kind the server knows: names, scope, subresources, printer columns and the fields its schema declares.

use serde_json::{Value, json};

use super::schema::Schema;

/// A kind of the server, builtin or custom. `Crd` is the name callers use for the custom ones.
#[derive(Clone, Debug)]
pub struct Kind {
    pub group: String,
    /// Served versions; the first one is stored.
    pub versions: Vec<String>,
    pub plural: String,
    pub singular: String,
    pub kind: String,
    pub short_names: Vec<String>,
    pub categories: Vec<String>,
    pub namespaced: bool,
    /// Whether `/status` is a subresource of its own.
    pub status: bool,
    /// Whether `metadata.generation` is kept.
    pub generation: bool,
    pub custom: bool,
    /// Reviews: only `create` exists and nothing is stored.
    pub review: bool,
    pub columns: Vec<Column>,
    /// `None` = every field is known.
    pub schema: Option<Schema>,
    /// What a new object gets as its status.
    pub default_status: Option<Value>,
}

pub type Crd = Kind;

/// A printer column: `path` is a JSON path as in a CustomResourceDefinition.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    pub kind: String,
    pub format: String,
    pub path: String,
    pub priority: i64,
}

impl Column {
    pub fn new(name: &str, kind: &str, path: &str, priority: i64) -> Self {
        Self { name: name.to_owned(), kind: kind.to_owned(), format: String::new(), path: path.to_owned(), priority }
    }
}

impl Kind {
    /// A custom, namespaced kind with nothing declared about its fields.
    pub fn custom(group: &str, version: &str, plural: &str, kind: &str) -> Self {
        Self {
            group: group.to_owned(),
            versions: vec![version.to_owned()],
            plural: plural.to_owned(),
            singular: kind.to_lowercase(),
            kind: kind.to_owned(),
            short_names: Vec::new(),
            categories: Vec::new(),
            namespaced: true,
            status: false,
            generation: true,
            custom: true,
            review: false,
            columns: vec![Column::new("Age", "date", ".metadata.creationTimestamp", 0)],
            schema: None,
            default_status: None,
        }
    }

    pub(super) fn builtin(group: &str, version: &str, plural: &str, kind: &str) -> Self {
        Self { custom: false, generation: false, columns: Vec::new(), ..Self::custom(group, version, plural, kind) }
    }

    pub fn short(mut self, names: &[&str]) -> Self {
        self.short_names = names.iter().map(ToString::to_string).collect();
        self
    }
    pub fn cluster_wide(mut self) -> Self {
        self.namespaced = false;
        self
    }
    pub fn with_status(mut self) -> Self {
        self.status = true;
        self
    }
    pub fn with_generation(mut self) -> Self {
        self.generation = true;
        self
    }
    pub fn with_columns(mut self, columns: Vec<Column>) -> Self {
        self.columns = columns;
        self
    }
    pub fn with_schema(mut self, schema: Schema) -> Self {
        self.schema = Some(schema);
        self
    }
    pub fn in_categories(mut self, names: &[&str]) -> Self {
        self.categories = names.iter().map(ToString::to_string).collect();
        self
    }

    /// The version objects are stored in.
    pub fn version(&self) -> &str {
        self.versions.first().map_or("v1", String::as_str)
    }
    pub fn api_version(&self) -> String {
        join(&self.group, self.version())
    }
    /// `plural.group`, as error messages name a resource.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }
    pub fn list_kind(&self) -> String {
        format!("{}List", self.kind)
    }

    /// Reads a `CustomResourceDefinition` object.
    pub fn from_definition(object: &Value) -> Option<Self> {
        let spec = object.get("spec")?;
        let names = spec.get("names")?;
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let list = |value: &Value, key: &str| -> Vec<String> {
            value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        };
        let versions: Vec<&Value> = spec.get("versions")?.as_array()?.iter().filter(|v| v.get("served") != Some(&json!(false))).collect();
        let stored = versions.iter().find(|v| v.get("storage") == Some(&json!(true))).or(versions.first())?;
        let mut served: Vec<String> = versions.iter().filter_map(|v| text(v, "name")).collect();
        let first = text(stored, "name")?;
        served.retain(|name| *name != first);
        served.insert(0, first.clone());
        let mut kind = Self::custom(&text(spec, "group")?, &first, &text(names, "plural")?, &text(names, "kind")?);
        kind.versions = served;
        kind.singular = text(names, "singular").unwrap_or_else(|| kind.kind.to_lowercase());
        kind.short_names = list(names, "shortNames");
        kind.categories = list(names, "categories");
        kind.namespaced = text(spec, "scope").as_deref() != Some("Cluster");
        kind.status = stored.pointer("/subresources/status").is_some();
        let schema = stored.pointer("/schema/openAPIV3Schema");
        kind.default_status = schema.and_then(|s| s.pointer("/properties/status/default")).cloned();
        kind.schema = schema.map(Schema::from_openapi);
        if let Some(columns) = stored.get("additionalPrinterColumns").and_then(Value::as_array) {
            kind.columns = columns
                .iter()
                .map(|c| {
                    let priority = c.get("priority").and_then(Value::as_i64).unwrap_or(0);
                    let word = |key: &str| text(c, key).unwrap_or_default();
                    Column { format: word("format"), ..Column::new(&word("name"), &word("type"), &word("jsonPath"), priority) }
                })
                .collect();
        }
        Some(kind)
    }

    /// The `CustomResourceDefinition` object of a custom kind.
    pub fn definition(&self) -> Value {
        let columns: Vec<Value> = self
            .columns
            .iter()
            .map(|c| {
                let mut column = json!({"name": c.name, "type": c.kind, "jsonPath": c.path});
                if c.priority != 0 {
                    column["priority"] = json!(c.priority);
                }
                column
            })
            .collect();
        let versions: Vec<Value> = self
            .versions
            .iter()
            .map(|name| {
                let mut version = json!({
                    "name": name, "served": true, "storage": name == self.version(), "additionalPrinterColumns": columns,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
                });
                if self.status {
                    version["subresources"] = json!({"status": {}});
                }
                version
            })
            .collect();
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": self.qualified()},
            "spec": {
                "group": self.group, "scope": if self.namespaced { "Namespaced" } else { "Cluster" }, "versions": versions,
                "names": {
                    "plural": self.plural, "singular": self.singular, "kind": self.kind, "listKind": self.list_kind(),
                    "shortNames": self.short_names, "categories": self.categories,
                },
            },
        })
    }
}

pub(super) fn join(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}
