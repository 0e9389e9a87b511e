//! `images`.

use super::accumulate::Place;
use super::item::Item;
use super::spec::{Image, impossible};
use crate::render::options::RenderError;
use regex::Regex;
use serde_json::Value;

pub fn set(place: Place<'_>, image: &Image, items: &mut [Item]) -> Result<(), RenderError> {
    let pattern = format!("^(?:{})(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$", image.name);
    let pattern = Regex::new(&pattern).map_err(|_| impossible(place.file, format!("images: {} is no name", image.name)))?;
    for item in items.iter_mut().filter(|i| i.kind() != "CustomResourceDefinition") {
        walk(&mut item.value, &mut |text| pattern.is_match(text).then(|| changed(text, image)));
    }
    Ok(())
}

/// Every image of containers and init containers, at any depth: custom resources hold pod templates too.
fn walk(value: &mut Value, change: &mut dyn FnMut(&str) -> Option<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                if key == "containers" || key == "initContainers" {
                    for container in value.as_array_mut().into_iter().flatten() {
                        if let Some(image) = container.get_mut("image")
                            && let Some(new) = image.as_str().and_then(&mut *change)
                        {
                            *image = new.into();
                        }
                    }
                }
                walk(value, change);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, change)),
        _ => {}
    }
}

/// Name, tag, digest of an image reference.
fn split(text: &str) -> (&str, &str, &str) {
    let (rest, digest) = text.split_once('@').unwrap_or((text, ""));
    let tail = rest.rfind('/').map_or(0, |at| at + 1);
    match rest.rfind(':').filter(|at| *at >= tail) {
        Some(at) => {
            let (name, tag) = rest.split_at(at);
            (name, tag.trim_start_matches(':'), digest)
        }
        None => (rest, "", digest),
    }
}

fn changed(text: &str, image: &Image) -> String {
    let (name, tag, digest) = split(text);
    let name = if image.new_name.is_empty() { name } else { &image.new_name };
    let (tag, digest) = match (image.new_tag.as_str(), image.digest.as_str()) {
        ("", "") if !image.tag_suffix.is_empty() => (format!("{tag}{}", image.tag_suffix), ""),
        ("", "") => (tag.to_owned(), digest),
        (tag, digest) => (tag.to_owned(), digest),
    };
    let mut out = name.to_owned();
    if !tag.is_empty() {
        out.push(':');
        out.push_str(&tag);
    }
    if !digest.is_empty() {
        out.push('@');
        out.push_str(digest);
    }
    out
}
