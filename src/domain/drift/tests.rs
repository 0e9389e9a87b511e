use super::*;
use crate::domain::diff::{DiffSide, FieldDiff};
use crate::domain::ids::{AppKind, ClusterId};

fn app(cluster: &str, name: &str) -> AppId {
    AppId { cluster: ClusterId::new(cluster), kind: AppKind::Kustomization, namespace: "flux-system".into(), name: name.into() }
}

fn field(path: &str, desired: &str, live: &str, by: Option<&str>) -> Difference {
    let side = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let what = What::Field { path: path.into(), desired: side(desired), live: side(live), by: by.map(Into::into) };
    Difference { kind: "Deployment".into(), what }
}

fn compared(name: &str, differences: &[Difference]) -> Compared {
    let found = |d: &Difference| Found { difference: d.clone(), resource: ObjectKey::new("apps", &d.kind, name, name), at: None };
    Compared { found: differences.iter().map(found).collect(), ..Compared::default() }
}

/// (words, apps) of each group.
fn grouped(all: &[(AppId, Compared)]) -> Vec<(String, usize)> {
    groups(all.iter().map(|(id, c)| (id, c))).into_iter().map(|g| (g.difference.words(), g.apps.len())).collect()
}

#[test]
fn the_same_difference_of_three_apps_on_two_clusters_is_one_group_and_the_largest_is_first() {
    let replicas = field("spec.replicas", "3", "6", Some("kubectl-edit"));
    let image = field("spec.template.spec.containers[web].image", "web:1", "web:2", None);
    let all = [
        (app("stage", "a"), compared("a", std::slice::from_ref(&image))),
        (app("stage", "web"), compared("web", &[replicas.clone(), image.clone()])),
        (app("prod", "web"), compared("web", std::slice::from_ref(&replicas))),
        (app("prod", "shop"), compared("shop", &[replicas])),
    ];
    let wanted = [("Deployment replicas 3 -> 6".to_owned(), 3), ("Deployment containers[web].image web:1 -> web:2".to_owned(), 2)];
    assert_eq!(grouped(&all), wanted);
    let first = groups(all.iter().map(|(id, c)| (id, c))).remove(0);
    assert_eq!(first.apps, [app("prod", "shop"), app("prod", "web"), app("stage", "web")].into());
}

#[test]
fn another_value_path_manager_kind_or_direction_is_another_group() {
    let base = field("spec.replicas", "3", "6", Some("kubectl-edit"));
    let twins = [
        field("spec.replicas", "3", "7", Some("kubectl-edit")),
        field("spec.replicas", "2", "6", Some("kubectl-edit")),
        field("spec.replicas", "6", "3", Some("kubectl-edit")),
        field("spec.replicas", "3", "", Some("kubectl-edit")),
        field("spec.minReadySeconds", "3", "6", Some("kubectl-edit")),
        field("spec.replicas", "3", "6", Some("kubectl-scale")),
        field("spec.replicas", "3", "6", None),
        field("spec.template.spec.containers[0].replicas", "3", "6", Some("kubectl-edit")),
        field("spec.template.spec.containers[1].replicas", "3", "6", Some("kubectl-edit")),
        Difference { kind: "StatefulSet".into(), ..base.clone() },
        Difference { kind: "Deployment".into(), what: What::OnlyLive },
        Difference { kind: "Deployment".into(), what: What::Missing },
    ];
    for twin in &twins {
        let all = [
            (app("a", "web"), compared("web", std::slice::from_ref(&base))),
            (app("b", "web"), compared("web", std::slice::from_ref(twin))),
        ];
        assert_eq!(grouped(&all).len(), 2, "{twin:?}");
    }
    let mut all: Vec<_> =
        twins.iter().enumerate().map(|(i, d)| (app("c", &i.to_string()), compared("web", std::slice::from_ref(d)))).collect();
    all.push((app("a", "web"), compared("web", &[base])));
    assert_eq!(grouped(&all).len(), twins.len() + 1);
}

