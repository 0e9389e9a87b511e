//! A kind that may not be read cluster-wide: namespace by namespace, until that changes.

use super::scope::{Halt, Scope};
use super::{KindWatch, WatchContext, tell};
use crate::cluster::api::path;
use crate::domain::cluster::KindState;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

enum Turn {
    Told(String, KindState),
    Ended(Option<(String, Halt)>),
    AskAgain,
}

struct Fallback<'a> {
    ctx: &'a WatchContext,
    watch: &'a KindWatch,
    version: &'a str,
    states: mpsc::Sender<(String, KindState)>,
    running: JoinSet<(String, Halt)>,
    busy: BTreeSet<String>,
    /// The last word of each namespace that may be read.
    told: BTreeMap<String, KindState>,
}

/// Ends when cluster-wide is allowed, when the version is gone, or with the session.
pub(super) async fn run(ctx: &WatchContext, watch: &KindWatch, version: &str) -> Halt {
    let (states, mut incoming) = mpsc::channel(8);
    let mut fallback = Fallback { ctx, watch, version, states, running: JoinSet::new(), busy: BTreeSet::new(), told: BTreeMap::new() };
    fallback.start();
    tell(ctx, watch, fallback.state()).await;
    let mut retry = ctx.retry.clone();
    retry.mark_unchanged();
    let park = ctx.api.timings.park;
    let mut again = Box::pin(tokio::time::sleep(park));
    loop {
        let turn = tokio::select! {
            Some((namespace, state)) = incoming.recv() => Turn::Told(namespace, state),
            Some(ended) = fallback.running.join_next() => Turn::Ended(ended.ok()),
            () = &mut again => Turn::AskAgain,
            _ = retry.changed() => Turn::AskAgain,
        };
        match turn {
            // The last words of a namespace that was refused meanwhile, or nothing read yet.
            Turn::Told(namespace, state) if !fallback.busy.contains(&namespace) || matches!(state, KindState::Loading { .. }) => {}
            Turn::Told(namespace, state) => {
                fallback.told.insert(namespace, state);
                tell(ctx, watch, fallback.state()).await;
            }
            Turn::Ended(None) => return Halt::NotServed,
            Turn::Ended(Some((namespace, halt))) => {
                fallback.busy.remove(&namespace);
                let was_readable = fallback.told.remove(&namespace).is_some();
                if !matches!(halt, Halt::Forbidden(..)) {
                    return halt;
                }
                if was_readable {
                    tell(ctx, watch, fallback.state()).await;
                }
            }
            Turn::AskAgain => {
                if fallback.is_allowed_everywhere().await {
                    return Halt::Allowed;
                }
                fallback.start();
                again = Box::pin(tokio::time::sleep(park));
            }
        }
    }
}

impl Fallback<'_> {
    fn start(&mut self) {
        for namespace in self.ctx.namespaces.iter() {
            if self.busy.insert(namespace.clone()) {
                let scope =
                    Scope::new(self.ctx.clone(), self.watch.clone(), self.version.to_owned(), namespace.clone(), self.states.clone());
                let namespace = namespace.clone();
                self.running.spawn(async move { (namespace, scope.run().await) });
            }
        }
    }

    fn state(&self) -> KindState {
        let broken = self.told.values().find(|s| matches!(s, KindState::Broken { .. }));
        match broken {
            Some(broken) => broken.clone(),
            None => KindState::Forbidden { namespaces: self.told.keys().cloned().collect() },
        }
    }

    async fn is_allowed_everywhere(&self) -> bool {
        let kind = self.watch.kind;
        let url = format!("{}?limit=1", path(kind.group, self.version, "", kind.plural, ""));
        self.ctx.api.get::<serde::de::IgnoredAny>(&url).await.is_ok()
    }
}
