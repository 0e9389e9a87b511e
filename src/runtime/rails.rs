//! What the config forbids on a cluster, asked once more when a plan is carried out.

use super::Options;
use crate::app::filter;
use crate::domain::plan::{PatchRequest, Plan, Target};
use crate::engine::ClusterFacts;

/// Read-only and guardrails hold for the home cluster and for every cluster the effect lands on.
pub(super) fn facts(options: &Options, request: &PatchRequest, plan: &Plan) -> ClusterFacts {
    // A plan of many apps asks each by itself: only the one that is written counts. A source is written for all of its cluster.
    let is_written = |t: &&Target| {
        let other = request.plural == t.app.kind.plural() && (request.namespace != t.app.namespace || request.name != t.app.name);
        t.app.cluster == request.cluster && !other
    };
    let lands = plan.targets.iter().filter(is_written).flat_map(named);
    let clusters: Vec<&str> = std::iter::once(request.cluster.as_str()).chain(lands).collect();
    let has = |rail: &str| {
        let mut globs = options.guardrails.iter().filter(|(_, rails)| rails.iter().any(|r| r == rail));
        globs.find_map(|(glob, _)| clusters.iter().find(|c| names(options, c).any(|n| filter::glob(glob, n))))
    };
    let read_only = clusters.iter().find(|c| is_read_only(options, c));
    let (no_force, no_prune) = (has("no_force"), has("no_prune"));
    ClusterFacts {
        // The one that forbids something is the one to be named.
        name: read_only.or(no_force).or(no_prune).unwrap_or(&request.cluster.as_str()).to_string(),
        read_only: options.read_only || read_only.is_some(),
        no_force: no_force.is_some(),
        no_prune: no_prune.is_some(),
        ..ClusterFacts::default()
    }
}

/// Where an app lands, by the name on screen first.
fn named(target: &Target) -> impl Iterator<Item = &str> {
    std::iter::once(target.runs_on.as_str()).chain(target.names.iter().map(String::as_str))
}

/// Why nothing is pushed for this plan. The first target is the app that is rolled back; those that follow the same branch are named in the
/// dialog and refuse nothing: they get every commit of it anyway.
pub(super) fn no_push(options: &Options, plan: &Plan) -> Option<String> {
    if options.read_only {
        return Some("driftdeck runs read-only (--read-only)".into());
    }
    let mut apps = Vec::new();
    for target in &plan.targets {
        apps.push(std::iter::once(target.app.cluster.as_str()).chain(named(target)).flat_map(|n| names(options, n)).collect());
    }
    if let Some(found) = crate::app::rollback::rails::too_many(&options.guardrails, &apps) {
        return Some(format!("this revert is too wide: {}", found.text()));
    }
    let own = plan.targets.first()?;
    let read_only = std::iter::once(own.app.cluster.as_str()).chain(named(own)).find(|c| is_read_only(options, c))?;
    Some(format!("{read_only} is read-only, and the push would change {} there", own.app.name))
}

fn is_read_only(options: &Options, cluster: &str) -> bool {
    names(options, cluster).any(|n| filter::matches_any(&options.read_only_clusters, n))
}

