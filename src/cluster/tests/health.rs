use super::*;
use serde_json::json;

fn health(group: &str, kind: &str, object: Value) -> (Option<Health>, String) {
    let judged = assess(group, kind, &object);
    (judged.health, judged.note)
}

#[test]
fn a_deployment_is_judged_by_its_rollout() {
    let deployment =
        |spec: Value, status: Value| health("apps", "Deployment", json!({"metadata": {"generation": 1}, "spec": spec, "status": status})).0;
    let done = json!({"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2});
    assert_eq!(deployment(json!({"replicas": 2}), done.clone()), Some(Health::Healthy));
    assert_eq!(deployment(json!({"replicas": 2, "paused": true}), done.clone()), Some(Health::Suspended));
    assert_eq!(deployment(json!({"replicas": 3}), done), Some(Health::Progressing));
    let late =
        json!({"observedGeneration": 1, "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]});
    assert_eq!(deployment(json!({"replicas": 2}), late), Some(Health::Degraded));
    assert_eq!(deployment(json!({"replicas": 0}), json!({})), Some(Health::Progressing), "not yet seen by the controller");
}

#[test]
fn a_rollout_that_goes_on_tells_when_its_progress_deadline_passes() {
    let until = |seconds: i64, kind: &str| {
        let condition = json!({"type": kind, "status": "True", "reason": "ReplicaSetUpdated", "lastUpdateTime": "2026-11-24T03:04:45Z"});
        let object = json!({"metadata": {"generation": 1}, "spec": {"replicas": 2, "progressDeadlineSeconds": seconds},
            "status": {"observedGeneration": 1, "updatedReplicas": 2, "replicas": 2, "conditions": [condition]}});
        assess("apps", "Deployment", &object).deadline_at
    };
    assert_eq!(until(600, "Progressing"), "2026-11-24T03:14:45Z".parse().ok());
    assert_eq!(until(600, "Available"), None, "its controller has not begun to count");
    assert_eq!(until(i64::from(i32::MAX), "Progressing"), None, "it waits for ever");
}

#[test]
fn what_is_being_deleted_names_the_finalizers_that_hold_it() {
    let gone = |finalizers: Value| {
        let judged = assess("", "ConfigMap", &json!({"metadata": {"deletionTimestamp": "2026-11-24T03:00:00Z", "finalizers": finalizers}}));
        (judged.note, judged.held_by)
    };
    let held = gone(json!(["example.com/\u{1b}[31mbackup"]));
    assert!(held.0.starts_with("pending deletion, held by example.com/") && !held.1[0].contains('\u{1b}'), "{held:?}");
    assert_eq!(gone(Value::Null), ("pending deletion".to_owned(), Vec::new()));
}

#[test]
fn stateful_sets_and_daemon_sets_are_never_degraded() {
    let set = json!({"metadata": {"generation": 1}, "spec": {"replicas": 3}, "status": {"observedGeneration": 1, "readyReplicas": 1}});
    assert_eq!(health("apps", "StatefulSet", set), (Some(Health::Progressing), "1 of 3 ready".into()));
    let daemons = json!({"status": {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2, "numberReady": 2}});
    assert_eq!(health("apps", "DaemonSet", daemons), (Some(Health::Healthy), "2 of 2 ready".into()));
}

#[test]
fn pods_say_what_ails_them() {
    let waiting = |reason: &str| json!({"status": {"phase": "Pending", "containerStatuses": [{"name": "c", "image": "i", "state": {"waiting": {"reason": reason}}}]}});
    assert_eq!(health("", "Pod", waiting("ImagePullBackOff")), (Some(Health::Degraded), "ImagePullBackOff".into()));
    assert_eq!(health("", "Pod", waiting("ContainerCreating")), (Some(Health::Progressing), "ContainerCreating".into()));
    let unscheduled =
        json!({"status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes"}]}});
    assert_eq!(health("", "Pod", unscheduled), (Some(Health::Progressing), "0/3 nodes".into()));
    let init = json!({"status": {"phase": "Pending", "initContainerStatuses": [{"name": "migrate", "restartCount": 2, "ready": false,
        "state": {"terminated": {"exitCode": 3, "reason": "Error"}}}], "containerStatuses": [{"name": "c", "state": {"waiting": {"reason": "PodInitializing"}}}]}});
    let judged = assess("", "Pod", &init);
    assert_eq!((judged.note.as_str(), judged.container.as_deref()), ("exit 3, 2x", Some("migrate")));
    let fine = json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{"name": "c", "ready": true, "restartCount": 4, "lastState": {"terminated": {"exitCode": 1}}}]}});
    assert_eq!(health("", "Pod", fine), (Some(Health::Healthy), "1 of 1 ready".into()));
}

