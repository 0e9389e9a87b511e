//! One look at the controllers of a cluster: gentle (one list of each kind), and whole even where little may be read.

use super::wire::{EventObject, LeaseObject, List, Pod, Settings, Workload};
use super::{pods, switches, workloads};
use crate::cluster::api::{Api, ApiError, Class, escape, path};
use crate::domain::Timestamp;
use crate::domain::clock::Clock;
use crate::domain::cluster::EngineInfo;
use crate::domain::controllers::{Controller, Controllers, Lease, Unread};
use crate::domain::ids::EngineKind;
use crate::domain::text::sanitise;
use std::collections::{BTreeMap, BTreeSet};

/// Objects of one list; a namespace that holds more is not an engine's own.
const MOST: usize = 500;
const SOURCES: &str = "source-controller";
/// An Event as young as this proves that its writer works.
const FRESH: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// The server is not there any more: nothing else need be asked.
pub(super) struct Trouble(ApiError);

/// What was refused or failed on the way, told once each.
#[derive(Default)]
pub(super) struct Unseen(Vec<Unread>);

impl Unseen {
    /// # Errors
    /// The failure is the connection's, not the question's.
    pub(super) fn note(&mut self, plural: &str, namespace: &str, error: ApiError) -> Result<(), Trouble> {
        if error.is_transport() || error.class == Class::Unauthorized {
            return Err(Trouble(error));
        }
        self.add(plural, namespace, if error.class == Class::Forbidden { "forbidden".into() } else { error.message });
        Ok(())
    }

    fn add(&mut self, plural: &str, namespace: &str, why: String) {
        let what = if namespace.is_empty() { plural.to_owned() } else { format!("{plural} in {}", sanitise(namespace, 253)) };
        self.0.push(Unread { what, why });
    }
}

/// What is asked about.
pub struct Question {
    pub api: Api,
    pub engines: Vec<EngineKind>,
    /// Looked into where the whole cluster may not be listed.
    pub namespaces: Vec<String>,
    pub clock: Clock,
}

/// Engines with their versions, and their controllers; always an answer, which says what it lacks.
pub async fn look(question: &Question) -> (Vec<EngineInfo>, Controllers) {
    let mut unseen = Unseen::default();
    let mut found = Found::default();
    let ended = all(question, &mut unseen, &mut found).await;
    let is_cut = ended.is_err();
    if let Err(Trouble(error)) = ended {
        unseen.add("the rest", "", error.message);
    }
    let engines = question.engines.iter().map(|engine| workloads::version(*engine, &found.workloads)).collect();
    let mut list = found.list;
    list.sort_by(|a, b| (a.engine, &a.namespace, &a.name).cmp(&(b.engine, &b.namespace, &b.name)));
    found.switches.sort();
    let (at, ahead) = (question.clock.now(), found.ahead);
    (engines, Controllers { at, list, switches: found.switches, unread: unseen.0, ahead, is_cut, before: None })
}

