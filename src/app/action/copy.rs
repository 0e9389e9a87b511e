//! `y`: what can be copied of the row, or of the cluster, under the cursor.

use super::{Action, Group};
use crate::app::cells;
use crate::app::fleet::{Cluster, Row};
use crate::app::overlay::Overlay;
use crate::app::pane::Pane;
use crate::app::rights;
use crate::app::state::AppState;
use crate::domain::cluster::Link;
use crate::domain::text::shell;
use crate::engine::read_command;

pub static COPY: Action = Action {
    name: "copy_row",
    title: "copy",
    help: "copy the row, a name, the revision, why, or a command that reads it",
    group: Group::App,
    off: |s| items(s).is_empty().then(|| "Nothing to copy is under the cursor.".to_owned()),
    run: |s| {
        s.overlays.push(Overlay::Copy { cursor: 0 });
        Vec::new()
    },
    mutates: false,
};

/// What each line of the menu is called, and the text it copies.
pub fn items(state: &AppState) -> Vec<(&'static str, String)> {
    match state.view.list() {
        Pane::Clusters => state.view.cluster.as_ref().and_then(|id| state.fleet.clusters.get(id)).map_or_else(Vec::new, of_cluster),
        Pane::Repos => {
            let repo = state.view.repo.as_ref().and_then(|id| state.fleet.repos.get(id));
            repo.map_or_else(Vec::new, |r| vec![("URL", r.url.clone()), ("command", format!("git ls-remote {}", shell(&r.url)))])
        }
        Pane::Apps | Pane::Details => state.row().map_or_else(Vec::new, |row| of_row(state, row)),
    }
}

fn of_row(state: &AppState, row: &Row) -> Vec<(&'static str, String)> {
    let app = &row.app;
    let id = &app.id;
    let revision = app.revision.as_deref().unwrap_or("-");
    let whole = format!(
        "{} {} on {} ({} {}/{} at {}): {}, {}, {}. {}",
        id.kind.short(),
        id.name,
        app.runs_on(),
        id.kind.kind(),
        id.namespace,
        id.name,
        id.cluster,
        cells::sync_cell(row).1,
        cells::health_cell(row).1,
        revision,
        row.verdict.sentence
    );
    let mut out = vec![("row", whole.trim_end().to_owned()), ("name", id.name.clone())];
    if let Some(revision) = &app.revision {
        out.push(("revision", revision.clone()));
    }
    if !row.verdict.sentence.is_empty() {
        out.push(("why", row.verdict.sentence.clone()));
    }
    out.push(("command", read_command(id)));
    out.extend(rights::rule(&state.fleet, id).map(|rule| ("rule to ask for", rule)));
    out
}

fn of_cluster(cluster: &Cluster) -> Vec<(&'static str, String)> {
    let mut out = vec![("name", cluster.name().to_owned())];
    if let Some(info) = &cluster.info {
        out.push(("server", info.server.clone()));
    }
    if let Some(why) = cluster.link.reason() {
        out.push(("why", format!("{}: {why}", cluster.name())));
    }
    if let Link::Forbidden { kinds, user } = &cluster.link {
        let user = user.as_deref().unwrap_or("<user>");
        out.push(("rule to ask for", format!("{user} on {}: get, list, watch on {}", cluster.name(), kinds.join(", "))));
    }
    out
}
