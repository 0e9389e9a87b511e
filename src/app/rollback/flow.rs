//! Steps 1 and 2: suspects and preview; opening, answers, moving, going back.

use super::source::{claim, git_source, goods, pinned};
use super::{Good, PathClaim, Rollback, Stage};
use crate::app::effect::{Effect, PreviewRequest, SuspectsRequest};
use crate::app::msg::{RollbackTrouble, SuspectList};
use crate::app::state::{AppState, Screen};
use crate::domain::app::App;
use crate::domain::commit::{Commit, Suspect, short_rev};
use crate::domain::diff::RevertPreview;
use crate::domain::ids::{AppId, TaskId};
use crate::domain::plan::{FailClass, Outcome, Target};
use crate::domain::source::RefKind;
use std::collections::{BTreeMap, HashMap};
use tui_textarea::TextArea;

/// A revert of ours that is to be reverted, and the tip it was made on.
pub struct Undo {
    pub commit: String,
    pub base: String,
}

impl Undo {
    fn good(&self) -> Good {
        Good {
            revision: self.base.clone(),
            evidence: "not known good: the tip that was rolled back, where this range starts".into(),
            source: "our journal".into(),
        }
    }
}

fn branch_of(state: &AppState, screen: &Rollback) -> Option<String> {
    match &screen.reference {
        RefKind::Branch(b) => Some(b.clone()),
        reference => state.fleet.repos.get(&screen.repo).and_then(|r| r.branch_of(reference)),
    }
}

/// Asks for the suspects, or explains why no revert would change what runs.
fn begin(state: &mut AppState, screen: &mut Rollback, app: &App) -> Vec<Effect> {
    screen.off = false;
    let found = git_source(app).and_then(|(source, url)| {
        screen.repo = source.repo().unwrap_or_else(|| screen.repo.clone());
        // Two apps may write one repository in two ways; what is fetched and pushed is the one that is followed.
        screen.url = state.fleet.repos.get(&screen.repo).map_or(url, |r| r.url.clone());
        screen.reference = source.reference.clone();
        screen.branch = branch_of(state, screen);
        pinned(state, screen, app, source).map_or(Ok(source), Err)
    });
    match found {
        Ok(_) => ask_suspects(state, screen, app),
        Err(trouble) => {
            screen.trouble = Some(trouble);
            screen.off = true;
            Vec::new()
        }
    }
}

/// The range is read again, for the app as it is now.
fn begin_again(state: &mut AppState, mut screen: Box<Rollback>) -> Vec<Effect> {
    let app = state.fleet.rows.get(&screen.target.app).map(|r| App::clone(&r.app));
    let effects = app.map(|app| begin(state, &mut screen, &app)).unwrap_or_default();
    state.screen = Screen::Rollback(screen);
    effects
}

/// Opens the rollback of the row under the cursor.
pub fn open(state: &mut AppState, undo: Option<Undo>) -> Vec<Effect> {
    let Some(row) = state.row() else { return Vec::new() };
    let app = row.app.clone();
    let target = Target {
        app: app.id.clone(),
        uid: app.uid.clone(),
        resource_version: app.resource_version.clone(),
        revision: app.revision.clone(),
        runs_on: app.runs_on().to_owned(),
        frozen_at: state.now,
    };
    let title = format!("{} {} {}", app.id.name, app.runs_on(), app.id.kind.short());
    // The range of an undo must hold our commit: only so is it known which apps it reaches.
    let goods: Vec<Good> = undo.iter().map(Undo::good).chain(goods(state, &app)).collect();
    let mut screen = Rollback {
        target,
        app_title: title,
        stage: Stage::Suspects,
        waiting: None,
        repo: crate::domain::repo::RepoId(String::new()),
        url: String::new(),
        reference: RefKind::Head,
        branch: None,
        good: (!goods.is_empty()).then_some(0),
        goods,
        list: None,
        show_all: false,
        cursor: 0,
        marked: undo.iter().map(|u| u.commit.clone()).collect(),
        undo: undo.map(|u| u.commit),
        mainline: BTreeMap::new(),
        preview: None,
        scroll: 0,
        message: TextArea::default(),
        default_message: String::new(),
        editing: false,
        plan: None,
        check: None,
        onward: false,
        aged_at: state.now,
        task: None,
        trouble: None,
        off: false,
        opened_at: state.now,
    };
    let effects = begin(state, &mut screen, &app);
    state.screen = Screen::Rollback(Box::new(screen));
    state.dirty = true;
    effects
}

