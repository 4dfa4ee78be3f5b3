//! Certificates of targets by TLS, signed by an authority of the benchmark's own, and both sides' configurations.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::targets;

const AUTHORITY: &str = "authority.der";
const AUTHORITY_PEM: &str = "authority.pem";
const CERTIFICATE: &str = "certificate.der";
const KEY: &str = "key.der";

/// A folder with an authority's certificate, and one of all targets with its key. It goes with this.
#[derive(Debug)]
pub struct Certificates(tempfile::TempDir);

impl Certificates {
    /// Makes them for so many addresses.
    ///
    /// # Panics
    /// When they cannot be written.
    pub fn make(addresses: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let authority_key = KeyPair::generate().expect("there is randomness");
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("it has no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "Benchmark authority");
        let authority = params.self_signed(&authority_key).expect("it can be signed");
        let issuer = Issuer::new(params, authority_key);
        let names: Vec<String> = (0..addresses)
            .map(|index| targets::address(index).to_string())
            .collect();
        let key = KeyPair::generate().expect("there is randomness");
        let certificate = CertificateParams::new(names)
            .and_then(|params| params.signed_by(&key, &issuer))
            .expect("it can be signed");
        for (name, bytes) in [
            (AUTHORITY, authority.der().to_vec()),
            (AUTHORITY_PEM, pem(authority.der()).into_bytes()),
            (CERTIFICATE, certificate.der().to_vec()),
            (KEY, key.serialize_der()),
        ] {
            std::fs::write(folder.path().join(name), bytes).expect("the folder can be written to");
        }
        Self(folder)
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// The authority's certificate, as `SSL_CERT_FILE` takes it.
    pub fn authority_file(&self) -> PathBuf {
        self.folder().join(AUTHORITY_PEM)
    }
}

fn pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

/// Speaks as the targets do: sessions are resumed by tickets that hold all, so that no memory of theirs decides.
///
/// # Errors
/// When the certificates are not in `folder`.
pub fn acceptor(folder: &Path) -> io::Result<TlsAcceptor> {
    shared::install_crypto();
    let certificate = CertificateDer::from(std::fs::read(folder.join(CERTIFICATE))?);
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(std::fs::read(folder.join(KEY))?));
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.ticketer = rustls::crypto::ring::Ticketer::new().map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Makes full handshakes, and trusts the authority.
///
/// # Errors
/// When the certificates are not in `folder`.
pub fn connector(folder: &Path) -> io::Result<TlsConnector> {
    shared::install_crypto();
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from(std::fs::read(folder.join(AUTHORITY))?);
    roots.add(authority).map_err(io::Error::other)?;
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
