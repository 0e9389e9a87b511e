//! From arguments, config and environment to a state, its settings and the options of the runtime.

use super::Failure;
use super::args::{Common, Glyphs};
use crate::app::state::{AppState, Settings};
use crate::app::views::Views;
use crate::cluster::{Kubeconfig, KubeconfigFault, Places};
use crate::config::{Config, Glyphs as ConfigGlyphs, ListMode, Paths};
use crate::domain::clock::Clock;
use crate::domain::ids::ClusterId;
use crate::domain::text::shell;
use crate::runtime::{Options, load};
use crate::store::{Marks, Store};
use crate::theme::{Depth, Theme};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Everything a run needs before the first frame.
pub struct Prepared {
    pub state: AppState,
    pub options: Options,
    pub kubeconfig: Arc<Kubeconfig>,
    pub loaded: crate::app::msg::Loaded,
    /// What went wrong on the way and is told on screen.
    pub trouble: Vec<String>,
    pub mouse: bool,
    /// Name and text of the operator's own theme files.
    pub themes: Vec<(String, String)>,
}

/// What the demo decides instead of the environment.
pub struct Overrides {
    pub scenario: Option<String>,
    pub clock: Clock,
    pub git_env: Vec<(String, String)>,
    pub operator: Option<String>,
    pub poll: Option<Duration>,
    pub utc_offset: Option<i32>,
}

impl Default for Overrides {
    fn default() -> Self {
        Self { scenario: None, clock: Clock::system(), git_env: Vec::new(), operator: None, poll: None, utc_offset: None }
    }
}

impl Overrides {
    /// What the environment of a run says: the clock of a served demo, in whose zone its times are told.
    pub fn of_process() -> Self {
        let clock = demo_clock(std::env::var(CLOCK).ok().as_deref());
        Self { clock, utc_offset: clock.is_frozen().then_some(0), ..Self::default() }
    }
}

/// Names the time at which the clock of a served demo stands: by another clock its objects are days old, and judged so.
pub const CLOCK: &str = "DRIFTDECK_DEMO_CLOCK";

fn demo_clock(at: Option<&str>) -> Clock {
    at.and_then(|text| text.parse().ok()).map_or_else(Clock::system, Clock::frozen)
}

/// Reads config, kubeconfig and state directory. Errors: usage (64) for what the operator can mend in a file or an argument.
pub fn prepare(common: &Common, paths: &Paths, overrides: &Overrides) -> Result<Prepared, Failure> {
    let config = Config::load(paths).map_err(|e| Failure::usage(e.to_string()))?;
    let places = Places::from_env(common.kubeconfig.clone());
    let kubeconfig = Kubeconfig::load(&places).map_err(|e| no_kubeconfig(&e.to_string(), overrides.scenario.is_some()))?;
    let mut trouble = Vec::new();
    if overrides.scenario.is_none() && overrides.clock.is_frozen() {
        // Left behind in a shell it would make real clusters look at rest.
        trouble.push(format!("The clock stands at {}: {CLOCK} is set. Unset it for real clusters.", overrides.clock.now()));
    }
    let store = match Store::open(&paths.state) {
        Ok(store) => Some(Arc::new(store)),
        Err(error) => {
            let text = format!("The state directory cannot be used: {error}. Nothing is remembered of this run, and nothing can be sent.");
            trouble.push(text);
            None
        }
    };
    let options = options(common, &config, paths, places, store.clone(), overrides);
    let mut state = AppState::new(overrides.clock.now(), settings(common, &config, paths, &kubeconfig, overrides)?);
    let marks = store.as_ref().map(|s| marks(s, &mut trouble)).unwrap_or_default();
    state.chosen = chosen(common, &config, &kubeconfig, marks.contexts.as_deref())?;
    if common.theme.is_none() {
        if let Some(theme) = marks.theme.clone().filter(|t| state.settings.themes.contains(t)) {
            state.settings.theme = theme;
        }
    }
    state.views = Views { own: marks.views.clone(), start: marks.filter.clone() };
    state.marked = marks.protected.iter().map(|(name, on)| (ClusterId::new(name), *on)).collect();
    state.mapped = marks.destinations.iter().map(|(what, to)| (what.clone(), ClusterId::new(to))).collect();
    let loaded = match &store {
        Some(store) => {
            let (loaded, bad) = load::start(store, &state.chosen, marks);
            trouble.extend(bad);
            loaded
        }
        None => crate::app::msg::Loaded::default(),
    };
    Ok(Prepared {
        state,
        options,
        kubeconfig: Arc::new(kubeconfig),
        loaded,
        trouble,
        mouse: config.mouse,
        themes: user_themes(&paths.themes),
    })
}

