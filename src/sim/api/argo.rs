//! The kinds of Argo CD: names, printer columns and the declared fields of the upper levels.

use super::ApiServer;
use super::kind::{Column, Kind};
use super::schema::Schema;

impl ApiServer {
    /// Installs Application (no status subresource), ApplicationSet and AppProject.
    pub fn install_argo(&self) {
        let kind = |plural: &str, kind: &str, fields: &str| {
            Kind::custom("argoproj.io", "v1alpha1", plural, kind).with_schema(Schema::parse(fields))
        };
        let columns = vec![
            Column::new("Sync Status", "string", ".status.sync.status", 0),
            Column::new("Health Status", "string", ".status.health.status", 0),
            Column::new("Revision", "string", ".status.sync.revision", 10),
            Column::new("Project", "string", ".spec.project", 10),
        ];
        self.install(kind("applications", "Application", APPLICATION).short(&["app", "apps"]).with_columns(columns));
        self.install(kind("applicationsets", "ApplicationSet", APPLICATIONSET).short(&["appset", "appsets"]).with_status());
        self.install(kind("appprojects", "AppProject", APPPROJECT).short(&["appproj", "appprojs"]));
    }
}

const APPLICATION: &str = "\
    operation{info[name! value!] initiatedBy{automated:b username} retry{backoff{duration factor:i maxDuration} limit:i \
    refresh:b} sync{autoHealAttemptsCount:i dryRun:b manifests:a prune:b resources[group kind! name! namespace] revision \
    revisions:a source{chart directory:o helm:o kustomize:o name path plugin:o ref repoURL! tagPrefix targetRevision} \
    sources[chart directory:o helm:o kustomize:o name path plugin:o ref repoURL! tagPrefix targetRevision] syncOptions:a \
    syncStrategy{apply:o hook:o}}} spec!{destination!{name namespace server} ignoreDifferences[group jqPathExpressions:a \
    jsonPointers:a kind! managedFieldsManagers:a name namespace] info[name! value!] project! revisionHistoryLimit:i \
    source{chart directory:o helm:o kustomize:o name path plugin:o ref repoURL! tagPrefix targetRevision} \
    sourceHydrator{drySource!:o hydrateTo:o syncSource!:o} sources[chart directory:o helm:o kustomize:o name path plugin:o \
    ref repoURL! tagPrefix targetRevision] syncPolicy{automated:o managedNamespaceMetadata:o retry:o syncOptions:a}} \
    status:o";

const APPLICATIONSET: &str = "\
    spec!{applyNestedSelectors:b generators![clusterDecisionResource:o clusters:o git:o list:o matrix:o merge:o plugin:o \
    pullRequest:o scmProvider:o selector:o] goTemplate:b goTemplateOptions:a \
    ignoreApplicationDifferences[jqPathExpressions:a jsonPointers:a name] preservedFields{annotations:a labels:a} \
    strategy{deletionOrder rollingSync:o type} syncPolicy{applicationsSync=create-only|create-update|create-delete|sync \
    preserveResourcesOnDeletion:b} template!{metadata!:o spec!:o} templatePatch} status:o";

const APPPROJECT: &str = "\
    spec!{clusterResourceBlacklist[group! kind! name] clusterResourceWhitelist[group! kind! name] description \
    destinationServiceAccounts[defaultServiceAccount! namespace server!] destinations[name namespace server] \
    namespaceResourceBlacklist[group! kind!] namespaceResourceWhitelist[group! kind!] orphanedResources{ignore:a warn:b} \
    permitOnlyProjectScopedClusters:b roles[description groups:a jwtTokens:a name! policies:a] signatureKeys[keyID!] \
    sourceIntegrity{git!:o} sourceNamespaces:a sourceRepos:a syncWindows[andOperator:b applications:a clusters:a description \
    duration kind manualSync:b namespaces:a schedule syncOverrun:b timeZone]} status:o";
