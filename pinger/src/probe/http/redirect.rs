//! Where a redirect leads. Pure.

use domain::ErrorCode;
use domain::monitor::HttpMethod;
use http::HeaderMap;
use http::header::LOCATION;
use url::Url;

use super::target::HttpTarget;
use crate::error::ProbeError;
use crate::target::Address;

/// A request that a redirect leads to.
#[derive(Debug)]
pub(super) struct Hop {
    pub(super) address: Address,
    pub(super) method: HttpMethod,
    /// Whether every redirect so far stayed on the monitor's origin.
    pub(super) same_origin: bool,
    pub(super) keeps_body: bool,
    url: Url,
    count: u8,
}

/// Whether the status is that of a redirect.
pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The request that a redirect leads to.
pub(super) fn follow(
    target: &HttpTarget,
    hop: Option<&Hop>,
    status: u16,
    headers: &HeaderMap,
) -> Result<Hop, ProbeError> {
    let Some(extras) = target.extras.as_deref() else {
        return Err(invalid("redirects are not followed"));
    };
    let count = hop.map_or(0, |hop| hop.count) + 1;
    if count > extras.max_redirects {
        return Err(ProbeError::target(
            ErrorCode::TooManyRedirects,
            format!("Too many redirects (limit {})", extras.max_redirects),
        ));
    }
    let location = headers
        .get(LOCATION)
        .ok_or_else(|| invalid("no Location header"))?;
    let location = std::str::from_utf8(location.as_bytes()).map_err(|_| invalid("not a valid URL"))?;
    let current = hop.map_or(&extras.url, |hop| &hop.url);
    let mut url = current.join(location).map_err(|_| invalid("not a valid URL"))?;
    url.set_fragment(None);
    let address = Address::from_url(&url).ok_or_else(|| invalid("not an HTTP URL"))?;
    let method = hop.map_or(target.method, |hop| hop.method);
    // RFC 9110, 15.4: what was posted is not posted again, except where the status says so.
    let becomes_get = match status {
        303 => !matches!(method, HttpMethod::Get | HttpMethod::Head),
        301 | 302 => method == HttpMethod::Post,
        _ => false,
    };
    Ok(Hop {
        address,
        method: if becomes_get { HttpMethod::Get } else { method },
        same_origin: hop.is_none_or(|hop| hop.same_origin) && url.origin() == extras.url.origin(),
        keeps_body: hop.is_none_or(|hop| hop.keeps_body) && !becomes_get,
        url,
        count,
    })
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

    #[test]
    fn a_redirect_is_relative_and_leaves_the_origin_once() {
        let target = target(HttpMethod::Get);
        let first = follow(&target, None, 302, &to("../login#top")).unwrap();
        assert_eq!(first.url.as_str(), "https://a.example/login");
        assert!(first.same_origin && first.keeps_body);
        let second = follow(&target, Some(&first), 302, &to("http://a.example/")).unwrap();
        assert!(!second.same_origin, "another scheme is another origin");
        let third = follow(&target, Some(&second), 302, &to("https://a.example/"));
        let Err(ProbeError::Target(failure)) = third else {
            panic!("{third:?}")
        };
        assert_eq!(failure.code, ErrorCode::TooManyRedirects);
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
        for headers in [HeaderMap::new(), to("ftp://a.example/"), to("http://")] {
            let Err(ProbeError::Target(failure)) = follow(&target, None, 301, &headers) else {
                panic!("{headers:?}")
            };
            assert_eq!(failure.code, ErrorCode::InvalidRedirect);
        }
    }
}
