//! One kube-apiserver with its etcd, as processes of ours on the loopback address.

use super::{files, guard, objects, pki};
use futures::future::join_all;
use http::{Method, Request};
use kube::{Client, Config};
use serde_json::Value;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Token, user, groups. Rights of the last three come from `objects::rights`.
const USERS: [(&str, &str, &str); 4] =
    [("admin", "admin", "system:masters"), ("viewer", "viewer", ""), ("team", "team-a", ""), ("nobody", "nobody", "")];
/// A cold machine that compiles beside us needs long.
const READY: Duration = Duration::from_secs(90);

pub struct Server {
    pub name: String,
    pub url: String,
    pub dir: PathBuf,
    /// How many definitions were installed.
    pub kinds: usize,
    assets: PathBuf,
    ports: [u16; 3],
    processes: Mutex<[Option<Child>; 2]>,
}

fn free_ports() -> [u16; 3] {
    let listeners: Vec<TcpListener> = (0..3).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
    let port = |i: usize| listeners[i].local_addr().expect("an address").port();
    [port(0), port(1), port(2)]
}

impl Server {
    /// Starts both programs on empty data, installs the kinds and the rights.
    pub async fn start(name: &str, assets: &Path, root: &Path) -> Self {
        let dir = root.join(name);
        fs::create_dir_all(&dir).expect("a directory");
        pki::write(&dir);
        let users: Vec<String> = USERS.iter().map(|(token, user, groups)| format!("{token},{user},{user}-id,\"{groups}\"\n")).collect();
        fs::write(dir.join("tokens.csv"), users.concat()).expect("the tokens are written");
        let ports = free_ports();
        let url = format!("https://127.0.0.1:{}", ports[2]);
        let mut server = Self { name: name.to_owned(), url, dir, kinds: 0, assets: assets.to_owned(), ports, processes: Mutex::default() };
        server.start_etcd();
        server.start_api();
        server.ready().await;
        server.install().await;
        server
    }

