//! Live details of the row in view: tree, events, log.

use super::Runtime;
use crate::app::assess::{self, Assessed, Made};
use crate::app::destination::Found;
use crate::app::msg::Msg;
use crate::app::rights::Object;
use crate::cluster::access::Question;
use crate::cluster::live;
use crate::domain::app::{ManagedResource, SharedApp, StoredRelease};
use crate::domain::event::{DetailEvent, LiveEvent};
use crate::domain::ids::{AppId, ClusterId, ObjectKey};
use crate::domain::neighbour::Neighbour;
use crate::domain::status::Health;
use crate::engine;

/// Lines of a log that are read.
const TAIL: usize = 200;

fn assessed(app: AppId, answer: Assessed) -> Msg {
    Msg::Assessed { app, answer: Box::new(answer) }
}

impl Runtime {
    /// As `spawn`, until the row in view is left.
    pub(super) fn spawn_detail(&self, work: impl Future<Output = Option<Msg>> + Send + 'static) {
        let task = self.spawn(work);
        let mut inner = self.clusters.lock();
        inner.details.retain(|task| !task.is_finished());
        inner.details.push(task);
    }

    pub(super) fn end_details(&self) {
        for task in self.clusters.lock().details.drain(..) {
            task.abort();
        }
    }

    pub(super) fn tree(&self, app: AppId, cluster: ClusterId, resources: Vec<ManagedResource>, in_view: bool) {
        let (session, clock) = (self.clusters.session(&cluster), self.options.clock);
        let work = async move {
            let nodes = match session {
                Some(session) => session.tree(&resources).await.map_err(|e| e.message),
                None => Err(format!("{cluster} is not watched")),
            };
            Some(Msg::Detail(DetailEvent::Tree { app, at: clock.now(), nodes }))
        };
        if in_view {
            self.spawn_detail(work);
        } else {
            self.spawn(work);
        }
    }

    /// The worst health among the objects; one that is gone counts as missing.
    pub(super) fn assess(&self, app: AppId, of: Made, cluster: ClusterId, resources: Vec<ManagedResource>, release: Option<StoredRelease>) {
        let session = self.clusters.session(&cluster);
        self.spawn(async move {
            let Some(session) = session else {
                let health = Err(format!("{cluster} is not watched"));
                return Some(assessed(app, Assessed { of, health, resources: Vec::new(), nodes: Vec::new() }));
            };
            let stored = match &release {
                Some(release) => session.release(release).await,
                None => Ok(Vec::new()),
            };
            let read = match &stored {
                Ok(stored) => session.tree(if release.is_some() { stored } else { &resources }).await,
                Err(e) => Err(e.clone()),
            };
            let (health, nodes) = match read {
                Ok(nodes) => (assess::worst(&nodes), nodes),
                Err(e) => (Err(e.message), Vec::new()),
            };
            let nodes = if matches!(health, Ok(Health::Healthy) | Err(_)) { Vec::new() } else { nodes };
            Some(assessed(app, Assessed { of, health, resources: stored.unwrap_or_default(), nodes }))
        });
    }

    /// Kinds that are not served are left out; one that may not be read is told.
    pub(super) fn around(&self, app: SharedApp) {
        let (session, clock) = (self.clusters.session(&app.id.cluster), self.options.clock);
        self.spawn_detail(async move {
            let engine = engine::engine(app.id.engine());
            let lookups = engine.lookups(&app);
            let answers = session?.around(&lookups).await;
            let (mut found, mut unread) = (Vec::new(), Vec::new());
            for (lookup, answer) in lookups.into_iter().zip(answers) {
                match answer {
                    Ok(objects) => {
                        let is_cut = objects.len() >= live::LIMIT;
                        unread.extend(is_cut.then(|| Neighbour::note(&lookup, format!("only the first {} were read", live::LIMIT))));
                        found.push((lookup, objects));
                    }
                    Err(why) => unread.push(Neighbour::unread(&lookup, &why)),
                }
            }
            let neighbours = engine.neighbours(&app, &found).into_iter().chain(unread).collect();
            Some(Msg::Detail(DetailEvent::Around { app: app.id.clone(), at: clock.now(), neighbours }))
        });
    }

    pub(super) fn review(&self, ask: u64, object: Object) {
        let session = self.clusters.session(&object.cluster);
        let question = Question {
            verb: "patch".into(),
            group: object.group.clone(),
            resource: object.plural.clone(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
        };
        self.spawn(async move {
            let may = match session {
                Some(session) => session.allowed(&question).await.map_err(|e| e.message),
                None => Err(format!("{} is not watched", object.cluster)),
            };
            Some(Msg::Reviewed { ask, object, may })
        });
    }

    /// One object that carries the app's id is proof enough; what cannot be read is no proof that nothing is there.
    pub(super) fn find_tracked(&self, home: ClusterId, destination: String, cluster: ClusterId, objects: Vec<(ObjectKey, Vec<String>)>) {
        let session = self.clusters.session(&cluster);
        self.spawn(async move {
            let keys: Vec<ObjectKey> = objects.iter().map(|(key, _)| key.clone()).collect();
            let found = match session {
                Some(session) => tracked(&session.objects(&keys).await, &objects),
                None => Err("it is not watched".to_owned()),
            };
            Some(Msg::Tracked { home, destination, cluster, found })
        });
    }

    /// Events of the app object from its home, of its resources from where they run, newest first.
    pub(super) fn events(&self, app: AppId, home: ClusterId, destination: Option<ClusterId>, objects: Vec<ObjectKey>) {
        let (at_home, there) = (self.clusters.session(&home), destination.as_ref().and_then(|d| self.clusters.session(d)));
        let clock = self.options.clock;
        self.spawn_detail(async move {
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
            found.sort_by_key(|e| std::cmp::Reverse(e.at));
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
        self.spawn_detail(async move {
            let containers = match &session {
                Some(session) => session.containers(&pod).await.unwrap_or_default(),
                None => Vec::new(),
            };
            // Without a name the server takes the only one, or refuses.
            let container = container.or_else(|| containers.first().cloned()).unwrap_or_default();
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
            Some(Msg::Detail(DetailEvent::Log { app, pod, container, previous: used, at: clock.now(), lines, containers }))
        });
    }
}

type Read = (ObjectKey, Result<Option<serde_json::Value>, String>);

fn tracked(read: &[Read], objects: &[(ObjectKey, Vec<String>)]) -> Result<Found, String> {
    let is_marked = |((_, object), (_, ids)): &(&Read, &(ObjectKey, Vec<String>))| {
        let Ok(Some(value)) = object else { return false };
        let mark = value["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"].as_str();
        mark.is_some_and(|mark| ids.iter().any(|id| id == mark))
    };
    if read.iter().zip(objects).any(|pair| is_marked(&pair)) {
        return Ok(Found::Marked);
    }
    if let Some(why) = read.iter().find_map(|(_, object)| object.as_ref().err()) {
        return Err(why.clone());
    }
    Ok(if read.iter().any(|(_, object)| matches!(object, Ok(Some(_)))) { Found::Unmarked } else { Found::Nothing })
}
