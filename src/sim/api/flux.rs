//! The kinds of Flux: names, printer columns and the declared fields of the upper levels.

use serde_json::json;

use super::ApiServer;
use super::kind::{Column, Kind};
use super::schema::Schema;

impl ApiServer {
    /// Installs the kinds of source-, kustomize-, helm- and notification-controller.
    pub fn install_flux(&self) {
        for kind in sources().into_iter().chain(appliers()).chain(notifications()) {
            self.install(kind);
        }
    }
}

impl ApiServer {
    /// Installs the kinds of the image controllers, which are not part of every Flux.
    pub fn install_images(&self) {
        let of = |plural: &str, name: &str| observed(kind("image", "v1", plural, name, "fluxcd-images", "spec:x status:o"));
        self.install(of("imageupdateautomations", "ImageUpdateAutomation"));
        self.install(of("imagepolicies", "ImagePolicy"));
        self.install(of("imagerepositories", "ImageRepository"));
    }
}

fn kind(group: &str, version: &str, plural: &str, kind: &str, category: &str, fields: &str) -> Kind {
    Kind::custom(&format!("{group}.toolkit.fluxcd.io"), version, plural, kind)
        .with_schema(Schema::parse(fields))
        .in_categories(&["all", "fluxcd", category])
}

/// With a status subresource and the mark that says nothing was done yet.
fn observed(kind: Kind) -> Kind {
    Kind { default_status: Some(json!({"observedGeneration": -1})), ..kind.with_status() }
}

fn spec(name: &str, path: &str) -> Column {
    Column::new(name, "string", path, 0)
}

/// `front`, then age and readiness.
fn columns(front: Vec<Column>) -> Vec<Column> {
    let age = Column::new("Age", "date", ".metadata.creationTimestamp", 0);
    front.into_iter().chain([age]).chain(readiness()).collect()
}

fn readiness() -> [Column; 2] {
    [spec("Ready", ".status.conditions[?(@.type==\"Ready\")].status"), spec("Status", ".status.conditions[?(@.type==\"Ready\")].message")]
}

fn sources() -> Vec<Kind> {
    let source = |plural: &str, name: &str, fields: &str| kind("source", "v1", plural, name, "fluxcd-sources", fields);
    let url = || vec![spec("URL", ".spec.url")];
    let chart = vec![
        spec("Chart", ".spec.chart"),
        spec("Version", ".spec.version"),
        spec("Source Kind", ".spec.sourceRef.kind"),
        spec("Source Name", ".spec.sourceRef.name"),
    ];
    let age = Column::new("Age", "date", ".metadata.creationTimestamp", 0);
    let oci = url().into_iter().chain(readiness()).chain([age]).collect();
    let mut artifact = columns(Vec::new());
    artifact.push(spec("Source", ".spec.sourceRef.name"));
    vec![
        observed(source("gitrepositories", "GitRepository", GITREPOSITORY)).short(&["gitrepo"]).with_columns(columns(url())),
        observed(source("helmrepositories", "HelmRepository", HELMREPOSITORY)).short(&["helmrepo"]).with_columns(columns(url())),
        observed(source("helmcharts", "HelmChart", HELMCHART)).short(&["hc"]).with_columns(columns(chart)),
        observed(source("ocirepositories", "OCIRepository", OCIREPOSITORY)).short(&["ocirepo"]).with_columns(oci),
        observed(source("buckets", "Bucket", BUCKET)).with_columns(columns(vec![spec("Endpoint", ".spec.endpoint")])),
        source("externalartifacts", "ExternalArtifact", EXTERNALARTIFACT).short(&["ea"]).with_status().with_columns(artifact),
    ]
}

fn appliers() -> Vec<Kind> {
    let applier = |group: &str, version: &str, plural: &str, name: &str, fields: &str| {
        observed(kind(group, version, plural, name, "fluxcd-appliers", fields)).with_columns(columns(Vec::new()))
    };
    vec![
        applier("kustomize", "v1", "kustomizations", "Kustomization", KUSTOMIZATION).short(&["ks"]),
        applier("helm", "v2", "helmreleases", "HelmRelease", HELMRELEASE).short(&["hr"]),
    ]
}

fn notifications() -> Vec<Kind> {
    let of =
        |version: &str, plural: &str, name: &str, fields: &str| kind("notification", version, plural, name, "fluxcd-notifications", fields);
    vec![
        observed(of("v1", "receivers", "Receiver", RECEIVER)).with_columns(columns(Vec::new())),
        of("v1beta3", "alerts", "Alert", ALERT),
        of("v1beta3", "providers", "Provider", PROVIDER),
    ]
}

const HELMRELEASE: &str = "\
    spec{chart{metadata:o spec!:o} chartRef{apiVersion kind!=OCIRepository|HelmChart|ExternalArtifact name! namespace} \
    commonMetadata{annotations:o labels:o} dependsOn[name! namespace readyExpr] driftDetection{ignore:a \
    mode=enabled|warn|disabled} healthCheckExprs[apiVersion! current! failed inProgress kind] \
    install{crds=Skip|Create|CreateReplace createNamespace:b disableHooks:b disableOpenAPIValidation:b \
    disableSchemaValidation:b disableTakeOwnership:b disableWait:b disableWaitForJobs:b remediation:o replace:b \
    serverSideApply:b skipCRDs:b strategy:o timeout:d} interval!:d kubeConfig{configMapRef:o secretRef:o} maxHistory:i \
    persistentClient:b postRenderStrategy=nohooks|combined|separate postRenderers[kustomize:o] releaseName \
    rollback{cleanupOnFail:b disableHooks:b disableWait:b disableWaitForJobs:b force:b recreate:b \
    serverSideApply=enabled|disabled|auto timeout:d} serviceAccountName storageNamespace suspend:b targetNamespace \
    test{enable:b filters:a ignoreFailures:b timeout:d} timeout:d uninstall{deletionPropagation=background|foreground|orphan \
    disableHooks:b disableWait:b keepHistory:b timeout:d} upgrade{chartNameChangeStrategy=InPlaceUpdate|Reinstall \
    cleanupOnFail:b crds=Skip|Create|CreateReplace disableHooks:b disableOpenAPIValidation:b disableSchemaValidation:b \
    disableTakeOwnership:b disableWait:b disableWaitForJobs:b force:b preserveValues:b remediation:o \
    serverSideApply=enabled|disabled|auto strategy:o timeout:d} values:x valuesFrom[kind!=Secret|ConfigMap literal:b name! \
    optional:b targetPath valuesKey] waitStrategy{name!=poller|legacy}} status:o";

