//! What is broken under Flux.

use super::argo::{hand, quota};
use super::{Breakage, Broken, breakage, files, nothing};
use crate::lab::objects;
use driftdeck::domain::ids::AppKind::{HelmRelease, Kustomization};
use futures::future::{FutureExt as _, LocalBoxFuture};
use serde_json::{Value, json};

const DEPLOYMENT: &str = "apps/web/deployment.yaml";
const LIST_FILE: &str = "apps/web/kustomization.yaml";

pub const LIST: &[Breakage] = &[
    breakage("checkout", Kustomization, hand!(it => it.land("Next image", &[(DEPLOYMENT, objects::deployment("1.1-badpull"))])))
        .says("image web:1.1-badpull not found", &["does not start", "image web:1.1-badpull not found", "2 of 2 old pods still serve"], &["R roll back"]),
    breakage("delivery", Kustomization, hand!(it => it.land("Scale", &[(DEPLOYMENT, files::typo())])))
        .says("build fails: deployment.yaml line 6", &["not valid YAML"], &["correct deployment.yaml line 6", "R roll back"]),
    breakage("tracking", Kustomization, hand!(it => it.edit(&it.app(), &json!({"spec": {"path": "./apps/wbe"}})).await))
        .says("apps/wbe", &["apps/wbe", "not"], &["correct spec.path"]),
    breakage("returns", Kustomization, hand!(it => it.edit(&source(it), &json!({"spec": {"ref": {"branch": "release-2"}}})).await))
        .says("source returns: release-2 does not exist", &["branch or tag release-2 does not exist", "of branch main"], &["spec.ref of returns in git (it was main)"]),
    breakage("claims", Kustomization, hand!(it => it.edit(&source(it), &json!({"spec": {"url": "https://git.acme.example/clams.git"}})).await))
        .says("source claims: repository not found", &["not found", "clams.git"], &["correct the URL of claims in git: claims was probably meant"]),
    breakage("labels-eu", Kustomization, hand!(it => it.land("Network policy", &[(LIST_FILE, files::with("netpol.yaml"))])))
        .says("build fails: netpol.yaml not in git", &["netpol.yaml"], &["commit netpol.yaml", "R roll back"]),
    breakage("carts", Kustomization, hand!(it => it.edit(&it.app(), &json!({"spec": {"targetNamespace": "cart"}})).await))
        .says("namespace cart does not exist", &["Namespace cart", "carts does", "git has not moved"], &["correct spec.targetNamespace to carts"])
        .never(&["carts does not exist", "add the Namespace", "Argo"]),
    breakage(
        "parcels",
        Kustomization,
        hand!(it => {
            quota(it).await;
            it.land("More of it", &[(DEPLOYMENT, objects::deployment("1.0").replace("replicas: 2", "replicas: 5"))]);
        }),
    )
    .says("quota team: pods 2 of 2 used", &["Quota team leaves no room", "still serve"], &["raise quota team", "run fewer"]),
    breakage(
        "alerts",
        Kustomization,
        hand!(it => it.land("Monitor", &[(LIST_FILE, files::with("monitor.yaml")), ("apps/web/monitor.yaml", files::MONITOR.into())])),
    )
    .says("CRD missing: ServiceMonitor", &["monitoring.coreos.com"], &["CRD first"]),
    breakage(
        "routes",
        Kustomization,
        hand!(it => it.land("Labels", &[(DEPLOYMENT, objects::deployment("1.0").replace("app: web", "app: routes"))])),
    )
    .says("immutable spec.selector, Deployment web", &["spec.selector"], &["another name in git"]),
    breakage(
        "access",
        Kustomization,
        hand!(it => {
            it.land("Reader", &[(LIST_FILE, files::with("role.yaml")), ("apps/web/role.yaml", files::ROLE.into())]);
            it.edit(&it.app(), &json!({"spec": {"serviceAccountName": "team"}})).await;
        }),
    )
    .says("team may not patch", &["access/team", "spec.serviceAccountName"], &["bind team to a role"]),
    breakage("archive", Kustomization, hand!(it => {
        it.edit(&it.app(), &json!({"spec": {"suspend": true}})).await;
        it.land("Colour", &[("apps/web/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  colour: red\n".into())]);
    }))
    .says("no reason, not explained", &["suspended for", "last set by kubectl-edit", "No reason and no owner"], &["ask who holds it", "p resume"]),
    breakage("quotes", Kustomization, nothing)
        .at_birth()
        .made(|app| app["spec"]["dependsOn"] = json!([{"name": "qoutes-base"}]))
        .says("dependency qoutes-base does not exist", &["there is no such Kustomization", "waits forever"], &["correct dependsOn of Kustomization quotes"]),
    breakage("offers", Kustomization, nothing)
        .at_birth()
        .made(|app| app["spec"]["sourceRef"]["name"] = json!("ofers"))
        .says("GitRepository ofers does not exist", &["reads from GitRepository ofers", "GitRepository offers does"], &["correct sourceRef to offers"])
        .never(&["create"]),
    breakage("mail", Kustomization, hand!(it => it.land("Login", &[(
        DEPLOYMENT,
        files::deployment("envFrom:\n  - secretRef:\n      name: mail-login"),
    )])))
    .says("Secret mail-login does not exist", &["Secret mail-login does not exist", "needs it", "2 of 2 old pods still serve"], &["R roll back"])
    .never(&["image"]),
    breakage("stream", Kustomization, hand!(it => it.land("Service", &[
        (LIST_FILE, files::with("service.yaml")), ("apps/web/service.yaml", files::service(99_999)),
    ])))
    .says("Service web", &["99999", "65535"], &["R roll back"]),
    breakage("cache", HelmRelease, nothing)
        .at_birth()
        .made(|app| app["spec"]["valuesFrom"] = json!([{"kind": "ConfigMap", "name": "cache-vals"}]))
        .says("cache-vals", &["cache-vals", "key values.yaml"], &["correct valuesFrom"]),
    breakage("queue", HelmRelease, nothing)
        .at_birth()
        .made(|app| app["spec"]["chart"]["spec"]["sourceRef"] = json!({"kind": "HelmRepository", "name": "bitnmi"}))
        .says("bitnmi", &["bitnmi", "does not exist"], &["correct sourceRef"]),
];

fn source(it: &Broken<'_>) -> Value {
    objects::git_repository(it.name, it.name, "")
}
