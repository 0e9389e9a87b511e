//! Real repositories in a temporary directory, with an identity and a configuration of their own.

use super::mirror::Mirror;
use super::program::Git;
use crate::domain::repo::RepoId;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

/// A bare remote, and a clone to write to it with.
pub(crate) struct Lab {
    dir: tempfile::TempDir,
    pub program: Git,
    time: AtomicU64,
}

impl Lab {
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("gitconfig"),
            "[user]\nname = Sam Test\nemail = sam@example.com\n[init]\ndefaultBranch = main\n[commit]\ngpgsign = false\n",
        )
        .unwrap();
        let program = Git::find(&env(dir.path())).await.unwrap();
        let lab = Self { dir, program, time: AtomicU64::new(1_780_000_000) };
        lab.run_in(lab.path(), &["init", "-q", "--bare", "-b", "main", "remote.git"]);
        lab.run_in(lab.path(), &["init", "-q", "-b", "main", "work"]);
        lab.git(&["remote", "add", "origin", &lab.url()]);
        lab
    }
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
    pub fn work(&self) -> PathBuf {
        self.path().join("work")
    }
    pub fn remote(&self) -> PathBuf {
        self.path().join("remote.git")
    }
    pub fn cache(&self) -> PathBuf {
        self.path().join("cache")
    }
    pub fn url(&self) -> String {
        format!("file://{}", self.remote().display())
    }
    /// The program with more environment.
    pub async fn git_with(&self, more: &[(&str, &str)]) -> Git {
        let mut all = env(self.path());
        all.extend(more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        Git::find(&all).await.unwrap()
    }
    pub async fn mirror(&self) -> Mirror {
        self.mirror_by(&self.program).await
    }
    pub async fn mirror_by(&self, git: &Git) -> Mirror {
        Mirror::open_or_clone(git, &self.cache(), &RepoId::from_url(&self.url()), &self.url(), None).await.unwrap()
    }
    /// Runs git in the clone; its output without the last line break.
    pub fn git(&self, args: &[&str]) -> String {
        self.run_in(&self.work(), args)
    }
    pub fn at_remote(&self, args: &[&str]) -> String {
        self.run_in(&self.remote(), args)
    }
    fn run_in(&self, dir: &Path, args: &[&str]) -> String {
        let (ok, text) = self.try_in(dir, args);
        assert!(ok, "git {args:?}: {text}");
        text
    }
    pub fn try_in(&self, dir: &Path, args: &[&str]) -> (bool, String) {
        let date = format!("{} +0000", self.time.fetch_add(60, Ordering::Relaxed));
        let mut command = Command::new("git");
        command.current_dir(dir).args(args).envs(env(self.path())).env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
        let out = command.env_remove("GIT_DIR").env("GIT_EDITOR", "true").output().unwrap();
        let text = if out.status.success() { &out.stdout } else { &out.stderr };
        (out.status.success(), String::from_utf8_lossy(text).trim_end().to_owned())
    }
    pub fn write(&self, path: &str, text: &str) {
        let path = self.work().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    /// Writes a file and commits it; the commit's id.
    pub fn commit(&self, path: &str, text: &str, message: &str) -> String {
        self.write(path, text);
        self.commit_all(message)
    }
    pub fn commit_all(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }
    pub fn push(&self) {
        self.git(&["push", "-q", "origin", "--all"]);
        self.git(&["push", "-q", "origin", "--tags"]);
    }
    /// Installs a hook of the remote.
    pub fn hook(&self, name: &str, body: &str) {
        script(&self.remote().join("hooks"), name, body);
    }
    pub fn remote_tip(&self) -> String {
        self.at_remote(&["rev-parse", "refs/heads/main"])
    }
}

fn env(dir: &Path) -> Vec<(String, String)> {
    let file = |name: &str| dir.join(name).to_string_lossy().into_owned();
    [
        ("HOME", file("home")),
        ("XDG_CONFIG_HOME", file("home")),
        ("GIT_CONFIG_GLOBAL", file("gitconfig")),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
    ]
    .map(|(k, v)| (k.to_owned(), v))
    .to_vec()
}

/// An executable shell script.
pub(crate) fn script(dir: &Path, name: &str, body: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = dir.join(name);
    std::fs::create_dir_all(dir).unwrap();
    // Written by another process: a descriptor of ours that a concurrent fork inherits would make the file busy.
    let mut child = Command::new("sh").arg("-c").arg("cat > \"$0\"").arg(&path).stdin(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), format!("#!/bin/sh\n{body}\n").as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Polls for at most ten seconds.
pub(crate) async fn until(what: &str, mut check: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if check() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}
