//! Desired objects against live ones, as resources, hunks and lines.

mod blame;
mod fields;
mod hide;
mod managers;
#[cfg(test)]
mod tests;

use super::normalise::{Rules, normalise, normalise_rendered, strip_desired};
use super::scope::{group, text};
use super::yaml::to_yaml;
use crate::domain::commit::FileChange;
use crate::domain::diff::{DiffKind, DiffSet, DiffSide, FileDiff, ResourceDiff};
use crate::domain::hunks::hunks;
use crate::domain::ids::ObjectKey;
use crate::domain::text::{sanitise, sanitise_lines};
use crate::domain::word::Word;
use managers::Managers;
use serde_json::Value;
use std::collections::BTreeMap;

/// Above these an object is compared and says so.
const LARGE_BYTES: usize = 1 << 20;
const LARGE_LINES: usize = 5_000;

/// What a read of one live object came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Live {
    Found(Value),
    /// Nothing live: another rendered object, every field of which was wanted.
    Rendered(Value),
    /// The server says that there is none.
    Absent,
    /// Could not be read: why.
    Unread(String),
}

/// Both sides of a comparison. Desired objects that `live` has no answer for count as not read.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub desired: Vec<Value>,
    pub live: Vec<(ObjectKey, Live)>,
    pub left: DiffSide,
    pub right: DiffSide,
    pub estimate: String,
    pub notes: Vec<String>,
    pub rules: Rules,
    /// The salt the live objects were masked with.
    pub salt: Vec<u8>,
}

/// The key of an object; an object without a group's part of `apiVersion` is in the core group.
pub fn key(object: &Value) -> ObjectKey {
    let name = Some(text(object, "/metadata/name")).filter(|n| !n.is_empty()).unwrap_or_else(|| text(object, "/metadata/generateName"));
    ObjectKey::new(group(text(object, "/apiVersion")), text(object, "/kind"), text(object, "/metadata/namespace"), name)
}

/// Compares: changed first, then only live, only desired, unknown, same; inside by key.
pub fn diff(inputs: Inputs) -> DiffSet {
    let Inputs { desired, live, left, right, estimate, mut notes, mut rules, salt } = inputs;
    autoscaled(&desired, &live, &mut rules);
    let mut pool: BTreeMap<ObjectKey, Live> = live.into_iter().collect();
    let mut resources: BTreeMap<ObjectKey, ResourceDiff> = BTreeMap::new();
    for mut object in desired {
        strip_desired(&mut object);
        let key = key(&object);
        // The build may not know that a custom kind is cluster-scoped.
        let bare = ObjectKey { namespace: Word::default(), ..key.clone() };
        let own = pool.remove(&key);
        if matches!(&own, Some(Live::Found(live)) if text(live, "/metadata/namespace").is_empty()) {
            // Read under both names, it is one object.
            pool.remove(&bare);
        }
        let answer = own.or_else(|| pool.remove(&bare)).unwrap_or_else(|| Live::Unread("not read".into()));
        let one = match answer {
            Live::Found(live) => both(key.clone(), live, object, &rules, &salt),
            Live::Rendered(other) => two(key.clone(), other, object, &rules, &salt),
            Live::Absent => single(key.clone(), object, DiffKind::OnlyDesired, &salt, &Managers::default()),
            Live::Unread(why) => unknown(key.clone(), &why),
        };
        if resources.insert(key.clone(), one).is_some() {
            notes.push(format!("{} is there twice in the desired state; the last is compared", sanitise(&key.title(), 200)));
        }
    }
    for (key, answer) in pool {
        let one = match answer {
            Live::Found(live) => only_live(key.clone(), live, &rules, &salt),
            Live::Rendered(older) => ResourceDiff { set_by: Vec::new(), ..only_live(key.clone(), older, &rules, &salt) },
            Live::Absent => continue,
            Live::Unread(why) => unknown(key.clone(), &why),
        };
        resources.insert(key, one);
    }
    let mut resources: Vec<ResourceDiff> = resources.into_values().collect();
    resources.sort_by_key(|r| rank(r.kind));
    DiffSet { left, right, resources, estimate, notes }
}

fn rank(kind: DiffKind) -> u8 {
    match kind {
        DiffKind::Changed => 0,
        DiffKind::OnlyLive => 1,
        DiffKind::OnlyDesired => 2,
        DiffKind::Unknown => 3,
        DiffKind::Same => 4,
    }
}

/// Targets of autoscalers on either side.
fn autoscaled(desired: &[Value], live: &[(ObjectKey, Live)], rules: &mut Rules) {
    let found = live.iter().filter_map(|(_, l)| if let Live::Found(v) | Live::Rendered(v) = l { Some(v) } else { None });
    for scaler in desired.iter().chain(found).filter(|o| text(o, "/kind") == "HorizontalPodAutoscaler") {
        let at = |field: &str| text(scaler, &format!("/spec/scaleTargetRef/{field}"));
        rules.scaled.insert(ObjectKey::new(group(at("apiVersion")), at("kind"), text(scaler, "/metadata/namespace"), at("name")));
    }
}

