//! The request of a check, and of each redirect.

use domain::monitor::HttpMethod;
use http::header::{ACCEPT, CONNECTION, CONTENT_LENGTH, COOKIE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use hyper::body::Bytes;

use super::redirect::Hop;
use super::target::HttpTarget;

/// The request to where `hop` leads.
pub(super) fn request(
    user_agent: &HeaderValue,
    target: &HttpTarget,
    hop: Option<&Hop>,
) -> Request<Full<Bytes>> {
    let address = hop.map_or(&target.address, |hop| &hop.address);
    let method = hop.map_or(target.method, |hop| hop.method);
    let extras = target.extras.as_deref();
    let mut headers = HeaderMap::with_capacity(4 + extras.map_or(0, |extras| extras.headers.len()));
    headers.insert(HOST, address.authority.clone());
    headers.insert(USER_AGENT, user_agent.clone());
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    let keeps_body = hop.is_none_or(|hop| hop.keeps_body);
    let keeps_credentials = hop.is_none_or(|hop| hop.keeps_credentials);
    let mut body = Bytes::new();
    if let Some(extras) = extras {
        for (name, value) in &extras.headers {
            // Secrets of one server are not told to another, and what describes a body goes with it.
            if (keeps_credentials || !value.is_sensitive()) && (keeps_body || !describes_body(name)) {
                headers.insert(name.clone(), value.clone());
            }
        }
        if keeps_body {
            body = extras.body.clone();
        }
    }
    if let Some(cookie) = hop.and_then(|hop| hop.cookies.header(&hop.url, headers.get(COOKIE))) {
        headers.insert(COOKIE, cookie);
    }
    let takes_body = matches!(method, HttpMethod::Post | HttpMethod::Put | HttpMethod::Patch);
    if takes_body && body.is_empty() {
        // Some servers answer 411 without it (RFC 9110, 8.6).
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = name_of(method);
    *request.uri_mut() = Uri::from(address.path.clone());
    *request.headers_mut() = headers;
    request
}

fn describes_body(name: &HeaderName) -> bool {
    name.as_str().starts_with("content-")
}

fn name_of(method: HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Delete => Method::DELETE,
    }
}
