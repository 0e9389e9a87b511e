//! What an app's verdict may know of the engine that works on it.

use crate::domain::Timestamp;
use crate::domain::controllers::{Controller, Warning};
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::ids::ClusterId;
use crate::domain::verdict::{Evidence, Outside, Verdict, Weight};

/// The engine behind an app; nothing = not known, never "well".
#[derive(Clone, Copy, Debug, Default)]
pub struct Works<'a> {
    /// Why the app shows nothing newer.
    pub trouble: Option<&'a Warning>,
    /// Why everything takes long.
    pub slow: Option<&'a Warning>,
    /// Why no source of the cluster is fetched: what is green is as old as that.
    pub unfetched: Option<&'a Warning>,
    /// The controller that applies the app, and when it was looked at.
    pub controller: Option<(&'a Controller, Timestamp)>,
}

impl Works<'_> {
    /// Nothing more happens to the app, whatever it shows.
    pub fn stopped(&self, cluster: &ClusterId) -> Option<Verdict> {
        let trouble = self.trouble?;
        Some(Verdict {
            short: trouble.short.clone(),
            sentence: trouble.sentence.clone(),
            next: trouble.next.clone(),
            next_word: "look_at_log".into(),
            is_old: true,
            outside: Some(Outside::Controller { cluster: cluster.clone(), name: trouble.controller.clone() }),
            ..Verdict::default()
        })
    }

    /// Adds how the engine does to a verdict that has something to explain, and takes back what it cannot keep now.
    pub fn add_to(&self, verdict: &mut Verdict) {
        if verdict.short.is_empty() {
            return;
        }
        if let Some(trouble) = self.trouble {
            verdict.soon = Some(format!("Nothing, until this is mended: {}.", trouble.short));
        }
        verdict.evidence.extend(self.line());
        verdict.evidence.extend(self.slow.map(|slow| Evidence {
            weight: Weight::Bad,
            what: slow.controller.clone(),
            value: "not ready: every run waits for it".into(),
            source: "Deployment".into(),
            at: self.controller.map(|(_, at)| at),
        }));
    }

    fn line(&self) -> Option<Evidence> {
        let (controller, at) = self.controller?;
        let bad = self.trouble.is_some() || !controller.is_ready();
        let mut value = controller.standing();
        let mut source = controller.kind.clone();
        if let Some(renewed) = controller.lease.as_ref().and_then(|l| Some((l, l.renewed_at?))) {
            let (lease, renewed) = renewed;
            let age = seconds_between(renewed, at);
            let is_held = age <= u64::from(lease.duration);
            value.push_str(&if is_held { ", lease renewed".to_owned() } else { format!(", lease {} old", short_age(age)) });
            source.push_str(", Lease");
        }
        Some(Evidence { weight: if bad { Weight::Bad } else { Weight::Good }, what: controller.name.clone(), value, source, at: Some(at) })
    }
}
