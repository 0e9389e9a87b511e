//! What the live objects show: the worst pod, in words, and who still serves.

use super::facts::{Facts, Say};
use crate::domain::Timestamp;
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::event::LiveNode;
use crate::domain::status::{Health, HealthBy};
use crate::domain::verdict::{Evidence, NextStep, Outside, Verdict, Weight};
use crate::engine::RESOURCES;
use crate::engine::cause::{self, Cause};

pub struct Pods {
    /// Row message.
    pub short: String,
    /// "new payments pods exit 1, 7 restarts in 17m".
    pub what: String,
    /// "3 of 4 old pods still serve".
    pub serve: Option<String>,
}

fn is_bad(node: &LiveNode, now: Timestamp) -> bool {
    let present = node.key.kind == "Pod" && node.exists && !node.is_past_crash(now);
    present && (node.health == Some(Health::Degraded) || node.reason.as_deref().is_some_and(is_bad_reason))
}

fn is_bad_reason(reason: &str) -> bool {
    matches!(
        reason,
        "CrashLoopBackOff"
            | "ImagePullBackOff"
            | "ErrImagePull"
            | "OOMKilled"
            | "Error"
            | "CreateContainerConfigError"
            | "InvalidImageName"
            | "Unschedulable"
    )
}

/// The node at the top of the branch that `at` hangs on.
fn workload(tree: &[LiveNode], at: usize) -> Option<&LiveNode> {
    tree.get(..at)?.iter().rev().find(|n| n.depth == 0)
}

fn owner(tree: &[LiveNode], at: usize) -> Option<&LiveNode> {
    let depth = tree.get(at)?.depth;
    tree.get(..at)?.iter().rev().find(|n| n.depth < depth)
}

fn worst(tree: &[LiveNode], now: Timestamp) -> Option<(usize, &LiveNode)> {
    tree.iter().enumerate().filter(|(_, n)| is_bad(n, now)).max_by_key(|(_, n)| (n.health == Some(Health::Degraded), n.restarts))
}

fn is_pending(node: &LiveNode) -> bool {
    node.reason.as_deref() == Some("Unschedulable")
}

/// The pod whose log tells most, where it was seen.
pub fn failing_pod<'a>(facts: &Facts<'a>) -> Option<&'a LiveNode> {
    worst(facts.context.tree?, facts.context.now).map(|(_, pod)| pod)
}

pub fn pods(facts: &Facts<'_>) -> Option<Pods> {
    let tree = facts.context.tree?;
    let (at, pod) = worst(tree, facts.context.now)?;
    let top = workload(tree, at);
    let name = top.map_or(pod.key.name.as_str(), |n| n.key.name.as_str());
    let container = pod.container.as_deref().unwrap_or(name);
    let count = tree.iter().filter(|n| is_bad(n, facts.context.now)).count();
    let serving = serving(tree, at);
    let new = if serving.is_some() { "new " } else { "" };
    let since = pod.created_at.map(|c| format!(" in {}", short_age(seconds_between(c, facts.context.now)))).unwrap_or_default();
    let restarts = pod.restarts;
    let reason = pod.reason.as_deref().unwrap_or_default();
    let exit = pod.exit_code.map_or_else(|| "crash".to_owned(), |c| format!("exit {c}"));
    let exits = pod.exit_code.map_or_else(|| "crashes".to_owned(), |c| format!("exits {c}"));
    let (short, what) = match reason {
        "OOMKilled" => (
            format!("out of memory {restarts}x: {container}{}", pod.memory.as_ref().map(|m| format!(" ({m})")).unwrap_or_default()),
            format!(
                "container {container} of {new}{name} pods was killed {}, {restarts} restarts{since}",
                pod.memory.as_ref().map_or_else(|| "for memory".to_owned(), |m| format!("at its memory limit of {m}"))
            ),
        ),
        "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName" => {
            let image = pod.image.as_deref().map_or(container, |i| i.rsplit('/').next().unwrap_or(i));
            let gone = image_trouble(pod);
            (
                format!("image {image} {gone}"),
                format!("image {image} {gone} ({count} {new}{name} pod{}, {reason}{since})", if count == 1 { "" } else { "s" }),
            )
        }
        "" | "CrashLoopBackOff" | "Error" => {
            (format!("crash loop {restarts}x: {container} {exits}"), format!("{new}{name} pods {exit}, {restarts} restarts{since}"))
        }
        "Unschedulable" => {
            let (pods, why) = (plural(count), pod.note.trim_end_matches('.'));
            let counted = cause::scheduler(&pod.message);
            (format!("{pods} pending: {why}"), format!("{pods} of {name} cannot be placed on a node{since}: {why}{counted}"))
        }
        other => (format!("{container}: {other}"), format!("{new}{name} pods: {other}{since}")),
    };
    Some(Pods { short, what, serve: serving })
}

