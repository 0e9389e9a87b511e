//! Keys of the plan dialog.

use super::search::type_into;
use crate::app::action::plan;
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::{Confirm, Focus};
use crate::app::state::{AppState, Screen};

enum Answer {
    Stay,
    Cancel,
    Confirm,
    Copy,
    /// An option was switched: the plan is built anew.
    Rebuild,
}

pub fn key(state: &mut AppState, key: Key) -> Vec<Effect> {
    let (now, dead) = (state.now, state.settings.dead_ms);
    let Some(Overlay::Confirm(dialog)) = state.overlays.last_mut() else { return Vec::new() };
    match press(dialog, key, now.as_millisecond() - dialog.opened_at.as_millisecond() < dead) {
        Answer::Stay => Vec::new(),
        Answer::Copy => vec![Effect::Copy(dialog.plan.commands.join("\n"))],
        Answer::Rebuild => {
            plan::rebuild(state);
            Vec::new()
        }
        Answer::Cancel => plan::cancel(state),
        Answer::Confirm => plan::confirm(state),
    }
}

/// The same dialog as step 3 of a rollback.
pub fn rollback_key(state: &mut AppState, key: Key) -> Vec<Effect> {
    let (now, dead) = (state.now, state.settings.dead_ms);
    let Screen::Rollback(screen) = &mut state.screen else { return Vec::new() };
    let Some(dialog) = screen.plan.as_mut() else { return Vec::new() };
    let typing = matches!(dialog.focus, Focus::Typed);
    if key == Key::char('e') && !typing {
        screen.editing = true;
        return Vec::new();
    }
    match press(dialog, key, now.as_millisecond() - dialog.opened_at.as_millisecond() < dead) {
        Answer::Stay | Answer::Rebuild => Vec::new(),
        Answer::Copy => vec![Effect::Copy(dialog.plan.commands.join("\n"))],
        Answer::Cancel => {
            let plan = dialog.plan.clone();
            let entry = plan::journal(state, 0, &plan, None, Some(crate::domain::plan::Outcome::Cancelled));
            let mut out = vec![Effect::Journal(Box::new(entry))];
            out.extend(crate::app::rollback::back(state));
            out
        }
        Answer::Confirm => crate::app::rollback::push(state),
    }
}

fn press(dialog: &mut Confirm, key: Key, is_young: bool) -> Answer {
    if key.code == KeyCode::Esc {
        return Answer::Cancel;
    }
    if let Some(answer) = moved(dialog, key) {
        return answer;
    }
    match dialog.focus {
        Focus::Typed => return typed(dialog, key),
        Focus::Reason => {
            if key.code == KeyCode::Enter {
                step(dialog, 1);
            } else if type_into(&mut dialog.choices.reason, key) {
                return Answer::Rebuild;
            }
            return Answer::Stay;
        }
        Focus::Option(_) | Focus::Cancel | Focus::Confirm => {}
    }
    match key.code {
        KeyCode::Char('n' | 'q') => Answer::Cancel,
        KeyCode::Char('c') => Answer::Copy,
        // Keys typed before the dialog was drawn were meant for something else.
        KeyCode::Enter | KeyCode::Char('y' | ' ') if is_young => Answer::Stay,
        KeyCode::Char('y') if dialog.plan.typed.is_none() && dialog.is_enabled() => Answer::Confirm,
        KeyCode::Char('y') => {
            dialog.warning = Some(missing(dialog));
            Answer::Stay
        }
        KeyCode::Enter | KeyCode::Char(' ') => match dialog.focus {
            Focus::Option(i) => {
                toggle(dialog, i);
                Answer::Rebuild
            }
            Focus::Cancel => Answer::Cancel,
            _ if dialog.is_enabled() => Answer::Confirm,
            _ => {
                dialog.warning = Some(missing(dialog));
                Answer::Stay
            }
        },
        KeyCode::Char(c) if dialog.plan.typed.as_ref().is_some_and(|t| t.starts_with(c)) => {
            // Typing the name needs no Tab first.
            dialog.focus = Focus::Typed;
            typed(dialog, key)
        }
        _ => Answer::Stay,
    }
}

fn moved(dialog: &mut Confirm, key: Key) -> Option<Answer> {
    let by = match key.code {
        KeyCode::Tab | KeyCode::Down => 1,
        KeyCode::BackTab | KeyCode::Up => -1,
        KeyCode::Left | KeyCode::Right if !matches!(dialog.focus, Focus::Typed | Focus::Reason) => {
            if key.code == KeyCode::Right {
                1
            } else {
                -1
            }
        }
        _ => return None,
    };
    step(dialog, by);
    Some(Answer::Stay)
}

fn step(dialog: &mut Confirm, by: i64) {
    let stops = dialog.stops();
    let len = i64::try_from(stops.len()).unwrap_or(1);
    let at = stops.iter().position(|s| *s == dialog.focus).and_then(|p| i64::try_from(p).ok()).unwrap_or(len - 1);
    if let Some(next) = usize::try_from((at + by).rem_euclid(len)).ok().and_then(|i| stops.get(i)) {
        dialog.focus = *next;
    }
}

fn typed(dialog: &mut Confirm, key: Key) -> Answer {
    if key.code == KeyCode::Enter {
        if dialog.is_enabled() {
            dialog.focus = Focus::Confirm;
            dialog.warning = None;
        } else {
            dialog.warning = Some(missing(dialog));
        }
        return Answer::Stay;
    }
    if type_into(&mut dialog.typed, key) {
        dialog.warning = None;
    }
    Answer::Stay
}

fn missing(dialog: &Confirm) -> String {
    match &dialog.plan.typed {
        _ if dialog.plan.is_refused() => "This plan is refused; esc closes it.".into(),
        _ if dialog.needs_reason() => "A reason is needed: others read it on the object.".into(),
        Some(word) if dialog.typed != *word => format!("Type {word} to enable {}.", dialog.plan.verb),
        _ => String::new(),
    }
}

fn toggle(dialog: &mut Confirm, index: usize) {
    let Some(option) = dialog.plan.options.get(index) else { return };
    let (on, choices) = (!option.on, &mut dialog.choices);
    match option.name.as_str() {
        "prune" => choices.prune = on,
        "dry_run" => choices.dry_run = on,
        "force" => choices.force = on,
        "apply_only" => choices.apply_only = on,
        "with_source" => choices.with_source = Some(on),
        "reset" => choices.reset = Some(on),
        _ => {}
    }
}
