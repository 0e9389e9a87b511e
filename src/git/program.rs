//! The installed `git`: found, checked, and run without ever touching the terminal.

use super::error::{GitClass, GitError};
use crate::domain::text::{sanitise_lines, without_credentials};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// Oldest version that is supported.
const OLDEST: (u32, u32) = (2, 30);
const STDOUT_LIMIT: usize = 32 << 20;
const STDERR_LIMIT: usize = 64 << 10;
/// How long a terminated git may take to remove its lock files.
const GRACE: Duration = Duration::from_secs(2);
/// Set by a git hook or another git above us, these would point git at a repository of somebody else.
const FOREIGN: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
];

/// A usable `git` program and the extra environment every call gets.
#[derive(Clone, Debug)]
pub struct Git {
    program: PathBuf,
    /// "2.39.5".
    version: String,
    /// The operator chose an ssh command of their own; ours would take its place.
    own_ssh: bool,
    env: Arc<Vec<(String, String)>>,
}

/// One call. `on_line` gets each finished line of stderr, cleaned.
pub(crate) struct Call<'a> {
    pub dir: Option<&'a Path>,
    pub args: Vec<String>,
    pub stdin: Option<Vec<u8>>,
    pub timeout: Duration,
    pub on_line: Option<&'a (dyn Fn(&str) + Send + Sync)>,
    /// Held until the program has ended, also where the call is dropped.
    pub lock: Option<Arc<File>>,
}

impl<'a> Call<'a> {
    pub fn new(args: &[&str], timeout: Duration) -> Self {
        Self { dir: None, args: args.iter().map(|a| (*a).to_owned()).collect(), stdin: None, timeout, on_line: None, lock: None }
    }
    pub fn within(mut self, dir: &'a Path) -> Self {
        self.dir = Some(dir);
        self
    }
    pub fn holding(mut self, lock: &Arc<File>) -> Self {
        self.lock = Some(lock.clone());
        self
    }
}

/// How a call ended. `code` is `None` when a signal ended it.
#[derive(Debug)]
pub(crate) struct Reply {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub timed_out: bool,
}

impl Reply {
    pub fn ok(&self) -> bool {
        self.code == Some(0) && !self.timed_out
    }
}

impl Git {
    /// Looks for `git` on the path. Errors: `NoGit`, saying what is missing.
    pub async fn find(env: &[(String, String)]) -> Result<Self, GitError> {
        Self::at(Path::new("git"), env).await
    }

