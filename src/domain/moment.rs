//! A moment that may be unknown, in eight bytes: an app has two for each entry of its history, and a fleet has tens of thousands of those.

use super::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What [`Moment`] holds where nothing is known; no clock shows it.
const UNKNOWN: i64 = i64::MIN;

/// Milliseconds since 1970, as `Option<Timestamp>` in a third of its size; engines write whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    pub fn get(self) -> Option<Timestamp> {
        if self.0 == UNKNOWN { None } else { Timestamp::from_millisecond(self.0).ok() }
    }
}

impl Default for Moment {
    fn default() -> Self {
        Self(UNKNOWN)
    }
}

impl From<Option<Timestamp>> for Moment {
    fn from(at: Option<Timestamp>) -> Self {
        at.map_or_else(Self::default, Self::from)
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(at.as_millisecond())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::<Timestamp>::deserialize(from).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_takes_eight_bytes_and_reads_as_it_was_written() {
        assert_eq!(size_of::<Moment>(), 8);
        let at: Timestamp = "2026-11-24T03:12:40.250Z".parse().unwrap();
        for text in ["null", "\"2026-11-24T03:12:40.25Z\"", "\"1969-12-31T23:59:59Z\""] {
            let moment: Moment = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&moment).unwrap(), text);
        }
        assert_eq!((Moment::from(at).get(), Moment::from(None).get(), Moment::default().get()), (Some(at), None, None));
    }
}
