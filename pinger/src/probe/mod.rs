//! One attempt of a check. Each kind of monitor is a module with its target, which is a definition parsed once, and its
//! probe; this module lists them.

mod charset;
mod connect;
mod disclosure;
mod dns;
mod handshake;
mod http;
mod icmp;
mod network;
mod ping;
mod search;
mod tcp;
mod text;
mod tls;
mod trace;

use std::time::Duration;

use domain::monitor::{DnsProbe, HeartbeatProbe, Probe};

use self::http::HttpTarget;
use self::icmp::IcmpTarget;
pub(crate) use self::network::Network;
use self::tcp::TcpTarget;
use self::tls::TlsTarget;
pub(crate) use self::trace::Trace;
use crate::error::{CompileError, ProbeError};
use crate::target::host_key;

/// What is checked and what is expected.
#[derive(Debug)]
pub(crate) enum Target {
    Http(HttpTarget),
    Tcp(Box<TcpTarget>),
    Tls(Box<TlsTarget>),
    Dns(Box<DnsProbe>),
    Icmp(Box<IcmpTarget>),
    /// Nothing is sent: see [`crate::heartbeats`].
    Heartbeat(Box<HeartbeatProbe>),
}

impl Target {
    /// Parses what a definition holds.
    ///
    /// # Errors
    /// When it cannot be checked, which validation rules out.
    pub(crate) fn compile(probe: Probe) -> Result<Self, CompileError> {
        Ok(match probe {
            Probe::Http(probe) => Self::Http(HttpTarget::compile(probe)?),
            Probe::Tcp(probe) => Self::Tcp(Box::new(TcpTarget::compile(probe)?)),
            Probe::Tls(probe) => Self::Tls(Box::new(TlsTarget::compile(probe)?)),
            Probe::Dns(probe) => Self::Dns(Box::new(probe)),
            Probe::Icmp(probe) => Self::Icmp(Box::new(IcmpTarget::compile(probe)?)),
            Probe::Heartbeat(probe) => Self::Heartbeat(Box::new(probe)),
        })
    }

    /// A number that monitors of the same host share.
    pub(crate) fn host_key(&self) -> u32 {
        match self {
            Self::Http(target) => target.address.host.key(),
            Self::Tcp(target) => target.host.key(),
            Self::Tls(target) => target.host.key(),
            Self::Dns(probe) => host_key(probe.host.as_bytes()),
            Self::Icmp(target) => target.host.key(),
            Self::Heartbeat(probe) => host_key(probe.slug.as_bytes()),
        }
    }

    /// The next TLS handshakes are full ones.
    pub(crate) fn forget_sessions(&self) {
        if let Self::Http(target) = self {
            target.forget_sessions();
        }
    }

    /// Makes one attempt, at most `timeout_ms` long. `trace` holds its course, also when the deadline ends it.
    pub(crate) async fn attempt(
        &self,
        network: &Network,
        timeout_ms: u32,
        trace: &mut Trace,
    ) -> Result<(), ProbeError> {
        let deadline = Duration::from_millis(u64::from(timeout_ms));
        let probe = async {
            match self {
                Self::Http(target) => http::probe(network, target, trace).await,
                // On the heap: they are few, and the future of an HTTP check should not have their size.
                Self::Tcp(target) => Box::pin(tcp::probe(network, target, trace)).await,
                Self::Tls(target) => Box::pin(tls::probe(network, target, trace)).await,
                Self::Dns(probe) => Box::pin(dns::probe(network, probe, trace)).await,
                Self::Icmp(target) => Box::pin(icmp::probe(network, target, trace)).await,
                Self::Heartbeat(_) => Err(ProbeError::Local("nothing is sent to a heartbeat".to_owned())),
            }
        };
        let result = match tokio::time::timeout(deadline, probe).await {
            Ok(result) => result,
            Err(_) => Err(trace.timeout(timeout_ms)),
        };
        trace.finish();
        result.map_err(|error| trace.with_redirects(error))
    }
}
