//! The loop: wait, drain, update once, draw at most once a frame.

use super::guard::{Guard, Terminal, stop_self};
use super::paper::Paper;
use super::signals::{Ask, Signals};
use super::{input, login};
use crate::app::effect::Effect;
use crate::app::msg::{Envelope, Msg};
use crate::app::state::AppState;
use crate::app::{settle, update};
use crate::domain::clock::Clock;
use crate::domain::ids::ClusterId;
use crate::runtime::Runtime;
use crate::theme::Theme;
use crate::ui::Hits;
use crossterm::event::EventStream;
use crossterm::{clipboard::CopyToClipboard, execute};
use futures::StreamExt;
use std::io::{self, stdout};
use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Shortest time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// Messages handled before a frame may be drawn.
const TURN: usize = 2048;

/// What the loop needs besides the state.
pub struct Screen<'a> {
    pub clock: Clock,
    pub mouse: bool,
    /// Builds the theme of a name; it is asked again when the operator chooses another.
    pub theme: &'a dyn Fn(&str) -> Theme,
}

impl Screen<'_> {
    fn keep(&self, theme: &mut (String, Theme), wanted: &str) {
        if theme.0 != wanted {
            *theme = (wanted.to_owned(), (self.theme)(wanted));
        }
    }
}

/// Shows the state until it ends; gives the exit code. `first` are effects of the start, run after the first frame is on screen.
pub async fn run(
    state: &mut AppState,
    runtime: &Runtime,
    mut inbox: mpsc::Receiver<Envelope>,
    screen: Screen<'_>,
    first: Vec<Effect>,
    mut signals: Signals,
) -> io::Result<i32> {
    signals.watch_terminal();
    let mut guard = Guard::take(screen.mouse)?;
    // Never dropped: its drop prints to a terminal that may be gone, and a panic there would abort. The guard gives the cursor back.
    let mut terminal = ManuallyDrop::new(Terminal::new(Paper::new(stdout()))?);
    let size = terminal.size()?;
    update::update(state, [envelope(&screen.clock, Msg::Resize { width: size.width, height: size.height })]);
    let mut theme = (state.settings.theme.clone(), (screen.theme)(&state.settings.theme));
    let mut hits = draw(&mut terminal, state, &theme.1)?;
    let (mut drawn_at, mut hurry) = (Instant::now(), false);
    let mut effects = first;
    let mut events = EventStream::new();
    loop {
        for effect in std::mem::take(&mut effects) {
            match runtime.run(effect) {
                None => {}
                // The guard gives the terminal back on every way out.
                Some(Effect::Quit(code)) => return Ok(code),
                Some(Effect::SuspendProgram) => {
                    stop_self();
                    take_back(&guard, &mut terminal, state)?;
                }
                Some(Effect::Login(id)) => {
                    let said = log_in(runtime, state, (&guard, &mut events, &mut signals), &id).await;
                    take_back(&guard, &mut terminal, state)?;
                    effects.extend(update::update(state, [envelope(&screen.clock, Msg::Flash(said))]));
                    runtime.run(Effect::RetryCluster(id));
                }
                Some(Effect::Mouse(on)) => guard.mouse(on)?,
                Some(Effect::Copy(text)) => {
                    effects.extend(update::update(state, [envelope(&screen.clock, Msg::Flash(copy(text).into()))]));
                }
                Some(_) => {}
            }
        }
        if !effects.is_empty() {
            continue;
        }
        if state.dirty && (hurry || drawn_at.elapsed() >= FRAME) {
            screen.keep(&mut theme, &state.settings.theme);
            hits = draw(&mut terminal, state, &theme.1)?;
            drawn_at = Instant::now();
        }
        let mut turn = receive(&mut events, &mut signals, &mut inbox, state, &screen.clock, drawn_at).await;
        turn.iter_mut().for_each(|e| input::aim(&mut e.msg, &hits));
        // What a key changed is drawn at once; a burst of news waits for the next frame.
        hurry = turn.iter().any(|e| matches!(e.msg, Msg::Key(_) | Msg::Press(_)));
        // A tick that only waits for the next frame changes nothing.
        effects = update::update(state, turn);
    }
}

/// Waits for something to happen, then takes everything that came with it.
async fn receive(
    events: &mut EventStream,
    signals: &mut Signals,
    inbox: &mut mpsc::Receiver<Envelope>,
    state: &AppState,
    clock: &Clock,
    drawn_at: Instant,
) -> Vec<Envelope> {
    let mut turn = Vec::new();
    tokio::select! {
        biased;
        event = events.next() => match event {
            Some(Ok(event)) => turn.extend(input::message(event).map(|m| envelope(clock, m))),
            // The terminal is gone or unreadable.
            Some(Err(_)) | None => turn.push(envelope(clock, Msg::Terminate)),
        },
        ask = signals.asked() => turn.push(envelope(clock, match ask {
            Ask::End => Msg::Terminate,
            Ask::Stop => Msg::Suspend,
        })),
        Some(message) = inbox.recv() => turn.push(message),
        () = pause(state, clock, drawn_at) => turn.push(envelope(clock, Msg::Tick)),
    }
    while turn.len() < TURN
        && let Ok(message) = inbox.try_recv()
    {
        turn.push(message);
    }
    turn
}

/// The screen as it was, after others had the terminal.
fn take_back(guard: &Guard, terminal: &mut ManuallyDrop<Terminal>, state: &mut AppState) -> io::Result<()> {
    guard.resume()?;
    // Drawn from nothing; clearing would ask the terminal where its cursor is, and wait for the answer.
    *terminal = ManuallyDrop::new(Terminal::new(Paper::new(stdout()))?);
    state.dirty = true;
    Ok(())
}

async fn log_in(
    runtime: &Runtime,
    state: &AppState,
    (guard, events, signals): (&Guard, &mut EventStream, &mut Signals),
    id: &ClusterId,
) -> String {
    guard.release();
    // Its thread would eat what is typed at the login program; a new one reads nothing before it is asked.
    drop(std::mem::replace(events, EventStream::new()));
    let name = state.fleet.clusters.get(id).map_or(id.as_str(), crate::app::fleet::Cluster::name);
    login::run(runtime.login_command(id), name, signals).await
}

fn copy(text: String) -> &'static str {
    if execute!(stdout(), CopyToClipboard::to_clipboard_from(text)).is_ok() { "Copied." } else { "Could not copy." }
}

fn envelope(clock: &Clock, msg: Msg) -> Envelope {
    Envelope { at: clock.now(), msg }
}

/// Until the next frame when something waits to be drawn, else until the state wants to be woken; for ever when it does not.
async fn pause(state: &AppState, clock: &Clock, drawn_at: Instant) {
    if state.dirty {
        tokio::time::sleep(FRAME.saturating_sub(drawn_at.elapsed())).await;
        return;
    }
    match settle::next_wake(state) {
        Some(_) if clock.is_frozen() => std::future::pending().await,
        Some(at) => {
            let wait = at.as_millisecond() - clock.now().as_millisecond();
            tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0).max(1))).await;
        }
        None => std::future::pending().await,
    }
}

fn draw(terminal: &mut Terminal, state: &mut AppState, theme: &Theme) -> io::Result<Hits> {
    let mut hits = Hits::default();
    terminal.draw(|frame| hits = crate::ui::draw_with_hits(frame, state, theme))?;
    state.dirty = false;
    Ok(hits)
}
