//! Steps 1 and 2: suspects and preview; opening, answers, moving, going back.

use super::again::{again, has_same_base, is_refused, reread};
use super::source::{self, claim, git_source, goods, pinned};
use super::{Good, PathClaim, Rollback, Stage};
use crate::app::effect::{Effect, PreviewRequest, SuspectsRequest};
use crate::app::msg::{RollbackTrouble, SuspectList};
use crate::app::overlay::Overlay;
use crate::app::state::{AppState, Screen};
use crate::domain::app::App;
use crate::domain::commit::short_rev;
use crate::domain::diff::RevertPreview;
use crate::domain::ids::TaskId;
use crate::domain::plan::Target;
use crate::domain::repo::RepoId;
use crate::domain::source::RefKind;
use std::collections::BTreeMap;
use tui_textarea::TextArea;

/// A revert of ours that is to be reverted, the tip it was made on, and what it took out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    pub repo: RepoId,
    pub commit: String,
    pub base: String,
    pub took_out: Vec<String>,
}

impl Undo {
    fn good(&self) -> Good {
        Good { revision: self.base.clone(), evidence: "the tip that was rolled back, not known good".into(), source: "our journal".into() }
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
    let wanted = screen.wanted.clone();
    let found = git_source(app, wanted.as_ref()).and_then(|(source, url)| {
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
pub(super) fn begin_again(state: &mut AppState, mut screen: Box<Rollback>) -> Vec<Effect> {
    let app = state.fleet.rows.get(&screen.target.app).map(|r| App::clone(&r.app));
    let effects = app.map(|app| begin(state, &mut screen, &app)).unwrap_or_default();
    state.screen = Screen::Rollback(screen);
    effects
}

/// Opens the rollback of the row under the cursor; asks which repository where several have changed since they were well.
pub fn open(state: &mut AppState, undo: Option<Undo>) -> Vec<Effect> {
    let Some(row) = state.row() else { return Vec::new() };
    if undo.is_some() {
        return open_in(state, undo, None);
    }
    let (app, choices) = (row.app.id.clone(), source::choices(state, &row.app));
    let has_moved = |c: &&source::Choice| c.since.as_ref().is_none_or(|(_, moved)| *moved);
    let moved: Vec<RepoId> = choices.iter().filter(has_moved).map(|c| c.repo.clone()).collect();
    match &moved[..] {
        _ if choices.is_empty() => open_in(state, None, None),
        [only] => open_in(state, None, Some(only.clone())),
        _ => {
            state.overlays.push(Overlay::Repositories { app, cursor: 0 });
            Vec::new()
        }
    }
}

/// Opens the rollback of the row under the cursor in one of its repositories; `None` = its first.
pub fn open_in(state: &mut AppState, undo: Option<Undo>, wanted: Option<RepoId>) -> Vec<Effect> {
    let Some(row) = state.row() else { return Vec::new() };
    let app = row.app.clone();
    let wanted = undo.as_ref().map(|u| u.repo.clone()).or(wanted);
    let target = Target {
        app: app.id.clone(),
        uid: app.uid.clone(),
        resource_version: app.resource_version.clone(),
        revision: app.revision.clone(),
        runs_on: app.runs_on().to_owned(),
        names: Vec::new(),
        frozen_at: state.now,
    };
    super::left::leave(state);
    let title = format!("{} {} {}", app.id.name, app.runs_on(), app.id.kind.short());
    // The range of an undo must hold our commit: only so is it known which apps it reaches.
    let goods: Vec<Good> = undo.iter().map(Undo::good).chain(goods(state, &app, wanted.as_ref())).collect();
    let mut screen = Rollback {
        target,
        app_title: title,
        stage: Stage::Suspects,
        waiting: None,
        repo: RepoId(String::new()),
        wanted,
        url: String::new(),
        reference: RefKind::Head,
        branch: None,
        good: (!goods.is_empty()).then_some(0),
        goods,
        list: None,
        show_all: false,
        cursor: 0,
        marked: undo.iter().map(|u| u.commit.clone()).collect(),
        undo,
        mainline: BTreeMap::new(),
        preview: None,
        scroll: 0,
        message: TextArea::default(),
        default_message: String::new(),
        editing: false,
        plan: None,
        check: None,
        onward: false,
        reread_for: None,
        aged_at: state.now,
        task: None,
        before: None,
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

/// The range is read again where a poll saw the branch move; until the answer the old list stays, and marks outlive it.
pub fn follow_branch(state: &mut AppState) -> Vec<Effect> {
    let Screen::Rollback(screen) = &state.screen else { return Vec::new() };
    let is_open = screen.stage == Stage::Suspects && screen.waiting.is_none() && screen.trouble.is_none();
    let polled = state.fleet.repos.get(&screen.repo).and_then(|r| r.polled_at);
    if !is_open || polled == screen.reread_for || super::check::moved_to(state, screen).is_none() {
        return Vec::new();
    }
    let Some(app) = state.fleet.rows.get(&screen.target.app).map(|r| r.app.clone()) else { return Vec::new() };
    let Screen::Rollback(mut screen) = std::mem::take(&mut state.screen) else { return Vec::new() };
    let (list, cursor) = (screen.list.take(), screen.cursor);
    let out = ask_suspects(state, &mut screen, &app);
    (screen.list, screen.cursor, screen.reread_for) = (list, cursor, polled);
    state.screen = Screen::Rollback(screen);
    out
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
    let here = screen.rows().get(screen.cursor).map(|(c, _)| c.id.clone());
    let old = screen.list.as_ref().map(|l| l.tip.clone());
    match result {
        Ok(list) => {
            screen.branch = Some(list.branch.clone());
            if old.as_ref().is_some_and(|old| *old != list.tip) {
                let text = format!("{} moved to {}: its commits were read again.", list.branch, short_rev(&list.tip));
                state.notices.flash(state.now, text);
            }
            // The commit of an undo is what this is about, wherever the range starts.
            let own = screen.undo.as_ref().map(|u| u.commit.clone());
            let has = |id: &String| list.suspects.iter().any(|s| s.commit.id == *id) || list.others.iter().any(|c| c.id == *id);
            let (kept, lost): (Vec<_>, Vec<_>) =
                std::mem::take(&mut screen.marked).into_iter().partition(|id| Some(id) == own.as_ref() || has(id));
            screen.marked = kept;
            screen.list = Some(list);
            let under = here.as_ref().or(screen.marked.first());
            screen.cursor = under.and_then(|id| screen.rows().iter().position(|(c, _)| c.id == *id)).unwrap_or(0);
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
        // What is shown stays true of its own tip; the next poll asks again.
        Err(trouble) if screen.list.is_some() => {
            state.notices.flash(state.now, format!("{} The list is that of {}.", trouble.headline, short_rev(&old.unwrap_or_default())));
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
        if screen.stage == Stage::Suspects && screen.list.is_some() {
            state.notices.flash(state.now, "The branch moved; its commits are being read again.");
        }
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
        Stage::Follow => back(state),
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

/// Esc: one step back; what was marked stays. After the push it leaves the task running.
pub fn back(state: &mut AppState) -> Vec<Effect> {
    state.dirty = true;
    if is_refused(state) {
        if let Some(text) = super::refused::task(state).and_then(super::refused::is_kept) {
            state.notices.flash(state.now, text);
        }
        if has_same_base(state) {
            return again(state);
        }
        super::left::keep(state);
        return reread(state, false);
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
            super::left::leave(state);
            if let Some(at) = crate::app::list::position_of(state, &id) {
                crate::app::list::go_to(state, at);
            }
        }
    }
    Vec::new()
}
