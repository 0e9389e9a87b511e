//! Is the engine of a cluster itself well? Its controllers, when it last did something, what is known of its version, how it is set.
//!
//! May import: `domain`, the contract of `engine`. A rule claims only what was read; what could not be read is a note of its own.
//! To extend: a rule is a function and a line in [`RULES`]; a controller is a line in `parts`, a version in `versions`, a setting in `switches`.

mod crash;
mod down;
mod parts;
mod pause;
mod switches;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub use tests::{controller, kustomize_down};
mod unread;
mod versions;

use crate::domain::Timestamp;
use crate::domain::cluster::EngineInfo;
use crate::domain::controllers::{Controller, Controllers, Level, Reach, Warning};
use crate::domain::ids::{AppKind, EngineKind};
use crate::domain::verdict::NextStep;

/// When an engine last did what it does at intervals, over all apps of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runs {
    pub kind: AppKind,
    /// Namespace of the Argo CD; empty for Flux.
    pub namespace: String,
    pub newest: Timestamp,
    /// Apps that it should have come by.
    pub apps: usize,
    /// Seconds between two runs, and how many after the newest each app is past its own limit.
    pub usual: u64,
    pub limit: u64,
}

/// How many apps of a kind there are; the namespace as in [`Runs`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apps {
    pub kind: AppKind,
    pub namespace: String,
    pub count: usize,
}

/// All that the rules may know of a cluster.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub now: Timestamp,
    /// Shown name and name of the context.
    pub cluster: &'a str,
    pub context: &'a str,
    pub engines: &'a [EngineInfo],
    pub read: &'a Controllers,
    pub runs: &'a [Runs],
    pub apps: &'a [Apps],
    /// The shortest interval among the sources that Flux reads without trouble, seconds.
    pub source_every: Option<u64>,
}

type Rule = fn(&Facts<'_>) -> Vec<Warning>;

/// Name for scripts, and what it looks for. A rule that names the closer cause stands before one that only sees its effect.
pub static RULES: [(&str, Rule); 9] = [
    ("controller-down", down::controller),
    ("notification-down", down::notification),
    ("controller-part-down", down::in_part),
    ("controller-crashing", crash::restarts),
    ("lease-not-renewed", pause::lease),
    ("nothing-reconciled", pause::runs),
    ("sources-silent", pause::sources),
    ("known-version", versions::known),
    ("setting", switches::changed),
];

/// Everything there is to say, worst first. What follows from a thing said before is not said again.
pub fn judge(facts: &Facts<'_>) -> Vec<Warning> {
    judge_by(&RULES, facts)
}

fn judge_by(rules: &[(&str, Rule)], facts: &Facts<'_>) -> Vec<Warning> {
    let mut out: Vec<Warning> = Vec::new();
    for (name, rule) in rules {
        for mut warning in rule(facts) {
            (*name).clone_into(&mut warning.rule);
            if !out.iter().any(|said| explains(said, &warning)) {
                out.push(warning);
            }
        }
    }
    out.extend(unread::lists(facts));
    out.sort_by_key(|warning| warning.level);
    out
}

/// One of them is the reason why the other holds, or says the same of the same controller.
fn explains(said: &Warning, warning: &Warning) -> bool {
    let same_place =
        said.engine == warning.engine && (said.namespace == warning.namespace || said.namespace.is_empty() || warning.namespace.is_empty());
    let reaches = said.reach == warning.reach || said.reach == Reach::All;
    let trouble = |w: &Warning| w.level <= Level::Poor;
    same_place
        && trouble(said)
        && trouble(warning)
        && if warning.controller.is_empty() { warning.reach != Reach::Nothing && reaches } else { said.controller == warning.controller }
}

impl<'a> Facts<'a> {
    fn of(&self, engine: EngineKind) -> impl Iterator<Item = &'a Controller> {
        self.read.list.iter().filter(move |c| c.engine == engine)
    }

    /// Now, by the clock that wrote the times in the objects of the cluster.
    fn there(&self) -> Timestamp {
        self.read.by_their_clock(self.now)
    }

    /// The same controller in the look before.
    fn before(&self, controller: &Controller) -> Option<&'a Controller> {
        let same = |c: &&Controller| {
            (c.engine, &c.namespace, &c.kind, &c.name) == (controller.engine, &controller.namespace, &controller.kind, &controller.name)
        };
        self.read.before.as_ref()?.list.iter().find(same)
    }

    /// Apps that a warning reaches, in words: `6 apps of prod-eu show their last known state, marked ?.`
    fn told(&self, engine: EngineKind, namespace: &str, reach: Reach) -> String {
        let is_here = |apps: &&Apps| apps.kind.engine() == engine && (engine == EngineKind::Flux || apps.namespace == namespace);
        let reached = |apps: &&Apps| is_here(apps) && reach.covers(apps.kind);
        match self.apps.iter().filter(reached).map(|a| a.count).sum::<usize>() {
            0 => String::new(),
            1 => format!(" 1 app of {} shows its last known state, marked ?.", self.cluster),
            n => format!(" {n} apps of {} show their last known state, marked ?.", self.cluster),
        }
    }

    /// Something about a controller; its rule and whom it reaches are added by whoever knows.
    fn about(&self, controller: &Controller, level: Level, word: &str, short: String, sentence: String) -> Warning {
        Warning {
            namespace: controller.namespace.clone(),
            controller: controller.name.clone(),
            next: self.look_at(controller),
            ..of_engine(controller.engine, level, word, short, sentence)
        }
    }

    /// Commands that show more of a controller; names from a cluster are quoted.
    fn look_at(&self, controller: &Controller) -> Vec<NextStep> {
        use crate::domain::text::shell;
        let kind = controller.kind.to_lowercase();
        let target = shell(&format!("{kind}/{}", controller.name));
        let command = format!("kubectl --context {} -n {} logs {target} --tail=50", shell(self.context), shell(&controller.namespace));
        vec![step("1", "details of the cluster: its controllers"), step("", &command)]
    }
}

/// The controller that applies apps of a kind.
pub fn applier(kind: AppKind) -> &'static str {
    match kind {
        AppKind::Application => "application-controller",
        AppKind::Kustomization => "kustomize-controller",
        AppKind::HelmRelease => "helm-controller",
    }
}

/// An engine without it does nothing that its apps would show.
pub fn is_vital(engine: EngineKind, component: &str) -> bool {
    parts::of(engine, component).is_some_and(|part| part.level == Level::Down)
}

/// Something about an engine as a whole.
fn of_engine(engine: EngineKind, level: Level, word: &str, short: String, sentence: String) -> Warning {
    Warning {
        rule: String::new(),
        engine,
        level,
        reach: Reach::Nothing,
        namespace: String::new(),
        controller: String::new(),
        word: format!("{} {word}", short_title(engine)),
        short,
        sentence,
        next: Vec::new(),
    }
}

fn step(key: &str, text: &str) -> NextStep {
    NextStep { key: key.into(), text: text.into() }
}

/// How an engine is called where there is room for nine cells.
fn short_title(engine: EngineKind) -> &'static str {
    match engine {
        EngineKind::Argo => "Argo",
        EngineKind::Flux => "Flux",
    }
}
