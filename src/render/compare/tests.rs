use super::*;
use crate::domain::diff::LineTag;
use proptest::prelude::*;
use serde_json::json;

fn inputs(desired: Vec<Value>, live: Vec<Value>) -> Inputs {
    let side = |label: &str| DiffSide { label: label.into(), at: None };
    Inputs {
        desired,
        live: live.into_iter().map(|v| (key(&v), Live::Found(v))).collect(),
        left: side("LIVE"),
        right: side("DESIRED"),
        estimate: "our estimate".into(),
        notes: Vec::new(),
        rules: Rules::default(),
        salt: b"salt".to_vec(),
    }
}

fn object(kind: &str, name: &str, rest: Value) -> Value {
    let mut value = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}});
    for (key, v) in rest.as_object().into_iter().flatten() {
        value[key.as_str()] = v.clone();
    }
    value
}

fn changed(set: &DiffSet) -> Vec<String> {
    let lines = set.resources.iter().flat_map(|r| &r.hunks).flat_map(|h| &h.lines);
    let sign = |tag| match tag {
        LineTag::Removed => Some('-'),
        LineTag::Added => Some('+'),
        LineTag::Same => None,
    };
    lines.filter_map(|l| sign(l.tag).map(|s| format!("{s}{}", l.text()))).collect()
}

#[test]
fn pairs_are_sorted_worst_first_and_lines_tell_live_from_desired() {
    let mut all = inputs(
        vec![
            object("ConfigMap", "b", json!({"data": {"POOL_SIZE": "20"}})),
            object("ConfigMap", "same", json!({"data": {"x": "1"}})),
            object("ConfigMap", "new", json!({})),
            object("ConfigMap", "unread", json!({})),
        ],
        vec![
            object("ConfigMap", "b", json!({"data": {"POOL_SIZE": "200"}})),
            object("ConfigMap", "same", json!({"data": {"x": "1"}})),
            object("Service", "extra", json!({"status": {}})),
        ],
    );
    all.live.push((key(&all.desired[2]), Live::Absent));
    all.live.push((key(&all.desired[3]), Live::Unread("forbidden: get configmaps".into())));
    let set = diff(all);
    let kinds: Vec<_> = set.resources.iter().map(|r| (r.kind, r.key.name.as_str())).collect();
    use DiffKind::*;
    assert_eq!(kinds, [(Changed, "b"), (OnlyLive, "extra"), (OnlyDesired, "new"), (Unknown, "unread"), (Same, "same")]);
    assert_eq!(set.differing(), 3);
    assert_eq!(set.resources[3].note.as_deref(), Some("forbidden: get configmaps"));
    let lines = changed(&set);
    assert!(lines.starts_with(&["-  POOL_SIZE: \"200\"".to_owned(), "+  POOL_SIZE: \"20\"".to_owned()]), "{lines:?}");
    assert_eq!((set.resources[1].added, set.resources[1].removed), (0, 5));
}

#[test]
fn what_was_not_read_is_not_called_missing() {
    let set = diff(inputs(vec![object("ConfigMap", "a", json!({}))], vec![]));
    assert_eq!(set.resources[0].kind, DiffKind::Unknown);
}

#[test]
fn a_cluster_scoped_custom_object_is_paired_whatever_namespace_the_build_gave_it() {
    let desired = json!({"apiVersion": "a.io/v1", "kind": "Zone", "metadata": {"name": "z", "namespace": "shop"}});
    let live = json!({"apiVersion": "a.io/v1", "kind": "Zone", "metadata": {"name": "z"}});
    let mut all = inputs(vec![desired], vec![]);
    all.live = vec![(ObjectKey::new("a.io", "Zone", "", "z"), Live::Found(live))];
    let set = diff(all.clone());
    assert_eq!(set.resources.len(), 1);
    let twice = (ObjectKey::new("a.io", "Zone", "shop", "z"), all.live[0].1.clone());
    all.live.push(twice);
    let set = diff(all);
    assert_eq!(set.resources.iter().map(|r| r.kind).collect::<Vec<_>>(), [DiffKind::Same], "read under both names it is still one");
}

