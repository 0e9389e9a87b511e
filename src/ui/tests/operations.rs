//! An operation on its way, what it did to each resource, what entries of a history brought, and a log that is followed.

use super::screens::{body, dialog};
use super::*;
use crate::app::fleet::LogText;
use crate::app::log::Following;
use crate::app::overlay::{LogView, Overlay};
use crate::app::pane::{Pane, Tab};
use crate::app::task::{Line, Mark, STEP, Task};
use crate::domain::app::{EngineFields, ManagedResource, OperationResource};
use crate::domain::cluster::Link;
use crate::domain::commit::OwnCommits;
use crate::domain::history::HistoryEntry;
use crate::domain::ids::{ClusterId, ObjectKey, TaskId};
use crate::domain::plan::Outcome;
use crate::domain::status::{Operation, Phase};
use fixture::{ago, at, night};

const WAVES: [(&str, &str, i32); 3] = [("ConfigMap", "orders-env", 0), ("Service", "orders", 1), ("Deployment", "orders", 2)];

fn key(kind: &str, name: &str) -> ObjectKey {
    ObjectKey::new("", kind, "orders", name)
}

fn entry(n: i64, id: &str) -> HistoryEntry {
    HistoryEntry {
        id: Some(n),
        revision: fixture::whole(id).into(),
        revisions: Box::default(),
        at: at("03:00:00").into(),
        started_at: at("02:58:30").into(),
        by: Some(if n == 40 { "mia" } else { "automated" }.into()),
        result: "synced, health not recorded".into(),
        ok: true,
        health_recorded: false,
        digest: None,
        took_ms: Some(90_000),
        runs: None,
        note: "".into(),
        moved: None,
    }
}

/// `orders` on prod-us under the cursor: its sync waits for the Deployment of wave 2.
fn syncing(width: u16, height: u16) -> AppState {
    let mut state = night(width, height);
    let is_it = |r: &&crate::app::fleet::Row| r.app.id.name == "orders" && r.app.runs_on() == "prod-us";
    let id = state.fleet.rows.values().find(is_it).unwrap().app.id.clone();
    state.view.app = Some(id.clone());
    let row = state.fleet.rows.get_mut(&id).unwrap();
    row.app.resources = WAVES
        .map(|(kind, name, wave)| ManagedResource { key: key(kind, name), version: "v1".into(), wave, ..ManagedResource::default() })
        .into();
    row.app.operation = Some(Operation {
        phase: Phase::Retrying,
        message: "waiting for healthy state of /Deployment/orders".into(),
        started_at: Some(ago("3m")),
        finished_at: Some(ago("40s")),
        retry_count: 1,
        next_try_at: Some(at("03:13:05")),
        by: Some("mia".into()),
        revision: None,
        request_id: None,
        routine: false,
    });
    let result = |kind: &str, name: &str, status: &str, message: &str, hook: &str| OperationResource {
        key: key(kind, name),
        status: status.into(),
        message: message.into(),
        sync_phase: if hook.is_empty() { "Sync".into() } else { hook.into() },
        hook_type: hook.into(),
        hook_phase: "Succeeded".into(),
    };
    row.app.history = vec![entry(42, "4f2c91d"), entry(41, "9d1e07b"), entry(40, "e77a310")];
    let revision = fixture::whole("4f2c91d");
    row.app.operation.as_mut().unwrap().revision = Some(revision.clone());
    let EngineFields::Argo(fields) = &mut row.app.engine else { panic!() };
    fields.compared = vec![revision];
    fields.operation_retry_limit = Some(5);
    fields.operation_resources = vec![
        result("Job", "orders-migrate", "Synced", "Reached expected number of succeeded pods", "PreSync"),
        result("ConfigMap", "orders-env", "Synced", "configmap/orders-env serverside-applied", ""),
        result("Service", "orders", "SyncFailed", "admission webhook denied the request", ""),
    ];
    state
}

#[test]
fn resources_tell_what_an_operation_did_to_each_of_them_and_who_asked_for_it() {
    let told = |width, height, parts: &[&str]| {
        let mut state = syncing(width, height);
        (state.view.tab, state.view.focus) = (Tab::Resources, Pane::Details);
        let text = screen(&state, width, height);
        for part in parts {
            assert!(text.contains(part), "{part}\n{text}");
        }
    };
    let whole =
        ["operation Retrying by mia, started 3m ago, retry 1 of 5, next try 03:13:05", "PreSync hook Job orders-migrate: Reached expected"];
    told(80, 24, &whole);
    told(120, 32, &whole);
    told(120, 32, &["wave 0, applied", "wave 1, failed: admission", "wave 2, not applied"]);
}

