//! Controllers that are ready now and then: between two crashes.

use super::Facts;
use crate::domain::controllers::{Level, Warning};
use crate::domain::duration::{long_age, seconds_between};

/// A crash before that is over, seconds: then the kubelet begins to count anew.
const LATELY: u64 = 600;

pub(super) fn restarts(facts: &Facts<'_>) -> Vec<Warning> {
    let crashing = facts.read.list.iter().filter_map(|controller| {
        let pods = controller.pods.as_ref()?;
        let ago = seconds_between(pods.crashed_at?, facts.there());
        if ago > LATELY {
            return None;
        }
        let reason = pods.reason.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
        let sentence = format!(
            "{} of {} ended {} ago after a short run{reason}; its pods count {} restarts. Each time it begins its work anew.",
            controller.name,
            facts.cluster,
            long_age(ago),
            pods.restarts
        );
        Some(facts.about(controller, Level::Poor, "crashing", format!("{} crashing", controller.name), sentence))
    });
    crashing.collect()
}
