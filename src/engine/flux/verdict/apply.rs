//! The API server did not take what was built.

use super::facts::{Facts, Say, fails_again, failure};
use crate::domain::app::Condition;
use crate::domain::verdict::Verdict;
use crate::engine::cause::cut;
use crate::engine::cause::{self, Seen};
use crate::engine::existing::{NAMESPACE, Near};
use crate::engine::flux::message::{between, object_path};

fn not_applied<'a>(facts: &Facts<'a>) -> Option<&'a Condition> {
    facts.not_ready().filter(|c| matches!(c.reason.as_str(), "ReconciliationFailed" | "PruneFailed"))
}

fn close(facts: &Facts<'_>, say: Say, is_of_git: bool) -> Option<Verdict> {
    let broke = is_of_git && facts.wanted() != facts.revision() && facts.revision().is_some();
    let say = if broke { say.step("R", format!("roll back to {}", facts.runs())) } else { say };
    say.step_once("d", "what was to be applied").done()
}

/// `Service demo/bad` from the head of the message.
fn object(message: &str) -> Option<String> {
    object_path(message).map(|(kind, path)| format!("{kind} {path}"))
}

fn untouched(facts: &Facts<'_>) -> String {
    match facts.revision() {
        Some(revision) if facts.wanted() == Some(revision) => {
            let own = format!("{} {}", facts.app.id.kind.kind(), facts.name());
            format!("git has not moved: {revision} was applied before. What changed is {own} or the cluster.")
        }
        Some(revision) => format!("{revision} was the last one applied."),
        None => "Nothing was ever applied.".to_owned(),
    }
}

/// `namespaces "cart" not found` where `carts` is meant: a new namespace would get a second copy of the app.
pub fn wrong_namespace(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_applied(facts)?;
    let name = between(&ready.message, "namespaces ", '"', '"').filter(|_| ready.message.ends_with("not found"))?;
    let Some(Near::Name(near)) = facts.context.near(NAMESPACE, "", name) else { return None };
    let is_target = facts.flux.target_namespace.as_deref() == Some(name);
    let object = object(&ready.message).unwrap_or_else(|| "an object".to_owned());
    let sentence =
        format!("Namespace {name} does not exist on {}, so {object} cannot be put there; {near} does. {}", facts.place(), untouched(facts));
    let fix = match is_target {
        true => format!("correct spec.targetNamespace to {near} of {}", facts.own_object()),
        false => format!("correct the namespace to {near} in git"),
    };
    let say = failure(facts, ready, cut(&format!("namespace {name} does not exist"), 40), sentence, "fix_in_git")
        .soon(fails_again(facts.soon()))
        .step("", fix);
    close(facts, say, true)
}

/// A cause that the words name, whoever said them.
pub fn known(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_applied(facts)?;
    let object = object(&ready.message).unwrap_or_default();
    let cause = cause::of(&Seen::told(&ready.message, &object, "Flux", &facts.place()).by(&facts.acting()))?;
    let wanted = facts.wanted().filter(|wanted| facts.revision() != Some(wanted));
    let wanted = wanted.map(|wanted| format!(" {wanted} was not applied.")).unwrap_or_default();
    let sentence = format!("{}{wanted} {}", cause.sentence, untouched(facts));
    let is_of_git = cause.is_of_git();
    let say = failure(facts, ready, cause.short, sentence, cause.word).outside(cause.outside);
    let is_of_git = is_of_git && cause.next.iter().all(|s| s.key != "R");
    close(facts, cause.next.into_iter().fold(say, |say, step| say.step(&step.key, step.text)), is_of_git)
}

pub fn failed(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = not_applied(facts)?;
    let wanted = facts.wanted().unwrap_or("the new revision");
    let (short, sentence) = match object(&ready.message) {
        Some(object) => {
            let cause = complaint(&ready.message);
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
    close(facts, failure(facts, ready, short, sentence, "fix_in_git"), true)
}

/// The first complaint in the list of an Invalid answer, else all that follows the object.
fn complaint(message: &str) -> String {
    let after = message.split_once("is invalid: ").or_else(|| message.split_once(": ")).map_or(message, |(_, rest)| rest);
    let first = after.trim_start_matches('[').split(", spec.").next().unwrap_or(after);
    first.trim_end_matches(']').trim().to_owned()
}
