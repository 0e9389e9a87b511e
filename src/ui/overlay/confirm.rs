//! The plan dialog: what, where, from and to, effect, what holds it, options, command; focus on Cancel.

use super::{Body, boxed, inside};
use crate::app::landing::Landing;
use crate::app::msg::Press;
use crate::app::overlay::confirm::{Confirm, Focus};
use crate::domain::plan::{self, PlanLine, PlanOption, Refusal, Target};
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;
use std::collections::BTreeSet;

/// Where texts start.
const LABEL: usize = 9;
/// Cells of an option that is text.
const FIELD: usize = 14;

/// A dialog in the space it has: 76 cells inside, fewer only under 80 columns.
struct Plan<'a> {
    dialog: &'a Confirm,
    width: usize,
}

/// `step` = the dialog is that step of a rollback.
pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, dialog: &Confirm, step: Option<&str>) {
    let view = Plan { dialog, width: inside(area) };
    let plan = &dialog.plan;
    let mut frame = Frame::new(true, plan.title.clone());
    if let Some(step) = step {
        frame = frame.also(Runs::of(Role::Text, step.to_owned()));
    }
    if let Some(refusal) = &plan.refused {
        frame = frame.also(Runs::of(Role::Bad, "refused")).right(kind(dialog));
        let body = Body { scroll: dialog.scroll, ..Body::of(view.refused(cx, refusal)) };
        return boxed(canvas, area, frame, &body, &[view.buttons("Close")]);
    }
    let mut body = Body { scroll: dialog.scroll, ..Body::default() };
    view.lines(cx, &mut body);
    view.options(&mut body);
    body.add(view.command(), false);
    // However long the plan is: the field, what is wrong with it, and the buttons stay in view.
    let mut last: Vec<Runs> = view.typed(cx).into_iter().collect();
    if let Some(warning) = &dialog.warning {
        let lines = text::wrap(warning, view.width.saturating_sub(4));
        last.extend(lines.into_iter().map(|l| Runs::new().gap(1).add(Role::Attention, format!("! {l}"))));
    }
    last.extend([Runs::new(), view.buttons("Cancel")]);
    let foot = Runs::of(Role::Muted, "nothing is sent before you confirm");
    let counts = step.is_some() || dialog.batch.is_some();
    let right = match if counts { protected_places(cx, plan) } else { 0 } {
        0 => kind(dialog),
        n => Runs::of(Role::Protected, format!("PROTECTED x{n}")),
    };
    boxed(canvas, area, frame.right(right).bottom(foot, Runs::new()), &body, &last);
}

/// How many clusters the plan lands on that want a word typed.
fn protected_places(cx: Cx, plan: &plan::Plan) -> usize {
    let is_protected = |t: &&Target| cx.state.fleet.rows.get(&t.app).is_some_and(|row| Landing::of(cx.state, &row.app).is_protected());
    plan.targets.iter().filter(is_protected).map(|t| t.runs_on.as_str()).collect::<BTreeSet<_>>().len()
}

fn kind(dialog: &Confirm) -> Runs {
    if let Some(batch) = &dialog.batch {
        return Runs::of(Role::Muted, format!("{} stages", batch.stages.len()));
    }
    Runs::of(Role::Muted, dialog.plan.targets.first().map_or("", |t| t.app.kind.short()))
}

