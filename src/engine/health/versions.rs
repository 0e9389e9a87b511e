//! Versions of which something is known that an operator must know, with the thread that tells it.
//! To extend: a line in [`KNOWN`].

use super::{Facts, of_engine, step};
use crate::domain::controllers::{Level, Warning};
use crate::domain::ids::EngineKind;

type Version = (u32, u32, u32);

/// What is wrong in a range of versions; the end does not count to it.
struct Known {
    engine: EngineKind,
    /// The controller whose version counts; empty = that of the engine.
    component: &'static str,
    from: Version,
    before: Version,
    says: &'static str,
    /// What to do about it.
    step: &'static str,
    thread: &'static str,
}

const LEAK: &str = "a sync that is asked for on the object keeps resources, prune and revision of the sync before it; driftdeck clears them first, other tools may not";

static KNOWN: [Known; 4] = [
    Known {
        engine: EngineKind::Argo,
        component: "",
        from: (3, 0, 0),
        before: (3, 2, 0),
        says: LEAK,
        step: "upgrade to a release that replaces the state of an operation as a whole",
        thread: "argoproj/argo-cd#29332",
    },
    Known {
        engine: EngineKind::Argo,
        component: "",
        from: (3, 5, 0),
        before: (3, 5, 3),
        says: LEAK,
        step: "upgrade to 3.5.3 or newer, after a look at argoproj/argo-cd#29741",
        thread: "argoproj/argo-cd#29332",
    },
    Known {
        engine: EngineKind::Argo,
        component: "",
        from: (3, 5, 3),
        before: (3, 5, 4),
        says: "on API servers that refuse a null operation a sync never ends: its state stays as it was and the operation stays on the object",
        step: "where operations hang, upgrade or go back to 3.5.2",
        thread: "argoproj/argo-cd#29741",
    },
    Known {
        engine: EngineKind::Flux,
        component: "kustomize-controller",
        from: (1, 0, 0),
        before: (1, 9, 0),
        says: "objects of a commit that failed and was soon followed by another one may stay behind: no later run prunes them",
        step: "upgrade to 1.9.0 or newer; look for objects that git no longer has",
        thread: "fluxcd/kustomize-controller#1664",
    },
];

/// `3.5.1` and `3.5.1-rc1`; a branch has no number.
fn parse(text: &str) -> Option<Version> {
    let plain = text.trim_start_matches('v').split(['-', '+']).next()?;
    let mut numbers = plain.split('.').map(str::parse);
    let mut number = || numbers.next()?.ok();
    Some((number()?, number()?, number().unwrap_or(0)))
}

pub(super) fn known(facts: &Facts<'_>) -> Vec<Warning> {
    KNOWN.iter().filter_map(|known| of(facts, known)).collect()
}

fn of(facts: &Facts<'_>, known: &Known) -> Option<Warning> {
    let is_in = |text: &&str| parse(text).is_some_and(|v| v >= known.from && v < known.before);
    let (name, version) = if known.component.is_empty() {
        let engine = facts.engines.iter().find(|e| e.name == known.engine)?;
        (known.engine.title(), engine.version.as_deref().filter(is_in)?)
    } else {
        let mut all = facts.of(known.engine).filter(|c| c.component == known.component).filter_map(|c| c.version.as_deref());
        (known.component, all.find(is_in)?)
    };
    let short = format!("{name} {version}: {}", known.thread);
    let sentence = format!("{name} {version} of {}: {} ({}).", facts.cluster, known.says, known.thread);
    Some(Warning { next: vec![step("", known.step)], ..of_engine(known.engine, Level::Known, "version", short, sentence) })
}
