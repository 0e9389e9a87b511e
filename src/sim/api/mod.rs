//! A small Kubernetes API server: real HTTP on a loopback socket, objects as JSON values, behaviour as measured on a real one.
//!
//! May import: domain (the clock), hyper, tower and what HTTP needs; no client and nothing of ours that reads engines.
//! To extend: a kind is a line in `builtin`, `argo` or `flux`; a fault is a field of [`faults::Settings`] and the place that obeys it;
//! a rule of behaviour gets a line in `conformance`, which also runs against a real server.

mod access;
mod apply;
mod argo;
mod builtin;
pub mod conformance;
mod discovery;
mod failure;
mod faults;
mod fields;
mod flux;
mod handle;
mod kind;
mod kubeconfig;
mod list;
mod logs;
mod merge;
mod proto;
mod query;
mod respond;
mod schema;
mod select;
mod serve;
mod store;
mod table;
mod token;
mod view;
mod watch;
mod write;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

pub use access::{Rule, User};
pub use failure::{Body as FailureBody, Failure};
pub use faults::{Deny, Faults, Garbage, LostReply, Settings, TooMany};
pub use kind::{Column, Crd, Kind};
pub use kubeconfig::kubeconfig;
pub use schema::Schema;
pub use serve::Running;

use crate::domain::clock::Clock;
use access::Access;
use logs::Logs;
use store::{Key, Store};
use write::{Call, Conditions, Validation};

/// One API server. A clone is the same server.
#[derive(Clone)]
pub struct ApiServer {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    kubernetes_version: String,
    clock: Clock,
    store: Mutex<Store>,
    access: Mutex<Access>,
    logs: Mutex<Logs>,
    faults: Faults,
}

impl ApiServer {
    /// An empty server with the builtin kinds, the namespaces `default` and `kube-system` and one user: token `admin`, who may do everything.
    pub fn new(name: &str, kubernetes_version: &str, clock: Clock, seed: u64) -> Self {
        let mut store = Store::new(seed);
        for kind in builtin::kinds() {
            store.install(kind);
        }
        let server = Self {
            inner: Arc::new(Inner {
                name: name.to_owned(),
                kubernetes_version: kubernetes_version.to_owned(),
                clock,
                store: Mutex::new(store),
                access: Mutex::new(Access::with_admin()),
                logs: Mutex::default(),
                faults: Faults::default(),
            }),
        };
        for namespace in ["default", "kube-system"] {
            server.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
        }
        server
    }

    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Installs a custom kind and stores its definition.
    pub fn install(&self, crd: Crd) {
        let definition = crd.definition();
        self.store().install(crd);
        self.put(definition);
    }

    /// Stores an object as it is; uid, version, creation time and generation are filled where absent, its namespace is made. Returns what is stored.
    pub fn put(&self, mut object: Value) -> Value {
        let now = self.now();
        let mut store = self.store();
        let Some(kind) = store.by_object(&object) else { return Value::Null };
        if let Some(map) = object.as_object_mut() {
            map.insert("apiVersion".into(), json!(kind.api_version()));
        }
        let metadata = write::metadata_of(&mut object);
        let name = write::text(metadata, "name");
        let namespace = if kind.namespaced { write::text(metadata, "namespace") } else { String::new() };
        let namespace = if kind.namespaced && namespace.is_empty() { "default".to_owned() } else { namespace };
        if kind.namespaced {
            metadata.insert("namespace".into(), json!(namespace));
        }
        let old = store.get(&kind, &namespace, &name).map(|stored| stored.value.clone());
        let inherited = |key: &str| old.as_ref().and_then(|o| o.pointer(&format!("/metadata/{key}"))).cloned();
        let uid = inherited("uid").unwrap_or_else(|| json!(store.next_uid()));
        metadata.entry("uid").or_insert(uid);
        metadata.entry("creationTimestamp").or_insert_with(|| inherited("creationTimestamp").unwrap_or_else(|| json!(now)));
        if kind.generation {
            metadata.entry("generation").or_insert_with(|| inherited("generation").unwrap_or_else(|| json!(1)));
        }
        write::seed_defaults(&kind, &mut object);
        if kind.namespaced {
            ensure_namespace(&mut store, &namespace, &now);
        }
        install_defined(&mut store, &kind, &object);
        store.insert(&kind, object).value.clone()
    }

    /// Changes an object in one step, as a client's patch would: no writer comes in between, and a changed spec raises the generation.
    /// Returns what is stored; `None` where there is no such object.
    pub fn edit(&self, group: &str, plural: &str, namespace: &str, name: &str, change: impl FnOnce(&mut Value)) -> Option<Value> {
        let mut store = self.store();
        let kind = find(&store, group, plural)?;
        let old = store.get(&kind, namespace, name)?.clone();
        let mut object = old.value.clone();
        change(&mut object);
        write::raise_generation(&kind, &old.value, &mut object);
        Some(store.insert(&kind, object).value.clone())
    }

