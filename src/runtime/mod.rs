//! Carries out effects on tokio and sends messages back; one file a kind of effect.
//!
//! May import: `domain`, `app` (Msg, Effect), `engine`, `cluster`, `git`, `render`, `store`. Never `ui` or crossterm.
//! Nothing here decides anything: what to do stands in the effect, what came of it goes into the inbox.
//! To extend: an `Effect` variant is one arm in [`Runtime::run`] and one function in the file of its family.

mod behind;
mod build;
mod clusters;
mod detail;
mod diff;
mod drift;
pub mod inbox;
pub mod load;
mod log;
pub mod memory;
mod outside;
mod plan;
mod probe;
mod rails;
mod record;
mod release;
mod repos;
mod revisions;
mod rollback;
#[cfg(test)]
mod tests;
mod two;
mod writer;

use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::app::notice::Level;
use crate::cluster::{Commons, Places};
use crate::domain::clock::Clock;
use crate::store::Store;
use inbox::Inbox;
pub use record::Closing;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::AbortHandle;
use writer::File;

/// What a run is started with.
#[derive(Clone)]
pub struct Options {
    pub clock: Clock,
    pub places: Places,
    /// Fallback namespaces where cluster-wide reading is forbidden.
    pub namespaces: Vec<String>,
    /// Contexts (globs) that are listed instead of streamed.
    pub list_mode: Vec<String>,
    pub aliases: Vec<(String, String)>,
    pub read_only: bool,
    /// Globs of clusters that nothing is sent to.
    pub read_only_clusters: Vec<String>,
    /// (cluster glob, guardrail words), as on screen.
    pub guardrails: Vec<(String, Vec<String>)>,
    /// `None` = nothing is kept, and nothing can be sent: a change is written down first.
    pub store: Option<Arc<Store>>,
    pub cache: PathBuf,
    /// Added to each git call: the demo's own identity.
    pub git_env: Vec<(String, String)>,
    pub poll: Duration,
    /// Mirrors larger than this are not made by themselves, bytes.
    pub max_mirror: u64,
}

/// The hands of the program. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    options: Arc<Options>,
    inbox: Inbox,
    clusters: Arc<clusters::Clusters>,
    repos: Arc<repos::Repos>,
    salt: Arc<[u8]>,
    /// The trial push that runs, if one does.
    check: Arc<Mutex<Option<AbortHandle>>>,
    /// The log that is followed, if one is.
    follow: Arc<Mutex<Option<AbortHandle>>>,
}

impl Runtime {
    /// Must be called inside a tokio runtime.
    pub fn new(options: Options, inbox: Inbox) -> Self {
        let options = Arc::new(options);
        let salt: Arc<[u8]> = crate::domain::redact::process_salt().into();
        Self {
            clusters: Arc::new(clusters::Clusters::new(Commons::default(), salt.clone())),
            repos: Arc::new(repos::Repos::new(options.clone(), inbox.clone())),
            salt,
            options,
            inbox,
            check: Arc::default(),
            follow: Arc::default(),
        }
    }

