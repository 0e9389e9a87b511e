//! The laboratory: API servers started once for all stories, repositories, controllers, users.

pub mod files;
pub mod guard;
pub mod objects;
pub mod pki;
mod repository;
mod server;

pub use repository::Repository;
pub use server::Server;

use driftdeck::domain::clock::Clock;
use driftdeck::sim::controllers::workload::Faults;
use driftdeck::sim::controllers::{Controlled, ControllerSet, Handles, Times, run};
use driftdeck::sim::repos::{Repos, Story};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, OnceCell};

/// Why there is no laboratory, with what to do.
const SKIPPED: &str = "skipped: KUBEBUILDER_ASSETS, the directory with etcd and kube-apiserver, is not set; with Go installed: \
                       KUBEBUILDER_ASSETS=$(tests/e2e/tools/build) cargo test --test e2e";

/// Shared by all stories, so that clients may be, too.
static GROUND: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("tokio starts"));

pub struct Lab {
    /// Argo CD and workloads; the other cluster is its destination `edge`.
    pub hub: Server,
    /// Flux and workloads.
    pub edge: Server,
    /// Removed when the laboratory goes.
    _repos: Repos,
    /// Environment of `git` that leads the public-looking URLs to the repositories on disk.
    pub git_env: Vec<(String, String)>,
    root: PathBuf,
    _controllers: Handles,
}

/// Runs a story, or says why not. Fails where `KUBEBUILDER_ASSETS` is set and wrong.
pub fn story<F: Future<Output = ()>>(body: impl FnOnce(&'static Lab) -> F) {
    let Some(assets) = assets() else {
        let _ = writeln!(std::io::stderr(), "{SKIPPED}");
        return;
    };
    static LAB: OnceLock<Lab> = OnceLock::new();
    let lab = LAB.get_or_init(|| GROUND.block_on(start(&assets)));
    GROUND.block_on(body(lab));
}

/// A story with the server that may be stopped, frozen and written to directly: no controllers, one story at a time.
pub fn story_of_lone<F: Future<Output = ()>>(body: impl FnOnce(&'static Lab, &'static Mutex<Server>) -> F) {
    static LONE: OnceCell<Mutex<Server>> = OnceCell::const_new();
    story(|lab| async move {
        let assets = assets().expect("looked up before");
        let lone = LONE.get_or_init(|| async { Mutex::new(Server::start("lone", &assets, &guard::root()).await) }).await;
        body(lab, lone).await;
    });
}

/// Nobody who names a directory wants to be told that all is well because it holds no servers.
fn assets() -> Option<PathBuf> {
    let dir = PathBuf::from(std::env::var_os("KUBEBUILDER_ASSETS")?);
    let dir = std::path::absolute(&dir).unwrap_or_else(|error| panic!("KUBEBUILDER_ASSETS is {}: {error}", dir.display()));
    for program in ["etcd", "kube-apiserver"] {
        assert!(dir.join(program).is_file(), "KUBEBUILDER_ASSETS is {}, which holds no {program}", dir.display());
    }
    Some(dir)
}

/// Stories run in seconds: a part of the times that objects carry, large enough for health checks on a busy machine.
fn times() -> Times {
    let ms = Duration::from_millis;
    Times {
        tick: ms(150),
        git_poll: ms(300),
        compare: ms(120_000),
        after_sync: ms(200),
        pod_start: ms(150),
        job: ms(200),
        dependency: ms(500),
        step: ms(20),
        factor: 0.3,
    }
}

async fn start(assets: &Path) -> Lab {
    let begin = Instant::now();
    let root = guard::root();
    let clock = Clock::system();
    let dir = root.clone();
    let repos =
        tokio::task::spawn_blocking(move || Repos::build(&dir, Clock::system().now(), Story::Before).expect("repositories are written"));
    let (hub, edge) = tokio::join!(Server::start("hub", assets, &root), Server::start("edge", assets, &root));
    let repos = repos.await.expect("the writer of repositories ends");
    let git_env = repos.write_git_config("https://shop.invalid/").expect("the git configuration is written");
    for object in [objects::project(), objects::settings()] {
        hub.create(&object).await;
    }
    let mut clusters = vec![Controlled::new("hub", hub.client("admin")), Controlled::new("edge", edge.client("admin"))];
    clusters[0].argo = true;
    clusters[1].flux = true;
    let set = ControllerSet { clusters, repos: repos.clone(), clock, times: times(), faults: Faults::default(), seed: 7 };
    let controllers = run(set);
    let _ = writeln!(std::io::stderr(), "two API servers with {} kinds ready after {:.1?}", hub.kinds, begin.elapsed());
    Lab { hub, edge, _repos: repos, git_env, root, _controllers: controllers }
}

impl Lab {
    /// A repository of a story's own, reachable as `https://git.acme.example/NAME.git`.
    pub fn repository(&self, name: &str, files: &[(&str, String)]) -> Repository {
        Repository::create(&self.root, name, &self.git_env, files)
    }
}
