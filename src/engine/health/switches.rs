//! Settings that change what is to be read out of rows, and how.
//! To extend: a line in [`MEANS`]; which settings are read at all stands in `cluster::engines`.

use super::{Facts, of_engine};
use crate::domain::controllers::{Level, Switch, Warning};

/// Name of a setting, value it counts for (empty = any), and what follows from it.
static MEANS: [(&str, &str, &str); 22] = [
    ("application.resourceTrackingMethod", "label", "Objects are told by a label: two apps that name one object are not told apart."),
    ("application.resourceTrackingMethod", "", "Objects carry label and annotation; the annotation counts."),
    ("application.instanceLabelKey", "", "Apps mark their objects with this label."),
    ("timeout.reconciliation", "0", "Argo CD compares only when asked or told by a webhook: an old comparison is no sign of trouble."),
    ("timeout.reconciliation", "0s", "Argo CD compares only when asked or told by a webhook: an old comparison is no sign of trouble."),
    (
        "timeout.reconciliation",
        "",
        "How often Argo CD compares, and how long a commit takes to be seen, differ from the usual 2 to 3 minutes.",
    ),
    ("timeout.reconciliation.jitter", "", "How much the times of comparison are spread differs from the usual minute."),
    ("cluster.inClusterEnabled", "false", "Argo CD may not deploy to its own cluster."),
    (
        "application.sync.impersonation.enabled",
        "true",
        "Syncs act as the service account of the destination: they may be refused what Argo CD itself may do.",
    ),
    ("installationID", "", "Objects also carry the id of this Argo CD."),
    ("application.namespaces", "", "Applications of these namespaces count, too."),
    ("controller.diff.server.side", "true", "The API server compares: defaults and webhooks count as it applies them."),
    ("controller.resource.health.persist", "true", "The health of each object stands in the Application itself."),
    ("controller.repo.error.grace.period.seconds", "", "An error of the repository is hidden for another time than the usual 3 minutes."),
    ("controller.sync.timeout.seconds", "", "A sync that takes longer than this is ended."),
    (
        "applicationsetcontroller.enable.progressive.syncs",
        "true",
        "ApplicationSets may sync their apps in steps: a waiting app looks OutOfSync.",
    ),
    (
        "CancelHealthCheckOnNewRevision",
        "true",
        "A new commit ends the health check of the one before: a roll back need not wait for its timeout.",
    ),
    ("watch-label-selector", "", "This controller looks only after objects with these labels: others it leaves alone without a word."),
    ("watch-all-namespaces", "false", "Only objects in the namespace of Flux itself are looked after."),
    ("no-cross-namespace-refs", "true", "An app may use only sources of its own namespace."),
    ("no-remote-bases", "true", "Kustomizations may not build from remote bases."),
    ("default-service-account", "", "Apps that name no service account act as this one."),
];

pub(super) fn changed(facts: &Facts<'_>) -> Vec<Warning> {
    facts.read.switches.iter().map(|switch| note(facts, switch)).collect()
}

fn note(facts: &Facts<'_>, switch: &Switch) -> Warning {
    let means = MEANS.iter().find(|(name, value, _)| *name == switch.name && (value.is_empty() || *value == switch.value));
    let means = means.map(|(_, _, means)| format!(" {means}")).unwrap_or_default();
    let short = format!("{}={}", switch.name, switch.value);
    let sentence = format!("{short} in {} of {}.{means}", switch.place, facts.cluster);
    Warning { namespace: switch.namespace.clone(), ..of_engine(switch.engine, Level::Note, "setting", short, sentence) }
}
