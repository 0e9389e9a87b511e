//! The deck without a terminal: the night fleet through the real client, keys in, cells out.

use driftdeck::app::effect::Effect;
use driftdeck::app::key::{Key, KeyCode};
use driftdeck::app::msg::{Envelope, Msg};
use driftdeck::app::state::AppState;
use driftdeck::app::update::update;
use driftdeck::cli::args::Common;
use driftdeck::cli::demo;
use driftdeck::domain::Timestamp;
use driftdeck::runtime::Runtime;
use driftdeck::runtime::inbox::Inbox;
use driftdeck::sim::demo::{Demo, DemoOptions, start};
use driftdeck::sim::scenario::Scenario;
use driftdeck::theme::{Depth, Theme};
use driftdeck::ui::svg::{self, Palette};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use std::error::Error;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;

/// What is done on the way to a picture.
pub enum Step {
    /// Keys by their names, one after the other.
    Keys(&'static str),
    /// Down until the cursor is on this app of this cluster.
    Row(&'static str, &'static str),
    /// Until this stands on the screen.
    Wait(&'static str),
    /// Until nothing comes any more.
    Rest,
}

pub struct Deck {
    demo: Demo,
    state: AppState,
    runtime: Runtime,
    inbox: Receiver<Envelope>,
    /// Runs on by keys only: the clock of the scenario stands still.
    now: Timestamp,
    size: (u16, u16),
    theme: Theme,
}

const PATIENCE: Duration = Duration::from_secs(20);

impl Deck {
    pub async fn open(size: (u16, u16), theme: &str) -> Result<Self, Box<dyn Error>> {
        let demo = start(DemoOptions { scenario: Scenario::Night, ..DemoOptions::default() }).await?;
        let common = Common { all_contexts: true, theme: Some(theme.to_owned()), ..Common::default() };
        let prepared = demo::open(&demo, "night", &common)?;
        let (inbox, receiver) = Inbox::new(demo.clock);
        let runtime = Runtime::new(prepared.options, inbox.clone());
        let contexts = runtime.contexts(&prepared.kubeconfig);
        runtime.watch_kubeconfig(prepared.kubeconfig, prepared.loaded.fingerprints.clone());
        let now = demo.clock.now();
        let theme = Theme::load(theme, &[], Depth::True)?;
        let mut deck = Self { demo, state: prepared.state, runtime, inbox: receiver, now, size, theme };
        deck.turn(vec![inbox.stamp(Msg::Contexts(contexts)), inbox.stamp(Msg::Loaded(Box::new(prepared.loaded)))]);
        deck.send(Msg::Resize { width: size.0, height: size.1 });
        deck.wait("Apps 41").await?;
        deck.rest().await;
        // The polls of the repositories and the slow clusters come late.
        deck.wait("unreachable").await?;
        deck.rest().await;
        Ok(deck)
    }

    pub async fn step(&mut self, step: &Step) -> Result<(), Box<dyn Error>> {
        match step {
            Step::Keys(keys) => {
                for name in keys.split_whitespace() {
                    self.press(key(name).ok_or_else(|| format!("no key is called {name}"))?);
                    self.drain();
                }
                self.rest().await;
            }
            Step::Row(app, cluster) => self.row(app, cluster)?,
            Step::Wait(text) => self.wait(text).await?,
            Step::Rest => self.rest().await,
        }
        Ok(())
    }

    pub fn svg(&mut self, title: &str) -> Result<String, Box<dyn Error>> {
        Ok(svg::write(&self.cells()?, title, &Palette::default()))
    }

    pub async fn close(self) {
        self.runtime.stop();
        self.runtime.flush();
        self.demo.stop().await;
    }

    fn cells(&mut self) -> Result<Buffer, Box<dyn Error>> {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1))?;
        terminal.draw(|frame| driftdeck::ui::draw(frame, &self.state, &self.theme))?;
        Ok(terminal.backend().buffer().clone())
    }

    fn text(&mut self) -> Result<String, Box<dyn Error>> {
        let cells = self.cells()?;
        let width = usize::from(cells.area.width);
        let lines = cells.content.chunks(width).map(|line| line.iter().map(|c| c.symbol()).collect::<String>());
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    fn row(&mut self, app: &str, cluster: &str) -> Result<(), Box<dyn Error>> {
        self.press(Key::char('g'));
        for _ in 0..60 {
            if self.state.row().is_some_and(|r| r.app.id.name == app && r.app.runs_on() == cluster) {
                return Ok(());
            }
            self.press(Key::char('j'));
        }
        Err(format!("no row {app} of {cluster}").into())
    }

    fn press(&mut self, key: Key) {
        self.send(Msg::Key(key));
    }

    /// A message of the operator; half a second after the one before, so that no dialog takes it for typed ahead.
    fn send(&mut self, msg: Msg) {
        self.now = self.now.checked_add(Duration::from_millis(500)).unwrap_or(self.now);
        self.turn(vec![Envelope { at: self.now, msg }]);
    }

    fn turn(&mut self, turn: Vec<Envelope>) {
        for effect in update(&mut self.state, turn) {
            self.run(effect);
        }
    }

    fn run(&self, effect: Effect) {
        // What needs a terminal has no place in a picture.
        let _ = self.runtime.run(effect);
    }

    fn drain(&mut self) {
        while let Ok(message) = self.inbox.try_recv() {
            self.turn(vec![message]);
        }
    }

    /// Until nothing came for a while; ends what waits for a resting cursor.
    async fn rest(&mut self) {
        self.send(Msg::Tick);
        while let Ok(Some(message)) = tokio::time::timeout(Duration::from_millis(600), self.inbox.recv()).await {
            self.turn(vec![message]);
        }
        self.send(Msg::Tick);
    }

    async fn wait(&mut self, text: &str) -> Result<(), Box<dyn Error>> {
        let end = Instant::now() + PATIENCE;
        while !self.text()?.contains(text) {
            if Instant::now() > end {
                return Err(format!("waited for {text:?}; the screen is\n{}", self.text()?).into());
            }
            if let Ok(Some(message)) = tokio::time::timeout(Duration::from_millis(100), self.inbox.recv()).await {
                self.turn(vec![message]);
            }
            self.drain();
        }
        Ok(())
    }
}

fn key(name: &str) -> Option<Key> {
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return Some(Key::char(letter));
    }
    let code = match name {
        "space" => return Some(Key::char(' ')),
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "shift-tab" => KeyCode::BackTab,
        "down" => KeyCode::Down,
        "up" => KeyCode::Up,
        "end" => KeyCode::End,
        _ => return None,
    };
    Some(Key::plain(code))
}
