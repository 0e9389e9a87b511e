//! The demo fleet: servers, repositories, controllers and the story of a scenario, with everything below one directory.
//!
//! To extend: a scenario's timeline is in `story`; what stands at its start is in `scenario`.

mod chatter;
mod fleet;
mod folder;
mod shop;
mod story;
#[cfg(test)]
mod tests;

use super::api::{ApiServer, Deny, Rule, Running, User, kubeconfig};
use super::controllers::workload::{Faults, LogSink};
use super::controllers::{Controlled, ControllerSet, Times, run};
use super::repos::{Refusal, Repos};
use super::scenario::{Cluster, Scenario, Seed, World, objects, seed, stopped};
use crate::domain::Timestamp;
use crate::domain::clock::Clock;
use folder::Folder;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};
use tokio::task::JoinSet;

/// The person at the deck.
pub const OPERATOR: &str = "sam";

#[derive(Clone, Debug)]
pub struct DemoOptions {
    pub scenario: Scenario,
    /// Kept afterwards; without it a private temporary directory is made and removed.
    pub dir: Option<PathBuf>,
    /// A larger, generated fleet instead of the seven clusters.
    pub clusters: Option<usize>,
    pub apps: Option<usize>,
    /// Comparisons a second that find nothing new, over the generated fleet.
    pub noise: Option<usize>,
    pub seed: u64,
    pub times: Times,
    /// Whether commits land by themselves at the times of the scenario; without it [`Repos::land`] tells the story.
    pub story: bool,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self { scenario: Scenario::Merge, dir: None, clusters: None, apps: None, noise: None, seed: 7, times: Times::demo(), story: true }
    }
}

/// Why a demo cannot start.
#[derive(Debug)]
pub enum DemoError {
    /// `git` is missing or failed, or the directory cannot be written.
    Repositories(io::Error),
    /// No port of the loopback address is free.
    Listen(io::Error),
    Files(io::Error),
    /// Another demo runs in the directory.
    Runs {
        dir: PathBuf,
        process: Option<u32>,
    },
    Client(String),
}

impl fmt::Display for DemoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repositories(error) if error.kind() == io::ErrorKind::NotFound => {
                f.write_str("the demo needs the program git, and it is not on the PATH")
            }
            Self::Repositories(error) => write!(f, "cannot make the demo's repositories: {error}"),
            Self::Listen(error) => write!(f, "cannot listen on 127.0.0.1: {error}"),
            Self::Files(error) => write!(f, "cannot write the demo's directory: {error}"),
            Self::Runs { dir, process } => {
                let who = process.map_or_else(|| "another demo".to_owned(), |pid| format!("the demo of process {pid}"));
                write!(f, "{} is in use: {who} runs there. End that one first, or name another directory: --dir", dir.display())
            }
            Self::Client(error) => write!(f, "cannot reach the demo's own servers: {error}"),
        }
    }
}

impl std::error::Error for DemoError {}

/// A running demo. Dropping it ends everything and removes a temporary directory.
pub struct Demo {
    pub kubeconfig: PathBuf,
    pub dir: PathBuf,
    pub clock: Clock,
    /// When the fleet started; its past is seeded relative to this.
    pub started_at: Timestamp,
    /// Environment for `git`: identity, and where the URLs of the objects really lead.
    pub git_env: Vec<(String, String)>,
    pub operator: &'static str,
    /// Contexts that are marked protected.
    pub protected: Vec<String>,
    /// Home cluster, destination name, context: the explicit map of destinations.
    pub destinations: Vec<(String, String, String)>,
    pub seed: Seed,
    pub repos: Repos,
    servers: Vec<Server>,
    story: JoinSet<()>,
    _folder: Folder,
}

struct Server {
    name: String,
    api: ApiServer,
    running: Running,
}

impl Demo {
    /// A server by its cluster, for its fault switchboard.
    pub fn server(&self, cluster: &str) -> Option<&ApiServer> {
        self.servers.iter().find(|it| it.name == cluster).map(|it| &it.api)
    }

    /// URL of a cluster's server.
    pub fn url(&self, cluster: &str) -> Option<&str> {
        self.servers.iter().find(|it| it.name == cluster).map(|it| it.running.url.as_str())
    }

    /// Ends controllers and servers and waits for them.
    pub async fn stop(mut self) {
        self.story.shutdown().await;
        for server in std::mem::take(&mut self.servers) {
            server.running.stop().await;
        }
    }
}

