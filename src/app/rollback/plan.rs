//! Steps 3 and 4: the plan of a rollback, and the push.

use super::{Rollback, Stage};
use crate::app::action::plan as actions;
use crate::app::effect::Effect;
use crate::app::fleet::Row;
use crate::app::landing::Landing;
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::Confirm;
use crate::app::state::{AppState, Screen};
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::duration::{seconds_between, short_age, until_age_change};
use crate::domain::ids::AppId;
use crate::domain::plan::{Outcome, Plan, PlanChoices, PlanLine, Refusal, RevertRequest, Risk, Step, Target};
use crate::domain::source::RefKind;
use crate::domain::text::shell;
use crate::engine::Verb;

/// Preview is complete: build the plan and show it.
pub fn open(state: &mut AppState) -> Vec<Effect> {
    let Screen::Rollback(screen) = &state.screen else { return Vec::new() };
    let Some(preview) = &screen.preview else { return Vec::new() };
    if !preview.conflicts.is_empty() {
        state.notices.flash(state.now, "There are conflicts: space marks the later commit as well; or esc, and other marks.");
        return Vec::new();
    }
    if preview.already_undone {
        state.notices.flash(state.now, "Nothing would change: these commits are undone already.");
        return Vec::new();
    }
    if screen.message.lines().iter().all(|l| l.trim().is_empty()) {
        state.notices.flash(state.now, "The commit needs a message: e edits it.");
        return Vec::new();
    }
    let Some(plan) = build(state, screen) else { return Vec::new() };
    let refusal = plan.refused.as_ref().map(|r| format!("{} {}", r.headline, r.text));
    let refusal = refusal.map(|reason| actions::journal(state, 0, &plan, None, Some(Outcome::Refused { reason })));
    let confirm = Confirm::new(plan, None, PlanChoices::default(), state.now);
    if let Screen::Rollback(screen) = &mut state.screen {
        screen.plan = Some(confirm);
        screen.stage = Stage::Plan;
        screen.check = None;
    }
    state.dirty = true;
    match refusal {
        Some(entry) => vec![Effect::Journal(Box::new(entry))],
        None => super::check::ask(state),
    }
}

/// The words of the open plan as things are now; what would be sent stays as it was shown.
pub(super) fn refresh(state: &mut AppState) {
    let Screen::Rollback(screen) = &state.screen else { return };
    let Some(dialog) = screen.plan.as_ref().filter(|d| screen.stage == Stage::Plan && !d.plan.is_refused()) else { return };
    let rows: Vec<&Row> = dialog.plan.targets.iter().filter_map(|t| state.fleet.rows.get(&t.app)).collect();
    let lines = super::lines::of(state, screen, &rows);
    let moved = super::check::moved_to(state, screen)
        .map(|tip| format!("The branch is at {} now: {}.", crate::domain::commit::short_rev(tip), super::check::PLANS_AGAIN));
    let is_outdated = moved.is_some();
    let held = moved.or_else(|| screen.check.as_ref().and_then(|c| c.held(state.now)));
    let commands = screen.list.as_ref().map(|l| commands(screen, &l.branch)).unwrap_or_default();
    let Screen::Rollback(screen) = &mut state.screen else { return };
    let Some(dialog) = &mut screen.plan else { return };
    if held != dialog.held {
        dialog.warning = None;
    }
    if (&lines, &held) != (&dialog.plan.lines, &dialog.held) {
        state.dirty = true;
    }
    (dialog.plan.lines, dialog.plan.commands, dialog.held, dialog.is_outdated) = (lines, commands, held, is_outdated);
}

/// How old what is shown is: of the fetch, and of the check.
fn ages(screen: &Rollback) -> impl Iterator<Item = Timestamp> {
    let fetched = screen.list.as_ref().filter(|_| matches!(screen.stage, Stage::Suspects | Stage::Plan)).map(|l| l.fetched_at);
    let check = screen.check.as_ref().filter(|_| screen.stage == Stage::Plan);
    fetched.into_iter().chain(check.map(|c| c.ended.as_ref().map_or(c.asked_at, |(at, _)| *at)))
}

/// Once a second at most: an age that reads differently is drawn, and the plan is what it is now.
pub fn age(state: &mut AppState) {
    let now = state.now;
    let Screen::Rollback(screen) = &mut state.screen else { return };
    if screen.aged_at.as_second() == now.as_second() {
        return;
    }
    let texts = |at: Timestamp| ages(screen).map(|a| short_age(seconds_between(a, at))).collect::<Vec<_>>();
    let changed = texts(screen.aged_at) != texts(now);
    screen.aged_at = now;
    state.dirty |= changed;
    refresh(state);
}

