//! What else has the same trouble: apps of one name elsewhere, apps that wait for this one, and what lately happened to it.

use crate::app::fleet::Row;
use crate::domain::journal::{TimelineEntry, TimelineKind};
use crate::domain::status::Severity;
use crate::theme::Role;
use crate::ui::Cx;
use crate::ui::runs::Runs;
use crate::ui::{text, words};

/// What joins two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tie {
    SameApp,
    SameCause,
    /// It waits for the one in view.
    Waits,
}

/// In the order of the list.
fn peers<'a>(cx: Cx<'a>, row: &Row) -> Vec<(&'a Row, Tie)> {
    let id = &row.app.id;
    let shares_source =
        |other: &Row| other.app.sources.iter().any(|s| s.path.is_some() && row.app.sources.iter().any(|r| r.repo() == s.repo()));
    let rows = &cx.state.fleet.rows;
    let is_same =
        |other: &&Row| other.app.id != *id && (shares_source(other) || row.app.sources.is_empty() || other.app.sources.is_empty());
    let waiting: Vec<&Row> = rows.waiting_for(id).filter(|r| r.app.id != *id).collect();
    let is_in = |of: &[&Row], other: &Row| of.iter().any(|one| one.app.id == other.app.id);
    // All rows are looked at only where this one names a cause outside of it.
    let sharing: Vec<&Row> = match &row.verdict.outside {
        Some(_) => rows.values().filter(|r| r.app.id != *id && !is_in(&waiting, r) && shares_cause(row, r)).collect(),
        None => Vec::new(),
    };
    let same = rows.named(&id.name).filter(|_| id.name != "flux-system").filter(is_same);
    let mut out: Vec<(&Row, Tie)> = same.filter(|r| !is_in(&waiting, r) && !is_in(&sharing, r)).map(|r| (r, Tie::SameApp)).collect();
    out.extend(sharing.iter().map(|r| (*r, Tie::SameCause)));
    out.extend(waiting.iter().map(|r| (*r, Tie::Waits)));
    out.sort_by(|(a, ta), (b, tb)| {
        let key = |r: &Row, tie: Tie| (r.severity == Severity::Ok, tie == Tie::Waits, r.severity);
        key(a, *ta).cmp(&key(b, *tb)).then(b.since.cmp(&a.since)).then(words::runs_on(cx, b).cmp(words::runs_on(cx, a)))
    });
    out
}

/// What both rows say is broken is one thing outside of both.
fn shares_cause(row: &Row, other: &Row) -> bool {
    row.verdict.outside.is_some() && row.verdict.outside == other.verdict.outside
}

fn dot(cx: Cx, row: &Row) -> Runs {
    let (role, sign) = words::tone(words::row_tone(row));
    Runs::of(role, cx.theme.sign(sign)).gap(1)
}

/// `also  ✗ payments prod-us   ⇄ orders prod-eu waits for it`; whole entries only.
pub fn line(cx: Cx, row: &Row, width: usize) -> Option<Runs> {
    let mut out = Runs::new().gap(1).add(Role::Muted, "also").gap(2);
    let mut count = 0;
    let all = peers(cx, row);
    let is_ill = |(peer, _): &(&Row, Tie)| peer.severity != Severity::Ok;
    // "also" beside trouble is read as "also in trouble": those that are well are told only where none is.
    let only_ill = row.severity.is_broken() && all.iter().any(is_ill);
    for (peer, tie) in all.into_iter().filter(|one| !only_ill || is_ill(one)) {
        let mut entry = dot(cx, peer).add(Role::Text, format!("{} {}", peer.app.id.name, words::runs_on(cx, peer)));
        if tie == Tie::Waits {
            // What it waited for is over once this app is well.
            let word = if row.severity == Severity::Ok { " depends on it" } else { " waits for it" };
            entry = entry.add(Role::Text, word);
        }
        if out.width() + 3 + entry.width() > width {
            break;
        }
        out = if count > 0 { out.gap(3).join(entry) } else { out.join(entry) };
        count += 1;
    }
    (count > 0).then_some(out)
}

