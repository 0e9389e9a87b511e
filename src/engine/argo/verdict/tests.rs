use super::super::tests::{applications, bare, hub, verdict_text};
use super::judge;
use regex::Regex;
use serde_json::Value;

fn list<'v>(entry: &'v Value, field: &str) -> Vec<&'v str> {
    entry[field].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn every_recorded_application_gets_a_verdict_that_says_what_must_be_said_and_no_more() {
    let home = hub();
    let mut wrong = Vec::new();
    for (file, entry, app) in &super::super::tests::applications() {
        let verdict = judge(app, &bare(&home, app.observed_at));
        let text = verdict_text(&verdict).to_lowercase();
        let says = |pattern: &str| Regex::new(pattern).unwrap().is_match(&text);
        let missing: Vec<_> = list(entry, "must_mention").into_iter().filter(|p| !says(p)).collect();
        let extra: Vec<_> = list(entry, "must_not").into_iter().filter(|p| says(p)).collect();
        let word = Value::from(verdict.next_word.clone());
        let next = entry["next"] == word || entry["accept"]["next"].as_array().is_some_and(|a| a.contains(&word));
        if !missing.is_empty() || !extra.is_empty() || !next {
            wrong.push(format!("{file}\n  lacks {missing:?}\n  says {extra:?}\n  next {word} wanted {}\n{text}", entry["next"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), applications().len(), wrong.join("\n\n"));
}

#[test]
fn a_row_message_fits_forty_cells() {
    let home = hub();
    for (file, _, app) in &applications() {
        let verdict = judge(app, &bare(&home, app.observed_at));
        assert!(unicode_width::UnicodeWidthStr::width(verdict.short.as_str()) <= 40, "{file}: {}", verdict.short);
        assert_eq!(verdict.short.is_empty(), verdict.sentence.is_empty(), "{file}");
    }
}

#[test]
fn the_words_of_every_recorded_application() {
    let home = hub();
    let mut all = String::new();
    for (file, _, app) in &applications() {
        let v = judge(app, &bare(&home, app.observed_at));
        let next: Vec<String> = v.next.iter().map(|n| format!("[{}] {}", n.key, n.text)).collect();
        all.push_str(&format!("{file}\n  {}\n  {}\n  {} ({})\n", v.short, v.sentence, next.join("; "), v.next_word));
    }
    insta::assert_snapshot!(all);
}

use super::super::tests::{app, argocd_cm, project};
use crate::domain::app::App;
use crate::domain::event::LiveNode;
use crate::domain::history::LedgerEntry;
use crate::domain::ids::ObjectKey;
use crate::engine::Context;
use crate::engine::Known;

fn pod(reason: &str, note: &str) -> LiveNode {
    LiveNode {
        key: ObjectKey::new("", "Pod", "payments", "payments-6c9f-x2x4k"),
        depth: 2,
        uid: "u".into(),
        created_at: None,
        health: None,
        note: note.into(),
        message: String::new(),
        exists: true,
        container: Some("payments".into()),
        reason: Some(reason.into()),
        restarts: 7,
        exit_code: Some(1),
        ended_at: None,
        memory: None,
        deadline_at: None,
        held_by: Vec::new(),
        edit: None,
        needs: Vec::new(),
        image: Some("registry.example.com/shop/search:9.2-rc1".into()),
        unread: None,
    }
}

fn short_with(app: &App, change: impl for<'a> Fn(Context<'a>) -> Context<'a>) -> (String, String) {
    let home = hub();
    let verdict = judge(app, &change(bare(&home, app.observed_at)));
    (verdict.short, verdict.next_word)
}

#[test]
fn an_app_that_is_deleted_names_the_resource_that_a_finalizer_keeps() {
    let (app, home) = (app("deleting"), hub());
    let mut node = LiveNode {
        key: ObjectKey::new("", "ConfigMap", "demo", "web"),
        exists: true,
        held_by: vec!["example.com/backup".into()],
        ..LiveNode::default()
    };
    let told = |node: &LiveNode| {
        let tree = [node.clone()];
        let verdict = judge(&app, &Context { tree: Some(&tree), ..bare(&home, app.observed_at) });
        (verdict.short, verdict.sentence)
    };
    let (short, sentence) = told(&node);
    assert_eq!(short, "being deleted; ConfigMap web is held");
    assert!(sentence.ends_with("ConfigMap demo/web stays until finalizer example.com/backup is taken off."), "{sentence}");
    node.held_by.clear();
    assert_eq!(told(&node).0, "being deleted");
}

#[test]
fn live_pods_name_the_cause_of_a_degraded_app() {
    let app = app("rollout-bad-image-degraded");
    for (reason, note, expected) in [
        ("CrashLoopBackOff", "exit 1, 7x", "crash loop 7x: payments exits 1"),
        ("OOMKilled", "", "out of memory 7x: payments"),
        ("ImagePullBackOff", "manifest not found", "image search:9.2-rc1 not found"),
        ("ImagePullBackOff", "", "image search:9.2-rc1 cannot be pulled"),
        ("Unschedulable", "no node has cpu left", "1 pod pending: no node has cpu left"),
        ("Completed", "", "applied, but its workloads are degraded"),
    ] {
        let tree = [pod(reason, note)];
        let home = hub();
        let context = Context { tree: Some(&tree), log_line: Some("too many connections"), ..bare(&home, app.observed_at) };
        let verdict = judge(&app, &context);
        assert_eq!(verdict.short, expected);
        assert_eq!(verdict.evidence.iter().any(|e| e.value == "too many connections"), reason != "Completed");
    }
}

#[test]
fn a_failed_hook_is_told_with_its_own_log_only() {
    let (home, file) = (hub(), "operation-failed-hook");
    let app = app(file);
    let hook = judge(&app, &bare(&home, app.observed_at)).log_of.unwrap();
    let pod = format!("{}-x7k2p", hook.name);
    let says = |pod: &str| {
        let context = Context { log_line: Some("too many connections"), log_pod: Some(pod), ..bare(&home, app.observed_at) };
        judge(&app, &context).sentence.contains("too many connections")
    };
    assert!(says(&pod) && !says("web-74a6-kd9mm"));
}

#[test]
fn the_log_to_look_at_is_that_of_the_pod_that_is_told_or_of_the_hook() {
    let home = hub();
    let (mut well, mut ill) = (pod("CrashLoopBackOff", ""), pod("CrashLoopBackOff", ""));
    (well.key.name, well.restarts, ill.key.name) = ("a".into(), 2, "b".into());
    let tree = [well, ill.clone(), pod("CrashLoopBackOff", "")];
    let verdict =
        judge(&app("rollout-bad-image-degraded"), &Context { tree: Some(&tree), ..bare(&home, "2026-11-24T03:12:00Z".parse().unwrap()) });
    assert_eq!(verdict.log_of, Some(ill.key), "the first of those that restarted most");
    assert!(verdict.next.iter().any(|s| s.key == "L" && s.text == "log of b"), "{:?}", verdict.next);
    assert!(verdict.evidence[0].what == "Pod b", "{:?}", verdict.evidence);
    for file in ["operation-failed-hook", "operation-running-hook"] {
        let verdict = judge(&app(file), &bare(&home, app(file).observed_at));
        let hook = verdict.log_of.unwrap();
        assert!(hook.kind == "Job" && verdict.sentence.contains(hook.name.as_str()), "{hook:?}: {}", verdict.sentence);
    }
}

#[test]
fn a_pod_without_a_node_is_told_while_it_rolls_out_and_one_that_starts_is_not() {
    let app = app("progressing-after-sync");
    let home = hub();
    let judged = |reason: &str| {
        let mut waits = pod(reason, "3 of 9 nodes lack cpu");
        waits.message = "0/9 nodes are available: 3 Insufficient cpu, 6 node(s) had untolerated taint {a: }. preemption: none".into();
        let tree = [waits.clone(), waits];
        judge(&app, &Context { tree: Some(&tree), ..bare(&home, app.observed_at) })
    };
    let verdict = judged("Unschedulable");
    assert_eq!((verdict.short.as_str(), verdict.next_word.as_str()), ("2 pods pending: 3 of 9 nodes lack cpu", "fix_cluster"));
    assert!(
        verdict.sentence.contains("6 node(s) had untolerated taint {a: }).") && !verdict.sentence.contains("preemption"),
        "{}",
        verdict.sentence
    );
    for other in ["ContainerCreating", "SchedulingGated"] {
        assert_eq!(judged(other).short, "rollout in progress", "{other}");
    }
}

#[test]
fn live_pods_do_not_make_a_healthy_app_look_broken() {
    let tree = [pod("CrashLoopBackOff", "")];
    let home = hub();
    let app = app("synced-healthy-auto");
    assert_eq!(judge(&app, &Context { tree: Some(&tree), ..bare(&home, app.observed_at) }).short, "");
}

#[test]
fn our_ledger_beats_the_history_for_the_way_back() {
    let app = app("rollout-bad-image-degraded");
    let good = LedgerEntry { app: app.id.clone(), revision: "e77a310".into(), first_at: app.observed_at, last_at: app.observed_at };
    let home = hub();
    let verdict = judge(&app, &Context { last_good: Some(&good), ..bare(&home, app.observed_at) });
    assert!(verdict.next[0].text.starts_with("roll back: last seen healthy at e77a310"), "{:?}", verdict.next);
    assert_eq!(verdict.next[0].key, "R");
}

#[test]
fn a_healthy_revision_that_still_runs_is_no_place_to_go_back_to() {
    let runs = "51d0c3e000000000000000000000000000000000".to_owned();
    let app = App { revision: Some(runs.clone()), ..app("operation-failed-hook") };
    let good = LedgerEntry { app: app.id.clone(), revision: runs.clone(), first_at: app.observed_at, last_at: app.observed_at };
    let home = hub();
    let verdict = judge(&app, &Context { last_good: Some(&good), ..bare(&home, app.observed_at) });
    let back = verdict.next.iter().find(|s| s.key == "R").unwrap();
    assert_eq!(
        back.text,
        format!("roll back: undo what came after {}, which runs and is healthy", crate::domain::commit::short_rev(&runs))
    );
}

#[test]
fn what_still_runs_after_a_hook_failed_is_told_where_that_is_well() {
    use crate::domain::status::Health;
    let runs = "51d0c3e000000000000000000000000000000000".to_owned();
    let said = |health: Health, runs: Option<String>| {
        let app = App { health, revision: runs, ..app("operation-failed-hook") };
        judge(&app, &bare(&hub(), app.observed_at)).sentence
    };
    assert!(said(Health::Healthy, Some(runs.clone())).ends_with("Nothing after it was applied; 51d0c3e still runs."));
    assert!(!said(Health::Degraded, Some(runs)).contains("still runs"), "it may not serve");
    assert!(!said(Health::Healthy, None).contains("still runs"), "nothing was ever deployed");
}

#[test]
fn a_container_killed_for_memory_is_told_with_its_limit_where_that_is_known() {
    let app = app("rollout-bad-image-degraded");
    let home = hub();
    let short = |memory: Option<&str>| {
        let tree = [LiveNode { memory: memory.map(str::to_owned), ..pod("OOMKilled", "") }];
        judge(&app, &Context { tree: Some(&tree), ..bare(&home, app.observed_at) }).short
    };
    assert_eq!(short(Some("512Mi")), "out of memory 7x: payments (512Mi)");
    assert_eq!(short(None), "out of memory 7x: payments");
    let long_ago = |message: &str| {
        let ended_at = app.observed_at.checked_sub(jiff::SignedDuration::from_mins(20)).ok();
        let tree = [LiveNode { message: message.into(), ended_at, ..pod("OOMKilled", "") }];
        judge(&app, &Context { tree: Some(&tree), ..bare(&home, app.observed_at) }).short
    };
    assert_eq!(long_ago("back-off 5m0s restarting failed container"), "out of memory 7x: payments", "it waits for its next start");
    assert_ne!(long_ago(""), "out of memory 7x: payments", "it has run since");
}

#[test]
fn a_known_window_is_named_where_it_holds_auto_sync() {
    let (frozen, cm) = (project("frozen"), argocd_cm());
    let projects = [&frozen];
    let app = app("outofsync-auto-sync-held-by-window");
    let home = hub();
    let known = Context { projects: &projects, projects_unread: None, argocd_cm: Known::Read(&cm), ..bare(&home, app.observed_at) };
    let verdict = judge(&app, &known);
    assert_eq!(verdict.short, "sync window closed");
    assert!(verdict.sentence.contains("change freeze (project frozen)"), "{}", verdict.sentence);

    let mut daily = frozen.clone();
    daily.windows[0].schedule = "0 0 * * *".into();
    daily.windows[0].duration = "6h".into();
    let projects = [&daily];
    let verdict = judge(&app, &Context { projects: &projects, ..known });
    assert_eq!(verdict.short, "sync window closed until 06:00");
    assert_eq!(verdict.soon.as_deref(), Some("Auto-sync starts by itself at 06:00 UTC."));
}

#[test]
fn a_parent_counts_its_broken_children_and_is_quiet_when_all_are_well() {
    let parent = app("synced-healthy-app-of-apps");
    let mut broken = app("degraded-imagepull");
    broken.id.name = "child-b".into();
    let (well, broken) = (app("child-healthy"), broken);
    let mut other = well.clone();
    other.id.name = "child-b".into();
    let home = hub();
    let related = [&well, &broken];
    assert_eq!(judge(&parent, &Context { related: &related, ..bare(&home, parent.observed_at) }).short, "1 of 2 child apps broken");
    let related = [&well, &other];
    assert_eq!(judge(&parent, &Context { related: &related, ..bare(&home, parent.observed_at) }).short, "");
    assert_eq!(short_with(&parent, |c| c).1, "look_at_child");
}

#[test]
fn an_unmapped_destination_is_said_where_pods_would_tell_more() {
    let mut app = app("degraded-imagepull");
    app.destination.cluster = None;
    app.destination.name = Some("prod-ap".into());
    assert_eq!(short_with(&app, |c| c).0, "degraded; pods unseen, prod-ap unmapped");
}

#[test]
fn a_wave_is_told_by_its_number_with_what_it_waits_for_and_what_comes_after_it() {
    let mut app = app("operation-running-hook");
    app.operation.as_mut().unwrap().message = "waiting for healthy state of apps/Deployment/web and 2 more resources".into();
    let mut resource = app.resources[0].clone();
    resource.key = ObjectKey::new("apps", "Deployment", "shop", "web");
    app.resources = [-1, 0, 2]
        .into_iter()
        .map(|wave| crate::domain::app::ManagedResource {
            wave,
            key: ObjectKey { name: if wave == 0 { "web".into() } else { format!("w{wave}").into() }, ..resource.key.clone() },
            ..resource.clone()
        })
        .collect();
    assert_eq!(short_with(&app, |c| c).0, "wave 0: waiting for Deployment web");
    let home = hub();
    let sentence = |app: &App| judge(app, &bare(&home, app.observed_at)).sentence;
    assert!(sentence(&app).contains("wave 0: it waits until Deployment web is healthy"), "{}", sentence(&app));
    let compared = app.operation.as_ref().unwrap().revision.clone();
    let crate::domain::app::EngineFields::Argo(fields) = &mut app.engine else { panic!("not Argo") };
    fields.compared = compared.into_iter().collect();
    assert!(sentence(&app).contains(" so far. Wave 2 comes after it."), "{}", sentence(&app));
    app.resources[1].wave = 9;
    assert!(sentence(&app).contains("wave 9: ") && sentence(&app).contains("No wave of resources comes after it."), "{}", sentence(&app));
    let says = |node: LiveNode| {
        let tree = [node];
        let started = app.operation.as_ref().and_then(|o| o.started_at).unwrap();
        let now = started.checked_add(jiff::SignedDuration::from_secs(40)).unwrap();
        judge(&app, &Context { tree: Some(&tree), ..bare(&home, now) }).sentence
    };
    let web = LiveNode {
        key: ObjectKey::new("apps", "Deployment", "shop", "web"),
        note: "3 of 5 pods ready".into(),
        exists: true,
        ..LiveNode::default()
    };
    assert!(says(web.clone()).contains("until Deployment web is healthy (3 of 5 pods ready), 40s so far."), "{}", says(web.clone()));
    assert!(says(LiveNode { key: ObjectKey::new("apps", "Deployment", "shop", "other"), ..web }).contains("is healthy, 40s so far."));
}

#[test]
fn refused_sources_and_missing_charts_are_named() {
    let with = |kind: &str, message: &str| {
        let mut app = app("unknown-comparison-error-bad-repo");
        app.conditions[0].kind = kind.into();
        app.conditions[0].message = message.into();
        app
    };
    let mut chart = with("ComparisonError", "chart \"monitoring\" version \"61.3.0\" not found in https://charts.example.com repository");
    chart.sources[0].chart = Some("monitoring".into());
    chart.sources[0].reference = crate::domain::source::RefKind::Version("61.3.0".into());
    assert_eq!(short_with(&chart, |c| c).0, "cannot render: chart 61.3.0 not found");
    let mut repo = with("InvalidSpecError", "application repo https://git.example.com/shop.git is not permitted in project 'dev'");
    repo.sources[0].url = Some("https://git.example.com/shop.git".into());
    if let crate::domain::app::EngineFields::Argo(fields) = &mut repo.engine {
        fields.project = "dev".into();
    }
    assert_eq!(short_with(&repo, |c| c).0, "project dev does not allow repo shop");
}

#[test]
fn auto_sync_that_will_not_act_again_says_why() {
    let mut app = app("outofsync-new-commit");
    if let crate::domain::app::EngineFields::Argo(fields) = &mut app.engine {
        (fields.automated, fields.operation_is_partial) = (true, false);
    }
    app.operation.as_mut().unwrap().revision = app.argo().unwrap().compared.first().cloned();
    assert_eq!(short_with(&app, |c| c), ("1 of 2 differ, self-heal off".into(), "sync".into()));
    app.operation.as_mut().unwrap().revision = app.revision.clone();
    assert_eq!(short_with(&app, |c| c).1, "wait");
}

#[test]
fn live_objects_tell_how_far_a_rollout_is_and_how_a_hook_ended() {
    let mut deployment = pod("", "3 of 5 pods updated");
    deployment.key.kind = "Deployment".into();
    deployment.health = Some(crate::domain::status::Health::Progressing);
    let home = hub();
    let (progressing, hook) = (app("progressing-after-sync"), app("operation-failed-hook"));
    let tree = [deployment];
    let context = Context { tree: Some(&tree), ..bare(&home, progressing.observed_at) };
    assert_eq!(judge(&progressing, &context).short, "rollout: 3 of 5 pods updated");
    let mut job = pod("Error", "");
    job.key.name = "migrate-fail-x2x4k".into();
    let tree = [job];
    assert_eq!(judge(&hook, &Context { tree: Some(&tree), ..context }).short, "hook migrate-fail failed: exit 1");
}

/// An app whose one Deployment differs at the commit that was applied.
fn drifted() -> App {
    let mut app = app("outofsync-manual-drift");
    app.auto_sync = Some(true);
    let git = app.argo().unwrap().compared[0].clone();
    app.history.truncate(1);
    app.history[0].revision = git.clone().into();
    app.revision = Some(git);
    app
}

fn edited(app: &App, manager: &str, field: &str, minutes: i64, applied: Option<&str>) -> LiveNode {
    let deployed = app.history[0].at.get().unwrap();
    let at = deployed.checked_add(jiff::SignedDuration::from_mins(minutes)).unwrap();
    let differing = app.resources.iter().find(|r| r.sync == Some(crate::domain::status::Sync::OutOfSync)).unwrap();
    let live = (field == "replicas").then(|| "6".to_owned());
    let edit = crate::domain::event::Edit {
        manager: manager.into(),
        at: Some(at),
        field: field.into(),
        more: 0,
        live,
        applied: applied.map(str::to_owned),
    };
    LiveNode { key: differing.key.clone(), depth: 0, edit: Some(edit), reason: None, ..pod("", "") }
}

#[test]
fn a_change_by_hand_is_told_with_who_made_it_and_what_git_has() {
    let app = drifted();
    let short = |node: LiveNode| {
        let tree = [node];
        let home = hub();
        judge(&app, &Context { tree: Some(&tree), ..bare(&home, app.observed_at) }).short
    };
    assert_eq!(short(edited(&app, "kubectl-edit", "replicas", 5, Some("3"))), "replicas 6, git has 3; set by kubectl");
    assert_eq!(short(edited(&app, "kubectl-edit", "replicas", 5, None)), "replicas 6; set by kubectl");
    assert_eq!(short(edited(&app, "istiod", "password", 5, None)), "password; set by istiod");
    assert!(!short(edited(&app, "kubectl-edit", "replicas", -5, None)).contains("kubectl"), "made before the last deployment");
    let mut other = edited(&app, "kubectl-edit", "replicas", 5, None);
    other.key.name = "unrelated".into();
    assert!(!short(other).contains("kubectl"), "an object that does not differ");
}

#[test]
fn syncs_that_do_not_hold_are_told_from_a_commit_that_came_after() {
    let home = hub();
    let with = |syncs: usize, every_s: i64, other: bool, seen_s: i64| {
        let mut app = drifted();
        let last = app.observed_at.checked_sub(jiff::SignedDuration::from_secs(30)).unwrap();
        let first = app.history[0].clone();
        app.history = (0..syncs)
            .map(|i| crate::domain::history::HistoryEntry {
                revisions: Box::default(),
                at: last.checked_sub(jiff::SignedDuration::from_secs(every_s * i as i64)).ok().into(),
                revision: if other && i == 1 { "another".into() } else { first.revision.clone() },
                ..first.clone()
            })
            .collect();
        if let crate::domain::app::EngineFields::Argo(fields) = &mut app.engine {
            fields.reconciled_at = last.checked_add(jiff::SignedDuration::from_secs(seen_s)).ok();
        }
        app.operation.as_mut().unwrap().phase = crate::domain::status::Phase::Succeeded;
        let verdict = judge(&app, &bare(&home, app.observed_at));
        (verdict.short, verdict.next_word)
    };
    assert_eq!(with(5, 600, false, 4), ("drifts again 4s after every sync".into(), "fix_in_git".into()));
    assert_eq!(with(5, 600, false, 300).0, "drifts again after every sync");
    assert!(!with(2, 600, false, 4).0.contains("drifts again"), "two are no pattern");
    assert!(!with(5, 2000, false, 4).0.contains("drifts again"), "not within an hour");
    assert!(!with(5, 600, true, 4).0.contains("drifts again"), "another commit in between");
}

#[test]
fn an_argo_cd_that_compares_nothing_makes_its_well_rows_old_and_a_slow_one_does_not() {
    let home = hub();
    let app = app("synced-healthy-auto");
    let ago = |minutes: i64| app.observed_at.checked_sub(jiff::SignedDuration::from_mins(minutes)).unwrap();
    let says = |minutes: i64, cm: Known<'_, crate::domain::event::OtherObject>| {
        let context = Context { compared: Some((ago(minutes), 17)), argocd_cm: cm, ..bare(&home, app.observed_at) };
        let verdict = judge(&app, &context);
        (verdict.short, verdict.is_old)
    };
    let slow = |interval: u64| crate::domain::event::OtherObject {
        value: serde_json::json!({"globalProjects": [], "interval": interval, "jitter": null}),
        ..argocd_cm()
    };
    assert_eq!(says(14, Known::Absent), ("Argo CD on hub compared 14m ago".into(), true));
    assert_eq!(says(14, Known::Read(&argocd_cm())).0, "Argo CD on hub compared 14m ago");
    assert_eq!(says(4, Known::Absent), (String::new(), false), "within its interval");
    assert_eq!(says(14, Known::Read(&slow(1800))).0, "", "its interval is half an hour");
    assert_eq!(says(14, Known::Read(&slow(0))).0, "", "comparisons by time are off");
    assert_eq!(says(14, Known::Unread("forbidden".into())).0, "", "its interval is not known");
}

fn frozen(until: Option<&str>) -> Option<crate::domain::app::Frozen> {
    Some(crate::domain::app::Frozen {
        by: "mia".into(),
        reason: "database move".into(),
        since: "2026-11-21T01:00:00Z".parse().ok(),
        until: until.map(|at| at.parse().unwrap()),
        ..Default::default()
    })
}

fn switch(app: &mut App, on: bool) {
    app.auto_sync = Some(on);
    if let crate::domain::app::EngineFields::Argo(fields) = &mut app.engine {
        fields.automated = on;
    }
}

#[test]
fn a_freeze_is_told_with_who_wants_it_why_and_until_when() {
    let home = hub();
    let judged = |file: &str, until: Option<&str>, on: bool| {
        let mut app = app(file);
        app.frozen = frozen(until);
        switch(&mut app, on);
        let verdict = judge(&app, &bare(&home, "2026-11-24T01:30:00Z".parse().unwrap()));
        (app, verdict)
    };
    let (app, verdict) = judged("synced-healthy-auto", Some("2026-11-27T09:00:00Z"), false);
    assert_eq!((verdict.short.as_str(), verdict.next_word.as_str()), ("by mia: database move, until Fri 09:00", "resume"));
    assert!(verdict.sentence.contains("off 3d ago: \"database move\", until Fri 09:00. What runs matches git"), "{}", verdict.sentence);
    assert_eq!((app.severity(), app.is_green(), app.is_good()), (crate::domain::status::Severity::Suspended, false, true));
    let (app, verdict) = judged("outofsync-manual-drift", None, false);
    assert_eq!(verdict.short, "by mia: database move");
    assert!(verdict.sentence.contains("1 resource differs from"), "{}", verdict.sentence);
    assert_eq!(app.severity(), crate::domain::status::Severity::OutOfSync, "the freeze hides nothing");
    let (_, verdict) = judged("synced-healthy-auto", Some("2026-11-23T22:30:00Z"), false);
    assert_eq!(verdict.short, "freeze by mia overdue 3h: database move");
    assert!(verdict.sentence.contains("Its end has passed."), "{}", verdict.sentence);
    let (app, verdict) = judged("synced-healthy-auto", None, true);
    assert_eq!((verdict.short.as_str(), app.is_green()), ("", true), "a note that was left behind freezes nothing");
    let (_, verdict) = judged("degraded-imagepull", None, false);
    assert!(verdict.short.contains("degraded") && verdict.evidence.iter().any(|e| e.value == "frozen by mia: database move"));
}

#[test]
fn an_app_that_renders_nothing_is_not_well_and_one_that_holds_apps_or_is_new_is_told_apart() {
    let home = hub();
    let mut object: Value = serde_json::from_str(&super::super::tests::fixture("argo/application-synced-healthy-auto.json")).unwrap();
    let created = object["metadata"]["creationTimestamp"].as_str().unwrap().parse::<crate::domain::Timestamp>().unwrap();
    object["status"].as_object_mut().unwrap().remove("resources");
    let read = |object: &Value| super::super::tests::read(&object.to_string());
    let empty = read(&object);
    assert!(!empty.is_green() && empty.severity() == crate::domain::status::Severity::Unknown);
    let at = |minutes: i64| created.checked_add(jiff::SignedDuration::from_mins(minutes)).unwrap();
    let verdict = judge(&empty, &bare(&home, at(60)));
    assert_eq!((verdict.short.as_str(), verdict.next_word.as_str()), ("renders nothing", "fix_in_git"));
    assert_eq!(judge(&empty, &bare(&home, at(1))).short, "health unknown", "it was made a minute ago");
    let parent = app("synced-healthy-app-of-apps");
    assert!(!judge(&parent, &bare(&home, parent.observed_at)).short.contains("renders nothing"));
    let one = app("synced-healthy-auto");
    assert!(one.is_green());
}

#[test]
fn a_failed_sync_is_told_by_its_cause_and_an_invalid_object_by_its_words() {
    let app = app("degraded-operation-failed");
    assert!(short_with(&app, |c| c).0.starts_with("Service"), "{}", short_with(&app, |c| c).0);
    let with = |message: &str| {
        let mut app = app.clone();
        if let crate::domain::app::EngineFields::Argo(fields) = &mut app.engine {
            fields.operation_resources.iter_mut().filter(|r| r.status == "SyncFailed").for_each(|r| r.message = message.into());
        }
        short_with(&app, |c| c).0
    };
    assert_eq!(with("exceeded quota: team-a, requested: cpu=2, used: cpu=8, limited: cpu=8"), "quota team-a: cpu 8 of 8 used");
    assert_eq!(with("admission webhook \"p.example.com\" denied the request: no"), "refused by policy: p.example.com");
    assert_eq!(with("namespaces \"shop\" not found"), "namespace shop does not exist");
    assert!(with("Service \"bad\" is invalid: field is immutable").starts_with("cannot change: Service "));
}

#[test]
fn an_object_or_a_warning_that_names_its_cause_is_told_for_an_unhealthy_app_only() {
    let (ill, well) = (app("rollout-bad-image-degraded"), app("synced-healthy-auto"));
    let rollout = LiveNode {
        key: ObjectKey::new("argoproj.io", "Rollout", "shop", "web"),
        health: Some(crate::domain::status::Health::Degraded),
        message: "Metric \"success-rate\" assessed Failed".into(),
        exists: true,
        ..LiveNode::default()
    };
    let tree = [rollout.clone()];
    let home = hub();
    assert_eq!(judge(&ill, &Context { tree: Some(&tree), ..bare(&home, ill.observed_at) }).short, "canary failed: success-rate");
    assert_eq!(judge(&well, &Context { tree: Some(&tree), ..bare(&home, well.observed_at) }).short, "");
    let mut paused = ill.clone();
    paused.health = crate::domain::status::Health::Suspended;
    let waits = [LiveNode {
        health: Some(crate::domain::status::Health::Suspended),
        message: "canary paused at 20%, step 3 of 6".into(),
        ..rollout
    }];
    let verdict = judge(&paused, &Context { tree: Some(&waits), ..bare(&home, ill.observed_at) });
    assert_eq!((verdict.short.as_str(), verdict.next_word.as_str()), ("canary paused at 20%, step 3 of 6", "wait"));
    let warning = crate::domain::event::LiveEvent {
        at: Some(ill.observed_at),
        object: ObjectKey::new("apps", "StatefulSet", "shop", "web"),
        reason: "FailedCreate".into(),
        message: "create Pod web-0 failed: exceeded quota: team-a, requested: cpu=2, used: cpu=8, limited: cpu=8".into(),
        warning: true,
        count: 4,
        cluster: crate::domain::ids::ClusterId::new("hub"),
    };
    let events = [warning];
    let verdict = judge(&ill, &Context { events: &events, ..bare(&home, ill.observed_at) });
    assert_eq!(verdict.short, "quota team-a: cpu 8 of 8 used");
    assert!(verdict.evidence.iter().any(|e| e.source == "event" && e.at == Some(ill.observed_at)));
    assert_eq!(judge(&well, &Context { events: &events, ..bare(&home, well.observed_at) }).short, "");
}