    /// `group` is empty for core kinds.
    pub fn get(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Option<Value> {
        let store = self.store();
        let kind = find(&store, group, plural)?;
        store.get(&kind, namespace, name).map(|stored| stored.value.clone())
    }

    /// All objects of a kind, of one namespace if `namespace` is not empty.
    pub fn list(&self, group: &str, plural: &str, namespace: &str) -> Vec<Value> {
        let store = self.store();
        let Some(kind) = find(&store, group, plural) else { return Vec::new() };
        let objects = store.table(&kind).into_iter().flat_map(|table| table.objects.values());
        objects.filter(|stored| namespace.is_empty() || stored.key.0 == namespace).map(|stored| stored.value.clone()).collect()
    }

    /// Deletes as a client would: finalizers hold the object.
    ///
    /// # Errors
    /// The refusal a client would get.
    pub fn delete(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Result<(), Failure> {
        let now = self.now();
        let mut store = self.store();
        let kind = find(&store, group, plural).ok_or_else(Failure::no_such_path)?;
        let call = Call {
            version: kind.version().to_owned(),
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            status: false,
            manager: String::new(),
            dry_run: false,
            validation: Validation::Ignore,
            now,
        };
        write::delete(&mut store, &call, &Conditions::default()).map(|_| ())
    }

    /// The version of the last change.
    pub fn resource_version(&self) -> u64 {
        self.store().version
    }

    pub fn faults(&self) -> &Faults {
        &self.inner.faults
    }

    /// Expires every resourceVersion and page token given out so far.
    pub fn expire_versions(&self) {
        self.store().forget_history();
    }

    pub fn add_user(&self, token: &str, user: User) {
        self.access().add_user(token, user);
    }

    /// Who callers without a token are. `None` = `system:anonymous`, who may read nothing. kubectl sends no token over plain HTTP: a server it
    /// shall use needs a user here.
    pub fn set_anonymous(&self, user: Option<User>) {
        self.access().set_anonymous(user);
    }

    pub fn allow(&self, rule: Rule) {
        self.access().allow(rule);
    }

    /// Sets the log of a container; an empty `container` is the pod's only one.
    pub fn set_log(&self, namespace: &str, pod: &str, container: &str, previous: bool, text: &str) {
        self.logs().set(namespace, pod, container, previous, text);
    }

    /// Appends to a log; followers see it at once.
    pub fn append_log(&self, namespace: &str, pod: &str, container: &str, text: &str) {
        self.logs().append(namespace, pod, container, text);
    }

    /// Namespace, pod and container of each log that is followed now.
    pub fn followed_logs(&self) -> Vec<(String, String, String)> {
        self.logs().followed()
    }

    /// Listens on `addr` (port 0 = any free one) until [`Running::stop`].
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn serve(&self, addr: SocketAddr) -> io::Result<Running> {
        serve::serve(self.clone(), addr).await
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.inner.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn access(&self) -> MutexGuard<'_, Access> {
        self.inner.access.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn logs(&self) -> MutexGuard<'_, Logs> {
        self.inner.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Now, RFC 3339 in whole seconds.
    fn now(&self) -> String {
        self.inner.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

fn find(store: &Store, group: &str, plural: &str) -> Option<Arc<Kind>> {
    let qualified = if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
    store.tables.get(&qualified).map(|table| table.kind.clone())
}

fn ensure_namespace(store: &mut Store, name: &str, now: &str) {
    let Some(kind) = find(store, "", "namespaces") else { return };
    if store.get(&kind, "", name).is_some() {
        return;
    }
    let uid = store.next_uid();
    let mut object = json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "uid": uid, "creationTimestamp": now},
    });
    write::seed_defaults(&kind, &mut object);
    store.insert(&kind, object);
}

/// A stored definition makes its kind served.
fn install_defined(store: &mut Store, kind: &Kind, object: &Value) {
    if kind.plural != "customresourcedefinitions" {
        return;
    }
    if let Some(custom) = Kind::from_definition(object) {
        // The kinds installed from Rust know more than the short definition stored for them.
        if find(store, &custom.group, &custom.plural).is_none() {
            store.install(custom);
        }
    }
}

/// Removes an object and what goes with it: the kind of a definition, the contents of a namespace.
fn erase(store: &mut Store, kind: &Kind, key: &Key) {
    let removed = store.remove(&kind.qualified(), key);
    match (kind.group.as_str(), kind.plural.as_str()) {
        ("apiextensions.k8s.io", "customresourcedefinitions") => {
            if removed.is_some() {
                store.uninstall(&key.1);
            }
        }
        ("", "namespaces") => {
            let inside: Vec<(String, Key)> = store
                .tables
                .iter()
                .flat_map(|(qualified, table)| table.objects.keys().map(move |k| (qualified.clone(), k.clone())))
                .filter(|(_, inner)| inner.0 == key.1)
                .collect();
            for (qualified, inner) in inside {
                store.remove(&qualified, &inner);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod kubectl_tests;
#[cfg(test)]
mod tests;
