//! Whole objects, one by one, with secret values hidden.

use super::edit;
use crate::cluster::api::{Api, ApiError, Class, path};
use crate::cluster::discover::Mapper;
use crate::cluster::session::SessionHandle;
use crate::domain::event::Edit;
use crate::domain::ids::ObjectKey;
use crate::domain::redact::mask_secret;
use futures::StreamExt;
use serde_json::Value;
use std::sync::Arc;

/// Requests of one question under way at once.
const PARALLEL: usize = 8;

/// What a reader needs of a session; clones share the connection.
#[derive(Clone)]
pub(super) struct Reader {
    pub api: Api,
    pub mapper: Mapper,
    pub salt: Arc<[u8]>,
}

impl Reader {
    pub fn of(session: &SessionHandle) -> Result<Self, ApiError> {
        Ok(Self { api: session.api()?, mapper: session.mapper().clone(), salt: session.settings().salt.clone() })
    }

    /// `None` = it is not there.
    pub async fn get(&self, key: &ObjectKey, version: Option<&str>) -> Result<Option<Value>, ApiError> {
        Ok(self.read(key, version).await?.map(|(object, _)| object))
    }

    /// With the newest change that no engine made.
    pub async fn read(&self, key: &ObjectKey, version: Option<&str>) -> Result<Option<(Value, Option<Edit>)>, ApiError> {
        let mut found = self.whole(key, version).await?;
        if let Some(metadata) = found.as_mut().and_then(|(value, _)| value.get_mut("metadata")).and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        Ok(found)
    }

    /// As `read`, and with who set which field: names of fields, which stay readable of a Secret too.
    async fn whole(&self, key: &ObjectKey, version: Option<&str>) -> Result<Option<(Value, Option<Edit>)>, ApiError> {
        let mapping = self.mapper.find(&self.api, &key.group, &key.kind, version).await?;
        let mapping = mapping.ok_or_else(|| {
            let group = if key.group.is_empty() { "core" } else { &key.group };
            ApiError::new(Class::NotServed, &format!("{} of {group} is not served here", key.kind))
        })?;
        // A cluster-scoped object may be listed with the app's namespace.
        let namespace = if mapping.namespaced { key.namespace.as_str() } else { "" };
        let url = path(&key.group, &mapping.version, namespace, &mapping.plural, &key.name);
        match self.api.get::<Value>(&url).await {
            Ok(mut value) => {
                let edit = edit::newest(&value);
                let managers = value.pointer("/metadata/managedFields").cloned();
                mask_secret(&mut value, &self.salt);
                if let (Some(managers), Some(metadata)) = (managers, value.get_mut("metadata").and_then(Value::as_object_mut)) {
                    metadata.insert("managedFields".into(), managers);
                }
                Ok(Some((value, edit)))
            }
            Err(e) if e.class == Class::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }
}

/// Runs at most eight at once; answers in the order of the questions.
pub(super) fn ordered<'a, T: Send + 'a, F: Future<Output = T> + Send + 'a>(
    questions: impl Iterator<Item = F>,
) -> futures::future::BoxFuture<'a, Vec<T>> {
    // Collected and boxed: a lazy iterator over borrowed keys makes the whole future lose its `Send`.
    let questions: Vec<F> = questions.collect();
    Box::pin(futures::stream::iter(questions).buffered(PARALLEL).collect())
}

impl SessionHandle {
    /// One object as it is now; `None` = it is not there. Secret values are hidden.
    ///
    /// # Errors
    /// Not connected, not served, forbidden.
    pub async fn get(&self, key: &ObjectKey) -> Result<Option<Value>, ApiError> {
        Reader::of(self)?.get(key, None).await
    }

    /// Objects for a diff, in the order asked; each with its own failure, and with who set which field. Secret values are hidden.
    pub async fn objects(&self, keys: &[ObjectKey]) -> Vec<(ObjectKey, Result<Option<Value>, String>)> {
        let reader = match Reader::of(self) {
            Ok(reader) => reader,
            Err(e) => return keys.iter().map(|k| (k.clone(), Err(e.message.clone()))).collect(),
        };
        ordered(keys.iter().map(|key| {
            let (reader, key) = (reader.clone(), key.clone());
            async move {
                let read = reader.whole(&key, None).await.map_err(|e| e.message);
                (key, read.map(|found| found.map(|(object, _)| object)))
            }
        }))
        .await
    }
}
