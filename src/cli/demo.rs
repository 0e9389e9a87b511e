//! `driftdeck demo`: the simulated fleet with its own config, state, cache and git identity.

use super::args::{Cli, Common, DemoArgs};
use super::prepare::{CLOCK, Overrides, Prepared, prepare};
use super::{Failure, log, print, tui};
use crate::app::fleet::Ack;
use crate::config::Paths;
use crate::domain::ids::ClusterId;
use crate::domain::journal::Watched;
use crate::domain::text::shell;
use crate::sim::demo::{self, Demo, DemoOptions};
use crate::sim::repos::Repos;
use crate::sim::scenario::{SCENARIOS, Scenario};
use crate::tui::Signals;
use std::path::Path;
use std::time::Duration;

pub async fn run(cli: &Cli, args: &DemoArgs) -> Result<i32, Failure> {
    if args.list {
        let list: String = SCENARIOS.iter().map(|(_, name, text)| format!("{name:<10} {text}\n")).collect();
        print::answer(&list)?;
        return Ok(0);
    }
    // First: who misspelt it is helped by the names, with a terminal or without.
    let scenario = scenario(&args.scenario)?;
    if !args.serve {
        tui::need_terminal("The same fleet without a screen, for kubectl, git and driftdeck status: driftdeck demo --serve")?;
    }
    let options = DemoOptions {
        scenario,
        dir: args.dir.clone(),
        clusters: args.clusters,
        apps: args.apps,
        noise: args.noise,
        seed: args.seed,
        ..DemoOptions::default()
    };
    let signals = tui::signals()?;
    let demo = demo::start(options).await.map_err(|e| Failure::usage(e.to_string()))?;
    let result = if args.serve { serve(&demo, &args.scenario, signals).await } else { deck(cli, args, &demo, signals).await };
    demo.stop().await;
    result
}

/// Serves until TERM, INT or HUP. What it prints is one line, for programs; what is beside it is for people.
async fn serve(demo: &Demo, scenario: &str, mut signals: Signals) -> Result<i32, Failure> {
    write_config(demo).map_err(|e| Failure { code: 74, text: format!("cannot write config.yaml into {}: {e}", demo.dir.display()) })?;
    print::answer(&format!("{}\n", demo.kubeconfig.display()))?;
    print::aside(&usage(demo, scenario));
    signals.ended().await;
    Ok(0)
}

/// How other terminals use a served demo. The objects name repositories on a host that does not exist; the demo's own git configuration
/// says where they are, and who commits.
fn usage(demo: &Demo, scenario: &str) -> String {
    let variable = "GIT_CONFIG_GLOBAL";
    let config = demo.git_env.iter().find(|(name, _)| name == variable).map_or("", |(_, path)| path);
    let at = |path: &Path| shell(&path.display().to_string());
    let (state, cache) = (at(&demo.dir.join("own/state")), at(&demo.dir.join("own/cache")));
    let (own, kubeconfig, repository) = (at(&demo.dir.join("config.yaml")), at(&demo.kubeconfig), Repos::url("fleet"));
    let clock = demo.clock.is_frozen().then(|| format!("export {CLOCK}={}   # the time of this fleet stands\n  ", demo.clock.now()));
    let clock = clock.unwrap_or_default();
    format!(
        "demo {scenario} serves until TERM or Ctrl-C. In another terminal:\n  {clock}\
         export {variable}={}   # git finds the repositories and commits as {}\n  \
         export XDG_STATE_HOME={state} XDG_CACHE_HOME={cache}   # what driftdeck remembers of this fleet stays with it\n  \
         driftdeck --config {own} --kubeconfig {kubeconfig} --all-contexts\n  \
         kubectl --kubeconfig {kubeconfig} config get-contexts\n  \
         git clone {repository}",
        shell(config),
        demo.operator
    )
}

async fn deck(cli: &Cli, args: &DemoArgs, demo: &Demo, signals: Signals) -> Result<i32, Failure> {
    let common = Common { all_contexts: cli.common.context.is_empty(), ..cli.common.clone() };
    tui::show(open(demo, &args.scenario, &common)?, signals).await
}

