//! TLS in front of a served fleet: API servers are spoken to over one connection of HTTP/2, and what that costs is what counts.

use rcgen::{CertificateParams, DistinguishedName, IsCa, KeyPair};
use serde_json::{Value, json};
use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// Takes the TLS off for the servers of a kubeconfig, as long as it lives.
pub struct Front {
    _runtime: tokio::runtime::Runtime,
}

impl Front {
    /// Stands before each server that the kubeconfig names; gives a kubeconfig, beside it, that names the front instead.
    pub fn before(kubeconfig: &Path) -> Result<(Self, PathBuf), Box<dyn Error>> {
        let mut config: Value = serde_json::from_str(&std::fs::read_to_string(kubeconfig)?)?;
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        params.distinguished_name = DistinguishedName::new();
        params.is_ca = IsCa::ExplicitNoCa;
        let certificate = params.self_signed(&key)?;
        let ring = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let mut tls = ServerConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())?;
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let clusters = config["clusters"].as_array_mut().ok_or("a kubeconfig without clusters")?;
        for cluster in clusters {
            let server = cluster["cluster"]["server"].as_str().ok_or("a cluster without a server")?;
            let behind: SocketAddr = server.trim_start_matches("http://").trim_end_matches('/').parse()?;
            let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
            let port = listener.local_addr()?.port();
            let authority = k8s_openapi::ByteString(certificate.pem().into_bytes());
            cluster["cluster"] = json!({"server": format!("https://127.0.0.1:{port}"), "certificate-authority-data": authority});
            runtime.spawn(accept(listener, acceptor.clone(), behind));
        }
        let path = kubeconfig.with_file_name("kubeconfig-tls");
        std::fs::write(&path, serde_json::to_string(&config)?)?;
        Ok((Self { _runtime: runtime }, path))
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, behind: SocketAddr) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            stream.set_nodelay(true)?;
            let mut near = acceptor.accept(stream).await?;
            let mut far = TcpStream::connect(behind).await?;
            far.set_nodelay(true)?;
            tokio::io::copy_bidirectional(&mut near, &mut far).await
        });
    }
}
