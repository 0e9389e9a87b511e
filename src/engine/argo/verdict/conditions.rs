//! Argo CD cannot compare: the spec is refused, the manifests cannot be made, or the destination does not answer.

use super::Rule;
use super::case::{Case, cut, say, step, steps};
use crate::domain::app::ManagedResource;
use crate::domain::status::Sync;
use crate::domain::verdict::Verdict;
use crate::engine::cause::{broken_yaml, line_of, not_in_git};

pub const RULES: &[Rule] = &[
    invalid_spec,
    cluster_down,
    auth,
    no_path,
    file_missing,
    file_broken,
    no_chart,
    no_repository,
    no_revision,
    repository_down,
    comparison,
];

fn quoted<'a>(text: &'a str, after: &str, quote: char) -> Option<&'a str> {
    let (_, rest) = text.split_once(after)?;
    let (_, rest) = rest.split_once(quote)?;
    rest.split_once(quote).map(|(inner, _)| inner)
}

fn fix(text: &str) -> Vec<crate::domain::verdict::NextStep> {
    vec![step("", text)]
}

fn invalid_spec(case: &Case<'_>) -> Option<Verdict> {
    let m = &case.app.condition("InvalidSpecError")?.message;
    let project = &case.argo.project;
    let untouched = "Argo CD neither compares nor syncs it.";
    if m.contains("allowed destinations") {
        let to = case.app.destination.namespace.as_deref().unwrap_or("?");
        let sentence = format!("AppProject {project} does not allow the destination of {} (namespace {to}). {untouched}", case.name());
        return say(
            cut(&format!("project {project} denies its destination"), 40),
            sentence,
            "fix_in_git",
            fix("change the project or the destination in git"),
        );
    }
    if m.contains("is not permitted in project") {
        let repo = case.app.sources.iter().find_map(|s| s.url.as_deref()).unwrap_or("its repository");
        let short = repo.trim_end_matches(".git").rsplit('/').next().unwrap_or(repo);
        let sentence = format!("AppProject {project} lists no repository that matches {repo}. {untouched}");
        return say(
            cut(&format!("project {project} does not allow repo {short}"), 40),
            sentence,
            "fix_in_git",
            fix("change the project or the source in git"),
        );
    }
    if m.contains("project") && m.contains("does not exist") {
        let sentence = format!("AppProject {project} does not exist. {untouched}");
        return say(cut(&format!("project {project} does not exist"), 40), sentence, "fix_in_git", fix("name an existing project in git"));
    }
    if m.contains("cluster") && (m.contains("not found") || m.contains("no clusters with this name")) {
        let to = case.app.destination.server.as_deref().or(case.app.destination.name.as_deref()).unwrap_or("?");
        let sentence = format!("Argo CD knows no cluster {to}: it is not registered there. {untouched}");
        let next = fix("correct the destination in git, or register the cluster in Argo CD");
        return say(cut(&format!("Argo CD knows no cluster {to}"), 40), sentence, "fix_in_git", next);
    }
    say(
        cut(&format!("invalid spec: {m}"), 40),
        format!("Argo CD refuses the spec of {}: {m}. {untouched}", case.name()),
        "fix_in_git",
        fix("fix the spec in git"),
    )
}

/// What a transport error says, in words.
fn transport(message: &str) -> Option<&'static str> {
    let lower = message.to_lowercase();
    let known = [
        ("connection refused", "connection refused"),
        ("no such host", "its name does not resolve"),
        ("i/o timeout", "no answer in time"),
        ("deadline exceeded", "no answer in time"),
        ("no route to host", "no route to it"),
        ("connection reset", "connection reset"),
        ("x509", "its certificate is not trusted"),
    ];
    known.iter().find(|(sign, _)| lower.contains(sign)).map(|(_, words)| *words)
}

/// Why Argo CD cannot compare.
fn blind<'a>(case: &Case<'a>) -> Option<&'a str> {
    case.app.condition("ComparisonError").map(|c| c.message.as_str())
}

