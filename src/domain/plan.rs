//! An action as data before it is done: the exact requests, their target's identity, their risk.

use super::Timestamp;
use super::ids::{AppId, ClusterId, ObjectKey};
use super::repo::RepoId;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Risk {
    /// Done at once.
    Safe,
    /// One confirm, focus on Cancel.
    Reversible,
    /// Full effect shown, the name typed.
    Destructive,
}

/// Which row the plan acts on, frozen at the keypress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub app: AppId,
    pub uid: String,
    pub resource_version: String,
    /// The revision that was on screen.
    pub revision: Option<String>,
    /// Where the effect lands: the CLUSTER column.
    pub runs_on: String,
    /// Every name of where it lives and lands, for what the config says of them: read again before anything is sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    pub frozen_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PatchType {
    Merge,
    Json,
}

/// One PATCH, sent once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatchRequest {
    pub cluster: ClusterId,
    pub group: String,
    pub version: String,
    pub plural: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
    /// Compared with the object read just before sending; a difference refuses the write.
    pub uid: Option<String>,
    /// For optimistic locking: also inside the body of a merge patch where the write must not race.
    pub resource_version: Option<String>,
    pub patch_type: PatchType,
    pub body: serde_json::Value,
    /// Goes into the object (operation info, annotation) where the kind has a place for it.
    pub request_id: String,
}

/// One revert (or several), one commit, one push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevertRequest {
    pub repo: RepoId,
    pub url: String,
    /// Without `refs/heads/`.
    pub branch: String,
    /// The tip that was previewed; a moved remote refuses.
    pub base: String,
    /// Commits to undo, newest first, with the mainline for merges.
    pub commits: Vec<(String, Option<u32>)>,
    pub message: String,
    /// Tree of the preview; another result refuses.
    pub tree: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    Patch(PatchRequest),
    Revert(RevertRequest),
    /// After a push: ask the engines to look (refresh or requestedAt); failures here are notices, not failures of the plan.
    Nudge(PatchRequest),
}

/// A line of the dialog: label and text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLine {
    pub label: String,
    pub text: String,
}

/// A switch or a text field of the dialog; changing it builds the plan anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanOption {
    /// A field of [`PlanChoices`]: `prune`, `dry_run`, `with_source`.
    pub name: String,
    pub label: String,
    pub text: String,
    pub on: bool,
    /// Why it cannot be switched.
    pub off_because: Option<String>,
    /// It is a text field, and this is what stands in it; empty = as the app has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Why what stands in it cannot be used: the plan has no steps then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<String>,
}

impl PlanOption {
    pub fn switch(name: &str, label: &str, text: impl Into<String>, on: bool) -> Self {
        Self { name: name.into(), label: label.into(), text: text.into(), on, off_because: None, value: None, invalid: None }
    }

    pub fn field(name: &str, label: &str, text: impl Into<String>, value: &str) -> Self {
        Self { value: Some(value.into()), ..Self::switch(name, label, text, !value.is_empty()) }
    }

    /// Cannot be switched on, where there is a reason.
    #[must_use]
    pub fn off(self, why: Option<String>) -> Self {
        let on = self.on && why.is_none();
        Self { on, off_because: why, ..self }
    }
}

/// Why the plan is not offered, with what helps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// "Not now: sync window."
    pub headline: String,
    pub text: String,
    pub lines: Vec<PlanLine>,
}

