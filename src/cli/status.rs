//! `driftdeck status`: the rows through the same runtime and `update`, without a screen.

use super::args::{Cli, Output, StatusArgs};
use super::headless::{self, Past, Session};
use super::{Failure, print};

pub(super) mod json;
pub(super) mod reach;
pub(super) mod table;

pub async fn run(cli: &Cli, args: &StatusArgs) -> Result<i32, Failure> {
    let limit = headless::span("--timeout", &args.timeout)?;
    let mut session = Session::start(headless::prepare(cli, "status", Past::Left)?, limit);
    session.read().await;
    let state = &session.state;
    print::answer(&match args.output {
        Output::Json => json::document(state),
        Output::Table => table::text(state, false),
        Output::Wide => table::text(state, true),
    })?;
    reach::nothing_in_namespace(state).iter().for_each(|text| print::aside(text));
    Ok(reach::code(state))
}
