//! What two apps run against each other, each rendered for its own cluster.

use super::Runtime;
use super::diff::{Desired, without_hooks};
use crate::app::effect::DiffRequest;
use crate::domain::app::App;
use crate::domain::commit::bare_revision;
use crate::domain::diff::{DiffKind, DiffSet, DiffSide};
use crate::domain::word::{Name, Word};
use crate::render::compare::key;
use serde_json::Value;
use std::collections::BTreeMap;

impl Runtime {
    pub(super) async fn two_apps(&self, request: &DiffRequest) -> Result<DiffSet, String> {
        let app = &request.app;
        let Some(other) = request.against.as_deref() else { return Err("There is no other app to compare with.".into()) };
        let mut before = self.what_runs(app).await?;
        let mut after = self.what_runs(other).await?;
        if let Some(note) = align(&before.objects, &mut after.objects) {
            before.notes.push(note);
        }
        let side = |app: &App, desired: &Desired| DiffSide { label: format!("{} runs {}", app.runs_on(), desired.label), at: None };
        let (left, right) = (side(app, &before), side(other, &after));
        let mut set = self.between(app, (left, before), (right, after)).await?;
        for resource in &mut set.resources {
            resource.note = match resource.kind {
                DiffKind::OnlyLive => Some(format!("only on {}", app.runs_on())),
                DiffKind::OnlyDesired => Some(format!("only on {}", other.runs_on())),
                _ => resource.note.take(),
            };
        }
        Ok(set)
    }

    async fn what_runs(&self, app: &App) -> Result<Desired, String> {
        let runs = |own: Option<&str>| own.or(app.revision.as_deref()).map(|r| bare_revision(r).to_owned());
        let wanted: Vec<Option<String>> = app.sources.iter().map(|s| runs(s.revision.as_deref()).filter(|_| s.repo().is_some())).collect();
        let is_unknown = app.sources.iter().zip(&wanted).any(|(s, w)| s.repo().is_some() && w.is_none());
        if is_unknown {
            return Err(format!("What {} runs on {} is not known.", app.id.name, app.runs_on()));
        }
        let desired = self.render(app, &wanted).await.map_err(|why| format!("{} on {}: {why}", app.id.name, app.runs_on()))?;
        Ok(if app.argo().is_some() { without_hooks(desired) } else { desired })
    }
}

/// Objects that only their namespace keeps apart are taken as one, and it is said.
fn align(before: &[Value], after: &mut [Value]) -> Option<String> {
    let mut by: BTreeMap<(Word, Word, Name), Vec<Word>> = BTreeMap::new();
    for object in before {
        let key = key(object);
        by.entry((key.group, key.kind, key.name)).or_default().push(key.namespace);
    }
    let mut count: BTreeMap<(Word, Word, Name), usize> = BTreeMap::new();
    for object in after.iter() {
        let key = key(object);
        *count.entry((key.group, key.kind, key.name)).or_default() += 1;
    }
    let mut pairs: Vec<String> = Vec::new();
    for object in after {
        let own = key(object);
        let named = (own.group, own.kind, own.name);
        // Two moved to one place would be one, and what the other differs in would not be told.
        if count.get(&named) != Some(&1) {
            continue;
        }
        let Some([namespace]) = by.get(&named).map(Vec::as_slice) else { continue };
        if *namespace == own.namespace || namespace.is_empty() || own.namespace.is_empty() {
            continue;
        }
        let pair = format!("{namespace} and {}", own.namespace);
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
        object["metadata"]["namespace"] = namespace.as_str().into();
    }
    (!pairs.is_empty()).then(|| format!("namespaces {} are taken as one", pairs.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(namespace: &str, name: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}})
    }

    #[test]
    fn what_only_the_namespace_keeps_apart_is_compared_and_said() {
        let before = [object("shop", "env"), object("one", "twice"), object("two", "twice"), object("shop", "same")];
        let mut after = [object("ap", "env"), object("ap", "twice"), object("shop", "same"), object("ap", "new")];
        assert_eq!(align(&before, &mut after).as_deref(), Some("namespaces shop and ap are taken as one"));
        let places: Vec<Word> = after.iter().map(|o| key(o).namespace).collect();
        assert_eq!(places, ["shop", "ap", "shop", "ap"], "one of two is no match, and a new one stays where it is");
        assert_eq!(align(&before, &mut [object("shop", "env")]), None);
    }

    #[test]
    fn two_objects_of_the_other_side_are_never_folded_into_one() {
        for names in [["ap", "ap2"], ["shop", "ap"], ["ap", ""]] {
            let mut after = names.map(|namespace| object(namespace, "env"));
            assert_eq!(align(&[object("shop", "env")], &mut after), None, "{names:?}");
            assert_eq!(after.map(|o| key(&o).namespace), names);
        }
    }
}
