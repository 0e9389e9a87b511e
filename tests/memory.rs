//! Memory at a start with stored rows: what is parsed is not held twice, and what is freed goes back to the system.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use driftdeck::app::effect::Effect;
use driftdeck::cluster::Places;
use driftdeck::domain::Timestamp;
use driftdeck::domain::app::App;
use driftdeck::domain::clock::Clock;
use driftdeck::domain::event::Parsed;
use driftdeck::domain::ids::ClusterId;
use driftdeck::engine;
use driftdeck::runtime::{Options, Runtime, inbox::Inbox};
use driftdeck::store::Store;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Counts what is held, and the most that was held.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

#[allow(unsafe_code, reason = "an allocator is unsafe by its nature")]
// SAFETY: hands every call on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(held, Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn apps(count: usize) -> Vec<App> {
    let text = include_str!("fixtures/argo/application-auto-sync-disabled-by-enabled-false.json");
    let (engine, watched) = engine::watched().find(|(_, k)| k.kind == "Application").expect("Argo CD is watched");
    let at = Timestamp::from_second(1_780_000_000).expect("a time");
    let Parsed::App(app) = engine.parse(watched, &ClusterId::new("hub"), "v1alpha1", text, at) else { panic!("an app") };
    let named = |n: usize| {
        let mut app = (*app).clone();
        app.id.name = format!("app-{n}");
        app
    };
    (0..count).map(named).collect()
}

/// One test, so that nothing else allocates meanwhile.
#[test]
fn stored_rows_are_parsed_once_and_freed_memory_goes_back_after_they_were_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = Arc::new(Store::open(dir.path()).expect("a state directory"));
    let hub = ClusterId::new("hub");
    store.save_rows(&hub, &apps(1000), Timestamp::UNIX_EPOCH).expect("rows are written");
    let file = std::fs::metadata(dir.path().join("rows/hub.json")).expect("a file").len() as usize;
    let before = HELD.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let rows = store.load_rows(&hub).expect("rows").expect("rows are read");
    let (kept, most) = (HELD.load(Ordering::Relaxed) - before, MOST.load(Ordering::Relaxed) - before);
    // The text, the rows, and room for a list that doubles as it grows.
    assert!(most <= file + kept * 3 / 2, "{most} bytes at most, {kept} kept, {file} in the file");
    drop(rows);
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    gives_back(store, &hub);
}

/// Freed between things that live on, memory stays with the allocator until it is told to give it back.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn gives_back(store: Arc<Store>, hub: &ClusterId) {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _entered = tokio.enter();
    let clock = Clock::system();
    let options = Options {
        clock,
        places: Places::default(),
        namespaces: Vec::new(),
        list_mode: Vec::new(),
        aliases: Vec::new(),
        read_only: false,
        read_only_clusters: Vec::new(),
        guardrails: Vec::new(),
        store: Some(store),
        cache: std::env::temp_dir(),
        git_env: Vec::new(),
        poll: Duration::from_secs(60),
        max_mirror: 0,
    };
    let runtime = Runtime::new(options, Inbox::new(clock).0);
    let mut pieces: Vec<Vec<u8>> = (0..64_000).map(|_| vec![1; 1000]).collect();
    let full = resident();
    let mut n = 0;
    pieces.retain(|_| {
        n += 1;
        n % 100 == 0
    });
    assert!(resident() + (20 << 10) > full, "the allocator keeps it");
    runtime.run(Effect::SaveRows(hub.clone(), Vec::new()));
    let started = Instant::now();
    while resident() + (40 << 10) > full {
        assert!(started.elapsed() < Duration::from_secs(10), "{} of {full} KiB are still held", resident());
        std::thread::yield_now();
    }
    assert_eq!(pieces.len(), 640);
}

/// Anonymous memory that is resident, KiB.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = text.lines().find(|l| l.starts_with("RssAnon")).expect("a line");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
}
