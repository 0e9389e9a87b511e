//! What becomes of a pod, by what its template says and what is there.

use super::super::api::{CONFIG_MAP, SECRET};
use super::{Fate, Workload, text};
use serde_json::Value;

/// Cores of a node that a pod may ask for.
const NODE_CORES: f64 = 16.0;
const NODES: usize = 3;
/// Below this much memory no program of this world runs.
const LEAST_BYTES: f64 = 16.0 * 1024.0 * 1024.0;

impl Workload {
    /// What a container of this template will do, by its image and its environment at the moment it starts.
    pub(super) fn fate(&self, pod: &Value) -> Fate {
        let namespace = text(&pod["metadata"]["namespace"]);
        if let Some(why) = unplaced(pod) {
            return Fate::Unplaced(why);
        }
        let mut fate = Fate::Runs;
        for container in pod["spec"]["containers"].as_array().into_iter().flatten() {
            let image = text(&container["image"]);
            let listed = |list: &[String]| list.iter().any(|it| image.ends_with(it.as_str()));
            if image.ends_with("-badpull") || listed(&self.faults.bad_images) {
                return Fate::NoImage;
            }
            if let Some(why) = self.absent(namespace, container) {
                return Fate::NoConfig(why);
            }
            if amount(&container["resources"]["limits"]["memory"]).is_some_and(|bytes| bytes < LEAST_BYTES) {
                return Fate::OutOfMemory;
            }
            if self.pool_size(namespace, container).is_some_and(|size| size > self.faults.pool_limit) {
                fate = Fate::Crashes;
            } else if let Some(port) = unheard(container) {
                fate = Fate::NotReady(port);
            } else if listed(&self.faults.slow_images) {
                fate = Fate::RunsLate;
            }
        }
        fate
    }

    fn pool_size(&self, namespace: &str, container: &Value) -> Option<u64> {
        let mut env = container["env"].as_array().into_iter().flatten();
        let own = env.find(|it| it["name"] == "POOL_SIZE").map(|it| text(&it["value"]).to_owned());
        let from = || {
            let mut maps = container["envFrom"].as_array().into_iter().flatten().map(|from| text(&from["configMapRef"]["name"]));
            maps.find_map(|name| self.cache.get(CONFIG_MAP, namespace, name)?["data"]["POOL_SIZE"].as_str().map(str::to_owned))
        };
        own.or_else(from)?.parse().ok()
    }

    /// The first Secret that a variable of a container names and that does not hold it. ConfigMaps are let be: the demo's fleet leaves
    /// some of them out.
    fn absent(&self, namespace: &str, container: &Value) -> Option<String> {
        let whole = container["envFrom"].as_array().into_iter().flatten().map(|from| (&from["secretRef"], None));
        let keys = container["env"].as_array().into_iter().flatten().map(|it| &it["valueFrom"]["secretKeyRef"]);
        let wanted = whole.chain(keys.map(|it| (it, it["key"].as_str())));
        wanted.filter(|(of, _)| of["name"].is_string() && of["optional"] != true).find_map(|(of, key)| {
            let name = text(&of["name"]);
            let Some(secret) = self.cache.get(SECRET, namespace, name) else { return Some(format!("secret {name:?} not found")) };
            key.filter(|key| secret["data"].get(key).is_none()).map(|key| format!("couldn't find key {key} in Secret {namespace}/{name}"))
        })
    }
}

/// A port that the readiness probe asks and that the container does not declare, where it declares any.
fn unheard(container: &Value) -> Option<u64> {
    let port =
        container["readinessProbe"]["httpGet"]["port"].as_u64().or_else(|| container["readinessProbe"]["tcpSocket"]["port"].as_u64())?;
    let declared = container["ports"].as_array().filter(|list| !list.is_empty())?;
    (!declared.iter().any(|it| it["containerPort"].as_u64() == Some(port))).then_some(port)
}

fn unplaced(pod: &Value) -> Option<String> {
    let tail = format!("preemption: 0/{NODES} nodes are available: {NODES} Preemption is not helpful for scheduling.");
    let told = |what: &str| Some(format!("0/{NODES} nodes are available: {NODES} {what}. {tail}"));
    if pod["spec"]["nodeSelector"]
        .as_object()
        .is_some_and(|it| it.keys().any(|key| key != "kubernetes.io/os" && key != "kubernetes.io/arch"))
    {
        return told("node(s) didn't match Pod's node affinity/selector");
    }
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let cores: f64 = containers.filter_map(|it| amount(&it["resources"]["requests"]["cpu"])).sum();
    if cores > NODE_CORES { told("Insufficient cpu") } else { None }
}

/// A quantity of Kubernetes as a number.
fn amount(value: &Value) -> Option<f64> {
    let written = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let at = written.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(written.len());
    let number: f64 = written.get(..at)?.parse().ok()?;
    let factor = match written.get(at..)? {
        "" => 1.0,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn quantities_are_read_with_their_units_and_a_milli_of_memory_is_next_to_nothing() {
        let read = |text: &str| amount(&json!(text));
        assert_eq!((read("500m"), read("64"), read("512Mi")), (Some(0.5), Some(64.0), Some(536_870_912.0)));
        assert!(read("512m").unwrap() < 1.0);
        assert_eq!((amount(&json!(4)), amount(&Value::Null), read("1x")), (Some(4.0), None, None));
    }

    #[test]
    fn a_probe_that_asks_a_declared_port_is_answered() {
        let container = |port: u64| json!({"ports": [{"containerPort": 8080}], "readinessProbe": {"httpGet": {"port": port}}});
        assert_eq!((unheard(&container(8080)), unheard(&container(8081))), (None, Some(8081)));
    }
}
