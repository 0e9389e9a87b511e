//! Quick looks at contexts that the picker shows, several at once.

use super::Runtime;
use crate::app::msg::Msg;
use crate::cluster::Look;
use crate::domain::ids::ClusterId;
use std::time::Duration;

/// For the answers of one context; a dead one is told after this long.
const LIMIT: Duration = Duration::from_secs(5);
/// Looks at once: dead ones hold up the others only where there are more of them than this.
pub(super) const AT_ONCE: usize = 32;

impl Runtime {
    /// Looks at each of the contexts; the answers are messages, in the order they come.
    pub(super) fn probe(&self, contexts: &[ClusterId], may_log_in: bool) {
        let mut inner = self.clusters.lock();
        inner.probes.retain(|probe| !probe.is_finished());
        let Some(kubeconfig) = inner.kubeconfig.clone() else { return };
        let known = self.contexts(&kubeconfig);
        for context in known.into_iter().filter(|c| contexts.contains(&c.id)) {
            let cluster = context.id.clone();
            let look = Look {
                kubeconfig: kubeconfig.clone(),
                context,
                namespaces: self.options.namespaces.clone(),
                logins: may_log_in.then(|| self.clusters.commons.logins.clone()),
                limit: LIMIT,
            };
            let (inbox, turns) = (self.inbox.clone(), self.clusters.probing.clone());
            let task = tokio::spawn(async move {
                let turn = turns.acquire_owned().await;
                let probe = look.take().await;
                drop(turn);
                inbox.send(Msg::Probed { cluster, probe }).await;
            });
            inner.probes.push(task.abort_handle());
        }
    }

    /// Nobody waits for the answers any more.
    pub(super) fn end_probes(&self) {
        for probe in self.clusters.lock().probes.drain(..) {
            probe.abort();
        }
    }
}
