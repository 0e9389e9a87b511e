//! A filter that has a name.

use serde::{Deserialize, Serialize};

/// A view the operator saved, as it stands in the state directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    pub name: String,
    /// In the filter language; empty = all apps.
    pub filter: String,
}
