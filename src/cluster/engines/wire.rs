//! What is read of a controller's objects: a few fields of each, so that nothing else of them (settings may hold credentials) is ever kept.

use crate::domain::Timestamp;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// Go writes an empty list or map as `null`.
fn nothing<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// A time that cannot be read is none.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.and_then(|text| text.parse().ok()))
}

macro_rules! wire {
    ($name:ident { $($(#[$meta:meta])* $field:ident: $kind:ty),* $(,)? }) => {
        #[derive(Debug, Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        pub(super) struct $name { $($(#[$meta])* pub $field: $kind),* }
    };
}

#[derive(Debug, Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub(super) struct List<T> {
    #[serde(default)]
    pub metadata: ListMeta,
    #[serde(default = "Vec::new", deserialize_with = "nothing")]
    pub items: Vec<T>,
}
wire!(ListMeta {
    #[serde(rename = "continue", deserialize_with = "nothing")]
    more: String,
});

wire!(Meta {
    name: String,
    namespace: String,
    #[serde(deserialize_with = "nothing")]
    labels: BTreeMap<String, String>,
});

wire!(Workload { metadata: Meta, spec: WorkloadSpec, status: WorkloadStatus });
wire!(WorkloadSpec { replicas: Option<u32>, selector: Selector, template: Template });
wire!(Selector {
    #[serde(deserialize_with = "nothing")]
    match_labels: BTreeMap<String, String>,
});
wire!(Template { spec: PodSpec });
wire!(PodSpec {
    #[serde(deserialize_with = "nothing")]
    containers: Vec<Container>,
});
wire!(Container {
    #[serde(deserialize_with = "nothing")]
    image: String,
    #[serde(deserialize_with = "nothing")]
    args: Vec<String>,
});
wire!(WorkloadStatus {
    ready_replicas: u32,
    #[serde(deserialize_with = "nothing")]
    conditions: Vec<Condition>,
});
wire!(Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
    #[serde(deserialize_with = "time")]
    last_transition_time: Option<Timestamp>,
});

wire!(Pod { metadata: Meta, status: PodStatus });
wire!(PodStatus {
    #[serde(deserialize_with = "nothing")]
    phase: String,
    #[serde(deserialize_with = "nothing")]
    conditions: Vec<Condition>,
    #[serde(deserialize_with = "nothing")]
    container_statuses: Vec<ContainerStatus>,
});
wire!(ContainerStatus { restart_count: u32, state: RunState, last_state: RunState });
wire!(RunState { waiting: Option<Waiting>, terminated: Option<Terminated> });
wire!(Waiting {
    #[serde(deserialize_with = "nothing")]
    reason: String,
});
wire!(Terminated {
    #[serde(deserialize_with = "nothing")]
    reason: String,
    #[serde(deserialize_with = "time")]
    started_at: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    finished_at: Option<Timestamp>,
});

wire!(LeaseObject { metadata: Meta, spec: LeaseSpec });
wire!(LeaseSpec {
    #[serde(deserialize_with = "nothing")]
    holder_identity: String,
    lease_duration_seconds: Option<u32>,
    #[serde(deserialize_with = "time")]
    renew_time: Option<Timestamp>,
});

wire!(EventObject {
    #[serde(deserialize_with = "time")]
    last_timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    event_time: Option<Timestamp>,
    series: Option<Series>,
});
wire!(Series {
    #[serde(deserialize_with = "time")]
    last_observed_time: Option<Timestamp>,
});

// Only the settings that `switches` asks for are taken out of the data.
wire!(Settings {
    #[serde(deserialize_with = "wanted")]
    data: BTreeMap<String, String>,
});

/// Entries that nobody asks for are dropped where they are read.
fn wanted<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    struct Wanted;
    impl<'de> serde::de::Visitor<'de> for Wanted {
        type Value = BTreeMap<String, String>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a map of settings")
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(BTreeMap::new())
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut out = BTreeMap::new();
            while let Some(key) = map.next_key::<String>()? {
                if super::switches::is_asked(&key) {
                    out.insert(key, map.next_value()?);
                } else {
                    map.next_value::<serde::de::IgnoredAny>()?;
                }
            }
            Ok(out)
        }
    }
    from.deserialize_any(Wanted)
}
