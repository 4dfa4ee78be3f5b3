//! An HTTP check: one exchange per connection, and one more for each redirect.

mod body;
mod coding;
mod cookie;
mod exchange;
mod expect;
mod fault;
mod head;
mod json;
mod memory;
mod number;
mod redirect;
mod request;
mod target;
#[cfg(test)]
mod tests;
mod wire;

use tokio::time::timeout;

use self::exchange::{ExchangeResult, exchange};
use self::redirect::Hop;
pub(crate) use self::target::HttpTarget;
use self::wire::Lenient;
use super::connect;
use super::handshake::{self, Protocol, handshake};
use super::network::Network;
use super::trace::Trace;
use crate::error::ProbeError;

/// Resolves, connects, sends the request, and compares the response with what is expected. Each redirect goes through
/// all of it again, the target guard included.
pub(super) async fn probe(
    network: &Network,
    target: &HttpTarget,
    trace: &mut Trace,
) -> Result<(), ProbeError> {
    let mut hop: Option<Box<Hop>> = None;
    loop {
        match visit(network, target, hop.as_deref(), trace).await? {
            ExchangeResult::Expected => break,
            ExchangeResult::Redirected(status, headers) => {
                let next = redirect::follow(target, hop.take(), status, &headers)?;
                trace.redirected(status, &next.url);
                hop = Some(Box::new(next));
            }
        }
    }
    match target.extras.as_deref().and_then(|extras| extras.tls_warn_days) {
        Some(days) => handshake::not_expiring(trace.tls_expires_at, days),
        None => Ok(()),
    }
}

async fn visit(
    network: &Network,
    target: &HttpTarget,
    hop: Option<&Hop>,
    trace: &mut Trace,
) -> Result<ExchangeResult, ProbeError> {
    let address = hop.map_or(&target.address, |hop| &hop.address);
    let extras = target.extras.as_deref();
    let family = extras.map(|extras| extras.family).unwrap_or_default();
    let stream = connect::dial(network, &address.host, address.port, family, trace).await?;
    if !address.secure {
        return exchange(network, target, hop, stream, trace).await;
    }
    // On the heap: the future of a check is moved, and this would be most of it.
    Box::pin(async move {
        let verify = extras.is_none_or(|extras| extras.verify_tls);
        let (tls, host) = (&network.tls, &address.host);
        let sessions = extras.and_then(|extras| extras.sessions.as_ref());
        let session = tls.session(sessions, address, trace);
        let session = session.as_ref();
        let stream = match session.filter(|session| session.is_offered()) {
            None => handshake(tls, Protocol::Http, verify, host, session, stream, trace).await?,
            Some(offered) => {
                // A full handshake is to have its time, too.
                let patience = trace.left() / 2;
                let resumed = handshake(tls, Protocol::Http, verify, host, session, stream, trace);
                match timeout(patience, resumed).await {
                    Ok(Ok(stream)) => stream,
                    // It was a full one, after all, and what it has shown is not passed over.
                    Ok(Err(error)) if trace.is_rejected => return Err(error),
                    // A server that does not want a session is to make a full handshake. One that fails instead, or
                    // does not answer, is not down.
                    Ok(Err(_)) | Err(_) => {
                        offered.forget();
                        let stream = connect::dial(network, host, address.port, family, trace).await?;
                        handshake(tls, Protocol::Http, verify, host, session, stream, trace).await?
                    }
                }
            }
        };
        exchange(network, target, hop, Lenient(stream), trace).await
    })
    .await
}
