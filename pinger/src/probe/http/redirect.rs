//! Where a redirect leads. Pure.

use std::borrow::Cow;

use domain::ErrorCode;
use domain::monitor::HttpMethod;
use http::HeaderMap;
use http::header::LOCATION;
use percent_encoding::{CONTROLS, percent_encode};
use url::Url;

use super::cookie::Jar;
use super::target::HttpTarget;
use crate::error::ProbeError;
use crate::target::Address;

/// A request that a redirect leads to.
#[derive(Debug)]
pub(super) struct Hop {
    pub(super) address: Address,
    pub(super) method: HttpMethod,
    /// Whether every redirect so far stayed where the monitor's credentials belong.
    pub(super) keeps_credentials: bool,
    pub(super) keeps_body: bool,
    /// What servers have set so far.
    pub(super) cookies: Jar,
    pub(super) url: Url,
    count: u8,
}

/// Whether a response is a redirect. One that does not say where to is none.
pub(super) fn is_redirect(status: u16, headers: &HeaderMap) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308) && headers.contains_key(LOCATION)
}

/// The request that a redirect leads to.
pub(super) fn follow(
    target: &HttpTarget,
    hop: Option<Box<Hop>>,
    status: u16,
    headers: &HeaderMap,
) -> Result<Hop, ProbeError> {
    let count = hop.as_ref().map_or(0, |hop| hop.count) + 1;
    if count > target.max_redirects {
        return Err(ProbeError::target(
            ErrorCode::TooManyRedirects,
            format!("Too many redirects (limit {})", target.max_redirects),
        ));
    }
    let first = target.address.url().ok_or_else(|| invalid("not a valid URL"))?;
    let location = headers
        .get(LOCATION)
        .ok_or_else(|| invalid("no Location header"))?;
    let location = match std::str::from_utf8(location.as_bytes()) {
        Ok(location) => Cow::Borrowed(location),
        Err(_) => Cow::from(percent_encode(location.as_bytes(), CONTROLS)),
    };
    let current = hop.as_ref().map_or(&first, |hop| &hop.url);
    let mut url = current.join(&location).map_err(|_| invalid("not a valid URL"))?;
    url.set_fragment(None);
    let address = Address::from_url(&url).ok_or_else(|| invalid("not an HTTP URL"))?;
    let method = hop.as_ref().map_or(target.method, |hop| hop.method);
    // RFC 9110, 15.4: what was posted is not posted again, except where the status says so.
    let becomes_get = match status {
        303 => !matches!(method, HttpMethod::Get | HttpMethod::Head),
        301 | 302 => method == HttpMethod::Post,
        _ => false,
    };
    let keeps_credentials = hop.as_ref().is_none_or(|hop| hop.keeps_credentials) && is_as_safe(&first, &url);
    let keeps_body = hop.as_ref().is_none_or(|hop| hop.keeps_body) && !becomes_get;
    let current = current.clone();
    let mut cookies = hop.map(|hop| hop.cookies).unwrap_or_default();
    cookies.store(&current, headers);
    Ok(Hop {
        address,
        method: if becomes_get { HttpMethod::Get } else { method },
        keeps_credentials,
        keeps_body,
        cookies,
        url,
        count,
    })
}

/// Whether what is told to `first` may be told to `url`: the same origin, or the same host by TLS instead of without.
fn is_as_safe(first: &Url, url: &Url) -> bool {
    let is_upgrade = first.scheme() == "http" && url.scheme() == "https" && first.host() == url.host();
    is_upgrade || first.origin() == url.origin()
}

fn invalid(why: &str) -> ProbeError {
    ProbeError::target(ErrorCode::InvalidRedirect, format!("Invalid redirect: {why}"))
}

#[cfg(test)]
mod tests {
    use domain::monitor::{HttpOptions, HttpProbe};

    use super::*;

    fn target(method: HttpMethod) -> HttpTarget {
        let probe = HttpProbe {
            method,
            options: Box::new(HttpOptions {
                max_redirects: 2,
                body: Some("x".into()),
                ..HttpOptions::default()
            }),
            ..HttpProbe::get("https://a.example/x/y?z")
        };
        HttpTarget::compile(probe).unwrap()
    }

    fn to(location: &str) -> HeaderMap {
        HeaderMap::from_iter([(LOCATION, location.parse().unwrap())])
    }

    fn hop(target: &HttpTarget, from: Option<Hop>, location: &str) -> Hop {
        follow(target, from.map(Box::new), 302, &to(location)).unwrap()
    }

    #[test]
    fn a_redirect_is_relative_and_their_number_is_limited() {
        let target = target(HttpMethod::Get);
        let first = hop(&target, None, "../login#top");
        assert_eq!(first.url.as_str(), "https://a.example/login");
        assert!(first.keeps_credentials && first.keeps_body);
        let second = hop(&target, Some(first), "ü");
        assert_eq!(second.url.as_str(), "https://a.example/%C3%BC");
        let third = follow(&target, Some(Box::new(second)), 302, &to("/"));
        let Err(ProbeError::Target(failure)) = third else {
            panic!("{third:?}")
        };
        assert_eq!(failure.code, ErrorCode::TooManyRedirects);
        let latin = HeaderMap::from_iter([(LOCATION, http::HeaderValue::from_bytes(b"/\xfc").unwrap())]);
        let hop = follow(&target, None, 302, &latin).unwrap();
        assert_eq!(hop.url.as_str(), "https://a.example/%FC");
    }

    #[test]
    fn credentials_stay_where_they_belong() {
        let plain = HttpTarget::compile(HttpProbe {
            options: Box::new(HttpOptions {
                max_redirects: 2,
                ..HttpOptions::default()
            }),
            ..HttpProbe::get("http://a.example/")
        });
        let (plain, secure) = (plain.unwrap(), target(HttpMethod::Get));
        for (target, location, keeps) in [
            (&plain, "https://a.example/", true),
            (&plain, "http://a.example/b", true),
            (&plain, "http://a.example:8080/", false),
            (&plain, "https://www.a.example/", false),
            (&secure, "http://a.example/", false),
            (&secure, "https://a.example:443/b", true),
            (&secure, "https://a.example:8443/", false),
        ] {
            let first = hop(target, None, location);
            assert_eq!(first.keeps_credentials, keeps, "{location}");
            let back = hop(target, Some(first), "https://a.example/");
            assert_eq!(back.keeps_credentials, keeps, "{location} and back");
        }
    }

    #[test]
    fn what_was_posted_is_posted_again_only_where_the_status_says_so() {
        let post = target(HttpMethod::Post);
        for (status, method, keeps_body) in [
            (301, HttpMethod::Get, false),
            (302, HttpMethod::Get, false),
            (303, HttpMethod::Get, false),
            (307, HttpMethod::Post, true),
            (308, HttpMethod::Post, true),
        ] {
            let hop = follow(&post, None, status, &to("/")).unwrap();
            assert_eq!((hop.method, hop.keeps_body), (method, keeps_body), "{status}");
        }
    }

    #[test]
    fn a_redirect_to_nowhere_is_a_failure() {
        let target = target(HttpMethod::Get);
        for headers in [to("ftp://a.example/"), to("http://")] {
            let Err(ProbeError::Target(failure)) = follow(&target, None, 301, &headers) else {
                panic!("{headers:?}")
            };
            assert_eq!(failure.code, ErrorCode::InvalidRedirect);
        }
        assert!(!is_redirect(302, &HeaderMap::new()) && !is_redirect(304, &to("/")));
    }
}
