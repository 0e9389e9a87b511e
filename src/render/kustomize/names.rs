//! `namePrefix` and `nameSuffix`.

use super::item::Item;

/// Their names carry meaning of their own.
fn keeps_its_name(group: &str, kind: &str) -> bool {
    matches!((group, kind), (_, "CustomResourceDefinition" | "Namespace") | ("apiregistration.k8s.io", "APIService"))
}

pub fn add(prefix: &str, suffix: &str, items: &mut [Item]) {
    for (text, is_prefix) in [(prefix, true), (suffix, false)] {
        if text.is_empty() {
            continue;
        }
        for item in items.iter_mut() {
            if keeps_its_name(item.group(), item.kind()) {
                continue;
            }
            item.remember();
            let name = if is_prefix { format!("{text}{}", item.name()) } else { format!("{}{text}", item.name()) };
            item.set_metadata("name", &name);
            let list = if is_prefix { &mut item.prefixes } else { &mut item.suffixes };
            list.push(text.to_owned());
        }
    }
}
