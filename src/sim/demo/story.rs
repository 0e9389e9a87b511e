//! What other people do while a demo runs.

use crate::domain::clock::Clock;
use crate::sim::controllers::Times;
use crate::sim::repos::{Landing, Repos};
use crate::sim::scenario::Scenario;
use std::time::Duration;
use tokio::task::JoinSet;

/// Seconds after the start, and what lands then.
pub fn timeline(scenario: Scenario) -> Vec<(f64, Landing)> {
    match scenario {
        Scenario::Night | Scenario::States | Scenario::Quiet | Scenario::Stopped | Scenario::Drift => Vec::new(),
        Scenario::Merge | Scenario::Refused => vec![(20.0, Landing::BadMerge)],
        Scenario::Conflict => vec![(20.0, Landing::BumpAndBadMerge), (24.0, Landing::PaymentsBump(2))],
        Scenario::Moved => {
            let bumps = (2..400).map(|patch| (20.0 + 15.0 * f64::from(patch - 1), Landing::WebBump(patch)));
            std::iter::once((20.0, Landing::BadMerge)).chain(bumps).collect()
        }
    }
}

pub fn tell(tasks: &mut JoinSet<()>, scenario: Scenario, repos: Repos, clock: Clock, times: Times) {
    let start = tokio::time::Instant::now();
    tasks.spawn(async move {
        for (after, landing) in timeline(scenario) {
            tokio::time::sleep_until(start + times.scaled(after)).await;
            // A push of the operator in the same moment wins; the next try follows at once.
            for _ in 0..5 {
                let (repos, at) = (repos.clone(), clock.now());
                let landed = tokio::task::spawn_blocking(move || repos.land("fleet", &landing, at)).await;
                if matches!(landed, Ok(Ok(_))) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    });
}
