//! Text by display cells: measured, cut, padded, wrapped; never by bytes.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const CUT: &str = "⋯";

pub fn width(text: &str) -> usize {
    text.width()
}

/// The longest beginning of at most `cells` cells, and its width; marks without a width stay with their letter.
fn head(text: &str, cells: usize) -> (String, usize) {
    let (mut out, mut used) = (String::new(), 0);
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if used + w > cells {
            break;
        }
        used += w;
        out.push(c);
    }
    (out, used)
}

/// The longest end of at most `cells` cells.
fn tail(text: &str, cells: usize) -> String {
    let (mut out, mut used): (Vec<char>, usize) = (Vec::new(), 0);
    for c in text.chars().rev() {
        let w = c.width().unwrap_or(0);
        if used + w > cells {
            break;
        }
        used += w;
        out.push(c);
    }
    // A combining mark whose letter was cut off would sit on the wrong one.
    while out.last().is_some_and(|c| c.width() == Some(0)) {
        out.pop();
    }
    out.iter().rev().collect()
}

/// Messages: cut at the end.
pub fn cut_end(text: &str, cells: usize) -> String {
    match cells {
        _ if width(text) <= cells => text.to_owned(),
        0 => String::new(),
        _ => head(text, cells - 1).0 + CUT,
    }
}

/// Sentences in lists: cut at the end of a word, so that no half one is read.
pub fn cut_words(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let room = cells.saturating_sub(2);
    let (start, _) = head(text, room);
    let is_whole = text.get(start.len()..).is_some_and(|rest| rest.starts_with(' '));
    let end = if is_whole { Some(start.as_str()) } else { start.rsplit_once(' ').map(|(words, _)| words) };
    match end.map(|words| words.trim_end_matches([' ', ',', ';', ':', '('])).filter(|words| !words.is_empty()) {
        Some(words) => format!("{words} {CUT}"),
        None => cut_end(text, cells),
    }
}

/// Names: cut in the middle, because both ends tell them apart.
pub fn cut_middle(text: &str, cells: usize) -> String {
    match cells {
        _ if width(text) <= cells => text.to_owned(),
        0 => String::new(),
        1 => CUT.to_owned(),
        _ => {
            let after = (cells - 1) / 2;
            head(text, cells - 1 - after).0 + CUT + &tail(text, after)
        }
    }
}

/// Cut at the end, then filled with spaces to exactly `cells`.
pub fn left(text: &str, cells: usize) -> String {
    pad(cut_end(text, cells), cells)
}

/// Filled to `cells`.
pub fn pad(mut text: String, cells: usize) -> String {
    let missing = cells.saturating_sub(width(&text));
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

/// Filled on the left: numbers.
pub fn right(text: &str, cells: usize) -> String {
    let text = cut_end(text, cells);
    let missing = cells.saturating_sub(width(&text));
    " ".repeat(missing) + &text
}

/// Words into lines of at most `cells` cells; a longer word is broken. Never empty.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let mut word = word.to_owned();
        let mut w = width(&word);
        if used > 0 && used + 1 + w > cells {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        while w > cells {
            let (part, taken) = head(&word, cells);
            if taken == 0 {
                break;
            }
            word = word.chars().skip(part.chars().count()).collect();
            w -= taken;
            lines.push(part);
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(&word);
        used += w;
    }
    if used > 0 || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Lines of exactly what is there, broken at `cells`: logs.
pub fn fold(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if used + w > cells && used > 0 {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        line.push(c);
        used += w;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_cut_in_the_middle_and_messages_at_the_end() {
        assert_eq!(cut_middle("infra-controllers", 15), "infra-c⋯rollers");
        assert_eq!(cut_end("health check failed", 10), "health ch⋯");
        assert_eq!(right("7m", 4), "  7m");
        assert_eq!(left("abc", 5), "abc  ");
    }

    #[test]
    fn a_sentence_of_a_list_ends_with_a_whole_word() {
        let says = "plan a sync (Argo CD) or reconcile";
        assert_eq!(cut_words(says, 26), "plan a sync (Argo CD) or ⋯");
        assert_eq!(cut_words(says, 25), "plan a sync (Argo CD) ⋯");
        assert_eq!(cut_words(says, 15), "plan a sync ⋯");
        assert_eq!(cut_words(says, says.len()), says);
        assert_eq!(cut_words("reconciliation", 6), "recon⋯");
    }

    #[test]
    fn wide_letters_never_pass_the_edge() {
        assert_eq!(left("日本語", 4), "日⋯ ");
        assert_eq!(cut_middle("日本語日本語", 6), "日⋯語");
    }

    #[test]
    fn a_wrapped_sentence_keeps_its_words() {
        assert_eq!(wrap("a new pod exits at once", 9), ["a new pod", "exits at", "once"]);
        assert_eq!(wrap("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
    }

    proptest! {
        #[test]
        fn no_text_is_wider_than_asked(text in "\\PC{0,60}", cells in 0usize..40) {
            prop_assert!(width(&cut_end(&text, cells)) <= cells);
            prop_assert!(width(&cut_middle(&text, cells)) <= cells);
            prop_assert!(width(&cut_words(&text, cells)) <= cells);
            prop_assert_eq!(width(&left(&text, cells)), cells);
            prop_assert_eq!(width(&right(&text, cells)), cells);
        }

        #[test]
        fn wrapping_loses_no_letter(text in "[a-z日 é]{0,60}", cells in 2usize..30) {
            let lines = wrap(&text, cells);
            prop_assert!(lines.iter().all(|l| width(l) <= cells));
            let letters = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
