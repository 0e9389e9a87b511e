//! Desired against live, or one revision against another: rendered from git, compared by `render`.

use super::revisions::of_sources;
use super::{Runtime, build};
use crate::app::effect::{DiffMode, DiffRequest};
use crate::app::msg::Msg;
use crate::cluster::SessionHandle;
use crate::domain::app::App;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::diff::{DiffSet, DiffSide};
use crate::domain::ids::{ObjectKey, TaskId};
use crate::domain::source::Source;
use crate::domain::status::Sync;
use crate::git::CommitTree;
use crate::render::{self, Inputs, Live, Rendered};
use serde_json::Value;

/// How the desired side is called where git could not be rendered.
pub(super) const LAST_APPLIED: &str = "LAST APPLIED";

/// Rendered objects and what to say of them.
pub(super) struct Desired {
    pub objects: Vec<Value>,
    /// "git fleet 4f2c91d by driftdeck".
    pub label: String,
    pub notes: Vec<String>,
}

/// Hooks are run and go away: none of them is missing.
pub(super) fn without_hooks(mut desired: Desired) -> Desired {
    let all = desired.objects.len();
    desired.objects.retain(|object| !render::is_hook(object));
    match all - desired.objects.len() {
        0 => {}
        1 => desired.notes.push("1 hook is no resource and not compared".into()),
        n => desired.notes.push(format!("{n} hooks are no resources and not compared")),
    }
    desired
}

impl Runtime {
    pub(super) fn diff(&self, task: TaskId, request: DiffRequest) {
        let runtime = self.clone();
        self.spawn(async move {
            let result = match request.mode {
                DiffMode::LiveVsDesired => runtime.live_vs_desired(&request).await,
                DiffMode::DeployedVsIncoming => {
                    let deployed = request.app.revision.as_deref();
                    runtime.revisions(&request, ("DEPLOYED", deployed), ("INCOMING", None)).await
                }
                DiffMode::LastGoodVsLive => {
                    let (good, runs) = (request.last_good.as_deref(), request.app.revision.as_deref());
                    runtime.revisions(&request, ("LAST GOOD", good), ("WHAT RUNS", runs)).await
                }
                DiffMode::TwoApps => runtime.two_apps(&request).await,
            };
            Some(Msg::Diff { task, result: result.map(Box::new) })
        });
    }

    /// What a sync would write, against what runs.
    pub(super) async fn live_vs_desired(&self, request: &DiffRequest) -> Result<DiffSet, String> {
        let app = &request.app;
        let wanted: Vec<Option<String>> = app.sources.iter().enumerate().map(|(i, s)| wanted(app, s, i)).collect();
        let session = request.cluster.as_ref().and_then(|c| self.clusters.session(c));
        let stored = match self.release_vs_live(request, session.as_ref()).await {
            Some(Ok(set)) => return Ok(set),
            Some(Err(why)) => Some(why),
            None => None,
        };
        let mut desired = match (self.render(app, &wanted).await, &stored) {
            (Ok(desired), _) if app.argo().is_some() => without_hooks(desired),
            (Ok(desired), _) => desired,
            (Err(why), None) => return self.last_applied(request, session, &format!("git could not be rendered: {why}")).await,
            (Err(_), Some(why)) => return self.last_applied(request, session, why).await,
        };
        desired.notes.extend(stored);
        let mut keys: Vec<ObjectKey> = desired.objects.iter().map(render::compare::key).collect();
        keys.extend(app.resources.iter().filter(|r| !r.hook).map(|r| r.key.clone()));
        keys.sort();
        keys.dedup();
        let live = read(session, keys, &request.cluster_label).await;
        let estimate = estimate(app);
        self.compare(request, desired, live, estimate).await
    }

    /// Errors: the comparison itself failed.
    pub(super) async fn compare(
        &self,
        request: &DiffRequest,
        desired: Desired,
        live: Vec<(ObjectKey, Live)>,
        estimate: String,
    ) -> Result<DiffSet, String> {
        let app = &request.app;
        let now = self.options.clock.now();
        let (rules, unknown) = build::rules(app);
        let mut notes = desired.notes;
        notes.extend(unknown);
        compared(Inputs {
            desired: desired.objects,
            live,
            left: DiffSide { label: format!("LIVE on {}", request.cluster_label), at: Some(now) },
            right: DiffSide { label: format!("DESIRED rendered from {}", desired.label), at: Some(now) },
            estimate,
            notes,
            rules,
            salt: self.salt.to_vec(),
        })
        .await
    }