/// When an age on the screen changes next, ms; `None` = none is shown.
pub fn ages_at(state: &AppState) -> Option<i64> {
    let Screen::Rollback(screen) = &state.screen else { return None };
    let second = state.now.as_second();
    let next = |at: Timestamp| i64::try_from(until_age_change(seconds_between(at, state.now))).unwrap_or(1);
    ages(screen).map(|at| (second + next(at)) * 1000).min()
}

/// The apps a revert reaches: this one and those that are built from a file it writes. Before there is a preview, from a file that the marked
/// commits wrote.
pub fn affected(state: &AppState, screen: &Rollback) -> Vec<AppId> {
    let mut ids = vec![screen.target.app.clone()];
    let touched: Vec<&AppId> = match &screen.preview {
        Some(preview) => preview.touched.iter().collect(),
        None => screen.marked.iter().flat_map(|id| screen.touches(id)).collect(),
    };
    for other in touched {
        if !ids.contains(other) {
            ids.push(other.clone());
        }
    }
    let own = screen.target.app.clone();
    ids.retain(|id| state.fleet.rows.get(id).is_some_and(|row| *id == own || follows(state, screen, &row.app)));
    ids
}

/// Whether a commit on the branch reaches an app: one that follows another branch, a tag or a fixed commit stays as it is.
/// What a reference means is not known before the repository was polled; then it counts.
pub fn follows(state: &AppState, screen: &Rollback, app: &App) -> bool {
    let repo = state.fleet.repos.get(&screen.repo);
    let Some(branch) = screen.branch.as_deref() else { return true };
    app.sources.iter().filter(|s| s.repo().as_ref() == Some(&screen.repo)).any(|source| match &source.reference {
        RefKind::Branch(b) => b == branch,
        RefKind::Tag(_) | RefKind::Commit(_) | RefKind::Semver(_) | RefKind::Version(_) => false,
        RefKind::Name(name) => name.trim_start_matches("refs/") == format!("heads/{branch}"),
        RefKind::Ambiguous(word) if word == branch => true,
        RefKind::Head | RefKind::Ambiguous(_) => match repo.and_then(|r| r.resolve(&source.reference)) {
            Some((name, _)) => name == format!("heads/{branch}"),
            None => repo.is_none_or(|r| r.polled_at.is_none()),
        },
    })
}

fn target(state: &AppState, row: &Row, screen: &Rollback) -> Target {
    Target {
        app: row.app.id.clone(),
        uid: row.app.uid.clone(),
        resource_version: row.app.resource_version.clone(),
        revision: row.app.revision.clone(),
        runs_on: row.app.runs_on().to_owned(),
        names: Landing::of(state, &row.app).names().map(str::to_owned).collect(),
        frozen_at: screen.opened_at,
    }
}

fn build(state: &AppState, screen: &Rollback) -> Option<Plan> {
    let (list, preview) = (screen.list.as_ref()?, screen.preview.as_ref()?);
    let ids = affected(state, screen);
    let rows: Vec<&Row> = ids.iter().filter_map(|id| state.fleet.rows.get(id)).collect();
    let message = screen.message.lines().join("\n");
    let message = format!("{}\n", message.trim_end());
    let repo = screen.repo.short().to_owned();
    let mut steps = vec![Step::Revert(RevertRequest {
        repo: screen.repo.clone(),
        url: screen.url.clone(),
        branch: list.branch.clone(),
        base: list.tip.clone(),
        commits: screen
            .marked
            .iter()
            .map(|id| (id.clone(), is_merge(screen, id).then(|| screen.mainline.get(id).copied().unwrap_or(1))))
            .collect(),
        message,
        tree: preview.tree.clone(),
    })];
    steps.extend(nudges(state, &ids));
    let request_id = format!("{:x}-{}", state.now.as_millisecond(), state.next_task);
    Some(Plan {
        action: "rollback".into(),
        title: format!("Roll back {}", screen.target.app.name),
        verb: "Push".into(),
        risk: Risk::Destructive,
        targets: rows.iter().map(|r| target(state, r, screen)).collect(),
        lines: super::lines::of(state, screen, &rows),
        options: Vec::new(),
        steps,
        commands: commands(screen, &list.branch),
        typed: Some(format!("{repo} {}", list.branch)),
        refused: too_many(state, &rows),
        request_id,
    })
}

/// A guardrail that allows fewer apps in one go.
fn too_many(state: &AppState, rows: &[&Row]) -> Option<Refusal> {
    let landings: Vec<Landing> = rows.iter().map(|row| Landing::of(state, &row.app)).collect();
    let apps: Vec<Vec<&str>> = landings.iter().map(|landing| landing.names().collect()).collect();
    let found = super::rails::too_many(&state.settings.guardrails, &apps)?;
    Some(Refusal {
        headline: "Not here: guardrail max_apps.".into(),
        text: format!("This revert is too wide: {}.", found.text()),
        lines: vec![PlanLine {
            label: "next".into(),
            text: format!("esc, and mark commits that reach fewer apps; or raise max_apps of {} in the config", found.glob),
        }],
    })
}

