//! One script of requests with the answers that matter, for the simulated server and for a real one.
//!
//! May import: http and bytes; the caller brings the client. To extend: add a [`Step`] to the script of its topic and run it against both.

mod reads;
mod writes;

use std::collections::BTreeMap;
use std::future::Future;

use bytes::Bytes;
use serde_json::Value;

/// Who sends a step. Tokens: `admin` may do everything, `nobody` nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Admin,
    Nobody,
    /// No token.
    Anonymous,
    /// A token the server does not know.
    Stranger,
}

impl Who {
    /// The bearer token to send.
    pub fn token(self) -> Option<&'static str> {
        match self {
            Self::Admin => Some("admin"),
            Self::Nobody => Some("nobody"),
            Self::Anonymous => None,
            Self::Stranger => Some("no-such-token"),
        }
    }
}

/// A request and what its answer must hold. `{name}` in path and body stands for a value saved by an earlier step.
#[derive(Clone, Debug)]
pub struct Step {
    pub name: &'static str,
    pub who: Who,
    pub method: &'static str,
    pub path: String,
    pub content_type: &'static str,
    pub accept: &'static str,
    pub body: String,
    /// 0 = any.
    pub code: u16,
    /// JSON pointer → JSON value; a watch answers with the array of its events. `~` before the value = contains this text; `-` = absent.
    pub fields: Vec<(&'static str, &'static str)>,
    pub save: Vec<(&'static str, &'static str)>,
}

/// An answer as received.
#[derive(Clone, Debug)]
pub struct Answer {
    pub code: u16,
    pub warnings: Vec<String>,
    pub body: Vec<u8>,
}

/// A step whose answer was not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub step: &'static str,
    pub wanted: String,
    pub got: String,
}

pub(super) fn step(name: &'static str, method: &'static str, path: &str) -> Step {
    Step {
        name,
        who: Who::Admin,
        method,
        path: path.to_owned(),
        content_type: "",
        accept: "",
        body: String::new(),
        code: 200,
        fields: Vec::new(),
        save: Vec::new(),
    }
}

impl Step {
    fn by(mut self, who: Who) -> Self {
        self.who = who;
        self
    }
    fn accepting(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }
    fn sending(mut self, content_type: &'static str, body: &str) -> Self {
        self.content_type = content_type;
        self.body = body.to_owned();
        self
    }
    fn json(self, body: &str) -> Self {
        self.sending("application/json", body)
    }
    fn merge(self, body: &str) -> Self {
        self.sending("application/merge-patch+json", body)
    }
    fn gives(mut self, code: u16) -> Self {
        self.code = code;
        self
    }
    fn with(mut self, pointer: &'static str, value: &'static str) -> Self {
        self.fields.push((pointer, value));
        self
    }
    fn saving(mut self, name: &'static str, pointer: &'static str) -> Self {
        self.save.push((name, pointer));
        self
    }
}

/// The whole script. It works in the namespace `conformance` and needs the Application and Kustomization kinds.
pub fn script() -> Vec<Step> {
    reads::before().into_iter().chain(writes::steps()).chain(reads::steps()).collect()
}

/// Runs the script; `send` carries a request (path only, no token) out as `who`.
pub async fn run<F, R>(send: F) -> Vec<Difference>
where
    F: Fn(Who, http::Request<Bytes>) -> R,
    R: Future<Output = Result<Answer, String>>,
{
    let mut saved: BTreeMap<&str, String> = BTreeMap::new();
    let mut differences = Vec::new();
    for step in script() {
        let fill = |text: &str| saved.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value));
        let mut request = http::Request::builder().method(step.method).uri(fill(&step.path)).header("user-agent", "conformance/1");
        for (name, value) in [("content-type", step.content_type), ("accept", step.accept)] {
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        let answer = match request.body(Bytes::from(fill(&step.body))) {
            Ok(request) => send(step.who, request).await,
            Err(error) => Err(error.to_string()),
        };
        match answer {
            Ok(answer) => {
                let body = body_of(&step, &answer);
                for (name, pointer) in &step.save {
                    let value = body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
                    saved.insert(name, value.to_owned());
                }
                differences.extend(compare(&step, &answer, &body));
            }
            Err(error) => differences.push(Difference { step: step.name, wanted: "an answer".into(), got: error }),
        }
    }
    differences
}

/// JSON, the list of a watch's events, or the text; warnings stand under `warnings` when a step asks for them.
fn body_of(step: &Step, answer: &Answer) -> Value {
    if step.fields.iter().any(|(pointer, _)| pointer.starts_with("/warnings")) {
        return serde_json::json!({"warnings": answer.warnings});
    }
    let text = String::from_utf8_lossy(&answer.body);
    if step.path.contains("watch=1") && answer.code == 200 {
        return text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect();
    }
    serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()))
}

fn compare(step: &Step, answer: &Answer, body: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut differ = |wanted: String, got: String| found.push(Difference { step: step.name, wanted, got });
    if step.code != 0 && step.code != answer.code {
        differ(step.code.to_string(), format!("{} {body}", answer.code));
    }
    for (pointer, wanted) in &step.fields {
        let got = body.pointer(pointer);
        let shown = got.map_or_else(|| "absent".to_owned(), ToString::to_string);
        let fits = match wanted.strip_prefix('~') {
            Some(part) => got.is_some_and(|got| got.as_str().map_or_else(|| got.to_string(), str::to_owned).contains(part)),
            None if *wanted == "-" => got.is_none(),
            None => got.cloned() == serde_json::from_str(wanted).ok() && got.is_some(),
        };
        if !fits {
            differ(format!("{pointer} = {wanted}"), format!("{shown} in {body}"));
        }
    }
    found
}
