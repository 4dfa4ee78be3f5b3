//! TLS handshakes, and when certificates expire.

mod certificate;
mod reason;
mod room;
mod sessions;
#[cfg(test)]
mod tests;
mod verifier;

use std::sync::Arc;

use domain::{ErrorCode, Timestamp};
use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::{ClientConfig, HandshakeKind, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use self::room::Room;
pub(super) use self::sessions::{Session, Sessions};
use self::verifier::{Accepting, Verifying};
use super::trace::{Phase, Trace};
use crate::error::ProbeError;
use crate::target::{Address, Host};

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

/// The configurations of handshakes. A check sees each certificate anew, so nothing is resumed but where a monitor keeps
/// sessions.
#[derive(Debug)]
pub(super) struct TlsConfigs {
    verifying: [Arc<ClientConfig>; 2],
    accepting: [Arc<ClientConfig>; 2],
    /// For the sessions of all monitors.
    room: Arc<Room>,
}

impl TlsConfigs {
    pub(super) fn new() -> Self {
        Self::trusting(shared::tls::roots())
    }

    /// With these authorities.
    pub(super) fn trusting(roots: Arc<RootCertStore>) -> Self {
        let config = |verifier: Arc<dyn ServerCertVerifier>| {
            let mut config = shared::tls::client_config();
            config.dangerous().set_certificate_verifier(verifier);
            config.resumption = Resumption::disabled();
            let mut http = config.clone();
            http.alpn_protocols = vec![b"http/1.1".to_vec()];
            [Arc::new(http), Arc::new(config)]
        };
        Self {
            verifying: config(Arc::new(Verifying::new(roots))),
            accepting: config(Arc::new(Accepting)),
            room: Room::new(),
        }
    }

    /// What of the monitor's `sessions` the handshake with a server may resume.
    pub(super) fn session(
        &self,
        sessions: Option<&Sessions>,
        address: &Address,
        trace: &Trace,
    ) -> Option<Arc<Session>> {
        Some(sessions?.with(address, trace.begun, &self.room))
    }

    fn config(&self, protocol: Protocol, verify: bool) -> &Arc<ClientConfig> {
        let [http, unknown] = if verify { &self.verifying } else { &self.accepting };
        match protocol {
            Protocol::Http => http,
            Protocol::Unknown => unknown,
        }
    }
}

/// The same, with the session that may be resumed. Only sessions of the same verifier are.
fn resuming(config: &ClientConfig, session: &Arc<Session>) -> ClientConfig {
    let mut config = config.clone();
    let session = Arc::clone(session);
    config.resumption = Resumption::store(session);
    config
}

/// Makes a handshake with `host` over `stream`, in which `session` may be resumed. When the server's own certificate
/// expires is noted in `trace`, also when it is rejected; where nothing is shown, as of the last full handshake.
pub(super) async fn handshake(
    configs: &TlsConfigs,
    protocol: Protocol,
    verify: bool,
    host: &Host,
    session: Option<&Arc<Session>>,
    stream: TcpStream,
    trace: &mut Trace,
) -> Result<TlsStream<TcpStream>, ProbeError> {
    trace.enter(Phase::Tls);
    let name = host
        .server_name()
        .ok_or_else(|| ProbeError::target(ErrorCode::TlsFailed, "Host has no valid TLS server name"))?;
    // The flights of a handshake are small, and none should wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let config = configs.config(protocol, verify);
    let config = match session {
        Some(session) => Arc::new(resuming(config, session)),
        None => Arc::clone(config),
    };
    match TlsConnector::from(config).connect(name, stream).await {
        Ok(stream) => {
            let seen = Seen::of(&stream);
            let is_resumed = stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
            if let Some(session) = session.filter(|_| !is_resumed) {
                session.note_full(trace.begun, &seen);
            }
            trace.note_certificate(seen.expires_at);
            Ok(stream)
        }
        Err(error) => Err(reason::failure(&error, trace)),
    }
}

/// What a server has shown of itself, or did when the session began that is resumed.
#[derive(Debug)]
struct Seen {
    /// When its own certificate expires.
    expires_at: Option<Timestamp>,
    /// The length of its certificates.
    chain_bytes: usize,
}

impl Seen {
    fn of<S>(stream: &TlsStream<S>) -> Self {
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        Self {
            expires_at: chain.first().and_then(certificate::expiry),
            chain_bytes: chain.iter().map(|certificate| certificate.len()).sum(),
        }
    }
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