impl Prepared {
    /// With the history of earlier runs, for commands without a first frame to be quick for.
    pub fn with_history(mut self) -> Self {
        if let Some(store) = &self.options.store {
            let (mut past, bad) = load::history(store);
            self.trouble.extend(bad);
            self.loaded.ledger.append(&mut past.ledger);
            self.loaded.timeline.append(&mut past.timeline);
            self.loaded.journal.append(&mut past.journal);
            self.loaded.watched.append(&mut past.watched);
            self.loaded.is_history = true;
        }
        self
    }
}

/// Read once: what cannot be read is told with what it costs.
fn marks(store: &Store, trouble: &mut Vec<String>) -> Marks {
    match store.load_marks() {
        Ok((marks, bad)) => {
            trouble.extend(bad.into_iter().map(|field| format!("marks.json: field {field} cannot be read and counts as unset")));
            marks
        }
        Err(error) => {
            let lost = "Chosen contexts, protected marks and known cluster identities count as unset.";
            trouble.push(format!("The choices made on screen are not known: {error}. {lost}"));
            Marks::default()
        }
    }
}

fn no_kubeconfig(error: &str, is_demo: bool) -> Failure {
    let hint = if is_demo { "" } else { "\nTo look around without a cluster: driftdeck demo" };
    Failure::usage(format!("{error}.{hint}"))
}

fn options(common: &Common, config: &Config, paths: &Paths, places: Places, store: Option<Arc<Store>>, overrides: &Overrides) -> Options {
    Options {
        clock: overrides.clock,
        places,
        // Where the whole cluster may not be listed, the namespace that was asked for is looked into first.
        namespaces: common.namespace.iter().chain(&config.namespaces).cloned().collect(),
        list_mode: config.list_mode.iter().filter(|(_, m)| **m == ListMode::List).map(|(glob, _)| glob.clone()).collect(),
        aliases: config.aliases.clone().into_iter().collect(),
        read_only: common.read_only || config.read_only,
        read_only_clusters: config.read_only_clusters.clone(),
        guardrails: guardrails(config),
        store,
        cache: paths.cache.clone(),
        git_env: overrides.git_env.clone(),
        poll: overrides.poll.unwrap_or(config.git.poll.0),
        max_mirror: config.git.max_mb.saturating_mul(1 << 20),
    }
}

fn settings(common: &Common, config: &Config, paths: &Paths, kubeconfig: &Kubeconfig, overrides: &Overrides) -> Result<Settings, Failure> {
    let user = user_themes(&paths.themes);
    let themes = Theme::names(&user);
    let theme = common.theme.clone().unwrap_or_else(|| config.theme.clone());
    Theme::load(&theme, &user, depth()).map_err(|e| Failure::usage(format!("{e} There are: {}.", themes.join(", "))))?;
    let ascii = match (common.glyphs, config.glyphs) {
        (Some(Glyphs::Ascii), _) | (None, ConfigGlyphs::Ascii) => true,
        (Some(Glyphs::Unicode), _) | (None, ConfigGlyphs::Unicode) => false,
        (None, ConfigGlyphs::Auto) => !is_utf8() || std::env::var("TERM").is_ok_and(|t| t == "linux"),
    };
    let theme = match (&common.theme, theme.as_str()) {
        (None, _) if no_color() => "mono".into(),
        (None, "terminal") if std::env::var("COLORFGBG").is_ok_and(|v| is_light(&v)) => "terminal-light".into(),
        _ => theme,
    };
    Ok(Settings {
        demo: overrides.scenario.clone(),
        read_only: common.read_only || config.read_only,
        operator: overrides.operator.clone().unwrap_or_else(|| std::env::var("USER").unwrap_or_else(|_| "operator".into())),
        host: host(),
        theme,
        themes,
        ascii,
        motion: config.motion,
        mouse: config.mouse,
        namespace: common.namespace.clone(),
        protected: config.protected.clone(),
        read_only_clusters: config.read_only_clusters.clone(),
        guardrails: guardrails(config),
        destinations: config.destinations.iter().map(|(what, to)| (what.clone(), alias_target(config, kubeconfig, to))).collect(),
        log_path: paths.log.display().to_string(),
        state_path: paths.state.display().to_string(),
        utc_offset: overrides.utc_offset.unwrap_or_else(utc_offset),
        dead_ms: if overrides.clock.is_frozen() { 0 } else { 300 },
        frozen: overrides.clock.is_frozen(),
        brief: false,
        given: given(common),
    })
}

