//! One HTTP exchange on a connection.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use domain::ErrorCode;
use domain::monitor::{DEFAULT_MAX_BODY_BYTES, HttpMethod};
use http::header::{ACCEPT, CONNECTION, HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::body::{self, Buffer};
use super::expect;
use super::redirect::{self, Hop};
use super::target::HttpTarget;
use crate::error::ProbeError;
use crate::probe::network::Network;
use crate::probe::trace::{Phase, Trace};

/// The largest head of a response, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// What an exchange without a failure leads to.
pub(super) enum ExchangeResult {
    /// The response is as expected.
    Expected,
    /// The response is a redirect.
    Redirected(u16, HeaderMap),
}

/// Sends the request, and compares the response with what is expected.
pub(super) async fn exchange<S>(
    network: &Network,
    target: &HttpTarget,
    hop: Option<&Hop>,
    stream: S,
    trace: &mut Trace,
) -> Result<ExchangeResult, ProbeError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    trace.enter(Phase::FirstByte);
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .handshake::<_, Full<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|error| http_error(&error))?;
    let mut connection = Some(pin!(connection));
    let request = request(network, target, hop);
    let response = drive(&mut connection, sender.send_request(request))
        .await
        .map_err(|error| http_error(&error))?;
    trace.enter(Phase::Transfer);
    let status = response.status().as_u16();
    trace.status = Some(status);
    let extras = target.extras.as_deref();
    if extras.is_some_and(|extras| extras.max_redirects > 0) && redirect::is_redirect(status) {
        return Ok(ExchangeResult::Redirected(
            status,
            response.into_parts().0.headers,
        ));
    }
    expect::status(&target.expected, status)?;
    let (head, mut body) = response.into_parts();
    let mut received = 0;
    let Some(extras) = extras else {
        while let Some(frame) = drive(&mut connection, body.frame()).await {
            let frame = frame.map_err(|error| http_error(&error))?;
            received += frame.data_ref().map_or(0, Bytes::len);
            if received > DEFAULT_MAX_BODY_BYTES as usize {
                break;
            }
        }
        return Ok(ExchangeResult::Expected);
    };
    expect::headers(&extras.expected_headers, &head.headers)?;
    let mut kept = Buffer::new(&network.body_bytes);
    while let Some(frame) = drive(&mut connection, body.frame()).await {
        let frame = frame.map_err(|error| http_error(&error))?;
        let Some(data) = frame.data_ref() else { continue };
        received += data.len();
        match extras.max_body {
            Some(max) if received > max => return Err(expect::too_large(max)),
            None if received > DEFAULT_MAX_BODY_BYTES as usize => break,
            _ if extras.inspects_body() => kept.extend(data)?,
            _ => {}
        }
    }
    if extras.inspects_body() {
        // On the heap: few checks need it, and the futures of the others should not have its size.
        let max = extras.max_body.unwrap_or(DEFAULT_MAX_BODY_BYTES as usize);
        let body = Box::pin(body::decoded(&head.headers, kept, max)).await?;
        expect::body(extras, body.bytes())?;
    }
    Ok(ExchangeResult::Expected)
}

fn request(network: &Network, target: &HttpTarget, hop: Option<&Hop>) -> Request<Full<Bytes>> {
    let address = hop.map_or(&target.address, |hop| &hop.address);
    let extras = target.extras.as_deref();
    let mut headers = HeaderMap::with_capacity(4 + extras.map_or(0, |extras| extras.headers.len()));
    headers.insert(HOST, address.authority.clone());
    headers.insert(USER_AGENT, network.user_agent.clone());
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    let mut body = Bytes::new();
    if let Some(extras) = extras {
        // Headers meant for one server are not sent to another.
        if hop.is_none_or(|hop| hop.same_origin) {
            for (name, value) in &extras.headers {
                headers.insert(name.clone(), value.clone());
            }
        }
        if hop.is_none_or(|hop| hop.keeps_body) {
            body = extras.body.clone();
        }
    }
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method(hop.map_or(target.method, |hop| hop.method));
    *request.uri_mut() = Uri::from(address.path.clone());
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

fn http_error(error: &hyper::Error) -> ProbeError {
    if error.is_parse_too_large() {
        ProbeError::target(ErrorCode::TooLarge, "Response headers too large")
    } else if error.is_parse() || error.is_user() {
        ProbeError::target(
            ErrorCode::ProtocolError,
            format!("Invalid HTTP response: {error}"),
        )
    } else if error.is_incomplete_message() {
        ProbeError::target(ErrorCode::ConnectionClosed, "Connection closed before a response")
    } else {
        let source = std::error::Error::source(error);
        let io = source.and_then(|source| source.downcast_ref::<std::io::Error>());
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::UnexpectedEof) {
            return ProbeError::target(
                ErrorCode::ConnectionClosed,
                "Connection closed before the response was complete",
            );
        }
        match io {
            Some(io) => ProbeError::broken(io),
            None => ProbeError::target(ErrorCode::ConnectionClosed, "Connection lost"),
        }
    }
}
