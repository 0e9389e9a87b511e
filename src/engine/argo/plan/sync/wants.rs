//! What is asked for once the choices meet the app: its own options, what Argo CD does not take together, what cannot be chosen here.

use super::super::super::parse::is_commit;
use super::super::Draft;
use crate::domain::ids::ObjectKey;
use crate::domain::plan::{PlanChoices, PlanLine, Refusal};
use crate::domain::source::{Source, SourceType};
use serde_json::{Value, json};

pub const OUT_OF_SYNC_ONLY: &str = "ApplyOutOfSyncOnly";
pub const SERVER_SIDE: &str = "ServerSideApply";
pub const REPLACE: &str = "Replace";

/// Tries that make sense: Argo CD doubles the pause after each, up to three minutes.
const MOST_TRIES: u32 = 100;

pub struct Wants {
    pub prune: bool,
    pub dry_run: bool,
    pub force: bool,
    pub force_off: Option<String>,
    pub apply_only: bool,
    /// All sync options that are sent, the app's own among them.
    pub options: Vec<String>,
    /// `None` = whatever the app follows is when Argo CD starts.
    pub revision: Option<String>,
    /// The revision was chosen by the operator, it is not the head.
    pub is_pinned: bool,
    pub revision_off: Option<String>,
    pub revision_invalid: Option<String>,
    pub retry: Option<Value>,
    /// A limit was chosen.
    pub is_retry_chosen: bool,
    pub retry_invalid: Option<String>,
    /// Empty = all.
    pub resources: Vec<ObjectKey>,
}

impl Wants {
    pub fn of(draft: &Draft<'_>, choices: &PlanChoices) -> Self {
        let options = options(draft, choices);
        let is_server_side = has(&options, SERVER_SIDE) && !has(&options, REPLACE);
        let force_off = is_server_side.then(|| "not with server-side apply: Argo CD refuses the two together".to_owned());
        let (pinned, revision_off, revision_invalid) = pinned(draft, choices);
        let (retry, is_retry_chosen, retry_invalid) = retry(draft, choices);
        Self {
            prune: choices.prune,
            dry_run: choices.dry_run,
            force: choices.force && force_off.is_none(),
            force_off,
            apply_only: choices.apply_only,
            options,
            is_pinned: pinned.is_some(),
            revision: pinned.or_else(|| head(draft)),
            revision_off,
            revision_invalid,
            retry,
            is_retry_chosen,
            retry_invalid,
            resources: if choices.only_resources { resources(draft, choices) } else { Vec::new() },
        }
    }

    pub fn is(&self, option: &str) -> bool {
        has(&self.options, option)
    }

    /// Something that lives may be deleted or overwritten as a whole.
    pub fn destroys(&self) -> bool {
        (self.prune || self.force || self.is(REPLACE)) && !self.dry_run
    }

    /// A chosen revision that Argo CD has not compared with: what it changes is not known.
    pub fn is_elsewhere(&self, draft: &Draft<'_>) -> bool {
        let compared = draft.argo().compared.first().filter(|c| !c.is_empty());
        self.is_pinned && self.revision.as_ref() != compared
    }

    pub fn is_partial(&self) -> bool {
        !self.resources.is_empty()
    }

    /// What was marked and is no longer of this app, or never was anything that a sync of some resources reaches.
    pub fn unknown_resource(&self, draft: &Draft<'_>) -> Option<Refusal> {
        let known = |key: &ObjectKey| draft.app.resources.iter().any(|r| r.key == *key && !r.hook);
        let gone: Vec<String> = self.resources.iter().filter(|key| !known(key)).map(ObjectKey::title).collect();
        let (is, a, hook) = if gone.len() == 1 { ("is", "no resource", "is a hook") } else { ("are", "no resources", "are hooks") };
        let next = "choose others (esc in the Resources tab takes all marks off); where two have that name, with their namespace";
        (!gone.is_empty()).then(|| Refusal {
            headline: "Not among its resources.".into(),
            text: format!(
                "{} {is} {a} of {} (any more), or {hook}, which a sync of some resources leaves out.",
                gone.join(", "),
                draft.name()
            ),
            lines: vec![PlanLine { label: "next".into(), text: next.into() }],
        })
    }
}

