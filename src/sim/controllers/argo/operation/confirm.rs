//! Waiting for a person before something is pruned.

use super::super::super::api::text;
use super::super::group_version;
use super::{Run, Stop, selected};
use crate::domain::Timestamp;
use serde_json::{Value, json};

const APPROVED: &str = "argocd.argoproj.io/deletion-approved";

impl Run<'_> {
    /// What is marked `Prune=confirm` is deleted only after somebody said so since the operation began.
    pub(super) async fn wait_confirmed(&mut self, desired: &[Value], only: &Value) -> Result<(), Stop> {
        let guarded: Vec<String> = self
            .argo
            .extra(&self.app, &self.destination, desired)
            .iter()
            .filter(|it| selected(only, it) && needs_confirmation(it))
            .map(|it| format!("{}/{}/{}", group_version(it).0, text(&it["kind"]), text(&it["metadata"]["name"])))
            .collect();
        let Some(first) = guarded.first() else { return Ok(()) };
        let more = if guarded.len() > 1 { format!(" and {} more resources", guarded.len() - 1) } else { String::new() };
        self.write(json!({"message": format!("waiting for pruning confirmation of {first}{more}")})).await;
        loop {
            self.check()?;
            let said: Option<Timestamp> = text(&self.app["metadata"]["annotations"][APPROVED]).parse().ok();
            if said.zip(self.started.parse().ok()).is_some_and(|(said, started)| said >= started) {
                return Ok(());
            }
            tokio::time::sleep(self.argo.times.tick).await;
        }
    }
}

/// Is it deleted by a prune only after a person confirmed?
pub fn needs_confirmation(object: &Value) -> bool {
    text(&object["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]).split(',').any(|it| it.trim() == "Prune=confirm")
}
