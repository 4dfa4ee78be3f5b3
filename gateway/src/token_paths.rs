//! Addresses that hold a token, by which whoever knows them acts: browsers, caches and search engines keep them to themselves.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// Below which a path goes on with a token: pages of the dashboard, and operations of the API.
const BELOW: [&str; 4] = [
    "/acknowledge/",
    "/recipients/",
    "/api/v1/acknowledgements/",
    "/api/v1/recipients/",
];

const HEADERS: [(&str, &str); 3] = [
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("x-robots-tag", "noindex"),
];

/// Whether a path holds a token.
pub(crate) fn has_token(path: &str) -> bool {
    BELOW.iter().any(|below| path.starts_with(below))
}

/// Has the answer to a request of such a path say so, whatever it says by now.
pub(crate) fn keep_private(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_with_a_token_that_a_browser_calls_is_known() {
        // A calendar program fetches it, and no page leads on from it.
        let known =
            |path: &str| path.starts_with("/calendars/") || has_token(&format!("{}{path}", api::PREFIX));
        let mut with_token = 0;
        for operation in api::operations() {
            if operation.path.contains("{token}") {
                assert!(known(operation.path), "{}", operation.path);
                with_token += 1;
            }
        }
        assert!(with_token >= 5, "{with_token}");
        for path in [
            "/",
            "/monitors/1",
            "/acknowledge",
            "/api/v1/monitors",
            "/assets/acknowledge/x",
        ] {
            assert!(!has_token(path), "{path}");
        }
    }
}