impl Plan<'_> {
    fn text(&self) -> usize {
        self.width.saturating_sub(LABEL + 1)
    }

    /// Label and text; a label is written once for the lines below it. Reason and reminder are fields.
    fn lines(&self, cx: Cx, body: &mut Body) {
        let dialog = self.dialog;
        let shown: Vec<&PlanLine> = dialog.plan.lines.iter().filter(|l| !(dialog.has_reason() && l.label == "until")).collect();
        let label = |i: usize| {
            let own = shown.get(i).map_or("", |l| l.label.as_str());
            let before = i.checked_sub(1).and_then(|b| shown.get(b)).map_or("", |l| l.label.as_str());
            if own == before { "" } else { own }
        };
        for (i, line) in shown.iter().enumerate() {
            match line.label.as_str() {
                "reason" if dialog.has_reason() => body.add(vec![self.reason()], dialog.focus == Focus::Reason),
                _ => body.add(self.labelled(label(i), &line.text), false),
            }
            if line.label == "owner" && dialog.has_reason() {
                body.add(vec![self.until(cx)], dialog.focus == Focus::Until);
            }
        }
    }

    /// What a click on a place of the dialog does.
    fn stop(&self, focus: Focus) -> Option<Press> {
        self.dialog.stops().iter().position(|s| *s == focus).map(Press::Stop)
    }

    fn labelled(&self, label: &str, says: &str) -> Vec<Runs> {
        let start = |i: usize| if i == 0 { Runs::new().gap(1).cell(Role::Muted, label, LABEL) } else { Runs::new().gap(1 + LABEL) };
        self.kept_or_wrapped(says).into_iter().enumerate().map(|(i, l)| start(i).join(tinted(&l))).collect()
    }

    /// A text that fits keeps its columns; only a longer one is wrapped.
    fn kept_or_wrapped(&self, says: &str) -> Vec<String> {
        says.lines().flat_map(|l| if text::width(l) <= self.text() { vec![l.to_owned()] } else { text::wrap(l, self.text()) }).collect()
    }

    fn options(&self, body: &mut Body) {
        let list = &self.dialog.plan.options;
        let longest = list.iter().map(|o| text::width(&o.label)).max().unwrap_or(0);
        let cells = if longest > 12 { longest.max(20) } else { longest.max(10) };
        for (i, option) in list.iter().enumerate() {
            let lines = match &option.value {
                Some(value) if option.off_because.is_none() => self.text_option(option, value, i, cells),
                _ => self.option(option, i, cells),
            };
            body.add(lines, matches!(self.dialog.focus, Focus::Option(at) | Focus::Field(at) if at == i));
        }
    }

    fn option(&self, option: &PlanOption, i: usize, cells: usize) -> Vec<Runs> {
        let here = self.dialog.focus == Focus::Option(i);
        let label = if i == 0 { "options" } else { "" };
        let (role, says) = match &option.off_because {
            Some(why) => (Role::ButtonOff, if why.starts_with("off: ") { why.clone() } else { format!("off: {why}") }),
            None => (Role::Text, option.text.clone()),
        };
        let mark = if option.on { "[x]" } else { "[ ]" };
        let rest = self.width.saturating_sub(1 + LABEL + 5 + cells).max(10);
        let start = |n: usize| {
            if n > 0 {
                return Runs::new().gap(1 + LABEL + 4 + cells + 1);
            }
            let start = Runs::new().gap(1).cell(Role::Muted, label, LABEL - 1);
            let start = if here { start.add(Role::ButtonFocus, ">") } else { start.gap(1) };
            let over = if here { Role::Strong } else { role };
            start.add(over, mark).gap(1).cell(over, &option.label, cells).gap(1)
        };
        text::wrap(&says, rest).into_iter().enumerate().map(|(n, l)| start(n).add(role, l).presses(self.stop(Focus::Option(i)))).collect()
    }

    /// `revision   [ 4f2c91d_       ]  commit, branch or tag`; what cannot be used says why in the same place.
    fn text_option(&self, option: &PlanOption, value: &str, i: usize, cells: usize) -> Vec<Runs> {
        let here = self.dialog.focus == Focus::Field(i);
        let gutter = Runs::new().gap(1).cell(Role::Muted, if i == 0 { "options" } else { "" }, LABEL - 1);
        let gutter = if here { gutter.add(Role::ButtonFocus, ">") } else { gutter.gap(1) };
        let label = gutter.gap(4).cell(if here { Role::Strong } else { Role::Text }, &option.label, cells).gap(1);
        let line = label.add(Role::Text, "[ ").add(Role::Field, ending(value, here, FIELD)).add(Role::Text, " ]");
        let before = line.width() + 1;
        let (role, says) = match &option.invalid {
            Some(why) => (Role::FieldError, why),
            None => (Role::Muted, &option.text),
        };
        let texts = text::wrap(says, self.width.saturating_sub(before).max(10));
        let mut first = Some(line);
        texts
            .into_iter()
            .map(|l| {
                first.take().map_or_else(|| Runs::new().gap(before), |line| line.gap(1)).add(role, l).presses(self.stop(Focus::Field(i)))
            })
            .collect()
    }

    /// The reason that others can read on the object.
    fn reason(&self) -> Runs {
        let role = if self.dialog.needs_reason() { Role::Attention } else { Role::Muted };
        let cells = self.width.saturating_sub(28);
        field("reason", &self.dialog.choices.reason, self.dialog.focus == Focus::Reason, cells)
            .presses(self.stop(Focus::Reason))
            .gap(2)
            .add(role, "required")
    }

    /// When the suspension should be looked at again: `+2h = 05:13`.
    fn until(&self, cx: Cx) -> Runs {
        let here = self.dialog.focus == Focus::Until;
        let mut line = field("until", &self.dialog.until, here, 8).presses(self.stop(Focus::Until)).gap(2);
        if self.dialog.missing() == Some(Focus::Until) && !here {
            return line.add(Role::FieldError, "a time looks like 30m, 2h or 3d");
        }
        if let Some(at) = self.dialog.choices.until {
            let soon = at.as_second() - cx.state.now.as_second() < 86_400;
            let day = if soon { words::clock(cx, at) } else { at.strftime("%a %-d %b %H:%M UTC").to_string() };
            line = line.add(Role::Text, format!("= {day}")).gap(2);
        }
        line.add(Role::Muted, "like 2h; a reminder, nothing resumes alone")
    }

    fn command(&self) -> Vec<Runs> {
        let all = &self.dialog.plan.commands;
        let copies = if all.len() > 1 { format!("copies all {}", all.len()) } else { "copies".to_owned() };
        let wrapped = |command: &&String| {
            let mut lines = text::wrap(command, self.text());
            if lines.len() > 3 {
                let rest = lines.split_off(2).join(" ");
                lines.push(text::cut_end(&rest, self.text()));
            }
            lines
        };
        let mut out: Vec<Runs> = telling(all)
            .iter()
            .flat_map(wrapped)
            .enumerate()
            .map(|(i, l)| Runs::new().gap(1).cell(Role::Muted, if i == 0 { "as" } else { "" }, LABEL).add(Role::DiffHunk, l))
            .collect();
        if out.is_empty() || self.dialog.takes('c') {
            return out;
        }
        let hint = Runs::of(Role::HintKey, "c").gap(1).add(Role::Muted, copies);
        let room = self.width.saturating_sub(1 + hint.width());
        match out.last_mut() {
            Some(last) if last.width() + 2 <= room => *last = std::mem::take(last).to(room).join(hint),
            _ => out.push(Runs::new().to(room).join(hint)),
        }
        out
    }

    /// `Type prod-us to enable Sync: [          ]`.
    fn typed(&self, cx: Cx) -> Option<Runs> {
        let plan = &self.dialog.plan;
        let want = plan.typed.as_ref()?;
        let here = self.dialog.focus == Focus::Typed;
        let done = self.dialog.typed == *want;
        let wrong = !want.starts_with(&self.dialog.typed);
        let field = text::pad(self.dialog.typed.clone() + if here && !done { "_" } else { "" }, text::width(want).max(20));
        let line = Runs::new().gap(1).add(Role::Text, "Type ").add(Role::Danger, want.clone());
        let line = line.add(Role::Text, format!(" to enable {}: [", plan.verb));
        let line =
            line.add(if wrong { Role::FieldError } else { Role::Field }, field).add(Role::Text, "]").presses(self.stop(Focus::Typed));
        Some(if done { line.gap(1).add(Role::Ok, cx.theme.sign(Sign::Ok)) } else { line })
    }

    /// Places of the two buttons: 34 and 21 cells before the right border.
    fn buttons(&self, cancel: &str) -> Runs {
        let dialog = self.dialog;
        let (at, then) = (self.width.saturating_sub(34), self.width.saturating_sub(21));
        let cancel = button(Runs::new(), cancel, matches!(dialog.focus, Focus::Cancel), true).presses(self.stop(Focus::Cancel));
        let line = Runs::new().to(at).join(cancel);
        // "Turn off (off)" would be read twice.
        let off = if dialog.plan.is_refused() && !dialog.plan.verb.ends_with("off") { " (off)" } else { "" };
        let label = format!("{}{off}", dialog.plan.verb);
        let free = 16usize.saturating_sub(text::width(&label)) / 2;
        if dialog.focus == Focus::Confirm {
            let confirm = button(Runs::new(), &label, true, dialog.is_enabled()).presses(self.stop(Focus::Confirm));
            return line.to(then).join(confirm);
        }
        let role = if dialog.is_enabled() { Role::Button } else { Role::ButtonOff };
        line.to(then + free).join(Runs::of(role, label).presses(self.stop(Focus::Confirm)))
    }

    fn refused(&self, cx: Cx, refusal: &Refusal) -> Vec<Runs> {
        let mut out = vec![Runs::new().gap(1).add(Role::Bad, cx.theme.sign(Sign::Bad)).gap(1).add(Role::Strong, refusal.headline.clone())];
        out.extend(text::wrap(&refusal.text, self.width.saturating_sub(2)).into_iter().map(|l| Runs::new().gap(1).add(Role::Text, l)));
        let promise = "driftdeck does not send it.";
        if !refusal.text.contains(promise) {
            out.push(Runs::of(Role::Text, format!(" {promise}")));
        }
        out.extend(refusal.lines.iter().flat_map(|l| self.labelled(&l.label, &l.text)));
        out.push(Runs::new());
        out
    }
}

