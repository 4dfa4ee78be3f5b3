//! An HTTP check: one exchange on a connection of its own, and one more for each redirect.

mod body;
mod exchange;
mod expect;
mod redirect;

use self::exchange::{Ended, exchange};
pub(super) use self::expect::{contains, quoted};
use self::redirect::Hop;
use super::failure::Fault;
use super::trace::{Phase, Trace};
use super::{Engine, connect, tls};
use crate::monitor::HttpTarget;

/// Resolves, connects, asks, and compares the answer with what is expected. Each redirect goes through all
/// of it again, the target guard included.
pub(super) async fn probe(engine: &Engine, target: &HttpTarget, trace: &mut Trace) -> Result<(), Fault> {
    let mut hop: Option<Box<Hop>> = None;
    loop {
        match visit(engine, target, hop.as_deref(), trace).await? {
            Ended::Expected => break,
            Ended::Redirected(status, headers) => {
                let next = redirect::follow(target, hop.as_deref(), status, &headers)?;
                hop = Some(Box::new(next));
            }
        }
    }
    match target.extras.as_deref().and_then(|extras| extras.tls_warn_days) {
        Some(days) => tls::not_expiring(trace.tls_expires_at, days),
        None => Ok(()),
    }
}

async fn visit(
    engine: &Engine,
    target: &HttpTarget,
    hop: Option<&Hop>,
    trace: &mut Trace,
) -> Result<Ended, Fault> {
    let address = hop.map_or(&target.address, |hop| &hop.address);
    let extras = target.extras.as_deref();
    let family = extras.map(|extras| extras.family).unwrap_or_default();
    let stream = connect::dial(engine, &address.host, address.port, family, trace).await?;
    if !address.secure {
        return exchange(engine, target, hop, stream, trace).await;
    }
    // On the heap: the future of a check is moved about, and most of it would be this one's.
    Box::pin(async move {
        trace.enter(Phase::Tls);
        let verify = extras.is_none_or(|extras| extras.verify_tls);
        let stream = tls::handshake(engine.tls.config(verify), &address.host, stream).await?;
        trace.met_certificate(tls::expiry(&stream));
        exchange(engine, target, hop, stream, trace).await
    })
    .await
}
