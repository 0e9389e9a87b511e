//! `configMapGenerator` and `secretGenerator`.

use super::accumulate::{Place, outside};
use super::item::{Id, Item};
use super::spec::{Generator, GeneratorOptions, Kustomization, impossible};
use crate::domain::tree::join;
use crate::render::files::{Files, missing};
use crate::render::options::RenderError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub fn run(files: &Files<'_>, place: Place<'_>, spec: &Kustomization, items: &mut Vec<Item>) -> Result<(), RenderError> {
    for (secret, generators) in [(false, &spec.config_map_generator), (true, &spec.secret_generator)] {
        for generator in generators {
            let options = combined(spec.generator_options.as_ref(), generator.options.as_ref());
            let item = make(files, place, generator, &options, secret)?;
            absorb(place, generator, item, items)?;
        }
    }
    Ok(())
}

/// The kustomization's options, over them the generator's own.
fn combined(all: Option<&GeneratorOptions>, own: Option<&GeneratorOptions>) -> GeneratorOptions {
    let mut out = all.cloned().unwrap_or_default();
    if let Some(own) = own {
        out.labels.extend(own.labels.clone());
        out.annotations.extend(own.annotations.clone());
        out.disable_name_suffix_hash |= own.disable_name_suffix_hash;
        out.immutable |= own.immutable;
    }
    out
}

fn make(files: &Files<'_>, place: Place<'_>, generator: &Generator, options: &GeneratorOptions, secret: bool) -> Result<Item, RenderError> {
    if generator.name.is_empty() {
        return Err(impossible(place.file, "a generator without name".into()));
    }
    let pairs = pairs(files, place, generator)?;
    let mut metadata = json!({"name": generator.name});
    for (key, map) in [("labels", &options.labels), ("annotations", &options.annotations)] {
        if !map.is_empty() {
            metadata[key] = json!(map);
        }
    }
    if !generator.namespace.is_empty() {
        metadata["namespace"] = json!(generator.namespace);
    }
    let kind = if secret { "Secret" } else { "ConfigMap" };
    let mut value = json!({"apiVersion": "v1", "kind": kind, "metadata": metadata});
    let (mut data, mut binary) = (Map::new(), Map::new());
    for (key, bytes) in pairs {
        match String::from_utf8(bytes) {
            Ok(text) if !secret => data.insert(key, text.into()),
            Ok(text) => data.insert(key, encode(text.as_bytes()).into()),
            Err(e) if secret => data.insert(key, encode(e.as_bytes()).into()),
            Err(e) => binary.insert(key, encode(e.as_bytes()).into()),
        };
    }
    for (key, map) in [("data", data), ("binaryData", binary)] {
        if !map.is_empty() || (secret && key == "data") {
            value[key] = Value::Object(map);
        }
    }
    if secret {
        value["type"] = json!(if generator.secret_type.is_empty() { "Opaque" } else { &generator.secret_type });
    }
    if options.immutable {
        value["immutable"] = json!(true);
    }
    Ok(Item { hashed: !options.disable_name_suffix_hash, ..Item::new(value) })
}

