//! What a client asks before it knows anything: version, health, groups, resources.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::header;
use serde_json::{Value, json};

use super::ApiServer;
use super::failure::Failure;
use super::handle::Head;
use super::kind::{Kind, join};
use super::query::Target;
use super::respond::{self, Reply};

pub(super) fn answer(server: &ApiServer, head: &Head, target: &Target) -> Result<Reply, Failure> {
    if head.method != http::Method::GET && head.method != http::Method::HEAD {
        return Err(Failure::method_not_allowed());
    }
    match target {
        Target::Other(path) => other(server, path.trim_end_matches('/')),
        Target::Groups { core } => Ok(groups(server, head, *core)),
        Target::Group(group) => {
            let kinds = kinds(server, |kind| kind.group == *group);
            if kinds.is_empty() || group.is_empty() {
                Err(Failure::no_such_path())
            } else {
                Ok(respond::value(200, &group_object(group, &kinds, true)))
            }
        }
        Target::Version { group, version } => resources(server, group, version),
        Target::Resource(_) => Err(Failure::no_such_path()),
    }
}

fn other(server: &ApiServer, path: &str) -> Result<Reply, Failure> {
    match path {
        "/version" => Ok(respond::value(200, &version(&server.inner.kubernetes_version))),
        "/healthz" | "/livez" | "/readyz" => Ok(respond::text(200, "ok")),
        "" => Ok(respond::value(200, &json!({"paths": ["/api", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"]}))),
        "/openapi/v3" => Ok(openapi_index(server)),
        _ => match path.strip_prefix("/openapi/v3/") {
            Some(place) => openapi_document(server, place),
            None => Err(Failure::no_such_path()),
        },
    }
}

/// `api/v1` or `apis/G/V` of each served group and version.
fn openapi_place(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

fn openapi_index(server: &ApiServer) -> Reply {
    let mut paths = serde_json::Map::new();
    for kind in kinds(server, |_| true) {
        for version in &kind.versions {
            let place = openapi_place(&kind.group, version);
            let url = format!("/openapi/v3/{place}?hash=1");
            paths.insert(place, json!({"serverRelativeURL": url}));
        }
    }
    respond::value(200, &json!({"paths": paths}))
}

/// As much as `kubectl apply` asks: that writes take `fieldValidation` and `dryRun`.
fn openapi_document(server: &ApiServer, place: &str) -> Result<Reply, Failure> {
    let mut paths = serde_json::Map::new();
    for kind in kinds(server, |_| true) {
        for version in kind.versions.iter().filter(|version| openapi_place(&kind.group, version) == place) {
            let scope = if kind.namespaced { "/namespaces/{namespace}" } else { "" };
            let parameters: Vec<Value> = ["dryRun", "fieldManager", "fieldValidation", "force"]
                .iter()
                .map(|name| json!({"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": true}}))
                .collect();
            let gvk = json!({"group": kind.group, "version": version, "kind": kind.kind});
            let operation = |action: &str| {
                json!({"parameters": parameters, "responses": {"200": {"description": "OK"}}, "x-kubernetes-action": action,
                    "x-kubernetes-group-version-kind": gvk})
            };
            let base = format!("/{place}{scope}/{}", kind.plural);
            paths.insert(format!("{base}/{{name}}"), json!({"patch": operation("patch"), "put": operation("put")}));
            paths.insert(base, json!({"post": operation("post")}));
        }
    }
    if paths.is_empty() {
        return Err(Failure::no_such_path());
    }
    let info = json!({"title": "Kubernetes", "version": "unversioned"});
    Ok(respond::value(200, &json!({"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": {}}})))
}

fn version(git: &str) -> Value {
    let mut parts = git.trim_start_matches('v').split('.');
    let (major, minor) = (parts.next().unwrap_or("1"), parts.next().unwrap_or("0"));
    json!({
        "major": major, "minor": minor, "gitVersion": format!("v{}", git.trim_start_matches('v')), "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "", "platform": "linux/amd64",
    })
}

fn kinds(server: &ApiServer, fits: impl Fn(&Kind) -> bool) -> Vec<Arc<Kind>> {
    server.store().tables.values().map(|table| table.kind.clone()).filter(|kind| fits(kind)).collect()
}

fn by_group(kinds: Vec<Arc<Kind>>) -> BTreeMap<String, Vec<Arc<Kind>>> {
    let mut groups: BTreeMap<String, Vec<Arc<Kind>>> = BTreeMap::new();
    for kind in kinds {
        groups.entry(kind.group.clone()).or_default().push(kind);
    }
    groups
}

fn versions(kinds: &[Arc<Kind>]) -> Vec<String> {
    let mut versions: Vec<String> = Vec::new();
    for version in kinds.iter().flat_map(|kind| &kind.versions) {
        if !versions.contains(version) {
            versions.push(version.clone());
        }
    }
    versions
}

fn groups(server: &ApiServer, head: &Head, core: bool) -> Reply {
    let groups = by_group(kinds(server, |kind| kind.group.is_empty() == core));
    let accept = head.header(header::ACCEPT);
    let wanted = accept.split(',').find_map(|choice| {
        let aggregated = choice.contains("as=APIGroupDiscoveryList") && choice.contains("g=apidiscovery.k8s.io");
        if aggregated { Some(if choice.contains("v=v2beta1") { "v2beta1" } else { "v2" }) } else { None }
    });
    if let Some(version) = wanted {
        return aggregated(head, &groups, version);
    }
    if core {
        let all: Vec<String> = groups.values().flat_map(|kinds| versions(kinds)).collect();
        let servers = json!([{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}]);
        return respond::value(200, &json!({"kind": "APIVersions", "versions": all, "serverAddressByClientCIDRs": servers}));
    }
    let list: Vec<Value> = groups.iter().map(|(group, kinds)| group_object(group, kinds, false)).collect();
    respond::value(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": list}))
}

fn group_object(group: &str, kinds: &[Arc<Kind>], alone: bool) -> Value {
    let all: Vec<Value> = versions(kinds).iter().map(|v| json!({"groupVersion": join(group, v), "version": v})).collect();
    let mut object = json!({"name": group, "versions": all, "preferredVersion": all.first()});
    if alone {
        object["kind"] = json!("APIGroup");
        object["apiVersion"] = json!("v1");
    }
    object
}

fn verbs(kind: &Kind) -> Value {
    if kind.review {
        return json!(["create"]);
    }
    if kind.custom {
        return json!(["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]);
    }
    json!(["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"])
}

fn resources(server: &ApiServer, group: &str, version: &str) -> Result<Reply, Failure> {
    let kinds = kinds(server, |kind| kind.group == group && kind.versions.iter().any(|v| v == version));
    if kinds.is_empty() {
        return Err(Failure::no_such_path());
    }
    let mut list = Vec::new();
    for kind in kinds {
        let mut resource = json!({
            "name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind, "verbs": verbs(&kind),
        });
        if !kind.short_names.is_empty() {
            resource["shortNames"] = json!(kind.short_names);
        }
        if !kind.categories.is_empty() {
            resource["categories"] = json!(kind.categories);
        }
        list.push(resource);
        if kind.plural == "pods" && !kind.custom {
            list.push(json!({"name": "pods/log", "singularName": "", "namespaced": true, "kind": "Pod", "verbs": ["get"]}));
        }
        if kind.status {
            let name = format!("{}/status", kind.plural);
            list.push(json!({
                "name": name, "singularName": "", "namespaced": kind.namespaced, "kind": kind.kind, "verbs": ["get", "patch", "update"],
            }));
        }
    }
    Ok(respond::value(
        200,
        &json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": join(group, version), "resources": list}),
    ))
}

fn aggregated(head: &Head, groups: &BTreeMap<String, Vec<Arc<Kind>>>, form: &str) -> Reply {
    let items: Vec<Value> = groups
        .iter()
        .map(|(group, kinds)| {
            let versions: Vec<Value> = versions(kinds)
                .iter()
                .map(|version| {
                    let here = kinds.iter().filter(|kind| kind.versions.contains(version));
                    let resources: Vec<Value> = here.map(|kind| discovered(kind, group, version)).collect();
                    json!({"version": version, "resources": resources, "freshness": "Current"})
                })
                .collect();
            let metadata =
                if group.is_empty() { json!({"creationTimestamp": null}) } else { json!({"name": group, "creationTimestamp": null}) };
            json!({"metadata": metadata, "versions": versions})
        })
        .collect();
    let api_version = format!("apidiscovery.k8s.io/{form}");
    let body = json!({"kind": "APIGroupDiscoveryList", "apiVersion": api_version, "metadata": {}, "items": items}).to_string();
    let tag = format!(
        "\"{:x}\"",
        body.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    );
    let known = head.header(header::IF_NONE_MATCH) == tag;
    let kind = if form == "v2" {
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    } else {
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
    };
    let mut reply = if known { respond::reply(304, kind, respond::full("")) } else { respond::reply(200, kind, respond::full(body)) };
    if let Ok(tag) = tag.parse() {
        reply.headers_mut().insert(header::ETAG, tag);
    }
    reply
}

fn discovered(kind: &Kind, group: &str, version: &str) -> Value {
    let response = json!({"group": group, "version": version, "kind": kind.kind});
    let mut subresources = Vec::new();
    if kind.plural == "pods" && !kind.custom {
        subresources.push(json!({"subresource": "log", "responseKind": response, "verbs": ["get"]}));
    }
    if kind.status {
        subresources.push(json!({"subresource": "status", "responseKind": response, "verbs": ["get", "patch", "update"]}));
    }
    let mut resource = json!({
        "resource": kind.plural, "responseKind": response, "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": kind.singular, "verbs": verbs(kind),
    });
    if !kind.short_names.is_empty() {
        resource["shortNames"] = json!(kind.short_names);
    }
    if !kind.categories.is_empty() {
        resource["categories"] = json!(kind.categories);
    }
    if !subresources.is_empty() {
        resource["subresources"] = json!(subresources);
    }
    resource
}
