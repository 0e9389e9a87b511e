//! Pods from creation to running, or to their trouble.

use super::objects::{OUT_OF_MEMORY, PodState, pod_status};
use super::{Fate, POD, Workload, text};
use crate::sim::scenario::log_text;
use serde_json::Value;
use std::time::{Duration, Instant};

/// After how many start times a crashing container has restarted once more.
const RESTARTS: [f64; 9] = [1.0, 2.0, 3.5, 6.0, 9.0, 13.0, 18.0, 24.0, 40.0];

impl Workload {
    /// Moves every pod on. True while one still changes by time.
    pub(super) async fn pods(&mut self) -> bool {
        let mut busy = false;
        let pods = self.cache.list(POD);
        self.pods.retain(|uid, _| pods.iter().any(|pod| pod["metadata"]["uid"] == uid.as_str()));
        for pod in pods {
            let meta = &pod["metadata"];
            let of = format!("{}/{}", text(&meta["namespace"]), text(&meta["labels"]["app"]));
            if meta["ownerReferences"][0]["kind"] != "ReplicaSet" || super::rollout::is_ready(&pod) || self.held.contains(&of) {
                continue;
            }
            let uid = text(&meta["uid"]).to_owned();
            let now = self.fate(&pod);
            let (since, fate) = match self.pods.get(&uid) {
                // A restarted container reads its environment again: a repaired ConfigMap ends the loop. So does one that never started.
                Some((since, fate)) if *fate == now || !matches!(fate, Fate::Crashes | Fate::NoConfig(_)) => (*since, fate.clone()),
                _ => {
                    let known = (Instant::now(), now);
                    self.pods.insert(uid, known.clone());
                    known
                }
            };
            let (state, last) = self.state(&fate, since.elapsed());
            busy |= !last;
            self.show(&pod, &state).await;
        }
        busy
    }

    /// The state after some time, and whether it is the last one.
    fn state(&self, fate: &Fate, age: Duration) -> (PodState, bool) {
        let start = self.times.pod_start;
        match fate {
            Fate::Unplaced(why) => (PodState::Unplaced(why.clone()), true),
            Fate::NoConfig(why) if age >= start / 2 => (PodState::NoConfig(why.clone()), true),
            Fate::NotReady(port) if age >= start => (PodState::NotReady(*port), true),
            Fate::Runs if age >= start => (PodState::Running, true),
            Fate::RunsLate if age >= start * 5 => (PodState::Running, true),
            Fate::NoImage if age >= start / 2 => (PodState::BadImage, true),
            Fate::Crashes | Fate::OutOfMemory if age >= start => {
                let exit = if *fate == Fate::OutOfMemory { OUT_OF_MEMORY } else { 1 };
                let restarts = RESTARTS.iter().filter(|at| age >= start.mul_f64(**at)).count();
                (PodState::Crashing { exit, restarts: i64::try_from(restarts).unwrap_or(1) }, restarts == RESTARTS.len())
            }
            _ => (PodState::Starting, false),
        }
    }

    async fn show(&mut self, pod: &Value, state: &PodState) {
        let meta = &pod["metadata"];
        let (namespace, name) = (text(&meta["namespace"]), text(&meta["name"]));
        let now = self.clock.now();
        let started = pod["status"]["startTime"].as_str().and_then(|at| at.parse().ok()).unwrap_or(now);
        let status = pod_status(pod, state, started, now);
        let word = |status: &Value| {
            let container = &status["containerStatuses"][0];
            let waiting = container["state"]["waiting"]["reason"].clone();
            let running = container["state"]["running"].is_object();
            (
                status["phase"].clone(),
                waiting,
                container["restartCount"].clone(),
                container["ready"].clone(),
                running,
                status["conditions"][0]["reason"].clone(),
            )
        };
        if word(&pod["status"]) == word(&status) {
            return;
        }
        if let Ok(object) = self.api.merge_status(POD, namespace, name, &status).await {
            self.cache.put(POD, object);
        }
        let container = text(&pod["spec"]["containers"][0]["name"]);
        if let (Some(log), Some(output)) = (&self.log, log_text(container, state, &crate::sim::ids::seconds(now))) {
            log(namespace, name, container, false, &output);
            if matches!(state, PodState::Crashing { .. }) {
                log(namespace, name, container, true, &output);
            }
        }
        match state {
            PodState::Crashing { .. } => {
                let message = format!("Back-off restarting failed container {container} in pod {name}");
                self.event(POD, pod, "Warning", "BackOff", &message).await;
            }
            PodState::BadImage => {
                let message = format!("Failed to pull image \"{}\": not found", text(&pod["spec"]["containers"][0]["image"]));
                self.event(POD, pod, "Warning", "Failed", &message).await;
            }
            PodState::Unplaced(why) => self.event(POD, pod, "Warning", "FailedScheduling", why).await,
            PodState::NoConfig(why) => self.event(POD, pod, "Warning", "Failed", &format!("Error: {why}")).await,
            PodState::NotReady(port) => {
                let message = format!(
                    "Readiness probe failed: Get \"http://10.1.0.7:{port}/\": dial tcp 10.1.0.7:{port}: connect: connection refused"
                );
                self.event(POD, pod, "Warning", "Unhealthy", &message).await;
            }
            _ => {}
        }
    }
}
