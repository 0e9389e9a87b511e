//! `status`: the contract of its JSON, and the exit codes.

use super::command::{Fleet, ONE, command, run};
use super::screen::Home;
use serde_json::Value;

const APP: &[&str] = &[
    "home",
    "destination",
    "engine",
    "kind",
    "namespace",
    "name",
    "uid",
    "sync",
    "health",
    "suspended",
    "auto_sync",
    "operation",
    "revision",
    "sources",
    "verdict",
    "observed_at",
];

fn has(value: &Value, keys: &[&str], what: &str) {
    for key in keys {
        assert!(value.get(key).is_some(), "{what} lacks {key} (unknown is null, never absent): {value}");
    }
}

#[test]
fn the_json_holds_every_field_of_the_contract_and_an_unread_cluster_wins_the_exit_code() {
    let home = Home::new();
    let fleet = Fleet::serve(&home, &["night"]);
    let (code, out, err) = run(&home, &["status", "-o", "json", "--kubeconfig", &fleet.kubeconfig, "--all-contexts", "--timeout", "20s"]);
    assert_eq!(code, 2, "edge-syd does not answer: {err}");
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["schema"], 1);
    let (clusters, apps) = (document["clusters"].as_array().unwrap(), document["apps"].as_array().unwrap());
    for cluster in clusters {
        has(cluster, &["name", "link", "link_reason", "engines"], "a cluster");
        for engine in cluster["engines"].as_array().unwrap() {
            has(engine, &["name", "version"], "an engine");
        }
    }
    let link = |name: &str| clusters.iter().find(|c| c["name"] == name).map(|c| c["link"].as_str().unwrap().to_owned());
    assert_eq!(
        (link("prod-eu").as_deref(), link("edge-syd").as_deref(), link("dev-shared").as_deref()),
        (Some("live"), Some("unreachable"), Some("forbidden"))
    );
    let engines: Vec<(&str, &str)> = clusters
        .iter()
        .flat_map(|c| c["engines"].as_array().unwrap())
        .filter_map(|e| Some((e["name"].as_str()?, e["version"].as_str()?.trim_start_matches('v'))))
        .collect();
    assert!(engines.contains(&("argo", "3.5.1")) && engines.contains(&("flux", "2.9.4")), "{engines:?}");
    assert!(apps.len() >= 35, "{}", apps.len());
    for app in apps {
        has(app, APP, "an app");
        has(&app["destination"], &["cluster", "name", "server", "namespace"], "a destination");
        has(&app["verdict"], &["short", "sentence", "next"], "a verdict");
        if !app["operation"].is_null() {
            has(&app["operation"], &["phase", "message", "started_at"], "an operation");
        }
        for source in app["sources"].as_array().unwrap() {
            has(source, &["type", "url", "path", "chart", "ref", "revision"], "a source");
        }
        assert!(app["observed_at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
        let word = |field: &str| app[field].as_str().unwrap().to_owned();
        assert!(["Synced", "OutOfSync", "Unknown"].contains(&word("sync").as_str()), "{app}");
        assert!(["Healthy", "Progressing", "Suspended", "Missing", "Degraded", "Unknown"].contains(&word("health").as_str()), "{app}");
    }
    let payments: Vec<&Value> = apps.iter().filter(|a| a["name"] == "payments").collect();
    assert_eq!(payments.len(), 4, "argocd/payments and ap/payments are two of them");
    assert_eq!(apps[0]["name"], "payments", "worst first");
}

#[test]
fn exit_codes_tell_well_from_unwell() {
    let home = Home::new();
    let fleet = Fleet::serve(&home, &["night"]);
    let (code, out, err) = run(&home, &["status", "--kubeconfig", &fleet.kubeconfig, "--context", "prod-eu"]);
    assert_eq!(code, 1, "{err}");
    assert!(out.contains("payments") && out.contains("prod-eu") && !out.contains('\x1b'), "{out}");
    let (code, _, err) = run(&home, &["status", "--kubeconfig", &fleet.kubeconfig]);
    assert!(code == 0 || code == 1);
    assert!(err.contains("current context"), "it says what it reads: {err}");
    let quiet = Fleet::serve(&home, &["quiet"]);
    let (code, out, err) = run(&home, &["status", "-o", "wide", "--kubeconfig", &quiet.kubeconfig, "--context", "stage-*"]);
    assert_eq!(code, 0, "{out}{err}");
    let nobody = home.write("kubeconfig", ONE);
    let (code, _, _) = run(&home, &["status", "--kubeconfig", &nobody, "--timeout", "5s"]);
    assert_eq!(code, 2);
}

#[test]
fn namespaces_and_globs_narrow_what_is_read() {
    let home = Home::new();
    let fleet = Fleet::serve(&home, &["night"]);
    let (_, out, _) = run(&home, &["status", "-o", "json", "--kubeconfig", &fleet.kubeconfig, "--context", "hub-*", "-n", "ap"]);
    let document: Value = serde_json::from_str(&out).unwrap();
    let apps = document["apps"].as_array().unwrap();
    assert!(!apps.is_empty() && apps.iter().all(|a| a["namespace"] == "ap" && a["home"] == "hub-eu"), "{out}");
}

#[test]
fn a_reader_that_is_gone_and_a_full_disk_end_status_without_a_panic() {
    let home = Home::new();
    let nobody = home.write("kubeconfig", ONE);
    let args = ["status", "-o", "json", "--kubeconfig", nobody.as_str(), "--timeout", "1s"];
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let gone = command(&home, &args).stdout(writer).output().unwrap();
    assert_eq!(gone.status.code(), Some(2), "{}", String::from_utf8_lossy(&gone.stderr));
    if let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") {
        let full = command(&home, &args).stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&full.stderr).into_owned();
        assert!(full.status.code() == Some(74) && said.contains("standard output") && !said.contains("panic"), "{said}");
    }
}
