//! Words that every view uses alike: signs of states, times of day, ages.

use super::Cx;
use super::runs::Runs;
use crate::app::cells::Tone;
use crate::app::fleet::{Cluster, Row};
use crate::app::notice::Level;
use crate::app::task::Mark;
use crate::domain::Timestamp;
use crate::domain::cluster::Link;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::controllers::Level as Weighs;
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::status::{Health, Severity, Sync};
use crate::domain::verdict::Weight;
use crate::theme::{Role, Sign};

pub fn tone(tone: Tone) -> (Role, Sign) {
    match tone {
        Tone::Ok => (Role::Ok, Sign::Ok),
        Tone::Drift => (Role::Drift, Sign::Drift),
        Tone::Busy => (Role::Busy, Sign::Busy),
        Tone::Bad => (Role::Bad, Sign::Bad),
        Tone::Held => (Role::Held, Sign::Held),
        Tone::Missing => (Role::Missing, Sign::Missing),
        Tone::Unknown => (Role::Unknown, Sign::Unknown),
        Tone::Plain => (Role::Text, Sign::Plain),
    }
}

pub fn severity_tone(severity: Severity) -> Tone {
    match severity {
        Severity::Failed | Severity::Degraded => Tone::Bad,
        Severity::Missing => Tone::Missing,
        Severity::OutOfSync => Tone::Drift,
        Severity::Unknown => Tone::Unknown,
        Severity::Suspended => Tone::Held,
        Severity::Progressing => Tone::Busy,
        Severity::Unassessed => Tone::Plain,
        Severity::Ok => Tone::Ok,
    }
}

pub fn row_tone(row: &Row) -> Tone {
    if row.stale_as_of.is_some() { Tone::Unknown } else { severity_tone(row.severity) }
}

pub fn health_tone(health: Health) -> Tone {
    match health {
        Health::Healthy => Tone::Ok,
        Health::Progressing => Tone::Busy,
        Health::Suspended => Tone::Held,
        Health::Missing => Tone::Missing,
        Health::Degraded => Tone::Bad,
        Health::Unknown => Tone::Unknown,
    }
}

pub fn sync_tone(sync: Sync) -> Tone {
    match sync {
        Sync::Synced => Tone::Ok,
        Sync::OutOfSync => Tone::Drift,
        Sync::Unknown => Tone::Unknown,
    }
}

pub fn weight_tone(weight: Weight) -> Tone {
    match weight {
        Weight::Bad => Tone::Bad,
        Weight::Good => Tone::Ok,
        Weight::Busy => Tone::Busy,
        Weight::Drift => Tone::Drift,
        Weight::Held => Tone::Held,
        Weight::Unknown => Tone::Unknown,
        Weight::Plain => Tone::Plain,
    }
}

pub fn mark(mark: Mark) -> (Role, Sign) {
    match mark {
        Mark::Done => (Role::Ok, Sign::Ok),
        Mark::Busy => (Role::Busy, Sign::Busy),
        Mark::Waiting => (Role::Muted, Sign::Plain),
        Mark::Bad => (Role::Bad, Sign::Bad),
        Mark::Unknown => (Role::Unknown, Sign::Unknown),
    }
}

pub fn level(level: Level) -> (Role, Sign) {
    match level {
        Level::Info => (Role::Text, Sign::Plain),
        Level::Good => (Role::Ok, Sign::Ok),
        Level::Attention => (Role::Attention, Sign::Attention),
        Level::Bad => (Role::Bad, Sign::Bad),
    }
}

pub fn link(link: &Link) -> (Role, Sign) {
    match link {
        Link::Live { .. } => (Role::Ok, Sign::Ok),
        Link::Connecting { .. } => (Role::Busy, Sign::Busy),
        Link::Degraded { .. } | Link::Forbidden { .. } | Link::LoginNeeded { .. } => (Role::Attention, Sign::Attention),
        Link::Unreachable { .. } | Link::Changed { .. } | Link::Invalid { .. } => (Role::Bad, Sign::Bad),
        Link::Unmapped => (Role::Unknown, Sign::Unknown),
        Link::NotInstalled => (Role::Muted, Sign::Plain),
    }
}

