//! What makes an app, and what it makes.

use super::facts::{Facts, Say};
use crate::domain::app::App;
use crate::domain::ids::AppKind;
use crate::domain::status::Severity;
use crate::domain::verdict::{Evidence, Verdict, Weight};
use crate::engine::{children_step, holds, trouble};

/// Above this many nothing is told of an app any more.
const LINKS: usize = 5;

fn parent_of<'a>(facts: &Facts<'a>, app: &App) -> Option<&'a App> {
    let (namespace, name) = app.flux()?.parent.as_ref()?;
    let is_it = |a: &&App| {
        a.id.kind == AppKind::Kustomization && a.id.cluster == app.id.cluster && a.id.namespace == *namespace && a.id.name == *name
    };
    facts.context.related.iter().copied().find(is_it)
}

/// The nearest one above it that applies nothing: what git says of this object does not arrive.
pub fn line(facts: &Facts<'_>) -> Option<Evidence> {
    let mut child = facts.app;
    for _ in 0..LINKS {
        let parent = parent_of(facts, child)?;
        if let Some((weight, state)) = trouble(parent, child) {
            let value = format!("{state}: a change of this object in git does not arrive");
            let what = format!("parent {}", parent.id.name);
            return Some(Evidence { weight, what, value, source: "status".into(), at: parent.since });
        }
        child = parent;
    }
    None
}

/// Flux calls a Kustomization applied whatever becomes of the apps in it.
pub fn children(facts: &Facts<'_>) -> Option<Verdict> {
    if facts.app.flux()?.assesses_health {
        return None;
    }
    let made = |a: &&App| holds(facts.app, a) && parent_of(facts, a).is_none_or(|p| p.id == facts.app.id);
    let children: Vec<&App> = facts.context.related.iter().copied().filter(made).collect();
    let is_ill = |a: &&App| a.severity().is_broken() || a.severity() == Severity::Missing;
    let broken: Vec<&App> = children.iter().copied().filter(is_ill).collect();
    if broken.is_empty() {
        return None;
    }
    let sentence = format!(
        "{} holds {} other apps: {} not healthy. Flux counts them as applied and looks no further.",
        facts.name(),
        children.len(),
        broken.iter().map(|a| a.id.name.as_str()).collect::<Vec<_>>().join(", ")
    );
    Say::new(format!("{} of {} child apps broken", broken.len(), children.len()), sentence, "look_at_child")
        .step("3 enter", children_step(broken.len()))
        .look_at(broken)
        .proof([facts.own(Weight::Plain, facts.condition("Ready"))])
        .done()
}
