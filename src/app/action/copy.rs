//! `y`: the row as one line of text.

use super::{Action, Group, row_in_focus};
use crate::app::cells;
use crate::app::effect::Effect;

pub static COPY: Action = Action {
    name: "copy_row",
    title: "copy",
    help: "copy this row: app, cluster, state, revision, why",
    group: Group::App,
    off: |s| row_in_focus(s).err(),
    run: |s| {
        let Some(row) = s.row() else { return Vec::new() };
        let revision = row.app.revision.as_deref().unwrap_or("-");
        let text = format!(
            "{} {} on {} ({} {}/{} at {}): {}, {}, {}. {}",
            row.app.id.kind.short(),
            row.app.id.name,
            row.app.runs_on(),
            row.app.id.kind.kind(),
            row.app.id.namespace,
            row.app.id.name,
            row.app.id.cluster,
            cells::sync_cell(row).1,
            cells::health_cell(row).1,
            revision,
            row.verdict.sentence
        );
        vec![Effect::Copy(text.trim_end().to_owned())]
    },
    mutates: false,
};
