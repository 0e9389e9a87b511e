//! Step 1: the commits between good and bad that touch what the app is built from.

use super::wait;
use crate::app::fleet::Row;
use crate::app::msg::SuspectList;
use crate::app::rollback::Rollback;
use crate::domain::commit::{Commit, FileChange, Suspect};
use crate::domain::duration::long_age;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::widget::list::top_for;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, screen: &Rollback) {
    let Some(list) = &screen.list else {
        return wait(cx, canvas, area, "Suspects", "Fetching git and reading the commits since the last good state", screen);
    };
    let lower = (area.height / 3).clamp(0, 11);
    let lower = if area.height >= 16 { lower.max(6) } else { 0 };
    let upper = Rect { height: area.height - lower, ..area };
    table(cx, canvas, upper, screen, list);
    let below = Rect { y: area.y + upper.height, height: lower, ..area };
    if lower == 0 {
        return;
    }
    if area.width >= 140 {
        let left = Rect { width: area.width * 46 / 100, ..below };
        commit(cx, canvas, left, screen);
        radius(cx, canvas, Rect { x: left.right(), width: area.width - left.width, ..below }, screen);
    } else {
        commit(cx, canvas, below, screen);
    }
}

fn facts(cx: Cx, screen: &Rollback, list: &SuspectList, (width, room): (usize, usize)) -> Vec<Runs> {
    let mut out = vec![good(screen)];
    if let Some(undo) = &screen.undo {
        let short = |ids: &[String]| ids.iter().map(|id| words::revision(id)).collect::<Vec<_>>().join(", ");
        let text = format!("! reverting {} brings back what it took out: {}", words::revision(&undo.commit), short(&undo.took_out));
        out.push(label("undo").add(Role::Attention, text));
    }
    let fetched = words::age(cx, list.fetched_at);
    let name = if screen.undo.is_some() { "head" } else { "bad" };
    out.push(fact(name, &list.tip, format!("head of {} {}    evidence: git fetch {fetched} ago", screen.repo.short(), list.branch)));
    out.push(range(screen, list));
    let whole: Vec<Runs> = out.iter().flat_map(|line| flowed(line, width)).collect();
    // Commits come first: what is beside them is cut where that makes room.
    if whole.len() + rows_of(screen).len().max(AROUND_NONE) < room {
        return whole;
    }
    out.into_iter().map(|line| line.cut(width)).collect()
}

/// Lines that an empty list says instead of commits.
const AROUND_NONE: usize = 5;
/// What parts a fact from the next one on its line, and where its texts begin.
const PART: &str = "    ";
const FACT: usize = 7;

/// A line of facts in as many lines as they need; a fact goes on whole in the next one where it fits there.
fn flowed(line: &Runs, width: usize) -> Vec<Runs> {
    let Some((last, before)) = line.list.split_last().filter(|_| line.width() > width) else { return vec![line.clone()] };
    let mut at = before.iter().fold(Runs::new(), |l, run| l.add(run.role, run.text.clone()));
    let mut out = Vec::new();
    let says = last.text.trim_start();
    at = at.gap(text::width(&last.text) - text::width(says));
    for (i, part) in says.split(PART).enumerate() {
        let gap = if i > 0 { PART.len() } else { 0 };
        if at.width() + gap + text::width(part) <= width {
            at = at.gap(gap).add(last.role, part);
            continue;
        }
        // The first one goes on beside what it is about.
        let start = if i > 0 { FACT } else { at.width() };
        if i > 0 {
            out.push(std::mem::replace(&mut at, Runs::new().gap(FACT)));
        }
        for (n, l) in text::wrap(part, width.saturating_sub(start)).into_iter().enumerate() {
            if n > 0 {
                out.push(std::mem::replace(&mut at, Runs::new().gap(start)));
            }
            at = at.add(last.role, l);
        }
    }
    out.push(at);
    out
}

fn label(name: &str) -> Runs {
    Runs::new().gap(1).cell(Role::Muted, name, 5).gap(1)
}

fn fact(name: &str, rev: &str, says: String) -> Runs {
    label(name).add(Role::DiffHunk, words::revision(rev).to_owned()).gap(2).add(Role::Text, says)
}

/// Where the list begins, and how that is known to have been good.
fn good(screen: &Rollback) -> Runs {
    let Some(good) = screen.good.and_then(|i| screen.goods.get(i)) else {
        let says = if screen.goods.is_empty() {
            "not known: the newest 50 commits are listed; nobody recorded a healthy state"
        } else {
            "left out: the newest 50 commits are listed    G  the first good again"
        };
        return label("good").add(Role::Attention, says);
    };
    let more = if screen.goods.len() > 1 { "    G  another good" } else { "    G  without it" };
    let name = if screen.starts_at_undo().is_some() { "from" } else { "good" };
    fact(name, &good.revision, format!("{}    evidence: {}{more}", good.evidence, good.source))
}

