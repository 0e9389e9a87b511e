//! Rolling updates of Deployments.

use super::objects::{Counts, Rollout, deployment_status, pod, pod_name, replica_set, template_hash};
use super::{DEPLOYMENT, POD, REPLICA_SET, Workload, text};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

/// The last step forward of a rollout.
pub struct Progress {
    hash: String,
    counts: Counts,
    at: Instant,
}

/// A refused pod is tried again after this many times the start of one.
const REFUSED: u32 = 8;

/// One ReplicaSet and its pods.
struct Set {
    object: Arc<Value>,
    pods: Vec<Arc<Value>>,
    ready: u64,
}

pub fn is_ready(pod: &Value) -> bool {
    let mut conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    conditions.any(|it| it["type"] == "Ready" && it["status"] == "True")
}

/// How many pods each set shall have: the new one, then the old ones in their order.
pub fn targets(desired: u64, new_ready: u64, old: &[(u64, u64)]) -> (u64, Vec<u64>) {
    let (surge, unavailable) = (desired.div_ceil(4), desired / 4);
    let total_old: u64 = old.iter().filter(|(_, ready)| *ready > 0).map(|(replicas, _)| replicas).sum();
    if total_old == 0 {
        return (desired, vec![0; old.len()]);
    }
    // Old pods stay while the new ones do not serve; sets that serve nothing go first.
    let mut keep = desired.saturating_sub(unavailable).saturating_sub(new_ready);
    let mut targets = Vec::new();
    for (_, ready) in old {
        let take = if *ready > 0 { keep } else { 0 };
        targets.push(take);
        keep -= take;
    }
    let kept: u64 = targets.iter().sum();
    (desired.min((desired + surge).saturating_sub(kept)), targets)
}

impl Workload {
    /// Moves one Deployment on. True while its deadline runs.
    pub(super) async fn roll(&mut self, deployment: &Value) -> bool {
        let hash = template_hash(deployment);
        let desired = deployment["spec"]["replicas"].as_u64().unwrap_or(1);
        let (new, old) = self.sets(deployment, &hash);
        let before: Vec<(u64, u64)> = old.iter().map(|set| (set.object["spec"]["replicas"].as_u64().unwrap_or(0), set.ready)).collect();
        let (target, old_targets) = targets(desired, new.as_ref().map_or(0, |set| set.ready), &before);
        match &new {
            None => {
                let set = replica_set(deployment, &hash, target);
                let name = text(&set["metadata"]["name"]).to_owned();
                if let Ok(object) = self.api.create(&set).await {
                    self.cache.put(REPLICA_SET, object);
                }
                let message = format!("Scaled up replica set {name} from 0 to {target}");
                self.event(DEPLOYMENT, deployment, "Normal", "ScalingReplicaSet", &message).await;
            }
            Some(set) => self.scale(deployment, set, target).await,
        }
        for (set, target) in old.iter().zip(&old_targets) {
            self.scale(deployment, set, *target).await;
        }
        let counts = Counts {
            desired,
            total: new.as_ref().map_or(0, |set| set.pods.len() as u64) + old.iter().map(|set| set.pods.len() as u64).sum::<u64>(),
            updated: new.as_ref().map_or(0, |set| set.pods.len() as u64),
            ready: new.iter().chain(&old).map(|set| set.ready).sum(),
        };
        let new_ready = new.as_ref().map_or(0, |set| set.ready);
        let refusal = new.as_ref().and_then(|set| self.refusal(&set.object));
        let is_refused = refusal.is_some();
        self.report(deployment, counts, new_ready, &hash, refusal).await || is_refused
    }

    fn sets(&self, deployment: &Value, hash: &str) -> (Option<Set>, Vec<Set>) {
        let uid = &deployment["metadata"]["uid"];
        let name = format!("{}-{hash}", text(&deployment["metadata"]["name"]));
        let (mut new, mut old) = (None, Vec::new());
        for object in self.cache.list(REPLICA_SET).into_iter().filter(|set| set["metadata"]["ownerReferences"][0]["uid"] == *uid) {
            let pods: Vec<Arc<Value>> = self
                .cache
                .list(POD)
                .into_iter()
                .filter(|pod| pod["metadata"]["ownerReferences"][0]["uid"] == object["metadata"]["uid"])
                .collect();
            let ready = pods.iter().filter(|pod| is_ready(pod)).count() as u64;
            let set = Set { pods, ready, object };
            if set.object["metadata"]["name"] == name.as_str() { new = Some(set) } else { old.push(set) }
        }
        (new, old)
    }

    /// Brings a set to a number of pods.
    async fn scale(&mut self, deployment: &Value, set: &Set, target: u64) {
        let meta = &set.object["metadata"];
        let (namespace, name) = (text(&meta["namespace"]), text(&meta["name"]));
        let now = set.object["spec"]["replicas"].as_u64().unwrap_or(0);
        if now != target {
            if let Ok(object) = self.api.merge(REPLICA_SET, namespace, name, &json!({"spec": {"replicas": target}})).await {
                self.cache.put(REPLICA_SET, object);
            }
            let way = if target > now { "up" } else { "down" };
            let message = format!("Scaled {way} replica set {name} from {now} to {target}");
            self.event(DEPLOYMENT, deployment, "Normal", "ScalingReplicaSet", &message).await;
        }
        let have = set.pods.len() as u64;
        for index in 0..target + have {
            let pod_name = pod_name(name, self.seed, index);
            let missing = target.saturating_sub(self.count_pods(set));
            if missing == 0 {
                break;
            }
            if set.pods.iter().all(|pod| pod["metadata"]["name"] != pod_name.as_str()) && !self.start(set, &pod_name).await {
                break;
            }
        }
        let mut pods = set.pods.clone();
        pods.sort_by_key(|pod| is_ready(pod));
        for extra in pods.iter().take(have.saturating_sub(target) as usize) {
            let _ = self.api.delete(POD, namespace, text(&extra["metadata"]["name"])).await;
        }
        self.report_set(set).await;
    }

