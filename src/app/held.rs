//! What holds an app, told in its plans: who froze it, why and until when; and the sync windows that are in the way.

use crate::domain::Timestamp;
use crate::domain::app::{App, Frozen};
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::event::{Project, SyncWindow};
use crate::domain::plan::{Plan, PlanLine};
use crate::engine::argo::windows::{self, WindowJudgement};
use crate::engine::{Context, Verb};

/// Labels under which an engine tells who held the app.
const WHO: [&str; 2] = ["why", "was off"];

pub fn tell(plan: &mut Plan, verb: Verb, app: &App, context: &Context<'_>) {
    match (verb, &app.frozen) {
        (Verb::Resume, Some(note)) => frozen(plan, note, context.now),
        (Verb::Sync, _) if plan.is_refused() => closed(plan, app, context),
        _ => {}
    }
}

/// The whole note where the plan names who wrote it: whoever ends a freeze early should know whose, and how early.
fn frozen(plan: &mut Plan, note: &Frozen, now: Timestamp) {
    let Some(at) = plan.lines.iter().position(|l| WHO.contains(&l.label.as_str())) else { return };
    let Some(who) = plan.lines.get_mut(at) else { return };
    let since = note.since.map(|since| format!(", {} ago", short_age(seconds_between(since, now)))).unwrap_or_default();
    who.text.push_str(&since);
    let until = PlanLine { label: who.label.clone(), text: ends(note.until, now) };
    plan.lines.insert(at + 1, until);
}

fn ends(until: Option<Timestamp>, now: Timestamp) -> String {
    let day = |at: Timestamp| at.strftime("%a %-d %b %H:%M UTC").to_string();
    match until {
        None => "no end was set".into(),
        Some(at) if at > now => format!("until {}, {} from now", day(at), short_age(seconds_between(now, at))),
        Some(at) => format!("until {}, {} ago", day(at), short_age(seconds_between(at, now))),
    }
}

/// Each window that denies the sync, as it is written: whoever may change it has to find it.
fn closed(plan: &mut Plan, app: &App, context: &Context<'_>) {
    let Some(refusal) = plan.refused.as_mut() else { return };
    let WindowJudgement::Denied { projects, names, .. } = windows::judge(app, context, true) else { return };
    let Ok(own) = windows::own_project(app, context) else { return };
    let is_looked_at = |p: &&&Project| p.namespace == own.namespace && projects.contains(&p.name);
    let all = context.projects.iter().filter(is_looked_at).flat_map(|p| p.windows.iter().map(|w| (p.name.as_str(), w)));
    let told = all
        .filter(|(_, w)| denies(w, context.now) && is_named(w, &names))
        .map(|(project, w)| PlanLine { label: "window".into(), text: format!("{}\nin AppProject {project}, {}", words(w), reaches(w)) });
    let told: Vec<PlanLine> = told.collect();
    refusal.lines.splice(0..0, told);
}

/// A window is named by its description, or by all that is written in it.
fn is_named(window: &SyncWindow, names: &[String]) -> bool {
    let is = |name: &String| if window.description.is_empty() { name.contains(&window.schedule) } else { *name == window.description };
    names.iter().any(is)
}

/// One that denies is in the way while it is active, one that allows while it is not.
fn denies(window: &SyncWindow, now: Timestamp) -> bool {
    windows::active(window, now).is_ok_and(|(active, _)| active == (window.kind == "deny"))
}

/// `deny "0 3 * * *" for 3h, Europe/Berlin: prod-freeze`.
fn words(window: &SyncWindow) -> String {
    let zone = if window.time_zone.is_empty() { "UTC" } else { &window.time_zone };
    let name = if window.description.is_empty() { String::new() } else { format!("{}: ", window.description) };
    format!("{name}{} \"{}\" for {}, {zone}", window.kind, window.schedule, window.duration)
}

fn reaches(window: &SyncWindow) -> String {
    let lists = [("apps", &window.applications), ("namespaces", &window.namespaces), ("clusters", &window.clusters)];
    let told = lists.iter().filter(|(_, list)| !list.is_empty()).map(|(what, list)| format!("{what} {}", list.join(" ")));
    told.collect::<Vec<_>>().join(if window.and_operator { " and " } else { " or " })
}