/// Which commits were looked at, and how many of them count.
fn range(screen: &Rollback, list: &SuspectList) -> Runs {
    let all = list.suspects.len() + list.others.len();
    let range = list
        .good
        .as_deref()
        .map_or(String::new(), |g| format!("{}..{} on the first-parent line: ", words::revision(g), words::revision(&list.tip)));
    let others = match list.others.len() {
        0 => String::new(),
        n if screen.show_all => format!("    t  hides the other {n}"),
        n => format!("    t  shows the other {n}"),
    };
    let text = format!(
        "{range}{}, {} what {} on {} is built from{others}",
        words::count(all, "commit"),
        touching(list.suspects.len()),
        screen.target.app.name,
        screen.target.runs_on
    );
    label("range").add(Role::Text, text)
}

/// "1 touches", "3 touch".
fn touching(n: usize) -> String {
    format!("{n} {}", if n == 1 { "touches" } else { "touch" })
}

/// Widths of WHO, FILES, SUBJECT and ALSO TOUCHES; 0 = left out.
fn widths(width: usize) -> (usize, usize, usize, usize) {
    let (files, also) = match width {
        0..100 => (0, 0),
        100..120 => (8, 0),
        _ => (8, (width / 4).clamp(24, 44)),
    };
    let who = if width < 80 { 10 } else { 14 };
    let fixed = 7 + 9 + 4 + 2 + who + 1;
    let rest = width.saturating_sub(fixed + if files > 0 { files + 1 } else { 0 } + if also > 0 { also + 1 } else { 0 });
    (who, files, rest, also)
}

fn table(cx: Cx, canvas: &mut Canvas, area: Rect, screen: &Rollback, list: &SuspectList) {
    let width = usize::from(area.width.saturating_sub(2));
    let facts = facts(cx, screen, list, (width, usize::from(area.height.saturating_sub(3))));
    let (who, files, subject, also) = widths(width);
    let rows = usize::from(area.height.saturating_sub(3)).saturating_sub(facts.len());
    let lines: Vec<Runs> =
        rows_of(screen).into_iter().enumerate().map(|(i, row)| line(cx, screen, row, i, (who, files, subject, also))).collect();
    let top = top_for(screen.cursor, 0, rows, lines.len());
    let below = lines.len().saturating_sub(top + rows);
    let what =
        if screen.starts_at_undo().is_some() { "commits since the one that was rolled back" } else { "commits between good and bad" };
    let frame = Frame::new(true, if screen.undo.is_some() { "Undo" } else { "Suspects" }).also(Runs::of(Role::Muted, what));
    let marked = if screen.marked.is_empty() {
        Runs::of(Role::Muted, "none marked")
    } else {
        Runs::of(Role::Mark, format!("{} marked", screen.marked.len()))
    };
    let more = if below > 0 { Runs::of(Role::Muted, format!("{below} more below")) } else { Runs::new() };
    let inner = frame.right(marked).bottom(Runs::new(), more).draw(canvas, area);
    let mut head =
        Runs::new().gap(7).cell(Role::Header, "COMMIT", 8).number(Role::Header, "AGE", 4).gap(2).cell(Role::Header, "WHO", who).gap(1);
    if files > 0 {
        head = head.cell(Role::Header, "FILES", files).gap(1);
    }
    head = head.cell(Role::Header, "SUBJECT", subject);
    if also > 0 {
        head = head.gap(1).cell(Role::Header, "ALSO TOUCHES", also);
    }
    let mut all = facts;
    all.push(head);
    if lines.is_empty() {
        all.extend(nothing(screen, list, width));
    }
    all.extend(lines.into_iter().skip(top).take(rows));
    if below == 0 {
        let good = if screen.starts_at_undo().is_some() { "" } else { "good: " };
        let ends = |g: &str| format!("{}  {good}the list ends here", words::revision(g));
        let end = list.good.as_deref().map_or("the list ends here".to_owned(), ends);
        all.push(Runs::new().gap(6).add(Role::Muted, format!("-  {end}")));
    }
    canvas.lines(inner, &all, 0);
}

