//! What is planned, how it goes and how it ended: in words and as a document.

use crate::app::staged::{Batch, Member, Standing};
use crate::app::state::AppState;
use crate::cli::act::report::plan as document;
use crate::cli::act::text;
use crate::cli::args::Form;
use crate::cli::status::json as status;
use crate::cli::{Failure, print};
use crate::domain::Timestamp;
use crate::domain::duration::{long_age, seconds_between};
use crate::domain::ids::{AppId, TaskId};
use crate::domain::plan::Plan;
use serde_json::{Value, json};
use std::collections::HashMap;

pub struct Report {
    pub batch: Batch,
    pub plan: Plan,
    pub dry_run: bool,
    /// Clusters that may hold more of the apps asked for, and why they were not read.
    pub unread: Vec<String>,
}

impl Report {
    /// The plan with the requests of each app.
    pub fn text(&self) -> String {
        let requests: String = self.batch.members().map(|m| text::requests(&m.plan)).collect();
        format!("{}{requests}", text::plan(&self.plan))
    }

    pub fn shown(&self, state: &AppState, form: Form) -> Result<i32, Failure> {
        if form == Form::Json {
            print::answer(&self.document(state, None, None))?;
        } else {
            print::answer(&format!("{}Nothing was sent (--dry-run).\n", self.text()))?;
        }
        Ok(0)
    }

    /// Nothing was sent, and why.
    pub fn refused(&self, state: &AppState, form: Form, why: Option<String>) -> Result<i32, Failure> {
        let why = why.unwrap_or_else(|| {
            let no = self.plan.refused.as_ref();
            let lines: String = no.into_iter().flat_map(|r| &r.lines).map(|l| format!("\n  {}", l.text)).collect();
            no.map_or_else(String::new, |r| format!("{} {}{lines}", r.headline, r.text))
        });
        if form == Form::Json {
            print::answer(&self.document(state, Some(&why), None))?;
            return Ok(3);
        }
        Err(Failure { code: 3, text: format!("{}: {why}\nNothing was sent.", self.plan.title) })
    }

    /// 0 every app is Healthy, 1 some were left out, 2 a cluster that may hold more was not read, 4 one is not Healthy, 5 the end was not seen.
    pub fn end(&self, state: &AppState, form: Form, end: Option<&(Timestamp, bool, String)>) -> Result<i32, Failure> {
        let code = match end {
            Some((_, true, _)) if !self.unread.is_empty() => 2,
            Some((_, true, _)) => i32::from(!self.batch.left_out.is_empty()),
            Some((_, false, _)) => 4,
            None => 5,
        };
        let said =
            end.map_or_else(|| format!("no end was seen: {}", crate::app::staged::run::left(&self.batch)), |(_, _, text)| text.clone());
        if form == Form::Json {
            print::answer(&self.document(state, None, end))?;
            return Ok(code);
        }
        let left = self.batch.left_out.iter().map(|l| format!("\nleft out: {} {}: {}", l.app.name, l.cluster, l.why));
        let more: String = left.chain(self.unread.iter().map(|u| format!("\nleft out: {u}"))).collect();
        let text = format!("{}: {said}{more}", self.plan.title);
        if code != 0 {
            return Err(Failure { code, text });
        }
        print::answer(&format!("{text}\n"))?;
        Ok(0)
    }

    fn document(&self, state: &AppState, refused: Option<&str>, end: Option<&(Timestamp, bool, String)>) -> String {
        let stages: Vec<Value> = self
            .batch
            .stages
            .iter()
            .map(|s| {
                let apps: Vec<Value> = s.members.iter().map(|m| member(state, m)).collect();
                json!({ "cluster": s.cluster, "protected": s.protected, "at_once": self.batch.at_once(s), "apps": apps })
            })
            .collect();
        let left_out: Vec<Value> =
            self.batch.left_out.iter().map(|l| json!({ "app": object(&l.app), "cluster": l.cluster, "reason": l.why })).collect();
        let body = json!({
            "command": "staged-sync",
            "dry_run": self.dry_run,
            "plan": document(&self.plan),
            "within_seconds": self.batch.rules.within().ok(),
            "stages": stages,
            "left_out": left_out,
            "unread": self.unread,
            "refused": refused,
            "stopped": self.batch.stopped,
            "end": end.map(|(at, good, text)| json!({ "at": at, "good": good, "text": text })),
        });
        status::text(state, body)
    }
}

fn object(id: &AppId) -> Value {
    json!({ "home": id.cluster, "kind": id.kind.kind(), "namespace": id.namespace, "name": id.name })
}

fn member(state: &AppState, m: &Member) -> Value {
    let (word, text) = match &m.standing {
        Standing::Waits => ("not_sent", None),
        Standing::Sent(_) => ("sent", None),
        Standing::Healthy { how, .. } => ("healthy", Some(how.as_str())),
        Standing::Failed(why) => ("failed", Some(why.as_str())),
        Standing::Refused(why) => ("refused", Some(why.as_str())),
    };
    let now = state.fleet.rows.get(&m.app).map(status::app);
    json!({ "object": object(&m.app), "state": word, "text": text, "plan": document(&m.plan), "app": now })
}

/// What was told already.
#[derive(Default)]
pub struct News(HashMap<AppId, String>);

impl News {
    pub fn of(&mut self, state: &AppState, task: TaskId) -> Vec<String> {
        let Some((task, batch)) = state.task(task).and_then(|t| Some((t, t.batch.as_deref()?))) else { return Vec::new() };
        let after = format!("+{}", long_age(seconds_between(task.started_at, state.now)));
        let mut out = Vec::new();
        for stage in &batch.stages {
            for member in &stage.members {
                let says = match &member.standing {
                    Standing::Waits => continue,
                    Standing::Sent(child) => last_line(state, *child),
                    Standing::Healthy { how, .. } => how.clone(),
                    Standing::Failed(why) => format!("failed: {why}"),
                    Standing::Refused(why) => format!("not sent: {why}"),
                };
                if self.0.get(&member.app) != Some(&says) {
                    out.push(format!("  {after:<8} {} {}: {says}\n", stage.cluster, member.app.name));
                    self.0.insert(member.app.clone(), says);
                }
            }
        }
        out
    }
}

fn last_line(state: &AppState, task: TaskId) -> String {
    state.task(task).and_then(|t| t.lines.last()).map_or_else(|| "is being sent".into(), |l| l.text.clone())
}
