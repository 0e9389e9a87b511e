use super::*;

const GOOD: &str = "
apiVersion: v1
kind: Config
current-context: prod-eu
contexts:
- {name: prod-eu, context: {cluster: eu, user: sam, namespace: shop}}
- {name: staging, context: {cluster: eu, user: sam}}
- {name: lost, context: {cluster: nowhere, user: sam}}
- {name: anonymous, context: {cluster: eu}}
- {name: orphan, context: {cluster: eu, user: ghost}}
clusters:
- {name: eu, cluster: {server: 'https://eu.example.com', certificate-authority: ca.pem}}
users:
- {name: sam, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/login}}}
";

fn file(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn explicit(path: PathBuf) -> Places {
    Places { explicit: Some(path), ..Places::default() }
}

#[test]
fn contexts_are_listed_with_what_the_operator_needs_to_choose() {
    let config = Kubeconfig::from_text(GOOD).unwrap();
    let all = config.contexts();
    let first = &all[0];
    assert_eq!((first.id.as_str(), first.server.as_str(), first.user.as_str()), ("prod-eu", "https://eu.example.com", "sam"));
    assert!(first.is_current && first.protected && !all[1].protected);
    assert_eq!((first.namespace.as_deref(), first.login.as_deref()), (Some("shop"), Some("bin/login")));
}

#[test]
fn each_fault_of_a_context_names_the_entry() {
    let config = Kubeconfig::from_text(GOOD).unwrap();
    let kind = |name: &str| config.fault(name).map(|f| f.kind);
    assert_eq!(kind("lost"), Some(FaultKind::MissingCluster));
    assert_eq!(kind("orphan"), Some(FaultKind::MissingUser));
    assert_eq!(kind("nope"), Some(FaultKind::UnknownContext));
    assert_eq!(kind("anonymous"), None);
    assert!(config.fault("orphan").unwrap().to_string().contains("user ghost"));
}

#[test]
fn patterns_choose_contexts_and_an_empty_match_lists_the_names() {
    let config = Kubeconfig::from_text(GOOD).unwrap();
    let names = |patterns: &[&str]| {
        let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
        config.select(&config.contexts(), &patterns).map(|c| c.iter().map(|c| c.id.to_string()).collect::<Vec<_>>())
    };
    assert_eq!(names(&["l*", "staging"]).unwrap(), ["staging", "lost"]);
    assert_eq!(names(&["*o*n*"]).unwrap(), ["anonymous", "orphan"]);
    assert_eq!(names(&[]).unwrap(), ["prod-eu"]);
    let fault = names(&["dev-*"]).unwrap_err();
    assert!(fault.object.contains("dev-*") && fault.next.contains("staging"));
}

#[test]
fn a_missing_an_empty_and_a_broken_file_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let kind = |path: PathBuf| Kubeconfig::load(&explicit(path)).err().map(|f| f.kind);
    assert_eq!(kind(dir.path().join("absent")), Some(FaultKind::Missing));
    assert_eq!(kind(file(dir.path(), "empty", "")), Some(FaultKind::Empty));
    assert_eq!(kind(file(dir.path(), "broken", "contexts: {]")), Some(FaultKind::Broken));
    assert_eq!(kind(dir.path().to_owned()), Some(FaultKind::BadFile));
}

#[test]
fn a_broken_file_does_not_give_away_its_tokens() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "broken", "users:\n- name: a\n  user:\n    token: [hunter2-secret\n");
    let fault = Kubeconfig::load(&explicit(path)).err().unwrap();
    assert!(!fault.to_string().contains("hunter2"), "{fault}");
}

#[test]
fn files_of_a_list_are_merged_first_wins_and_absent_ones_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let one = file(dir.path(), "one", GOOD);
    let two = file(dir.path(), "two", "current-context: other\ncontexts: [{name: other, context: {cluster: eu}}]\n");
    let env = std::env::join_paths([dir.path().join("absent"), one, two]).unwrap();
    let config = Kubeconfig::load(&Places { env: Some(env), ..Places::default() }).unwrap();
    assert_eq!(config.current(), Some("prod-eu"));
    assert!(config.fault("other").is_none());
    assert_eq!(config.files().count(), 3);
}

#[test]
fn relative_paths_belong_to_their_file_and_a_change_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "config", GOOD);
    let config = Kubeconfig::load(&explicit(path.clone())).unwrap();
    let (_, cluster, auth) = config.entry("prod-eu").unwrap();
    assert_eq!(cluster.certificate_authority.as_deref(), dir.path().join("ca.pem").to_str());
    assert_eq!(auth.exec.unwrap().command.as_deref(), dir.path().join("bin/login").to_str());
    assert!(!config.is_stale());
    std::fs::remove_file(path).unwrap();
    assert!(config.is_stale());
}

