//! Commits as data, and what other people push while the demo runs.

use super::import::{Author, Files, Stream};

/// Which past a fleet starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Story {
    /// The bad merge is in, eighteen minutes old.
    Night,
    /// Everything but the bad merge; its branch waits.
    Before,
    /// As the night, with a directory for each app of the scenario that shows every situation.
    States,
}

impl Story {
    pub fn has_merge(self) -> bool {
        self != Self::Before
    }
}

/// One change of the files.
pub enum Edit {
    Put(String, String),
    /// In this file, the first of these texts becomes that one.
    Sub(String, String, String),
    Each(fn(&mut Files)),
}

impl Edit {
    pub fn sub(path: &str, from: &str, to: &str) -> Self {
        Self::Sub(path.into(), from.into(), to.into())
    }
}

/// A scripted commit. `age` is in seconds before the start of the fleet.
pub struct Commit {
    pub name: &'static str,
    pub author: Author,
    pub age: i64,
    pub message: String,
    pub branch: &'static str,
    /// Branch it starts from, where that is another one.
    pub from: Option<&'static str>,
    pub merge: Option<&'static str>,
    pub tag: Option<&'static str>,
    pub edits: Vec<Edit>,
}

impl Commit {
    pub fn new(name: &'static str, author: Author, age: i64, message: &str, edits: Vec<Edit>) -> Self {
        Self { name, author, age, message: message.to_owned(), branch: "main", from: None, merge: None, tag: None, edits }
    }
    pub fn on(mut self, branch: &'static str) -> Self {
        self.branch = branch;
        self.from = Some("main");
        self
    }
    pub fn merging(mut self, branch: &'static str) -> Self {
        self.merge = Some(branch);
        self
    }
    pub fn tagged(mut self, tag: &'static str) -> Self {
        self.tag = Some(tag);
        self
    }
}

/// A push by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landing {
    /// Merge #812: the connection pool that is too large.
    BadMerge,
    /// One push: the image automation bumps payments, then the bad merge. Nobody ever runs the bump alone.
    BumpAndBadMerge,
    /// The image automation bumps payments to this patch number, on the line that the earlier bump wrote.
    PaymentsBump(u32),
    /// The image automation bumps web to this patch number.
    WebBump(u32),
    /// A scripted revert of the bad merge, for tests and tours.
    Revert,
}

impl Landing {
    /// Writes the commits; answers the name of the last one.
    pub fn write(&self, stream: &mut Stream, at: i64) -> String {
        match self {
            Self::BadMerge => {
                stream.commit(&pool_merge(), at);
                "9d1e07b".into()
            }
            Self::BumpAndBadMerge => {
                Self::PaymentsBump(1).write(stream, at - 1);
                Self::BadMerge.write(stream, at)
            }
            Self::PaymentsBump(patch) => {
                let (from, to) = (format!("newTag: \"2.14.{}\"", patch - 1), format!("newTag: \"2.14.{patch}\""));
                let message =
                    format!("chore: payments 2.14.{} to 2.14.{patch}\n\nAutomated by image policy flux-system/payments.\n", patch - 1);
                let edit = Edit::sub(PAYMENTS_IMAGES, &from, &to);
                stream.commit(&Commit::new("61c03aa", Author::BOT, 0, &message, vec![edit]), at);
                "61c03aa".into()
            }
            Self::WebBump(patch) => {
                let (from, to) = (format!("newTag: \"3.8.{}\"", patch - 1), format!("newTag: \"3.8.{patch}\""));
                let message = format!("chore: web 3.8.{} to 3.8.{patch}\n\nAutomated by image policy flux-system/web.\n", patch - 1);
                let edit = Edit::sub("apps/web/base/kustomization.yaml", &from, &to);
                stream.commit(&Commit::new("web-bump", Author::BOT, 0, &message, vec![edit]), at);
                "web-bump".into()
            }
            Self::Revert => {
                let edits = POOL.iter().map(|(path, old, new)| Edit::sub(path, new, old)).collect();
                let message = "Revert \"Merge #812: payments pool 20 to 200\"\n";
                stream.commit(&Commit::new("revert", Author::SAM, 0, message, edits), at);
                "revert".into()
            }
        }
    }
}

pub const PAYMENTS_IMAGES: &str = "apps/payments/base/kustomization.yaml";

/// File, text before, text after of the bad change.
const POOL: [(&str, &str, &str); 3] = [
    ("apps/payments/base/config.yaml", "POOL_SIZE: \"20\"", "POOL_SIZE: \"200\""),
    ("apps/payments/base/hpa.yaml", "minReplicas: 2", "minReplicas: 4"),
    ("apps/payments/base/deployment.yaml", "checksum/config: 7f9c", "checksum/config: b5d2"),
];

fn pool_edits() -> Vec<Edit> {
    POOL.iter().map(|(path, old, new)| Edit::sub(path, old, new)).collect()
}

/// f3a1d20 on branch dana/pool.
pub fn pool_commit() -> Commit {
    let message = "payments: pool 20 to 200, two more pods at least\n\nThe pool was full at the evening peak.\n";
    Commit::new("f3a1d20", Author::DANA, 1500, message, pool_edits()).on("dana/pool")
}

/// 9d1e07b, the merge of dana/pool.
pub fn pool_merge() -> Commit {
    let message =
        "Merge #812: payments pool 20 to 200\n\nThe pool was full at the evening peak.\nReviewed-by: Ravi Menon <ravi@acme.example>\n";
    Commit::new("9d1e07b", Author::DANA, 1110, message, pool_edits()).merging("dana/pool")
}
