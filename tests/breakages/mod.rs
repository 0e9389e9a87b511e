//! Breakages as a clumsy colleague makes them, and what a stranger must read of each: one table for every server it is run on.
//!
//! To extend: a line in `argo` or `flux`. Its app bears a name that says nothing of what is broken.

mod argo;
mod files;
mod flux;

use crate::lab::{Repository, objects};
use driftdeck::app::fleet::Row;
use driftdeck::domain::ids::{AppId, AppKind, ClusterId};
use futures::future::{FutureExt as _, LocalBoxFuture};
use http::Request;
use kube::Client;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Where the breakages are made.
pub struct Ground {
    /// Argo CD deploys here.
    pub hub: Client,
    /// Flux deploys here.
    pub edge: Client,
    /// Shown names of both.
    pub names: [String; 2],
}

/// One app and the hand that breaks it.
pub struct Broken<'g> {
    pub ground: &'g Ground,
    pub name: &'static str,
    pub repo: Repository,
    is_flux: bool,
}

type Hand = for<'a> fn(&'a Broken<'a>) -> LocalBoxFuture<'a, ()>;

/// What is broken and what must be read of it.
pub struct Breakage {
    /// Of the app, its namespace and its repository.
    pub name: &'static str,
    pub kind: AppKind,
    /// It is well before it is broken; without that it is made broken.
    pub well_before: bool,
    /// Other objects that are wanted from the start, and changes of the app itself.
    pub made: fn(&mut Value),
    pub hand: Hand,
    pub row: &'static str,
    pub why: &'static [&'static str],
    /// Each must be in some step, its key and its words.
    pub next: &'static [&'static str],
    /// In neither row, sentence nor steps.
    pub never: &'static [&'static str],
}

const fn breakage(name: &'static str, kind: AppKind, hand: Hand) -> Breakage {
    Breakage { name, kind, well_before: true, made: |_| {}, hand, row: "", why: &[], next: &[], never: &[] }
}

impl Breakage {
    const fn says(mut self, row: &'static str, why: &'static [&'static str], next: &'static [&'static str]) -> Self {
        (self.row, self.why, self.next) = (row, why, next);
        self
    }

    const fn never(mut self, never: &'static [&'static str]) -> Self {
        self.never = never;
        self
    }

    const fn made(mut self, made: fn(&mut Value)) -> Self {
        self.made = made;
        self
    }

    const fn at_birth(mut self) -> Self {
        self.well_before = false;
        self
    }
}

pub fn all() -> impl Iterator<Item = &'static Breakage> {
    argo::LIST.iter().chain(flux::LIST)
}

impl Ground {
    pub fn id(&self, of: &Breakage) -> AppId {
        let (at, namespace) = if of.kind == AppKind::Application { (0, "argocd") } else { (1, of.name) };
        AppId { cluster: ClusterId::new(&self.names[at]), kind: of.kind, namespace: namespace.into(), name: of.name.into() }
    }

    /// Puts the app on its cluster, well or about to be broken.
    pub async fn make(&self, of: &Breakage, repo: Repository) -> Broken<'_> {
        let is_flux = of.kind != AppKind::Application;
        let broken = Broken { ground: self, name: of.name, repo, is_flux };
        if is_flux {
            broken.create(&objects::namespace(of.name)).await;
            broken.create(&objects::git_repository(of.name, of.name, &broken.repo.url)).await;
        }
        let mut app = match of.kind {
            AppKind::Application => objects::application("argocd", of.name, &broken.repo.url, "", true),
            AppKind::HelmRelease => objects::helm_release(of.name, of.name),
            _ => objects::kustomization(of.name, of.name, of.name),
        };
        (of.made)(&mut app);
        broken.create(&app).await;
        broken
    }
}

