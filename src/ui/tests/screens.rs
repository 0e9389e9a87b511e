use super::*;
use crate::app::effect::DiffMode;
use crate::app::fleet::LogText;
use crate::app::msg::Press;
use crate::app::msg::{RollbackTrouble, SuspectList};
use crate::app::notice::Level;
use crate::app::overlay::acknowledge::Acknowledge;
use crate::app::overlay::confirm::{Confirm, Focus};
use crate::app::overlay::picker::{Choice, Picker};
use crate::app::overlay::{LogView, Overlay, Scrolled};
use crate::app::pane::{DiffScreen, From};
use crate::app::rollback::{Arrival, Follow, FollowRow, Good, Rollback, Stage};
use crate::app::state::Screen;
use crate::app::task::{Line, Mark, Task};
use crate::domain::cluster::{ContextInfo, EngineInfo};
use crate::domain::commit::{ChangedFile, FileChange, Suspect};
use crate::domain::diff::{DiffKind, DiffSet, DiffSide, FileDiff, ResourceDiff, RevertPreview, SetBy};
use crate::domain::hunks::hunks;
use crate::domain::ids::{ClusterId, EngineKind, ObjectKey, TaskId};
use crate::domain::journal::JournalEntry;
use crate::domain::plan::{Outcome, Plan, PlanChoices, PlanLine, PlanOption, Refusal, RevertRequest, Risk, Step, Target};
use crate::domain::probe::{Answer, Probe, Reached};
use crate::domain::repo::RepoId;
use crate::domain::view::SavedView;
use fixture::{ago, at, commit, night};

fn target(state: &AppState) -> Target {
    let row = state.row().unwrap();
    Target {
        app: row.app.id.clone(),
        uid: "4be1".into(),
        resource_version: "88123".into(),
        revision: row.app.revision.clone(),
        runs_on: "prod-eu".into(),
        names: Vec::new(),
        frozen_at: at("03:12:58"),
    }
}

fn plan() -> Plan {
    let line = |label: &str, text: &str| PlanLine { label: label.into(), text: text.into() };
    let option = |name: &str, text: &str, on: bool, off: Option<&str>| {
        PlanOption::switch(&name.replace(' ', "_"), name, text, on).off(off.map(Into::into))
    };
    Plan {
        action: "sync".into(),
        title: "Sync orders on prod-us".into(),
        verb: "Sync".into(),
        risk: Risk::Destructive,
        targets: vec![target(&night(80, 24))],
        lines: vec![
            line("app", "orders     argocd/orders on hub-eu, uid 4be1, version 88123"),
            line("runs on", "prod-us    PROTECTED   cluster id 7d1c90aa       frozen 03:12:58"),
            line("commit", "4f2c91d, runs already; head of fleet main, read 9s ago"),
            line("effect", "1 Deployment and 1 Secret change; 1 ConfigMap only live stays"),
            line("window", "none applies (project core + global project all, read 4s ago)"),
        ],
        options: vec![
            option("prune", "would delete ConfigMap orders-flags", false, None),
            option("dry run", "Argo checks, nothing is written", false, None),
            option("force", "", false, Some("guardrail no_force on prod-*")),
            option("apply only", "skips 1 PreSync hook (orders-migrate)", true, None),
        ],
        steps: Vec::new(),
        commands: vec!["argocd app sync argocd/orders --revision 4f2c91d".into()],
        typed: Some("prod-us".into()),
        refused: None,
        request_id: "5f1c".into(),
    }
}

pub fn sync_dialog() -> Confirm {
    Confirm::new(plan(), None, PlanChoices::default(), fixture::now())
}

fn set() -> DiffSet {
    let resource = |kind: &str, name: &str, how, left: &str, right: &str| {
        let (hunks, added, removed) = hunks(left, right, 1);
        ResourceDiff {
            key: ObjectKey::new("apps", kind, "shop", name),
            kind: how,
            hunks,
            added,
            removed,
            ignored: vec!["/status".into()],
            note: None,
            fields: Vec::new(),
            set_by: Vec::new(),
        }
    };
    let set = |line: u32, path: &str, by: Option<&str>, age: &str| {
        let by = by.map(str::to_owned);
        SetBy { line, path: path.into(), at: by.as_ref().map(|_| ago(age)), by }
    };
    let env = "spec.template.spec.containers[orders].env[LOG_LEVEL].value";
    let live = "kind: Deployment\nspec:\n  replicas: 6\n  a: 1\n  b: 2\n  c: 3\n  d: 4\n  log: debug\n";
    let want = "kind: Deployment\nspec:\n  replicas: 3\n  a: 1\n  b: 2\n  c: 3\n  d: 4\n  log: info\n";
    DiffSet {
        left: DiffSide { label: "LIVE on prod-us, read".into(), at: Some(ago("3s")) },
        right: DiffSide { label: "DESIRED rendered from git fleet 4f2c91d".into(), at: Some(ago("8s")) },
        resources: vec![
            ResourceDiff {
                set_by: vec![set(3, "spec.replicas", Some("kubectl-edit"), "42m"), set(8, env, Some("argocd-controller"), "2d")],
                ..resource("Deployment", "orders", DiffKind::Changed, live, want)
            },
            ResourceDiff {
                set_by: vec![set(2, "data.password", None, "0s")],
                ..resource(
                    "Secret",
                    "orders-db",
                    DiffKind::Changed,
                    "data:\n  password: (hidden, old)\n",
                    "data:\n  password: (hidden, changed)\n",
                )
            },
            resource("ConfigMap", "orders-flags", DiffKind::OnlyLive, "a: 1\n", ""),
            resource("Service", "orders", DiffKind::Same, "", ""),
        ],
        estimate: "our estimate; Argo also counts 3 OutOfSync".into(),
        notes: vec!["rendered in process: plain kustomize".into()],
    }
}

