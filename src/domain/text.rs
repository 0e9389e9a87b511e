//! Untrusted text: made harmless where it enters, cut to a limit, credentials removed.

/// Replaces escape, control, bidirectional and zero-width characters by a visible `^[`-style mark, newlines by spaces,
/// and cuts after `max` characters. Everything from a cluster, a repository or a program passes here before it is kept.
pub fn sanitise(text: &str, max: usize) -> String {
    clean(text, max, false)
}

/// As `sanitise`, but keeps line breaks (logs, manifests, commit bodies); tabs become two spaces.
pub fn sanitise_lines(text: &str, max: usize) -> String {
    clean(text, max, true)
}

/// As `sanitise`, but of what is too long both ends are kept: API servers put the whole object before the words that say what is wrong with it.
pub fn sanitise_ends(text: &str, max: usize) -> String {
    let count = text.chars().count();
    if count <= max {
        return sanitise(text, max);
    }
    let tail: String = text.chars().skip(count - max / 4).collect();
    sanitise(text, max - max / 4) + &sanitise(&tail, max / 4)
}

/// Printable ASCII within the limit, as nearly all of it is: `sanitise` would change nothing.
pub fn is_harmless(text: &str, max: usize) -> bool {
    text.len() <= max && text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

fn clean(text: &str, max: usize, lines: bool) -> String {
    if is_harmless(text, max) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().min(max + 8));
    for (count, c) in text.chars().enumerate() {
        if count >= max {
            out.push('⋯');
            break;
        }
        match c {
            '\n' if lines => out.push('\n'),
            '\n' | '\r' if !lines => out.push(' '),
            '\r' => {}
            '\t' if lines => out.push_str("  "),
            '\t' => out.push(' '),
            '\u{1b}' => out.push_str("^["),
            c if is_hostile(c) => out.push_str("^?"),
            c => out.push(c),
        }
    }
    out
}

/// Control, format, bidirectional and invisible characters: they move the cursor, hide text or reverse its order.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Removes `user:password@` from every URL in a text.
pub fn without_credentials(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let end = tail.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '<' | '>' | '?' | '#')).unwrap_or(tail.len());
        let (authority, after) = tail.split_at(end);
        out.push_str(authority.rsplit_once('@').map_or(authority, |(_, host)| host));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// One word of a command line for a POSIX shell, quoted where it must be: the one way a name gets into a command that is shown or copied.
pub fn shell(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '@' | '+' | '=');
    // A word that begins with `=` is a command's path in zsh.
    let plain = !word.is_empty() && !word.starts_with('=') && word.chars().all(is_plain);
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_message_both_ends_are_kept() {
        let text = format!("Job is invalid: {}: field is immutable", "x".repeat(5000));
        let cut = sanitise_ends(&text, 2000);
        assert!(cut.starts_with("Job is invalid: xx") && cut.ends_with(": field is immutable") && cut.contains('⋯'), "{cut}");
        assert!(cut.chars().count() <= 2001 && sanitise_ends("short", 2000) == "short");
    }

    #[test]
    fn escape_bidi_and_invisible_characters_do_not_pass() {
        let hostile = "a\u{1b}[31mred\u{202e}evil\u{200b}\u{7}\nb";
        let clean = sanitise(hostile, 100);
        assert_eq!(clean, "a^[[31mred^?evil^?^? b");
        assert_eq!(sanitise_lines("a\tb\r\nc", 100), "a  b\nc");
    }

    #[test]
    fn ten_kilobytes_are_cut_and_say_so() {
        let text = sanitise(&"x".repeat(10_000), 200);
        assert_eq!(text.chars().count(), 201);
        assert!(text.ends_with('⋯'));
    }

    #[test]
    fn a_word_stays_one_word_in_a_shell_and_runs_nothing() {
        for plain in ["prod-eu", "flux-system/fleet", "arn:aws:eks:eu-1:1:cluster/prod", "refs/heads/main", "a=b"] {
            assert_eq!(shell(plain), plain);
        }
        for (word, quoted) in [
            ("", "''"),
            ("a b", "'a b'"),
            ("x;reboot", "'x;reboot'"),
            ("$(reboot)", "'$(reboot)'"),
            ("`reboot`", "'`reboot`'"),
            ("it's", "'it'\\''s'"),
            ("~", "'~'"),
            ("=ls", "'=ls'"),
        ] {
            assert_eq!(shell(word), quoted);
        }
    }

    #[test]
    fn credentials_leave_urls() {
        assert_eq!(without_credentials("fetch https://sam:pw@git.example.com/x failed"), "fetch https://git.example.com/x failed");
        assert_eq!(without_credentials("see http://a/b?c=d@e"), "see http://a/b?c=d@e");
    }
}
