//! The commits of the range: what the cursor walks over, what is marked, and what a mark reaches.

use super::{Rollback, Stage};
use crate::domain::commit::{Commit, Suspect};
use crate::domain::ids::AppId;
use std::collections::HashMap;

impl Rollback {
    /// What the cursor walks over: suspects, and with `t` the other commits of the range, newest first.
    pub fn rows(&self) -> Vec<(&Commit, Option<&Suspect>)> {
        let Some(list) = &self.list else { return Vec::new() };
        let mut out: Vec<(&Commit, Option<&Suspect>)> = list.suspects.iter().map(|s| (&s.commit, Some(s))).collect();
        // A mark is never out of sight: what is marked is what a revert undoes.
        let others = list.others.iter().filter(|c| self.show_all || self.marked.contains(&c.id));
        out.extend(others.map(|c| (c, None)));
        let order = self.order();
        let place: HashMap<&str, usize> = order.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
        out.sort_by_key(|(c, _)| place.get(c.id.as_str()).copied());
        out
    }

    /// Shows or hides the commits of other paths; the cursor stays on its commit.
    pub fn toggle_all(&mut self) {
        let here = self.rows().get(self.cursor).map(|(c, _)| c.id.clone());
        self.show_all = !self.show_all;
        let rows = self.rows();
        let again = rows.iter().position(|(c, _)| here.as_ref() == Some(&c.id));
        self.cursor = again.unwrap_or_else(|| self.cursor.min(rows.len().saturating_sub(1)));
    }

    pub fn toggle_mark(&mut self) {
        let Some(id) = self.rows().get(self.cursor).map(|(c, _)| c.id.clone()) else { return };
        if self.marked.contains(&id) {
            self.marked.retain(|m| *m != id);
        } else {
            self.marked.push(id);
        }
        // A commit of other paths goes with its mark.
        self.cursor = self.cursor.min(self.rows().len().saturating_sub(1));
        self.sort_marks();
        self.preview = None;
        self.plan = None;
    }

    /// Commits of the range, newest first, as history has them.
    fn order(&self) -> Vec<String> {
        let Some(list) = &self.list else { return Vec::new() };
        if !list.range.is_empty() {
            return list.range.iter().map(|(id, _)| id.clone()).collect();
        }
        let mut all: Vec<&Commit> = list.suspects.iter().map(|s| &s.commit).chain(&list.others).collect();
        all.sort_by_key(|c| std::cmp::Reverse(c.at));
        all.into_iter().map(|c| c.id.clone()).collect()
    }

    /// The operator changed the message: a new preview does not take that away.
    pub(super) fn is_edited(&self) -> bool {
        let text = self.message.lines().join("\n");
        !text.trim().is_empty() && text.trim_end() != self.default_message.trim_end()
    }

    /// `G` leads somewhere: to a good revision or to none at all. Not where no revert would change what runs.
    pub fn other_good(&self) -> bool {
        self.stage == Stage::Suspects && !self.goods.is_empty() && !self.off
    }

    /// The other apps whose path set a commit of the range touches.
    pub fn touches(&self, id: &str) -> &[AppId] {
        let known = self.list.as_ref().and_then(|l| l.range.iter().find(|(commit, _)| commit == id)).map(|(_, apps)| apps.as_slice());
        known.or_else(|| self.suspect(id).map(|s| s.also.as_slice())).unwrap_or_default()
    }

    pub fn suspect(&self, id: &str) -> Option<&Suspect> {
        self.list.as_ref()?.suspects.iter().find(|s| s.commit.id == id)
    }

    /// A commit of the range, whether it touches what the app is built from or not.
    pub fn commit(&self, id: &str) -> Option<&Commit> {
        let list = self.list.as_ref()?;
        list.suspects.iter().map(|s| &s.commit).chain(&list.others).find(|c| c.id == id)
    }

    /// The marked commits that are merges.
    pub fn marked_merges(&self) -> impl Iterator<Item = &Commit> {
        self.marked.iter().filter_map(|id| self.commit(id)).filter(|c| c.is_merge())
    }

    /// A later commit of the range that changed the lines of a conflict: undone first, the conflict is gone.
    pub fn later(&self) -> Option<&str> {
        let range = self.order();
        let conflicts = &self.preview.as_ref().filter(|_| self.stage == Stage::Preview)?.conflicts;
        let later = conflicts.iter().flat_map(|c| &c.later).map(|c| c.id.as_str());
        later.into_iter().find(|id| range.iter().any(|r| r == id) && !self.marked.iter().any(|m| m == id))
    }

    pub(super) fn sort_marks(&mut self) {
        // Newest first: that is the order in which they are undone.
        let order = self.order();
        self.marked.sort_by_key(|m| order.iter().position(|o| o == m));
    }

    pub(super) fn commits(&self) -> Vec<(String, Option<u32>)> {
        let is_merge = |id: &str| self.commit(id).is_some_and(Commit::is_merge);
        self.marked.iter().map(|id| (id.clone(), is_merge(id).then(|| self.mainline.get(id).copied().unwrap_or(1)))).collect()
    }
}