    /// A named program instead of the one on the path.
    pub async fn at(program: &Path, env: &[(String, String)]) -> Result<Self, GitError> {
        let mut git = Self { program: program.to_owned(), version: String::new(), own_ssh: false, env: Arc::new(env.to_vec()) };
        let reply = git.run(Call::new(&["--version"], Duration::from_secs(10))).await?;
        let version = reply.stdout.split_whitespace().nth(2).unwrap_or_default().to_owned();
        let mut numbers = version.split('.').map_while(|n| n.parse::<u32>().ok());
        let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else {
            return Err(GitError::new(GitClass::NoGit, "`git --version` gave no version that can be read"));
        };
        if (major, minor) < OLDEST {
            let message = format!("git {version} is too old: {}.{} or newer is needed", OLDEST.0, OLDEST.1);
            return Err(GitError::new(GitClass::NoGit, message));
        }
        git.version = version;
        let ssh = git.run(Call::new(&["config", "--get", "core.sshCommand"], Duration::from_secs(10))).await?;
        git.own_ssh = ssh.ok() && !ssh.stdout.trim().is_empty();
        Ok(git)
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    #[cfg(test)]
    pub(crate) fn env_pairs(&self) -> Vec<(String, String)> {
        self.env.to_vec()
    }

    fn command(&self, call: &Call<'_>) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(dir) = call.dir {
            command.arg("-C").arg(dir);
        }
        command.args(&call.args);
        for name in FOREIGN {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").env("GCM_INTERACTIVE", "never").env("GIT_PAGER", "cat");
        if !self.own_ssh && std::env::var_os("GIT_SSH_COMMAND").is_none() && std::env::var_os("GIT_SSH").is_none() {
            command.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
        }
        command.envs(self.env.iter().map(|(k, v)| (k, v)));
        command.stdin(if call.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        command.process_group(0);
        command
    }

    /// Runs to the end or to the timeout; dropping the future ends the program and everything it started.
    pub(crate) async fn run(&self, call: Call<'_>) -> Result<Reply, GitError> {
        let mut child = self.command(&call).spawn().map_err(|e| not_started(&e))?;
        let stdin = child.stdin.take();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let mut running = Running(Some(child), call.lock.clone());
        let work = async {
            let input = async {
                if let (Some(mut pipe), Some(bytes)) = (stdin, &call.stdin) {
                    // A program that does not read its input is judged by its exit code.
                    let _ = pipe.write_all(bytes).await;
                }
            };
            let (_, out, err) = tokio::join!(input, drain(stdout, STDOUT_LIMIT, None), drain(stderr, STDERR_LIMIT, call.on_line));
            (out, err, running.wait().await)
        };
        match tokio::time::timeout(call.timeout, work).await {
            Ok((out, err, code)) => {
                let out = out?;
                if out.len() >= STDOUT_LIMIT {
                    return Err(GitError::new(GitClass::TooLarge, "git answered with more than 32 MB"));
                }
                let stdout = String::from_utf8_lossy(&out).into_owned();
                Ok(Reply { code: code?, stdout, stderr: clean(&err?), timed_out: false })
            }
            Err(_) => {
                running.end().await;
                Ok(Reply { code: None, stdout: String::new(), stderr: String::new(), timed_out: true })
            }
        }
    }
}

fn not_started(error: &std::io::Error) -> GitError {
    match error.kind() {
        std::io::ErrorKind::NotFound => GitError::new(GitClass::NoGit, "git is not installed, or not on the PATH: 2.30 or newer is needed"),
        _ => GitError::new(GitClass::NoGit, format!("git cannot be started: {error}")),
    }
}

fn clean(bytes: &[u8]) -> String {
    without_credentials(&sanitise_lines(&String::from_utf8_lossy(bytes).replace('\r', "\n"), STDERR_LIMIT))
}

/// Reads to the end; what is over the limit is read and dropped, so that the writer does not block.
async fn drain<R: AsyncRead + Unpin>(
    pipe: Option<R>,
    limit: usize,
    on_line: Option<&(dyn Fn(&str) + Send + Sync)>,
) -> Result<Vec<u8>, GitError> {
    let Some(mut pipe) = pipe else { return Ok(Vec::new()) };
    let (mut kept, mut line, mut chunk) = (Vec::new(), Vec::new(), vec![0u8; 16 << 10]);
    loop {
        let n = pipe.read(&mut chunk).await.map_err(|e| GitError::local("reading from git", &e))?;
        let bytes = chunk.get(..n).unwrap_or_default();
        if n == 0 {
            break;
        }
        kept.extend_from_slice(bytes.get(..bytes.len().min(limit.saturating_sub(kept.len()))).unwrap_or_default());
        let Some(on_line) = on_line else { continue };
        for byte in bytes {
            if matches!(byte, b'\n' | b'\r') {
                tell(&mut line, on_line);
            } else if line.len() < 4096 {
                line.push(*byte);
            }
        }
    }
    if let Some(on_line) = on_line {
        tell(&mut line, on_line);
    }
    Ok(kept)
}

fn tell(line: &mut Vec<u8>, on_line: &(dyn Fn(&str) + Send + Sync)) {
    let text = clean(line);
    if !text.trim().is_empty() {
        on_line(text.trim_end());
    }
    line.clear();
}

/// The program and its group. Holding the unreaped child keeps its id from being given to another process.
struct Running(Option<Child>, Option<Arc<File>>);

impl Running {
    async fn wait(&mut self) -> Result<Option<i32>, GitError> {
        let Some(child) = &mut self.0 else { return Ok(None) };
        let status = child.wait().await.map_err(|e| GitError::local("waiting for git", &e))?;
        self.0 = None;
        Ok(status.code())
    }
    async fn end(&mut self) {
        if let Some(child) = self.0.take() {
            end(child).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(mut child) = self.0.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                let lock = self.1.take();
                drop(runtime.spawn(async move {
                    end(child).await;
                    drop(lock);
                }));
            }
            Err(_) => drop(child.start_kill()),
        }
    }
}

/// Asks first, so that git removes its lock files; then kills.
async fn end(mut child: Child) {
    signal(&child, false);
    if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
        signal(&child, true);
        let _ = child.start_kill();
        let _ = child.wait().await;
    }
}

