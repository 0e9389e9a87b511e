//! Health of live objects, by the rules both engines share, and differences between desired and live.

use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    Healthy,
    Suspended,
    Progressing,
    Missing,
    Degraded,
}

impl Health {
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Suspended => "Suspended",
            Self::Progressing => "Progressing",
            Self::Missing => "Missing",
            Self::Degraded => "Degraded",
        }
    }
}

/// Health of one object; nothing for kinds without any.
pub fn health(object: &Value) -> Option<Health> {
    match object["kind"].as_str()? {
        "Deployment" => Some(deployment(object)),
        "Job" => Some(job(object)),
        "Service" | "Ingress" | "HorizontalPodAutoscaler" => Some(Health::Healthy),
        _ => None,
    }
}

fn condition<'a>(object: &'a Value, kind: &str) -> &'a Value {
    const NONE: &Value = &Value::Null;
    let conditions = object["status"]["conditions"].as_array();
    conditions.and_then(|list| list.iter().find(|it| it["type"] == kind)).unwrap_or(NONE)
}

fn deployment(object: &Value) -> Health {
    let (spec, status) = (&object["spec"], &object["status"]);
    if spec["paused"] == true {
        return Health::Suspended;
    }
    if status["observedGeneration"].as_i64().unwrap_or(0) < object["metadata"]["generation"].as_i64().unwrap_or(0) {
        return Health::Progressing;
    }
    if condition(object, "Progressing")["reason"] == "ProgressDeadlineExceeded" {
        return Health::Degraded;
    }
    let count = |name: &str| status[name].as_u64().unwrap_or(0);
    let wanted = spec["replicas"].as_u64().unwrap_or(1);
    let done = count("updatedReplicas") >= wanted
        && count("replicas") <= count("updatedReplicas")
        && count("availableReplicas") >= count("updatedReplicas");
    if done { Health::Healthy } else { Health::Progressing }
}

fn job(object: &Value) -> Health {
    if condition(object, "Failed")["status"] == "True" {
        Health::Degraded
    } else if condition(object, "Complete")["status"] == "True" {
        Health::Healthy
    } else {
        Health::Progressing
    }
}

/// Everything desired is live with the same values; what only the server added does not count.
pub fn covers(live: &Value, desired: &Value) -> bool {
    match (live, desired) {
        (Value::Object(live), Value::Object(desired)) => {
            desired.iter().all(|(key, value)| value.is_null() || live.get(key).is_some_and(|live| covers(live, value)))
        }
        (Value::Array(live), Value::Array(desired)) => {
            live.len() == desired.len() && live.iter().zip(desired).all(|(live, desired)| covers(live, desired))
        }
        (live, desired) => live == desired,
    }
}