/// The column beside Why.
pub fn column(cx: Cx, row: &Row, width: usize, height: usize) -> Vec<Runs> {
    let peers = peers(cx, row);
    let (shared, rest): (Vec<_>, Vec<_>) = peers.iter().copied().partition(|(_, tie)| *tie == Tie::SameCause);
    let shared: Vec<&Row> = shared.into_iter().map(|(r, _)| r).collect();
    let (broken, others): (Vec<&Row>, Vec<&Row>) =
        rest.into_iter().map(|(r, _)| r).partition(|r| r.severity.is_broken() && row.severity.is_broken());
    let mut out = Vec::new();
    if !peers.is_empty() {
        let lately = lately(cx, row).len().min(7) + 2;
        let headings = [&shared, &broken, &others].iter().filter(|group| !group.is_empty()).count().max(2);
        let room = height.saturating_sub(lately + headings).max(4);
        let shown = || shared.iter().chain(&broken).chain(&others).take(room);
        let name = shown().map(|r| text::width(&r.app.id.name)).max().unwrap_or(0).clamp(8, 14) + 3;
        let cluster = shown().map(|r| text::width(words::runs_on(cx, r))).max().unwrap_or(0).clamp(8, 12) + 1;
        for (i, peer) in shown().enumerate() {
            if i == 0 && !shared.is_empty() {
                out.push(Runs::new().gap(1).add(Role::Header, "SAME CAUSE"));
            }
            if i == shared.len() && !broken.is_empty() {
                out.push(Runs::new().gap(1).add(Role::Header, also_broken(cx, row, &broken)));
            }
            if i == shared.len() + broken.len() {
                let waits = |r: &&Row| peers.iter().any(|(one, tie)| *tie == Tie::Waits && one.app.id == r.app.id);
                let title = match broken.is_empty() {
                    false => "OTHERS",
                    true if others.iter().all(waits) => "DEPEND ON IT",
                    true => "SAME APP ELSEWHERE",
                };
                out.push(Runs::new().gap(1).add(Role::Header, title));
            }
            let line = Runs::new().gap(1).join(dot(cx, peer)).name(Role::Text, &peer.app.id.name, name - 1).gap(1);
            let line =
                line.name(Role::Text, words::runs_on(cx, peer), cluster).gap(1).cell(Role::Muted, peer.app.id.kind.short(), 4).gap(2);
            let rest = width.saturating_sub(line.width());
            out.push(line.cell(Role::Text, &text::cut_words(reason(&peer.verdict.short), rest), rest));
        }
        if peers.len() > room {
            out.push(Runs::of(Role::Muted, format!("   {} more", peers.len() - room)));
        }
        out.push(Runs::new());
    }
    let entries = lately(cx, row);
    if !entries.is_empty() {
        out.push(Runs::new().gap(1).add(Role::Header, "LATELY ON THIS APP"));
        out.extend(entries.into_iter().map(|e| happened(cx, e, width)));
    }
    out
}

/// The commits are the same only where they are the same for all of them.
fn also_broken(cx: Cx, row: &Row, broken: &[&Row]) -> String {
    let since = broken.iter().map(|r| r.since).chain([row.since]).min().unwrap_or(row.since);
    let is_same = |r: &&Row| r.app.revision.is_some() && (r.app.revision == row.app.revision || r.app.revision == row.app.target);
    format!("ALSO BROKEN SINCE {}{}", words::clock(cx, since), if broken.iter().all(is_same) { ", SAME COMMITS" } else { "" })
}

/// The reason without its details: what stands before the first colon, semicolon or bracket.
fn reason(short: &str) -> &str {
    short.split([':', ';', '(']).next().unwrap_or(short).trim_end()
}

/// Newest first.
fn lately<'a>(cx: Cx<'a>, row: &Row) -> Vec<&'a TimelineEntry> {
    cx.state.timeline.iter().rev().filter(|e| e.app.as_ref() == Some(&row.app.id)).collect()
}

fn happened(cx: Cx, entry: &TimelineEntry, width: usize) -> Runs {
    let line = Runs::new().gap(1).add(Role::Muted, words::time(cx, entry.at)).gap(1);
    if entry.kind == TimelineKind::Commit {
        let rev = entry.revision.as_deref().map_or("", words::revision);
        return line.gap(2).cell(Role::DiffHunk, rev, 7).gap(1).add(Role::Text, entry.text.clone()).cut(width);
    }
    let (role, sign) = words::tone(crate::app::timeline::tone(&entry.text, entry.kind));
    line.add(role, cx.theme.sign(sign)).gap(1).add(Role::Text, entry.text.clone()).cut(width)
}

#[cfg(test)]
mod tests {
    use super::shares_cause;
    use crate::app::fleet::Row;
    use crate::domain::ids::{ClusterId, SourceId};
    use crate::domain::verdict::Outside;
    use crate::ui::fixture;

    fn row(name: &str, outside: Option<Outside>) -> Row {
        let mut row = fixture::row(name, "prod-eu", "kust", ("Synced", "Unknown"), ("4f2c91d", "5m"), "source app: fetch fails 26m, auth");
        row.verdict.outside = outside;
        row
    }

    #[test]
    fn rows_share_a_cause_only_where_both_name_one_object_whatever_their_words_say() {
        let source = |kind: &str, namespace: &str| {
            Some(Outside::Source(SourceId {
                cluster: ClusterId::new("prod-eu"),
                kind: kind.into(),
                namespace: namespace.into(),
                name: "app".into(),
            }))
        };
        let store = |place: &str, namespace: &str| {
            Some(Outside::Store { place: place.into(), namespace: namespace.into(), name: "vault-eu".into() })
        };
        let shares = |a: Option<Outside>, b: Option<Outside>| shares_cause(&row("cart", a), &row("orders", b));
        assert!(shares(source("GitRepository", "team-a"), source("GitRepository", "team-a")));
        assert!(!shares(source("GitRepository", "team-a"), source("GitRepository", "team-b")), "another namespace");
        assert!(!shares(source("GitRepository", "team-a"), source("OCIRepository", "team-a")), "another kind");
        assert!(!shares(None, None), "the same words, and neither names what is broken");
        assert!(shares(store("prod-eu", ""), store("prod-eu", "")), "the store of the cluster");
        assert!(!shares(store("prod-eu", "shop"), store("prod-eu", "till")), "a namesake in another namespace");
        assert!(!shares(store("prod-eu", ""), store("prod-us", "")), "and on another cluster");
    }
}
