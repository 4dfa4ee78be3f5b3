//! The TLS handshake.

use std::io;
use std::sync::Arc;

use domain::ErrorCode;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::failure::Fault;

/// TLS with the system's certificates. A check sees each certificate anew, so nothing is resumed.
pub(super) fn config() -> Arc<ClientConfig> {
    let mut config = shared::http_client::tls_config();
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// Shakes hands with `name` over `stream`.
pub(super) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    config: &Arc<ClientConfig>,
    name: &ServerName<'static>,
    stream: S,
) -> Result<TlsStream<S>, Fault> {
    TlsConnector::from(Arc::clone(config))
        .connect(name.clone(), stream)
        .await
        .map_err(|error| fault(&error))
}

fn fault(error: &io::Error) -> Fault {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => Fault::target(ErrorCode::TlsExpired, "the TLS certificate has expired"),
        Some(rustls::Error::InvalidCertificate(why)) => Fault::target(
            ErrorCode::TlsInvalid,
            format!("the TLS certificate is not valid: {why}"),
        ),
        Some(other) => Fault::target(ErrorCode::TlsFailed, format!("the TLS handshake failed: {other}")),
        None => Fault::target(
            ErrorCode::TlsFailed,
            format!("the connection broke in the TLS handshake: {error}"),
        ),
    }
}
