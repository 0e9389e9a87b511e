//! `driftdeck sync`: Argo CD sync, Flux reconcile.

use super::Failure;
use super::act::{self, Ask};
use super::args::{Cli, SyncArgs};
use crate::domain::ids::ObjectKey;
use crate::domain::plan::PlanChoices;
use crate::domain::text::sanitise;
use crate::engine::Verb;

/// Letters of a revision: more is no name of a commit.
const LONGEST: usize = 250;

pub async fn run(cli: &Cli, args: &SyncArgs) -> Result<i32, Failure> {
    let choices = choices(args)?;
    act::run(cli, &args.one, &args.sending, Ask { command: "sync", verb: Verb::Sync, choices, given: given(args) }).await
}

/// Options that were asked for, each as the plan must have it.
fn given(args: &SyncArgs) -> Vec<(&'static str, &'static str, bool)> {
    let switches = [
        ("prune", "--prune", args.prune),
        ("force", "--force", args.force),
        ("apply_only", "--apply-only", args.apply_only),
        ("dry_run", "--check", args.check),
        ("revision", "--revision", args.revision.is_some()),
        ("resources", "--resource", !args.resources.is_empty()),
        ("retry", "--retry-limit", args.retry_limit.is_some()),
    ];
    let mut given: Vec<_> = switches.into_iter().filter(|(_, _, on)| *on).collect();
    let either = [
        ("out_of_sync_only", "--apply-out-of-sync-only", args.apply_out_of_sync_only),
        ("server_side", "--server-side", args.server_side),
        ("replace", "--replace", args.replace),
        ("with_source", "--with-source", args.with_source),
        ("reset", "--reset", args.reset),
    ];
    given.extend(either.into_iter().filter_map(|(name, argument, on)| Some((name, argument, on?))));
    given
}

fn choices(args: &SyncArgs) -> Result<PlanChoices, Failure> {
    let revision = args.revision.as_deref().map(|r| sanitise(r.trim(), LONGEST)).unwrap_or_default();
    if args.revision.is_some() && revision.is_empty() {
        return Err(Failure::usage("--revision is empty: leave it out to sync what the app follows."));
    }
    let resources = args.resources.iter().map(|text| resource(text)).collect::<Result<Vec<_>, _>>()?;
    Ok(PlanChoices {
        prune: args.prune,
        dry_run: args.check,
        force: args.force,
        apply_only: args.apply_only,
        out_of_sync_only: args.apply_out_of_sync_only,
        server_side: args.server_side,
        replace: args.replace,
        revision,
        retry: args.retry_limit.map(|n| n.to_string()).unwrap_or_default(),
        only_resources: !resources.is_empty(),
        resources,
        more: true,
        with_source: args.with_source,
        reset: args.reset,
        ..PlanChoices::default()
    })
}

/// `apps:Deployment:shop/web`; the group of the core is empty: `:Service:shop/web`.
fn resource(text: &str) -> Result<ObjectKey, Failure> {
    let bad = || Failure::usage(format!("--resource {text}: write GROUP:KIND:[NAMESPACE/]NAME, like apps:Deployment:shop/web."));
    let mut parts = text.splitn(3, ':');
    let (Some(group), Some(kind), Some(place)) = (parts.next(), parts.next(), parts.next()) else { return Err(bad()) };
    let (namespace, name) = place.split_once('/').unwrap_or(("", place));
    if kind.is_empty() || name.is_empty() || [group, kind, name, namespace].iter().any(|part| part.contains(['*', '/', '!'])) {
        return Err(bad());
    }
    Ok(ObjectKey::new(group, kind, namespace, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_group_kind_and_name_and_no_pattern() {
        assert_eq!(resource("apps:Deployment:shop/web").unwrap(), ObjectKey::new("apps", "Deployment", "shop", "web"));
        assert_eq!(resource(":Namespace:shop").unwrap(), ObjectKey::new("", "Namespace", "", "shop"));
        assert_eq!(resource("rbac.authorization.k8s.io:ClusterRole:system:web").unwrap().name, "system:web");
        for bad in
            ["web", "Deployment:web", "apps:Deployment:*", "!apps:Deployment:web", "apps::web", "apps:Deployment:", "apps:Deployment:a/b/c"]
        {
            assert_eq!(resource(bad).unwrap_err().code, 64, "{bad}");
        }
    }
}
