//! Steps 3 and 4: the plan of a rollback, and the push.

use super::{Rollback, Stage};
use crate::app::action::plan as actions;
use crate::app::effect::Effect;
use crate::app::fleet::Row;
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::Confirm;
use crate::app::state::{AppState, Screen};
use crate::domain::app::App;
use crate::domain::commit::{FileChange, short_rev};
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::ids::{AppId, ClusterId};
use crate::domain::plan::{Plan, PlanChoices, PlanLine, RevertRequest, Risk, Step, Target};
use crate::domain::source::RefKind;
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
    let confirm = Confirm::new(plan, None, PlanChoices::default(), state.now);
    if let Screen::Rollback(screen) = &mut state.screen {
        screen.plan = Some(confirm);
        screen.stage = Stage::Plan;
    }
    state.dirty = true;
    Vec::new()
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

fn target(row: &Row, screen: &Rollback) -> Target {
    Target {
        app: row.app.id.clone(),
        uid: row.app.uid.clone(),
        resource_version: row.app.resource_version.clone(),
        revision: row.app.revision.clone(),
        runs_on: row.app.runs_on().to_owned(),
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
        targets: rows.iter().map(|r| target(r, screen)).collect(),
        lines: lines(state, screen, &rows),
        options: Vec::new(),
        steps,
        commands: commands(screen, &list.branch),
        typed: Some(format!("{repo} {}", list.branch)),
        refused: None,
        request_id,
    })
}

fn is_merge(screen: &Rollback, id: &str) -> bool {
    screen.commit(id).is_some_and(crate::domain::commit::Commit::is_merge)
}

