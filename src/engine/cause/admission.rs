//! The API server took the request and something that guards it said no, or did not answer.

use super::words::{bare, between, cut};
use super::{Cause, Seen};
use crate::domain::verdict::Outside;

/// Characters of a guard's reason that a sentence quotes.
const QUOTE: usize = 200;

/// `exceeded quota: team-a, requested: cpu=2, used: cpu=8, limited: cpu=8`
pub fn quota(seen: &Seen<'_>) -> Option<Cause> {
    let (_, rest) = seen.message.split_once("exceeded quota: ")?;
    let name = rest.split([',', ' ']).next().filter(|n| !n.is_empty())?;
    let first = |what: &str| {
        let list = rest.split_once(what)?.1;
        let (resource, amount) = list.split([',', ' ']).next()?.split_once('=')?;
        Some((resource, bare(amount)))
    };
    let (short, room) = match (first("used: "), first("limited: ")) {
        (Some((resource, used)), Some((_, limit))) => {
            let asked = first("requested: ").map(|(_, n)| format!(", {n} more asked for")).unwrap_or_default();
            (format!("quota {name}: {resource} {used} of {limit} used"), format!(" ({resource}: {used} of {limit} used{asked})"))
        }
        _ => (format!("quota {name} is used up"), String::new()),
    };
    // Pods and other objects are counted, whatever they ask for.
    let is_count = first("used: ").is_some_and(|(resource, _)| !["cpu", "memory", "storage"].iter().any(|what| resource.ends_with(what)));
    let less = if is_count { "run fewer" } else { "ask for less" };
    Cause::new(short, format!("Quota {name} leaves no room for {}{room}.", seen.what()), "fix_cluster")
        .step("", format!("raise quota {name} in git, or {less}"))
        .done()
}

/// `failed quota: team-a: must specify limits.cpu`
pub fn quota_unsaid(seen: &Seen<'_>) -> Option<Cause> {
    let (_, rest) = seen.message.split_once("failed quota: ")?;
    let (name, wants) = rest.split_once(": must specify ")?;
    let wants = bare(wants.split(" for:").next().unwrap_or(wants));
    Cause::new(format!("quota {name} wants {wants}"), format!("Quota {name} takes {} only with {wants} set.", seen.what()), "fix_in_git")
        .step("", format!("set {wants} in git"))
        .done()
}

/// `failed calling webhook "x": failed to call webhook: Post "https://…": connection refused`
pub fn webhook_down(seen: &Seen<'_>) -> Option<Cause> {
    let (_, rest) = seen.message.split_once("failed calling webhook ")?;
    let name = between(rest, "", '"', '"').unwrap_or("?");
    let lower = rest.to_lowercase();
    let signs = [
        ("connection refused", "connection refused"),
        ("no endpoints available", "no pod serves it"),
        ("deadline exceeded", "no answer in time"),
        ("timeout", "no answer in time"),
        ("x509", "its certificate is not trusted"),
        ("not found", "its service does not exist"),
    ];
    let why = signs.iter().find(|(sign, _)| lower.contains(sign)).map_or("it does not answer", |(_, why)| why);
    let sentence = format!(
        "Admission webhook {name} does not answer ({why}), so the API server of {} takes no such object: {}.",
        seen.place,
        seen.what()
    );
    Cause::new(format!("webhook {name}: {why}"), sentence, "fix_cluster")
        .outside(Some(Outside::Webhook { place: seen.place.to_owned(), name: name.to_owned() }))
        .step("", "look at the pods behind that webhook; every app of the cluster may be held up by it")
        .done()
}

/// `admission webhook "x" denied the request: …`
pub fn webhook_denied(seen: &Seen<'_>) -> Option<Cause> {
    let (before, why) = seen.message.split_once(" denied the request")?;
    let name = between(before, "admission webhook ", '"', '"')?;
    let why = why.trim_start_matches(|c: char| c == ':' || c.is_whitespace());
    // Kyverno names the policy behind its one webhook.
    let policy = why.split_once("following policies ").and_then(|(_, rest)| rest.split([':', ' ']).find(|w| !w.is_empty()));
    refused(seen, policy.unwrap_or(name), &format!("Admission webhook {name}"), why)
}

/// `ValidatingAdmissionPolicy 'no-latest-tag' with binding 'all' denied request: …`
pub fn policy_denied(seen: &Seen<'_>) -> Option<Cause> {
    let (before, why) = seen.message.split_once(" denied request: ")?;
    let name = between(before, "ValidatingAdmissionPolicy ", '\'', '\'')?;
    refused(seen, name, &format!("Admission policy {name}"), why)
}

fn refused(seen: &Seen<'_>, name: &str, who: &str, why: &str) -> Option<Cause> {
    let why = bare(why);
    let told = if why.is_empty() { String::new() } else { format!(" and says: {}", cut(why, QUOTE)) };
    Cause::new(format!("refused by policy: {name}"), format!("{who} refused {}{told}.", seen.what()), "fix_in_git")
        .step("", "change what it refuses in git")
        .done()
}

/// `violates PodSecurity "restricted:latest": …`
pub fn pod_security(seen: &Seen<'_>) -> Option<Cause> {
    let (_, rest) = seen.message.split_once("violates PodSecurity ")?;
    let level = between(rest, "", '"', '"')?;
    let level = level.split(':').next().unwrap_or(level);
    let why = rest.split_once("\": ").map(|(_, why)| format!(": {}", cut(bare(why), QUOTE))).unwrap_or_default();
    let sentence = format!("The namespace takes only pods of security level {level}, which refused {}{why}.", seen.what());
    Cause::new(format!("pod security: not {level}"), sentence, "fix_in_git").step("", "change the security context in git").done()
}
