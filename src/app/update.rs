//! The only writer of the state: messages in, effects out. It routes; each kind of message has its own file.

use super::effect::Effect;
use super::layout::{self, Form};
use super::mapping::Target;
use super::msg::{Envelope, Msg};
use super::notice::Level;
use super::overlay::Overlay;
use super::pane::Pane;
use super::state::AppState;
use super::{acks, follow, ingest, input, list, rollback, settle};
use crate::domain::event::{ClusterEvent, DetailEvent, Parsed};
use crate::domain::ids::AppId;

/// Handles everything that waited, then brings the derived parts up to date once.
pub fn update(state: &mut AppState, inbox: impl IntoIterator<Item = Envelope>) -> Vec<Effect> {
    let mut out = Vec::new();
    for Envelope { at, msg } in inbox {
        if at > state.now {
            if at.as_second() / 60 != state.now.as_second() / 60 {
                state.dirty = true;
            }
            state.now = at;
        }
        let is_of_sources = is_of_sources(&msg);
        out.extend(one(state, msg));
        forget_followers(state, is_of_sources);
    }
    out.extend(acks::expire(state));
    out.extend(settle::settle(state));
    forget_followers(state, false);
    out
}

/// Beside the rows it is these that tell who follows a repository, and under which name.
fn is_of_sources(msg: &Msg) -> bool {
    match msg {
        Msg::Contexts(_) | Msg::Loaded(_) => true,
        Msg::Cluster(ClusterEvent::Heard { .. } | ClusterEvent::Controllers { .. } | ClusterEvent::Kind { .. }) => false,
        Msg::Cluster(ClusterEvent::Upsert { objects, .. }) => objects.iter().any(|object| !matches!(object, Parsed::App(_))),
        Msg::Cluster(_) => true,
        _ => false,
    }
}

fn forget_followers(state: &mut AppState, is_due: bool) {
    if state.fleet.rows.take_moved() || is_due {
        state.fleet.followers.take();
    }
}

fn one(state: &mut AppState, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => input::on_key(state, key),
        Msg::Paste(text) => input::on_paste(state, &text),
        Msg::Mouse { kind, x, y } => input::on_mouse(state, kind, x, y),
        Msg::Press(press) => input::press::on_press(state, press),
        Msg::Resize { width, height } => resized(state, width, height),
        Msg::Tick => ticked(state),
        Msg::Waited { had_ms } => super::waited::on_waited(state, had_ms),
        Msg::Look(app) => {
            super::waited::on_look(state, app);
            Vec::new()
        }
        Msg::Contexts(contexts) => super::pane::clusters::on_contexts(state, contexts),
        Msg::ContextsFailed(text) => told(state, Level::Bad, text, Some("The clusters already watched stay as they are.".into())),
        Msg::Probed { cluster, probe } => {
            super::overlay::picker::on_probed(state, &cluster, probe);
            Vec::new()
        }
        Msg::Cluster(event) => ingest::on_cluster(state, event),
        Msg::Repo(event) => ingest::on_repo(state, event),
        Msg::Detail(event) => on_detail(state, event),
        Msg::Task { task, event } => follow::on_task(state, task, event),
        Msg::Diff { task, result } => {
            super::pane::diff::on_result(state, task, result.map(|b| *b));
            Vec::new()
        }
        Msg::Compared { task, result } => {
            super::drift::on_answer(state, task, result.map(|b| *b));
            Vec::new()
        }
        Msg::Suspects { task, result } => rollback::on_suspects(state, task, result.map(|b| *b)),
        Msg::Preview { task, result } => rollback::on_preview(state, task, result.map(|b| *b)),
        Msg::PushChecked { task, event } => rollback::on_checked(state, task, event),
        Msg::Contains { task, revision, contains } => follow::on_contains(state, task, revision, contains),
        Msg::Tracked { home, destination, cluster, found } => {
            super::destination::on_tracked(state, Target { home, destination }, &cluster, found)
        }
        Msg::Assessed { app, answer } => super::assess::on_answer(state, &app, *answer),
        Msg::Reviewed { ask, object, may } => super::action::plan::on_right(state, ask, &object, may),
        Msg::Loaded(loaded) => super::loaded::on_loaded(state, *loaded),
        Msg::Notice { level, text, hint } => told(state, level, text, hint),
        Msg::Flash(text) => flashed(state, text),
        Msg::Terminate => super::action::quit::leave(state),
        Msg::Suspend => vec![Effect::SuspendProgram],
    }
}

