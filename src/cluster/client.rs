//! A kube client per cluster: one HTTP/2 connection where we can, no retry layer anywhere.

use super::api::chain;
use super::exec::{Credential, Login};
use super::kubeconfig::{FaultKind, Kubeconfig, KubeconfigFault};
use super::session::Timings;
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderValue, Request};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::{Body, ClientBuilder, ConfigExt};
use kube::config::KubeConfigOptions;
use kube::{Client, Config};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tower::util::MapRequestLayer;
use tower::{BoxError, ServiceBuilder};

/// Sent with every request; also the manager name of our writes.
pub const AGENT: &str = concat!("driftdeck/", env!("CARGO_PKG_VERSION"));

/// How a connection that died is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// By PING, within seconds.
    Pings,
    /// Plain HTTP to this machine, as to `kubectl proxy`: that one says when it ends. What died behind it is noticed by its silence, since a
    /// server that lives sends a bookmark each minute.
    Here,
    /// By nothing but a request that is not answered.
    Mute,
}

/// How a context is reached: its configuration without the login program, and the login program.
#[derive(Clone)]
pub struct Target {
    pub(super) config: Config,
    pub login: Option<Login>,
    token: Arc<RwLock<Option<HeaderValue>>>,
}

impl Target {
    /// Resolves a context; reads the certificate files it names, connects to nothing.
    ///
    /// # Errors
    /// The context, its cluster, user or files cannot be used.
    pub async fn resolve(kubeconfig: &Kubeconfig, context: &str) -> Result<Self, KubeconfigFault> {
        let (found, _, auth) = kubeconfig.entry(context)?;
        let object = || format!("context {context}");
        if let Some(provider) = auth.auth_provider.as_ref().filter(|p| p.name != "oidc") {
            let cause = format!("auth-provider {} is no longer supported", provider.name);
            return Err(KubeconfigFault::new(FaultKind::Unsupported, object(), cause, "use its exec plugin instead"));
        }
        let options = KubeConfigOptions { context: kubeconfig.written(context).map(str::to_owned), ..KubeConfigOptions::default() };
        let config = Config::from_custom_kubeconfig(kubeconfig.raw.clone(), &options).await;
        let mut config =
            config.map_err(|e| KubeconfigFault::new(FaultKind::BadFile, object(), file_cause(&e), "correct the kubeconfig"))?;
        let user = found.user.as_deref().unwrap_or_default();
        let login = Login::take(user, &mut config.auth_info);
        config.headers.push((USER_AGENT, HeaderValue::from_static(AGENT)));
        config.default_retry = false;
        config.read_timeout = None;
        Ok(Self { config, login, token: Arc::default() })
    }

    /// Puts a login's answer to use; `true` when the client must be built anew (certificates belong to the connection).
    pub fn apply(&mut self, credential: &Credential) -> bool {
        let header = credential.token.as_deref().and_then(|t| HeaderValue::from_str(&format!("Bearer {}", t.trim())).ok());
        let header = header.map(|mut h| {
            h.set_sensitive(true);
            h
        });
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = header;
        let Some((certificate, key)) = &credential.certificate else { return false };
        let encoded = |pem: &str| match serde_json::to_value(k8s_openapi::ByteString(pem.as_bytes().to_vec())) {
            Ok(serde_json::Value::String(text)) => Some(text),
            _ => None,
        };
        let before = self.config.auth_info.client_certificate_data.take();
        self.config.auth_info.client_certificate_data = encoded(certificate);
        self.config.auth_info.client_key_data = encoded(key).map(Into::into);
        before != self.config.auth_info.client_certificate_data
    }

    /// HTTP/2 with PING: TLS, and nothing that only the library's own connector knows.
    pub fn pings(&self) -> bool {
        self.config.cluster_url.scheme_str() == Some("https") && self.config.proxy_url.is_none() && self.config.tls_server_name.is_none()
    }

    /// What would tell that a connection died while nothing is asked on it.
    pub fn line(&self) -> Line {
        let url = &self.config.cluster_url;
        let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
        let is_here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        match () {
            () if self.pings() => Line::Pings,
            // TLS on loopback is a tunnel to a server elsewhere, and often one that lives on when the far end is gone.
            () if is_here && url.scheme_str() == Some("http") && self.config.proxy_url.is_none() => Line::Here,
            () => Line::Mute,
        }
    }

