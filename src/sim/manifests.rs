//! Desired manifests of a directory: plain files, and of kustomize what the repositories of the fleet use.

use super::repos::Tree;
use serde_json::{Map, Value, json};

/// Objects that a directory builds, in the order of its files. Errors: the path is absent, or a file cannot be read.
pub fn manifests(tree: &Tree, path: &str) -> Result<Vec<Value>, String> {
    let dir = normalise(path);
    if tree.below(&dir).next().is_none() {
        return Err(format!("{path}: app path does not exist"));
    }
    if tree.file(&join(&dir, "kustomization.yaml")).is_some() {
        return build(tree, &dir);
    }
    let files = tree.below(&dir).filter(|(path, _)| path.ends_with(".yaml") || path.ends_with(".yml"));
    let mut out = Vec::new();
    for (path, text) in files {
        out.extend(parse(path, text)?);
    }
    Ok(out)
}

fn build(tree: &Tree, dir: &str) -> Result<Vec<Value>, String> {
    let file = join(dir, "kustomization.yaml");
    let text = tree.file(&file).ok_or_else(|| format!("{file}: no such file"))?;
    let spec = parse(&file, text)?.into_iter().next().unwrap_or_default();
    let mut out = Vec::new();
    for entry in strings(&spec["resources"]) {
        let path = normalise(&join(dir, entry));
        match tree.file(&path) {
            Some(text) => out.extend(parse(&path, text)?),
            None if tree.file(&join(&path, "kustomization.yaml")).is_some() => out.extend(build(tree, &path)?),
            None => return Err(format!("accumulating resources from '{entry}': {path}: no such file or directory")),
        }
    }
    for patch in spec["patches"].as_array().into_iter().flatten() {
        let path = join(dir, patch["path"].as_str().unwrap_or_default());
        let text = tree.file(&path).ok_or_else(|| format!("patch {path}: no such file"))?;
        for wanted in parse(&path, text)? {
            let target =
                out.iter_mut().find(|object| object["kind"] == wanted["kind"] && object["metadata"]["name"] == wanted["metadata"]["name"]);
            merge(target.ok_or_else(|| format!("patch {path}: no matches for its target"))?, &wanted);
        }
    }
    for object in &mut out {
        transform(object, &spec);
    }
    Ok(out)
}

fn transform(object: &mut Value, spec: &Value) {
    if let (Some(namespace), true) = (spec["namespace"].as_str(), object["kind"] != "Namespace") {
        object["metadata"]["namespace"] = json!(namespace);
    }
    for set in spec["labels"].as_array().into_iter().flatten() {
        for (key, value) in set["pairs"].as_object().into_iter().flatten() {
            object["metadata"]["labels"][key] = value.clone();
        }
    }
    let containers = object.pointer_mut("/spec/template/spec/containers").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten() {
        let Some(image) = container["image"].as_str().map(str::to_owned) else { continue };
        let (name, tag) = split_image(&image);
        for rule in spec["images"].as_array().into_iter().flatten().filter(|rule| rule["name"] == name) {
            let name = rule["newName"].as_str().unwrap_or(name);
            let tag = rule["newTag"].as_str().or(tag);
            container["image"] = json!(tag.map_or_else(|| name.to_owned(), |tag| format!("{name}:{tag}")));
        }
    }
}

/// Name and tag of an image reference without a digest.
pub fn split_image(image: &str) -> (&str, Option<&str>) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (image, None),
    }
}

/// Merge with maps joined and everything else replaced.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn parse(path: &str, text: &str) -> Result<Vec<Value>, String> {
    let documents: Vec<Value> = serde_yaml::from_multiple(text).map_err(|error| format!("{path}: {error}"))?;
    Ok(documents.into_iter().filter(|value| value.as_object().is_some_and(|map| !Map::is_empty(map))).collect())
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn join(dir: &str, file: &str) -> String {
    if dir.is_empty() { file.to_owned() } else { format!("{dir}/{file}") }
}

/// A path without `.`, `..` and slashes at its ends.
fn normalise(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