    /// git cannot give the manifests: what was last applied stands on the live objects.
    async fn last_applied(&self, request: &DiffRequest, session: Option<SessionHandle>, why: &str) -> Result<DiffSet, String> {
        let keys: Vec<ObjectKey> = request.app.resources.iter().filter(|r| !r.hook).map(|r| r.key.clone()).collect();
        if keys.is_empty() || session.is_none() {
            return Err(format!("The desired manifests of {} are not known: {why}.", request.app.id.name));
        }
        let live = read(session, keys, &request.cluster_label).await;
        let objects: Vec<Value> = live
            .iter()
            .filter_map(|(_, l)| match l {
                Live::Found(object) => last_applied_of(object),
                _ => None,
            })
            .collect();
        let missing = live.len() - objects.len();
        let mut notes = vec![why.to_owned()];
        if missing > 0 {
            notes.push(format!("{missing} of {} objects do not say what was last applied to them", live.len()));
        }
        let known: Vec<ObjectKey> = objects.iter().map(render::compare::key).collect();
        let live = live
            .into_iter()
            .map(|(key, l)| {
                let said = known.contains(&key) || !matches!(l, Live::Found(_));
                let l = if said { l } else { Live::Unread("it does not say what was last applied".into()) };
                (key, l)
            })
            .collect();
        let label = "the last-applied annotation".to_owned();
        let mut set = self.compare(request, Desired { objects, label, notes }, live, estimate(&request.app)).await?;
        set.right.label = format!("{LAST_APPLIED}, as the live objects say");
        Ok(set)
    }

    /// Two revisions of the same app, rendered the same way; `None` for the newer one = the tip of what it follows.
    async fn revisions(
        &self,
        request: &DiffRequest,
        (older, old): (&str, Option<&str>),
        (newer, new): (&str, Option<&str>),
    ) -> Result<DiffSet, String> {
        let app = &request.app;
        let Some(old) = old.map(bare_revision) else {
            return Err(format!("No earlier good revision of {} is known, so there is nothing to compare with.", app.id.name));
        };
        let at = |revision: Option<&str>| match revision {
            Some(revision) => of_sources(app, revision),
            None => Ok(vec![None; app.sources.len()]),
        };
        let before = self.render(app, &at(Some(old))?).await?;
        let after = self.render(app, &at(new)?).await?;
        let label = |side: &Desired, word: &str| DiffSide { label: format!("{word} {}", side.label), at: None };
        let (left, right) = (label(&before, older), label(&after, newer));
        let mut set = self.between(app, (left, before), (right, after)).await?;
        for resource in &mut set.resources {
            // What only the older side has was removed by the newer one; nothing here is live.
            if resource.kind == crate::domain::diff::DiffKind::OnlyLive {
                resource.note = Some("only in the older revision".into());
            }
        }
        Ok(set)
    }

    /// Two rendered states, the second as what is wanted.
    pub(super) async fn between(
        &self,
        app: &App,
        (left, before): (DiffSide, Desired),
        (right, after): (DiffSide, Desired),
    ) -> Result<DiffSet, String> {
        let rendered = |object| {
            let key = render::compare::key(&object);
            (key, Live::Rendered(object))
        };
        let mut notes = before.notes;
        notes.extend(after.notes.into_iter().filter(|n| !notes.contains(n)).collect::<Vec<_>>());
        compared(Inputs {
            desired: after.objects,
            live: before.objects.into_iter().map(rendered).collect(),
            left,
            right,
            estimate: "both rendered from git".into(),
            notes,
            rules: build::rules(app).0,
            salt: self.salt.to_vec(),
        })
        .await
    }

