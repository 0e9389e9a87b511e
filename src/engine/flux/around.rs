//! Neighbours of a Flux app: webhooks and alerts, image automation, what flux-operator made it from.
//!
//! A Provider's address is a webhook with its token in it as often as not: it is never read.

use crate::domain::app::App;
use crate::domain::ids::SourceId;
use crate::domain::neighbour::{Lookup, Neighbour};
use crate::engine::around::{name, namespace, neighbour, text};
use serde_json::Value;

const NOTIFICATION: &str = "notification.toolkit.fluxcd.io";
const IMAGE: &str = "image.toolkit.fluxcd.io";
const OPERATOR: &str = "fluxcd.controlplane.io";
/// Policies that are named one by one.
const POLICIES: usize = 8;

pub fn lookups(app: &App) -> Vec<Lookup> {
    let mut namespaces = vec![app.id.namespace.clone()];
    namespaces.extend(source(app).map(|s| s.namespace.clone()).filter(|n| *n != app.id.namespace));
    let all = |group, versions, plural, kind| Lookup { group, versions, plural, kind, namespaces: namespaces.clone(), name: None };
    vec![
        all(NOTIFICATION, &["v1", "v1beta2"], "receivers", "Receiver"),
        all(NOTIFICATION, &["v1beta3", "v1beta2"], "alerts", "Alert"),
        all(NOTIFICATION, &["v1beta3", "v1beta2"], "providers", "Provider"),
        all(IMAGE, &["v1", "v1beta2", "v1beta1"], "imageupdateautomations", "ImageUpdateAutomation"),
        all(IMAGE, &["v1", "v1beta2", "v1beta1"], "imagepolicies", "ImagePolicy"),
        all(OPERATOR, &["v1"], "resourcesets", "ResourceSet"),
        all(OPERATOR, &["v1"], "fluxinstances", "FluxInstance"),
    ]
}

/// Those among the objects read that concern the app; `found` has an answer for each lookup, in their order.
pub fn neighbours(app: &App, found: &[(Lookup, Vec<Value>)]) -> Vec<Neighbour> {
    let of = |kind: &'static str| found.iter().filter(move |(l, _)| l.kind == kind).flat_map(|(l, list)| list.iter().map(move |o| (l, o)));
    let providers: Vec<&Value> = of("Provider").map(|(_, o)| o).collect();
    let automations: Vec<(&Lookup, &Value)> = of("ImageUpdateAutomation").filter(|(_, o)| writes(app, o)).collect();
    let mut out: Vec<Neighbour> =
        of("Receiver").filter(|(_, o)| refers(app, o, &o["spec"]["resources"])).map(|(l, o)| receiver(l, o)).collect();
    out.extend(of("Alert").filter(|(_, o)| refers(app, o, &o["spec"]["eventSources"])).map(|(l, o)| alert(l, o, &providers)));
    out.extend(automations.iter().map(|(l, o)| automation(l, o)));
    let policies: Vec<(&Lookup, &Value)> = of("ImagePolicy").filter(|(_, o)| automations.iter().any(|(_, a)| selects(a, o))).collect();
    out.extend(policies.iter().take(POLICIES).map(|(l, o)| policy(l, o)));
    let more = policies.len().saturating_sub(POLICIES);
    out.extend(policies.first().filter(|_| more > 0).map(|(l, _)| Neighbour::note(l, format!("and {more} more policies that it follows"))));
    out.extend(of("ResourceSet").filter(|(_, o)| made(app, o)).map(|(l, o)| neighbour(l, o, "generates this app from its inputs".into())));
    out.extend(of("FluxInstance").filter(|(_, o)| syncs(app, o)).map(|(l, o)| instance(l, o)));
    out
}

fn source(app: &App) -> Option<&SourceId> {
    app.flux()?.source.as_ref()
}

/// One of these references means the app or its source: kind, name or `*`, namespace of the object unless said. With `matchLabels` beside
/// `*` only the labels tell, which are not read here: it may.
fn refers(app: &App, object: &Value, list: &Value) -> bool {
    let own = namespace(object);
    let is = |r: &Value, kind: &str, ns: &str, name: &str| {
        let wanted = text(&r["namespace"]);
        let place = if wanted.is_empty() { own.as_str() } else { wanted.as_str() };
        r["kind"] == kind && (r["name"] == "*" || r["name"] == name) && place == ns
    };
    let of_source = |r: &Value| source(app).is_some_and(|s| is(r, &s.kind, &s.namespace, &s.name));
    list.as_array().into_iter().flatten().any(|r| is(r, app.id.kind.kind(), &app.id.namespace, &app.id.name) || of_source(r))
}

fn receiver(lookup: &Lookup, object: &Value) -> Neighbour {
    let kind = text(&object["spec"]["type"]);
    neighbour(lookup, object, format!("webhook ({kind}): what it names is fetched as soon as a push is reported"))
}

