//! Credentials of a standing connection, fetched anew beside it: a login program may take its time.

use super::connect::{self, NoConnection};
use super::handle::SessionHandle;
use super::serving::Serving;
use crate::cluster::api::{Api, ApiError};
use crate::cluster::client::Target;
use crate::cluster::exec::{self, Credential};
use std::time::{Duration, Instant};

/// What came of a renewal.
pub(super) struct Renewal {
    /// The server had refused the credential before.
    is_refused: bool,
    got: Result<(Target, Option<(Credential, u64)>), NoConnection>,
}

async fn renew(session: SessionHandle, mut target: Target, api: Api, refused: Option<u64>) -> Renewal {
    let got = async {
        let got = connect::log_in(&session, &mut target, refused).await?;
        if got.as_ref().is_some_and(|(credential, _)| credential.certificate.is_some()) {
            api.replace(connect::client(&target, &session.settings().timings).await?);
        }
        Ok((target, got))
    };
    Renewal { is_refused: refused.is_some(), got: got.await }
}

/// When a credential is to be renewed; `None` = it does not expire.
pub(super) fn due(login: Option<&(Credential, u64)>, at_least: Duration) -> Option<tokio::time::Instant> {
    let expires = login.and_then(|(credential, _)| credential.expires)?;
    // A credential that lives shorter than we renew early would run its program without pause.
    Some(tokio::time::Instant::now() + exec::renew_in(expires).max(at_least))
}

impl Serving<'_> {
    pub(super) fn start_renewal(&mut self, refused: Option<u64>) {
        let session = self.supervisor.session.clone();
        self.renewals.spawn(renew(session, self.connected.target.clone(), self.connected.verified.api.clone(), refused));
    }

    /// Failing early is no news: the old credential may last, and a 401 says when it does not.
    pub(super) fn renewed(&mut self, renewal: Renewal) -> Option<NoConnection> {
        if renewal.is_refused {
            self.refreshing = false;
            self.refreshed = Some(Instant::now());
        }
        let before = self.connected.login.as_ref().map(|(_, generation)| *generation);
        match renewal.got {
            Ok((target, Some(login))) if Some(login.1) != before => {
                self.connected.target = target;
                self.connected.login = Some(login);
                self.pauses.reset();
                self.renew_at = due(self.connected.login.as_ref(), self.supervisor.session.settings().timings.renew_again);
                None
            }
            Err(end) if renewal.is_refused => Some(end),
            // The old one still.
            Ok(_) | Err(_) => {
                self.renew_at = Some(tokio::time::Instant::now() + self.pauses.step(None));
                None
            }
        }
    }

    /// The server refused our credentials: once a fresh login, then the operator's.
    pub(super) fn refresh(&mut self, error: &ApiError) -> Option<NoConnection> {
        if self.refreshing {
            return None;
        }
        let again = self.refreshed.is_some_and(|at| at.elapsed() < Duration::from_secs(30));
        let Some((_, generation)) = self.connected.login.as_ref().filter(|_| !again) else {
            if again && self.refreshed.is_some_and(|at| at.elapsed() < Duration::from_secs(1)) {
                // Sent before the fresh login was there.
                return None;
            }
            return Some(NoConnection::Login(format!("the server does not accept the login: {}", error.message)));
        };
        let generation = *generation;
        self.refreshing = true;
        self.start_renewal(Some(generation));
        None
    }
}
