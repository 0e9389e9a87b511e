//! Neighbours of an Application: its project, the ApplicationSet that makes it with the step of its rollout, and its source hydrator.

use crate::domain::app::App;
use crate::domain::ids::ObjectKey;
use crate::domain::neighbour::{Lookup, Neighbour};
use crate::engine::around::{condition, neighbour, text};
use serde_json::Value;

const GROUP: &str = "argoproj.io";
const VERSIONS: &[&str] = &["v1alpha1"];

pub fn lookups(app: &App) -> Vec<Lookup> {
    let Some(argo) = app.argo() else { return Vec::new() };
    let one = |plural, kind, namespace: &str, name: &str| Lookup {
        group: GROUP,
        versions: VERSIONS,
        plural,
        kind,
        namespaces: vec![namespace.to_owned()],
        name: Some(name.to_owned()),
    };
    let mut out = Vec::new();
    // Apps of other namespaces have their project where their Argo CD lives, which the row does not tell.
    out.push(one("appprojects", "AppProject", &app.id.namespace, &argo.project));
    out.extend(argo.application_set.as_ref().map(|set| one("applicationsets", "ApplicationSet", &app.id.namespace, set)));
    out.push(one("applications", "Application", &app.id.namespace, &app.id.name));
    out
}

pub fn neighbours(app: &App, found: &[(Lookup, Vec<Value>)]) -> Vec<Neighbour> {
    let each = found.iter().flat_map(|(l, list)| list.iter().map(move |o| (l, o)));
    each.filter_map(|(lookup, object)| match lookup.kind {
        "AppProject" => Some(project(lookup, object)),
        "ApplicationSet" => Some(set(app, lookup, object)),
        _ => hydrator(lookup, object),
    })
    .collect()
}

fn count(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn project(lookup: &Lookup, object: &Value) -> Neighbour {
    let spec = &object["spec"];
    let repos = match spec["sourceRepos"].as_array().map(Vec::as_slice) {
        Some([all]) if all == "*" => "every repository".to_owned(),
        Some(list) => many(list.len(), "repository").replace("repositorys", "repositories"),
        None => "no repository".into(),
    };
    let mut parts = vec![format!("allows {repos} and {}", many(count(&spec["destinations"]), "destination"))];
    parts.push(match count(&spec["syncWindows"]) {
        0 => "no sync window".into(),
        windows => many(windows, "sync window"),
    });
    parts.extend((count(&spec["signatureKeys"]) > 0).then(|| "only signed commits".into()));
    parts.extend(spec["orphanedResources"].is_object().then(|| "watches for orphans".into()));
    neighbour(lookup, object, parts.join(", "))
}

/// RollingSync tells of each application: `status.applicationStatus[]`, steps count from 1, `-1` = in none.
fn set(app: &App, lookup: &Lookup, object: &Value) -> Neighbour {
    let steps = count(&object["spec"]["strategy"]["rollingSync"]["steps"]);
    let list = object["status"]["applicationStatus"].as_array();
    let ours = list.into_iter().flatten().find(|s| s["application"] == app.id.name.as_str());
    let rollout = match (object["spec"]["strategy"]["type"] == "RollingSync" || steps > 0, ours) {
        (false, _) => "no staged rollout".to_owned(),
        (true, None) => format!("rolls out in {}; this app is in none so far", many(steps, "step")),
        (true, Some(status)) => {
            let (word, message) = (text(&status["status"]), text(&status["message"]));
            let at = match text(&status["step"]).as_str() {
                "-1" => "in no step".to_owned(),
                step => format!("step {step} of {steps}"),
            };
            let says = if message.is_empty() { String::new() } else { format!(": {message}") };
            format!("{at}, {word}{says}")
        }
    };
    let (broken, trouble) = condition(object, "ErrorOccurred");
    let message = object["status"]["conditions"].as_array().into_iter().flatten().find(|c| c["type"] == "ErrorOccurred");
    let trouble =
        if broken == Some(true) { message.map_or(trouble, |c| format!("; it fails: {}", text(&c["message"]))) } else { String::new() };
    let key = ObjectKey::new(lookup.group, lookup.kind, &crate::engine::around::namespace(object), &crate::engine::around::name(object));
    let apps = list.map_or(0, Vec::len);
    let of = if apps > 0 { format!(" ({} in the rollout)", many(apps, "app")) } else { String::new() };
    Neighbour { key, good: broken.map(|b| !b), held: false, says: format!("makes this app; {rollout}{of}{trouble}") }
}

/// `spec.sourceHydrator`: what people write is rendered into another branch, and that is what Argo CD syncs.
fn hydrator(lookup: &Lookup, object: &Value) -> Option<Neighbour> {
    let spec = object["spec"].get("sourceHydrator").filter(|s| s.is_object())?;
    let status = &object["status"]["sourceHydrator"];
    let now = &status["currentOperation"];
    let short = |v: &Value| text(v).get(..7).map_or_else(|| "?".to_owned(), str::to_owned);
    let good = match now["phase"].as_str() {
        Some("Hydrated") => Some(true),
        Some("Failed") => Some(false),
        _ => None,
    };
    let from = format!("{} {}", text(&spec["drySource"]["path"]), text(&spec["drySource"]["targetRevision"]));
    let into = text(&spec["syncSource"]["targetBranch"]);
    let state = match good {
        Some(true) => format!("{} is rendered as {}", short(&now["drySHA"]), short(&now["hydratedSHA"])),
        Some(false) => format!("rendering {} failed: {}", short(&now["drySHA"]), text(&now["message"])),
        None => "not rendered yet".into(),
    };
    let key = ObjectKey::new(lookup.group, "source hydrator", "", &text(&object["metadata"]["name"]));
    Some(Neighbour { key, good, held: false, says: format!("renders {from} into branch {into}: {state}; undo a commit in {from}") })
}

#[cfg(test)]
mod tests;
