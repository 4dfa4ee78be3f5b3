//! A host by name or by address.

use std::net::IpAddr;

use rustls::pki_types::ServerName;
use url::{Host as UrlHost, Url};

/// A host by name or by address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Host {
    Name(Box<str>),
    Ip(IpAddr),
}

impl Host {
    /// Parses a host in normal form; an IPv6 address stands in brackets.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        match bare {
            Some(address) => address.parse().ok().map(Self::Ip),
            None if text.is_empty() => None,
            None => Some(text.parse().map_or_else(|_| Self::Name(text.into()), Self::Ip)),
        }
    }

    /// The server name of a TLS handshake.
    pub(crate) fn server_name(&self) -> Option<ServerName<'static>> {
        match self {
            Self::Ip(ip) => Some(ServerName::from(*ip)),
            Self::Name(name) => {
                let name = ServerName::try_from(name.trim_end_matches('.')).ok()?;
                Some(name.to_owned())
            }
        }
    }

    /// The host of a URL.
    pub(super) fn from_url(url: &Url) -> Option<Self> {
        Some(match url.host()? {
            UrlHost::Domain(name) => Self::Name(name.into()),
            UrlHost::Ipv4(ip) => Self::Ip(ip.into()),
            UrlHost::Ipv6(ip) => Self::Ip(ip.into()),
        })
    }

    /// A number that monitors of the same host share.
    pub(crate) fn key(&self) -> u32 {
        match self {
            Self::Name(name) => host_key(name.as_bytes()),
            Self::Ip(IpAddr::V4(ip)) => host_key(&ip.octets()),
            Self::Ip(IpAddr::V6(ip)) => host_key(&ip.octets()),
        }
    }
}

/// FNV-1a. Two hosts with the same key share a limit, which does no harm.
pub(crate) fn host_key(host: &[u8]) -> u32 {
    host.iter().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}
