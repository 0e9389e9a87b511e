//! Kubernetes events of the app and its resources, newest first.

use super::selected;
use crate::app::fleet::Row;
use crate::domain::event::LiveEvent;
use crate::theme::Role;
use crate::ui::Cx;
use crate::ui::runs::Runs;
use crate::ui::words;

pub fn lines(cx: Cx, row: &Row, width: u16) -> Vec<Runs> {
    let width = usize::from(width);
    let detail = &cx.state.fleet.detail;
    let read = detail.events.as_ref().filter(|_| detail.app.as_ref() == Some(&row.app.id));
    let say = |text: String| vec![Runs::of(Role::Muted, format!(" {text}"))];
    let mut out = match read {
        None => return say("reading the events of this app and its resources".into()),
        Some((at, Err(cause))) => return say(format!("events cannot be read ({} ago): {cause}", words::age(cx, *at))),
        Some((_, Ok(events))) if events.is_empty() => return say("no events: the cluster keeps them about 1h".into()),
        Some((_, Ok(events))) => {
            let head = Runs::new().gap(1).cell(Role::Header, "WHEN", 9).cell(Role::Header, "OBJECT", object_width(width)).gap(1);
            let mut out = vec![head.add(Role::Header, "EVENT")];
            out.extend(events.iter().enumerate().map(|(i, e)| selected(cx, line(cx, e, width), i)));
            out
        }
    };
    out.push(Runs::of(Role::Muted, " the cluster keeps events about 1h"));
    out
}

fn object_width(width: usize) -> usize {
    (width / 3).clamp(22, 44)
}

fn line(cx: Cx, event: &LiveEvent, width: usize) -> Runs {
    let when = event.at.map_or("-".into(), |at| words::time(cx, at));
    let times = if event.count > 1 { format!(" {}x", event.count) } else { String::new() };
    let object = format!("{} {}", event.object.kind, event.object.name);
    let role = if event.warning { Role::Attention } else { Role::Text };
    Runs::new()
        .gap(1)
        .cell(Role::Muted, &when, 8)
        .gap(1)
        .name(Role::Text, &object, object_width(width))
        .gap(1)
        .add(role, format!("{}{times}: ", event.reason))
        .add(Role::Text, event.message.clone())
        .cut(width)
}
