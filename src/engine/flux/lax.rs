//! Reading that forgives: a field of an unexpected type becomes its default instead of costing the whole object.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// `deserialize_with` for fields whose loss is harmless: `null` and a wrong type read as the default.
pub fn lax<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(Lax::<T>::deserialize(deserializer)?.0.unwrap_or_default())
}

/// A field whose loss must be told: either read, or what stood there (at most 60 characters of it).
#[derive(Debug)]
pub struct Lax<T>(pub Result<T, String>);

impl<T: Default> Default for Lax<T> {
    fn default() -> Self {
        Self(Ok(T::default()))
    }
}

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Lax<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        if raw == "null" {
            return Ok(Self::default());
        }
        Ok(Self(serde_json::from_str(raw).map_err(|_| raw.chars().take(60).collect())))
    }
}

/// A list of which the items that fit are kept.
#[derive(Debug)]
pub struct Items<T>(pub Vec<T>);

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items: Vec<Lax<T>> = Vec::deserialize(deserializer)?;
        Ok(Self(items.into_iter().filter_map(|i| i.0.ok()).collect()))
    }
}

/// A part that must be an object: derived structs would also take a list.
#[derive(Debug)]
pub struct Block<T>(pub Result<T, String>);

impl<T: Default> Default for Block<T> {
    fn default() -> Self {
        Self(Ok(T::default()))
    }
}

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Block<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        match raw.chars().next() {
            Some('n') => Ok(Self::default()),
            Some('{') => Ok(Self(serde_json::from_str(raw).map_err(|e| e.to_string()))),
            _ => Ok(Self(Err(raw.chars().take(60).collect()))),
        }
    }
}
