//! Keys of the plan dialog.

use super::search::type_into;
use crate::app::action::plan;
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::{Confirm, Focus};
use crate::app::rollback::Check;
use crate::app::state::{AppState, Screen};
use crate::app::update::close_overlay;
use crate::domain::Timestamp;
use crate::domain::duration::parse_span;

/// Lines that a dialog scrolls at once, on a screen that shows more of it.
const PAGE: u16 = 10;
/// What a dialog draws beside its text: borders, the field, a warning of two lines, the buttons.
const AROUND: u16 = 9;

enum Answer {
    Stay,
    Cancel,
    Confirm,
    Copy,
    /// An option was switched: the plan is built anew.
    Rebuild,
    /// A key that the refusal names: the dialog closes and the key does what it does on the row.
    Other(Key),
}

pub fn key(state: &mut AppState, key: Key) -> Vec<Effect> {
    let (now, dead, page) = (state.now, state.settings.dead_ms, page(state.height));
    let Some(Overlay::Confirm(dialog)) = state.overlays.last_mut() else { return Vec::new() };
    match press(dialog, key, now, now.as_millisecond() - dialog.opened_at.as_millisecond() < dead, page) {
        Answer::Stay => Vec::new(),
        Answer::Copy => vec![Effect::Copy(dialog.plan.commands.join("\n"))],
        Answer::Rebuild => plan::rebuild(state),
        Answer::Cancel => plan::cancel(state),
        Answer::Confirm => plan::confirm(state),
        Answer::Other(key) => {
            close_overlay(state);
            super::bound(state, key)
        }
    }
}

/// The same dialog as step 3 of a rollback.
pub fn rollback_key(state: &mut AppState, key: Key) -> Vec<Effect> {
    let (now, dead, page) = (state.now, state.settings.dead_ms, page(state.height));
    let Screen::Rollback(screen) = &mut state.screen else { return Vec::new() };
    let Some(dialog) = screen.plan.as_mut() else { return Vec::new() };
    let is_free = |c| dialog.focus != Focus::Typed && !dialog.takes(c);
    if key == Key::char('e') && is_free('e') {
        screen.editing = true;
        return Vec::new();
    }
    // What was found stands in the way of the push: then `r` is text only where the word goes on with it.
    let is_next = dialog.plan.typed.as_ref().is_some_and(|word| word.starts_with(&format!("{}r", dialog.typed)));
    let is_off = !is_next && (screen.check.as_ref().is_some_and(Check::is_refused) || dialog.is_outdated);
    if key == Key::ctrl('r') || key == Key::char('r') && (is_free('r') || is_off) {
        return crate::app::rollback::look_again(state);
    }
    match press(dialog, key, now, now.as_millisecond() - dialog.opened_at.as_millisecond() < dead, page) {
        Answer::Stay | Answer::Rebuild | Answer::Other(_) => Vec::new(),
        Answer::Copy => vec![Effect::Copy(dialog.plan.commands.join("\n"))],
        Answer::Cancel => {
            let plan = dialog.plan.clone();
            let mut out = Vec::new();
            // A refused plan is in the journal as such, and so is what was sent and refused: to cancel it now takes nothing back.
            if !plan.is_refused() && !crate::app::rollback::was_sent(state, &plan) {
                let entry = plan::journal(state, 0, &plan, None, Some(crate::domain::plan::Outcome::Cancelled));
                out.push(Effect::Journal(Box::new(entry)));
            }
            out.extend(crate::app::rollback::back(state));
            out
        }
        Answer::Confirm if state.settings.frozen => {
            let (plan, typed) = (dialog.plan.clone(), dialog.typed.clone());
            plan::stands_still(state, &plan, Some(typed))
        }
        Answer::Confirm => crate::app::rollback::push(state),
    }
}

/// No line of a plan is passed over, however low the screen.
fn page(height: u16) -> isize {
    isize::try_from(height.saturating_sub(AROUND).clamp(1, PAGE)).unwrap_or(1)
}

fn press(dialog: &mut Confirm, key: Key, now: Timestamp, is_young: bool, page: isize) -> Answer {
    if key.code == KeyCode::Esc {
        return Answer::Cancel;
    }
    if let Some(answer) = moved(dialog, key, page) {
        return answer;
    }
    let letter = match key.code {
        KeyCode::Char(c) if !key.ctrl && c != ' ' => Some(c),
        _ => None,
    };
    let is_text = dialog.focus.is_text() || letter.is_some_and(|c| dialog.takes(c));
    if is_young && (is_text || !matches!(letter, Some('n' | 'q' | 'c'))) {
        // Keys typed before the dialog was drawn were meant for something else.
        return Answer::Stay;
    }
    match dialog.focus {
        Focus::Typed => return typed(dialog, key),
        Focus::Reason | Focus::Until | Focus::Field(_) => return field(dialog, key, now),
        Focus::Option(_) | Focus::Cancel | Focus::Confirm => {}
    }
    // Text needs no Tab first: it goes to the field that is missing.
    if is_text && !dialog.needs_reason() {
        dialog.focus = Focus::Typed;
        return typed(dialog, key);
    }
    match key.code {
        KeyCode::Char('n' | 'q') => Answer::Cancel,
        KeyCode::Char('c') => Answer::Copy,
        KeyCode::Char('y') if dialog.plan.typed.is_none() && dialog.is_enabled() => Answer::Confirm,
        KeyCode::Char('y') => refuse(dialog),
        KeyCode::Enter | KeyCode::Char(' ') => match dialog.focus {
            Focus::Option(i) => {
                toggle(dialog, i);
                Answer::Rebuild
            }
            Focus::Cancel => Answer::Cancel,
            _ if dialog.is_enabled() => Answer::Confirm,
            _ => refuse(dialog),
        },
        KeyCode::Char(c) if dialog.plan.refused.as_ref().is_some_and(|r| r.keys().contains(&c)) => Answer::Other(key),
        KeyCode::Char(_) => match dialog.missing() {
            Some(missing @ (Focus::Reason | Focus::Until)) => {
                dialog.focus = missing;
                field(dialog, key, now)
            }
            _ => Answer::Stay,
        },
        _ => Answer::Stay,
    }
}

