//! Words as API servers and controllers write them, and near twins that must not be taken for the same.

use super::*;

/// The rule that answers, and its row message.
fn told(seen: &Seen<'_>, rules: &[(&'static str, Rule)]) -> (&'static str, String) {
    rules.iter().find_map(|(name, rule)| rule(seen).map(|c| (*name, c.short))).unwrap_or(("none", String::new()))
}

fn said<'a>(object: &'a str, message: &'a str) -> Seen<'a> {
    Seen::told(message, object, "Flux", "prod-eu")
}

/// Object, message, rule, row message.
const SAID: &[(&str, &str, &str, &str)] = &[
    (
        "Pod shop/web-1",
        "Readiness probe failed: Get \"http://10.1.0.7:8081/healthz\": dial tcp 10.1.0.7:8081: connect: connection refused",
        "probe",
        "readiness probe: nothing on port 8081",
    ),
    ("Pod shop/web-1", "Liveness probe failed: HTTP probe failed with statuscode: 503", "probe", "liveness probe: answers 503"),
    (
        "Deployment shop/ledger",
        "pods \"ledger-1\" is forbidden: exceeded quota: team-a, requested: cpu=2, used: cpu=8, limited: cpu=8",
        "quota",
        "quota team-a: cpu 8 of 8 used",
    ),
    ("", "pods is forbidden: failed quota: team-a: must specify limits.cpu for: main", "quota_unsaid", "quota team-a wants limits.cpu"),
    (
        "Deployment shop/web",
        "Deployment/shop/web dry-run failed (Forbidden): admission webhook \"validate.policy.example.com\" denied the request: image web:latest",
        "webhook_denied",
        "refused by policy: validate.policy.exam",
    ),
    (
        "Deployment shop/web",
        "admission webhook \"validate.kyverno.svc-fail\" denied the request: resource Deployment/shop/web was blocked due to the following policies no-latest-tag: x",
        "webhook_denied",
        "refused by policy: no-latest-tag",
    ),
    (
        "Deployment shop/web",
        "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'no-latest-tag' with binding 'all' denied request: tags are wanted",
        "policy_denied",
        "refused by policy: no-latest-tag",
    ),
    (
        "Deployment shop/web",
        "Internal error occurred: failed calling webhook \"mutate.mesh.io\": failed to call webhook: Post \"https://mesh.svc:443/\": dial tcp 192.0.2.1:443: connect: connection refused",
        "webhook_down",
        "webhook mutate.mesh.io: connection refu",
    ),
    (
        "Pod shop/web-1",
        "pods \"web-1\" is forbidden: violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false",
        "pod_security",
        "pod security: not restricted",
    ),
    (
        "Role shop/reader",
        "roles.rbac.authorization.k8s.io \"reader\" is forbidden: User \"system:serviceaccount:shop:team-a\" cannot create resource \"roles\" in API group \"rbac.authorization.k8s.io\" in the namespace \"shop\"",
        "forbidden",
        "team-a may not create roles in shop",
    ),
    (
        "Role shop/admin",
        "roles.rbac.authorization.k8s.io \"admin\" is forbidden: user \"system:serviceaccount:shop:team-a\" (groups=[\"x\"]) is attempting to grant RBAC permissions not currently held:",
        "escalation",
        "team-a may not grant these rights",
    ),
    (
        "Job shop/migrate",
        "Job.batch \"migrate\" is invalid: spec.template: Invalid value: {}: field is immutable",
        "immutable",
        "immutable spec.template, Job migrate",
    ),
    (
        "ServiceMonitor shop/web",
        "ServiceMonitor/shop/web dry-run failed: no matches for kind \"ServiceMonitor\" in version \"monitoring.coreos.com/v1\"",
        "crd_missing",
        "CRD missing: ServiceMonitor",
    ),
    (
        "ServiceMonitor shop/web",
        "The Kubernetes API could not find monitoring.coreos.com/ServiceMonitor for requested resource shop/web. Make sure the CRD is installed.",
        "crd_missing",
        "CRD missing: ServiceMonitor",
    ),
    ("Thing shop/x", "the server could not find the requested resource", "crd_missing", "CRD missing: Thing"),
    (
        "ConfigMap old/x",
        "configmaps \"x\" is forbidden: unable to create new content in namespace old because it is being terminated",
        "namespace_terminating",
        "namespace old is being deleted",
    ),
    ("", "namespaces \"shop\" not found", "namespace_missing", "namespace shop does not exist"),
    (
        "Pod shop/search-1",
        "Failed to pull image \"registry.example.com/search:9.2-rc1\": rpc error: code = NotFound desc = not found",
        "image_pull",
        "image search:9.2-rc1 not found",
    ),
    (
        "Pod shop/search-1",
        "Failed to pull image \"registry.example.com/search:9\": 401 Unauthorized",
        "image_pull",
        "image search:9 refused by the registry",
    ),
    (
        "Pod shop/search-1",
        "Back-off pulling image \"docker.io/redis:7\": ErrImagePull: toomanyrequests: You have reached your pull rate limit",
        "image_pull",
        "image redis:7 held back by a rate limit",
    ),
    ("Pod shop/web-1", "secret \"db\" not found", "secret_missing", "Secret db does not exist"),
    (
        "Pod shop/web-1",
        "MountVolume.SetUp failed for volume \"env\" : configmap \"env\" not found",
        "secret_missing",
        "ConfigMap env does not exist",
    ),
    ("Pod shop/web-1", "couldn't find key password in Secret shop/db", "key_missing", "Secret db has no key password"),
];

