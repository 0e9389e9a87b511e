//! Controllers of which none, or not all, are ready.

use super::parts::{self, NOTIFICATION};
use super::{Facts, step};
use crate::domain::Timestamp;
use crate::domain::controllers::{Controller, Level, Reach, Warning};
use crate::domain::duration::{long_age, seconds_between, short_age};
use crate::domain::ids::EngineKind;
use std::collections::BTreeMap;

/// A controller that is replaced by a newer one is away for a moment, seconds.
const CHANGE: u64 = 60;

/// All workloads of one component of one instance: shards, or the two forms of Argo CD's controller of which one is at 0 on purpose.
struct Group<'a> {
    members: Vec<&'a Controller>,
}

impl<'a> Group<'a> {
    fn desired(&self) -> u32 {
        self.members.iter().map(|c| c.desired).sum()
    }
    fn ready(&self) -> u32 {
        self.members.iter().map(|c| c.ready).sum()
    }
    /// The one to look at: of those that should run the one with the fewest ready.
    fn first(&self) -> Option<&'a Controller> {
        self.members.iter().copied().max_by_key(|c| (c.desired > 0, c.desired.saturating_sub(c.ready)))
    }
    fn since(&self) -> Option<Timestamp> {
        let of = |c: &&Controller| c.down_since.or_else(|| c.pods.as_ref().and_then(|p| p.unready_since));
        self.members.iter().filter(|c| c.ready < c.desired).filter_map(of).min()
    }
}

fn groups<'a>(facts: &Facts<'a>) -> Vec<Group<'a>> {
    let mut by: BTreeMap<(EngineKind, &str, &str), Group<'a>> = BTreeMap::new();
    for controller in &facts.read.list {
        let key = (controller.engine, controller.namespace.as_str(), controller.component.as_str());
        by.entry(key).or_insert_with(|| Group { members: Vec::new() }).members.push(controller);
    }
    by.into_values().collect()
}

/// None is ready, and not only for the moment that a change takes; for how long, where that is known.
fn is_down(facts: &Facts<'_>, group: &Group<'_>) -> Option<Option<u64>> {
    let age = group.since().map(|at| seconds_between(at, facts.there()));
    let lasts = match age {
        Some(age) => age >= CHANGE,
        // Nobody is replaced where none should run: what is wanted is what the workloads say, if all of them were seen.
        None if group.desired() == 0 => group.first().is_some_and(|c| facts.read.is_whole(c.engine, &c.namespace)),
        None => group.members.iter().all(|c| facts.before(c).is_some_and(|c| c.ready == 0)),
    };
    (group.ready() == 0 && lasts).then_some(age)
}

pub(super) fn controller(facts: &Facts<'_>) -> Vec<Warning> {
    let all = groups(facts);
    let down = all.iter().filter(|g| g.first().is_some_and(|c| c.component != NOTIFICATION));
    down.filter_map(|group| gone(facts, group)).collect()
}

fn gone(facts: &Facts<'_>, group: &Group<'_>) -> Option<Warning> {
    let age = is_down(facts, group)?;
    let controller = group.first()?;
    let part = parts::of(controller.engine, &controller.component);
    // Whoever does not use a part scales it away; without these an engine does nothing at all.
    if group.desired() == 0 && !super::is_vital(controller.engine, &controller.component) {
        return None;
    }
    let (level, reach) = part.map_or((Level::Poor, Reach::Nothing), |p| (p.level, p.reach));
    let (said, why) = how(group, controller, age);
    let without = part.map(|p| format!(" {}", p.without)).unwrap_or_default();
    let told = facts.told(controller.engine, &controller.namespace, reach);
    let word = if level == Level::Down { "down" } else { "in part" };
    let sentence = format!("{} of {} {}.{without}{told}", controller.name, facts.cluster, why);
    Some(Warning { reach, ..facts.about(controller, level, word, format!("{} {said}", controller.name), sentence) })
}

/// `down 9m`, and `has 0 of 1 ready for 9m (OOMKilled, 2 restarts)`.
fn how(group: &Group<'_>, controller: &Controller, age: Option<u64>) -> (String, String) {
    if group.desired() == 0 {
        return ("is scaled to 0".into(), "is scaled to 0: somebody switched it off".into());
    }
    let short = age.map(|a| format!(" {}", short_age(a))).unwrap_or_default();
    let long = age.map(|a| format!(" for {}", long_age(a))).unwrap_or_default();
    let pods = controller.pods.as_ref();
    let reason = match pods.and_then(|p| Some((p.reason.as_deref()?, p.restarts))) {
        Some((reason, 0)) => format!(" ({reason})"),
        Some((reason, 1)) => format!(" ({reason}, 1 restart)"),
        Some((reason, n)) => format!(" ({reason}, {n} restarts)"),
        None if pods.is_some_and(|p| p.count == 0) => " (it has no pod)".into(),
        None => String::new(),
    };
    (format!("down{short}"), format!("has 0 of {} ready{long}{reason}", group.desired()))
}

/// Every Event is tried again and again inside the worker that writes it: all of Flux crawls.
pub(super) fn notification(facts: &Facts<'_>) -> Vec<Warning> {
    let all = groups(facts);
    let ours = all.iter().filter(|g| g.first().is_some_and(|c| c.engine == EngineKind::Flux && c.component == NOTIFICATION));
    let slow = |group: &Group<'_>| {
        let age = is_down(facts, group).filter(|_| group.desired() > 0)?;
        let controller = group.first()?;
        let (_, why) = how(group, controller, age);
        let sentence = format!(
            "{NOTIFICATION} of {} {why}. Every other controller of Flux waits for it at each step: runs take many times as long, no webhook is heard and no alert is sent.",
            facts.cluster
        );
        let short = "slow: notification-controller is down".to_owned();
        let mut warning = facts.about(controller, Level::Poor, "slow", short, sentence);
        warning.next.insert(0, step("", "mend it before anything else that looks slow"));
        Some(warning)
    };
    ours.filter_map(slow).collect()
}

/// Some are ready and some are not, for longer than a change takes.
pub(super) fn in_part(facts: &Facts<'_>) -> Vec<Warning> {
    let part = |group: &Group<'_>| {
        let (ready, desired) = (group.ready(), group.desired());
        let age = group.since().map(|at| seconds_between(at, facts.there())).filter(|age| *age >= CHANGE)?;
        if ready == 0 || ready >= desired {
            return None;
        }
        let controller = group.first()?;
        let some = if parts::of(controller.engine, &controller.component).is_some_and(|p| p.level == Level::Down) {
            " Where each has its share, the apps of that one are not looked after."
        } else {
            ""
        };
        let short = format!("{}: {ready} of {desired} ready", controller.name);
        let sentence = format!("{} of {} has {ready} of {desired} ready for {}.{some}", controller.name, facts.cluster, long_age(age));
        Some(facts.about(controller, Level::Poor, "in part", short, sentence))
    };
    groups(facts).iter().filter_map(part).collect()
}
