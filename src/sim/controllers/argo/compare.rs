//! Comparing an app with git and with what lives on its cluster.

use super::super::api::{DEPLOYED, kind_of, named, text};
use super::super::health::{Health, covers, health};
use super::{Argo, Desired, Destination, REFRESH, Refused, TRACKING, group_version, is_denied, is_hook, key, wave};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

impl Argo {
    /// Compares one app and writes the status if it says something new, was asked for, or is due.
    pub(super) async fn compare(&self, app: &Arc<Value>, key: &str) {
        let annotation = &app["metadata"]["annotations"][REFRESH];
        let (due, quiet) = {
            let mut state = self.state();
            let first = *state.compared.entry(key.to_owned()).or_insert_with(|| Instant::now() - self.first_age(app));
            (first.elapsed() >= self.times.compare, state.quiet_until.get(key).is_some_and(|until| *until > Instant::now()))
        };
        if quiet {
            return;
        }
        let asked = !annotation.is_null();
        let mut status = self.assess(app);
        let news = differs(&app["status"], &status);
        if !(asked || due || news) {
            return;
        }
        let health = &mut status["health"];
        if !health.is_null() {
            let same = app["status"]["health"]["status"] == health["status"];
            let since = if same { app["status"]["health"]["lastTransitionTime"].clone() } else { json!(self.now()) };
            health["lastTransitionTime"] = since;
        }
        if status["conditions"].is_null()
            || !status["conditions"].as_array().is_some_and(|list| list.iter().any(|it| it["type"] == "InvalidSpecError"))
        {
            status["reconciledAt"] = json!(self.now());
        }
        let mut patch = json!({"status": status});
        if asked {
            patch["metadata"] = json!({"annotations": {REFRESH: null}});
        }
        self.state().compared.insert(key.to_owned(), Instant::now());
        if let Some(app) = self.patch(app, &patch).await {
            self.auto_sync(&app).await;
        }
    }

    /// Apps are not all compared in the same second.
    fn first_age(&self, app: &Value) -> std::time::Duration {
        let share = crate::sim::ids::number(&key(app)) % 100;
        self.times.compare.mul_f64(share as f64 / 250.0)
    }

    /// The part of the status that a comparison decides.
    fn assess(&self, app: &Value) -> Value {
        if let Err(Refused::Spec(message)) = self.permitted(app) {
            return json!({"sync": {"status": "Unknown"}, "health": {"status": "Unknown"}, "conditions": self.conditions(app, "InvalidSpecError", &message)});
        }
        let Some((_, destination)) = self.destination(app) else {
            let message = format!(
                "Unable to find destination server: there are no clusters with this name: {}",
                text(&app["spec"]["destination"]["name"])
            );
            return json!({"sync": {"status": "Unknown"}, "health": {"status": "Unknown"}, "conditions": self.conditions(app, "InvalidSpecError", &message)});
        };
        let compared_to = json!({"destination": app["spec"]["destination"], "source": app["spec"]["source"]});
        if app["spec"]["source"].get("chart").is_some() {
            return self.chart(app, destination);
        }
        match self.desired(app, None) {
            Err(Refused::Comparison(message) | Refused::Spec(message)) => json!({
                "sync": {"status": "Unknown", "comparedTo": compared_to, "revision": ""},
                "health": {"status": app["status"]["health"]["status"].as_str().unwrap_or("Healthy")},
                "conditions": self.conditions(app, "ComparisonError", &message)
            }),
            Ok(desired) => {
                let (resources, synced) = self.resources(app, destination, &desired.objects);
                let health = self.health_of(destination, &desired.objects);
                let conditions = self.told(app, destination, &desired, synced, &resources);
                json!({
                    "controllerNamespace": "argocd", "conditions": conditions, "resourceHealthSource": "appTree", "sourceType": "Kustomize",
                    "health": {"status": health.word()}, "resources": resources, "summary": {"images": images(&desired.objects)},
                    "sync": {"status": if synced { "Synced" } else { "OutOfSync" }, "comparedTo": compared_to, "revision": desired.revision}
                })
            }
        }
    }

    /// Charts are not rendered here: their resources keep the sync state they have, and health comes from what lives.
    fn chart(&self, app: &Value, destination: &Destination) -> Value {
        let status = &app["status"];
        let mut worst = Health::Healthy;
        for resource in status["resources"].as_array().into_iter().flatten() {
            let Some(kind) = named(text(&resource["kind"])) else { continue };
            let live = destination.cache.get(kind, text(&resource["namespace"]), text(&resource["name"]));
            worst = worst.max(live.and_then(|live| health(&live)).unwrap_or(Health::Healthy));
        }
        json!({"health": {"status": worst.word()}, "sync": status["sync"], "conditions": status["conditions"]})
    }

