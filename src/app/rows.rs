//! The rows by their app.

use super::fleet::Row;
use super::glance::Glance;
use crate::domain::ids::AppId;
use std::collections::HashMap;
use std::ops::Index;

/// A map of rows. Each is on the heap by itself: a hash table keeps up to half of its places empty, and a row is half a kilobyte.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    all: HashMap<AppId, Box<Row>>,
    /// Some row may differ from what it was when this was last asked.
    touched: bool,
}

impl Rows {
    pub fn get(&self, id: &AppId) -> Option<&Row> {
        self.all.get(id).map(Box::as_ref)
    }
    /// Whether some row may have changed since the last call: what is gathered from all of them is then gathered anew.
    pub fn take_touched(&mut self) -> bool {
        std::mem::take(&mut self.touched)
    }
    pub fn get_mut(&mut self, id: &AppId) -> Option<&mut Row> {
        self.touched = true;
        self.all.get_mut(id).map(Box::as_mut)
    }
    /// For words that are gathered from no row but this one.
    pub fn told_mut(&mut self, id: &AppId) -> Option<&mut Row> {
        self.all.get_mut(id).map(Box::as_mut)
    }
    pub fn insert(&mut self, id: AppId, row: Row) {
        self.touched |= self.get(&id).is_none_or(|old| Glance::part(old) != Glance::part(&row));
        self.all.insert(id, Box::new(row));
    }
    pub fn remove(&mut self, id: &AppId) -> Option<Row> {
        self.touched = true;
        self.all.remove(id).map(|row| *row)
    }
    pub fn contains_key(&self, id: &AppId) -> bool {
        self.all.contains_key(id)
    }
    pub fn keys(&self) -> impl Iterator<Item = &AppId> {
        self.all.keys()
    }
    pub fn values(&self) -> impl Iterator<Item = &Row> {
        self.all.values().map(Box::as_ref)
    }
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.touched = true;
        self.all.values_mut().map(Box::as_mut)
    }
    pub fn iter(&self) -> impl Iterator<Item = (&AppId, &Row)> {
        self.all.iter().map(|(id, row)| (id, row.as_ref()))
    }
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&AppId, &mut Row)> {
        self.touched = true;
        self.all.iter_mut().map(|(id, row)| (id, row.as_mut()))
    }
    pub fn retain(&mut self, mut keep: impl FnMut(&AppId, &Row) -> bool) {
        self.touched = true;
        self.all.retain(|id, row| keep(id, row));
    }
    pub fn len(&self) -> usize {
        self.all.len()
    }
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl Index<&AppId> for Rows {
    type Output = Row;
    /// For tests and places that have just looked; panics on a row that is not there, as maps do.
    fn index(&self, id: &AppId) -> &Row {
        &self.all[id]
    }
}