/// What runs is not touched by a failed comparison; whether it is right is not known.
fn untouched(case: &Case<'_>) -> String {
    match case.runs() {
        Some(r) => format!("What was deployed ({r}) is untouched; its sync state is unknown, not fine."),
        None => "Its sync state is unknown, not fine.".into(),
    }
}

fn repo<'a>(case: &Case<'a>) -> &'a str {
    case.app.sources.iter().find_map(|s| s.url.as_deref()).unwrap_or("?")
}

fn cluster_down(case: &Case<'_>) -> Option<Verdict> {
    let m = blind(case)?;
    if !m.contains("cluster info") && !m.contains("cluster version") && !m.contains("cache state") {
        return None;
    }
    let server = quoted(m, "cluster", '"').or(case.app.destination.server.as_deref()).unwrap_or("?");
    let host = server.split_once("://").map_or(server, |(_, h)| h);
    let why = transport(m).unwrap_or("it does not answer");
    let sentence = format!("Argo CD cannot reach the destination cluster {server}: {why}. Neither what runs nor what should is known.");
    let next = vec![step("", "look at that cluster's API server"), step("r", "ask Argo CD again")];
    say(cut(&format!("cluster {host}: {why}"), 40), sentence, "fix_cluster", next)
}

fn auth(case: &Case<'_>) -> Option<Verdict> {
    let m = blind(case)?;
    let lower = m.to_lowercase();
    if !["authentication required", "authorization failed", "unable to authenticate", "invalid credentials"]
        .iter()
        .any(|s| lower.contains(s))
    {
        return None;
    }
    let sentence = format!("Argo CD may not read {}: its login is refused. {}", repo(case), untouched(case));
    say("the repository refuses Argo's login", sentence, "fix_cluster", fix("renew the repository credentials in Argo CD"))
}

fn no_path(case: &Case<'_>) -> Option<Verdict> {
    let m = blind(case)?;
    let (before, _) = m.split_once(": app path does not exist")?;
    let path = before.rsplit([' ', ':']).next().unwrap_or("?");
    let wanted = case.app.sources.first().map_or("HEAD", |s| s.reference.text());
    let sentence =
        format!("Argo CD cannot build the manifests: path {path} does not exist in {} at {wanted}. {}", repo(case), untouched(case));
    let next = vec![step("", "correct the path in git, or bring it back"), step("R", "roll back, if a commit moved it")];
    say(cut(&format!("cannot render: path {path} not in git"), 40), sentence, "fix_in_git", next)
}

/// kustomize names a file that git does not hold.
fn file_missing(case: &Case<'_>) -> Option<Verdict> {
    let m = blind(case)?;
    let file = not_in_git(m)?;
    let sentence = format!("Argo CD cannot build the manifests: a kustomization names {file}, which is not in git. {}", untouched(case));
    let next = steps([Some(step("", &format!("add {file} in git, or take it out of the list"))), case.roll_back()]);
    say(cut(&format!("cannot render: {file} not in git"), 40), sentence, "fix_in_git", next)
}

/// A file that is no YAML.
fn file_broken(case: &Case<'_>) -> Option<Verdict> {
    let m = blind(case)?;
    let (file, why) = broken_yaml(m)?;
    let line = line_of(why).map(|n| format!(" line {n}")).unwrap_or_default();
    let sentence = format!("Argo CD cannot build the manifests: {file} is not valid YAML ({why}). {}", untouched(case));
    let next = steps([Some(step("", &format!("mend {file}{line} in git"))), case.roll_back()]);
    say(cut(&format!("cannot render: {file}{line}"), 40), sentence, "fix_in_git", next)
}

/// The warnings about what differs, where they name all of it.
fn shared_warnings<'a>(case: &Case<'a>) -> Option<Vec<&'a str>> {
    let warning = |r: &ManagedResource| {
        let start = format!("{}/{} is part of applications ", r.key.kind, r.key.name);
        case.app.conditions.iter().find(|c| c.kind == "SharedResourceWarning" && c.message.starts_with(&start)).map(|c| c.message.as_str())
    };
    case.resources().filter(|r| r.sync == Some(Sync::OutOfSync)).map(warning).collect()
}

