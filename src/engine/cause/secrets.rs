//! Secrets and certificates that do not come: the store, the copy, the seal, the issuer, or just a name.

use super::words::{bare, between, cut};
use super::{Cause, Seen};
use crate::domain::status::Health;
use crate::domain::verdict::Outside;

const ESO: &str = "external-secrets.io";
/// Characters of a controller's reason that a sentence quotes.
const QUOTE: usize = 200;

fn quoted(message: &str) -> String {
    let message = bare(message);
    if message.is_empty() { String::new() } else { format!(": {}", cut(message, QUOTE)) }
}

/// What keeps a store from answering, in a word.
fn trouble(message: &str) -> &'static str {
    let lower = message.to_lowercase();
    let has = |signs: &[&str]| signs.iter().any(|s| lower.contains(s));
    match () {
        () if has(&["timeout", "timed out", "deadline exceeded", "connection refused", "no such host", "unreachable", "i/o"]) => {
            "unreachable"
        }
        () if has(&["permission denied", "access denied", "accessdenied", "unauthorized", "403", "401", "forbidden", "invalid token"]) => {
            "refuses the login"
        }
        () if has(&["not found", "could not find"]) => "not found",
        () => "not ready",
    }
}

/// What became of the Secrets that are filled from it; nothing where they were not read.
fn copies(seen: &Seen<'_>) -> String {
    match seen.copies.iter().find(|secret| !secret.exists) {
        Some(missing) => format!(" Secret {} is not there.", missing.key.name),
        None if seen.copies.is_empty() => String::new(),
        None => " What was copied before stays.".to_owned(),
    }
}

/// A store that is not the cluster's is in the namespace of what takes from it.
fn store_key(seen: &Seen<'_>, name: &str, is_of_cluster: bool) -> Outside {
    let namespace = seen.key.filter(|_| !is_of_cluster).map_or_else(String::new, |key| key.namespace.to_string());
    Outside::Store { place: seen.place.to_owned(), namespace, name: name.to_owned() }
}

pub fn store(seen: &Seen<'_>) -> Option<Cause> {
    if !seen.is_ill(ESO, &["SecretStore", "ClusterSecretStore"]) || seen.health != Some(Health::Degraded) {
        return None;
    }
    let (name, why) = (seen.name(), trouble(seen.message));
    let sentence = format!("Secret store {name} is {why}{}.{}", quoted(seen.message), copies(seen)).replace("is refuses", "refuses");
    let is_of_cluster = seen.key.is_some_and(|key| key.kind == "ClusterSecretStore");
    Cause::new(format!("secret store {name} {why}"), sentence, "fix_cluster")
        .outside(Some(store_key(seen, name, is_of_cluster)))
        .step(
            "",
            match why {
                "unreachable" => format!("look at the provider behind {name} and at the way to it"),
                _ => format!("look at the provider behind {name} and at its credentials"),
            },
        )
        .done()
}

/// The store or the key is named in its own words where the provider is at fault.
pub fn external(seen: &Seen<'_>) -> Option<Cause> {
    if !seen.is_ill(ESO, &["ExternalSecret", "ClusterExternalSecret", "PushSecret"]) || seen.health != Some(Health::Degraded) {
        return None;
    }
    let name = seen.name();
    let store = between(seen.message, "SecretStore ", '"', '"').filter(|_| seen.message.contains("is not ready"));
    let why = match trouble(seen.message) {
        "not found" => "key not found",
        "not ready" => "not fetched",
        other => other,
    };
    let (short, at) = match store {
        Some(store) => (format!("secret store {store} not ready"), format!("look at secret store {store}")),
        None if why == "unreachable" || why == "refuses the login" => {
            (format!("secret {name}: its store {why}"), "look at its secret store".to_owned())
        }
        None => (format!("secret {name}: {why}"), "correct the remote key in git, or create it in the store".to_owned()),
    };
    let sentence = format!("ExternalSecret {name} cannot be fetched{}.{}", quoted(seen.message), copies(seen));
    let outside = store.map(|store| store_key(seen, store, seen.message.contains("ClusterSecretStore ")));
    Cause::new(short, sentence, "fix_cluster").outside(outside).step("", at).done()
}

pub fn sealed(seen: &Seen<'_>) -> Option<Cause> {
    if !seen.is_ill("bitnami.com", &["SealedSecret"]) || seen.health != Some(Health::Degraded) {
        return None;
    }
    let name = seen.name();
    let key = seen.message.contains("no key could decrypt");
    let short = if key { format!("sealed secret {name}: no key opens it") } else { format!("sealed secret {name} not unsealed") };
    let sentence = format!("SealedSecret {name} cannot be unsealed on {}{}.", seen.place, quoted(seen.message));
    let way = if key { "seal it again for this cluster's key, in git" } else { "look at the sealed-secrets controller" };
    Cause::new(short, sentence, "fix_in_git").step("", way).done()
}

/// Being issued is no failure yet.
pub fn certificate(seen: &Seen<'_>) -> Option<Cause> {
    if !seen.is_ill("cert-manager.io", &["Certificate", "CertificateRequest", "Issuer", "ClusterIssuer"])
        || seen.health != Some(Health::Degraded)
    {
        return None;
    }
    let (name, kind) = (seen.name(), seen.key.map_or("", |k| k.kind.as_str()));
    let word = if kind.ends_with("Issuer") { "issuer" } else { "certificate" };
    let sentence = format!("{kind} {name} is not ready{}.", quoted(seen.message));
    Cause::new(format!("{word} {name} not ready"), sentence, "fix_cluster").step("", "look at its issuer, orders and challenges").done()
}

/// `secret "db" not found`, `configmap "env" not found` of a container that cannot be made.
pub fn secret_missing(seen: &Seen<'_>) -> Option<Cause> {
    let lower = seen.message.to_lowercase();
    let kind = ["secret", "configmap"].into_iter().find(|k| lower.contains(&format!("{k} \"")) || lower.contains(&format!("{k}s \"")))?;
    let label = if kind == "secret" { "Secret" } else { "ConfigMap" };
    let (_, name) = lower.split_once(kind)?;
    let name = between(name, "", '"', '"').filter(|n| lower.contains(&format!("\"{n}\" not found")))?.to_owned();
    let sentence = format!("{label} {name} does not exist on {}, and {} needs it.", seen.place, seen.what());
    Cause::new(format!("{label} {name} does not exist"), sentence, "fix_in_git")
        .step("", format!("add {label} {name} in git, or what makes it"))
        .done()
}

/// `couldn't find key password in Secret shop/db`
pub fn key_missing(seen: &Seen<'_>) -> Option<Cause> {
    let (_, rest) = seen.message.split_once("couldn't find key ")?;
    let (key, rest) = rest.split_once(" in ")?;
    let mut words = rest.split_whitespace();
    let (kind, path) = (words.next()?, bare(words.next()?));
    let name = path.rsplit('/').next().unwrap_or(path);
    Cause::new(
        format!("{kind} {name} has no key {key}"),
        format!("{kind} {path} has no key {key}, and {} needs it.", seen.what()),
        "fix_in_git",
    )
    .step("", format!("add key {key}, or correct its name in git"))
    .done()
}