/// The same by hand. `-m` holds for every commit of a command, so each has one of its own.
fn commands(screen: &Rollback, branch: &str) -> Vec<String> {
    let revert = |id: &String| {
        let mainline = is_merge(screen, id).then(|| format!("-m {} ", screen.mainline.get(id).copied().unwrap_or(1)));
        format!("git revert --no-commit {}{id}", mainline.unwrap_or_default())
    };
    let mut out = vec![format!("git fetch {} refs/heads/{branch}", screen.url), "git checkout --detach FETCH_HEAD".to_owned()];
    out.extend(screen.marked.iter().map(revert));
    out.push("git commit".to_owned());
    out.push(format!("git push --atomic {} HEAD:refs/heads/{branch}", screen.url));
    out
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

fn lines(state: &AppState, screen: &Rollback, rows: &[&Row]) -> Vec<PlanLine> {
    let mut out: Vec<PlanLine> = Vec::new();
    let mut push = |label: &str, text: String| out.push(PlanLine { label: label.into(), text });
    let (Some(list), Some(preview)) = (&screen.list, &screen.preview) else { return out };
    let clusters: std::collections::BTreeSet<&str> = rows.iter().map(|r| r.app.runs_on()).collect();
    push(
        "writes",
        format!(
            "{}, branch {}; it reaches {} on {}",
            screen.repo.short(),
            list.branch,
            counted(rows.len(), "app"),
            counted(clusters.len(), "cluster")
        ),
    );
    push("how", format!("push 1 commit to {}; never forced", list.branch));
    push("commit", format!("{}       e edits", screen.message.lines().first().map_or("", String::as_str)));
    let (added, removed) = preview.files.iter().fold((0, 0), |(a, r), f| (a + f.added, r + f.removed));
    push(
        "files",
        format!(
            "{} changed, +{added} -{removed}: {}{}",
            preview.files.len(),
            preview.files.iter().map(|f| f.path.as_str()).take(2).collect::<Vec<_>>().join(", "),
            if preview.files.len() > 2 { format!(" and {} more", preview.files.len() - 2) } else { String::new() }
        ),
    );
    push(
        "base",
        format!(
            "{}, fetched {} ago; if {} moves, we plan again",
            short_rev(&list.tip),
            short_age(seconds_between(list.fetched_at, state.now)),
            list.branch
        ),
    );
    for (i, row) in rows.iter().enumerate().take(6) {
        push(
            if i == 0 { "then" } else { "" },
            format!("{:<10} {} {}  {}", row.app.runs_on(), row.app.id.name, row.app.id.kind.short(), what_follows(row)),
        );
    }
    if rows.len() > 6 {
        push("", format!("and {} more", rows.len() - 6));
    }
    for text in warnings(screen, rows).into_iter().chain(read_only(state, rows)) {
        push("careful", format!("! {text}"));
    }
    push("undo", "u afterwards reverts this revert".into());
    out
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn what_follows(row: &Row) -> String {
    let app = &row.app;
    if row.stale_as_of.is_some() {
        return "does not answer: it follows when it is back".into();
    }
    if app.suspended {
        return "suspended: it will not follow; resume it (p)".into();
    }
    match (app.auto_sync, app.flux()) {
        (Some(true), _) => "auto-sync on: applies by itself".into(),
        (Some(false), _) => "auto-sync off: sync it afterwards (s)".into(),
        (None, Some(f)) if f.assesses_health && app.operation.as_ref().is_some_and(|o| o.phase.is_working()) => {
            "waits for the running health check first".into()
        }
        _ => "applies when its source is fetched".into(),
    }
}

/// Nothing is sent to a read-only cluster, but it pulls the branch like the others.
fn read_only(state: &AppState, rows: &[&Row]) -> Option<String> {
    let is = |id: &ClusterId| state.fleet.clusters.get(id).is_some_and(|c| c.read_only);
    let places: std::collections::BTreeSet<&str> = rows
        .iter()
        .filter(|r| is(&r.app.id.cluster) || r.app.destination.cluster.as_ref().is_some_and(is))
        .map(|r| r.app.runs_on())
        .collect();
    let names = places.into_iter().collect::<Vec<_>>().join(", ");
    (!names.is_empty()).then(|| format!("{names}: read-only here, yet the branch is pulled there; driftdeck asks nothing of it"))
}

/// Undoing a revert deploys again what somebody once took out.
fn brings_back(screen: &Rollback, id: &str) -> Option<String> {
    let subject = &screen.commit(id)?.subject;
    let what = match subject.strip_prefix("Revert \"") {
        Some(what) => what.strip_suffix('"').unwrap_or(what),
        None if screen.undo.as_deref() == Some(id) => subject,
        None => return None,
    };
    Some(format!("{} is a revert: undoing it brings back what was rolled back, \"{what}\"", short_rev(id)))
}

/// Where the image updater of Argo CD writes its choices.
fn is_updater_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_prefix(".argocd-source").is_some_and(|rest| rest.ends_with(".yaml"))
}

fn warnings(screen: &Rollback, rows: &[&Row]) -> Vec<String> {
    let mut out: Vec<String> = screen.marked.iter().filter_map(|id| brings_back(screen, id)).collect();
    for id in &screen.marked {
        if let Some(policy) = screen.suspect(id).and_then(|s| s.image_policy.as_ref()) {
            out.push(format!(
                "image automation writes a line of {} (policy {policy}): it will write it again. Suspend its ImageUpdateAutomation first.",
                short_rev(id)
            ));
        } else if screen.suspect(id).is_some_and(|s| s.is_bot || s.files.iter().any(|f| is_updater_file(&f.path))) {
            out.push(format!("an automation wrote {}: it may write the same again. Stop it first where it runs.", short_rev(id)));
        }
    }
    let deletes = screen.preview.as_ref().is_some_and(|p| p.files.iter().any(|f| f.change == FileChange::Deleted));
    let prunes = |app: &App| app.argo().is_some_and(|a| a.prune) || app.flux().is_some_and(|f| f.prune);
    let names: Vec<&str> = rows.iter().filter(|r| deletes && prunes(&r.app)).map(|r| r.app.id.name.as_str()).collect();
    if !names.is_empty() {
        out.push(format!("the revert deletes files and {} prunes: what they made is deleted from the cluster too", names.join(", ")));
    }
    for row in rows {
        let retrying = row.app.operation.as_ref().is_some_and(|o| o.phase == crate::domain::status::Phase::Retrying);
        if retrying && row.app.argo().is_some() {
            out.push(format!("an Argo sync of {} on {} still retries: terminate it first (x)", row.app.id.name, row.app.runs_on()));
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
        let entry = actions::journal(state, 0, &plan, Some(typed), Some(crate::domain::plan::Outcome::Refused { reason: text }));
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