#[test]
fn an_autoscaler_on_either_side_owns_the_replicas() {
    let deployment = |n: i64| json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "w", "namespace": "shop"}, "spec": {"replicas": n}});
    let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "w", "namespace": "shop"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "w"}}});
    let set = diff(inputs(vec![deployment(3), scaler.clone()], vec![deployment(9), scaler]));
    assert_eq!(set.differing(), 0);
    assert!(set.resources.iter().any(|r| r.ignored == ["HPA replicas"]), "{:?}", set.resources);
}

#[test]
fn secret_values_never_leave_and_say_same_old_or_changed() {
    let live = object(
        "Secret",
        "db",
        json!({"data": {"password": "aHVudGVyMg==", "host": "ZGI=", "gone": "aHVudGVyMw=="},
        "metadata": {"name": "db", "namespace": "shop", "annotations": {"x/token": "hunter2", "kubectl.kubernetes.io/last-applied-configuration": "hunter2"}}}),
    );
    let desired = object("Secret", "db", json!({"stringData": {"password": "hunter4", "fresh": "hunter5"}, "data": {"host": "ZGI="}}));
    let enc = |v: &str| object("ConfigMap", "sops", json!({"data": {"a": v, "n": [v]}}));
    let mut masked = live.clone();
    crate::domain::redact::mask_secret(&mut masked, b"salt");
    for live in [live, masked] {
        let lone = |name: &str| object("Secret", name, json!({"data": {"k": "aHVudGVyMg=="}}));
        let mut all = inputs(vec![desired.clone(), enc("ENC[AES,hunter6]"), lone("new")], vec![live, enc("hunter7"), lone("old")]);
        all.live.push((key(&lone("new")), Live::Absent));
        let set = diff(all);
        let lines = changed(&set);
        for line in [
            "-  password: (hidden, old)",
            "+  password: (hidden, changed)",
            "+  fresh: (hidden, new)",
            "-  a: (hidden, old)",
            "+  a: (hidden, changed)",
            "+  k: (hidden, new)",
            "-  k: (hidden, old)",
        ] {
            assert!(lines.iter().any(|l| l == line), "{line} in {lines:?}");
        }
        assert!(!lines.iter().any(|l| l.contains("host")), "{lines:?}");
        let json = serde_json::to_string(&set).unwrap();
        for text in [format!("{set:?}"), json] {
            assert!(!text.contains("hunter") && !text.contains("aHVu") && !text.contains("sha256"), "{text}");
        }
    }
}

#[test]
fn files_are_compared_by_line_or_opaque() {
    let file = file_diff(Some(b"a\nb\n"), Some(b"a\nc\n"), "x.yaml");
    assert_eq!((file.change, file.added, file.removed, file.opaque), (FileChange::Modified, 1, 1, false));
    assert_eq!(file_diff(None, Some(b"a\n"), "x").change, FileChange::Added);
    assert_eq!(file_diff(Some(b"a\n"), None, "x").change, FileChange::Deleted);
    assert!(file_diff(Some(b"a\0b"), Some(b"a"), "x").opaque);
    assert!(file_diff(Some(b"\xff"), Some(b"a"), "x").opaque);
}

