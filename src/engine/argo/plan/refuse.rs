//! Why an action is not offered: checked in this order, the first reason is shown.

use super::super::windows::{WindowJudgement, clock, judge};
use super::{Draft, line, short, windows};
use crate::domain::app::ArgoFields;
use crate::domain::plan::{PlanLine, Refusal};
use crate::domain::status::Phase;

fn refusal(headline: &str, text: String) -> Option<Refusal> {
    Some(Refusal { headline: headline.into(), text, lines: Vec::new() })
}

/// What holds for every write.
pub fn any_write(draft: &Draft<'_>) -> Option<Refusal> {
    let (app, context) = (draft.app, draft.context);
    if let Some(why) = &app.unreadable {
        return refusal("Not possible: unreadable.", format!("The object {} cannot be read: {why}.", app.id.path()));
    }
    if let Some(cluster) = context.read_only() {
        return refusal("Not here: read-only.", format!("driftdeck treats {} as read-only.", cluster.name));
    }
    None
}

/// What Argo CD would carry out, or keep for ever, although nobody wants that.
pub fn not_reconciled(draft: &Draft<'_>) -> Option<Refusal> {
    let name = draft.name();
    if draft.app.deleting {
        let text = format!("{name} is being deleted. Argo CD would still carry out a sync and create its objects again.");
        return refusal("Not now: being deleted.", text);
    }
    if draft.argo().skip_reconcile {
        let text = format!(
            "Annotation argocd.argoproj.io/skip-reconcile tells Argo CD to leave {name} alone: a request would stay on the object for ever."
        );
        return refusal("Not possible: Argo CD skips it.", text);
    }
    None
}

/// One operation at a time: a second request is merged into the first and lost with it.
pub fn in_progress(draft: &Draft<'_>) -> Option<Refusal> {
    let operation = draft.app.operation.as_ref()?;
    let by = operation.by.as_deref().unwrap_or("someone");
    let what = match operation.phase {
        Phase::Requested => format!("a sync asked for by {by} has not been picked up yet"),
        Phase::Running => format!("a sync by {by} is running"),
        Phase::Retrying => format!("a sync by {by} failed and tries again"),
        Phase::Blocked => format!("a sync by {by} is queued: {}", operation.message),
        Phase::Terminating => format!("a sync by {by} is being stopped"),
        Phase::Orphaned | Phase::Failed | Phase::Error | Phase::Succeeded => return None,
    };
    let text = format!("On {} {what}. Argo CD would drop a second request without a word.", draft.name());
    let lines = match operation.phase {
        Phase::Running | Phase::Retrying => vec![line("next", "x  terminate it first")],
        _ => Vec::new(),
    };
    Some(Refusal { headline: "Not now: an operation is in progress.".into(), text, lines })
}

/// A window that forbids the sync, or cannot be judged; else the line for the plan.
pub fn window(draft: &Draft<'_>, manual: bool) -> Result<PlanLine, Refusal> {
    match judge(draft.app, draft.context, manual) {
        WindowJudgement::Allowed { matching, projects } => {
            let windows = match matching {
                0 => "none applies".to_owned(),
                1 => "1 applies and is open now".to_owned(),
                n => format!("{n} apply, open now"),
            };
            Ok(line("window", format!("{windows} ({})", project_words(&projects))))
        }
        WindowJudgement::Unknown { reason } => Err(Refusal {
            headline: "Not now: sync windows cannot be judged.".into(),
            text: format!("{reason}. If a window forbids it, Argo CD queues the sync and nothing can stop it; driftdeck does not send it."),
            lines: vec![line("next", "ask for the right to read appprojects and configmap argocd-cm, or use argocd app sync")],
        }),
        WindowJudgement::Denied { text, until, projects, names, .. } => Err(closed(draft, &text, until, (&projects, &names))),
    }
}

fn closed(draft: &Draft<'_>, text: &str, until: Option<crate::domain::Timestamp>, (projects, names): (&[String], &[String])) -> Refusal {
    let now = draft.context.now;
    let when = until.map_or_else(|| "once the window opens".to_owned(), |u| format!("at {}", clock(u, now)));
    let text = format!(
        "{text}. A request now would not be refused by Argo: it would wait, deploy by itself {when}, and could not be cancelled before. \
         driftdeck does not send it."
    );
    let mut lines = windows::lines(draft, projects, names);
    if let Some(waiting) = draft.context.head.or(draft.app.target.as_deref()) {
        lines.push(line("waiting", short(waiting)));
    }
    let until = until.map(|u| format!(" until {}", clock(u, now))).unwrap_or_default();
    lines.push(line("next", format!("a  acknowledge{until}     d  what would change")));
    lines.push(line("source", project_words(projects)));
    Refusal { headline: "Not now: sync window.".into(), text, lines }
}

fn project_words(projects: &[String]) -> String {
    match projects {
        [] => "no project".to_owned(),
        [own] => format!("AppProject {own}"),
        [own, globals @ ..] => format!("AppProject {own} + global project {}", globals.join(", ")),
    }
}

/// Who would undo a change of the spec.
pub fn owner(argo: &ArgoFields) -> Option<String> {
    match (&argo.application_set, &argo.parent) {
        (Some(set), _) => Some(format!("ApplicationSet {set}")),
        (None, Some(parent)) => Some(format!("app {parent}")),
        (None, None) => None,
    }
}

pub fn owned(draft: &Draft<'_>) -> Option<Refusal> {
    let owner = owner(draft.argo())?;
    let text = format!("{owner} writes the spec of {} and would put auto-sync back. Change it in git at {owner}.", draft.name());
    refusal("Not here: owned by another object.", text)
}
