//! What a rollback of an app would change: the git source it follows, or why there is none; and the revisions to go back to.

use super::{Good, PathClaim, Rollback};
use crate::app::msg::RollbackTrouble;
use crate::app::settle::clock_text;
use crate::app::state::AppState;
use crate::domain::app::App;
use crate::domain::commit::{bare_revision, is_commit_id, short_rev};
use crate::domain::duration::long_age;
use crate::domain::history::HistoryEntry;
use crate::domain::repo::RepoId;
use crate::domain::source::{RefKind, Source, SourceType};
use crate::domain::verdict::{NextStep, Verdict};

fn trouble(headline: impl Into<String>, text: impl Into<String>, next: &[(&str, &str)]) -> RollbackTrouble {
    RollbackTrouble {
        headline: headline.into(),
        text: text.into(),
        next: next.iter().map(|(k, t)| ((*k).to_owned(), (*t).to_owned())).collect(),
    }
}

/// Keys of the row are keys of the row only.
const LEAVE: (&str, &str) = ("esc", "back; p on its row suspends it, so that nothing newer is applied");

/// The sources a revert could change, one a repository. A chart that lies in a repository is a directory of it like any other.
fn candidates(app: &App) -> Vec<&Source> {
    let mut out: Vec<&Source> = Vec::new();
    for source in app.sources.iter().filter(|s| s.repo().is_some() && (s.chart.is_none() || s.path.is_some())) {
        if !out.iter().any(|known| known.repo() == source.repo()) {
            out.push(source);
        }
    }
    out
}

/// One of several repositories that an app is built from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub repo: RepoId,
    /// What the app follows there, and where it looks.
    pub reference: String,
    pub path: String,
    /// What ran there before, and whether the branch has gone on since; `None` = not known.
    pub since: Option<(String, bool)>,
}

/// The repositories of an app that has several; empty where there is nothing to choose.
pub fn choices(state: &AppState, app: &App) -> Vec<Choice> {
    let all = candidates(app);
    if all.len() < 2 || app.argo().is_some_and(|a| a.has_hydrator) {
        return Vec::new();
    }
    let at = |source: &Source| app.sources.iter().position(|one| std::ptr::eq(one, source));
    let of = |entry: &HistoryEntry, source: &Source| at(source).and_then(|at| entry.revisions.get(at)).map(|r| bare_revision(r).to_owned());
    let runs = |source: &Source| source.revision.as_deref().map(|r| bare_revision(r).to_owned());
    // The newest deployment of something else: what is the same since then has no part in it.
    let before = app.history.iter().filter(|h| h.ok).find(|h| all.iter().any(|s| of(h, s).is_some_and(|r| Some(r) != runs(s))));
    let choice = |source: &&Source| {
        let repo = source.repo()?;
        let good = before.and_then(|h| of(h, source));
        let good = good.or_else(|| goods(state, app, Some(&repo)).into_iter().next().map(|g| g.revision));
        let tip = state.fleet.repos.get(&repo).and_then(|r| r.resolve(&source.reference)).map(|(_, tip)| tip);
        let now = tip.or_else(|| runs(source));
        Some(Choice {
            since: good.zip(now).map(|(good, now)| (good.clone(), good != now)),
            reference: source.reference.text().to_owned(),
            path: source.path.clone().unwrap_or_default(),
            repo,
        })
    };
    all.iter().filter_map(choice).collect()
}

