//! Pane 4: the repositories, how far behind the clusters are, and the newest commits of the one under the cursor.

use crate::app::msg::Press;
use crate::app::pane::Pane;
use crate::app::pane::repos::{Followers, all, order, worse};
use crate::app::state::AppState;
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::repo::{PollState, Repo, RepoId, Standing};
use crate::theme::{Role, Sign};
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::words;
use ratatui::layout::Rect;

/// Width of the BEHIND column.
const BEHIND: usize = 9;

static NONE: Followers = Followers::none();

pub fn followers<'a>(cx: Cx<'a>, id: &RepoId) -> &'a Followers {
    all(cx.state).get(id).unwrap_or(&NONE)
}

/// `⇣1`, `even`.
pub fn standing(cx: Cx, standing: Standing) -> (Role, String) {
    match standing {
        Standing::Even => (Role::Text, "even".into()),
        Standing::Behind(n) => (Role::Drift, format!("{}{n}", cx.theme.sign(Sign::Behind))),
        Standing::Ahead(n) => (Role::Attention, format!("{}{n}", cx.theme.sign(Sign::Ahead))),
        Standing::Diverged => (Role::Attention, "diverged".into()),
        Standing::Unknown => (Role::Unknown, "?".into()),
    }
}

/// How far the worst cluster is behind, and how many of them are: `⇣1 1 of 4`, with large numbers `⇣18 12/40`.
fn behind(cx: Cx, repo: &Repo, followers: &Followers, cells: usize) -> (Role, String) {
    match (&repo.poll, &followers.pinned) {
        (PollState::AuthFailed { .. }, _) => return (Role::Bad, "auth fail".into()),
        (PollState::Failed { .. }, _) => return (Role::Bad, "no answer".into()),
        (PollState::NoGit { .. }, _) => return (Role::Bad, "no git".into()),
        (PollState::Never, _) => return (Role::Busy, "asking".into()),
        (PollState::Ok, Some(_)) => return (Role::Text, "fixed tag".into()),
        (PollState::Ok, None) => {}
    }
    let late = followers.clusters.values().filter(|(s, _)| !matches!(s, Standing::Even | Standing::Unknown));
    let count = late.clone().count();
    let worst = followers.clusters.values().map(|(s, _)| *s).fold(Standing::Even, |a, b| if worse(b, a) { b } else { a });
    let (role, text) = standing(cx, worst);
    if count == 0 {
        return (role, text);
    }
    let all = followers.clusters.len();
    let forms = [format!("{text} {count} of {all}"), format!("{text} {count}/{all}"), text];
    let fits = |form: &&String| crate::ui::text::width(form) <= cells;
    (role, forms.iter().find(fits).or(forms.last()).cloned().unwrap_or_default())
}

/// `fleet main`, `policies v2.3`.
pub fn title(repo: &Repo, followers: &Followers) -> String {
    let reference = followers.pinned.as_deref().or(followers.branch.as_deref()).or(repo.default_branch.as_deref()).unwrap_or("");
    format!("{} {reference}", repo.id.short()).trim_end().to_owned()
}

fn head<'a>(repo: &'a Repo, followers: &Followers) -> &'a str {
    let named = |kind: &str, name: &Option<String>| name.as_ref().and_then(|n| repo.refs.get(&format!("{kind}/{n}")));
    let tip = named("tags", &followers.pinned)
        .or_else(|| named("heads", &followers.branch))
        .or_else(|| named("heads", &repo.default_branch))
        .or_else(|| repo.log.first().map(|c| &c.id));
    tip.map_or("-", |id| words::revision(id))
}

fn line(cx: Cx, repo: &Repo, selected: bool, width: usize) -> Runs {
    let followers = followers(cx, &repo.id);
    let (role, sign) = match repo.poll {
        PollState::Ok => (Role::Ok, Sign::Ok),
        PollState::Never => (Role::Busy, Sign::Busy),
        _ => (Role::Bad, Sign::Bad),
    };
    let (behind_role, behind) = behind(cx, repo, followers, BEHIND);
    let polled = repo.polled_at.map_or("-".into(), |at| words::age(cx, at));
    let name = width.saturating_sub(27).clamp(13, 30);
    let gutter = if selected { Runs::of(Role::CursorGutter, ">").gap(1) } else { Runs::new().gap(2) };
    gutter
        .add(role, format!("{} ", cx.theme.sign(sign)))
        .name(Role::Text, &title(repo, followers), name)
        .gap(1)
        .cell(Role::Text, head(repo, followers), 7)
        .gap(1)
        .cell(behind_role, &behind, BEHIND)
        .gap(1)
        .number(Role::Muted, &polled, 4)
        .over(selected.then_some(Role::Cursor))
}

