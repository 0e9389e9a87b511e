//! How far a sync is: its hooks by phase, its resources by wave, from `syncResult.resources` and the waves in `status.resources`.
//!
//! Argo CD writes down what it has begun. Hooks that have not begun are not told, so none are drawn; resources that have not begun are known
//! only where the sync is of all of them, at the revision that was compared.

use crate::domain::app::{App, ArgoFields, ManagedResource, OperationResource};
use crate::domain::event::LiveNode;
use crate::domain::ids::ObjectKey;
use crate::domain::progress::{ProgressStep, StepState};
use crate::domain::status::Phase;
use std::collections::BTreeMap;

/// Words of a failure that a step quotes, in characters.
const WORDS: usize = 160;
/// Waves that still wait are counted beyond this many.
const WAITING: usize = 3;

/// The steps of an operation that goes on or has failed; nothing of one that succeeded, of which Argo CD tells no order.
pub fn steps(app: &App, tree: Option<&[LiveNode]>) -> Vec<ProgressStep> {
    let (Some(argo), Some(operation)) = (app.argo(), &app.operation) else { return Vec::new() };
    if matches!(operation.phase, Phase::Requested | Phase::Succeeded | Phase::Blocked) {
        return Vec::new();
    }
    let is_over = !matches!(operation.phase, Phase::Running | Phase::Terminating);
    let sync = Sync { app, argo, tree, waited: waited_for(&operation.message), is_over };
    let mut out: Vec<ProgressStep> = sync.namespaces().into_iter().collect();
    out.extend(sync.hooks("PreSync"));
    out.extend(sync.waves());
    out.extend(["Sync", "PostSync", "SyncFail"].iter().filter_map(|phase| sync.hooks(phase)));
    out
}

/// The first object named in `waiting for … group/Kind/name [and 2 more]`: kind and name.
pub fn waited_for(message: &str) -> Option<(&str, &str)> {
    let object = message.split(' ').find(|word| word.matches('/').count() == 2)?;
    let mut parts = object.rsplit('/');
    let (name, kind) = (parts.next()?, parts.next()?);
    (!name.is_empty() && !kind.is_empty()).then_some((kind, name))
}

struct Sync<'a> {
    app: &'a App,
    argo: &'a ArgoFields,
    tree: Option<&'a [LiveNode]>,
    /// Kind and name of what it waits for.
    waited: Option<(&'a str, &'a str)>,
    /// Nothing more comes of this attempt.
    is_over: bool,
}

#[derive(Default)]
struct Wave<'a> {
    begun: Vec<&'a OperationResource>,
    /// Resources of this wave, where that is known.
    all: Option<usize>,
}

impl<'a> Sync<'a> {
    /// A namespace that the sync makes comes before every wave, and is no resource of the app.
    fn namespaces(&self) -> Option<ProgressStep> {
        let made: Vec<&str> =
            self.plain().filter(|r| r.sync_phase == "PreSync" && r.status != "SyncFailed").map(|r| r.key.name.as_str()).collect();
        (!made.is_empty()).then(|| ProgressStep::new("namespace", StepState::Done, made.join(", ")))
    }

