//! Text that thousands of objects repeat, kept once; and short names, kept without a piece of memory each.

use arcstr::ArcStr;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Borrow;
use std::cell::RefCell;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;

/// A name that is mostly its own, such as a resource's: up to 24 bytes stand in the value itself.
pub type Name = compact_str::CompactString;

/// Longer text is seldom the same twice.
const LONGEST: usize = 64;
/// Words a thread remembers: kinds, groups, namespaces and versions of a large fleet, and no more of it.
const KEPT: usize = 1024;

thread_local! {
    static RECENT: RefCell<Vec<ArcStr>> = RefCell::new(vec![ArcStr::new(); KEPT]);
}

/// Text that is mostly the same on many objects: a kind, an API group, a namespace, a phase. Eight bytes here; a fleet of 5,000 apps with 35
/// resources each would spend half of its memory on repeating them. Equal ones usually share their bytes, and are equal in any case.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(ArcStr);

impl Word {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        if text.len() > LONGEST {
            return Self(text.into());
        }
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let slot = usize::try_from(hasher.finish() % KEPT as u64).unwrap_or(0);
        let shared = RECENT.try_with(|recent| {
            let mut recent = recent.try_borrow_mut().ok()?;
            let kept = recent.get_mut(slot)?;
            if kept != text {
                *kept = text.into();
            }
            Some(kept.clone())
        });
        Self(shared.ok().flatten().unwrap_or_else(|| text.into()))
    }
}
impl From<String> for Word {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}
impl From<&String> for Word {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}
impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.as_str().to_owned()
    }
}
impl Deref for Word {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}
impl AsRef<str> for Word {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
// Hash, Eq and Ord of the shared text are those of `str`.
impl Borrow<str> for Word {
    fn borrow(&self) -> &str {
        &self.0
    }
}
impl PartialEq<str> for Word {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}
impl PartialEq<&str> for Word {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
impl PartialEq<String> for Word {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}
impl PartialEq<Word> for String {
    fn eq(&self, other: &Word) -> bool {
        self == other.as_str()
    }
}
impl PartialEq<Word> for str {
    fn eq(&self, other: &Word) -> bool {
        self == other.as_str()
    }
}
impl PartialEq<Word> for &str {
    fn eq(&self, other: &Word) -> bool {
        *self == other.as_str()
    }
}
impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}
impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}
impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Read)
    }
}

struct Read;

impl Visitor<'_> for Read {
    type Value = Word;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
    fn visit_str<E>(self, text: &str) -> Result<Word, E> {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn equal_words_share_their_bytes_and_are_equal_where_they_do_not() {
        let (one, two) = (Word::from("Deployment"), Word::from("Deployment".to_owned()));
        assert!(ArcStr::ptr_eq(&one.0, &two.0));
        let elsewhere = std::thread::spawn(|| Word::from("Deployment")).join().unwrap();
        assert!(!ArcStr::ptr_eq(&one.0, &elsewhere.0));
        assert_eq!(one, elsewhere);
        assert_eq!(HashMap::from([(one, 1)]).get("Deployment"), Some(&1));
    }

    #[test]
    fn words_that_pushed_each_other_out_are_still_what_they_were() {
        let words: Vec<Word> = (0..3 * KEPT).map(|n| Word::from(format!("w{n}"))).collect();
        assert!(words.iter().enumerate().all(|(n, word)| *word == format!("w{n}")));
        assert_eq!(Word::from("x".repeat(LONGEST + 1)).len(), LONGEST + 1);
    }

    #[test]
    fn a_word_is_written_and_read_as_text() {
        let word = Word::from("a\"b");
        assert_eq!(serde_json::to_string(&word).unwrap(), r#""a\"b""#);
        assert_eq!(serde_json::from_str::<Word>(r#""a\"b""#).unwrap(), word);
        assert_eq!(serde_json::from_value::<Word>(serde_json::json!("x")).unwrap(), "x");
    }

    #[test]
    fn both_kinds_are_smaller_than_what_they_stand_for() {
        assert_eq!((size_of::<Word>(), size_of::<Name>()), (8, 24));
    }
}
