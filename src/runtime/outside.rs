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
fn look(clusters: Weak<Clusters>) -> mpsc::Receiver<()> {
    let (changed, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut looker = Looker { before: Clocks::now(), changed };
        loop {
            std::thread::sleep(LOOK);
            let Some(clusters) = clusters.upgrade().filter(|_| !looker.changed.is_closed()) else { return };
            let is_stale = || clusters.lock().kubeconfig.clone().is_some_and(|k| k.is_stale());
            looker.look(Clocks::now(), || clusters.retry_all(), is_stale);
        }
    });
    receiver
}

struct Looker {
    before: Clocks,
    /// The kubeconfig did.
    changed: mpsc::Sender<()>,
}

impl Looker {
    /// A sleep is seen once, so it is acted on here and now; a changed kubeconfig is seen again at each look until it is read.
    fn look(&mut self, now: Clocks, slept: impl FnOnce(), is_stale: impl FnOnce() -> bool) {
        if now.slept_since(std::mem::replace(&mut self.before, now)) {
            // Connections are probably dead, and nothing else will say so soon.
            slept();
        }
        if is_stale() {
            let _ = self.changed.try_send(());
        }
    }
}

impl Runtime {
    /// Acts on what changed, until the program ends.
    pub(super) fn watch_outside(&self) {
        let (runtime, mut changes) = (self.clone(), look(Arc::downgrade(&self.clusters)));
        tokio::spawn(async move {
            while changes.recv().await.is_some() {
                runtime.read_again().await;
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
    #[test]
    fn a_sleep_is_acted_on_while_the_kubeconfig_is_broken_and_nobody_reads_it() {
        let (changed, mut changes) = mpsc::channel(1);
        let start = Clocks::now();
        let after = |awake: u64, wall: u64| Clocks(start.0 + Duration::from_secs(awake), start.1 + Duration::from_secs(wall));
        let mut looker = Looker { before: start, changed };
        let mut sleeps = 0;
        for (awake, wall) in [(2, 2), (4, 4), (6, 3606), (8, 3608), (10, 7210)] {
            looker.look(after(awake, wall), || sleeps += 1, || true);
        }
        assert_eq!(sleeps, 2);
        assert!(changes.try_recv().is_ok() && changes.try_recv().is_err(), "what was told is told once until it is read");
    }
}
