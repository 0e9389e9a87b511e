//! What the live objects of the destination show, where they were read: the container behind an unhealthy app.

use super::Rule;
use super::case::{Case, cut, evidence, say, step, steps};
use crate::domain::event::LiveNode;
use crate::domain::status::Health;
use crate::domain::verdict::{Evidence, NextStep, Outside, Verdict, Weight};
use crate::engine::cause;

pub const RULES: &[Rule] = &[out_of_memory, image, crash_loop, pending, caused];

/// The one that restarted most comes first.
fn pods<'a>(case: &Case<'a>, is: impl Fn(&str) -> bool) -> Vec<&'a LiveNode> {
    if !matches!(case.app.health, Health::Degraded | Health::Progressing | Health::Unknown) {
        return Vec::new();
    }
    let present = |n: &&LiveNode| n.key.kind == "Pod" && n.exists && !n.is_past_crash(case.context.now);
    let mut found: Vec<&LiveNode> =
        case.context.tree.into_iter().flatten().filter(present).filter(|n| n.reason.as_deref().is_some_and(&is)).collect();
    found.sort_by_key(|n| std::cmp::Reverse(n.restarts));
    found
}

fn container(pod: &LiveNode) -> &str {
    pod.container.as_deref().unwrap_or(&pod.key.name)
}

fn log(case: &Case<'_>) -> String {
    case.context.log_line.map(|l| format!(" Last line of its log: \"{}\".", cut(l, 160))).unwrap_or_default()
}

fn verdict(case: &Case<'_>, pods: &[&LiveNode], short: String, sentence: String, next: Vec<NextStep>, word: &str) -> Option<Verdict> {
    let mut verdict = say(cut(&short, 40), sentence, word, next)?;
    verdict.log_of = pods.first().map(|pod| pod.key.clone());
    let source = format!("live, {}", case.runs_on());
    verdict.evidence.extend(pods.iter().take(3).map(|p| {
        let reason = p.reason.as_deref().unwrap_or_default();
        let value = match p.note.as_str() {
            "" => reason.to_owned(),
            note if note.starts_with(reason) => note.to_owned(),
            note => format!("{reason}, {note}"),
        };
        evidence(Weight::Bad, &format!("Pod {}", p.key.name), &value, &source, None)
    }));
    if let Some(line) = case.context.log_line {
        verdict.evidence.push(evidence(Weight::Bad, "its log, last line", line, "pod log", None));
    }
    Some(verdict)
}

