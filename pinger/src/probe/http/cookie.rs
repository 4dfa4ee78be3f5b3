//! Cookies that a server sets on the way of redirects: sent back within the same attempt (RFC 6265), and forgotten with
//! it.

use cookie::Cookie;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use url::{Host, Url};

/// The most cookies of one attempt.
const MAX_COOKIES: usize = 50;

/// The longest cookie, as it is set, in bytes.
const MAX_COOKIE_BYTES: usize = 4096;

/// The longest header `Cookie`, in bytes.
const MAX_HEADER_BYTES: usize = 16 * 1024;

/// The cookies of an attempt.
#[derive(Debug, Default)]
pub(super) struct Jar(Vec<Kept>);

#[derive(Debug)]
struct Kept {
    name: String,
    value: String,
    domain: String,
    /// Whether hosts below `domain` get it too.
    below: bool,
    path: String,
    secure: bool,
}

impl Jar {
    /// Keeps what the response from `url` sets, and forgets what it removes.
    pub(super) fn store(&mut self, url: &Url, headers: &HeaderMap) {
        for value in headers.get_all(SET_COOKIE) {
            if value.len() <= MAX_COOKIE_BYTES
                && let Ok(text) = std::str::from_utf8(value.as_bytes())
                && let Ok(cookie) = Cookie::parse(text)
            {
                self.set(url, &cookie, value_of(text));
            }
        }
    }

    fn set(&mut self, url: &Url, cookie: &Cookie<'_>, value: &str) {
        let Some(host) = url.host_str() else { return };
        let named = cookie
            .domain()
            .map(|domain| domain.trim_start_matches('.').to_ascii_lowercase());
        let named = named.filter(|domain| !domain.is_empty());
        let (domain, below) = match named {
            None => (host.to_owned(), false),
            Some(domain) if domain == host => (domain, matches!(url.host(), Some(Host::Domain(_)))),
            // A name without a dot is no site's own.
            Some(domain) if domain.contains('.') && is_below(url, &domain) => (domain, true),
            Some(_) => return,
        };
        let path = match cookie.path() {
            Some(path) if path.starts_with('/') => path,
            _ => folder(url.path()),
        };
        let kept = Kept {
            name: cookie.name().to_owned(),
            value: value.to_owned(),
            domain,
            below,
            path: path.to_owned(),
            secure: cookie.secure().unwrap_or(false),
        };
        self.0
            .retain(|old| (&old.name, &old.domain, &old.path) != (&kept.name, &kept.domain, &kept.path));
        if !is_over(cookie) && self.0.len() < MAX_COOKIES {
            self.0.push(kept);
        }
    }

    /// The header `Cookie` of a request to `url`, after what the user has put there.
    pub(super) fn header(&self, url: &Url, first: Option<&HeaderValue>) -> Option<HeaderValue> {
        let mut header = first.map(|value| value.as_bytes().to_vec()).unwrap_or_default();
        let mut fitting: Vec<&Kept> = self.0.iter().filter(|kept| kept.fits(url)).collect();
        fitting.sort_by_key(|kept| std::cmp::Reverse(kept.path.len()));
        for kept in fitting {
            if header.len() + kept.name.len() + kept.value.len() + 3 > MAX_HEADER_BYTES {
                break;
            }
            if !header.is_empty() {
                header.extend_from_slice(b"; ");
            }
            header.extend_from_slice(format!("{}={}", kept.name, kept.value).as_bytes());
        }
        if header.is_empty() {
            return None;
        }
        HeaderValue::from_bytes(&header).ok()
    }
}

/// The value as it is sent back: the library takes off quotation marks, which are a part of it (RFC 6265, 5.2).
fn value_of(text: &str) -> &str {
    let pair = text.split(';').next().unwrap_or_default();
    pair.split_once('=').map_or("", |(_, value)| value.trim())
}

impl Kept {
    fn fits(&self, url: &Url) -> bool {
        let at_host = url.host_str() == Some(&self.domain) || (self.below && is_below(url, &self.domain));
        let at_path = url
            .path()
            .strip_prefix(self.path.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/'));
        at_host && at_path && (!self.secure || url.scheme() == "https")
    }
}

fn is_below(url: &Url, domain: &str) -> bool {
    let Some(Host::Domain(host)) = url.host() else {
        return false;
    };
    host.strip_suffix(domain).is_some_and(|name| name.ends_with('.'))
}

/// The path of cookies that name none.
fn folder(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

/// Whether the cookie is removed by being set.
fn is_over(cookie: &Cookie<'_>) -> bool {
    if let Some(age) = cookie.max_age() {
        return !age.is_positive();
    }
    let ends = cookie.expires_datetime();
    ends.is_some_and(|ends| ends.unix_timestamp().saturating_mul(1_000) <= shared::now().as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn jar(at: &str, cookies: &[&str]) -> Jar {
        let values = cookies.iter().map(|cookie| (SET_COOKIE, cookie.parse().unwrap()));
        let mut jar = Jar::default();
        jar.store(&url(at), &HeaderMap::from_iter(values));
        jar
    }

    fn sent(jar: &Jar, to: &str) -> String {
        let header = jar.header(&url(to), None);
        header.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn cookies_go_where_they_belong() {
        let jar = jar(
            "https://www.a.example/x/login",
            &[
                "plain=1",
                "root=2; Path=/; HttpOnly; SameSite=Lax",
                "wide=3; Domain=.A.example; Path=/",
                "safe=4; Path=/; Secure",
                "foreign=5; Domain=b.example; Path=/",
                "top=6; Domain=example; Path=/",
                "old=7; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                "gone=8; Path=/",
                "gone=; Path=/; Max-Age=0",
            ],
        );
        assert_eq!(
            sent(&jar, "https://www.a.example/x/home"),
            "plain=1; root=2; wide=3; safe=4"
        );
        assert_eq!(sent(&jar, "http://www.a.example/xy"), "root=2; wide=3");
        assert_eq!(sent(&jar, "https://a.example/"), "wide=3");
        assert_eq!(sent(&jar, "https://nota.example/"), "");
        assert_eq!(sent(&jar, "https://b.example/"), "");
        let own = HeaderValue::from_static("mine=0");
        let both = jar.header(&url("https://a.example/"), Some(&own)).unwrap();
        assert_eq!(both, "mine=0; wide=3");
    }

    #[test]
    fn quotation_marks_are_a_part_of_a_value() {
        let jar = jar("https://a.example/", &["s=\"a b\"; Path=/"]);
        assert_eq!(sent(&jar, "https://a.example/"), "s=\"a b\"");
    }

    #[test]
    fn a_server_does_not_set_cookies_without_end() {
        let cookies: Vec<String> = (0..99).map(|n| format!("c{n}={}", "x".repeat(1_000))).collect();
        let cookies: Vec<&str> = cookies.iter().map(String::as_str).collect();
        let jar = jar("http://127.0.0.1:8080/", &cookies);
        assert_eq!(jar.0.len(), MAX_COOKIES);
        assert!(sent(&jar, "http://127.0.0.1:8080/").len() <= MAX_HEADER_BYTES);
    }
}
