//! A fragment of an object as written, kept to be sent back or rendered.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// JSON kept as its text: a tree of maps takes more than 600 bytes a map, and every app has some. Two are equal when they say the same
/// with their fields in the same order (maps are sorted).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(Box<str>);

impl Json {
    pub fn value(&self) -> Value {
        // Only ever made from a value.
        serde_json::from_str(&self.0).unwrap_or_default()
    }
    pub fn is_null(&self) -> bool {
        &*self.0 == "null"
    }
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        Self(value.to_string().into())
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_fragment_comes_back_as_it_was_written_and_is_stored_as_plain_json() {
        let policy = json!({ "prune": true, "retry": { "limit": 3 } });
        let kept = Json::from(&policy);
        assert_eq!(kept.value(), policy);
        assert_eq!(serde_json::to_value(&kept).unwrap(), policy);
        assert_eq!(serde_json::from_value::<Json>(policy).unwrap(), kept);
        assert!(Json::from(Value::Null).is_null() && !kept.is_null());
    }
}
