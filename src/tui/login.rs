//! Runs a cluster's login program on the real terminal.

use super::signals::Signals;
use crate::domain::text::sanitise;
use std::io::Write;
use std::process::Command;

/// Runs it in the foreground; the sentence says how it ended. The program stands in the operator's own kubeconfig.
pub async fn run(program: Option<Command>, name: &str, signals: &mut Signals) -> String {
    let Some(program) = program else { return format!("The kubeconfig names no login program for {name}.") };
    let shown = sanitise(&program.get_program().to_string_lossy(), 200);
    let _ = writeln!(std::io::stdout(), "driftdeck: login of {name}: {shown}\n");
    let mut child = match tokio::process::Command::from(program).spawn() {
        Ok(child) => child,
        Err(error) => return format!("Login of {name} could not be started: {error}."),
    };
    let pid = child.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?));
    match signals.lend(child.wait()).await {
        Some(Ok(status)) if status.success() => format!("Login of {name} ended well; connecting again."),
        Some(Ok(status)) => format!("Login of {name} ended with {status}."),
        Some(Err(error)) => format!("Login of {name} cannot be waited for: {error}."),
        None => {
            // Not killed: it may have to put the terminal in order.
            if let Some(pid) = pid {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            }
            format!("Login of {name} was ended.")
        }
    }
}