#[test]
fn hostile_text_and_large_objects_say_so() {
    let big: serde_json::Map<String, Value> = (0..6000).map(|i| (format!("k{i:04}"), json!("v\u{202e}x"))).collect();
    let set = diff(inputs(vec![object("ConfigMap", "a", json!({}))], vec![object("ConfigMap", "a", json!({"data": big}))]));
    assert_eq!(set.resources[0].kind, DiffKind::Same, "fields of others are no difference");
    let set = diff(inputs(
        vec![],
        vec![object(
            "ConfigMap",
            "a",
            json!({"data": (0..6000).map(|i| (format!("k{i}"), json!("\u{202e}"))).collect::<serde_json::Map<_, _>>()}),
        )],
    ));
    assert!(set.resources[0].note.as_deref().is_some_and(|n| n.contains("lines")));
    assert!(!format!("{set:?}").contains('\u{202e}') && !serde_json::to_string(&set).unwrap().contains('\u{202e}'));
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z0-9 :]{0,6}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 30, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("(kind|metadata|name|data|spec|annotations|status|containers|env|ports|[a-c])", inner, 0..5)
                .prop_map(|m| Value::Object(m.into_iter().collect()))
        ]
    })
}

proptest! {
    #[test]
    fn no_pair_of_values_panics_and_equal_ones_are_the_same(a in values(), b in values()) {
        let set = diff(inputs(vec![a.clone()], vec![a.clone()]));
        prop_assert!(set.resources.iter().all(|r| r.kind == DiffKind::Same), "{:?}", set);
        let mut all = inputs(vec![a.clone()], vec![]);
        all.live = vec![(key(&a), Live::Found(b))];
        diff(all);
    }
}

/// (path, desired, live, by) of each field that differs.
fn told(desired: Value, live: Value) -> Vec<String> {
    let set = diff(inputs(vec![desired], vec![live]));
    let side = |s: &Option<String>| s.clone().unwrap_or_else(|| "none".into());
    let field = |f: &crate::domain::diff::FieldDiff| format!("{} {} -> {} {}", f.path, side(&f.desired), side(&f.live), side(&f.by));
    set.resources.iter().flat_map(|r| &r.fields).map(field).collect()
}

