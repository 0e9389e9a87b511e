//! The kind, the namespace or the object as it stands does not let it be applied.

use super::words::{bare, between, cut, word_after};
use super::{Cause, Seen};

/// `spec.selector: Invalid value: …: field is immutable`
pub fn immutable(seen: &Seen<'_>) -> Option<Cause> {
    if !seen.message.contains("is immutable") {
        return None;
    }
    let object = if seen.object.is_empty() { between(seen.message, " ", '"', '"').unwrap_or("object") } else { seen.object };
    let field = field(seen.message);
    let told = field.map(|f| format!(" ({f})")).unwrap_or_default();
    let sentence = format!("{object} exists and the API server does not let it be changed that way{told}.");
    let (kind, path) = object.split_once(' ').unwrap_or(("", object));
    let name = path.rsplit('/').next().unwrap_or(path);
    let short = match field {
        Some(field) => format!("immutable {field}, {kind} {name}"),
        None => format!("cannot change: {kind} {name} is immutable"),
    };
    Cause::new(short, sentence, "fix_in_git")
        .step("d", "the field")
        .step("", "give it another name in git, or have it replaced: deleted and made again, its pods stop meanwhile")
        .done()
}

/// `spec.template` of `… is invalid: spec.template: Invalid value: …`
fn field(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("is invalid: ")?;
    let field = rest.trim_start_matches('[').split(':').next()?;
    (field.starts_with(|c: char| c.is_ascii_lowercase()) && !field.contains(' ')).then_some(field)
}

/// `no matches for kind "X" in version "g/v1"`, or Argo's `could not find g/X for requested resource`.
pub fn crd_missing(seen: &Seen<'_>) -> Option<Cause> {
    let (kind, group) = match seen.message.split_once("no matches for kind ") {
        Some((_, rest)) => {
            let version = between(rest, "in version ", '"', '"').unwrap_or_default();
            (between(rest, "", '"', '"')?, version.split_once('/').map(|(group, _)| group))
        }
        None => {
            let path =
                word_after(seen.message, "The Kubernetes API could not find ").filter(|_| seen.message.contains("for requested resource"));
            match path.and_then(|p| p.rsplit_once('/')) {
                Some((group, kind)) => (kind, Some(group)),
                None => by_object(seen)?,
            }
        }
    };
    let of = group.filter(|g| !g.is_empty()).map(|g| format!(" ({g})")).unwrap_or_default();
    let sentence = format!("{} does not know {kind}{of}: its CRD is not installed.", seen.place);
    Cause::new(format!("CRD missing: {kind}"), sentence, "fix_in_git")
        .step("", "sync the app that brings the CRD first")
        .step("", format!("or install what brings it, or take the {kind} out of git"))
        .done()
}

/// Argo says `the server could not find the requested resource` of the object alone.
fn by_object<'a>(seen: &Seen<'a>) -> Option<(&'a str, Option<&'a str>)> {
    let says = seen.message.contains("could not find the requested resource");
    seen.object.split_once(' ').filter(|_| says).map(|(kind, _)| (kind, None))
}

/// Nothing else of an object counts that is on its way out.
pub fn held(seen: &Seen<'_>) -> Option<Cause> {
    let (first, rest) = seen.held_by.split_first()?;
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    let kind = seen.key.map_or("", |key| key.kind.as_str());
    let sentence = format!(
        "{} is being deleted and stays until finalizer {first}{more} is taken off: whoever set it has not done that yet.",
        seen.what()
    );
    Cause::new(format!("deletion held: {kind} {}, {first}", seen.name()), sentence, "wait")
        .step("", format!("look at the controller that takes off {first}"))
        .step("]", "Resources: what else is left")
        .done()
}

/// `unable to create new content in namespace x because it is being terminated`
pub fn namespace_terminating(seen: &Seen<'_>) -> Option<Cause> {
    if !seen.message.contains("because it is being terminated") {
        return None;
    }
    let name = word_after(seen.message, "in namespace ").unwrap_or("?");
    let sentence = format!("Namespace {name} of {} is being deleted: nothing new is let in until it is gone.", seen.place);
    Cause::new(format!("namespace {name} is being deleted"), sentence, "fix_cluster")
        .step("", format!("find out who deletes {name}; a finalizer may hold it"))
        .done()
}

/// `namespaces "x" not found`
pub fn namespace_missing(seen: &Seen<'_>) -> Option<Cause> {
    let (_, rest) = seen.message.split_once("namespaces \"")?;
    let (name, after) = rest.split_once('"')?;
    if !after.starts_with(" not found") {
        return None;
    }
    let sentence = format!("Namespace {} does not exist on {}, so {} cannot be put there.", bare(name), seen.place, seen.what());
    let way = if seen.actor == "Argo CD" { "add the Namespace in git, or set CreateNamespace=true" } else { "add the Namespace in git" };
    Cause::new(cut(&format!("namespace {name} does not exist"), 40), sentence, "fix_in_git").step("", way).done()
}
