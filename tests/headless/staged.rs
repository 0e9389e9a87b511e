//! A staged sync from the command line to the objects of several clusters.

use super::fleet::Fleet;
use driftdeck::sim::api::Deny;
use driftdeck::sim::scenario::Scenario;
use serde_json::Value;

const BOTH: [&str; 4] = ["--context", "prod-eu", "--context", "stage-eu"];

fn asked(fleet: &Fleet, cluster: &str) -> Value {
    fleet.get(cluster, "shop", "web")["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"].clone()
}

async fn run(fleet: &Fleet, rest: &[&str]) -> super::fleet::Said {
    let mut all = vec!["staged-sync", "ks/shop/web"];
    all.extend(BOTH);
    all.extend(rest);
    fleet.run(&all).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_cluster_is_asked_when_the_one_before_is_healthy_and_a_failure_keeps_the_rest_from_being_sent() {
    let fleet = Fleet::start(Scenario::Quiet).await;
    let before = (asked(&fleet, "stage-eu"), asked(&fleet, "prod-eu"));
    let plan = run(&fleet, &["--dry-run", "-o", "json"]).await;
    assert_eq!(plan.code, 0, "{}{}", plan.out, plan.err);
    let plan = plan.json();
    let clusters: Vec<&str> = plan["stages"].as_array().unwrap().iter().map(|s| s["cluster"].as_str().unwrap()).collect();
    assert_eq!(clusters, ["stage-eu", "prod-eu"], "protected comes last");
    assert_eq!((&plan["plan"]["confirm_word"], &plan["stages"][1]["protected"]), (&"2 clusters".into(), &true.into()));
    assert_eq!(plan["stages"][0]["apps"][0]["plan"]["requests"].as_array().unwrap().len(), 2, "source and app");
    for (args, code, why) in [
        (&["--yes"][..], 3, "--confirm '2 clusters'"),
        (&["--confirm", "prod-eu"], 3, "wants '2 clusters'"),
        (&["--confirm", "2 clusters", "--first", "nope"], 64, "nope is none of these clusters"),
        (&["--confirm", "2 clusters", "--within", "soon"], 64, "--within: a time looks like"),
        (&["--confirm", "2 clusters", "--prune"], 64, "--prune: none of these apps"),
    ] {
        let said = run(&fleet, args).await;
        assert!(said.code == code && said.err.contains(why), "{args:?}: {} {}{}", said.code, said.out, said.err);
    }
    assert_eq!(before, (asked(&fleet, "stage-eu"), asked(&fleet, "prod-eu")), "nothing was sent so far");

    let done = run(&fleet, &["--confirm", "2 clusters"]).await;
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(done.out.contains("Staged sync of 2 apps: 2 apps Healthy"), "{}", done.out);
    let at = |text: &str| done.err.find(text).unwrap_or_else(|| panic!("{text}: {}", done.err));
    assert!(at("stage-eu web: Healthy") < at("prod-eu web: "), "{}", done.err);
    let sent = (asked(&fleet, "stage-eu"), asked(&fleet, "prod-eu"));
    assert!(sent.0 != before.0 && sent.1 != before.1);

    let faults = fleet.demo.server("stage-eu").unwrap().faults();
    // Its controller can write nothing down: what was sent is never taken up.
    faults.set(|f| f.forbidden.push(Deny { user: "admin".into(), verb: "patch".into(), ..Deny::default() }));
    let deaf = run(&fleet, &["--confirm", "2 clusters", "--within", "2s", "--wait-timeout", "5s", "-o", "json"]).await;
    let told = deaf.json();
    assert_eq!(told["stages"][0]["apps"][0]["state"], "failed", "{}{}", deaf.out, deaf.err);
    assert_eq!((deaf.code, &told["stages"][1]["apps"][0]["state"]), (4, &"not_sent".into()), "{}", deaf.err);
    assert!(told["stopped"].as_str().unwrap().contains("web on stage-eu: not Healthy after 2s"), "{}", told["stopped"]);
    assert_eq!(asked(&fleet, "prod-eu"), sent.1);
    faults.clear();

    faults.set(|f| f.frozen = true);
    let unread = run(&fleet, &["--confirm", "2 clusters", "--timeout", "2s"]).await;
    assert!(unread.code == 2 && unread.err.contains("ks/shop/web may be on stage-eu"), "{} {}", unread.code, unread.err);
    let same = fleet.run(&["sync", "ks/shop/web", BOTH[0], BOTH[1], BOTH[2], BOTH[3], "--yes", "--timeout", "2s"]).await;
    assert!(same.code != 0 && asked(&fleet, "prod-eu") == sent.1, "neither sends: {}", same.err);
    faults.clear();

    faults.set(|f| {
        f.forbidden.push(Deny { verb: "patch".into(), resource: format!("kustomizations.{}", super::fleet::KS), ..Deny::default() })
    });
    let left = run(&fleet, &["--dry-run"]).await;
    assert!(left.code == 0 && left.out.contains("left out web stage-eu: Not allowed."), "{} {}{}", left.code, left.out, left.err);
    let journal = std::fs::read_to_string(fleet.home.path().join("state/driftdeck/journal.jsonl")).unwrap();
    assert!(journal.lines().any(|l| l.contains("\"staged_sync\"") && l.contains("2 apps Healthy")), "the batch has its end in the journal");
    fleet.demo.stop().await;
}