/// The source a revert would change: that of the wanted repository, else the first one in git with a URL. Everything else is explained.
pub(super) fn git_source<'a>(app: &'a App, wanted: Option<&RepoId>) -> Result<(&'a Source, String), RollbackTrouble> {
    if app.argo().is_some_and(|a| a.has_hydrator) {
        return Err(trouble(
            format!("{} is hydrated.", app.id.name),
            "What Argo CD applies is written by its source hydrator; a revert belongs on the dry source, which driftdeck does not follow yet.",
            &[("", "revert the commit on the dry source's branch")],
        ));
    }
    let all = candidates(app);
    let git = all.iter().find(|s| wanted.is_some() && s.repo().as_ref() == wanted).or(all.first()).copied();
    match (git, app.sources.first()) {
        (Some(source), _) => Ok((source, source.url.clone().unwrap_or_default())),
        (None, Some(s)) if s.source_type == SourceType::Oci => Err(trouble(
            format!("No commit changed what runs: {} comes from an OCI artifact.", app.id.name),
            "Flux reads the registry, not git. The way back is to pin the digest or tag that ran well where the source is defined.",
            &[LEAVE],
        )),
        (None, Some(s)) if s.source_type == SourceType::Helm || s.chart.is_some() => Err(trouble(
            format!("No commit of an app path changed what runs: {} is a chart.", app.id.name),
            format!(
                "The version ({}) stands where the app itself is defined. The way back is to pin the version that ran well there, as a commit.",
                app.revision.as_deref().unwrap_or("?")
            ),
            &[LEAVE],
        )),
        (None, Some(s)) if s.source_type == SourceType::Bucket => Err(trouble(
            format!("{} comes from a bucket, which has no commits.", app.id.name),
            "The way back is to upload the older content.",
            &[LEAVE],
        )),
        _ => Err(trouble(
            format!("The source of {} is not known.", app.id.name),
            "Its source object was not read, so the repository cannot be named.",
            &[("esc", "back; r on its row reads it again")],
        )),
    }
}

/// A verdict advises the key that goes back only where it does: what comes from no repository goes back where its version is set.
pub fn advise(app: &App, verdict: &mut Verdict) {
    let is_elsewhere = |s: &Source| s.chart.is_some() || matches!(s.source_type, SourceType::Helm | SourceType::Oci | SourceType::Bucket);
    if !verdict.next.iter().any(|step| step.key == "R") || !app.sources.first().is_some_and(is_elsewhere) || git_source(app, None).is_ok() {
        return;
    }
    let holder = app.flux().and_then(|flux| flux.parent.as_ref()).map(|(namespace, name)| format!("R on Kustomization {namespace}/{name}"));
    let way = holder.unwrap_or_else(|| "in git".to_owned());
    for step in verdict.next.iter_mut().filter(|step| step.key == "R") {
        *step = NextStep { key: String::new(), text: format!("{way}, where its version is set: {}", step.text) };
    }
}

/// A fixed ref does not follow a revert commit.
pub(super) fn pinned(state: &AppState, screen: &Rollback, app: &App, source: &Source) -> Option<RollbackTrouble> {
    let reference = source.reference.text();
    let repo = screen.repo.short();
    let name = &app.id.name;
    let next: &[(&str, &str)] =
        &[("", "change the pin where the app or its source is defined"), ("p", "suspend, so that nothing newer is applied")];
    let is_tag = match &source.reference {
        RefKind::Tag(_) => true,
        RefKind::Ambiguous(_) | RefKind::Name(_) => {
            state.fleet.repos.get(&screen.repo).and_then(|r| r.resolve(&source.reference)).is_some_and(|(n, _)| n.starts_with("tags/"))
        }
        _ => false,
    };
    let is_commit = matches!(&source.reference, RefKind::Commit(_))
        || matches!(&source.reference, RefKind::Ambiguous(w) if w.len() >= 7 && w.bytes().all(|b| b.is_ascii_hexdigit()) && screen.branch.is_none());
    if is_tag {
        return Some(trouble(
            format!("{name} is pinned to tag {reference} of {repo}: nothing follows a revert."),
            "A revert on a branch would not change what runs.",
            next,
        ));
    }
    if is_commit {
        return Some(trouble(
            format!("{name} is pinned to commit {} of {repo}: nothing follows a revert.", short_rev(reference)),
            "A revert on a branch would not change what runs.",
            next,
        ));
    }
    if let RefKind::Semver(range) = &source.reference {
        return Some(trouble(
            format!("{name} follows the highest tag in {range} of {repo}, not a branch."),
            "A revert alone changes nothing until a higher tag is made from it, or the range is narrowed.",
            next,
        ));
    }
    None
}

/// The revision that runs of the source a revert would change. With several sources the app's own revision may be a chart version.
pub fn running(app: &App) -> Option<&str> {
    let of_source = git_source(app, None).ok().and_then(|(s, _)| s.revision.as_deref()).filter(|_| app.sources.len() > 1);
    of_source.or(app.revision.as_deref())
}