    /// Builds the client on the blocking pool: it may read certificate files and the system's roots.
    ///
    /// # Errors
    /// Unusable certificates or keys, in words.
    pub async fn client(&self, timings: &Timings) -> Result<Client, String> {
        let (target, connect) = (self.clone(), timings.connect);
        let built = tokio::task::spawn_blocking(move || target.build(connect)).await;
        built.map_err(|e| e.to_string())?.map_err(|e| chain(&e))
    }

    fn build(mut self, connect: Duration) -> kube::Result<Client> {
        self.config.connect_timeout = Some(connect);
        let token = self.token.clone();
        let authorize = MapRequestLayer::new(move |mut request: Request<Body>| {
            if let Some(value) = token.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
                request.headers_mut().insert(AUTHORIZATION, value.clone());
            }
            request
        });
        if !self.pings() {
            return Ok(ClientBuilder::try_from(self.config)?.with_layer(&authorize).build());
        }
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(self.config.rustls_client_config()?)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(http);
        // The outermost wrapper, so that the limit covers the TLS handshake too.
        let mut connector = hyper_timeout::TimeoutConnector::new(https);
        connector.set_connect_timeout(Some(connect));
        let service = ServiceBuilder::new()
            .layer(self.config.base_uri_layer())
            .layer(tower_http::decompression::DecompressionLayer::new())
            .layer(authorize)
            .option_layer(self.config.auth_layer()?)
            .layer(self.config.extra_headers_layer()?)
            .map_err(BoxError::from)
            .service(transport(connector));
        Ok(ClientBuilder::new(service, self.config.default_namespace.clone()).build())
    }
}

type Connector = hyper_timeout::TimeoutConnector<hyper_rustls::HttpsConnector<HttpConnector>>;

fn transport(connector: Connector) -> hyper_util::client::legacy::Client<Connector, Body> {
    hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .http2_keep_alive_interval(Duration::from_secs(10))
        .http2_keep_alive_timeout(Duration::from_secs(5))
        .http2_keep_alive_while_idle(true)
        // Eighty watches that nobody reads for a moment must not use up the window of the connection.
        .http2_initial_stream_window_size(512 << 10)
        .http2_initial_connection_window_size(48 << 20)
        .build(connector)
}

/// Library errors about files name the file; those about inline data could quote it.
fn file_cause(error: &kube::config::KubeconfigError) -> String {
    use kube::config::KubeconfigError as E;
    match error {
        E::LoadCertificateAuthority(inner) => format!("its certificate authority cannot be read: {}", chain(inner)),
        E::LoadClientCertificate(inner) => format!("its client certificate cannot be read: {}", chain(inner)),
        E::LoadClientKey(_) => "its client key cannot be read".into(),
        E::ParseCertificates(_) => "its certificate authority is not PEM".into(),
        E::ParseProxyUrl(_) => "its proxy-url is not a URL".into(),
        _ => "it cannot be used".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_ping_or_plain_http_on_this_machine_is_trusted_to_tell_of_a_dead_connection() {
        let line = async |cluster: &str| {
            let text = format!("{{contexts: [{{name: one, context: {{cluster: c}}}}], clusters: [{{name: c, cluster: {{{cluster}}}}}]}}");
            Target::resolve(&Kubeconfig::from_text(&text).unwrap(), "one").await.unwrap().line()
        };
        assert_eq!(line("server: 'https://eu.example.com'").await, Line::Pings);
        assert_eq!(line("server: 'https://127.0.0.1:6443'").await, Line::Pings);
        assert_eq!(line("server: 'http://127.0.0.1:8001'").await, Line::Here);
        assert_eq!(line("server: 'http://[::1]:8001'").await, Line::Here);
        assert_eq!(line("server: 'http://eu.example.com'").await, Line::Mute);
        assert_eq!(line("server: 'https://eu.example.com', tls-server-name: other").await, Line::Mute);
        assert_eq!(line("server: 'https://127.0.0.1:6443', tls-server-name: eu.example.com").await, Line::Mute, "a tunnel");
        assert_eq!(line("server: 'https://127.0.0.1:6443', proxy-url: 'http://proxy.example.com'").await, Line::Mute);
    }
}
