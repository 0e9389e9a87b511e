//! When driftdeck ran: what is not recorded of the times between is told, never left out in silence.

use crate::app::effect::Effect;
use crate::app::state::AppState;
use crate::domain::Timestamp;
use crate::domain::journal::Watched;

/// A run writes that it goes on this often, seconds; after a crash no more than this is unsure.
const STEP_S: i64 = 600;
/// A run is woken each minute. One that was not for this long had been stopped, with the machine or by a signal, seconds.
const ASLEEP_S: i64 = 300;
/// A restart is no gap, seconds.
const RESTART_S: i64 = 60;

/// What is known of the times when driftdeck ran.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Earlier runs, and earlier parts of this one.
    pub ranges: Vec<Watched>,
    /// Earlier runs were read.
    pub is_read: bool,
    /// Since when this run goes on without a stop.
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    written_at: Option<Timestamp>,
}

/// Each turn: now and then a line that this run goes on, and where it was stopped the end of the part before.
pub fn go_on(state: &mut AppState) -> Vec<Effect> {
    let (now, started) = (state.now, state.started_at);
    let watch = &mut state.watch;
    let mut out = Vec::new();
    let slept = watch.last_at.filter(|last| now.as_second() - last.as_second() > ASLEEP_S);
    if let (Some(last_at), Some(first_at)) = (slept, watch.first_at) {
        let part = Watched { v: 1, first_at, last_at };
        watch.ranges.push(part);
        out.push(Effect::Watched(part));
        (watch.first_at, watch.written_at) = (Some(now), None);
    }
    let first_at = *watch.first_at.get_or_insert(started);
    watch.last_at = Some(now);
    if watch.written_at.is_none_or(|at| now.as_second() - at.as_second() >= STEP_S) {
        watch.written_at = Some(now);
        out.push(Effect::Watched(Watched { v: 1, first_at, last_at: now }));
    }
    out
}

/// The run ends.
pub fn end(state: &AppState) -> Option<Effect> {
    let first_at = state.watch.first_at?;
    Some(Effect::Watched(Watched { v: 1, first_at, last_at: state.now }))
}

/// Times after `from` in which nothing was recorded, oldest first; and since when it is on record at all whether driftdeck ran.
pub fn gaps(state: &AppState, from: Timestamp) -> (Vec<(Timestamp, Timestamp)>, Timestamp) {
    let this = (state.watch.first_at.unwrap_or(state.started_at), state.now);
    let mut runs: Vec<(Timestamp, Timestamp)> = state.watch.ranges.iter().map(|w| (w.first_at, w.last_at)).chain([this]).collect();
    runs.sort_unstable();
    let since = runs.first().map_or(state.now, |(first, _)| *first);
    let mut gaps = Vec::new();
    let mut known = since;
    for (first, last) in runs {
        let end = evidence(state, known, first);
        if first.as_second() - end.as_second() > RESTART_S && first > from {
            gaps.push((end.max(from), first));
        }
        known = known.max(last);
    }
    (gaps, since)
}

/// A run that crashed told no end; what it recorded after its last line shows that it still ran.
fn evidence(state: &AppState, known: Timestamp, next: Timestamp) -> Timestamp {
    let until = Timestamp::from_second(known.as_second() + STEP_S).unwrap_or(known).min(next);
    let end = state.timeline.partition_point(|e| e.at < until);
    let newest = end.checked_sub(1).and_then(|at| state.timeline.get(at)).map(|e| e.at);
    newest.map_or(known, |at| at.max(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::state::Settings;
    use crate::domain::journal::{TimelineEntry, TimelineKind};

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + s).unwrap()
    }

    fn state(runs: &[(i64, i64)]) -> AppState {
        let mut state = AppState::new(at(10_000), Settings::default());
        state.watch.ranges = runs.iter().map(|(a, b)| Watched { v: 1, first_at: at(*a), last_at: at(*b) }).collect();
        state.watch.is_read = true;
        state
    }

    #[test]
    fn what_lies_between_runs_is_a_gap_and_runs_side_by_side_leave_none() {
        let state = state(&[(0, 0), (0, 600), (0, 2000), (500, 3000), (3030, 4000), (6000, 6600)]);
        let (found, since) = gaps(&state, at(-100));
        assert_eq!(found, [(at(4000), at(6000)), (at(6600), at(10_000))], "a restart within a minute is none");
        assert_eq!(since, at(0));
        assert_eq!(gaps(&state, at(5000)).0, [(at(5000), at(6000)), (at(6600), at(10_000))]);
        assert_eq!(gaps(&state, at(7000)).0, [(at(7000), at(10_000))]);
    }

    #[test]
    fn what_a_crashed_run_still_recorded_shows_that_it_ran() {
        let mut state = state(&[(0, 600)]);
        let entry = |s| TimelineEntry {
            v: 1,
            at: at(s),
            kind: TimelineKind::Health,
            place: "prod".into(),
            app: None,
            text: "x".into(),
            revision: None,
        };
        state.timeline = [100, 900, 9000].map(entry).into();
        assert_eq!(gaps(&state, at(0)).0, [(at(900), at(10_000))], "what stands far from any run proves nothing of the time before it");
    }

    #[test]
    fn a_run_writes_that_it_goes_on_and_one_that_was_stopped_says_since_when() {
        let mut state = state(&[]);
        let mut turn = |s: i64| {
            state.now = at(s);
            go_on(&mut state)
        };
        let line = |a: i64, b: i64| Effect::Watched(Watched { v: 1, first_at: at(a), last_at: at(b) });
        assert_eq!(turn(10_000), [line(10_000, 10_000)]);
        for s in (10_060..10_600).step_by(60) {
            assert_eq!(turn(s), [], "{s}");
        }
        assert_eq!(turn(10_600), [line(10_000, 10_600)]);
        assert_eq!(turn(20_000), [line(10_000, 10_600), line(20_000, 20_000)], "the lid was closed");
        assert_eq!(gaps(&state, at(0)).0, [(at(10_600), at(20_000))]);
        assert_eq!(end(&state), Some(line(20_000, 20_000)));
    }
}