/// Starts a demo. On return every server answers with its objects; controllers follow.
pub async fn start(options: DemoOptions) -> Result<Demo, DemoError> {
    let clock = options.scenario.frozen_at().map_or_else(Clock::system, Clock::frozen);
    let now = clock.now();
    let folder = Folder::make(options.dir.as_deref()).map_err(|taken| taken.told(options.dir.as_deref()))?;
    let dir = folder.path().to_owned();
    let story = options.scenario.story();
    let building = tokio::task::spawn_blocking({
        let dir = dir.clone();
        move || Repos::build(&dir, now, story)
    });
    let mut servers = serve(&cluster_names(&options), clock, &options).await?;
    let repos = building.await.map_err(|error| DemoError::Repositories(io::Error::other(error)))?.map_err(DemoError::Repositories)?;
    let mut background = JoinSet::new();
    let shop = shop::serve(&mut background).await.map_err(DemoError::Listen)?;
    let git_env = repos.write_git_config(&shop).map_err(DemoError::Repositories)?;
    let world = World { scenario: options.scenario, now, repos: &repos, seed: options.seed };
    let generated = options.clusters.is_some() || options.apps.is_some();
    if generated {
        let apis: Vec<ApiServer> = servers.iter().map(|it| it.api.clone()).collect();
        fleet::fill(&world, &apis, options.apps.unwrap_or(100));
        options.noise.map(|per_second| background.spawn(fleet::compare(apis, clock, per_second)));
    } else {
        fill(&world, &servers);
    }
    let known: &[Cluster] = if generated { &[] } else { options.scenario.clusters() };
    let is_unmapped = |server: &&Server| known.iter().any(|cluster| cluster.name == server.name && !cluster.mapped);
    let contexts: Vec<&Server> = servers.iter().filter(|it| !is_unmapped(it)).collect();
    let mut demo = Demo {
        kubeconfig: write_kubeconfig(&dir, &contexts).map_err(DemoError::Files)?,
        clock,
        started_at: now,
        git_env,
        operator: OPERATOR,
        protected: known.iter().filter(|it| it.protected).map(|it| it.name.to_owned()).collect(),
        destinations: if generated { Vec::new() } else { vec![("hub-eu".into(), "prod-us".into(), "prod-us".into())] },
        seed: if generated { Seed::default() } else { seed(&world) },
        repos: repos.clone(),
        servers: std::mem::take(&mut servers),
        story: background,
        dir,
        _folder: folder,
    };
    chatter::print(&mut demo, options.scenario);
    if options.scenario.is_live() && !generated {
        if options.scenario == Scenario::Refused {
            repos.refuse("fleet", Refusal::Protected).map_err(DemoError::Repositories)?;
        }
        let set = controller_set(&demo, &options);
        // Making clients takes a while; the servers answer already.
        demo.story.spawn(async move {
            let Ok(Ok(set)) = tokio::task::spawn_blocking(set).await else { return };
            let _running = run(set);
            std::future::pending::<()>().await;
        });
        if options.story {
            story::tell(&mut demo.story, options.scenario, repos, clock, options.times);
        }
    }
    Ok(demo)
}

fn cluster_names(options: &DemoOptions) -> Vec<String> {
    if options.clusters.is_none() && options.apps.is_none() {
        return options.scenario.clusters().iter().map(|it| it.name.to_owned()).collect();
    }
    (1..=options.clusters.unwrap_or(1)).map(|index| format!("cluster-{index:02}")).collect()
}

async fn serve(names: &[String], clock: Clock, options: &DemoOptions) -> Result<Vec<Server>, DemoError> {
    let mut servers = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let known = options.scenario.clusters().iter().find(|it| it.name == *name);
        let version = known.map_or("v1.34.2", |it| it.kubernetes);
        let api = ApiServer::new(name, version, clock, options.seed.wrapping_add(index as u64));
        if known.map_or(index % 2 == 0, |it| it.argo.is_some()) {
            api.install_argo();
        }
        if known.map_or(index % 2 == 1, |it| it.flux.is_some()) {
            api.install_flux();
            api.install_images();
        }
        options.scenario.kinds(name).into_iter().for_each(|kind| api.install(kind));
        api.add_user(OPERATOR, User::new(OPERATOR, &["oncall"]));
        // kubectl sends no token over plain HTTP; on loopback whoever calls is the operator.
        api.set_anonymous(Some(User::new(OPERATOR, &["oncall"])));
        let all = || vec!["*".to_owned()];
        api.allow(Rule { subject: "oncall".into(), verbs: all(), groups: all(), resources: all(), namespaces: Vec::new() });
        let running = api.serve(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.map_err(DemoError::Listen)?;
        servers.push(Server { name: name.clone(), api, running });
    }
    Ok(servers)
}

