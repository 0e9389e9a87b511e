//! Which app an argument means: `[KIND/][NAMESPACE/]NAME`, with `--cluster` where that is not enough.

use super::Failure;
use super::status::reach;
use crate::app::also;
use crate::app::filter::glob;
use crate::app::fleet::{Cluster, Row};
use crate::app::pane::repos::runs_on;
use crate::app::state::AppState;
use crate::domain::ids::{AppId, AppKind, ClusterId};
use crate::domain::near::edits;
use crate::domain::text::shell;

/// At most so many apps are named in an error.
const NAMED: usize = 12;

/// What was asked for; names may hold `*` and `?` where several apps may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    kind: Option<AppKind>,
    namespace: Option<String>,
    name: String,
    cluster: Option<String>,
}

fn kind(word: &str) -> Option<AppKind> {
    match word.to_lowercase().as_str() {
        "app" | "apps" | "application" | "applications" => Some(AppKind::Application),
        "ks" | "kustomization" | "kustomizations" => Some(AppKind::Kustomization),
        "hr" | "helmrelease" | "helmreleases" => Some(AppKind::HelmRelease),
        _ => None,
    }
}

impl Pick {
    /// Every app of the clusters that match.
    pub fn all(cluster: Option<&str>) -> Self {
        Self { kind: None, namespace: None, name: "*".into(), cluster: cluster.map(str::to_owned) }
    }

    /// Errors: usage, where it is no such argument.
    pub fn parse(text: &str, cluster: Option<&str>) -> Result<Self, Failure> {
        let parts: Vec<&str> = text.split('/').collect();
        let (kind, namespace, name) = match parts.as_slice() {
            [name] => (None, None, *name),
            [first, name] => match kind(first) {
                Some(kind) => (Some(kind), None, *name),
                None => (None, Some(*first), *name),
            },
            [first, namespace, name] => {
                let known = kind(first);
                let none = || Failure::usage(format!("{text}: {first} is no kind; there are app (Argo CD), ks and hr (Flux)."));
                (Some(known.ok_or_else(none)?), Some(*namespace), *name)
            }
            _ => return Err(Failure::usage(format!("{text}: write an app as [KIND/][NAMESPACE/]NAME, like ks/shop/web."))),
        };
        if name.is_empty() || namespace.is_some_and(str::is_empty) {
            return Err(Failure::usage(format!("{text}: write an app as [KIND/][NAMESPACE/]NAME, like ks/shop/web.")));
        }
        Ok(Self { kind, namespace: namespace.map(str::to_owned), name: name.into(), cluster: cluster.map(str::to_owned) })
    }

    pub fn matches(&self, state: &AppState, row: &Row) -> bool {
        let id = &row.app.id;
        self.kind.is_none_or(|k| k == id.kind)
            && self.namespace.as_ref().is_none_or(|n| glob(n, &id.namespace))
            && glob(&self.name, &id.name)
            && self.cluster.as_ref().is_none_or(|c| places(state, row).iter().any(|p| glob(c, p)))
    }

