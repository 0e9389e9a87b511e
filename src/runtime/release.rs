//! What a HelmRelease wants live: the manifest of the release that Helm stored.

use super::Runtime;
use super::diff::{Desired, read};
use crate::app::assess;
use crate::app::effect::DiffRequest;
use crate::cluster::SessionHandle;
use crate::cluster::live::Stored;
use crate::domain::app::{App, StoredRelease};
use crate::domain::diff::{DiffKind, DiffSet, DiffSide};
use crate::domain::ids::ObjectKey;
use crate::domain::text::{is_harmless, sanitise};
use crate::render;
use serde_json::Value;

impl Runtime {
    /// The stored release against what runs; `None` for what Helm did not release.
    ///
    /// Errors: why the release cannot be read.
    pub(super) async fn release_vs_live(&self, request: &DiffRequest, session: Option<&SessionHandle>) -> Option<Result<DiffSet, String>> {
        let release = assess::stored(&request.app)?;
        Some(self.compare_release(request, session, &release).await)
    }

    async fn compare_release(
        &self,
        request: &DiffRequest,
        session: Option<&SessionHandle>,
        release: &StoredRelease,
    ) -> Result<DiffSet, String> {
        let Some(session) = session else { return Err(format!("no context of yours reaches {}", request.cluster_label)) };
        let stored = session.stored(release).await.map_err(|e| e.message)?;
        let at = stored.deployed_at;
        let app = request.app.clone();
        let version = release.version;
        let parse = tokio::task::spawn_blocking(move || desired(&app, &stored, version));
        let desired = parse.await.map_err(|_| "reading its manifest broke off".to_owned())??;
        let mut keys: Vec<ObjectKey> = desired.objects.iter().map(render::compare::key).collect();
        keys.extend(request.app.resources.iter().filter(|r| !r.hook).map(|r| r.key.clone()));
        keys.sort();
        keys.dedup();
        let live = read(Some(session.clone()), keys, &request.cluster_label).await;
        let estimate = format!("what Helm applied last; {} says {}", request.app.id.engine().title(), request.app.sync.word());
        let label = desired.label.clone();
        let mut set = self.compare(request, desired, live, estimate).await?;
        set.right = DiffSide { label: format!("DESIRED {label}"), at };
        in_words(&mut set);
        Ok(set)
    }
}

/// The objects of its manifest; hooks are not part of it. What could be a secret value in it is hidden where it is compared.
fn desired(app: &App, stored: &Stored, version: i64) -> Result<Desired, String> {
    let broken = |e: render::RenderError| format!("the manifest of the stored release cannot be read: {e}");
    let mut objects = render::yaml::objects("manifest.yaml", stored.manifest.as_bytes()).map_err(broken)?;
    let all = objects.len();
    objects.retain(|object| !is_hook(object));
    if let Some(name) = objects.iter().find_map(hostile) {
        return Err(format!("the stored release names an object {name:?}, which Kubernetes allows for none"));
    }
    render::default_namespace(&mut objects, &stored.namespace);
    let mut notes = vec![format!("chart {}", stored.chart)];
    if all > objects.len() {
        notes.push(format!("left out as hooks, which run and go away: {}", all - objects.len()));
    }
    if stored.status == "superseded" {
        notes.push(format!(
            "Helm calls revision {version} superseded: a newer one than Flux knows was made, and what differs may be its work"
        ));
    } else if stored.status != "deployed" {
        notes.push(format!("Helm calls revision {version} {}: part of it may never have been applied", stored.status));
    }
    notes.push(drift_mode(app).to_owned());
    let exempt = objects.iter().filter(|o| is_exempt(o)).count();
    if exempt > 0 {
        notes.push(format!("exempt from Flux's drift detection: {exempt}"));
    }
    Ok(Desired { objects, label: format!("from the release Helm stored (revision {version})"), notes })
}

