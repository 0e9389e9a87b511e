//! Commits between good and tip, with what makes each worth a look.

use super::error::GitError;
use super::files::{self, Delta};
use super::log::range_ids;
use super::mirror::Mirror;
use super::oid;
use super::path_set::PathSet;
use crate::domain::commit::{FileChange, Suspect};
use crate::domain::ids::AppId;
use crate::domain::text::sanitise;
use std::collections::BTreeSet;

/// Commits of the range, newest first: those that touch the path set, and the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suspects {
    pub touching: Vec<Suspect>,
    pub others: Vec<Suspect>,
    /// Every commit of the range, newest first.
    pub order: Vec<String>,
}

/// Reads the first-parent range `good..tip`. `apps` are the other apps of the repository with their path sets.
/// Errors: those of [`super::log::range`].
pub fn suspects(mirror: &Mirror, good: &str, tip: &str, set: &PathSet, apps: &[(AppId, PathSet)]) -> Result<Suspects, GitError> {
    let repo = mirror.local();
    let mut out = Suspects::default();
    for id in range_ids(&repo, good, tip)? {
        let commit = oid::commit(&repo, id)?;
        let deltas = files::commit_deltas(&repo, &commit, None)?;
        let in_path_set = deltas.iter().filter(|d| set.touches(&d.path)).count();
        let suspect = Suspect {
            files: files::with_counts(&repo, &deltas),
            in_path_set,
            also: also(&deltas, apps),
            mainlines: mainlines(&repo, &commit),
            is_bot: is_bot(&commit),
            image_policy: deltas.iter().filter(|d| set.touches(&d.path)).find_map(|d| image_policy(&repo, d)),
            commit: oid::to_domain(&commit),
        };
        out.order.push(suspect.commit.id.clone());
        if in_path_set > 0 { out.touching.push(suspect) } else { out.others.push(suspect) }
    }
    Ok(out)
}

fn also(deltas: &[Delta], apps: &[(AppId, PathSet)]) -> Vec<AppId> {
    let touched = apps.iter().filter(|(_, set)| deltas.iter().any(|d| set.touches(&d.path))).map(|(app, _)| app);
    touched.collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

/// The parents a merge can be undone against, numbered from 1; none for other commits.
fn mainlines(repo: &gix::Repository, commit: &gix::Commit<'_>) -> Vec<(u32, String, String)> {
    let parents = oid::parents(commit);
    if parents.len() < 2 {
        return Vec::new();
    }
    let subject = |id| oid::commit(repo, id).map(|c| oid::to_domain(&c).subject).unwrap_or_default();
    (1u32..).zip(parents).map(|(n, id)| (n, id.to_string(), subject(id))).collect()
}

/// Names of automations that do not say "bot".
const AUTOMATIONS: &[&str] =
    &["image-automation", "image-updater", "imageautomation", "renovate", "dependabot", "fluxcdbot", "github-actions", "argocd-", "[bot]"];

fn is_bot(commit: &gix::Commit<'_>) -> bool {
    let who = [commit.author(), commit.committer()];
    who.iter().flatten().any(|who| looks_automated(&who.name.to_string()) || looks_automated(&who.email.to_string()))
}

/// "bot" only as a word of its own: Abbott and Talbot are people.
pub(crate) fn looks_automated(who: &str) -> bool {
    let who = who.to_lowercase();
    AUTOMATIONS.iter().any(|name| who.contains(name)) || who.split(|c: char| !c.is_alphanumeric()).any(|word| word == "bot")
}

/// The policy named in a marker comment (`{"$imagepolicy": "ns:name"}`) on a line the commit wrote or took away.
fn image_policy(repo: &gix::Repository, delta: &Delta) -> Option<String> {
    if delta.change == FileChange::Deleted {
        return None;
    }
    let new = files::text(repo, delta.new)?;
    if !new.contains("$imagepolicy") {
        return None;
    }
    let old = files::text(repo, delta.old)?;
    let old: BTreeSet<&str> = old.lines().collect();
    new.lines().filter(|line| !old.contains(line)).find_map(policy_of)
}

fn policy_of(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("\"$imagepolicy\"")?;
    let name = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split('"').next()?;
    Some(sanitise(name, 200))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Lab;
    use super::*;
    use crate::domain::ids::{AppKind, ClusterId};

    fn app(name: &str) -> AppId {
        AppId { cluster: ClusterId::new("prod"), kind: AppKind::Kustomization, namespace: "flux-system".into(), name: name.into() }
    }

    #[tokio::test]
    async fn only_commits_that_touch_the_path_set_are_suspects_and_the_rest_is_counted() {
        let lab = Lab::new().await;
        lab.write("apps/web/a.yaml", "tag: 1 # {\"$imagepolicy\": \"flux-system:web:tag\"}\nx: 1\n");
        let good = lab.commit("apps/db/a.yaml", "x: 1\n", "good");
        lab.write("apps/db/a.yaml", "x: 2\n");
        lab.commit("apps/web/a.yaml", "tag: 1 # {\"$imagepolicy\": \"flux-system:web:tag\"}\nx: 2\n", "label on both");
        lab.commit("apps/db/a.yaml", "x: 3\n", "db only");
        lab.git(&["config", "user.name", "fluxcdbot"]);
        lab.commit("apps/web/a.yaml", "tag: 2 # {\"$imagepolicy\": \"flux-system:web:tag\"}\nx: 2\n", "bump");
        lab.git(&["config", "user.name", "Ann Abbott"]);
        lab.git(&["checkout", "-q", "-b", "side", &good]);
        lab.commit("apps/web/b.yaml", "b\n", "side work");
        lab.git(&["checkout", "-q", "main"]);
        lab.git(&["merge", "-q", "--no-ff", "side", "-m", "Merge side"]);
        lab.push();
        let mirror = lab.mirror().await;
        let web = PathSet::new().dir("apps/web");
        let others = [(app("db"), PathSet::new().dir("apps/db")), (app("none"), PathSet::new().dir("apps/none"))];
        let found = suspects(&mirror, &good, "main", &web, &others).unwrap();
        let subjects = |list: &[Suspect]| list.iter().map(|s| s.commit.subject.clone()).collect::<Vec<_>>();
        assert_eq!(subjects(&found.touching), ["Merge side", "bump", "label on both"]);
        assert_eq!(subjects(&found.others), ["db only"]);
        let [merge, bump, label] = found.touching.as_slice() else { panic!() };
        assert_eq!((label.in_path_set, label.files.len(), label.also.as_slice()), (1, 2, [app("db")].as_slice()));
        assert_eq!((bump.is_bot, bump.image_policy.as_deref()), (true, Some("flux-system:web:tag")));
        assert_eq!((label.is_bot, label.image_policy.as_deref()), (false, None), "the marked line was not touched");
        assert!(!merge.is_bot && bump.mainlines.is_empty());
        let mainlines: Vec<_> = merge.mainlines.iter().map(|(n, _, subject)| (*n, subject.as_str())).collect();
        assert_eq!(mainlines, [(1, "bump"), (2, "side work")]);
    }

    #[test]
    fn automations_are_known_and_people_are_not_taken_for_one() {
        for bot in ["image-bot", "dependabot[bot]", "fluxcdbot@users.noreply.github.com", "argocd-image-updater", "Acme Bot"] {
            assert!(looks_automated(bot), "{bot}");
        }
        for person in ["Ann Abbott", "Jim Talbot", "robotham@example.com", "Botond Nagy"] {
            assert!(!looks_automated(person), "{person}");
        }
    }
}