impl Broken<'_> {
    fn client(&self) -> &Client {
        if self.is_flux { &self.ground.edge } else { &self.ground.hub }
    }

    async fn send(&self, method: &str, path: &str, content: &str, body: &Value) -> Result<Value, kube::Error> {
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = Request::builder().method(method).uri(path).header("content-type", content).body(bytes).expect("a request");
        self.client().request::<Value>(request).await
    }

    pub async fn create(&self, object: &Value) {
        let answer = self.send("POST", &objects::path(object, false), "application/json", object).await;
        answer.unwrap_or_else(|error| panic!("{object} is refused: {error}"));
    }

    /// Merge patch under the name of a program that people use.
    async fn edit(&self, object: &Value, patch: &Value) {
        let path = format!("{}?fieldManager=kubectl-edit", objects::path(object, true));
        let answer = self.send("PATCH", &path, "application/merge-patch+json", patch).await;
        answer.unwrap_or_else(|error| panic!("{patch} on {path} is refused: {error}"));
    }

    async fn status(&self, object: &Value, status: &Value) {
        let path = format!("{}/status", objects::path(object, true));
        let answer = self.send("PATCH", &path, "application/merge-patch+json", &json!({"status": status})).await;
        answer.unwrap_or_else(|error| panic!("{status} on {path} is refused: {error}"));
    }

    async fn delete(&self, object: &Value) {
        let answer = self.send("DELETE", &objects::path(object, true), "application/json", &Value::Null).await;
        answer.unwrap_or_else(|error| panic!("{object} is not deleted: {error}"));
    }

    /// Waits until the app has put an object on its cluster.
    async fn until_there(&self, object: &Value) {
        self.until("it is there", async || self.send("GET", &objects::path(object, true), "", &Value::Null).await.is_ok()).await;
    }

    /// Waits until the API server keeps a rule that was just written.
    async fn until_refused(&self, object: &Value, patch: &Value) {
        let path = format!("{}?dryRun=All", objects::path(object, true));
        self.until("the rule is kept", async || self.send("PATCH", &path, "application/strategic-merge-patch+json", patch).await.is_err())
            .await;
    }

    async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let begin = Instant::now();
        while !holds().await {
            assert!(begin.elapsed() < LIMIT, "not in time for {}: {what}", self.name);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// The object of the app itself.
    fn app(&self) -> Value {
        match self.is_flux {
            true => objects::kustomization(self.name, self.name, self.name),
            false => objects::application("argocd", self.name, "", "", false),
        }
    }

    fn in_place(&self, api: &str, kind: &str, name: &str) -> Value {
        json!({"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": self.name}})
    }

    fn land(&self, message: &str, files: &[(&str, String)]) {
        self.repo.land(message, files);
    }
}

/// Everything a reader has before them.
pub fn text(row: &Row) -> String {
    let v = &row.verdict;
    let mut out = format!("row   {:<10} {:<11} {}\nwhy   {}\n", row.app.sync.word(), row.app.health.word(), v.short, v.sentence);
    out.extend(v.soon.iter().map(|soon| format!("soon  {soon}\n")));
    out.extend(v.next.iter().map(|step| format!("next  {:<6} {}\n", step.key, step.text)));
    out
}

/// What is not as it must be, if anything.
pub fn miss(row: &Row, of: &Breakage) -> Option<String> {
    let v = &row.verdict;
    let steps: Vec<String> = v.next.iter().map(|step| format!("{} {}", step.key, step.text).trim().to_owned()).collect();
    let all = format!("{} {} {}", v.short, v.sentence, steps.join(" "));
    let why = of.why.iter().find(|word| !v.sentence.contains(**word));
    let next = of.next.iter().find(|word| !steps.iter().any(|step| step.contains(**word)));
    let claim = of.never.iter().find(|word| all.contains(**word));
    Some(match () {
        () if !v.short.contains(of.row) => format!("the row lacks {:?}", of.row),
        () if v.short.chars().count() > 40 => "the row is longer than 40".into(),
        () if why.is_some() => format!("the sentence lacks {:?}", why.unwrap_or(&"")),
        () if next.is_some() => format!("no step says {:?}", next.unwrap_or(&"")),
        () if claim.is_some() => format!("it claims {:?}", claim.unwrap_or(&"")),
        () => return None,
    })
}

/// How long all of it may take.
pub const LIMIT: Duration = Duration::from_secs(150);

fn nothing<'a>(_: &'a Broken<'a>) -> LocalBoxFuture<'a, ()> {
    async {}.boxed_local()
}
