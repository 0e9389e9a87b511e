//! The plan dialog: what would be done, to what, with the focus on Cancel.

use crate::domain::Timestamp;
use crate::domain::plan::{Plan, PlanChoices};
use crate::engine::Verb;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Index into `plan.options`.
    Option(usize),
    /// The reason field (suspend).
    Reason,
    /// The field whose text enables the button.
    Typed,
    Cancel,
    Confirm,
}

#[derive(Clone, Debug)]
pub struct Confirm {
    pub plan: Plan,
    /// `None` for plans that no engine builds (rollback).
    pub verb: Option<Verb>,
    pub choices: PlanChoices,
    pub focus: Focus,
    pub typed: String,
    /// Keys before this moment were typed at something else and are dropped.
    pub opened_at: Timestamp,
    /// Why it closed or cannot be confirmed: shown in the dialog.
    pub warning: Option<String>,
}

impl Confirm {
    pub fn new(plan: Plan, verb: Option<Verb>, choices: PlanChoices, at: Timestamp) -> Self {
        Self { plan, verb, choices, focus: Focus::Cancel, typed: String::new(), opened_at: at, warning: None }
    }
    /// The button may be pressed: nothing refused, and what must be typed was typed.
    pub fn is_enabled(&self) -> bool {
        !self.plan.is_refused() && self.plan.typed.as_ref().is_none_or(|want| *want == self.typed) && !self.needs_reason()
    }
    /// Suspending needs a reason that others can read.
    pub fn needs_reason(&self) -> bool {
        self.has_reason() && self.choices.reason.trim().is_empty()
    }
    pub fn has_reason(&self) -> bool {
        matches!(self.plan.action.as_str(), "suspend" | "auto_sync_off")
    }
    /// What Tab visits, in order.
    pub fn stops(&self) -> Vec<Focus> {
        let mut stops: Vec<Focus> =
            self.plan.options.iter().enumerate().filter(|(_, o)| o.off_because.is_none()).map(|(i, _)| Focus::Option(i)).collect();
        if self.plan.is_refused() {
            return vec![Focus::Cancel];
        }
        if self.has_reason() {
            stops.push(Focus::Reason);
        }
        if self.plan.typed.is_some() {
            stops.push(Focus::Typed);
        }
        stops.extend([Focus::Cancel, Focus::Confirm]);
        stops
    }
}
