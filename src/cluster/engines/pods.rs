//! The pods of controllers: restarts, and why the worst one does not run.

use super::wire::{ContainerStatus, Pod, Workload};
use crate::domain::controllers::Pods;
use crate::domain::text::sanitise;
use std::collections::BTreeMap;

/// A label selector that finds the pods of all these workloads and few others; `None` where they share no label.
pub(super) fn selector(workloads: &[&Workload]) -> Option<String> {
    let first = workloads.first()?.spec.selector.match_labels.keys();
    let shared = first.filter(|key| workloads.iter().all(|w| w.spec.selector.match_labels.contains_key(*key)));
    // The label with the most values tells them apart; one value for all may be that of half the cluster.
    let values = |key: &str| {
        let mut all: Vec<&str> = workloads.iter().filter_map(|w| w.spec.selector.match_labels.get(key)).map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let key = shared.max_by_key(|key| values(key).len())?;
    Some(format!("{key} in ({})", values(key).join(",")))
}

/// What a workload's pods tell together.
pub(super) fn of(workload: &Workload, pods: &[Pod]) -> Pods {
    let wanted = &workload.spec.selector.match_labels;
    let mut out = Pods::default();
    let mut worst = 0;
    for pod in pods.iter().filter(|pod| !wanted.is_empty() && has(&pod.metadata.labels, wanted)) {
        out.count += 1;
        let unready = pod.status.conditions.iter().find(|c| c.kind == "Ready" && c.status == "False").and_then(|c| c.last_transition_time);
        out.unready_since = [out.unready_since, unready].into_iter().flatten().min();
        for container in &pod.status.container_statuses {
            out.restarts = out.restarts.saturating_add(container.restart_count);
            let ended = [&container.last_state, &container.state].into_iter().filter_map(|s| s.terminated.as_ref()?.finished_at).max();
            out.ended_at = out.ended_at.max(ended);
            let (weight, reason) = reason(container);
            if weight > worst {
                worst = weight;
                out.reason = Some(sanitise(reason, 60));
            }
        }
    }
    out
}

fn has(labels: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Why a container waits or ended, and how much that says: how it ended explains a crash loop.
fn reason(container: &ContainerStatus) -> (u8, &str) {
    let waiting = container.state.waiting.as_ref().map_or("", |w| w.reason.as_str());
    let ended = [&container.state, &container.last_state].into_iter().filter_map(|s| s.terminated.as_ref()).map(|t| t.reason.as_str());
    let ended = ended.filter(|r| *r != "Completed").find(|r| !r.is_empty()).unwrap_or_default();
    match (waiting, ended) {
        ("CrashLoopBackOff", "OOMKilled") => (4, ended),
        ("" | "ContainerCreating" | "PodInitializing", "") => (0, ""),
        ("" | "ContainerCreating" | "PodInitializing", _) => (1, ended),
        (waiting, _) => (3, waiting),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn workload(labels: Value) -> Workload {
        serde_json::from_value(json!({"spec": {"selector": {"matchLabels": labels}}})).unwrap()
    }

    #[test]
    fn pods_are_asked_for_by_the_label_that_tells_controllers_apart() {
        let helm = |name: &str| workload(json!({"app.kubernetes.io/instance": "argo", "app.kubernetes.io/name": name}));
        let (server, repo) = (helm("argocd-server"), helm("argocd-repo-server"));
        assert_eq!(selector(&[&server, &repo]).unwrap(), "app.kubernetes.io/name in (argocd-repo-server,argocd-server)");
        assert_eq!(selector(&[&server, &workload(json!({"app": "x"}))]), None);
    }

    #[test]
    fn restarts_add_up_and_out_of_memory_explains_a_crash_loop() {
        let pod = |name: &str, restarts: u32, state: Value, last: Value| -> Pod {
            let status = json!({"restartCount": restarts, "state": state, "lastState": last});
            let ready = json!({"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-24T03:02:00Z"});
            serde_json::from_value(json!({"metadata": {"name": name, "labels": {"app": "k"}}, "status": {"conditions": [ready], "containerStatuses": [status]}})).unwrap()
        };
        let killed = json!({"terminated": {"reason": "OOMKilled", "finishedAt": "2026-11-24T03:03:00Z"}});
        let pods =
            [pod("a", 2, json!({"running": {}}), json!({})), pod("b", 5, json!({"waiting": {"reason": "CrashLoopBackOff"}}), killed)];
        let found = of(&workload(json!({"app": "k"})), &pods);
        assert_eq!((found.count, found.restarts, found.reason.as_deref()), (2, 7, Some("OOMKilled")));
        assert_eq!(found.ended_at, "2026-11-24T03:03:00Z".parse().ok());
        assert_eq!(of(&workload(json!({"app": "other"})), &pods), Pods::default());
        assert_eq!(of(&workload(json!({})), &pods), Pods::default(), "no selector finds nothing, not everything");
    }
}
