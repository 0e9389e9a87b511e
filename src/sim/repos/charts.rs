//! The small repositories beside fleet.

use super::history::{Commit, Edit};
use super::import::Author;

const DAY: i64 = 86_400;

fn put(path: &str, text: &str) -> Edit {
    Edit::Put(path.into(), text.into())
}

/// Chart sources and the versions that hub-eu follows.
pub fn charts() -> Vec<Commit> {
    let chart = "apiVersion: v2\nname: search\nversion: 9.1.4\nappVersion: 9.1.4\n";
    let template = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: search\nspec:\n  replicas: {{ .Values.replicas }}\n";
    vec![
        Commit::new(
            "charts-1",
            Author::RAVI,
            60 * DAY,
            "search: first chart\n",
            vec![
                put("search/Chart.yaml", chart),
                put("search/values.yaml", "replicas: 2\n"),
                put("search/templates/deployment.yaml", template),
                put("versions/monitoring.yaml", "chart: kube-prometheus-stack\nversion: 61.2.0\n"),
            ],
        ),
        Commit::new(
            "charts-2",
            Author::LENA,
            12 * DAY,
            "search: two replicas everywhere\n",
            vec![put("search/values.yaml", "replicas: 2\nlog: info\n")],
        ),
        Commit::new(
            "c91b0e2",
            Author::BOT,
            48 * 60 + 40,
            "chore: monitoring 61.2.0 to 61.3.0\n",
            vec![Edit::sub("versions/monitoring.yaml", "61.2.0", "61.3.0")],
        ),
    ]
}

/// Policies, followed at a fixed tag.
pub fn policies() -> Vec<Commit> {
    let policy = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: policies\ndata:\n  no-latest-tag: enforce\n";
    vec![
        Commit::new("policies-1", Author::MIA, 90 * DAY, "Policies for every cluster\n", vec![put("policies.yaml", policy)]),
        Commit::new(
            "a90f1e2",
            Author::MIA,
            30 * DAY,
            "Ask for resource limits\n",
            vec![put("limits.yaml", &policy.replace("no-latest-tag", "limits"))],
        )
        .tagged("v2.3"),
    ]
}
