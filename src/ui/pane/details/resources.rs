//! The resource tree below an app: what it manages, then what that owns, down to pods.

use super::{is_here, selected};
use crate::app::fleet::Row;
use crate::domain::Timestamp;
use crate::domain::app::ManagedResource;
use crate::domain::event::LiveNode;
use crate::domain::ids::ObjectKey;
use crate::domain::status::{Operation, Phase};
use crate::theme::{Role, Sign};
use crate::ui::runs::Runs;
use crate::ui::{Cx, text, words};

const FIXED: usize = 2 + 12 + 14 + 5;

pub fn lines(cx: Cx, row: &Row, width: u16) -> Vec<Runs> {
    let width = usize::from(width);
    let name = (width.saturating_sub(FIXED) * 6 / 10).clamp(18, 60);
    let note = width.saturating_sub(FIXED + name);
    let mut out = vec![
        Runs::new()
            .gap(1)
            .cell(Role::Header, "RESOURCE", name)
            .gap(1)
            .cell(Role::Header, "SYNC", 12)
            .cell(Role::Header, if is_read(cx, row) { OURS } else { "HEALTH" }, 13)
            .number(Role::Header, "AGE", 4)
            .gap(2)
            .cell(Role::Header, "NOTE", note),
    ];
    match tree(cx, row) {
        Some((_, Ok(nodes))) if !nodes.is_empty() => {
            for (i, node) in nodes.iter().enumerate() {
                let parent = nodes.get(i + 1).is_some_and(|n| n.depth > node.depth);
                out.extend(node_lines(cx, row, node, parent, (name, note), i));
            }
            let engine = row.app.id.engine().title();
            out.push(Runs::of(Role::Muted, format!("   (ours) health is computed here from the live objects, it is not {engine}'s")));
        }
        other => {
            out.extend(row.app.resources.iter().enumerate().flat_map(|(i, r)| managed_lines(cx, row, r, (name, note), i)));
            out.push(Runs::of(
                Role::Muted,
                match other {
                    Some((at, Err(cause))) => format!("   live objects cannot be read ({} ago): {cause}", words::age(cx, *at)),
                    _ if row.app.destination.cluster.is_none() && row.app.argo().is_some() => {
                        format!("   live objects are not known: no context of yours reaches {}", words::runs_on(cx, row))
                    }
                    _ if cx.state.fleet.detail.tree_asked_at.is_some() => "   reading the live objects".into(),
                    _ => "   as the engine reports it; the live objects are read when this tab is open".into(),
                },
            ));
        }
    }
    out.extend(operation(cx, row, width));
    out
}

/// What goes on or went wrong on the whole, and the hooks of it, which are no resources of the app.
fn operation(cx: Cx, row: &Row, width: usize) -> Vec<Runs> {
    let Some((argo, operation)) = row.app.argo().zip(unfinished(row)) else { return Vec::new() };
    let by = operation.by.as_deref().map_or_else(String::new, |by| format!(" by {}", if by == "automated" { "auto-sync" } else { by }));
    let began = operation.started_at.map_or_else(String::new, |at| format!(", started {} ago", words::age(cx, at)));
    let of = argo.operation_retry_limit.filter(|n| *n >= 0).map_or_else(String::new, |n| format!(" of {n}"));
    let retry = if operation.retry_count > 0 { format!(", retry {}{of}", operation.retry_count) } else { String::new() };
    let next = operation.next_try_at.map_or_else(String::new, |at| format!(", next try {}", words::time(cx, at)));
    let text = format!(" operation {}{by}{began}{retry}{next}", operation.phase.word());
    let mut out = vec![Runs::of(Role::Header, crate::ui::text::cut_end(&text, width))];
    for hook in argo.operation_resources.iter().filter(|r| !r.hook_type.is_empty()) {
        let (role, sign) = match hook.hook_phase.as_str() {
            "Succeeded" => (Role::Ok, Sign::Ok),
            "Failed" | "Error" => (Role::Bad, Sign::Bad),
            _ => (Role::Busy, Sign::Busy),
        };
        let text = format!("{} hook {} {}: {}", hook.hook_type, hook.key.kind, hook.key.name, hook.message);
        out.push(Runs::new().gap(2).add(role, cx.theme.sign(sign)).gap(1).add(Role::Text, text).cut(width));
    }
    out
}

/// The operation, while it goes on or where it failed.
fn unfinished(row: &Row) -> Option<&Operation> {
    row.app.operation.as_ref().filter(|o| !o.routine && !matches!(o.phase, Phase::Succeeded | Phase::Requested | Phase::Blocked))
}

/// What the operation did to one resource: its wave where there are several, and its result.
fn result(row: &Row, key: &ObjectKey) -> Option<String> {
    let argo = row.app.argo().filter(|_| unfinished(row).is_some())?;
    let managed = row.app.resources.iter().find(|r| r.key == *key && !r.hook)?;
    let has_waves = row.app.resources.iter().any(|r| !r.hook && r.wave != managed.wave);
    let wave = if has_waves { format!("wave {}, ", managed.wave) } else { String::new() };
    let word = match argo.operation_resources.iter().find(|r| r.key == *key) {
        Some(r) if r.status == "SyncFailed" => format!("failed: {}", r.message),
        Some(r) if r.status == "Synced" => "applied".to_owned(),
        Some(r) => r.status.to_lowercase(),
        // Of a sync of some resources, or at another revision, nothing can be told of the others.
        None if has_waves && !managed.requires_pruning && row.app.is_whole_sync() => {
            let goes_on = row.app.operation.as_ref().is_some_and(|o| matches!(o.phase, Phase::Running | Phase::Terminating));
            if goes_on { "to come" } else { "not applied" }.to_owned()
        }
        None => return None,
    };
    Some(format!("{wave}{word}"))
}