/// An empty list: what that means, and what to do now.
fn nothing(screen: &Rollback, list: &SuspectList, width: usize) -> Vec<Runs> {
    let app = &screen.target.app.name;
    let meaning = if list.others.is_empty() {
        format!("No commit lies in this range: git holds what ran when {app} was last good. The cause is outside git, or older.")
    } else {
        format!("None of these commits touches what {app} is built from. The cause is outside its path in git, or older.")
    };
    let others = list.others.len();
    let mut steps: Vec<(&str, String)> = Vec::new();
    if others > 0 && !screen.show_all {
        steps.push(("t", format!("shows the {} of the range", words::count(others, "other commit"))));
    }
    if !screen.goods.is_empty() {
        steps.push(("G", "begins at another good, or lists the newest 50 commits".into()));
    }
    steps.push(("esc", "back; there d shows what differs live, L the log, t what happened".into()));
    let says = text::wrap(&meaning, width.saturating_sub(2)).into_iter().map(|l| Runs::new().gap(1).add(Role::Text, l));
    says.chain(steps.into_iter().map(|(key, says)| Runs::new().gap(1).cell(Role::HintKey, key, 4).add(Role::Text, says).cut(width)))
        .collect()
}

#[derive(Clone, Copy)]
enum Entry<'a> {
    Suspect(&'a Suspect),
    Other(&'a Commit),
}

/// The rows that the cursor walks over: what is drawn is what a key acts on.
fn rows_of(screen: &Rollback) -> Vec<Entry<'_>> {
    screen.rows().into_iter().map(|(commit, suspect)| suspect.map_or(Entry::Other(commit), Entry::Suspect)).collect()
}

fn line(cx: Cx, screen: &Rollback, entry: Entry, at: usize, (who, files, subject, also): (usize, usize, usize, usize)) -> Runs {
    let (commit, suspect) = match entry {
        Entry::Suspect(s) => (&s.commit, Some(s)),
        Entry::Other(c) => (c, None),
    };
    let here = screen.cursor == at;
    let marked = screen.marked.contains(&commit.id);
    let author = if suspect.is_some_and(|s| s.is_bot) { format!("{} bot", commit.author) } else { commit.author.clone() };
    let start = if here { Runs::of(Role::CursorGutter, ">").gap(1) } else { Runs::new().gap(2) };
    let start = Runs::new().gap(1).join(start).add(if marked { Role::Mark } else { Role::Text }, if marked { "[x]" } else { "[ ]" }).gap(1);
    let mut line = start
        .cell(Role::DiffHunk, commit.short(), 8)
        .number(Role::Muted, &words::age(cx, commit.at), 4)
        .gap(2)
        .cell(Role::Text, &author, who)
        .gap(1);
    if files > 0 {
        let text = suspect.map_or("0".into(), |s| format!("{} of {}", s.in_path_set, s.files.len()));
        line = line.cell(Role::Text, &text, files).gap(1);
    }
    let merge = if commit.is_merge() { "M  " } else { "" };
    line = line.cell(if suspect.is_some() { Role::Text } else { Role::Muted }, &format!("{merge}{}", commit.subject), subject);
    if also > 0 {
        line = line.gap(1).cell(Role::Muted, &touches(cx, screen, &commit.id, suspect.is_some()), also);
    }
    line.over(here.then_some(Role::Cursor))
}

/// "3 apps on 2 clusters", where they run.
fn touches(cx: Cx, screen: &Rollback, id: &str, is_own: bool) -> String {
    let rows: Vec<&Row> = also(cx, screen, [id]);
    match (rows.len(), is_own) {
        (0, true) => "no other app".into(),
        (0, false) => "not this app".into(),
        (n, own) => {
            let what = if own { "" } else { "not this, " };
            format!("{what}{} on {}", words::count(n, "app"), words::count(places(cx, &rows), "cluster"))
        }
    }
}

/// The other apps that these commits reach, as they are counted in the plan too.
fn also<'a>(cx: Cx<'a>, screen: &Rollback, commits: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<&'a Row> {
    let mut ids = std::collections::BTreeSet::new();
    for commit in commits {
        ids.extend(screen.touches(commit.as_ref()).iter().filter(|id| **id != screen.target.app).cloned());
    }
    let rows = ids.iter().filter_map(|id| cx.state.fleet.rows.get(id));
    rows.filter(|row| crate::app::rollback::follows(cx.state, screen, &row.app)).collect()
}

fn places(cx: Cx, rows: &[&Row]) -> usize {
    rows.iter().map(|row| words::runs_on(cx, row)).collect::<std::collections::BTreeSet<_>>().len()
}

fn under_cursor(screen: &Rollback) -> Option<Entry<'_>> {
    rows_of(screen).get(screen.cursor).copied()
}

