//! Login programs (exec credential plugins), run by ourselves: never on the terminal, with a deadline, once for all contexts of a user.

use crate::domain::Timestamp;
use crate::domain::text::sanitise;
use kube::config::{AuthInfo, ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

/// How long a login program may take before it is ended.
pub const LIMIT: Duration = Duration::from_secs(10);
/// A failure is given to every context of the user for this long, so that ten contexts do not start ten programs.
const SHARED_FAILURE: Duration = Duration::from_secs(5);
/// Renewed this long before it expires.
const EARLY: Duration = Duration::from_secs(60);
/// For the pipes of a program that has ended.
const LEFT: Duration = Duration::from_millis(500);
const MAX_OUTPUT: u64 = 1 << 20;

/// What a login gave. Neither Debug nor Display show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    pub(super) token: Option<String>,
    /// Certificate and key, PEM.
    pub(super) certificate: Option<(String, String)>,
    pub expires: Option<Timestamp>,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// Why a login did not work, fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginError(pub String);

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for LoginError {}

/// A login program and the entry it belongs to.
#[derive(Clone, Debug)]
pub struct Login {
    config: ExecConfig,
    key: String,
}

impl Login {
    /// Takes the program out of a user entry, so that no library runs it behind our back.
    pub fn take(user: &str, auth: &mut AuthInfo) -> Option<Self> {
        let config = auth.exec.take()?;
        // Contexts share a login when the same program would be asked the same question.
        let cluster = config.cluster.as_ref().and_then(|c| serde_json::to_string(c).ok()).unwrap_or_default();
        let key = format!("{user}\n{:?}\n{:?}\n{:?}\n{cluster}", config.command, config.args, config.env);
        Some(Self { config, key })
    }

    fn program(&self) -> &str {
        self.config.command.as_deref().unwrap_or_default()
    }
}

#[derive(Default)]
struct Slot {
    generation: u64,
    kept: Option<Credential>,
    failed: Option<(Instant, LoginError)>,
}

/// The logins of a process, one per user entry; clones share them.
#[derive(Clone, Default)]
pub struct Logins {
    slots: Arc<Mutex<HashMap<String, Arc<Mutex<Slot>>>>>,
}

impl Logins {
    /// The credential of a login and its generation; `refused` names a generation the server no longer takes.
    ///
    /// # Errors
    /// The program is missing, failed, took too long or answered with something else.
    pub async fn get(&self, login: &Login, refused: Option<u64>, limit: Duration) -> Result<(Credential, u64), LoginError> {
        let slot = self.slots.lock().await.entry(login.key.clone()).or_default().clone();
        // Held while the program runs: others of this user wait for the same answer.
        let mut slot = slot.lock().await;
        if let Some(kept) = &slot.kept
            && refused != Some(slot.generation)
            && !is_near(kept.expires)
        {
            return Ok((kept.clone(), slot.generation));
        }
        if let Some((at, error)) = &slot.failed
            && at.elapsed() < SHARED_FAILURE
        {
            return match slot.kept.as_ref().filter(|kept| refused != Some(slot.generation) && !is_over(kept.expires)) {
                Some(kept) => Ok((kept.clone(), slot.generation)),
                None => Err(error.clone()),
            };
        }
        match run(&login.config, limit).await {
            Ok(credential) => {
                slot.generation += 1;
                slot.kept = Some(credential.clone());
                slot.failed = None;
                Ok((credential, slot.generation))
            }
            Err(error) => {
                tracing::info!(program = login.program(), "login program failed");
                slot.failed = Some((Instant::now(), error.clone()));
                // What the server took so far lasts until it says otherwise, or its time is over.
                if refused == Some(slot.generation) || slot.kept.as_ref().is_some_and(|k| is_over(k.expires)) {
                    slot.kept = None;
                }
                match &slot.kept {
                    Some(kept) => Ok((kept.clone(), slot.generation)),
                    None => Err(error),
                }
            }
        }
    }
}

fn is_over(expires: Option<Timestamp>) -> bool {
    expires.is_some_and(|at| at <= Timestamp::now())
}

fn is_near(expires: Option<Timestamp>) -> bool {
    expires.is_some_and(|at| renew_in(at).is_zero())
}

/// How long a credential that expires then may still be used.
pub fn renew_in(expires: Timestamp) -> Duration {
    // The server compares with its own real time; a frozen clock of ours says nothing about it.
    let left = expires.as_second().saturating_sub(Timestamp::now().as_second());
    Duration::from_secs(u64::try_from(left).unwrap_or(0)).saturating_sub(EARLY)
}

async fn run(config: &ExecConfig, limit: Duration) -> Result<Credential, LoginError> {
    let program = config.command.as_deref().unwrap_or_default();
    let shown = sanitise(program, 100);
    if config.interactive_mode == Some(ExecInteractiveMode::Always) {
        return Err(LoginError(format!("{shown} wants a terminal: log in with it in another shell")));
    }
    let mut child = command(config, program).spawn().map_err(|e| not_started(&shown, config, &e))?;
    let ended = tokio::time::timeout(limit, collect(&mut child)).await;
    let Ok(ended) = ended else {
        kill_group(&child);
        let _ = child.kill().await;
        return Err(LoginError(format!("{shown} did not answer within {} s: log in with it in another shell", limit.as_secs())));
    };
    let (success, stdout, stderr) = ended.map_err(|e| LoginError(format!("{shown}: {e}")))?;
    if !success {
        let said = last_words(&stderr);
        return Err(LoginError(if said.is_empty() { format!("{shown} failed and said nothing") } else { format!("{shown}: {said}") }));
    }
    read_credential(&stdout).ok_or_else(|| LoginError(format!("{shown} answered without a credential")))
}

fn command(config: &ExecConfig, program: &str) -> Command {
    let mut command = Command::new(program);
    command.args(config.args.iter().flatten());
    for name in config.drop_env.iter().flatten() {
        command.env_remove(name);
    }
    for pair in config.env.iter().flatten() {
        if let (Some(name), Some(value)) = (pair.get("name"), pair.get("value")) {
            command.env(name, value);
        }
    }
    command.env("KUBERNETES_EXEC_INFO", exec_info(config, false));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    command
}

/// What a login program is told: whether it may ask the operator, and where it asked for it the cluster.
pub(super) fn exec_info(config: &ExecConfig, interactive: bool) -> String {
    let version = config.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1");
    let mut spec = serde_json::json!({ "interactive": interactive });
    if config.provide_cluster_info
        && let Some(cluster) = &config.cluster
    {
        spec["cluster"] = exec_cluster(cluster);
    }
    serde_json::json!({ "apiVersion": version, "kind": "ExecCredential", "spec": spec }).to_string()
}

/// The wire form has other names than the kubeconfig.
fn exec_cluster(cluster: &kube::config::ExecAuthCluster) -> serde_json::Value {
    let mut out = serde_json::Map::new();
    let mut put = |name: &str, value: Option<serde_json::Value>| {
        if let Some(value) = value {
            out.insert(name.into(), value);
        }
    };
    put("server", cluster.server.clone().map(Into::into));
    put("insecure-skip-tls-verify", cluster.insecure_skip_tls_verify.map(Into::into));
    let ca = cluster.certificate_authority_data.clone().and_then(|d| serde_json::to_value(k8s_openapi::ByteString(d)).ok());
    put("certificate-authority-data", ca);
    put("proxy-url", cluster.proxy_url.clone().map(Into::into));
    put("tls-server-name", cluster.tls_server_name.clone().map(Into::into));
    put("config", cluster.config.clone());
    serde_json::Value::Object(out)
}

fn not_started(shown: &str, config: &ExecConfig, error: &std::io::Error) -> LoginError {
    let hint = config.install_hint.as_deref().map(|h| format!(": {}", sanitise(h.trim(), 300))).unwrap_or_default();
    LoginError(match error.kind() {
        std::io::ErrorKind::NotFound => format!("login program {shown} is not installed{hint}"),
        _ => format!("login program {shown} cannot be started: {error}{hint}"),
    })
}

async fn collect(child: &mut Child) -> std::io::Result<(bool, Vec<u8>, Vec<u8>)> {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let success = {
        let mut reading = std::pin::pin!(async { tokio::join!(bounded(out, &mut stdout), bounded(err, &mut stderr)) });
        let mut is_read = false;
        let status = loop {
            tokio::select! {
                status = child.wait() => break status?,
                _ = &mut reading, if !is_read => is_read = true,
            }
        };
        // What it left running in the background may hold the pipes open for ever; what it answered itself is in them already.
        if !is_read {
            let _ = tokio::time::timeout(LEFT, &mut reading).await;
        }
        status.success()
    };
    Ok((success, stdout, stderr))
}

/// Reads to the end, but keeps no more than a megabyte.
async fn bounded(pipe: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    if let Some(mut pipe) = pipe {
        let _ = (&mut pipe).take(MAX_OUTPUT).read_to_end(kept).await;
        let _ = tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await;
    }
}

/// The last lines of what it said, cut.
fn last_words(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).rev().take(3).collect();
    lines.reverse();
    sanitise(&lines.join(" "), 300)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status: Option<AnswerStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnswerStatus {
    expiration_timestamp: Option<Timestamp>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

fn read_credential(stdout: &[u8]) -> Option<Credential> {
    let status = serde_json::from_slice::<Answer>(stdout).ok()?.status?;
    let credential = Credential {
        token: status.token.filter(|t| !t.is_empty()),
        certificate: status.client_certificate_data.zip(status.client_key_data),
        expires: status.expiration_timestamp,
    };
    (credential.token.is_some() || credential.certificate.is_some()).then_some(credential)
}

/// Ends the program and whatever it started.
#[cfg(unix)]
#[allow(unsafe_code)]
fn kill_group(child: &Child) {
    let Some(group) = child.id().and_then(|id| i32::try_from(id).ok()).filter(|id| *id > 1) else { return };
    // SAFETY: killpg takes two integers and touches no memory of ours; the group is the child's own, and the child is not reaped yet.
    unsafe {
        libc::killpg(group, libc::SIGKILL);
    }
}

#[cfg(not(unix))]
fn kill_group(_child: &Child) {}

#[cfg(test)]
#[path = "tests/exec.rs"]
mod tests;
