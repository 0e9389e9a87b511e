//! Runs a cluster's login program on the real terminal.

use crate::domain::ids::ClusterId;
use crate::domain::text::sanitise;
use std::process::Command;

/// Runs it in the foreground; the sentence says how it ended. The program stands in the operator's own kubeconfig.
pub fn run(program: Option<Command>, id: &ClusterId) -> String {
    let name = sanitise(id.as_str(), 100);
    let Some(mut program) = program else { return format!("The kubeconfig names no login program for {name}.") };
    println!("driftdeck: login of {name}: {}\n", sanitise(&program.get_program().to_string_lossy(), 200));
    match program.status() {
        Ok(status) if status.success() => format!("Login of {name} ended well; connecting again."),
        Ok(status) => format!("Login of {name} ended with {status}."),
        Err(error) => format!("Login of {name} could not be started: {error}."),
    }
}