/// Puts the objects of the scenario on their servers.
fn fill(world: &World<'_>, servers: &[Server]) {
    let (placed, logs) = objects(world);
    let server = |name: &str| servers.iter().find(|it| it.name == name).map(|it| &it.api);
    for placed in placed {
        if let Some(api) = server(placed.cluster) {
            api.put(placed.object);
        }
    }
    for log in logs {
        if let Some(api) = server(log.cluster) {
            api.set_log(&log.namespace, &log.pod, &log.container, false, &log.text);
            if log.text.contains("FATAL") {
                api.set_log(&log.namespace, &log.pod, &log.container, true, &log.text);
            }
        }
    }
    if world.scenario.is_quiet() {
        return;
    }
    for cluster in world.scenario.clusters() {
        let Some(api) = server(cluster.name) else { continue };
        let denied = world.scenario.denied(cluster.name).into_iter().map(|deny| Deny { user: OPERATOR.into(), ..deny });
        api.faults().set(|settings| {
            settings.frozen = !cluster.reachable;
            settings.forbidden.extend(denied);
        });
    }
}

fn write_kubeconfig(dir: &Path, servers: &[&Server]) -> io::Result<PathBuf> {
    let entries: Vec<(&str, &str, &str, &str)> =
        servers.iter().map(|it| (it.name.as_str(), it.running.url.as_str(), OPERATOR, "default")).collect();
    let path = dir.join("kubeconfig");
    std::fs::write(&path, kubeconfig(&entries))?;
    Ok(path)
}

/// A client of one of our own servers, with the rights of an administrator.
pub fn admin_client(url: &str) -> Result<kube::Client, DemoError> {
    let uri = url.parse().map_err(|_| DemoError::Client(format!("{url} is no URL")))?;
    let mut config = kube::Config::new(uri);
    config.auth_info.token = Some("admin".to_owned().into());
    kube::Client::try_from(config).map_err(|error| DemoError::Client(error.to_string()))
}

/// What runs the controllers, still without its clients.
fn controller_set(demo: &Demo, options: &DemoOptions) -> impl FnOnce() -> Result<ControllerSet, DemoError> + Send + 'static {
    let (scenario, quiet) = (options.scenario, options.scenario.is_quiet());
    let known = |server: &Server| scenario.clusters().iter().find(|it| it.name == server.name && (it.reachable || quiet)).copied();
    let servers: Vec<(Cluster, ApiServer, String)> =
        demo.servers.iter().filter_map(|it| Some((known(it)?, it.api.clone(), it.running.url.clone()))).collect();
    let (clock, times, repos, seed) = (demo.clock, options.times, demo.repos.clone(), options.seed);
    let runtime = tokio::runtime::Handle::current();
    move || {
        let _inside = runtime.enter();
        let mut clusters = Vec::new();
        for (known, api, url) in servers {
            let log: LogSink =
                Arc::new(move |namespace, pod, container, previous, text| api.set_log(namespace, pod, container, previous, text));
            let mut cluster = Controlled::new(known.name, admin_client(&url)?);
            cluster.argo = known.argo.is_some();
            cluster.flux = known.flux.is_some();
            cluster.log = Some(log);
            cluster.stopped = stopped(scenario, known.name);
            cluster.held_workloads = cluster.stopped.iter().map(|name| format!("flux-system/{name}")).collect();
            if !quiet {
                hold(&known, &mut cluster);
            }
            clusters.push(cluster);
        }
        Ok(ControllerSet { clusters, repos, clock, times, faults: Faults::default(), seed })
    }
}

/// Troubled rows that would heal, or change their words, if a controller touched them: they wait for the operator.
fn hold(known: &Cluster, cluster: &mut Controlled) {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    match known.name {
        "hub-eu" => cluster.held_apps = list(&["argocd/billing", "argocd/orders", "argocd/cert-manager", "argocd/monitoring", "ap/web"]),
        "prod-us" => cluster.held_workloads = list(&["ledger/ledger"]),
        "prod-ap" => cluster.held_workloads = list(&["shop/web"]),
        _ => {}
    }
}