/// A key without a namespace is the one resource of that name, where there is one.
fn resources(draft: &Draft<'_>, choices: &PlanChoices) -> Vec<ObjectKey> {
    let all = || draft.app.resources.iter().map(|r| &r.key);
    let whole = |key: &ObjectKey| {
        let mut alike = all().filter(|k| k.group == key.group && k.kind == key.kind && k.name == key.name);
        match (key.namespace.is_empty() && !all().any(|k| k == key), alike.next(), alike.next()) {
            (true, Some(only), None) => only.clone(),
            _ => key.clone(),
        }
    };
    choices.resources.iter().map(whole).collect()
}

fn has(options: &[String], name: &str) -> bool {
    options.iter().any(|o| o.strip_prefix(name).is_some_and(|rest| rest == "=true"))
}

/// Argo's controller looks for options only in the request: those of the app are sent along, the chosen ones in their place.
fn options(draft: &Draft<'_>, choices: &PlanChoices) -> Vec<String> {
    let mut options = draft.argo().sync_options.clone();
    let chosen = [(OUT_OF_SYNC_ONLY, choices.out_of_sync_only), (SERVER_SIDE, choices.server_side), (REPLACE, choices.replace)];
    for (name, on) in chosen.into_iter().filter_map(|(name, on)| Some((name, on?))) {
        if has(&options, name) == on {
            continue;
        }
        options.retain(|o| o.split('=').next() != Some(name));
        if on {
            options.push(format!("{name}=true"));
        }
    }
    options
}

/// The one source that a revision can be chosen for; else why not.
fn one_source<'a>(draft: &Draft<'a>) -> Result<&'a Source, String> {
    let argo = draft.argo();
    match &draft.app.sources[..] {
        _ if argo.has_hydrator => Err("what is synced is written by the hydrator: change it in git".into()),
        [source] if !argo.multi_source => Ok(source),
        _ => Err("it has several sources: change their revisions in git".into()),
    }
}

/// The whole commit to be synced, where we know it ourselves: the tip that one git source follows.
fn head(draft: &Draft<'_>) -> Option<String> {
    let is_git = one_source(draft).is_ok_and(|s| s.source_type == SourceType::Git);
    draft.context.head.filter(|h| is_git && is_commit(h)).map(str::to_owned)
}

/// The chosen revision, why none can be chosen, and what is wrong with what was typed.
fn pinned(draft: &Draft<'_>, choices: &PlanChoices) -> (Option<String>, Option<String>, Option<String>) {
    let typed = choices.revision.trim();
    let source = match one_source(draft) {
        Err(why) => return (None, Some(why), None),
        // Argo CD's own API refuses it for the same reason.
        Ok(_) if draft.argo().automated => {
            let why = "auto-sync is on and would sync what git says again at once; turn it off first (p)";
            return (None, Some(why.to_owned()), None);
        }
        Ok(source) => source,
    };
    if typed.is_empty() {
        return (None, None, None);
    }
    if source.source_type != SourceType::Git {
        let is_version = typed.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_' | ':'));
        let invalid = (!is_version).then(|| "a chart is synced at one version, without a range".to_owned());
        return (Some(typed.to_owned()).filter(|_| is_version), None, invalid);
    }
    match (is_commit(typed), &choices.commit) {
        (true, _) => (Some(typed.to_lowercase()), None, None),
        (false, Some(commit)) => (Some(commit.clone()), None, None),
        (false, None) => (None, None, Some(format!("no commit, branch or tag {typed} is known here; a whole commit id always works"))),
    }
}

/// The retry of the request, whether its limit was chosen, and what is wrong with what was typed.
fn retry(draft: &Draft<'_>, choices: &PlanChoices) -> (Option<Value>, bool, Option<String>) {
    let own = draft.argo().retry.as_ref().filter(|r| !r.is_null()).map(crate::domain::json::Json::value);
    let typed = choices.retry.trim();
    if typed.is_empty() {
        return (own, false, None);
    }
    match typed.parse::<u32>() {
        Ok(0) => (None, true, None),
        Ok(limit) if limit <= MOST_TRIES => {
            let mut retry = own.filter(Value::is_object).unwrap_or_else(|| json!({}));
            retry["limit"] = json!(limit);
            (Some(retry), true, None)
        }
        _ => (own, false, Some(format!("a number from 0 (not tried again) to {MOST_TRIES}"))),
    }
}
