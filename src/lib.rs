//! driftdeck: every Argo CD and Flux app on every cluster, live and worst first.
//!
//! This page is the architecture: the shape, the rooms, two journeys, the words, and how to add to it.
//! If code and page disagree, one of them is a bug.
//!
//! # Shape
//! A functional core in an imperative shell. The core ([`domain`], [`engine`], [`app`], [`theme`], [`ui`]) is synchronous and deterministic
//! and owns no client, clock or environment. The shell ([`cluster`], [`git`], [`render`], [`store`], [`runtime`], [`tui`], [`cli`]) is thin.
//!
//! 1. **One inbox, one state.** Keys, ticks, cluster events and results are one [`app::msg::Msg`] on one channel, stamped with its time.
//!    [`app::update::update`] is the only writer of [`app::state::AppState`]; views take `&AppState`. Messages are serialisable.
//! 2. **An action is data before it is done.** A key resolves to an action, the action builds a [`domain::plan::Plan`] (requests or git
//!    commands, target identity, preconditions, risk, equivalent command lines); the dialog shows it, the runtime carries out exactly it,
//!    once, and the journal keeps it.
//! 3. **The API is simulated, not the client.** [`sim`] is a small Kubernetes API server with Argo CD, Flux and workload controllers that
//!    speak nothing but that API. Demo, tests and figures go through the real client.
//! 4. **Every figure knows its source and its age.** What cannot be known is shown as unknown with the reason, never as green.
//!
//! # Rooms
//!
//! | room | for | may use of ours | never |
//! |---|---|---|---|
//! | [`domain`] | plain data and rules | - | tokio, kube, gix, ratatui, crossterm |
//! | [`engine`] | GitOps dialects, pure | domain | clients, tokio, app, ui |
//! | [`render`] | desired manifests, diff | domain, git | cluster, app, ui |
//! | [`cluster`] | Kubernetes access | domain, engine | git, app, ui, tui |
//! | [`git`] | poll, mirror, revert, push | domain | cluster, app, ui, tui |
//! | [`store`] | the state directory | domain | everything else of ours |
//! | [`config`] | file and places | - | everything of ours |
//! | [`app`] | state, update, actions | domain, engine | tokio, kube, gix, crossterm, ui |
//! | [`theme`] | roles to styles | - | app, ui |
//! | [`ui`] | views | domain, app (reads), theme | tokio, kube, any change |
//! | [`runtime`] | carries out effects | domain, app, engine, cluster, git, render, store | ui, crossterm |
//! | [`tui`] | terminal and loop | app, ui, theme, runtime, config, domain (clock) | kube, gix |
//! | [`sim`] | the simulated fleet | domain, render, git | app, ui, cluster, engine |
//! | [`cli`] | the command line | everything | - |
//!
//! # Two journeys
//! **Cluster event to screen.** API server → `cluster::watch` (one streaming or plain list, then a watch; complete sets swapped in whole;
//! narrow structs) → text sanitised → [`engine::Engine::parse`] (what cannot be read is a row that says why) →
//! [`domain::event::ClusterEvent`] → inbox → the loop drains what waits → `update` → something visible changed → at most one frame each
//! 16 ms. Nothing changed: nothing drawn, no timer but the next visible change of an age.
//!
//! **Key to cluster to screen.** Terminal event → [`app::key::Key`] → [`app::keymap`] → action → is it off? then a sentence says why →
//! harmless: done; else a plan with a frozen target → confirmed → `Effect::RunPlan` → [`runtime`] writes its line in the journal,
//! checks the preconditions again, sends once → `Msg::Task` → the task row. The row itself turns when the *watch* shows it.
//!
//! # Words
//! cluster (a context, or a destination of Argo CD), app (Application, Kustomization, HelmRelease), home (where the object lives) and
//! destination (where it deploys), source, revision (what runs, never what was tried), sync, health, operation, drift, verdict (why it does
//! not converge, in one sentence, and what would change that), plan, task, notice, journal (our actions), timeline (what happened), ledger
//! (revisions seen healthy), path set (the files an app's build reaches), pane, overlay, layer, role.
//! Worst first: Failed, Degraded, Missing, OutOfSync, Unknown, Suspended, Progressing, Unassessed, well.
//!
//! # Adding to it
//! - An engine: a folder in `engine/` that implements [`engine::Engine`], one line in [`engine::ENGINES`], recorded objects as tests.
//! - A rule about an engine itself: a function and a line in [`engine::health::RULES`], with a case and its near twin.
//! - An action: a file in `app/action/`, one line in [`app::action::TABLE`], its keys in [`app::keymap::BINDINGS`].
//! - A pane or overlay: its state in `app/pane/` or `app/overlay/`, its view under the same name in `ui/`.
//! - A theme: a file in `themes/`, one line in `theme/builtin.rs`.
//! - An effect: a variant of [`app::effect::Effect`], one arm in [`runtime::Runtime::run`], one function in the file of its family.
//! - A subcommand: a variant of [`cli::args::Command`] and a file in `cli/`.
//!
//! Each room's own page says what it is for, what it may import, and how to extend it.

pub mod app;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod domain;
pub mod engine;
pub mod git;
pub mod render;
pub mod runtime;
pub mod sim;
pub mod store;
pub mod theme;
pub mod tui;
pub mod ui;
