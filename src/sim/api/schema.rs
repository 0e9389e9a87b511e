//! The fields a kind declares: enough to prune unknown ones, to name them and to refuse wrong types.

use std::collections::BTreeMap;

use serde_json::Value;

use super::failure::Cause;

/// A node of a structural schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// `string`, `integer`, `number`, `boolean`, `object`, `array`; empty = anything.
    pub kind: String,
    pub fields: BTreeMap<String, Schema>,
    pub items: Option<Box<Schema>>,
    /// Values of undeclared keys of a map.
    pub values: Option<Box<Schema>>,
    /// Unknown fields are kept.
    pub open: bool,
    pub required: Vec<String>,
    pub allowed: Vec<String>,
    pub pattern: String,
}

pub(super) const DURATION: &str = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$";

impl Schema {
    pub fn anything() -> Self {
        Self { open: true, ..Self::default() }
    }

    /// Reads an `openAPIV3Schema`.
    pub fn from_openapi(source: &Value) -> Self {
        let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let words = |key: &str| -> Vec<String> {
            source.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(|w| w.as_str().map(str::to_owned)).collect()
        };
        let flag = |key: &str| source.get(key) == Some(&Value::Bool(true));
        let fields: BTreeMap<String, Schema> = source
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.clone(), Self::from_openapi(schema)))
            .collect();
        let additional = source.get("additionalProperties");
        let free =
            flag("x-kubernetes-preserve-unknown-fields") || additional == Some(&Value::Bool(true)) || flag("x-kubernetes-int-or-string");
        Self {
            kind: if flag("x-kubernetes-int-or-string") { String::new() } else { text("type") },
            items: source.get("items").map(|items| Box::new(Self::from_openapi(items))),
            values: additional.filter(|a| a.is_object()).map(|a| Box::new(Self::from_openapi(a))),
            open: free,
            fields,
            required: words("required"),
            allowed: words("enum"),
            pattern: text("pattern"),
        }
    }

    /// Takes undeclared fields out of `object` and returns their paths, in order.
    pub fn prune(&self, object: &mut Value) -> Vec<String> {
        let mut unknown = Vec::new();
        if let Some(map) = object.as_object_mut() {
            for (name, value) in map.iter_mut() {
                match name.as_str() {
                    "apiVersion" | "kind" | "metadata" => {}
                    _ => {
                        if let Some(schema) = self.fields.get(name) {
                            schema.walk(value, name, &mut unknown);
                        } else if !self.open {
                            unknown.push(name.clone());
                        }
                    }
                }
            }
            for name in &unknown {
                map.remove(name);
            }
        }
        unknown
    }

    fn walk(&self, value: &mut Value, path: &str, unknown: &mut Vec<String>) {
        match value {
            Value::Object(map) if self.kind == "object" || self.kind.is_empty() => {
                let mut dropped = Vec::new();
                for (name, child) in map.iter_mut() {
                    let child_path = format!("{path}.{name}");
                    if let Some(schema) = self.fields.get(name).or(self.values.as_deref()) {
                        schema.walk(child, &child_path, unknown);
                    } else if !self.open && !self.kind.is_empty() {
                        dropped.push(name.clone());
                        unknown.push(child_path);
                    }
                }
                for name in dropped {
                    map.remove(&name);
                }
            }
            Value::Array(items) => {
                if let Some(schema) = &self.items {
                    for (index, item) in items.iter_mut().enumerate() {
                        schema.walk(item, &format!("{path}[{index}]"), unknown);
                    }
                }
            }
            _ => {}
        }
    }

    /// What is wrong with `object`: types, enumerations, durations, required fields.
    pub fn check(&self, object: &Value) -> Vec<Cause> {
        let mut causes = Vec::new();
        let mut stopped = false;
        if let Some(map) = object.as_object() {
            for name in &self.required {
                if !map.contains_key(name) {
                    causes.push(Cause::new("FieldValueRequired", "Required value", name.clone()));
                }
            }
            for (name, value) in map {
                if let Some(schema) = self.fields.get(name).filter(|_| !matches!(name.as_str(), "metadata" | "apiVersion" | "kind")) {
                    schema.check_at(value, name, &mut causes, &mut stopped);
                }
            }
        }
        if stopped {
            let message = "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
            causes.push(Cause::new("FieldValueInvalid", message, "<nil>"));
        }
        causes
    }

    fn check_at(&self, value: &Value, path: &str, causes: &mut Vec<Cause>, stopped: &mut bool) {
        let found = type_name(value);
        let fits = self.kind.is_empty() || self.kind == found || (self.kind == "number" && found == "integer");
        if !fits {
            let message = format!("Invalid value: \"{found}\": {path} in body must be of type {}: \"{found}\"", self.kind);
            causes.push(Cause::new("FieldValueTypeInvalid", message, path));
            return;
        }
        if let Some(text) = value.as_str() {
            if !self.allowed.is_empty() && !self.allowed.iter().any(|word| word == text) {
                let words: Vec<String> = self.allowed.iter().map(|word| format!("\"{word}\"")).collect();
                let message = format!("Unsupported value: \"{text}\": supported values: {}", words.join(", "));
                causes.push(Cause::new("FieldValueNotSupported", message, path));
                *stopped = true;
            }
            if self.pattern == DURATION && !is_duration(text) {
                let message = format!("Invalid value: \"{text}\": {path} in body should match '{DURATION}'");
                causes.push(Cause::new("FieldValueInvalid", message, path));
            }
        }
        if let Some(map) = value.as_object() {
            for name in self.required.iter().filter(|name| !map.contains_key(*name)) {
                causes.push(Cause::new("FieldValueRequired", "Required value", format!("{path}.{name}")));
            }
            for (name, child) in map {
                if let Some(schema) = self.fields.get(name).or(self.values.as_deref()) {
                    schema.check_at(child, &format!("{path}.{name}"), causes, stopped);
                }
            }
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            if let Some(schema) = &self.items {
                schema.check_at(item, &format!("{path}[{index}]"), causes, stopped);
            }
        }
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_i64() || n.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Go durations as Flux declares them: digits, an optional fraction and one of `ms s m h`, repeated.
fn is_duration(text: &str) -> bool {
    let mut chars = text.chars().peekable();
    let digits = |chars: &mut std::iter::Peekable<std::str::Chars>| {
        let mut seen = false;
        while chars.next_if(char::is_ascii_digit).is_some() {
            seen = true;
        }
        seen
    };
    while chars.peek().is_some() {
        if !digits(&mut chars) || (chars.next_if_eq(&'.').is_some() && !digits(&mut chars)) {
            return false;
        }
        match chars.next() {
            Some('m') => {
                chars.next_if_eq(&'s');
            }
            Some('s' | 'h') => {}
            _ => return false,
        }
    }
    !text.is_empty()
}

impl Schema {
    /// Reads the short notation of `argo` and `flux`: `name` (a string), `name:b` (`b` boolean, `i` integer, `n` number, `a` array, `o` open
    /// object, `d` duration, `x` anything), `name=one|two`, `name{…}` (object), `name[…]` (array of objects); `!` after a name = required.
    pub fn parse(source: &str) -> Self {
        let mut chars = source.chars().peekable();
        Self::parse_fields(&mut chars)
    }

    fn parse_fields(chars: &mut std::iter::Peekable<std::str::Chars>) -> Self {
        let mut schema = Self { kind: "object".into(), ..Self::default() };
        loop {
            while chars.next_if(|c| c.is_whitespace()).is_some() {}
            let mut name = String::new();
            while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '$')) {
                name.push(c);
            }
            if name.is_empty() {
                chars.next();
                return schema;
            }
            if chars.next_if_eq(&'!').is_some() {
                schema.required.push(name.clone());
            }
            let field = Self::parse_type(chars);
            schema.fields.insert(name, field);
        }
    }

    fn parse_type(chars: &mut std::iter::Peekable<std::str::Chars>) -> Self {
        let of = |kind: &str| Self { kind: kind.to_owned(), ..Self::default() };
        match chars.peek() {
            Some(':') => {
                chars.next();
                match chars.next() {
                    Some('b') => of("boolean"),
                    Some('i') => of("integer"),
                    Some('n') => of("number"),
                    Some('a') => of("array"),
                    Some('o') => Self { open: true, ..of("object") },
                    Some('d') => Self { pattern: DURATION.into(), ..of("string") },
                    _ => Self::anything(),
                }
            }
            Some('=') => {
                chars.next();
                let mut words = String::new();
                while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !matches!(c, '}' | ']')) {
                    words.push(c);
                }
                Self { allowed: words.split('|').map(str::to_owned).collect(), ..of("string") }
            }
            Some('{') => {
                chars.next();
                Self::parse_fields(chars)
            }
            Some('[') => {
                chars.next();
                Self { items: Some(Box::new(Self::parse_fields(chars))), ..of("array") }
            }
            _ => of("string"),
        }
    }
}