/// The image that the worst pod waits for.
pub fn image(facts: &Facts<'_>) -> Option<Outside> {
    let pod = failing_pod(facts)?;
    let waits = pod.reason.as_deref().is_some_and(|reason| matches!(reason, "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName"));
    pod.image.clone().filter(|_| waits).map(Outside::Image)
}

/// What helps with that image.
pub fn image_way(facts: &Facts<'_>) -> Option<NextStep> {
    let pod = failing_pod(facts).filter(|_| image(facts).is_some())?;
    Some(NextStep { key: String::new(), text: cause::image_way(&format!("{} {}", pod.message, pod.note)).0.to_owned() })
}

/// The reason alone covers a wrong tag, a refused login and a registry that is down.
fn image_trouble(pod: &LiveNode) -> &'static str {
    cause::image_trouble(&format!("{} {}", pod.message, pod.note))
}

fn plural(count: usize) -> String {
    if count == 1 { "1 pod".to_owned() } else { format!("{count} pods") }
}

/// Pods of another owner under the same workload that are healthy; the total from the workload's own "N of M".
fn serving(tree: &[LiveNode], at: usize) -> Option<String> {
    let bad_owner = owner(tree, at)?;
    let top = workload(tree, at)?;
    let start = tree.iter().position(|n| std::ptr::eq(n, top))?;
    let branch = tree.iter().enumerate().skip(start + 1).take_while(|(_, n)| n.depth > 0);
    let good = branch.filter(|(i, n)| {
        n.key.kind == "Pod" && n.health == Some(Health::Healthy) && owner(tree, *i).is_some_and(|o| o.key != bad_owner.key)
    });
    let good = good.count();
    if good == 0 {
        return None;
    }
    let total = top.note.split_once(" of ").and_then(|(_, rest)| rest.split_whitespace().next()).and_then(|n| n.parse::<usize>().ok());
    Some(match total {
        Some(total) if total >= good => format!("{good} of {total} old pods still serve"),
        _ => format!("{good} old pods still serve"),
    })
}

/// Who still serves, whether a pod fails beside them or none could be made.
pub fn still(facts: &Facts<'_>) -> Option<String> {
    if let Some(pods) = pods(facts) {
        return pods.serve;
    }
    let tree = facts.context.tree?;
    let ill = |n: &LiveNode| n.depth == 0 && matches!(n.health, Some(Health::Degraded | Health::Progressing));
    let start = tree.iter().position(ill)?;
    let branch = tree.iter().skip(start + 1).take_while(|n| n.depth > 0);
    let good = branch.filter(|n| n.key.kind == "Pod" && n.exists && n.health == Some(Health::Healthy)).count();
    (good > 0).then(|| if good == 1 { "1 pod still serves".to_owned() } else { format!("{good} pods still serve") })
}

/// Evidence from the tree and the log: workload, worst pod, last line.
pub fn lines(facts: &Facts<'_>) -> Vec<Evidence> {
    let Some(tree) = facts.context.tree else { return Vec::new() };
    let Some((at, pod)) = worst(tree, facts.context.now) else { return Vec::new() };
    let source = format!("live, {}", facts.place());
    let line =
        |what: String, value: String, source: &str| Evidence { weight: Weight::Bad, what, value, source: source.to_owned(), at: None };
    let mut out = Vec::new();
    if let Some(top) = workload(tree, at) {
        let bad = tree.iter().filter(|n| is_bad(n, facts.context.now)).count();
        let what = match (is_pending(pod), bad) {
            (true, _) => "without a node",
            (_, 1) => "fails",
            _ => "fail",
        };
        out.push(line(format!("{} {}", top.key.kind, top.key.name), format!("{} {what}, {}", plural(bad), top.note), &source));
    }
    let mut told = vec![pod.reason.clone().unwrap_or_else(|| pod.note.clone())];
    told.extend(pod.exit_code.map(|c| format!("exit {c}")));
    told.extend(Some(pod.note.clone()).filter(|_| is_pending(pod)));
    if pod.restarts > 0 {
        told.push(format!("{} restarts", pod.restarts));
    }
    out.push(line(format!("Pod {}", pod.key.name), told.join(", "), &source));
    if let Some(log) = facts.context.log_line {
        out.push(line("its log, last line".into(), log.to_owned(), "pod log"));
    }
    out
}

