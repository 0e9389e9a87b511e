//! What is measured, one function a scene.

use super::deck::Deck;
use super::fleet::Fleet;
use super::process;
use super::table::{Line, percentile};
use std::error::Error;
use std::time::{Duration, Instant};

pub type Figures = Result<Vec<Line>, Box<dyn Error>>;

/// Scenes by the name that runs one alone.
/// A group of figures and what measures it.
type Group = (&'static str, fn() -> Figures);

pub const ALL: &[Group] = &[("start", start), ("demo", demo), ("parse", super::parse::parse), ("one", one), ("ten", ten), ("quiet", quiet)];

const STARTS: usize = 20;
const KEYS: usize = 300;
/// In the first minute of a run the ages of what just came in count seconds.
const SETTLE: Duration = Duration::from_secs(70);
/// A whole minute: verdicts, the look at the controllers and the frames of the full minute are in it once each. A part of one would measure
/// whether they fell into it.
const SILENT: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(30);

fn ms(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1000.0
}

fn watching(fleet: &Fleet) -> Result<Deck, Box<dyn Error>> {
    Deck::start(&["--kubeconfig", &fleet.kubeconfig.display().to_string(), "--all-contexts"])
}

/// Exec to the first complete frame.
fn start() -> Figures {
    let fleet = Fleet::serve(1, 10)?;
    let mut samples = Vec::new();
    for _ in 0..STARTS {
        let mut deck = watching(&fleet)?;
        let at = deck.frame(PATIENCE)?;
        samples.push(ms(deck.started, at));
    }
    let worst = percentile(&mut samples, 1.0);
    Ok(vec![
        Line::at_most(format!("start to first frame, median of {STARTS}"), percentile(&mut samples, 0.5), 15.0, "ms"),
        Line::told(format!("start to first frame, slowest of {STARTS}"), format!("{worst:.1} ms")),
    ])
}

/// `driftdeck demo`: exec to all 41 apps on screen.
fn demo() -> Figures {
    let mut samples = Vec::new();
    for _ in 0..5 {
        let mut deck = Deck::start(&["demo"])?;
        let at = deck.until("41 apps", PATIENCE, |text| text.contains("2 Apps 41 "))?;
        samples.push(ms(deck.started, at));
    }
    Ok(vec![Line::at_most("demo: 7 clusters and 41 apps on screen, median of 5", percentile(&mut samples, 0.5) / 1000.0, 1.0, "s")])
}

struct Scene {
    first_ms: f64,
    all_ms: f64,
    resident: (f64, f64),
    lines: Vec<Line>,
}

/// A fleet of another process: rows, memory, silence, keys.
fn scene(name: &str, clusters: usize, apps: usize) -> Result<Scene, Box<dyn Error>> {
    let fleet = Fleet::serve(clusters, apps)?;
    let (mut first, mut all) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let mut deck = watching(&fleet)?;
        let at = deck.until("first rows", PATIENCE, has_rows)?;
        first.push(ms(deck.started, at));
        let at = if shows(&deck.text(), apps) { at } else { deck.until("all rows", PATIENCE, |text| shows(text, apps))? };
        all.push(ms(deck.started, at));
    }
    let mut deck = watching(&fleet)?;
    deck.until("all rows", PATIENCE, |text| shows(text, apps))?;
    deck.quiet(Duration::from_secs(3), Duration::from_secs(20));
    // What is done once after a start (rows written down, memory given back) is no part of the silence.
    deck.watch(SETTLE);
    let resident = process::resident_mib(deck.pid());
    let (cpu, wakes) = (process::cpu_ms(deck.pid()), process::wakeups(deck.pid()));
    let (frames, bytes, empty) = deck.watch(SILENT);
    let share = (process::cpu_ms(deck.pid()) - cpu) / SILENT.as_secs_f64() / 10.0;
    let wakes = (process::wakeups(deck.pid()) - wakes) as f64 / SILENT.as_secs_f64();
    let (mut keys, first_ms, all_ms) = (keys(&mut deck)?, percentile(&mut first, 0.5), percentile(&mut all, 0.5));
    let lines = vec![
        Line::at_most(format!("{name}: first rows, median of 5"), first_ms, 60.0, "ms"),
        Line::at_most(format!("{name}: all rows, median of 5"), all_ms / 1000.0, 0.7, "s"),
        // A further cluster may take one more.
        Line::at_most(format!("{name}: resident"), resident.0, 19.0 + clusters as f64, "MiB"),
        Line::told(format!("{name}: of that not pages of the program file"), format!("{:.1} MiB", resident.1)),
        Line::at_most(format!("{name}: silent, share of a core over a minute, from 70 s on"), share, 0.1, "%"),
        Line::told(format!("{name}: silent, wake-ups"), format!("{wakes:.1} a second")),
        Line::at_most(format!("{name}: silent, frames that show nothing new"), empty as f64, 0.0, "frames"),
        Line::told(format!("{name}: silent, drawn in that minute"), format!("{bytes} bytes in {frames} frames")),
        Line::told(format!("{name}: key to frame, p50 of {KEYS}"), format!("{:.2} ms", percentile(&mut keys, 0.5))),
        Line::at_most(format!("{name}: key to frame, p99 of {KEYS}"), percentile(&mut keys, 0.99), 4.0, "ms"),
    ];
    Ok(Scene { first_ms, all_ms, resident, lines })
}

