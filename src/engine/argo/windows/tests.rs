use super::super::tests::{app, argocd_cm, bare, hub, project};
use super::*;
use crate::domain::event::OtherObject;
use serde_json::json;

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn window(kind: &str, schedule: &str, duration: &str) -> SyncWindow {
    SyncWindow {
        kind: kind.into(),
        schedule: schedule.into(),
        duration: duration.into(),
        applications: vec!["*".into()],
        ..SyncWindow::default()
    }
}

fn manual(window: SyncWindow) -> SyncWindow {
    SyncWindow { manual_sync: true, ..window }
}

/// Judges the drifting app (namespace drift, in-cluster) under windows of its own project.
fn judged(windows: Vec<SyncWindow>, now: &str, manual: bool) -> WindowJudgement {
    let home = hub();
    let own = Project { namespace: "argocd".into(), name: "default".into(), windows, ..Project::default() };
    let cm = argocd_cm();
    let projects = [&own];
    let context = Context { projects: &projects, projects_unread: None, argocd_cm: Known::Read(&cm), ..bare(&home, at(now)) };
    judge(&app("outofsync-manual-drift"), &context, manual)
}

fn until(judgement: &WindowJudgement) -> Option<String> {
    match judgement {
        WindowJudgement::Denied { until, .. } => Some(until.map_or("open end".into(), |u| u.to_string())),
        _ => None,
    }
}

fn is_allowed(judgement: &WindowJudgement) -> bool {
    matches!(judgement, WindowJudgement::Allowed { .. })
}

#[test]
fn a_window_is_active_from_just_after_its_start_until_its_end() {
    let w = window("deny", "0 3 * * *", "3h");
    for (now, expected) in [
        ("2026-11-24T02:59:59Z", (false, Some("2026-11-24T03:00:00Z"))),
        ("2026-11-24T03:00:00Z", (false, Some("2026-11-24T03:00:00Z"))),
        ("2026-11-24T03:00:01Z", (true, Some("2026-11-24T06:00:00Z"))),
        ("2026-11-24T05:59:59Z", (true, Some("2026-11-24T06:00:00Z"))),
        ("2026-11-24T06:00:00Z", (false, Some("2026-11-25T03:00:00Z"))),
    ] {
        assert_eq!(active(&w, at(now)).unwrap(), (expected.0, expected.1.map(at)), "{now}");
    }
}

#[test]
fn the_time_zone_moves_the_schedule_and_a_bad_one_is_utc() {
    let zoned = |zone: &str| SyncWindow { time_zone: zone.into(), ..window("deny", "0 22 * * *", "2h") };
    // 22:00 in Berlin is 21:00 UTC in winter and 20:00 in summer.
    assert!(active(&zoned("Europe/Berlin"), at("2026-01-10T21:30:00Z")).unwrap().0);
    assert!(!active(&zoned("Europe/Berlin"), at("2026-01-10T20:30:00Z")).unwrap().0);
    assert!(active(&zoned("Europe/Berlin"), at("2026-07-10T20:30:00Z")).unwrap().0);
    assert!(!active(&zoned("Europe/Berlin"), at("2026-07-10T22:30:00Z")).unwrap().0);
    assert!(active(&zoned("Asia/Kolkata"), at("2026-07-10T16:31:00Z")).unwrap().0, "half an hour off");
    assert!(active(&zoned("Nowhere/Land"), at("2026-07-10T22:30:00Z")).unwrap().0);
    assert_eq!(active(&zoned("Europe/Berlin"), at("2026-01-10T21:30:00Z")).unwrap().1, Some(at("2026-01-10T23:00:00Z")));
}

#[test]
fn over_a_clock_change_the_offset_of_now_counts_as_in_argo() {
    // Berlin goes back at 2026-10-25T01:00:00Z. At 04:30Z it is 05:30 local: a 6h window from midnight local is still active, and ends at 06:00 local.
    let w = SyncWindow { time_zone: "Europe/Berlin".into(), ..window("deny", "0 0 * * *", "6h") };
    assert_eq!(active(&w, at("2026-10-25T04:30:00Z")).unwrap(), (true, Some(at("2026-10-25T05:00:00Z"))));
}

