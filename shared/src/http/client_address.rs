//! From which address a request comes, with proxies in front or without, and as whose it counts.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use ipnet::IpNet;

use crate::guard::parse_blocks;
use crate::settings::Reader;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// As whose requests from an address count: an IPv4 host, or the /64 network of an IPv6 host, which has all of its
/// addresses for itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AddressPrefix(IpAddr);

impl AddressPrefix {
    /// That of an address.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            v4 => v4,
        })
    }

    /// The larger network that it is a part of, if it is of IPv6.
    pub fn site(self) -> Option<SitePrefix> {
        match self.0 {
            IpAddr::V6(v6) => {
                let [a, b, c, ..] = v6.segments();
                Some(SitePrefix([a, b, c]))
            }
            IpAddr::V4(_) => None,
        }
    }
}

/// The /48 network of an IPv6 host, which providers give to one customer: it holds 65,536 prefixes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SitePrefix([u16; 3]);

impl fmt::Display for AddressPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(v4) => v4.fmt(f),
            IpAddr::V6(v6) => write!(f, "{v6}/64"),
        }
    }
}

impl fmt::Display for SitePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.0;
        write!(f, "{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
    }
}

/// Which proxies in front are believed when they say for whom they ask.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    /// Whoever connects is one.
    peer: bool,
    /// Those beyond it.
    blocks: Vec<IpNet>,
}

impl TrustedProxies {
    /// Reads `TRUST_FORWARDED_FOR` and `TRUSTED_PROXIES`.
    pub fn read(env: &mut Reader) -> Self {
        Self {
            peer: env.flag(
                "TRUST_FORWARDED_FOR",
                false,
                "whether whoever connects is a proxy that appends the client's address to X-Forwarded-For",
            ),
            blocks: env
                .parsed(
                    "TRUSTED_PROXIES",
                    "",
                    "comma-separated CIDR blocks of proxies that append to X-Forwarded-For, for example 10.0.0.0/8",
                    parse_blocks,
                )
                .unwrap_or_default(),
        }
    }

    /// Whether an address that connects is a proxy's.
    pub fn is_proxy(&self, peer: IpAddr) -> bool {
        self.peer || self.is_named(peer)
    }

    fn is_named(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.blocks.iter().any(|block| block.contains(&address))
    }

    /// The address of whom a request is from: the peer's, or, where that is a trusted proxy, the last address in
    /// `X-Forwarded-For` that is none. What stands before it, its sender may have made up.
    pub fn client(&self, request: &HttpRequest) -> Option<IpAddr> {
        Some(self.client_of(request.peer_addr()?.ip(), request.headers()))
    }

    fn client_of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.is_proxy(client) {
            return client;
        }
        // Each line goes on where the one before ends (RFC 9110, section 5.2).
        let lines = headers.get_all(FORWARDED_FOR).rev();
        let entries = lines.flat_map(|line| line.as_bytes().rsplit(|b| *b == b','));
        for entry in entries {
            let Some(address) = std::str::from_utf8(entry).ok().and_then(parse_entry) else {
                break;
            };
            client = address;
            if !self.is_named(address) {
                break;
            }
        }
        client
    }
}

/// An address, which some proxies write with a port.
fn parse_entry(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()));
    let address = address.or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn proxies(peer: bool, blocks: &str) -> TrustedProxies {
        TrustedProxies {
            peer,
            blocks: parse_blocks(blocks).unwrap(),
        }
    }

    fn client(proxies: &TrustedProxies, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            let name = HeaderName::from_static(FORWARDED_FOR);
            headers.append(name, HeaderValue::from_str(line).unwrap());
        }
        proxies.client_of(ip("10.0.0.1"), &headers).to_string()
    }

    #[test]
    fn without_a_proxy_nothing_is_believed() {
        for nobody in [proxies(false, ""), proxies(false, "10.0.1.0/24")] {
            assert_eq!(client(&nobody, &["6.6.6.6"]), "10.0.0.1");
        }
    }

    #[test]
    fn the_last_entry_is_the_one_that_the_proxy_has_written() {
        let one = proxies(true, "");
        for (lines, expected) in [
            (vec![], "10.0.0.1"),
            (vec!["192.0.2.1"], "192.0.2.1"),
            (vec!["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
            // A proxy that adds a line of its own, or several that do.
            (vec!["6.6.6.6", "192.0.2.1"], "192.0.2.1"),
            (vec!["6.6.6.6", "6.6.6.7, 192.0.2.1"], "192.0.2.1"),
            (vec!["192.0.2.1:52114"], "192.0.2.1"),
            (vec!["[2001:db8::7]:443"], "2001:db8::7"),
            (vec!["[2001:db8::7]"], "2001:db8::7"),
            (vec!["::ffff:192.0.2.1"], "192.0.2.1"),
            (vec!["192.0.2.1, unknown"], "10.0.0.1"),
            (vec!["192.0.2.1,"], "10.0.0.1"),
        ] {
            assert_eq!(client(&one, &lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn proxies_behind_each_other_are_passed_over() {
        let chain = proxies(false, "10.0.0.0/8, 203.0.113.7");
        for (lines, expected) in [
            (vec!["6.6.6.6, 192.0.2.1, 203.0.113.7, 10.0.0.9"], "192.0.2.1"),
            (vec!["6.6.6.6, 192.0.2.1", "203.0.113.7", "10.0.0.9"], "192.0.2.1"),
            (vec!["10.0.0.8, 10.0.0.9"], "10.0.0.8"),
            (vec!["192.0.2.1, nonsense, 203.0.113.7"], "203.0.113.7"),
        ] {
            assert_eq!(client(&chain, &lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_network_of_one_host_counts_as_one() {
        let prefix = |text| AddressPrefix::of(ip(text)).to_string();
        assert_eq!(prefix("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(prefix("2001:db8:1:2::1"), prefix("2001:db8:1:2:ffff::1"));
        assert_ne!(prefix("2001:db8:1:2::1"), prefix("2001:db8:1:3::1"));
        assert_eq!(prefix("::ffff:192.0.2.1"), "192.0.2.1");
        assert_ne!(prefix("192.0.2.1"), prefix("192.0.2.2"));
        let site = |text| AddressPrefix::of(ip(text)).site();
        assert_eq!(site("2001:db8:1:2::1"), site("2001:db8:1:3::1"));
        assert_ne!(site("2001:db8:1:2::1"), site("2001:db8:2:2::1"));
        assert_eq!(site("::ffff:192.0.2.1"), None);
    }
}
