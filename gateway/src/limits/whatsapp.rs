//! Limits of what Meta, or somebody in its name, sends to the addresses of WhatsApp channels. Whether it is signed is not
//! known here, so that it counts for its sender. Meta sends for everybody from the same few networks: what is sent to one
//! channel must not hold up the others.

use std::fmt;

use shared::http::client_address::AddressPrefix;

use super::MINUTE;
use super::bucket::Verdict;
use super::exchange::Exchange;
use super::keyed::Keyed;
use super::network::PerNetwork;

/// What may be sent from one network to one channel in a minute: three calls for each message.
const OF_CHANNEL_PER_MINUTE: u32 = 1_200;

/// What may be sent from one network in a minute, to all channels together.
const OF_NETWORK_PER_MINUTE: u32 = 12_000;

/// What a network sends to a channel.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Sender(AddressPrefix, i64);

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.1, self.0)
    }
}

/// Counts calls.
pub(super) struct WhatsApp {
    channels: Keyed<Sender>,
    networks: PerNetwork,
}

impl WhatsApp {
    pub(super) fn new(exchange: &Exchange) -> Self {
        Self {
            channels: Keyed::new(exchange, "whatsapp", OF_CHANNEL_PER_MINUTE, MINUTE),
            networks: PerNetwork::new(exchange, "whatsapp-network", OF_NETWORK_PER_MINUTE, MINUTE),
        }
    }

    /// Counts once. What a channel is refused is not counted for the network.
    pub(super) fn count(&self, from: AddressPrefix, channel: i64) -> Verdict {
        let of_channel = self.channels.count(Sender(from, channel));
        match of_channel.is_refusal() {
            true => of_channel,
            false => of_channel.tighter(self.networks.count(from)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> AddressPrefix {
        AddressPrefix::of(address.parse().unwrap())
    }

    /// How many calls are taken until one is refused, of so many.
    fn taken(limit: &WhatsApp, address: &str, channel: i64, calls: u32) -> usize {
        let calls = (0..calls).take_while(|_| !limit.count(from(address), channel).is_refusal());
        calls.count()
    }

    #[test]
    fn a_channel_holds_up_no_other_one() {
        let limit = WhatsApp::new(&Exchange::alone());
        let all = OF_CHANNEL_PER_MINUTE as usize;
        // Some is replenished meanwhile.
        let first = taken(&limit, "192.0.2.1", 1, OF_NETWORK_PER_MINUTE);
        assert!((all..OF_NETWORK_PER_MINUTE as usize).contains(&first), "{first}");
        assert_eq!(taken(&limit, "192.0.2.1", 2, OF_CHANNEL_PER_MINUTE), all);
        assert_eq!(taken(&limit, "192.0.2.2", 1, OF_CHANNEL_PER_MINUTE), all);
    }

    #[test]
    fn a_network_has_so_many_for_all_channels_together() {
        let limit = WhatsApp::new(&Exchange::alone());
        let channels = (0..i64::from(10 * OF_NETWORK_PER_MINUTE))
            .take_while(|channel| taken(&limit, "192.0.2.1", *channel, 1) == 1);
        let channels = channels.count();
        let least = OF_NETWORK_PER_MINUTE as usize;
        assert!((least..10 * least).contains(&channels), "{channels}");
        assert_eq!(taken(&limit, "192.0.2.2", 1, 1), 1);
    }
}