#[cfg(unix)]
fn signal(child: &Child, hard: bool) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended by itself in the meantime.
        let _ = kill_process_group(pid, if hard { Signal::KILL } else { Signal::TERM });
    }
}

#[cfg(not(unix))]
fn signal(_child: &Child, _hard: bool) {}

#[cfg(test)]
mod tests {
    use super::*;

    async fn fake(script: &str) -> (tempfile::TempDir, Result<Git, GitError>) {
        let dir = tempfile::tempdir().unwrap();
        let path = super::super::testing::script(dir.path(), "git", script);
        let git = Git::at(&path, &[]).await;
        (dir, git)
    }

    #[tokio::test]
    async fn an_old_or_missing_git_is_named() {
        let (_dir, old) = fake("echo git version 2.25.1").await;
        let error = old.unwrap_err();
        assert_eq!(error.class, GitClass::NoGit);
        assert!(error.message.contains("2.25.1") && error.message.contains("2.30"), "{error}");
        let none = Git::at(Path::new("/nowhere/git"), &[]).await.unwrap_err();
        assert!(none.message.contains("not installed"), "{none}");
        let (_dir, apple) = fake("echo 'git version 2.39.5 (Apple Git-154)'").await;
        assert_eq!(apple.unwrap().version(), "2.39.5");
    }

    #[tokio::test]
    async fn ssh_never_asks_unless_the_operator_chose_a_command() {
        let show = "if [ \"$1\" = --version ]; then echo git version 2.40.0; exit; fi\nif [ \"$1\" = config ]; then CONFIG; fi\necho \"$GIT_SSH_COMMAND|$GIT_TERMINAL_PROMPT|$LC_ALL\"";
        for (config, want) in [("exit 1", "ssh -oBatchMode=yes|0|C"), ("echo ssh -i key; exit 0", "|0|C")] {
            let (_dir, git) = fake(&show.replace("CONFIG", config)).await;
            let reply = git.unwrap().run(Call::new(&["x"], Duration::from_secs(10))).await.unwrap();
            assert_eq!(reply.stdout.trim(), want);
        }
    }

    #[tokio::test]
    async fn a_timeout_ends_the_whole_group() {
        let (dir, git) =
            fake("if [ \"$1\" = --version ]; then echo git version 2.40.0; exit; fi\n[ \"$1\" = wait ] || exit 1\nsleep 60 & echo $! > \"$2\"\nsleep 60").await;
        let pid_file = dir.path().join("pid");
        let call = Call::new(&["wait", &pid_file.to_string_lossy()], Duration::from_millis(400));
        let reply = git.unwrap().run(call).await.unwrap();
        assert!(reply.timed_out && !reply.ok());
        let pid: i32 = std::fs::read_to_string(&pid_file).unwrap().trim().parse().unwrap();
        super::super::testing::until("the grandchild is gone", || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.is_empty() || stat.contains(") Z")
        })
        .await;
    }

    #[tokio::test]
    async fn credentials_and_escape_codes_do_not_pass_and_lines_are_told_as_they_come() {
        let (_dir, git) = fake(
            "if [ \"$1\" = --version ]; then echo git version 2.40.0; exit; fi\nprintf 'a https://u:pw@h/x\\n\\033[31mred\\rdone' >&2; exit 3",
        )
        .await;
        let lines = std::sync::Mutex::new(Vec::new());
        let on_line = |line: &str| lines.lock().unwrap().push(line.to_owned());
        let mut call = Call::new(&["x"], Duration::from_secs(10));
        call.on_line = Some(&on_line);
        let reply = git.unwrap().run(call).await.unwrap();
        assert_eq!(reply.code, Some(3));
        assert_eq!(reply.stderr, "a https://h/x\n^[[31mred\ndone");
        assert_eq!(*lines.lock().unwrap(), ["a https://h/x", "^[[31mred", "done"]);
    }
}
