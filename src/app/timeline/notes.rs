//! What the timeline cannot know, in sentences.

use super::{MOST, moment};
use crate::app::state::AppState;
use crate::domain::repo::Repo;

pub fn unknown(state: &AppState) -> Vec<String> {
    [earlier(state), clusters(state), unread(state), cut_logs(state)].into_iter().flatten().collect()
}

fn earlier(state: &AppState) -> Option<String> {
    if !state.watch.is_read {
        return Some("what earlier runs recorded is not read yet".into());
    }
    let oldest = state.timeline.first().map(|e| e.at).filter(|at| *at > super::from(state))?;
    (state.timeline.len() >= crate::app::record::KEPT || state.view.timeline.count >= MOST).then(|| {
        format!("only the newest {} entries are held, from {} on; timeline.jsonl has the rest", state.timeline.len(), moment(state, oldest))
    })
}

/// Clusters of which nothing is heard now.
fn clusters(state: &AppState) -> Option<String> {
    let silent = state.fleet.clusters.values().filter_map(|c| Some((c.name(), c.silent_since()?)));
    let list: Vec<String> = silent
        .map(|(name, since)| match since {
            Some(at) => format!("{name} since {}", moment(state, at)),
            None => format!("{name} in this run"),
        })
        .collect();
    (!list.is_empty()).then(|| format!("nothing heard of {}", list.join(", ")))
}

/// Repositories whose commits were never read.
fn unread(state: &AppState) -> Option<String> {
    let list: Vec<&str> = state.fleet.repos.values().filter(|r| r.log.is_empty()).map(|r| r.id.short()).collect();
    (!list.is_empty()).then(|| format!("commits not read of {}", list.join(", ")))
}

/// A log is as long as it is: what came before its end, in this span, is not in it.
fn cut_logs(state: &AppState) -> Option<String> {
    let from = super::from(state);
    let is_cut = |r: &&Repo| r.log.len() >= crate::domain::repo::LOG && r.log.last().is_some_and(|c| c.at > from);
    let list: Vec<&str> = state.fleet.repos.values().filter(is_cut).map(|r| r.id.short()).collect();
    (!list.is_empty()).then(|| format!("only the newest {} commits of {}", crate::domain::repo::LOG, list.join(", ")))
}