/// What a rule must not take for its own.
const TWINS: &[(&str, &str)] = &[
    ("Deployment shop/web", "quota team-a: cpu 7 of 8 used"),
    ("", "pods \"x\" is forbidden: node is not ready"),
    ("Service demo/bad", "Service \"bad\" is invalid: spec.ports[1].name: Duplicate value: \"http\""),
    ("", "Deployment.apps \"web\" not found"),
    ("", "services \"shop\" not found"),
    ("", "namespace shop is Active"),
    ("Pod shop/web-1", "Back-off pulling image \"registry.example.com/web:1\""),
    ("Pod shop/web-1", "Back-off restarting failed container"),
    ("", "webhook validate.policy.example.com was updated"),
    ("", "User \"mia\" cannot be reached"),
    ("Pod shop/web-1", "secret \"db\" was updated"),
];

fn key(group: &str, kind: &str, name: &str) -> ObjectKey {
    ObjectKey::new(group, kind, "shop", name)
}

const ESO: &str = "external-secrets.io";
const ARGO: &str = "argoproj.io";

/// Group, kind and name of an object, its health, its words, the rule, the row message.
type Told = ((&'static str, &'static str, &'static str), Health, &'static str, &'static str, &'static str);

const OBJECTS: &[Told] = &[
    (
        (ESO, "SecretStore", "vault-eu"),
        Health::Degraded,
        "unable to validate store: Get \"https://vault\": context deadline exceeded",
        "secret_store",
        "secret store vault-eu unreachable",
    ),
    (
        (ESO, "ClusterSecretStore", "vault"),
        Health::Degraded,
        "unable to log in: permission denied",
        "secret_store",
        "secret store vault refuses the login",
    ),
    (
        (ESO, "ExternalSecret", "db"),
        Health::Degraded,
        "could not get provider client: ClusterSecretStore \"vault-eu\" is not ready",
        "external_secret",
        "secret store vault-eu not ready",
    ),
    (
        (ESO, "ExternalSecret", "db"),
        Health::Degraded,
        "error processing spec.data[0]: Secret does not exist, key not found",
        "external_secret",
        "secret db: key not found",
    ),
    (
        ("cert-manager.io", "Certificate", "web-tls"),
        Health::Degraded,
        "The certificate request has failed: acme: order is invalid",
        "certificate",
        "certificate web-tls not ready",
    ),
    (("cert-manager.io", "ClusterIssuer", "acme"), Health::Degraded, "Failed to register account", "certificate", "issuer acme not ready"),
    (
        ("bitnami.com", "SealedSecret", "db"),
        Health::Degraded,
        "no key could decrypt secret (password)",
        "sealed_secret",
        "sealed secret db: no key opens it",
    ),
    (
        (ARGO, "Rollout", "web"),
        Health::Suspended,
        "canary paused at 20%, step 3 of 6",
        "canary_paused",
        "canary paused at 20%, step 3 of 6",
    ),
    (
        (ARGO, "Rollout", "web"),
        Health::Degraded,
        "RolloutAborted: Rollout aborted update to revision 3: Metric \"success-rate\" assessed Failed due to failed (3) > failureLimit (2)",
        "canary_failed",
        "canary failed: success-rate",
    ),
    (
        ("flagger.app", "Canary", "web"),
        Health::Degraded,
        "Canary analysis failed, Deployment scaled to zero.",
        "canary_failed",
        "canary failed: web",
    ),
    // Near twins: still at work, well, or of another kind.
    ((ESO, "SecretStore", "vault-eu"), Health::Healthy, "store validated", "none", ""),
    ((ESO, "ExternalSecret", "db"), Health::Progressing, "", "none", ""),
    (("cert-manager.io", "Certificate", "web-tls"), Health::Progressing, "Issuing certificate as Secret does not exist", "none", ""),
    (("bitnami.com", "SealedSecret", "db"), Health::Healthy, "", "none", ""),
    (("example.com", "SealedSecret", "db"), Health::Degraded, "no key could decrypt secret", "none", ""),
    ((ARGO, "Rollout", "web"), Health::Progressing, "more replicas need to be updated", "none", ""),
    (("apps", "Deployment", "web"), Health::Suspended, "", "none", ""),
];

fn objects() -> Vec<(ObjectKey, Health, &'static str, &'static str, &'static str)> {
    OBJECTS
        .iter()
        .map(|((group, kind, name), health, words, rule, short)| (key(group, kind, name), *health, *words, *rule, *short))
        .collect()
}

fn live<'a>(key: &'a ObjectKey, health: Health, message: &'a str) -> Seen<'a> {
    Seen { key: Some(key), health: Some(health), ..said("", message) }
}

#[test]
fn every_cause_is_named_from_the_words_that_tell_it() {
    for (object, message, rule, short) in SAID {
        let (by, told) = told(&said(object, message), &RULES);
        assert_eq!(by, *rule, "{message}");
        assert!(told.trim_end_matches('⋯').starts_with(short) || told == *short, "{told:?} is not {short:?}");
        let cause = of(&said(object, message)).unwrap();
        assert!(cause.short.chars().count() <= ROW && cause.sentence.ends_with('.') && !cause.next.is_empty(), "{cause:?}");
        assert!(!cause.word.is_empty());
    }
    for (key, health, message, rule, short) in objects() {
        assert_eq!(told(&live(&key, health, message), &RULES), (rule, short.to_owned()), "{key:?} {message}");
    }
}

#[test]
fn a_registry_that_hides_an_image_leaves_both_ways_open_and_one_that_refuses_a_login_does_not() {
    let hidden =
        "rpc error: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope";
    assert_eq!(image_way(hidden), ("correct the image's name in git, or renew the pull secret", true));
    assert_eq!(image_trouble(hidden), "not found, or refused by the registry");
    assert_eq!(image_way("failed to authorize: 401 Unauthorized"), ("renew the pull secret", false));
    assert!(image_way("dial tcp: lookup regstry.example: no such host").1, "git may name it wrong");
    assert!(!image_way("dial tcp 10.1.0.9:443: i/o timeout").1);
}

#[test]
fn of_nested_bases_it_is_the_file_inside_that_is_not_in_git() {
    let nested = "accumulating resources: accumulation err='accumulating resources from '../../base': '/tmp/x/base' must resolve to a file': \
         recursed accumulation of path '/tmp/x/base': accumulating resources: accumulation err='accumulating resources from 'deploy.yaml': \
         open /tmp/x/base/deploy.yaml: no such file or directory'";
    assert_eq!(not_in_git(nested), Some("deploy.yaml"));
    assert_eq!(not_in_git("accumulating resources from '../gone': lstat /tmp/x/gone: no such file or directory"), Some("../gone"));
    assert_eq!(not_in_git("accumulating resources from 'a.yaml': MalformedYAMLError"), None);
}

#[test]
fn events_of_a_rollout_that_has_only_begun_are_no_cause_yet() {
    let now: Timestamp = "2026-06-01T03:14:00Z".parse().unwrap();
    let since = |seconds: i64, health| {
        let object = r#"{"metadata": {"name": "web", "namespace": "argocd"}}"#;
        let argo = crate::engine::engine(crate::domain::ids::EngineKind::Argo);
        let kind = argo.watched().iter().find(|k| k.kind == "Application").unwrap();
        let parsed = argo.parse(kind, &crate::domain::ids::ClusterId::new("hub"), "v1alpha1", object, now);
        let crate::domain::event::Parsed::App(mut app) = parsed else { panic!("{parsed:?}") };
        (app.health, app.since) = (health, Timestamp::from_second(now.as_second() - seconds).ok());
        app
    };
    assert!(is_early(&since(30, Health::Progressing), now));
    assert!(!is_early(&since(EARLY, Health::Progressing), now));
    assert!(!is_early(&since(30, Health::Degraded), now), "what failed has a cause at once");
}

#[test]
fn words_that_only_look_alike_name_nothing() {
    for (object, message) in TWINS {
        assert_eq!(told(&said(object, message), &RULES).0, "none", "{message}");
    }
}

#[test]
fn without_any_one_rule_some_cause_is_not_named_any_more() {
    let kept = objects();
    for (at, (name, _)) in RULES.iter().enumerate() {
        let rest: Vec<_> = RULES.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, r)| *r).collect();
        let by_words = SAID.iter().any(|(object, message, ..)| told(&said(object, message), &rest) != told(&said(object, message), &RULES));
        let by_object = kept.iter().any(|(key, health, message, ..)| {
            let seen = live(key, *health, message);
            told(&seen, &rest) != told(&seen, &RULES)
        });
        let finalizers = ["example.com/backup".to_owned()];
        let held = Seen { held_by: &finalizers, ..said("ConfigMap shop/web", "") };
        let by_hold = told(&held, &rest) != told(&held, &RULES);
        assert!(by_words || by_object || by_hold, "no case needs {name}");
    }
}