/// What the other apps that follow the branch are built from.
fn others(state: &AppState, screen: &Rollback) -> Vec<PathClaim> {
    let rows = state.fleet.rows.values().filter(|r| r.app.id != screen.target.app && super::follows(state, screen, &r.app));
    rows.filter_map(|r| claim(&r.app, &screen.repo)).collect()
}

fn ask_suspects(state: &mut AppState, screen: &mut Rollback, app: &App) -> Vec<Effect> {
    let Some(own) = claim(app, &screen.repo) else { return Vec::new() };
    let others = others(state, screen);
    let task = state.take_task_id();
    screen.waiting = Some(task);
    screen.trouble = None;
    screen.list = None;
    screen.cursor = 0;
    let good = screen.good.and_then(|i| screen.goods.get(i)).map(|g| g.revision.clone());
    vec![Effect::Suspects {
        task,
        request: Box::new(SuspectsRequest {
            app: app.clone(),
            repo: screen.repo.clone(),
            url: screen.url.clone(),
            reference: screen.reference.clone(),
            good,
            own,
            others,
        }),
    }]
}

pub fn on_suspects(state: &mut AppState, task: TaskId, result: Result<SuspectList, RollbackTrouble>) -> Vec<Effect> {
    let Screen::Rollback(screen) = &mut state.screen else { return Vec::new() };
    if screen.waiting != Some(task) {
        return Vec::new();
    }
    screen.waiting = None;
    state.dirty = true;
    match result {
        Ok(list) => {
            screen.branch = Some(list.branch.clone());
            // The commit of an undo is what this is about, wherever the range starts.
            let own = screen.undo.clone();
            let has = |id: &String| list.suspects.iter().any(|s| s.commit.id == *id) || list.others.iter().any(|c| c.id == *id);
            let (kept, lost): (Vec<_>, Vec<_>) =
                std::mem::take(&mut screen.marked).into_iter().partition(|id| Some(id) == own.as_ref() || has(id));
            screen.marked = kept;
            if let Some(at) = screen.marked.first().and_then(|id| list.suspects.iter().position(|s| s.commit.id == *id)) {
                screen.cursor = at;
            }
            screen.list = Some(list);
            let onward = std::mem::take(&mut screen.onward);
            if onward && lost.is_empty() && !screen.marked.is_empty() {
                (screen.stage, screen.onward) = (Stage::Preview, true);
                return ask_preview(state);
            }
            if !lost.is_empty() {
                let names = lost.iter().map(|id| short_rev(id)).collect::<Vec<_>>().join(", ");
                state.notices.flash(state.now, format!("{names} is not in this range any more: unmarked."));
            }
            Vec::new()
        }
        Err(trouble) => {
            screen.trouble = Some(trouble);
            screen.onward = false;
            Vec::new()
        }
    }
}