    /// Starts what an effect asks for and returns at once; effects that need the terminal come back.
    pub fn run(&self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Connect(ids) => self.connect(ids),
            Effect::Probe { contexts, may_log_in } => self.probe(&contexts, may_log_in),
            Effect::EndProbes => self.end_probes(),
            Effect::RetryCluster(id) => self.clusters.retry(&id),
            Effect::SaveFingerprint(id, fingerprint) => self.save_fingerprint(id, fingerprint),
            Effect::RetryRepo(id) => self.repos.retry(&id),
            Effect::Repos(list) => self.repos.watch(list),
            Effect::Standing { repo, revision, tip } => self.standing(repo, revision, tip),
            Effect::OwnBehind { repo, tip, apps } => self.own_behind(repo, tip, apps),
            Effect::Between { repo, claim, tip, pairs } => self.commits_between(repo, claim, tip, pairs),
            Effect::IsAncestor { task, repo, commit, revision } => self.is_ancestor(task, repo, commit, revision),
            Effect::Tree { app, cluster, resources, in_view } => self.tree(app, cluster, resources, in_view),
            Effect::EndDetails => self.end_details(),
            Effect::Assess { app, of, cluster, resources, release } => self.assess(app, of, cluster, resources, release),
            Effect::Review { ask, object } => self.review(ask, object),
            Effect::FindTracked { home, destination, cluster, objects } => self.find_tracked(home, destination, cluster, objects),
            Effect::Events { app, home, destination, objects } => self.events(app, home, destination, objects),
            Effect::Around(app) => self.around(app),
            Effect::Log { app, cluster, pod, container, previous } => self.log(app, cluster, pod, container, previous),
            Effect::FollowLog { id, cluster, pod, container } => self.follow_log(id, cluster, pod, container),
            Effect::EndLog => self.end_log(),
            Effect::Diff { task, request } => self.diff(task, *request),
            Effect::Compare { task, request } => self.compare_app(task, *request),
            Effect::EndCompare => self.end_compare(),
            Effect::Suspects { task, request } => self.suspects(task, *request),
            Effect::Preview { task, request } => self.preview(task, *request),
            Effect::CheckPush { task, request } => self.check_push(task, *request),
            Effect::EndCheck => self.end_check(),
            Effect::RunPlan { task, line, .. } => self.run_plan(task, line.into()),
            Effect::Journal(entry) => self.record(File::Journal, move |s| s.append_journal(&entry)),
            Effect::Timeline(entries) => self.record(File::Timeline, move |s| s.append_timeline(&entries)),
            Effect::Watched(entry) => self.record(File::Watched, move |s| s.append_watched(&entry)),
            Effect::Ledger(entry) => self.record(File::Ledger, move |s| s.append_ledger(std::slice::from_ref(&entry))),
            Effect::SaveRows(cluster, apps) => {
                let at = self.options.clock.now();
                self.record(File::Rows(cluster.clone()), move |s| s.save_rows(&cluster, &apps, at));
            }
            Effect::SaveAcknowledged(list) => self.save_acknowledged(list),
            Effect::SaveClusters { chosen, protected } => self.save_clusters(chosen, protected),
            Effect::SaveTheme(name) => self.record(File::Marks, move |s| s.change_marks(|m| m.theme = Some(name)).map(|_| ())),
            Effect::SaveViews { own, start } => {
                self.record(File::Marks, move |s| s.change_marks(|m| (m.views, m.filter) = (own, start)).map(|_| ()));
            }
            Effect::SaveMapping { destination, to } => self.record(File::Marks, move |s| {
                let change = |marks: &mut crate::store::Marks| {
                    marks.destinations.remove(&destination);
                    marks.destinations.extend(to.map(|to| (destination, to.to_string())));
                };
                s.change_marks(change).map(|_| ())
            }),
            Effect::Export { name, text } => self.export(name, text),
            other @ (Effect::Quit(_) | Effect::SuspendProgram | Effect::Login(_) | Effect::Copy(_) | Effect::Mouse(_)) => {
                return Some(other);
            }
        }
        None
    }

    /// Runs background work; its result is a message.
    fn spawn(&self, work: impl Future<Output = Option<Msg>> + Send + 'static) -> AbortHandle {
        let inbox = self.inbox.clone();
        let task = tokio::spawn(async move {
            if let Some(msg) = work.await {
                inbox.send(msg).await;
            }
        });
        task.abort_handle()
    }

    fn notice(&self, level: Level, text: String, hint: Option<String>) {
        let inbox = self.inbox.clone();
        tokio::spawn(async move { inbox.send(Msg::Notice { level, text, hint }).await });
    }

    /// Ends sessions and pollers.
    pub fn stop(&self) {
        self.clusters.stop();
        self.repos.stop();
    }
}
