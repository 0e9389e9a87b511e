use super::deck::{Deck, NEW, OLD, URL, application, git_repository, kustomization, sent};
use crate::app::destination::Found;
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::domain::cluster::{Fingerprint, KindState, Link};
use crate::domain::event::{ClusterEvent, DetailEvent, LiveNode};
use crate::domain::ids::{ClusterId, Epoch, ObjectKey};
use crate::domain::plan::Outcome;
use crate::domain::status::{Health, Severity};
use serde_json::json;

fn well() -> Deck {
    let mut deck = Deck::new();
    deck.see(1, &git_repository("fleet", "main", OLD));
    deck.see(1, &kustomization("web", "fleet", OLD));
    deck.poll(OLD);
    deck.on("web");
    assert_eq!(severity(&deck), Severity::Ok, "{:?}", deck.state.row().map(|r| &r.verdict));
    deck
}

fn severity(deck: &Deck) -> Severity {
    deck.state.row().unwrap().severity
}

fn identity(deck: &mut Deck) {
    let cluster = ClusterId::new("prod");
    deck.send(Msg::Cluster(ClusterEvent::Identity { cluster, fingerprint: Fingerprint::default(), user: None, moved: None }));
}

#[test]
fn rows_stay_stale_after_a_reconnect_until_their_kind_was_read_again() {
    let mut deck = well();
    let now = deck.state.now;
    deck.link("prod", Link::Unreachable { since: now, cause: "gone".into(), next_try_at: None });
    assert_eq!(severity(&deck), Severity::Unknown);
    deck.wait(60_000);
    identity(&mut deck);
    let since = deck.state.now;
    deck.link("prod", Link::Live { since });
    assert_eq!(severity(&deck), Severity::Unknown, "the connection stands, the row was not read");
    deck.kind("prod", "kustomizations", KindState::Loading { so_far: 0 });
    assert_eq!(severity(&deck), Severity::Unknown);
    assert!(sent(&deck.char('s')).is_empty() && deck.state.overlays.is_empty(), "and is inert");
    deck.send(Msg::Cluster(ClusterEvent::Complete {
        cluster: ClusterId::new("prod"),
        epoch: Epoch(2),
        kind: "kustomizations".into(),
        namespaces: vec![],
        present: vec![("flux-system".into(), "web".into())],
    }));
    deck.kind("prod", "kustomizations", KindState::Live);
    assert_eq!(severity(&deck), Severity::Ok);
}

#[test]
fn a_kind_that_breaks_is_forbidden_or_no_longer_served_is_not_shown_as_well() {
    let broken = KindState::Broken { since: "2026-11-24T03:12:41Z".parse().unwrap(), cause: "boom".into(), next_try_at: None };
    let forbidden = |ns: &[&str]| KindState::Forbidden { namespaces: ns.iter().map(|n| (*n).to_owned()).collect() };
    for (state, wanted) in [
        (broken, Severity::Unknown),
        (forbidden(&[]), Severity::Unknown),
        (forbidden(&["other"]), Severity::Unknown),
        (KindState::NotServed, Severity::Unknown),
        (forbidden(&["flux-system"]), Severity::Ok),
    ] {
        let mut deck = well();
        deck.kind("prod", "kustomizations", state.clone());
        assert_eq!(severity(&deck), wanted, "{state:?}");
        deck.kind("prod", "kustomizations", KindState::Live);
        assert_eq!(severity(&deck), Severity::Ok, "after {state:?}");
    }
}

