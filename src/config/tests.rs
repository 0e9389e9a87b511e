use super::*;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/c/config.yaml"))
}
fn error(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn the_documented_defaults_are_the_real_ones_and_every_key_is_documented() {
    assert_eq!(parse(&reference::example()).unwrap(), Config::default());
    let value = serde_json::to_value(Config::default()).unwrap();
    let mut keys = Vec::new();
    for (key, value) in value.as_object().unwrap() {
        match value.as_object().filter(|_| key == "git") {
            Some(inner) => keys.extend(inner.keys().map(|k| format!("{key}.{k}"))),
            None => keys.push(key.clone()),
        }
    }
    keys.sort();
    let mut documented: Vec<_> = reference::FIELDS.iter().map(|f| f.key.to_owned()).collect();
    documented.sort();
    assert_eq!(keys, documented);
}

#[test]
fn an_unknown_key_names_the_nearest_one_with_file_and_line() {
    assert_eq!(error("theme: mono\nprotectd: [prod-*]\n"), "/c/config.yaml:2: unknown key `protectd`: did you mean `protected`?");
    assert_eq!(error("\n\ngit:\n  pol: 60s\n"), "/c/config.yaml:4: unknown key `pol`: did you mean `poll`?");
    assert_eq!(error("read-only: true\n"), "/c/config.yaml:1: unknown key `read-only`: did you mean `read_only`?");
    assert!(error("colour_of_the_sky: blue\n").contains("known are theme, glyphs"));
    assert!(error("guardrails:\n  prod:\n    no_forse: true\n").contains(":3: unknown key `no_forse`: did you mean `no_force`?"));
}

#[test]
fn a_wrong_value_is_named_with_its_line() {
    assert_eq!(error("glyphs: unicod\n"), "/c/config.yaml:1: unknown value `unicod`: did you mean `unicode`?");
    for (text, want) in [
        ("theme: x\ngit:\n  poll: often\n", ":3: `often` is no duration"),
        ("git:\n  max_mb: 1\n  poll: 1s\n", ":3: git.poll: 1s is too often"),
        ("motion: maybe\n", ":1: "),
        ("aliases:\n  a: prod\n  b: prod\n", ":3: aliases: a and b are both called prod"),
        ("theme: a\ntheme: b\n", ":2: "),
        ("guardrails:\n  \"prod-*\": {max_apps: 0}\n", ":2: guardrails: max_apps of prod-* is 0"),
        ("theme: [\n", ":"),
    ] {
        let found = error(text);
        assert!(found.contains(want), "{text:?}: {found}");
    }
}

#[test]
fn patterns_match_contexts_and_aliases_and_guardrails_add_up() {
    let text = "aliases: {\"arn:aws:eks:eu:1:cluster/p\": prod-eu}\nprotected: [\"prod-*\"]\nread_only_clusters: [audit]\nguardrails:\n  \"*\": {max_apps: 9}\n  \"prod-*\": {no_force: true, max_apps: 3}\nlist_mode: {old: list}\ngit: {poll: 2m}\n";
    let config = parse(text).unwrap();
    let context = "arn:aws:eks:eu:1:cluster/p";
    assert_eq!(config.alias(context), "prod-eu");
    assert!(config.is_protected(context) && !config.is_protected("stage"));
    assert!(config.is_read_only("audit") && !config.is_read_only(context));
    let (rail, from) = config.guardrail(context);
    assert_eq!((rail, from), (Guardrail { no_force: true, no_prune: false, max_apps: Some(3) }, vec!["*", "prod-*"]));
    assert_eq!(config.guardrail("stage").0.max_apps, Some(9));
    assert_eq!((config.list_mode("old"), config.list_mode("new")), (ListMode::List, ListMode::Auto));
    assert_eq!(config.git_poll(), Duration::from_secs(120));
    assert!(Config { read_only: true, ..Config::default() }.is_read_only("any"));
}

#[test]
fn a_missing_file_is_fine_unless_it_was_named_and_an_empty_one_means_defaults() {
    let dir = tempfile::tempdir().unwrap();
    let env = |name: &str| name.starts_with("XDG_").then(|| dir.path().as_os_str().to_owned());
    let paths = Paths::resolve(None, &env).unwrap();
    assert_eq!(Config::load(&paths).unwrap(), Config::default());
    let named = Paths::resolve(Some(&dir.path().join("none.yaml")), &env).unwrap();
    assert!(Config::load(&named).unwrap_err().to_string().contains("none.yaml"));
    assert_eq!(parse("# nothing yet\n\n---\n").unwrap(), Config::default());
}
