//! How Argo CD marks the objects it manages: annotation `argocd.argoproj.io/tracking-id` (the default since 3.0).

use crate::domain::app::App;
use crate::domain::ids::ObjectKey;

/// The ids that `app` may have written on `object`: `<instance>:<group>/<kind>:<namespace>/<name>`. An app outside the controller's
/// own namespace counts as `<namespace>_<name>`; both forms where the status does not name that namespace.
pub fn ids(app: &App, object: &ObjectKey) -> Vec<String> {
    let (namespace, name) = (&app.id.namespace, &app.id.name);
    let controller = app.argo().and_then(|a| a.controller_namespace.as_deref());
    let mut instances = Vec::new();
    if controller.is_none_or(|c| c == namespace) {
        instances.push(name.clone());
    }
    if controller.is_none_or(|c| c != namespace) {
        instances.push(format!("{namespace}_{name}"));
    }
    instances.iter().map(|i| format!("{i}:{}/{}:{}/{}", object.group, object.kind, object.namespace, object.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::domain::ids::ClusterId;
    use crate::engine::{Engine, argo::Argo};
    use serde_json::json;

    fn app(namespace: &str, controller: Option<&str>) -> App {
        let object = json!({
            "metadata": {"name": "web", "namespace": namespace, "uid": "u"},
            "spec": {"project": "default", "source": {"repoURL": "https://git.example.com/a"}, "destination": {"name": "far", "namespace": "shop"}},
            "status": {"controllerNamespace": controller}
        });
        let kind = Argo.watched().iter().find(|k| k.kind == "Application").unwrap();
        match Argo.parse(kind, &ClusterId::new("hub"), "v1alpha1", &object.to_string(), Timestamp::UNIX_EPOCH) {
            crate::domain::event::Parsed::App(app) => *app,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_app_of_another_namespace_is_marked_with_it() {
        let key = ObjectKey::new("apps", "Deployment", "shop", "web");
        assert_eq!(ids(&app("argocd", Some("argocd")), &key), ["web:apps/Deployment:shop/web"]);
        assert_eq!(ids(&app("team", Some("argocd")), &key), ["team_web:apps/Deployment:shop/web"]);
        assert_eq!(ids(&app("team", None), &key).len(), 2);
        assert_eq!(ids(&app("argocd", Some("argocd")), &ObjectKey::new("", "ConfigMap", "shop", "env")), ["web:/ConfigMap:shop/env"]);
    }
}
