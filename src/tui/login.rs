//! Runs a cluster's login program on the real terminal.

use crate::app::state::AppState;
use crate::domain::ids::ClusterId;
use std::process::Command;

/// Runs it in the foreground; the sentence says how it ended. The program stands in the operator's own kubeconfig.
pub fn run(state: &AppState, id: &ClusterId) -> String {
    let login = state.fleet.clusters.get(id).and_then(|c| c.info.as_ref()).and_then(|i| i.login.clone());
    let Some(login) = login else { return format!("The kubeconfig names no login program for {id}.") };
    println!("driftdeck: login of {id}: {login}\n");
    // Its standard output would be the credential: it is thrown away, prompts go to the error stream.
    let status = Command::new("sh").arg("-c").arg(&login).stdout(std::process::Stdio::null()).status();
    match status {
        Ok(status) if status.success() => format!("Login of {id} ended well; connecting again."),
        Ok(status) => format!("Login of {id} ended with {status}."),
        Err(error) => format!("Login of {id} could not be started: {error}."),
    }
}