#[derive(Default)]
struct Found {
    workloads: Vec<(&'static str, Workload)>,
    list: Vec<Controller>,
    /// Names of the pods of a workload, by its namespace and name; none where they were not read.
    pods: BTreeMap<(String, String), Vec<String>>,
    /// Seconds that the server's clock is ahead of ours.
    ahead: i64,
    switches: Vec<crate::domain::controllers::Switch>,
}

async fn all(question: &Question, unseen: &mut Unseen, found: &mut Found) -> Result<(), Trouble> {
    let api = &question.api;
    let ahead = &mut found.ahead;
    let dated = |date: Timestamp| *ahead = date.as_second() - question.clock.now().as_second();
    found.workloads = workloads::all(api, &question.namespaces, unseen, dated).await?;
    found.workloads.retain(|(_, w)| workloads::engine(w).is_some_and(|e| question.engines.contains(&e)));
    found.list = found.workloads.iter().filter_map(|(kind, w)| workloads::controller(kind, w)).collect();
    for (_, workload) in found.workloads.iter().filter(|(_, w)| workloads::engine(w) == Some(EngineKind::Flux)) {
        found.switches.extend(switches::of_flags(workload));
    }
    let homes: BTreeSet<(EngineKind, String)> = found.list.iter().map(|c| (c.engine, c.namespace.clone())).collect();
    for namespace in homes.iter().map(|(_, namespace)| namespace).collect::<BTreeSet<_>>() {
        pods_of(api, namespace, unseen, found).await?;
    }
    for (engine, namespace) in &homes {
        match engine {
            // Argo CD divides its clusters among replicas and elects nobody.
            EngineKind::Argo => settings(api, namespace, unseen, found).await?,
            EngineKind::Flux => {
                leases(question, namespace, unseen, found).await?;
                if found.list.iter().any(|c| c.component == SOURCES && c.namespace == *namespace) {
                    beats(question, namespace, unseen, found).await?;
                }
            }
        }
    }
    Ok(())
}

async fn pods_of(api: &Api, namespace: &str, unseen: &mut Unseen, found: &mut Found) -> Result<(), Trouble> {
    let ours: Vec<&Workload> = found.workloads.iter().map(|(_, w)| w).filter(|w| w.metadata.namespace == namespace).collect();
    let narrow = pods::selector(&ours).map(|s| format!("&labelSelector={}", escape(&s))).unwrap_or_default();
    let url = format!("{}?limit={MOST}{narrow}", path("", "v1", namespace, "pods", ""));
    match api.get::<List<Pod>>(&url).await {
        Ok(list) if !list.metadata.more.is_empty() => unseen.add("pods", namespace, format!("more than {MOST}")),
        Ok(list) => {
            for (controller, (_, workload)) in found.list.iter_mut().zip(&found.workloads) {
                if controller.namespace == namespace {
                    controller.pods = Some(pods::of(workload, &list.items));
                    let key = (workload.metadata.namespace.clone(), workload.metadata.name.clone());
                    found.pods.insert(key, pods::names(workload, &list.items));
                }
            }
        }
        Err(error) => unseen.note("pods", namespace, error)?,
    }
    Ok(())
}

async fn leases(question: &Question, namespace: &str, unseen: &mut Unseen, found: &mut Found) -> Result<(), Trouble> {
    let url = format!("{}?limit={MOST}", path("coordination.k8s.io", "v1", namespace, "leases", ""));
    let (list, server) = match question.api.get_dated::<List<LeaseObject>>(&url).await {
        Ok(answer) => answer,
        Err(error) => return unseen.note("leases", namespace, error),
    };
    let now = question.clock.now();
    for controller in found.list.iter_mut().filter(|c| c.engine == EngineKind::Flux && c.namespace == namespace) {
        let pods = found.pods.get(&(controller.namespace.clone(), controller.name.clone()));
        // One that nobody holds, or somebody who is not there any more, says nothing of those that run.
        let held = list.items.iter().filter(|l| is_of(l, controller) && is_held(l, pods.map(Vec::as_slice)));
        let lease = held.max_by_key(|l| l.spec.renew_time);
        controller.lease = lease.map(|l| Lease {
            holder: sanitise(holder(l), 253),
            renewed_at: l.spec.renew_time.map(|at| by_our_clock(at, server, now)),
            stamp: l.spec.renew_time,
            duration: l.spec.lease_duration_seconds.unwrap_or(0),
        });
    }
    Ok(())
}

/// The clock of a laptop may be minutes off: an age is what the cluster's own clock makes of it.
fn by_our_clock(at: Timestamp, server: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let Some(server) = server else { return at };
    // The server tells whole seconds only.
    let age = server.duration_since(at).max(jiff::SignedDuration::ZERO);
    now.checked_sub(age).unwrap_or(at)
}

/// The pod that holds it; what makes the identity unique is cut off.
fn holder(lease: &LeaseObject) -> &str {
    let identity = &lease.spec.holder_identity;
    identity.split_once('_').map_or(identity.as_str(), |(pod, _)| pod)
}

/// By one of these pods, where they were read.
fn is_held(lease: &LeaseObject, pods: Option<&[String]>) -> bool {
    let identity = &lease.spec.holder_identity;
    let is_by =
        |pod: &String| identity.strip_prefix(pod.as_str()).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
    !identity.is_empty() && pods.is_none_or(|pods| pods.iter().any(is_by))
}

/// By name, and for one shard of several by the pod that holds it.
fn is_of(lease: &LeaseObject, controller: &Controller) -> bool {
    let name = &lease.metadata.name;
    if *name == format!("{}-leader-election", controller.name) {
        return true;
    }
    // A pod is called after its ReplicaSet, and that after the Deployment: two words more.
    let owner = holder(lease).rsplitn(3, '-').nth(2);
    name.contains("-leader-election-") && owner == Some(controller.name.as_str())
}

/// A source is written to only when it changes; each look at one is told by an Event alone. Those of the controller's own namespace do:
/// the API server goes through all Events of what is asked for.
async fn beats(question: &Question, namespace: &str, unseen: &mut Unseen, found: &mut Found) -> Result<(), Trouble> {
    let selector = escape(&format!("source={SOURCES}"));
    let url = format!("{}?fieldSelector={selector}&limit={MOST}", path("", "v1", namespace, "events", ""));
    let (list, server) = match question.api.get_dated::<List<EventObject>>(&url).await {
        Ok(answer) => answer,
        Err(error) => return unseen.note("events", namespace, error),
    };
    let now = question.clock.now();
    let newest = list.items.iter().filter_map(told_at).max().map(|at| by_our_clock(at, server, now));
    // Events come in the order of their names: where not all were read, a newer one may be among the rest.
    let newest = newest.filter(|at| list.metadata.more.is_empty() || now.duration_since(*at) < FRESH);
    for controller in found.list.iter_mut().filter(|c| c.component == SOURCES && c.namespace == namespace) {
        controller.heard_at = newest;
    }
    Ok(())
}

fn told_at(event: &EventObject) -> Option<Timestamp> {
    let series = event.series.as_ref().and_then(|s| s.last_observed_time);
    [event.last_timestamp, event.event_time, series].into_iter().flatten().max()
}

async fn settings(api: &Api, namespace: &str, unseen: &mut Unseen, found: &mut Found) -> Result<(), Trouble> {
    for map in switches::MAPS {
        match api.get::<Settings>(&path("", "v1", namespace, "configmaps", map)).await {
            Ok(settings) => found.switches.extend(switches::of_map(namespace, map, &settings)),
            Err(error) if error.class == Class::NotFound => {}
            Err(error) => unseen.note(&format!("ConfigMap {map}"), namespace, error)?,
        }
    }
    Ok(())
}