/// The cluster's context and its alias, whichever of them is given.
fn names<'a>(options: &'a Options, cluster: &'a str) -> impl Iterator<Item = &'a str> {
    let aliases = options.aliases.iter().filter(move |(context, alias)| context == cluster || alias == cluster);
    std::iter::once(cluster).chain(aliases.flat_map(|(context, alias)| [context.as_str(), alias.as_str()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Places;
    use crate::domain::clock::Clock;
    use crate::domain::ids::{AppId, AppKind, ClusterId};
    use crate::domain::plan::PatchType;

    fn options(read_only: &[&str]) -> Options {
        Options {
            clock: Clock::system(),
            places: Places::default(),
            namespaces: Vec::new(),
            list_mode: Vec::new(),
            aliases: vec![("arn:eks/7".into(), "prod-eu".into())],
            read_only: false,
            read_only_clusters: read_only.iter().map(|g| (*g).to_owned()).collect(),
            guardrails: vec![("prod-*".into(), vec!["no_prune".into()])],
            store: None,
            cache: std::path::PathBuf::new(),
            git_env: Vec::new(),
            poll: std::time::Duration::from_secs(60),
            max_mirror: 0,
        }
    }

    /// An app of a hub that lands on `runs_on`.
    fn plan(runs_on: &str) -> (PatchRequest, Plan) {
        let app = AppId { cluster: ClusterId::new("hub"), kind: AppKind::Application, namespace: "argocd".into(), name: "orders".into() };
        let target = Target {
            app: app.clone(),
            uid: String::new(),
            resource_version: String::new(),
            revision: None,
            runs_on: runs_on.into(),
            names: Vec::new(),
            frozen_at: crate::domain::Timestamp::UNIX_EPOCH,
        };
        let request = PatchRequest {
            cluster: app.cluster,
            group: "argoproj.io".into(),
            version: "v1alpha1".into(),
            plural: "applications".into(),
            kind: "Application".into(),
            namespace: "argocd".into(),
            name: "orders".into(),
            uid: None,
            resource_version: None,
            patch_type: PatchType::Merge,
            body: serde_json::Value::Null,
            request_id: String::new(),
        };
        let plan = Plan { targets: vec![target], ..Plan::new("sync", "", "", "") };
        (request, plan)
    }

    #[test]
    fn a_destination_is_read_only_and_guarded_by_its_alias_as_on_screen() {
        let (request, plan) = plan("arn:eks/7");
        let facts = facts(&options(&["prod-eu"]), &request, &plan);
        assert!(facts.read_only && facts.no_prune && !facts.no_force);
        let (request, plan) = self::plan("staging");
        let facts = self::facts(&options(&["prod-eu"]), &request, &plan);
        assert!(!facts.read_only && !facts.no_prune);
    }

    #[test]
    fn what_forbids_a_write_is_named_and_found_under_every_name_of_the_destination() {
        let (request, mut plan) = plan("https://10.2.0.7:6443");
        plan.targets[0].names = vec!["hub".into(), "https://10.2.0.7:6443".into(), "pacific".into()];
        let facts = facts(&options(&["pacific"]), &request, &plan);
        assert_eq!((facts.read_only, facts.name.as_str()), (true, "pacific"));
        let (request, plan) = self::plan("prod-us");
        let facts = self::facts(&options(&[]), &request, &plan);
        assert_eq!((facts.no_prune, facts.name.as_str()), (true, "prod-us"), "not the hub");
    }

    #[test]
    fn a_revert_that_reaches_more_apps_than_a_guardrail_allows_is_not_pushed() {
        let (_, mut wide) = plan("arn:eks/7");
        let mut options = options(&[]);
        options.guardrails.push(("prod-*".into(), vec![crate::app::rollback::rails::word(1)]));
        assert_eq!(no_push(&options, &wide), None);
        wide.targets.extend(plan("arn:eks/7").1.targets);
        let why = no_push(&options, &wide).unwrap();
        assert!(why.contains("reaches 2 apps on prod-*") && why.contains("max_apps on prod-* allows 1"), "{why}");
    }

    #[test]
    fn nothing_is_pushed_for_an_app_of_a_read_only_cluster() {
        let (_, lands) = plan("arn:eks/7");
        assert!(no_push(&options(&["prod-eu"]), &lands).is_some_and(|why| why.contains("arn:eks/7 is read-only")));
        assert!(no_push(&options(&["hub"]), &lands).is_some());
        assert_eq!(no_push(&options(&["dev"]), &lands), None);
        // Somebody else's app on the same branch.
        let (_, mut own) = plan("staging");
        own.targets.extend(lands.targets);
        assert_eq!(no_push(&options(&["prod-eu"]), &own), None);
    }
}
