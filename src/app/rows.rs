//! The rows by their app.

use super::fleet::Row;
use super::glance::Glance;
use super::pane::repos::Followers;
use super::relations;
use crate::domain::ids::AppId;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Index;

/// A map of rows. Each is on the heap by itself: a hash table keeps up to half of its places empty, and a row is half a kilobyte.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    all: HashMap<AppId, Slot>,
    /// By what is waited for: who waits for it. Few apps wait, and each frame asks.
    waiting: HashMap<AppId, Vec<AppId>>,
    /// Some row may differ from what it was when this was last asked.
    touched: bool,
    /// The same, of what tells who follows which repository.
    moved: bool,
}

#[derive(Clone, Debug)]
struct Slot {
    /// Hash of the app's name: apps of one name are found without touching the rows of the others.
    name: u32,
    row: Box<Row>,
}

fn hash(name: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    // Half of it is enough: names are compared, too.
    hasher.finish() as u32
}

impl Rows {
    pub fn get(&self, id: &AppId) -> Option<&Row> {
        self.all.get(id).map(|slot| &*slot.row)
    }
    /// Whether some row may have changed since the last call: what is gathered from all of them is then gathered anew.
    pub fn take_touched(&mut self) -> bool {
        std::mem::take(&mut self.touched)
    }
    /// Whether some row may follow another repository or stand elsewhere in it since the last call.
    pub fn take_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }
    pub fn get_mut(&mut self, id: &AppId) -> Option<&mut Row> {
        (self.touched, self.moved) = (true, true);
        self.told_mut(id)
    }
    /// For words that are gathered from no row but this one.
    pub fn told_mut(&mut self, id: &AppId) -> Option<&mut Row> {
        self.all.get_mut(id).map(|slot| &mut *slot.row)
    }
    pub fn insert(&mut self, id: AppId, row: Row) {
        let is = relations::needs(&row.app);
        let old = self.get(&id);
        let touched = old.is_none_or(|old| Glance::part(old) != Glance::part(&row));
        let moved = old.is_none_or(|old| Followers::part(old) != Followers::part(&row));
        let was = old.map(|old| relations::needs(&old.app)).unwrap_or_default();
        self.touched |= touched;
        self.moved |= moved;
        if was != is {
            self.unlink(&id, was);
            is.into_iter().for_each(|need| self.waiting.entry(need).or_default().push(id.clone()));
        }
        let name = hash(&id.name);
        self.all.insert(id, Slot { name, row: Box::new(row) });
    }
    pub fn remove(&mut self, id: &AppId) -> Option<Row> {
        (self.touched, self.moved) = (true, true);
        let row = self.all.remove(id)?.row;
        self.unlink(id, relations::needs(&row.app));
        Some(*row)
    }
    fn unlink(&mut self, id: &AppId, needs: Vec<AppId>) {
        for need in needs {
            if let Some(waiting) = self.waiting.get_mut(&need) {
                waiting.retain(|one| one != id);
                if waiting.is_empty() {
                    self.waiting.remove(&need);
                }
            }
        }
    }
    pub fn contains_key(&self, id: &AppId) -> bool {
        self.all.contains_key(id)
    }
    pub fn keys(&self) -> impl Iterator<Item = &AppId> {
        self.all.keys()
    }
    pub fn values(&self) -> impl Iterator<Item = &Row> {
        self.all.values().map(|slot| &*slot.row)
    }
    /// Apps of this name, wherever they are.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Row> {
        let wanted = hash(name);
        self.all.iter().filter(move |(id, slot)| slot.name == wanted && id.name == name).map(|(_, slot)| &*slot.row)
    }
    /// Apps that wait for this one (`dependsOn`), read or not.
    pub fn waiting_for(&self, id: &AppId) -> impl Iterator<Item = &Row> {
        self.waiting.get(id).into_iter().flatten().filter_map(|id| self.get(id))
    }
    pub fn iter(&self) -> impl Iterator<Item = (&AppId, &Row)> {
        self.all.iter().map(|(id, slot)| (id, &*slot.row))
    }
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.iter_mut().map(|(_, row)| row)
    }
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&AppId, &mut Row)> {
        (self.touched, self.moved) = (true, true);
        self.all.iter_mut().map(|(id, slot)| (id, &mut *slot.row))
    }
    pub fn retain(&mut self, mut keep: impl FnMut(&AppId, &Row) -> bool) {
        let lost: Vec<AppId> = self.iter().filter(|(id, row)| !keep(id, row)).map(|(id, _)| id.clone()).collect();
        lost.iter().for_each(|id| drop(self.remove(id)));
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
        &self.all[id].row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture;

    fn names<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<String> {
        let mut out: Vec<String> = rows.map(|r| format!("{} {}", r.app.id.name, r.app.id.cluster)).collect();
        out.sort();
        out
    }

    fn waits(rows: &Rows, id: &AppId) -> Vec<String> {
        names(rows.values().filter(|r| relations::needs(&r.app).contains(id)))
    }

    #[test]
    fn apps_of_a_name_and_apps_that_wait_are_found_as_a_walk_over_all_finds_them() {
        let mut rows = fixture::night(160, 45).fleet.rows;
        let ids: Vec<AppId> = rows.keys().cloned().collect();
        let waited: Vec<&AppId> = ids.iter().filter(|id| !waits(&rows, id).is_empty()).collect();
        assert!(!waited.is_empty(), "nothing waits in this fleet");
        for id in &ids {
            assert_eq!(names(rows.named(&id.name)), names(rows.values().filter(|r| r.app.id.name == id.name)));
            assert_eq!(names(rows.waiting_for(id)), waits(&rows, id), "{id:?}");
        }
        // They come and go, and cease to wait.
        let waiting: Vec<AppId> = rows.waiting_for(waited[0]).map(|r| r.app.id.clone()).collect();
        let row = rows.remove(&waiting[0]).unwrap();
        assert_eq!(names(rows.waiting_for(waited[0])), waits(&rows, waited[0]));
        assert_eq!(rows.waiting_for(waited[0]).count(), waiting.len() - 1);
        rows.insert(waiting[0].clone(), row.clone());
        rows.insert(waiting[0].clone(), row.clone());
        assert_eq!(rows.waiting_for(waited[0]).count(), waiting.len());
        let mut free = row;
        let crate::domain::app::EngineFields::Flux(flux) = &mut free.app.engine else { panic!("{:?}", free.app.id) };
        flux.depends_on.clear();
        rows.insert(waiting[0].clone(), free);
        assert_eq!(rows.waiting_for(waited[0]).count(), waiting.len() - 1);
        rows.retain(|id, _| !waiting.contains(id));
        assert_eq!(rows.waiting_for(waited[0]).count(), 0);
    }
}
