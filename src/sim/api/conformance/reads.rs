//! Lists, watches, discovery, rights and refusals of reads.

use super::{Step, Who, step};

const ALL: &str = "/apis/argoproj.io/v1alpha1/applications";
const APPS: &str = "/apis/argoproj.io/v1alpha1/namespaces/conformance/applications";
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";
const PARTIAL: &str = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";

/// Clears what an earlier run left.
pub(super) fn before() -> Vec<Step> {
    let namespace = r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"conformance"}}"#;
    let mut steps = vec![step("setup: namespace", "POST", "/api/v1/namespaces").json(namespace).gives(0)];
    for name in ["one", "two", "three", "held"] {
        let path = format!("{APPS}/{name}");
        steps.push(step("setup: free", "PATCH", &path).merge(r#"{"metadata":{"finalizers":null}}"#).gives(0));
        steps.push(step("setup: delete", "DELETE", &path).gives(0));
    }
    let kustomizations = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/conformance/kustomizations/ks";
    steps.push(step("setup: delete kustomization", "DELETE", kustomizations).gives(0));
    steps.push(step("setup: delete config", "DELETE", "/api/v1/namespaces/conformance/configmaps/cm").gives(0));
    steps.push(step("setup: delete deployment", "DELETE", "/apis/apps/v1/namespaces/conformance/deployments/web").gives(0));
    steps
}

pub(super) fn steps() -> Vec<Step> {
    lists().into_iter().chain(watches()).chain(refusals()).chain(discovery()).chain(reviews()).collect()
}

fn at(name: &'static str, query: &str) -> Step {
    step(name, "GET", &format!("{APPS}{query}"))
}

fn lists() -> Vec<Step> {
    vec![
        at("list", "").with("/kind", r#""ApplicationList""#).with("/metadata/continue", r#""""#).with("/items/0/metadata/name", r#""one""#),
        at("first page", "?limit=1")
            .with("/metadata/remainingItemCount", "2")
            .with("/items/1", "-")
            .saving("continue", "/metadata/continue"),
        at("second page", "?limit=1&continue={continue}")
            .with("/items/0/metadata/name", r#""three""#)
            .with("/metadata/remainingItemCount", "1"),
        at("from the cache a limit does not count", "?limit=1&resourceVersion=0")
            .with("/items/2/metadata/name", r#""two""#)
            .with("/metadata/continue", r#""""#),
        at("label selector", "?labelSelector=tier%20in%20(a,b),!gone").with("/items/0/metadata/name", r#""one""#).with("/items/1", "-"),
        at("label selector that matches nothing", "?labelSelector=tier%3Dz").with("/items", "[]"),
        at("name selector", "?fieldSelector=metadata.name%3Dtwo").with("/items/0/metadata/name", r#""two""#).with("/items/1", "-"),
        step("list in an absent namespace", "GET", "/apis/argoproj.io/v1alpha1/namespaces/nons/applications").with("/items", "[]"),
        at("table", "?limit=1")
            .accepting(TABLE)
            .with("/kind", r#""Table""#)
            .with("/columnDefinitions/1/name", r#""Sync Status""#)
            .with("/columnDefinitions/3/priority", "10")
            .with("/rows/0/cells", r#"["one","OutOfSync",null,null,"default"]"#)
            .with("/rows/0/object/kind", r#""PartialObjectMetadata""#)
            .with("/metadata/remainingItemCount", "2"),
        at("table without objects", "?includeObject=None").accepting(TABLE).with("/rows/0/object", "null"),
        at("metadata only", "")
            .accepting("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")
            .with("/kind", r#""PartialObjectMetadataList""#)
            .with("/items/0/spec", "-"),
        step(
            "typed lists carry no kind in their items",
            "GET",
            "/api/v1/namespaces/conformance/configmaps?fieldSelector=metadata.name%3Dcm",
        )
        .with("/kind", r#""ConfigMapList""#)
        .with("/items/0/kind", "-"),
        at("exact version", "?resourceVersion={rv}&resourceVersionMatch=Exact").with("/kind", r#""ApplicationList""#),
        at("version from the future", "?resourceVersion=99999999&resourceVersionMatch=NotOlderThan")
            .gives(504)
            .with("/reason", r#""Timeout""#)
            .with("/details/causes/0/reason", r#""ResourceVersionTooLarge""#),
        at("initial events are not for lists", "?sendInitialEvents=true").gives(422).with(
            "/message",
            r#""ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list""#,
        ),
    ]
}

fn watches() -> Vec<Step> {
    let streaming = "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1";
    vec![
        at("streaming list", streaming)
            .with("/0/type", r#""ADDED""#)
            .with("/2/type", r#""ADDED""#)
            .with("/3/type", r#""BOOKMARK""#)
            .with("/3/object/kind", r#""Application""#)
            .with("/3/object/metadata/annotations/k8s.io~1initial-events-end", r#""true""#),
        at("streaming list that matches nothing", &format!("{streaming}&labelSelector=tier%3Dz")).with("/0/type", r#""BOOKMARK""#),
        at("streaming table", streaming)
            .accepting(TABLE)
            .with("/0/object/columnDefinitions/0/name", r#""Name""#)
            .with("/1/object/columnDefinitions", "null")
            .with("/3/type", r#""BOOKMARK""#)
            .with("/3/object/rows/0/cells", r#"["",null,null,null,null]"#),
        at("streaming metadata", streaming).accepting(PARTIAL).with("/0/object/kind", r#""PartialObjectMetadata""#),
        at("watch without a version starts with what is there", "?watch=1&timeoutSeconds=1")
            .with("/0/type", r#""ADDED""#)
            .with("/2/type", r#""ADDED""#),
        at("watch replays", "?watch=1&timeoutSeconds=1&resourceVersion={rv}&fieldSelector=metadata.name%3Dthree")
            .with("/0/type", r#""ADDED""#)
            .with("/0/object/metadata/name", r#""three""#),
        at("watch from a forgotten version", "?watch=1&timeoutSeconds=1&resourceVersion=1")
            .with("/0/type", r#""ERROR""#)
            .with("/0/object/code", "410")
            .with("/0/object/reason", r#""Expired""#)
            .with("/0/object/message", "~too old resource version: 1 ("),
        at("streaming without a rule", "?watch=1&sendInitialEvents=true")
            .gives(422)
            .with("/message", "~sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
            .with("/details/causes/0/field", r#""resourceVersionMatch""#),
        at("rule without streaming", "?watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=1")
            .gives(422)
            .with("/message", "~resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"),
    ]
}

fn refusals() -> Vec<Step> {
    let text = "\"404 page not found\\n\"";
    vec![
        at("absent object", "/nope")
            .gives(404)
            .with("/message", r#""applications.argoproj.io \"nope\" not found""#)
            .with("/details", r#"{"name":"nope","group":"argoproj.io","kind":"applications"}"#),
        step("unknown resource", "GET", "/apis/argoproj.io/v1alpha1/rollouts").gives(404).with("", text),
        step("unknown group", "GET", "/apis/image.toolkit.fluxcd.io/v1/imagepolicies").gives(404).with("", text),
        step("unknown version", "GET", "/apis/argoproj.io/v1/applications").gives(404).with("", text),
        step("named without its namespace", "GET", &format!("{ALL}/one")).gives(404).with("", text),
        step("rights come before existence", "GET", "/apis/image.toolkit.fluxcd.io/v1/imagepolicies").by(Who::Nobody).gives(403),
        step("no right to list", "GET", ALL)
            .by(Who::Nobody)
            .gives(403)
            .with("/message", r#""applications.argoproj.io is forbidden: User \"nobody\" cannot list resource \"applications\" in API group \"argoproj.io\" at the cluster scope""#)
            .with("/details", r#"{"group":"argoproj.io","kind":"applications"}"#),
        step("no right to watch", "GET", &format!("{ALL}?watch=1")).by(Who::Nobody).gives(403).with("/message", "~cannot watch resource"),
        at("no right to get", "/one").by(Who::Nobody).gives(403).with("/details/name", r#""one""#).with("/message", "~in the namespace \"conformance\""),
        step("no right to read a log", "GET", "/api/v1/namespaces/conformance/pods/p/log").by(Who::Nobody).gives(403).with("/message", "~cannot get resource \"pods/log\""),
        step("namespace without rights", "GET", "/api/v1/namespaces/conformance").by(Who::Nobody).gives(403).with("/message", "~in the namespace \"conformance\""),
        step("namespaces without rights", "GET", "/api/v1/namespaces").by(Who::Nobody).gives(403).with("/details", r#"{"kind":"namespaces"}"#),
        step("anonymous", "GET", ALL).by(Who::Anonymous).gives(403).with("/message", "~User \"system:anonymous\" cannot list"),
        step("anonymous discovery", "GET", "/apis").by(Who::Anonymous).gives(403).with("/message", r#""forbidden: User \"system:anonymous\" cannot get path \"/apis\"""#),
        step("anonymous version", "GET", "/version").by(Who::Anonymous).with("/major", r#""1""#),
        step("unknown token", "GET", ALL).by(Who::Stranger).gives(401).with("/reason", r#""Unauthorized""#).with("/details", "-"),
        at("unknown table version", "").accepting("application/json;as=Table;v=v9;g=meta.k8s.io").gives(406).with("/reason", r#""NotAcceptable""#),
        at("table or else json", "?limit=1").accepting("application/json;as=Table;v=v9;g=meta.k8s.io, application/json").with("/kind", r#""ApplicationList""#),
        at("bad token", "?limit=1&continue=abc")
            .gives(400)
            .with("/message", r#""invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value""#),
        at("bad field selector", "?fieldSelector=spec.project%3Ddefault").gives(400).with("/message", r#""field label not supported: spec.project""#),
        at("bad label selector", "?labelSelector=%3D%3D").gives(400).with("/message", "~found '==', expected: !, identifier, or 'end of string'"),
        at("bad set selector", "?labelSelector=a%20in%20b").gives(400).with("/message", r#""unable to parse requirement: found 'b' expected: '('""#),
        step("bad field selector of a typed kind", "GET", "/api/v1/configmaps?fieldSelector=spec.x%3Dy").gives(400).with("/message", "~\"spec.x\" is not a known field selector"),
        step("subresource of a typed kind", "GET", "/api/v1/namespaces/conformance/configmaps/x/foo").gives(404).with("/reason", r#""NotFound""#).with("/details", "{}"),
        step("log of an absent pod", "GET", "/api/v1/namespaces/conformance/pods/nope/log").gives(404).with("/message", r#""pods \"nope\" not found""#),
    ]
}

fn discovery() -> Vec<Step> {
    let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    vec![
        step("core versions", "GET", "/api").with("/kind", r#""APIVersions""#).with("/versions", r#"["v1"]"#),
        step("groups", "GET", "/apis").with("/kind", r#""APIGroupList""#),
        step("a group", "GET", "/apis/argoproj.io").with("/kind", r#""APIGroup""#).with("/preferredVersion/version", r#""v1alpha1""#),
        step("resources", "GET", "/apis/argoproj.io/v1alpha1")
            .by(Who::Nobody)
            .with("/groupVersion", r#""argoproj.io/v1alpha1""#)
            // A real server lists them in the order in which the definitions were taken.
            .with("/resources", r#"~"name":"applications""#)
            .with("/resources", r#"~"shortNames":["app","apps"]"#),
        step("aggregated", "GET", "/apis")
            .accepting(aggregated)
            .with("/kind", r#""APIGroupDiscoveryList""#)
            .with("/apiVersion", r#""apidiscovery.k8s.io/v2""#),
        step("absent group", "GET", "/apis/none.example.com").gives(404),
        step("ready", "GET", "/readyz").with("", r#""ok""#),
    ]
}

fn reviews() -> Vec<Step> {
    let access = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let rules = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let ask = r#"{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"verb":"patch","group":"argoproj.io","resource":"applications"}}}"#;
    let list = r#"{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectRulesReview","spec":{"namespace":"conformance"}}"#;
    let who = r#"{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"#;
    vec![
        step("may I", "POST", access)
            .json(ask)
            .gives(201)
            .with("/status", r#"{"allowed":true}"#)
            .with("/spec/resourceAttributes/verb", r#""patch""#),
        step("may nobody", "POST", access).by(Who::Nobody).json(ask).gives(201).with("/status", r#"{"allowed":false}"#),
        step("may anonymous", "POST", access).by(Who::Anonymous).json(ask).gives(403),
        step("rules", "POST", rules)
            .json(list)
            .gives(201)
            .with("/status/incomplete", "false")
            .with("/status/resourceRules", r#"~{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}"#),
        step("rules without a namespace", "POST", rules)
            .json(r#"{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectRulesReview","spec":{}}"#)
            .gives(400)
            .with("/message", r#""no namespace on request""#),
        step("who am I", "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews")
            .json(who)
            .gives(201)
            .with("/status/userInfo/username", r#""admin""#),
    ]
}
