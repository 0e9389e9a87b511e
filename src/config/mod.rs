//! The configuration file and the directories: read once, checked, never rewritten.
//!
//! May import: serde, the YAML reader, `directories`; nothing of ours. Choices made on screen live in the state directory instead.
//! To extend: a field of [`Config`] with its default, and its line in [`reference::FIELDS`], which help and documentation are made from.

mod duration;
pub mod error;
pub mod glob;
pub mod paths;
pub mod reference;

pub use error::ConfigError;
pub use paths::Paths;

use duration::Seconds;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Glyphs {
    #[default]
    Auto,
    Unicode,
    Ascii,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyPreset {
    #[default]
    Default,
}

/// How the objects of a context are first read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListMode {
    #[default]
    Auto,
    /// A streaming list, for API servers that offer it.
    Stream,
    /// One list request, then a watch.
    List,
}

/// What may not be done on matching clusters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Guardrail {
    pub no_force: bool,
    pub no_prune: bool,
    /// Most apps that one action may act on.
    pub max_apps: Option<u32>,
}

impl Guardrail {
    /// Both hold.
    fn and(self, other: Self) -> Self {
        let max_apps = [self.max_apps, other.max_apps].into_iter().flatten().min();
        Self { no_force: self.no_force || other.no_force, no_prune: self.no_prune || other.no_prune, max_apps }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GitConfig {
    pub poll: Seconds,
    pub max_mb: u64,
}

impl Default for GitConfig {
    fn default() -> Self {
        Self { poll: Seconds(Duration::from_secs(60)), max_mb: 500 }
    }
}

/// `config.yaml`. Each field's meaning and default: [`reference::FIELDS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub theme: String,
    pub glyphs: Glyphs,
    pub motion: bool,
    pub mouse: bool,
    pub keys: KeyPreset,
    pub read_only: bool,
    pub aliases: BTreeMap<String, String>,
    pub protected: Vec<String>,
    pub read_only_clusters: Vec<String>,
    pub namespaces: Vec<String>,
    pub destinations: BTreeMap<String, String>,
    pub git: GitConfig,
    pub guardrails: BTreeMap<String, Guardrail>,
    pub list_mode: BTreeMap<String, ListMode>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            theme: "terminal".into(),
            glyphs: Glyphs::Auto,
            motion: true,
            mouse: true,
            keys: KeyPreset::Default,
            read_only: false,
            aliases: BTreeMap::new(),
            protected: Vec::new(),
            read_only_clusters: Vec::new(),
            namespaces: Vec::new(),
            destinations: BTreeMap::new(),
            git: GitConfig::default(),
            guardrails: BTreeMap::new(),
            list_mode: BTreeMap::new(),
        }
    }
}

impl Config {
    /// Reads the file of `paths`; a missing one means defaults, unless it was named (`--config`, `DRIFTDECK_CONFIG`).
    /// Errors: what is wrong, with file and line.
    pub fn load(paths: &Paths) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(&paths.config) {
            Ok(text) => Self::parse(&text, &paths.config),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !paths.config_was_named => Ok(Self::default()),
            Err(e) => Err(ConfigError::at(&paths.config, None, e.to_string())),
        }
    }

    /// The text of a file; `file` is only named in errors.
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let is_blank = |line: &str| matches!(line.trim(), "" | "---") || line.trim_start().starts_with('#');
        if text.lines().all(is_blank) {
            return Ok(Self::default());
        }
        let config: Self = serde_yaml::from_str(text).map_err(|e| ConfigError::from_yaml(file, &e))?;
        config.check().map_err(|(key, message)| ConfigError::at(file, error::line_of(text, &key), message))?;
        Ok(config)
    }

    /// What the types cannot say; an error comes with the key it is at.
    fn check(&self) -> Result<(), (String, String)> {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for (context, alias) in &self.aliases {
            if alias.trim().is_empty() {
                return Err((context.clone(), format!("aliases: the alias of {context} is empty")));
            }
            if let Some(other) = seen.insert(alias, context) {
                return Err((context.clone(), format!("aliases: {other} and {context} are both called {alias}")));
            }
        }
        if self.git.poll.0 < Duration::from_secs(5) {
            return Err(("poll".into(), format!("git.poll: {} is too often: at least 5s", self.git.poll)));
        }
        for (pattern, rail) in &self.guardrails {
            if rail.max_apps == Some(0) {
                return Err((pattern.clone(), format!("guardrails: max_apps of {pattern} is 0: at least 1, or read_only_clusters")));
            }
        }
        Ok(())
    }

    /// What a context is called on screen.
    pub fn alias<'a>(&'a self, context: &'a str) -> &'a str {
        self.aliases.get(context).map_or(context, String::as_str)
    }
    /// Patterns match the context's name or its alias.
    pub fn is_protected(&self, context: &str) -> bool {
        self.any(&self.protected, context)
    }
    pub fn is_read_only(&self, context: &str) -> bool {
        self.read_only || self.any(&self.read_only_clusters, context)
    }
    /// All guardrails that match, together, and the patterns they come from.
    pub fn guardrail(&self, context: &str) -> (Guardrail, Vec<&str>) {
        let matching = self.guardrails.iter().filter(|(pattern, _)| self.matches(pattern, context));
        matching.fold((Guardrail::default(), Vec::new()), |(rail, mut names), (pattern, next)| {
            names.push(pattern);
            (rail.and(*next), names)
        })
    }
    pub fn list_mode(&self, context: &str) -> ListMode {
        self.list_mode.get(context).copied().unwrap_or_default()
    }
    pub fn git_poll(&self) -> Duration {
        self.git.poll.0
    }

    fn any(&self, patterns: &[String], context: &str) -> bool {
        patterns.iter().any(|p| self.matches(p, context))
    }
    fn matches(&self, pattern: &str, context: &str) -> bool {
        glob::matches(pattern, context) || glob::matches(pattern, self.alias(context))
    }
}

#[cfg(test)]
mod tests;
