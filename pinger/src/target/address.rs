//! A web address, parsed once so that no check has to do it again.

use http::HeaderValue;
use http::uri::PathAndQuery;
use url::Url;

use super::host::Host;

/// Where a request goes.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) host: Host,
    pub(crate) port: u16,
    /// Whether it is `https`.
    pub(crate) secure: bool,
    /// The value of the header `Host`.
    pub(crate) authority: HeaderValue,
    /// The request's target: path and query.
    pub(crate) path: PathAndQuery,
}

impl Address {
    /// Takes `url` apart; `None` when it is no web address.
    pub(crate) fn from_url(url: &Url) -> Option<Self> {
        let secure = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let port = url.port_or_known_default()?;
        let host = Host::from_url(url)?;
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

    /// The address as a URL.
    pub(crate) fn url(&self) -> Option<Url> {
        let scheme = if self.secure { "https" } else { "http" };
        let authority = self.authority.to_str().ok()?;
        format!("{scheme}://{authority}{}", self.path).parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use shared::guard::{TargetGuard, Targets};

    use super::*;

    fn address(url: &str) -> Address {
        Address::from_url(&url.parse().unwrap()).unwrap()
    }

    #[test]
    fn an_address_is_parsed_once() {
        let plain = address("http://example.org:8080/a?b=c");
        assert_eq!(plain.host, Host::Name("example.org".into()));
        assert_eq!((plain.port, plain.secure), (8080, false));
        assert_eq!(plain.authority, "example.org:8080");
        assert_eq!(plain.path.to_string(), "/a?b=c");

        let secure = address("https://[::1]/");
        assert_eq!(secure.port, 443);
        assert_eq!(secure.authority, "[::1]");
        assert!(secure.secure);
        for url in ["http://example.org:8080/a?b=c", "https://[::1]/"] {
            assert_eq!(address(url).url().unwrap().as_str(), url);
        }
        assert!(Address::from_url(&"ftp://example.org/".parse().unwrap()).is_none());
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