/// Revisions to go back to, best evidence first: our ledger, then the engine's history. A repository knows commits only.
pub(super) fn goods(state: &AppState, app: &App, wanted: Option<&RepoId>) -> Vec<Good> {
    let mut out: Vec<Good> = Vec::new();
    let offset = state.settings.utc_offset;
    let source = git_source(app, wanted).ok().map(|(s, _)| s);
    let is_first = git_source(app, None).ok().map(|(s, _)| s).is_some_and(|first| source.is_some_and(|s| std::ptr::eq(s, first)));
    let running = if is_first { running(app) } else { source.and_then(|s| s.revision.as_deref()) }.map(bare_revision);
    let doubted = |revision: &str| running == Some(revision) && crate::app::record::in_doubt(app);
    // Our ledger keeps the revision of the first repository.
    for entry in state.fleet.stays.get(&app.id).into_iter().flatten().filter(|_| is_first || source.is_none()) {
        let revision = bare_revision(&entry.revision);
        if out.iter().any(|g| g.revision == revision) || !is_commit_id(revision) || doubted(revision) {
            continue;
        }
        let span = crate::domain::duration::seconds_between(entry.first_at, entry.last_at);
        let (from, to) = (clock_text(entry.first_at, offset), clock_text(entry.last_at, offset));
        out.push(Good {
            evidence: if entry.first_at == entry.last_at {
                format!("seen Healthy on {} {from}", app.runs_on())
            } else {
                format!("seen Healthy on {} {from} and last {to}", app.runs_on())
            },
            source: format!("our ledger ({})", long_age(span)),
            revision: revision.to_owned(),
        });
    }
    let chosen = source.and_then(|s| app.sources.iter().position(|one| std::ptr::eq(one, s)));
    for entry in app.history.iter().filter(|h| h.ok) {
        let own = chosen.and_then(|at| entry.revisions.get(at)).or((is_first || source.is_none()).then_some(&entry.revision));
        let Some(revision) = own.map(|r| bare_revision(r)) else { continue };
        // Argo CD records that it synced, not that it was well.
        let sick = running == Some(revision) && !app.is_green() && app.argo().is_some();
        if out.iter().any(|g| g.revision == revision) || !is_commit_id(revision) || sick {
            continue;
        }
        let at = entry.at.get().map_or(String::new(), |at| format!(" {}", clock_text(at, offset)));
        out.push(Good {
            evidence: if entry.health_recorded { format!("{}{at}", entry.result) } else { format!("synced{at}, health not recorded") },
            source: format!("{} history", app.id.engine().title()),
            revision: revision.to_owned(),
        });
    }
    out
}

/// What an app is built from in a repository; `None` when it has no source there. Plain value files stand beside their own source's path;
/// `$name/file` is a file of the source with that name, wherever the chart comes from.
pub fn claim(app: &App, repo: &RepoId) -> Option<PathClaim> {
    let own: Vec<&Source> = app.sources.iter().filter(|s| s.repo().as_ref() == Some(repo)).collect();
    own.first()?;
    let named = |s: &&Source, file: &str| {
        let (name, inner) = file.strip_prefix('$')?.split_once('/')?;
        (s.name.as_deref() == Some(name)).then(|| inner.to_owned())
    };
    let all = || app.sources.iter().flat_map(|s| &s.value_files);
    let with_path = own.iter().filter(|s| s.path.is_some());
    Some(PathClaim {
        app: app.id.clone(),
        dirs: own.iter().filter_map(|s| s.path.clone()).collect(),
        value_files: with_path
            .filter(|s| s.chart.is_none())
            .flat_map(|s| &s.value_files)
            .filter(|f| !f.starts_with('$'))
            .cloned()
            .collect(),
        // Flux reads the value files of a chart in git from the root.
        files: own
            .iter()
            .flat_map(|s| all().filter_map(move |f| named(s, f)))
            .chain(own.iter().filter(|s| s.chart.is_some()).flat_map(|s| s.value_files.iter().cloned()))
            .collect(),
    })
}
