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
    let sharing: Vec<&Row> = match outside(&row.verdict.short) {
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

/// What both rows say is broken is one thing outside of both. A name alone does not tell: it is one of its namespace, or of its cluster.
fn shares_cause(row: &Row, other: &Row) -> bool {
    let Some(cause) = outside(&row.verdict.short).filter(|cause| outside(&other.verdict.short) == Some(cause)) else { return false };
    if cause.starts_with("source ") {
        let source = |row: &Row| row.app.flux().and_then(|f| f.source.clone());
        return source(row).is_some() && source(row) == source(other);
    }
    let is_here = row.app.runs_on() == other.app.runs_on();
    let store = cause.strip_prefix("secret store ");
    is_here && store.is_none_or(|name| is_of_the_cluster(name, row) || is_of_the_cluster(name, other) || is_one_namespace(row, other))
}

fn is_of_the_cluster(store: &str, row: &Row) -> bool {
    const KIND: &str = "ClusterSecretStore";
    let is_named = [store.to_owned(), format!("\"{store}\"")].iter().any(|name| row.verdict.sentence.contains(&format!("{KIND} {name}")));
    is_named || row.app.resources.iter().any(|r| r.key.kind == KIND && r.key.name == store)
}

/// Where both have what they take from a store: of a Kustomization its objects tell, rather than the namespace it sets for all.
fn is_one_namespace(row: &Row, other: &Row) -> bool {
    let namespaces = |row: &Row| {
        let copies = row.app.resources.iter().filter(|r| r.key.group == "external-secrets.io").map(|r| r.key.namespace.clone());
        let copies: Vec<String> = copies.filter(|namespace| !namespace.is_empty()).map(|n| n.to_string()).collect();
        if copies.is_empty() { row.app.destination.namespace.iter().cloned().collect() } else { copies }
    };
    let there = namespaces(other);
    namespaces(row).iter().any(|namespace| there.contains(namespace))
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
    use super::{outside, shares_cause};
    use crate::app::fleet::Row;
    use crate::domain::app::EngineFields;
    use crate::domain::ids::{ObjectKey, SourceId};
    use crate::ui::fixture;

    fn row(name: &str, kind: &str, short: &str) -> Row {
        fixture::row(name, "prod-eu", kind, ("Synced", "Unknown"), ("4f2c91d", "5m"), short)
    }

    /// A Kustomization whose source is told as failing.
    fn fed(name: &str, kind: &str, namespace: &str) -> Row {
        let mut row = row(name, "kust", "source app: fetch fails 26m, auth");
        let id = SourceId { cluster: row.app.id.cluster.clone(), kind: kind.into(), namespace: namespace.into(), name: "app".into() };
        if let EngineFields::Flux(fields) = &mut row.app.engine {
            fields.source = Some(id);
        }
        row
    }

    fn stored(name: &str, namespace: Option<&str>) -> Row {
        let mut row = row(name, "kust", "secret store vault-eu unreachable");
        row.app.destination.namespace = namespace.map(str::to_owned);
        row
    }

    #[test]
    fn a_cause_outside_of_the_app_is_told_by_its_name_however_it_is_broken() {
        assert_eq!(outside("secret store vault-eu unreachable"), Some("secret store vault-eu"));
        assert_eq!(outside("secret store vault-eu not ready"), Some("secret store vault-eu"));
        assert_eq!(outside("source shop: fetch fails 26m, auth"), Some("source shop"));
        assert_eq!(outside("crash loop 7x: web exits 1"), None);
    }

    #[test]
    fn sources_of_one_name_are_one_cause_only_where_they_are_one_object() {
        let cart = fed("cart", "GitRepository", "team-a");
        assert!(shares_cause(&cart, &fed("orders", "GitRepository", "team-a")));
        assert!(!shares_cause(&cart, &fed("orders", "GitRepository", "team-b")), "another namespace");
        assert!(!shares_cause(&cart, &fed("orders", "OCIRepository", "team-a")), "another kind");
        let unknown = row("orders", "kust", "source app: fetch fails 26m, auth");
        assert!(!shares_cause(&unknown, &unknown.clone()), "two that name no source share none");
    }

    #[test]
    fn a_secret_store_is_of_its_namespace_unless_it_is_known_to_be_of_the_cluster() {
        let cart = stored("cart", Some("shop"));
        assert!(shares_cause(&cart, &stored("orders", Some("shop"))));
        assert!(!shares_cause(&cart, &stored("orders", Some("till"))), "another namespace");
        assert!(!shares_cause(&stored("cart", None), &stored("orders", None)), "no namespace is known");
        let mut copies = stored("orders", None);
        let key = ObjectKey::new("external-secrets.io", "ExternalSecret", "shop", "db");
        copies.app.resources.push(crate::domain::app::ManagedResource { key, ..Default::default() });
        assert!(shares_cause(&cart, &copies), "its objects tell where");
        let mut whole = stored("orders", Some("till"));
        let key = ObjectKey::new("external-secrets.io", "ClusterSecretStore", "", "vault-eu");
        whole.app.resources.push(crate::domain::app::ManagedResource { key, ..Default::default() });
        assert!(shares_cause(&cart, &whole), "it deploys the store");
        let mut told = stored("orders", Some("till"));
        told.verdict.sentence = "ExternalSecret web cannot be fetched: ClusterSecretStore \"vault-eu\" is not ready.".into();
        assert!(shares_cause(&cart, &told), "its controller names the kind");
    }

    #[test]
    fn a_webhook_is_one_on_its_cluster_and_another_one_elsewhere() {
        let say = |name: &str, cluster: &str| {
            fixture::row(name, cluster, "kust", ("Synced", "Unknown"), ("4f2c91d", "5m"), "webhook policy.example: no answer in time")
        };
        assert!(shares_cause(&say("cart", "prod-eu"), &say("orders", "prod-eu")));
        assert!(!shares_cause(&say("cart", "prod-eu"), &say("orders", "prod-us")));
    }
}
