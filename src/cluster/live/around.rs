//! Kinds that are read only when somebody looks: lists of small kinds, and single objects by name.

use super::object::{Reader, ordered};
use crate::cluster::api::{ApiError, Class, path};
use crate::cluster::session::SessionHandle;
use crate::domain::neighbour::Lookup;
use serde::Deserialize;
use serde_json::Value;

/// Objects of one kind that are read; more concern nobody at one glance.
pub const LIMIT: usize = 500;

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    items: Vec<Value>,
}

impl SessionHandle {
    /// What each lookup finds, in their order; a kind that is not served here has nothing.
    pub async fn around(&self, lookups: &[Lookup]) -> Vec<Result<Vec<Value>, String>> {
        let reader = match Reader::of(self) {
            Ok(reader) => reader,
            Err(e) => return lookups.iter().map(|_| Err(e.message.clone())).collect(),
        };
        ordered(lookups.iter().map(|lookup| {
            let (reader, lookup) = (reader.clone(), lookup.clone());
            async move { find(&reader, &lookup).await.map_err(|e| said(&e, &lookup)) }
        }))
        .await
    }
}

fn said(error: &ApiError, lookup: &Lookup) -> String {
    match error.class {
        Class::Forbidden => format!("you may not list {} here", lookup.plural),
        _ => error.message.clone(),
    }
}

/// The first version that is served answers. Where the whole cluster may not be listed, the namespaces of the app are.
async fn find(reader: &Reader, lookup: &Lookup) -> Result<Vec<Value>, ApiError> {
    for version in lookup.versions {
        let at = |namespace: &str| path(lookup.group, version, namespace, lookup.plural, lookup.name.as_deref().unwrap_or_default());
        if lookup.name.is_some() {
            let namespace = lookup.namespaces.first().map_or("", String::as_str);
            return match reader.api.get::<Value>(&at(namespace)).await {
                Err(e) if matches!(e.class, Class::NotFound | Class::NotServed) => Ok(Vec::new()),
                other => other.map(|object| vec![object]),
            };
        }
        match list(reader, &at("")).await {
            Err(e) if matches!(e.class, Class::NotFound | Class::NotServed) => continue,
            Err(e) if e.class == Class::Forbidden => return in_namespaces(reader, lookup, at, e).await,
            other => return other,
        }
    }
    Ok(Vec::new())
}

async fn list(reader: &Reader, url: &str) -> Result<Vec<Value>, ApiError> {
    let list: List = reader.api.get(&format!("{url}?limit={LIMIT}")).await?;
    Ok(list.items)
}

async fn in_namespaces(reader: &Reader, lookup: &Lookup, at: impl Fn(&str) -> String, refused: ApiError) -> Result<Vec<Value>, ApiError> {
    let (mut out, mut seen) = (Vec::new(), false);
    for namespace in &lookup.namespaces {
        match list(reader, &at(namespace)).await {
            Ok(items) => {
                seen = true;
                out.extend(items);
            }
            Err(e) if matches!(e.class, Class::Forbidden | Class::NotFound) => {}
            Err(e) => return Err(e),
        }
    }
    if seen { Ok(out) } else { Err(refused) }
}
