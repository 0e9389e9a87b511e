//! The plan dialog: what would be done, to what, with the focus on Cancel, or on a reason that must be given first.

use crate::app::staged::Batch;
use crate::domain::Timestamp;
use crate::domain::duration::parse_span;
use crate::domain::plan::{Plan, PlanChoices, PlanOption};
use crate::engine::Verb;

/// Letters that are keys of a dialog while nothing is typed: confirm, cancel, copy, and in a rollback the message and another look.
const OWN_KEYS: [char; 6] = ['y', 'n', 'q', 'c', 'e', 'r'];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Index into `plan.options`.
    Option(usize),
    /// As `Option`, where it is a text field.
    Field(usize),
    /// The reason field (suspend).
    Reason,
    /// When a reminder is due (suspend).
    Until,
    /// The field whose text enables the button.
    Typed,
    Cancel,
    Confirm,
}

impl Focus {
    /// Letters are text there.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Reason | Self::Until | Self::Field(_) | Self::Typed)
    }
}

#[derive(Clone, Debug)]
pub struct Confirm {
    pub plan: Plan,
    /// `None` for plans that no engine builds (rollback).
    pub verb: Option<Verb>,
    pub choices: PlanChoices,
    /// A staged sync: what the plan tells of.
    pub batch: Option<Box<Batch>>,
    pub focus: Focus,
    pub typed: String,
    /// `+2h`; empty = no reminder.
    pub until: String,
    /// Lines above the first one shown, on a screen that is too low for all.
    pub scroll: usize,
    /// Keys before this moment were typed at something else and are dropped.
    pub opened_at: Timestamp,
    /// Why the button is off although nothing is missing, for now.
    pub held: Option<String>,
    /// What it rests on is no longer so: it must be made anew.
    pub is_outdated: bool,
    /// Why it closed or cannot be confirmed: shown in the dialog.
    pub warning: Option<String>,
}

impl Confirm {
    pub fn new(plan: Plan, verb: Option<Verb>, choices: PlanChoices, at: Timestamp) -> Self {
        let mut new = Self {
            plan,
            verb,
            choices,
            batch: None,
            focus: Focus::Cancel,
            typed: String::new(),
            until: String::new(),
            scroll: 0,
            opened_at: at,
            held: None,
            is_outdated: false,
            warning: None,
        };
        if !new.plan.is_refused() && new.needs_reason() {
            new.focus = Focus::Reason;
        }
        new
    }
    /// The plan was built anew, and may have other rows of options: the focus stays on its row by name, and goes to Cancel with it.
    pub fn replace(&mut self, plan: Plan) {
        let name = match self.focus {
            Focus::Option(i) | Focus::Field(i) => Some(self.plan.options.get(i).map_or_else(String::new, |o| o.name.clone())),
            _ => None,
        };
        self.plan = plan;
        if let Some(name) = name {
            let at = self.plan.options.iter().position(|o| o.name == name);
            self.focus =
                at.map_or(Focus::Cancel, |i| if self.plan.options[i].value.is_some() { Focus::Field(i) } else { Focus::Option(i) });
        }
        if !self.stops().contains(&self.focus) {
            self.focus = Focus::Cancel;
        }
    }
    /// The button may be pressed: nothing refused, nothing waited for, and what must be typed was typed.
    pub fn is_enabled(&self) -> bool {
        !self.plan.is_refused() && self.missing().is_none() && self.held.is_none()
    }
    /// The first field that keeps the button off.
    pub fn missing(&self) -> Option<Focus> {
        if self.needs_reason() {
            Some(Focus::Reason)
        } else if !self.until.trim().is_empty() && parse_span(&self.until).is_none() {
            Some(Focus::Until)
        } else if let Some((field, _)) = self.plan.invalid() {
            Some(Focus::Field(field))
        } else if self.plan.typed.as_ref().is_some_and(|want| *want != self.typed) {
            Some(Focus::Typed)
        } else {
            None
        }
    }
    /// A letter pressed outside the fields is text of the typed word. A word that is begun takes every letter until it is whole; before that
    /// the dialog's own keys keep theirs, unless the word begins with that letter: who types a name must not cancel or leave with it.
    /// `e` and `r` are keys of a rollback's plan only; elsewhere the letter says nothing and loses nothing.
    pub fn takes(&self, letter: char) -> bool {
        let Some(word) = self.plan.typed.as_ref().filter(|_| !self.plan.is_refused()) else { return false };
        match self.typed.as_str() {
            typed if typed == word => false,
            "" => word.starts_with(letter) || !OWN_KEYS.contains(&letter),
            _ => true,
        }
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
        let stop = |(i, o): (usize, &PlanOption)| if o.value.is_some() { Focus::Field(i) } else { Focus::Option(i) };
        let mut stops: Vec<Focus> = self.plan.options.iter().enumerate().filter(|(_, o)| o.off_because.is_none()).map(stop).collect();
        if self.plan.is_refused() {
            return vec![Focus::Cancel];
        }
        if self.has_reason() {
            stops.extend([Focus::Reason, Focus::Until]);
        }
        if self.plan.typed.is_some() {
            stops.push(Focus::Typed);
        }
        stops.extend([Focus::Cancel, Focus::Confirm]);
        stops
    }
}