/// A cause that an object below the app, or a warning about one, names in its own words; with what proves it.
pub fn cause(facts: &Facts<'_>) -> Option<(Cause, Vec<Evidence>)> {
    // What a container does tells more than what is said about it, unless it could not even be made.
    let unmade = |pod: &LiveNode| is_pending(pod) || pod.reason.as_deref() == Some("CreateContainerConfigError");
    if facts.context.tree.and_then(|tree| worst(tree, facts.context.now)).is_some_and(|(_, pod)| !unmade(pod)) {
        return None;
    }
    let place = facts.place();
    let source = format!("live, {place}");
    let line = |what: String, value: String, source: &str, at| Evidence { weight: Weight::Bad, what, value, source: source.to_owned(), at };
    if let Some((cause, node)) = facts.context.tree.and_then(|tree| cause::of_tree(tree, "Flux", &place)) {
        let words = if node.message.is_empty() { node.note.clone() } else { node.message.clone() };
        let weight = if node.health == Some(Health::Suspended) { Weight::Held } else { Weight::Bad };
        return Some((cause, vec![Evidence { weight, ..line(node.key.title(), words, &source, None) }]));
    }
    if cause::is_early(facts.app, facts.context.now) {
        return None;
    }
    // A failed check says so at its end: what went wrong, did so while it ran.
    let check = facts.flux.timeout.and_then(|s| i64::try_from(s).ok()).map(jiff::SignedDuration::from_secs);
    let started = facts.app.since.zip(check).and_then(|(at, check)| at.checked_sub(check).ok());
    let since = cause::began(facts.app.since, started);
    let is_rolling = facts.app.health == Health::Progressing;
    let present = cause::Present { now: facts.context.now, since, tree: facts.context.tree, is_rolling };
    let (cause, event) = cause::of_events(facts.context.events, present, "Flux", &place)?;
    let weight = if cause.word == "wait" { Weight::Busy } else { Weight::Bad };
    Some((
        cause,
        vec![Evidence { weight, ..line(event.object.title(), format!("{}: {}", event.reason, event.message), "event", event.at) }],
    ))
}

/// An object says in its own words what ails it, where no pod does.
pub fn caused(facts: &Facts<'_>) -> Option<Verdict> {
    let ill = matches!(facts.app.health, Health::Degraded | Health::Progressing | Health::Suspended);
    if facts.app.health_by != HealthBy::Computed || !ill {
        return None;
    }
    let (cause, proof) = cause(facts)?;
    let sentence = format!("{} {} is applied on {}. {}.", cause.sentence, facts.runs(), facts.place(), unwatched(facts));
    let stands = proof.iter().all(|e| e.source != "event");
    let is_stuck = stands && facts.app.health == Health::Progressing && cause.word != "wait";
    let is_of_git = cause.is_of_git();
    let say = Say::new(cause.short, sentence, cause.word).stuck(is_stuck).soon(cause.soon).outside(cause.outside);
    let say = cause.next.into_iter().fold(say, |say, step| say.step(&step.key, step.text));
    let say = if is_of_git { say.commits(facts) } else { say };
    say.step_once("]", RESOURCES)
        .proof(proof)
        .proof(facts.computed_line())
        .proof([facts.own(Weight::Good, facts.condition("Ready"))])
        .done()
}