#[test]
fn windows_that_follow_each_other_without_a_gap_are_one() {
    let hours = window("deny", "0 9-16 * * 1-5", "1h30m");
    assert_eq!(active(&hours, at("2026-11-24T10:15:00Z")).unwrap(), (true, Some(at("2026-11-24T17:30:00Z"))));
    assert_eq!(active(&window("deny", "* * * * *", "1h"), at("2026-11-24T10:15:00Z")).unwrap(), (true, None), "always");
}

#[test]
fn a_schedule_that_never_fires_is_active_for_ever_as_in_argo() {
    assert_eq!(active(&window("deny", "0 0 31 2 *", "1h"), at("2026-11-24T10:15:00Z")).unwrap(), (true, None));
}

#[test]
fn deny_beats_allow_and_an_allow_window_closes_the_rest_of_the_day() {
    let now = "2026-11-24T10:00:30Z";
    let deny = || window("deny", "0 9 * * *", "2h");
    let open = || window("allow", "0 8 * * *", "8h");
    let closed = || window("allow", "0 20 * * *", "1h");
    let past = || window("deny", "0 20 * * *", "1h");
    for (windows, auto, person) in [
        (vec![], true, true),
        (vec![deny()], false, false),
        (vec![manual(deny())], false, true),
        (vec![manual(deny()), window("deny", "0 10 * * *", "1h")], false, false),
        (vec![deny(), open()], false, false),
        (vec![manual(deny()), open()], false, true),
        (vec![open()], true, true),
        (vec![open(), closed()], true, true),
        (vec![closed()], false, false),
        (vec![manual(closed())], false, true),
        (vec![manual(closed()), closed()], false, false),
        (vec![past()], true, true),
        (vec![past(), open()], true, true),
        (vec![past(), closed()], false, false),
    ] {
        assert_eq!(is_allowed(&judged(windows.clone(), now, false)), auto, "automatic, {windows:?}");
        assert_eq!(is_allowed(&judged(windows.clone(), now, true)), person, "by a person, {windows:?}");
    }
}

#[test]
fn a_denial_ends_when_the_windows_together_allow() {
    let now = "2026-11-24T10:00:30Z";
    let deny = |schedule: &str, duration: &str| window("deny", schedule, duration);
    let overlapping = judged(vec![deny("0 9 * * *", "2h"), deny("30 10 * * *", "2h")], now, true);
    assert_eq!(until(&overlapping).as_deref(), Some("2026-11-24T12:30:00Z"));
    let denied_into_the_open = judged(vec![deny("0 9 * * *", "2h"), window("allow", "0 20 * * *", "1h")], now, true);
    assert_eq!(until(&denied_into_the_open).as_deref(), Some("2026-11-24T20:00:00Z"));
    assert_eq!(until(&judged(vec![deny("* * * * *", "1h")], now, true)).as_deref(), Some("open end"));
}

#[test]
fn lists_are_alternatives_unless_the_operator_says_and() {
    let app = app("outofsync-manual-drift");
    let lists = |apps: &[&str], clusters: &[&str], namespaces: &[&str], and: bool| SyncWindow {
        applications: apps.iter().map(|s| s.to_string()).collect(),
        clusters: clusters.iter().map(|s| s.to_string()).collect(),
        namespaces: namespaces.iter().map(|s| s.to_string()).collect(),
        and_operator: and,
        ..SyncWindow::default()
    };
    for (window, expected) in [
        (lists(&[], &[], &[], false), false),
        (lists(&[], &[], &[], true), false),
        (lists(&["dr*"], &[], &[], false), true),
        (lists(&["other"], &[], &["dr?ft"], false), true),
        (lists(&["other"], &[], &["drift"], true), false),
        (lists(&["drift"], &[], &["drift"], true), true),
        (lists(&[], &["https://kubernetes.default.svc"], &[], false), true),
        (lists(&[], &["in-cluster"], &[], false), false),
        (lists(&["!other"], &[], &[], false), false),
    ] {
        assert_eq!(applies(&window, &app), expected, "{window:?}");
    }
}

