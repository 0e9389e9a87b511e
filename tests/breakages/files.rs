//! Files as people get them wrong.

use crate::lab::objects;

/// `apps/web/deployment.yaml` with these lines of its container instead of the plain image.
pub fn deployment(container: &str) -> String {
    let good = objects::deployment("1.0");
    format!("{good}{}", container.lines().map(|line| format!("          {line}\n")).collect::<String>())
}

/// The list of `apps/web` with one more file.
pub fn with(file: &str) -> String {
    format!("resources:\n  - deployment.yaml\n  - config.yaml\n  - {file}\n")
}

/// A colon too many, as a hasty hand leaves it.
pub fn typo() -> String {
    objects::deployment("1.0").replace("  replicas: 2\n", "  replicas: 2: 3\n")
}

pub const MONITOR: &str = "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata:\n  name: web\nspec:\n  selector:\n    matchLabels:\n      \
                           app: web\n  endpoints:\n    - port: http\n";

pub fn job(image: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      \
         containers:\n        - name: migrate\n          image: registry.example/migrate:{image}\n"
    )
}

pub fn service(port: u32) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector:\n    app: web\n  ports:\n    - name: http\n      port: {port}\n"
    )
}

pub const ROLE: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: reader\nrules:\n  - apiGroups: [\"\"]\n    \
                        resources: [secrets]\n    verbs: [get]\n";
