//! A TLS check: a full handshake, and the certificate's validity.

use domain::monitor::{IpFamily, TlsProbe};

use super::connect;
use super::handshake::{Protocol, handshake, not_expiring};
use super::network::Network;
use super::trace::Trace;
use crate::error::{CompileError, ProbeError};
use crate::target::Host;

/// A TLS handshake.
#[derive(Debug)]
pub(crate) struct TlsTarget {
    pub(super) host: Host,
    probe: TlsProbe,
}

impl TlsTarget {
    pub(super) fn compile(probe: TlsProbe) -> Result<Self, CompileError> {
        let host = Host::parse(&probe.host).ok_or(CompileError::Url)?;
        host.server_name().ok_or(CompileError::Url)?;
        Ok(Self { host, probe })
    }
}

/// Makes a handshake, and compares the certificate's end with what is expected.
pub(super) async fn probe(
    network: &Network,
    target: &TlsTarget,
    trace: &mut Trace,
) -> Result<(), ProbeError> {
    let probe = &target.probe;
    let stream = connect::dial(network, &target.host, probe.port, IpFamily::Any, trace).await?;
    handshake(
        &network.tls,
        Protocol::Unknown,
        probe.verify_tls,
        &target.host,
        None,
        stream,
        trace,
    )
    .await?;
    not_expiring(trace.tls_expires_at, probe.warn_days)
}
