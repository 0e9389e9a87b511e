//! What a quick look at a context found before it is watched.

use super::cluster::EngineInfo;
use serde::{Deserialize, Serialize};

/// One look and how long it took, in milliseconds; a login that was waited for counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    pub answer: Answer,
    pub took_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// It answered.
    Reached(Reached),
    /// The login program was not run (`cause` is `None`), or what we have is not taken.
    Login {
        cause: Option<String>,
    },
    Unreachable {
        cause: String,
    },
    /// The context cannot be used: what the kubeconfig says of it is wrong.
    Invalid {
        cause: String,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    pub engines: Vec<EngineInfo>,
    /// Plurals of kinds of apps that are served, but that we may read nowhere we looked.
    pub forbidden: Vec<String>,
    /// Plurals of kinds of apps of which nothing is known, and why.
    #[serde(default)]
    pub unread: Vec<(String, String)>,
    /// Where its first apps deploy to, other than to itself.
    pub targets: Vec<Target>,
    /// Everything was asked in time; else what is not named here may be there all the same.
    pub whole: bool,
}

/// The destination of an Argo app, as the app names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    pub name: Option<String>,
    pub server: Option<String>,
}
