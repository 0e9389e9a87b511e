//! The merged kubeconfig: which contexts there are, before any connection is made.

use super::glob;
use crate::domain::cluster::ContextInfo;
use crate::domain::ids::ClusterId;
use crate::domain::text::sanitise;
use kube::config::{AuthInfo, Cluster, Context, Kubeconfig as Raw, KubeconfigError};
use std::ffi::OsString;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    Missing,
    Empty,
    Broken,
    UnknownContext,
    MissingCluster,
    MissingUser,
    BadServer,
    BadFile,
    Unsupported,
}

/// What is wrong with a kubeconfig: the file or entry, why, and what helps. Never holds a value of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeconfigFault {
    pub kind: FaultKind,
    /// The file or entry: `~/.kube/config`, `context prod-eu`.
    pub object: String,
    pub cause: String,
    pub next: String,
}

impl KubeconfigFault {
    pub(super) fn new(kind: FaultKind, object: impl Into<String>, cause: impl Into<String>, next: &str) -> Self {
        // Names in the file, and patterns typed, are untrusted like everything else that is printed.
        let clean = |text: String| sanitise(&text, 600);
        Self { kind, object: clean(object.into()), cause: clean(cause.into()), next: clean(next.into()) }
    }
}

impl fmt::Display for KubeconfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.object, self.cause, self.next)
    }
}
impl std::error::Error for KubeconfigFault {}

/// Where a kubeconfig may be; the first that is set wins.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// `--kubeconfig`.
    pub explicit: Option<PathBuf>,
    /// The value of `KUBECONFIG`: a list of files.
    pub env: Option<OsString>,
    pub home: Option<PathBuf>,
}

impl Places {
    /// As the shell has it.
    pub fn from_env(explicit: Option<PathBuf>) -> Self {
        Self { explicit, env: std::env::var_os("KUBECONFIG"), home: std::env::home_dir() }
    }

    fn files(&self) -> Vec<PathBuf> {
        if let Some(path) = &self.explicit {
            return vec![path.clone()];
        }
        let listed: Vec<PathBuf> = self.env.iter().flat_map(std::env::split_paths).filter(|p| !p.as_os_str().is_empty()).collect();
        if listed.is_empty() { self.home.iter().map(|h| h.join(".kube").join("config")).collect() } else { listed }
    }
}

/// A merged kubeconfig, with the files it came from.
#[derive(Clone)]
pub struct Kubeconfig {
    pub(super) raw: Raw,
    /// What each context of `raw` is called by us, in its order: its name made harmless, and unique.
    ids: Vec<String>,
    stamps: Vec<(PathBuf, Option<SystemTime>)>,
}

impl Kubeconfig {
    /// Reads and merges; files of a `KUBECONFIG` list that do not exist are passed over as long as one does.
    ///
    /// # Errors
    /// No file at all, a file that is no kubeconfig, or no context in any of them.
    pub fn load(places: &Places) -> Result<Self, KubeconfigFault> {
        let files = places.files();
        let stamps: Vec<_> = files.iter().map(|f| (f.clone(), modified(f))).collect();
        let there: Vec<&PathBuf> = files.iter().filter(|f| f.exists()).collect();
        if there.is_empty() {
            let object = files.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(", ");
            let object = if object.is_empty() { "kubeconfig".to_owned() } else { object };
            return Err(KubeconfigFault::new(FaultKind::Missing, object, "no such file", "pass --kubeconfig FILE or set KUBECONFIG"));
        }
        let mut raw = Raw::default();
        for file in &there {
            let next = Raw::read_from(file).map_err(|e| file_fault(file, &e))?;
            raw = raw.merge(next).map_err(|e| file_fault(file, &e))?;
        }
        if raw.contexts.is_empty() {
            let object = there.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(", ");
            return Err(KubeconfigFault::new(FaultKind::Empty, object, "it holds no context", "add one with: kubectl config set-context"));
        }
        Ok(Self { ids: ids(&raw), raw, stamps })
    }

    /// From text, for programs that made the kubeconfig themselves; relative paths stay relative.
    ///
    /// # Errors
    /// Not a kubeconfig.
    pub fn from_text(text: &str) -> Result<Self, KubeconfigFault> {
        let raw = Raw::from_yaml(text).map_err(|e| file_fault(Path::new("kubeconfig"), &e))?;
        Ok(Self { ids: ids(&raw), raw, stamps: Vec::new() })
    }

    pub fn current(&self) -> Option<&str> {
        let current = self.raw.current_context.as_deref().filter(|c| !c.is_empty())?;
        let at = self.raw.contexts.iter().position(|c| c.name == current);
        // A current context that is not there is told by its name.
        Some(at.and_then(|at| self.ids.get(at)).map_or(current, String::as_str))
    }