#[test]
fn an_app_with_a_difference_in_two_resources_counts_once_and_both_are_listed() {
    let one = field("spec.replicas", "3", "6", None);
    let mut result = compared("web", &[one.clone(), one]);
    result.found[1].resource.name = "worker".into();
    let all = [(app("a", "web"), result)];
    let groups = groups(all.iter().map(|(id, c)| (id, c)));
    assert_eq!((groups.len(), groups[0].apps.len(), groups[0].places.len()), (1, 1, 2));
}

#[test]
fn of_equal_size_the_newest_is_first() {
    let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    let mut old = compared("a", &[field("spec.a", "1", "2", None)]);
    old.found[0].at = at("2026-11-24T02:00:00Z");
    let mut new = compared("b", &[field("spec.b", "1", "2", None)]);
    new.found[0].at = at("2026-11-24T03:00:00Z");
    let unknown = compared("c", &[field("spec.0", "1", "2", None)]);
    let all = [(app("x", "a"), old), (app("x", "b"), new), (app("x", "c"), unknown)];
    let order: Vec<String> = grouped(&all).into_iter().map(|(words, _)| words).collect();
    assert_eq!(order, ["Deployment b 1 -> 2", "Deployment a 1 -> 2", "Deployment 0 1 -> 2"]);
}

#[test]
fn hidden_values_group_by_their_key_alone_and_are_told_as_changed() {
    let hidden = |key: &str| Difference { kind: "Secret".into(), ..field(&format!("data.{key}"), HIDDEN, HIDDEN, None) };
    let all = [
        (app("a", "web"), compared("web", &[hidden("password")])),
        (app("b", "web"), compared("web", &[hidden("password")])),
        (app("c", "web"), compared("web", &[hidden("token")])),
    ];
    assert_eq!(grouped(&all), [("Secret data.password (hidden, changed)".into(), 2), ("Secret data.token (hidden, changed)".into(), 1)]);
}

#[test]
fn a_comparison_tells_fields_whole_resources_and_what_could_not_be_read() {
    let resource = |kind: &str, how, fields, note: Option<&str>| ResourceDiff {
        key: ObjectKey::new("", kind, "shop", "web"),
        kind: how,
        hunks: Vec::new(),
        added: 0,
        removed: 0,
        ignored: Vec::new(),
        note: note.map(Into::into),
        fields,
        set_by: Vec::new(),
    };
    let replicas = FieldDiff { path: "spec.replicas".into(), live: Some("6".into()), desired: Some("3".into()), by: None, at: None };
    let side = DiffSide { label: String::new(), at: None };
    let set = DiffSet {
        left: side.clone(),
        right: side,
        resources: vec![
            resource("Deployment", DiffKind::Changed, vec![replicas], None),
            resource("Job", DiffKind::OnlyLive, Vec::new(), None),
            resource("Service", DiffKind::OnlyDesired, Vec::new(), None),
            resource("Secret", DiffKind::Unknown, Vec::new(), Some("forbidden: get secrets")),
            resource("ConfigMap", DiffKind::Same, Vec::new(), None),
        ],
        estimate: String::new(),
        notes: Vec::new(),
    };
    let result = Compared::of(&set);
    let words: Vec<String> = result.found.iter().map(|f| f.difference.words()).collect();
    assert_eq!(words, ["Deployment replicas 3 -> 6", "Job only live", "Service missing live"]);
    assert_eq!(result.unread.as_deref(), Some("1 of 5 resources could not be read: forbidden: get secrets"));
}

#[test]
fn words_drop_what_every_path_of_a_workload_begins_with_and_keep_the_rest() {
    assert_eq!(
        field("spec.template.metadata.labels.team", "", "pay", None).words(),
        "Deployment template.metadata.labels.team none -> pay"
    );
    assert_eq!(field("metadata.labels.team", "pay", "", None).words(), "Deployment metadata.labels.team pay -> none");
    assert_eq!(field("data[app.properties]", "a", "b", None).field(), "data[app.properties]");
}