#[test]
fn recorded_words_of_a_refusal_name_who_may_not_do_what() {
    let file = format!("{}/tests/fixtures/errors/403-list-cluster-wide-nobody.json", env!("CARGO_MANIFEST_DIR"));
    let answer: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let message = answer.pointer("/body/message").and_then(serde_json::Value::as_str).unwrap();
    let cause = of(&said("", message)).unwrap();
    assert!(cause.short.starts_with("nobody may not list "), "{}", cause.short);
}

#[test]
fn a_refusal_names_the_account_and_where_it_is_set_and_the_engine_only_for_its_own() {
    let acting = Acting {
        chosen: vec![("shop:team-a".into(), "spec.serviceAccountName of Kustomization web".into())],
        own: &["kustomize-controller"],
        other: "flag --default-service-account of its controller".into(),
    };
    let words =
        |user: &str| format!("roles \"x\" is forbidden: User \"{user}\" cannot create resource \"roles\" in the namespace \"shop\"");
    let told = |user: &str| {
        let words = words(user);
        let cause = of(&said("Role shop/x", &words).by(&acting)).unwrap();
        (cause.short, cause.sentence)
    };
    let (short, sentence) = told("system:serviceaccount:shop:team-a");
    assert_eq!(short, "team-a may not create roles in shop");
    assert_eq!(
        sentence,
        "Service account shop/team-a is not allowed to create roles in shop. Flux acts as it because spec.serviceAccountName of Kustomization web names it."
    );
    let (short, sentence) = told("system:serviceaccount:flux-system:kustomize-controller");
    assert_eq!(short, "Flux may not create roles in shop");
    assert!(sentence.ends_with("It is Flux's own."), "{sentence}");
    let (short, sentence) = told("system:serviceaccount:other:team-a");
    assert_eq!(short, "team-a may not create roles in shop");
    assert!(sentence.contains("because of flag --default-service-account"), "a namesake was not chosen: {sentence}");
    assert_eq!(told("arn:aws:iam::1:role/ci").0, "arn:aws:iam::1:role/ci may not create r⋯");
    // Words of another controller say nothing of the engine.
    let theirs = words("system:serviceaccount:shop:operator");
    let cause = of(&said("Widget shop/x", &theirs)).unwrap();
    assert!(!cause.short.contains("Flux") && !cause.sentence.contains("Flux"), "{cause:?}");
}

