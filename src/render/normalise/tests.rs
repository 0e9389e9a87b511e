use super::*;
use serde_json::json;

fn run(mut live: Value, desired: &Value, rules: &Rules) -> (Value, Vec<String>) {
    let ignored = normalise(&mut live, Some(desired), rules);
    (live, ignored)
}

fn deployment(spec: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": spec})
}

#[test]
fn what_the_server_and_the_engine_add_is_no_difference() {
    let desired = deployment(json!({"replicas": 3, "template": {"spec": {"containers": [
        {"name": "web", "image": "a", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
         "ports": [{"containerPort": 80}], "resources": {"limits": {"cpu": "1000m", "memory": "1Gi"}}}]}}}));
    let mut live =
        deployment(json!({"replicas": 3, "progressDeadlineSeconds": 600, "template": {"spec": {"restartPolicy": "Always", "containers": [
        {"name": "web", "image": "a", "env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}], "terminationMessagePath": "/x",
         "ports": [{"containerPort": 80, "protocol": "TCP"}], "resources": {"limits": {"cpu": 1, "memory": "1024Mi"}}}]}}}));
    live["status"] = json!({"readyReplicas": 3});
    live["metadata"]["uid"] = json!("u");
    live["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "4", "argocd.argoproj.io/tracking-id": "x"});
    live["metadata"]["labels"] = json!({"app.kubernetes.io/instance": "web", "kustomize.toolkit.fluxcd.io/name": "x"});
    let (live, ignored) = run(live, &desired, &Rules::default());
    assert_eq!(live, desired);
    let words = ignored.join("; ");
    for word in [
        "/status (always)",
        "metadata set by the server",
        "annotation argocd.argoproj.io/tracking-id",
        "label app.kubernetes.io/instance",
        "/spec/progressDeadlineSeconds",
    ] {
        assert!(words.contains(word), "{word} in {words}");
    }
}

#[test]
fn a_changed_value_stays_a_difference() {
    let desired = deployment(json!({"replicas": 3, "minReadySeconds": 5}));
    let (live, _) = run(deployment(json!({"replicas": 6})), &desired, &Rules::default());
    assert_eq!(live["spec"], json!({"replicas": 6}));
}

#[test]
fn a_field_the_engine_applied_and_git_no_longer_has_is_a_difference() {
    let desired = deployment(json!({"replicas": 3}));
    let mut live = deployment(json!({"replicas": 3, "paused": true, "foreign": 1}));
    live["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": "{\"spec\":{\"paused\":true}}"});
    assert_eq!(run(live, &desired, &Rules::default()).0["spec"], json!({"replicas": 3, "paused": true}));
    let mut live = deployment(json!({"replicas": 3, "containers": [{"name": "old"}, {"name": "sidecar"}], "x": 1}));
    live["metadata"]["managedFields"] = json!([{"manager": "kustomize-controller", "operation": "Apply",
        "fieldsV1": {"f:spec": {"f:containers": {"k:{\"name\":\"old\"}": {".": {}}}}}}, {"manager": "kubectl-edit", "fieldsV1": {"f:spec": {"f:x": {}}}}]);
    let desired = deployment(json!({"replicas": 3, "containers": [{"name": "new"}]}));
    assert_eq!(run(live, &desired, &Rules::default()).0["spec"], json!({"replicas": 3, "containers": [{"name": "old"}]}));
}

#[test]
fn autoscaled_replicas_and_ignored_pointers_are_named_and_left_out() {
    let desired = deployment(json!({"replicas": 3, "a": {"b/c": 1}}));
    let rules = Rules {
        scaled: [crate::render::compare::key(&desired)].into(),
        ignore: vec![
            IgnoreRule { kind: "Deployment".into(), pointers: vec!["/spec/a/b~1c".into(), "/spec/none".into()], ..IgnoreRule::default() },
            IgnoreRule { kind: "Service".into(), pointers: vec!["/spec/x".into()], ..IgnoreRule::default() },
        ],
    };
    let (live, ignored) = run(deployment(json!({"replicas": 9, "a": {"b/c": 2}})), &desired, &rules);
    assert_eq!(live, desired);
    assert_eq!(ignored, ["HPA replicas", "/spec/a/b~1c (app ignoreDifferences)"]);
}

#[test]
fn empty_and_absent_are_alike() {
    let desired = deployment(json!({"a": {}, "b": [], "c": null, "d": ""}));
    assert_eq!(run(deployment(json!({"e": {}})), &desired, &Rules::default()).0, desired);
}

#[test]
fn amounts_compare_by_value_and_only_where_amounts_are() {
    for (a, b) in [(json!("1000m"), json!(1)), (json!("1Gi"), json!("1024Mi")), (json!("0.5"), json!("500m")), (json!("1e3"), json!("1k"))]
    {
        assert!(same_quantity(&a, &b), "{a} {b}");
    }
    for (a, b) in [(json!("1Gi"), json!("1G")), (json!("x"), json!("x")), (json!("nan"), json!("nan")), (json!("inf"), json!("inf"))] {
        assert!(!same_quantity(&a, &b), "{a} {b}");
    }
    let (live, _) = run(deployment(json!({"text": "1.0"})), &deployment(json!({"text": "1"})), &Rules::default());
    assert_eq!(live["spec"]["text"], "1.0");
}