/// Base64 in lines of 70, as kustomize writes longer values: the hash is taken over them.
fn encode(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    if text.len() < 70 {
        return text;
    }
    let mut out = String::with_capacity(text.len() + text.len() / 70 + 1);
    for (at, c) in text.chars().enumerate() {
        out.push(c);
        if (at + 1) % 70 == 0 {
            out.push('\n');
        }
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

type Pairs = BTreeMap<String, Vec<u8>>;

fn pairs(files: &Files<'_>, place: Place<'_>, generator: &Generator) -> Result<Pairs, RenderError> {
    let mut out = Pairs::new();
    let mut put = |key: &str, bytes: Vec<u8>| match out.insert(key.to_owned(), bytes) {
        None => Ok(()),
        Some(_) => Err(impossible(place.file, format!("generator {}: {key} is there twice", generator.name))),
    };
    let read = |path: &str| {
        let full = join(place.dir, path).ok_or_else(|| missing(path, place.file))?;
        outside(files, place, &full);
        files.read(&full, place.file)
    };
    for env in generator.envs.iter().chain((!generator.env.is_empty()).then_some(&generator.env)) {
        for (key, value) in env_lines(&read(env)?, place, generator)? {
            put(&key, value.into_bytes())?;
        }
    }
    for literal in &generator.literals {
        let (key, value) = literal
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| impossible(place.file, format!("generator {}: a literal without key", generator.name)))?;
        put(key, unquoted(value).as_bytes().to_vec())?;
    }
    for file in &generator.files {
        let (key, path) = file.split_once('=').unwrap_or_else(|| (file.rsplit('/').next().unwrap_or(file), file));
        put(key, read(path)?)?;
    }
    Ok(out)
}

/// One pair of like quotes around a literal is not part of it.
fn unquoted(value: &str) -> &str {
    ['"', '\''].iter().find_map(|q| value.strip_prefix(*q).and_then(|v| v.strip_suffix(*q))).unwrap_or(value)
}

fn env_lines(bytes: &[u8], place: Place<'_>, generator: &Generator) -> Result<Vec<(String, String)>, RenderError> {
    let bad = |what: &str| impossible(place.file, format!("generator {}: env file {what}", generator.name));
    let text = std::str::from_utf8(bytes).map_err(|_| bad("is not UTF-8 text"))?;
    let mut out = Vec::new();
    for line in text.strip_prefix('\u{feff}').unwrap_or(text).lines() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once('=') {
            Some(("", _)) => return Err(bad("has a line without key")),
            Some((key, value)) => out.push((key.to_owned(), value.to_owned())),
            // Without a value it would be taken from the builder's own environment, which is not ours to know.
            None => return Err(bad("takes a value from the environment")),
        }
    }
    Ok(out)
}

/// Adds the generated object, or merges it into the one it is meant for.
fn absorb(place: Place<'_>, generator: &Generator, mut item: Item, items: &mut Vec<Item>) -> Result<(), RenderError> {
    let id: Id = item.id();
    let found: Vec<usize> = items.iter().enumerate().filter(|(_, i)| i.any_id(&|old| old.same(&id))).map(|(at, _)| at).collect();
    let behavior = if generator.behavior.is_empty() { "create" } else { &generator.behavior };
    let old = match (behavior, found.as_slice()) {
        ("create" | "unspecified", []) => {
            items.push(item);
            return Ok(());
        }
        ("create" | "unspecified", _) => return Err(impossible(place.file, format!("generator: {} is there already", id.title()))),
        ("merge" | "replace", [at]) => items.get_mut(*at),
        ("merge" | "replace", _) => {
            return Err(impossible(place.file, format!("generator: {} is not there once to {behavior}", id.title())));
        }
        _ => return Err(impossible(place.file, format!("generator {}: behavior {behavior}", generator.name))),
    };
    let Some(old) = old else { return Ok(()) };
    for key in ["labels", "annotations"] {
        take_over(&old.value, &mut item.value, &["metadata", key]);
    }
    if behavior == "merge" {
        for key in ["data", "binaryData"] {
            take_over(&old.value, &mut item.value, &[key]);
        }
    }
    item.set_metadata("name", old.name());
    if let Some(namespace) = old.value.pointer("/metadata/namespace").and_then(Value::as_str) {
        item.set_metadata("namespace", namespace);
    }
    // Whether it is hashed stays as the object it goes into has it.
    old.value = item.value;
    Ok(())
}

/// Entries of a map of `old` that `new` does not have.
fn take_over(old: &Value, new: &mut Value, path: &[&str]) {
    let have = path.iter().try_fold(old, |v, key| v.get(*key));
    let Some(have) = have.and_then(Value::as_object).filter(|m| !m.is_empty()) else { return };
    let slot = path.iter().fold(new, |v, key| &mut v[*key]);
    if slot.is_null() {
        *slot = Value::Object(Map::new());
    }
    if let Value::Object(map) = slot {
        for (key, value) in have {
            map.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
}
