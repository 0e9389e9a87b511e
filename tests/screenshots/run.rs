//! The pictures of the README: states of the demo fleet, reached by keys, drawn by the real views, written as SVG and PNG.
//!
//! `cargo run --example screenshots [DIR [NAME...]]` writes to `screenshots/`. PNG needs `rsvg-convert` or `resvg`.
//! To extend: a picture is one entry of [`shots::SHOTS`].

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod deck;
mod shots;

use deck::Deck;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let dir = PathBuf::from(args.next().unwrap_or_else(|| "screenshots".into()));
    let wanted: Vec<String> = args.collect();
    std::fs::create_dir_all(&dir)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let mut failed = 0;
    for shot in shots::SHOTS.iter().filter(|s| wanted.is_empty() || wanted.iter().any(|w| w == s.name)) {
        match runtime.block_on(picture(shot)) {
            Ok(svg) => {
                let file = dir.join(format!("{}.svg", shot.name));
                std::fs::write(&file, svg)?;
                println!("{}{}", file.display(), if png(&file) { " and .png" } else { "" });
            }
            Err(error) => {
                failed += 1;
                eprintln!("{}: {error}", shot.name);
            }
        }
    }
    if failed > 0 { Err(format!("{failed} pictures failed").into()) } else { Ok(()) }
}

async fn picture(shot: &shots::Shot) -> Result<String, Box<dyn Error>> {
    let mut deck = Deck::open(shot.size, shot.theme).await?;
    for step in shot.steps {
        deck.step(step).await?;
    }
    let svg = deck.svg(shot.title)?;
    deck.close().await;
    Ok(svg)
}

/// Turns it into pixels where a program for that is installed.
fn png(svg: &Path) -> bool {
    let out = svg.with_extension("png");
    let rsvg = Command::new("rsvg-convert").arg("-o").arg(&out).arg(svg).status();
    rsvg.is_ok_and(|s| s.success()) || Command::new("resvg").arg(svg).arg(&out).status().is_ok_and(|s| s.success())
}