    fn spawn(&self, slot: usize, program: &str, arguments: &[String]) {
        let log = File::options().create(true).append(true).open(self.dir.join(format!("{program}.log"))).expect("a log file");
        let copy = log.try_clone().expect("a log file");
        let mut command = Command::new(self.assets.join(program));
        let child = command.args(arguments).current_dir(&self.dir).process_group(0).stdin(Stdio::null()).stdout(log).stderr(copy).spawn();
        let child = child.unwrap_or_else(|error| panic!("{program} does not start: {error}"));
        guard::note(&self.dir, program, child.id());
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)[slot] = Some(child);
    }

    fn start_etcd(&self) {
        let [client, peer, _] = self.ports.map(|port| format!("http://127.0.0.1:{port}"));
        let arguments = [
            format!("--name={}", self.name),
            "--data-dir=data".into(),
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster={}={peer}", self.name),
            "--unsafe-no-fsync".into(),
            "--log-level=warn".into(),
        ];
        self.spawn(0, "etcd", &arguments);
    }

    /// Starts the API server (again, on the same port and data).
    pub fn start_api(&self) {
        let [etcd, _, port] = self.ports;
        let arguments = [
            format!("--etcd-servers=http://127.0.0.1:{etcd}"),
            "--bind-address=127.0.0.1".into(),
            "--advertise-address=127.0.0.1".into(),
            "--endpoint-reconciler-type=none".into(),
            format!("--secure-port={port}"),
            "--tls-cert-file=server.crt".into(),
            "--tls-private-key-file=server.key".into(),
            "--client-ca-file=ca.crt".into(),
            "--cert-dir=.".into(),
            "--service-account-key-file=sa.pub".into(),
            "--service-account-signing-key-file=sa.key".into(),
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local".into(),
            "--service-cluster-ip-range=10.0.0.0/24".into(),
            "--authorization-mode=Node,RBAC".into(),
            "--token-auth-file=tokens.csv".into(),
            "--disable-admission-plugins=ServiceAccount".into(),
            "--etcd-compaction-interval=30s".into(),
        ];
        self.spawn(1, "kube-apiserver", &arguments);
    }

    /// Kills the API server as a crash would; its etcd stays.
    pub fn kill_api(&self) {
        let mut processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut child) = processes[1].take() {
            child.kill().expect("the API server is ours to kill");
            child.wait().expect("the API server ends");
        }
    }

    /// Stops or continues the API server without ending it.
    pub fn freeze(&self, on: bool) {
        let pid = self.processes.lock().unwrap_or_else(PoisonError::into_inner)[1].as_ref().map(Child::id).expect("it runs");
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("a pid");
        let signal = if on { rustix::process::Signal::STOP } else { rustix::process::Signal::CONT };
        rustix::process::kill_process(pid, signal).expect("the API server is ours to signal");
    }

    /// Waits until it serves.
    pub async fn ready(&self) {
        let (begin, client) = (Instant::now(), self.client("admin"));
        loop {
            let answer = client.request_text(Request::get("/readyz").body(Vec::new()).expect("a request")).await;
            match answer {
                Ok(text) if text == "ok" => return,
                other => assert!(begin.elapsed() < READY, "{} not ready after {READY:?}: {other:?}\n{}", self.name, self.last_words()),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn last_words(&self) -> String {
        let tail = |program: &str| {
            let text = fs::read_to_string(self.dir.join(format!("{program}.log"))).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            format!("{program}:\n{}", lines[lines.len().saturating_sub(12)..].join("\n"))
        };
        format!("{}\n{}", tail("etcd"), tail("kube-apiserver"))
    }

    async fn install(&mut self) {
        let definitions = files::definitions();
        self.kinds = definitions.len();
        let client = self.client("admin");
        let post = |text: String| {
            let request =
                Request::post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions").header("content-type", "application/yaml");
            let client = client.clone();
            async move { client.request::<Value>(request.body(text.into_bytes()).expect("a request")).await.expect("a definition is taken") }
        };
        let made = join_all(definitions.into_iter().map(post)).await;
        for object in objects::rights() {
            self.create(&object).await;
        }
        for definition in made {
            let (spec, version) = (&definition["spec"], &definition["spec"]["versions"][0]["name"]);
            let version = spec["versions"].as_array().into_iter().flatten().find(|v| v["storage"] == true).map_or(version, |v| &v["name"]);
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let path = format!("/apis/{}/{}/{}?limit=1", text(&spec["group"]), text(version), text(&spec["names"]["plural"]));
            self.served(&path).await;
        }
    }

    /// Waits until a path gives 200.
    async fn served(&self, path: &str) {
        let begin = Instant::now();
        loop {
            match self.send("admin", Method::GET, path, "", "").await {
                (200, _) => return,
                other => assert!(begin.elapsed() < READY, "{path} is not served by {}: {other:?}", self.name),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A client of the ordinary kind with one of the tokens.
    pub fn client(&self, token: &str) -> Client {
        let mut config = Config::new(self.url.parse().expect("an address"));
        config.root_cert = Some(vec![fs::read(self.dir.join("ca.der")).expect("the authority is readable")]);
        config.auth_info.token = Some(token.to_owned().into());
        Client::try_from(config).expect("a client")
    }

    /// One request, any answer: status and body.
    pub async fn send(&self, token: &str, method: Method, path: &str, content: &str, body: &str) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if !content.is_empty() {
            request = request.header("content-type", content);
        }
        let request = request.body(kube::client::Body::from(body.as_bytes().to_vec())).expect("a request");
        match self.client(token).send(request).await {
            Ok(response) => {
                let code = response.status().as_u16();
                let body = http_body_util::BodyExt::collect(response.into_body()).await.map(http_body_util::Collected::to_bytes);
                (code, body.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
            }
            Err(error) => (0, Value::String(error.to_string())),
        }
    }

    pub async fn create(&self, object: &Value) -> Value {
        let (code, answer) = self.send("admin", Method::POST, &objects::path(object, false), "application/json", &object.to_string()).await;
        assert!(matches!(code, 200 | 201), "{} refuses {}: {code} {answer}", self.name, object);
        answer
    }

    pub async fn get(&self, object: &Value) -> Value {
        self.send("admin", Method::GET, &objects::path(object, true), "", "").await.1
    }

    /// Merge patch by the administrator.
    pub async fn merge(&self, object: &Value, patch: &Value) -> Value {
        let path = objects::path(object, true);
        let (code, answer) = self.send("admin", Method::PATCH, &path, "application/merge-patch+json", &patch.to_string()).await;
        assert_eq!(code, 200, "{} refuses {patch} on {path}: {answer}", self.name);
        answer
    }
}
