//! `driftdeck timeline`: what earlier runs wrote down and what the objects tell now, oldest first.

use super::args::{Cli, Form, TimelineArgs};
use super::get::detail::clock;
use super::headless::{self, Past, Session};
use super::select::Pick;
use super::status::{json as status, table};
use super::{Failure, print};
use crate::app::fleet::Row;
use crate::app::pane::repos::runs_on;
use crate::app::state::AppState;
use crate::domain::Timestamp;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::duration::parse_span;
use crate::domain::event::LiveEvent;
use crate::domain::ids::AppId;
use crate::domain::journal::{JournalEntry, TimelineEntry, TimelineKind};
use crate::domain::plan::Outcome;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Lines that are read of the journal; the timeline is read as far back as its file goes.
const JOURNAL: usize = 5000;
/// What connecting writes is no news of the fleet.
const CONNECTED: &str = "connecting to live";

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Moment {
    at: Timestamp,
    /// Who tells it: recorded, journal, object, events, git.
    source: &'static str,
    place: String,
    app: Option<AppId>,
    text: String,
    revision: Option<String>,
}

/// What earlier runs wrote down.
struct Recorded {
    timeline: Vec<TimelineEntry>,
    journal: Vec<JournalEntry>,
}

pub async fn run(cli: &Cli, args: &TimelineArgs) -> Result<i32, Failure> {
    let limit = headless::span("--timeout", &args.reading.timeout)?;
    let bad = || Failure::usage(format!("--since {}: write 30m, 2h or 3d.", args.since));
    let span = parse_span(&args.since).and_then(|s| i64::try_from(s).ok()).ok_or_else(bad)?;
    let cluster = args.cluster.as_deref();
    let pick = args.app.as_deref().map_or_else(|| Ok(Pick::all(cluster)), |text| Pick::parse(text, cluster))?;
    let prepared = headless::prepare(cli, "timeline", Past::Left)?;
    let recorded = recorded(&prepared);
    let mut session = Session::start(prepared, limit);
    session.read().await;
    let found = if args.app.is_some() { pick.some(&session.state)? } else { pick.matching(&session.state) };
    let ids: Vec<AppId> = found.into_iter().map(|row| row.app.id.clone()).collect();
    if let ([id], true) = (ids.as_slice(), args.app.is_some()) {
        session.heads(id).await;
        session.look_at(id).await;
    }
    let state = &session.state;
    let since = Timestamp::from_second(state.now.as_second().saturating_sub(span)).map_err(|_| bad())?;
    let narrow = args.app.is_some() || cluster.is_some();
    let moments = moments(state, &recorded, &ids, narrow, since);
    print::answer(&match args.output {
        Form::Text => text(state, &moments, &args.since),
        Form::Json => document(state, &moments, since),
    })?;
    Ok(if pick.unread(state).is_empty() { 0 } else { 2 })
}

fn recorded(prepared: &super::prepare::Prepared) -> Recorded {
    let store = prepared.options.store.as_ref();
    // What cannot be read was told when the history was loaded.
    let timeline = store.and_then(|s| s.load_timeline(usize::MAX).ok()).map(|lines| lines.entries).unwrap_or_default();
    let journal = store.and_then(|s| s.load_journal(JOURNAL).ok()).map(|lines| lines.entries).unwrap_or_default();
    Recorded { timeline, journal }
}

