//! Where the desired state comes from, from the repository down to the app, and what waits for it.

use crate::app::fleet::Row;
use crate::domain::neighbour::Neighbour;
use crate::domain::source::{RefKind, Source, SourceObject, SourceType};
use crate::theme::{Role, Sign};
use crate::ui::Cx;
use crate::ui::pane::repos::standing;
use crate::ui::runs::Runs;
use crate::ui::{text, words};

pub fn lines(cx: Cx, row: &Row, width: u16) -> Vec<Runs> {
    let width = usize::from(width);
    let app = &row.app;
    let mut out = Vec::new();
    for source in &app.sources {
        out.extend(source_lines(cx, row, source, width).into_iter().map(|l| l.cut(width)));
    }
    if app.sources.is_empty() {
        out.push(Runs::of(Role::Unknown, " its source is not known"));
    }
    let (role, sign) = words::tone(words::row_tone(row));
    let target = app.target.as_deref().map_or(String::new(), |t| format!("   tried {}", words::revision(t)));
    let title = format!("{} {}", app.id.kind.kind(), app.id.path());
    out.push(fact(role, cx.theme.sign(sign), 1, &title, format!("on {}{target}", app.id.cluster)).cut(width));
    out.extend(placement(cx, row).into_iter().map(|l| l.cut(width)));
    out.extend(around(cx, row, width));
    out.extend(policy(cx, row).into_iter().map(|l| l.cut(width)));
    out
}

fn fact(role: Role, sign: &str, depth: usize, what: &str, says: String) -> Runs {
    let indent = " ".repeat(depth);
    Runs::new().gap(1).add(role, sign).gap(1).name(Role::Text, &format!("{indent}{what}"), 34).gap(1).add(Role::Text, says)
}

fn source_lines(cx: Cx, row: &Row, source: &Source, width: usize) -> Vec<Runs> {
    let mut out = Vec::new();
    let url = source.url.as_deref().unwrap_or("(not known)");
    let object = source.object.as_ref().and_then(|id| cx.state.fleet.sources.get(id));
    if let Some(object) = object {
        out.push(object_line(cx, object));
    }
    let place = match (&source.chart, &source.path) {
        (Some(chart), _) => format!("chart {chart}"),
        (None, Some(path)) => path.clone(),
        (None, None) => "the root".into(),
    };
    let follows = match &source.reference {
        RefKind::Head => "the default branch".into(),
        other => other.text().to_owned(),
    };
    let noun = match source.source_type {
        SourceType::Git => "git",
        SourceType::Helm => "helm",
        SourceType::Oci => "oci",
        SourceType::Bucket => "bucket",
    };
    let line = Runs::new().add(Role::Text, format!("{place} at {follows}"));
    let line = match (source.revision.as_deref().or(row.app.revision.as_deref()), row.standing) {
        (Some(rev), Some(s)) => {
            let (role, text) = standing(cx, s);
            line.gap(2).add(Role::DiffHunk, words::revision(rev).to_owned()).gap(1).add(role, text)
        }
        (Some(rev), None) => line.gap(2).add(Role::DiffHunk, words::revision(rev).to_owned()),
        _ => line,
    };
    let from = format!("{noun} {url}");
    let beside = Runs::new().gap(3).name(Role::Text, &from, 44).gap(1).join(line.clone());
    if beside.width() <= width {
        out.push(beside);
    } else {
        // The revision at its end is what is looked for.
        out.push(Runs::new().gap(3).name(Role::Text, &from, width.saturating_sub(3)));
        out.push(Runs::new().gap(3).join(line));
    }
    if !source.value_files.is_empty() {
        out.push(Runs::of(Role::Muted, format!("   reads also {}", source.value_files.join(", "))));
    }
    out
}

fn object_line(cx: Cx, object: &SourceObject) -> Runs {
    let (role, sign) = match (object.suspended, object.ready) {
        (true, _) => (Role::Held, Sign::Held),
        (false, Some(true)) => (Role::Ok, Sign::Ok),
        (false, Some(false)) => (Role::Bad, Sign::Bad),
        (false, None) => (Role::Unknown, Sign::Unknown),
    };
    let every = object.interval.map_or(String::new(), |s| format!(", every {}", crate::domain::duration::long_age(s)));
    let artifact = match (&object.revision, object.artifact_at) {
        (Some(rev), Some(at)) => format!("   {} {}", words::revision(rev), words::age(cx, at)),
        _ => String::new(),
    };
    let trouble = if object.ready == Some(false) { format!("   {}: {}", object.reason, object.message) } else { String::new() };
    let verifies = if object.verifies { ", only signed" } else { "" };
    let says = format!("{}{every}{verifies}{artifact}{trouble}", object.reference.text());
    fact(role, cx.theme.sign(sign), 0, &format!("{} {}", object.id.kind, object.id.name), says)
}