pub fn on_preview(state: &mut AppState, task: TaskId, result: Result<RevertPreview, RollbackTrouble>) -> Vec<Effect> {
    let Screen::Rollback(screen) = &mut state.screen else { return Vec::new() };
    if screen.waiting != Some(task) {
        return Vec::new();
    }
    screen.waiting = None;
    state.dirty = true;
    let onward = std::mem::take(&mut screen.onward) && result.is_ok();
    match result {
        Ok(preview) => {
            if !screen.is_edited() {
                screen.message = TextArea::from(preview.message.lines().map(str::to_owned));
            }
            screen.default_message.clone_from(&preview.message);
            screen.preview = Some(preview);
            screen.scroll = 0;
        }
        Err(trouble) => screen.trouble = Some(trouble),
    }
    if onward { super::plan::open(state) } else { Vec::new() }
}

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
    fn is_edited(&self) -> bool {
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

    fn sort_marks(&mut self) {
        // Newest first: that is the order in which they are undone.
        let order = self.order();
        self.marked.sort_by_key(|m| order.iter().position(|o| o == m));
    }

    fn commits(&self) -> Vec<(String, Option<u32>)> {
        let is_merge = |id: &str| self.commit(id).is_some_and(Commit::is_merge);
        self.marked.iter().map(|id| (id.clone(), is_merge(id).then(|| self.mainline.get(id).copied().unwrap_or(1)))).collect()
    }
}

pub fn scroll(screen: &mut Rollback, by: i64) {
    let clamp = |at: usize, len: usize| {
        let to = i64::try_from(at).unwrap_or(0).saturating_add(by).max(0);
        usize::try_from(to).unwrap_or(0).min(len.saturating_sub(1))
    };
    if screen.stage == Stage::Suspects {
        screen.cursor = clamp(screen.cursor, screen.rows().len());
    } else {
        screen.scroll = u16::try_from(clamp(usize::from(screen.scroll), 5000)).unwrap_or(0);
    }
}

/// Enter: on to the next step, when this one is complete.
pub fn next(state: &mut AppState) -> Vec<Effect> {
    if is_refused(state) {
        return again(state);
    }
    let Screen::Rollback(screen) = &mut state.screen else { return Vec::new() };
    if screen.waiting.is_some() {
        return Vec::new();
    }
    match screen.stage {
        Stage::Suspects if screen.list.is_none() => Vec::new(),
        Stage::Suspects if screen.marked.is_empty() => {
            state.notices.flash(state.now, "Mark the commits to undo with space.");
            Vec::new()
        }
        Stage::Suspects => {
            screen.stage = Stage::Preview;
            ask_preview(state)
        }
        Stage::Preview => super::plan::open(state),
        Stage::Plan | Stage::Push => Vec::new(),
        Stage::Follow => {
            state.screen = Screen::Main;
            state.dirty = true;
            Vec::new()
        }
    }
}

fn ask_preview(state: &mut AppState) -> Vec<Effect> {
    let task = state.take_task_id();
    let Screen::Rollback(screen) = &state.screen else { return Vec::new() };
    let others = others(state, screen);
    let Screen::Rollback(screen) = &mut state.screen else { return Vec::new() };
    let Some(list) = &screen.list else { return Vec::new() };
    let request = PreviewRequest {
        repo: screen.repo.clone(),
        url: screen.url.clone(),
        branch: list.branch.clone(),
        base: list.tip.clone(),
        commits: screen.commits(),
        others,
    };
    screen.waiting = Some(task);
    screen.preview = None;
    screen.trouble = None;
    vec![Effect::Preview { task, request: Box::new(request) }]
}

/// `G`: the range starts at the next good revision we know of; after the last one at none, which lists the newest commits.
pub fn next_good(state: &mut AppState) -> Vec<Effect> {
    let Screen::Rollback(mut screen) = std::mem::take(&mut state.screen) else { return Vec::new() };
    if screen.other_good() {
        screen.good = Some(screen.good.map_or(0, |g| g + 1)).filter(|g| *g < screen.goods.len());
        screen.marked.clear();
        return begin_again(state, screen);
    }
    state.screen = Screen::Rollback(screen);
    Vec::new()
}

/// Space at a conflict: the later commit is undone as well.
pub fn mark_later(state: &mut AppState) -> Vec<Effect> {
    let Screen::Rollback(screen) = &mut state.screen else { return Vec::new() };
    let Some(id) = screen.later().map(str::to_owned) else { return Vec::new() };
    screen.marked.push(id);
    screen.sort_marks();
    ask_preview(state)
}

