//! The fields that only TCP, TLS, DNS or ICMP monitors have. Where they connect to stands in `url`, as in
//! `tcp://example.org:5432`.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::errors::Errors;
use crate::monitor::net::{DnsProbe, IcmpProbe, NameServer, RecordType, TcpProbe, TlsProbe};
use crate::monitor::target::parse_endpoint;

/// Days before a certificate's end on which it counts as down, by default.
const WARN_DAYS: u16 = 14;
/// Pings of a check, by default.
const PACKETS: u8 = 3;
/// Pings of a hundred that may be lost, by default.
const MAX_LOSS_PERCENT: u8 = 50;

/// The part of a monitor that only TCP has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TcpInput {
    /// What is sent once the connection is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send: Option<String>,
    /// What the answer must contain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
}

/// The part of a monitor that only TLS has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TlsInput {
    /// A certificate that expires within so many days counts as down; 14 by default.
    pub warn_days: Option<u16>,
    /// Whether the certificate must be valid in other respects too; true by default.
    pub verify_tls: Option<bool>,
}

/// The part of a monitor that only DNS has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DnsInput {
    /// The type of the records that are asked for; A by default.
    pub record_type: Option<RecordType>,
    /// Texts of records that must be in the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Vec<String>>,
    /// The name server; the system's by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub resolver: Option<NameServer>,
}

/// The part of a monitor that only ICMP has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IcmpInput {
    /// How many pings are sent; 3 by default.
    pub packets: Option<u8>,
    /// How many of a hundred pings may be lost; 50 by default.
    pub max_loss_percent: Option<u8>,
}

/// The host and the port in `url`; nothing when they are not valid, which is then told.
fn endpoint(url: &str, scheme: &str, errors: &mut Errors) -> Option<(String, Option<u16>)> {
    parse_endpoint(url, scheme)
        .map_err(|message| errors.add("url", message))
        .ok()
}

impl TcpInput {
    pub(super) fn probe(self, url: &str, errors: &mut Errors) -> Option<TcpProbe> {
        errors.text("tcp.send", self.send.as_deref(), 1_024);
        errors.text("tcp.expect", self.expect.as_deref(), 1_024);
        let (host, port) = endpoint(url, "tcp", errors)?;
        let Some(port) = port else {
            errors.add("url", "must name a port, as in tcp://example.org:5432");
            return None;
        };
        Some(TcpProbe {
            host,
            port,
            send: self.send,
            expect: self.expect,
        })
    }
}

impl TlsInput {
    pub(super) fn probe(self, url: &str, errors: &mut Errors) -> Option<TlsProbe> {
        let warn_days = self.warn_days.unwrap_or(WARN_DAYS);
        errors.range("tls.warn_days", u32::from(warn_days), 0, 365);
        let (host, port) = endpoint(url, "tls", errors)?;
        Some(TlsProbe {
            host,
            port: port.unwrap_or(443),
            warn_days,
            verify_tls: self.verify_tls.unwrap_or(true),
        })
    }
}

impl DnsInput {
    pub(super) fn probe(self, url: &str, errors: &mut Errors) -> Option<DnsProbe> {
        let expected = self.expected.unwrap_or_default();
        let is_text = |text: &String| (1..=512).contains(&text.len());
        if expected.len() > 20 || !expected.iter().all(is_text) {
            errors.add("dns.expected", "must be at most 20 texts of 1 to 512 bytes");
        }
        let (host, port) = endpoint(url, "dns", errors)?;
        if port.is_some() {
            errors.add("url", "must not name a port");
        }
        if host.parse::<IpAddr>().is_ok() || host.starts_with('[') {
            errors.add("url", "must name a host, not an address");
        }
        Some(DnsProbe {
            host,
            record_type: self.record_type.unwrap_or_default(),
            expected,
            resolver: self.resolver,
        })
    }
}

impl IcmpInput {
    pub(super) fn probe(self, url: &str, errors: &mut Errors) -> Option<IcmpProbe> {
        let packets = self.packets.unwrap_or(PACKETS);
        let max_loss_percent = self.max_loss_percent.unwrap_or(MAX_LOSS_PERCENT);
        errors.range("icmp.packets", u32::from(packets), 1, 10);
        errors.range("icmp.max_loss_percent", u32::from(max_loss_percent), 0, 99);
        let (host, port) = endpoint(url, "icmp", errors)?;
        if port.is_some() {
            errors.add("url", "must not name a port");
        }
        Some(IcmpProbe {
            host,
            packets,
            max_loss_percent,
        })
    }
}

impl From<TcpProbe> for TcpInput {
    fn from(probe: TcpProbe) -> Self {
        Self {
            send: probe.send,
            expect: probe.expect,
        }
    }
}

impl From<TlsProbe> for TlsInput {
    fn from(probe: TlsProbe) -> Self {
        Self {
            warn_days: Some(probe.warn_days),
            verify_tls: Some(probe.verify_tls),
        }
    }
}

impl From<DnsProbe> for DnsInput {
    fn from(probe: DnsProbe) -> Self {
        Self {
            record_type: Some(probe.record_type),
            expected: Some(probe.expected).filter(|expected| !expected.is_empty()),
            resolver: probe.resolver,
        }
    }
}

impl From<IcmpProbe> for IcmpInput {
    fn from(probe: IcmpProbe) -> Self {
        Self {
            packets: Some(probe.packets),
            max_loss_percent: Some(probe.max_loss_percent),
        }
    }
}
