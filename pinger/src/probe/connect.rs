//! TCP connections to hosts that the target guard permits.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use domain::ErrorCode;
use domain::monitor::IpFamily;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use shared::guard::TargetGuard;
use tokio::net::TcpStream;

use super::network::Network;
use super::trace::{Phase, Trace};
use crate::error::ProbeError;
use crate::target::Host;

/// The delay before the next address is tried as well (RFC 8305).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// The most addresses of a host that are tried.
const MAX_ADDRESSES: usize = 6;

/// Resolves a host and connects to it.
pub(super) async fn dial(
    network: &Network,
    host: &Host,
    port: u16,
    family: IpFamily,
    trace: &mut Trace,
) -> Result<TcpStream, ProbeError> {
    match host {
        Host::Ip(address) => {
            let matches = match family {
                IpFamily::Any => true,
                IpFamily::V4 => address.is_ipv4(),
                IpFamily::V6 => address.is_ipv6(),
            };
            if !matches {
                return Err(no_address("address of that family"));
            }
            trace.enter(Phase::Connect);
            connect(&network.guard, &[*address], port).await
        }
        Host::Name(name) => {
            trace.enter(Phase::Dns);
            let mut addresses = network.resolver.addresses(name).await?;
            keep_family(&mut addresses, family)?;
            trace.enter(Phase::Connect);
            connect(&network.guard, &addresses, port).await
        }
    }
}

/// Resolves a host to the first of its addresses that the guard permits.
pub(super) async fn first_address(
    network: &Network,
    host: &Host,
    trace: &mut Trace,
) -> Result<IpAddr, ProbeError> {
    let addresses = match host {
        Host::Ip(address) => vec![*address],
        Host::Name(name) => {
            trace.enter(Phase::Dns);
            network.resolver.addresses(name).await?
        }
    };
    let permitted = addresses.iter().find(|&&address| network.guard.permits(address));
    match (permitted, addresses.first()) {
        (Some(&address), _) => Ok(address),
        (None, Some(&address)) => Err(blocked(address)),
        (None, None) => Err(no_address("address")),
    }
}

fn keep_family(addresses: &mut Vec<IpAddr>, family: IpFamily) -> Result<(), ProbeError> {
    let (keep, what): (fn(&IpAddr) -> bool, _) = match family {
        IpFamily::Any => return Ok(()),
        IpFamily::V4 => (IpAddr::is_ipv4, "IPv4 address"),
        IpFamily::V6 => (IpAddr::is_ipv6, "IPv6 address"),
    };
    addresses.retain(keep);
    if addresses.is_empty() {
        return Err(no_address(what));
    }
    Ok(())
}

fn no_address(what: &str) -> ProbeError {
    ProbeError::target(ErrorCode::DnsFailure, format!("Host has no {what}"))
}

/// Connects to the first of `addresses` that accepts. The guard checks the very address that is connected to.
async fn connect(guard: &TargetGuard, addresses: &[IpAddr], port: u16) -> Result<TcpStream, ProbeError> {
    if let &[address] = addresses {
        if !guard.permits(address) {
            return Err(blocked(address));
        }
        return open(SocketAddr::new(address, port)).await;
    }
    let permitted = alternating(
        addresses
            .iter()
            .copied()
            .filter(|&address| guard.permits(address)),
    );
    if permitted.is_empty() {
        return Err(match addresses.first() {
            Some(&address) => blocked(address),
            None => no_address("address"),
        });
    }
    race(&permitted, port).await
}

fn blocked(address: IpAddr) -> ProbeError {
    ProbeError::target(
        ErrorCode::BlockedTarget,
        format!("Address {address} is not allowed"),
    )
}

async fn open(address: SocketAddr) -> Result<TcpStream, ProbeError> {
    TcpStream::connect(address)
        .await
        .map_err(|error| ProbeError::connecting(&error, address))
}

/// IPv4 and IPv6 alternate, so that an unreachable family costs one delay.
fn alternating(addresses: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let (v4, v6): (Vec<_>, Vec<_>) = addresses.partition(IpAddr::is_ipv4);
    let longest = v4.len().max(v6.len());
    let mut all = Vec::with_capacity(v4.len() + v6.len());
    for index in 0..longest {
        all.extend(v4.get(index));
        all.extend(v6.get(index));
    }
    all.truncate(MAX_ADDRESSES);
    all
}

async fn race(addresses: &[IpAddr], port: u16) -> Result<TcpStream, ProbeError> {
    let mut waiting = addresses.iter().map(|&address| SocketAddr::new(address, port));
    let mut racing = FuturesUnordered::new();
    racing.extend(waiting.next().map(open));
    let mut first_error = None;
    loop {
        let more = waiting.len() > 0;
        tokio::select! {
            ended = racing.next() => match ended {
                Some(Ok(stream)) => return Ok(stream),
                Some(Err(error)) => {
                    first_error.get_or_insert(error);
                    racing.extend(waiting.next().map(open));
                }
                None => {
                    return Err(first_error.unwrap_or_else(|| {
                        ProbeError::target(ErrorCode::ConnectFailed, "Host has no address to connect to")
                    }));
                }
            },
            () = tokio::time::sleep(ATTEMPT_DELAY), if more => racing.extend(waiting.next().map(open)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_alternate() {
        let addresses = ["1.1.1.1", "1.1.1.2", "::1", "1.1.1.3"].map(|a| a.parse().unwrap());
        let order: Vec<_> = alternating(addresses.into_iter())
            .iter()
            .map(IpAddr::to_string)
            .collect();
        assert_eq!(order, ["1.1.1.1", "::1", "1.1.1.2", "1.1.1.3"]);
    }
}