const QUOTA: &str =
    "create Pod ledger-0 failed: pods \"ledger-0\" is forbidden: exceeded quota: team-a, requested: cpu=2, used: cpu=8, limited: cpu=8";

fn event(minutes: i64, warning: bool, message: &str) -> LiveEvent {
    let now: crate::domain::Timestamp = "2026-11-24T03:12:40Z".parse().unwrap();
    LiveEvent {
        at: now.checked_sub(jiff::SignedDuration::from_mins(minutes)).ok(),
        object: key("apps", "StatefulSet", "ledger"),
        reason: "FailedCreate".into(),
        message: message.into(),
        warning,
        count: 3,
        cluster: crate::domain::ids::ClusterId::new("prod-eu"),
    }
}

#[test]
fn a_warning_of_late_names_a_cause_and_an_old_or_harmless_event_does_not() {
    let now = "2026-11-24T03:12:40Z".parse().unwrap();
    let of = |events: &[LiveEvent]| {
        of_events(events, Present { now, since: None, tree: None, is_rolling: false }, "Flux", "prod-eu").map(|(c, _)| c.short)
    };
    assert_eq!(of(&[event(2, true, "odd"), event(4, true, QUOTA)]).as_deref(), Some("quota team-a: cpu 8 of 8 used"));
    assert_eq!(of(&[event(40, true, QUOTA)]), None);
    assert_eq!(of(&[event(2, false, QUOTA)]), None);
}

