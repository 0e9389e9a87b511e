//! What one line of a watch, or one item of a list, says about its object, before any engine reads it.

use crate::cluster::api::{ApiError, Class, Status};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Name and version of an object; the rest is the engine's business.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Meta {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub resource_version: String,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Bookmark {
    metadata: BookmarkMeta,
}
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct BookmarkMeta {
    resource_version: String,
    annotations: BookmarkAnnotations,
}
#[derive(Deserialize, Default)]
#[serde(default)]
struct BookmarkAnnotations {
    #[serde(rename = "k8s.io/initial-events-end")]
    end: Option<String>,
}

#[derive(Debug)]
pub(super) enum Event<'a> {
    Changed(Meta, &'a str),
    Deleted(Meta),
    /// Resource version so far; `true` = the initial set is complete.
    Bookmark(String, bool),
}

/// # Errors
/// An ERROR event, or a line that is none.
pub(super) fn line(bytes: &[u8]) -> Result<Event<'_>, ApiError> {
    let garbage = |_| ApiError::new(Class::Garbage, "an event that cannot be read");
    if let Some((kind, text)) = as_servers_write(bytes) {
        return event(kind, text);
    }
    let line: Line<'_> = serde_json::from_slice(bytes).map_err(garbage)?;
    event(line.kind.as_ref(), line.object.get())
}

/// Type and object of an event in the very letters that API servers use, without a look into the object, which is most of what a large fleet
/// sends and is read by the engine anyway.
fn as_servers_write(bytes: &[u8]) -> Option<(&str, &str)> {
    let rest = std::str::from_utf8(bytes).ok()?.strip_prefix(r#"{"type":""#)?;
    let (kind, rest) = rest.split_once('"')?;
    let object = rest.strip_prefix(r#","object":"#)?.trim_end().strip_suffix('}')?;
    (object.starts_with('{') && object.ends_with('}')).then_some((kind, object))
}

fn event<'a>(kind: &str, text: &'a str) -> Result<Event<'a>, ApiError> {
    let garbage = |_| ApiError::new(Class::Garbage, "an event that cannot be read");
    match kind {
        "ADDED" | "MODIFIED" => Ok(Event::Changed(meta(text)?, text)),
        "DELETED" => Ok(Event::Deleted(meta(text)?)),
        "BOOKMARK" => {
            let bookmark: Bookmark = serde_json::from_str(text).map_err(garbage)?;
            Ok(Event::Bookmark(bookmark.metadata.resource_version, bookmark.metadata.annotations.end.as_deref() == Some("true")))
        }
        "ERROR" => {
            let status: Status = serde_json::from_str(text).unwrap_or_default();
            Err(status.error(status.code))
        }
        _ => Err(ApiError::new(Class::Garbage, "an event of an unknown type")),
    }
}

/// # Errors
/// No name: it cannot be a row.
pub(super) fn meta(text: &str) -> Result<Meta, ApiError> {
    let mut found = None;
    // An error where it stops early: the rest, which is most of a large object, is read by the engine alone.
    let _ = serde_json::Deserializer::from_str(text).deserialize_map(Head(&mut found));
    found.filter(|meta| !meta.name.is_empty()).ok_or_else(|| ApiError::new(Class::Garbage, "an object without a name"))
}

/// Reads an object up to the end of its metadata.
struct Head<'a>(&'a mut Option<Meta>);

impl<'de> Visitor<'de> for Head<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == "metadata" {
                *self.0 = Some(map.next_value()?);
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[derive(Deserialize)]
pub(super) struct List<'a> {
    #[serde(default)]
    pub metadata: ListMeta,
    #[serde(borrow, default)]
    pub items: Option<Vec<&'a RawValue>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ListMeta {
    pub resource_version: String,
    #[serde(rename = "continue")]
    pub next: String,
}

/// # Errors
/// Not a list.
pub(super) fn list(bytes: &[u8]) -> Result<List<'_>, ApiError> {
    serde_json::from_slice(bytes).map_err(|e| ApiError::new(Class::Garbage, &format!("a list that cannot be read: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_kinds_of_lines_are_told_apart() {
        let added = br#"{"type":"ADDED","object":{"metadata":{"name":"a","namespace":"n","uid":"u","resourceVersion":"7"}}}"#;
        assert!(matches!(line(added), Ok(Event::Changed(m, _)) if m.name == "a" && m.resource_version == "7"));
        let end =
            br#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;
        assert!(matches!(line(end), Ok(Event::Bookmark(rv, true)) if rv == "9"));
        let gone = br#"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}"#;
        assert_eq!(line(gone).unwrap_err().class, Class::Expired);
        assert_eq!(line(b"{]").unwrap_err().class, Class::Garbage);
        assert_eq!(line(br#"{"type":"ADDED","object":{"metadata":{}}}"#).unwrap_err().class, Class::Garbage);
    }

    #[test]
    fn an_event_is_the_same_in_the_letters_of_a_server_and_in_any_other() {
        let other = br#" {"object": {"metadata": {"name": "a"}}, "type": "MODIFIED"} "#;
        assert!(as_servers_write(other).is_none());
        assert!(matches!(line(other), Ok(Event::Changed(m, r#"{"metadata": {"name": "a"}}"#)) if m.name == "a"));
        let usual = b"{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\r";
        assert_eq!(as_servers_write(usual), Some(("MODIFIED", r#"{"metadata":{"name":"a"}}"#)));
        assert!(matches!(line(usual), Ok(Event::Changed(m, _)) if m.name == "a"));
        for torn in
            [&b"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":"[..], b"{\"type\":\"ADDED\",\"object\":{}", b"{\"type\":\"ADDED\"}"]
        {
            assert_eq!(line(torn).unwrap_err().class, Class::Garbage);
        }
        let hostile = b"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}},\"object\":{\"metadata\":{\"name\":\"b\"}}}";
        assert!(
            matches!(line(hostile), Ok(Event::Changed(m, text)) if m.name == "a" && serde_json::from_str::<serde_json::Value>(text).is_err())
        );
    }

    #[test]
    fn an_object_is_read_up_to_its_metadata_wherever_that_stands() {
        for text in [
            r#"{"kind":"A","metadata":{"name":"a","uid":"u","managedFields":[{"time":"t"}]},"spec":{"x":[1,{"y":2}]}}"#,
            r#"{"spec":{"metadata":{"name":"inner"}},"metadata":{"name":"a","uid":"u"}}"#,
        ] {
            assert_eq!(meta(text).map(|m| (m.name, m.uid)), Ok(("a".into(), "u".into())), "{text}");
        }
        for text in ["{}", r#"{"metadata":null}"#, r#"{"metadata":{"name":7}}"#, r#"{"spec":{"metadata":{"name":"inner"}}}"#, "[]", ""] {
            assert!(meta(text).is_err(), "{text}");
        }
    }
}
