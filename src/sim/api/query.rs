//! Paths and query strings of requests.

use std::collections::BTreeMap;

/// Decoded query parameters; the first of a name wins.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(BTreeMap<String, String>);

impl Query {
    pub fn parse(source: &str) -> Self {
        let mut map = BTreeMap::new();
        for pair in source.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            map.entry(decode(key, true)).or_insert_with(|| decode(value, true));
        }
        Self(map)
    }

    pub fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }
    pub fn flag(&self, key: &str) -> bool {
        matches!(self.get(key), "true" | "1")
    }
    pub fn number(&self, key: &str) -> Option<u64> {
        self.get(key).parse().ok()
    }
}

pub(super) fn decode(source: &str, plus: bool) -> String {
    let mut bytes = Vec::with_capacity(source.len());
    let mut rest = source.bytes();
    while let Some(byte) = rest.next() {
        let escaped = if byte == b'%' {
            let mut ahead = rest.clone();
            let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
            digit(ahead.next()).zip(digit(ahead.next())).map(|(high, low)| (high * 16 + low, ahead))
        } else {
            None
        };
        match escaped {
            Some((value, ahead)) => {
                bytes.push(value);
                rest = ahead;
            }
            None => bytes.push(if plus && byte == b'+' { b' ' } else { byte }),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// `/version`, `/healthz`, `/openapi/v3` and the like.
    Other(String),
    /// `/api` or `/apis`.
    Groups {
        core: bool,
    },
    /// `/apis/G`.
    Group(String),
    /// `/api/v1` or `/apis/G/V`.
    Version {
        group: String,
        version: String,
    },
    Resource(Resource),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Resource {
    pub group: String,
    pub version: String,
    pub namespace: String,
    pub plural: String,
    pub name: String,
    pub sub: String,
}

pub(super) fn target(path: &str) -> Target {
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(|part| decode(part, false)).collect();
    let words: Vec<&str> = parts.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["api"] => Target::Groups { core: true },
        ["apis"] => Target::Groups { core: false },
        ["apis", group] => Target::Group((*group).to_owned()),
        ["api", version] => Target::Version { group: String::new(), version: (*version).to_owned() },
        ["apis", group, version] => Target::Version { group: (*group).to_owned(), version: (*version).to_owned() },
        ["api", version, rest @ ..] => resource(path, "", version, rest),
        ["apis", group, version, rest @ ..] => resource(path, group, version, rest),
        _ => Target::Other(path.to_owned()),
    }
}

fn resource(path: &str, group: &str, version: &str, rest: &[&str]) -> Target {
    let base = Resource { group: group.to_owned(), version: version.to_owned(), ..Resource::default() };
    let made = |namespace: &str, plural: &str, name: &str, sub: &str| {
        Target::Resource(Resource {
            namespace: namespace.to_owned(),
            plural: plural.to_owned(),
            name: name.to_owned(),
            sub: sub.to_owned(),
            ..base.clone()
        })
    };
    match rest {
        // A namespace itself lives at the place where namespaced things begin.
        ["namespaces", name] => made(name, "namespaces", name, ""),
        ["namespaces", name, sub @ ("status" | "finalize")] => made(name, "namespaces", name, sub),
        ["namespaces", namespace, plural] => made(namespace, plural, "", ""),
        ["namespaces", namespace, plural, name] => made(namespace, plural, name, ""),
        ["namespaces", namespace, plural, name, sub] => made(namespace, plural, name, sub),
        [plural] => made("", plural, "", ""),
        [plural, name] => made("", plural, name, ""),
        [plural, name, sub] => made("", plural, name, sub),
        _ => Target::Other(path.to_owned()),
    }
}