#[test]
fn a_warning_from_before_the_present_state_decides_nothing_and_one_just_before_it_does() {
    let now: Timestamp = "2026-11-24T03:12:40Z".parse().unwrap();
    let ago = |minutes| now.checked_sub(jiff::SignedDuration::from_mins(minutes)).ok();
    let told =
        |since| of_events(&[event(8, true, QUOTA)], Present { now, since, tree: None, is_rolling: false }, "Flux", "prod-eu").is_some();
    assert!(!told(ago(3)), "five minutes older than the state");
    assert!(told(ago(7)), "it led to it");
    assert!(told(ago(30)));
    assert_eq!(began(ago(3), ago(10)), ago(10), "the rollout that came to this began before");
    assert!(told(began(ago(3), ago(10))));
    assert_eq!(began(ago(3), ago(60)), ago(3), "a sync of an hour ago did not lead to it");
    assert_eq!(began(None, ago(10)), None);
}

/// A rollout with a pod that does not pass its probe, eight minutes after it began.
fn slow(change: impl Fn(&mut LiveNode, &mut LiveNode), is_rolling: bool, words: &str) -> Option<Cause> {
    let now: Timestamp = "2026-11-24T03:12:40Z".parse().unwrap();
    let at = |seconds: i64| now.checked_add(jiff::SignedDuration::from_secs(seconds)).ok();
    let of = |key, depth| LiveNode { key, depth, health: Some(Health::Progressing), exists: true, ..LiveNode::default() };
    let mut top = LiveNode { note: "3 of 5 ready".into(), deadline_at: at(125), ..of(key("apps", "Deployment", "web"), 0) };
    let mut pod = of(key("", "Pod", "web-1"), 2);
    change(&mut top, &mut pod);
    let event = LiveEvent { object: pod.key.clone(), reason: "Unhealthy".into(), ..event(1, true, words) };
    let tree = [top, pod];
    let present = Present { now, since: at(-480), tree: Some(&tree), is_rolling };
    of_events(&[event], present, "Flux", "prod-eu").map(|(cause, _)| cause)
}

