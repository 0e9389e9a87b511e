//! What keeps a new commit from reaching an app that is not suspended itself: what it is fetched by.

use super::kinds::source_word;
use super::verdict::class;
use crate::domain::app::App;
use crate::domain::source::SourceObject;
use crate::domain::text::shell;
use crate::engine::{Context, Hold};

/// The first link of the way from the repository that lets nothing through.
pub fn hold(app: &App, context: &Context<'_>) -> Option<Hold> {
    app.flux()?;
    let way = || [context.packed_from, context.source, context.chart].into_iter().flatten();
    let held = way().find(|s| s.suspended).map(|s| suspended(s, app));
    held.or_else(|| way().find(|s| s.ready == Some(false)).map(failing))
}

fn suspended(source: &SourceObject, app: &App) -> Hold {
    let id = &source.id;
    let how = source_word(&id.kind)
        .map(|word| {
            let [name, namespace, context] = [&id.name, &id.namespace, app.id.cluster.as_str()].map(shell);
            format!("flux resume source {word} {name} -n {namespace} --context {context}")
        })
        .unwrap_or_else(|| "resume it".to_owned());
    Hold {
        short: "its source is suspended",
        text: format!("{} {}/{} is suspended, no new commit is fetched: {how}", id.kind, id.namespace, id.name),
        until: None,
        is_known: true,
        ends_alone: false,
    }
}

/// It is tried again and again, and may come back at any time.
fn failing(source: &SourceObject) -> Hold {
    let id = &source.id;
    let (_, why) = class(&source.reason, &source.message);
    Hold {
        short: "its source cannot be fetched",
        text: format!("{} {}/{} fails ({why}): no new commit is fetched until that is mended", id.kind, id.namespace, id.name),
        until: None,
        is_known: true,
        ends_alone: true,
    }
}
