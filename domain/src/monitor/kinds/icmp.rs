//! ICMP: pings.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::kind::Kind;
use crate::field_error::Errors;
use crate::monitor::address::endpoint;

/// Pings of a check, by default.
const DEFAULT_PACKETS: u8 = 3;
/// Pings of a hundred that may be lost, by default.
const DEFAULT_MAX_LOSS_PERCENT: u8 = 50;

/// The time between two pings of a check, in milliseconds.
pub const PING_PAUSE_MS: u32 = 100;

/// Pings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IcmpProbe {
    /// The host by name or address.
    pub host: String,
    /// How many pings are sent.
    pub packets: u8,
    /// How many of a hundred pings may be lost.
    pub max_loss_percent: u8,
}

/// Options of ICMP monitors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IcmpInput {
    /// How many pings are sent; 3 by default.
    pub packets: Option<u8>,
    /// How many of a hundred pings may be lost; 50 by default.
    pub max_loss_percent: Option<u8>,
}

impl Kind for IcmpProbe {
    const NAME: &'static str = "icmp";
    type Input = IcmpInput;

    fn parse(url: &str, input: IcmpInput, errors: &mut Errors) -> Option<Self> {
        let packets = input.packets.unwrap_or(DEFAULT_PACKETS);
        let max_loss_percent = input.max_loss_percent.unwrap_or(DEFAULT_MAX_LOSS_PERCENT);
        errors.range("icmp.packets", u32::from(packets), 1, 10);
        errors.range("icmp.max_loss_percent", u32::from(max_loss_percent), 0, 99);
        let (host, port) = endpoint(url, Self::NAME, errors)?;
        if port.is_some() {
            errors.add("url", "must not name a port");
        }
        Some(Self {
            host,
            packets,
            max_loss_percent,
        })
    }

    fn into_input(self) -> IcmpInput {
        IcmpInput {
            packets: Some(self.packets),
            max_loss_percent: Some(self.max_loss_percent),
        }
    }

    fn url(&self) -> String {
        format!("icmp://{}", self.host)
    }

    fn host(&self) -> String {
        self.host.clone()
    }

    fn least_timeout_ms(&self) -> Option<(u32, String)> {
        // As much as one pause is left for the answer to the last one.
        let least = u32::from(self.packets) * PING_PAUSE_MS;
        let packets = self.packets;
        Some((
            least,
            format!("{packets} pings are sent {PING_PAUSE_MS} ms apart"),
        ))
    }
}
