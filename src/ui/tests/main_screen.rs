use super::*;
use crate::app::pane::{Pane, Tab};
use fixture::night;

/// Lines that differ, want above got; the hint row is not compared.
fn differences(want: &str, got: &str) -> String {
    let mut out = String::new();
    for (i, (w, g)) in want.lines().zip(got.lines()).enumerate() {
        if w.trim_end() != g.trim_end() {
            out.push_str(&format!("{i:2} want {w}\n{i:2}  got {g}\n"));
        }
    }
    out
}

#[test]
fn tmp_show() {
    for (want, w, h) in [(expected::WIDE, 160, 45), (expected::MEDIUM, 120, 32), (expected::NARROW, 80, 24)] {
        println!("{}", differences(want, &screen(&night(w, h), w, h)));
    }
    println!("{}", screen(&night(160, 45), 160, 45));
    println!("{}", screen(&night(60, 20), 60, 20));
    let mut deep = night(60, 20);
    deep.view.depth = 1;
    println!("{}", screen(&deep, 60, 20));
    println!("{}", screen(&night(39, 8), 39, 8));
    println!("{}", screen(&night(20, 8), 20, 8));
    let _ = (Pane::Apps, Tab::Why, style_map(&deep, 10, 10));
}
