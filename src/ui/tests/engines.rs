//! How the controllers of engines are shown: in the list of clusters, its strip, and the details of one.

use super::*;
use crate::app::pane::Pane;
use crate::domain::controllers::{Controller, Controllers, Lease, Level, Pods, Reach, Unread, Warning};
use crate::domain::ids::{ClusterId, EngineKind};
use crate::domain::verdict::NextStep;
use fixture::{ago, night};

fn controllers() -> Controllers {
    let one = |(name, version): (&str, &str)| Controller {
        engine: EngineKind::Flux,
        namespace: "flux-system".into(),
        kind: "Deployment".into(),
        name: format!("{name}-controller"),
        component: format!("{name}-controller"),
        version: Some(version.into()),
        desired: 1,
        ready: 1,
        down_since: None,
        pods: Some(Pods { count: 1, ..Pods::default() }),
        lease: Some(Lease {
            holder: format!("{name}-controller-7d9c-x2x4k"),
            renewed_at: Some(ago("6s")),
            stamp: Some(ago("6s")),
            duration: 35,
        }),
        heard_at: (name == "source").then(|| ago("1m")),
    };
    let names = [("helm", "1.6.3"), ("kustomize", "1.9.4"), ("notification", "1.9.3"), ("source", "1.9.1")];
    Controllers {
        at: ago("2s"),
        list: names.map(one).into(),
        switches: Vec::new(),
        unread: Vec::new(),
        ahead: 0,
        is_cut: false,
        before: None,
    }
}

fn warning(rule: &str, level: Level, word: &str, sentence: &str) -> Warning {
    Warning {
        rule: rule.into(),
        engine: EngineKind::Flux,
        level,
        reach: Reach::Nothing,
        namespace: "flux-system".into(),
        controller: "kustomize-controller".into(),
        word: word.into(),
        short: "kustomize-controller down 9m".into(),
        sentence: sentence.into(),
        next: vec![NextStep { key: String::new(), text: "kubectl -n flux-system logs deployment/kustomize-controller".into() }],
    }
}

fn state(change: impl FnOnce(&mut crate::app::fleet::Cluster)) -> AppState {
    let mut state = night(160, 45);
    (state.view.focus, state.view.details_of) = (Pane::Clusters, Pane::Clusters);
    let cluster = state.fleet.clusters.get_mut(&ClusterId::new("prod-eu")).unwrap();
    cluster.controllers = Some(controllers());
    change(cluster);
    state
}

fn down(cluster: &mut crate::app::fleet::Cluster) {
    let read = cluster.controllers.as_mut().unwrap();
    let kustomize = &mut read.list[1];
    kustomize.ready = 0;
    kustomize.lease.as_mut().unwrap().renewed_at = Some(ago("9m"));
    kustomize.pods =
        Some(Pods { count: 1, restarts: 4, reason: Some("OOMKilled".into()), crashed_at: Some(ago("1m")), unready_since: None });
    read.unread.push(Unread { what: "events".into(), why: "forbidden".into() });
    let sentence = "kustomize-controller of prod-eu has 0 of 1 ready for 9m (OOMKilled, 4 restarts). No Kustomization is applied or checked. \
                    6 apps of prod-eu show their last known state, marked ?.";
    cluster.warnings = vec![
        warning("controller-down", Level::Down, "Flux down", sentence),
        warning("setting", Level::Note, "Flux setting", "watch-all-namespaces=false in Deployment kustomize-controller of prod-eu."),
    ];
}

#[test]
fn details_of_a_cluster_show_its_controllers_and_what_is_wrong_with_them() {
    for (name, state) in [("well", state(|_| {})), ("down", state(down))] {
        let text = screen(&state, 160, 45);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let from = lines.iter().position(|l| l.contains("3 prod-eu  cluster")).unwrap();
        insta::assert_snapshot!(format!("engines-{name}"), lines[from..lines.len() - 1].join("\n"));
    }
}

#[test]
fn the_list_and_the_strip_say_in_two_words_that_an_engine_is_down() {
    let line = |state: &AppState, width, height| {
        screen(state, width, height).lines().find(|l| l.contains("prod-eu") && l.contains("Flux down")).map(str::to_owned)
    };
    let (well, down) = (state(|_| {}), state(down));
    for (width, height) in [(160, 45), (120, 32)] {
        assert!(line(&well, width, height).is_none());
        assert!(line(&down, width, height).is_some_and(|l| l.contains("✗ prod-eu")), "{}", screen(&down, width, height));
    }
}