    fn plain(&self) -> impl Iterator<Item = &'a OperationResource> {
        self.argo.operation_resources.iter().filter(|r| r.hook_type.is_empty())
    }

    fn hooks(&self, phase: &str) -> Option<ProgressStep> {
        let hooks: Vec<_> = self.argo.operation_resources.iter().filter(|r| !r.hook_type.is_empty() && r.sync_phase == phase).collect();
        let all = hooks.len();
        let name = if phase == "Sync" { "Sync hooks" } else { phase };
        let word = if all == 1 { "hook" } else { "hooks" };
        if let Some(bad) = hooks.iter().find(|h| matches!(h.hook_phase.as_str(), "Failed" | "Error") || h.status == "SyncFailed") {
            return Some(ProgressStep::new(name, StepState::Failed, format!("hook {} failed: {}", bad.key.name, cut(&bad.message))));
        }
        let done = hooks.iter().filter(|h| h.hook_phase == "Succeeded").count();
        if let Some(busy) = hooks.iter().find(|h| h.hook_phase != "Succeeded") {
            let seen = self.seen(&busy.key).map(|note| format!(": {note}")).unwrap_or_default();
            let state = if self.is_over { StepState::Waits } else { StepState::Busy };
            let ended = if self.is_over { " did not end" } else { " runs" };
            return Some(ProgressStep::new(name, state, format!("{done} of {all} {word} done, {}{ended}{seen}", busy.key.name)));
        }
        let names: Vec<&str> = hooks.iter().map(|h| h.key.name.as_str()).collect();
        (all > 0).then(|| ProgressStep::new(name, StepState::Done, format!("{done} of {all} {word}: {}", names.join(", "))))
    }

    /// Note of the live object, where it was read.
    fn seen(&self, key: &ObjectKey) -> Option<&'a str> {
        let node = self.tree?.iter().find(|n| n.key.kind == key.kind && n.key.name == key.name && n.key.namespace == key.namespace)?;
        Some(node.note.as_str()).filter(|note| !note.is_empty())
    }

    fn waves(&self) -> Vec<ProgressStep> {
        let resources = || self.app.resources.iter().filter(|r| !r.hook && !r.requires_pruning);
        let has_waves = resources().any(|r| r.wave != 0);
        // Unknown ones last.
        let mut waves: BTreeMap<(bool, i32), Wave<'a>> = BTreeMap::new();
        for result in self.plain().filter(|r| r.sync_phase != "PreSync" && !r.status.starts_with("Prune")) {
            // What the comparison does not list has no wave that could be told, where there are several.
            let wave = self.app.resources.iter().find(|r| is_same(r, result)).map_or((has_waves, 0), |r| (false, r.wave));
            waves.entry(wave).or_default().begun.push(result);
        }
        let (has_begun, is_whole) = (!waves.is_empty(), self.app.is_whole_sync());
        // Hooks that go before it say that there will be waves, but only a wave that began says that this one sync is read right.
        for r in resources().filter(|_| is_whole && (has_begun || !self.argo.operation_resources.is_empty())) {
            *waves.entry((false, r.wave)).or_default().all.get_or_insert(0) += 1;
        }
        let is_one = waves.len() == 1;
        let name = |(is_unknown, number): &(bool, i32)| match (is_one, is_unknown) {
            (true, _) => "Sync".to_owned(),
            (false, true) => "no known wave".to_owned(),
            (false, false) => format!("wave {number}"),
        };
        let last = waves.iter().filter(|((is_unknown, _), wave)| !is_unknown && !wave.begun.is_empty()).map(|(at, _)| *at).next_back();
        let has_left = self.argo.operation_resources.iter().any(|r| matches!(r.sync_phase.as_str(), "PostSync" | "SyncFail"));
        let is_left = |at: &(bool, i32)| has_left || last.is_some_and(|last| *at < last);
        let steps: Vec<ProgressStep> = waves.iter().map(|(at, wave)| self.wave(name(at), wave, is_left(at))).collect();
        fold(steps)
    }

    /// `is_left` = the sync went on to something after it: until then one of unknown size may not be all begun.
    fn wave(&self, name: String, wave: &Wave<'a>, is_left: bool) -> ProgressStep {
        let begun = wave.begun.len();
        let of = wave.all.filter(|all| *all >= begun).map(|all| format!(" of {all}")).unwrap_or_default();
        if begun == 0 {
            let word = if self.is_over { "not applied" } else { "to come" };
            return ProgressStep::new(name, StepState::Waits, format!("{} {word}", wave.all.unwrap_or_default()));
        }
        let applied = wave.begun.iter().filter(|r| r.status == "Synced").count();
        if let Some(bad) = wave.begun.iter().find(|r| r.status == "SyncFailed") {
            let text = format!("{applied}{of} applied; {} {}: {}", bad.key.kind, bad.key.name, cut(&bad.message));
            return ProgressStep::new(name, StepState::Failed, text);
        }
        let waited = self.waited.filter(|_| !self.is_over);
        if let Some(object) = waited.and_then(|(kind, name)| wave.begun.iter().find(|r| r.key.kind == kind && r.key.name == name)) {
            let note = self.seen(&object.key).unwrap_or("not healthy yet");
            let text = format!("{applied}{of} applied; {} {}: {note}", object.key.kind, object.key.name);
            return ProgressStep::new(name, StepState::Busy, text);
        }
        let is_all = applied == begun && wave.all.map_or(is_left || self.is_over, |all| all <= begun);
        let state = match (is_all, self.is_over) {
            (true, _) => StepState::Done,
            (false, true) => StepState::Waits,
            (false, false) => StepState::Busy,
        };
        ProgressStep::new(name, state, format!("{applied}{of} applied"))
    }
}