#[test]
fn the_note_of_the_resource_under_the_cursor_is_told_whole_and_stays_in_view() {
    let long = "admission webhook denied the request: the label cost-centre is required on every Service of this cluster, see the handbook";
    for (width, height) in [(160, 45), (120, 32), (80, 24)] {
        let mut state = syncing(width, height);
        (state.view.tab, state.view.focus) = (Tab::Resources, Pane::Details);
        let id = state.view.app.clone().unwrap();
        let app: &mut crate::domain::app::App = &mut state.fleet.rows.get_mut(&id).unwrap().app;
        app.operation = None;
        app.resources[2].health_message = long.into();
        app.resources.splice(0..0, (0..20).map(|n| ManagedResource { key: key("Secret", &format!("s{n}")), ..ManagedResource::default() }));
        let shown = |state: &AppState| {
            let text = screen(state, width, height);
            text.lines().map(|l| l.trim_matches(['│', '┃']).trim_end()).collect::<Vec<_>>().join("\n")
        };
        let missing = |text: &str| long.split(' ').filter(|w| !text.contains(w)).count();
        state.view.details_cursor = 21;
        assert!(missing(&shown(&state)) > 0, "{width}: only of the one under the cursor\n{}", shown(&state));
        state.view.details_cursor = 22;
        assert_eq!(missing(&shown(&state)), 0, "{width}\n{}", shown(&state));
    }
}

#[test]
fn what_a_sync_has_not_begun_is_to_come_while_it_runs_and_is_told_only_of_a_sync_of_all() {
    let told = |change: &dyn Fn(&mut Operation, &mut crate::domain::app::ArgoFields)| {
        let mut state = syncing(120, 32);
        (state.view.tab, state.view.focus) = (Tab::Resources, Pane::Details);
        let id = state.view.app.clone().unwrap();
        let app: &mut crate::domain::app::App = &mut state.fleet.rows.get_mut(&id).unwrap().app;
        let EngineFields::Argo(fields) = &mut app.engine else { panic!() };
        change(app.operation.as_mut().unwrap(), fields);
        let text = screen(&state, 120, 32);
        assert!(text.contains("wave 0, applied"), "{text}");
        (text.contains("wave 2, to come"), text.contains("not applied"))
    };
    assert_eq!(told(&|_, _| {}), (false, true));
    assert_eq!(told(&|operation, _| operation.phase = Phase::Running), (true, false));
    let nothing = (false, false);
    assert_eq!(told(&|_, fields| fields.operation_is_partial = true), nothing);
    assert_eq!(told(&|_, fields| fields.compared.clear()), nothing);
    assert_eq!(told(&|_, fields| fields.sync_options.push("ApplyOutOfSyncOnly=true".into())), nothing);
}

#[test]
fn a_history_says_what_each_entry_brought_where_git_told_it() {
    let mut state = syncing(120, 32);
    (state.view.tab, state.view.focus) = (Tab::History, Pane::Details);
    let id = state.view.app.clone().unwrap();
    let commit = |id: &str| fixture::whole(id);
    let own = OwnCommits { subjects: vec!["pool to 200".into(), "labels".into()], count: 2, others: 1, is_back: false };
    let found = vec![(commit("9d1e07b"), commit("4f2c91d"), Some(own)), (commit("e77a310"), commit("9d1e07b"), None)];
    crate::app::history::on_answer(&mut state, id, "tip", found);
    let text = body(&screen(&state, 120, 32));
    let lines: Vec<&str> = text.lines().skip_while(|l| !l.contains("COMMITS OF THIS APP")).skip(1).take(3).collect();
    assert!(
        lines[0].contains("auto-sync") && lines[0].contains("synced in 1m 30s") && lines[0].contains("2: pool to 200, labels"),
        "{text}"
    );
    assert!(lines[1].trim_end_matches(['┃', ' ']).ends_with(" ?"), "{text}");
    assert!(lines[2].contains(" mia ") && lines[2].trim_end_matches(['┃', ' ']).ends_with(" -"), "{text}");
    insta::assert_snapshot!("history-80x24", body(&screen(&state, 80, 24)));
    insta::assert_snapshot!("history-60x20", {
        state.view.depth = 1;
        body(&screen(&state, 60, 20))
    });
}

#[test]
fn a_sync_on_its_way_shows_its_steps_and_how_long_it_usually_takes() {
    let mut state = syncing(80, 24);
    let line = |time: &str, key: &str, mark, text: &str| Line { at: at(time), key: key.into(), mark, text: text.into() };
    let step = |time: &str, mark, name: &str, text: &str| line(time, &format!("{STEP}{name}"), mark, &format!("{name}: {text}"));
    let lines = vec![
        line("03:12:00", "requested", Mark::Done, "request 5f1c written to orders on hub-eu, once"),
        line("03:12:02", "picked", Mark::Done, "picked up by Argo CD, with exactly what we asked"),
        step("03:12:09", Mark::Done, "PreSync", "1 of 1 hook: orders-migrate"),
        step("03:12:12", Mark::Done, "wave 0", "3 of 3 applied"),
        step("03:12:14", Mark::Busy, "wave 2", "1 of 1 applied; Deployment orders: 2 of 3 ready"),
        step("03:12:12", Mark::Waiting, "wave 3", "1 to come"),
    ];
    let app = state.view.app.clone().unwrap();
    let sent = Some(Outcome::Sent { commit: None });
    let task = Task { app, lines, outcome: sent, started_at: at("03:12:00"), follow: None, ..super::screens::task(&state, false) };
    state.tasks = vec![task];
    state.overlays = vec![Overlay::Progress(TaskId(7))];
    insta::assert_snapshot!("overlay-sync-progress", dialog(&state));
}