#[test]
fn production_is_a_word_of_the_name() {
    for name in ["prod", "eu-prod-1", "arn:aws:eks:eu:1:cluster/production", "PRD-x", "live_eu"] {
        assert!(looks_like_production(name), "{name}");
    }
    for name in ["staging", "reproduce", "product-team-dev", "delivery"] {
        assert!(!looks_like_production(name), "{name}");
    }
}

#[test]
fn a_new_token_changes_the_digest_of_its_context_and_the_current_context_does_not() {
    let text = |token: &str, current: &str| {
        format!(
            "apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{server: https://c.example.com}}}}]\n\
             users: [{{name: u, user: {{token: {token}}}}}]\n\
             contexts: [{{name: a, context: {{cluster: c, user: u}}}}, {{name: b, context: {{cluster: c, user: u}}}}]\ncurrent-context: {current}\n"
        )
    };
    let digest = |token: &str, current: &str| Kubeconfig::from_text(&text(token, current)).unwrap().digest("a");
    assert_eq!(digest("one", "a"), digest("one", "b"));
    assert_ne!(digest("one", "a"), digest("two", "a"));
}

#[test]
fn the_login_program_is_run_with_its_arguments_and_environment_and_by_no_shell() {
    let text = "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: https://c.example.com}}]\n\
        users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: /opt/log in, args: [get-token, $HOME], \
        env: [{name: PROFILE, value: prod}], interactiveMode: IfAvailable}}}]\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n";
    let command = Kubeconfig::from_text(text).unwrap().login_command("a").unwrap();
    assert_eq!(command.get_program(), "/opt/log in");
    assert_eq!(command.get_args().collect::<Vec<_>>(), ["get-token", "$HOME"]);
    assert!(command.get_envs().any(|(name, value)| name == "PROFILE" && value == Some("prod".as_ref())));
}

#[test]
fn hostile_names_of_contexts_are_made_harmless_and_still_lead_to_their_entry() {
    let long = "x".repeat(10_000);
    let text = format!(
        "apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{server: https://c.example.com}}}}]\ncontexts:\n\
         - {{name: \"a\\u001b[31m\\u202eb\", context: {{cluster: c}}}}\n- {{name: \"a\\u001b[31m\\u202db\", context: {{cluster: c}}}}\n\
         - {{name: {long}, context: {{cluster: nowhere\\u001b}}}}\ncurrent-context: \"a\\u001b[31m\\u202eb\"\n"
    );
    let config = Kubeconfig::from_text(&text).unwrap();
    let names: Vec<String> = config.contexts().iter().map(|c| c.id.to_string()).collect();
    assert_eq!(names[..2], ["a^[[31m^?b", "a^[[31m^?b~2"], "harmless, and no two alike");
    assert!(names[2].chars().count() <= 121);
    assert_eq!(config.current(), Some("a^[[31m^?b"));
    assert!(config.contexts()[0].is_current && config.fault(&names[0]).is_none() && config.fault(&names[1]).is_none());
    assert_eq!(config.written(&names[1]), Some("a\u{1b}[31m\u{202d}b"));
    let said = config.select(&config.contexts(), &["\u{1b}[2J".into()]).unwrap_err().to_string();
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said:?}");
}

#[test]
fn an_alias_is_a_name_and_no_alias_is_the_name_of_another_context() {
    let text = "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: https://c.example.com}}]\n\
        contexts: [{name: a, context: {cluster: c}}, {name: b, context: {cluster: c}}]\n";
    let config = Kubeconfig::from_text(text).unwrap();
    let all = config.aliased([("a", "east")].into_iter()).unwrap();
    let found = config.select(&all, &["ea*".into()]).unwrap();
    assert_eq!(found.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(config.select(&all, &["a".into()]).unwrap(), found, "its own name still does");
    assert!(config.aliased([("a", "b")].into_iter()).unwrap_err().to_string().contains("the name of another context"));
}

#[test]
fn a_login_program_that_asks_for_it_is_told_the_cluster_and_that_it_may_ask_the_operator() {
    let text = |asks: bool| {
        format!(
            "apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{server: https://c.example.com, tls-server-name: inner}}}}]\n\
             users: [{{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: login, provideClusterInfo: {asks}}}}}}}]\n\
             contexts: [{{name: a, context: {{cluster: c, user: u}}}}]\n"
        )
    };
    let told = |asks: bool| {
        let command = Kubeconfig::from_text(&text(asks)).unwrap().login_command("a").unwrap();
        let info = command.get_envs().find(|(name, _)| *name == "KUBERNETES_EXEC_INFO").unwrap().1.unwrap();
        serde_json::from_str::<serde_json::Value>(info.to_str().unwrap()).unwrap()["spec"].clone()
    };
    let cluster = serde_json::json!({ "server": "https://c.example.com", "tls-server-name": "inner" });
    assert_eq!(told(true), serde_json::json!({ "interactive": true, "cluster": cluster }));
    assert_eq!(told(false), serde_json::json!({ "interactive": true }));
}