fn diff(state: &AppState, result: Option<Result<DiffSet, String>>) -> Screen {
    let app = state.row().unwrap().app.id.clone();
    Screen::Diff(Box::new(DiffScreen {
        app,
        title: "payments  prod-eu".into(),
        from: From::Main,
        mode: DiffMode::LiveVsDesired,
        waiting: None,
        asked_at: ago("2s"),
        result,
        top: 0,
        resource: 0,
        folded: [2, 3].into(),
        unified: None,
        show_ignored: false,
        blame: true,
        wrap: false,
        search: String::new(),
        searching: false,
    }))
}

fn suspects(state: &AppState) -> SuspectList {
    let also = state.fleet.shown.iter().filter(|a| a.name == "payments").skip(1).cloned().collect::<Vec<_>>();
    let file = |path: &str| ChangedFile { path: path.into(), change: FileChange::Modified, added: 1, removed: 1 };
    let suspect = |id: &str, time: &str, who: &str, subject: &str, bot| Suspect {
        commit: commit(id, time, who, subject),
        files: vec![file("apps/payments/base/config.yaml"), file("apps/payments/base/hpa.yaml")],
        in_path_set: 2,
        also: also.clone(),
        mainlines: vec![],
        is_bot: bot,
        image_policy: bot.then(|| "payments".to_owned()),
    };
    let mut merge = suspect("9d1e07b", "02:54:10", "Dana Osei", "Merge #812: payments pool 20 to 200", false);
    merge.commit.parents.push("f3a1d20".into());
    merge.mainlines = vec![(1, "c41d8f0".into(), "main".into()), (2, "f3a1d20".into(), "dana/pool".into())];
    SuspectList {
        tip: commit("4f2c91d", "03:01:10", "", "").id,
        branch: "main".into(),
        fetched_at: ago("14s"),
        good: Some(commit("e77a310", "02:31:10", "", "").id),
        suspects: vec![
            merge,
            suspect("c41d8f0", "02:53:02", "image-bot", "chore: payments 2.13.4 to 2.14.0", true),
            suspect("0b6f552", "02:51:30", "Lena Fuchs", "cost-centre label on every app", false),
        ],
        others: vec![commit("4f2c91d", "03:01:10", "image-bot", "web 3.8.0 to 3.8.1")],
        range: Vec::new(),
        paths: vec!["apps/payments".into()],
        remote: "https://git.acme.example/acme/fleet".into(),
    }
}

fn preview() -> RevertPreview {
    let file = |path: &str, left: &str, right: &str| {
        let (hunks, added, removed) = hunks(left, right, 1);
        FileDiff { path: path.into(), change: FileChange::Modified, hunks, added, removed, opaque: false }
    };
    RevertPreview {
        base: commit("4f2c91d", "03:01:10", "", "").id,
        tree: String::new(),
        touched: vec![],
        files: vec![
            file("apps/payments/base/config.yaml", "data:\n  POOL_SIZE: \"200\"\n", "data:\n  POOL_SIZE: \"20\"\n"),
            file("apps/payments/base/hpa.yaml", "minReplicas: 4\n", "minReplicas: 2\n"),
        ],
        conflicts: vec![],
        already_undone: false,
        message: String::new(),
        took_ms: 13,
    }
}

fn revert() -> RevertRequest {
    RevertRequest {
        repo: RepoId::from_url("https://git.acme.example/acme/fleet"),
        url: "https://git.acme.example/acme/fleet".into(),
        branch: "main".into(),
        base: commit("4f2c91d", "03:01:10", "", "").id,
        commits: vec![],
        message: String::new(),
        tree: String::new(),
    }
}

