//! Waiting for another app (`dependsOn`).

use super::facts::{Facts, Say};
use super::health::failed_objects;
use crate::domain::app::App;
use crate::domain::status::Health;
use crate::domain::verdict::{Evidence, Verdict, Weight};
use crate::engine::flux::message::between;

pub fn waits(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = facts.not_ready_for("DependencyNotReady")?;
    let path = between(&ready.message, "dependency", '\'', '\'').unwrap_or("another app");
    let name = path.rsplit('/').next().unwrap_or(path);
    let app = facts.name();
    let behind = ready.message.contains("revision is not up to date");
    let condition = if behind { format!("{name} has applied the newest revision") } else { format!("{name} is ready") };
    let other = facts.context.related.iter().copied().find(|a| a.id.path() == path && a.id.kind == facts.app.id.kind);
    let told = other.and_then(|o| state_of(facts, o)).map(|s| format!("; {name} {s}")).unwrap_or_default();
    let sentence = format!("{app} must not apply before {condition} (dependsOn){told}. {}", own_state(facts));
    Say::new(format!("waits for {name} (dependsOn)"), sentence, if behind { "wait" } else { "look_at_child" })
        .step("enter", format!("goes to {name}"))
        .soon(Some("Flux looks at the dependency again every 30s.".into()))
        .proof([facts.own(Weight::Busy, Some(ready))])
        .proof(other.and_then(|o| line(facts, o)))
        .proof(facts.condition("Healthy").filter(|c| c.status == Some(false)).map(|c| facts.own(Weight::Bad, Some(c))))
        .done()
}

fn own_state(facts: &Facts<'_>) -> String {
    match (facts.revision(), facts.app.health) {
        (Some(live), Health::Degraded) => {
            let objects = failed_objects(facts);
            let of = if objects.is_empty() { String::new() } else { format!(" ({objects})") };
            format!("{live} is live and its health check did not pass{of}.")
        }
        (Some(live), _) => format!("{live} stays until then."),
        (None, _) => "Nothing of it has been applied.".to_owned(),
    }
}

fn state_of(facts: &Facts<'_>, other: &App) -> Option<String> {
    let since = facts.age(other.since).map(|a| format!(" for {a}")).unwrap_or_default();
    match () {
        () if other.suspended => Some("is suspended".to_owned()),
        () if other.severity().is_broken() => Some(format!("has failed{since}")),
        () if other.health == Health::Progressing => Some(format!("is progressing{since}")),
        () => None,
    }
}

fn line(facts: &Facts<'_>, other: &App) -> Option<Evidence> {
    let weight = if other.severity().is_broken() { Weight::Bad } else { Weight::Plain };
    let value = state_of(facts, other)?;
    Some(Evidence { weight, what: format!("{} {}", other.id.kind.kind(), other.id.name), value, source: "status".into(), at: other.since })
}
