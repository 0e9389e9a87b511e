//! Jobs: one pod each, done or failed after a moment.

use super::objects::{PodState, pod, pod_name, pod_status, time};
use super::{POD, Workload, text};
use crate::sim::controllers::api::JOB;
use crate::sim::scenario::log_text;
use serde_json::{Value, json};
use std::time::Instant;

impl Workload {
    /// Moves every Job on. True while one runs.
    pub(super) async fn jobs(&mut self) -> bool {
        let mut busy = false;
        for job in self.cache.list(JOB) {
            let ended = job["status"]["conditions"].as_array().is_some_and(|list| !list.is_empty());
            if ended {
                continue;
            }
            let uid = text(&job["metadata"]["uid"]).to_owned();
            let first = !self.jobs.contains_key(&uid);
            let since = *self.jobs.entry(uid).or_insert_with(Instant::now);
            if first {
                let name = pod_name(text(&job["metadata"]["name"]), self.seed, 0);
                if let Ok(object) = self.api.create(&pod(&job, &name)).await {
                    self.show_job_pod(&object, &PodState::Starting).await;
                }
            }
            if since.elapsed() >= self.times.job {
                self.end(&job).await;
            } else {
                busy = true;
            }
        }
        busy
    }

    async fn end(&mut self, job: &Value) {
        let image = text(&job["spec"]["template"]["spec"]["containers"][0]["image"]);
        let fails = self.faults.failing_jobs.iter().any(|it| image.ends_with(it.as_str()));
        let (namespace, name) = (text(&job["metadata"]["namespace"]), text(&job["metadata"]["name"]));
        let now = time(self.clock.now());
        let condition = |kind: &str, reason: &str, message: &str| json!({"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now});
        let (status, state) = if fails {
            let failed = condition("Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit");
            (json!({"failed": 1, "startTime": now, "conditions": [failed]}), PodState::Failed { exit: 1 })
        } else {
            let complete = condition("Complete", "CompletionsReached", "Reached expected number of succeeded pods");
            (json!({"succeeded": 1, "startTime": now, "completionTime": now, "conditions": [complete]}), PodState::Succeeded)
        };
        let pod_name = pod_name(name, self.seed, 0);
        if let Some(pod) = self.cache.get(POD, namespace, &pod_name) {
            self.show_job_pod(&pod, &state).await;
        }
        if let Ok(object) = self.api.merge_status(JOB, namespace, name, &status).await {
            self.cache.put(JOB, object);
        }
    }

    async fn show_job_pod(&self, pod: &Value, state: &PodState) {
        let (namespace, name) = (text(&pod["metadata"]["namespace"]), text(&pod["metadata"]["name"]));
        let now = self.clock.now();
        let status = pod_status(pod, state, now, now);
        if let Ok(object) = self.api.merge_status(POD, namespace, name, &status).await {
            self.cache.put(POD, object);
        }
        let container = text(&pod["spec"]["containers"][0]["name"]);
        if let (Some(log), Some(output)) = (&self.log, log_text(container, state, &crate::sim::ids::seconds(now))) {
            log(namespace, name, container, false, &output);
        }
    }
}
