//! Connections: one request after the other, as a broker answers them.

use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, RequestKind, ResponseHeader};
use kafka_protocol::protocol::{Decodable as _, Encodable as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::handle::{self, State};

/// Larger is no request of ours: a batch has at most 4 MiB.
const MAX_REQUEST: usize = 16 << 20;

/// More connections than all clients of one process make.
const MAX_CONNECTIONS: usize = 1_024;

/// A request that has begun is there after this time, or its client has stopped in the middle of it: it holds memory
/// and a connection.
const MAX_TRANSFER: Duration = Duration::from_secs(30);

/// The pause after the system refused a connection, as when there are too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// How often members are looked for that are gone.
const EXPIRE_EVERY: Duration = Duration::from_millis(250);

/// Serves until `stop`.
pub(crate) async fn serve(listener: TcpListener, state: &Rc<State>, stop: &CancellationToken) {
    // A limit on the size of files is to be an error like a full disk, not the end of the process: whoever listens for
    // the signal does not die of it.
    let _too_large = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
    let expiring = {
        let state = Rc::clone(state);
        tokio::task::spawn_local(async move {
            loop {
                tokio::time::sleep(EXPIRE_EVERY).await;
                state.groups().expire(Instant::now());
            }
        })
    };
    tokio::select! {
        () = accept(listener, state) => {}
        // It synchronises once more at the end.
        () = state.disk().run(stop) => {}
    }
    expiring.abort();
}

async fn accept(listener: TcpListener, state: &Rc<State>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::debug!(%error, "a connection was not taken");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // Taken here: many may come before the first of them runs.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            continue;
        };
        let state = Rc::clone(state);
        tokio::task::spawn_local(async move {
            let _place = place;
            if let Err(error) = talk(stream, &state).await {
                tracing::debug!(%error, "a connection to the embedded broker ended");
            }
        });
    }
}

async fn talk(mut stream: TcpStream, state: &State) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut received = BytesMut::new();
    loop {
        let Some(request) = next_request(&mut stream, &mut received).await? else {
            return Ok(());
        };
        if let Some(response) = answer(request, state).await? {
            stream.write_all(&response).await?;
        }
    }
}

/// The next request; none when the client is gone.
async fn next_request(
    stream: &mut (impl AsyncRead + Unpin),
    received: &mut BytesMut,
) -> io::Result<Option<Bytes>> {
    let mut deadline = None;
    loop {
        if let Some(length) = received.first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            if length > MAX_REQUEST {
                return Err(io::Error::other("a request is too large"));
            }
            if received.len() >= 4 + length {
                received.advance(4);
                return Ok(Some(received.split_to(length).freeze()));
            }
            received.reserve(4 + length - received.len());
        }
        if !received.is_empty() {
            deadline.get_or_insert_with(|| Instant::now() + MAX_TRANSFER);
        }
        let read = stream.read_buf(received);
        let read = match deadline {
            Some(deadline) => timeout_at(deadline, read).await??,
            // Between requests a client may be quiet for as long as it likes.
            None => read.await?,
        };
        if read == 0 {
            return Ok(None);
        }
    }
}

/// The answer with its length before it; none where the client wants none.
async fn answer(mut request: Bytes, state: &State) -> io::Result<Option<Bytes>> {
    let key = peek(&request, 0)?;
    let version = peek(&request, 2)?;
    let key = ApiKey::try_from(key).map_err(|()| io::Error::other("an unknown request"))?;
    let header =
        RequestHeader::decode(&mut request, key.request_header_version(version)).map_err(io::Error::other)?;
    let response = if handle::speaks(key, version) {
        let request = RequestKind::decode(key, &mut request, version).map_err(io::Error::other)?;
        let client = header.client_id.clone().unwrap_or_default();
        handle::handle(state, &client, request).await
    } else if key == ApiKey::ApiVersions {
        // The client learns so which it may ask in.
        return encode(&header, key, 0, &handle::unsupported_version()).map(Some);
    } else {
        return Err(io::Error::other("a request of an unknown version"));
    };
    response
        .map(|response| encode(&header, key, version, &response))
        .transpose()
}

fn peek(request: &Bytes, at: usize) -> io::Result<i16> {
    let bytes = request.get(at..at + 2).and_then(|bytes| bytes.try_into().ok());
    bytes
        .map(i16::from_be_bytes)
        .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn encode(
    header: &RequestHeader,
    key: ApiKey,
    version: i16,
    response: &kafka_protocol::messages::ResponseKind,
) -> io::Result<Bytes> {
    let mut bytes = BytesMut::new();
    bytes.put_u32(0);
    ResponseHeader::default()
        .with_correlation_id(header.correlation_id)
        .encode(&mut bytes, key.response_header_version(version))
        .and_then(|()| response.encode(&mut bytes, version))
        .map_err(io::Error::other)?;
    let length = (bytes.len() - 4) as u32;
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    Ok(bytes.freeze())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn half_a_request_is_not_waited_for_and_a_quiet_client_is() {
        let (mut client, mut server) = tokio::io::duplex(64);
        let mut received = BytesMut::new();
        let sent = async {
            tokio::time::sleep(10 * MAX_TRANSFER).await;
            client.write_all(&[0, 0, 0, 2, 7, 7, 0, 0]).await.unwrap();
        };
        let (request, ()) = tokio::join!(next_request(&mut server, &mut received), sent);
        assert_eq!(&request.unwrap().unwrap()[..], [7, 7]);
        let begun = Instant::now();
        let error = next_request(&mut server, &mut received).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(begun.elapsed().as_secs(), MAX_TRANSFER.as_secs());
    }
}