#[test]
fn a_count_of_bad_apps_does_not_say_that_those_not_known_now_are_well() {
    let line = |old: usize, bad: usize| {
        let mut state = state(down);
        let counts = state.fleet.by_cluster.get_mut("prod-eu").unwrap();
        *counts = crate::app::fleet::Counts { broken: bad, unknown: 10 - bad, old, ..crate::app::fleet::Counts::default() };
        let shown = [screen(&state, 160, 45), screen(&state, 120, 32)];
        shown.map(|text| text.lines().find(|l| l.contains("prod-eu") && l.contains("Flux down")).unwrap().to_owned())
    };
    for (old, bad, told) in [(10, 0, " -/10 "), (10, 2, " 2+/10 "), (4, 0, " 0+/10 "), (0, 2, " 2/10 ")] {
        assert!(line(old, bad).iter().all(|l| l.contains(told)), "{told}: {:?}", line(old, bad));
    }
}

#[test]
fn a_cluster_that_does_not_answer_says_that_before_anything_about_its_engines() {
    let state = state(|c| {
        down(c);
        c.link = crate::domain::cluster::Link::Unreachable { since: ago("2m"), cause: "gone".into(), next_try_at: None };
    });
    let text = screen(&state, 160, 45);
    assert!(text.contains("unreachable 2m") && !text.contains("Flux down"), "{text}");
}

#[test]
fn engines_of_which_nothing_was_seen_are_not_said_to_be_well() {
    let text = screen(&state(|c| c.controllers.as_mut().unwrap().list.clear()), 160, 45);
    assert!(text.contains("? controllers  not seen: how its controllers do is not known"), "{text}");
}

#[test]
fn controllers_are_ticked_only_where_one_that_matters_is_to_run_and_all_of_them_could_be_listed() {
    let shown = |change: fn(&mut Controllers)| screen(&state(|c| change(c.controllers.as_mut().unwrap())), 160, 45);
    assert!(shown(|_| ()).contains("✓ controllers"));
    let off = shown(|read| (read.list[1].desired, read.list[1].ready) = (0, 0));
    assert!(off.contains("? controllers") && off.contains("kustomize 0 of 0"), "{off}");
    let spare = shown(|read| (read.list[2].desired, read.list[2].ready) = (0, 0));
    assert!(spare.contains("✓ controllers"), "whoever wants no alerts scales that part away: {spare}");
    let unread = |what: &str| Unread { what: what.into(), why: "forbidden".into() };
    let part = state(|c| c.controllers.as_mut().unwrap().unread.push(unread("deployments in flux-system")));
    assert!(screen(&part, 160, 45).contains("? controllers"));
    let other = state(|c| c.controllers.as_mut().unwrap().unread.push(unread("deployments in elsewhere")));
    assert!(screen(&other, 160, 45).contains("✓ controllers"));
}

#[test]
fn the_sign_of_a_cluster_that_does_well_is_that_of_its_worst_app() {
    use crate::app::fleet::Counts;
    let sign = |counts: Counts| {
        let mut state = state(|_| {});
        state.view.focus = Pane::Apps;
        *state.fleet.by_cluster.get_mut("prod-eu").unwrap() = counts;
        [(160, 45, "prod-eu    P F"), (120, 32, "edge-syd unreachable")].map(|(width, height, part)| {
            let text = screen(&state, width, height);
            let line = text.lines().find(|l| l.contains(part)).unwrap().to_owned();
            line.split(" prod-eu").next().unwrap().chars().last().unwrap()
        })
    };
    assert_eq!(sign(Counts { ok: 9, broken: 1, out_of_sync: 2, ..Counts::default() }), ['✗'; 2]);
    assert_eq!(sign(Counts { ok: 9, missing: 1, out_of_sync: 2, ..Counts::default() }), ['∅'; 2]);
    assert_eq!(sign(Counts { ok: 9, out_of_sync: 2, ..Counts::default() }), ['⇄'; 2]);
    assert_eq!(sign(Counts { ok: 9, suspended: 2, ..Counts::default() })[0], '✓');
}