pub(super) fn task(state: &AppState, follow: bool) -> Task {
    let line = |time: &str, mark, text: &str| Line { at: at(time), key: text.into(), mark, text: text.into() };
    let row = |on: &str, fetched, applied, healthy, now: &str, late| FollowRow {
        app: state.row().unwrap().app.id.clone(),
        runs_on: on.into(),
        fetched,
        applied,
        healthy,
        now: now.into(),
        late,
        tries_until: None,
    };
    use Arrival::{At, Same, Unknown, Waits};
    Task {
        id: TaskId(7),
        title: "roll back payments".into(),
        place: "3 clusters".into(),
        app: state.row().unwrap().app.id.clone(),
        started_at: at("03:12:03"),
        plan: Plan { steps: vec![Step::Revert(revert())], ..plan() },
        typed: Some("fleet main".into()),
        lines: vec![
            line("03:12:03", Mark::Done, "target still the same: 3 apps, uid and revision as frozen"),
            line("03:12:04", Mark::Busy, "pushing to main"),
        ],
        outcome: follow.then_some(Outcome::Sent { commit: Some("8c2f0e1".into()) }),
        ended: None,
        stood: None,
        stored: None,
        batch: None,
        part_of: None,
        follow: follow.then(|| Follow {
            repo: RepoId::from_url("https://git.acme.example/acme/fleet"),
            branch: "main".into(),
            commit: commit("8c2f0e1", "03:12:05", "", "").id,
            reverts: vec!["9d1e07b".into()],
            pushed_at: at("03:12:05"),
            rows: vec![
                row("prod-us", At(at("03:12:08")), At(at("03:12:14")), Waits, "3 of 4 pods ready", false),
                row("prod-eu", At(at("03:12:07")), Waits, Waits, "old health check until 03:14:45", true),
                row("stage-eu", At(at("03:12:07")), Same, Same, "same manifests", false),
                row("edge-syd", Unknown, Unknown, Unknown, "unreachable 8m", false),
            ],
            done_at: None,
            idle: vec![],
            containing: vec![],
            asked: vec![],
        }),
    }
}

pub(super) fn rollback(state: &AppState, stage: Stage) -> Rollback {
    let good = Good {
        revision: commit("e77a310", "02:31:10", "", "").id,
        evidence: "seen Healthy on prod-eu 02:36:12 and last 02:55:44".into(),
        source: "our ledger".into(),
    };
    let mut confirm = sync_dialog();
    confirm.plan.title = "Roll back payments".into();
    Rollback {
        target: target(state),
        app_title: "payments".into(),
        stage,
        waiting: None,
        repo: RepoId::from_url("https://git.acme.example/acme/fleet"),
        wanted: None,
        url: "https://git.acme.example/acme/fleet".into(),
        branch: Some("main".into()),
        goods: vec![good],
        good: Some(0),
        list: Some(suspects(state)),
        show_all: false,
        cursor: 0,
        marked: vec![commit("9d1e07b", "02:54:10", "", "").id],
        mainline: Default::default(),
        preview: Some(preview()),
        scroll: 0,
        message: Default::default(),
        default_message: String::new(),
        undo: None,
        editing: false,
        plan: Some(confirm),
        check: None,
        onward: false,
        reread_for: None,
        aged_at: state.now,
        task: Some(TaskId(7)),
        before: None,
        trouble: None,
        off: false,
        reference: crate::domain::source::RefKind::Branch("main".into()),
        opened_at: ago("2s"),
    }
}

/// One of several things on the screen, for tests that try them all.
pub fn put(state: &mut AppState, what: usize) {
    state.tasks = vec![task(state, what == 5)];
    state.notices.push(ago("3m"), Level::Bad, "shop: fetch failed, authentication", Some("run: git ls-remote shop".into()));
    let screen = match what {
        1 => diff(state, Some(Ok(set()))),
        2 => diff(state, Some(Err("git could not be reached".into()))),
        3 => Screen::Rollback(Box::new(rollback(state, Stage::Suspects))),
        4 => Screen::Rollback(Box::new(rollback(state, Stage::Preview))),
        5 => Screen::Rollback(Box::new(rollback(state, Stage::Follow))),
        6 => Screen::Rollback(Box::new(rollback(state, Stage::Push))),
        7 => Screen::Rollback(Box::new(rollback(state, Stage::Plan))),
        9 => Screen::Timeline,
        10 => Screen::Matrix,
        11 => Screen::Drift,
        _ => Screen::Main,
    };
    if what == 9 {
        super::timeline::tell(state);
    }
    if what == 10 {
        super::matrix::compare(state);
    }
    if what == 11 {
        super::drift::group(state, false);
    }
    state.screen = screen;
    state.notices.flash = None;
}

