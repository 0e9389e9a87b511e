//! The rows by their app.

use super::fleet::Row;
use crate::domain::ids::AppId;
use std::collections::HashMap;
use std::ops::Index;

/// A map of rows. Each is on the heap by itself: a hash table keeps up to half of its places empty, and a row is half a kilobyte.
#[derive(Clone, Debug, Default)]
pub struct Rows(HashMap<AppId, Box<Row>>);

impl Rows {
    pub fn get(&self, id: &AppId) -> Option<&Row> {
        self.0.get(id).map(Box::as_ref)
    }
    pub fn get_mut(&mut self, id: &AppId) -> Option<&mut Row> {
        self.0.get_mut(id).map(Box::as_mut)
    }
    pub fn insert(&mut self, id: AppId, row: Row) {
        self.0.insert(id, Box::new(row));
    }
    pub fn remove(&mut self, id: &AppId) -> Option<Row> {
        self.0.remove(id).map(|row| *row)
    }
    pub fn contains_key(&self, id: &AppId) -> bool {
        self.0.contains_key(id)
    }
    pub fn keys(&self) -> impl Iterator<Item = &AppId> {
        self.0.keys()
    }
    pub fn values(&self) -> impl Iterator<Item = &Row> {
        self.0.values().map(Box::as_ref)
    }
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.0.values_mut().map(Box::as_mut)
    }
    pub fn iter(&self) -> impl Iterator<Item = (&AppId, &Row)> {
        self.0.iter().map(|(id, row)| (id, row.as_ref()))
    }
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&AppId, &mut Row)> {
        self.0.iter_mut().map(|(id, row)| (id, row.as_mut()))
    }
    pub fn retain(&mut self, mut keep: impl FnMut(&AppId, &Row) -> bool) {
        self.0.retain(|id, row| keep(id, row));
    }
    pub fn len(&self) -> usize {
        self.0.len()
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Index<&AppId> for Rows {
    type Output = Row;
    /// For tests and places that have just looked; panics on a row that is not there, as maps do.
    fn index(&self, id: &AppId) -> &Row {
        &self.0[id]
    }
}