#[test]
fn a_probe_that_is_not_passed_yet_is_a_rollout_that_starts_until_a_restart_or_the_deadline() {
    let words = "Readiness probe failed: HTTP probe failed with statuscode: 503";
    let told = |change: &dyn Fn(&mut LiveNode, &mut LiveNode)| slow(change, true, words).unwrap();
    let starts = told(&|_, _| ());
    assert_eq!((starts.short.as_str(), starts.word), ("still starting: 3 of 5 ready", "wait"));
    assert_eq!(
        starts.sentence,
        "Deployment shop/web is still starting, 3 of 5 ready: the readiness probe of Pod shop/web-1 does not pass yet (HTTP probe failed with \
         statuscode: 503). Nothing has failed so far."
    );
    assert_eq!(starts.soon.as_deref(), Some("Without progress until 03:14:45 (2m 5s) Kubernetes calls the rollout failed."));
    assert!(starts.next.iter().all(|it| it.key != "R") && !starts.is_of_git(), "nothing to go back for");
    assert_eq!(
        told(&|top, _| top.deadline_at = None).short,
        "still starting: 3 of 5 ready",
        "a StatefulSet has none: ten minutes are given"
    );
    let failed = "readiness probe: answers 503";
    assert_eq!(told(&|_, pod| pod.restarts = 1).short, failed, "its container was restarted");
    assert_eq!(told(&|top, _| top.health = Some(Health::Degraded)).short, failed, "its deadline passed");
    assert_eq!(told(&|top, _| top.deadline_at = "2026-11-24T03:12:39Z".parse().ok()).short, failed, "a second too late");
    assert_eq!(slow(|_, _| (), false, words).unwrap().short, failed, "the engine calls it failed");
    let other = slow(|_, _| (), true, "Back-off pulling image \"docker.io/redis:7\": ErrImagePull: toomanyrequests").unwrap();
    assert_eq!(other.short, "image redis:7 held back by a rate limit", "no probe");
}

#[test]
fn what_has_no_deadline_is_not_said_to_be_starting_for_ever() {
    let now: Timestamp = "2026-11-24T03:12:40Z".parse().unwrap();
    let events = [LiveEvent { object: key("", "Pod", "db-0"), ..event(1, true, "Startup probe failed: command timed out") }];
    let told = |minutes: i64| {
        let since = now.checked_sub(jiff::SignedDuration::from_mins(minutes)).ok();
        of_events(&events, Present { now, since, tree: None, is_rolling: true }, "Flux", "prod-eu").unwrap().0.short
    };
    assert_eq!(told(9), "still starting: not ready yet");
    assert_eq!(told(10), "startup probe: command timed out");
}

#[test]
fn a_warning_about_an_object_that_is_well_by_now_decides_nothing() {
    let now = "2026-11-24T03:12:40Z".parse().unwrap();
    let warned = [event(2, true, QUOTA)];
    let told = |health| {
        let tree = [LiveNode { key: warned[0].object.clone(), exists: true, health: Some(health), ..LiveNode::default() }];
        of_events(&warned, Present { now, since: None, tree: Some(&tree), is_rolling: true }, "Flux", "prod-eu").is_some()
    };
    assert!(!told(Health::Healthy) && told(Health::Progressing));
}

