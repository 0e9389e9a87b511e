//! The controllers of engines, and what there is to say of them.

use super::{Check, Found};
use crate::app::fleet::Cluster;
use crate::domain::controllers::{Controller, Level, Warning};

pub fn checks(c: &Cluster) -> Vec<Check> {
    let Some(read) = &c.controllers else { return Vec::new() };
    let told = |controller: &Controller| c.warnings.iter().any(|w| w.controller == controller.name && w.level <= Level::Poor);
    let well = read.list.iter().filter(|controller| !told(controller) && controller.desired > 0);
    let mut out: Vec<Check> = c.warnings.iter().map(|w| warning(c, w)).collect();
    out.extend(well.map(|controller| line(c, controller)));
    out
}

fn line(c: &Cluster, controller: &Controller) -> Check {
    let lease = controller.lease.as_ref().map(|l| format!(", led by {}", l.holder)).unwrap_or_default();
    let found = if controller.ready >= controller.desired { Found::Works } else { Found::Unknown };
    let check = Check::new("controller", format!("{} {}", c.name(), controller.name), found, format!("{}{lease}", controller.standing()));
    // Away for a moment only, else a warning would tell.
    if found == Found::Works { check } else { check.fix("look again in a minute: it is being replaced, or did not start yet") }
}

fn warning(c: &Cluster, w: &Warning) -> Check {
    let (area, found) = match (w.level, w.rule.as_str()) {
        (Level::Down, _) => ("controller", Found::Broken),
        (Level::Poor, _) => ("controller", Found::Limited),
        (Level::Known, _) => ("version", Found::Limited),
        (Level::Note, "setting") => ("setting", Found::Works),
        (Level::Note, _) => ("engine", Found::Unknown),
    };
    let name = if w.controller.is_empty() { w.engine.title() } else { &w.controller };
    let check = Check::new(area, format!("{} {name}", c.name()), found, w.sentence.clone());
    let steps: Vec<&str> = w.next.iter().filter(|s| s.key.is_empty()).map(|s| s.text.as_str()).collect();
    match (found, steps.is_empty()) {
        (Found::Works, _) => check,
        (_, false) => check.fix(steps.join("; ")),
        (_, true) => check.fix("look at its pods and its log"),
    }
}
