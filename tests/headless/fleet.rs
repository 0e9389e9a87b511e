//! A simulated fleet and the real binary on it: what a command says, and what it sends over the wire.

use driftdeck::sim::controllers::Times;
use driftdeck::sim::demo::{self, Demo, DemoOptions};
use driftdeck::sim::scenario::Scenario;
use serde_json::Value;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

pub const KS: &str = "kustomize.toolkit.fluxcd.io";

pub struct Fleet {
    pub demo: Demo,
    pub home: tempfile::TempDir,
    pub kubeconfig: String,
}

pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}{}", self.out, self.err))
    }
}

impl Fleet {
    pub async fn start(scenario: Scenario) -> Self {
        let times = Times { factor: 0.5, ..Times::fast() };
        let demo = demo::start(DemoOptions { scenario, times, story: false, ..DemoOptions::default() }).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let mut config = format!("protected: [{}]\nguardrails:\n  prod-us: {{no_force: true}}\ndestinations:\n", demo.protected.join(", "));
        demo.destinations.iter().for_each(|(_, what, to)| config.push_str(&format!("  {what}: {to}\n")));
        std::fs::create_dir_all(home.path().join("config/driftdeck")).unwrap();
        std::fs::write(home.path().join("config/driftdeck/config.yaml"), config).unwrap();
        let kubeconfig = demo.kubeconfig.display().to_string();
        Self { demo, home, kubeconfig }
    }

    /// From now on every PATCH to this cluster is counted on the wire.
    pub async fn count_patches(&mut self, cluster: &str) -> Arc<AtomicUsize> {
        let counted = Arc::new(AtomicUsize::new(0));
        self.pass_by(cluster, Watch { request: "PATCH ", counted: counted.clone(), until: None }).await;
        counted
    }

    /// From now on what goes to this cluster goes by a watch.
    pub async fn pass_by(&mut self, cluster: &str, watch: Watch) {
        let target = self.demo.url(cluster).unwrap().trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let text = std::fs::read_to_string(&self.kubeconfig).unwrap();
        assert!(text.contains(&target), "{target}");
        self.kubeconfig = self.home.path().join("counted").display().to_string();
        std::fs::write(&self.kubeconfig, text.replace(&target, &address)).unwrap();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, target.clone(), watch.clone()));
            }
        });
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let at = |name: &str| self.home.path().join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_driftdeck"));
        command.args(args).env_clear().envs(self.demo.git_env.iter().cloned());
        // A command that was printed names its own.
        if !args.contains(&"--kubeconfig") {
            command.args(["--kubeconfig", &self.kubeconfig]);
        }
        command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", at("")).env("USER", "sam");
        command.env("XDG_CONFIG_HOME", at("config")).env("XDG_STATE_HOME", at("state")).env("XDG_CACHE_HOME", at("cache"));
        command.current_dir(self.home.path()).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    pub async fn run(&self, args: &[&str]) -> Said {
        let output = tokio::time::timeout(Duration::from_secs(90), self.command(args).output()).await;
        let output = output.unwrap_or_else(|_| panic!("{args:?} does not end")).unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }

    pub fn get(&self, cluster: &str, namespace: &str, name: &str) -> Value {
        self.demo.server(cluster).unwrap().get(KS, "kustomizations", namespace, name).unwrap()
    }

    /// Action and outcome of each line of the journal.
    pub fn journal(&self) -> Vec<(String, String)> {
        let text = std::fs::read_to_string(self.home.path().join("state/driftdeck/journal.jsonl")).unwrap_or_default();
        let word = |v: &Value| v.as_str().unwrap_or("-").to_owned();
        text.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|v| (word(&v["plan"]["action"]), word(&v["outcome"]["outcome"])))
            .collect()
    }
}

/// What is looked for on the wire to a cluster.
#[derive(Clone)]
pub struct Watch {
    /// How such a request begins.
    pub request: &'static str,
    pub counted: Arc<AtomicUsize>,
    /// It is held back until so many were counted here.
    pub until: Option<(Arc<AtomicUsize>, usize)>,
}

/// Polls until something holds.
pub async fn holds(what: &str, mut check: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !check() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn pass(client: TcpStream, target: String, watch: Watch) {
    let Ok(server) = TcpStream::connect(target).await else { return };
    let ((mut from, mut to), (mut answers, mut back)) = (client.into_split(), server.into_split());
    let (back_to_client, to_server) = (&mut to, &mut back);
    let requests = async {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(n) = from.read(&mut buffer).await {
            if n == 0 {
                break;
            }
            if buffer[..n].starts_with(watch.request.as_bytes()) {
                watch.counted.fetch_add(1, Ordering::SeqCst);
                while watch.until.as_ref().is_some_and(|(count, most)| count.load(Ordering::SeqCst) < *most) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
            if to_server.write_all(&buffer[..n]).await.is_err() {
                break;
            }
        }
    };
    let replies = tokio::io::copy(&mut answers, back_to_client);
    tokio::select! { () = requests => {}, _ = replies => {} }
}

/// Reads what a program says until this text is in it.
pub async fn says(from: &mut (impl AsyncRead + Unpin), what: &str) -> String {
    let (mut said, mut buffer) = (String::new(), [0; 4096]);
    while !said.contains(what) {
        let read = tokio::time::timeout(Duration::from_secs(60), from.read(&mut buffer)).await;
        let n = read.unwrap_or_else(|_| panic!("no {what}: {said}")).unwrap();
        assert!(n > 0, "no {what}: {said}");
        said.push_str(&String::from_utf8_lossy(&buffer[..n]));
    }
    said
}