#[test]
fn a_window_that_cannot_be_read_blocks_with_its_reason() {
    for (bad, word) in [
        (window("deny", "@daily", "1h"), "schedule"),
        (window("allow", "0 3 * * *", "1d"), "duration"),
        (window("deny", "TZ=UTC 0 3 * * *", "1h"), "schedule"),
    ] {
        match judged(vec![bad], "2026-11-24T10:00:00Z", true) {
            WindowJudgement::Denied { text, until: None, .. } => assert!(text.contains(word), "{text}"),
            other => panic!("{other:?}"),
        }
    }
    let elsewhere = SyncWindow { applications: vec!["other".into()], ..window("deny", "nonsense", "1h") };
    assert!(is_allowed(&judged(vec![elsewhere], "2026-11-24T10:00:00Z", true)), "windows of other apps are not read");
}

#[test]
fn an_operation_that_began_before_may_go_on_only_if_every_denying_window_lets_it() {
    let overrun = |w: SyncWindow| SyncWindow { sync_overrun: true, ..w };
    let one = || overrun(window("deny", "0 9 * * *", "2h"));
    let goes_on = |windows| matches!(judged(windows, "2026-11-24T10:00:00Z", true), WindowJudgement::Denied { overrun: true, .. });
    assert!(goes_on(vec![one()]));
    assert!(!goes_on(vec![one(), window("deny", "0 8 * * *", "4h")]));
}

fn cm(global_projects: Value) -> OtherObject {
    OtherObject { value: json!({ "globalProjects": global_projects }), ..argocd_cm() }
}

fn with_global(labels: &[(&str, &str)], selector: Value, complete: bool, has_global: bool) -> WindowJudgement {
    let home = hub();
    let labels = labels.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    let own = Project { namespace: "argocd".into(), name: "default".into(), labels, ..Project::default() };
    let global = Project {
        namespace: "argocd".into(),
        name: "freeze".into(),
        windows: vec![window("deny", "* * * * *", "1h")],
        ..Project::default()
    };
    let cm = cm(json!([{ "projectName": "freeze", "labelSelector": selector }]));
    let projects: Vec<&Project> = if has_global { vec![&own, &global] } else { vec![&own] };
    let context = Context {
        projects: &projects,
        projects_unread: (!complete).then(|| "the watch of AppProjects is broken: boom".into()),
        argocd_cm: Known::Read(&cm),
        ..bare(&home, at("2026-11-24T10:00:00Z"))
    };
    judge(&app("outofsync-manual-drift"), &context, true)
}

#[test]
fn windows_of_global_projects_count_where_the_labels_match() {
    let prod = [("env", "prod")];
    let expression =
        |operator: &str, values: &[&str]| json!({ "matchExpressions": [{ "key": "env", "operator": operator, "values": values }] });
    for (labels, selector, denied) in [
        (&prod[..], json!({ "matchLabels": { "env": "prod" } }), true),
        (&prod[..], json!({ "matchLabels": { "env": "dev" } }), false),
        (&prod[..], json!({}), true),
        (&prod[..], expression("In", &["prod", "stage"]), true),
        (&prod[..], expression("NotIn", &["prod"]), false),
        (&[][..], expression("NotIn", &["prod"]), true),
        (&prod[..], expression("Exists", &[]), true),
        (&prod[..], expression("DoesNotExist", &[]), false),
    ] {
        let judgement = with_global(labels, selector.clone(), true, true);
        assert_eq!(
            matches!(&judgement, WindowJudgement::Denied { projects, .. } if projects == &["default", "freeze"]),
            denied,
            "{selector} {judgement:?}"
        );
    }
}