#[test]
fn each_field_that_differs_is_told_alone_and_list_items_by_their_names() {
    let spec = |replicas: u64, image: &str, level: &str| {
        json!({"spec": {"replicas": replicas, "template": {"spec": {"containers": [
            {"name": "proxy", "image": "proxy:1"},
            {"name": "web", "image": image, "env": [{"name": "A", "value": "1"}, {"name": "LOG_LEVEL", "value": level}]}]}}}})
    };
    let mut live = object("Deployment", "web", spec(6, "web:2", "debug"));
    live["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap().reverse();
    let found = told(object("Deployment", "web", spec(3, "web:1", "info")), live);
    assert_eq!(
        found,
        [
            "spec.replicas 3 -> 6 none",
            "spec.template.spec.containers[web].env[LOG_LEVEL].value info -> debug none",
            "spec.template.spec.containers[web].image web:1 -> web:2 none",
        ]
    );
}

#[test]
fn the_newest_manager_that_holds_a_field_is_named_and_the_status_is_nobodys() {
    let fields = |inner: Value| json!({"f:spec": inner});
    let entry = |manager: &str, time: &str, inner: Value| json!({"manager": manager, "operation": "Update", "time": time, "fieldsV1": fields(inner)});
    let replicas = json!({"f:replicas": {}});
    let image = json!({"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {"f:image": {}}}}}});
    let mut status = entry("kube-controller-manager", "2026-11-24T03:00:00Z", replicas.clone());
    status["subresource"] = json!("status");
    let mut live = object(
        "Deployment",
        "web",
        json!({"spec": {"replicas": 6, "template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}}}),
    );
    live["metadata"]["managedFields"] = json!([
        entry("argocd-controller", "2026-11-24T01:00:00Z", replicas.clone()),
        entry("kubectl-edit", "2026-11-24T02:30:41Z", replicas),
        entry("kubectl-set", "2026-11-24T02:00:00Z", image),
        status,
    ]);
    let desired = json!({"spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "web", "image": "web:1"}]}}}});
    let found = told(object("Deployment", "web", desired), live);
    assert_eq!(found, ["spec.replicas 3 -> 6 kubectl-edit", "spec.template.spec.containers[web].image web:1 -> web:2 kubectl-set"]);
}

#[test]
fn where_in_a_list_or_file_a_value_was_added_makes_no_other_difference() {
    let args = |list: Value| object("Deployment", "web", json!({"spec": {"args": list}}));
    let one = told(args(json!(["serve", "--fast"])), args(json!(["serve", "--debug", "--fast"])));
    let other = told(args(json!(["run"])), args(json!(["run", "--debug"])));
    assert_eq!((one.clone(), one), (other, vec!["spec.args none -> --debug none".to_owned()]));
    let file = |text: &str| object("ConfigMap", "web", json!({"data": {"app.properties": text}}));
    let one = told(file("a=1\npool=20\nb=2\n"), file("a=1\npool=200\nb=2\n"));
    let other = told(file("pool=20\nz=9\n"), file("pool=200\nz=9\n"));
    assert_eq!((one.clone(), one), (other, vec!["data[app.properties] pool=20 -> pool=200 none".to_owned()]));
}

#[test]
fn a_secret_names_the_key_that_differs_and_no_value_or_digest_of_it() {
    let secret = |value: &str| object("Secret", "db", json!({"data": {"password": value, "user": "c2Ft"}}));
    let found = told(secret("aHVudGVyMg=="), secret("b3RoZXI="));
    assert_eq!(found, ["data.password (hidden) -> (hidden) none"]);
    let added = told(object("Secret", "db", json!({"data": {"user": "c2Ft", "new": "eA=="}})), secret("b3RoZXI="));
    assert!(added.iter().all(|f| f.contains("(hidden)") && !f.contains("sha256") && !f.contains("b3RoZXI")), "{added:?}");
}

#[test]
fn a_number_and_its_text_differ_and_long_values_stay_different_when_cut() {
    let data = |value: Value| object("ConfigMap", "web", json!({"data": {"a": value}}));
    assert_eq!(told(data(json!("3")), data(json!(3))), ["data.a \"3\" -> 3 none"]);
    let long = |end: &str| data(json!("x".repeat(300) + end));
    let found = told(long("a"), long("b"));
    let (desired, live) = found[0].split_once(" -> ").unwrap();
    assert!(desired.contains("(301 characters, ") && live.contains("(301 characters, "), "{found:?}");
    assert_ne!(desired.rsplit_once("characters").unwrap().1, live.trim_end_matches(" none").rsplit_once("characters").unwrap().1);
}

proptest! {
    /// What the lines show is told by fields too, and nothing is told of equal objects.
    #[test]
    fn changed_resources_have_fields_and_equal_ones_have_none(a in "[ab\n]{0,6}", b in "[ab\n]{0,6}", n in 0..3u8, m in 0..3u8) {
        let value = |text: &str, n: u8| object("ConfigMap", "web", json!({"data": {"t": text}, "list": [n, 1]}));
        let mut live = value(&b, m);
        live["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": value("x", 9).to_string()});
        let set = diff(inputs(vec![value(&a, n)], vec![live]));
        let one = &set.resources[0];
        prop_assert_eq!(one.kind == DiffKind::Changed, !one.fields.is_empty());
    }
}

#[test]
fn of_two_revisions_a_field_that_only_the_older_has_is_a_difference() {
    let old = object("ConfigMap", "env", json!({"data": {"A": "1", "B": "2"}}));
    let new = object("ConfigMap", "env", json!({"data": {"A": "1"}}));
    let compare = |older: &Value, newer: &Value| {
        let mut all = inputs(vec![newer.clone()], Vec::new());
        all.live = vec![(key(older), Live::Rendered(older.clone()))];
        diff(all)
    };
    assert_eq!(changed(&compare(&old, &new)), ["-  B: \"2\""]);
    assert_eq!(changed(&compare(&new, &old)), ["+  B: \"2\""]);
    let same = compare(&old, &old);
    assert_eq!((same.differing(), same.ignored()), (0, 0));
    let secret = |value: &str| object("Secret", "db", json!({"data": {"password": value, "user": "c2Ft"}}));
    let set = compare(&secret("aHVudGVyMg=="), &object("Secret", "db", json!({"data": {"user": "c2Ft"}})));
    let text = serde_json::to_string(&set).unwrap();
    assert!(text.contains("(hidden, old)") && !text.contains("aHVudGVyMg") && !text.contains("c2Ft"), "{text}");
}

#[test]
fn a_field_that_was_applied_and_left_git_differs_and_a_default_that_a_writer_is_said_to_hold_does_not() {
    let mut live = object("Deployment", "web", json!({"spec": {"replicas": 3, "minReadySeconds": 5, "progressDeadlineSeconds": 600}}));
    let entry =
        |operation: &str, field: &str| json!({"manager": "argocd-controller", "operation": operation, "fieldsV1": {"f:spec": {field: {}}}});
    live["metadata"]["managedFields"] = json!([entry("Apply", "f:minReadySeconds"), entry("Update", "f:progressDeadlineSeconds")]);
    let found = told(object("Deployment", "web", json!({"spec": {"replicas": 3}})), live);
    assert_eq!(found, ["spec.minReadySeconds none -> 5 argocd-controller"]);
}

#[test]
fn a_second_list_item_of_the_same_name_is_told() {
    let env = |levels: &[&str]| {
        let env: Vec<Value> = levels.iter().map(|level| json!({"name": "LOG_LEVEL", "value": level})).collect();
        let mut object =
            object("Deployment", "web", json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "env": env}]}}}}));
        let env = json!({"f:env": {"k:{\"name\":\"LOG_LEVEL\"}": {".": {}, "f:name": {}, "f:value": {}}}});
        let fields = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": env}}}}});
        object["metadata"]["managedFields"] = json!([{"manager": "kustomize-controller", "operation": "Apply", "fieldsV1": fields}]);
        object
    };
    let wanted =
        ["spec.template.spec.containers[web].env[LOG_LEVEL] none -> {\"name\":\"LOG_LEVEL\",\"value\":\"debug\"} kustomize-controller"];
    assert_eq!(told(env(&["info"]), env(&["info", "debug"])), wanted);
    assert_eq!(told(env(&["info"]), env(&["debug", "info"])), wanted, "the equal one is the one that is wanted");
}

