//! The same request by Argo CD's own program, where it can say it.

use super::super::Draft;
use super::super::shell;
use super::wants::{OUT_OF_SYNC_ONLY, REPLACE, SERVER_SIDE, Wants};

/// `None` where its program would send something else: one option given there replaces all those of the app, and it can switch none off.
pub fn argocd(draft: &Draft<'_>, wants: &Wants) -> Option<String> {
    let own = &draft.argo().sync_options;
    let added: Vec<&String> = wants.options.iter().filter(|o| !own.contains(o)).collect();
    let is_less = own.iter().any(|o| !wants.options.contains(o));
    // A limit given there comes with pauses of its own.
    let retry = wants.retry.as_ref().filter(|_| wants.is_retry_chosen);
    if is_less || !own.is_empty() && !added.is_empty() || retry.is_some_and(|r| r.get("backoff").is_some()) {
        return None;
    }
    let is_added = |name: &str| added.iter().any(|o| o.split('=').next() == Some(name));
    let mut command = format!("argocd app sync {}", shell(&draft.app.id.path()));
    if let Some(revision) = &wants.revision {
        command.push_str(&format!(" --revision {}", shell(revision)));
    }
    let flags = [
        (wants.prune, " --prune"),
        (wants.dry_run, " --dry-run"),
        (wants.force, " --force"),
        (wants.apply_only, " --strategy apply"),
        (is_added(OUT_OF_SYNC_ONLY), " --apply-out-of-sync-only"),
        (is_added(SERVER_SIDE), " --server-side"),
        (is_added(REPLACE), " --replace"),
    ];
    flags.iter().filter(|(on, _)| *on).for_each(|(_, flag)| command.push_str(flag));
    if let Some(limit) = retry.and_then(|r| r.get("limit")) {
        command.push_str(&format!(" --retry-limit {limit}"));
    } else if wants.is_retry_chosen && draft.argo().retry.as_ref().is_some_and(|r| !r.is_null()) {
        // It cannot leave the app's own retry out.
        return None;
    }
    for key in &wants.resources {
        let place = if key.namespace.is_empty() { key.name.to_string() } else { format!("{}/{}", key.namespace, key.name) };
        command.push_str(&format!(" --resource {}", shell(&format!("{}:{}:{place}", key.group, key.kind))));
    }
    Some(command)
}
