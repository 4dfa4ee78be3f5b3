//! A TCP check: a connection, and text exchanged on it.

use domain::ErrorCode;
use domain::monitor::{IpFamily, TcpProbe};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::connect;
use super::network::Network;
use super::text::{contains, quoted};
use super::trace::{Phase, Trace};
use crate::error::{CompileError, ProbeError};
use crate::target::Host;

/// How much of a response is read, in bytes.
const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// A TCP connection, and what is said on it.
#[derive(Debug)]
pub(crate) struct TcpTarget {
    pub(super) host: Host,
    probe: TcpProbe,
}

impl TcpTarget {
    pub(super) fn compile(probe: TcpProbe) -> Result<Self, CompileError> {
        let host = Host::parse(&probe.host).ok_or(CompileError::Url)?;
        Ok(Self { host, probe })
    }
}

/// Connects, sends a text, and waits for the expected one.
pub(super) async fn probe(
    network: &Network,
    target: &TcpTarget,
    trace: &mut Trace,
) -> Result<(), ProbeError> {
    let probe = &target.probe;
    let mut stream = connect::dial(network, &target.host, probe.port, IpFamily::Any, trace).await?;
    let _ = stream.set_nodelay(true);
    trace.enter(Phase::FirstByte);
    if let Some(text) = &probe.send {
        stream
            .write_all(text.as_bytes())
            .await
            .map_err(|error| ProbeError::broken(&error))?;
    }
    let Some(expected) = probe.expect.as_deref() else {
        trace.finish();
        return Ok(());
    };
    let mut response = Vec::new();
    loop {
        let read = stream
            .read_buf(&mut response)
            .await
            .map_err(|error| ProbeError::broken(&error))?;
        if read > 0 && response.len() == read {
            trace.enter(Phase::Transfer);
        }
        if contains(&response, expected.as_bytes()) {
            return Ok(());
        }
        if read == 0 && response.is_empty() {
            return Err(ProbeError::target(
                ErrorCode::ConnectionClosed,
                "Connection closed before a response",
            ));
        }
        if read == 0 || response.len() > MAX_RESPONSE_BYTES {
            return Err(ProbeError::target(
                ErrorCode::BodyMismatch,
                format!("Expected text not found: {:?}", quoted(expected)),
            ));
        }
    }
}