fn commit(cx: Cx, canvas: &mut Canvas, area: Rect, screen: &Rollback) {
    let Some(entry) = under_cursor(screen) else {
        let inner = Frame::new(false, "Commit").draw(canvas, area);
        let says = "No commit is in the list, so none can be marked and reverted.";
        for (y, line) in (inner.top()..inner.bottom()).zip(text::wrap(says, usize::from(inner.width.saturating_sub(2)))) {
            canvas.put(inner.x + 1, y, inner.width, Role::Text, &line);
        }
        return;
    };
    let (commit, suspect) = match entry {
        Entry::Suspect(s) => (&s.commit, Some(s)),
        Entry::Other(c) => (c, None),
    };
    let files = suspect.map_or(0, |s| s.files.len());
    let frame = Frame::new(false, format!("Commit {}", commit.short())).right(Runs::of(Role::Muted, words::count(files, "file")));
    let inner = frame.draw(canvas, area);
    let width = usize::from(inner.width);
    let (at, ago) = (words::time(cx, commit.at), long_age(crate::domain::duration::seconds_between(commit.at, cx.state.now)));
    // An old commit has no time of day that says anything: its age is told once.
    let when = if at.ends_with(" ago") { format!("{ago} ago") } else { format!("{at} ({ago} ago)") };
    let mut lines = vec![
        Runs::new().gap(1).add(Role::Strong, format!("{}  {}", commit.short(), commit.subject)),
        Runs::new().gap(1).add(Role::Text, format!("{} <{}>, {when}", commit.author, commit.email)),
    ];
    if let Some(policy) = suspect.and_then(|s| s.image_policy.as_ref()) {
        lines.push(
            Runs::new().gap(1).add(Role::Attention, format!("! image automation ({policy}) writes these lines: it would bump again")),
        );
    }
    for file in suspect.map_or(&[][..], |s| &s.files) {
        let sign = match file.change {
            FileChange::Added => "A",
            FileChange::Modified => "M",
            FileChange::Deleted => "D",
        };
        let name = width.saturating_sub(18);
        let line = Runs::new().gap(1).add(Role::Muted, sign).gap(1).name(Role::Text, &file.path, name).gap(1);
        lines.push(line.add(Role::DiffAdded, format!("+{}", file.added)).gap(1).add(Role::DiffRemoved, format!("-{}", file.removed)));
    }
    for line in commit.body.lines().filter(|l| !l.trim().is_empty()) {
        lines.push(Runs::new().gap(1).add(Role::Muted, line.to_owned()));
    }
    canvas.lines(inner, &lines.into_iter().map(|l| l.cut(width)).collect::<Vec<_>>(), 0);
}

/// Which other apps the marked commits (or the one under the cursor) touch.
fn radius(cx: Cx, canvas: &mut Canvas, area: Rect, screen: &Rollback) {
    let here = under_cursor(screen).map(|entry| match entry {
        Entry::Suspect(s) => s.commit.id.as_str(),
        Entry::Other(c) => c.id.as_str(),
    });
    let what = match screen.marked.len() {
        0 => "THE COMMIT UNDER THE CURSOR TOUCHES",
        1 => "THE MARKED COMMIT TOUCHES",
        _ => "THE MARKED COMMITS TOUCH",
    };
    let marked: Vec<&str> = screen.marked.iter().map(String::as_str).collect();
    let of = if marked.is_empty() { here.into_iter().collect() } else { marked };
    let is_own = of.is_empty() || of.iter().any(|id| screen.suspect(id).is_some());
    let own = cx.state.fleet.rows.get(&screen.target.app).filter(|_| is_own);
    let rows: Vec<&Row> = own.into_iter().chain(also(cx, screen, of)).collect();
    let count = format!("{}, {}", words::count(rows.len(), "app"), words::count(places(cx, &rows), "cluster"));
    let inner = Frame::new(false, "Blast radius").right(Runs::of(Role::Muted, count)).draw(canvas, area);
    let mut lines = vec![Runs::new().gap(1).add(Role::Header, format!("APPS WHOSE FILES {what}"))];
    for row in rows {
        let app = &row.app.id;
        let (role, sign) = words::tone(words::row_tone(row));
        let line = Runs::new().gap(1).add(role, cx.theme.sign(sign)).gap(1).name(Role::Text, &app.name, 16).gap(1);
        let line = line.name(Role::Text, words::runs_on(cx, row), 12).gap(1).cell(Role::Muted, app.kind.short(), 5).gap(1);
        let state = match row.stale_as_of {
            Some(at) => format!("not read, as of {} ago", words::age(cx, at)),
            None if row.app.suspended => "suspended: it will not follow".to_owned(),
            None => row.severity.word().to_owned(),
        };
        lines.push(line.add(role, state));
    }
    canvas.lines(inner, &lines, 0);
}
