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
    let set = diff(all);
    assert_eq!(set.resources.len(), 1);
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