/// Everything since then about these apps; not narrowed, also what is about no app.
fn moments(state: &AppState, recorded: &Recorded, ids: &[AppId], narrow: bool, since: Timestamp) -> Vec<Moment> {
    let ahead = ahead(&recorded.journal);
    // What causes others stands before them, each source in the order it tells: at the same time this is the order.
    let mut all = commits(state, ids);
    let ours = |e: &&JournalEntry| !narrow || e.plan.targets.first().is_some_and(|t| ids.contains(&t.app));
    all.extend(recorded.journal.iter().filter(ours).filter_map(|e| action(e, &ahead)));
    for row in ids.iter().filter_map(|id| state.fleet.rows.get(id)) {
        all.extend(told(state, row));
    }
    all.extend(events(state));
    let now = state.timeline.iter().filter(|e| e.at >= state.started_at);
    let wanted = |e: &&TimelineEntry| match &e.app {
        Some(app) => ids.contains(app) || !narrow,
        None if e.kind == TimelineKind::Link && e.text == CONNECTED => false,
        None => !narrow,
    };
    all.extend(recorded.timeline.iter().chain(now).filter(wanted).map(entry));
    all.retain(|m| m.at >= since);
    let mut known = HashSet::new();
    all.retain(|m| known.insert(m.clone()));
    in_order(all, &recorded.journal)
}

/// Oldest first. Clusters tell whole seconds: within one, what an app tells comes after what was sent to it then.
fn in_order(all: Vec<Moment>, journal: &[JournalEntry]) -> Vec<Moment> {
    let mut asked: HashMap<(&AppId, i64), Timestamp> = HashMap::new();
    for ahead in journal.iter().filter(|e| e.outcome.is_none()) {
        let Some(target) = ahead.plan.targets.first() else { continue };
        let last = asked.entry((&target.app, ahead.at.as_second())).or_insert(ahead.at);
        *last = ahead.at.max(*last);
    }
    let place = |m: &Moment| {
        let is_answer = matches!(m.source, "object" | "event") && m.at.subsec_nanosecond() == 0;
        let asked = m.app.as_ref().filter(|_| is_answer).and_then(|app| asked.get(&(app, m.at.as_second())));
        asked.map_or(m.at, |at| m.at.max(*at))
    };
    let mut placed: Vec<(Timestamp, Moment)> = all.into_iter().map(|m| (place(&m), m)).collect();
    placed.sort_by_key(|(at, _)| *at);
    placed.into_iter().map(|(_, m)| m).collect()
}

fn events(state: &AppState) -> Vec<Moment> {
    let Some(Ok(events)) = state.fleet.detail.events.as_ref().map(|(_, events)| events.as_deref()) else { return Vec::new() };
    let one = |e: &LiveEvent| {
        let times = if e.count > 1 { format!(" ({} times)", e.count) } else { String::new() };
        let text = format!("{} {}: {}{times}", e.object.title(), e.reason, one_line(&e.message));
        let (place, app) = (e.cluster.to_string(), state.fleet.detail.app.clone());
        Some(Moment { at: e.at?, source: "event", place, app, text, revision: None })
    };
    events.iter().rev().filter_map(one).collect()
}

fn entry(e: &TimelineEntry) -> Moment {
    let (text, revision) = (e.text.clone(), e.revision.clone());
    Moment { at: e.at, source: "recorded", place: e.place.clone(), app: e.app.clone(), text, revision }
}

/// When the line of each request was written, before it was sent.
fn ahead(journal: &[JournalEntry]) -> HashMap<&str, Timestamp> {
    let lines = journal.iter().rev().filter(|e| e.outcome.is_none());
    lines.map(|e| (e.plan.request_id.as_str(), e.at)).collect()
}

/// A line of the journal that tells how something ended. What was sent was sent when its line was written ahead: the cluster may have acted
/// on it before we had the answer.
fn action(e: &JournalEntry, ahead: &HashMap<&str, Timestamp>) -> Option<Moment> {
    let end = match e.outcome.as_ref()? {
        Outcome::Sent { .. } => "sent".to_owned(),
        Outcome::Refused { reason } => format!("refused: {}", one_line(reason)),
        Outcome::Failed { reason, .. } => format!("sent and failed: {}", one_line(reason)),
        Outcome::Unknown { reason } => format!("outcome unknown: {}", one_line(reason)),
        Outcome::Cancelled => "cancelled".into(),
    };
    let how = match &e.note {
        // How what was sent ended.
        Some(note) if matches!(e.outcome, Some(Outcome::Sent { .. })) => note.clone(),
        Some(note) => format!("{end}; {note}"),
        None => end,
    };
    let target = e.plan.targets.first()?;
    let text = format!("{}, by {}: {how}", e.plan.title, e.operator);
    let is_sent = e.note.is_none() && matches!(e.outcome, Some(Outcome::Sent { .. }));
    let at = ahead.get(e.plan.request_id.as_str()).filter(|_| is_sent).copied().unwrap_or(e.at);
    Some(Moment { at, source: "journal", place: target.runs_on.clone(), app: Some(target.app.clone()), text, revision: None })
}

