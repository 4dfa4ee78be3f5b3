//! One HTTP exchange on a connection of its own.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use domain::ErrorCode;
use domain::monitor::{HttpMethod, StatusRanges};
use http::header::{ACCEPT, CONNECTION, HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::failure::Fault;
use super::trace::{Phase, Trace};
use super::{Engine, connect, tls};
use crate::monitor::HttpTarget;

/// The largest head of an answer, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How much of a body is read, in bytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Resolves, connects, asks, and compares the answer with what is expected.
pub(super) async fn probe(engine: &Engine, target: &HttpTarget, trace: &mut Trace) -> Result<(), Fault> {
    let address = &target.address;
    let stream = connect::dial(engine, &address.host, address.port, trace).await?;
    match &address.tls {
        None => exchange(engine, target, stream, trace).await,
        Some(name) => {
            trace.enter(Phase::Tls);
            let stream = tls::handshake(&engine.tls, name, stream).await?;
            exchange(engine, target, stream, trace).await
        }
    }
}

async fn exchange<S>(engine: &Engine, target: &HttpTarget, stream: S, trace: &mut Trace) -> Result<(), Fault>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    trace.enter(Phase::FirstByte);
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .handshake::<_, Empty<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|error| fault(&error))?;
    let mut connection = Some(pin!(connection));
    let response = drive(&mut connection, sender.send_request(request(engine, target)))
        .await
        .map_err(|error| fault(&error))?;
    trace.enter(Phase::Transfer);
    let status = response.status().as_u16();
    trace.status = Some(status);
    if !target.expected.contains(status) {
        return Err(Fault::target(
            ErrorCode::StatusMismatch,
            format!("HTTP status {status}, expected {}", Ranges(&target.expected)),
        ));
    }
    let mut body = response.into_body();
    let mut received = 0;
    while let Some(frame) = drive(&mut connection, body.frame()).await {
        let frame = frame.map_err(|error| fault(&error))?;
        received += frame.data_ref().map_or(0, Bytes::len);
        if received > MAX_BODY_BYTES {
            break;
        }
    }
    Ok(())
}

fn request(engine: &Engine, target: &HttpTarget) -> Request<Empty<Bytes>> {
    let mut request = Request::new(Empty::new());
    *request.method_mut() = method(target.method);
    *request.uri_mut() = target.address.path.clone();
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(HOST, target.address.authority.clone());
    headers.insert(USER_AGENT, engine.user_agent.clone());
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    *request.headers_mut() = headers;
    request
}

fn method(method: HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Delete => Method::DELETE,
    }
}

/// Runs the connection for as long as `work` takes, in this task: a task for each connection would cost a
/// wake-up and an allocation per check.
async fn drive<C: Future, F: Future>(connection: &mut Option<Pin<&mut C>>, work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|context| {
        if let Poll::Ready(output) = work.as_mut().poll(context) {
            return Poll::Ready(output);
        }
        let ended = match connection {
            Some(connection) => connection.as_mut().poll(context).is_ready(),
            None => false,
        };
        if ended {
            *connection = None;
        }
        work.as_mut().poll(context)
    })
    .await
}

fn fault(error: &hyper::Error) -> Fault {
    if error.is_parse_too_large() {
        Fault::target(ErrorCode::TooLarge, "the head of the answer is too large")
    } else if error.is_parse() || error.is_user() {
        Fault::target(
            ErrorCode::ProtocolError,
            format!("the answer is not HTTP: {error}"),
        )
    } else if error.is_incomplete_message() {
        Fault::target(
            ErrorCode::ConnectionClosed,
            "the host closed the connection before it had answered",
        )
    } else {
        let source = std::error::Error::source(error);
        let io = source.and_then(|source| source.downcast_ref::<std::io::Error>());
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::UnexpectedEof) {
            return Fault::target(
                ErrorCode::ConnectionClosed,
                "the host closed the connection in the middle of the answer",
            );
        }
        let cause = source.map_or_else(|| error.to_string(), ToString::to_string);
        Fault::target(
            ErrorCode::ConnectionClosed,
            format!("the connection broke: {cause}"),
        )
    }
}

/// Ranges as a human writes them: `200-399, 404`.
struct Ranges<'a>(&'a StatusRanges);

impl std::fmt::Display for Ranges<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (low, high)) in self.0.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            if low == high {
                write!(f, "{comma}{low}")?;
            } else {
                write!(f, "{comma}{low}-{high}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_read_as_a_human_writes_them() {
        let ranges = StatusRanges(vec![(200, 399), (404, 404)]);
        assert_eq!(Ranges(&ranges).to_string(), "200-399, 404");
    }
}
