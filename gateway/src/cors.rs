//! Pages of other origins that may call the API (CORS): those that `CORS_ORIGINS` names, each exactly, with a credential
//! in a header. What works with cookies is for pages of ours alone.

use actix_web::HttpResponse;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderValue,
    ORIGIN, VARY,
};
use shared::settings::Reader;
use url::Url;

const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";

/// What a page may send.
const SENT: &str =
    "authorization, content-type, idempotency-key, if-match, last-event-id, x-api-key, x-request-id";

/// What a page may read of an answer, besides what it may of any.
const READ: &str =
    "etag, location, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, x-request-id";

/// What is under `/api/` and works with cookies, or is open to every origin by itself.
const OTHERS: [&str; 3] = ["/api/v1/auth/", "/api/ping/", "/api/push/"];

/// How long a browser may remember what it was allowed, in seconds.
const REMEMBERED: &str = "600";

/// The origins whose pages may call the API.
#[derive(Clone, Debug, Default)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Reads `CORS_ORIGINS`.
    pub fn read(env: &mut Reader) -> Self {
        let origins = env.parsed(
            "CORS_ORIGINS",
            "",
            "comma-separated origins of other sites whose pages may call the API with a token or key, for example https://app.example.org",
            parse,
        );
        Self(origins.unwrap_or_default())
    }

    /// The origin of the request's page, if that may call what is asked for.
    pub(crate) fn allowed(&self, request: &ServiceRequest) -> Option<HeaderValue> {
        if self.0.is_empty() || !is_open(request.path()) {
            return None;
        }
        let origin = request.headers().get(ORIGIN)?;
        let is_named = self.0.iter().any(|named| named.as_bytes() == origin.as_bytes());
        is_named.then(|| origin.clone())
    }

    /// Says so in the answer; also to others that it depends on the origin, lest a cache mixes them up.
    pub(crate) fn tell(&self, response: &mut ServiceResponse<impl Sized>, allowed: Option<HeaderValue>) {
        if self.0.is_empty() || !is_open(response.request().path()) {
            return;
        }
        let headers = response.headers_mut();
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(READ));
        }
    }
}

/// Whether it is of the API and works without cookies.
fn is_open(path: &str) -> bool {
    path.starts_with("/api/") && !OTHERS.iter().any(|other| path.starts_with(other))
}

/// Whether a browser asks what its page may send.
pub(crate) fn is_preflight(request: &ServiceRequest) -> bool {
    *request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// What a page that is allowed may send.
pub(crate) fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, SENT))
        .insert_header((ACCESS_CONTROL_MAX_AGE, REMEMBERED))
        .finish()
}

fn parse(text: &str) -> Result<Vec<String>, String> {
    let given = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    given.map(origin).collect()
}

/// An origin as browsers write it: nothing else would ever be equal.
fn origin(text: &str) -> Result<String, String> {
    let wrong = || format!("{text:?} is not an origin, such as https://app.example.org");
    let url: Url = text.parse().map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong());
    }
    let origin = url.origin().ascii_serialization();
    match text.trim_end_matches('/').eq_ignore_ascii_case(&origin) {
        true => Ok(origin),
        false => Err(format!("{text:?} is more than an origin: {origin}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_exact() {
        let parsed = parse("https://App.example.org, http://localhost:3000/ ,").unwrap();
        assert_eq!(parsed, ["https://app.example.org", "http://localhost:3000"]);
        assert_eq!(parse("").unwrap(), [""; 0]);
        for wrong in [
            "*",
            "https://*.example.org/x",
            "app.example.org",
            "https://a.example/path",
            "https://user@a.example",
            "ftp://a.example",
            "null",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_sets_cookies_is_for_own_pages() {
        assert!(is_open("/api/v1/monitors") && is_open("/api/openapi.json"));
        assert!(!is_open("/api/v1/auth/login") && !is_open("/") && !is_open("/monitors"));
    }
}
