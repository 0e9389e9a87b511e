//! What changes outside without a word to us: the kubeconfig's files, and a machine that slept.

use super::Runtime;
use super::clusters::Clusters;
use crate::app::msg::Msg;
use crate::cluster::Kubeconfig;
use crate::domain::ids::ClusterId;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc;

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// The wall clock ran ahead of the other one by so much: the machine slept, or its clock was set.
const SLEPT: Duration = Duration::from_secs(5);
/// Until a kubeconfig that stays broken is told again.
const TOLD: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Kubeconfig,
    Slept,
}

/// Both clocks at one moment. The first one stands still while the machine sleeps.
#[derive(Clone, Copy)]
struct Clocks(Instant, SystemTime);

impl Clocks {
    fn now() -> Self {
        Self(Instant::now(), SystemTime::now())
    }
    fn slept_since(self, before: Self) -> bool {
        let awake = self.0.saturating_duration_since(before.0);
        self.1.duration_since(before.1).is_ok_and(|wall| wall.saturating_sub(awake) > SLEPT)
    }
}

/// Looks on a thread of its own, which ends with the receiver: the files may lie on a slow disk, and the background threads sleep on.
fn look(clusters: Weak<Clusters>) -> mpsc::Receiver<Change> {
    let (sender, receiver) = mpsc::channel(2);
    std::thread::spawn(move || {
        let mut before = Clocks::now();
        loop {
            std::thread::sleep(LOOK);
            let Some(clusters) = clusters.upgrade().filter(|_| !sender.is_closed()) else { return };
            let now = Clocks::now();
            if now.slept_since(before) {
                let _ = sender.try_send(Change::Slept);
            }
            before = now;
            let current = clusters.lock().kubeconfig.clone();
            if current.is_some_and(|k| k.is_stale()) {
                let _ = sender.try_send(Change::Kubeconfig);
            }
        }
    });
    receiver
}

impl Runtime {
    /// Acts on what changed, until the program ends.
    pub(super) fn watch_outside(&self) {
        let (runtime, mut changes) = (self.clone(), look(Arc::downgrade(&self.clusters)));
        tokio::spawn(async move {
            while let Some(change) = changes.recv().await {
                match change {
                    // Connections are probably dead, and nothing else will say so soon.
                    Change::Slept => runtime.clusters.retry_all(),
                    Change::Kubeconfig => runtime.read_again().await,
                }
            }
        });
    }

    async fn read_again(&self) {
        let Some(current) = self.clusters.lock().kubeconfig.clone() else { return };
        let places = self.options.places.clone();
        // What was told twice is read once.
        let load = move || current.is_stale().then(|| Kubeconfig::load(&places));
        match tokio::task::spawn_blocking(load).await {
            Ok(Some(Ok(fresh))) => {
                let contexts = self.contexts(&fresh);
                let watched: Vec<ClusterId> = self.clusters.took(Arc::new(fresh));
                // A new token changes nothing that is shown, so that nobody would ask for it.
                self.connect(watched);
                self.inbox.send(Msg::Contexts(contexts)).await;
            }
            Ok(Some(Err(fault))) => {
                // Half-written files heal by themselves; a broken one is told once it stays broken.
                tokio::time::sleep(LOOK).await;
                let places = self.options.places.clone();
                if let Ok(Err(_)) = tokio::task::spawn_blocking(move || Kubeconfig::load(&places)).await {
                    self.inbox.send(Msg::ContextsFailed(fault.to_string())).await;
                    tokio::time::sleep(TOLD).await;
                }
            }
            Ok(None) | Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_slept_when_the_wall_clock_ran_ahead_of_the_other_one() {
        let before = Clocks::now();
        let after = |awake: u64, wall: u64| Clocks(before.0 + Duration::from_secs(awake), before.1 + Duration::from_secs(wall));
        assert!(after(2, 600).slept_since(before));
        assert!(!after(2, 2).slept_since(before));
        assert!(!after(90, 91).slept_since(before), "a machine that was only busy did not sleep");
        let set_back = Clocks(before.0 + Duration::from_secs(2), before.1 - Duration::from_secs(60));
        assert!(!set_back.slept_since(before));
    }
}
