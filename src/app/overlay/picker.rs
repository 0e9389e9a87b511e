//! First start, or `:clusters`: which contexts should be watched?

use crate::domain::ids::ClusterId;

#[derive(Clone, Debug)]
pub struct Choice {
    pub cluster: ClusterId,
    pub watch: bool,
    pub protected: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Picker {
    pub choices: Vec<Choice>,
    pub cursor: usize,
    /// It is the first start: Esc quits instead of closing.
    pub first: bool,
}
