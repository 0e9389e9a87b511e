//! Details of the repository under the cursor: who runs what of it, and its newest commits.

use crate::app::pane::Pane;
use crate::domain::repo::{PollState, Repo};
use crate::theme::{Role, Sign};
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::pane::repos::{commit, current, followers, standing, title};
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::words;
use ratatui::layout::Rect;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect) {
    let focus = cx.state.view.focus == Pane::Details;
    let Some(repo) = current(cx.state) else {
        let inner = Frame::new(focus, "3 Details").draw(canvas, area);
        canvas.put(inner.x + 1, inner.y, inner.width, Role::Muted, "No app follows a git repository yet.");
        return;
    };
    let width = usize::from(area.width.saturating_sub(2));
    let lines = lines(cx, repo, width);
    let height = usize::from(area.height.saturating_sub(2));
    cx.state.view.details_end.set(lines.len().saturating_sub(height));
    let top = cx.state.view.details_scroll.min(lines.len().saturating_sub(height));
    let below = lines.len().saturating_sub(top + height);
    let more = if below > 0 { Runs::of(Role::Muted, format!("{below} more below")) } else { Runs::new() };
    let polled = repo.polled_at.map_or("not polled".into(), |at| format!("{} ago", words::age(cx, at)));
    let frame =
        Frame::new(focus, format!("3 {}  repo", title(repo, followers(cx, &repo.id)))).also(Runs::of(Role::TabActive, "[Who runs what]"));
    let inner = frame.right(Runs::of(Role::Muted, polled)).bottom(Runs::new(), more).draw(canvas, area);
    canvas.lines(inner, &lines, top);
}

fn lines(cx: Cx, repo: &Repo, width: usize) -> Vec<Runs> {
    let of = followers(cx, &repo.id);
    let mut out = vec![poll(cx, repo, of.apps).cut(width)];
    for (cluster, (state, revision)) in &of.clusters {
        let (role, text) = standing(cx, *state);
        let mark = match role {
            Role::Text => (Role::Ok, Sign::Ok),
            Role::Unknown => (Role::Unknown, Sign::Unknown),
            other => (other, Sign::Drift),
        };
        let rev = revision.as_deref().map_or("-", words::revision);
        let line = Runs::new().gap(1).add(mark.0, cx.theme.sign(mark.1)).gap(1).name(Role::Text, cluster, 16).gap(1);
        out.push(line.cell(Role::DiffHunk, rev, 9).add(role, text).cut(width));
    }
    out.push(Runs::of(Role::Muted, "   newest commits"));
    out.extend(repo.log.iter().take(20).map(|c| commit(cx, c, width.saturating_sub(2))).map(|l| Runs::new().gap(2).join(l)));
    out
}

fn poll(cx: Cx, repo: &Repo, apps: usize) -> Runs {
    let fetched = repo.fetched_at.map_or("no mirror yet".into(), |at| format!("mirror fetched {} ago", words::age(cx, at)));
    let size = repo.mirror_bytes.map_or(String::new(), |b| format!(" ({} MB)", b.div_ceil(1_000_000)));
    let polled = repo.polled_at.map_or("never".into(), |at| format!("{} ago", words::age(cx, at)));
    let (role, sign, text) = match &repo.poll {
        PollState::Ok => (Role::Ok, Sign::Ok, format!("polled {polled} (git ls-remote), {fetched}{size}")),
        PollState::Never => (Role::Busy, Sign::Busy, format!("asking {}", repo.url)),
        PollState::AuthFailed { message, tries } => {
            let text =
                format!("git could not log in to {} ({tries} tries): {message}. Roll back is off here; r tries again.", repo.id.short());
            (Role::Bad, Sign::Bad, text)
        }
        PollState::Failed { message, tries, .. } => (Role::Bad, Sign::Bad, format!("no answer after {tries} tries: {message}")),
        PollState::NoGit { message } => (Role::Bad, Sign::Bad, message.clone()),
    };
    Runs::new().gap(1).add(role, cx.theme.sign(sign)).gap(1).add(Role::Text, format!("{text}, {} use it", words::count(apps, "app")))
}