/// `m`: undo a merge against its other parent. With several merges their choices count up like digits, so that each combination comes.
pub fn next_mainline(state: &mut AppState) -> Vec<Effect> {
    let Screen::Rollback(screen) = &mut state.screen else { return Vec::new() };
    if screen.stage != Stage::Preview {
        return Vec::new();
    }
    let merges: Vec<(String, usize)> = screen.marked_merges().map(|c| (c.id.clone(), c.parents.len())).collect();
    if merges.is_empty() {
        return Vec::new();
    }
    for (id, parents) in merges {
        let parents = u32::try_from(parents).unwrap_or(2).max(1);
        let next = screen.mainline.get(&id).copied().unwrap_or(1) % parents + 1;
        screen.mainline.insert(id, next);
        if next != 1 {
            break;
        }
    }
    ask_preview(state)
}

/// The push was answered with no: nothing was written and the plan can be made anew.
pub fn is_refused(state: &AppState) -> bool {
    let Screen::Rollback(screen) = &state.screen else { return false };
    let task = screen.task.and_then(|id| state.task(id));
    screen.stage == Stage::Push && task.is_some_and(|t| t.outcome.as_ref().is_some_and(|o| !matches!(o, Outcome::Sent { .. })))
}

/// The answer says nothing about the branch: the same commit may be sent again, for example once the hook or the login is content.
fn keeps_base(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Refused { .. } => true,
        Outcome::Failed { class, .. } => !matches!(class, FailClass::Moved | FailClass::NotFound),
        Outcome::Sent { .. } | Outcome::Unknown { .. } | Outcome::Cancelled => false,
    }
}

/// Enter after a refused push: back to the plan. Where the branch is not as it was, the range is read again from the remote first. What was
/// marked stays marked and what was written stays written.
fn again(state: &mut AppState) -> Vec<Effect> {
    if let (true, Screen::Rollback(screen)) = (has_same_base(state), &mut state.screen) {
        screen.stage = Stage::Preview;
        screen.plan = None;
        screen.task = None;
        return super::plan::open(state);
    }
    plan_again(state)
}

fn has_same_base(state: &AppState) -> bool {
    let task = if let Screen::Rollback(screen) = &state.screen { screen.task.and_then(|id| state.task(id)) } else { None };
    task.and_then(|t| t.outcome.as_ref()).is_some_and(keeps_base)
}

/// The range is read anew; preview and plan follow by themselves while every mark is still in it.
pub fn plan_again(state: &mut AppState) -> Vec<Effect> {
    reread(state, true)
}

fn reread(state: &mut AppState, onward: bool) -> Vec<Effect> {
    let Screen::Rollback(mut screen) = std::mem::take(&mut state.screen) else { return Vec::new() };
    screen.stage = Stage::Suspects;
    screen.plan = None;
    screen.check = None;
    screen.preview = None;
    screen.task = None;
    screen.onward = onward;
    begin_again(state, screen)
}

/// Esc: one step back; what was marked stays. After the push it leaves the task running.
pub fn back(state: &mut AppState) -> Vec<Effect> {
    state.dirty = true;
    if is_refused(state) {
        return if has_same_base(state) { again(state) } else { reread(state, false) };
    }
    let Screen::Rollback(screen) = &mut state.screen else { return Vec::new() };
    screen.waiting = None;
    screen.onward = false;
    match screen.stage {
        Stage::Preview => {
            screen.stage = Stage::Suspects;
            screen.trouble = None;
        }
        Stage::Plan => {
            screen.stage = Stage::Preview;
            screen.plan = None;
            screen.check = None;
        }
        Stage::Suspects | Stage::Push | Stage::Follow => {
            let id = screen.target.app.clone();
            state.screen = Screen::Main;
            if let Some(at) = crate::app::list::position_of(state, &id) {
                crate::app::list::go_to(state, at);
            }
        }
    }
    Vec::new()
}
