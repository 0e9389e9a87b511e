//! The beginning of a connection: login, first answer, identity.

use super::handle::{SessionHandle, Verified};
use crate::cluster::api::{Api, ApiError, Class, Heard};
use crate::cluster::client::Target;
use crate::cluster::exec::Credential;
use crate::cluster::identity;
use crate::domain::clock::Clock;
use crate::domain::cluster::Fingerprint;
use crate::domain::text::sanitise;
use serde::Deserialize;
use std::sync::Arc;

/// Why there is no connection.
pub(super) enum NoConnection {
    /// The login program failed, or the server does not take our credentials.
    Login(String),
    Changed(String),
    /// A file that the context names cannot be used.
    Unusable(String),
    Failed(ApiError),
}

impl From<ApiError> for NoConnection {
    fn from(error: ApiError) -> Self {
        match error.class {
            Class::Unauthorized | Class::Login => Self::Login(error.message),
            _ => Self::Failed(error),
        }
    }
}

/// A connection that answered, with whom we met.
pub(super) struct Connected {
    pub verified: Verified,
    pub target: Target,
    pub user: Option<String>,
    /// As `/version` tells; `None` where it is forbidden.
    pub kubernetes: Option<String>,
    pub login: Option<(Credential, u64)>,
    /// What changed about the address, where it is the cluster we know.
    pub moved: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    #[serde(default)]
    git_version: String,
}

pub(super) async fn connect(session: &SessionHandle, target: &Target) -> Result<Connected, NoConnection> {
    let mut target = target.clone();
    let timings = Arc::new(session.settings().timings.clone());
    let mut login = log_in(session, &mut target, None).await?;
    let api = build(&target, &timings, session.settings().clock).await?;
    let version = match version(&api).await {
        // Once more with a fresh login; without a login program there is nothing fresher.
        Err(e) if e.class == Class::Unauthorized && login.is_some() => {
            login = log_in(session, &mut target, login.map(|(_, generation)| generation)).await?;
            api.replace(client(&target, &timings).await?);
            self::version(&api).await?
        }
        other => other?,
    };
    // After the first answer the connection stands, and these share it.
    let (user, uid) = tokio::join!(identity::user(&api), identity::cluster_uid(&api));
    let known = session.known();
    let mut uid = uid?;
    if uid.is_none() && known.as_ref().is_some_and(|k| k.uid.is_some()) {
        // A starting server says 403 before it knows its roles.
        tokio::time::sleep(timings.forbidden_again).await;
        uid = identity::cluster_uid(&api).await?;
    }
    let fingerprint = Fingerprint { uid, ..identity::configured(&target) };
    let moved = known.as_ref().and_then(|known| known.moved(&fingerprint));
    if moved.is_none()
        && let Some(what) = known.as_ref().and_then(|known| known.difference(&fingerprint))
    {
        return Err(NoConnection::Changed(what));
    }
    let verified = Verified { api, fingerprint: fingerprint.or_uid_of(known.as_ref()) };
    Ok(Connected { verified, target, user: user?, kubernetes: version, login, moved })
}

/// Runs the login program, if there is one, unless its last answer still holds.
pub(super) async fn log_in(
    session: &SessionHandle,
    target: &mut Target,
    refused: Option<u64>,
) -> Result<Option<(Credential, u64)>, NoConnection> {
    let Some(login) = target.login.clone() else { return Ok(None) };
    let settings = session.settings();
    let got = settings.commons.logins.get(&login, refused, settings.timings.login).await;
    let got = got.map_err(|e| NoConnection::Login(e.0))?;
    target.apply(&got.0);
    Ok(Some(got))
}

pub(super) async fn client(target: &Target, timings: &super::Timings) -> Result<kube::Client, NoConnection> {
    let built = target.client(timings).await;
    built.map_err(|cause| NoConnection::Failed(ApiError::new(Class::Connect, &format!("no client for this context: {cause}"))))
}

async fn build(target: &Target, timings: &Arc<super::Timings>, clock: Clock) -> Result<Api, NoConnection> {
    Ok(Api::new(client(target, timings).await?, target.line(), Heard::by(clock), timings.clone()))
}

pub(super) async fn version(api: &Api) -> Result<Option<String>, ApiError> {
    match api.get::<Version>("/version").await {
        Ok(version) => Ok(Some(sanitise(&version.git_version, 40)).filter(|v| !v.is_empty())),
        Err(e) if matches!(e.class, Class::Forbidden | Class::NotFound | Class::NotServed) => Ok(None),
        Err(e) => Err(e),
    }
}
