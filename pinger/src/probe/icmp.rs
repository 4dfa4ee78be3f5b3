//! An ICMP check: a few pings. An unprivileged socket is tried first, then a raw one.

use std::io;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use domain::ErrorCode;
use surge_ping::{Client, Config, ICMP, PingIdentifier, PingSequence, SurgeError};

use super::failure::Fault;
use super::trace::{Phase, Trace};
use super::{Engine, connect};
use crate::monitor::IcmpTarget;

/// The pause between two pings.
const PAUSE: Duration = Duration::from_millis(100);

/// What a ping carries.
const PAYLOAD: [u8; 32] = [0x55; 32];

/// The sockets, which are opened when they are first needed.
#[derive(Default)]
pub(super) struct Pings {
    v4: OnceLock<Client>,
    v6: OnceLock<Client>,
    // Replies are told apart by it, also of checks that ping the same host at a time.
    sequence: AtomicU16,
}

impl std::fmt::Debug for Pings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pings").finish_non_exhaustive()
    }
}

impl Pings {
    fn client(&self, address: IpAddr) -> Result<&Client, Fault> {
        let (cell, kind) = match address {
            IpAddr::V4(_) => (&self.v4, ICMP::V4),
            IpAddr::V6(_) => (&self.v6, ICMP::V6),
        };
        opened(cell, || Client::new(&Config::builder().kind(kind).build()))
    }
}

/// What is in the cell, or else opened now. A failure is not kept: descriptors come free again.
fn opened<T>(cell: &OnceLock<T>, open: impl FnOnce() -> io::Result<T>) -> Result<&T, Fault> {
    if let Some(open) = cell.get() {
        return Ok(open);
    }
    let new = open().map_err(|error| Fault::Ours(format!("there is no socket for pings: {error}")))?;
    Ok(cell.get_or_init(|| new))
}

/// Pings the host, and measures how many pings are answered, and how fast.
pub(super) async fn probe(
    engine: &Engine,
    target: &IcmpTarget,
    timeout: Duration,
    trace: &mut Trace,
) -> Result<(), Fault> {
    let probe = &target.probe;
    let address = connect::first_address(engine, &target.host, trace).await?;
    trace.enter(Phase::FirstByte);
    let client = engine.pings.client(address)?;
    let mut pinger = client.pinger(address, PingIdentifier(rand::random())).await;
    // Every ping has its share of the time, so that the last one can still be lost in time.
    let share = timeout.saturating_sub(PAUSE * u32::from(probe.packets)) / (u32::from(probe.packets) + 1);
    pinger.timeout(share.max(Duration::from_millis(10)));
    let mut round_trips = Vec::with_capacity(usize::from(probe.packets));
    for packet in 0..probe.packets {
        if packet > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        let sequence = engine.pings.sequence.fetch_add(1, Ordering::Relaxed);
        match pinger.ping(PingSequence(sequence), &PAYLOAD).await {
            Ok((_, round_trip)) => round_trips.push(round_trip),
            Err(SurgeError::IOError(error)) => return Err(Fault::connecting(&error, address)),
            Err(_) => {}
        }
    }
    trace.finish();
    let answered = round_trips.len() as u32;
    if answered > 0 {
        let mean = round_trips.iter().sum::<Duration>() / answered;
        trace.set_round_trip(mean);
    }
    judge(u32::from(probe.packets), answered, probe.max_loss_percent)
}

fn judge(sent: u32, answered: u32, max_loss_percent: u8) -> Result<(), Fault> {
    if answered == 0 {
        return Err(Fault::target(
            ErrorCode::IcmpTimeout,
            format!("none of {sent} pings was answered"),
        ));
    }
    let lost = sent - answered;
    if lost * 100 > sent * u32::from(max_loss_percent) {
        return Err(Fault::target(
            ErrorCode::IcmpLoss,
            format!("{lost} of {sent} pings were lost"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_could_not_be_opened_is_tried_anew() {
        let cell = OnceLock::new();
        let none = opened(&cell, || Err(rustix::io::Errno::MFILE.into()));
        assert!(matches!(none, Err(Fault::Ours(_))));
        assert_eq!(opened(&cell, || Ok(7)).unwrap(), &7);
        assert_eq!(opened(&cell, || Ok(8)).unwrap(), &7, "one is enough");
    }

    #[test]
    fn loss_is_judged_by_its_share() {
        let code = |sent, answered, max| match judge(sent, answered, max) {
            Ok(()) => None,
            Err(Fault::Target(failure)) => Some(failure.code),
            Err(Fault::Ours(why)) => panic!("{why}"),
        };
        assert_eq!(code(3, 3, 0), None);
        assert_eq!(code(4, 2, 50), None);
        assert_eq!(code(3, 1, 50), Some(ErrorCode::IcmpLoss));
        assert_eq!(code(3, 0, 99), Some(ErrorCode::IcmpTimeout));
    }
}
