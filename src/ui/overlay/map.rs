//! Which context reaches a destination.

use super::{Listing, inside, pointer};
use crate::app::mapping::{self, Choice, Target};
use crate::app::msg::Press;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::runs::{Runs, hints_in};
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text};
use ratatui::layout::Rect;

pub fn map(cx: Cx, canvas: &mut Canvas, area: Rect, target: &Target, cursor: usize) {
    let width = inside(area);
    let named = width.saturating_sub(4) / 3;
    let mut lines = Vec::new();
    for (i, choice) in mapping::choices(cx.state, target).iter().enumerate() {
        let here = i == cursor;
        let line = match choice {
            Choice::Context { id, server, why_not, is_chosen } => {
                let (role, mark) =
                    if why_not.is_some() { (Role::Muted, "") } else { (Role::Text, if *is_chosen { " (chosen)" } else { "" }) };
                let said = why_not.as_ref().map_or_else(|| server.clone(), |why| format!("{why}: cannot be looked at"));
                let room = width.saturating_sub(named + 5 + mark.len());
                pointer(here).name(role, id.as_str(), named).gap(1).add(Role::Muted, text::cut_end(&said, room)).add(Role::Strong, mark)
            }
            Choice::Nothing => pointer(here).add(Role::Text, "no context: take the choice back"),
        };
        lines.push(line.over(here.then_some(Role::Cursor)).line(Press::Line(i)));
    }
    let question = format!("{} deploys to {}. Which context of yours reaches it?", target.home, target.destination);
    let proof = "It is taken once an object of an app is found there; until then nothing changes.";
    let lay = |said: &str, role| text::wrap(said, width.saturating_sub(2)).into_iter().map(move |l| Runs::new().gap(1).add(role, l));
    let head = lay(&question, Role::Text).chain(lay(proof, Role::Muted)).collect();
    let foot = vec![Runs::new().gap(1).join(hints_in([("enter", "looks there"), ("esc", "closes")], width.saturating_sub(1)))];
    let frame = Frame::new(true, format!("Map {}", target.destination)).right(Runs::of(Role::Muted, ":map"));
    Listing { frame, head, lines, foot, cursor: (cursor, cursor) }.draw(canvas, area);
}