#[test]
fn what_was_not_read_is_unknown_and_never_allowed() {
    let unknown = |j: WindowJudgement| match j {
        WindowJudgement::Unknown { reason } => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        unknown(with_global(&[], json!({}), false, false)),
        "AppProject default is not known as of now: the watch of AppProjects is broken: boom"
    );
    assert!(is_allowed(&with_global(&[], json!({}), true, false)), "a global project that does not exist adds nothing");
    assert!(unknown(with_global(&[], json!({ "matchExpressions": [{ "key": "a", "operator": "Near" }] }), true, true)).contains("Near"));

    let home = hub();
    let app = app("outofsync-manual-drift");
    let base = bare(&home, at("2026-11-24T10:00:00Z"));
    assert_eq!(unknown(judge(&app, &base, true)), "AppProject default is not known as of now: AppProjects are still being read");
    assert_eq!(unknown(judge(&app, &Context { projects_unread: None, ..base.clone() }, true)), "AppProject default does not exist");
    let own = project("default");
    let projects = [&own];
    let no_cm = Context { projects: &projects, projects_unread: None, ..base.clone() };
    assert!(unknown(judge(&app, &no_cm, true)).contains("argocd-cm was not read (it is forbidden)"));
    let absent = Context { argocd_cm: Known::Absent, ..no_cm };
    assert!(is_allowed(&judge(&app, &absent, true)), "without the ConfigMap there are no global projects");
    let broken = Project { unreadable: Some("syncWindows is a word".into()), ..own.clone() };
    let (projects, cm) = ([&broken], argocd_cm());
    let context = Context { projects: &projects, projects_unread: None, argocd_cm: Known::Read(&cm), ..base };
    assert!(unknown(judge(&app, &context, true)).contains("syncWindows is a word"));
}

#[test]
fn recorded_projects_deny_as_their_windows_say() {
    let home = hub();
    let (frozen, manual, cm) = (project("frozen"), project("frozen-manual"), argocd_cm());
    let projects = [&frozen, &manual];
    let context =
        Context { projects: &projects, projects_unread: None, argocd_cm: Known::Read(&cm), ..bare(&home, at("2026-11-24T10:00:00Z")) };
    let held = app("outofsync-auto-sync-held-by-window");
    match judge(&held, &context, true) {
        WindowJudgement::Denied { text, until: None, names, manual_allowed: false, .. } => {
            assert_eq!(text, "change freeze (project frozen) denies syncs now, manual ones too");
            assert_eq!(names, ["change freeze"]);
        }
        other => panic!("{other:?}"),
    }
    let WindowJudgement::Denied { text, .. } = judge(&held, &context, false) else { panic!("not denied") };
    assert!(text.ends_with("manual ones too"), "nobody gets through, whoever asks: {text}");
    let mut other = held.clone();
    if let crate::domain::app::EngineFields::Argo(fields) = &mut other.engine {
        fields.project = "frozen-manual".into();
    }
    assert!(is_allowed(&judge(&other, &context, true)));
    let WindowJudgement::Denied { text, manual_allowed: true, .. } = judge(&other, &context, false) else { panic!("denied by hand, too") };
    assert!(text.ends_with("automatic ones"), "{text}");
}

#[test]
fn an_active_denial_stands_even_where_global_projects_are_unknown() {
    let home = hub();
    let frozen = project("frozen");
    let projects = [&frozen];
    let context = Context { projects: &projects, ..bare(&home, at("2026-11-24T10:00:00Z")) };
    assert!(matches!(judge(&app("outofsync-auto-sync-held-by-window"), &context, true), WindowJudgement::Denied { .. }));
}

#[test]
fn a_closed_allow_window_is_unknown_while_a_global_project_could_open_it() {
    let home = hub();
    let own = Project {
        namespace: "argocd".into(),
        name: "frozen".into(),
        windows: vec![window("allow", "0 20 * * *", "1h")],
        ..Project::default()
    };
    let projects = [&own];
    let context = Context { projects: &projects, ..bare(&home, at("2026-11-24T10:00:00Z")) };
    assert!(matches!(judge(&app("outofsync-auto-sync-held-by-window"), &context, true), WindowJudgement::Unknown { .. }));
}