/// A maker of a Secret of that name that has failed, with that Secret below it.
fn maker(kind: &str, name: &str, secret: &str, message: &str) -> [LiveNode; 2] {
    let group = if kind == "SealedSecret" { "bitnami.com" } else { ESO };
    let of = |key, depth, health| LiveNode { key, depth, health, exists: health.is_some(), ..LiveNode::default() };
    let ill = LiveNode { message: message.into(), ..of(key(group, kind, name), 0, Some(Health::Degraded)) };
    [ill, of(key("", "Secret", secret), 1, None)]
}

#[test]
fn of_several_secrets_that_do_not_come_the_one_that_the_failing_pod_needs_is_the_cause() {
    let first = maker("ExternalSecret", "aaa", "aaa-keys", "Secret does not exist, key not found");
    let second = maker("ExternalSecret", "bbb", "bbb-keys", "Secret does not exist, key not found");
    let pod = |needs: &[&str], message: &str| LiveNode {
        key: key("", "Pod", "web-1"),
        depth: 2,
        health: Some(Health::Progressing),
        exists: true,
        message: message.into(),
        needs: needs.iter().map(|n| (*n).to_owned()).collect(),
        ..LiveNode::default()
    };
    let told = |pod: Option<LiveNode>, more: &[LiveNode]| {
        let tree: Vec<LiveNode> = more.iter().chain(&first).chain(&second).cloned().chain(pod).collect();
        of_tree(&tree, "Flux", "prod-eu").unwrap().0.short
    };
    assert_eq!(told(None, &[]), "secret aaa: key not found", "no pod tells");
    assert_eq!(told(Some(pod(&["bbb-keys"], "")), &[]), "secret bbb: key not found");
    assert_eq!(told(Some(pod(&["aaa-keys", "bbb-keys"], "secret \"bbb-keys\" not found")), &[]), "secret bbb: key not found");
    let failing = LiveNode { health: Some(Health::Degraded), ..pod(&["other"], "secret \"other\" not found") };
    assert_eq!(told(Some(failing), &[]), "Secret other does not exist", "neither makes what it needs");
    let store = maker("SecretStore", "vault", "x", "connection refused");
    assert_eq!(told(Some(pod(&["bbb-keys"], "")), &store[..1]), "secret bbb: key not found", "the store of another one");
    let behind = maker("ExternalSecret", "ccc", "ccc-keys", "SecretStore \"vault\" is not ready");
    let more: Vec<LiveNode> = behind.iter().chain(&store[..1]).cloned().collect();
    assert_eq!(told(Some(pod(&["ccc-keys"], "")), &more), "secret store vault unreachable");
    assert_eq!(told(None, &more), "secret store vault unreachable", "it is named, and no pod tells otherwise");
    assert_eq!(told(None, &behind), "secret store vault not ready", "the store is not this app's");
}

#[test]
fn what_is_broken_outside_of_the_app_is_named_so_that_namesakes_are_two() {
    use crate::domain::verdict::Outside;
    let of = |kind: &str, name: &str, words: &str| of(&live(&key(ESO, kind, name), Health::Degraded, words)).unwrap().outside;
    let store = |namespace: &str| Some(Outside::Store { place: "prod-eu".into(), namespace: namespace.into(), name: "vault".into() });
    assert_eq!(of("SecretStore", "vault", "i/o timeout"), store("shop"));
    assert_eq!(
        of("ExternalSecret", "db", "SecretStore \"vault\" is not ready"),
        store("shop"),
        "its own words and those of what takes from it"
    );
    assert_eq!(of("ClusterSecretStore", "vault", "i/o timeout"), store(""));
    assert_eq!(of("ExternalSecret", "db", "ClusterSecretStore \"vault\" is not ready"), store(""));
    assert_eq!(of("ExternalSecret", "db", "Secret does not exist, key not found"), None, "the key is the app's own");
}

