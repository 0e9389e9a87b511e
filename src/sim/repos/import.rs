//! One `git fast-import` stream per repository: hundreds of objects in one short process.

use super::history::{Commit, Edit};
use crate::domain::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

/// Who wrote a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Author {
    pub name: &'static str,
    pub mail: &'static str,
}

impl Author {
    pub const RAVI: Self = Self { name: "Ravi Menon", mail: "ravi@acme.example" };
    pub const DANA: Self = Self { name: "Dana Osei", mail: "dana@acme.example" };
    pub const LENA: Self = Self { name: "Lena Fuchs", mail: "lena@acme.example" };
    pub const MIA: Self = Self { name: "Mia Lindt", mail: "mia@acme.example" };
    pub const SAM: Self = Self { name: "sam", mail: "sam@acme.example" };
    pub const BOT: Self = Self { name: "image-bot", mail: "image-bot@users.noreply.acme.example" };
}

pub type Files = BTreeMap<String, String>;

/// A fast-import stream under construction, with the files of the newest commit of each branch.
pub struct Stream {
    text: String,
    branches: HashMap<String, (String, Files)>,
    marks: Vec<String>,
}

impl Stream {
    pub fn new() -> Self {
        Self { text: String::from("feature done\n"), branches: HashMap::new(), marks: Vec::new() }
    }

    /// Continues `main` of a repository that has `files` at commit `head`.
    pub fn onto(head: String, files: Files) -> Self {
        let mut stream = Self::new();
        stream.branches.insert("main".into(), (head, files));
        stream
    }

    /// Makes another branch known, to be merged.
    pub fn knows(&mut self, branch: &str, head: String) {
        self.branches.insert(branch.to_owned(), (head, Files::new()));
    }

    /// Adds one commit; `at` is in seconds since the epoch.
    pub fn commit(&mut self, commit: &Commit, at: i64) {
        let base = commit.from.unwrap_or(commit.branch);
        let (from, mut files) = self.branches.get(base).cloned().unwrap_or_default();
        let before = files.clone();
        for edit in &commit.edits {
            edit.apply(&mut files);
        }
        self.marks.push(commit.name.to_owned());
        let mark = format!(":{}", self.marks.len());
        let (text, author, message) = (&mut self.text, commit.author, commit.message.as_str());
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "commit refs/heads/{}\nmark {mark}\nauthor {n} <{m}> {at} +0000\ncommitter {n} <{m}> {at} +0000\ndata {}\n{message}\n",
            commit.branch,
            message.len(),
            n = author.name,
            m = author.mail,
        );
        if !from.is_empty() {
            let _ = writeln!(text, "from {from}");
        }
        if let Some(other) = commit.merge.and_then(|name| self.branches.get(name)) {
            let _ = writeln!(text, "merge {}", other.0);
        }
        for (path, content) in &files {
            if before.get(path) != Some(content) {
                let _ = write!(text, "M 100644 inline {path}\ndata {}\n{content}\n", content.len());
            }
        }
        for path in before.keys().filter(|path| !files.contains_key(*path)) {
            let _ = writeln!(text, "D {path}");
        }
        text.push('\n');
        self.branches.insert(commit.branch.to_owned(), (mark, files));
    }

    /// Tags the newest commit of `main`.
    pub fn tag(&mut self, name: &str) {
        if let Some((mark, _)) = self.branches.get("main") {
            let _ = write!(self.text, "reset refs/tags/{name}\nfrom {mark}\n\n");
        }
    }

    /// Runs git and answers the ids by commit name.
    pub fn run(mut self, dir: &Path) -> io::Result<HashMap<String, String>> {
        self.text.push_str("done\n");
        let marks = dir.join("marks");
        let mut child = Command::new("git")
            .arg("--git-dir")
            .arg(dir)
            .args(["fast-import", "--quiet"])
            .arg(format!("--export-marks={}", marks.display()))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(self.text.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(io::Error::other(format!("git fast-import: {}", String::from_utf8_lossy(&output.stderr))));
        }
        let text = std::fs::read_to_string(&marks)?;
        std::fs::remove_file(&marks)?;
        let parsed = text.lines().filter_map(|line| {
            let (mark, id) = line.strip_prefix(':')?.split_once(' ')?;
            let name = self.marks.get(mark.parse::<usize>().ok()?.checked_sub(1)?)?;
            Some((name.clone(), id.to_owned()))
        });
        Ok(parsed.collect())
    }
}

/// In every repository that a demo made: only these are removed again.
const MARK: &str = "driftdeck-demo";

/// Writes a bare repository with these commits, in the place of one that an earlier demo made; ages are counted back from `start`.
/// Errors: something else is there, the directory cannot be written, or `git` fails.
pub fn create(dir: &Path, commits: &[Commit], start: Timestamp) -> io::Result<HashMap<String, String>> {
    if dir.join(MARK).is_file() {
        std::fs::remove_dir_all(dir)?;
    } else if dir.exists() {
        let text = format!("{} is there already and is none of an earlier demo: name another --dir", dir.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
    }
    std::fs::create_dir_all(dir)?;
    std::fs::write(dir.join(MARK), "Made by driftdeck demo, which removes it when it starts here again.\n")?;
    // The five files `git init --bare` would write, without another process.
    for sub in ["objects/pack", "objects/info", "refs/heads", "refs/tags", "hooks"] {
        std::fs::create_dir_all(dir.join(sub))?;
    }
    std::fs::write(dir.join("HEAD"), "ref: refs/heads/main\n")?;
    let config = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n[receive]\n\tdenyNonFastForwards = true\n[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n";
    std::fs::write(dir.join("config"), config)?;
    let mut stream = Stream::new();
    for commit in commits {
        stream.commit(commit, start.as_second() - commit.age);
        if let Some(tag) = commit.tag {
            stream.tag(tag);
        }
    }
    stream.run(dir)
}

impl Edit {
    /// Changes the files; an edit whose text is not there changes nothing.
    pub fn apply(&self, files: &mut Files) {
        match self {
            Self::Put(path, text) => {
                files.insert(path.clone(), text.clone());
            }
            Self::Sub(path, from, to) => {
                if let Some(text) = files.get_mut(path) {
                    *text = text.replacen(from.as_str(), to, 1);
                }
            }
            Self::Each(change) => change(files),
        }
    }
}
