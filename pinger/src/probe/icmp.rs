//! An ICMP check: a few pings.

use std::time::Duration;

use domain::ErrorCode;
use domain::monitor::IcmpProbe;
use surge_ping::{PingIdentifier, SurgeError};

use super::connect;
use super::network::Network;
use super::trace::{Phase, Trace};
use crate::error::{CompileError, ProbeError};
use crate::target::Host;

/// The pause between two pings.
const PAUSE: Duration = Duration::from_millis(100);

/// The payload of a ping.
const PAYLOAD: [u8; 32] = [0x55; 32];

/// A host that is pinged.
#[derive(Debug)]
pub(crate) struct IcmpTarget {
    pub(super) host: Host,
    probe: IcmpProbe,
}

impl IcmpTarget {
    pub(super) fn compile(probe: IcmpProbe) -> Result<Self, CompileError> {
        let host = Host::parse(&probe.host).ok_or(CompileError::Url)?;
        Ok(Self { host, probe })
    }
}

/// Pings the host, and measures how many pings are answered, and how fast.
pub(super) async fn probe(
    network: &Network,
    target: &IcmpTarget,
    timeout: Duration,
    trace: &mut Trace,
) -> Result<(), ProbeError> {
    let probe = &target.probe;
    let address = connect::first_address(network, &target.host, trace).await?;
    trace.enter(Phase::FirstByte);
    let client = network.pings.client(address)?;
    let mut pinger = client.pinger(address, PingIdentifier(rand::random())).await;
    // Each ping has a share of the time, so that even the last one can time out before the deadline.
    let share = timeout.saturating_sub(PAUSE * u32::from(probe.packets)) / (u32::from(probe.packets) + 1);
    pinger.timeout(share.max(Duration::from_millis(10)));
    let mut round_trips = Vec::with_capacity(usize::from(probe.packets));
    for packet in 0..probe.packets {
        if packet > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        match pinger.ping(network.pings.next_sequence(), &PAYLOAD).await {
            Ok((_, round_trip)) => round_trips.push(round_trip),
            Err(SurgeError::IOError(error)) => return Err(ProbeError::connecting(&error, address)),
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

fn judge(sent: u32, answered: u32, max_loss_percent: u8) -> Result<(), ProbeError> {
    if answered == 0 {
        return Err(ProbeError::target(
            ErrorCode::IcmpTimeout,
            format!("No reply to {sent} pings"),
        ));
    }
    let lost = sent - answered;
    if lost * 100 > sent * u32::from(max_loss_percent) {
        return Err(ProbeError::target(
            ErrorCode::IcmpLoss,
            format!("{lost} of {sent} pings lost"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_is_judged_by_its_share() {
        let code = |sent, answered, max| match judge(sent, answered, max) {
            Ok(()) => None,
            Err(ProbeError::Target(failure)) => Some(failure.code),
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(code(3, 3, 0), None);
        assert_eq!(code(4, 2, 50), None);
        assert_eq!(code(3, 1, 50), Some(ErrorCode::IcmpLoss));
        assert_eq!(code(3, 0, 99), Some(ErrorCode::IcmpTimeout));
    }
}
