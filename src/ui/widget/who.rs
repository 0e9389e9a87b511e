//! Who set a live value, and when.

use crate::app::pane::blame::Blame;
use crate::domain::diff::{DiffLine, LineTag, ResourceDiff, SetBy};
use crate::domain::manager;
use crate::theme::Role;
use crate::ui::runs::Runs;
use crate::ui::{Cx, text, words};

/// The least between a line and what stands beside it.
const GAP: usize = 2;

/// Who set a line that is live, unless the line above it, `told`, says the same.
pub fn new<'d>(resource: &'d ResourceDiff, line: Option<&DiffLine>, told: &mut Option<&'d SetBy>) -> Option<&'d SetBy> {
    let line = line.filter(|l| l.tag == LineTag::Removed).and_then(|l| l.left);
    let set = line.and_then(|line| resource.set_by(line));
    let same = |a: &SetBy, b: &SetBy| a.by == b.by && a.at == b.at && a.line == b.line + 1;
    let is_new = set.is_some_and(|set| told.is_none_or(|before| !same(set, before)));
    if set.is_some() {
        *told = set;
    }
    set.filter(|_| is_new)
}

/// The line with who set it at its right end, as much of it as there is room for; the line itself is never cut for it.
pub fn beside(cx: Cx, line: Runs, set: &SetBy, room: usize) -> Runs {
    let free = room.saturating_sub(line.width() + GAP + 1);
    let Some(by) = &set.by else { return line };
    let forms = match set.at {
        Some(at) => vec![format!("{by} {}", when(cx, at)), format!("{by} {}", words::time(cx, at)), by.clone()],
        None => vec![by.clone()],
    };
    match forms.into_iter().find(|form| text::width(form) <= free) {
        Some(form) => line.to(room.saturating_sub(text::width(&form) + 1)).add(Role::Muted, format!("{form} ")),
        None => line,
    }
}

/// The least of a path that is worth showing.
const PATH: usize = 16;

/// `spec.replicas: set by kubectl-edit 02:30:41, 42m ago`; the age gives way first, then the middle of the path.
pub fn under(cx: Cx, blame: Blame<'_>, room: usize) -> Runs {
    let start = Runs::new().gap(1);
    let (path, forms) = match blame {
        Blame::OnlyDesired => return start.add(Role::Muted, "only in the desired state; who took it away is recorded nowhere").cut(room),
        Blame::Set(SetBy { path, by: None, .. }) => (path, vec!["no manager recorded".to_owned()]),
        Blame::Set(SetBy { path, by: Some(by), at, .. }) => {
            let by = format!("set by {}", manager::named(by));
            let times = at.map_or_else(Vec::new, |at| vec![format!("{by} {}", when(cx, at)), format!("{by} {}", words::time(cx, at))]);
            (path, times.into_iter().chain([by]).collect())
        }
    };
    let left = |form: &String| room.saturating_sub(text::width(form) + 4);
    let fits = |form: &&String| left(form) >= PATH.min(text::width(path));
    let Some(form) = forms.iter().find(fits).or(forms.last()) else { return start };
    start.add(Role::Strong, text::cut_middle(path, left(form).max(8))).add(Role::Muted, format!(": {form}")).cut(room)
}

/// No line that differs is on the screen.
pub fn none(room: usize) -> Runs {
    Runs::new().gap(1).add(Role::Muted, "who set what: n goes to the next line that differs, enter unfolds a resource").cut(room)
}

/// `02:30:41, 42m ago`; of a day long gone the age alone.
fn when(cx: Cx, at: crate::domain::Timestamp) -> String {
    let time = words::time(cx, at);
    if time.ends_with("ago") { time } else { format!("{time}, {} ago", words::age(cx, at)) }
}
