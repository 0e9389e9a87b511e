//! The command palette: every action by name, off ones with the reason.

#[derive(Clone, Debug, Default)]
pub struct Palette {
    pub input: String,
    pub cursor: usize,
    /// How far back in what was run before.
    pub back: usize,
}
