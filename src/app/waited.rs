//! A run without a screen waits no longer, or looks at one app: what time and the cursor do on the screen.

use super::effect::Effect;
use super::settle;
use super::state::AppState;
use crate::domain::cluster::Link;
use crate::domain::ids::AppId;

/// A cluster that has not answered until now is told as such, with the time it had. The list is as things are now, however lately they
/// changed, and what was read is kept whole.
pub fn on_waited(state: &mut AppState, had_ms: u64) -> Vec<Effect> {
    let had = std::time::Duration::from_millis(had_ms).as_secs_f64();
    for cluster in state.fleet.clusters.values_mut() {
        if let Link::Connecting { since } = cluster.link {
            let cause = format!("no answer within {}s", (had * 10.0).round() / 10.0);
            cluster.link = Link::Unreachable { since, cause, next_try_at: None };
        }
    }
    state.fleet.derive.links_changed = true;
    state.fleet.derive.list_changed = true;
    state.view.hold_until = None;
    settle::save(state, true)
}

/// As if the cursor rested on it: its details are read.
pub fn on_look(state: &mut AppState, app: AppId) {
    state.view.touched = true;
    state.view.app = Some(app);
}

#[cfg(test)]
mod tests {
    use crate::app::msg::{Envelope, Msg};
    use crate::app::update::update;
    use crate::domain::cluster::Link;
    use crate::domain::ids::ClusterId;
    use crate::domain::status::Severity;
    use crate::ui::fixture;

    #[test]
    fn what_did_not_answer_in_time_is_unreachable_and_its_rows_are_judged_so_at_once() {
        let mut state = fixture::night(160, 45);
        let id = ClusterId::new("prod-eu");
        state.fleet.clusters.get_mut(&id).unwrap().link = Link::Connecting { since: state.now };
        let others: Vec<Link> = state.fleet.clusters.values().filter(|c| c.id != id).map(|c| c.link.clone()).collect();
        state.view.hold_until = Some(state.now.checked_add(jiff::Span::new().hours(1)).unwrap());
        let waited = Envelope { at: state.now, msg: Msg::Waited { had_ms: 2_340 } };
        update(&mut state, [waited]);
        let link = &state.fleet.clusters[&id].link;
        assert!(matches!(link, Link::Unreachable { cause, .. } if cause == "no answer within 2.3s"), "{link:?}");
        let now: Vec<Link> = state.fleet.clusters.values().filter(|c| c.id != id).map(|c| c.link.clone()).collect();
        assert_eq!(now, others);
        let rows: Vec<_> = state.fleet.rows.values().filter(|r| r.app.id.cluster == id).collect();
        assert!(!rows.is_empty() && rows.iter().all(|r| r.severity == Severity::Unknown), "{rows:?}");
        assert_eq!(state.view.hold_until, None);
    }
}
