//! The figures of the README: the real program on a pseudo terminal, beside a fleet that another process serves.
//!
//! `cargo bench --bench figures` measures and prints a table; nothing here fails because a machine is slow, and it fails
//! when a figure cannot be measured.
//! To extend: a figure is a function that returns a [`table::Line`].

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod deck;
mod figures;
mod fleet;
mod parse;
mod process;
mod table;
mod tls;

use std::process::ExitCode;

fn main() -> ExitCode {
    // `cargo test --benches` and `cargo bench` pass flags of their own; only a named part narrows the run.
    let parts: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    if parts.iter().any(|p| p == parse::SERVER) {
        return match parse::serve() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let wanted = |name: &str| parts.is_empty() || parts.iter().any(|p| p == name);
    let (mut lines, mut code) = (Vec::new(), ExitCode::SUCCESS);
    for (name, measure) in figures::ALL {
        if wanted(name) {
            eprintln!("measuring {name} ...");
            match measure() {
                Ok(more) => lines.extend(more),
                Err(error) => {
                    eprintln!("{name}: {error}");
                    code = ExitCode::FAILURE;
                }
            }
        }
    }
    println!("{}", table::render(&process::machine(), &lines));
    code
}