/// Alerts have no status since v1beta3.
fn alert(lookup: &Lookup, object: &Value, providers: &[&Value]) -> Neighbour {
    let spec = &object["spec"];
    let (wanted, own) = (text(&spec["providerRef"]["name"]), namespace(object));
    let provider = providers.iter().find(|p| name(p) == wanted && namespace(p) == own);
    let to = match provider {
        Some(p) => {
            let channel = text(&p["spec"]["channel"]);
            let channel = if channel.is_empty() { String::new() } else { format!(" {channel}") };
            let off = if p["spec"]["suspend"] == true { ", which is suspended" } else { "" };
            format!("{wanted} ({}{channel}){off}", text(&p["spec"]["type"]))
        }
        None => format!("{wanted} (not seen)"),
    };
    let what = if spec["eventSeverity"] == "error" { "errors only" } else { "every event" };
    let labels = spec["eventSources"].as_array().into_iter().flatten().any(|s| s["matchLabels"].is_object());
    let maybe = if labels { ", where the labels fit" } else { "" };
    neighbour(lookup, object, format!("tells {to}: {what}{maybe}"))
}

/// It commits to the repository that the app is built from, at or above its path.
fn writes(app: &App, automation: &Value) -> bool {
    let spec = &automation["spec"];
    let place = text(&spec["sourceRef"]["namespace"]);
    let place = if place.is_empty() { namespace(automation) } else { place };
    let is_source =
        source(app).is_some_and(|s| s.kind == spec["sourceRef"]["kind"] && s.name == spec["sourceRef"]["name"] && s.namespace == place);
    let trimmed = |path: &str| path.trim_start_matches("./").trim_matches('/').to_owned();
    let below = trimmed(spec["update"]["path"].as_str().unwrap_or_default());
    let own = app.sources.first().and_then(|s| s.path.as_deref()).map(trimmed).unwrap_or_default();
    let covers = |a: &str, b: &str| a.is_empty() || a == b || b.starts_with(&format!("{a}/"));
    // An overlay reaches up to its base: what is written beside the path may be part of the build.
    let beside = |a: &str, b: &str| a.split('/').next() == b.split('/').next();
    is_source && (covers(&below, &own) || covers(&own, &below) || beside(&below, &own))
}

fn automation(lookup: &Lookup, object: &Value) -> Neighbour {
    let status = &object["status"];
    let pushed = text(&status["lastPushCommit"]);
    let last = match (pushed.is_empty(), text(&status["lastPushTime"])) {
        (true, _) => "nothing pushed yet".to_owned(),
        (false, at) => format!("last push {} at {at}", pushed.get(..7).unwrap_or(&pushed)),
    };
    let every = text(&object["spec"]["interval"]);
    neighbour(lookup, object, format!("writes image tags into git every {every}; {last}"))
}

/// As `spec.policySelector` says; without one all of its namespace.
fn selects(automation: &Value, policy: &Value) -> bool {
    let selector = &automation["spec"]["policySelector"];
    let wanted = selector["matchLabels"].as_object();
    let has = |(key, value): (&String, &Value)| policy["metadata"]["labels"][key.as_str()] == *value;
    // Expressions are not evaluated: a policy is rather named too often than missed.
    namespace(automation) == namespace(policy) && wanted.is_none_or(|labels| labels.iter().all(has))
}

/// `status.latestRef` since v1, `latestImage` before.
fn policy(lookup: &Lookup, object: &Value) -> Neighbour {
    let latest = &object["status"]["latestRef"];
    let (image, tag) = (text(&latest["name"]), text(&latest["tag"]));
    let old = text(&object["status"]["latestImage"]);
    let says = match (tag.is_empty(), old.is_empty()) {
        (false, _) => format!("newest allowed is {image}:{tag}"),
        (true, false) => format!("newest allowed is {old}"),
        (true, true) => "no image is allowed or found yet".into(),
    };
    neighbour(lookup, object, says)
}

/// Its inventory has the app: `NAMESPACE_NAME_GROUP_KIND`.
fn made(app: &App, set: &Value) -> bool {
    let id = format!("{}_{}_{}_{}", app.id.namespace, app.id.name, app.id.kind.group(), app.id.kind.kind());
    set["status"]["inventory"]["entries"].as_array().into_iter().flatten().any(|e| e["id"] == id.as_str())
}

/// The root app of an instance: named after its sync, else after its namespace.
fn syncs(app: &App, instance: &Value) -> bool {
    let sync = &instance["spec"]["sync"];
    let wanted = text(&sync["name"]);
    let wanted = if wanted.is_empty() { namespace(instance) } else { wanted };
    sync.is_object() && wanted == app.id.name && namespace(instance) == app.id.namespace
}

fn instance(lookup: &Lookup, object: &Value) -> Neighbour {
    let version = text(&object["spec"]["distribution"]["version"]);
    let runs = text(&object["status"]["lastAppliedRevision"]);
    let runs = if runs.is_empty() { String::new() } else { format!(", runs {}", runs.split('@').next().unwrap_or_default()) };
    let off = object["metadata"]["annotations"]["fluxcd.controlplane.io/reconcile"] == "disabled";
    let found = neighbour(
        lookup,
        object,
        format!("installs Flux {version}{runs} and makes this app{}", if off { "; reconciling is disabled" } else { "" }),
    );
    Neighbour { held: found.held || off, ..found }
}

#[cfg(test)]
mod tests;
