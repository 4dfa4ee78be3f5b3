//! The probes below HTTP: TCP, TLS, DNS and ICMP.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// A TCP connection, and what is said on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TcpProbe {
    /// The host by name or address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What is sent once the connection is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<String>,
    /// What the answer must contain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
}

/// A TLS handshake and the certificate that it shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TlsProbe {
    /// The host by name or address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// A certificate that expires within so many days counts as down.
    pub warn_days: u16,
    /// Whether the certificate must be valid in other respects too.
    pub verify_tls: bool,
}

/// A question to a name server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DnsProbe {
    /// The name that is asked for.
    pub host: String,
    /// The type of the records that are asked for.
    pub record_type: RecordType,
    /// Texts of records that must be in the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<String>,
    /// The name server; the system's by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<NameServer>,
}

/// A name server by its address, written with the port only where it is not 53: `192.0.2.53`,
/// `[2001:db8::53]:5353`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameServer(pub SocketAddr);

/// The port of name servers.
const DNS_PORT: u16 = 53;

impl Serialize for NameServer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.port() {
            DNS_PORT => serializer.collect_str(&self.0.ip()),
            _ => serializer.collect_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for NameServer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let alone = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, DNS_PORT));
        alone
            .or_else(|_| text.parse())
            .map(Self)
            .map_err(|_| serde::de::Error::custom("must be an address such as 192.0.2.53"))
    }
}

/// Types of DNS records that can be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordType {
    /// IPv4 addresses.
    #[default]
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Which authorities may issue certificates.
    Caa,
    /// Another name.
    Cname,
    /// Mail servers.
    Mx,
    /// Name servers.
    Ns,
    /// The name of an address.
    Ptr,
    /// The start of authority.
    Soa,
    /// Servers of a service.
    Srv,
    /// Texts.
    Txt,
}

impl RecordType {
    /// The name in DNS.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Caa => "CAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Ptr => "PTR",
            Self::Soa => "SOA",
            Self::Srv => "SRV",
            Self::Txt => "TXT",
        }
    }
}

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