/// The repository under the cursor, else the first.
pub fn current(state: &AppState) -> Option<&Repo> {
    state.view.repo.as_ref().and_then(|id| state.fleet.repos.get(id)).or_else(|| in_order(state).into_iter().next())
}

/// Most followed first, as the list shows them.
pub fn in_order(state: &AppState) -> Vec<&Repo> {
    order(state).iter().filter_map(|id| state.fleet.repos.get(id)).collect()
}

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect) {
    let state = cx.state;
    let focus = state.view.focus == Pane::Repos;
    let polled = state.fleet.repos.values().filter_map(|r| r.polled_at).max();
    let title = match polled.map(|at| seconds_between(at, state.now)) {
        Some(0..60) => "polled <1m ago".to_owned(),
        Some(s) => format!("polled {} ago", short_age(s)),
        None => "not polled yet".to_owned(),
    };
    let frame = Frame::new(focus, format!("4 Repos {}", state.fleet.repos.len())).right(Runs::of(Role::Muted, title));
    let inner = frame.draw(canvas, area);
    let width = usize::from(inner.width);
    let mut lines = vec![header(width)];
    let shown = current(state);
    for (i, repo) in in_order(state).into_iter().enumerate() {
        let selected = focus && shown.is_some_and(|r| r.id == repo.id);
        lines.push(line(cx, repo, selected, width).line(Press::Row(Pane::Repos, i)));
    }
    if state.fleet.repos.is_empty() {
        lines = vec![Runs::of(Role::Muted, " no app follows a git repository yet")];
    }
    let foot = usize::from(inner.height.saturating_sub(1));
    if let Some(repo) = shown.filter(|_| lines.len() + 4 <= foot) {
        newest(cx, &mut lines, repo, (foot, width), focus);
    }
    canvas.lines(inner, &lines, 0);
}

/// The newest commits of the repository under the cursor, down to the foot of the pane.
fn newest(cx: Cx, lines: &mut Vec<Runs>, repo: &Repo, (foot, width): (usize, usize), focus: bool) {
    lines.push(Runs::new());
    let name = title(repo, followers(cx, &repo.id));
    lines.push(Runs::of(Role::Muted, format!("  {name}, newest first")));
    let room = foot - lines.len();
    lines.extend(repo.log.iter().take(room).map(|c| commit(cx, c, width)));
    lines.resize(foot, Runs::new());
    let what = if focus { "enter" } else { "4" };
    let says = format!("commits, clusters, apps of {}", repo.id.short());
    lines.push(Runs::new().gap(1).add(Role::HintKey, what).gap(2).add(Role::Muted, says));
}

fn header(width: usize) -> Runs {
    let name = width.saturating_sub(27).clamp(13, 30);
    Runs::new().gap(4).cell(Role::Header, "REPO", name).gap(1).add(Role::Header, "HEAD    BEHIND    POLL")
}

/// One commit as a line of `width` cells.
pub fn commit(cx: Cx, commit: &crate::domain::commit::Commit, width: usize) -> Runs {
    Runs::new()
        .gap(1)
        .add(Role::DiffHunk, commit.short().to_owned())
        .gap(1)
        .number(Role::Muted, &words::age(cx, commit.at), 3)
        .gap(1)
        .cell(Role::Text, &commit.author, 10)
        .gap(1)
        .cell(Role::Text, &commit.subject, width.saturating_sub(24))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    #[test]
    fn the_behind_column_is_never_cut_in_the_middle_of_its_numbers() {
        let state = crate::ui::fixture::night(160, 45);
        let theme = Theme::fallback();
        let cx = Cx { state: &state, theme: &theme };
        let mut repo = state.fleet.repos.values().next().unwrap().clone();
        repo.poll = PollState::Ok;
        let with = |late: usize, all: usize, by: u32| {
            let mut followers = Followers::none();
            for i in 0..all {
                let standing = if i < late { Standing::Behind(by) } else { Standing::Even };
                followers.clusters.insert(format!("c{i}"), (standing, None));
            }
            behind(cx, &repo, &followers, BEHIND).1
        };
        assert_eq!(with(1, 4, 1), "⇣1 1 of 4");
        assert_eq!(with(2, 6, 18), "⇣18 2/6");
        assert_eq!(with(12, 40, 118), "⇣118");
        assert_eq!(with(0, 4, 0), "even");
    }
}
