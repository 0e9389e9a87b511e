//! Controllers that are there and do nothing: their Lease runs out, no app is looked at, no source is fetched.

use super::parts::{self, SOURCE};
use super::{Facts, Runs, applier, of_engine, step};
use crate::domain::controllers::{Controller, Level, Reach, Warning};
use crate::domain::duration::{long_age, seconds_between, short_age};
use crate::domain::ids::{AppKind, EngineKind};
use crate::domain::text::shell;

/// Beyond the time after which another replica would have taken over: a look and a renewal may just miss each other.
const MARGIN: u64 = 60;
/// Of the Events of one object the client lets one through in five minutes.
const EVENTS: u64 = 360;

fn stalled(facts: &Facts<'_>, controller: &Controller, reach: Reach, short: String, sentence: String) -> Warning {
    let target = format!("{}/{}", controller.kind.to_lowercase(), controller.name);
    let [context, namespace, target] = [facts.context, &controller.namespace, &target].map(shell);
    let mut warning = facts.about(controller, Level::Down, "stalled", short, sentence);
    warning.next.push(step("", &format!("restart it: kubectl --context {context} -n {namespace} rollout restart {target}")));
    Warning { reach, ..warning }
}

/// The process hangs, or cannot reach the API server: it would renew every few seconds.
pub(super) fn lease(facts: &Facts<'_>) -> Vec<Warning> {
    let old = facts.read.list.iter().filter_map(|controller| {
        let lease = controller.lease.as_ref()?;
        let before = facts.before(controller)?.lease.as_ref()?;
        // One look may meet the moment in which another replica takes over.
        if (&before.holder, before.stamp) != (&lease.holder, lease.stamp) {
            return None;
        }
        // As it was when it was read: later ones may have been renewed since.
        let age = seconds_between(lease.renewed_at?, facts.read.at);
        if controller.ready == 0 || age <= u64::from(lease.duration).saturating_add(MARGIN) {
            return None;
        }
        let part = parts::of(controller.engine, &controller.component);
        let reach = part.map_or(Reach::Nothing, |p| p.reach);
        let without = part.map(|p| format!(" {}", p.without)).unwrap_or_default();
        let sentence = format!(
            "{} of {} has not renewed its Lease for {} (it holds for {}) although {} of {} is ready: it hangs.{without}{}",
            controller.name,
            facts.cluster,
            long_age(age),
            long_age(lease.duration.into()),
            controller.ready,
            controller.desired,
            facts.told(controller.engine, &controller.namespace, reach)
        );
        let warning = stalled(facts, controller, reach, format!("{} stalled {}", controller.name, short_age(age)), sentence);
        Some(Warning { level: part.map_or(Level::Poor, |p| p.level), ..warning })
    });
    old.collect()
}

/// Nothing was looked at for longer than it may take, over all apps: one app alone may have reasons of its own.
pub(super) fn runs(facts: &Facts<'_>) -> Vec<Warning> {
    facts.runs.iter().filter_map(|runs| idle(facts, runs)).collect()
}

fn idle(facts: &Facts<'_>, runs: &Runs) -> Option<Warning> {
    let age = seconds_between(runs.newest, facts.there());
    if age <= runs.limit {
        return None;
    }
    let component = applier(runs.kind);
    let (reach, did) = match runs.kind {
        AppKind::Application => (Reach::All, "compared"),
        AppKind::Kustomization => (Reach::Kustomizations, "run"),
        AppKind::HelmRelease => (Reach::HelmReleases, "run"),
    };
    let engine = runs.kind.engine();
    let here = |c: &&Controller| c.component == component && c.desired > 0 && (engine == EngineKind::Flux || c.namespace == runs.namespace);
    let controller = facts.of(engine).find(here);
    let stands = match controller {
        Some(c) => format!("{} has {} of {} ready, yet it is stuck", c.name, c.ready, c.desired),
        None => format!("its {component} is down or stuck"),
    };
    let plural = if runs.apps == 1 { "app" } else { "apps" };
    let sentence = format!(
        "None of {} {plural} of {} on {} was {did} for {} (usual {}): {stands}.{}",
        runs.apps,
        engine.title(),
        facts.cluster,
        long_age(age),
        long_age(runs.usual),
        facts.told(engine, &runs.namespace, reach)
    );
    let short = format!("{component} stalled {}", short_age(age));
    let warning = match controller {
        Some(controller) => stalled(facts, controller, reach, short, sentence),
        None => Warning {
            reach,
            namespace: runs.namespace.clone(),
            next: vec![step("1", "details of the cluster: its controllers")],
            ..of_engine(engine, Level::Down, "stalled", short, sentence)
        },
    };
    // It is about the apps: where something that reaches them was said, this is only what follows.
    Some(Warning { controller: String::new(), ..warning })
}

/// An unchanged source is never written to; only its Events show that it was looked at.
pub(super) fn sources(facts: &Facts<'_>) -> Vec<Warning> {
    let Some(every) = facts.source_every else { return Vec::new() };
    let silent = facts.of(EngineKind::Flux).filter(|c| c.component == SOURCE).filter_map(|controller| {
        let age = seconds_between(controller.heard_at?, facts.read.at);
        if age <= every.saturating_add(EVENTS) || controller.ready == 0 {
            return None;
        }
        let sentence = format!(
            "{} of {} told of no look at a source for {} although one is due every {}: it may hang, and what is green may be old.",
            controller.name,
            facts.cluster,
            long_age(age),
            long_age(every)
        );
        let warning = stalled(facts, controller, Reach::Nothing, format!("{} silent {}", controller.name, short_age(age)), sentence);
        Some(Warning { level: Level::Poor, word: "Flux silent".into(), ..warning })
    });
    silent.collect()
}