#[test]
fn a_container_that_was_killed_for_memory_says_so_between_two_starts_too_and_names_its_limit() {
    let judged = |ended: &str, state: Value| {
        let last = json!({"terminated": {"exitCode": 137, "reason": ended}});
        let limits = |name: &str, memory: &str| json!({"name": name, "resources": {"limits": {"memory": memory}}});
        assess(
            "",
            "Pod",
            &json!({"spec": {"containers": [limits("side", "64Mi"), limits("web", "512Mi")]}, "status": {"phase": "Running",
            "containerStatuses": [{"name": "side", "ready": true}, {"name": "web", "ready": false, "restartCount": 4, "state": state, "lastState": last}]}}),
        )
    };
    let waits = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}});
    let told = |it: &super::Assessment| (it.reason.clone().unwrap_or_default(), it.memory.clone());
    assert_eq!(told(&judged("OOMKilled", waits.clone())), ("OOMKilled".to_owned(), Some("512Mi".to_owned())));
    assert_eq!(told(&judged("Error", waits)), ("CrashLoopBackOff".to_owned(), None));
    let pulls = json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}});
    assert_eq!(told(&judged("OOMKilled", pulls)), ("ImagePullBackOff".to_owned(), None), "what holds it up now is the image");
}

#[test]
fn no_escape_sequence_of_a_pod_reaches_a_note_or_a_message() {
    let bad = |what: &str| format!("{what}\u{1b}]0;owned\u{7}\u{202e}");
    let container = |state: Value| json!([{"name": bad("c"), "image": bad("i"), "restartCount": 1, "ready": false, "state": state}]);
    let waiting = json!({"waiting": {"reason": bad("Err"), "message": bad("m")}});
    let ended = json!({"terminated": {"exitCode": 1, "reason": bad("Error"), "message": bad("m")}});
    let idle = json!({"running": {}});
    let held = json!([{"type": "PodScheduled", "status": "False", "reason": bad("r"), "message": bad("m")}]);
    for phase in ["Pending", "Running", "Failed", "Succeeded", "Unknown", "Odd"] {
        for state in [&waiting, &ended, &idle] {
            for restart in ["Always", "Never"] {
                let pod = json!({"spec": {"restartPolicy": restart, "containers": [{"name": "c", "image": bad("i")}]}, "status": {
                    "phase": phase, "reason": bad("Evicted"), "message": bad("low on disk"), "conditions": held,
                    "containerStatuses": container(state.clone())}});
                let judged = assess("", "Pod", &pod);
                let told =
                    [Some(&judged.note), Some(&judged.message), judged.container.as_ref(), judged.reason.as_ref(), judged.image.as_ref()];
                for text in told.into_iter().flatten() {
                    assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{phase} {restart} {state}: {text:?}");
                }
            }
        }
    }
    let evicted = json!({"status": {"phase": "Odd", "reason": bad("Evicted"), "containerStatuses": container(idle)}});
    assert_eq!(assess("", "Pod", &evicted).note, "Evicted^[]0;owned^?^?");
}

