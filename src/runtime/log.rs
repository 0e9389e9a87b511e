//! A log that is followed: lines in batches, the newest of them where too many come.

use super::Runtime;
use super::inbox::Inbox;
use crate::app::msg::Msg;
use crate::cluster::{ApiError, Class, LogStream, Run, SessionHandle};
use crate::domain::clock::Clock;
use crate::domain::event::DetailEvent;
use crate::domain::ids::{ClusterId, ObjectKey};
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::watch::Receiver;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

/// Lines that the stream begins with.
const TAIL: usize = 200;
/// Lines go on at most this often.
const EVERY: Duration = Duration::from_millis(50);
/// What is there already comes at once: what comes later than this after it was asked for is new.
const BACKLOG: Duration = Duration::from_secs(1);
/// Before a stream that ended is opened again.
const AGAIN: Duration = Duration::from_secs(1);

impl Runtime {
    /// Takes the place of the one before.
    pub(super) fn follow_log(&self, id: u64, cluster: ClusterId, pod: ObjectKey, container: String) {
        let session = self.clusters.session(&cluster);
        let (inbox, clock) = (self.inbox.clone(), self.options.clock);
        let task = tokio::spawn(async move {
            let why = match session {
                Some(session) => Follow { id, inbox: inbox.clone(), clock }.run(&session, &pod, &container).await,
                None => format!("{cluster} is not watched"),
            };
            inbox.send(Msg::Detail(DetailEvent::LogEnded { id, why })).await;
        });
        self.replace_follow(Some(task.abort_handle()));
    }

    pub(super) fn end_log(&self) {
        self.replace_follow(None);
    }

    fn replace_follow(&self, next: Option<AbortHandle>) {
        let before = std::mem::replace(&mut *self.follow.lock().unwrap_or_else(PoisonError::into_inner), next);
        if let Some(before) = before {
            before.abort();
        }
    }
}

struct Follow {
    id: u64,
    inbox: Inbox,
    clock: Clock,
}

impl Follow {
    /// Why it ended.
    async fn run(&self, session: &SessionHandle, pod: &ObjectKey, container: &str) -> String {
        let mut tail = TAIL;
        let mut lost = session.losses();
        let first = match session.container_run(pod, container).await {
            Ok(Some(run)) => run,
            Ok(None) => return "the pod is gone".to_owned(),
            Err(e) => return format!("it cannot be followed: {e}"),
        };
        loop {
            let is_new_from = Instant::now() + if tail > 0 { BACKLOG } else { Duration::ZERO };
            let opened = tokio::select! {
                opened = session.follow_log(pod, container, tail) => opened,
                _ = lost.changed() => Err(connection_ended()),
            };
            match opened {
                Ok(stream) => {
                    if let Err(e) = self.pump(stream, is_new_from, &mut lost).await {
                        return format!("the stream broke: {e}");
                    }
                }
                Err(e) => return format!("it cannot be followed: {e}"),
            }
            // The stream of a container that ends is over before its status says so: what is still the same run is looked at once more.
            for pause in [Duration::ZERO, AGAIN] {
                tokio::time::sleep(pause).await;
                match session.container_run(pod, container).await {
                    Ok(Some(now)) if now.is_running && now.restarts == first.restarts && now.uid == first.uid => {}
                    Ok(Some(now)) => return ended(&first, &now),
                    Ok(None) => return "the pod is gone".to_owned(),
                    Err(e) => return format!("the stream ended; why cannot be told: {e}"),
                }
            }
            // The server ends a stream now and then although the container runs on.
            self.send(false, vec!["(the stream ended and was opened again; lines in between may be missing)".to_owned()], 0).await;
            tail = 0;
        }
    }

    /// Drains the stream at its own speed and sends what is newest at ours.
    async fn pump(&self, mut stream: LogStream, is_new_from: Instant, lost: &mut Receiver<u64>) -> Result<(), ApiError> {
        let mut due: Option<Instant> = None;
        let end = loop {
            tokio::select! {
                more = stream.fill() => {
                    match more {
                        Ok(true) => {}
                        Ok(false) => break Ok(()),
                        Err(e) => break Err(e),
                    }
                    if stream.has_lines() {
                        due.get_or_insert_with(|| Instant::now() + EVERY);
                    }
                }
                _ = lost.changed() => break Err(connection_ended()),
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    due = None;
                    let (lines, dropped) = stream.take();
                    self.send(Instant::now() >= is_new_from, lines, dropped).await;
                }
            }
        };
        // Also what came just before a break: it may say why.
        let (lines, dropped) = stream.take();
        if !lines.is_empty() {
            self.send(Instant::now() >= is_new_from, lines, dropped).await;
        }
        end
    }

    async fn send(&self, is_new: bool, lines: Vec<String>, dropped: u64) {
        let at = self.clock.now();
        self.inbox.send(Msg::Detail(DetailEvent::LogMore { id: self.id, at, is_new, lines, dropped })).await;
    }
}

/// A stream on a dead connection may never hear of it.
fn connection_ended() -> ApiError {
    ApiError::new(Class::Lost, "the connection to the cluster ended")
}

/// What became of the run that was followed.
fn ended(first: &Run, now: &Run) -> String {
    if now.uid != first.uid {
        return "the pod is gone; another one has its name".to_owned();
    }
    let exit = now.exit_code.map_or_else(String::new, |code| format!(", exit {code}"));
    let reason = now.reason.as_deref().filter(|r| *r != "Error" && *r != "Completed").map_or_else(String::new, |r| format!(", {r}"));
    let next = if now.is_running { "; the next run goes on" } else { "" };
    format!("the container ended{exit}{reason}{next}")
}

#[cfg(test)]
mod tests;