#[test]
fn an_object_that_a_finalizer_keeps_is_named_with_it() {
    let node = |held_by: &[&str]| LiveNode {
        key: key("", "PersistentVolumeClaim", "data"),
        exists: true,
        health: Some(Health::Progressing),
        note: "pending deletion".into(),
        held_by: held_by.iter().map(|f| (*f).to_owned()).collect(),
        ..LiveNode::default()
    };
    let (cause, _) = of_tree(&[node(&["kubernetes.io/pvc-protection", "example.com/backup"])], "Flux", "prod-eu").unwrap();
    assert!(cause.short.starts_with("deletion held: PersistentVolumeClaim da"), "{}", cause.short);
    assert_eq!(
        cause.sentence,
        "PersistentVolumeClaim shop/data is being deleted and stays until finalizer kubernetes.io/pvc-protection and 1 more is taken off: \
         whoever set it has not done that yet."
    );
    assert!(of_tree(&[node(&[])], "Flux", "prod-eu").is_none(), "nothing holds it");
}

#[test]
fn a_copy_is_said_to_stay_only_where_it_is_there() {
    let mut nodes = maker("ExternalSecret", "db", "db-login", "ClusterSecretStore \"vault\" is not ready");
    let sentence = |tree: &[LiveNode]| of_tree(tree, "Flux", "prod-eu").unwrap().0.sentence;
    assert!(sentence(&nodes).ends_with("is not ready. Secret db-login is not there."), "{}", sentence(&nodes));
    nodes[1].exists = true;
    assert!(sentence(&nodes).ends_with("What was copied before stays."));
    assert!(sentence(&nodes[..1]).ends_with("is not ready."), "it was not read");
    let store = LiveNode { health: Some(Health::Degraded), exists: true, key: key(ESO, "SecretStore", "vault"), ..LiveNode::default() };
    nodes[1].exists = false;
    let tree: Vec<LiveNode> = [store].into_iter().chain(nodes.iter().cloned()).collect();
    assert_eq!(sentence(&tree), "Secret store vault is not ready. Secret db-login is not there.");
}

#[test]
fn what_is_worst_in_a_tree_is_told_first_and_what_is_well_never() {
    let node = |kind: &str, health, depth, message: &str| LiveNode {
        key: key(if kind == "ReplicaSet" { "apps" } else { "cert-manager.io" }, kind, "web"),
        depth,
        health: Some(health),
        exists: true,
        message: message.into(),
        ..LiveNode::default()
    };
    let quota = "pods \"x\" is forbidden: exceeded quota: team-a, requested: cpu=2, used: cpu=8, limited: cpu=8";
    let tree = [node("Certificate", Health::Progressing, 0, ""), node("ReplicaSet", Health::Degraded, 1, quota)];
    assert_eq!(of_tree(&tree, "Flux", "prod-eu").unwrap().0.short, "quota team-a: cpu 8 of 8 used");
    let well = [node("ReplicaSet", Health::Healthy, 1, quota)];
    assert!(of_tree(&well, "Flux", "prod-eu").is_none());
}

#[test]
fn a_file_that_is_no_yaml_is_named_with_its_line_as_both_engines_tell_it() {
    let kustomize = "accumulating resources: accumulation err='accumulating resources from 'web.yaml': MalformedYAMLError: yaml: line 6: mapping \
                     values are not allowed in this context in File: web.yaml': must build at directory: '/tmp/x/web.yaml': file is not directory";
    let plain =
        "Failed to unmarshal \"web.yaml\": failed to unmarshal manifest: error converting YAML to JSON: yaml: line 6: did not find ':'";
    for words in [kustomize, plain] {
        let (file, why) = broken_yaml(words).expect(words);
        assert_eq!((file, line_of(why)), ("web.yaml", Some("6")), "{why}");
    }
    let missing = "accumulating resources from 'web.yaml': open /tmp/x/web.yaml: no such file or directory";
    assert_eq!((broken_yaml(missing), line_of("online services: 6")), (None, None));
}
