//! A quick look at a context before it is watched: which engines, may we read their apps, where do those deploy to.
//! Reads only, and runs a login program only where the operator said so.

use super::connect::{self, NoConnection};
use super::{Timings, supervise};
use crate::cluster::api::{Api, ApiError, Class, Heard, path};
use crate::cluster::client::Target as Address;
use crate::cluster::discover::Mapper;
use crate::cluster::engines;
use crate::cluster::exec::Logins;
use crate::cluster::kubeconfig::Kubeconfig;
use crate::domain::clock::Clock;
use crate::domain::cluster::{ContextInfo, EngineInfo};
use crate::domain::ids::EngineKind;
use crate::domain::probe::{Answer, Probe, Reached, Target};
use crate::domain::text::sanitise;
use crate::engine::{Role, WatchedKind, watched};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Apps whose destinations are read: enough to know the usual ones, and no large answer.
const SAMPLE: usize = 50;

pub struct Look {
    pub kubeconfig: Arc<Kubeconfig>,
    pub context: ContextInfo,
    /// Looked into where the whole cluster may not be listed, beside the usual ones.
    pub namespaces: Vec<String>,
    /// `None` = no login program is run.
    pub logins: Option<Logins>,
    /// For all requests together; a login program has its own.
    pub limit: Duration,
}

impl Look {
    /// Never fails and never takes much longer than the limit: what was learnt until then is the answer.
    pub async fn take(self) -> Probe {
        let began = Instant::now();
        let mut reached = None;
        let answer = match self.address().await {
            Err(answer) => answer,
            Ok(address) => match tokio::time::timeout(self.limit, self.ask(&address, &mut reached)).await {
                Ok(Err(NoConnection::Login(cause))) => Answer::Login { cause: Some(cause) },
                Ok(Err(NoConnection::Unusable(cause) | NoConnection::Changed(cause))) => Answer::Invalid { cause },
                // It is there, and lets us ask for nothing.
                Ok(Err(NoConnection::Failed(error))) if error.class == Class::Forbidden => {
                    Answer::Reached(Reached { forbidden: vec!["discovery".into()], ..Reached::default() })
                }
                Ok(Err(NoConnection::Failed(error))) => Answer::Unreachable { cause: error.message },
                Ok(Ok(())) => Answer::Reached(Reached { whole: true, ..reached.unwrap_or_default() }),
                Err(_) => match reached {
                    Some(reached) => Answer::Reached(reached),
                    None => Answer::Unreachable { cause: format!("no answer within {} s", self.limit.as_secs_f32()) },
                },
            },
        };
        Probe { answer, took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) }
    }

    /// How it is reached, logged in where that is allowed.
    async fn address(&self) -> Result<Address, Answer> {
        let found = supervise::resolve(&self.kubeconfig, &self.context.id).await;
        let mut address = found.map_err(|fault| Answer::Invalid { cause: fault.to_string() })?;
        if let Some(login) = address.login.clone() {
            let Some(logins) = &self.logins else { return Err(Answer::Login { cause: None }) };
            let got = logins.get(&login, None, Timings::default().login).await;
            let (credential, _) = got.map_err(|e| Answer::Login { cause: Some(e.0) })?;
            address.apply(&credential);
        }
        Ok(address)
    }

    /// A kind that is not answered costs what is known of that kind alone.
    async fn ask(&self, address: &Address, reached: &mut Option<Reached>) -> Result<(), NoConnection> {
        let timings = Arc::new(Timings { connect: self.limit, get: self.limit, ..Timings::default() });
        let client = connect::client(address, &timings).await?;
        let api = Api::new(client, address.line(), Heard::by(Clock::system()), timings);
        connect::version(&api).await?;
        let seen = reached.insert(Reached::default());
        let namespaces = supervise::fallbacks(&self.context, &self.namespaces);
        let mapper = Mapper::default();
        let kinds = watched().map(|(_, kind)| kind).filter(|kind| kind.role == Role::App);
        let all = futures::future::join_all(kinds.map(|kind| standing(&api, &mapper, kind, &namespaces))).await;
        let failed = || all.iter().filter_map(|(_, standing)| standing.as_ref().err());
        // Where nothing can be told of any kind, it is not the kinds.
        let fatal = failed().find(|e| is_about_all(e)).or_else(|| failed().next().filter(|_| failed().count() == all.len()));
        if let Some(error) = fatal {
            return Err(error.clone().into());
        }
        let mut apps = None;
        for (kind, standing) in all {
            let standing = match standing {
                Ok(Standing::NotServed) => continue,
                Ok(standing) => standing,
                Err(error) => {
                    seen.unread.push((kind.plural.to_owned(), error.message));
                    continue;
                }
            };
            if !seen.engines.iter().any(|e| e.name == kind.engine) {
                seen.engines.push(EngineInfo { name: kind.engine, version: None });
            }
            match standing {
                Standing::Readable(collection) if kind.engine == EngineKind::Argo => apps = Some(collection),
                Standing::Readable(_) | Standing::NotServed => {}
                Standing::Forbidden => seen.forbidden.push(kind.plural.to_owned()),
                Standing::Unread(error) => seen.unread.push((kind.plural.to_owned(), error.message)),
            }
        }
        let names = seen.engines.iter().map(|e| e.name).collect();
        let (engines, targets) = tokio::join!(engines::versions(api.clone(), names, namespaces), targets(&api, apps));
        (seen.engines, seen.targets) = (engines, targets);
        Ok(())
    }
}