/// Heading over a health that we computed.
const OURS: &str = "HEALTH (ours)";

/// What was last read below the row in view.
fn tree<'a>(cx: Cx<'a>, row: &Row) -> Option<&'a (Timestamp, Result<Vec<LiveNode>, String>)> {
    cx.state.fleet.read_of(&row.app.id)
}

fn is_read(cx: Cx, row: &Row) -> bool {
    matches!(tree(cx, row), Some((_, Ok(nodes))) if !nodes.is_empty())
}

/// The cursor, else the mark: the cursor's line tells its mark in the note.
fn gutter(cx: Cx, at: usize, is_marked: bool) -> Runs {
    match (is_here(cx, at), is_marked) {
        (true, _) => Runs::of(Role::CursorGutter, ">"),
        (false, true) => Runs::of(Role::Strong, "*"),
        (false, false) => Runs::new().gap(1),
    }
}

fn noted(text: &str, is_marked: bool) -> String {
    match (is_marked, text.is_empty()) {
        (false, _) => text.to_owned(),
        (true, true) => "marked".to_owned(),
        (true, false) => format!("marked; {text}"),
    }
}

fn with_result(row: &Row, key: &ObjectKey, text: String) -> String {
    match (result(row, key), text.is_empty()) {
        (None, _) => text,
        (Some(result), true) => result,
        (Some(result), false) => format!("{result}; {text}"),
    }
}

fn node_lines(cx: Cx, row: &Row, node: &LiveNode, parent: bool, (name, note): (usize, usize), at: usize) -> Vec<Runs> {
    let managed = row.app.resources.iter().find(|r| r.key == node.key);
    let fold = if parent { cx.theme.sign(Sign::Open) } else { " " };
    let title = format!("{}{fold} {}", "  ".repeat(node.depth), title(&node.key, row));
    let sync = managed.and_then(|m| m.sync);
    let health = node.health.or_else(|| managed.and_then(|m| m.health));
    let text = match &node.unread {
        Some(why) => format!("not read: {why}"),
        None if !node.exists => "not there".into(),
        // Beside healths of ours one of the engine's is told to be that.
        None if node.health.is_none() && health.is_some() => {
            format!("health as {} says{}{}", row.app.id.engine().title(), if node.note.is_empty() { "" } else { ", " }, node.note)
        }
        None => node.note.clone(),
    };
    let text = with_result(row, &node.key, text);
    let age = node.created_at.map_or("-".into(), |at| words::age(cx, at));
    let dim = if node.unread.is_some() { Role::Unknown } else { Role::Text };
    let is_marked = cx.state.view.resource_marks.has(&row.app.id, &node.key);
    let text = noted(&text, is_marked);
    let line = gutter(cx, at, is_marked).name(dim, &title, name).gap(1).join(cells(cx, sync, health, managed.is_some()));
    with_note(cx, line.number(Role::Muted, &age, 4).gap(2), (dim, &text), note, at)
}

/// The note is cut, but told whole for the line under the cursor.
fn with_note(cx: Cx, line: Runs, (role, says): (Role, &str), cells: usize, at: usize) -> Vec<Runs> {
    if !is_here(cx, at) || text::width(says) <= cells {
        return vec![selected(cx, line.cell(role, says, cells), at)];
    }
    let before = line.width();
    let mut first = Some(line);
    let mut start = || first.take().unwrap_or_else(|| Runs::new().gap(before));
    text::wrap(says, cells).into_iter().map(|l| selected(cx, start().cell(role, &l, cells), at)).collect()
}

fn managed_lines(cx: Cx, row: &Row, resource: &ManagedResource, (name, note): (usize, usize), at: usize) -> Vec<Runs> {
    let text = match resource {
        r if r.requires_pruning => "left git; only a sync with prune deletes it".to_owned(),
        r if r.hook => "hook".to_owned(),
        r => r.health_message.clone().into(),
    };
    let text = with_result(row, &resource.key, text);
    let is_marked = cx.state.view.resource_marks.has(&row.app.id, &resource.key);
    let text = noted(&text, is_marked);
    let line = gutter(cx, at, is_marked).name(Role::Text, &format!("  {}", resource.key.title()), name).gap(1);
    let line = line.join(cells(cx, resource.sync, resource.health, true)).number(Role::Muted, "", 4).gap(2);
    with_note(cx, line, (Role::Text, &text), note, at)
}

/// SYNC and HEALTH of one object; what does not apply is empty, what is not told is `-`.
fn cells(cx: Cx, sync: Option<crate::domain::status::Sync>, health: Option<crate::domain::status::Health>, managed: bool) -> Runs {
    let sync = match sync {
        Some(s) => words::sign_word(cx, words::tone(words::sync_tone(s)), s.word(), 12),
        None => Runs::new().cell(Role::Muted, if managed { "-" } else { "" }, 12),
    };
    match health {
        Some(h) => sync.join(words::sign_word(cx, words::tone(words::health_tone(h)), h.word(), 13)),
        None => sync.cell(Role::Muted, "-", 13),
    }
}

/// Without the namespace where it is the app's own.
fn title(key: &ObjectKey, row: &Row) -> String {
    let own = row.app.destination.namespace.as_deref().unwrap_or(&row.app.id.namespace);
    if key.namespace == own || key.namespace.is_empty() { format!("{} {}", key.kind, key.name) } else { key.title() }
}