/// The LINK column and the strip: word, count or age.
pub fn link_text(cx: Cx, cluster: &Cluster) -> String {
    let word = cluster.link.word();
    match &cluster.link {
        Link::Unreachable { since, .. } => format!("{word} {}", age(cx, *since)),
        Link::Connecting { since } => format!("{word} {}", age(cx, *since)),
        Link::Forbidden { kinds, .. } => format!("{word} ({})", kinds.len()),
        Link::Degraded { watches, .. } => format!("{word} ({})", watches.len()),
        Link::Live { .. } => match cluster.heard_at.map(|at| seconds_between(at, cx.state.now)) {
            Some(s) if s >= 60 => format!("{word} {}", short_age(s)),
            _ => word.to_owned(),
        },
        _ => word.to_owned(),
    }
}

/// The worst there is to say of a cluster: that it does not answer, that an engine of it does nothing, how it is linked.
pub fn standing(cx: Cx, cluster: &Cluster) -> ((Role, Sign), String) {
    let worst = crate::app::engines::worst(cluster).filter(|_| cluster.link.is_live());
    match worst {
        Some(w) if w.level == Weighs::Down => ((Role::Bad, Sign::Bad), w.word.clone()),
        // What is not read at all weighs more than what is slow.
        Some(w) if matches!(cluster.link, Link::Live { .. }) => ((Role::Attention, Sign::Attention), w.word.clone()),
        _ => (link(&cluster.link), link_text(cx, cluster)),
    }
}

/// A sign and a word in their colour.
pub fn sign_word(cx: Cx, (role, sign): (Role, Sign), word: &str, cells: usize) -> Runs {
    // Filled with plain spaces: an underlined or reversed word must not underline its column.
    let text = crate::ui::text::cut_end(&format!("{} {word}", cx.theme.sign(sign)), cells);
    Runs::of(role, text).to(cells)
}

/// The sign of something we wait for: still at first, after 300 ms it turns, where motion is wanted.
pub fn waiting(cx: Cx, since: Timestamp) -> &'static str {
    let waited = cx.state.now.as_millisecond() - since.as_millisecond();
    if cx.state.moves() && waited >= 300 {
        let frames = ["|", "/", "-", "\\"];
        let at = usize::try_from(waited / crate::app::settle::FRAME_MS).unwrap_or(0) % frames.len();
        return frames.get(at).copied().unwrap_or("|");
    }
    cx.theme.sign(Sign::Busy)
}

pub fn age(cx: Cx, from: Timestamp) -> String {
    short_age(seconds_between(from, cx.state.now))
}

fn seconds_of_day(cx: Cx, at: Timestamp) -> i64 {
    (at.as_second() + i64::from(cx.state.settings.utc_offset)).rem_euclid(86_400)
}

/// `03:12`.
pub fn clock(cx: Cx, at: Timestamp) -> String {
    let s = seconds_of_day(cx, at);
    format!("{:02}:{:02}", s / 3600, s % 3600 / 60)
}

/// When something ends: `07:12`; further off with its day: `Sat 28 Nov 07:12`. In the operator's zone.
pub fn until(cx: Cx, at: Timestamp) -> String {
    let is_soon = seconds_between(cx.state.now, at) < 20 * 3600;
    let local = Timestamp::from_second(at.as_second() + i64::from(cx.state.settings.utc_offset)).unwrap_or(at);
    local.strftime(if is_soon { "%H:%M" } else { "%a %-d %b %H:%M" }).to_string()
}

/// `03:12:40`; another day by its name: `Mon 19:44`.
pub fn time(cx: Cx, at: Timestamp) -> String {
    let day = |t: Timestamp| (t.as_second() + i64::from(cx.state.settings.utc_offset)).div_euclid(86_400);
    let (then, today) = (day(at), day(cx.state.now));
    if then == today || (today - then == 1 && seconds_between(at, cx.state.now) < 43_200) {
        return format!("{}:{:02}", clock(cx, at), seconds_of_day(cx, at) % 60);
    }
    if today - then < 7 && then < today {
        // Day 0 was a Thursday.
        let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        let name = usize::try_from(then.rem_euclid(7)).ok().and_then(|i| names.get(i)).copied().unwrap_or("");
        return format!("{name} {}", clock(cx, at));
    }
    format!("{} ago", age(cx, at))
}

/// What is shown of a revision: 7 digits of a commit, or the version.
pub fn revision(text: &str) -> &str {
    short_rev(bare_revision(text))
}

/// The name of the cluster an app runs on, as it is shown and typed.
pub fn runs_on<'a>(cx: Cx<'a>, row: &'a Row) -> &'a str {
    crate::app::pane::repos::runs_on(cx.state, row)
}

/// `1 app`, `3 apps`.
pub fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