    /// Every context in the order of the files; no connection is made.
    pub fn contexts(&self) -> Vec<ContextInfo> {
        self.ids.iter().zip(&self.raw.contexts).map(|(id, named)| self.info(id, named.context.as_ref())).collect()
    }

    /// The contexts under the names of the operator's configuration: pairs of context and alias.
    ///
    /// # Errors
    /// An alias that is the name of another context: what is typed to confirm would name two clusters.
    pub fn aliased<'a>(&self, aliases: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Vec<ContextInfo>, KubeconfigFault> {
        let mut all = self.contexts();
        for (name, alias) in aliases {
            if name != alias && all.iter().any(|c| c.id.as_str() == alias) {
                let cause = format!("{alias} is the name of another context");
                return Err(KubeconfigFault::new(
                    FaultKind::Broken,
                    format!("alias of {name}"),
                    cause,
                    "choose another alias in config.yaml",
                ));
            }
            if let Some(context) = all.iter_mut().find(|c| c.id.as_str() == name) {
                context.alias = Some(sanitise(alias, LONGEST_NAME));
            }
        }
        Ok(all)
    }

    /// Those of `all` whose names or aliases match any of the patterns (`*`, `?`); no pattern = the current context.
    ///
    /// # Errors
    /// A pattern that matches nothing, or no current context.
    pub fn select(&self, all: &[ContextInfo], patterns: &[String]) -> Result<Vec<ContextInfo>, KubeconfigFault> {
        let known = || {
            let names: Vec<&str> = all.iter().map(|c| c.alias.as_deref().unwrap_or(c.id.as_str())).take(12).collect();
            format!("contexts are: {}", names.join(", "))
        };
        if patterns.is_empty() {
            let Some(current) = self.current() else {
                return Err(KubeconfigFault::new(FaultKind::UnknownContext, "current-context", "it is not set", &known()));
            };
            return self.select(all, &[current.to_owned()]);
        }
        for pattern in patterns {
            if !all.iter().any(|c| is_named(pattern, c)) {
                return Err(KubeconfigFault::new(
                    FaultKind::UnknownContext,
                    format!("context {pattern}"),
                    "there is none of that name",
                    &known(),
                ));
            }
        }
        Ok(all.iter().filter(|c| patterns.iter().any(|p| is_named(p, c))).cloned().collect())
    }

    /// What keeps a context from being used, without connecting.
    pub fn fault(&self, context: &str) -> Option<KubeconfigFault> {
        self.entry(context).err()
    }

    /// Whether a file changed, came or went since it was read.
    pub fn is_stale(&self) -> bool {
        self.stamps.iter().any(|(file, stamp)| modified(file) != *stamp)
    }

    /// Changes when anything that reaches or opens this context changes, credentials included; says nothing about them.
    pub fn digest(&self, context: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        if let Ok((found, cluster, auth)) = self.entry(context) {
            let texts = [serde_json::to_string(found), serde_json::to_string(cluster), serde_json::to_string(&auth)];
            texts.map(Result::unwrap_or_default).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// The login program of a context, whole, to be run where the operator can answer it: with its arguments and its environment, by no
    /// shell. Its standard output would be the credential and is thrown away.
    pub fn login_command(&self, context: &str) -> Option<std::process::Command> {
        let (_, _, auth) = self.entry(context).ok()?;
        let exec = auth.exec?;
        let mut command = std::process::Command::new(exec.command.as_deref().filter(|c| !c.is_empty())?);
        command.args(exec.args.iter().flatten());
        for name in exec.drop_env.iter().flatten() {
            command.env_remove(name);
        }
        for pair in exec.env.iter().flatten() {
            if let (Some(name), Some(value)) = (pair.get("name"), pair.get("value")) {
                command.env(name, value);
            }
        }
        let version = exec.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1");
        let info = serde_json::json!({ "apiVersion": version, "kind": "ExecCredential", "spec": { "interactive": true } });
        command.env("KUBERNETES_EXEC_INFO", info.to_string()).stdout(std::process::Stdio::null());
        Some(command)
    }

    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.stamps.iter().map(|(file, _)| file.as_path())
    }

    /// A context's name as the file has it.
    pub(super) fn written(&self, context: &str) -> Option<&str> {
        let at = self.ids.iter().position(|id| id == context)?;
        self.raw.contexts.get(at).map(|c| c.name.as_str())
    }

    /// Context, cluster and user of a context (no user name = no credentials).
    pub(super) fn entry(&self, context: &str) -> Result<(&Context, &Cluster, AuthInfo), KubeconfigFault> {
        let fault = |kind, cause: String| KubeconfigFault::new(kind, format!("context {context}"), cause, "correct the kubeconfig");
        let at = self.ids.iter().position(|id| id == context);
        let named = at.and_then(|at| self.raw.contexts.get(at)).and_then(|c| c.context.as_ref());
        let found = named.ok_or_else(|| fault(FaultKind::UnknownContext, "there is none of that name".into()))?;
        let cluster = self.raw.clusters.iter().find(|c| c.name == found.cluster).and_then(|c| c.cluster.as_ref());
        let cluster =
            cluster.ok_or_else(|| fault(FaultKind::MissingCluster, format!("it names cluster {}, which is not defined", found.cluster)))?;
        let server = cluster.server.as_deref().unwrap_or_default();
        let uri = server.parse::<http::Uri>().ok().filter(|u| matches!(u.scheme_str(), Some("http" | "https")) && u.host().is_some());
        if uri.is_none() {
            return Err(fault(FaultKind::BadServer, format!("the server of cluster {} is not a URL", found.cluster)));
        }
        let user = found.user.as_deref().filter(|u| !u.is_empty());
        let auth = match user {
            None => AuthInfo::default(),
            Some(user) => {
                let named = self.raw.auth_infos.iter().find(|a| a.name == user);
                let named = named.ok_or_else(|| fault(FaultKind::MissingUser, format!("it names user {user}, which is not defined")))?;
                named.auth_info.clone().unwrap_or_default()
            }
        };
        Ok((found, cluster, auth))
    }

    fn info(&self, name: &str, context: Option<&Context>) -> ContextInfo {
        let cluster = context.and_then(|c| self.raw.clusters.iter().find(|n| n.name == c.cluster)).and_then(|n| n.cluster.as_ref());
        let user = context.and_then(|c| c.user.as_deref()).unwrap_or_default();
        let auth = self.raw.auth_infos.iter().find(|a| a.name == user).and_then(|a| a.auth_info.as_ref());
        let login = auth.and_then(|a| a.exec.as_ref()).and_then(|e| e.command.as_deref());
        ContextInfo {
            id: ClusterId::new(name),
            alias: None,
            server: sanitise(cluster.and_then(|c| c.server.as_deref()).unwrap_or_default(), 300),
            user: sanitise(user, 200),
            namespace: context.and_then(|c| c.namespace.as_deref()).filter(|n| !n.is_empty()).map(|n| sanitise(n, 253)),
            protected: looks_like_production(name),
            read_only: false,
            is_current: self.current() == Some(name),
            login: login.map(|l| sanitise(l, 200)),
        }
    }
}

