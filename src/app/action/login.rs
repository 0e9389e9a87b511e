//! `l`: runs the login program of the kubeconfig; `:forget`: accepts a cluster that is not the one it was.

use super::{Action, Group};
use crate::app::effect::Effect;
use crate::app::pane::Pane;
use crate::app::state::AppState;
use crate::domain::cluster::{Fingerprint, Link};
use crate::domain::ids::ClusterId;

pub static LOGIN: Action = Action {
    name: "login_cluster",
    title: "login",
    help: "leave the screen, run this cluster's login program, come back",
    group: Group::Screen,
    off: |s| {
        let id = cluster(s)?;
        match s.fleet.clusters.get(&id).map(|c| (&c.link, c.info.as_ref().and_then(|i| i.login.as_ref()))) {
            Some((Link::LoginNeeded { .. }, Some(_))) => None,
            Some((Link::LoginNeeded { .. }, None)) => Some(format!("The kubeconfig names no login program for {id}.")),
            _ => Some(format!("{id} needs no login.")),
        }
    },
    run: |s| cluster(s).map(Effect::Login).into_iter().collect(),
    mutates: false,
};

pub static FORGET: Action = Action {
    name: "accept_cluster",
    title: "accept changed cluster",
    help: "forget the stored identity of a cluster that is not the one it was, and connect",
    group: Group::Screen,
    off: |s| {
        let id = cluster(s)?;
        let changed = s.fleet.clusters.get(&id).is_some_and(|c| matches!(c.link, Link::Changed { .. }));
        (!changed).then(|| format!("{id} is the cluster it was."))
    },
    run: |s| match cluster(s) {
        Some(id) => vec![Effect::SaveFingerprint(id.clone(), Fingerprint::default()), Effect::RetryCluster(id)],
        None => Vec::new(),
    },
    mutates: false,
};

fn cluster(state: &AppState) -> Option<ClusterId> {
    match state.view.list() {
        Pane::Clusters => state.view.cluster.clone(),
        _ => state.row().map(|r| r.app.id.cluster.clone()).or_else(|| state.view.cluster.clone()),
    }
}
