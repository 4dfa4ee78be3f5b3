//! TLS handshakes, and what certificates say.

use std::io;
use std::sync::Arc;

use domain::{ErrorCode, Timestamp};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::error::ProbeError;
use crate::target::Host;

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// The configurations of handshakes. A check sees each certificate anew, so nothing is resumed.
#[derive(Debug)]
pub(super) struct TlsConfigs {
    verifying: Arc<ClientConfig>,
    accepting: Arc<ClientConfig>,
}

impl TlsConfigs {
    pub(super) fn new() -> Self {
        let prepared = |mut config: ClientConfig| {
            config.resumption = Resumption::disabled();
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Arc::new(config)
        };
        let verifying = shared::tls::client_config();
        let mut accepting = verifying.clone();
        let algorithms = ring::default_provider().signature_verification_algorithms;
        accepting
            .dangerous()
            .set_certificate_verifier(Arc::new(AnyCertificate(algorithms)));
        Self {
            verifying: prepared(verifying),
            accepting: prepared(accepting),
        }
    }

    pub(super) fn config(&self, verify: bool) -> &Arc<ClientConfig> {
        if verify { &self.verifying } else { &self.accepting }
    }
}

/// Makes a handshake with `host` over `stream`.
pub(super) async fn handshake(
    config: &Arc<ClientConfig>,
    host: &Host,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, ProbeError> {
    let name = host
        .server_name()
        .ok_or_else(|| ProbeError::target(ErrorCode::TlsFailed, "Host has no valid TLS server name"))?;
    // The flights of a handshake are small, and none should wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    TlsConnector::from(Arc::clone(config))
        .connect(name, stream)
        .await
        .map_err(|error| fault(&error))
}

/// When the server's own certificate expires.
pub(super) fn expiry<S>(stream: &TlsStream<S>) -> Option<Timestamp> {
    let leaf = stream.get_ref().1.peer_certificates()?.first()?;
    let (_, certificate) = X509Certificate::from_der(leaf).ok()?;
    let seconds = certificate.validity().not_after.timestamp();
    Some(Timestamp::from_millis(seconds.saturating_mul(1_000)))
}

/// Fails when the certificate expires within `days`.
pub(super) fn not_expiring(expires_at: Option<Timestamp>, days: u16) -> Result<(), ProbeError> {
    let Some(expires_at) = expires_at else {
        return Ok(());
    };
    let left = expires_at.millis_since(shared::now());
    if left < 0 {
        // Only without verification.
        return Err(expired());
    }
    if left < i64::from(days) * DAY_MS {
        return Err(ProbeError::target(
            ErrorCode::TlsExpiring,
            format!("TLS certificate expires in {} days", left / DAY_MS),
        ));
    }
    Ok(())
}

fn expired() -> ProbeError {
    ProbeError::target(ErrorCode::TlsExpired, "TLS certificate expired")
}

fn fault(error: &io::Error) -> ProbeError {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => expired(),
        Some(rustls::Error::InvalidCertificate(why)) => {
            ProbeError::target(ErrorCode::TlsInvalid, format!("Invalid TLS certificate: {why}"))
        }
        Some(other) => ProbeError::target(ErrorCode::TlsFailed, format!("TLS handshake failed: {other}")),
        None => ProbeError::target(
            ErrorCode::TlsFailed,
            format!("Connection lost during the TLS handshake: {error}"),
        ),
    }
}

/// Accepts any certificate, for monitors that do not verify it. That the server has its key is still verified.
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_expires_soon_is_a_failure() {
        let in_days = |days: i64| Some(shared::now().plus_millis(days * DAY_MS + DAY_MS / 2));
        let code = |expires_at, days| match not_expiring(expires_at, days) {
            Ok(()) => None,
            Err(ProbeError::Target(failure)) => Some(failure.code),
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(code(in_days(14), 14), None);
        assert_eq!(code(in_days(13), 14), Some(ErrorCode::TlsExpiring));
        assert_eq!(code(in_days(-2), 0), Some(ErrorCode::TlsExpired));
        assert_eq!(code(None, 14), None);
    }
}