pub(super) fn body(text: &str) -> String {
    let count = text.lines().count();
    text.lines().take(count - 1).map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Only the box on top: the lines and columns inside the heavy border.
pub(super) fn dialog(state: &AppState) -> String {
    body(&screen(state, 80, 24))
}

#[test]
fn the_diff_is_side_by_side_from_140_columns_and_unified_below() {
    let mut state = night(160, 24);
    put(&mut state, 1);
    insta::assert_snapshot!("diff-160", body(&screen(&state, 160, 24)));
    insta::assert_snapshot!("diff-80", body(&screen(&state, 80, 24)));
    insta::assert_snapshot!("diff-120x32", body(&screen(&state, 120, 32)));
    insta::assert_snapshot!("diff-60x20", body(&screen(&state, 60, 20)));
    insta::assert_snapshot!("diff-roles", style_map(&state, 160, 14));
}

#[test]
fn a_diff_says_at_every_width_that_it_is_an_estimate() {
    for (width, height) in [(160, 24), (120, 32), (80, 24), (60, 20)] {
        let mut state = night(width, height);
        put(&mut state, 1);
        assert!(screen(&state, width, height).contains("our estimate; Argo also counts 3 OutOfSync"), "{width}");
    }
}

#[test]
fn who_set_the_value_under_the_cursor_is_told_at_every_width_and_b_hides_it() {
    for (width, height) in [(160, 24), (120, 32), (80, 24), (60, 20)] {
        let mut state = night(width, height);
        put(&mut state, 1);
        let foot = |state: &AppState| screen(state, width, height).lines().rev().nth(2).unwrap().to_owned();
        assert!(foot(&state).contains("spec.replicas: set by kubectl-edit"), "{width}: {}", foot(&state));
        let at = |state: &mut AppState, top: usize| {
            let Screen::Diff(diff) = &mut state.screen else { panic!("no diff") };
            diff.top = top;
        };
        at(&mut state, 9);
        assert!(foot(&state).contains(": set by Argo CD (argocd-controller)"), "{width}: {}", foot(&state));
        at(&mut state, 14);
        assert!(foot(&state).contains("data.password: no manager recorded"), "{width}: {}", foot(&state));
        let _ = (crate::app::action::diff::BLAME.run)(&mut state);
        assert!(!screen(&state, width, height).contains("kubectl-edit") && !foot(&state).contains("recorded"), "{width}");
    }
}

#[test]
fn an_old_commit_says_its_age_once() {
    let mut state = night(160, 45);
    put(&mut state, 3);
    let Screen::Rollback(rollback) = &mut state.screen else { panic!("no rollback") };
    let list = rollback.list.as_mut().unwrap();
    list.suspects.iter_mut().for_each(|s| s.commit.at = fixture::ago("12d"));
    let text = screen(&state, 160, 45);
    assert!(text.contains(">, 12d ago"), "{text}");
    assert!(!text.contains("ago (12d ago)"), "{text}");
}

#[test]
fn a_notice_speaks_above_the_keys_and_never_takes_their_place() {
    let long = "payments on prod-eu: no. ".repeat(20);
    for (width, height) in [(160, 30), (80, 24), (60, 20)] {
        for what in [0, 1, 3, 4, 5] {
            let mut state = night(width, height);
            put(&mut state, what);
            let keys = |state: &AppState| screen(state, width, height).lines().last().unwrap().to_owned();
            let before = keys(&state);
            state.notices.flash(fixture::now(), long.clone());
            let after = screen(&state, width, height);
            assert_eq!(after.lines().last().unwrap(), before, "{width} {what}");
            assert!(after.lines().rev().nth(1).unwrap().contains("payments on prod-eu: no."), "{width} {what}\n{after}");
        }
    }
}

#[test]
fn a_notice_over_a_dialog_leaves_its_buttons_and_its_field_in_view() {
    let long = "payments on prod-eu: no. ".repeat(20);
    for (width, height) in [(160, 45), (80, 24), (60, 20)] {
        let mut state = super::staged::opened(width, height);
        let bare = screen(&state, width, height);
        assert!(bare.contains("Type ") && bare.contains("[ Cancel ]"), "{width}\n{bare}");
        state.notices.flash(fixture::now(), long.clone());
        let text = screen(&state, width, height);
        assert!(text.contains("payments on prod-eu: no."), "{width}\n{text}");
        assert!(text.contains("Type ") && text.contains("[ Cancel ]"), "{width}\n{text}");
    }
}

#[test]
fn a_task_never_pushes_the_keys_of_a_step_out() {
    for what in [1, 3, 4, 5] {
        let mut state = night(80, 24);
        put(&mut state, what);
        let keys = |state: &AppState| screen(state, 80, 24).lines().last().unwrap().to_owned();
        let with = keys(&state);
        state.tasks[0].ended = Some((ago("2h"), true, "done".into()));
        let alone = keys(&state);
        let count = |text: &str| crate::app::hints::now(&state).iter().filter(|h| text.contains(&format!("{} {}", h.key, h.label))).count();
        assert!(count(&with) >= count(&alone) && count(&with) > 2, "{what}\n{with}\n{alone}");
    }
}

#[test]
fn each_step_of_a_rollback_is_drawn() {
    for (what, name) in [(3, "suspects"), (4, "preview"), (5, "follow"), (6, "push"), (7, "plan")] {
        let mut state = night(160, 30);
        put(&mut state, what);
        insta::assert_snapshot!(format!("rollback-{name}"), body(&screen(&state, 160, 30)));
    }
    let mut state = night(80, 24);
    put(&mut state, 3);
    insta::assert_snapshot!("rollback-suspects-80", body(&screen(&state, 80, 24)));
    let trouble = RollbackTrouble {
        headline: "Good is not an ancestor.".into(),
        text: "e77a310 is not on the line of main.".into(),
        next: vec![("esc".into(), "back to the apps".into())],
    };
    let mut screen_state = rollback(&state, Stage::Suspects);
    screen_state.trouble = Some(trouble);
    state.screen = Screen::Rollback(Box::new(screen_state));
    insta::assert_snapshot!("rollback-trouble", dialog(&state));
}

#[test]
fn where_each_app_is_on_its_way_is_told_whole_on_a_narrow_screen_too() {
    let mut state = night(80, 24);
    put(&mut state, 5);
    let told = "waits for the sync of 9d1e07b, which failed and tries again at 03:14:45: it stands in the way";
    let follow = state.tasks.last_mut().and_then(|t| t.follow.as_mut()).unwrap();
    follow.rows[1].now = told.into();
    let text = screen(&state, 80, 24);
    for part in told.split(' ').chain(["1 of 4 healthy, 35s since the push", "NOW: what the app says at this moment"]) {
        assert!(text.contains(part), "{part}: {text}");
    }
    insta::assert_snapshot!("rollback-follow-80", text);
}

#[test]
fn a_plan_starts_on_cancel_and_its_button_needs_the_name() {
    let mut state = night(80, 24);
    state.overlays.push(Overlay::Confirm(Box::new(sync_dialog())));
    insta::assert_snapshot!("confirm", dialog(&state));
    for (width, height) in [(160, 45), (120, 32), (60, 20)] {
        insta::assert_snapshot!(format!("confirm-{width}x{height}"), body(&screen(&state, width, height)));
    }
    insta::assert_snapshot!("confirm-roles", style_map(&state, 80, 24));
    let mut typed = sync_dialog();
    (typed.typed, typed.focus) = ("prod-us".into(), Focus::Confirm);
    state.overlays = vec![Overlay::Confirm(Box::new(typed))];
    let text = dialog(&state);
    assert!(text.contains("enable Sync: [prod-us             ] ✓"), "{text}");
    assert!(text.contains("> [ Sync ]") && !text.contains("[ Cancel ]"), "{text}");
}

#[test]
fn options_that_are_text_have_a_field_and_say_in_its_place_why_it_cannot_be_used() {
    let mut unfolded = sync_dialog();
    let mut revision = PlanOption::field("revision", "revision", "commit, branch or tag; empty: main", "releese");
    revision.invalid = Some("no commit, branch or tag releese is known here; a whole commit id always works".into());
    let retry = PlanOption::field("retry", "retry", "tries after a failure; empty: retry 5", "");
    unfolded.plan.options.extend([
        PlanOption::switch("out_of_sync_only", "differing", "applies only what differs, 2 of 14", false),
        PlanOption::switch("replace", "replace", "writes whole objects: what others set (replicas, sidecars) is lost", true),
        revision,
        retry,
    ]);
    unfolded.focus = Focus::Field(6);
    let mut state = night(80, 32);
    state.overlays.push(Overlay::Confirm(Box::new(unfolded.clone())));
    insta::assert_snapshot!("confirm-options", dialog(&state));
    let at = unfolded.stops().iter().position(|s| *s == Focus::Field(7)).map(Press::Stop);
    assert_eq!(click(&state, (80, 32), "tries after a failure"), at);
    unfolded.focus = Focus::Cancel;
    unfolded.typed = "prod-us".into();
    state.overlays = vec![Overlay::Confirm(Box::new(unfolded))];
    assert!(!dialog(&state).contains("[ Sync ]"), "the button stays off while a field cannot be used");
}

#[test]
fn a_refused_plan_says_why_and_can_only_be_closed() {
    let mut refused = sync_dialog();
    refused.plan.refused = Some(Refusal {
        headline: "Not now: sync window.".into(),
        text: "prod-freeze (project retail) denies syncs to prod-us 03:00-06:00 UTC, manual ones too. A request now would wait and deploy at 06:00 by itself.".into(),
        lines: vec![PlanLine { label: "next".into(), text: "a  acknowledge until 06:00".into() }],
    });
    let mut state = night(80, 24);
    state.overlays.push(Overlay::Confirm(Box::new(refused)));
    insta::assert_snapshot!("refused", dialog(&state));
}

#[test]
fn a_dialog_on_a_low_screen_keeps_its_buttons() {
    let mut state = night(80, 12);
    state.overlays.push(Overlay::Confirm(Box::new(sync_dialog())));
    let text = screen(&state, 80, 12);
    assert!(text.contains("> [ Cancel ]"), "{text}");
    assert!(text.contains("pgdn  ") && text.contains("more below"), "{text}");
}

#[test]
fn overlays_are_drawn() {
    let mut state = night(80, 24);
    put(&mut state, 0);
    state.notices.push(ago("36m"), Level::Attention, "dev-shared: list helmreleases forbidden; the rest is live.", None);
    state.notices.flash = None;
    state.journal = vec![JournalEntry {
        v: 1,
        at: at("02:38:10"),
        task: 5,
        operator: "sam".into(),
        host: "jump-1".into(),
        plan: plan(),
        typed: Some("prod-us".into()),
        outcome: Some(Outcome::Sent { commit: None }),
        ended_well: None,
        note: None,
    }];
    state.settings.themes = Theme::names(&[]);
    state.fleet.detail.log = Some(LogText {
        pod: ObjectKey::new("", "Pod", "payments", "payments-6c9f-x2x4k"),
        container: "payments".into(),
        previous: true,
        at: ago("31s"),
        lines: Ok(vec!["starting".into(), "FATAL: too many connections for role \"payments\"".into()]),
        containers: vec!["payments".into(), "proxy".into()],
    });
    state.views.own = vec![SavedView { name: "My team".into(), filter: "path:apps/payments or app:orders".into() }];
    state.views.start = Some("cluster:prod-* not ok".into());
    let list = [
        ("notices", Overlay::Notices(Scrolled { cursor: 0, open: true })),
        ("journal", Overlay::Journal(Scrolled { cursor: 0, open: true })),
        ("themes", Overlay::Themes { cursor: 0, before: "mono".into() }),
        ("clusters", Overlay::Clusters { cursor: 1 }),
        ("log", Overlay::Log(LogView { search: "fatal".into(), ..LogView::default() })),
        ("progress", Overlay::Progress(TaskId(7))),
        ("order", Overlay::Order { cursor: 0 }),
        ("copy", Overlay::Copy { cursor: 0 }),
        ("views", Overlay::Views { cursor: 1, naming: None }),
        (
            "acknowledge",
            Overlay::Acknowledge(Acknowledge {
                note: "waiting for ravi".into(),
                ..Acknowledge::new(state.view.app.clone().unwrap(), "4h".into())
            }),
        ),
        (
            "message",
            Overlay::Message {
                title: "Nothing was sent".into(),
                lines: vec!["payments changed while you read: 4f2c91d is now 51be7aa. Look again.".into()],
            },
        ),
    ];
    for (name, overlay) in list {
        state.overlays = vec![overlay];
        insta::assert_snapshot!(format!("overlay-{name}"), dialog(&state));
    }
}

#[test]
fn the_contexts_that_may_reach_a_destination_are_listed_and_those_that_cannot_be_looked_at_say_why() {
    let (contexts, _) = first_start();
    let mut state = night(80, 24);
    state.contexts = contexts.contexts;
    let target = crate::app::mapping::Target { home: ClusterId::new("hub-eu"), destination: "prod-ap".into() };
    state.mapped.insert(target.key(), ClusterId::new("prod-eu"));
    state.overlays = vec![Overlay::Map { target, cursor: 1 }];
    insta::assert_snapshot!("overlay-map", dialog(&state));
}

/// A first start: nothing is watched, and each context answered in its own way.
fn first_start() -> (AppState, Picker) {
    let info = |name: &str, engine| EngineInfo { name: engine, version: Some(name.into()) };
    let reached = |engines: Vec<EngineInfo>, forbidden: &[&str], targets: &[&str], whole| {
        let targets = targets.iter().map(|t| crate::domain::probe::Target { name: Some((*t).into()), server: None }).collect();
        Answer::Reached(Reached {
            engines,
            forbidden: forbidden.iter().map(|f| (*f).into()).collect(),
            targets,
            whole,
            ..Reached::default()
        })
    };
    let argo = info("3.5.1", EngineKind::Argo);
    let choices = [
        ("hub-eu", true, false, Some(reached(vec![argo.clone()], &[], &["eu-west/prod-us", "prod-ap"], true))),
        ("prod-eu", true, true, Some(reached(vec![info("2.9.4", EngineKind::Flux)], &[], &[], true))),
        ("prod-us", true, true, Some(reached(vec![], &[], &[], true))),
        ("dev-shared", false, false, Some(reached(vec![argo, info("2.9.4", EngineKind::Flux)], &["helmreleases"], &[], true))),
        ("old-eks", false, false, Some(Answer::Login { cause: None })),
        ("edge-syd", false, false, Some(Answer::Unreachable { cause: "connection refused".into() })),
        ("slow", false, false, Some(reached(vec![info("2.9.4", EngineKind::Flux)], &[], &[], false))),
        ("kind-local", false, false, Some(reached(vec![], &[], &[], true))),
        ("wip", false, false, None),
    ];
    let mut state = night(100, 30);
    state.fleet = Default::default();
    (state.view, state.chosen) = (Default::default(), Vec::new());
    let context = |name: &str| {
        let (id, server) = (ClusterId::new(name), format!("https://{name}.example.com"));
        let login = (name == "old-eks").then(|| "aws".to_owned());
        let own = ContextInfo {
            id,
            alias: None,
            server,
            user: "sam".into(),
            namespace: None,
            protected: false,
            read_only: false,
            is_current: false,
            login,
        };
        ContextInfo { is_current: name == "hub-eu", ..own }
    };
    state.contexts = choices.iter().map(|(name, ..)| context(name)).collect();
    state.settings.destinations = vec![("eu-west/prod-us".into(), ClusterId::new("prod-us"))];
    let choice = |(name, watch, protected, answer): (&str, bool, bool, Option<Answer>)| Choice {
        cluster: ClusterId::new(name),
        watch,
        protected,
        probe: answer.map(|answer| Probe { answer, took_ms: 340 }),
    };
    let picker = Picker { choices: choices.into_iter().map(choice).collect(), cursor: 3, first: true, asked: None };
    (state, picker)
}

#[test]
fn the_first_start_says_of_each_context_what_a_look_at_it_found() {
    let (mut state, picker) = first_start();
    state.overlays = vec![Overlay::Picker(picker.clone())];
    insta::assert_snapshot!("overlay-picker", dialog(&state));
    let at = |cursor, asked: Option<&str>| Overlay::Picker(Picker { cursor, asked: asked.map(ClusterId::new), ..picker.clone() });
    state.overlays = vec![at(4, Some("old-eks"))];
    let screen = dialog(&state);
    assert!(screen.contains("l again runs aws of old-eks on this terminal. Any other key: not now."), "{screen}");
    state.overlays = vec![at(0, None)];
    let screen = dialog(&state);
    assert!(screen.contains("https://hub-eu.example.com (current context): Argo CD 3.5.1"), "{screen}");
}

#[test]
fn help_palette_and_actions_show_the_table_and_why_a_line_is_off() {
    let mut state = night(80, 24);
    for (overlay, title) in [
        (Overlay::Help(Default::default()), "Help ━ every key and action"),
        (Overlay::Palette(Default::default()), "Command palette ━ payments prod-eu"),
        (Overlay::Actions { cursor: 0 }, "Actions on payments prod-eu"),
    ] {
        state.overlays = vec![overlay];
        let text = dialog(&state);
        assert!(text.contains(title), "{text}");
        assert!(text.contains("more below"), "the table is longer than the box: {text}");
    }
}

#[test]
fn the_entry_under_the_cursor_of_help_and_palette_is_shown_whole() {
    for (width, height) in [(160, 30), (80, 24), (60, 20)] {
        let mut state = night(width, height);
        (state.width, state.height) = (width, height);
        let lines = crate::app::help::lines(&state, "");
        for (cursor, line) in lines.iter().enumerate() {
            state.overlays = vec![Overlay::Help(crate::app::overlay::help::Help { cursor, ..Default::default() })];
            let text = screen(&state, width, height);
            let says = line.off.as_ref().unwrap_or(&line.help);
            let shown: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let missing: Vec<&str> = says.split_whitespace().filter(|w| !shown.contains(w)).collect();
            assert!(missing.is_empty(), "{width} {}: {missing:?}\n{text}", line.title);
        }
    }
}

#[test]
fn no_line_of_the_palette_or_the_actions_ends_within_a_word() {
    let mut state = night(120, 32);
    for (overlay, may_cut) in [(Overlay::Palette(Default::default()), true), (Overlay::Actions { cursor: 0 }, false)] {
        state.overlays = vec![overlay];
        let text = screen(&state, 120, 32);
        let inner: Vec<&str> = text.lines().filter_map(|l| l.split('┃').rev().nth(1)).filter(|l| l.contains('⋯')).collect();
        assert!(inner.iter().all(|l| l.trim_end().ends_with(" ⋯")), "{text}");
        assert_eq!(may_cut, !inner.is_empty(), "{text}");
    }
}

#[test]
fn where_only_folded_resources_are_on_the_screen_the_foot_tells_how_to_see_who_set_what() {
    let mut state = night(120, 20);
    let mut screen_of = |folded: std::collections::BTreeSet<usize>| {
        state.screen = diff(&state, Some(Ok(set())));
        let Screen::Diff(open) = &mut state.screen else { panic!() };
        open.folded = folded;
        screen(&state, 120, 20)
    };
    assert!(screen_of([2, 3].into()).contains("spec.replicas: set by kubectl-edit"));
    assert!(screen_of([0, 1, 2, 3].into()).contains("enter unfolds a resource"));
}

#[test]
fn an_empty_list_of_suspects_says_what_that_means_and_what_to_do_now() {
    for (width, height) in [(120, 32), (80, 24)] {
        let mut state = night(width, height);
        let mut open = rollback(&state, Stage::Suspects);
        open.marked = Default::default();
        if let Some(list) = &mut open.list {
            list.suspects.clear();
        }
        state.screen = Screen::Rollback(Box::new(open));
        let text = screen(&state, width, height);
        let text = text.split_whitespace().map(|w| w.trim_matches('┃')).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
        assert!(!text.contains('⋯') && text.contains("range e77a310.."), "{width}: nothing is cut while there is room: {text}");
        assert!(!text.contains("space mark") && !text.contains("enter next"), "what no key can do here is not offered: {text}");
        for part in ["outside", "esc", "what differs live", "0 touch what payments on prod-eu is built from", "evidence: our ledger"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}

#[test]
fn a_dialog_shows_its_buttons_and_every_field_at_every_size() {
    for (width, height) in [(160, 45), (120, 32), (80, 24), (60, 20), (40, 10)] {
        for focus in [Focus::Option(0), Focus::Option(3), Focus::Typed, Focus::Cancel, Focus::Confirm] {
            let mut state = night(width, height);
            let mut dialog = sync_dialog();
            dialog.focus = focus;
            dialog.typed = if focus == Focus::Confirm { "prod-us".into() } else { String::new() };
            state.overlays = vec![Overlay::Confirm(Box::new(dialog))];
            let text = screen(&state, width, height);
            let wanted = match focus {
                Focus::Option(0) => ">[ ] prune",
                Focus::Option(_) => ">[x] apply only",
                Focus::Typed => "enable Sync: [_",
                Focus::Confirm => "> [ Sync ]",
                _ => "> [ Cancel ]",
            };
            assert!(text.contains(wanted), "{width}x{height} {focus:?}\n{text}");
        }
    }
}

/// What a click on the first place of a text does.
fn click(state: &AppState, (width, height): (u16, u16), wanted: &str) -> Option<crate::app::msg::Press> {
    let mut state = state.clone();
    (state.width, state.height) = (width, height);
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut hits = crate::ui::Hits::default();
    terminal.draw(|frame| hits = crate::ui::draw_with_hits(frame, &state, &theme())).unwrap();
    let rows = rows(terminal.backend().buffer());
    let (y, row) = rows.iter().enumerate().find(|(_, r)| r.contains(wanted)).unwrap_or_else(|| panic!("{wanted}: {}", rows.join("\n")));
    let x = row.split(wanted).next().unwrap().chars().count();
    hits.at(u16::try_from(x).unwrap(), u16::try_from(y).unwrap())
}

#[test]
fn a_click_does_what_is_written_there_and_a_box_hides_what_is_below() {
    use crate::app::key::{Key, KeyCode};
    use crate::app::msg::Press;
    use crate::app::pane::Pane;
    let state = night(160, 45);
    let size = (160, 45);
    assert_eq!(click(&state, size, "s sync"), Some(Press::Key(Key::char('s'))));
    assert_eq!(click(&state, size, "prod-eu    P F"), Some(Press::Row(Pane::Clusters, 3)));
    assert_eq!(click(&state, size, "charts main"), Some(Press::Row(Pane::Repos, 1)));
    assert_eq!(click(&state, size, "demo-shop "), Some(Press::Row(Pane::Apps, 6)));
    assert_eq!(click(&state, size, "History"), Some(Press::Tab(2)));
    assert_eq!(click(&state, size, "R  roll back"), None, "prose is no hint");
    let mut state = state;
    state.overlays = vec![Overlay::Confirm(Box::new(sync_dialog()))];
    let stops = sync_dialog().stops();
    let at = |focus| stops.iter().position(|s| *s == focus).map(Press::Stop);
    assert_eq!(click(&state, size, "[ ] dry run"), at(Focus::Option(1)));
    assert_eq!(click(&state, size, "[ ] force"), None, "what is off cannot be pressed");
    assert_eq!(click(&state, size, "[ Cancel ]"), at(Focus::Cancel));
    assert_eq!(click(&state, size, "enable Sync"), at(Focus::Typed));
    assert_eq!(click(&state, size, "nothing is sent"), None, "the rows below the box are hidden");
    assert_eq!(click(&state, size, "esc cancel"), Some(Press::Key(Key::plain(KeyCode::Esc))));
}

#[test]
fn a_sign_of_waiting_turns_after_300_ms_and_stands_where_motion_is_off() {
    let mut state = night(80, 24);
    put(&mut state, 0);
    let line = |state: &AppState| screen(state, 80, 24).lines().last().unwrap().to_owned();
    assert!(line(&state).contains("↻ 7 roll back"), "a clock that stands still turns nothing: {}", line(&state));
    state.settings.frozen = false;
    state.tasks[0].started_at = state.now;
    assert!(line(&state).contains("↻ 7 roll back"), "{}", line(&state));
    let mut seen = std::collections::BTreeSet::new();
    for step in 2..6 {
        let ms = state.tasks[0].started_at.as_millisecond() + 250 * step;
        state.now = crate::domain::Timestamp::from_millisecond(ms).unwrap();
        seen.insert(line(&state).split(" 7 roll back").next().unwrap().chars().last().unwrap());
    }
    assert_eq!(seen, ['|', '/', '-', '\\'].into());
    state.settings.motion = false;
    assert!(line(&state).contains("↻ 7 roll back"));
}

/// Writes pictures for the eye where `DRIFTDECK_PICTURES` names a directory; else it draws them and drops them.
#[test]
fn pictures_can_be_made_of_every_screen() {
    let out = std::env::var_os("DRIFTDECK_PICTURES").map(std::path::PathBuf::from);
    for name in ["terminal", "driftdeck-dark", "driftdeck-light"] {
        for what in [0, 1, 3, 5, 8] {
            let mut state = night(160, 45);
            put(&mut state, what);
            if what == 8 {
                state.overlays.push(Overlay::Confirm(Box::new(sync_dialog())));
            }
            let theme = Theme::load(name, &[], Depth::True).unwrap();
            let picture = crate::ui::svg::write(&buffer(&state, 160, 45, &theme), "driftdeck", &Default::default());
            assert!(picture.ends_with("</svg>\n"));
            if let Some(dir) = &out {
                std::fs::write(dir.join(format!("{name}-{what}.svg")), picture).unwrap();
            }
        }
    }
}
