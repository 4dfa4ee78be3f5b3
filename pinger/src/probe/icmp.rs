//! An ICMP check: a few pings.

use std::time::Duration;

use domain::ErrorCode;
use domain::monitor::{IcmpProbe, PING_PAUSE_MS};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use surge_ping::{IcmpPacket, PingIdentifier, SurgeError};
use tokio::time::{Instant, sleep_until};

use super::connect;
use super::disclosure::ShownAddress;
use super::network::Network;
use super::trace::{Phase, Trace};
use crate::error::{CompileError, ProbeError};
use crate::target::Host;

/// The time between two pings.
const PAUSE: Duration = Duration::from_millis(PING_PAUSE_MS as u64);

/// How long an answer is still waited for when enough have come.
const GRACE: Duration = Duration::from_secs(1);

/// The least time that is left when a host has not answered.
const MARGIN: Duration = Duration::from_millis(10);

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
    trace: &mut Trace,
) -> Result<(), ProbeError> {
    let (packets, max_loss) = (u32::from(target.probe.packets), target.probe.max_loss_percent);
    let address = connect::first_address(network, &target.host, trace).await?;
    trace.enter(Phase::FirstByte);
    let client = network.pings.client(address)?;
    // Each answer may take as long as there is time, but for what it takes to say that there was none.
    let begun = Instant::now();
    let left = trace.left();
    let end = begun + left.saturating_sub((left / 20).max(MARGIN));
    let mut pings: FuturesUnordered<_> = (0..packets)
        .map(|packet| {
            let start = begun + PAUSE * packet;
            async move {
                sleep_until(start).await;
                let mut pinger = client.pinger(address, PingIdentifier(rand::random())).await;
                pinger.timeout(end.saturating_duration_since(start));
                pinger.ping(network.pings.next_sequence(), &PAYLOAD).await
            }
        })
        .collect();
    let mut replies = Replies::default();
    let mut enough = None;
    loop {
        let ended = tokio::select! {
            ended = pings.next() => ended,
            () = sleep_until(enough.unwrap_or(end)), if enough.is_some() => None,
        };
        match ended {
            None => break,
            Some(Err(SurgeError::IOError(error))) => {
                let whom = ShownAddress::new(&network.guard, address, address);
                return Err(ProbeError::connecting(&error, whom, address.is_ipv6()));
            }
            Some(Err(_)) => {}
            Some(Ok((packet, round_trip))) => replies.note(kind(&packet), round_trip),
        }
        // A host that is up for certain is not waited for until the time-out.
        if enough.is_none() && replies.judge(packets, max_loss).is_ok() {
            enough = Some(Instant::now().max(begun + PAUSE * packets) + GRACE);
        }
    }
    trace.finish();
    if let Some(mean) = replies.mean() {
        trace.set_round_trip(mean);
    }
    replies.judge(packets, max_loss)
}

/// What an ICMP packet says of a ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    /// The host has answered.
    Echo,
    /// A router cannot deliver it.
    Unreachable,
    /// Something else, such as that its time to live is over.
    Other,
}

fn kind(packet: &IcmpPacket) -> Reply {
    // The numbers of types by RFC 792 and RFC 4443.
    match packet {
        IcmpPacket::V4(packet) => match packet.get_icmp_type().0 {
            0 => Reply::Echo,
            3 => Reply::Unreachable,
            _ => Reply::Other,
        },
        IcmpPacket::V6(packet) => match packet.get_icmpv6_type().0 {
            129 => Reply::Echo,
            1 => Reply::Unreachable,
            _ => Reply::Other,
        },
    }
}

/// What has come back.
#[derive(Debug, Default)]
struct Replies {
    answered: u32,
    total: Duration,
    is_unreachable: bool,
}

impl Replies {
    fn note(&mut self, reply: Reply, round_trip: Duration) {
        match reply {
            Reply::Echo => {
                self.answered += 1;
                self.total += round_trip;
            }
            Reply::Unreachable => self.is_unreachable = true,
            Reply::Other => {}
        }
    }

    fn mean(&self) -> Option<Duration> {
        self.total.checked_div(self.answered)
    }

    fn judge(&self, sent: u32, max_loss_percent: u8) -> Result<(), ProbeError> {
        if self.answered == 0 && self.is_unreachable {
            return Err(ProbeError::target(
                ErrorCode::HostUnreachable,
                "Destination unreachable, says a router on the way",
            ));
        }
        judge(sent, self.answered, max_loss_percent)
    }
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
mod replies;

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

    #[test]
    fn only_an_echo_counts_as_an_answer() {
        let mut replies = Replies::default();
        replies.note(Reply::Unreachable, Duration::from_millis(1));
        replies.note(Reply::Other, Duration::from_millis(1));
        assert_eq!(replies.mean(), None);
        let Err(ProbeError::Target(failure)) = replies.judge(2, 50) else {
            panic!("{replies:?}")
        };
        assert_eq!(failure.code, ErrorCode::HostUnreachable);
        replies.note(Reply::Echo, Duration::from_millis(40));
        replies.note(Reply::Echo, Duration::from_millis(60));
        assert_eq!(replies.mean(), Some(Duration::from_millis(50)));
        assert!(replies.judge(4, 50).is_ok());
    }
}