fn told(state: &mut AppState, level: Level, text: String, hint: Option<String>) -> Vec<Effect> {
    state.notices.push(state.now, level, text, hint);
    state.dirty = true;
    Vec::new()
}

fn flashed(state: &mut AppState, text: String) -> Vec<Effect> {
    state.notices.flash(state.now, text);
    state.dirty = true;
    Vec::new()
}

fn resized(state: &mut AppState, width: u16, height: u16) -> Vec<Effect> {
    (state.width, state.height) = (width, height);
    state.dirty = true;
    if state.view.focus == Pane::Details && layout::form(width, height) == Form::Single {
        state.view.details_of = Pane::Apps;
    }
    list::scroll_to_cursor(state);
    Vec::new()
}

fn ticked(state: &mut AppState) -> Vec<Effect> {
    state.dirty |= shows_seconds(state);
    Vec::new()
}

/// Something on screen counts seconds: a young row, a running task, a connecting cluster, a message about to go.
fn shows_seconds(state: &AppState) -> bool {
    let now = state.now.as_millisecond();
    let bold = state.fleet.glance.changed.iter().any(|at| (1900..4000).contains(&(now - at.as_millisecond())));
    let young = state.fleet.glance.is_young(state.now, 61_000);
    let waits = settle::waiting(state);
    let connecting = state.fleet.clusters.values().any(|c| matches!(c.link, crate::domain::cluster::Link::Connecting { .. }));
    bold || young || waits || connecting || state.tasks.iter().any(super::task::Task::is_running)
}

fn on_detail(state: &mut AppState, event: DetailEvent) -> Vec<Effect> {
    if let DetailEvent::Tree { app, at, nodes } = &event
        && state.fleet.causes.on_tree(app, *at, nodes)
    {
        state.fleet.derive.judge.insert(app.clone());
    }
    let out = match &event {
        DetailEvent::Tree { app, at, nodes: Ok(nodes) } => super::assess::on_tree(state, app, *at, nodes),
        _ => Vec::new(),
    };
    let detail = &mut state.fleet.detail;
    let is_ours = |app: &AppId, ours: &Option<AppId>| ours.as_ref() == Some(app);
    match event {
        DetailEvent::Tree { app, at, nodes } if is_ours(&app, &detail.app) => {
            let is_news = detail.tree.as_ref().is_none_or(|(_, old)| *old != nodes);
            detail.tree = Some((at, nodes));
            told_of_detail(state, is_news);
            state.fleet.derive.judge.insert(app);
        }
        DetailEvent::Events { app, at, events } if is_ours(&app, &detail.app) => {
            let is_news = detail.events.as_ref().is_none_or(|(_, old)| *old != events);
            detail.events = Some((at, events));
            detail.events_open = detail.events_open.saturating_sub(1);
            told_of_detail(state, is_news);
            state.fleet.derive.judge.insert(app);
        }
        DetailEvent::Around { app, at, neighbours } if is_ours(&app, &detail.app) => {
            state.dirty |= detail.around.as_ref().is_none_or(|(_, old)| *old != neighbours);
            detail.around = Some((at, neighbours));
        }
        DetailEvent::LogMore { id, at, is_new, lines, dropped } => super::log::on_more(state, id, is_new.then_some(at), lines, dropped),
        DetailEvent::LogEnded { id, why } => super::log::on_ended(state, id, why),
        DetailEvent::Log { app, pod, container, previous, at, lines, containers } if is_ours(&app, &detail.app) => {
            super::log::on_read(state, app, super::fleet::LogText { pod, container, previous, at, lines, containers });
        }
        // An answer for a row that is no longer in view.
        DetailEvent::Tree { .. } | DetailEvent::Events { .. } | DetailEvent::Around { .. } | DetailEvent::Log { .. } => {}
    }
    out
}

fn told_of_detail(state: &mut AppState, is_news: bool) {
    if is_news {
        state.dirty = true;
        super::details::enliven(state);
    }
}

/// The overlay on top, if any.
pub fn top(state: &AppState) -> Option<&Overlay> {
    state.overlays.last()
}

/// Closes the topmost overlay; `q` and Enter are dead for a moment, so that a key meant for it does not hit what is below.
pub fn close_overlay(state: &mut AppState) -> Option<Overlay> {
    state.dirty = true;
    let closed = state.overlays.pop();
    if closed.is_some() {
        let ms = state.now.as_millisecond() + state.settings.dead_ms;
        state.dead_until = crate::domain::Timestamp::from_millisecond(ms).ok();
    }
    closed
}
