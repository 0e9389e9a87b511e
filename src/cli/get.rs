//! `driftdeck get`: some apps as rows, or one in detail.

use super::args::{Cli, GetArgs, Output};
use super::headless::{self, Past, Session};
use super::select::Pick;
use super::status::{json, reach, table};
use super::{Failure, print};
use crate::app::fleet::Row;
use crate::app::pane::Tab;
use crate::app::state::AppState;
use crate::domain::ids::AppId;
use serde_json::{Value, json};

pub(super) mod detail;

pub async fn run(cli: &Cli, args: &GetArgs) -> Result<i32, Failure> {
    let limit = headless::span("--timeout", &args.reading.timeout)?;
    let picks = picks(args)?;
    let mut session = Session::start(headless::prepare(cli, "get", Past::Left)?, limit);
    session.read_causes(|state, row| picks.iter().any(|pick| pick.matches(state, row))).await;
    let ids = chosen(&picks, args, &session.state)?;
    if let ([id], false) = (ids.as_slice(), args.apps.is_empty()) {
        // What else concerns it is read where it is shown.
        session.state.view.tab = Tab::Source;
        session.look_at(id).await;
    }
    let state = &session.state;
    let rows = || ids.iter().filter_map(|id| state.fleet.rows.get(id));
    print::answer(&match (args.output, ids.as_slice()) {
        (Output::Json, _) => document(state, rows()),
        (Output::Table, [id]) if !args.apps.is_empty() => state.fleet.rows.get(id).map_or_else(String::new, |row| detail::text(state, row)),
        (Output::Table, _) => format!("{}{}", table::rows_of(state, rows(), false), table::links(state)),
        (Output::Wide, _) => format!("{}{}", table::rows_of(state, rows(), true), table::links(state)),
    })?;
    reach::nothing_in_namespace(state).iter().for_each(|text| print::aside(text));
    let is_unread = picks.iter().any(|pick| !pick.left_out(state).is_empty());
    Ok(reach::code_of(is_unread, rows()))
}

fn picks(args: &GetArgs) -> Result<Vec<Pick>, Failure> {
    let cluster = args.cluster.as_deref();
    if args.apps.is_empty() {
        return Ok(vec![Pick::all(cluster)]);
    }
    args.apps.iter().map(|text| Pick::parse(text, cluster)).collect()
}

/// Each app once, in the order shown. Errors: as [`Pick::some`], for the first argument that means none.
fn chosen(picks: &[Pick], args: &GetArgs, state: &AppState) -> Result<Vec<AppId>, Failure> {
    let mut wanted = std::collections::HashSet::new();
    for pick in picks {
        let found = if args.apps.is_empty() { pick.matching(state) } else { pick.some(state)? };
        wanted.extend(found.into_iter().map(|row| row.app.id.clone()));
    }
    Ok(state.fleet.shown.iter().filter(|id| wanted.contains(id)).cloned().collect())
}

fn document<'a>(state: &AppState, rows: impl Iterator<Item = &'a Row>) -> String {
    let apps = rows.map(|row| detail::json(state, row)).collect();
    json::text(state, json!({ "clusters": json::clusters(state), "apps": Value::Array(apps) }))
}
