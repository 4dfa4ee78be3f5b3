//! TCP connections to hosts that the target guard permits: names are resolved and addresses are tried side by side
//! (RFC 8305), with IPv4 first.

mod candidates;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use domain::monitor::IpFamily;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use shared::guard::TargetGuard;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

use self::candidates::Candidates;
use super::disclosure::{ShownAddress, blocked};
use super::network::Network;
use super::trace::{Phase, Trace};
use crate::error::ProbeError;
use crate::target::{Host, no_address};

/// The delay before the next address is tried as well.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// The same where many addresses have to be tried before a time-out.
const MIN_ATTEMPT_DELAY: Duration = Duration::from_millis(10);

/// How many addresses are tried at a time, before the oldest attempt is given up.
const MAX_RACING: usize = 6;

/// How long the addresses for IPv6 wait for those for IPv4.
const RESOLUTION_DELAY: Duration = Duration::from_millis(50);

/// How long a host that cannot be reached by IPv4 may take to tell its addresses for IPv6.
const V6_PATIENCE: Duration = Duration::from_secs(2);

/// Resolves a host and connects to it.
pub(super) async fn dial(
    network: &Network,
    host: &Host,
    port: u16,
    family: IpFamily,
    trace: &mut Trace,
) -> Result<TcpStream, ProbeError> {
    let stream = reach(network, host, port, family, trace).await?;
    // Elsewhere every address that is connected to may be shown.
    trace.is_unseen = network.guard.permits_unseen()
        && stream
            .peer_addr()
            .is_ok_and(|peer| !network.guard.shows(peer.ip()));
    Ok(stream)
}

async fn reach(
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
            if !network.guard.permits(*address) {
                return Err(blocked(&network.guard, *address));
            }
            trace.enter(Phase::Connect);
            open(&network.guard, SocketAddr::new(*address, port)).await
        }
        Host::Name(name) => Box::pin(race(network, name, port, family, trace)).await,
    }
}

/// Resolves a host to the first of its addresses that the guard permits.
pub(super) async fn first_address(
    network: &Network,
    host: &Host,
    trace: &mut Trace,
) -> Result<IpAddr, ProbeError> {
    let name = match host {
        Host::Ip(address) if network.guard.permits(*address) => return Ok(*address),
        Host::Ip(address) => return Err(blocked(&network.guard, *address)),
        Host::Name(name) => name,
    };
    trace.look_up(name);
    let mut lookups = network.resolver.lookups(name, IpFamily::Any);
    let mut candidates = Candidates::default();
    let mut refused = None;
    loop {
        // There is no second address to go on with: IPv6 waits longer.
        let found = if lookups.waits_for_v4() && !candidates.is_empty() {
            timeout(trace.left() / 4, lookups.next()).await.ok().flatten()
        } else {
            lookups.next().await
        };
        let is_last = found.is_none();
        for address in found.into_iter().flatten() {
            admit(&network.guard, address, &mut candidates, &mut refused);
        }
        if (is_last || !lookups.waits_for_v4())
            && let Some(address) = candidates.next()
        {
            return Ok(address);
        }
        if is_last {
            let what = lookups.wanted();
            return Err(refused.unwrap_or_else(|| lookups.problem().into_system_error(name, what)));
        }
    }
}

/// The guard checks the very address that is connected to.
fn admit(
    guard: &TargetGuard,
    address: IpAddr,
    candidates: &mut Candidates,
    refused: &mut Option<ProbeError>,
) {
    if guard.permits(address) {
        candidates.add(address);
    } else {
        refused.get_or_insert_with(|| blocked(guard, address));
    }
}

async fn open(guard: &TargetGuard, address: SocketAddr) -> Result<TcpStream, ProbeError> {
    TcpStream::connect(address)
        .await
        .map_err(|error| failed(guard, &error, address))
}

fn failed(guard: &TargetGuard, error: &io::Error, address: SocketAddr) -> ProbeError {
    ProbeError::connecting(
        error,
        ShownAddress::new(guard, address.ip(), address),
        address.is_ipv6(),
    )
}

/// As [`open`], given up after a while.
async fn open_within(
    guard: &TargetGuard,
    patience: Duration,
    address: SocketAddr,
) -> Result<TcpStream, ProbeError> {
    let timed_out = || failed(guard, &io::ErrorKind::TimedOut.into(), address);
    timeout(patience, open(guard, address))
        .await
        .unwrap_or_else(|_| Err(timed_out()))
}

/// Connects to the first address of a name that accepts, while others are still being looked for.
async fn race(
    network: &Network,
    name: &str,
    port: u16,
    family: IpFamily,
    trace: &mut Trace,
) -> Result<TcpStream, ProbeError> {
    trace.look_up(name);
    let mut lookups = network.resolver.lookups(name, family);
    let mut candidates = Candidates::default();
    let mut racing = FuturesUnordered::new();
    let (mut refused, mut failed) = (None, None);
    let mut next_attempt = Instant::now();
    let mut give_up = next_attempt;
    let mut in_trouble = false;
    loop {
        if Instant::now() >= next_attempt
            && let Some(address) = candidates.next()
        {
            if racing.is_empty() {
                trace.enter(Phase::Connect);
            }
            let delay = attempt_delay(trace.left(), candidates.len());
            next_attempt = Instant::now() + delay;
            // The last ones may take all the time that is left.
            let patience = if candidates.len() < MAX_RACING {
                trace.left()
            } else {
                delay * MAX_RACING as u32
            };
            racing.push(open_within(
                &network.guard,
                patience,
                SocketAddr::new(address, port),
            ));
            continue;
        }
        let is_idle = racing.is_empty() && candidates.is_empty();
        let asks = !lookups.is_finished() && (in_trouble || is_idle || !lookups.holds_v6());
        let waits = !candidates.is_empty() || (!lookups.is_finished() && !asks && !racing.is_empty());
        if racing.is_empty() && !asks && !waits {
            let what = lookups.wanted();
            let failure = failed.or(refused);
            return Err(failure.unwrap_or_else(|| lookups.problem().into_system_error(name, what)));
        }
        if is_idle && lookups.waits_for_v4() {
            trace.enter(Phase::Dns);
        }
        tokio::select! {
            biased;
            Some(ended) = racing.next() => match ended {
                Ok(stream) => return Ok(stream),
                Err(error) => {
                    failed.get_or_insert(error);
                    next_attempt = Instant::now();
                    give_up = next_attempt + V6_PATIENCE.min(trace.left() / 2);
                    in_trouble = true;
                }
            },
            found = lookups.next(), if asks => {
                for address in found.into_iter().flatten() {
                    admit(&network.guard, address, &mut candidates, &mut refused);
                }
                if racing.is_empty() {
                    let delay = if lookups.waits_for_v4() { RESOLUTION_DELAY } else { Duration::ZERO };
                    next_attempt = Instant::now() + delay;
                }
            }
            () = sleep_until(next_attempt), if waits => in_trouble |= !racing.is_empty(),
            () = sleep_until(give_up), if is_idle && failed.is_some() && !lookups.waits_for_v4() => {
                lookups.abandon();
            }
        }
    }
}

/// The delay before the next attempt: short enough that all `others` have their turn in the time that is `left`.
fn attempt_delay(left: Duration, others: usize) -> Duration {
    let others = u32::try_from(others).unwrap_or(u32::MAX).saturating_add(1);
    (left / others).clamp(MIN_ATTEMPT_DELAY, ATTEMPT_DELAY)
}
