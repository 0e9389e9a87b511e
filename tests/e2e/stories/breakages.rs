//! Things broken by hand on real API servers, and what a stranger reads of them.

use super::watch::both;
use crate::breakages::{Breakage, Ground, LIMIT, all, miss, text};
use crate::deck::Deck;
use crate::lab::files::{entry, kubeconfig};
use crate::lab::{Lab, objects, story};
use driftdeck::app::fleet::Row;
use driftdeck::app::state::AppState;
use driftdeck::domain::ids::AppId;
use driftdeck::domain::status::{Health, Sync};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A look at one row before the next one is looked at.
const LOOK: Duration = Duration::from_secs(4);

#[test]
fn what_a_clumsy_colleague_breaks_is_told_with_its_cause_and_the_next_step_on_real_servers() {
    story(|lab| async move {
        let dir = tempfile::tempdir().expect("a directory");
        let mut deck = both(lab, &dir);
        let ground = Ground { hub: lab.hub.client("admin"), edge: lab.edge.client("admin"), names: ["hub".into(), "edge".into()] };
        let mut left = Vec::new();
        for of in all() {
            left.push((of, ground.make(of, lab.repository(of.name, &objects::web("1.0"))).await));
        }
        for (of, broken) in &left {
            if of.well_before {
                deck.row_says(&ground.id(of), Sync::Synced, Health::Healthy).await;
            }
            (of.hand)(broken).await;
        }
        let list: Vec<(&Breakage, AppId)> = left.iter().map(|(of, _)| (*of, ground.id(of))).collect();
        let misses = judged(&mut deck, &list).await;
        if let Some(out) = std::env::var_os("DRIFTDECK_BREAKAGES_OUT") {
            write(lab, Path::new(&out), &deck, &list).await;
        }
        assert!(misses.is_empty(), "{} of {} breakages:\n{}", misses.len(), list.len(), misses.join("\n"));
    });
}

fn row<'s>(state: &'s AppState, id: &AppId) -> Option<&'s Row> {
    state.fleet.rows.get(id)
}

/// Looks at every row in turn until each says what it must, or the time is up; answers the misses.
async fn judged(deck: &mut Deck, list: &[(&Breakage, AppId)]) -> Vec<String> {
    let begin = Instant::now();
    let mut open: Vec<&(&Breakage, AppId)> = list.iter().collect();
    while !open.is_empty() && begin.elapsed() < LIMIT {
        let mut still = Vec::new();
        for one in open {
            let (of, id) = one;
            deck.state.view.touched = true;
            deck.state.view.app = Some(id.clone());
            if !deck.within(LOOK, |state| row(state, id).is_some_and(|row| miss(row, of).is_none())).await {
                still.push(one);
            }
        }
        open = still;
    }
    let words = |(of, id): &&(&Breakage, AppId)| match row(&deck.state, id) {
        Some(row) => format!("{}: {}\n{}", of.name, miss(row, of).unwrap_or_default(), text(row)),
        None => format!("{}: no row", of.name),
    };
    open.iter().map(words).collect()
}

/// One numbered file for each: what the row says and what `driftdeck why` prints.
async fn write(lab: &Lab, out: &Path, deck: &Deck, list: &[(&Breakage, AppId)]) {
    std::fs::create_dir_all(out).expect("a directory");
    let home = tempfile::tempdir().expect("a directory");
    let file = kubeconfig(home.path(), &[entry("hub", &lab.hub, "admin"), entry("edge", &lab.edge, "admin")]);
    for (number, (_, id)) in list.iter().enumerate() {
        let row = row(&deck.state, id).map(|row| row.verdict.short.clone()).unwrap_or_default();
        let mut command = Command::new(env!("CARGO_BIN_EXE_driftdeck"));
        command.envs(super::binary::homes(home.path())).envs(lab.git_env.iter().cloned()).env_remove("KUBECONFIG");
        command.args([
            "why",
            &format!("{}/{}", id.namespace, id.name),
            "--cluster",
            id.cluster.as_str(),
            "--timeout",
            "20s",
            "--context",
            id.cluster.as_str(),
            "--kubeconfig",
        ]);
        command.arg(&file);
        let output = tokio::task::spawn_blocking(move || command.output().expect("the program runs")).await.expect("the program ends");
        let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        std::fs::write(out.join(format!("{:02}.txt", number + 1)), format!("row  {row}\n\n{said}{complained}")).expect("a file is written");
    }
}
