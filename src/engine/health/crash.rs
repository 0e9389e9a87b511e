//! Controllers that are ready now and then: between two crashes.

use super::{Facts, short_title};
use crate::domain::controllers::{Level, Reach, Warning};
use crate::domain::duration::{long_age, seconds_between};

/// As many restarts are no accident, where the last was within so many seconds: then the kubelet begins to count anew.
const RESTARTS: u32 = 3;
const LATELY: u64 = 600;

pub(super) fn restarts(facts: &Facts<'_>) -> Vec<Warning> {
    let crashing = facts.read.list.iter().filter_map(|controller| {
        let pods = controller.pods.as_ref().filter(|p| p.restarts >= RESTARTS)?;
        let ago = seconds_between(pods.ended_at?, facts.now);
        if ago > LATELY {
            return None;
        }
        let reason = pods.reason.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
        Some(Warning {
            rule: String::new(),
            engine: controller.engine,
            level: Level::Poor,
            reach: Reach::Nothing,
            namespace: controller.namespace.clone(),
            controller: controller.name.clone(),
            word: format!("{} crashing", short_title(controller.engine)),
            short: format!("{} restarted {}x", controller.name, pods.restarts),
            sentence: format!(
                "{} of {} restarted {} times, the last time {} ago{reason}. Each time it begins its work anew.",
                controller.name,
                facts.cluster,
                pods.restarts,
                long_age(ago)
            ),
            next: facts.look_at(controller),
        })
    });
    crashing.collect()
}