    /// In the order shown.
    pub fn matching<'a>(&self, state: &'a AppState) -> Vec<&'a Row> {
        let rows = state.fleet.shown.iter().filter_map(|id| state.fleet.rows.get(id));
        rows.filter(|row| self.matches(state, row)).collect()
    }

    /// Exactly this object is named: kind, namespace, name, and the cluster it lives on by a name of its own. A pattern or the cluster it
    /// deploys to names no object: another hub may hold one of the same name that deploys there, too.
    fn names_object(&self, state: &AppState, row: &Row) -> bool {
        let is_home = |c: &String| !c.contains(['*', '?']) && names(state, &row.app.id.cluster).contains(&c.as_str());
        self.kind.is_some() && self.namespace.is_some() && self.cluster.as_ref().is_some_and(is_home)
    }

    /// As [`Self::is_enough`], and no cluster that was not read could make the one found doubtful.
    pub fn is_certain(&self, state: &AppState) -> bool {
        let found = self.matching(state);
        matches!(found.as_slice(), [row] if self.names_object(state, row)) && self.is_enough(state)
    }

    /// One is found and every cluster of the name asked for was read: others would only tell of twins.
    pub fn is_enough(&self, state: &AppState) -> bool {
        let is_found = || self.matching(state).iter().any(|row| row.stale_as_of.is_none());
        self.cluster.is_some() && reach::is_read_of(state, |c| self.counts(state, c)) && is_found()
    }

    fn counts(&self, state: &AppState, c: &Cluster) -> bool {
        self.cluster.as_ref().is_none_or(|g| names(state, &c.id).iter().any(|n| glob(g, n)))
    }

    /// Clusters that were not read and may hold what was asked for: where no cluster is named every one, else those of that name.
    pub fn unread<'a>(&self, state: &'a AppState) -> Vec<&'a Cluster> {
        reach::unread(state).filter(|c| self.counts(state, c)).collect()
    }

    /// Clusters that were not read and leave in doubt whether all that is meant was found: each could deploy to the cluster that is named.
    pub fn left_out<'a>(&self, state: &'a AppState) -> Vec<&'a Cluster> {
        let is_object = matches!(self.matching(state).as_slice(), [row] if self.names_object(state, row));
        if is_object { self.unread(state) } else { reach::unread(state).collect() }
    }

    /// All that are meant, at least one. Errors: as of [`Self::one`] where there is none.
    pub fn some<'a>(&self, state: &'a AppState) -> Result<Vec<&'a Row>, Failure> {
        let found = self.matching(state);
        if found.is_empty() { Err(self.none(state)) } else { Ok(found) }
    }

    /// The one app that is meant. Errors: usage where there is none or more than one, with what there is; 2 where a cluster that was not read
    /// may hold one.
    pub fn one(&self, state: &AppState) -> Result<AppId, Failure> {
        if self.name.contains(['*', '?']) {
            return Err(Failure::usage(format!("{}: name one app whole; patterns are for driftdeck get.", self.words())));
        }
        match self.matching(state).as_slice() {
            [] => Err(self.none(state)),
            [row] => Ok(row.app.id.clone()),
            many => Err(ambiguous(self, many, &list(many, |row| argument(state, row)))),
        }
    }

    /// As [`Self::one`], for what is to be changed: a cluster that was not read could hold another app of the same name, or deploy one to the
    /// cluster that is named; only kind, namespace, name and the cluster it lives on together leave no doubt. Errors: also 2 then.
    pub fn only(&self, state: &AppState) -> Result<AppId, Failure> {
        let found = self.matching(state);
        if found.len() > 1 && reach::unread(state).next().is_some() {
            return Err(ambiguous(self, &found, &list(&found, |row| at_home(state, row))));
        }
        let id = self.one(state)?;
        let Some(row) = state.fleet.rows.get(&id) else { return Ok(id) };
        let unread = self.doubt(state, row);
        if unread.is_empty() {
            return Ok(id);
        }
        Err(Failure::unread(format!("{} Say which one:\n  {}", self.doubtful(&unread), at_home(state, row))))
    }

    /// As [`Self::some`], for what is to be changed: as strict as [`Self::only`]. Errors: also 2, where a cluster that was not read could hold
    /// more of what is meant.
    pub fn every<'a>(&self, state: &'a AppState) -> Result<Vec<&'a Row>, Failure> {
        let found = self.some(state)?;
        let Some(unread) = found.iter().map(|row| self.doubt(state, row)).find(|unread| !unread.is_empty()) else { return Ok(found) };
        let list = list(&found, |row| at_home(state, row));
        let other = "Or read only the clusters that are meant: --context, for each of them.";
        Err(Failure::unread(format!("{} Say which one:{list}\n{other}", self.doubtful(&unread))))
    }

    /// The clusters that were not read and leave in doubt whether this row alone is meant. A row of the last run stands for its own cluster:
    /// that it does not answer is told where the plan is refused.
    fn doubt<'a>(&self, state: &'a AppState, row: &Row) -> Vec<&'a Cluster> {
        let unread: Vec<&Cluster> = if self.names_object(state, row) { self.unread(state) } else { reach::unread(state).collect() };
        if unread.iter().all(|c| c.id == row.app.id.cluster) { Vec::new() } else { unread }
    }

    fn doubtful(&self, unread: &[&Cluster]) -> String {
        format!("{} may be on {} too, which {} not read.", self.words(), told(unread), were(unread))
    }

    fn none(&self, state: &AppState) -> Failure {
        // A cluster of another name may be the one that deploys it there.
        let unread: Vec<&Cluster> = reach::unread(state).collect();
        let near = self.near(state);
        let near = if near.is_empty() { String::new() } else { format!(" Near it:{}", list(&near, |row| argument(state, row))) };
        if unread.is_empty() {
            if let Some(other) = self.not_chosen(state) {
                return Failure::usage(format!("{other}{near}"));
            }
            let hint = if near.is_empty() { " driftdeck get lists all of them." } else { "" };
            let inside = state.settings.namespace.as_ref().map_or_else(String::new, |n| format!(" in namespace {n} (-n)"));
            return Failure::usage(format!("There is no app {}{inside}.{hint}{near}", self.words()));
        }
        Failure::unread(format!("No app {} was read, and {} {} not read.{near}", self.words(), told(&unread), were(&unread)))
    }

    /// The cluster asked for is in the kubeconfig, and this run does not read it.
    fn not_chosen(&self, state: &AppState) -> Option<String> {
        let cluster = self.cluster.as_ref()?;
        let is_read = |id: &ClusterId| names(state, id).iter().any(|name| glob(cluster, name));
        if state.fleet.clusters.keys().any(is_read) {
            return None;
        }
        let meant = state.contexts.iter().filter(|c| glob(cluster, c.id.as_str()) || glob(cluster, c.name()));
        let chosen: Vec<String> = meant.map(|c| format!("--context {}", shell(c.id.as_str()))).collect();
        let names = || state.fleet.clusters.values().map(Cluster::name).collect::<Vec<_>>().join(", ");
        (!chosen.is_empty()).then(|| format!("{cluster} is not among the clusters of this run ({}): add {}.", names(), chosen.join(" ")))
    }

    /// The same name elsewhere or of another kind; else names that differ by a slip or two, the nearest first.
    fn near<'a>(&self, state: &'a AppState) -> Vec<&'a Row> {
        let rows = || state.fleet.shown.iter().filter_map(|id| state.fleet.rows.get(id));
        let same: Vec<&Row> = rows().filter(|r| r.app.id.name == self.name).collect();
        if !same.is_empty() {
            return same;
        }
        let wanted: Vec<char> = self.name.to_lowercase().chars().collect();
        let far = |row: &Row| {
            let name = row.app.id.name.to_lowercase();
            let holds = wanted.len() > 2 && name.contains(&self.name.to_lowercase());
            if holds { 1 } else { edits(&wanted, &name.chars().collect::<Vec<_>>()) }
        };
        let mut near: Vec<(usize, &Row)> = rows().map(|r| (far(r), r)).filter(|(d, _)| *d <= 1 + wanted.len() / 4).collect();
        near.sort_by_key(|(d, _)| *d);
        near.into_iter().map(|(_, row)| row).collect()
    }

    /// As it was asked for.
    fn words(&self) -> String {
        let kind = self.kind.map(|k| format!("{}/", k.word())).unwrap_or_default();
        let namespace = self.namespace.as_ref().map(|n| format!("{n}/")).unwrap_or_default();
        let cluster = self.cluster.as_ref().map(|c| format!(" on {c}")).unwrap_or_default();
        format!("{kind}{namespace}{}{cluster}", self.name)
    }
}

