//! Live details of the row in view: tree, events, log.

use super::Runtime;
use crate::app::msg::Msg;
use crate::domain::app::ManagedResource;
use crate::domain::event::{DetailEvent, LiveEvent};
use crate::domain::ids::{AppId, ClusterId, ObjectKey};

/// Lines of a log that are read.
const TAIL: usize = 200;

impl Runtime {
    pub(super) fn tree(&self, app: AppId, cluster: ClusterId, resources: Vec<ManagedResource>) {
        let (session, clock) = (self.clusters.session(&cluster), self.options.clock);
        self.spawn(None, async move {
            let nodes = match session {
                Some(session) => session.tree(&resources).await.map_err(|e| e.message),
                None => Err(format!("{cluster} is not watched")),
            };
            Some(Msg::Detail(DetailEvent::Tree { app, at: clock.now(), nodes }))
        });
    }

    /// Events of the app object from its home, of its resources from where they run, newest first.
    pub(super) fn events(&self, app: AppId, home: ClusterId, destination: Option<ClusterId>, objects: Vec<ObjectKey>) {
        let (at_home, there) = (self.clusters.session(&home), destination.as_ref().and_then(|d| self.clusters.session(d)));
        let clock = self.options.clock;
        self.spawn(None, async move {
            let mut found: Vec<LiveEvent> = Vec::new();
            let mut error = None;
            let (own, rest): (Vec<ObjectKey>, Vec<ObjectKey>) =
                objects.into_iter().partition(|o| o.name == app.name && o.kind == app.kind.kind());
            for (session, keys) in [(at_home, own), (there, rest)] {
                let Some(session) = session.filter(|_| !keys.is_empty()) else { continue };
                match session.events(&keys).await {
                    Ok(events) => found.extend(events),
                    Err(e) => error = Some(e.message),
                }
            }
            found.sort_by(|a, b| b.at.cmp(&a.at));
            found.truncate(200);
            let events = match error {
                Some(error) if found.is_empty() => Err(error),
                _ => Ok(found),
            };
            Some(Msg::Detail(DetailEvent::Events { app, at: clock.now(), events }))
        });
    }

    /// The previous run's log first; where there is none, the current one.
    pub(super) fn log(&self, app: AppId, cluster: ClusterId, pod: ObjectKey, container: Option<String>, previous: bool) {
        let (session, clock) = (self.clusters.session(&cluster), self.options.clock);
        self.spawn(None, async move {
            let container = container.unwrap_or_default();
            let mut used = previous;
            let lines = match session {
                None => Err(format!("{cluster} is not watched")),
                Some(session) => match session.log(&pod, &container, previous, TAIL).await {
                    Ok(lines) if !(lines.is_empty() && previous) => Ok(lines),
                    Ok(_) | Err(_) if previous => {
                        used = false;
                        session.log(&pod, &container, false, TAIL).await.map_err(|e| e.message)
                    }
                    Ok(lines) => Ok(lines),
                    Err(e) => Err(e.message),
                },
            };
            Some(Msg::Detail(DetailEvent::Log { app, pod, container, previous: used, at: clock.now(), lines }))
        });
    }
}