/// A name that no server takes, made harmless: it must not reach a file or the clipboard.
fn hostile(object: &Value) -> Option<String> {
    let names = ["/kind", "/metadata/name", "/metadata/namespace"].into_iter().filter_map(|at| object.pointer(at)?.as_str());
    names.into_iter().find(|name| !is_harmless(name, 253)).map(|name| sanitise(name, 60))
}

fn is_hook(object: &Value) -> bool {
    object.pointer("/metadata/annotations/helm.sh~1hook").is_some()
}

/// An object that Flux never compares.
fn is_exempt(object: &Value) -> bool {
    let at = |map: &str| object.pointer(&format!("/metadata/{map}/helm.toolkit.fluxcd.io~1driftDetection"));
    [at("annotations"), at("labels")].into_iter().flatten().any(|v| v == "disabled")
}

/// What Flux does about a difference.
fn drift_mode(app: &App) -> &'static str {
    match app.flux().and_then(|f| f.helm.as_ref()).map_or("", |h| h.drift_mode.as_str()) {
        "enabled" => "drift detection is enabled: Flux puts back what differs, at its next run",
        "warn" => "drift detection is \"warn\": Flux reports this and leaves it",
        _ => "drift detection is disabled: Flux does not look for differences",
    }
}

/// Nothing here was in git.
fn in_words(set: &mut DiffSet) {
    for resource in &mut set.resources {
        for ignored in &mut resource.ignored {
            *ignored = ignored.replace(" not in git: ", " not in the release: ");
        }
        let note = match resource.kind {
            DiffKind::OnlyLive => "not in the release that Helm stored",
            DiffKind::OnlyDesired => "not in the cluster: Helm had applied it",
            _ => continue,
        };
        resource.note.get_or_insert_with(|| note.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Parsed;
    use crate::domain::ids::ClusterId;
    use serde_json::json;

    fn app(mode: &str) -> App {
        let object = json!({"metadata": {"name": "redis", "namespace": "data"},
            "spec": {"chart": {"spec": {"chart": "redis"}}, "driftDetection": {"mode": mode}}});
        let (engine, kind) = crate::engine::watched().find(|(_, k)| k.kind == "HelmRelease").unwrap();
        let now = crate::domain::Timestamp::UNIX_EPOCH;
        match engine.parse(kind, &ClusterId::new("c"), "v2", &object.to_string(), now) {
            Parsed::App(app) => App::clone(&app),
            other => panic!("{other:?}"),
        }
    }

    fn stored(manifest: &str, status: &str) -> Stored {
        let chart = "redis 18.4.1".to_owned();
        Stored { manifest: manifest.into(), namespace: "data".into(), status: status.into(), deployed_at: None, chart }
    }

    const MANIFEST: &str = "---\n# Source: redis/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: redis}\n---\n\
        apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: redis}\n---\n\
        apiVersion: v1\nkind: Pod\nmetadata: {name: test, annotations: {helm.sh/hook: test}}\n";

    #[test]
    fn what_a_release_wants_is_its_manifest_in_its_own_namespace_without_hooks() {
        let desired = desired(&app("warn"), &stored(MANIFEST, "deployed"), 12).unwrap();
        let keys: Vec<String> = desired.objects.iter().map(|o| render::compare::key(o).title()).collect();
        assert_eq!(keys, ["ConfigMap data/redis", "ClusterRole redis"]);
        assert_eq!(desired.label, "from the release Helm stored (revision 12)");
        assert!(
            desired.notes.iter().any(|n| n.contains("\"warn\""))
                && desired.notes.iter().any(|n| n == "left out as hooks, which run and go away: 1")
        );
    }

    #[test]
    fn a_release_that_failed_says_so_and_a_manifest_that_cannot_be_read_names_no_value_of_it() {
        let failed = desired(&app("disabled"), &stored(MANIFEST, "failed"), 16).unwrap();
        assert!(
            failed.notes.iter().any(|n| n == "Helm calls revision 16 failed: part of it may never have been applied"),
            "{:?}",
            failed.notes
        );
        let error = desired(&app(""), &stored("a: [hunter2\nb: hunter2\n", "deployed"), 1).err().unwrap();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