fn is_same(managed: &ManagedResource, result: &OperationResource) -> bool {
    let (m, r) = (&managed.key, &result.key);
    m.kind == r.kind && m.name == r.name && m.group == r.group && (m.namespace == r.namespace || m.namespace.is_empty())
}

/// Many waves that wait are one line.
fn fold(mut steps: Vec<ProgressStep>) -> Vec<ProgressStep> {
    let first = steps.iter().position(|s| s.state == StepState::Waits).unwrap_or(steps.len());
    let rest = steps.len() - first;
    if rest > WAITING && steps.iter().skip(first).all(|s| s.state == StepState::Waits) {
        steps.truncate(first + 1);
        steps.push(ProgressStep::new("later", StepState::Waits, format!("{} more waves", rest - 1)));
    }
    steps
}

fn cut(message: &str) -> String {
    crate::engine::cause::cut(message.trim_end_matches('.'), WORDS)
}

#[cfg(test)]
mod tests {
    use super::super::tests::app;
    use super::*;

    fn told(app: &App) -> Vec<(String, StepState, String)> {
        steps(app, None).into_iter().map(|s| (s.name, s.state, s.text)).collect()
    }

    fn is(name: &str, state: StepState, text: &str) -> (String, StepState, String) {
        (name.into(), state, text.into())
    }

    /// Running, with results and resources of these waves; what began last is waited for.
    fn running(begun: &[(&str, i32)], all: &[(&str, i32)]) -> App {
        let mut app = app("operation-running-hook");
        let key = |name: &str| ObjectKey::new("apps", "Deployment", "hookhang", name);
        let resource =
            |(name, wave): &(&str, i32)| ManagedResource { key: key(name), wave: *wave, hook: false, ..app.resources[0].clone() };
        app.resources = all.iter().map(resource).collect();
        let crate::domain::app::EngineFields::Argo(fields) = &mut app.engine else { panic!() };
        let result = |name: &str| OperationResource {
            key: key(name),
            status: "Synced".into(),
            message: "".into(),
            sync_phase: "Sync".into(),
            hook_type: "".into(),
            hook_phase: "Running".into(),
        };
        fields.asked = None;
        fields.operation_resources = begun.iter().map(|(name, _)| result(name)).collect();
        let operation = app.operation.as_mut().unwrap();
        fields.compared = operation.revision.clone().into_iter().collect();
        if let Some((name, _)) = begun.last() {
            operation.message = format!("waiting for healthy state of apps/Deployment/{name}");
        }
        app
    }

    #[test]
    fn a_recorded_sync_that_waits_for_a_hook_tells_the_namespace_the_hook_and_what_is_to_come() {
        let want = [
            is("namespace", StepState::Done, "hookhang"),
            is("PreSync", StepState::Busy, "0 of 1 hook done, migrate-hang runs"),
            is("Sync", StepState::Waits, "1 to come"),
        ];
        assert_eq!(told(&app("operation-running-hook")), want);
    }

    #[test]
    fn waves_are_told_in_their_order_with_what_each_waits_for() {
        let all = [("a", -1), ("b", 0), ("c", 0), ("d", 5)];
        let mut app = running(&[("a", -1), ("b", 0), ("c", 0)], &all);
        let want = [
            is("wave -1", StepState::Done, "1 of 1 applied"),
            is("wave 0", StepState::Busy, "2 of 2 applied; Deployment c: not healthy yet"),
            is("wave 5", StepState::Waits, "1 to come"),
        ];
        assert_eq!(told(&app), want);
        let node =
            LiveNode { note: "2 of 3 ready".into(), key: ObjectKey::new("apps", "Deployment", "hookhang", "c"), ..LiveNode::default() };
        assert_eq!(steps(&app, Some(&[node]))[1].text, "2 of 2 applied; Deployment c: 2 of 3 ready");
        app.operation.as_mut().unwrap().message = "something else".into();
        assert_eq!(told(&app)[1], is("wave 0", StepState::Done, "2 of 2 applied"));
    }