    /// Creates a pod. What the API server refuses is told on the set and in an Event, and tried again later.
    async fn start(&mut self, set: &Set, name: &str) -> bool {
        let uid = text(&set.object["metadata"]["uid"]).to_owned();
        if self.refused.get(&uid).is_some_and(|(at, _)| at.elapsed() < self.times.pod_start * REFUSED) {
            return false;
        }
        let mut pod = pod(&set.object, name);
        if matches!(self.fate(&pod), super::Fate::Unplaced(_))
            && let Some(spec) = pod["spec"].as_object_mut()
        {
            spec.remove("nodeName");
        }
        match self.api.create(&pod).await {
            Ok(object) => {
                self.refused.remove(&uid);
                self.cache.put(POD, object);
                true
            }
            Err(refusal) => {
                self.refused.insert(uid, (Instant::now(), refusal.message.clone()));
                self.event(REPLICA_SET, &set.object, "Warning", "FailedCreate", &format!("Error creating: {refusal}")).await;
                false
            }
        }
    }

    fn refusal(&self, set: &Value) -> Option<Value> {
        let (_, message) = self.refused.get(text(&set["metadata"]["uid"]))?;
        let now = super::objects::time(self.clock.now());
        Some(json!({"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message, "lastTransitionTime": now}))
    }

    fn count_pods(&self, set: &Set) -> u64 {
        self.cache.list(POD).iter().filter(|pod| pod["metadata"]["ownerReferences"][0]["uid"] == set.object["metadata"]["uid"]).count()
            as u64
    }

    async fn report_set(&self, set: &Set) {
        let (meta, old) = (&set.object["metadata"], &set.object["status"]);
        let have = set.pods.len() as u64;
        let count = |name: &str| old[name].as_u64().unwrap_or(0);
        let refusal = self.refusal(&set.object);
        if count("replicas") != have || count("readyReplicas") != set.ready || refusal.is_some() == old["conditions"].is_null() {
            let status = json!({"conditions": refusal.map(|it| [it]), "replicas": have, "fullyLabeledReplicas": have, "readyReplicas": set.ready, "availableReplicas": set.ready,
                "observedGeneration": meta["generation"]});
            let _ = self.api.merge_status(REPLICA_SET, text(&meta["namespace"]), text(&meta["name"]), &status).await;
        }
    }

    /// Writes the status if it changed.
    async fn report(&mut self, deployment: &Value, counts: Counts, new_ready: u64, hash: &str, refusal: Option<Value>) -> bool {
        let meta = &deployment["metadata"];
        let (namespace, name) = (text(&meta["namespace"]), text(&meta["name"]));
        let done = counts.updated == counts.desired && new_ready == counts.desired && counts.total == counts.desired;
        let mut conditions = deployment["status"]["conditions"].as_array().into_iter().flatten();
        let progressing = conditions.find(|it| it["type"] == "Progressing").cloned().unwrap_or_default();
        let was_late =
            progressing["reason"] == "ProgressDeadlineExceeded" && text(&progressing["message"]).contains(&format!("{name}-{hash}\""));
        let key = text(&meta["uid"]).to_owned();
        let progress = self.rollouts.entry(key).or_insert_with(|| Progress { hash: hash.to_owned(), counts, at: Instant::now() });
        if progress.hash != hash || progress.counts.ready < counts.ready || progress.counts.desired != counts.desired {
            *progress = Progress { hash: hash.to_owned(), counts, at: Instant::now() };
        }
        let deadline = self.times.scaled(deployment["spec"]["progressDeadlineSeconds"].as_f64().unwrap_or(600.0));
        let rollout = match () {
            () if done => Rollout::Done,
            () if was_late || progress.at.elapsed() > deadline => Rollout::Late,
            () => Rollout::Running,
        };
        let mut status = deployment_status(deployment, counts, rollout, hash, self.clock.now());
        if let Some(list) = status["conditions"].as_array_mut() {
            list.extend(refusal);
        }
        if !same_but_time(&deployment["status"], &status)
            && let Ok(object) = self.api.merge_status(DEPLOYMENT, namespace, name, &status).await
        {
            self.cache.put(DEPLOYMENT, object);
        }
        rollout == Rollout::Running
    }
}

/// Equal apart from the times of conditions.
fn same_but_time(old: &Value, new: &Value) -> bool {
    let reasons = |status: &Value| -> Vec<String> {
        status["conditions"].as_array().into_iter().flatten().map(|it| format!("{}{}{}", it["type"], it["status"], it["message"])).collect()
    };
    let counts = ["observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"];
    counts.iter().all(|name| old[*name] == new[*name]) && reasons(old) == reasons(new)
}