#[test]
fn an_app_whose_objects_nobody_can_read_does_not_hold_up_the_assessment_of_others() {
    let mut deck = Deck::new();
    deck.see(1, &git_repository("fleet", "main", OLD));
    let with_objects = |name: &str, remote: bool| {
        let mut object = kustomization(name, "fleet", OLD);
        object["spec"]["wait"] = json!(false);
        object["status"]["inventory"] = json!({"entries": [{"id": format!("{name}_{name}_apps_Deployment"), "v": "v1"}]});
        if remote {
            object["spec"]["kubeConfig"] = json!({"secretRef": {"name": "far"}});
        }
        object
    };
    let first = deck.see(1, &with_objects("aaa", true));
    let second = deck.see(1, &with_objects("bbb", false));
    let asked: Vec<String> = first
        .iter()
        .chain(&second)
        .filter_map(|e| match e {
            Effect::Assess { app, .. } => Some(app.name.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(asked, ["bbb"]);
}

#[test]
fn what_is_computed_from_objects_is_settled_when_every_app_that_can_be_was_read() {
    let mut deck = Deck::new();
    deck.see(1, &git_repository("fleet", "main", OLD));
    assert!(crate::app::assess::is_settled(&deck.state), "nothing to compute");
    for name in ["aaa", "bbb"] {
        let mut object = kustomization(name, "fleet", OLD);
        object["spec"]["wait"] = json!(false);
        object["status"]["inventory"] = json!({"entries": [{"id": format!("{name}_{name}_apps_Deployment"), "v": "v1"}]});
        deck.see(1, &object);
    }
    for health in [Ok(Health::Healthy), Err("forbidden".to_owned())] {
        assert!(!crate::app::assess::is_settled(&deck.state));
        let app = deck.state.fleet.derive.assessing.values().next().cloned().unwrap();
        let msg = super::assessed(&deck.state, app, health, vec![], vec![]);
        deck.send(msg);
    }
    assert!(crate::app::assess::is_settled(&deck.state), "an answer that could not be had is one");
    let severities: Vec<Severity> = deck.state.fleet.shown.iter().map(|id| deck.state.fleet.rows[id].severity).collect();
    assert_eq!(severities, [Severity::Unassessed, Severity::Ok]);
}

#[test]
fn a_repository_written_in_two_ways_keeps_the_address_it_is_followed_by() {
    let mut deck = Deck::new();
    deck.argo();
    let mut ssh = application("a", OLD);
    ssh["spec"]["source"]["repoURL"] = json!("ssh://git@git.example.com/acme/fleet.git");
    let mut asked: Vec<Vec<String>> = Vec::new();
    let mut objects = vec![ssh];
    objects.extend((0..20).map(|i| application(&format!("b{i}"), OLD)));
    for object in objects {
        for effect in deck.see(1, &object) {
            if let Effect::Repos(list) = effect {
                asked.push(list.into_iter().map(|(_, url)| url).collect());
            }
        }
    }
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(!asked[0].contains(&URL.to_owned()));
}

#[test]
fn a_request_whose_end_never_comes_ends_as_not_seen_and_nothing_ticks_any_more() {
    let mut deck = well();
    deck.poll(NEW);
    deck.char('s');
    deck.wait(1000);
    assert_eq!(sent(&deck.char('y')).len(), 1);
    let task = deck.state.tasks[0].id;
    let event = crate::app::msg::TaskEvent::Finished(Outcome::Sent { commit: None });
    deck.send(Msg::Task { task, event });
    assert!(deck.state.tasks[0].is_running());
    deck.wait(1_900_000);
    let out = deck.send(Msg::Tick);
    let ended = deck.state.tasks[0].ended.clone().unwrap();
    assert!(!ended.1 && ended.2.contains("no end was seen"), "{ended:?}");
    assert!(out.iter().any(|e| matches!(e, Effect::Journal(j) if j.note.is_some())));
}

#[test]
fn leaving_while_something_is_sent_writes_an_unknown_outcome() {
    let mut deck = well();
    deck.poll(NEW);
    deck.char('s');
    deck.wait(1000);
    deck.char('y');
    let out = deck.send(Msg::Terminate);
    assert!(out.iter().any(|e| matches!(e, Effect::Journal(j) if matches!(j.outcome, Some(Outcome::Unknown { .. })))), "{out:?}");
    assert!(matches!(out.last(), Some(Effect::Quit(0))));
}

/// An Application with one Deployment, on the home cluster.
fn degraded(name: &str, health: &str) -> serde_json::Value {
    let mut object = application(name, OLD);
    object["status"]["sync"]["status"] = json!("Synced");
    object["status"]["health"]["status"] = json!(health);
    object["status"]["resources"] = json!([{"group": "apps", "version": "v1", "kind": "Deployment", "namespace": name, "name": name}]);
    object
}

fn read_below(effects: &[Effect]) -> Vec<String> {
    let name = |e: &Effect| if let Effect::Tree { app, .. } = e { Some(app.name.clone()) } else { None };
    effects.iter().filter_map(name).collect()
}

#[test]
fn a_degraded_row_on_screen_tells_the_cause_though_the_cursor_is_elsewhere() {
    let mut deck = Deck::new();
    deck.argo();
    let mut asked = Vec::new();
    for (name, health) in [("aaa", "Degraded"), ("bbb", "Degraded"), ("ccc", "Healthy")] {
        asked.extend(read_below(&deck.see(1, &degraded(name, health))));
    }
    deck.on("aaa");
    asked.extend(read_below(&deck.send(Msg::Tick)));
    let one = |name: &str| asked.iter().filter(|n| *n == name).count();
    assert_eq!((one("bbb"), one("ccc")), (1, 0), "{asked:?}");
    let id = |deck: &Deck, name: &str| deck.state.fleet.rows.keys().find(|id| id.name == name).cloned().unwrap();
    let bbb = id(&deck, "bbb");
    let pod = LiveNode {
        key: ObjectKey::new("", "Pod", "bbb", "bbb-1"),
        depth: 2,
        uid: "u".into(),
        created_at: None,
        health: Some(Health::Degraded),
        note: "exit 1, 7x".into(),
        message: String::new(),
        exists: true,
        container: Some("bbb".into()),
        reason: Some("CrashLoopBackOff".into()),
        restarts: 7,
        exit_code: Some(1),
        ended_at: None,
        memory: None,
        deadline_at: None,
        held_by: Vec::new(),
        edit: None,
        needs: Vec::new(),
        image: None,
        unread: None,
    };
    let at = deck.state.now;
    deck.send(Msg::Detail(DetailEvent::Tree { app: bbb.clone(), at, nodes: Ok(vec![pod]) }));
    assert_eq!(deck.state.fleet.rows[&bbb].verdict.short, "crash loop 7x: bbb exits 1");
    let mut well = degraded("bbb", "Healthy");
    well["metadata"]["resourceVersion"] = json!("9");
    deck.see(1, &well);
    assert_eq!(deck.state.fleet.rows[&bbb].verdict.short, "");
    let mut again = degraded("bbb", "Degraded");
    again["metadata"]["resourceVersion"] = json!("10");
    let asked = read_below(&deck.see(1, &again));
    assert!(!deck.state.fleet.rows[&bbb].verdict.short.contains("crash loop"), "what was read before it was well is told no more");
    assert_eq!(asked, ["bbb"], "it is read anew");
}

/// An Application that deploys to a destination by name.
fn sent_to(name: &str, destination: &str) -> serde_json::Value {
    let mut object = degraded(name, "Degraded");
    object["spec"]["destination"] = json!({"name": destination, "namespace": name});
    object
}

#[test]
fn a_context_that_is_called_like_a_destination_is_believed_once_an_object_of_the_app_is_found_there() {
    let mut deck = Deck::new();
    deck.argo();
    let contexts = ["prod", "arn:aws:eks:eu-1:1:cluster/far", "other"].map(super::deck::context);
    deck.state.chosen = contexts.iter().map(|c| c.id.clone()).collect();
    deck.send(Msg::Contexts(contexts.to_vec()));
    let far = ClusterId::new("arn:aws:eks:eu-1:1:cluster/far");
    let questions = |effects: &[Effect]| -> Vec<(ClusterId, Vec<String>)> {
        let question = |e: &Effect| match e {
            Effect::FindTracked { cluster, objects, .. } => {
                Some((cluster.clone(), objects.iter().flat_map(|(_, ids)| ids.clone()).collect()))
            }
            _ => None,
        };
        effects.iter().filter_map(question).collect()
    };
    let mut asked = questions(&deck.see(1, &sent_to("aaa", "far")));
    asked.extend(questions(&deck.see(1, &sent_to("bbb", "nowhere"))));
    assert_eq!(asked, [], "a cluster that does not answer proves nothing");
    deck.connect("other", 1);
    deck.link(far.as_str(), Link::Live { since: deck.state.now });
    let asked = questions(&deck.send(Msg::Tick));
    let ids = vec!["aaa:apps/Deployment:aaa/aaa".to_owned(), "argocd_aaa:apps/Deployment:aaa/aaa".to_owned()];
    let question = (far.clone(), ids);
    // Asked with the link or with the tick, and once.
    assert!(asked.is_empty() || asked == [question], "{asked:?}");
    let mapped = |deck: &Deck| deck.state.fleet.rows.values().find(|r| r.app.id.name == "aaa").unwrap().app.destination.cluster.clone();
    let (home, destination) = (ClusterId::new("prod"), "far".to_owned());
    deck.send(Msg::Tracked { home: home.clone(), destination: destination.clone(), cluster: far.clone(), found: Ok(Found::Nothing) });
    assert_eq!(mapped(&deck), None);
    assert_eq!(questions(&deck.send(Msg::Tick)), [], "not asked again at once");
    deck.wait(400_000);
    assert_eq!(questions(&deck.send(Msg::Tick)).len(), 1);
    deck.send(Msg::Tracked { home, destination, cluster: far.clone(), found: Ok(Found::Marked) });
    assert_eq!(mapped(&deck), Some(far.clone()));
    assert!(!deck.state.fleet.clusters.contains_key(&ClusterId::new("far")), "the place of the unmapped one is gone");
    let mut newer = sent_to("aaa", "far");
    newer["metadata"]["resourceVersion"] = json!("9");
    deck.see(1, &newer);
    deck.see(1, &sent_to("ccc", "far"));
    assert_eq!(mapped(&deck), Some(far), "an update keeps it");
    assert!(
        deck.state.fleet.rows.values().filter(|r| r.app.destination.name.as_deref() == Some("far")).all(|r| r
            .app
            .destination
            .cluster
            .is_some())
    );
}

#[test]
fn a_deleted_object_is_known_even_where_another_one_cannot_be_read() {
    let node =
        |exists: bool, unread: Option<&str>, health| LiveNode { exists, unread: unread.map(str::to_owned), health, ..LiveNode::default() };
    let worst = |nodes: &[LiveNode]| crate::app::assess::worst(nodes);
    let unread = node(false, Some("forbidden"), None);
    assert_eq!(worst(&[node(true, None, None), node(false, None, None), unread.clone()]), Ok(Health::Missing));
    assert_eq!(worst(&[node(true, None, Some(Health::Healthy)), unread.clone()]), Err("forbidden".into()));
    assert_eq!(worst(&[node(true, None, Some(Health::Progressing)), unread]), Err("forbidden".into()));
    assert_eq!(worst(&[node(true, None, None)]), Ok(Health::Healthy));
}

#[test]
fn a_commit_that_is_not_fetched_makes_the_rows_unknown_once_it_should_have_been() {
    let mut deck = well();
    deck.poll(NEW);
    assert_eq!(severity(&deck), Severity::Ok, "git moved just now");
    deck.wait(480_000);
    deck.poll(NEW);
    deck.send(Msg::Tick);
    let said = deck.state.row().unwrap().verdict.clone();
    assert_eq!(severity(&deck), Severity::Unknown, "{said:?}");
    assert!(said.short.contains("behind for 8m"), "{}", said.short);
    deck.see(1, &git_repository("fleet", "main", NEW));
    assert!(!deck.state.row().unwrap().verdict.short.contains("behind"));
}

#[test]
fn a_frozen_argo_app_is_found_by_the_word_suspended_and_one_without_a_note_is_not() {
    use crate::app::filter::{Expr, Scope, matches};
    let mut deck = Deck::new();
    deck.argo();
    let app = |name: &str, frozen: bool, auto: bool| {
        let mut object = degraded(name, "Healthy");
        if frozen {
            object["metadata"]["annotations"] = json!({"driftdeck/frozen": "{\"v\":1,\"by\":\"mia\",\"reason\":\"move\"}"});
        }
        if auto {
            object["spec"]["syncPolicy"] = json!({"automated": {}});
        }
        object
    };
    for (name, frozen, auto) in [("aaa", true, false), ("bbb", false, false), ("ccc", true, true)] {
        deck.see(1, &app(name, frozen, auto));
    }
    for (name, wanted) in [("aaa", true), ("bbb", false), ("ccc", false)] {
        deck.on(name);
        let row = deck.state.row().unwrap();
        assert_eq!(matches(&Expr::Word("suspended"), row, deck.state.now, Scope::Names), wanted, "{name}");
        assert_eq!(matches(&Expr::Field("sync", vec!["suspended".into()]), row, deck.state.now, Scope::Names), wanted, "{name}");
        assert_eq!(severity(&deck), if wanted { Severity::Suspended } else { Severity::Ok }, "{name}");
    }
}