#[test]
fn a_pod_without_a_node_says_what_it_lacks() {
    let pod = |reason: &str, message: &str| {
        json!({"spec": {"containers": [{"name": "c", "image": "i"}]}, "status": {"phase": "Pending", "conditions":
            [{"type": "PodScheduled", "status": "False", "reason": reason, "message": message}]}})
    };
    let end = " preemption: 0/9 nodes are available: 9 No preemption victims found for incoming pod.";
    for (message, note) in [
        ("0/9 nodes are available: 9 Insufficient cpu.", "no node has cpu left"),
        ("0/9 nodes are available: 2 Insufficient cpu, 9 Insufficient memory.", "no node has memory left"),
        ("0/9 nodes are available: 3 Insufficient cpu, 6 node(s) had untolerated taint {dedicated: gpu}.", "3 of 9 nodes lack cpu"),
        ("0/2 nodes are available: 2 node(s) had untolerated taint {dedicated: gpu}.", "nodes are tainted: dedicated"),
        ("0/2 nodes are available: 2 node(s) had untolerated taint(s).", "nodes are tainted"),
        (
            "0/2 nodes are available: 1 node(s) had untolerated taint {a: }, 1 node(s) didn't match Pod's node affinity/selector.",
            "no node matches its selector",
        ),
        ("0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.", "anti-affinity leaves no node"),
        ("0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.", "its volume claim is not bound"),
        ("0/2 nodes are available: persistentvolumeclaim \"data\" not found.", "volume claim data is missing"),
        ("0/2 nodes are available: 2 node(s) had volume node affinity conflict.", "its volume is bound to other nodes"),
        ("0/1 nodes are available: 1 something new.", "0/1 nodes are available: 1 something new"),
    ] {
        let judged = assess("", "Pod", &pod("Unschedulable", &format!("{message}{end}")));
        assert_eq!((judged.note.as_str(), judged.reason.as_deref()), (note, Some("Unschedulable")), "{message}");
        assert!(judged.message.starts_with(message), "{}", judged.message);
        assert_eq!(judged.health, Some(Health::Progressing));
    }
    let gated = assess("", "Pod", &pod("SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates"));
    assert_eq!((gated.note.as_str(), gated.reason.as_deref()), ("held by a scheduling gate", Some("SchedulingGated")));
    let mut placed = pod("", "");
    placed["status"]["conditions"][0]["status"] = json!("True");
    placed["status"]["containerStatuses"] = json!([{"name": "c", "state": {"waiting": {"reason": "ContainerCreating"}}}]);
    assert_eq!(assess("", "Pod", &placed).reason.as_deref(), Some("ContainerCreating"));
}

#[test]
fn what_an_image_or_a_container_waits_for_is_kept_in_its_own_words() {
    let waiting = |reason: &str, message: &str| json!({"status": {"phase": "Pending", "containerStatuses": [{"name": "c", "image": "i", "state": {"waiting": {"reason": reason, "message": message}}}]}});
    let limited =
        assess("", "Pod", &waiting("ImagePullBackOff", "Back-off pulling image: toomanyrequests: You have reached your pull rate limit"));
    assert_eq!(limited.note, "ImagePullBackOff, rate limit");
    assert!(limited.message.contains("toomanyrequests"));
    let config = assess("", "Pod", &waiting("CreateContainerConfigError", "secret \"db\" not found"));
    assert_eq!((config.health, config.message.as_str()), (Some(Health::Degraded), "secret \"db\" not found"));
}

#[test]
fn jobs_claims_and_balancers() {
    let job = |kind: &str| json!({"status": {"conditions": [{"type": kind, "status": "True", "message": "m"}]}});
    assert_eq!(health("batch", "Job", job("Failed")).0, Some(Health::Degraded));
    assert_eq!(health("batch", "Job", job("Complete")).0, Some(Health::Healthy));
    assert_eq!(health("batch", "Job", json!({"status": {"failed": 2}})), (Some(Health::Progressing), "running, failed 2x".into()));
    assert_eq!(health("", "PersistentVolumeClaim", json!({"status": {"phase": "Lost"}})).0, Some(Health::Degraded));
    assert_eq!(health("", "Service", json!({"spec": {"type": "LoadBalancer"}})).0, Some(Health::Progressing));
    assert_eq!(health("", "Service", json!({"spec": {}})).0, Some(Health::Healthy));
}

