//! A TCP check: a connection, and text exchanged on it.

use domain::ErrorCode;
use domain::monitor::{IpFamily, TcpProbe};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::charset::Charset;
use super::connect;
use super::network::Network;
use super::search::Search;
use super::text::quoted;
use super::trace::{Phase, Trace};
use crate::error::{CompileError, ProbeError};
use crate::target::Host;

/// How much of a response is read, in bytes.
const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 4 * 1024;

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
    let mut search = Search::new(expected, Charset::default());
    let (mut buffer, mut received) = (vec![0; CHUNK_BYTES], 0);
    loop {
        let read = stream
            .read(&mut buffer)
            .await
            .map_err(|error| ProbeError::broken(&error))?;
        if read > 0 && received == 0 {
            trace.enter(Phase::Transfer);
        }
        received += read;
        if search.push(&buffer[..read]) || (read == 0 && search.finish()) {
            return Ok(());
        }
        if received == 0 {
            return Err(ProbeError::target(
                ErrorCode::ConnectionClosed,
                "Connection closed before a response",
            ));
        }
        if read == 0 || received > MAX_RESPONSE_BYTES {
            return Err(ProbeError::target(
                ErrorCode::BodyMismatch,
                format!("Expected text not found: {:?}", quoted(expected)),
            ));
        }
    }
}