impl Refusal {
    /// In one line, with who is left out and why: for where its lines are not shown.
    pub fn whole(&self) -> String {
        let left = self.lines.iter().filter(|l| l.label == "left out").map(|l| format!(" {}", l.text));
        format!("{} {}{}", self.headline_alone(), self.text, left.collect::<String>())
    }
    /// The headline as a sentence, without the key that some name at their end ("Resume first: p"): for where no key is pressed.
    pub fn headline_alone(&self) -> String {
        let bare = self.headline.rsplit_once(": ").filter(|(_, key)| key.chars().count() == 1).map_or(&*self.headline, |(bare, _)| bare);
        if bare.ends_with('.') { bare.to_owned() } else { format!("{bare}.") }
    }
    /// The keys its lines name (`a  acknowledge until 06:00`): a letter and two spaces.
    pub fn keys(&self) -> Vec<char> {
        let next = self.lines.iter().filter(|l| l.label == "next").flat_map(|l| l.text.lines());
        let mut out = Vec::new();
        for part in next.flat_map(|text| text.split("     ")) {
            let mut letters = part.trim_start().chars();
            if let (Some(key), Some(' '), Some(' ')) = (letters.next(), letters.next(), letters.next())
                && key.is_ascii_alphabetic()
                && !out.contains(&key)
            {
                out.push(key);
            }
        }
        out
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// `sync`, `reconcile`, `refresh`, `suspend`, `resume`, `auto_sync_off`, `auto_sync_on`, `terminate`,
    /// `clear_operation`, `confirm_prune`, `engine_rollback`, `rollback`.
    pub action: String,
    /// "Sync orders on prod-us".
    pub title: String,
    /// The confirm button: "Sync".
    pub verb: String,
    pub risk: Risk,
    pub targets: Vec<Target>,
    pub lines: Vec<PlanLine>,
    pub options: Vec<PlanOption>,
    pub steps: Vec<Step>,
    /// Equivalent command line(s), copyable; never run by us.
    pub commands: Vec<String>,
    /// What must be typed to enable the button.
    pub typed: Option<String>,
    pub refused: Option<Refusal>,
    pub request_id: String,
}

impl Plan {
    /// Reversible, and with nothing in it yet.
    pub fn new(action: &str, title: impl Into<String>, verb: &str, request_id: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            title: title.into(),
            verb: verb.into(),
            risk: Risk::Reversible,
            targets: Vec::new(),
            lines: Vec::new(),
            options: Vec::new(),
            steps: Vec::new(),
            commands: Vec::new(),
            typed: None,
            refused: None,
            request_id: request_id.into(),
        }
    }

    pub fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// The first field whose text cannot be used.
    pub fn invalid(&self) -> Option<(usize, &str)> {
        self.options.iter().enumerate().find_map(|(i, o)| o.invalid.as_deref().map(|why| (i, why)))
    }
}

/// How a plan ended, as far as sending goes; the watch says what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// All steps were accepted.
    Sent {
        commit: Option<String>,
    },
    /// Refused before anything was sent: a precondition did not hold.
    Refused {
        reason: String,
    },
    /// Sent and answered with an error; nothing of this step was done.
    Failed {
        reason: String,
        class: FailClass,
    },
    /// The reply was lost; after reading again it is (not) known.
    Unknown {
        reason: String,
    },
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailClass {
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    /// git: the remote moved; plan again.
    Moved,
    /// git: the branch takes changes by pull request only.
    Protected,
    /// git: a server hook said no; its words are in the reason.
    Hook,
    Auth,
    Unreachable,
    Other,
}

/// What a plan may switch; see `PlanOption::name`. `None` and empty = as the app has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanChoices {
    pub prune: bool,
    pub dry_run: bool,
    pub force: bool,
    pub apply_only: bool,
    /// Argo: the sync options `ApplyOutOfSyncOnly`, `ServerSideApply`, `Replace`.
    pub out_of_sync_only: Option<bool>,
    pub server_side: Option<bool>,
    pub replace: Option<bool>,
    /// Argo: a commit, branch, tag or chart version as typed, instead of what the app follows; and the commit that it names, as polled.
    pub revision: String,
    pub commit: Option<String>,
    /// Argo: how often a failed sync is tried again, as typed.
    pub retry: String,
    /// Argo: the resources that were marked, and whether only they are synced.
    pub resources: Vec<ObjectKey>,
    pub only_resources: bool,
    /// Argo: the rarer options are shown, too.
    pub more: bool,
    /// Argo: the entry of its history that is deployed again.
    pub history: Option<i64>,
    pub with_source: Option<bool>,
    pub reset: Option<bool>,
    /// Suspend: reason, who answers for it (`None` = the operator), and when a reminder is due.
    pub reason: String,
    pub owner: Option<String>,
    pub until: Option<Timestamp>,
}