/// The deck's state and options on a started demo, with its own config, state, cache and git identity. Errors: as [`prepare`].
pub fn open(demo: &Demo, scenario: &str, common: &Common) -> Result<Prepared, Failure> {
    let paths = Paths {
        config: demo.dir.join("config/config.yaml"),
        config_was_named: false,
        themes: demo.dir.join("config/themes"),
        state: demo.dir.join("state"),
        cache: demo.dir.join("cache"),
        log: demo.dir.join("state/driftdeck.log"),
    };
    log::start(&paths.log);
    let common = Common { kubeconfig: Some(demo.kubeconfig.clone()), ..common.clone() };
    let overrides = Overrides {
        scenario: Some(scenario.to_owned()),
        clock: demo.clock,
        git_env: demo.git_env.clone(),
        operator: Some(demo.operator.to_owned()),
        poll: Some(Duration::from_secs(3)),
        utc_offset: demo.clock.is_frozen().then_some(0),
    };
    let mut prepared = prepare(&common, &paths, &overrides)?;
    remember(&mut prepared, demo);
    Ok(prepared)
}

/// The configuration that belongs to the served fleet: where Argo CD's destinations are, and what is protected.
fn write_config(demo: &Demo) -> std::io::Result<()> {
    let mut text = String::from("# Use it with: driftdeck --config <this file> --kubeconfig <the one beside it> --all-contexts\n");
    if !demo.protected.is_empty() {
        text.push_str(&format!("protected: [{}]\n", demo.protected.join(", ")));
    }
    if !demo.destinations.is_empty() {
        text.push_str("destinations:\n");
        for (_, what, to) in &demo.destinations {
            text.push_str(&format!("  {what}: {to}\n"));
        }
    }
    std::fs::write(demo.dir.join("config.yaml"), text)
}

fn scenario(name: &str) -> Result<Scenario, Failure> {
    Scenario::named(name).ok_or_else(|| {
        let names: Vec<&str> = SCENARIOS.iter().map(|(_, name, _)| *name).collect();
        Failure::usage(format!("There is no scenario \"{name}\"; there are {} (driftdeck demo --list).", names.join(", ")))
    })
}

/// What driftdeck would know had it been watching the demo fleet before: marks, ledger, last known rows.
fn remember(prepared: &mut Prepared, demo: &Demo) {
    let settings = &mut prepared.state.settings;
    settings.protected.extend(demo.protected.iter().cloned());
    settings.destinations.extend(demo.destinations.iter().map(|(_, what, to)| (what.clone(), ClusterId::new(to))));
    prepared.loaded.ledger.extend(demo.seed.ledger.iter().cloned());
    prepared.loaded.timeline.extend(demo.seed.timeline.iter().cloned());
    let now = demo.clock.now();
    prepared.loaded.watched.extend(demo.seed.started_at.map(|first_at| Watched { v: 1, first_at, last_at: now }));
    prepared.loaded.rows.extend(stored_rows(demo));
    for mark in &demo.seed.acknowledged {
        let ack = Ack { at: mark.at, note: mark.note.clone(), state: None, until: None };
        prepared.loaded.acknowledged.push((mark.app.clone(), ack));
    }
}

/// Rows of clusters that do not answer, as the last run would have stored them.
fn stored_rows(demo: &Demo) -> Vec<(ClusterId, crate::domain::Timestamp, Vec<crate::domain::app::App>)> {
    let mut out = Vec::new();
    for rows in &demo.seed.rows {
        let cluster = ClusterId::new(&rows.cluster);
        let apps = rows
            .objects
            .iter()
            .filter_map(|object| {
                let kind = object.get("kind")?.as_str()?;
                let (engine, watched) = crate::engine::watched().find(|(_, k)| k.kind == kind)?;
                let version = object.get("apiVersion")?.as_str()?.rsplit('/').next()?;
                match engine.parse(watched, &cluster, version, &object.to_string(), rows.observed_at) {
                    crate::domain::event::Parsed::App(app) => Some(*app),
                    _ => None,
                }
            })
            .collect();
        out.push((cluster, rows.observed_at, apps));
    }
    out
}
