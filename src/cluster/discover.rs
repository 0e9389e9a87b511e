//! Which versions of a group are served, and how a kind is called in URLs: always asked, never guessed.

use super::api::{Api, ApiError, Class, escape};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    #[serde(default)]
    versions: Vec<GroupVersion>,
    preferred_version: Option<GroupVersion>,
}

#[derive(Deserialize)]
struct GroupVersion {
    version: String,
}

#[derive(Deserialize)]
struct Resources {
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Clone, Debug, Deserialize)]
struct Resource {
    name: String,
    kind: String,
    #[serde(default)]
    namespaced: bool,
}

/// Versions of a group, the preferred one first; empty = the group is not served.
///
/// # Errors
/// Anything but "not served".
pub async fn versions(api: &Api, group: &str) -> Result<Vec<String>, ApiError> {
    if group.is_empty() {
        return Ok(vec!["v1".to_owned()]);
    }
    let found = match api.get::<Group>(&format!("/apis/{}", escape(group))).await {
        Ok(found) => found,
        Err(e) if matches!(e.class, Class::NotServed | Class::NotFound) => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut all: Vec<String> = found.preferred_version.into_iter().map(|v| v.version).collect();
    for version in found.versions {
        if !all.contains(&version.version) {
            all.push(version.version);
        }
    }
    Ok(all)
}

/// Served versions by group for watches: one request per group, however many kinds ask at once. Clones share it.
#[derive(Clone, Default)]
pub struct Groups(Arc<tokio::sync::Mutex<HashMap<String, Answer>>>);

type Answer = (Instant, Vec<String>);

impl Groups {
    /// # Errors
    /// Anything but "not served".
    pub async fn served(&self, api: &Api, group: &str) -> Result<Vec<String>, ApiError> {
        // Held across the request, so that the others wait for its answer.
        let mut known = self.0.lock().await;
        if let Some((at, versions)) = known.get(group)
            && at.elapsed() < api.timings.group_fresh
        {
            return Ok(versions.clone());
        }
        let found = versions(api, group).await?;
        known.insert(group.to_owned(), (Instant::now(), found.clone()));
        Ok(found)
    }
}

/// How a kind is addressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub version: String,
    pub plural: String,
    pub namespaced: bool,
}

/// Kind to URL, cached for the life of a connection. Clones share the cache.
#[derive(Clone, Default)]
pub struct Mapper {
    groups: Arc<Mutex<HashMap<String, Vec<String>>>>,
    resources: Arc<Mutex<HashMap<String, Vec<Resource>>>>,
}

impl Mapper {
    pub fn clear(&self) {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.resources.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// `version` where it is known and still served, else the server's order. `None` = the kind is not served.
    ///
    /// # Errors
    /// Discovery could not be read.
    pub async fn find(&self, api: &Api, group: &str, kind: &str, version: Option<&str>) -> Result<Option<Mapping>, ApiError> {
        let mut order: Vec<String> = version.filter(|v| !v.is_empty()).map(str::to_owned).into_iter().collect();
        if let Some(first) = order.first()
            && let Some(mapping) = self.in_version(api, group, kind, first).await?
        {
            return Ok(Some(mapping));
        }
        order = self.versions(api, group).await?;
        for version in order {
            if let Some(mapping) = self.in_version(api, group, kind, &version).await? {
                return Ok(Some(mapping));
            }
        }
        Ok(None)
    }

    async fn versions(&self, api: &Api, group: &str) -> Result<Vec<String>, ApiError> {
        if let Some(known) = self.groups.lock().unwrap_or_else(PoisonError::into_inner).get(group) {
            return Ok(known.clone());
        }
        let found = versions(api, group).await?;
        if !found.is_empty() {
            self.groups.lock().unwrap_or_else(PoisonError::into_inner).insert(group.to_owned(), found.clone());
        }
        Ok(found)
    }

    async fn in_version(&self, api: &Api, group: &str, kind: &str, version: &str) -> Result<Option<Mapping>, ApiError> {
        let path =
            if group.is_empty() { format!("/api/{}", escape(version)) } else { format!("/apis/{}/{}", escape(group), escape(version)) };
        let known = self.resources.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
        let resources = match known {
            Some(known) => known,
            None => match api.get::<Resources>(&path).await {
                Ok(found) => found.resources,
                Err(e) if matches!(e.class, Class::NotServed | Class::NotFound) => return Ok(None),
                Err(e) => return Err(e),
            },
        };
        let found = resources.iter().find(|r| r.kind == kind && !r.name.contains('/')).cloned();
        let mut kept = self.resources.lock().unwrap_or_else(PoisonError::into_inner);
        // The kind may be installed later: a list without it is asked for anew the next time.
        if found.is_some() {
            kept.insert(path, resources)
        } else {
            kept.remove(&path)
        };
        Ok(found.map(|r| Mapping { version: version.to_owned(), plural: r.name, namespaced: r.namespaced }))
    }
}