#[test]
fn secrets_stores_and_certificates_are_judged_by_what_their_controllers_say() {
    let object = |kind: &str, status: &str, reason: &str, message: &str| json!({"status": {"conditions": [{"type": kind, "status": status, "reason": reason, "message": message}]}});
    for (group, kind, sign) in [
        ("external-secrets.io", "ExternalSecret", "Ready"),
        ("external-secrets.io", "SecretStore", "Ready"),
        ("external-secrets.io", "ClusterSecretStore", "Ready"),
        ("cert-manager.io", "Certificate", "Ready"),
        ("cert-manager.io", "ClusterIssuer", "Ready"),
        ("bitnami.com", "SealedSecret", "Synced"),
    ] {
        assert_eq!(health(group, kind, object(sign, "True", "", "")).0, Some(Health::Healthy), "{kind}");
        let ill = assess(group, kind, &object(sign, "False", "X", "it does not work"));
        assert_eq!((ill.health, ill.message.as_str()), (Some(Health::Degraded), "it does not work"), "{kind}");
        assert_eq!(health(group, kind, json!({})).0, Some(Health::Progressing), "{kind}: not looked at yet");
        assert_eq!(health(group, kind, object(sign, "Unknown", "", "")).0, Some(Health::Progressing), "{kind}");
        assert_eq!(health("example.com", kind, object(sign, "False", "X", "")).0, None, "{kind} of somebody else");
    }
    let issuing = json!({"status": {"conditions": [{"type": "Ready", "status": "False", "message": "expired"},
        {"type": "Issuing", "status": "True", "message": "Issuing certificate as Secret does not exist"}]}});
    assert_eq!(health("cert-manager.io", "Certificate", issuing).0, Some(Health::Progressing));
}

#[test]
fn a_rollout_tells_its_step_its_end_and_whether_its_controller_has_looked() {
    let rollout = |generation: i64, status: Value| {
        let steps = json!([{"setWeight": 10}, {"setWeight": 20}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}, {"setWeight": 100}]);
        let object = json!({"metadata": {"generation": generation}, "spec": {"replicas": 5, "strategy": {"canary": {"steps": steps}}}, "status": status});
        let judged = assess("argoproj.io", "Rollout", &object);
        (judged.health.unwrap(), judged.note, judged.message)
    };
    let status = |phase: &str, message: &str| json!({"observedGeneration": "2", "phase": phase, "message": message, "currentStepIndex": 2, "readyReplicas": 5});
    assert_eq!(rollout(2, status("Healthy", "")), (Health::Healthy, "5 of 5 ready".into(), String::new()));
    assert_eq!(rollout(3, status("Healthy", "")).0, Health::Progressing, "its controller has not seen the new spec");
    let at = "canary paused at 20%, step 3 of 6";
    assert_eq!(rollout(2, status("Paused", "CanaryPauseStep")), (Health::Suspended, at.into(), at.into()));
    let failed = rollout(2, status("Degraded", "RolloutAborted: metric failed"));
    assert_eq!((failed.0, failed.2.as_str()), (Health::Degraded, "RolloutAborted: metric failed"));
    let mut aborted = status("Progressing", "");
    aborted["abort"] = json!(true);
    assert_eq!(rollout(2, aborted).0, Health::Degraded);
    assert_eq!(rollout(2, status("Progressing", "more replicas need to be updated")).0, Health::Progressing);
    assert_eq!(rollout(2, json!({"observedGeneration": "2"})).0, Health::Progressing);
    let canary = |phase: &str| health("flagger.app", "Canary", json!({"status": {"phase": phase}})).0;
    assert_eq!(
        (canary("Failed"), canary("Succeeded"), canary("Progressing")),
        (Some(Health::Degraded), Some(Health::Healthy), Some(Health::Progressing))
    );
}

#[test]
fn recorded_objects_are_judged_as_they_were() {
    let judged = |file: &str| {
        let path = format!("{}/tests/fixtures/flux/live-{file}.json", env!("CARGO_MANIFEST_DIR"));
        let object: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        // Items of a list carry no kind.
        let (group, kind) = if file.starts_with("pod") { ("", "Pod") } else { ("apps", "Deployment") };
        let judged = assess(group, kind, &object);
        (judged.health.unwrap(), judged.reason, judged.message)
    };
    assert_eq!(judged("pod-running"), (Health::Healthy, None, String::new()));
    let image = judged("pod-imagepullbackoff");
    assert_eq!((image.0, image.1.as_deref(), image.2.as_str()), (Health::Degraded, Some("ImagePullBackOff"), "Back-off pulling image"));
    assert_eq!(judged("pod-crashloopbackoff").1.as_deref(), Some("CrashLoopBackOff"));
    assert_eq!(judged("deployment-progress-deadline-exceeded").0, Health::Degraded);
}

#[test]
fn what_is_being_deleted_is_progressing_and_unknown_kinds_have_no_health() {
    let leaving = json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}});
    assert_eq!(health("", "ConfigMap", leaving), (Some(Health::Progressing), "pending deletion".into()));
    assert_eq!(health("example.com", "Thing", json!({})).0, None);
}
