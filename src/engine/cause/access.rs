//! The account that applies may not do what git asks for. Which account that is decides who has to do what.

use super::words::{between, word_after};
use super::{Cause, Seen};

const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// Who was refused.
struct Account<'a> {
    /// Without its namespace; of a person the whole name.
    name: &'a str,
    /// `service account shop/team-a`.
    title: String,
    /// How the engine came to act as it, a sentence; empty where the words are not the engine's.
    told: String,
    /// The engine's own: the row names the engine.
    is_own: bool,
}

impl<'a> Account<'a> {
    fn of(seen: &Seen<'_>, user: &'a str) -> Self {
        let path = user.strip_prefix(SERVICE_ACCOUNT);
        let (namespace, name) = path.and_then(|p| p.split_once(':')).unwrap_or(("", user));
        let title = if namespace.is_empty() { format!("user {name}") } else { format!("service account {namespace}/{name}") };
        let account = Self { name, title, told: String::new(), is_own: false };
        let Some(acting) = seen.acting else { return account };
        let chosen = acting.chosen.iter().find(|(who, _)| match who.split_once(':') {
            Some(pair) => pair == (namespace, name),
            None => *who == name,
        });
        let is_own = chosen.is_none() && acting.own.contains(&name);
        let told = match chosen {
            Some((_, place)) => format!(" {} acts as it because {place} names it.", seen.actor),
            None if is_own => format!(" It is {}'s own.", seen.actor),
            None => format!(" {} acts as it because of {}.", seen.actor, acting.other),
        };
        Self { told, is_own, ..account }
    }

    /// For the row.
    fn short(&self, seen: &Seen<'a>) -> &'a str {
        if self.is_own { seen.actor } else { self.name }
    }
}

/// `roles … is forbidden: User "system:serviceaccount:shop:team-a" cannot create resource "roles" in API group "…" in the namespace "shop"`
pub fn forbidden(seen: &Seen<'_>) -> Option<Cause> {
    let (_, rest) = seen.message.split_once("is forbidden: ")?;
    let account = Account::of(seen, between(rest, "User ", '"', '"')?);
    let verb = word_after(rest, "cannot ")?;
    let what = between(rest, "resource ", '"', '"').unwrap_or("objects");
    let place = between(rest, "in the namespace ", '"', '"').map(|n| format!(" in {n}")).unwrap_or_default();
    let sentence = format!("{} is not allowed to {verb} {what}{place}.{}", first_upper(&account.title), account.told);
    Cause::new(format!("{} may not {verb} {what}{place}", account.short(seen)), sentence, "fix_in_git")
        .step("", format!("if it should, bind {} to a role in git that may {verb} {what}", account.name))
        .step("s", "once the binding is there")
        .done()
}

/// `user "system:serviceaccount:…" … is attempting to grant RBAC permissions not currently held`
pub fn escalation(seen: &Seen<'_>) -> Option<Cause> {
    if !seen.message.contains("attempting to grant RBAC permissions not currently held") {
        return None;
    }
    let account = Account::of(seen, between(seen.message, "user ", '"', '"').unwrap_or(seen.actor));
    let sentence = format!(
        "{} grants rights that {} does not hold itself, so the API server refuses it.{}",
        first_upper(seen.what()),
        account.title,
        account.told
    );
    Cause::new(format!("{} may not grant these rights", account.short(seen)), sentence, "fix_in_git")
        .step("", format!("bind {} to those rights first", account.name))
        .done()
}

fn first_upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