/// A name longer than this is cut: it is a column, a typed word and a file name.
const LONGEST_NAME: usize = 120;

fn ids(raw: &Raw) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(raw.contexts.len());
    for named in &raw.contexts {
        let clean = sanitise(&named.name, LONGEST_NAME);
        let mut id = clean.clone();
        let mut count = 1;
        while out.contains(&id) {
            count += 1;
            id = format!("{clean}~{count}");
        }
        out.push(id);
    }
    out
}

fn is_named(pattern: &str, context: &ContextInfo) -> bool {
    // A literal name wins over its reading as a pattern: names may hold `*` or `?`.
    let fits = |name: &str| name == pattern || glob::matches(pattern, name);
    fits(context.id.as_str()) || context.alias.as_deref().is_some_and(fits)
}

/// Contexts whose name has a word that begins with "prod" or is "prd" or "live".
pub fn looks_like_production(name: &str) -> bool {
    name.to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|w| w.starts_with("prod") && w != "product" || w == "prd" || w == "live")
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|m| m.modified()).ok()
}

fn file_fault(file: &Path, error: &KubeconfigError) -> KubeconfigFault {
    let object = file.display().to_string();
    match error {
        KubeconfigError::ReadConfig(source, _) => {
            KubeconfigFault::new(FaultKind::BadFile, object, source.to_string(), "check that it is readable by you")
        }
        KubeconfigError::KindMismatch | KubeconfigError::ApiVersionMismatch => KubeconfigFault::new(
            FaultKind::Broken,
            object,
            "its kind or apiVersion differs from the other files",
            "list only kubeconfig files",
        ),
        // The parser's own words may quote the file, and with it a token: only the place is taken over.
        other => {
            let place = position(&other.to_string()).map(|p| format!(" ({p})")).unwrap_or_default();
            KubeconfigFault::new(FaultKind::Broken, object, format!("it is not a kubeconfig{place}"), "correct the file")
        }
    }
}

fn position(text: &str) -> Option<String> {
    let number = |word: &str| {
        let (_, rest) = text.split_once(word)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(digits)
    };
    let line = number("line ")?;
    Some(match number("column ") {
        Some(column) => format!("line {line}, column {column}"),
        None => format!("line {line}"),
    })
}

#[cfg(test)]
#[path = "tests/kubeconfig.rs"]
mod tests;