    fn conditions(&self, app: &Value, kind: &str, message: &str) -> Value {
        json!([self.condition(app, kind, message)])
    }

    fn condition(&self, app: &Value, kind: &str, message: &str) -> Value {
        let old = app["status"]["conditions"].as_array().into_iter().flatten().find(|it| it["type"] == kind && it["message"] == message);
        let since = old.map_or_else(|| json!(self.now()), |it| it["lastTransitionTime"].clone());
        json!({"type": kind, "message": message, "lastTransitionTime": since})
    }

    /// The conditions of an app that can be compared: what it shares with another, and why auto-sync does not go on.
    fn told(&self, app: &Value, destination: &Destination, desired: &Desired, synced: bool, resources: &[Value]) -> Value {
        let mut out = Vec::new();
        let namespace = text(&app["metadata"]["namespace"]);
        for object in desired.objects.iter().filter(|object| !is_hook(object)) {
            let (kind, name) = (text(&object["kind"]), text(&object["metadata"]["name"]));
            let own = text(&object["metadata"]["annotations"][TRACKING]);
            let live = self.live(destination, object);
            let other = live.as_deref().map(|it| text(&it["metadata"]["annotations"][TRACKING])).filter(|it| !it.is_empty() && *it != own);
            if let Some((instance, _)) = other.and_then(|it| it.split_once(':')) {
                let mine = format!("{namespace}/{}", text(&app["metadata"]["name"]));
                let message = format!("{kind}/{name} is part of applications {mine} and {}", instance.replace('_', "/"));
                out.push(self.condition(app, "SharedResourceWarning", &message));
            }
        }
        if !synced && let Some(message) = gave_up(app, &desired.revision, resources) {
            out.push(self.condition(app, "SyncError", &message));
        }
        if out.is_empty() { Value::Null } else { json!(out) }
    }

    /// `status.resources`, and whether all of it is in sync.
    pub(super) fn resources(&self, app: &Value, destination: &Destination, desired: &[Value]) -> (Vec<Value>, bool) {
        let mut synced = true;
        let mut out = Vec::new();
        for object in desired.iter().filter(|object| !is_hook(object)) {
            let live = self.live(destination, object);
            let same = live.is_some_and(|live| covers(&live, object));
            synced &= same;
            out.push(entry(object, if same { "Synced" } else { "OutOfSync" }));
        }
        for extra in self.extra(app, destination, desired) {
            synced = false;
            let mut entry = entry(&extra, "OutOfSync");
            entry["requiresPruning"] = json!(true);
            if super::operation::needs_confirmation(&extra) {
                entry["requiresDeletionConfirmation"] = json!(true);
            }
            out.push(entry);
        }
        (out, synced)
    }

    pub(super) fn live(&self, destination: &Destination, object: &Value) -> Option<Arc<Value>> {
        let meta = &object["metadata"];
        let kind = kind_of(object)?;
        // Applications are this controller's own kind; its cache has them.
        let cache = if kind.kind == "Application" { &self.cache } else { &destination.cache };
        cache.get(kind, text(&meta["namespace"]), text(&meta["name"]))
    }

