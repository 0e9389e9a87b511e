//! How far an operation is, step by step, as its engine tells; what it does not tell is no step.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    Done,
    Busy,
    /// Its turn has not come, or never came.
    Waits,
    Failed,
}

/// One phase or wave of a sync, one stage of a reconcile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressStep {
    /// "PreSync", "wave 2", "health checks"; unique in a list.
    pub name: String,
    pub state: StepState,
    /// "3 of 3 applied", "Deployment orders: 2 of 3 ready".
    pub text: String,
}

impl ProgressStep {
    pub fn new(name: impl Into<String>, state: StepState, text: impl Into<String>) -> Self {
        Self { name: name.into(), state, text: text.into() }
    }
}
