//! A cluster as the session sees it: its link, its engines, the kinds it serves, its identity.

use super::Timestamp;
use super::ids::{ClusterId, EngineKind};
use serde::{Deserialize, Serialize};

/// Whether what we show of a cluster is live, and if not why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Link {
    Connecting {
        since: Timestamp,
    },
    Live {
        since: Timestamp,
    },
    /// Some watches are broken; the rest is live.
    Degraded {
        watches: Vec<String>,
        cause: String,
        next_try_at: Option<Timestamp>,
    },
    /// Some kinds may not be listed; the rest is live.
    Forbidden {
        kinds: Vec<String>,
        user: Option<String>,
    },
    LoginNeeded {
        since: Timestamp,
        cause: String,
    },
    Unreachable {
        since: Timestamp,
        cause: String,
        next_try_at: Option<Timestamp>,
    },
    /// A destination of a hub without a context of ours.
    Unmapped,
    /// Neither engine is served: quiet.
    NotInstalled,
    /// It is not the cluster it was: inert until the operator decides.
    Changed {
        what: String,
    },
    /// The context cannot be used (missing user, bad certificate file, unknown context).
    Invalid {
        cause: String,
    },
}

impl Link {
    /// Rows of the cluster may be acted on.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live { .. } | Self::Degraded { .. } | Self::Forbidden { .. })
    }
    /// One word for JSON and the LINK column.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Connecting { .. } => "connecting",
            Self::Live { .. } => "live",
            Self::Degraded { .. } => "degraded",
            Self::Forbidden { .. } => "forbidden",
            Self::LoginNeeded { .. } => "login needed",
            Self::Unreachable { .. } => "unreachable",
            Self::Unmapped => "unmapped",
            Self::NotInstalled => "not installed",
            Self::Changed { .. } => "changed",
            Self::Invalid { .. } => "invalid",
        }
    }
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Connecting { .. } | Self::Live { .. } | Self::NotInstalled => None,
            Self::Degraded { watches, cause, .. } => Some(format!("{}: {cause}", watches.join(", "))),
            Self::Forbidden { kinds, user } => Some(match user {
                Some(u) => format!("list {} forbidden for {u}", kinds.join(", ")),
                None => format!("list {} forbidden", kinds.join(", ")),
            }),
            Self::LoginNeeded { cause, .. } | Self::Unreachable { cause, .. } | Self::Invalid { cause } => Some(cause.clone()),
            Self::Unmapped => Some("no context of yours reaches it".into()),
            Self::Changed { what } => Some(what.clone()),
        }
    }
}

/// What one watched kind on one cluster is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum KindState {
    /// First rows are coming; how many so far.
    Loading {
        so_far: usize,
    },
    Live,
    /// Broken since, with the cause and the next try.
    Broken {
        since: Timestamp,
        cause: String,
        next_try_at: Option<Timestamp>,
    },
    /// 403; `namespaces` lists where it works all the same.
    Forbidden {
        namespaces: Vec<String>,
    },
    /// 404: the CRD is not served.
    NotServed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineInfo {
    pub name: EngineKind,
    /// From the controller's image or label, without a leading `v`; `None` when not readable.
    pub version: Option<String>,
}

/// Stored at first contact, compared at each connection and before each write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    pub server: String,
    /// SHA-256 of the CA certificate data, hex; empty when the system roots are used.
    pub ca: String,
    pub tls_server_name: Option<String>,
    /// uid of namespace kube-system, where readable.
    pub uid: Option<String>,
}

impl Fingerprint {
    /// What differs from `other`, in words; `None` when they agree (an unread uid agrees with any).
    pub fn difference(&self, other: &Self) -> Option<String> {
        if let (Some(a), Some(b)) = (&self.uid, &other.uid) {
            if a != b {
                return Some(format!("cluster id was {}, is {}", short(a), short(b)));
            }
        }
        if self.server != other.server {
            return Some(format!("server was {}, is {}", self.server, other.server));
        }
        if self.ca != other.ca {
            return Some(format!("CA was {}, is {}", short(&self.ca), short(&other.ca)));
        }
        (self.tls_server_name != other.tls_server_name).then(|| "the TLS server name changed".to_owned())
    }

    /// As it is, with the cluster id that is known where it could not be read now: an unread id is no news, and must not wipe one that was read.
    #[must_use]
    pub fn or_uid_of(mut self, known: Option<&Self>) -> Self {
        self.uid = self.uid.or_else(|| known.and_then(|k| k.uid.clone()));
        self
    }

    /// What differs, where `other` is the same cluster at another address: one cluster id, read both times, behind one CA.
    /// A local cluster gets a new port at every start; that is no other cluster.
    pub fn moved(&self, other: &Self) -> Option<String> {
        let is_same = self.uid.is_some() && self.uid == other.uid && self.ca == other.ca;
        if is_same { self.difference(other) } else { None }
    }
}

fn short(text: &str) -> &str {
    text.get(..8).unwrap_or(text)
}

/// What the kubeconfig and our config say of a context, before any connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextInfo {
    pub id: ClusterId,
    pub alias: Option<String>,
    pub server: String,
    pub user: String,
    pub namespace: Option<String>,
    pub protected: bool,
    pub read_only: bool,
    pub is_current: bool,
    /// The login program of the kubeconfig (exec plugin), for "login needed".
    pub login: Option<String>,
}

impl ContextInfo {
    /// The name shown and typed.
    pub fn name(&self) -> &str {
        self.alias.as_deref().unwrap_or(self.id.as_str())
    }
}
