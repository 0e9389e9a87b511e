//! From the JSON of one object to a row: what all kinds share. The words of the state come from `kustomization` and `release`.

use super::wire::{Meta, Object, Reference, Spec, Status};
use super::{inventory, kustomization, release};
use crate::domain::Timestamp;
use crate::domain::app::{App, Condition, Destination, EngineFields, FluxFields, Frozen};
use crate::domain::duration::{parse_go, rounded};
use crate::domain::ids::{AppId, AppKind, ClusterId, SourceId};
use crate::domain::status::{Health, HealthBy, Sync};
use crate::domain::text::{sanitise, without_credentials};

/// Characters kept of a controller's message.
const MESSAGE: usize = 2000;

pub fn text(value: &str, max: usize) -> String {
    sanitise(value, max)
}

/// `None` for the empty text.
pub fn filled(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| sanitise(value, 300))
}

pub fn time(value: &str) -> Option<Timestamp> {
    value.parse().ok()
}

/// Words for people: credentials removed, control characters made visible.
pub fn message(value: &str) -> String {
    sanitise(rounded(&without_credentials(value)).trim(), MESSAGE)
}

pub fn source_id(cluster: &ClusterId, reference: &Reference, namespace: &str) -> SourceId {
    let namespace = if reference.namespace.is_empty() { namespace } else { &reference.namespace };
    SourceId { cluster: cluster.clone(), kind: text(&reference.kind, 63), namespace: text(namespace, 63), name: text(&reference.name, 253) }
}

/// A row for an applier; never fails: what cannot be read is said in `unreadable`.
pub fn app(kind: AppKind, cluster: &ClusterId, version: &str, json: &str, now: Timestamp) -> App {
    let object: Object = match serde_json::from_str(json) {
        Ok(object) => object,
        Err(error) => {
            let mut app = blank(kind, cluster, version, &Meta::default(), now);
            app.unreadable = Some(sanitise(&format!("not JSON: {error}"), 200));
            return app;
        }
    };
    let mut problems = Vec::new();
    let meta = object.metadata.0.unwrap_or_else(|_| {
        problems.push("metadata is no object".to_owned());
        Meta::default()
    });
    let spec = object.spec.0.unwrap_or_else(|_| {
        problems.push("spec is no object".to_owned());
        Spec::default()
    });
    let mut status = object.status.0.unwrap_or_else(|_| {
        problems.push("status is no object".to_owned());
        Status::default()
    });
    let conditions = std::mem::take(&mut status.conditions).0.unwrap_or_else(|_| {
        problems.push("status.conditions is no list".to_owned());
        Vec::new()
    });
    let mut app = blank(kind, cluster, version, &meta, now);
    let fields = common(cluster, &meta, &spec, &status, &mut problems);
    if let Some(problem) = problems.into_iter().next() {
        app.unreadable = Some(sanitise(&problem, 200));
        app.suspended = spec.is_suspended();
        app.engine = EngineFields::Flux(Box::new(fields));
        return app;
    }
    app.suspended = spec.is_suspended();
    app.frozen = frozen(&meta.annotations.frozen);
    app.destination = destination(cluster, &spec);
    app.conditions = conditions.iter().map(condition).collect();
    app.resources = inventory::resources(&status.inventory.entries.0);
    let seen = Seen { meta: &meta, spec: &spec, status: &status, conditions: &conditions };
    match kind {
        AppKind::HelmRelease => release::fill(&mut app, fields, &seen),
        _ => kustomization::fill(&mut app, fields, &seen),
    }
    // A suspension starts no new outage: what was broken before is as old as it was.
    if app.suspended && app.severity() >= crate::domain::status::Severity::Unknown {
        let since = app.frozen.as_ref().and_then(|f| f.since);
        app.since = since.or_else(|| suspend_owner(&meta).and_then(|m| time(&m.time))).or(app.since);
    }
    app
}

fn suspend_owner(meta: &Meta) -> Option<&super::wire::Managed> {
    meta.managed_fields.0.iter().filter(|m| m.fields.spec.suspend.is_some()).max_by(|a, b| a.time.cmp(&b.time))
}

/// The parts of one object while its row is made.
pub struct Seen<'a> {
    pub meta: &'a Meta,
    pub spec: &'a Spec,
    pub status: &'a Status,
    pub conditions: &'a [super::wire::Condition],
}

impl Seen<'_> {
    /// The controller has judged the spec as it stands: `observedGeneration` of the condition, else of the status.
    pub fn has_seen_spec(&self, condition: &str) -> bool {
        let by_condition = self.conditions.iter().find(|c| c.kind == condition).and_then(|c| c.observed_generation);
        let seen = by_condition.into_iter().chain(self.status.observed_generation).max();
        self.meta.deletion_timestamp.is_some() || seen.map_or(self.meta.generation <= 1, |g| g >= self.meta.generation)
    }

    /// The condition stands once, with one of the three words that the API knows.
    pub fn is_told(&self, condition: &str) -> bool {
        let mut all = self.conditions.iter().filter(|c| c.kind == condition).map(|c| c.status.as_str());
        all.next().is_some_and(|first| matches!(first, "True" | "False" | "Unknown") && all.all(|other| other == first))
    }

    /// Asked for by annotation and not acknowledged yet.
    pub fn is_requested(&self) -> bool {
        let requested = &self.meta.annotations.requested;
        !requested.is_empty() && *requested != self.status.last_handled_reconcile_at && !self.spec.is_suspended()
    }
}

