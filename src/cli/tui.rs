//! `driftdeck`: the deck on the operator's own clusters.

use super::args::Cli;
use super::prepare::{Overrides, Prepared, prepare};
use super::{Failure, log};
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::app::notice::Level;
use crate::app::update::update;
use crate::config::Paths;
use crate::runtime::{Runtime, inbox::Inbox};
use crate::theme::Theme;
use crate::tui::{Screen, Signals};
use std::io::IsTerminal;

pub async fn run(cli: &Cli) -> Result<i32, Failure> {
    need_terminal("For scripts and pipes: driftdeck status")?;
    let signals = signals()?;
    let paths = Paths::of_process(cli.common.config.as_deref()).map_err(|e| Failure::usage(e.to_string()))?;
    log::start(&paths.log);
    show(prepare(&cli.common, &paths, &Overrides::of_process())?, signals).await
}

/// To be opened before there is anything that must be cleaned up.
pub fn signals() -> Result<Signals, Failure> {
    Signals::open().map_err(|e| Failure { code: 70, text: format!("cannot wait for signals: {e}") })
}

/// Errors: usage where there is none, with what goes without one.
pub fn need_terminal(instead: &str) -> Result<(), Failure> {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Failure::usage(format!("driftdeck needs a terminal for its screen. {instead}")))
}

/// Shows the deck until it is left.
pub async fn show(prepared: Prepared, signals: Signals) -> Result<i32, Failure> {
    let Prepared { mut state, options, kubeconfig, loaded, trouble, mouse, themes } = prepared;
    // Only here: a command tells of every app, whatever the screen starts with.
    state.view.filter.text = state.views.start.clone().unwrap_or_default();
    let clock = options.clock;
    let (inbox, receiver) = Inbox::new(clock);
    let runtime = Runtime::new(options, inbox.clone());
    let _closing = runtime.closing();
    runtime.load_history();
    let contexts = runtime.contexts(&kubeconfig);
    runtime.watch_kubeconfig(kubeconfig, loaded.fingerprints.clone());
    let mut start = vec![inbox.stamp(Msg::Contexts(contexts)), inbox.stamp(Msg::Loaded(Box::new(loaded)))];
    start.extend(trouble.into_iter().map(|text| inbox.stamp(Msg::Notice { level: Level::Attention, text, hint: None })));
    let effects: Vec<Effect> = update(&mut state, start);
    let ascii = state.settings.ascii;
    let depth = super::prepare::depth();
    let theme = move |name: &str| Theme::load(name, &themes, depth).unwrap_or_else(|_| Theme::fallback()).with_ascii(ascii);
    let failures = inbox.clone();
    crate::tui::install_panic_hook(move |text| {
        failures.try_send(Msg::Notice { level: Level::Bad, text, hint: Some("The log file says more; please report it.".into()) });
    });
    let result = crate::tui::run(&mut state, &runtime, receiver, Screen { clock, mouse, theme: &theme }, effects, signals).await;
    result.map_err(|e| Failure { code: 74, text: format!("the terminal failed: {e}") })
}
