//! DNS: a query to a name server.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use super::kind::Kind;
use crate::field_error::Errors;
use crate::monitor::address::endpoint;

/// A query to a name server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DnsProbe {
    /// The name to query.
    pub host: String,
    /// The record type to query.
    pub record_type: RecordType,
    /// Records that the answer must contain, as text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<String>,
    /// The name server; the system's by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<NameServer>,
}

/// Options of DNS monitors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DnsInput {
    /// The record type to query; A by default.
    pub record_type: Option<RecordType>,
    /// Records that the answer must contain, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Vec<String>>,
    /// The name server; the system's by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub resolver: Option<NameServer>,
}

impl Kind for DnsProbe {
    const NAME: &'static str = "dns";
    type Input = DnsInput;

    fn parse(url: &str, input: DnsInput, errors: &mut Errors) -> Option<Self> {
        let record_type = input.record_type.unwrap_or_default();
        let expected = input.expected.unwrap_or_default();
        let is_text = |text: &String| (1..=512).contains(&text.len());
        if expected.len() > 20 || !expected.iter().all(is_text) {
            errors.add("dns.expected", "must be at most 20 texts of 1 to 512 bytes");
        } else if !expected.iter().all(|text| record_type.admits(text)) {
            let message = match record_type {
                RecordType::A => "must be IPv4 addresses, which A records are",
                RecordType::Aaaa => "must be IPv6 addresses, which AAAA records are",
                RecordType::Caa => "must be as CAA records are: 0 issue \"letsencrypt.org\"",
                RecordType::Cname | RecordType::Ns | RecordType::Ptr => "must be names",
                RecordType::Mx => "must be as MX records are: 10 mail.example.org",
                RecordType::Soa => {
                    "must be as SOA records are: ns.example.org admin.example.org 1 7200 3600 1209600 3600"
                }
                RecordType::Srv => "must be as SRV records are: 0 5 5060 sip.example.org",
                RecordType::Txt => "must be texts that are not blank",
            };
            errors.add("dns.expected", message);
        } else if record_type.is_single() && expected.len() > 1 {
            errors.add(
                "dns.expected",
                format!("must be one text: a name has one {} record", record_type.as_str()),
            );
        }
        if input.resolver.is_some_and(|server| server.0.port() == 0) {
            errors.add("dns.resolver", "must not use port 0");
        }
        let (host, port) = endpoint(url, Self::NAME, errors)?;
        if port.is_some() {
            errors.add("url", "must not name a port");
        }
        if host.parse::<IpAddr>().is_ok() || host.starts_with('[') {
            errors.add("url", "must name a host, not an address");
        }
        Some(Self {
            host,
            record_type,
            expected,
            resolver: input.resolver,
        })
    }

    fn into_input(self) -> DnsInput {
        DnsInput {
            record_type: Some(self.record_type),
            expected: Some(self.expected).filter(|expected| !expected.is_empty()),
            resolver: self.resolver,
        }
    }

    fn url(&self) -> String {
        format!("dns://{}", self.host)
    }

    fn host(&self) -> String {
        self.host.clone()
    }
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

/// DNS record types that can be queried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordType {
    /// IPv4 addresses.
    #[default]
    A,
    /// IPv6 addresses.
    Aaaa,
    /// The authorities that may issue certificates.
    Caa,
    /// An alias of another name.
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
    /// Whether there can be a record of this type with such a text.
    fn admits(self, text: &str) -> bool {
        match self {
            Self::A => text.trim().parse::<Ipv4Addr>().is_ok(),
            Self::Aaaa => text.trim().parse::<Ipv6Addr>().is_ok(),
            Self::Caa => words(text).is_some_and(|(numbers, rest)| numbers == 1 && rest >= 2),
            Self::Cname | Self::Ns | Self::Ptr => text.split_whitespace().count() == 1,
            Self::Mx => words(text) == Some((1, 1)),
            Self::Soa => {
                let words: Vec<&str> = text.split_whitespace().collect();
                words.len() == 7 && words[2..].iter().all(|word| word.parse::<u32>().is_ok())
            }
            Self::Srv => words(text) == Some((3, 1)),
            Self::Txt => !text.trim().is_empty(),
        }
    }

    /// Whether a name has at most one such record.
    fn is_single(self) -> bool {
        matches!(self, Self::Cname | Self::Soa)
    }

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

/// How many numbers a record begins with, and how many words follow; `None` without any.
fn words(text: &str) -> Option<(usize, usize)> {
    let words = text.split_whitespace();
    let all = words.clone().count();
    let numbers = words.take_while(|word| word.parse::<u16>().is_ok()).count();
    (all > 0).then_some((numbers, all - numbers))
}