fn word(case: &Case<'_>) -> &'static str {
    if case.context.last_good.is_some() || case.before().is_some() { "rollback" } else { "look_at_log" }
}

fn out_of_memory(case: &Case<'_>) -> Option<Verdict> {
    let pods = pods(case, |r| r == "OOMKilled");
    let worst = pods.first()?;
    // Without a limit it was the node that had none left.
    let why = worst.memory.as_ref().map_or_else(|| "for memory".to_owned(), |m| format!("at its memory limit of {m}"));
    let sentence = format!("Container {} was killed {} times {why}.{}", container(worst), worst.restarts, log(case));
    let raise = worst.memory.is_some().then(|| step("", "raise the memory limit in git, or find what takes it"));
    let next = steps([case.what_changed(), raise, case.roll_back()]);
    let at = worst.memory.as_ref().map(|m| format!(" ({m})")).unwrap_or_default();
    verdict(case, &pods, format!("out of memory {}x: {}{at}", worst.restarts, container(worst)), sentence, next, word(case))
}

fn image(case: &Case<'_>) -> Option<Verdict> {
    let pods = pods(case, |r| matches!(r, "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName" | "ErrImageNeverPull"));
    let pod = pods.first()?;
    let image = pod.image.as_deref().unwrap_or("of the container");
    let name = image.rsplit('/').next().unwrap_or(image);
    // The reason alone covers a wrong tag, a refused login and a registry that is down.
    let why = cause::image_trouble(&format!("{} {}", pod.message, pod.note));
    let sentence =
        format!("Image {image} {why} ({}, {}).", super::case::plural(pods.len(), "pod"), pod.reason.as_deref().unwrap_or_default());
    let (way, is_of_git) = cause::image_way(&format!("{} {}", pod.message, pod.note));
    let look = match case.what_changed().filter(|_| is_of_git) {
        Some(_) => step("d", "what set the image"),
        None => step("", way),
    };
    let next = steps([case.roll_back().filter(|_| is_of_git), Some(look)]);
    let word = match word(case) {
        _ if !is_of_git => "fix_cluster",
        "rollback" => "rollback",
        _ => "fix_in_git",
    };
    let verdict = verdict(case, &pods, format!("image {name} {why}"), sentence, next, word)?;
    Some(Verdict { outside: pod.image.clone().map(Outside::Image), ..verdict })
}

fn crash_loop(case: &Case<'_>) -> Option<Verdict> {
    let pods = pods(case, |r| matches!(r, "CrashLoopBackOff" | "Error"));
    let worst = pods.first()?;
    let exits = worst.exit_code.map_or_else(|| "ends".to_owned(), |c| format!("exits {c}"));
    let sentence = format!(
        "{} of {} restart again and again: container {} {exits}, {} restarts.{}",
        super::case::plural(pods.len(), "pod"),
        case.name(),
        container(worst),
        worst.restarts,
        log(case)
    );
    let next = steps([Some(step("L", &format!("log of {}", worst.key.name))), case.roll_back(), case.what_changed()]);
    verdict(case, &pods, format!("crash loop {}x: {} {exits}", worst.restarts, container(worst)), sentence, next, word(case))
}

fn pending(case: &Case<'_>) -> Option<Verdict> {
    let pods = pods(case, |r| r == "Unschedulable");
    let pod = pods.first()?;
    let count = super::case::plural(pods.len(), "pod");
    let told = cause::scheduler(&pod.message);
    let sentence = format!("{count} of {} cannot be placed on a node: {}{told}.", case.name(), pod.note.trim_end_matches('.'));
    verdict(
        case,
        &pods,
        format!("{count} pending: {}", pod.note),
        sentence,
        steps([Some(step("]", "Resources: the pods")), Some(step("", cause::PENDING)), case.what_changed()]),
        "fix_cluster",
    )
}

/// A pause is no failure.
fn weight(node: &LiveNode) -> Weight {
    if node.health == Some(Health::Suspended) { Weight::Held } else { Weight::Bad }
}

/// An object below the app, or a warning about one, names the cause in its own words.
fn caused(case: &Case<'_>) -> Option<Verdict> {
    if !matches!(case.app.health, Health::Degraded | Health::Progressing | Health::Suspended | Health::Unknown) {
        return None;
    }
    let place = case.runs_on();
    let of_tree = case.context.tree.and_then(|tree| cause::of_tree(tree, "Argo CD", place));
    let stands = of_tree.is_some();
    if !stands && cause::is_early(case.app, case.context.now) {
        return None;
    }
    let (cause, proof, log_of): (_, Evidence, _) = match of_tree {
        Some((cause, node)) => {
            let words = if node.message.is_empty() { &node.note } else { &node.message };
            (cause, evidence(weight(node), &node.key.title(), words, &format!("live, {place}"), None), None)
        }
        None => {
            let started = case.operation.and_then(|o| o.started_at);
            let since = cause::began(case.app.since, started);
            let is_rolling = case.app.health == Health::Progressing;
            let present = cause::Present { now: case.context.now, since, tree: case.context.tree, is_rolling };
            let (cause, event) = cause::of_events(case.context.events, present, "Argo CD", place)?;
            let words = format!("{}: {}", event.reason, event.message);
            let weight = if cause.word == "wait" { Weight::Busy } else { Weight::Bad };
            let log_of = Some(event.object.clone()).filter(|o| o.kind == "Pod");
            (cause, evidence(weight, &event.object.title(), &words, "event", event.at), log_of)
        }
    };
    let back = case.roll_back_from(&cause);
    let look = case.what_changed().filter(|_| cause.is_of_git());
    let next = steps(cause.next.into_iter().map(Some).chain([back, look]));
    let is_stuck = stands && case.app.health == Health::Progressing && cause.word != "wait";
    let verdict = say(cause.short, cause.sentence, cause.word, next)?;
    let mut verdict = Verdict { is_stuck, log_of, soon: cause.soon, outside: cause.outside, ..verdict };
    verdict.evidence.push(proof);
    Some(verdict)
}