/// What of the command line a command that is printed must carry; contexts are named anew.
fn given(common: &Common) -> String {
    let path = |p: &Option<PathBuf>| p.as_ref().map(|p| p.display().to_string());
    let all = [("--kubeconfig", path(&common.kubeconfig)), ("--config", path(&common.config)), ("-n", common.namespace.clone())];
    all.iter().filter_map(|(name, value)| Some(format!(" {name} {}", shell(value.as_ref()?)))).collect()
}

/// Pattern of clusters to the words of what may not be done there.
fn guardrails(config: &Config) -> Vec<(String, Vec<String>)> {
    let words = |g: &crate::config::Guardrail| {
        let all = [(g.no_force, "no_force"), (g.no_prune, "no_prune")];
        let most = g.max_apps.map(crate::app::rollback::rails::word);
        all.iter().filter(|(on, _)| *on).map(|(_, w)| (*w).to_owned()).chain(most).collect()
    };
    config.guardrails.iter().map(|(glob, g)| (glob.clone(), words(g))).collect()
}

/// A destination may be mapped to a context or to its alias.
fn alias_target(config: &Config, kubeconfig: &Kubeconfig, to: &str) -> ClusterId {
    let by_alias = config.aliases.iter().find(|(_, alias)| *alias == to).map(|(context, _)| context.as_str());
    let known = kubeconfig.contexts().iter().any(|c| c.id.as_str() == to);
    ClusterId::new(if known { to } else { by_alias.unwrap_or(to) })
}

/// Which contexts are watched: the arguments, else the ones chosen before; empty = the picker asks.
fn chosen(common: &Common, config: &Config, kubeconfig: &Kubeconfig, before: Option<&[String]>) -> Result<Vec<ClusterId>, Failure> {
    let usage = |e: KubeconfigFault| Failure::usage(format!("{e}."));
    let aliases = config.aliases.iter().map(|(name, alias)| (name.as_str(), alias.as_str()));
    let all = kubeconfig.aliased(aliases).map_err(usage)?;
    if common.all_contexts {
        return Ok(all.into_iter().map(|c| c.id).collect());
    }
    if !common.context.is_empty() {
        let found = kubeconfig.select(&all, &common.context).map_err(usage)?;
        return Ok(found.into_iter().map(|c| c.id).collect());
    }
    let before = before.unwrap_or_default();
    Ok(all.into_iter().map(|c| c.id).filter(|id| before.iter().any(|b| b == id.as_str())).collect())
}

/// The operator's themes: `*.yaml` in the themes directory; what cannot be read is no theme.
fn user_themes(dir: &std::path::Path) -> Vec<(String, String)> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut out: Vec<(String, String)> = entries
        .flatten()
        .filter_map(|e| {
            let path = e.path();
            let name = path.file_stem()?.to_str()?.to_owned();
            let text = (path.extension()? == "yaml").then(|| std::fs::read_to_string(&path).ok()).flatten()?;
            Some((name, text))
        })
        .collect();
    out.sort();
    out
}

/// How many colours the terminal has; none under NO_COLOR.
pub fn depth() -> Depth {
    let is = |name: &str, words: &[&str]| std::env::var(name).is_ok_and(|v| words.iter().any(|w| v.contains(w)));
    if no_color() {
        Depth::None
    } else if is("COLORTERM", &["truecolor", "24bit"]) {
        Depth::True
    } else if is("TERM", &["256color", "direct"]) {
        Depth::Indexed
    } else {
        Depth::Ansi
    }
}

