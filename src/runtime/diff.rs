//! Desired against live.

use super::Runtime;
use crate::app::effect::DiffRequest;
use crate::app::msg::Msg;
use crate::domain::ids::TaskId;

impl Runtime {
    pub(super) fn diff(&self, task: TaskId, request: DiffRequest) {
        let _ = request;
        self.spawn(Some(task), async move { Some(Msg::Diff { task, result: Err("not built".into()) }) });
    }
}
