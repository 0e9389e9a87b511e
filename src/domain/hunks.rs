//! Two texts to hunks with emphasised words.

use super::diff::{DiffLine, Hunk, LineTag};
use similar::{ChangeTag, TextDiff};
use std::time::Duration;

/// Hunks with `context` unchanged lines around each change, and the number of added and removed lines.
/// Word emphasis and the line match give up after 500 ms each and fall back to a coarser answer.
pub fn hunks(left: &str, right: &str, context: usize) -> (Vec<Hunk>, u32, u32) {
    let mut config = TextDiff::configure();
    let diff = config.algorithm(similar::Algorithm::Histogram).timeout(Duration::from_millis(500)).diff_lines(left, right);
    let (mut out, mut added, mut removed, mut seen) = (Vec::new(), 0u32, 0u32, 0usize);
    for group in diff.grouped_ops(context) {
        let mut lines = Vec::new();
        let start = group.first().map_or(seen, |op| op.old_range().start);
        for op in &group {
            for change in diff.iter_inline_changes(op) {
                let tag = match change.tag() {
                    ChangeTag::Equal => LineTag::Same,
                    ChangeTag::Delete => LineTag::Removed,
                    ChangeTag::Insert => LineTag::Added,
                };
                added += u32::from(tag == LineTag::Added);
                removed += u32::from(tag == LineTag::Removed);
                let parts = change
                    .iter_strings_lossy()
                    .map(|(emphasised, text)| (emphasised, text.trim_end_matches(['\n', '\r']).to_owned()))
                    .filter(|(_, text)| !text.is_empty())
                    .collect();
                lines.push(DiffLine { tag, left: number(change.old_index()), right: number(change.new_index()), parts });
            }
        }
        out.push(Hunk { skipped: u32::try_from(start.saturating_sub(seen)).unwrap_or(u32::MAX), lines });
        seen = group.last().map_or(seen, |op| op.old_range().end);
    }
    (out, added, removed)
}

fn number(index: Option<usize>) -> Option<u32> {
    index.and_then(|i| u32::try_from(i + 1).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changed_word_is_emphasised_and_lines_are_numbered() {
        let (hunks, added, removed) = hunks("a: 1\npool: \"20\"\nb: 2\n", "a: 1\npool: \"200\"\nb: 2\n", 1);
        assert_eq!((hunks.len(), added, removed), (1, 1, 1));
        let lines = &hunks[0].lines;
        assert_eq!(lines[1].tag, LineTag::Removed);
        assert_eq!(lines[1].left, Some(2));
        assert!(lines[2].parts.iter().any(|(emphasised, text)| *emphasised && text.contains("200")), "{:?}", lines[2]);
        assert_eq!(lines[2].text(), "pool: \"200\"");
    }
}