/// What some terminals say of their colours, `fg;bg` or `fg;other;bg`: white and light grey are a light ground.
fn is_light(colorfgbg: &str) -> bool {
    colorfgbg.contains(';') && colorfgbg.rsplit(';').next().is_some_and(|ground| matches!(ground, "7" | "15"))
}

pub fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
}

fn is_utf8() -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()))
        .is_none_or(|v| v.to_lowercase().replace('-', "").contains("utf8"))
}

/// Seconds that local time is ahead of UTC. The zone file is read as it stands: finding its name would walk the whole zone database
/// before the first frame.
fn utc_offset() -> i32 {
    let local = std::fs::read("/etc/localtime").ok().filter(|_| std::env::var_os("TZ").is_none());
    match local.and_then(|bytes| jiff::tz::TimeZone::tzif("local", &bytes).ok()) {
        Some(zone) => zone.to_offset(jiff::Timestamp::now()).seconds(),
        None if std::env::var_os("TZ").is_none() => 0,
        None => jiff::Zoned::now().offset().seconds(),
    }
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_that_was_asked_for_is_looked_into_first_where_not_all_may_be_read() {
        let common = Common { namespace: Some("team-a".into()), ..Common::default() };
        let config = Config { namespaces: vec!["shared".into()], ..Config::default() };
        let paths = Paths::resolve(None, &|_| Some("/nowhere".into())).unwrap();
        let options = options(&common, &config, &paths, Places::default(), None, &Overrides::default());
        assert_eq!(options.namespaces, ["team-a", "shared"]);
    }

    #[test]
    fn a_printed_command_carries_the_files_and_the_namespace_that_were_given_and_no_others() {
        let common = Common {
            kubeconfig: Some("my clusters.yaml".into()),
            config: Some("deck.yaml".into()),
            namespace: Some("team-a".into()),
            context: vec!["prod-*".into()],
            ..Common::default()
        };
        assert_eq!(given(&common), " --kubeconfig 'my clusters.yaml' --config deck.yaml -n team-a");
        assert_eq!(given(&Common::default()), "");
    }

    #[test]
    fn a_light_ground_is_told_by_the_last_number() {
        assert!(is_light("0;15") && is_light("0;default;7"));
        assert!(!is_light("15;0") && !is_light("15") && !is_light("15;default;0") && !is_light(""));
    }

    #[test]
    fn marks_that_cannot_be_read_are_told_with_what_they_cost_and_good_ones_hold() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let kubeconfig = "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]\nusers: [{name: u, user: {token: t}}]\ncontexts: [{name: prod, context: {cluster: c, user: u}}]\ncurrent-context: prod\n";
        std::fs::write(at("kubeconfig"), kubeconfig).unwrap();
        let paths = Paths {
            config: at("config.yaml"),
            config_was_named: false,
            themes: at("themes"),
            state: at("state"),
            cache: at("cache"),
            log: at("state/driftdeck.log"),
        };
        let common = Common { kubeconfig: Some(at("kubeconfig")), ..Common::default() };
        let start = |marks: &str| {
            Store::open(&paths.state).unwrap();
            std::fs::write(paths.state.join("marks.json"), marks).unwrap();
            prepare(&common, &paths, &Overrides::default()).unwrap()
        };
        let broken = start("{half").trouble.join("\n");
        assert!(broken.contains("marks.json.bad") && broken.contains("protected marks"), "{broken}");
        let good = start(r#"{"v":1,"contexts":["prod"],"protected":{"prod":false}}"#);
        assert_eq!(good.state.marked.get(&ClusterId::new("prod")), Some(&false));
        assert!(good.trouble.is_empty() && good.state.chosen.len() == 1, "{:?}", good.trouble);
        let standing = Overrides { clock: demo_clock(Some("2026-11-24T03:12:40Z")), ..Overrides::default() };
        let told = prepare(&common, &paths, &standing).unwrap().trouble.join("\n");
        assert!(told.contains("The clock stands at 2026-11-24T03:12:40Z: DRIFTDECK_DEMO_CLOCK is set."), "{told}");
        assert!(!demo_clock(Some("tomorrow")).is_frozen() && !demo_clock(None).is_frozen());
    }
}
