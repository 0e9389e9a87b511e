//! Which pictures there are.

use super::deck::Step::{self, Keys, Rest, Row, Wait};

pub struct Shot {
    /// File name without its ending.
    pub name: &'static str,
    /// Title of the window.
    pub title: &'static str,
    pub size: (u16, u16),
    pub theme: &'static str,
    pub steps: &'static [Step],
}

const WIDE: (u16, u16) = (160, 45);
const MIDDLE: (u16, u16) = (120, 32);
const SMALL: (u16, u16) = (80, 24);

const fn shot(name: &'static str, title: &'static str, size: (u16, u16), theme: &'static str, steps: &'static [Step]) -> Shot {
    Shot { name, title, size, theme, steps }
}

pub const SHOTS: &[Shot] = &[
    shot("main", "driftdeck demo night", WIDE, "driftdeck-dark", &[Rest]),
    shot("main-120x32", "driftdeck demo night, 120x32", MIDDLE, "driftdeck-dark", &[Rest]),
    shot("main-80x24", "driftdeck demo night, 80x24", SMALL, "driftdeck-dark", &[Rest]),
    shot("terminal-theme", "driftdeck demo night --theme terminal", WIDE, "terminal", &[Rest]),
    shot("colourblind-light", "driftdeck demo night --theme colourblind-light", WIDE, "colourblind-light", &[Rest]),
    shot("why", "Why: enter, z", MIDDLE, "driftdeck-dark", &[Keys("enter z"), Rest]),
    shot("diff", "Diff: d", WIDE, "driftdeck-dark", &[Row("orders", "prod-us"), Rest, Keys("d"), Wait("hunk"), Rest]),
    shot("rollback-1-suspects", "Roll back: R", WIDE, "driftdeck-dark", &[Keys("R"), Wait("SUBJECT"), Keys("space")]),
    shot(
        "rollback-2-preview",
        "Roll back: R space enter",
        WIDE,
        "driftdeck-dark",
        &[Keys("R"), Wait("SUBJECT"), Keys("space enter"), Wait("[2 preview]"), Rest],
    ),
    shot(
        "rollback-3-plan",
        "Roll back: R space enter enter",
        WIDE,
        "driftdeck-dark",
        &[Keys("R"), Wait("SUBJECT"), Keys("space enter"), Wait("[2 preview]"), Rest, Keys("enter"), Wait("dry run accepted")],
    ),
    shot("sync-plan", "Sync: s", MIDDLE, "driftdeck-dark", &[Row("orders", "prod-us"), Rest, Keys("s"), Wait("Cancel"), Rest]),
    shot("sync-window", "Sync while a window is closed: s", MIDDLE, "driftdeck-dark", &[Row("web", "prod-us"), Rest, Keys("s"), Rest]),
    shot("help", "Help: ?", MIDDLE, "driftdeck-dark", &[Keys("?"), Rest]),
];
