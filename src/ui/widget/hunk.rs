//! Diff lines: numbers, sign, text with the changed words emphasised.

use crate::domain::diff::{DiffLine, Hunk, LineTag};
use crate::theme::Role;
use crate::ui::runs::Runs;

fn role(tag: LineTag) -> Role {
    match tag {
        LineTag::Same => Role::Text,
        LineTag::Removed => Role::DiffRemoved,
        LineTag::Added => Role::DiffAdded,
    }
}

fn body(line: &DiffLine, number: Option<u32>) -> Runs {
    let sign = match line.tag {
        LineTag::Same => "  ",
        LineTag::Removed => "- ",
        LineTag::Added => "+ ",
    };
    let role = role(line.tag);
    let mut out = Runs::new().number(Role::Muted, &number.map_or(String::new(), |n| n.to_string()), 6).gap(1).add(role, sign);
    for (emphasised, text) in &line.parts {
        out.push_over(role, emphasised.then_some(Role::DiffEmphasis), text.clone());
    }
    out
}

/// One line of the unified form; the number is that of its own side.
pub fn unified(line: &DiffLine) -> Runs {
    body(line, if line.tag == LineTag::Removed { line.left } else { line.right.or(line.left) })
}

/// One side of a pair; the place of a line that is missing there stays empty.
pub fn side(line: Option<&DiffLine>, left: bool) -> Runs {
    line.map_or_else(Runs::new, |l| body(l, if left { l.left } else { l.right }))
}

/// Lines beside each other: equal ones on both sides, removed beside added. The index is that of the first of the two in the hunk.
pub fn pairs(hunk: &Hunk) -> Vec<(usize, Option<&DiffLine>, Option<&DiffLine>)> {
    let mut out = Vec::new();
    let (mut removed, mut added): (Numbered, Numbered) = (Vec::new(), Vec::new());
    for (i, line) in hunk.lines.iter().enumerate() {
        match line.tag {
            LineTag::Removed => removed.push((i, line)),
            LineTag::Added => added.push((i, line)),
            LineTag::Same => {
                pair_up(&mut out, &mut removed, &mut added);
                out.push((i, Some(line), Some(line)));
            }
        }
    }
    pair_up(&mut out, &mut removed, &mut added);
    out
}

type Numbered<'a> = Vec<(usize, &'a DiffLine)>;

fn pair_up<'a>(out: &mut Vec<(usize, Option<&'a DiffLine>, Option<&'a DiffLine>)>, removed: &mut Numbered<'a>, added: &mut Numbered<'a>) {
    for i in 0..removed.len().max(added.len()) {
        let (l, r) = (removed.get(i), added.get(i));
        let at = l.or(r).map_or(0, |(at, _)| *at);
        out.push((at, l.map(|(_, d)| *d), r.map(|(_, d)| *d)));
    }
    removed.clear();
    added.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hunks::hunks;

    #[test]
    fn a_replaced_line_stands_beside_its_replacement_and_an_added_one_alone() {
        let (list, ..) = hunks("a\npool: 20\nz\n", "a\npool: 200\nnew: 1\nz\n", 1);
        let pairs = pairs(&list[0]);
        let text = |l: &Option<&DiffLine>| l.map_or(String::new(), DiffLine::text);
        let got: Vec<(String, String)> = pairs.iter().map(|(_, l, r)| (text(l), text(r))).collect();
        let want = [("a", "a"), ("pool: 20", "pool: 200"), ("", "new: 1"), ("z", "z")];
        assert_eq!(got, want.map(|(l, r)| (l.to_owned(), r.to_owned())));
    }
}