/// The commands that say what is done, of those that do it by hand: of a revert what is undone and where it goes, else the first.
fn telling(all: &[String]) -> Vec<&String> {
    let told: Vec<&String> = all.iter().filter(|c| c.starts_with("git revert ") || c.starts_with("git push ")).collect();
    if told.is_empty() { all.iter().take(1).collect() } else { told }
}

fn tinted(says: &str) -> Runs {
    let base = match says.chars().next() {
        Some('!') => Role::Attention,
        Some('✗') => Role::Bad,
        Some('✓') => Role::Ok,
        Some('?') => Role::Unknown,
        Some('↻') => Role::Busy,
        _ => Role::Text,
    };
    let mut out = Runs::new();
    for (i, part) in says.split("PROTECTED").enumerate() {
        if i > 0 {
            out.push(Role::Protected, "PROTECTED");
        }
        out.push(base, part);
    }
    out
}

/// `[ text_    ]`, the end of a long text in view.
fn field(label: &str, says: &str, here: bool, cells: usize) -> Runs {
    let line = Runs::new().gap(1).cell(Role::Muted, label, LABEL).add(Role::Text, "[ ");
    line.add(Role::Field, ending(says, here, cells)).add(Role::Text, " ]")
}

/// As much of a text as fits, its end in view, with the cursor where it is written on.
fn ending(says: &str, here: bool, cells: usize) -> String {
    let end = if here { "_" } else { "" };
    let all: Vec<char> = says.chars().chain(end.chars()).collect();
    let mut shown: String = all.iter().collect();
    let mut skip = 0;
    while text::width(&shown) > cells && skip < all.len() {
        skip += 1;
        shown = all.iter().skip(skip).collect();
    }
    text::pad(shown, cells)
}

fn button(line: Runs, label: &str, focus: bool, enabled: bool) -> Runs {
    match (focus, enabled) {
        (true, true) => line.add(Role::Strong, "> ").add(Role::ButtonFocus, format!("[ {label} ]")),
        (true, false) => line.add(Role::Strong, "> ").add(Role::ButtonOff, format!("[ {label} ]")),
        (false, _) => line.gap(4).add(Role::Button, label.to_owned()).gap(2),
    }
}
