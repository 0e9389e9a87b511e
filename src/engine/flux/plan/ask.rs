//! What every plan needs: identities, the token, shared lines and refusals.

use crate::domain::Timestamp;
use crate::domain::app::{App, FluxFields};
use crate::domain::duration::long_age;
use crate::domain::ids::AppKind;
use crate::domain::plan::{PatchRequest, PatchType, Plan, PlanChoices, PlanLine, Refusal, Risk, Target};
use crate::domain::source::SourceObject;
use crate::domain::text::shell;
use crate::engine::Context;
use crate::engine::flux::kinds::{SOURCE_GROUP, source_plural};
use serde_json::{Value, json};

pub const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";

pub struct Ask<'a> {
    pub app: &'a App,
    pub flux: FluxFields,
    pub choices: &'a PlanChoices,
    pub context: &'a Context<'a>,
}

/// Headline, reason, next step.
pub type No<'a> = (&'a str, &'a str, &'a str);

pub fn line(label: &str, text: impl Into<String>) -> PlanLine {
    PlanLine { label: label.into(), text: text.into() }
}

impl<'a> Ask<'a> {
    pub fn new(app: &'a App, choices: &'a PlanChoices, context: &'a Context<'a>) -> Self {
        Self { app, flux: app.flux().cloned().unwrap_or_default(), choices, context }
    }
    pub fn name(&self) -> &str {
        &self.app.id.name
    }
    /// Where the effect lands.
    pub fn place(&self) -> &str {
        self.context.landing().map_or_else(|| self.unmapped(), |d| d.name.as_str())
    }
    fn unmapped(&self) -> &str {
        match (&self.app.destination.name, self.flux.remote) {
            (Some(secret), true) => secret,
            _ => &self.context.home.name,
        }
    }
    pub fn is_helm(&self) -> bool {
        self.app.id.kind == AppKind::HelmRelease
    }
    /// RFC 3339 with nanoseconds; two requests differ even at one frozen moment, because the fraction carries the request id.
    pub fn token(&self) -> String {
        let now = self.context.now;
        let seed = u64::from(now.subsec_nanosecond().unsigned_abs());
        let hash =
            self.context.request_id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        let nanos = seed.wrapping_add(hash) % 1_000_000_000;
        format!("{}.{nanos:09}Z", now.strftime("%Y-%m-%dT%H:%M:%S"))
    }
    pub fn blank(&self, action: &str, verb: &str) -> Plan {
        let title = format!("{verb} {} on {}", self.name(), self.place());
        Plan { targets: vec![self.target()], ..Plan::new(action, title, verb, self.context.request_id) }
    }
    /// Sets the risk, and the word to be typed where it is destructive.
    pub fn weigh(&self, plan: &mut Plan, destructive: bool) {
        let destructive = destructive || self.context.is_protected();
        plan.risk = if destructive { Risk::Destructive } else { Risk::Reversible };
        plan.typed = destructive.then(|| self.context.word(self.app, self.place()));
    }
    pub fn refused(&self, action: &str, verb: &str, (headline, text, next): No<'_>) -> Plan {
        let mut plan = self.blank(action, verb);
        plan.refused = Some(Refusal { headline: headline.into(), text: text.into(), lines: vec![line("next", next)] });
        plan
    }
    /// What forbids any write to this object.
    pub fn never(&self) -> Option<(String, String, String)> {
        if let Some(cluster) = self.context.read_only() {
            return Some(("Read-only.".into(), format!("{} is marked read-only.", cluster.name), "change read_only in the config".into()));
        }
        if let Some(why) = &self.app.unreadable {
            return Some((
                "The object cannot be read.".into(),
                format!("{why}. What a write would do is not known."),
                "fix it in git".into(),
            ));
        }
        if self.app.deleting {
            return Some((
                "It is being deleted.".into(),
                "Flux would apply objects again that are on their way out.".into(),
                "wait until it is gone".into(),
            ));
        }
        None
    }
    pub fn target(&self) -> Target {
        Target {
            app: self.app.id.clone(),
            uid: self.app.uid.clone(),
            resource_version: self.app.resource_version.clone(),
            revision: self.app.revision.clone(),
            runs_on: self.place().to_owned(),
            names: Vec::new(),
            frozen_at: self.context.now,
        }
    }
    /// A merge patch of the app itself.
    pub fn patch(&self, body: Value) -> PatchRequest {
        let id = &self.app.id;
        PatchRequest {
            cluster: id.cluster.clone(),
            group: id.kind.group().into(),
            version: self.app.api_version.clone(),
            plural: id.kind.plural().into(),
            kind: id.kind.kind().into(),
            namespace: id.namespace.clone(),
            name: id.name.clone(),
            uid: Some(self.app.uid.clone()),
            resource_version: None,
            patch_type: PatchType::Merge,
            body,
            request_id: self.context.request_id.into(),
        }
    }
    /// Asks a source to fetch; `None` for kinds that are not patched.
    pub fn fetch(&self, source: &SourceObject) -> Option<PatchRequest> {
        Some(PatchRequest {
            cluster: source.id.cluster.clone(),
            group: SOURCE_GROUP.into(),
            version: if source.api_version.is_empty() { "v1".into() } else { source.api_version.clone() },
            plural: source_plural(&source.id.kind)?.into(),
            kind: source.id.kind.clone(),
            namespace: source.id.namespace.clone(),
            name: source.id.name.clone(),
            uid: Some(source.uid.clone()),
            resource_version: None,
            patch_type: PatchType::Merge,
            body: json!({"metadata": {"annotations": {REQUESTED: self.token()}}}),
            request_id: self.context.request_id.into(),
        })
    }
    /// The object that is asked to fetch, as every dialog names what it writes to.
    pub fn names(&self, source: &SourceObject) -> String {
        let uid: String = source.uid.chars().take(4).collect();
        format!("{} {}/{} (uid {uid}) on {}", source.id.kind, source.id.namespace, source.id.name, self.context.home.name)
    }
    /// The lines that open every dialog: what and where.
    pub fn opening(&self) -> Vec<PlanLine> {
        let id = &self.app.id;
        let uid: String = self.app.uid.chars().take(4).collect();
        let app = format!("{}  {} {}, uid {uid}, resourceVersion {}", id.name, id.kind.kind(), id.path(), self.app.resource_version);
        let mut parts = vec![self.place().to_owned()];
        let mut note = None;
        if self.context.is_protected() {
            parts.push("PROTECTED".into());
        }
        match self.context.landing() {
            Some(place) if !place.note.is_empty() => note = Some(place.note.clone()),
            // Where Flux is told another cluster by a secret, the home cluster's id would be the wrong one.
            None if self.flux.remote => {}
            place => {
                let uid = &place.unwrap_or(self.context.home).uid;
                parts.extend((!uid.is_empty()).then(|| format!("cluster id {uid}")));
            }
        }
        if self.place() != self.context.home.name {
            parts.push(format!("managed on {}", self.context.home.name));
        }
        parts.push(format!("frozen {}", clock(self.context.now)));
        let place = std::iter::once(parts.join("  ")).chain(note).map(|text| line("runs on", text));
        std::iter::once(line("app", app)).chain(place).collect()
    }
    /// The parent Kustomization, named with its interval where that is known.
    pub fn parent(&self) -> Option<(String, String)> {
        let (namespace, name) = self.flux.parent.as_ref()?;
        let row = self.context.related.iter().find(|a| {
            a.id.kind == AppKind::Kustomization && a.id.cluster == self.app.id.cluster && a.id.namespace == *namespace && a.id.name == *name
        });
        let interval = row.and_then(|a| a.flux()).and_then(|f| f.interval);
        let every = interval.map_or_else(|| "at each of its runs".to_owned(), |s| format!("every {}", long_age(s)));
        Some((format!("ks/{name}"), every))
    }
    /// `-n data --context prod-eu`, as the flux program takes it.
    pub fn place_flags(&self, namespace: &str) -> String {
        format!("-n {} --context {}", shell(namespace), shell(self.app.id.cluster.as_str()))
    }
}

pub fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}