    /// Renders every git source at its wanted revision, or at the tip of what it follows.
    pub(super) async fn render(&self, app: &App, wanted: &[Option<String>]) -> Result<Desired, String> {
        let mut out = Desired { objects: Vec::new(), label: String::new(), notes: Vec::new() };
        let mut labels = Vec::new();
        for (source, wanted) in app.sources.iter().zip(wanted) {
            if source.name.is_some() && source.path.is_none() && source.chart.is_none() {
                continue;
            }
            let Some(repo) = source.repo().filter(|_| source.chart.is_none()) else {
                let what = source.chart.as_deref().unwrap_or("a source that is not git");
                return Err(format!("{what} is not rendered from git"));
            };
            let (shared, mirror) = self.mirror_of(&repo).await.map_err(|e| e.to_string())?;
            let revision = match wanted {
                Some(revision) => revision.clone(),
                None => shared
                    .state()
                    .resolve(&source.reference)
                    .map(|(_, id)| id)
                    .ok_or_else(|| format!("{} has no {}", repo.short(), source.reference.text()))?,
            };
            let (options, unknown) = build::options(app, source);
            let path = source.path.clone().unwrap_or_default();
            let at = revision.clone();
            let work = move |m: &crate::git::Mirror| {
                let tree = CommitTree::new(m, &at)?;
                Ok(render::manifests_with_programs(&tree, path.trim_matches('/'), &options).map_err(|e| e.to_string()))
            };
            let rendered: Rendered = match mirror.blocking(work.clone()).await {
                Ok(rendered) => rendered?,
                Err(_) => {
                    // The revision may be newer than our last fetch.
                    mirror.fetch().await.map_err(|e| e.to_string())?;
                    mirror.blocking(work).await.map_err(|e| e.to_string())??
                }
            };
            labels.push(format!("git {} {} by {}", repo.short(), short_rev(&revision), rendered.tool));
            out.notes.extend(rendered.warnings);
            out.notes.extend(unknown);
            out.objects.extend(rendered.objects);
        }
        if labels.is_empty() {
            return Err("it has no source that can be rendered".into());
        }
        out.label = labels.join(" + ");
        Ok(out)
    }
}

/// Large objects take their time: not on a thread that serves clusters and screen.
async fn compared(inputs: Inputs) -> Result<DiffSet, String> {
    let set = tokio::task::spawn_blocking(move || render::diff(inputs)).await;
    set.map_err(|_| "the comparison failed; the log file says more".to_owned())
}

/// How sure the comparison with what was rendered is.
fn estimate(app: &App) -> String {
    let out_of_sync = app.resources.iter().filter(|r| r.sync == Some(Sync::OutOfSync)).count();
    let engine = app.id.engine().title();
    match (app.argo().is_some(), out_of_sync) {
        (true, n) => format!("our estimate; {engine} counts {n} OutOfSync"),
        (false, _) => format!("our estimate; {engine} says {}", app.sync.word()),
    }
}

/// The revision a sync would write: Argo's comparison, Flux's last attempt, else what runs.
fn wanted(app: &App, source: &Source, index: usize) -> Option<String> {
    let revision = match app.argo() {
        Some(argo) => argo.compared.get(index).cloned().or_else(|| source.revision.clone()),
        None => app.target.clone().or_else(|| app.revision.clone()),
    };
    revision.map(|r| bare_revision(&r).to_owned()).filter(|r| r.len() == 40)
}

pub(super) async fn read(session: Option<SessionHandle>, keys: Vec<ObjectKey>, cluster: &str) -> Vec<(ObjectKey, Live)> {
    let Some(session) = session else {
        let why = format!("no context of yours reaches {cluster}");
        return keys.into_iter().map(|k| (k, Live::Unread(why.clone()))).collect();
    };
    session
        .objects(&keys)
        .await
        .into_iter()
        .map(|(key, found)| {
            let live = match found {
                Ok(Some(object)) => Live::Found(object),
                Ok(None) => Live::Absent,
                Err(why) => Live::Unread(why),
            };
            (key, live)
        })
        .collect()
}

fn last_applied_of(object: &Value) -> Option<Value> {
    let text = object.pointer("/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration")?.as_str()?;
    serde_json::from_str(text).ok()
}