    /// Live objects with this app's tracking id that git does not have.
    pub(super) fn extra(&self, app: &Value, destination: &Destination, desired: &[Value]) -> Vec<Arc<Value>> {
        let probe = json!({"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}});
        let id = crate::sim::scenario::tracking_id(text(&app["metadata"]["namespace"]), text(&app["metadata"]["name"]), &probe);
        let instance = id.split_once(':').map_or(String::new(), |(instance, _)| format!("{instance}:"));
        let known = |object: &Value| {
            desired.iter().any(|it| {
                it["kind"] == object["kind"]
                    && it["metadata"]["name"] == object["metadata"]["name"]
                    && it["metadata"]["namespace"] == object["metadata"]["namespace"]
            })
        };
        let live = DEPLOYED.iter().flat_map(|kind| destination.cache.list(*kind));
        live.filter(|it| text(&it["metadata"]["annotations"][TRACKING]).starts_with(&instance) && !is_hook(it) && !known(it)).collect()
    }

    /// Worst health of what lives; Missing only if nothing does.
    fn health_of(&self, destination: &Destination, desired: &[Value]) -> Health {
        let wanted: Vec<&Value> = desired.iter().filter(|object| !is_hook(object)).collect();
        let live: Vec<Arc<Value>> = wanted.iter().filter_map(|object| self.live(destination, object)).collect();
        if live.is_empty() && !wanted.is_empty() {
            return Health::Missing;
        }
        live.iter().filter_map(|object| health(object)).max().unwrap_or(Health::Healthy)
    }

    /// Starts an automated sync where the policy and the windows allow one. A window leaves no trace, as in the real one.
    async fn auto_sync(&self, app: &Value) {
        let automated = &app["spec"]["syncPolicy"]["automated"];
        let on = automated.is_object() && automated["enabled"] != false;
        if !on
            || app["status"]["sync"]["status"] != "OutOfSync"
            || app.get("operation").is_some_and(|it| !it.is_null())
            || !app["metadata"]["deletionTimestamp"].is_null()
        {
            return;
        }
        let prunes_only = app["status"]["resources"]
            .as_array()
            .into_iter()
            .flatten()
            .all(|it| it["status"] != "OutOfSync" || it["requiresPruning"] == true);
        let all = app["status"]["resources"].as_array().map_or(&[][..], Vec::as_slice);
        if prunes_only && (automated["prune"] != true || (wipes_out(all) && automated["allowEmpty"] != true)) {
            return;
        }
        let revision = text(&app["status"]["sync"]["revision"]);
        let tried = text(&app["status"]["operationState"]["syncResult"]["revision"]) == revision;
        let failed = app["status"]["operationState"]["phase"] != "Succeeded";
        if (tried && (failed || automated["selfHeal"] != true)) || self.window_denies(app, false) {
            return;
        }
        let policy = &app["spec"]["syncPolicy"];
        let mut sync = json!({"revision": revision, "source": app["spec"]["source"], "syncOptions": policy["syncOptions"]});
        if automated["prune"] == true {
            sync["prune"] = json!(true);
        }
        let retry = if policy["retry"].is_null() { json!({"limit": 5}) } else { policy["retry"].clone() };
        let operation = json!({"initiatedBy": {"automated": true}, "retry": retry, "sync": sync});
        self.patch(app, &json!({"operation": operation, "status": {"operationState": null}})).await;
    }

    /// Does a window of the project hold this app now?
    pub(super) fn window_denies(&self, app: &Value, manual: bool) -> bool {
        let project = self.project(app["spec"]["project"].as_str().unwrap_or("default"));
        let windows = project.map(|it| it["spec"]["syncWindows"].clone()).unwrap_or_default();
        is_denied(windows.as_array().map_or(&[], Vec::as_slice), app, manual, self.clock.now())
    }
}

/// Why auto-sync leaves a commit alone: it failed before, or would delete all there is.
fn gave_up(app: &Value, revision: &str, resources: &[Value]) -> Option<String> {
    let automated = &app["spec"]["syncPolicy"]["automated"];
    if !automated.is_object() || automated["enabled"] == false {
        return None;
    }
    if automated["prune"] == true && wipes_out(resources) && automated["allowEmpty"] != true {
        return Some(format!("Skipping sync attempt to [{revision}]: auto-sync will wipe out all resources"));
    }
    let state = &app["status"]["operationState"];
    let failed = matches!(text(&state["phase"]), "Failed" | "Error") && text(&state["syncResult"]["revision"]) == revision;
    failed.then(|| format!("Failed last sync attempt to [{revision}]: {}", text(&state["message"])))
}

fn wipes_out(resources: &[Value]) -> bool {
    !resources.is_empty() && resources.iter().all(|it| it["requiresPruning"] == true)
}

/// Something in the compared part is new.
fn differs(old: &Value, new: &Value) -> bool {
    let conditions = |status: &Value| {
        status["conditions"].as_array().map(|list| list.iter().map(|it| it["message"].clone()).collect::<Vec<_>>()).unwrap_or_default()
    };
    old["sync"]["status"] != new["sync"]["status"]
        || old["sync"]["revision"] != new["sync"]["revision"]
        || old["health"]["status"] != new["health"]["status"]
        || (!new["resources"].is_null() && old["resources"] != new["resources"])
        || conditions(old) != conditions(new)
}

fn entry(object: &Value, status: &str) -> Value {
    let (group, version) = group_version(object);
    let mut out = json!({"kind": object["kind"], "name": object["metadata"]["name"], "status": status, "version": version});
    if !group.is_empty() {
        out["group"] = json!(group);
    }
    if !object["metadata"]["namespace"].is_null() {
        out["namespace"] = object["metadata"]["namespace"].clone();
    }
    if wave(object) != 0 {
        out["syncWave"] = json!(wave(object));
    }
    out
}

pub(super) fn images(objects: &[Value]) -> Vec<String> {
    let containers =
        objects.iter().filter_map(|object| object.pointer("/spec/template/spec/containers")).filter_map(Value::as_array).flatten();
    let mut images: Vec<String> = containers.map(|container| text(&container["image"]).to_owned()).collect();
    images.sort();
    images.dedup();
    images
}
