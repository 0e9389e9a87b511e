//! The matrix: apps by name down, clusters across, with the names fixed while the clusters scroll.

use crate::app::fleet::Row;
use crate::app::matrix::{self, GridRow, Matrix, Note, Widths};
use crate::app::{list, msg::Press};
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

/// Lines of the frame that are not apps: names of the clusters, what is folded, the cell in words.
const AROUND: u16 = 3;

pub fn crumbs() -> Vec<Runs> {
    let start = Runs::new().gap(1).add(Role::Muted, "Apps > ").add(Role::Title, "Matrix");
    vec![start.clone().gap(5).add(Role::Muted, "app by cluster, what each runs"), start]
}

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect) {
    let view = &cx.state.view.matrix;
    let widths = matrix::widths(&view.grid, area.width);
    let left = list::window(view.left, view.at.1, widths.fit, view.grid.columns.len());
    let inner = frame(cx, view, &widths, left).draw(canvas, area);
    if inner.is_empty() {
        return;
    }
    let width = usize::from(inner.width);
    let rows = usize::from(inner.height.saturating_sub(AROUND)).max(1);
    let top = list::window(view.top, view.at.0, rows, view.grid.rows.len());
    let mut lines = vec![header(view, &widths, left)];
    for (i, row) in view.grid.rows.iter().enumerate().skip(top).take(rows) {
        lines.push(line(cx, view, row, i, &widths, left).cut(width).line(Press::Line(i)));
    }
    if view.grid.rows.is_empty() {
        lines = text::wrap(&nothing(view), width.saturating_sub(2)).into_iter().map(|l| Runs::new().gap(1).add(Role::Text, l)).collect();
    }
    let body = Rect { height: inner.height.saturating_sub(2).max(1), ..inner };
    canvas.lines(body, &lines, 0);
    if inner.height > AROUND {
        let foot = [folded(view, top, rows), cell_in_words(cx, view)].map(|l| l.cut(width));
        canvas.lines(Rect { y: inner.bottom() - 2, height: 2, ..inner }, &foot, 0);
    }
    lay_cursor(canvas, inner, view, &widths, (top, rows, left));
}

/// Over the cell, not the row: it is the cell that Enter opens.
fn lay_cursor(canvas: &mut Canvas, inner: Rect, view: &Matrix, widths: &Widths, (top, rows, left): (usize, usize, usize)) {
    let (Some(down), Some(across)) = (view.at.0.checked_sub(top).filter(|d| *d < rows), view.at.1.checked_sub(left)) else { return };
    let x = 1 + widths.app + 1 + widths.head + across * widths.pitch;
    let (x, y) = (u16::try_from(x).unwrap_or(u16::MAX), u16::try_from(down + 1).unwrap_or(u16::MAX));
    if view.grid.rows.is_empty() || y >= inner.height.saturating_sub(2) || x >= inner.width {
        return;
    }
    let cells = u16::try_from(widths.pitch.saturating_sub(1)).unwrap_or(0).min(inner.width - x);
    let (x, y) = (inner.x + x, inner.y + y);
    canvas.lay(Rect::new(x, y, cells, 1), Role::Cursor);
    // A blank cell shows nothing that a role could be laid over; a marked one keeps its mark.
    if canvas.symbol(x, y) == " " {
        canvas.put(x, y, 1, Role::CursorGutter, ">");
    }
    canvas.lay(Rect::new(x, y, 1, 1), Role::CursorGutter);
}

fn frame(cx: Cx, view: &Matrix, widths: &Widths, left: usize) -> Frame {
    let mut frame = Frame::new(true, "Matrix").also(Runs::of(Role::Text, words::count(view.grid.rows.len(), "app")));
    if view.searching || !view.search.is_empty() {
        let end = if view.searching { "_" } else { "" };
        frame = frame.also(Runs::of(Role::HintKey, "/").add(Role::Strong, format!("{}{end}", view.search)));
    }
    let columns = view.grid.columns.len();
    let shown = widths.fit.min(columns - left.min(columns));
    let across =
        if shown < columns { format!("clusters {}-{} of {columns}", left + 1, left + shown) } else { words::count(columns, "cluster") };
    let behind = format!("{}n commits behind head, counted on the app's own paths", cx.theme.sign(Sign::Behind));
    frame.right(ages(cx)).bottom(Runs::of(Role::Muted, behind), Runs::of(Role::Muted, across))
}

/// How old what is shown is: the repository most apps follow, and the clusters that are not heard.
fn ages(cx: Cx) -> Runs {
    let mut parts = Vec::new();
    if let Some(repo) = crate::app::pane::repos::order(cx.state).first().and_then(|id| cx.state.fleet.repos.get(id)) {
        let tip = repo.default_branch.as_ref().and_then(|b| Some((b, repo.refs.get(&format!("heads/{b}"))?)));
        if let (Some((branch, id)), Some(at)) = (tip, repo.polled_at) {
            parts.push(Runs::of(Role::Muted, format!("{} {branch} {} {}", repo.id.short(), words::revision(id), words::age(cx, at))));
        }
    }
    for cluster in cx.state.fleet.clusters.values() {
        let Some(since) = cluster.silent_since() else { continue };
        let says = since.map_or_else(|| "not read".to_owned(), |at| format!("as of {}", words::age(cx, at)));
        parts.push(Runs::of(Role::Unknown, format!("{} {says}", cluster.name())));
    }
    parts.into_iter().fold(Runs::new(), |all, part| if all.is_empty() { part } else { all.gap(3).join(part) })
}

