//! Why an Application is not converging, in one sentence, from the object and whatever else is known.
//!
//! Families of rules are asked in the order of `FAMILIES`; inside a family the first rule that answers wins. A rule says only what its
//! input proves: what Argo does not record (which pod, who edited) comes from `Context` or is not said. To extend: a new case is a function
//! in its family; a new family is a file and a line here.

mod case;
mod conditions;
mod frozen;
mod health;
mod live;
mod object;
mod operation;
mod quiet;
mod running;
pub(super) mod silent;
mod sync;

use crate::domain::app::App;
use crate::domain::verdict::Verdict;
use crate::engine::Context;
use case::Case;

type Rule = fn(&Case<'_>) -> Option<Verdict>;

/// What makes every other sentence moot comes first; what is well comes last.
static FAMILIES: [&[Rule]; 11] = [
    object::RULES,
    silent::AT_WORK,
    running::RULES,
    conditions::RULES,
    operation::RULES,
    live::RULES,
    health::RULES,
    frozen::RULES,
    silent::RULES,
    sync::RULES,
    quiet::RULES,
];

fn rules() -> impl Iterator<Item = Rule> {
    FAMILIES.iter().flat_map(|family| family.iter().copied())
}

/// The verdict; deterministic, empty words when all is well.
pub fn judge(app: &App, context: &Context<'_>) -> Verdict {
    judge_by(rules(), app, context)
}

fn judge_by(mut rules: impl Iterator<Item = Rule>, app: &App, context: &Context<'_>) -> Verdict {
    let case = Case::new(app, context);
    let verdict = rules.find_map(|rule| rule(&case));
    let mut verdict = verdict.unwrap_or_else(|| Verdict { next_word: "none".into(), ..Verdict::default() });
    verdict.evidence.extend(case.evidence());
    if context.works.trouble.is_some() {
        context.works.add_to(&mut verdict);
    }
    verdict
}

#[cfg(test)]
mod needed;
#[cfg(test)]
mod tests;
