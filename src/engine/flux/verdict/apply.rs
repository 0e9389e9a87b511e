//! The API server did not take what was built.

use super::facts::{Facts, Say, failure};
use crate::domain::app::Condition;
use crate::domain::verdict::Verdict;
use crate::engine::flux::message::{between, object_path, word_after};

fn not_applied<'a>(facts: &Facts<'a>) -> Option<&'a Condition> {
    facts.not_ready().filter(|c| matches!(c.reason.as_str(), "ReconciliationFailed" | "PruneFailed"))
}

fn close(facts: &Facts<'_>, say: Say) -> Option<Verdict> {
    let broke = facts.wanted() != facts.revision() && facts.revision().is_some();
    let say = if broke { say.step("R", format!("roll back to {}", facts.runs())) } else { say };
    say.step("d", "what was to be applied").done()
}

/// `Service demo/bad` from the head of the message.
fn object(message: &str) -> Option<String> {
    object_path(message).map(|(kind, path)| format!("{kind} {path}"))
}

fn untouched(facts: &Facts<'_>) -> String {
    match facts.revision() {
        Some(revision) => format!("{revision} was the last one applied."),
        None => "Nothing was ever applied.".to_owned(),
    }
}

pub fn forbidden(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_applied(facts).filter(|c| c.message.contains("is forbidden") && c.message.contains("cannot "))?;
    let account = between(&ready.message, "User ", '"', '"').unwrap_or("Flux");
    let account = account.rsplit(':').next().unwrap_or(account);
    let verb = word_after(&ready.message, "cannot ").unwrap_or("write");
    let what = between(&ready.message, "resource ", '"', '"').unwrap_or("objects");
    let place = between(&ready.message, "namespace ", '"', '"').map(|n| format!(" in {n}")).unwrap_or_default();
    let sentence = format!("Service account {account} is not allowed to {verb} {what}{place}. {}", untouched(facts));
    failure(facts, ready, format!("Flux may not {verb} {what}{place}"), sentence, "fix_in_git")
        .step("s", "once the binding is fixed in git")
        .done()
}

pub fn kind_unknown(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_applied(facts).filter(|c| c.message.contains("no matches for kind"))?;
    let kind = between(&ready.message, "no matches for kind ", '"', '"').unwrap_or("?");
    let sentence = format!("{} does not know {kind}: its CRD is not installed. {}", facts.place(), untouched(facts));
    failure(facts, ready, format!("CRD missing: {kind}"), sentence, "fix_in_git").step("", "sync the app that brings the CRD first").done()
}

pub fn immutable(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_applied(facts).filter(|c| c.message.contains("is immutable"))?;
    let object = object(&ready.message)?;
    let sentence = format!("{object} exists and the API server does not let it be changed that way. {}", untouched(facts));
    close(facts, failure(facts, ready, format!("cannot change: {object} is immutable"), sentence, "fix_in_git"))
}

pub fn over_quota(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_applied(facts).filter(|c| c.message.contains("exceeded quota"))?;
    let quota = word_after(&ready.message, "exceeded quota: ").map_or("?", |w| w.trim_end_matches(','));
    let object = object(&ready.message).unwrap_or_else(|| "an object".into());
    let sentence = format!("Quota {quota} leaves no room for {object}. {}", untouched(facts));
    close(facts, failure(facts, ready, format!("over quota {quota}"), sentence, "fix_in_git"))
}

pub fn refused_by_policy(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_applied(facts).filter(|c| c.message.contains("admission webhook"))?;
    let policy = between(&ready.message, "admission webhook ", '"', '"').unwrap_or("?");
    let object = object(&ready.message).unwrap_or_else(|| "an object".into());
    let wanted = facts.wanted().unwrap_or("the new revision");
    let sentence = format!("Admission webhook {policy} refused {object}. {wanted} was not applied. {}", untouched(facts));
    close(facts, failure(facts, ready, format!("refused by policy: {policy}"), sentence, "fix_in_git"))
}

pub fn failed(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_applied(facts)?;
    let wanted = facts.wanted().unwrap_or("the new revision");
    let (short, sentence) = match object(&ready.message) {
        Some(object) => {
            let cause = cause(&ready.message);
            let kind_name = object.rsplit('/').next().unwrap_or(&object);
            let kind = object.split(' ').next().unwrap_or_default();
            (
                format!("refused: {kind} {kind_name} is not valid"),
                format!("The API server refuses {object} of {wanted}: {cause}. {}", untouched(facts)),
            )
        }
        None => {
            let cause: String = ready.message.chars().take(27).collect();
            (format!("apply fails: {cause}"), format!("Flux cannot apply {wanted}: {}. {}", ready.message, untouched(facts)))
        }
    };
    let invalid = ready.message.contains("(Invalid)");
    let short = if invalid { short } else { short.replace("refused: ", "apply fails: ").replace(" is not valid", "") };
    close(facts, failure(facts, ready, short, sentence, "fix_in_git"))
}

/// The first complaint in the list of an Invalid answer, else all that follows the object.
fn cause(message: &str) -> String {
    let after = message.split_once("is invalid: ").or_else(|| message.split_once(": ")).map_or(message, |(_, rest)| rest);
    let first = after.trim_start_matches('[').split(", spec.").next().unwrap_or(after);
    first.trim_end_matches(']').trim().to_owned()
}
