//! What else has the same trouble: apps of one name elsewhere, apps that wait for this one, and what lately happened to it.

use crate::app::fleet::Row;
use crate::domain::journal::{TimelineEntry, TimelineKind};
use crate::domain::status::Severity;
use crate::theme::Role;
use crate::ui::Cx;
use crate::ui::runs::Runs;
use crate::ui::{text, words};

/// (row, waits for this one), in the order of the list.
fn peers<'a>(cx: Cx<'a>, row: &Row) -> Vec<(&'a Row, bool)> {
    let id = &row.app.id;
    let shares_source =
        |other: &Row| other.app.sources.iter().any(|s| s.path.is_some() && row.app.sources.iter().any(|r| r.repo() == s.repo()));
    let rows = &cx.state.fleet.rows;
    let is_same =
        |other: &&Row| other.app.id != *id && (shares_source(other) || row.app.sources.is_empty() || other.app.sources.is_empty());
    let waiting: Vec<&Row> = rows.waiting_for(id).filter(|r| r.app.id != *id).collect();
    let waits = |other: &&Row| waiting.iter().any(|w| w.app.id == other.app.id);
    let same = rows.named(&id.name).filter(|_| id.name != "flux-system").filter(is_same).filter(|r| !waits(r));
    let mut out: Vec<(&Row, bool)> = same.map(|r| (r, false)).collect();
    // All rows are looked at only where this one names a cause outside of it.
    if outside(&row.verdict.short).is_some() {
        let sharing = rows.values().filter(|r| r.app.id != *id && r.app.id.name != id.name && shares_cause(row, r));
        out.extend(sharing.filter(|r| !waits(r)).map(|r| (r, false)));
    }
    out.extend(waiting.iter().map(|r| (*r, true)));
    out.sort_by(|(a, wa), (b, wb)| {
        let key = |r: &Row, w: bool| (r.severity == Severity::Ok, w, r.severity);
        key(a, *wa).cmp(&key(b, *wb)).then(b.since.cmp(&a.since)).then(words::runs_on(cx, b).cmp(words::runs_on(cx, a)))
    });
    out
}

/// What both rows say is broken is one thing outside of both: a store, a source, a webhook of the cluster where they run.
fn shares_cause(row: &Row, other: &Row) -> bool {
    let is_one = |row: &Row| outside(&row.verdict.short).map(str::to_owned);
    let here = row.app.id.cluster == other.app.id.cluster && row.app.runs_on() == other.app.runs_on();
    here && is_one(row).is_some_and(|cause| is_one(other) == Some(cause))
}

/// `secret store vault-eu`, `source shop`, `webhook policy.example`: what a row names as broken, without how.
fn outside(short: &str) -> Option<&str> {
    let words = match () {
        () if short.starts_with("secret store ") => 3,
        () if short.starts_with("source ") || short.starts_with("webhook ") => 2,
        () => return None,
    };
    let end = short.match_indices(' ').nth(words - 1).map_or(short.len(), |(at, _)| at);
    short.get(..end).map(|cause| cause.trim_end_matches(':'))
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
    let is_ill = |(peer, _): &(&Row, bool)| peer.severity != Severity::Ok;
    // "also" beside trouble is read as "also in trouble": those that are well are told only where none is.
    let only_ill = row.severity.is_broken() && all.iter().any(is_ill);
    for (peer, waits) in all.into_iter().filter(|one| !only_ill || is_ill(one)) {
        let mut entry = dot(cx, peer).add(Role::Text, format!("{} {}", peer.app.id.name, words::runs_on(cx, peer)));
        if waits {
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
    let (broken, others): (Vec<&Row>, Vec<&Row>) =
        peers.iter().map(|(r, _)| *r).partition(|r| r.severity.is_broken() && row.severity.is_broken());
    let mut out = Vec::new();
    if !peers.is_empty() {
        let lately = lately(cx, row).len().min(7) + 2;
        let room = height.saturating_sub(lately + 2).max(4);
        let shown = || broken.iter().chain(&others).take(room);
        let name = shown().map(|r| text::width(&r.app.id.name)).max().unwrap_or(0).clamp(8, 14) + 3;
        let cluster = shown().map(|r| text::width(words::runs_on(cx, r))).max().unwrap_or(0).clamp(8, 12) + 1;
        for (i, peer) in shown().enumerate() {
            if i == 0 && !broken.is_empty() {
                out.push(Runs::new().gap(1).add(Role::Header, also_broken(cx, row, &broken)));
            }
            if i == broken.len() {
                let title = if broken.is_empty() { "SAME APP ELSEWHERE" } else { "OTHERS" };
                out.push(Runs::new().gap(1).add(Role::Header, title));
            }
            let line = Runs::new().gap(1).join(dot(cx, peer)).name(Role::Text, &peer.app.id.name, name - 1).gap(1);
            let line =
                line.name(Role::Text, words::runs_on(cx, peer), cluster).gap(1).cell(Role::Muted, peer.app.id.kind.short(), 4).gap(2);
            let rest = width.saturating_sub(line.width());
            out.push(line.cell(Role::Text, reason(&peer.verdict.short), rest));
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
    use super::outside;

    #[test]
    fn a_cause_outside_of_the_app_is_told_by_its_name_however_it_is_broken() {
        assert_eq!(outside("secret store vault-eu unreachable"), outside("secret store vault-eu not ready"));
        assert_eq!(outside("source shop: fetch fails 26m, auth"), Some("source shop"));
        assert_eq!(outside("crash loop 7x: web exits 1"), None);
    }
}
