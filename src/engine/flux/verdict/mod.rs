//! Why an app does not converge, in words: a table of rules, the first that matches wins.
//!
//! May import: `domain`, the contract of `engine`. A rule claims only what the object or the context tells.
//! To extend: add a function `fn(&Facts) -> Option<Verdict>` to the file of its family and a line to [`RULES`];
//! rules that name a closer cause stand before those that name a wider one.

mod access;
mod apply;
mod build;
mod dependency;
mod drift;
mod facts;
mod health;
mod held;
mod helm;
mod live;
mod parent;
mod running;
pub(super) mod silent;
mod source;
mod stale;
mod well;

pub(super) use stale::{class, refuses};

use crate::domain::app::App;
use crate::domain::verdict::Verdict;
use crate::engine::Context;
use facts::Facts;

type Rule = fn(&Facts<'_>) -> Option<Verdict>;

/// Objects that Flux does not work on come before everything else.
static HELD: [Rule; 3] = [held::unreadable, held::deleting, held::suspended];

static RULES: [Rule; 43] = [
    access::denied,
    dependency::waits,
    source::missing,
    source::chart_missing,
    source::version_missing,
    source::no_artifact,
    source::not_ready,
    build::values_missing,
    build::path_missing,
    build::variables_missing,
    build::not_decrypted,
    build::file_missing,
    build::file_broken,
    build::failed,
    apply::wrong_namespace,
    apply::known,
    apply::failed,
    health::failed,
    helm::tests_failed,
    helm::locked,
    helm::rolled_back,
    helm::caused,
    helm::failed,
    drift::drifted,
    silent::stopped_at_work,
    silent::hangs,
    running::works,
    access::stalled,
    well::other_failure,
    well::tries_again,
    well::unseen,
    live::caused,
    live::broken,
    silent::stopped,
    silent::silent,
    stale::source_fails,
    stale::source_held,
    stale::behind,
    live::pending,
    live::rolling,
    parent::children,
    well::unknown,
    well::unassessed,
];

/// What there is to say apart from being held.
fn under(facts: &Facts<'_>) -> Verdict {
    facts.rules.iter().find_map(|rule| rule(facts)).unwrap_or_else(|| well::all_well(facts))
}

pub fn judge(app: &App, context: &Context<'_>) -> Verdict {
    judge_by(&HELD, &RULES, app, context)
}

fn judge_by(held: &[Rule], rules: &[Rule], app: &App, context: &Context<'_>) -> Verdict {
    let facts = Facts::new(app, context, rules);
    let mut verdict = own(held, &facts);
    verdict.evidence.extend(parent::line(&facts));
    verdict.log_of = live::failing_pod(&facts).map(|pod| pod.key.clone());
    context.works.add_to(&mut verdict);
    verdict
}

/// Without what stands above it: for a row that quotes another one, which tells of its own parents itself.
fn own(held: &[Rule], facts: &Facts<'_>) -> Verdict {
    held.iter().find_map(|rule| rule(facts)).unwrap_or_else(|| under(facts))
}

#[cfg(test)]
mod needed;