fn both(key: ObjectKey, mut live: Value, mut desired: Value, rules: &Rules, salt: &[u8]) -> ResourceDiff {
    let managers = Managers::read(&live);
    managers::only_appliers(&mut live);
    hide::mask(&mut live, salt);
    hide::mask(&mut desired, salt);
    let ignored = normalise(&mut live, Some(&desired), rules);
    paired(key, live, desired, ignored, &managers)
}

fn two(key: ObjectKey, mut older: Value, mut newer: Value, rules: &Rules, salt: &[u8]) -> ResourceDiff {
    hide::mask(&mut older, salt);
    hide::mask(&mut newer, salt);
    let ignored = normalise_rendered(&mut older, &newer, rules);
    paired(key, older, newer, ignored, &Managers::default())
}

fn paired(key: ObjectKey, mut live: Value, mut desired: Value, ignored: Vec<String>, managers: &Managers) -> ResourceDiff {
    // The namespace of a cluster-scoped object and the version it is served at are not the app's.
    for pointer in ["/apiVersion", "/metadata/namespace"] {
        if let (Some(have), Some(want)) = (live.pointer(pointer).cloned(), desired.pointer_mut(pointer)) {
            *want = have;
        }
    }
    if managers.is_live() && live.pointer("/metadata/namespace").is_none() {
        if let Some(metadata) = desired.pointer_mut("/metadata").and_then(Value::as_object_mut) {
            metadata.remove("namespace");
        }
    }
    hide::for_display(Some(&mut live), Some(&mut desired));
    let (hunks, added, removed, note) = texts(&lines(&live), &lines(&desired));
    let kind = if hunks.is_empty() { DiffKind::Same } else { DiffKind::Changed };
    let fields = if hunks.is_empty() { Vec::new() } else { fields::fields(&live, &desired, managers) };
    let set_by = blame::lines(&live, &hunks, managers);
    ResourceDiff { key, kind, hunks, added, removed, ignored, note, fields, set_by }
}

fn only_live(key: ObjectKey, mut live: Value, rules: &Rules, salt: &[u8]) -> ResourceDiff {
    let managers = Managers::read(&live);
    hide::mask(&mut live, salt);
    let ignored = normalise(&mut live, None, rules);
    ResourceDiff { ignored, ..single(key, live, DiffKind::OnlyLive, salt, &managers) }
}

fn single(key: ObjectKey, mut object: Value, kind: DiffKind, salt: &[u8], managers: &Managers) -> ResourceDiff {
    hide::mask(&mut object, salt);
    let is_live = kind == DiffKind::OnlyLive;
    if is_live {
        hide::for_display(Some(&mut object), None)
    } else {
        hide::for_display(None, Some(&mut object))
    }
    let text = lines(&object);
    let (hunks, added, removed, note) = if is_live { texts(&text, "") } else { texts("", &text) };
    let set_by = blame::lines(&object, &hunks, managers);
    ResourceDiff { key, kind, hunks, added, removed, ignored: Vec::new(), note, fields: Vec::new(), set_by }
}

fn unknown(key: ObjectKey, why: &str) -> ResourceDiff {
    let note = Some(sanitise(why, 300));
    ResourceDiff {
        key,
        kind: DiffKind::Unknown,
        hunks: Vec::new(),
        added: 0,
        removed: 0,
        ignored: Vec::new(),
        note,
        fields: Vec::new(),
        set_by: Vec::new(),
    }
}

fn lines(value: &Value) -> String {
    let text = to_yaml(value);
    sanitise_lines(&text, text.len())
}

type Texts = (Vec<crate::domain::diff::Hunk>, u32, u32, Option<String>);

fn texts(left: &str, right: &str) -> Texts {
    let bytes = left.len().max(right.len());
    let count = left.lines().count().max(right.lines().count());
    let note = (bytes > LARGE_BYTES || count > LARGE_LINES).then(|| format!("large: {count} lines, {} KiB", bytes / 1024));
    let (hunks, added, removed) = hunks(left, right, 3);
    (hunks, added, removed, note)
}

/// One file of a commit: binary files and files over 1 MiB are opaque.
pub fn file_diff(old: Option<&[u8]>, new: Option<&[u8]>, path: &str) -> FileDiff {
    let change = match (old, new) {
        (None, Some(_)) => FileChange::Added,
        (Some(_), None) => FileChange::Deleted,
        _ => FileChange::Modified,
    };
    let path = sanitise(path, 1000);
    let text = |bytes: Option<&[u8]>| {
        let bytes = bytes.unwrap_or_default();
        let plain = bytes.len() <= LARGE_BYTES && !bytes.contains(&0);
        std::str::from_utf8(bytes).ok().filter(|_| plain).map(|text| sanitise_lines(text, text.len()))
    };
    match (text(old), text(new)) {
        (Some(left), Some(right)) => {
            let (hunks, added, removed) = hunks(&left, &right, 3);
            FileDiff { path, change, hunks, added, removed, opaque: false }
        }
        _ => FileDiff { path, change, hunks: Vec::new(), added: 0, removed: 0, opaque: true },
    }
}
