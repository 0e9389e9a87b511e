//! Inventory ids: `<namespace>_<name>_<group>_<Kind>`, where `__` inside the name stands for `:`.

use super::wire::Entry;
use crate::domain::app::ManagedResource;
use crate::domain::ids::ObjectKey;
use crate::domain::text::sanitise;

/// More than any sane app; keeps a hostile object from filling memory.
const MOST: usize = 5000;

pub fn resources(entries: &[Entry]) -> Vec<ManagedResource> {
    entries.iter().take(MOST).filter_map(|e| Some(resource(key(&e.id)?, &e.v))).collect()
}

fn resource(key: ObjectKey, version: &str) -> ManagedResource {
    ManagedResource { key, version: sanitise(version, 40).into(), ..ManagedResource::default() }
}

/// `None` when the text has not the four parts.
fn key(id: &str) -> Option<ObjectKey> {
    let (namespace, rest) = id.split_once('_')?;
    let (rest, kind) = rest.rsplit_once('_')?;
    let (name, group) = rest.rsplit_once('_')?;
    if name.is_empty() || kind.is_empty() {
        return None;
    }
    let name = name.replace("__", ":");
    Some(ObjectKey::new(&sanitise(group, 253), &sanitise(kind, 63), &sanitise(namespace, 63), &sanitise(&name, 253)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_group_cluster_scope_and_rbac_names_are_told_apart() {
        assert_eq!(key("default_web__Service"), Some(ObjectKey::new("", "Service", "default", "web")));
        assert_eq!(key("_demo__Namespace"), Some(ObjectKey::new("", "Namespace", "", "demo")));
        assert_eq!(
            key("_system__node_rbac.authorization.k8s.io_ClusterRole"),
            Some(ObjectKey::new("rbac.authorization.k8s.io", "ClusterRole", "", "system:node"))
        );
        assert_eq!(key("nonsense"), None);
        assert_eq!(key("a__b"), None);
    }
}