/// What a cluster is called: its context, its alias, contexts of the same cluster.
fn names<'a>(state: &'a AppState, id: &'a ClusterId) -> Vec<&'a str> {
    let mut out = vec![id.as_str()];
    out.extend(state.fleet.clusters.get(id).map(Cluster::name));
    out.extend(also::names(state, id));
    out
}

/// Names of where an app's object lives and of where it deploys.
fn places<'a>(state: &'a AppState, row: &'a Row) -> Vec<&'a str> {
    let mut out = names(state, &row.app.id.cluster);
    out.push(runs_on(state, row));
    if let Some(cluster) = &row.app.destination.cluster {
        out.extend(names(state, cluster));
    }
    out.extend(row.app.destination.name.as_deref());
    out
}

/// The words that pick exactly this app: kind, namespace and name, with the cluster that tells it from its twins.
pub fn argument(state: &AppState, row: &Row) -> String {
    told_apart(state, row, &[runs_on(state, row), home(state, row)])
}

/// As [`argument`], by the cluster where its object lives: what leaves no doubt whatever else was not read.
fn at_home(state: &AppState, row: &Row) -> String {
    told_apart(state, row, &[home(state, row)])
}

/// As [`argument`], for a command that is printed to be run: by the cluster where its object lives, so that nothing unread leaves a doubt, and
/// with the contexts that it must read, whichever are chosen or current where it is pasted.
pub fn to_run(state: &AppState, row: &Row) -> String {
    let (name, cluster) = named(state, row, &[home(state, row)]);
    let cluster = cluster.map(|c| format!("--cluster {} ", shell(c))).unwrap_or_default();
    format!("{name} {cluster}{}", contexts(state, row))
}

