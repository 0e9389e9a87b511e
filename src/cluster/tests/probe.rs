use super::server::*;
use crate::cluster::Look;
use crate::domain::ids::EngineKind;
use crate::domain::probe::{Answer, Probe, Target};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

fn look(server: &Server, user: &Value, limit: Duration) -> Look {
    let kubeconfig = Arc::new(server.kubeconfig(user));
    let context = kubeconfig.contexts().remove(0);
    Look { kubeconfig, context, namespaces: Vec::new(), logins: None, limit }
}

/// What answers at all answers in time, however busy the machine is.
async fn probe(server: &Server) -> Probe {
    look(server, &json!({"token": "static-token"}), Duration::from_secs(30)).take().await
}

const NAMESPACED: &str = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";

fn hub(asked: &Asked) -> Option<Reply> {
    let ok = |value| Some(Reply::Json(200, value));
    match asked.path.as_str() {
        "/apis/argoproj.io/v1alpha1" => ok(json!({"resources": [{"name": "applications", "kind": "Application", "namespaced": true}]})),
        ALL => ok(json!({"items": [
            {"spec": {"destination": {"name": "prod-us"}}}, {"spec": {"destination": {"name": "prod-us"}}},
            {"spec": {"destination": {"server": "https://kubernetes.default.svc"}}}, {"spec": {"destination": {"name": "in-cluster"}}},
        ]})),
        "/apis/apps/v1/deployments" => {
            ok(json!({"items": [{"spec": {"template": {"spec": {"containers": [{"image": "x/argocd:v3.5.1"}]}}}}]}))
        }
        _ => None,
    }
}

fn reached(probe: Probe) -> crate::domain::probe::Reached {
    match probe.answer {
        Answer::Reached(reached) => reached,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_look_names_engine_version_and_where_its_apps_go_and_writes_nothing() {
    let server = serve(hub).await;
    let found = reached(probe(&server).await);
    assert_eq!(found.engines.len(), 1);
    assert_eq!((found.engines[0].name, found.engines[0].version.as_deref()), (EngineKind::Argo, Some("3.5.1")));
    assert_eq!(found.targets, [Target { name: Some("prod-us".into()), server: None }]);
    assert!(found.whole && found.forbidden.is_empty());
    assert!(server.asked().iter().all(|a| a.method == "GET" && !a.is_watch()));
}

#[tokio::test]
async fn a_kind_that_may_be_read_in_one_namespace_is_not_called_forbidden() {
    let forbidden = || Some(Reply::Json(403, status(403, "Forbidden", "applications is forbidden")));
    let server = serve(move |asked| if asked.path.ends_with("/applications") { forbidden() } else { hub(asked) }).await;
    let found = reached(probe(&server).await);
    assert_eq!((found.engines.len(), found.forbidden), (1, vec!["applications".to_owned()]));
    let server = serve(move |asked| match asked.path.as_str() {
        NAMESPACED => Some(Reply::Json(200, json!({"items": []}))),
        path if path.ends_with("/applications") => forbidden(),
        _ => hub(asked),
    })
    .await;
    assert!(reached(probe(&server).await).forbidden.is_empty());
}

#[tokio::test]
async fn a_kind_whose_requests_fail_costs_what_is_known_of_that_kind_alone() {
    let broken = || Some(Reply::Json(500, status(500, "InternalError", "etcd is busy")));
    let flux = |asked: &Asked| match asked.path.as_str() {
        "/apis/kustomize.toolkit.fluxcd.io" => Some(Reply::Json(200, json!({"versions": [{"version": "v1"}]}))),
        "/apis/kustomize.toolkit.fluxcd.io/v1" => {
            Some(Reply::Json(200, json!({"resources": [{"name": "kustomizations", "kind": "Kustomization", "namespaced": true}]})))
        }
        path if path.ends_with("/kustomizations") => Some(Reply::Json(200, json!({"items": []}))),
        _ => hub(asked),
    };
    // Its list fails: it is served all the same.
    let server = serve(move |asked| if asked.path.ends_with("/applications") { broken() } else { flux(asked) }).await;
    let found = reached(probe(&server).await);
    let engines: Vec<EngineKind> = found.engines.iter().map(|e| e.name).collect();
    assert_eq!(engines, [EngineKind::Argo, EngineKind::Flux]);
    assert_eq!(found.unread.len(), 1);
    assert!(found.unread[0].0 == "applications" && found.unread[0].1.contains("etcd is busy"), "{found:?}");
    // Its group fails: whether it is served is not known either.
    let server = serve(move |asked| if asked.path.starts_with("/apis/argoproj.io") { broken() } else { flux(asked) }).await;
    let found = reached(probe(&server).await);
    assert_eq!((found.engines.len(), found.engines[0].name, found.unread.len()), (1, EngineKind::Flux, 1), "{found:?}");
    // Nothing can be told at all.
    let server = serve(move |asked| if asked.path.starts_with("/apis/") { broken() } else { hub(asked) }).await;
    assert!(matches!(probe(&server).await.answer, Answer::Unreachable { cause } if cause.contains("etcd is busy")));
}

#[tokio::test]
async fn a_login_program_is_not_run_unless_that_was_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let script = r#"touch "$DIR/ran"; printf '{"status":{"token":"fresh"}}'"#;
    let user = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
        "env": [{"name": "DIR", "value": dir.path()}], "interactiveMode": "IfAvailable"}});
    let server = serve(hub).await;
    let limit = Duration::from_secs(30);
    assert_eq!(look(&server, &user, limit).take().await.answer, Answer::Login { cause: None });
    assert!(!dir.path().join("ran").exists() && server.asked().is_empty());
    let allowed = Look { logins: Some(Default::default()), ..look(&server, &user, limit) };
    assert_eq!(reached(allowed.take().await).engines.len(), 1);
    assert!(server.asked().iter().all(|a| a.authorization == "Bearer fresh"));
}

#[tokio::test]
async fn a_refused_token_and_a_dead_server_are_told_apart() {
    let server = serve(|_| Some(Reply::Json(401, status(401, "Unauthorized", "Unauthorized")))).await;
    assert!(matches!(probe(&server).await.answer, Answer::Login { cause: Some(cause) } if cause.contains("Unauthorized")));
    let mut server = serve(hub).await;
    server.stop_listening().await;
    assert!(matches!(probe(&server).await.answer, Answer::Unreachable { cause } if cause.contains("refused")));
}

#[tokio::test]
async fn a_server_that_stops_answering_costs_the_limit_and_keeps_what_it_said() {
    let user = json!({"token": "static-token"});
    let server = serve(|_| Some(Reply::Hang)).await;
    let silent = look(&server, &user, Duration::from_millis(200)).take().await;
    assert!(matches!(&silent.answer, Answer::Unreachable { cause } if cause.contains("0.2 s")), "{silent:?}");
    assert!(silent.took_ms >= 200);
    let server = serve(|asked| if asked.path.starts_with("/apis/apps/") { Some(Reply::Hang) } else { hub(asked) }).await;
    let half = reached(look(&server, &user, Duration::from_secs(3)).take().await);
    assert!(!half.whole && half.engines.len() == 1, "{half:?}");
}
