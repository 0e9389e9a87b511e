//! Step 2: the files a revert would write, computed in memory; or where it conflicts.

use super::wait;
use crate::app::rollback::Rollback;
use crate::domain::commit::FileChange;
use crate::domain::diff::{Conflict, RevertPreview};
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::widget::hunk;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, screen: &Rollback) {
    let Some(preview) = &screen.preview else {
        return wait(cx, canvas, area, "Files", "Building the revert in memory", screen);
    };
    let width = usize::from(area.width.saturating_sub(2));
    let mut lines = what(cx, screen, preview);
    let frame = if preview.conflicts.is_empty() {
        lines.extend(files(cx, preview));
        let (added, removed) = preview.files.iter().fold((0, 0), |(a, r), f| (a + f.added, r + f.removed));
        let total = Runs::of(Role::DiffAdded, format!("+{added}")).gap(1).add(Role::DiffRemoved, format!("-{removed}"));
        Frame::new(true, "Files").also(Runs::of(Role::Text, format!("{} changed", preview.files.len()))).right(total)
    } else {
        lines.extend(preview.conflicts.iter().flat_map(|c| conflict(cx, c, width)));
        let title = preview.conflicts.first().map_or(String::new(), |c| words::revision(&c.commit).to_owned());
        Frame::new(true, "Conflict").also(Runs::of(Role::Bad, title)).right(Runs::of(Role::Muted, "nothing is written yet"))
    };
    let height = usize::from(area.height.saturating_sub(2));
    let top = usize::from(screen.scroll).min(lines.len().saturating_sub(height));
    let below = lines.len().saturating_sub(top + height);
    let more = if below > 0 { Runs::of(Role::Muted, format!("{below} more below")) } else { Runs::new() };
    let inner = frame.bottom(Runs::new(), more).draw(canvas, area);
    canvas.lines(inner, &lines.into_iter().map(|l| l.cut(width)).collect::<Vec<_>>(), top);
}

fn what(cx: Cx, screen: &Rollback, preview: &RevertPreview) -> Vec<Runs> {
    let mut out = Vec::new();
    for id in &screen.marked {
        let Some(commit) = screen.commit(id) else {
            out.push(Runs::new().gap(1).add(Role::DiffHunk, words::revision(id).to_owned()));
            continue;
        };
        let head = Runs::new().gap(1).add(Role::DiffHunk, commit.short().to_owned()).gap(2);
        out.push(head.add(Role::Strong, commit.subject.clone()));
        if commit.is_merge() {
            let chosen = screen.mainline.get(id).copied().unwrap_or(1);
            out.push(Runs::new().gap(10).add(Role::Text, "It is a merge. Undo it against (m changes):"));
            // Subjects are read for suspects; of another commit's parents the ids are known.
            let plain = || (1..).zip(&commit.parents).map(|(n, p)| (n, p.clone(), String::new())).collect();
            let mainlines: Vec<(u32, String, String)> = screen.suspect(id).map_or_else(plain, |s| s.mainlines.clone());
            for (number, parent, subject) in &mainlines {
                let mark = if *number == chosen { "(x)" } else { "( )" };
                let text = format!("{mark} {number} {} {subject}", words::revision(parent));
                out.push(Runs::new().gap(10).add(if *number == chosen { Role::Strong } else { Role::Muted }, text));
            }
        }
    }
    let conflicts =
        if preview.conflicts.is_empty() { Runs::of(Role::Ok, "none") } else { Runs::of(Role::Bad, preview.conflicts.len().to_string()) };
    let built = format!("     built on {} in memory, {} ms", words::revision(&preview.base), preview.took_ms);
    out.push(Runs::new());
    out.push(Runs::new().gap(1).add(Role::Muted, "conflicts").gap(1).join(conflicts).add(Role::Text, built));
    if preview.already_undone {
        let sign = cx.theme.sign(Sign::Attention);
        out.push(
            Runs::new().gap(1).add(Role::Attention, format!("{sign} This is undone already: the files are as if it had been reverted.")),
        );
    }
    out
}

fn files(cx: Cx, preview: &RevertPreview) -> Vec<Runs> {
    let mut out = Vec::new();
    for file in &preview.files {
        let sign = match file.change {
            FileChange::Added => "A",
            FileChange::Modified => "M",
            FileChange::Deleted => "D",
        };
        let head = Runs::new().gap(1).add(Role::Muted, cx.theme.sign(Sign::Open)).gap(1).add(Role::Attention, sign).gap(1);
        let head = head.add(Role::Strong, file.path.clone()).gap(2);
        out.push(head.add(Role::DiffAdded, format!("+{}", file.added)).gap(1).add(Role::DiffRemoved, format!("-{}", file.removed)));
        if file.opaque {
            out.push(Runs::of(Role::Muted, "        no text diff: binary, or too large"));
        }
        for h in &file.hunks {
            if h.skipped > 0 {
                out.push(Runs::of(Role::Muted, format!("      ⋯ {} unchanged lines", h.skipped)));
            }
            out.extend(h.lines.iter().map(hunk::unified));
        }
    }
    out
}

/// The three texts around a conflict, one after the other.
fn conflict(cx: Cx, conflict: &Conflict, width: usize) -> Vec<Runs> {
    let mut out =
        vec![Runs::new(), Runs::new().gap(1).add(Role::Bad, cx.theme.sign(Sign::Bad)).gap(1).add(Role::Strong, conflict.path.clone())];
    for (sign, label, body, role) in [
        ("<", "now", &conflict.ours, Role::Text),
        ("=", "without the commit", &conflict.theirs, Role::DiffAdded),
        ("|", "as it was in the commit", &conflict.base, Role::DiffRemoved),
    ] {
        out.push(Runs::new().gap(3).add(Role::Muted, format!("{sign} {label}")));
        out.extend(body.lines().map(|l| Runs::new().gap(7).add(role, text::cut_end(l, width.saturating_sub(8)))));
    }
    for later in &conflict.later {
        let says = format!("{} {} {} changed the same file later", later.short(), later.author, later.subject);
        out.push(Runs::new().gap(3).add(Role::Attention, format!("! {says}; space marks it as well")));
    }
    out
}
