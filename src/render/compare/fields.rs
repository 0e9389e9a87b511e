//! Two objects as single fields that differ: what the lines of a diff show, told so that the same difference of another object is the same text.

use super::managers::Managers;
use crate::domain::diff::{FieldDiff, HIDDEN};
use crate::domain::hunks::hunks;
use crate::domain::text::sanitise;
use crate::render::normalise::{is_same_item, key_of};
use crate::render::yaml::to_yaml;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Characters of a value that are kept.
const VALUE: usize = 120;
/// Characters of a name in a path.
const NAME: usize = 100;
/// No manifest that means anything is deeper.
const DEPTH: usize = 100;

/// One step to a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Field(String),
    /// An item of a list, told by one of its fields.
    Item(&'static str, Value),
    /// An item of a list whose items have no name.
    At(usize),
}

/// Every field that differs, in the order of the object. Both sides are normalised, and hidden where they must be.
/// Where their lines differ and no single field does, one without a path tells the lines: a difference is never told as none.
pub fn fields(live: &Value, desired: &Value, managers: &Managers) -> Vec<FieldDiff> {
    let mut walk = Walk { at: Vec::new(), live, managers, out: Vec::new() };
    walk.sides(Some(live), Some(desired));
    let (have, want) = (to_yaml(live), to_yaml(desired));
    if walk.out.is_empty() && have != want {
        walk.texts(&have, &want);
    }
    walk.out
}

struct Walk<'m> {
    at: Vec<Step>,
    live: &'m Value,
    managers: &'m Managers,
    out: Vec<FieldDiff>,
}

impl Walk<'_> {
    fn sides(&mut self, live: Option<&Value>, desired: Option<&Value>) {
        match (live, desired) {
            (have, want) if have == want => {}
            (Some(Value::Object(have)), Some(Value::Object(want))) if self.at.len() < DEPTH => self.maps(have, want),
            (Some(Value::Array(have)), Some(Value::Array(want))) if self.at.len() < DEPTH => self.lists(have, want),
            (Some(Value::String(have)), Some(Value::String(want))) if have.contains('\n') || want.contains('\n') => self.texts(have, want),
            (have, want) => self.differs(have.map(text), want.map(text)),
        }
    }

    fn step(&mut self, step: Step, live: Option<&Value>, desired: Option<&Value>) {
        self.at.push(step);
        self.sides(live, desired);
        self.at.pop();
    }

    fn maps(&mut self, have: &Map<String, Value>, want: &Map<String, Value>) {
        let missing = have.keys().filter(|key| !want.contains_key(*key));
        for key in want.keys().chain(missing) {
            self.step(Step::Field(key.clone()), have.get(key), want.get(key));
        }
    }

    fn lists(&mut self, have: &[Value], want: &[Value]) {
        let named = |items: &[Value], key: &str| items.iter().all(|i| i.get(key).is_some());
        if let Some(key) = key_of(want).filter(|key| named(have, key)) {
            let name = |item: &Value| item.get(key).cloned().unwrap_or_default();
            // Nothing keeps a live list from having a name twice: each item stands for one that is wanted, the equal one first.
            let mut rest: Vec<&Value> = have.iter().collect();
            for item in want {
                let at = rest.iter().position(|h| *h == item).or_else(|| rest.iter().position(|h| is_same_item(h, item, key)));
                let live = at.map(|at| rest.remove(at));
                self.step(Step::Item(key, name(item)), live, Some(item));
            }
            for item in rest {
                self.step(Step::Item(key, name(item)), Some(item), None);
            }
        } else if have.iter().chain(want).any(|item| item.is_object() || item.is_array()) {
            for at in 0..have.len().max(want.len()) {
                self.step(Step::At(at), have.get(at), want.get(at));
            }
        } else {
            self.values(have, want);
        }
    }

    /// Plain values: where in the list one was added says nothing.
    fn values(&mut self, have: &[Value], want: &[Value]) {
        let (only_live, only_desired) = (without(want, have), without(have, want));
        let listed = |items: Vec<&Value>| (!items.is_empty()).then(|| cut(&items.into_iter().map(plain).collect::<Vec<_>>().join(", ")));
        if only_live.is_empty() && only_desired.is_empty() {
            return self.differs(Some(text(&Value::Array(have.to_vec()))), Some(text(&Value::Array(want.to_vec()))));
        }
        self.differs(listed(only_live), listed(only_desired));
    }

    /// Files: the lines that differ, wherever they stand.
    fn texts(&mut self, have: &str, want: &str) {
        use crate::domain::diff::LineTag;
        let (hunks, ..) = hunks(have, want, 0);
        let lines = |tag: LineTag| {
            let found: Vec<String> =
                hunks.iter().flat_map(|h| &h.lines).filter(|l| l.tag == tag).map(|l| l.text().trim().to_owned()).collect();
            (!found.is_empty()).then(|| cut(&found.join(" | ")))
        };
        let (live, desired) = (lines(LineTag::Removed), lines(LineTag::Added));
        if live != desired {
            return self.differs(live, desired);
        }
        let what = Some(if black(have).eq(black(want)) { "other spaces or line ends" } else { "order of lines" }.to_owned());
        self.differs(what.clone(), what);
    }

    fn differs(&mut self, live: Option<String>, desired: Option<String>) {
        // Every manager of an object holds some of it.
        let (by, at) = live.as_ref().filter(|_| !self.at.is_empty()).and_then(|_| self.managers.of(self.live, &self.at)).unzip();
        self.out.push(FieldDiff { path: path(&self.at), live, desired, by, at: at.flatten() });
    }
}

/// The lines without white space, those of nothing else left out.
fn black(text: &str) -> impl Iterator<Item = String> {
    text.split(['\n', '\r']).map(|line| line.split_whitespace().collect::<String>()).filter(|line| !line.is_empty())
}

/// Those of `items` that `other` has fewer of.
fn without<'v>(other: &[Value], items: &'v [Value]) -> Vec<&'v Value> {
    let mut rest: Vec<&Value> = other.iter().collect();
    let mut out = Vec::new();
    for item in items {
        match rest.iter().position(|o| *o == item) {
            Some(at) => drop(rest.swap_remove(at)),
            None => out.push(item),
        }
    }
    out
}

/// `spec.template.spec.containers[web].image`.
pub fn path(steps: &[Step]) -> String {
    let mut out = String::new();
    for step in steps {
        let _ = match step {
            Step::Field(name) if name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) => {
                write!(out, "{}{name}", if out.is_empty() { "" } else { "." })
            }
            Step::Field(name) => write!(out, "[{}]", sanitise(name, NAME)),
            Step::Item(_, Value::String(name)) => write!(out, "[{}]", sanitise(name, NAME)),
            Step::Item(_, name) => write!(out, "[{}]", sanitise(&name.to_string(), NAME)),
            Step::At(at) => write!(out, "[{at}]"),
        };
    }
    out
}

fn text(value: &Value) -> String {
    cut(&plain(value))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if text.starts_with("(hidden, ") => HIDDEN.to_owned(),
        // `"3"` is not 3.
        Value::String(text) if matches!(text.as_str(), "" | "true" | "false" | "null" | "none") || text.parse::<f64>().is_ok() => {
            format!("\"{text}\"")
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// One line of text that is as different as the whole was.
fn cut(text: &str) -> String {
    let count = text.chars().count();
    if count <= VALUE {
        return sanitise(text, VALUE);
    }
    let digest = Sha256::digest(text.as_bytes());
    let digest: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{} ({count} characters, {digest})", sanitise(text, VALUE))
}
