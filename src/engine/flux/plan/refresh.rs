//! Refresh: ask the source to fetch. At once only where that deploys nothing.

use super::ask::{Ask, line};
use super::reconcile::{follows_git, is_static};
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::plan::{Plan, Risk, Step};
use crate::domain::source::SourceObject;
use crate::domain::text::shell;
use crate::engine::flux::kinds::source_word;

pub fn plan(ask: &Ask<'_>) -> Plan {
    let verb = "Refresh";
    if let Some((headline, text, next)) = ask.never() {
        return ask.refused("refresh", verb, (&headline, &text, &next));
    }
    let Some(source) = ask.context.source else {
        let what = ask.flux.source.as_ref().map_or_else(|| "Its source".to_owned(), |s| format!("{} {}", s.kind, s.name));
        return ask.refused(
            "refresh",
            verb,
            ("Its source is not known.", &format!("{what} was not read on this cluster."), "s  reconcile the app itself"),
        );
    };
    let what = format!("{} {}", source.id.kind, source.id.name);
    if source.suspended {
        let text = format!("{what} is suspended: it would acknowledge the request and fetch nothing.");
        return ask.refused("refresh", verb, ("Its source is suspended.", &text, &format!("resume {what} first")));
    }
    if is_static(source) && ask.context.chart.is_none() {
        let text = format!("{what} is of type oci: it has no index and nothing to fetch.");
        return ask.refused("refresh", verb, ("Nothing to fetch.", &text, "s  reconcile the app itself"));
    }
    let fetched: Vec<&SourceObject> = [Some(source).filter(|s| !is_static(s)), ask.context.chart].into_iter().flatten().collect();
    let steps: Vec<Step> = fetched.iter().filter_map(|s| ask.fetch(s)).map(Step::Patch).collect();
    if steps.is_empty() {
        return ask.refused(
            "refresh",
            verb,
            ("Nothing to fetch.", &format!("{what} cannot be asked to fetch."), "s  reconcile the app itself"),
        );
    }
    let mut plan = ask.blank("refresh", verb);
    // It is the source that is written to, and that lives where the app does, wherever the app deploys.
    plan.title = format!("{verb} {what} on {}", ask.context.home.name);
    plan.lines = ask.opening();
    plan.lines.extend(fetched.iter().map(|s| line("asks", format!("{} to fetch", ask.names(s)))));
    plan.steps = steps;
    plan.commands = fetched.iter().filter_map(|s| command(ask, s)).collect();
    weigh(ask, source, &mut plan);
    plan
}

/// Safe when our poll says that the source holds the head already, or that the app will not take it.
fn weigh(ask: &Ask<'_>, source: &SourceObject, plan: &mut Plan) {
    let held = source.revision.as_deref().map(bare_revision);
    let place = ask.place();
    let effect = match ask.context.head {
        Some(head) if follows_git(source) && held == Some(head) => {
            plan.risk = Risk::Safe;
            plan.lines.push(line("effect", format!("{} is fetched already; nothing is deployed by this", short_rev(head))));
            return;
        }
        _ if crate::engine::flux::verdict::refuses(ask.context).is_some() => {
            format!("asks for what it does not get so far; where it gets it now, it is deployed on {place}")
        }
        Some(head) if follows_git(source) => {
            let runs = held.map_or_else(|| "nothing yet".to_owned(), |h| short_rev(h).to_owned());
            format!("fetches {} and deploys it on {place} (it has {runs}), with every app of {}", short_rev(head), source.id.name)
        }
        _ => format!("what it fetches is not known before; anything newer is deployed on {place}"),
    };
    plan.lines.push(line("effect", effect));
    ask.weigh(plan, false);
}

fn command(ask: &Ask<'_>, source: &SourceObject) -> Option<String> {
    let id = &source.id;
    Some(format!("flux reconcile source {} {} {}", source_word(&id.kind)?, shell(&id.name), ask.place_flags(&id.namespace)))
}