/// Why the engine does not say so itself.
fn unwatched(facts: &Facts<'_>) -> &'static str {
    if facts.helm().is_some() { "Helm-controller does not look after its last action" } else { "Flux checks no health here" }
}

/// Flux is content, but our own look at the live objects is not.
pub fn broken(facts: &Facts<'_>) -> Option<Verdict> {
    if facts.app.health_by != HealthBy::Computed || !matches!(facts.app.health, Health::Degraded | Health::Missing) {
        return None;
    }
    if facts.app.health == Health::Missing {
        return missing(facts);
    }
    let own = facts.own(Weight::Good, facts.condition("Ready"));
    let Some(pods) = pods(facts) else {
        let sentence = format!("{} is applied, but live objects on {} are not healthy. {}.", facts.runs(), facts.place(), unwatched(facts));
        return Say::new("live objects are not healthy", sentence, "look_at_log")
            .step("]", RESOURCES)
            .proof(facts.computed_line())
            .proof([own])
            .done();
    };
    let serve = pods.serve.map(|s| format!(" {s}.")).unwrap_or_default();
    let log = facts.context.log_line.map(|l| format!(" Its log ends with \"{l}\".")).unwrap_or_default();
    let sentence = format!("On {}, {}.{log}{serve} {}.", facts.place(), pods.what, unwatched(facts));
    let back = if facts.context.last_good.is_some() { "rollback" } else { "look_at_log" };
    Say::new(pods.short, sentence, back)
        .step("L", "log")
        .step("R", "roll back")
        .outside(image(facts))
        .proof(lines(facts))
        .proof(facts.computed_line())
        .proof([own])
        .done()
}

fn missing(facts: &Facts<'_>) -> Option<Verdict> {
    let tree = facts.context.tree.unwrap_or_default();
    let gone: Vec<_> = tree.iter().filter(|n| n.depth == 0 && !n.exists && n.unread.is_none()).collect();
    let first = gone.first().map_or_else(|| "An object".to_owned(), |n| n.key.title());
    let off = facts.helm().is_some();
    let why = if off {
        "yet Flux says Ready: helm-controller does not look (drift detection of this HelmRelease is disabled)"
    } else {
        "the next run puts it back"
    };
    let what = match gone.len() {
        0 => "objects".to_owned(),
        1 => "1 object".to_owned(),
        n => format!("{n} objects"),
    };
    let short = if off { format!("{what} deleted; drift check is off") } else { format!("{what} deleted") };
    Say::new(short, format!("{first} is gone from {}, {why}.", facts.place()), "sync")
        .step("s", if off { "with force recreates it" } else { "reconcile now" })
        .proof(facts.computed_line())
        .proof([facts.own(Weight::Plain, facts.condition("Ready"))])
        .proof(gone.iter().take(5).map(|n| Evidence {
            weight: Weight::Bad,
            what: n.key.title(),
            value: "not there".into(),
            source: format!("live, {}", facts.place()),
            at: None,
        }))
        .done()
}

/// Flux has applied and does not wait; the rollout cannot go on because pods find no node.
pub fn pending(facts: &Facts<'_>) -> Option<Verdict> {
    if facts.app.health_by != HealthBy::Computed || facts.app.health != Health::Progressing {
        return None;
    }
    let tree = facts.context.tree?;
    worst(tree, facts.context.now).filter(|(_, pod)| is_pending(pod))?;
    let pods = pods(facts)?;
    let own = facts.own(Weight::Good, facts.condition("Ready"));
    let serve = pods.serve.map(|s| format!(" {s}.")).unwrap_or_default();
    let sentence = format!("{} is applied on {}, but {}.{serve} {}.", facts.runs(), facts.place(), pods.what, unwatched(facts));
    Say::new(pods.short, sentence, "fix_cluster")
        .step("]", "Resources: the pods")
        .step("", cause::PENDING)
        .commits(facts)
        .proof(lines(facts))
        .proof(facts.computed_line())
        .proof([own])
        .done()
}

/// Flux has applied and does not wait; we see the rollout go on.
pub fn rolling(facts: &Facts<'_>) -> Option<Verdict> {
    if facts.app.health_by != HealthBy::Computed || facts.app.health != Health::Progressing {
        return None;
    }
    let own = facts.own(Weight::Good, facts.condition("Ready"));
    let top = facts.context.tree.and_then(|t| t.iter().find(|n| n.depth == 0 && n.health == Some(Health::Progressing)));
    let Some(top) = top else {
        let sentence = format!("{} is applied on {}; its rollout goes on.", facts.runs(), facts.place());
        return Say::new("rollout goes on", sentence, "wait").step("", "nothing").proof(facts.computed_line()).proof([own]).done();
    };
    let line = Evidence {
        weight: Weight::Busy,
        what: format!("{} {}", top.key.kind, top.key.name),
        value: top.note.clone(),
        source: format!("live, {}", facts.place()),
        at: None,
    };
    let sentence = format!("{} is applied on {}; {} {} rolls out: {}.", facts.runs(), facts.place(), top.key.kind, top.key.name, top.note);
    Say::new(format!("rollout: {}", top.note), sentence, "wait")
        .step("", "nothing")
        .step("]", RESOURCES)
        .proof([line])
        .proof(facts.computed_line())
        .proof([own])
        .done()
}
