//! How the list of apps is sorted, and the columns that join where the screen is wide.

use crate::app::fleet::Row;
use std::cmp::Ordering;

/// From this width of the screen on more columns join.
pub const WIDE_FROM: u16 = 180;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Worst,
    Newest,
    Name,
    Cluster,
    Engine,
}

impl Sort {
    pub const ALL: [Self; 5] = [Self::Worst, Self::Newest, Self::Name, Self::Cluster, Self::Engine];

    /// As the title of the pane says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Worst => "worst first",
            Self::Newest => "newest change first",
            Self::Name => "by name",
            Self::Cluster => "by cluster",
            Self::Engine => "by engine",
        }
    }

    pub fn help(self) -> &'static str {
        match self {
            Self::Worst => "severity, then not acknowledged, then newest change",
            Self::Newest => "what changed last, whatever it is",
            Self::Name => "one app on all clusters stands together",
            Self::Cluster => "one cluster stands together, its worst first",
            Self::Engine => "Argo CD, Kustomizations, HelmReleases; the worst first",
        }
    }

    /// What comes before the severity.
    pub fn compare(self, a: &Row, b: &Row) -> Ordering {
        match self {
            Self::Worst => Ordering::Equal,
            Self::Newest => b.since.cmp(&a.since),
            Self::Name => a.app.id.name.cmp(&b.app.id.name),
            Self::Cluster => a.app.runs_on().cmp(b.app.runs_on()),
            Self::Engine => a.app.id.kind.short().cmp(b.app.id.kind.short()),
        }
    }
}

/// A column of wide screens, in the order they join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wide {
    Ns,
    Repo,
    Behind,
    Owner,
    Auto,
}

impl Wide {
    pub const ALL: [Self; 5] = [Self::Ns, Self::Repo, Self::Behind, Self::Owner, Self::Auto];

    pub fn word(self) -> &'static str {
        match self {
            Self::Ns => "NS",
            Self::Repo => "REPO",
            Self::Behind => "BEHIND",
            Self::Owner => "OWNER",
            Self::Auto => "AUTO",
        }
    }

    pub fn help(self) -> &'static str {
        match self {
            Self::Ns => "namespace of its object",
            Self::Repo => "repository or chart it follows",
            Self::Behind => "commits behind the head",
            Self::Owner => "ApplicationSet, parent app or Kustomization that writes it",
            Self::Auto => "auto-sync of Argo CD on or off",
        }
    }

    pub fn width(self) -> usize {
        match self {
            Self::Ns | Self::Repo => 12,
            Self::Behind => 6,
            Self::Owner => 14,
            Self::Auto => 4,
        }
    }
}