/// What a printed command must read for an app: the contexts of its home and of where it deploys, by the files and in the namespace that were
/// given.
pub fn contexts(state: &AppState, row: &Row) -> String {
    let home = &row.app.id.cluster;
    let is_read = |id: &&ClusterId| state.fleet.clusters.get(id).is_some_and(|c| c.info.is_some());
    let other = row.app.destination.cluster.as_ref().filter(|id| *id != home).filter(is_read);
    let contexts: Vec<String> = std::iter::once(home).chain(other).map(|id| format!("--context {}", shell(id.as_str()))).collect();
    format!("{}{}", contexts.join(" "), state.settings.given)
}

fn home<'a>(state: &'a AppState, row: &'a Row) -> &'a str {
    let id = &row.app.id.cluster;
    state.fleet.clusters.get(id).map_or(id.as_str(), Cluster::name)
}

/// By the first of these clusters under which no twin is found; else read from its own context only.
fn told_apart(state: &AppState, row: &Row, clusters: &[&str]) -> String {
    match named(state, row, clusters) {
        (name, Some(cluster)) => format!("{name} --cluster {}", shell(cluster)),
        (name, None) => format!("{name} --context {}", shell(row.app.id.cluster.as_str())),
    }
}

/// The whole name, and the first of these clusters under which no twin is found.
fn named<'c>(state: &AppState, row: &Row, clusters: &[&'c str]) -> (String, Option<&'c str>) {
    let id = &row.app.id;
    let pick = |cluster: &str| Pick {
        kind: Some(id.kind),
        namespace: Some(id.namespace.clone()),
        name: id.name.clone(),
        cluster: Some(cluster.to_owned()),
    };
    let name = shell(&format!("{}/{}/{}", id.kind.word(), id.namespace, id.name));
    (name, clusters.iter().copied().find(|c| pick(c).matching(state).len() == 1))
}

fn ambiguous(pick: &Pick, found: &[&Row], list: &str) -> Failure {
    Failure::usage(format!("{} is {} apps. Say which one:{list}", pick.words(), found.len()))
}

fn list(rows: &[&Row], argument: impl Fn(&Row) -> String) -> String {
    let mut out: String = rows.iter().take(NAMED).map(|row| format!("\n  {}", argument(row))).collect();
    if rows.len() > NAMED {
        out.push_str(&format!("\n  and {} more", rows.len() - NAMED));
    }
    out
}

fn were(clusters: &[&Cluster]) -> &'static str {
    if clusters.len() == 1 { "was" } else { "were" }
}

