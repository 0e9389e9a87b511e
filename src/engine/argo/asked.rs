//! A sync request as Argo CD reads it: from our patch before it is sent, and from the object that it works on.

use super::operation;
use super::wire::{Leaf, Op};
use crate::domain::asked::Asked;
use crate::domain::ids::ObjectKey;
use serde::Deserialize;
use serde_json::Value;

/// What a patch of ours asks for; `None` = it asks for no sync.
pub fn of_patch(body: &Value) -> Option<Asked> {
    let operation = match body {
        Value::Array(steps) => {
            let adds = |s: &&Value| s.get("path").and_then(Value::as_str) == Some("/operation") && s.get("value").is_some();
            steps.iter().find(adds)?.get("value")?
        }
        body => body.get("operation")?,
    };
    let op = Op::deserialize(operation).ok()?;
    of(&op)
}

pub fn of(op: &Op) -> Option<Asked> {
    let sync = op.sync.as_ref()?;
    let strategy = &sync.sync_strategy;
    let forced = |force: &Option<super::wire::Force>| force.as_ref().is_some_and(|f| f.force.is_true());
    let key = |r: &super::wire::Chosen| ObjectKey {
        group: r.group.word(253),
        kind: r.kind.word(63),
        namespace: r.namespace.word(253),
        name: r.name.label(253),
    };
    Some(Asked {
        revisions: operation::all(&sync.revision, &sync.revisions),
        prune: sync.prune.is_true(),
        dry_run: sync.dry_run.is_true(),
        force: forced(&strategy.apply) || forced(&strategy.hook),
        hook: strategy.hook.is_some(),
        apply: strategy.apply.is_some(),
        options: sync.sync_options.iter().filter_map(Leaf::name).collect(),
        resources: sync.resources.iter().map(key).collect(),
        retries: op.retry.limit.int().filter(|n| *n != 0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_patch_says_what_it_asks_for_in_either_form() {
        let operation = json!({ "retry": { "limit": 2 }, "sync": { "revision": "a", "prune": true, "syncStrategy": { "hook": { "force": true } },
            "syncOptions": ["Replace=true"], "resources": [{ "kind": "Service", "name": "web", "namespace": "shop" }] } });
        let merge = of_patch(&json!({ "operation": operation })).unwrap();
        let wanted = Asked {
            revisions: vec!["a".into()],
            prune: true,
            force: true,
            hook: true,
            options: vec!["Replace=true".into()],
            resources: vec![ObjectKey::new("", "Service", "shop", "web")],
            retries: Some(2),
            ..Asked::default()
        };
        assert_eq!(merge, wanted);
        let patch =
            json!([{ "op": "test", "path": "/metadata/uid", "value": "u" }, { "op": "add", "path": "/operation", "value": operation }]);
        assert_eq!(of_patch(&patch), Some(wanted));
        assert_eq!(of_patch(&json!({ "spec": {} })), None);
    }
}
