//! TLS handshakes, and when certificates expire.

mod certificate;
mod reason;
#[cfg(test)]
mod tests;
mod verifier;

use std::sync::Arc;

use domain::{ErrorCode, Timestamp};
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use self::verifier::{Accepting, Verifying};
use super::trace::{Phase, Trace};
use crate::error::ProbeError;
use crate::target::Host;

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// What is spoken after a handshake.
#[derive(Clone, Copy, Debug)]
pub(super) enum Protocol {
    /// HTTP/1.1, which is offered by ALPN.
    Http,
    /// Nothing is known of it, so nothing is offered: mail servers and others refuse a protocol that they do not speak.
    Unknown,
}

/// The configurations of handshakes. A check sees each certificate anew, so nothing is resumed.
#[derive(Debug)]
pub(super) struct TlsConfigs {
    verifying: [Arc<ClientConfig>; 2],
    accepting: [Arc<ClientConfig>; 2],
}

impl TlsConfigs {
    pub(super) fn new() -> Self {
        let config = |verifier: Arc<dyn ServerCertVerifier>| {
            let mut config = shared::tls::client_config();
            config.dangerous().set_certificate_verifier(verifier);
            config.resumption = Resumption::disabled();
            let mut http = config.clone();
            http.alpn_protocols = vec![b"http/1.1".to_vec()];
            [Arc::new(http), Arc::new(config)]
        };
        Self {
            verifying: config(Arc::new(Verifying::new(shared::tls::roots()))),
            accepting: config(Arc::new(Accepting)),
        }
    }

    fn config(&self, protocol: Protocol, verify: bool) -> &Arc<ClientConfig> {
        let [http, unknown] = if verify { &self.verifying } else { &self.accepting };
        match protocol {
            Protocol::Http => http,
            Protocol::Unknown => unknown,
        }
    }
}

/// Makes a handshake with `host` over `stream`. When the server's own certificate expires is noted in `trace`, also when
/// it is rejected.
pub(super) async fn handshake(
    configs: &TlsConfigs,
    protocol: Protocol,
    verify: bool,
    host: &Host,
    stream: TcpStream,
    trace: &mut Trace,
) -> Result<TlsStream<TcpStream>, ProbeError> {
    trace.enter(Phase::Tls);
    let name = host
        .server_name()
        .ok_or_else(|| ProbeError::target(ErrorCode::TlsFailed, "Host has no valid TLS server name"))?;
    // The flights of a handshake are small, and none should wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let config = Arc::clone(configs.config(protocol, verify));
    match TlsConnector::from(config).connect(name, stream).await {
        Ok(stream) => {
            trace.note_certificate(expiry(&stream));
            Ok(stream)
        }
        Err(error) => Err(reason::failure(&error, trace)),
    }
}

fn expiry<S>(stream: &TlsStream<S>) -> Option<Timestamp> {
    certificate::expiry(stream.get_ref().1.peer_certificates()?.first()?)
}

/// Fails when the certificate expires within `days`.
pub(super) fn not_expiring(expires_at: Option<Timestamp>, days: u16) -> Result<(), ProbeError> {
    let Some(expires_at) = expires_at else {
        return Ok(());
    };
    let left = expires_at.millis_since(shared::now());
    if left < 0 {
        // Only without verification.
        return Err(ProbeError::target(
            ErrorCode::TlsExpired,
            "TLS certificate expired",
        ));
    }
    if left < i64::from(days) * DAY_MS {
        return Err(ProbeError::target(
            ErrorCode::TlsExpiring,
            format!("TLS certificate expires in {} days", left / DAY_MS),
        ));
    }
    Ok(())
}
