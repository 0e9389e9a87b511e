//! Certificates of one server: its own authority, its serving certificate, the key of service accounts.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType,
};
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

/// Writes `ca.crt`, `server.crt`, `server.key`, `sa.key` and `sa.pub`.
pub fn write(dir: &Path) {
    let authority = authority("driftdeck-e2e");
    let mut params = CertificateParams::new(vec!["localhost".into()]).expect("a name");
    for address in [Ipv4Addr::LOCALHOST, Ipv4Addr::new(10, 0, 0, 1)] {
        params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(address)));
    }
    params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate().expect("a key");
    let server = params.signed_by(&key, &authority).expect("a certificate");
    let accounts = KeyPair::generate().expect("a key");
    let files = [
        ("ca.crt", authority.pem()),
        ("server.crt", server.pem()),
        ("server.key", key.serialize_pem()),
        ("sa.key", accounts.serialize_pem()),
        ("sa.pub", accounts.public_key_pem()),
    ];
    fs::write(dir.join("ca.der"), authority.der()).expect("the authority is written");
    for (name, text) in files {
        fs::write(dir.join(name), text).expect("a certificate file is written");
    }
}

/// An authority that signed nothing here.
pub fn stranger() -> String {
    authority("stranger").pem()
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}