fn blank(kind: AppKind, cluster: &ClusterId, version: &str, meta: &Meta, now: Timestamp) -> App {
    let id = AppId { cluster: cluster.clone(), kind, namespace: text(&meta.namespace, 63), name: text(&meta.name, 253) };
    App {
        id,
        uid: text(&meta.uid, 64),
        resource_version: text(&meta.resource_version, 64),
        generation: meta.generation,
        api_version: version.to_owned(),
        created_at: time(&meta.creation_timestamp),
        deleting: meta.deletion_timestamp.is_some(),
        destination: Destination { cluster: Some(cluster.clone()), ..Destination::default() },
        sync: Sync::Unknown,
        health: Health::Unknown,
        health_by: HealthBy::Engine,
        suspended: false,
        auto_sync: None,
        operation: None,
        revision: None,
        target: None,
        sources: Vec::new(),
        conditions: Vec::new(),
        history: Vec::new(),
        resources: Vec::new(),
        since: None,
        frozen: None,
        engine: EngineFields::Flux(Box::default()),
        unreadable: None,
        observed_at: now,
    }
}

fn common(cluster: &ClusterId, meta: &Meta, spec: &Spec, status: &Status, problems: &mut Vec<String>) -> FluxFields {
    if let Err(raw) = &spec.suspend.0 {
        problems.push(format!("suspend {raw} is neither true nor false"));
    }
    if let Err(raw) = &spec.drift_detection.0 {
        problems.push(format!("driftDetection cannot be read: {raw}"));
    }
    let mut seconds = |name: &str, value: &super::lax::Lax<String>| match &value.0 {
        Ok(text) if text.is_empty() => None,
        Ok(text) => parse_go(text).map(|ms| ms / 1000).or_else(|| {
            problems.push(format!("{name} \"{text}\" is no duration"));
            None
        }),
        Err(raw) => {
            problems.push(format!("{name} {raw} is no duration"));
            None
        }
    };
    let labels = &meta.labels;
    FluxFields {
        interval: seconds("interval", &spec.interval),
        retry_interval: seconds("retryInterval", &spec.retry_interval),
        timeout: seconds("timeout", &spec.timeout),
        source: spec.source_ref.as_ref().map(|r| source_id(cluster, r, &meta.namespace)),
        observed_generation: status.observed_generation,
        handled: filled(&status.last_handled_reconcile_at),
        requested: filled(&meta.annotations.requested),
        depends_on: spec.depends_on.0.iter().map(|d| depends(d, &meta.namespace)).collect(),
        parent: (!labels.owner_name.is_empty()).then(|| (text(&labels.owner_namespace, 63), text(&labels.owner_name, 253))),
        remote: spec.kube_config.is_some(),
        target_namespace: filled(&spec.target_namespace),
        service_account: filled(&spec.service_account_name),
        last_applied: filled(&status.last_applied_revision),
        last_attempted: filled(&status.last_attempted_revision),
        suspended_by: filled(&meta.annotations.suspended_by),
        suspend_manager: suspend_owner(meta).filter(|_| spec.is_suspended()).and_then(|m| filled(&m.manager)),
        ..FluxFields::default()
    }
}

fn depends(reference: &Reference, own: &str) -> (String, String) {
    let namespace = if reference.namespace.is_empty() { own } else { &reference.namespace };
    (text(namespace, 63), text(&reference.name, 253))
}

fn destination(cluster: &ClusterId, spec: &Spec) -> Destination {
    let namespace = filled(&spec.target_namespace);
    match &spec.kube_config {
        None => Destination { cluster: Some(cluster.clone()), namespace, ..Destination::default() },
        Some(config) => {
            let secret = if config.secret_ref.name.is_empty() { &config.config_map_ref.name } else { &config.secret_ref.name };
            Destination { cluster: None, name: filled(secret), server: None, namespace }
        }
    }
}

fn frozen(json: &str) -> Option<Frozen> {
    let mut frozen: FrozenNote = serde_json::from_str(json).ok()?;
    frozen.by = sanitise(&frozen.by, 80);
    frozen.reason = sanitise(&frozen.reason, 200);
    Some(Frozen { v: frozen.v, by: frozen.by, reason: frozen.reason, since: time(&frozen.since), until: time(&frozen.until), policy: None })
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct FrozenNote {
    v: u32,
    #[serde(deserialize_with = "super::lax::lax")]
    by: String,
    #[serde(deserialize_with = "super::lax::lax")]
    reason: String,
    #[serde(deserialize_with = "super::lax::lax")]
    since: String,
    #[serde(deserialize_with = "super::lax::lax")]
    until: String,
}

fn condition(c: &super::wire::Condition) -> Condition {
    Condition {
        kind: text(&c.kind, 80),
        status: match c.status.as_str() {
            "True" => Some(true),
            "False" => Some(false),
            _ => None,
        },
        reason: text(&c.reason, 120),
        message: message(&c.message),
        since: time(&c.last_transition_time),
    }
}