/// Says what is missing and goes there.
fn refuse(dialog: &mut Confirm) -> Answer {
    dialog.warning = Some(missing(dialog));
    if let Some(field) = dialog.missing().filter(|_| !dialog.plan.is_refused()) {
        dialog.focus = field;
    }
    Answer::Stay
}

/// Reason, reminder and the options that are text: Enter goes on, letters are text.
fn field(dialog: &mut Confirm, key: Key, now: Timestamp) -> Answer {
    if key.code == KeyCode::Enter {
        if dialog.missing() == Some(dialog.focus) {
            return refuse(dialog);
        }
        step(dialog, 1);
        return Answer::Stay;
    }
    let Some(text) = text_of(dialog) else { return Answer::Stay };
    if !type_into(text, key) {
        return Answer::Stay;
    }
    dialog.warning = None;
    let seconds = parse_span(&dialog.until).and_then(|s| i64::try_from(s).ok());
    dialog.choices.until = seconds.and_then(|s| Timestamp::from_second(now.as_second() + s).ok());
    Answer::Rebuild
}

/// What the field under the focus writes to.
pub fn text_of(dialog: &mut Confirm) -> Option<&mut String> {
    match dialog.focus {
        Focus::Reason => Some(&mut dialog.choices.reason),
        Focus::Until => Some(&mut dialog.until),
        Focus::Field(i) => match dialog.plan.options.get(i)?.name.as_str() {
            "revision" => Some(&mut dialog.choices.revision),
            "retry" => Some(&mut dialog.choices.retry),
            "order" => Some(&mut dialog.batch.as_mut()?.rules.order),
            "at_once" => Some(&mut dialog.batch.as_mut()?.rules.at_once),
            "within" => Some(&mut dialog.batch.as_mut()?.rules.within),
            _ => None,
        },
        Focus::Option(_) | Focus::Typed | Focus::Cancel | Focus::Confirm => None,
    }
}

fn moved(dialog: &mut Confirm, key: Key, page: isize) -> Option<Answer> {
    let most = dialog.plan.lines.len() + dialog.plan.options.len() + 6;
    let by = match key.code {
        KeyCode::PageDown | KeyCode::PageUp => {
            let by = if key.code == KeyCode::PageDown { page } else { -page };
            dialog.scroll = dialog.scroll.saturating_add_signed(by).min(most);
            return Some(Answer::Stay);
        }
        KeyCode::Tab | KeyCode::Down => 1,
        KeyCode::BackTab | KeyCode::Up => -1,
        KeyCode::Left | KeyCode::Right if !dialog.focus.is_text() => {
            if key.code == KeyCode::Right {
                1
            } else {
                -1
            }
        }
        _ => return None,
    };
    dialog.scroll = 0;
    step(dialog, by);
    Some(Answer::Stay)
}

fn step(dialog: &mut Confirm, by: i64) {
    let mut stops = dialog.stops();
    // Who has typed the whole word has made up their mind: Cancel is not in between, and nothing else comes right after the button.
    if let [.., cancel @ Focus::Cancel, confirm @ Focus::Confirm] = stops.as_mut_slice()
        && dialog.plan.typed.is_some()
        && dialog.missing().is_none()
    {
        std::mem::swap(cancel, confirm);
    }
    let len = i64::try_from(stops.len()).unwrap_or(1);
    let at = stops.iter().position(|s| *s == dialog.focus).and_then(|p| i64::try_from(p).ok()).unwrap_or(len - 1);
    if let Some(next) = usize::try_from((at + by).rem_euclid(len)).ok().and_then(|i| stops.get(i)) {
        dialog.focus = *next;
    }
}

fn typed(dialog: &mut Confirm, key: Key) -> Answer {
    if key.code == KeyCode::Enter {
        if dialog.missing().is_none() && !dialog.plan.is_refused() {
            dialog.focus = Focus::Confirm;
            dialog.warning = None;
        } else {
            return refuse(dialog);
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
        _ if dialog.missing() == Some(Focus::Until) => "A time looks like 30m, 2h or 3d; empty means no reminder.".into(),
        _ if dialog.plan.invalid().is_some() => dialog.plan.invalid().map(|(_, why)| format!("{why}.")).unwrap_or_default(),
        Some(word) if dialog.typed != *word => format!("Type {word} to enable {}.", dialog.plan.verb),
        _ => dialog.held.clone().unwrap_or_default(),
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
        "out_of_sync_only" => choices.out_of_sync_only = Some(on),
        "server_side" => choices.server_side = Some(on),
        "replace" => choices.replace = Some(on),
        "resources" => choices.only_resources = on,
        "more" => choices.more = on,
        "with_source" => choices.with_source = Some(on),
        "reset" => choices.reset = Some(on),
        _ => {}
    }
}