/// What the object itself tells with a time.
fn told(state: &AppState, row: &Row) -> Vec<Moment> {
    let app = &row.app;
    let place = runs_on(state, row).to_owned();
    let moment = |at: Timestamp, text: String, revision: Option<&str>| Moment {
        at,
        source: "object",
        place: place.clone(),
        app: Some(app.id.clone()),
        text,
        revision: revision.map(str::to_owned),
    };
    let mut out = Vec::new();
    for h in app.history.iter().rev() {
        let revision = short_rev(bare_revision(&h.revision));
        let by = h.by.as_deref().map_or_else(String::new, |by| format!(", by {by}"));
        let what = if h.ok { "deployed" } else { "tried" };
        let text = format!("{revision} {what}{by}: {}", one_line(&h.result));
        out.extend(h.at.get().or(h.started_at.get()).map(|at| moment(at, text, Some(&h.revision))));
    }
    if let Some(o) = app.operation.as_ref().filter(|o| !o.routine) {
        let by = o.by.as_deref().map_or_else(String::new, |by| format!(" by {by}"));
        out.extend(o.started_at.map(|at| moment(at, format!("operation started{by}"), o.revision.as_deref())));
        let text = format!("operation {}: {}", o.phase.word(), one_line(&o.message));
        out.extend(o.finished_at.map(|at| moment(at, text, o.revision.as_deref())));
    }
    for c in app.conditions.iter().filter(|c| !c.reason.is_empty() || !c.message.is_empty()) {
        let status = match c.status {
            Some(true) => "true",
            Some(false) => "false",
            None => "unknown",
        };
        let text = format!("{} {status} {}: {}", c.kind, c.reason, one_line(&c.message));
        out.extend(c.since.map(|at| moment(at, text, None)));
    }
    out
}

