//! Which of the rows that are not well a command looks at next, as closely as at the one in view on the screen.

use super::{LOOK, is_seen};
use crate::app::assess;
use crate::app::state::AppState;
use crate::domain::ids::{AppId, ClusterId};
use std::collections::HashSet;
use std::time::Instant;

/// So many are looked at: a page of them. What the others are broken by is read as for the rows beside the one in view.
const LOOKED: usize = 50;

/// One look at a time, the clusters in turn: those of a slow one must not take the time of all others.
#[derive(Debug, Default)]
pub struct Looks {
    looked: Vec<(AppId, ClusterId)>,
    now: Option<(AppId, Instant)>,
    /// A look there was not answered in time: there are no more.
    silent: HashSet<ClusterId>,
}

impl Looks {
    /// The one to look at now, where no look is under way.
    pub fn next(&mut self, state: &AppState, ill: &[AppId], now: Instant) -> Option<AppId> {
        if let Some((id, since)) = self.now.take() {
            let is_late = now.saturating_duration_since(since) >= LOOK;
            if ill.contains(&id) && !is_seen(state, &id) && !is_late {
                self.now = Some((id, since));
                return None;
            }
            if is_late && !is_seen(state, &id) {
                self.silent.insert(place(state, &id));
            }
        }
        let looks_there = |cluster: &ClusterId| self.looked.iter().filter(|(_, c)| c == cluster).count();
        // Until what runs there is assessed, the objects of some are not known by name: nothing of them would be read.
        let ready = self.left(state, ill).filter(|(_, cluster)| assess::is_settled_on(state, cluster));
        let (id, cluster) = ready.min_by_key(|(_, cluster)| looks_there(cluster)).map(|(id, cluster)| (id.clone(), cluster))?;
        self.looked.push((id.clone(), cluster));
        self.now = Some((id.clone(), now));
        Some(id)
    }

    /// No look is under way, and none is left.
    pub fn is_over(&self, state: &AppState, ill: &[AppId]) -> bool {
        self.now.is_none() && self.left(state, ill).next().is_none()
    }

    /// With the cluster that is asked.
    fn left<'a>(&'a self, state: &'a AppState, ill: &'a [AppId]) -> impl Iterator<Item = (&'a AppId, ClusterId)> {
        let ill = ill.iter().filter(|_| self.looked.len() < LOOKED);
        let new = ill.filter(|id| !self.looked.iter().any(|(looked, _)| looked == *id));
        new.map(|id| (id, place(state, id))).filter(|(_, cluster)| !self.silent.contains(cluster))
    }
}

/// Where an app runs, else where it is described.
fn place(state: &AppState, id: &AppId) -> ClusterId {
    let runs_on = state.fleet.rows.get(id).and_then(|r| r.app.destination.cluster.clone());
    runs_on.unwrap_or_else(|| id.cluster.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture;

    /// Two that run on one cluster, then one of another; neither has anything to assess.
    fn ill(state: &AppState) -> Vec<AppId> {
        let on = |cluster: &str| {
            let ids = state.fleet.shown.iter().filter(move |id| place(state, id).as_str() == cluster).cloned();
            ids.collect::<Vec<AppId>>()
        };
        [&on("prod-us")[..2], &on("prod-eu")[..1]].concat()
    }

    fn assessed() -> AppState {
        let mut state = fixture::night(160, 45);
        let ids: Vec<AppId> = state.fleet.shown.clone();
        state.fleet.derive.assessed_at.extend(ids.into_iter().map(|id| (id, state.now)));
        state.fleet.derive.assessing.clear();
        state
    }

    #[test]
    fn the_clusters_take_turns_and_one_that_does_not_answer_is_looked_at_no_more() {
        let state = assessed();
        let (ill, mut looks, started) = (ill(&state), Looks::default(), Instant::now());
        assert_eq!(looks.next(&state, &ill, started).as_ref(), Some(&ill[0]));
        assert_eq!(looks.next(&state, &ill, started), None, "one at a time");
        assert_eq!(looks.next(&state, &ill, started + LOOK).as_ref(), Some(&ill[2]), "the other cluster is next");
        assert!(!looks.is_over(&state, &ill));
        assert_eq!(looks.next(&state, &ill, started + LOOK * 2), None, "the second one there would not be answered either");
        assert!(looks.is_over(&state, &ill));
    }

    #[test]
    fn a_look_waits_for_the_assessment_of_its_own_cluster_only() {
        let mut state = assessed();
        let (ill, mut looks, started) = (ill(&state), Looks::default(), Instant::now());
        state.fleet.derive.assessing.insert(place(&state, &ill[0]), ill[0].clone());
        assert_eq!(looks.next(&state, &ill, started).as_ref(), Some(&ill[2]));
        assert!(looks.next(&state, &ill, started + LOOK).is_none() && !looks.is_over(&state, &ill), "the others are still to come");
        state.fleet.derive.assessing.clear();
        assert_eq!(looks.next(&state, &ill, started + LOOK).as_ref(), Some(&ill[0]));
    }
}
