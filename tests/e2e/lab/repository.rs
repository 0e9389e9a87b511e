//! A real git repository of one story.

use driftdeck::sim::repos::Repos;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Repository {
    pub url: String,
    work: PathBuf,
    bare: PathBuf,
    env: Vec<(String, String)>,
}

impl Repository {
    pub(super) fn create(root: &Path, name: &str, env: &[(String, String)], files: &[(&str, String)]) -> Self {
        let (work, bare) = (root.join("work").join(name), root.join("repos").join(format!("{name}.git")));
        let repository = Self { url: Repos::url(name), work, bare, env: env.to_vec() };
        fs::create_dir_all(&repository.work).expect("a directory");
        repository.git(&["init", "--quiet", "-b", "main", "."]);
        repository.write(files);
        repository.git(&["add", "--all"]);
        repository.git(&["commit", "--quiet", "-m", "Start"]);
        let bare = repository.bare.display().to_string();
        repository.git(&["clone", "--quiet", "--bare", ".", &bare]);
        repository
    }

    fn write(&self, files: &[(&str, String)]) {
        for (path, text) in files {
            let path = self.work.join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(path, text).expect("a file is written");
        }
    }

    /// Commits the files and pushes; answers the commit.
    pub fn land(&self, message: &str, files: &[(&str, String)]) -> String {
        self.write(files);
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", message]);
        let bare = self.bare.display().to_string();
        self.git(&["push", "--quiet", &bare, "HEAD:refs/heads/main"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// What the remote's main branch says to a question.
    pub fn ask(&self, arguments: &[&str]) -> String {
        let bare = self.bare.display().to_string();
        let mut all = vec!["--git-dir", &bare];
        all.extend(arguments);
        self.git(&all)
    }

    pub fn head(&self) -> String {
        self.ask(&["rev-parse", "refs/heads/main"])
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git").args(arguments).current_dir(&self.work).envs(self.env.iter().cloned()).output().expect("git runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {error}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}
