//! Choices made on screen; the configuration file is never rewritten for them.

use super::error::StoreError;
use super::{Store, VERSION, place};
use crate::domain::view::SavedView;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a cluster was at the last contact; see the page on identity in the crate docs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    pub server: String,
    /// Digest of the certificate authority, where one is configured.
    #[serde(default)]
    pub ca: Option<String>,
    #[serde(default)]
    pub tls_server_name: Option<String>,
    /// Uid of the namespace kube-system, where it may be read.
    #[serde(default)]
    pub uid: Option<String>,
}

impl From<crate::domain::cluster::Fingerprint> for Fingerprint {
    fn from(f: crate::domain::cluster::Fingerprint) -> Self {
        Self { server: f.server, ca: (!f.ca.is_empty()).then_some(f.ca), tls_server_name: f.tls_server_name, uid: f.uid }
    }
}

impl From<Fingerprint> for crate::domain::cluster::Fingerprint {
    fn from(f: Fingerprint) -> Self {
        Self { server: f.server, ca: f.ca.unwrap_or_default(), tls_server_name: f.tls_server_name, uid: f.uid }
    }
}

/// `marks.json`. Fields of a newer version that we do not know are kept as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Marks {
    /// Contexts picked at the first start; `None` = not asked yet.
    pub contexts: Option<Vec<String>>,
    /// Context to protected or not, as marked on screen.
    pub protected: BTreeMap<String, bool>,
    /// Argo destination (name or server) to context.
    pub destinations: BTreeMap<String, String>,
    pub fingerprints: BTreeMap<String, Fingerprint>,
    /// The filter that a run starts with.
    pub filter: Option<String>,
    pub views: Vec<SavedView>,
    pub theme: Option<String>,
    pub list_mode: BTreeMap<String, String>,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Store {
    /// The marks, and the names of fields that could not be read and count as unset. Errors: `Newer`, `Unreadable`, `Denied`, `Other`.
    pub fn load_marks(&self) -> Result<(Marks, Vec<String>), StoreError> {
        let Some(mut map) = place::read::<Map<String, Value>>(&self.marks_path())? else { return Ok(Default::default()) };
        map.remove("v");
        let mut bad = Vec::new();
        let marks = Marks {
            contexts: take(&mut map, "contexts", &mut bad),
            protected: take(&mut map, "protected", &mut bad),
            destinations: take(&mut map, "destinations", &mut bad),
            fingerprints: take(&mut map, "fingerprints", &mut bad),
            filter: take(&mut map, "filter", &mut bad),
            views: take(&mut map, "views", &mut bad),
            theme: take(&mut map, "theme", &mut bad),
            list_mode: take(&mut map, "list_mode", &mut bad),
            other: map,
        };
        Ok((marks, bad))
    }

    /// Reads, changes and writes in one piece, so that two programs do not undo each other's marks. Gives what was written.
    pub fn change_marks(&self, change: impl FnOnce(&mut Marks)) -> Result<Marks, StoreError> {
        let _lock = place::lock(&self.dir, true)?;
        let (mut marks, _) = match self.load_marks() {
            // Set aside under another name: the marks begin anew.
            Err(error) if error.class == super::StoreClass::Unreadable => Default::default(),
            other => other?,
        };
        change(&mut marks);
        let path = self.marks_path();
        let mut value = serde_json::to_value(&marks).map_err(|e| StoreError::io(&path, &e.into()))?;
        if let Value::Object(map) = &mut value {
            map.insert("v".into(), VERSION.into());
        }
        let text = serde_json::to_vec_pretty(&value).map_err(|e| StoreError::io(&path, &e.into()))?;
        place::replace(&path, &text)?;
        Ok(marks)
    }

    fn marks_path(&self) -> std::path::PathBuf {
        self.dir.join("marks.json")
    }
}

fn take<T: DeserializeOwned + Default>(map: &mut Map<String, Value>, name: &str, bad: &mut Vec<String>) -> T {
    match map.remove(name).map(serde_json::from_value) {
        None => T::default(),
        Some(Ok(value)) => value,
        Some(Err(_)) => {
            bad.push(name.to_owned());
            T::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::StoreClass;
    use super::*;

    #[test]
    fn marks_are_kept_and_two_programs_do_not_undo_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (Store::open(dir.path()).unwrap(), Store::open(dir.path()).unwrap());
        one.change_marks(|m| m.contexts = Some(vec!["prod".into()])).unwrap();
        two.change_marks(|m| {
            m.protected.insert("prod".into(), true);
        })
        .unwrap();
        let (marks, bad) = one.load_marks().unwrap();
        assert_eq!((marks.contexts.as_deref(), marks.protected.get("prod")), (Some(["prod".to_owned()].as_slice()), Some(&true)));
        assert!(bad.is_empty());
    }

    #[test]
    fn one_bad_field_does_not_cost_the_others_and_unknown_fields_stay() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let path = dir.path().join("marks.json");
        std::fs::write(&path, r#"{"v":1,"contexts":5,"filter":"status:failed","later":[1]}"#).unwrap();
        let (marks, bad) = store.load_marks().unwrap();
        assert_eq!((marks.filter.as_deref(), bad), (Some("status:failed"), vec!["contexts".to_owned()]));
        store.change_marks(|m| m.filter = None).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("later"));
        std::fs::write(&path, r#"{"v":2}"#).unwrap();
        assert_eq!(store.change_marks(|_| {}).unwrap_err().class, StoreClass::Newer);
    }
}
