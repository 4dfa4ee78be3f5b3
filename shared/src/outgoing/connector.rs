//! Connections to addresses that users gave us: each resolved address passes the target guard.

use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use hyper::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use tower_service::Service;

use super::bounded::Bounded;
use crate::guard::TargetGuard;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A host has no address that may be connected to.
#[derive(Debug, thiserror::Error)]
#[error("the address of {0} may not be connected to from here")]
pub(super) struct Blocked(String);

/// No connection was made in time.
#[derive(Debug, thiserror::Error)]
#[error("no connection within {} ms", .0.as_millis())]
struct TooSlow(Duration);

/// Opens HTTP and HTTPS connections, each within a deadline: also one that is opened on behalf of a request that
/// found another connection meanwhile, and that nobody waits for.
#[derive(Clone, Debug)]
pub(super) struct Https {
    connector: HttpsConnector<GuardedConnector>,
    deadline: Duration,
}

/// A connector in front of which the guard stands. Of a connection at most `max_bytes` are read between two writes.
pub(super) fn https(guard: &TargetGuard, deadline: Duration, max_bytes: usize) -> Https {
    let mut tcp = HttpConnector::new_with_resolver(GuardedResolver(guard.clone()));
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(deadline));
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(crate::tls::client_config())
        .https_or_http()
        .enable_http1()
        .wrap_connector(GuardedConnector {
            tcp,
            guard: guard.clone(),
            max_bytes,
        });
    Https { connector, deadline }
}

impl Service<Uri> for Https {
    type Response = MaybeHttpsStream<TokioIo<Bounded>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connecting, deadline) = (self.connector.call(uri), self.deadline);
        Box::pin(async move {
            tokio::time::timeout(deadline, connecting)
                .await
                .map_err(|_| TooSlow(deadline))?
        })
    }
}

/// TCP connections. The connector below does not ask its resolver about a host that is an address already.
#[derive(Clone, Debug)]
pub(super) struct GuardedConnector {
    tcp: HttpConnector<GuardedResolver>,
    guard: TargetGuard,
    max_bytes: usize,
}

impl Service<Uri> for GuardedConnector {
    type Response = TokioIo<Bounded>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let host = uri.host().unwrap_or_default();
        let literal = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>();
        if literal.is_ok_and(|address| !self.guard.permits(address)) {
            let blocked = Blocked(host.to_owned());
            return Box::pin(async move { Err(blocked.into()) });
        }
        let (connecting, max_bytes) = (self.tcp.call(uri), self.max_bytes);
        Box::pin(async move {
            Ok(TokioIo::new(Bounded::new(
                connecting.await?.into_inner(),
                max_bytes,
            )))
        })
    }
}

/// Answers only addresses that may be connected to.
#[derive(Clone, Debug)]
pub(super) struct GuardedResolver(TargetGuard);

impl Service<Name> for GuardedResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let guard = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let permitted: Vec<_> = found.filter(|address| guard.permits(address.ip())).collect();
            if permitted.is_empty() {
                return Err(Blocked(name.as_str().to_owned()).into());
            }
            Ok(permitted.into_iter())
        })
    }
}

/// Whether the guard is among the causes of an error.
pub fn is_blocked(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|error| error.is::<Blocked>())
}
