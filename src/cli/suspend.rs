//! `driftdeck suspend`: Flux suspend, Argo CD auto-sync off, with who, why and until when on the object.

use super::Failure;
use super::act::{self, Ask};
use super::args::{Cli, SuspendArgs};
use crate::domain::Timestamp;
use crate::domain::clock::Clock;
use crate::domain::duration::parse_span;
use crate::domain::plan::PlanChoices;
use crate::domain::text::sanitise;
use crate::engine::Verb;

/// Letters of a reason or an owner.
const LONGEST: usize = 200;

pub async fn run(cli: &Cli, args: &SuspendArgs) -> Result<i32, Failure> {
    let reason = sanitise(args.reason.trim(), LONGEST);
    if reason.is_empty() {
        return Err(Failure::usage("--reason is empty: others read it on the object."));
    }
    let until = args.until.as_deref().map(|text| until(text, Clock::system().now())).transpose()?;
    let owner = args.owner.as_deref().map(|name| sanitise(name.trim(), LONGEST)).filter(|name| !name.is_empty());
    let choices = PlanChoices { reason, owner, until, ..PlanChoices::default() };
    act::run(cli, &args.one, &args.sending, Ask { command: "suspend", verb: Verb::Suspend, choices, given: Vec::new() }).await
}

/// A span from now, or a time. Errors: usage; also for what is over already.
fn until(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let bad = || Failure::usage(format!("--until {text}: write 30m, 2h or 3d, or a time to come like 2026-11-24T09:00:00Z."));
    let span = parse_span(text).and_then(|s| i64::try_from(s).ok()).and_then(|s| Timestamp::from_second(now.as_second() + s).ok());
    span.or_else(|| text.parse().ok()).filter(|at| *at > now).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_span_or_a_time_to_come() {
        let now: Timestamp = "2026-11-24T03:12:40Z".parse().unwrap();
        assert_eq!(until("2h", now).unwrap().to_string(), "2026-11-24T05:12:40Z");
        assert_eq!(until("2026-11-24T09:00:00Z", now).unwrap().to_string(), "2026-11-24T09:00:00Z");
        for bad in ["", "soon", "0s", "2026-11-24T03:00:00Z", "2026"] {
            assert_eq!(until(bad, now).unwrap_err().code, 64, "{bad}");
        }
    }
}