/// A log of two containers that is followed.
fn followed(width: u16, height: u16) -> AppState {
    let mut state = night(width, height);
    let app = state.view.app.clone().unwrap();
    let pod = ObjectKey::new("", "Pod", "payments", "payments-6c9f-x2x4k");
    state.fleet.detail.app = Some(app.clone());
    state.fleet.detail.log = Some(LogText {
        pod: pod.clone(),
        container: "payments".into(),
        previous: false,
        at: ago("3s"),
        lines: Ok((0..60).map(|n| format!("line {n}")).collect()),
        containers: vec!["payments".into(), "proxy".into()],
    });
    state.following = Some(Following {
        id: 1,
        app,
        pod,
        container: "payments".into(),
        since: ago("2m"),
        last_at: Some(ago("3s")),
        dropped: 1200,
        ended: None,
    });
    state.overlays = vec![Overlay::Log(LogView::default())];
    state
}

#[test]
fn a_followed_log_says_that_it_is_and_why_it_is_no_more() {
    let mut state = followed(120, 32);
    let title = |state: &AppState| screen(state, 120, 32).lines().find(|l| l.contains("Log payments")).unwrap().to_owned();
    let text = title(&state);
    assert!(text.contains("payments (1 of 2), this run ━ following ━"), "{text}");
    assert!(text.contains("last line 3s ago, 1200 lines dropped"), "{text}");
    assert!(screen(&state, 120, 32).contains("line 59"));
    state.overlays = vec![Overlay::Log(LogView { top: Some(3), ..LogView::default() })];
    assert!(title(&state).contains("following, held where you read"), "{}", title(&state));
    let link = Link::Unreachable { since: ago("6m"), cause: "timed out".into(), next_try_at: None };
    state.fleet.clusters.get_mut(&ClusterId::new("prod-eu")).unwrap().link = link;
    assert!(title(&state).contains("following, but the cluster does not answer"), "{}", title(&state));
    state.following.as_mut().unwrap().ended = Some("the container ended, exit 1".into());
    assert!(title(&state).contains(" the container ended, exit 1 ━"), "{}", title(&state));
    insta::assert_snapshot!("overlay-log-followed", body(&screen(&followed(80, 24), 80, 24)));
}

#[test]
fn what_was_found_before_a_sync_ended_is_told_to_be_of_before_it() {
    let text = |compared: &str, width: u16, height: u16| {
        let mut state = syncing(width, height);
        let id = state.view.app.clone().unwrap();
        let row = state.fleet.rows.get_mut(&id).unwrap();
        row.verdict.short = "2 of 7 differ, self-heal off".into();
        let app: &mut crate::domain::app::App = &mut row.app;
        app.sync = crate::domain::status::Sync::OutOfSync;
        let operation = app.operation.as_mut().unwrap();
        (operation.phase, operation.finished_at) = (Phase::Succeeded, Some(ago("3s")));
        let EngineFields::Argo(fields) = &mut app.engine else { panic!() };
        fields.reconciled_at = Some(ago(compared));
        screen(&state, width, height)
    };
    for (width, height) in [(160, 45), (120, 32)] {
        let before = text("1m", width, height);
        assert!(before.contains("synced 3s ago, not compared yet") && before.contains("has not compared since"), "{before}");
        let after = text("2s", width, height);
        assert!(after.contains("2 of 7 differ, self-heal off") && !after.contains("compared since"), "{after}");
    }
}

#[test]
fn of_an_object_that_cannot_be_read_no_tab_tells_what_its_fields_would_say() {
    for tab in [Tab::Resources, Tab::Source] {
        let mut state = night(120, 32);
        (state.view.tab, state.view.focus) = (tab, Pane::Details);
        let id = state.view.app.clone().unwrap();
        state.fleet.rows.get_mut(&id).unwrap().app.unreadable = Some("interval \"1d\" is no duration".into());
        let text = screen(&state, 120, 32);
        assert!(text.contains("cannot be read (interval \"1d\" is no duration): ") && text.contains(" is not known."), "{text}");
        assert!(!text.contains("prune o"), "{text}");
    }
}

#[test]
fn a_source_whose_line_is_too_long_has_two_and_one_that_is_decrypted_says_so() {
    let mut state = night(80, 24);
    (state.view.tab, state.view.focus) = (Tab::Source, Pane::Details);
    let id = state.view.app.clone().unwrap();
    let app: &mut crate::domain::app::App = &mut state.fleet.rows.get_mut(&id).unwrap().app;
    app.sources[0].path = Some("apps/payments/overlays/production-europe-west".into());
    let EngineFields::Flux(fields) = &mut app.engine else { panic!() };
    fields.decrypts = true;
    let text = screen(&state, 80, 24);
    assert!(text.contains("apps/payments/overlays/production-europe-west at main"), "{text}");
    assert!(text.contains("decrypts with sops"), "{text}");
}
