//! How cookies are called.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;

/// Begins the name of a cookie that browsers take from this host alone, sent by TLS, and for all of its paths: no host
/// beside it under the same domain can set or overwrite it.
pub const HOST_PREFIX: &str = "__Host-";

/// The cookie of this name, with the prefix before the one without: that is how an earlier release has called it, and
/// how it is called where there is no TLS.
pub fn find(request: &HttpRequest, name: &str) -> Option<Cookie<'static>> {
    let prefixed = request.cookie(&format!("{HOST_PREFIX}{name}"));
    prefixed.or_else(|| request.cookie(name))
}
