//! One HTTP exchange on a connection.

use std::pin::pin;

use http::HeaderMap;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::head::{BeforeBody, Limited};
use super::redirect::{self, Hop};
use super::request::request;
use super::target::HttpTarget;
use super::wire::{WireBody, drive};
use super::{body, expect, fault};
use crate::error::ProbeError;
use crate::probe::network::Network;
use crate::probe::trace::{Phase, Trace};

/// The largest head of a response, in bytes.
pub(super) const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The most headers of a response.
pub(super) const MAX_HEADERS: usize = 256;

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
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    trace.enter(Phase::FirstByte);
    let before_body = BeforeBody::new();
    let stream = Limited {
        stream,
        left: &before_body,
    };
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .max_header_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        // As liberal as what servers are tried with.
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true)
        .handshake::<_, Full<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|error| fault::http(&error))?;
    let mut connection = Some(pin!(connection));
    let request = request(&network.user_agent, target, hop);
    let response = drive(&mut connection, sender.send_request(request))
        .await
        .map_err(|error| fault::http(&error))?;
    before_body.is_over();
    trace.enter(Phase::Transfer);
    let status = response.status().as_u16();
    trace.status = Some(status);
    let (head, body) = response.into_parts();
    if target.max_redirects > 0 && redirect::is_redirect(status, &head.headers) {
        return Ok(ExchangeResult::Redirected(status, head.headers));
    }
    expect::status(&target.expected, status)?;
    let body = WireBody {
        connection: &mut connection,
        body,
        data: Bytes::new(),
        received: 0,
    };
    let extras = target.extras.as_deref();
    if let Some(extras) = extras {
        expect::headers(&extras.expected_headers, &head.headers)?;
    }
    match extras {
        // On the heap: few checks need it, and the futures of the others should not have its size.
        Some(extras) if extras.inspects_body() => {
            let body = Box::new(body);
            let (memory, is_unseen) = (&network.body_bytes, trace.is_unseen);
            Box::pin(body::inspect(extras, &head.headers, body, memory, is_unseen)).await?;
        }
        Some(extras) if extras.limits_body => {
            body::measure(extras.max_body.unwrap_or(usize::MAX), body).await?
        }
        _ => body::skim(&head.headers, body, trace).await?,
    }
    Ok(ExchangeResult::Expected)
}