enum Standing {
    NotServed,
    /// The collection of it that may be read.
    Readable(String),
    /// Everywhere we looked.
    Forbidden,
    /// It is served, and its list is not answered.
    Unread(ApiError),
}

/// Whoever asks for whatever is refused in the same way.
fn is_about_all(error: &ApiError) -> bool {
    matches!(error.class, Class::Unauthorized | Class::Login)
}

/// An error where not even that is known, whether the kind is served.
async fn standing<'a>(
    api: &Api,
    mapper: &Mapper,
    kind: &'a WatchedKind,
    namespaces: &[String],
) -> (&'a WatchedKind, Result<Standing, ApiError>) {
    let mapping = match mapper.find(api, kind.group, kind.kind, None).await {
        Ok(Some(mapping)) => mapping,
        Ok(None) => return (kind, Ok(Standing::NotServed)),
        Err(error) => return (kind, Err(error)),
    };
    for namespace in std::iter::once("").chain(namespaces.iter().map(String::as_str)) {
        let collection = path(kind.group, &mapping.version, namespace, kind.plural, "");
        match api.get::<Value>(&format!("{collection}?limit=1")).await {
            Ok(_) => return (kind, Ok(Standing::Readable(collection))),
            Err(e) if e.class == Class::Forbidden => {}
            Err(e) if is_about_all(&e) => return (kind, Err(e)),
            Err(e) => return (kind, Ok(Standing::Unread(e))),
        }
    }
    (kind, Ok(Standing::Forbidden))
}

/// Where the first apps deploy to, but for the cluster they are on; what cannot be read is no target.
async fn targets(api: &Api, apps: Option<String>) -> Vec<Target> {
    let Some(collection) = apps else { return Vec::new() };
    let Ok(list) = api.get::<Value>(&format!("{collection}?limit={SAMPLE}")).await else { return Vec::new() };
    let items = list.get("items").and_then(Value::as_array);
    let mut out: Vec<Target> = items.into_iter().flatten().filter_map(target).collect();
    out.sort();
    out.dedup();
    out
}

fn target(app: &Value) -> Option<Target> {
    let text = |field: &str| {
        let found = app.pointer(&format!("/spec/destination/{field}")).and_then(Value::as_str);
        found.map(|t| sanitise(t, 200)).filter(|t| !t.is_empty())
    };
    let (name, server) = (text("name"), text("server"));
    let own = name.as_deref() == Some("in-cluster") || server.as_deref().is_some_and(|s| s.starts_with("https://kubernetes.default.svc"));
    (!own && (name.is_some() || server.is_some())).then_some(Target { name, server })
}
