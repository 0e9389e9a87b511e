//! First start, or `:clusters`: which contexts are watched, which are protected, and what a quick look at each of them found.

use super::{Listing, inside, pointer};
use crate::app::msg::Press;
use crate::app::overlay::picker::{self, Choice, Picker, Tie};
use crate::domain::probe::{Answer, Reached};
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::runs::{Runs, hints_in};
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;
use std::collections::BTreeSet;

/// PROTECTED, and the time a look took.
const PROTECTED: usize = 10;
const TOOK: usize = 6;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, picker: &Picker) {
    let (count, width) = (picker.choices.len(), inside(area));
    let ties = picker::ties(cx.state, picker);
    let view = View { cx, picker, ties: &ties, width };
    let mut lines: Vec<Runs> = (0..count).filter_map(|i| view.line(i)).collect();
    if lines.is_empty() {
        let says = "Your kubeconfig has no context. Set KUBECONFIG, or look around without one: driftdeck demo.";
        lines = text::wrap(says, width.saturating_sub(2)).into_iter().map(|l| Runs::new().gap(1).add(Role::Text, l)).collect();
    }
    let title = if picker.first { "First start" } else { "Clusters" };
    let mut head = vec![
        Runs::new().gap(1).add(Role::Text, format!("{} in your kubeconfig; which should be watched?", words::count(count, "context"))),
    ];
    let loose: BTreeSet<&str> = ties.iter().filter_map(|t| t.to.as_ref().err()).map(String::as_str).collect();
    if !loose.is_empty() {
        let says = format!("deployed to, but no context of yours reaches it: {}", loose.into_iter().collect::<Vec<_>>().join(", "));
        head.push(Runs::new().gap(1).add(Role::Muted, text::cut_end(&says, width.saturating_sub(2))));
    }
    let open = picker.choices.iter().filter(|c| picker::is_open(cx.state, c)).count();
    let state = if open == 0 { Runs::of(Role::Muted, "contexts") } else { Runs::of(Role::Busy, format!("{open} not answered yet")) };
    let frame = Frame::new(true, title).also(state);
    Listing { frame, head, lines, foot: view.foot(), cursor: (picker.cursor, picker.cursor) }.draw(canvas, area);
}

struct View<'a> {
    cx: Cx<'a>,
    picker: &'a Picker,
    ties: &'a BTreeSet<Tie>,
    width: usize,
}

