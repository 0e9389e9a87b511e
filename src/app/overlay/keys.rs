//! The keys of what lies over the screen, in words: the README's tables come from here, and tests press each of them.

/// Keys, and what they do.
pub type Keys = (&'static [&'static str], &'static str);

/// What is told of one overlay.
pub struct Table {
    pub title: &'static str,
    pub keys: &'static [Keys],
}

pub static LOG: Table = Table {
    title: "Log",
    keys: &[
        (&["f"], "follow what comes, or end that"),
        (&["p"], "the other run: the one before, or the one that goes on"),
        (&["c"], "the next container of the pod"),
        (&["r"], "read it again; of a pod that is gone, the one that matters most now"),
        (&["/"], "search"),
        (&["n", "N"], "next, previous line that has the text"),
        (&["w"], "wrap long lines"),
        (&["y"], "copy all lines"),
        (&["j", "k", "down", "up"], "line by line"),
        (&["Ctrl-d", "Ctrl-u", "pgdn", "pgup"], "half a page, a page"),
        (&["g", "home"], "to the first line"),
        (&["G", "end"], "to the newest line, and stay there"),
        (&["esc", "q"], "back"),
    ],
};

pub static PLAN: Table = Table {
    title: "A plan, also of a staged sync",
    keys: &[
        (&["tab", "down", "shift-tab", "up"], "next, previous option, field or button"),
        (&["space"], "switch the option, or press the button, that has the focus"),
        (&["enter"], "press what has the focus; in a field: on to the next"),
        (&["y"], "confirm, where no word is to be typed"),
        (&["n", "q", "esc"], "cancel: nothing is sent"),
        (&["c"], "copy the commands that do the same"),
        (&["pgdn", "pgup"], "scroll a long plan; the field and the buttons stay"),
    ],
};

pub static STAGED: Table = Table {
    title: "A staged sync on its way",
    keys: &[
        (&["x"], "stop here: nothing more is sent, what was sent is followed"),
        (&["c"], "copy the commands"),
        (&["b", "enter", "esc"], "close; it goes on in the background"),
    ],
};

pub static TABLES: [&Table; 3] = [&LOG, &PLAN, &STAGED];