fn header(view: &Matrix, widths: &Widths, left: usize) -> Runs {
    let mut out = Runs::new().gap(1).cell(Role::Header, "APP", widths.app).gap(1);
    if widths.head > 0 {
        out = out.cell(Role::Header, "HEAD", widths.head);
    }
    for (i, name) in view.grid.columns.iter().enumerate().skip(left).take(widths.fit) {
        let role = if i == view.at.1 { Role::Strong } else { Role::Header };
        out = out.gap(1).name(role, name, widths.pitch - 2).gap(1);
    }
    out
}

fn line(cx: Cx, view: &Matrix, row: &GridRow, at: usize, widths: &Widths, left: usize) -> Runs {
    let here = at == view.at.0;
    let out = if here { Runs::of(Role::CursorGutter, ">") } else { Runs::new().gap(1) };
    let mut out = out.name(if here { Role::Strong } else { Role::Text }, &row.label, widths.app).gap(1);
    if widths.head > 0 {
        out = out.name(Role::Muted, &row.head, widths.head - 1).gap(1);
    }
    for id in row.cells.iter().skip(left).take(widths.fit) {
        out = match id.as_ref().and_then(|id| cx.state.fleet.rows.get(id)) {
            Some(row) => out.join(cell(cx, row, widths.pitch)),
            None => out.gap(widths.pitch),
        };
    }
    out
}

/// Mark, state, revision, and where it stands.
fn cell(cx: Cx, row: &Row, pitch: usize) -> Runs {
    let (role, sign) = words::tone(words::row_tone(row));
    let mark = if cx.state.view.marks.contains(&row.app.id) { Runs::of(Role::Mark, "*") } else { Runs::new().gap(1) };
    let revision = row.app.revision.as_deref().map_or("-", words::revision);
    let (note_role, note) = note(cx, matrix::note(cx.state, row));
    let room = pitch.saturating_sub(4);
    let revision = text::cut_middle(revision, room.saturating_sub(if note.is_empty() { 0 } else { text::width(&note) + 1 }).max(4));
    let stale = row.stale_as_of.is_some();
    let out = mark.add(role, cx.theme.sign(sign)).gap(1).add(if stale { Role::Muted } else { Role::Text }, revision);
    let out = if note.is_empty() { out } else { out.gap(1).add(note_role, note) };
    out.cut(pitch - 1).to(pitch)
}

fn note(cx: Cx, note: Note) -> (Role, String) {
    let behind = cx.theme.sign(Sign::Behind);
    match note {
        Note::None => (Role::Text, String::new()),
        Note::Behind(n) => (Role::Attention, format!("{behind}{n}")),
        Note::BehindSome => (Role::Attention, behind.to_owned()),
        Note::Ahead(n) => (Role::Busy, format!("{}{n}", cx.theme.sign(Sign::Ahead))),
        Note::Diverged => (Role::Drift, "fork".into()),
        Note::Unknown => (Role::Unknown, "?".into()),
        Note::Drift => (Role::Drift, "diff".into()),
        Note::Failed => (Role::Bad, "fail".into()),
    }
}

fn folded(view: &Matrix, top: usize, rows: usize) -> Runs {
    let mut says = Vec::new();
    let below = view.grid.rows.len().saturating_sub(top + rows);
    if below > 0 {
        says.push(format!("{below} more below"));
    }
    match view.grid.folded {
        0 if view.unfolded => says.push("apps on one cluster only are shown, c folds them".into()),
        0 => {}
        1 => says.push("1 app that runs on one cluster only is folded, c unfolds it".into()),
        n => says.push(format!("{n} apps that run on one cluster only are folded, c unfolds them")),
    }
    Runs::new().gap(1).add(Role::Muted, says.join("; "))
}

/// What the cell under the cursor would say at length.
fn cell_in_words(cx: Cx, view: &Matrix) -> Runs {
    let (Some(name), Some(cluster)) = (&view.row, &view.column) else { return Runs::new() };
    let Some(row) = view.app().and_then(|id| cx.state.fleet.rows.get(id)) else {
        return Runs::new().gap(1).add(Role::Muted, format!("{name} does not run on {cluster}"));
    };
    let (role, sign) = words::tone(words::row_tone(row));
    let stands = match matrix::note(cx.state, row) {
        Note::None => "runs what it follows".to_owned(),
        Note::Behind(n) => format!("{} of its own behind", words::count(usize::try_from(n).unwrap_or(usize::MAX), "commit")),
        Note::BehindSome if view.asked.is_some() => "behind, being counted".into(),
        Note::BehindSome => "behind".into(),
        Note::Ahead(n) => format!("{} ahead", words::count(usize::try_from(n).unwrap_or(usize::MAX), "commit")),
        Note::Diverged => "runs a commit that is not on the branch".into(),
        Note::Unknown => "where it stands is not known".into(),
        Note::Drift => "runs what it follows, and differs from it live".into(),
        Note::Failed => "runs what it follows, and its last operation failed".into(),
    };
    let says = match row.verdict.short.as_str() {
        "" => row.severity.word().to_owned(),
        short => short.to_owned(),
    };
    let out = Runs::new().gap(1).add(role, cx.theme.sign(sign)).gap(1).add(Role::Strong, format!("{name} {cluster}"));
    out.gap(2).add(Role::Text, says).add(Role::Muted, format!("; {stands}"))
}

fn nothing(view: &Matrix) -> String {
    match (&view.search, view.grid.folded) {
        (search, _) if !search.is_empty() => format!("No app has \"{search}\" in its name."),
        (_, 0) => "No app is read yet.".to_owned(),
        (_, n) => format!("No app runs on two clusters or more; {} on one only, c shows them.", words::count(n, "app")),
    }
}
