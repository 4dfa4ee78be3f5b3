//! Under which names this server is asked, and from whose pages: a name that somebody else has pointed here (DNS
//! rebinding) and a form on somebody else's page are not for us.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HOST, HeaderMap, ORIGIN};
use shared::http::problem::Problem;
use shared::settings::Reader;
use url::Url;

/// Ends of names that nobody can register: those of this machine (RFC 6761), of private networks (reserved by ICANN),
/// of tests, and of services in Kubernetes.
const PRIVATE: [&str; 5] = [".localhost", ".internal", ".test", ".svc", ".cluster.local"];

const FETCH_SITE: &str = "sec-fetch-site";

/// The names under which the gateway is reached.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    /// The address that people use.
    public: Option<Url>,
    /// Other names, in lower case; one that begins with a dot stands for every name that ends in it.
    names: Vec<String>,
    /// The name at which nothing but pings of heartbeats is answered, in lower case.
    pings: Option<String>,
}

impl Hosts {
    /// Reads `PUBLIC_URL`, `ALLOWED_HOSTS` and `PING_HOST`.
    pub fn read(env: &mut Reader) -> Self {
        let public = env.parsed(
            "PUBLIC_URL",
            "http://localhost:8080",
            "the address of the dashboard, for links in messages; the gateway answers to its name",
            |text| match text.parse::<Url>() {
                Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
                _ => Err("must be an http:// or https:// URL".to_owned()),
            },
        );
        let names = env.parsed(
            "ALLOWED_HOSTS",
            "",
            "comma-separated further names to which the gateway answers, for example status.example.org,*.example.net",
            parse_names,
        );
        let pings = env.parsed(
            "PING_HOST",
            "",
            "a name of its own at whose root pings of heartbeats are taken, and nothing else is answered, for example ping.example.org",
            parse_name,
        );
        let pings = pings.flatten();
        let is_public = |name: &String| {
            let public = public.as_ref().and_then(Url::host_str);
            public.is_some_and(|public| public.eq_ignore_ascii_case(name))
        };
        if pings.as_ref().is_some_and(is_public) {
            env.problem(
                "PING_HOST",
                "is the name of PUBLIC_URL, where the dashboard is; it needs another one",
            );
        }
        Self {
            public,
            names: names.unwrap_or_default(),
            pings,
        }
    }

    /// Whether there is a name for pings alone.
    pub(crate) fn has_ping_host(&self) -> bool {
        self.pings.is_some()
    }

    /// Whether a request is for the name that is for pings alone.
    pub(crate) fn is_ping_host(&self, headers: &HeaderMap) -> bool {
        let Some(pings) = &self.pings else { return false };
        name_in(headers).is_some_and(|name| name.eq_ignore_ascii_case(pings))
    }

    /// What has this name already: the setting.
    pub(crate) fn name_of(&self, name: &str) -> Option<&'static str> {
        let public = self.public.as_ref().and_then(Url::host_str);
        let is = |known: Option<&str>| known.is_some_and(|known| known.eq_ignore_ascii_case(name));
        match () {
            () if is(public) => Some("PUBLIC_URL"),
            () if is(self.pings.as_deref()) => Some("PING_HOST"),
            () => None,
        }
    }

    /// Whether people reach us by TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.public.as_ref().is_some_and(|url| url.scheme() == "https")
    }

    /// What is wrong with the public address of a gateway that listens on `listener`, if others than this machine reach it
    /// there.
    pub(crate) fn doubt(&self, listener: IpAddr) -> Option<&'static str> {
        let public = self.public.as_ref()?;
        if listener.is_loopback() {
            return None;
        }
        let name = public.host_str().unwrap_or_default();
        if is_local(name) {
            return Some(
                "PUBLIC_URL names this machine alone, and the gateway listens for others: links in messages lead nowhere, and other names are answered 421",
            );
        }
        let is_public = name.contains('.') && !PRIVATE.iter().any(|end| ends_with(name, end));
        (public.scheme() == "http" && is_public)
            .then_some("PUBLIC_URL is http: passwords, sessions and links in messages can be read and changed on the way")
    }

    /// Requires that a request is for one of our names. Who sends none is no browser.
    ///
    /// # Errors
    /// 421 for another one.
    pub(crate) fn require_own(&self, headers: &HeaderMap) -> Result<(), Problem> {
        match self.others(headers).next() {
            Some(authority) => Err(not_ours(authority)),
            None => Ok(()),
        }
    }

    /// Whether a request is for one of our names.
    pub(crate) fn is_for_us(&self, headers: &HeaderMap) -> bool {
        self.others(headers).next().is_none()
    }

    /// The names that a request is for and that are not ours.
    fn others<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let authorities = headers
            .get_all(HOST)
            .map(|value| value.to_str().unwrap_or_default());
        authorities.filter(|authority| !self.is_ours(authority))
    }

    /// Addresses cannot be pointed elsewhere, and names of one label are given by whoever runs the network.
    fn is_ours(&self, authority: &str) -> bool {
        let Some((name, _)) = split(authority) else {
            return false;
        };
        let name = name.trim_end_matches('.');
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        is_address(name)
            || (!name.is_empty() && !name.contains('.'))
            || PRIVATE.iter().any(|end| ends_with(name, end))
            || self.public.as_ref().and_then(Url::host_str).is_some_and(is)
            || self.pings.as_deref().is_some_and(is)
            || self.names.iter().any(|known| match known.starts_with('.') {
                true => ends_with(name, known),
                false => is(known),
            })
    }

    /// Requires that a request comes from a page of ours, as far as a browser says from where it comes.
    ///
    /// # Errors
    /// 403 when it comes from another's.
    pub(crate) fn require_same_origin(&self, request: &HttpRequest) -> Result<(), Problem> {
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap_or("null"))
        };
        // Browsers do not send it to http:// addresses but localhost.
        let is_same = match (header(FETCH_SITE), header(ORIGIN.as_str())) {
            (Some(site), _) => matches!(site, "same-origin" | "none"),
            (None, Some(origin)) => self.is_our_origin(origin, header(HOST.as_str()).unwrap_or_default()),
            (None, None) => true,
        };
        match is_same {
            true => Ok(()),
            false => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "this is answered to pages of the same origin only",
            )),
        }
    }

    fn is_our_origin(&self, origin: &str, authority: &str) -> bool {
        let Ok(origin) = origin.parse::<Url>() else {
            return false;
        };
        let is_public = || {
            self.public
                .as_ref()
                .is_some_and(|url| url.origin() == origin.origin())
        };
        let is_host = || {
            let (name, port) = split(authority)?;
            let port = match port {
                Some(port) => Some(port),
                None => origin
                    .port_or_known_default()
                    .filter(|port| matches!(port, 80 | 443)),
            };
            let is_same_name = origin.host_str()?.eq_ignore_ascii_case(name);
            Some(is_same_name && port == origin.port_or_known_default())
        };
        is_host().unwrap_or(false) || is_public()
    }
}

