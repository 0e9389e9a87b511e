//! Creating, patching, applying and deleting.

use super::{Step, Who, step};

const APPS: &str = "/apis/argoproj.io/v1alpha1/namespaces/conformance/applications";
const KS: &str = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/conformance/kustomizations";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/conformance/deployments";
const APPLY: &str = "application/apply-patch+yaml";
const JSON_PATCH: &str = "application/json-patch+json";

pub(super) fn steps() -> Vec<Step> {
    creates().into_iter().chain(patches()).chain(json_patches()).chain(applies()).chain(flux()).chain(deletes()).chain(rest()).collect()
}

fn app(name: &str, more: &str) -> String {
    format!(
        r#"{{"apiVersion":"argoproj.io/v1alpha1","kind":"Application","metadata":{{"name":"{name}","labels":{{"tier":"{name}"}}}},"spec":{{"project":"default","destination":{{"namespace":"x"}},"source":{{"repoURL":"u"}}{more}}}}}"#
    )
}

fn create(name: &'static str, body: &str) -> Step {
    step(name, "POST", APPS).json(body).gives(201)
}

fn creates() -> Vec<Step> {
    vec![
        create("create", &app("one", "").replace(r#""tier":"one""#, r#""tier":"a""#))
            .with("/metadata/generation", "1")
            .with("/metadata/managedFields/0/manager", r#""conformance""#)
            .with("/metadata/managedFields/0/operation", r#""Update""#)
            .with("/metadata/managedFields/0/fieldsV1/f:spec/.", "{}")
            .with("/metadata/managedFields/0/fieldsV1/f:metadata", r#"{"f:labels":{".":{},"f:tier":{}}}"#)
            .saving("rv", "/metadata/resourceVersion")
            .saving("uid", "/metadata/uid"),
        create("create again", &app("one", "")).gives(409).with("/reason", r#""AlreadyExists""#).with("/details/kind", r#""applications""#),
        step("create in an absent namespace", "POST", "/apis/argoproj.io/v1alpha1/namespaces/nons/applications")
            .json(&app("one", ""))
            .gives(404)
            .with("/message", r#""namespaces \"nons\" not found""#)
            .with("/details", r#"{"name":"nons","kind":"namespaces"}"#),
        step("create without a namespace", "POST", "/apis/argoproj.io/v1alpha1/applications").json(&app("one", "")).gives(404),
        create("create without a name", &app("", "").replace(r#""name":"","#, ""))
            .gives(422)
            .with("/message", r#""Application.argoproj.io \"\" is invalid: metadata.name: Required value: name or generateName is required""#),
        create("create another kind", &app("x", "").replace("\"Application\"", "\"AppProject\""))
            .gives(422)
            .with("/details/causes/0/message", r#""Invalid value: \"AppProject\": must be Application""#),
        create("create nothing", "{}").gives(400).with("/message", r#""the object provided is unrecognized (must be of type Application): Object 'Kind' is missing in '{}' ({})""#),
        create("create half an object", r#"{"a":"#).gives(400).with("/message", "~json parse error: unexpected end of JSON input"),
        create("create text", "{}").sending("text/plain", "{}").gives(415).with("/reason", r#""UnsupportedMediaType""#),
        step("create strictly", "POST", &format!("{APPS}?fieldValidation=Strict"))
            .json(&app("b", r#","bogus":1"#))
            .gives(400)
            .with("/message", r#""Application in version \"v1alpha1\" cannot be handled as a Application: strict decoding error: unknown field \"spec.bogus\"""#),
        create("create without what is required", &app("b", "").replace(r#""destination":{"namespace":"x"},"#, ""))
            .gives(422)
            .with("/message", r#""Application.argoproj.io \"b\" is invalid: spec.destination: Required value""#),
        step("dry create", "POST", &format!("{APPS}?dryRun=All")).json(&app("dry", "")).gives(201),
        step("a dry create leaves nothing", "GET", &format!("{APPS}/dry")).gives(404),
        create("create two", &app("two", "")),
        create("create three", &app("three", "")),
        step("put nowhere", "PUT", APPS).json(&app("one", "")).gives(400).with("/message", r#""name must be provided""#),
        step("put without a version", "PUT", &format!("{APPS}/one")).json(&app("one", "")).gives(422).with("/details/kind", r#""applications""#),
        step("put another name", "PUT", &format!("{APPS}/one")).json(&app("two", "")).gives(400).with("/message", "~the name of the object (two"),
        step("create without rights", "POST", APPS).by(Who::Nobody).json(&app("n", "")).gives(403).with("/message", "~cannot create resource"),
    ]
}

fn patch(name: &'static str, body: &str) -> Step {
    step(name, "PATCH", &format!("{APPS}/one")).merge(body)
}

fn patches() -> Vec<Step> {
    vec![
        patch("annotate", r#"{"metadata":{"annotations":{"a":"b"}}}"#).with("/metadata/generation", "1").saving("now", "/metadata/resourceVersion"),
        patch("annotate again", r#"{"metadata":{"annotations":{"a":"b"}}}"#).saving("then", "/metadata/resourceVersion"),
        patch("a patch without effect keeps the version", r#"{"metadata":{"resourceVersion":"{now}"}}"#),
        patch("a status is just a field here", r#"{"status":{"sync":{"status":"OutOfSync"}}}"#).with("/metadata/generation", "2").with("/status/sync/status", r#""OutOfSync""#),
        patch("request a sync", r#"{"operation":{"sync":{"revision":"abc"}},"status":{"operationState":null}}"#).with("/operation/sync/revision", r#""abc""#).with("/metadata/generation", "3"),
        patch("a removed field", r#"{"operation":null}"#).with("/operation", "-"),
        patch("a stale version", r#"{"metadata":{"resourceVersion":"1","annotations":{"x":"y"}}}"#)
            .gives(409)
            .with("/reason", r#""Conflict""#)
            .with("/message", r#""Operation cannot be fulfilled on applications.argoproj.io \"one\": the object has been modified; please apply your changes to the latest version and try again""#),
        patch("another uid", r#"{"metadata":{"uid":"00000000-0000-0000-0000-000000000000"}}"#)
            .gives(422)
            .with("/message", r#""Application.argoproj.io \"one\" is invalid: metadata.uid: Invalid value: \"00000000-0000-0000-0000-000000000000\": field is immutable""#)
            .with("/details/causes/1/field", r#""metadata.uid""#),
        patch("another name", r#"{"metadata":{"name":"zz"}}"#).gives(400).with("/message", r#""the name of the object (zz) does not match the name on the URL (one)""#),
        patch("a wrong type", r#"{"spec":{"project":5}}"#)
            .gives(422)
            .with("/details/causes/0/reason", r#""FieldValueTypeInvalid""#)
            .with("/details/causes/0/field", r#""spec.project""#)
            .with("/details/causes/0/message", r#""Invalid value: \"integer\": spec.project in body must be of type string: \"integer\"""#),
        patch("half a patch", r#"{"a":"#).gives(400).with("/message", r#""error decoding patch: unexpected end of JSON input""#),
        patch("unknown fields warn", r#"{"operation":{"sync":{"revisionX":"abc"}}}"#).with("/warnings", r#"["299 - \"unknown field \\\"operation.sync.revisionX\\\"\""]"#),
        step("and are dropped", "GET", &format!("{APPS}/one")).with("/operation/sync/revisionX", "-"),
        step("strict", "PATCH", &format!("{APPS}/one?fieldValidation=Strict"))
            .merge(r#"{"operation":{"sync":{"revisionX":"abc"}}}"#)
            .gives(422)
            .with("/details/causes/0/field", r#""patch""#)
            .with("/message", "~strict decoding error: unknown field \"operation.sync.revisionX\""),
        step("no status subresource", "PATCH", &format!("{APPS}/one/status")).merge("{}").gives(404).with("/message", r#""applications.argoproj.io \"one\" not found""#),
        step("dry run of another kind", "PATCH", &format!("{APPS}/one?dryRun=Some")).merge("{}").gives(422).with("/details/causes/0/message", r#""Unsupported value: [\"Some\"]: supported values: \"All\"""#),
        step("dry run", "PATCH", &format!("{APPS}/one?dryRun=All")).merge(r#"{"spec":{"project":"dry"}}"#).with("/spec/project", r#""dry""#),
        step("a dry run leaves nothing", "GET", &format!("{APPS}/one")).with("/spec/project", r#""default""#),
        patch("strategic merge", "{}").sending("application/strategic-merge-patch+json", "{}").gives(415).with("/message", "~accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"),
        patch("without rights", "{}").by(Who::Nobody).gives(403).with("/details/name", r#""one""#),
        step("an absent object", "PATCH", &format!("{APPS}/nope")).merge("{}").gives(404).with("/details/name", r#""nope""#),
    ]
}

fn json_patches() -> Vec<Step> {
    let one = |name: &'static str, body: &str| step(name, "PATCH", &format!("{APPS}/one")).sending(JSON_PATCH, body);
    let refused = |name: &'static str, body: &str| {
        one(name, body)
            .gives(422)
            .with("/message", r#""the server rejected our request due to an error in our request""#)
            .with("/details", "{}")
    };
    vec![
        one("free the operation", r#"[{"op":"replace","path":"/operation","value":null}]"#).with("/operation", "-"),
        one("replace by null on an absent key", r#"[{"op":"replace","path":"/operation","value":null}]"#).with("/operation", "-"),
        one(
            "test for null on an absent key",
            r#"[{"op":"test","path":"/operation","value":null},{"op":"add","path":"/operation","value":{"sync":{"revision":"r"}}}]"#,
        )
        .with("/operation/sync/revision", r#""r""#),
        refused("test that fails", r#"[{"op":"test","path":"/operation","value":null}]"#),
        refused("missing parent", r#"[{"op":"replace","path":"/status/nope/x","value":1}]"#),
        refused("remove of an absent key", r#"[{"op":"remove","path":"/status/nope"}]"#),
        one("no list of steps", "{}").gives(400).with("/message", "~error decoding patch: json: cannot unmarshal object"),
    ]
}

fn deployment(replicas: u8, image: &str) -> String {
    format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"web"}},"spec":{{"replicas":{replicas},"selector":{{"matchLabels":{{"a":"b"}}}},"template":{{"metadata":{{"labels":{{"a":"b"}}}},"spec":{{"containers":[{{"name":"c","image":"{image}"}}]}}}}}}}}"#
    )
}

fn applies() -> Vec<Step> {
    let by = |name: &'static str, query: &str, body: &str| step(name, "PATCH", &format!("{DEPLOYMENTS}/web?{query}")).sending(APPLY, body);
    let edit = r#"{"spec":{"replicas":5,"template":{"spec":{"containers":[{"name":"c","image":"i:hot"}]}}}}"#;
    let strategic = "application/strategic-merge-patch+json";
    vec![
        by("apply makes", "fieldManager=flux", &deployment(2, "i:1"))
            .gives(201)
            .with("/metadata/managedFields/0/operation", r#""Apply""#)
            .with("/metadata/managedFields/0/fieldsV1/f:spec/f:replicas", "{}")
            .with("/metadata/managedFields/0/fieldsV1/f:spec/f:template/f:spec/f:containers/k:{\"name\":\"c\"}", r#"{".":{},"f:image":{},"f:name":{}}"#),
        by("apply again", "fieldManager=flux", &deployment(2, "i:1")).with("/metadata/generation", "1"),
        step("edit", "PATCH", &format!("{DEPLOYMENTS}/web?fieldManager=kubectl-edit")).sending(strategic, edit).with("/metadata/generation", "2"),
        by("conflict", "fieldManager=flux&dryRun=All", &deployment(2, "i:1"))
            .gives(409)
            .with("/message", r#""Apply failed with 2 conflicts: conflicts with \"kubectl-edit\" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name=\"c\"].image""#)
            .with("/details/causes/0/field", r#"".spec.replicas""#),
        by("forced dry run", "fieldManager=flux&dryRun=All&force=true", &deployment(2, "i:1")).with("/spec/replicas", "2").with("/metadata/generation", "3"),
        by("forced", "fieldManager=flux&force=true", &deployment(2, "i:1")).with("/spec/template/spec/containers/0/image", r#""i:1""#),
        by("a field no longer wanted falls", "fieldManager=flux", &deployment(2, "i:1").replace(r#""labels":{"a":"b"}"#, r#""labels":{"a":"b","c":"d"}"#))
            .with("/spec/template/metadata/labels/c", r#""d""#),
        by("and goes", "fieldManager=flux", &deployment(2, "i:1")).with("/spec/template/metadata/labels", r#"{"a":"b"}"#),
        by("apply without a manager", "", &deployment(2, "i:1")).gives(422).with("/message", "~fieldManager: Required value: is required for apply patch"),
        step("apply an unknown field", "PATCH", &format!("{APPS}/one?fieldManager=m"))
            .sending(APPLY, r#"{"apiVersion":"argoproj.io/v1alpha1","kind":"Application","metadata":{"name":"one"},"spec":{"bogus":1}}"#)
            .gives(500)
            .with("/message", "~.spec.bogus: field not declared in schema"),
        step("typed patch of another type", "PATCH", &format!("{DEPLOYMENTS}/web")).sending("text/plain", "{}").gives(415),
    ]
}

fn flux() -> Vec<Step> {
    let body = r#"{"apiVersion":"kustomize.toolkit.fluxcd.io/v1","kind":"Kustomization","metadata":{"name":"ks"},"spec":{"interval":"10m","prune":true,"sourceRef":{"kind":"GitRepository","name":"g"}},"status":{"lastAppliedRevision":"x"}}"#;
    let one = |name: &'static str, body: &str| step(name, "PATCH", &format!("{KS}/ks")).merge(body);
    vec![
        step("new objects are marked as not observed", "POST", KS).json(body).gives(201).with("/status", r#"{"observedGeneration":-1}"#),
        one("suspend", r#"{"spec":{"suspend":true}}"#).with("/metadata/generation", "2"),
        one("annotate keeps the generation", r#"{"metadata":{"annotations":{"a":"b"}}}"#).with("/metadata/generation", "2"),
        one("status is not written here", r#"{"status":{"lastAppliedRevision":"x"}}"#).with("/status", r#"{"observedGeneration":-1}"#),
        step("but there", "PATCH", &format!("{KS}/ks/status?fieldManager=controller"))
            .merge(r#"{"status":{"lastAppliedRevision":"x"},"spec":{"suspend":false}}"#)
            .with("/status/lastAppliedRevision", r#""x""#)
            .with("/spec/suspend", "true")
            .with("/metadata/generation", "2")
            .with("/metadata/managedFields/1/subresource", r#""status""#),
        one("resume", r#"{"spec":{"suspend":null}}"#).with("/metadata/generation", "3").with("/spec/suspend", "-"),
        one("a wrong interval", r#"{"spec":{"interval":"1d"}}"#)
            .gives(422)
            .with("/message", r#""Kustomization.kustomize.toolkit.fluxcd.io \"ks\" is invalid: spec.interval: Invalid value: \"1d\": spec.interval in body should match '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$'""#),
        one("a wrong word", r#"{"spec":{"sourceRef":{"kind":"Secret"}}}"#).gives(422).with("/details/causes/0/reason", r#""FieldValueNotSupported""#).with("/details/causes/1/field", r#""<nil>""#),
    ]
}

fn deletes() -> Vec<Step> {
    let held = app("held", "").replace(r#""labels""#, r#""finalizers":["example.com/hold"],"labels""#);
    let path = format!("{APPS}/held");
    vec![
        create("create with a finalizer", &held).with("/metadata/finalizers", r#"["example.com/hold"]"#),
        step("delete of another uid", "DELETE", &path)
            .json(r#"{"preconditions":{"uid":"x"}}"#)
            .gives(409)
            .with("/message", "~the UID in the precondition (x) does not match the UID in record")
            .with("/details/kind", r#""Application""#),
        step("delete waits", "DELETE", &path).with("/metadata/deletionGracePeriodSeconds", "0").with("/metadata/generation", "2"),
        step("release", "PATCH", &path).merge(r#"{"metadata":{"finalizers":null}}"#),
        step("and is gone", "GET", &path).gives(404),
        step("delete again", "DELETE", &path).gives(404),
    ]
}

fn rest() -> Vec<Step> {
    let config = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"cm"},"data":{"k":"v"}}"#;
    let path = "/api/v1/namespaces/conformance/configmaps";
    vec![
        step("typed create", "POST", path)
            .json(config)
            .gives(201)
            .with("/metadata/generation", "-")
            .with("/metadata/managedFields/0/fieldsV1", r#"{"f:data":{".":{},"f:k":{}}}"#),
        step("typed put without a version", "PUT", &format!("{path}/cm"))
            .json(&config.replace("\"v\"}", "\"w\"}"))
            .with("/data/k", r#""w""#),
        step("typed delete", "DELETE", &format!("{path}/cm")).with("/status", r#""Success""#).with("/details/kind", r#""configmaps""#),
        step("typed create for the lists", "POST", path).json(config).gives(201),
    ]
}
