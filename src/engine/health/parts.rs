//! What each controller is for, and what stops without it.

use crate::domain::controllers::{Level, Reach};
use crate::domain::ids::EngineKind;

pub(super) struct Part {
    pub engine: EngineKind,
    pub component: &'static str,
    pub level: Level,
    pub reach: Reach,
    /// What does not happen while it is away.
    pub without: &'static str,
}

const fn part(engine: EngineKind, component: &'static str, level: Level, reach: Reach, without: &'static str) -> Part {
    Part { engine, component, level, reach, without }
}

const ARGO: EngineKind = EngineKind::Argo;
const FLUX: EngineKind = EngineKind::Flux;
use Level::{Down, Poor};
use Reach::{All, HelmReleases, Kustomizations, Nothing};

pub(super) const SOURCE: &str = "source-controller";
pub(super) const NOTIFICATION: &str = "notification-controller";

static PARTS: [Part; 13] = [
    part(ARGO, "application-controller", Down, All, "Nothing is compared, synced or healed."),
    part(ARGO, "repo-server", Down, All, "No manifests are rendered: nothing new is compared or synced."),
    part(ARGO, "applicationset-controller", Poor, Nothing, "ApplicationSets make and change no apps."),
    part(ARGO, "server", Poor, Nothing, "Argo CD's own screens and command line do not answer; what is sent from here goes on."),
    part(ARGO, "redis", Poor, Nothing, "Argo CD has nowhere to keep what it rendered and compared."),
    part(ARGO, "commit-server", Poor, Nothing, "Hydrated manifests are not pushed."),
    part(ARGO, "notifications-controller", Poor, Nothing, "Argo CD tells nobody what happens."),
    part(ARGO, "dex-server", Poor, Nothing, "Nobody can log in to Argo CD through dex."),
    part(FLUX, SOURCE, Down, All, "Nothing new is fetched: what is green is green but old."),
    part(FLUX, "kustomize-controller", Down, Kustomizations, "No Kustomization is applied or checked."),
    part(FLUX, "helm-controller", Down, HelmReleases, "No HelmRelease is applied or checked."),
    part(FLUX, "image-reflector-controller", Poor, Nothing, "New image tags are not seen."),
    part(FLUX, "image-automation-controller", Poor, Nothing, "New image tags are not written to git."),
];

pub(super) fn of(engine: EngineKind, component: &str) -> Option<&'static Part> {
    // The Redis of a high availability install is several workloads of names of its own.
    PARTS.iter().find(|p| p.engine == engine && (p.component == component || p.component == "redis" && component.starts_with("redis")))
}
