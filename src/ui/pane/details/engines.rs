//! The engines of the cluster under the cursor: how their controllers do, what is wrong with them, how they are set.

use super::cluster::labelled;
use crate::app::engines::{last_done, runs_whole};
use crate::app::fleet::Cluster;
use crate::domain::controllers::{Controller, Level, Warning};
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::ids::EngineKind;
use crate::theme::{Role, Sign};
use crate::ui::Cx;
use crate::ui::runs::Runs;
use crate::ui::{text, words};

/// Columns before the sentence of a warning.
const INDENT: usize = 16;

/// One line for each engine, then what is wrong now.
pub fn lines(cx: Cx, cluster: &Cluster, width: usize) -> Vec<Runs> {
    let mut out = controllers(cx, cluster);
    out = out.into_iter().map(|l| l.cut(width)).collect();
    for warning in cluster.warnings.iter().filter(|w| w.level <= Level::Poor) {
        out.extend(told(cx, warning, width));
        for step in warning.next.iter().filter(|s| s.key.is_empty()) {
            out.push(Runs::new().gap(INDENT).add(Role::Muted, step.text.clone()).cut(width));
        }
    }
    out
}

fn controllers(cx: Cx, cluster: &Cluster) -> Vec<Runs> {
    let Some(read) = &cluster.controllers else { return Vec::new() };
    let engines: Vec<EngineKind> = cluster.engines.iter().map(|e| e.name).collect();
    let mut out = Vec::new();
    for engine in &engines {
        let ours: Vec<&Controller> = read.list.iter().filter(|c| c.engine == *engine).collect();
        let title = if engines.len() > 1 { format!("{}: ", engine.title()) } else { String::new() };
        let (role, sign, says) = match () {
            () if ours.is_empty() => (Role::Unknown, Sign::Unknown, "not seen: how its controllers do is not known".to_owned()),
            () if ours.iter().any(|c| c.ready < c.desired) => (Role::Bad, Sign::Bad, counted(&ours)),
            () if runs_whole(read, *engine) => (Role::Ok, Sign::Ok, counted(&ours)),
            () => (Role::Unknown, Sign::Unknown, counted(&ours)),
        };
        out.push(labelled(role, cx.theme.sign(sign), "controllers", format!("{title}{says}")));
    }
    out
}

/// Whether all are ready, how many are, how many should be; and their names.
type Group<'a> = ((bool, u32, u32), Vec<&'a str>);

/// `kustomize 0 of 1; source, helm, notification 1 of 1`: those of one count together, those that lack one first.
fn counted(all: &[&Controller]) -> String {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for controller in all {
        let key = (controller.ready >= controller.desired, controller.ready, controller.desired);
        let name = controller.component.strip_suffix("-controller").unwrap_or(&controller.component);
        match groups.iter_mut().find(|(k, _)| *k == key) {
            Some((_, names)) => names.push(name),
            None => groups.push((key, vec![name])),
        }
    }
    groups.sort_by_key(|(key, _)| *key);
    let group = |((_, ready, desired), names): &Group<'_>| format!("{} {ready} of {desired}", names.join(", "));
    groups.iter().map(group).collect::<Vec<_>>().join("; ")
}

fn told(cx: Cx, warning: &Warning, width: usize) -> Vec<Runs> {
    let (role, sign) = match warning.level {
        Level::Down => (Role::Bad, Sign::Bad),
        Level::Poor | Level::Known => (Role::Attention, Sign::Attention),
        Level::Note => (Role::Muted, Sign::Plain),
    };
    let label = match warning.rule.as_str() {
        "known-version" => "known",
        "setting" => "setting",
        "not-read" => "not read",
        _ if warning.level == Level::Down => "down",
        _ => "warning",
    };
    let parts = text::wrap(&warning.sentence, width.saturating_sub(INDENT + 1)).into_iter().enumerate();
    let line = |(i, part): (usize, String)| match i {
        0 => labelled(role, cx.theme.sign(sign), label, part),
        _ => Runs::new().gap(INDENT).add(Role::Text, part),
    };
    parts.map(line).collect()
}

/// One line for each controller.
pub fn table(cx: Cx, cluster: &Cluster) -> Vec<Runs> {
    let Some(read) = cluster.controllers.as_ref().filter(|c| !c.list.is_empty()) else { return Vec::new() };
    let name = read.list.iter().map(|c| c.name.chars().count()).max().unwrap_or(0).clamp(10, 32);
    let header = Runs::new().gap(3).cell(Role::Header, "CONTROLLER", name).gap(1).cell(Role::Header, "READY", 6).gap(1);
    let header = header.cell(Role::Header, "VERSION", 9).gap(1).add(Role::Header, "RESTARTS").gap(2).cell(Role::Header, "LEASE", 6);
    let header = header.gap(1).cell(Role::Header, "LAST", 5).gap(1).add(Role::Header, "LEADER");
    let mut out = vec![header];
    out.extend(read.list.iter().map(|c| row(cx, cluster, c, name)));
    out
}

fn row(cx: Cx, cluster: &Cluster, c: &Controller, name: usize) -> Runs {
    let (role, sign) = match () {
        () if c.ready < c.desired => (Role::Bad, Sign::Bad),
        () if c.desired == 0 => (Role::Muted, Sign::Plain),
        () => (Role::Ok, Sign::Ok),
    };
    let age = |at: Option<crate::domain::Timestamp>| at.map_or_else(|| "-".to_owned(), |at| words::age(cx, at));
    // As it was at the look: since then it may have been renewed.
    let renewed = c.lease.as_ref().and_then(|l| l.renewed_at);
    let lease =
        renewed.zip(cluster.controllers.as_ref()).map_or_else(|| "-".to_owned(), |(at, read)| short_age(seconds_between(at, read.at)));
    let restarts = c.pods.as_ref().map_or_else(|| "?".to_owned(), |p| p.restarts.to_string());
    let leader = c.lease.as_ref().map_or("-", |l| l.holder.as_str());
    Runs::new()
        .gap(1)
        .add(role, cx.theme.sign(sign))
        .gap(1)
        .name(Role::Text, &c.name, name)
        .gap(1)
        .cell(Role::Text, &format!("{}/{}", c.ready, c.desired), 6)
        .gap(1)
        .cell(Role::Text, c.version.as_deref().unwrap_or("?"), 9)
        .gap(1)
        .number(Role::Text, &restarts, 8)
        .gap(2)
        .cell(Role::Text, &lease, 6)
        .gap(1)
        .cell(Role::Text, &age(last_done(&cx.state.fleet, &cluster.id, c)), 5)
        .gap(1)
        .add(Role::Muted, leader)
}

/// What is known of the version, how the engine is set, and what could not be read.
pub fn notes(cx: Cx, cluster: &Cluster, width: usize) -> Vec<Runs> {
    cluster.warnings.iter().filter(|w| w.level > Level::Poor).flat_map(|w| told(cx, w, width)).collect()
}