fn told(clusters: &[&Cluster]) -> String {
    let one = |c: &&Cluster| format!("{} ({})", c.name(), c.link.word());
    clusters.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::cluster::{ContextInfo, KindState, Link};
    use crate::ui::fixture;

    /// The night as it was read from every context; only edge-syd does not answer.
    pub fn night() -> AppState {
        let mut state = fixture::night(160, 45);
        for cluster in state.fleet.clusters.values_mut().filter(|c| c.link != Link::Unmapped) {
            cluster.kinds = crate::engine::watched().map(|(_, kind)| (kind.plural.to_owned(), KindState::Live)).collect();
            cluster.info = Some(ContextInfo {
                id: cluster.id.clone(),
                alias: None,
                server: format!("https://{}.example.com", cluster.id),
                user: "sam".into(),
                namespace: None,
                protected: cluster.protected,
                read_only: cluster.read_only,
                is_current: false,
                login: None,
            });
        }
        state
    }

    /// With every cluster read that answers.
    fn read() -> AppState {
        let mut state = night();
        for cluster in state.fleet.clusters.values_mut().filter(|c| c.link.is_live()) {
            cluster.link = Link::Live { since: state.now };
        }
        state
    }

    fn pick(text: &str, cluster: Option<&str>) -> Pick {
        Pick::parse(text, cluster).unwrap()
    }

    #[test]
    fn an_argument_is_a_name_with_its_namespace_and_kind_in_front() {
        let parts = |text: &str| {
            let p = pick(text, None);
            (p.kind, p.namespace, p.name)
        };
        assert_eq!(parts("web"), (None, None, "web".into()));
        assert_eq!(parts("shop/web"), (None, Some("shop".into()), "web".into()));
        assert_eq!(parts("hr/web"), (Some(AppKind::HelmRelease), None, "web".into()));
        assert_eq!(parts("app/app/web"), (Some(AppKind::Application), Some("app".into()), "web".into()));
        for bad in ["", "/", "ks/", "a/b/c/d", "deploy/shop/web", "shop//web"] {
            assert_eq!(Pick::parse(bad, None).unwrap_err().code, 64, "{bad}");
        }
    }

    #[test]
    fn every_app_has_an_argument_that_picks_it_alone() {
        let state = night();
        assert!(state.fleet.shown.len() > 20);
        for id in &state.fleet.shown {
            let said = argument(&state, &state.fleet.rows[id]);
            let Some((name, cluster)) = said.split_once(" --cluster ") else { panic!("{said}") };
            assert_eq!(pick(name, Some(cluster)).one(&state).unwrap(), *id, "{said}");
        }
    }

    #[test]
    fn a_cluster_that_the_kubeconfig_knows_and_this_run_does_not_read_is_told_with_its_context() {
        let mut state = read();
        let known = state.fleet.clusters.values().find_map(|c| c.info.clone()).unwrap();
        state.fleet.clusters.get_mut(&ClusterId::new("edge-syd")).unwrap().link = Link::Live { since: state.now };
        state.contexts = vec![ContextInfo { id: ClusterId::new("lab"), alias: Some("the lab".into()), ..known }];
        for asked in ["lab", "the*"] {
            let error = pick("payments", Some(asked)).one(&state).unwrap_err();
            assert!(error.text.contains(&format!("{asked} is not among the clusters of this run (")), "{}", error.text);
            assert!(error.text.contains("): add --context lab."), "{}", error.text);
        }
        let error = pick("payments", Some("lub")).one(&state).unwrap_err();
        assert!(error.text.contains("There is no app payments on lub."), "{}", error.text);
    }

    #[test]
    fn a_name_that_is_several_apps_lists_them_and_one_that_is_none_lists_what_is_near() {
        let state = read();
        let many = pick("payments", None).one(&state).unwrap_err();
        assert_eq!(many.code, 64);
        assert!(many.text.lines().skip(1).all(|l| l.contains("/payments --cluster ")) && many.text.lines().count() > 3, "{many}");
        let unread = pick("paymnets", None).one(&state).unwrap_err();
        assert!(unread.code == 2 && unread.text.contains("edge-syd") && unread.text.contains("/payments --cluster "), "{unread}");
        assert_eq!(pick("pay*", Some("prod-eu")).one(&state).unwrap_err().code, 64, "a pattern is no app");
    }

    #[test]
    fn what_is_to_be_changed_must_not_be_on_a_cluster_that_was_not_read_too() {
        let state = read();
        let one = pick("external-secrets", None);
        assert!(one.one(&state).is_ok());
        let error = one.only(&state).unwrap_err();
        assert!(error.code == 2 && error.text.contains("edge-syd") && error.text.contains("--cluster hub-eu"), "{error}");
        assert_eq!(pick("external-secrets", Some("hub-*")).only(&state).unwrap_err().code, 2, "it may deploy one there");
        let whole = pick("app/argocd/external-secrets", Some("hub-eu"));
        assert!(whole.only(&state).is_ok() && whole.is_certain(&state));
    }

    #[test]
    fn any_cluster_that_was_not_read_leaves_in_doubt_what_deploys_to_the_one_that_is_named() {
        let mut state = read();
        let left_out = |state: &AppState, pick: Pick| pick.left_out(state).iter().map(|c| c.id.to_string()).collect::<Vec<_>>();
        for pick in [Pick::all(Some("prod-us")), Pick::all(None), pick("payments", Some("prod-us"))] {
            assert_eq!(left_out(&state, pick), ["edge-syd"]);
        }
        assert!(left_out(&state, pick("app/argocd/external-secrets", Some("hub-eu"))).is_empty(), "nothing else can be meant");
        state.fleet.clusters.get_mut(&ClusterId::new("edge-syd")).unwrap().link = Link::Live { since: state.now };
        assert!(left_out(&state, Pick::all(Some("prod-us"))).is_empty(), "every cluster was read");
    }

    #[test]
    fn several_that_are_to_be_changed_are_held_to_the_rule_of_one() {
        let mut state = read();
        for (text, cluster) in [("external-secrets", None), ("pay*", Some("prod-us")), ("*", Some("hub-eu"))] {
            let error = pick(text, cluster).every(&state).unwrap_err();
            assert!(error.code == 2 && error.text.contains("edge-syd (unreachable) too, which was not read."), "{text}: {error}");
            assert!(error.text.contains("--cluster") && error.text.contains("--context"), "{text}: {error}");
        }
        let whole = pick("app/argocd/external-secrets", Some("hub-eu"));
        assert_eq!(whole.every(&state).unwrap().len(), 1, "nothing else can be meant");
        state.fleet.clusters.get_mut(&ClusterId::new("edge-syd")).unwrap().link = Link::Live { since: state.now };
        assert!(pick("pay*", None).every(&state).unwrap().len() > 2, "every cluster was read");
    }

    #[test]
    fn the_cluster_an_app_deploys_to_and_a_pattern_leave_in_doubt_which_hub_holds_the_one_that_is_meant() {
        let mut state = read();
        let (home, name) = (ClusterId::new("hub-eu"), "external-secrets");
        let id = state.fleet.shown.iter().find(|id| id.cluster == home && id.name == name).cloned().unwrap();
        let row = state.fleet.rows.get_mut(&id).unwrap();
        row.app.destination.name = Some("in-cluster".into());
        row.app.destination.cluster = Some(ClusterId::new("prod-us"));
        for cluster in ["prod-us", "in-cluster", "hub-e?", "*"] {
            let doubtful = pick("app/argocd/external-secrets", Some(cluster));
            assert_eq!(doubtful.one(&state).unwrap(), id, "{cluster}");
            let error = doubtful.only(&state).unwrap_err();
            assert!(error.code == 2 && error.text.contains("edge-syd"), "{cluster}: {error}");
            assert!(error.text.ends_with("app/argocd/external-secrets --cluster hub-eu"), "{cluster}: what is given works: {error}");
            assert!(!doubtful.is_certain(&state), "{cluster}");
        }
        assert_eq!(pick("app/argocd/external-secrets", Some("hub-eu")).only(&state).unwrap(), id);
        state.fleet.clusters.get_mut(&ClusterId::new("edge-syd")).unwrap().link = Link::Live { since: state.now };
        assert_eq!(pick("app/argocd/external-secrets", Some("prod-us")).only(&state).unwrap(), id, "every cluster was read");
    }
}