const KUSTOMIZATION: &str = "\
    spec{buildMetadata:a commonMetadata{annotations:o labels:o} components:a decryption{provider!=sops secretRef:o \
    serviceAccountName} deletionPolicy=MirrorPrune|Delete|WaitForTermination|Orphan dependsOn[name! namespace readyExpr] \
    force:b healthCheckExprs[apiVersion! current! failed inProgress kind] healthChecks[apiVersion kind! name! namespace] \
    ignore[paths!:a target:o] ignoreMissingComponents:b images[digest name! newName newTag] interval!:d \
    kubeConfig{configMapRef:o secretRef:o} namePrefix nameSuffix patches[patch! target:o] path postBuild{substitute:o \
    substituteFrom:a substituteStrategy=WithVariables|Always} prune!:b retryInterval:d serviceAccountName \
    sourceRef!{apiVersion kind!=OCIRepository|GitRepository|Bucket|ExternalArtifact name! namespace} suspend:b \
    targetNamespace timeout:d wait:b} status:o";

const ALERT: &str = "\
    spec{eventMetadata:o eventSeverity=info|error eventSources![apiVersion \
    kind!=Bucket|GitRepository|Kustomization|HelmRelease|HelmChart|HelmRepository|ImageRepository|ImagePolicy|ImageUpdateAutomation|OCIRepository|ArtifactGenerator|ExternalArtifact \
    matchLabels:o name! namespace] exclusionList:a inclusionList:a providerRef!{name!} summary suspend:b}";

const PROVIDER: &str = "\
    spec{address certSecretRef{name!} channel commitStatusExpr interval:d proxy proxySecretRef{name!} secretRef{name!} \
    serviceAccountName suspend:b timeout \
    type!=slack|discord|msteams|rocket|generic|generic-hmac|github|gitlab|gitea|giteapullrequestcomment|bitbucketserver|bitbucket|azuredevops|googlechat|googlepubsub|webex|sentry|azureeventhub|telegram|lark|matrix|opsgenie|alertmanager|grafana|githubdispatch|githubpullrequestcomment|gitlabmergerequestcomment|pagerduty|datadog|nats|zulip|otel \
    username}";

const RECEIVER: &str = "\
    spec{events:a interval:d oidcProviders[audience issuerURL! validations!:a variables:a] resourceFilter \
    resources![apiVersion filter \
    kind!=Bucket|GitRepository|Kustomization|HelmRelease|HelmChart|HelmRepository|ImageRepository|ImagePolicy|ImageUpdateAutomation|OCIRepository|ArtifactGenerator|ExternalArtifact \
    matchLabels:o name! namespace] secretRef{name!} suspend:b \
    type!=generic|generic-hmac|generic-oidc|github|gitlab|bitbucket|harbor|dockerhub|quay|gcr|nexus|acr|cdevents} status:o";

const BUCKET: &str = "\
    spec{bucketName! certSecretRef{name!} endpoint! ignore insecure:b interval!:d prefix provider=generic|aws|gcp|azure \
    proxySecretRef{name!} region secretRef{name!} serviceAccountName sts{certSecretRef:o endpoint! provider!=aws|ldap \
    secretRef:o} suspend:b timeout} status:o";

const EXTERNALARTIFACT: &str = "\
    spec{sourceRef{apiVersion kind! name! namespace}} status:o";

const GITREPOSITORY: &str = "\
    spec{ignore include[fromPath repository!:o toPath] interval!:d provider=generic|aws|azure|github proxySecretRef{name!} \
    recurseSubmodules:b ref{branch commit name semver tag} secretRef{name!} serviceAccountName sparseCheckout:a suspend:b \
    timeout url! verify{mode=head|HEAD|Tag|TagAndHEAD secretRef!:o}} status:o";

const HELMCHART: &str = "\
    spec{chart! ignoreMissingValuesFiles:b interval!:d reconcileStrategy=ChartVersion|Revision sourceRef!{apiVersion \
    kind!=HelmRepository|GitRepository|Bucket name!} suspend:b valuesFiles:a verify{matchOIDCIdentity:a \
    provider!=cosign|notation secretRef:o} version} status:o";

const HELMREPOSITORY: &str = "\
    spec{accessFrom{namespaceSelectors!:a} certSecretRef{name!} insecure:b interval:d passCredentials:b \
    provider=generic|aws|azure|gcp secretRef{name!} suspend:b timeout type=default|oci url!} status:o";

const OCIREPOSITORY: &str = "\
    spec{certSecretRef{name!} ignore insecure:b interval!:d layerSelector{mediaType operation=extract|copy} \
    provider=generic|aws|azure|gcp proxySecretRef{name!} ref{digest semver semverFilter tag} secretRef{name!} \
    serviceAccountName suspend:b timeout url! verify{matchOIDCIdentity:a provider!=cosign|notation secretRef:o \
    trustedRootSecretRef:o}} status:o";
