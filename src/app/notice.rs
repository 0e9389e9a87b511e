//! Things the operator should know, kept until dismissed.

use crate::domain::Timestamp;
use serde::{Deserialize, Serialize};

/// How long an answer to a key and news are said, ms; the list keeps news.
const ANSWER_MS: i64 = 6_000;
const NEWS_MS: i64 = 20_000;

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
    /// What was said last, until a key is pressed or its time is over: shown in the lowest border.
    pub flash: Option<(Timestamp, Level, String)>,
    /// The list was looked at then.
    seen_at: Option<Timestamp>,
}

impl Notices {
    pub fn push(&mut self, at: Timestamp, level: Level, text: impl Into<String>, hint: Option<String>) {
        let text = text.into();
        self.flash = Some((at, level, text.clone()));
        self.keep(at, level, text, hint);
    }
    /// For the list alone: the screen says it already.
    pub fn keep(&mut self, at: Timestamp, level: Level, text: String, hint: Option<String>) {
        if let Some(first) = self.list.first_mut().filter(|n| n.text == text) {
            first.count += 1;
            first.at = at;
            return;
        }
        self.list.insert(0, Notice { at, level, text, hint, count: 1 });
        self.list.truncate(200);
    }
    /// Says something without keeping it.
    pub fn flash(&mut self, at: Timestamp, text: impl Into<String>) {
        self.flash = Some((at, Level::Info, text.into()));
    }

    /// When what is said now has been said long enough.
    pub fn quiet_at(&self) -> Option<i64> {
        let (at, level, _) = self.flash.as_ref()?;
        Some(at.as_millisecond() + if *level == Level::Info { ANSWER_MS } else { NEWS_MS })
    }

    pub fn look(&mut self, now: Timestamp) {
        self.seen_at = Some(now);
    }

    /// Troubles that came since the list was looked at.
    pub fn unseen(&self) -> usize {
        let is_new = |n: &&Notice| self.seen_at.is_none_or(|seen| n.at > seen);
        self.list.iter().filter(|n| matches!(n.level, Level::Attention | Level::Bad)).filter(is_new).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_are_unseen_until_the_list_is_opened() {
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        let mut notices = Notices::default();
        notices.push(at(1), Level::Bad, "a", None);
        notices.push(at(2), Level::Good, "b", None);
        assert_eq!(notices.unseen(), 1);
        notices.look(at(2));
        assert_eq!(notices.unseen(), 0);
        notices.push(at(3), Level::Attention, "c", None);
        assert_eq!(notices.unseen(), 1);
    }

    #[test]
    fn an_answer_is_said_for_a_shorter_time_than_news() {
        let at = Timestamp::from_second(1).unwrap();
        let mut notices = Notices::default();
        notices.flash(at, "q quits.");
        let answer = notices.quiet_at();
        notices.push(at, Level::Bad, "gone", None);
        assert!(answer < notices.quiet_at());
    }
}