fn is_merge(screen: &Rollback, id: &str) -> bool {
    screen.commit(id).is_some_and(crate::domain::commit::Commit::is_merge)
}

/// The same by hand. `-m` holds for every commit of a command, so each has one of its own.
fn commands(screen: &Rollback, branch: &str) -> Vec<String> {
    // A branch that is closed to this person takes a pull request.
    let own = screen.check.as_ref().is_some_and(super::check::Check::is_closed).then(|| own_branch(&screen.marked));
    let revert = |id: &String| {
        let mainline = is_merge(screen, id).then(|| format!("-m {} ", screen.mainline.get(id).copied().unwrap_or(1)));
        format!("git revert --no-commit {}{}", mainline.unwrap_or_default(), shell(id))
    };
    let url = shell(&screen.url);
    let mut out =
        vec![format!("git fetch {url} {}", shell(&format!("refs/heads/{branch}"))), "git checkout --detach FETCH_HEAD".to_owned()];
    out.extend(screen.marked.iter().map(revert));
    out.push("git commit".to_owned());
    out.push(format!("git push --atomic {url} {}", shell(&format!("HEAD:refs/heads/{}", own.as_deref().unwrap_or(branch)))));
    out
}

/// A branch for a pull request that undoes these commits.
pub fn own_branch(commits: &[String]) -> String {
    format!("driftdeck/revert-{}", commits.first().map_or("commits", |id| crate::domain::commit::short_rev(id)))
}

/// Each engine is asked to look once the commit is there: sources of Flux apps once, Argo apps each.
fn nudges(state: &AppState, ids: &[AppId]) -> Vec<Step> {
    let mut out: Vec<Step> = Vec::new();
    for id in ids {
        let Some(row) = state.fleet.rows.get(id) else { continue };
        if row.stale_as_of.is_some() || row.app.suspended {
            continue;
        }
        let Some(plan) = actions::build(state, id, Verb::Refresh, &PlanChoices::default()) else { continue };
        if plan.is_refused() {
            continue;
        }
        for step in plan.steps {
            let (Step::Patch(request) | Step::Nudge(request)) = step else { continue };
            let key = |r: &crate::domain::plan::PatchRequest| (r.cluster.clone(), r.plural.clone(), r.namespace.clone(), r.name.clone());
            let known = out.iter().any(|s| matches!(s, Step::Nudge(r) if key(r) == key(&request)));
            if !known {
                out.push(Step::Nudge(request));
            }
        }
    }
    out
}

/// Confirmed: the plan becomes a task, the screen goes to step 4.
pub fn push(state: &mut AppState) -> Vec<Effect> {
    let Screen::Rollback(screen) = &state.screen else { return Vec::new() };
    let Some(dialog) = &screen.plan else { return Vec::new() };
    let (plan, typed) = (dialog.plan.clone(), dialog.typed.clone());
    if let Some(text) = moved(state, &plan) {
        if let Screen::Rollback(screen) = &mut state.screen {
            screen.plan = None;
            screen.stage = Stage::Preview;
        }
        state
            .overlays
            .push(Overlay::Message { title: plan.title.clone(), lines: vec![text.clone(), "Nothing was sent. Enter plans again.".into()] });
        let entry = actions::journal(state, 0, &plan, Some(typed), Some(Outcome::Refused { reason: text }));
        return vec![Effect::Journal(Box::new(entry))];
    }
    let effects = actions::start(state, plan, Some(typed));
    // The steps are shown on the screen itself, not in a dialog.
    state.overlays.retain(|o| !matches!(o, Overlay::Progress(_)));
    let task = state.tasks.last().map(|t| t.id);
    if let Some(last) = state.tasks.last_mut() {
        last.title = format!("roll back {}", last.app.name);
    }
    if let Screen::Rollback(screen) = &mut state.screen {
        screen.task = task;
        screen.stage = Stage::Push;
    }
    effects
}

/// The objects behind the dialog are still those that were shown.
fn moved(state: &AppState, plan: &Plan) -> Option<String> {
    plan.targets.iter().find_map(|target| match state.fleet.rows.get(&target.app) {
        None => Some(format!("{} is gone. Look again.", target.app.name)),
        Some(row) if row.app.uid != target.uid => {
            Some(format!("{} was deleted and made again while you read. Look again.", target.app.name))
        }
        Some(_) => None,
    })
}