fn one() -> Figures {
    Ok(scene("1 cluster, 1,000 apps", 1, 1000)?.lines)
}

/// Ten clusters; what a cluster more costs is told against one with as many apps.
fn ten() -> Figures {
    let single = scene("", 1, 1000)?;
    let many = scene("10 clusters, 100 apps each", 10, 1000)?;
    let mut lines = many.lines;
    // Pages of the program file are the same few for any number of clusters, and the system takes them away as it likes.
    let further = (many.resident.1 - single.resident.1) / 9.0;
    lines.push(Line::at_most("memory a further cluster costs, pages of the program file aside", further, 1.0, "MiB"));
    lines.push(Line::told(
        "against one cluster: first rows, all rows",
        format!("{:+.0} ms, {:+.0} ms", many.first_ms - single.first_ms, many.all_ms - single.all_ms),
    ));
    Ok(lines)
}

/// Argo CD compares each of 2,000 apps about every three minutes and finds nothing new: eleven changes of objects a second, and none to see.
fn quiet() -> Figures {
    let name = "2,000 apps, 11 comparisons a second that find nothing new";
    let fleet = Fleet::with(1, 2000, &["--noise", "11"])?;
    let mut deck = watching(&fleet)?;
    deck.until("all rows", PATIENCE, |text| shows(text, 2000) || text.contains("2 Apps 2,000 "))?;
    // What is done once after a start is no part of it here either.
    deck.watch(SETTLE + Duration::from_secs(3));
    let (cpu, wakes) = (process::cpu_ms(deck.pid()), process::wakeups(deck.pid()));
    let (frames, bytes, empty) = deck.watch(SILENT);
    let share = (process::cpu_ms(deck.pid()) - cpu) / SILENT.as_secs_f64() / 10.0;
    let wakes = (process::wakeups(deck.pid()) - wakes) as f64 / SILENT.as_secs_f64();
    Ok(vec![
        Line::at_most(format!("{name}: share of a core over a minute, from 70 s on"), share, 0.5, "%"),
        Line::told(format!("{name}: wake-ups"), format!("{wakes:.1} a second")),
        Line::at_most(format!("{name}: frames that show nothing new"), empty as f64, 0.0, "frames"),
        Line::told(format!("{name}: drawn in that minute (ages)"), format!("{bytes} bytes in {frames} frames")),
    ])
}

/// Key to complete frame, ms; far enough apart that the frame limit does not count.
fn keys(deck: &mut Deck) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut samples = Vec::new();
    for i in 0..KEYS {
        // Ten down, ten up: the cursor stays inside the list and the view scrolls now and then.
        let key = if i / 10 % 2 == 0 { "j" } else { "k" };
        deck.quiet(Duration::from_millis(25), Duration::from_millis(400));
        let from = Instant::now();
        deck.press(key)?;
        samples.push(ms(from, deck.frame(Duration::from_secs(2))?));
    }
    Ok(samples)
}

/// A row stands in the list of apps.
fn has_rows(text: &str) -> bool {
    text.contains(" argo ") || text.contains(" kust ") || text.contains(" helm ")
}

/// The title counts this many apps.
fn shows(text: &str, apps: usize) -> bool {
    text.contains(&format!("2 Apps {apps} ")) || text.contains("2 Apps 1,000 ")
}
