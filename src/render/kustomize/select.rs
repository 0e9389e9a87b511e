//! Which resources a patch is for.

use super::accumulate::Place;
use super::item::{Id, Item};
use super::spec::{Target, impossible};
use crate::render::options::RenderError;
use regex::Regex;
use serde_json::Value;

/// Positions of the resources a target names; every field is a whole-match pattern, names of the past count too.
pub fn select(place: Place<'_>, target: &Target, items: &[Item]) -> Result<Vec<usize>, RenderError> {
    let compile = |pattern: &str| {
        if pattern.is_empty() {
            return Ok(None);
        }
        Regex::new(&format!("^(?:{pattern})$")).map(Some).map_err(|_| impossible(place.file, format!("target: {pattern} is no pattern")))
    };
    let (group, version, kind) = (compile(&target.group)?, compile(&target.version)?, compile(&target.kind)?);
    let (name, namespace) = (compile(&target.name)?, compile(&target.namespace)?);
    let labels = Selector::parse(place, &target.label_selector)?;
    let annotations = Selector::parse(place, &target.annotation_selector)?;
    let fits = |pattern: &Option<Regex>, text: &str| pattern.as_ref().is_none_or(|p| p.is_match(text));
    let matches = |id: &Id| {
        fits(&group, &id.group)
            && fits(&version, &id.version)
            && fits(&kind, &id.kind)
            && fits(&name, &id.name)
            && (fits(&namespace, &id.namespace) || fits(&namespace, id.effective_namespace()))
    };
    let chosen = |item: &Item| {
        item.any_id(&matches)
            && labels.iter().all(|s| s.takes(item.value.pointer("/metadata/labels")))
            && annotations.iter().all(|s| s.takes(item.value.pointer("/metadata/annotations")))
    };
    Ok(items.iter().enumerate().filter(|(_, item)| chosen(item)).map(|(at, _)| at).collect())
}

/// One requirement of a label selector.
enum Selector {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

impl Selector {
    fn parse(place: Place<'_>, text: &str) -> Result<Vec<Self>, RenderError> {
        let mut out = Vec::new();
        let mut depth = 0;
        let parts = text.split(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            c == ',' && depth == 0
        });
        for part in parts.map(str::trim).filter(|p| !p.is_empty()) {
            out.push(Self::one(part).ok_or_else(|| impossible(place.file, format!("selector: {part} is not understood")))?);
        }
        Ok(out)
    }

    fn one(part: &str) -> Option<Self> {
        let key = |text: &str| {
            let text = text.trim();
            (!text.is_empty() && !text.contains(char::is_whitespace)).then(|| text.to_owned())
        };
        if let Some((left, right)) = part.split_once('(') {
            let values = right.strip_suffix(')')?.split(',').map(|v| v.trim().to_owned()).collect();
            let left = left.trim();
            return match left.rsplit_once(char::is_whitespace)? {
                (name, "in") => Some(Self::In(key(name)?, values)),
                (name, "notin") => Some(Self::NotIn(key(name)?, values)),
                _ => None,
            };
        }
        if let Some((name, value)) = part.split_once("!=") {
            return Some(Self::NotIn(key(name)?, vec![value.trim().to_owned()]));
        }
        if let Some((name, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
            return Some(Self::In(key(name)?, vec![value.trim().to_owned()]));
        }
        match part.strip_prefix('!') {
            Some(name) => Some(Self::Absent(key(name)?)),
            None => Some(Self::Exists(key(part)?)),
        }
    }

    fn takes(&self, map: Option<&Value>) -> bool {
        let get = |key: &str| map.and_then(|m| m.get(key)).and_then(Value::as_str);
        match self {
            Self::In(key, values) => get(key).is_some_and(|v| values.iter().any(|x| x == v)),
            Self::NotIn(key, values) => get(key).is_none_or(|v| !values.iter().any(|x| x == v)),
            Self::Exists(key) => get(key).is_some(),
            Self::Absent(key) => get(key).is_none(),
        }
    }
}
