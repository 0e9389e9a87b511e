//! Keys of the screen as commands: a next step that names a key is no help where there is no key to press.

use crate::domain::plan::Refusal;

/// The command that does what a key does for this app, as its argument names it; `None` = only the screen can.
pub fn command(key: &str, argument: &str, is_held: bool) -> Option<String> {
    let verb = match key {
        "s" => "sync",
        "r" => "refresh",
        "x" => "terminate",
        "p" if is_held => "resume",
        "p" => "suspend",
        _ => return None,
    };
    let reason = if verb == "suspend" { " --reason WHY" } else { "" };
    Some(format!("driftdeck {verb} {argument}{reason}"))
}

/// A step with its command, or with the key it has on the screen.
pub fn step(key: &str, text: &str, argument: &str, is_held: bool) -> String {
    match command(key, argument, is_held) {
        Some(command) => format!("{text}: {command}"),
        None if key.is_empty() || key == "enter" => text.to_owned(),
        None => format!("{text} (on the screen: {key})"),
    }
}

/// What a refusal says, with its keys as commands.
pub fn refusal(refusal: &Refusal, argument: &str, is_held: bool) -> String {
    let mut out = format!("{} {}", headline(&refusal.headline), refusal.text);
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

/// "Resume first: p" names a key at its end.
fn headline(text: &str) -> String {
    let bare = text.rsplit_once(": ").filter(|(_, key)| key.chars().count() == 1).map_or(text, |(bare, _)| bare);
    if bare.ends_with('.') { bare.to_owned() } else { format!("{bare}.") }
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
}
