//! `driftdeck status`: the rows through the same runtime and `update`, without a screen.

use super::args::{Cli, Output, StatusArgs};
use super::headless::{self, Past, Session};
use super::select::Pick;
use super::{Failure, print};

mod engines;
pub(super) mod json;
pub(super) mod reach;
pub(super) mod table;

pub async fn run(cli: &Cli, args: &StatusArgs) -> Result<i32, Failure> {
    let limit = headless::span("--timeout", &args.timeout)?;
    let mut session = Session::start(headless::prepare(cli, "status", Past::Left)?, limit);
    let pick = Pick::all(args.cluster.as_deref());
    session.read_causes(|state, row| pick.matches(state, row)).await;
    let state = &session.state;
    let rows = pick.matching(state);
    print::answer(&match args.output {
        Output::Json => json::document(state, &rows),
        Output::Table => table::text(state, &rows, false),
        Output::Wide => table::text(state, &rows, true),
    })?;
    // A slip of the finger must not read as "all is well".
    if args.cluster.is_some() {
        pick.some(state)?;
    }
    reach::nothing_in_namespace(state).iter().for_each(|text| print::aside(text));
    Ok(reach::code_of(!pick.left_out(state).is_empty(), rows.into_iter()))
}
