//! Keys of the screen as commands: a next step that names a key is no help where there is no key to press.

use crate::app::action::sync::begins;
use crate::app::action::{self, Action};
use crate::app::keymap::advised;
use crate::domain::plan::Refusal;

/// The command that does what a step says for this app, as its argument names it; `None` = only the screen can.
pub fn command(key: &str, text: &str, argument: &str, is_held: bool) -> Option<String> {
    let action = advised(key, text)?;
    let is = |other: &Action| std::ptr::eq(action, other);
    let (verb, switches) = match () {
        () if is(&action::sync::SYNC) => ("sync", switches(text)),
        () if is(&action::refresh::REFRESH) => ("refresh", ""),
        () if is(&action::terminate::TERMINATE) => ("terminate", ""),
        () if is(&action::confirm_prune::CONFIRM_PRUNE) => ("confirm-prune", ""),
        () if is(&action::clear::CLEAR) => ("clear-operation", ""),
        () if is(&action::suspend::SUSPEND) && is_held => ("resume", ""),
        () if is(&action::suspend::SUSPEND) => ("suspend", " --reason WHY"),
        () => return None,
    };
    Some(format!("driftdeck {verb} {argument}{switches}"))
}

/// What a step sets in the dialog that its key opens; one that only looks at that dialog sends nothing.
fn switches(text: &str) -> &'static str {
    match () {
        () if begins(text, "with force") => " --force",
        () if begins(text, "with prune") => " --prune",
        () if begins(text, "with reset") => " --reset",
        () if begins(text, "shows") => " --dry-run",
        () => "",
    }
}

/// A step with its command, or with the key it has on the screen.
pub fn step(key: &str, text: &str, argument: &str, is_held: bool) -> String {
    match command(key, text, argument, is_held) {
        Some(command) => format!("{text}: {command}"),
        None if key.is_empty() || key == "enter" => text.to_owned(),
        None => format!("{text} (on the screen: {key})"),
    }
}

/// What a refusal says, with its keys as commands.
pub fn refusal(refusal: &Refusal, argument: &str, is_held: bool) -> String {
    let mut out = format!("{} {}", refusal.headline_alone(), refusal.text);
    for line in &refusal.lines {
        if line.label != "next" {
            out.push_str(&format!("\n  {:<8} {}", line.label, line.text));
            continue;
        }
        for part in line.text.lines().flat_map(|l| l.split("     ")) {
            let text = match part.split_once("  ") {
                Some((key, text)) if key.len() == 1 => step(key, text, argument, is_held),
                _ => part.to_owned(),
            };
            out.push_str(&format!("\n  {:<8} {text}", line.label));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::PlanLine;

    #[test]
    fn keys_become_commands_and_what_only_the_screen_can_do_says_so() {
        let next = PlanLine { label: "next".into(), text: "p  resume     d  what would change".into() };
        let no = Refusal { headline: "Resume first: p".into(), text: "web is suspended.".into(), lines: vec![next] };
        let said = refusal(&no, "ks/shop/web --cluster prod-eu", true);
        let want = "Resume first. web is suspended.\n  next     resume: driftdeck resume ks/shop/web --cluster prod-eu\n  next     what would change (on the screen: d)";
        assert_eq!(said, want);
    }
    #[test]
    fn a_step_of_the_menu_becomes_the_command_of_its_entry_and_of_no_other() {
        let said = |key: &str, text: &str| step(key, text, "app/argocd/web", false);
        for text in ["terminate, then s", "terminate the sync", "terminate", "terminate it first"] {
            assert_eq!(said("x", text), format!("{text}: driftdeck terminate app/argocd/web"));
        }
        // Clearing is another thing than terminating.
        let clear = "clear the stuck operation (expert, asks twice)";
        assert_eq!(said("x", clear), format!("{clear}: driftdeck clear-operation app/argocd/web"));
        let confirm = "confirm the deletion (the name is typed)";
        assert_eq!(said("x", confirm), format!("{confirm}: driftdeck confirm-prune app/argocd/web"));
        assert_eq!(said("x", "promote or abort"), "promote or abort (on the screen: x)");
        assert_eq!(said("R", "roll back"), "roll back (on the screen: R)");
        assert_eq!(said("r", "ask now"), "ask now: driftdeck refresh app/argocd/web");
        assert_eq!(said("", "fix in git"), "fix in git");
    }

    #[test]
    fn a_command_sets_what_the_step_says_and_one_that_only_shows_sends_nothing() {
        let said = |text: &str| command("s", text, "hr/data/redis", false).unwrap();
        assert_eq!(said("with force recreates it"), "driftdeck sync hr/data/redis --force");
        assert_eq!(said("with prune"), "driftdeck sync hr/data/redis --prune");
        assert_eq!(said("with reset: once more, unchanged"), "driftdeck sync hr/data/redis --reset");
        assert_eq!(said("shows the window and who can change it"), "driftdeck sync hr/data/redis --dry-run");
        assert_eq!(said("reconcile now"), "driftdeck sync hr/data/redis");
        assert_eq!(said("with forceful words"), "driftdeck sync hr/data/redis");
    }
}
