//! Where the file and the directories are.

use super::error::ConfigError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The file `config.yaml`.
    pub config: PathBuf,
    /// It was named by the operator, so it must exist.
    pub config_was_named: bool,
    /// Themes of the operator: `themes` beside the configuration file.
    pub themes: PathBuf,
    /// Rows, ledger, timeline, journal, marks.
    pub state: PathBuf,
    /// Git mirrors.
    pub cache: PathBuf,
    /// The log file.
    pub log: PathBuf,
}

impl Paths {
    /// `named` is the value of `--config`; `env` reads a variable. Errors: no home directory is known.
    pub fn resolve(named: Option<&Path>, env: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let own = directories::ProjectDirs::from("", "", "driftdeck");
        let folder = |variable: &str, fallback: Option<PathBuf>| {
            // The convention: a relative path in these variables is to be ignored.
            let set = env(variable).map(PathBuf::from).filter(|p| p.is_absolute()).map(|p| p.join("driftdeck"));
            let missing = || ConfigError::at(Path::new(variable), None, "no home directory is known: set this variable");
            set.or(fallback).ok_or_else(missing)
        };
        let named = named.map(Path::to_owned).or_else(|| env("DRIFTDECK_CONFIG").filter(|v| !v.is_empty()).map(PathBuf::from));
        let config_was_named = named.is_some();
        let config = match named {
            Some(path) => path,
            None => folder("XDG_CONFIG_HOME", own.as_ref().map(|d| d.config_dir().to_owned()))?.join("config.yaml"),
        };
        let state = folder("XDG_STATE_HOME", own.as_ref().map(|d| d.state_dir().unwrap_or_else(|| d.data_local_dir()).to_owned()))?;
        let cache = folder("XDG_CACHE_HOME", own.as_ref().map(|d| d.cache_dir().to_owned()))?;
        let themes = config.parent().unwrap_or(Path::new(".")).join("themes");
        Ok(Self { themes, log: state.join("driftdeck.log"), config, config_was_named, state, cache })
    }

    /// With the process's own variables.
    pub fn of_process(named: Option<&Path>) -> Result<Self, ConfigError> {
        Self::resolve(named, &|name| std::env::var_os(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(named: Option<&str>, pairs: &[(&str, &str)]) -> Paths {
        let env = |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
        Paths::resolve(named.map(Path::new), &env).unwrap()
    }

    #[test]
    fn arguments_win_over_variables_and_variables_over_the_system() {
        let xdg = [("XDG_CONFIG_HOME", "/c"), ("XDG_STATE_HOME", "/s"), ("XDG_CACHE_HOME", "/k"), ("DRIFTDECK_CONFIG", "/d/own.yaml")];
        let paths = with(None, &xdg[..3]);
        assert_eq!((paths.config.as_path(), paths.config_was_named), (Path::new("/c/driftdeck/config.yaml"), false));
        assert_eq!((paths.state.as_path(), paths.cache.as_path()), (Path::new("/s/driftdeck"), Path::new("/k/driftdeck")));
        assert_eq!(
            (paths.log.as_path(), paths.themes.as_path()),
            (Path::new("/s/driftdeck/driftdeck.log"), Path::new("/c/driftdeck/themes"))
        );
        assert_eq!((with(None, &xdg).config.as_path(), with(None, &xdg).config_was_named), (Path::new("/d/own.yaml"), true));
        assert_eq!(with(Some("/x.yaml"), &xdg).config, Path::new("/x.yaml"));
        assert!(with(None, &[("XDG_CONFIG_HOME", "relative")]).config.is_absolute(), "a relative variable is ignored");
    }
}
