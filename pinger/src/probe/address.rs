//! A web address, taken apart once so that no check has to parse it again.

use std::net::IpAddr;

use http::HeaderValue;
use http::uri::PathAndQuery;
use rustls::pki_types::ServerName;
use url::{Host as UrlHost, Url};

/// Where a request goes.
#[derive(Debug)]
pub(crate) struct Address {
    pub(super) host: Host,
    pub(super) port: u16,
    /// Whether it is `https`.
    pub(super) secure: bool,
    /// The value of the header `Host`.
    pub(super) authority: HeaderValue,
    /// The request's target: path and query.
    pub(super) path: PathAndQuery,
}

/// A host by name or by address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Host {
    Name(Box<str>),
    Ip(IpAddr),
}

impl Address {
    /// Takes `url` apart; `None` when it is not one that HTTP can be spoken to.
    pub(crate) fn of(url: &Url) -> Option<Self> {
        let secure = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let port = url.port_or_known_default()?;
        let host = Host::of(url)?;
        let name = url.host_str()?;
        if secure {
            host.server_name()?;
        }
        let authority = match url.port() {
            Some(port) => HeaderValue::try_from(format!("{name}:{port}")),
            None => HeaderValue::from_str(name),
        };
        let path = match url.query() {
            Some(query) => PathAndQuery::try_from(format!("{}?{query}", url.path())),
            None => PathAndQuery::try_from(url.path()),
        };
        Some(Self {
            host,
            port,
            secure,
            authority: authority.ok()?,
            path: path.ok()?,
        })
    }
}

impl Address {
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }
}

impl Host {
    /// Reads a host in normal form; an IPv6 address stands in brackets.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        match bare {
            Some(address) => address.parse().ok().map(Self::Ip),
            None if text.is_empty() => None,
            None => Some(text.parse().map_or_else(|_| Self::Name(text.into()), Self::Ip)),
        }
    }

    /// What is asked for in a TLS handshake.
    pub(crate) fn server_name(&self) -> Option<ServerName<'static>> {
        match self {
            Self::Ip(ip) => Some(ServerName::from(*ip)),
            Self::Name(name) => {
                let name = ServerName::try_from(name.trim_end_matches('.')).ok()?;
                Some(name.to_owned())
            }
        }
    }

    fn of(url: &Url) -> Option<Self> {
        Some(match url.host()? {
            UrlHost::Domain(name) => Self::Name(name.into()),
            UrlHost::Ipv4(ip) => Self::Ip(ip.into()),
            UrlHost::Ipv6(ip) => Self::Ip(ip.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use shared::guard::{TargetGuard, Targets};

    use super::*;

    fn address(url: &str) -> Address {
        Address::of(&url.parse().unwrap()).unwrap()
    }

    #[test]
    fn an_address_is_taken_apart() {
        let plain = address("http://example.org:8080/a?b=c");
        assert_eq!(plain.host, Host::Name("example.org".into()));
        assert_eq!((plain.port, plain.secure), (8080, false));
        assert_eq!(plain.authority, "example.org:8080");
        assert_eq!(plain.path.to_string(), "/a?b=c");

        let secure = address("https://[::1]/");
        assert_eq!(secure.port, 443);
        assert_eq!(secure.authority, "[::1]");
        assert!(secure.secure);
        assert!(Address::of(&"ftp://example.org/".parse().unwrap()).is_none());
    }

    #[test]
    fn however_an_inner_address_is_written_the_guard_sees_it() {
        let guard = TargetGuard::new(Targets::Public, Vec::new(), Vec::new());
        for host in [
            "127.0.0.1.",
            "127.1",
            "0177.0.0.1",
            "0x7f.0.0.1",
            "0x7f000001",
            "2130706433",
            "017700000001",
            "%31%32%37.0.0.1",
            "１２７。０。０。１",
            "0",
            "0xa9.254.0xa9.254",
            "2852039166",
            "10.256",
            "[0:0:0:0:0:ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:a9fe:a9fe]",
            "[64:ff9b::10.0.0.1]",
            "[0000::0001]",
            "[FE80::1]",
        ] {
            for url in [format!("http://{host}/"), format!("http://user@{host}:8080/a")] {
                match address(&url).host {
                    Host::Ip(ip) => assert!(!guard.permits(ip), "{url}: {ip}"),
                    Host::Name(name) => panic!("{url}: {name} would be resolved"),
                }
            }
        }
    }
}
