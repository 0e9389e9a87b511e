//! The pods of controllers: restarts, and why the worst one does not run.

use super::wire::{ContainerStatus, Pod, Workload};
use crate::domain::Timestamp;
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

/// As many restarts of one container are no accident, where its last run was shorter than the kubelet takes to count anew.
const RESTARTS: u32 = 3;
const SHORT: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// The pods of a workload that run or are to run: one that ended (an evicted one stays for days) says nothing of now.
fn ours<'a>(workload: &'a Workload, pods: &'a [Pod]) -> impl Iterator<Item = &'a Pod> {
    let wanted = &workload.spec.selector.match_labels;
    let lives = |pod: &&Pod| !matches!(pod.status.phase.as_str(), "Failed" | "Succeeded");
    pods.iter().filter(lives).filter(move |pod| !wanted.is_empty() && has(&pod.metadata.labels, wanted))
}

pub(super) fn names(workload: &Workload, pods: &[Pod]) -> Vec<String> {
    ours(workload, pods).map(|pod| pod.metadata.name.clone()).collect()
}

/// When it last ended a run that was short, as others before it were.
fn crashed_at(container: &ContainerStatus) -> Option<Timestamp> {
    if container.restart_count < RESTARTS {
        return None;
    }
    let ended = [&container.last_state, &container.state].into_iter().filter_map(|s| s.terminated.as_ref());
    let short = ended.filter_map(|run| Some((run.started_at?, run.finished_at?))).filter(|(from, to)| to.duration_since(*from) < SHORT);
    short.map(|(_, to)| to).max()
}

/// What a workload's pods tell together.
pub(super) fn of(workload: &Workload, pods: &[Pod]) -> Pods {
    let mut out = Pods::default();
    let mut worst = 0;
    for pod in ours(workload, pods) {
        out.count += 1;
        let unready = pod.status.conditions.iter().find(|c| c.kind == "Ready" && c.status == "False").and_then(|c| c.last_transition_time);
        out.unready_since = [out.unready_since, unready].into_iter().flatten().min();
        for container in &pod.status.container_statuses {
            out.restarts = out.restarts.saturating_add(container.restart_count);
            out.crashed_at = out.crashed_at.max(crashed_at(container));
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
        let run = |from: &str| json!({"terminated": {"reason": "OOMKilled", "startedAt": from, "finishedAt": "2026-11-24T03:03:00Z"}});
        let (killed, long) = (run("2026-11-24T03:01:00Z"), run("2026-11-20T03:01:00Z"));
        let pods = [
            pod("a", 2, json!({"running": {}}), json!({})),
            pod("b", 5, json!({"waiting": {"reason": "CrashLoopBackOff"}}), killed.clone()),
        ];
        let found = of(&workload(json!({"app": "k"})), &pods);
        assert_eq!((found.count, found.restarts, found.reason.as_deref()), (2, 7, Some("OOMKilled")));
        assert_eq!(found.crashed_at, "2026-11-24T03:03:00Z".parse().ok());
        let crashed = |restarts, last| of(&workload(json!({"app": "k"})), &[pod("a", restarts, json!({}), last)]).crashed_at;
        assert_eq!(crashed(5, long), None, "a run of days that ended is no crash loop, however many restarts were counted in a year");
        assert_eq!(crashed(1, killed), None, "one restart is none");
        assert_eq!(of(&workload(json!({"app": "other"})), &pods), Pods::default());
        assert_eq!(of(&workload(json!({})), &pods), Pods::default(), "no selector finds nothing, not everything");
    }

    #[test]
    fn a_pod_that_was_evicted_days_ago_is_not_counted_and_one_that_cannot_start_is() {
        let pod = |phase: &str| -> Pod {
            let ready = json!({"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-20T03:02:00Z"});
            serde_json::from_value(
                json!({"metadata": {"name": phase, "labels": {"app": "k"}}, "status": {"phase": phase, "conditions": [ready]}}),
            )
            .unwrap()
        };
        let all = [pod("Failed"), pod("Succeeded"), pod("Pending")];
        let it = workload(json!({"app": "k"}));
        assert_eq!((of(&it, &all).count, names(&it, &all)), (1, vec!["Pending".to_owned()]));
        assert_eq!(of(&it, &all[..2]), Pods::default());
    }
}
