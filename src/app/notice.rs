//! Things the operator should know, kept until dismissed.

use crate::domain::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    Info,
    Good,
    Attention,
    Bad,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub at: Timestamp,
    pub level: Level,
    pub text: String,
    pub hint: Option<String>,
    /// How often the same text came in a row.
    pub count: u32,
}

#[derive(Clone, Debug, Default)]
pub struct Notices {
    /// Newest first, at most 200.
    pub list: Vec<Notice>,
    /// The newest one, until a key is pressed 4 s after it came: shown in the hint row.
    pub flash: Option<(Timestamp, Level, String)>,
}

impl Notices {
    pub fn push(&mut self, at: Timestamp, level: Level, text: impl Into<String>, hint: Option<String>) {
        let text = text.into();
        self.flash = Some((at, level, text.clone()));
        if let Some(first) = self.list.first_mut().filter(|n| n.text == text) {
            first.count += 1;
            first.at = at;
            return;
        }
        self.list.insert(0, Notice { at, level, text, hint, count: 1 });
        self.list.truncate(200);
    }
    /// Says something in the hint row without keeping it.
    pub fn flash(&mut self, at: Timestamp, text: impl Into<String>) {
        self.flash = Some((at, Level::Info, text.into()));
    }
}
