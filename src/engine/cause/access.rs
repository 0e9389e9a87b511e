//! The engine itself may not do what git asks for.

use super::words::{between, word_after};
use super::{Cause, Seen};

/// `roles … is forbidden: User "system:serviceaccount:shop:team-a" cannot create resource "roles" in API group "…" in the namespace "shop"`
pub fn forbidden(seen: &Seen<'_>) -> Option<Cause> {
    let (_, rest) = seen.message.split_once("is forbidden: ")?;
    let user = between(rest, "User ", '"', '"')?;
    let account = user.rsplit(':').next().unwrap_or(user);
    let whose = if user.starts_with("system:serviceaccount:") { "Service account" } else { "User" };
    let verb = word_after(rest, "cannot ")?;
    let what = between(rest, "resource ", '"', '"').unwrap_or("objects");
    let place = between(rest, "in the namespace ", '"', '"').map(|n| format!(" in {n}")).unwrap_or_default();
    let sentence = format!("{whose} {account} is not allowed to {verb} {what}{place}.");
    Cause::new(format!("{} may not {verb} {what}{place}", seen.actor), sentence, "fix_in_git")
        .step("", format!("let {account} {verb} {what} in git"))
        .step("s", "once the binding is there")
        .done()
}

/// `user "system:serviceaccount:…" … is attempting to grant RBAC permissions not currently held`
pub fn escalation(seen: &Seen<'_>) -> Option<Cause> {
    if !seen.message.contains("attempting to grant RBAC permissions not currently held") {
        return None;
    }
    let user = between(seen.message, "user ", '"', '"').unwrap_or(seen.actor);
    let account = user.rsplit(':').next().unwrap_or(user);
    let sentence = format!(
        "{} grants rights that service account {account} does not hold itself, so the API server refuses it.",
        first_upper(seen.what())
    );
    Cause::new(format!("{} may not grant these rights", seen.actor), sentence, "fix_in_git")
        .step("", format!("bind {account} to those rights first"))
        .done()
}

fn first_upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