#[test]
fn lines_that_no_field_accounts_for_are_told_of_the_whole_object() {
    let list = |names: [&str; 2]| json!({"list": names.map(|name| json!({"name": name}))});
    let mut live = list(["a", "b"]);
    live["metadata"] = json!({"managedFields": [{"manager": "kubectl-edit", "fieldsV1": {"f:list": {}}}]});
    let managers = Managers::read(&live);
    let found = fields::fields(&list(["a", "b"]), &list(["b", "a"]), &managers);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].path.is_empty() && found[0].live.is_some() && found[0].by.is_none(), "{found:?}");
    assert!(fields::fields(&list(["a", "b"]), &list(["a", "b"]), &managers).is_empty());
}

#[test]
fn a_line_that_moved_is_no_difference_in_spaces() {
    let file = |text: &str| object("ConfigMap", "web", json!({"data": {"f": text}}));
    let told = |desired: &str, live: &str| told(file(desired), file(live));
    let both = |what: &str| [format!("data.f {what} -> {what} none")];
    assert_eq!(told("a\nb\n", "b\na\n"), both("order of lines"));
    assert!(!told("a\n  b\nc\n", "c\na\nb\n")[0].contains("other spaces"));
    for (desired, live) in [("a\nb\n", "a\n  b\n"), ("a\nb\n", "a\r\nb\r\n"), ("a\nb\n", "a\nb"), ("\na\nb\n", "a\n\nb\n")] {
        assert_eq!(told(desired, live), both("other spaces or line ends"), "{desired:?} {live:?}");
    }
}