    #[test]
    fn what_the_comparison_does_not_list_is_put_into_no_wave() {
        let told = told(&running(&[("new", 0), ("a", 1)], &[("a", 1)]));
        let want = [
            is("wave 1", StepState::Busy, "1 of 1 applied; Deployment a: not healthy yet"),
            is("no known wave", StepState::Busy, "1 applied"),
        ];
        assert_eq!(told, want);
    }

    #[test]
    fn a_wave_of_unknown_size_is_done_when_a_later_one_began_or_the_sync_ended() {
        let mut app = running(&[("a", 0), ("b", 1)], &[("a", 0), ("b", 1), ("c", 1)]);
        let crate::domain::app::EngineFields::Argo(fields) = &mut app.engine else { panic!() };
        fields.operation_is_partial = true;
        app.operation.as_mut().unwrap().message = "one or more objects is applied".into();
        let states = |app: &App| told(app).into_iter().map(|(_, state, _)| state).collect::<Vec<_>>();
        assert_eq!(states(&app), [StepState::Done, StepState::Busy]);
        let mut ended = app.clone();
        ended.operation.as_mut().unwrap().phase = Phase::Failed;
        assert_eq!(states(&ended), [StepState::Done, StepState::Done]);
        let crate::domain::app::EngineFields::Argo(fields) = &mut app.engine else { panic!() };
        let hook =
            OperationResource { sync_phase: "PostSync".into(), hook_type: "PostSync".into(), ..fields.operation_resources[0].clone() };
        fields.operation_resources.push(hook);
        assert_eq!(states(&app)[..2], [StepState::Done, StepState::Done]);
    }

    #[test]
    fn how_many_there_are_is_told_only_of_a_sync_of_all_at_the_revision_that_was_compared() {
        let all = [("a", 0), ("b", 1)];
        let whole = running(&[("a", 0)], &all);
        assert_eq!(told(&whole).len(), 2);
        let change = |change: &dyn Fn(&mut ArgoFields)| {
            let mut app = whole.clone();
            let crate::domain::app::EngineFields::Argo(fields) = &mut app.engine else { panic!() };
            change(fields);
            app
        };
        let want = [is("Sync", StepState::Busy, "1 applied; Deployment a: not healthy yet")];
        assert_eq!(told(&change(&|f| f.operation_is_partial = true)), want);
        assert_eq!(told(&change(&|f| f.compared.clear())), want);
        assert_eq!(told(&change(&|f| f.sync_options.push("ApplyOutOfSyncOnly=true".into()))), want);
    }

    #[test]
    fn what_failed_is_named_with_its_words_and_a_hook_after_it_is_told_too() {
        let failed = told(&app("degraded-operation-failed"));
        let (name, state, text) = &failed[1];
        assert_eq!((name.as_str(), *state), ("Sync", StepState::Failed));
        assert!(text.starts_with("1 of 2 applied; Service bad: Service \"bad\" is invalid: [spec.ports[0].port: "), "{text}");
        let hook: Vec<_> = told(&app("operation-failed-hook")).into_iter().map(|(name, state, _)| (name, state)).collect();
        assert!(hook.contains(&("PreSync".into(), StepState::Failed)), "{hook:?}");
        assert!(hook.contains(&("SyncFail".into(), StepState::Done)), "{hook:?}");
    }

    #[test]
    fn what_succeeded_was_never_begun_or_is_held_has_no_steps() {
        for file in ["synced-healthy-auto", "operation-requested-not-picked-up", "operation-blocked-by-sync-window"] {
            assert!(told(&app(file)).is_empty(), "{file}");
        }
    }

    #[test]
    fn many_waves_that_wait_are_one_line() {
        let all: Vec<(&str, i32)> = ["a", "b", "c", "d", "e", "f"].into_iter().zip(0..).collect();
        let told = told(&running(&[("a", 0)], &all));
        assert_eq!(told[1..], [is("wave 1", StepState::Waits, "1 to come"), is("later", StepState::Waits, "4 more waves")]);
    }
}
