//! A diff as a patch file.

use super::DiffScreen;
use crate::domain::Timestamp;
use crate::domain::diff::{DiffKind, DiffSet, Hunk, LineTag, ResourceDiff};
use std::fmt::Write;

/// File name and text; `None` while there is no diff to write. Values of Secrets are not in it, as they are not in the diff.
pub fn patch(screen: &DiffScreen, place: &str, at: Timestamp) -> Option<(String, String)> {
    let Some(Ok(set)) = &screen.result else { return None };
    let name = format!("{}-{place}-{}.patch", screen.app.name, at.strftime("%Y%m%dT%H%M%S"));
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '_' }).collect();
    Some((name, text(set)))
}

fn text(set: &DiffSet) -> String {
    let mut out = format!("# - {}\n# + {}\n", set.left.label, set.right.label);
    for resource in set.resources.iter().filter(|r| !r.hunks.is_empty()) {
        of_resource(&mut out, resource);
    }
    out
}

fn of_resource(out: &mut String, resource: &ResourceDiff) {
    let key = &resource.key;
    let path =
        [key.namespace.as_str(), key.kind.as_str(), key.name.as_str()].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("/");
    let side =
        |missing: DiffKind, letter: char| if resource.kind == missing { "/dev/null".to_owned() } else { format!("{letter}/{path}.yaml") };
    let _ = writeln!(out, "--- {}\n+++ {}", side(DiffKind::OnlyDesired, 'a'), side(DiffKind::OnlyLive, 'b'));
    for hunk in &resource.hunks {
        of_hunk(out, hunk);
    }
}

fn of_hunk(out: &mut String, hunk: &Hunk) {
    let count = |skip: LineTag| hunk.lines.iter().filter(|l| l.tag != skip).count();
    let first = |number: fn(&crate::domain::diff::DiffLine) -> Option<u32>| hunk.lines.iter().find_map(number).unwrap_or(0);
    let (left, right) = (first(|l| l.left), first(|l| l.right));
    let _ = writeln!(out, "@@ -{left},{} +{right},{} @@", count(LineTag::Added), count(LineTag::Removed));
    for line in &hunk.lines {
        let sign = match line.tag {
            LineTag::Same => ' ',
            LineTag::Removed => '-',
            LineTag::Added => '+',
        };
        let _ = writeln!(out, "{sign}{}", line.text());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diff::DiffSide;
    use crate::domain::hunks::hunks;
    use crate::domain::ids::ObjectKey;

    #[test]
    fn a_patch_counts_its_lines_as_patch_programs_do() {
        let (hunks, added, removed) = hunks("a\npool: 20\nz\n", "a\npool: 200\nnew: 1\nz\n", 1);
        let resource = ResourceDiff {
            key: ObjectKey::new("", "ConfigMap", "shop", "env"),
            kind: DiffKind::Changed,
            hunks,
            added,
            removed,
            ignored: Vec::new(),
            note: None,
            fields: Vec::new(),
            set_by: Vec::new(),
        };
        let side = |label: &str| DiffSide { label: label.into(), at: None };
        let set = DiffSet { left: side("live"), right: side("git"), resources: vec![resource], estimate: String::new(), notes: Vec::new() };
        let wanted = "# - live\n# + git\n--- a/shop/ConfigMap/env.yaml\n+++ b/shop/ConfigMap/env.yaml\n@@ -1,3 +1,4 @@\n a\n-pool: 20\n+pool: 200\n+new: 1\n z\n";
        assert_eq!(text(&set), wanted);
    }
}