/// The name that a request is for, without its port and a dot at its end.
pub(crate) fn name_in(headers: &HeaderMap) -> Option<&str> {
    let (name, _) = split(headers.get(HOST)?.to_str().ok()?)?;
    Some(name.trim_end_matches('.'))
}

/// Whether a name or an address is that of this machine.
fn is_local(name: &str) -> bool {
    let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
    match address {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => name == "localhost" || ends_with(name, ".localhost"),
    }
}

/// Requires that a body is JSON, which a form cannot send; where no body is needed, that there is none or it is JSON.
///
/// # Errors
/// 415 for anything else.
pub(crate) fn require_json(headers: &HeaderMap, is_needed: bool) -> Result<(), Problem> {
    let is_json = match headers.get(CONTENT_TYPE) {
        Some(value) => {
            let essence = value
                .to_str()
                .unwrap_or_default()
                .split(';')
                .next()
                .unwrap_or_default();
            essence.trim().eq_ignore_ascii_case("application/json")
        }
        None => !is_needed,
    };
    match is_json {
        true => Ok(()),
        false => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body must be JSON, with the Content-Type application/json",
        )),
    }
}

fn not_ours(authority: &str) -> Problem {
    let shown: String = authority.chars().take(100).filter(|c| !c.is_control()).collect();
    let detail = format!(
        "this server does not answer to the name {shown:?}; its operator can add it to ALLOWED_HOSTS or set PUBLIC_URL"
    );
    Problem::new(StatusCode::MISDIRECTED_REQUEST, detail)
}

/// The name of an authority, an IPv6 address in its brackets, and its port.
fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    let end = match authority.starts_with('[') {
        true => authority.find(']')? + 1,
        false => authority.find(':').unwrap_or(authority.len()),
    };
    let (name, rest) = authority.split_at(end);
    match rest.strip_prefix(':') {
        // An empty port is that of the scheme (RFC 3986, section 3.2.3).
        Some("") => Some((name, None)),
        Some(port) => Some((name, Some(port.parse().ok()?))),
        None => rest.is_empty().then_some((name, None)),
    }
}

/// Whether a name ends so, in upper or lower case.
fn ends_with(name: &str, end: &str) -> bool {
    let start = name.len().checked_sub(end.len());
    start.is_some_and(|start| name.as_bytes()[start..].eq_ignore_ascii_case(end.as_bytes()))
}

fn is_address(name: &str) -> bool {
    match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
        None => name.parse::<IpAddr>().is_ok(),
    }
}

fn parse_name(text: &str) -> Result<Option<String>, String> {
    let mut names = parse_names(text)?;
    let name = names.pop();
    match name {
        Some(name) if !names.is_empty() || name.starts_with('.') || is_address(&name) => {
            Err("must be one name of a host, without a port".to_owned())
        }
        name => Ok(name),
    }
}

fn parse_names(text: &str) -> Result<Vec<String>, String> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            let (dot, plain) = match name.strip_prefix("*.") {
                Some(rest) => (".", rest),
                None => ("", name),
            };
            if name.contains('*') && (dot.is_empty() || plain.contains('*')) {
                return Err(format!(
                    "may have a * only in front, as in *.example.net; {name:?} has it elsewhere"
                ));
            }
            match url::Host::parse(plain) {
                // Addresses are answered to anyway.
                Ok(url::Host::Ipv4(_) | url::Host::Ipv6(_)) if dot.is_empty() => Ok(plain.to_owned()),
                Ok(url::Host::Domain(domain)) => Ok(format!("{dot}{}", domain.trim_end_matches('.'))),
                _ => Err(format!(
                    "must hold names of hosts, without a port; {name:?} is none"
                )),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