/// Commits of the repositories these apps follow, as far as our mirror has them.
fn commits(state: &AppState, ids: &[AppId]) -> Vec<Moment> {
    let rows = ids.iter().filter_map(|id| state.fleet.rows.get(id));
    let followed: BTreeSet<_> = rows.flat_map(|r| r.app.sources.iter().filter_map(|s| s.repo())).collect();
    let repos = followed.iter().filter_map(|id| state.fleet.repos.get(id));
    let of = |repo: &crate::domain::repo::Repo| -> Vec<Moment> {
        let place = repo.id.short().to_owned();
        let text = |c: &crate::domain::commit::Commit| format!("commit {} by {}: {}", c.short(), c.author, c.subject);
        repo.log
            .iter()
            .rev()
            .map(|c| Moment { at: c.at, source: "git", place: place.clone(), app: None, text: text(c), revision: Some(c.id.clone()) })
            .collect()
    };
    repos.flat_map(of).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(state: &AppState, moments: &[Moment], since: &str) -> String {
    if moments.is_empty() {
        return format!("Nothing is known to have happened in the last {since}.\n{}", table::links(state));
    }
    let head = ["TIME", "SOURCE", "PLACE", "APP", "WHAT"].map(str::to_owned).to_vec();
    let line = |m: &Moment| {
        let app = m.app.as_ref().map_or_else(|| "-".into(), |a| format!("{}/{}", a.kind.word(), a.path()));
        vec![clock(m.at), m.source.to_owned(), m.place.clone(), app, m.text.clone()]
    };
    let lines: Vec<Vec<String>> = std::iter::once(head).chain(moments.iter().map(line)).collect();
    format!("{}{}", table::columns(&lines), table::links(state))
}

fn document(state: &AppState, moments: &[Moment], since: Timestamp) -> String {
    let app = |a: &AppId| json!({ "home": a.cluster, "kind": a.kind.kind(), "namespace": a.namespace, "name": a.name });
    let entries: Vec<Value> = moments
        .iter()
        .map(|m| {
            json!({
                "at": m.at, "source": m.source, "place": m.place, "app": m.app.as_ref().map(app), "text": m.text, "revision": m.revision,
            })
        })
        .collect();
    status::text(state, json!({ "since": since, "clusters": status::clusters(state), "entries": entries }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::action::plan as plans;
    use crate::domain::plan::PlanChoices;
    use crate::engine::Verb;
    use crate::ui::fixture::night;

    #[test]
    fn within_a_second_a_request_stands_before_what_the_app_did_and_each_source_in_its_own_order() {
        let state = night(160, 45);
        let id = state.view.app.clone().unwrap();
        let plan = plans::build(&state, &id, Verb::Refresh, &PlanChoices::default()).unwrap();
        let at = |text: &str| -> Timestamp { format!("2026-11-24T03:00:{text}Z").parse().unwrap() };
        let line = |at, outcome| JournalEntry {
            v: 1,
            at,
            task: 1,
            operator: "sam".into(),
            host: "here".into(),
            plan: plan.clone(),
            typed: None,
            outcome,
            ended_well: None,
            note: None,
        };
        let journal = [line(at("01.4"), None), line(at("03.2"), Some(Outcome::Sent { commit: None }))];
        let ahead = ahead(&journal);
        let sent = action(&journal[1], &ahead).unwrap();
        assert_eq!(sent.at, at("01.4"), "not when its answer came");
        assert_eq!(action(&journal[0], &ahead), None);
        let moment = |at, source, text: &str| Moment { at, source, text: text.into(), ..sent.clone() };
        let object = |seconds: &str, text: &str| moment(at(seconds), "object", text);
        let recorded = |seconds: &str, text: &str| moment(at(seconds), "recorded", text);
        let told = [
            sent.clone(),
            object("01", "operation started"),
            object("01", "applied"),
            object("00", "before"),
            recorded("01.3", "seen before"),
            recorded("02.5", "z first"),
            recorded("02.5", "a second"),
        ];
        let order: Vec<String> = in_order(told.to_vec(), &journal).into_iter().map(|m| m.text).collect();
        let want = ["before", "seen before", sent.text.as_str(), "operation started", "applied", "z first", "a second"];
        assert_eq!(order, want);
    }

    #[test]
    fn what_was_recorded_and_what_objects_tell_stand_in_one_order_and_only_of_the_app_asked_for() {
        let state = night(160, 45);
        let id = state.view.app.clone().unwrap();
        let link = TimelineEntry {
            v: 1,
            at: state.now,
            kind: TimelineKind::Link,
            place: "prod-eu".into(),
            app: None,
            text: CONNECTED.into(),
            revision: None,
        };
        let mut timeline = state.timeline.clone();
        timeline.push(link);
        let recorded = Recorded { timeline, journal: Vec::new() };
        let since = Timestamp::from_second(state.now.as_second() - 3600).unwrap();
        let found = moments(&state, &recorded, std::slice::from_ref(&id), true, since);
        assert!(found.windows(2).all(|w| w[0].at.as_second() <= w[1].at.as_second()), "oldest first");
        let has = |source: &str| found.iter().any(|m| m.source == source);
        assert!(has("recorded") && has("object"), "{found:?}");
        assert!(found.iter().all(|m| m.app.as_ref() == Some(&id) || m.source == "git"), "{found:?}");
        let all = moments(&state, &recorded, &[], false, since);
        assert!(!all.iter().any(|m| m.text == CONNECTED), "our own connecting is no news");
        let none = moments(&state, &recorded, &[id], true, state.now.checked_add(jiff::Span::new().seconds(1)).unwrap());
        assert_eq!(none, []);
    }
}
