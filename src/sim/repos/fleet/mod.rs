//! The repository most of the fleet follows: apps with overlays per cluster, the objects of each cluster, shared infrastructure.

mod apps;

use super::history::{Commit, Edit, PAYMENTS_IMAGES, Story, pool_commit, pool_merge};
use super::import::{Author, Files};

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// The history of `main`, oldest first, with the commits that the screens name.
pub fn commits(story: Story) -> Vec<Commit> {
    let mut list = vec![Commit::new("first", Author::RAVI, 120 * DAY, "Move the fleet into one repository\n", first_files(story))];
    list.extend(weeks());
    list.extend(last_day());
    if story.has_merge() {
        list.push(pool_merge());
    }
    let mut head = vec![Edit::sub("apps/web/base/kustomization.yaml", "newTag: \"3.8.0\"", "newTag: \"3.8.1\"")];
    if story == Story::States {
        head.push(Edit::Each(states_head));
    }
    list.push(Commit::new("4f2c91d", Author::BOT, 11 * MINUTE, &bot("web", "3.8.0", "3.8.1"), head));
    list
}

fn states_head(files: &mut Files) {
    let old = std::mem::take(files);
    files.extend(old.into_iter().filter_map(|(path, text)| {
        let is_state = path.starts_with("states/");
        let text = if is_state { crate::sim::scenario::at_head(&path, &text)? } else { text };
        Some((path, text))
    }));
}

fn bot(app: &str, from: &str, to: &str) -> String {
    format!("chore: {app} {from} to {to}\n\nAutomated by image policy flux-system/{app}.\n")
}

fn first_files(story: Story) -> Vec<Edit> {
    let mut files = apps::files();
    files.extend(crate::sim::scenario::declared(story));
    files.into_iter().map(|(path, text)| Edit::Put(path, text)).collect()
}

/// The weeks before the night: what billing has not taken yet starts after 51d0c3e.
fn weeks() -> Vec<Commit> {
    let owner = |team: &str, person: &str| {
        let path = format!("catalog/{team}.yaml");
        let text = format!("team: {team}\nowner: {person}\n");
        vec![Edit::Put(path, text)]
    };
    let sub = |path: &str, from: &str, to: &str| vec![Edit::sub(path, from, to)];
    let mut list = vec![
        Commit::new("older-1", Author::LENA, 45 * DAY, "catalog: owners of payments\n", owner("payments", "dana")),
        Commit::new("older-2", Author::RAVI, 30 * DAY, "catalog: owners of shop\n", owner("shop", "ravi")),
        Commit::new(
            "51d0c3e",
            Author::BOT,
            9 * DAY,
            &bot("billing", "1.43.0", "1.44.0"),
            sub("apps/billing/base/kustomization.yaml", "newTag: \"1.43.0\"", "newTag: \"1.44.0\""),
        ),
    ];
    let teams: [(&'static str, &str, i64); 7] = [
        ("w1", "billing", 200),
        ("w2", "search", 190),
        ("w3", "ledger", 170),
        ("w4", "edge", 160),
        ("w5", "platform", 120),
        ("w6", "sandbox", 100),
        ("w7", "data", 80),
    ];
    for (name, team, hours) in teams {
        list.push(Commit::new(name, Author::LENA, hours * HOUR, &format!("catalog: owners of {team}\n"), owner(team, "mia")));
    }
    list.push(Commit::new(
        "w8",
        Author::BOT,
        70 * HOUR,
        &bot("orders", "5.2.0", "5.2.1"),
        sub("apps/orders/base/kustomization.yaml", "newTag: \"5.2.0\"", "newTag: \"5.2.1\""),
    ));
    list.push(Commit::new(
        "w9",
        Author::MIA,
        60 * HOUR,
        "billing: invoice migration 1.45 on prod-us\n",
        sub("apps/billing/overlays/prod-us/migrate.yaml", "billing-migrate:1.44.0", "billing-migrate:1.45.0"),
    ));
    list.push(Commit::new(
        "w10",
        Author::BOT,
        30 * HOUR,
        &bot("ledger", "2.6.0", "2.7.0"),
        sub("apps/ledger/base/kustomization.yaml", "newTag: \"2.6.0\"", "newTag: \"2.7.0\""),
    ));
    list
}

fn last_day() -> Vec<Commit> {
    let routes = "apps/payments/base/routes.yaml";
    let search = "apps/search/overlays/prod-us/kustomization.yaml";
    let retry = |from: &str, to: &str| vec![Edit::sub(routes, from, to)];
    vec![
        Commit::new("c0ffe11", Author::RAVI, 9 * HOUR, "search: try 9.2-rc1 on prod-us\n", vec![Edit::sub(search, "9.1.4", "9.2-rc1")]),
        Commit::new(
            "3e1b7aa",
            Author::DANA,
            8 * HOUR,
            "Merge #797: payments retries for ever\n",
            retry("retries: \"3\"", "retries: \"-1\""),
        ),
        Commit::new(
            "7c0a9e6",
            Author::RAVI,
            26_980,
            "Roll back #797\n\nThis reverts the endless retries of payments.\n",
            retry("retries: \"-1\"", "retries: \"3\""),
        ),
        Commit::new(
            "b58c2f4",
            Author::RAVI,
            5 * HOUR,
            "web: cache headers for static files\n",
            vec![Edit::sub("apps/web/base/config.yaml", "CACHE: \"60\"", "CACHE: \"3600\"")],
        ),
        Commit::new(
            "e77a310",
            Author::RAVI,
            41 * MINUTE,
            "netpol: default deny for payments and orders\n",
            vec![
                Edit::sub("apps/payments/base/netpol.yaml", "policyTypes: [Egress]", "policyTypes: [Egress, Ingress]"),
                Edit::sub("apps/orders/base/netpol.yaml", "policyTypes: [Egress]", "policyTypes: [Egress, Ingress]"),
            ],
        ),
        pool_commit(),
        cost_centre_commit(),
        Commit::new(
            "c41d8f0",
            Author::BOT,
            1178,
            &bot("payments", "2.13.4", "2.14.0"),
            vec![Edit::sub(PAYMENTS_IMAGES, "newTag: \"2.13.4\"", "newTag: \"2.14.0\"")],
        ),
    ]
}

/// 0b6f552: one label on every app.
fn cost_centre_commit() -> Commit {
    Commit::new("0b6f552", Author::LENA, 1270, "cost-centre label on every app (#811)\n", vec![Edit::Each(cost_centre)])
}

/// Adds the label to each base and overlay of the apps, and the number to the catalog: 38 files.
fn cost_centre(files: &mut Files) {
    for (path, text) in files.iter_mut() {
        if path.starts_with("apps/") && path.ends_with("/kustomization.yaml") {
            let label = if path.contains("/overlays/") { "cost-region" } else { "cost-centre" };
            *text = text.replacen("    pairs:\n", &format!("    pairs:\n      acme.example/{label}: \"4711\"\n"), 1);
        } else if path.starts_with("catalog/") && path != "catalog/data.yaml" {
            text.push_str("cost-centre: \"4711\"\n");
        }
    }
}