/// Home, destination, parents and dependencies.
fn placement(cx: Cx, row: &Row) -> Vec<Runs> {
    let app = &row.app;
    let mut out = Vec::new();
    let mut say = |what: &str, says: String| out.push(fact(Role::Text, " ", 0, what, says));
    if app.runs_on() != app.id.cluster.as_str() || app.argo().is_some() {
        let namespace = app.destination.namespace.as_deref().map_or(String::new(), |n| format!(", namespace {n}"));
        say("deploys to", format!("{}{namespace}, managed from {}", words::runs_on(cx, row), app.id.cluster));
    }
    if let Some(argo) = app.argo() {
        say("project", argo.project.clone());
        if let Some(owner) = argo
            .application_set
            .as_ref()
            .map(|s| format!("ApplicationSet {s}"))
            .or_else(|| argo.parent.as_ref().map(|p| format!("app {p}")))
        {
            say("written by", owner);
        }
    }
    if let Some(flux) = app.flux() {
        if let Some((namespace, name)) = &flux.parent {
            say("written by", format!("Kustomization {namespace}/{name}"));
        }
        for (namespace, name) in &flux.depends_on {
            say("waits for", format!("{namespace}/{name}"));
        }
        for other in cx.state.fleet.rows.waiting_for(&app.id) {
            say("waited for by", other.app.id.path());
        }
    }
    out
}

/// Objects of other kinds that concern it.
fn around(cx: Cx, row: &Row, width: usize) -> Vec<Runs> {
    let detail = &cx.state.fleet.detail;
    let Some((_, neighbours)) = detail.around.as_ref().filter(|_| detail.app.as_ref() == Some(&row.app.id)) else { return Vec::new() };
    neighbours.iter().flat_map(|n| neighbour(cx, n, width)).collect()
}

/// A long text goes on below its beginning: what is wrong stands at its end.
fn neighbour(cx: Cx, neighbour: &Neighbour, width: usize) -> Vec<Runs> {
    let (role, sign) = match (neighbour.held, neighbour.good) {
        (true, _) => (Role::Held, cx.theme.sign(Sign::Held)),
        (false, Some(true)) => (Role::Ok, cx.theme.sign(Sign::Ok)),
        (false, Some(false)) => (Role::Bad, cx.theme.sign(Sign::Bad)),
        (false, None) => (Role::Muted, " "),
    };
    let key = &neighbour.key;
    let title = format!("{} {}", key.kind, key.name);
    let parts = text::wrap(&neighbour.says, width.saturating_sub(39).max(20));
    let first = fact(role, sign, 0, title.trim_end(), parts.first().cloned().unwrap_or_default());
    std::iter::once(first).chain(parts.into_iter().skip(1).map(|p| Runs::new().gap(38).add(Role::Text, p))).collect()
}

/// What happens by itself.
fn policy(_cx: Cx, row: &Row) -> Vec<Runs> {
    let app = &row.app;
    let on = |b: bool| if b { "on" } else { "off" };
    let mut words = Vec::new();
    if let Some(argo) = app.argo() {
        words.push(format!("auto-sync {}", on(argo.automated)));
        words.push(format!("prune {}", on(argo.prune)));
        words.push(format!("self-heal {}", on(argo.self_heal)));
    }
    if let Some(flux) = app.flux() {
        words.extend(flux.interval.map(|s| format!("every {}", crate::domain::duration::long_age(s))));
        words.push(format!("prune {}", on(flux.prune)));
        if flux.decrypts {
            words.push("decrypts with sops".into());
        }
        if let Some(helm) = &flux.helm {
            words.push(format!("drift check {}", helm.drift_mode));
        }
    }
    if app.suspended {
        words.push("suspended".into());
    }
    vec![Runs::new().gap(3).add(Role::Muted, words.join(", "))]
}