impl View<'_> {
    fn line(&self, i: usize) -> Option<Runs> {
        let choice = self.picker.choices.get(i)?;
        let here = i == self.picker.cursor;
        let names = self.picker.choices.iter().map(|c| text::width(self.name(c))).max().unwrap_or(0).clamp(10, 20);
        let mark = if choice.watch { "[x]" } else { "[ ]" };
        let line = pointer(here).add(Role::Text, mark).gap(1).name(Role::Text, self.name(choice), names).gap(1);
        let (role, sign, about) = self.about(choice);
        let line = line.add(role, self.cx.theme.sign(sign)).gap(1);
        let protected = if choice.protected { PROTECTED } else { 0 };
        let room = self.width.saturating_sub(line.width() + protected + TOOK);
        let took = choice.probe.as_ref().map_or(String::new(), |p| seconds(p.took_ms));
        let line = line.cell(Role::Text, &about, room).add(Role::Protected, if choice.protected { " PROTECTED" } else { "" });
        Some(line.number(Role::Muted, &took, TOOK).over(here.then_some(Role::Cursor)).line(Press::Line(i)))
    }

    fn name<'b>(&'b self, choice: &'b Choice) -> &'b str {
        let info = self.cx.state.contexts.iter().find(|c| c.id == choice.cluster);
        info.map_or(choice.cluster.as_str(), crate::domain::cluster::ContextInfo::name)
    }

    /// What is known of a context, in one line.
    fn about(&self, choice: &Choice) -> (Role, Sign, String) {
        let state = self.cx.state;
        let Some(probe) = &choice.probe else {
            return match state.fleet.clusters.get(&choice.cluster) {
                Some(cluster) => {
                    let (role, sign) = words::link(&cluster.link);
                    (role, sign, words::link_text(self.cx, cluster))
                }
                None => (Role::Busy, Sign::Busy, "asked, no answer yet".into()),
            };
        };
        match &probe.answer {
            Answer::Reached(reached) => self.reached(choice, reached),
            Answer::Login { cause } => {
                let says = match (cause, picker::login_program(state, &choice.cluster)) {
                    (None, Some(program)) => format!("login needed: l runs {program}, asks first"),
                    (Some(cause), _) => format!("login needed: {cause}"),
                    (None, None) => "login needed".into(),
                };
                (Role::Attention, Sign::Attention, says)
            }
            Answer::Unreachable { cause } => (Role::Bad, Sign::Bad, format!("unreachable: {cause}")),
            Answer::Invalid { cause } => (Role::Bad, Sign::Bad, format!("cannot be used: {cause}")),
        }
    }

    fn reached(&self, choice: &Choice, reached: &Reached) -> (Role, Sign, String) {
        let version = |e: &crate::domain::cluster::EngineInfo| match &e.version {
            Some(version) => format!("{} {version}", e.name.title()),
            None => e.name.title().to_owned(),
        };
        let engines: Vec<String> = reached.engines.iter().map(version).collect();
        let mut says = match (engines.as_slice(), reached.unread.as_slice()) {
            ([], []) => "no engine".to_owned(),
            ([], _) => "engine not known".to_owned(),
            (engines, _) => engines.join(", "),
        };
        let hub = |tie: &&Tie| tie.to.as_ref() == Ok(&choice.cluster);
        if let Some(tie) = self.ties.iter().find(hub) {
            let how = if tie.by_name { "named like a target of" } else { "target of" };
            says.push_str(&format!(", {how} {}", tie.hub));
        }
        let targets: Vec<&str> = self.ties.iter().filter(|t| t.hub == choice.cluster).map(to).collect();
        if !targets.is_empty() {
            says.push_str(&format!(", sends to {}", targets.join(", ")));
        }
        if !reached.forbidden.is_empty() {
            says.push_str(&format!("; {} forbidden", reached.forbidden.join(", ")));
        }
        if let [(_, why), ..] = reached.unread.as_slice() {
            let kinds: Vec<&str> = reached.unread.iter().map(|(kind, _)| kind.as_str()).collect();
            says.push_str(&format!("; {} not read: {why}", kinds.join(", ")));
        }
        if !reached.whole {
            says.push_str("; not all was answered in time");
        }
        let (role, sign) = match reached {
            r if !r.forbidden.is_empty() || !r.unread.is_empty() || !r.whole => (Role::Attention, Sign::Attention),
            _ if picker::is_used(self.cx.state, choice, self.ties) => (Role::Ok, Sign::Ok),
            _ => (Role::Muted, Sign::Plain),
        };
        (role, sign, says)
    }

    fn foot(&self) -> Vec<Runs> {
        let mut out: Vec<Runs> = self.here().into_iter().map(|l| Runs::new().gap(1).add(Role::Muted, l)).collect();
        // Always two lines: the box does not jump as the cursor moves.
        out.resize(2, Runs::new());
        let chosen = self.picker.choices.iter().filter(|c| c.watch).count();
        let enter = format!("watch {chosen}");
        let esc = if self.picker.first { "quit" } else { "leave as it was" };
        let keys = [("space", "toggle"), ("p", "protected"), ("a", "with an engine"), ("enter", enter.as_str()), ("esc", esc)];
        out.push(Runs::new().gap(1).join(hints_in(keys, self.width.saturating_sub(1))));
        out
    }

    /// The context under the cursor in whole, or the question where one is asked.
    fn here(&self) -> Vec<String> {
        let Some(choice) = self.picker.choices.get(self.picker.cursor) else { return Vec::new() };
        let room = self.width.saturating_sub(2);
        if self.picker.asked.is_some() {
            let program = picker::login_program(self.cx.state, &choice.cluster).unwrap_or_default();
            let waiting = picker::waiting_for(self.cx.state, self.picker, program).count();
            let rest = if waiting > 1 { format!(", then asks it for the {waiting} contexts that name it") } else { String::new() };
            let says = format!("l again runs {program} of {} on this terminal{rest}. Any other key: not now.", self.name(choice));
            return text::wrap(&says, room);
        }
        let info = self.cx.state.contexts.iter().find(|c| c.id == choice.cluster);
        let place = info.map_or(String::new(), |info| match info.is_current {
            true => format!("{} (current context): ", info.server),
            false => format!("{}: ", info.server),
        });
        let mut lines = text::wrap(&format!("{place}{}", self.about(choice).2), room);
        lines.truncate(2);
        lines
    }
}

fn to(tie: &Tie) -> &str {
    match &tie.to {
        Ok(id) => id.as_str(),
        Err(name) => name,
    }
}

/// `0.3s`.
fn seconds(ms: u64) -> String {
    if ms < 100 {
        return "<0.1s".into();
    }
    format!("{}.{}s", ms / 1000, ms % 1000 / 100)
}