/// What is wrong does not keep a difference from being the other app's doing.
pub fn shared(case: &Case<'_>) -> Option<Verdict> {
    let all = shared_warnings(case).filter(|_| case.app.sync == Sync::OutOfSync)?;
    let (m, rest) = all.split_first()?;
    let (object, apps) = m.split_once(" is part of applications ")?;
    let (_, other) = apps.split_once(" and ")?;
    let object = object.replacen('/', " ", 1);
    let (what, it) = match rest.len() {
        0 => (format!("{object} is"), "it"),
        more => (format!("{object} and {more} more are"), "them"),
    };
    let sentence = format!("{what} of two apps: {} and {other} both have {it} in git, and each takes {it} from the other.", case.name());
    let next = vec![step("", &format!("take {it} out of one of the two apps in git")), step("d", "what differs")];
    say(cut(&format!("shared with app {other}"), 40), sentence, "fix_in_git", next)
}

fn no_repository(case: &Case<'_>) -> Option<Verdict> {
    let m = blind(case)?;
    if !m.contains("repository not found") {
        return None;
    }
    let repo = repo(case);
    let name = repo.rsplit('/').next().unwrap_or(repo);
    let sentence = format!("Argo CD cannot read the source: repository {repo} not found, or hidden from it. {}", untouched(case));
    say(
        cut(&format!("cannot render: repo {name} not found"), 40),
        sentence,
        "fix_in_git",
        fix("correct the URL in git, or let Argo CD log in: without rights it is not found either"),
    )
}

fn no_revision(case: &Case<'_>) -> Option<Verdict> {
    let m = blind(case)?;
    if !m.contains("unable to resolve") {
        return None;
    }
    let wanted = quoted(m, "unable to resolve", '\'').unwrap_or_else(|| case.app.sources.first().map_or("?", |s| s.reference.text()));
    let sentence = format!("Argo CD cannot find revision {wanted} in {}: no such branch, tag or commit. {}", repo(case), untouched(case));
    say(cut(&format!("cannot render: no revision {wanted}"), 40), sentence, "fix_in_git", fix("correct targetRevision in git"))
}

fn no_chart(case: &Case<'_>) -> Option<Verdict> {
    let m = blind(case)?;
    let source = case.app.sources.iter().find(|s| s.chart.is_some())?;
    let signs = ["not found", "could not find", "unable to find", "unable to resolve", "no version", "No versions"];
    if m.contains("index.yaml") || !signs.iter().any(|s| m.contains(s)) {
        return None;
    }
    let (chart, version) = (source.chart.as_deref().unwrap_or("?"), source.reference.text());
    let sentence = format!("Argo CD cannot build the manifests: chart {chart} {version} is not in the repository. {}", untouched(case));
    let next = vec![step("R", "roll back the version line")];
    say(cut(&format!("cannot render: chart {version} not found"), 40), sentence, "fix_in_git", next)
}

fn repository_down(case: &Case<'_>) -> Option<Verdict> {
    let m = blind(case)?;
    let why = transport(m)?;
    let repo = repo(case);
    let host = repo.split_once("://").map_or(repo, |(_, h)| h).split('/').next().unwrap_or(repo);
    let sentence = format!("Argo CD cannot reach the repository {repo}: {why}. {}", untouched(case));
    let next = vec![step("", "wait, Argo CD asks again by itself"), step("r", "ask now")];
    say(cut(&format!("cannot reach {host}"), 40), sentence, "wait", next)
}

fn comparison(case: &Case<'_>) -> Option<Verdict> {
    let m = blind(case)?;
    let cause = m.rsplit("desc = ").next().unwrap_or(m);
    let sentence = format!("Argo CD cannot build the manifests of {}: {cause}. {}", case.name(), untouched(case));
    say(cut(&format!("cannot render: {cause}"), 40), sentence, "fix_in_git", fix("fix in git"))
}
