//! Where a browser goes on that comes back from a provider.

use actix_web::cookie::Cookie;

/// A page of the dashboard, and what the browser keeps.
#[derive(Debug)]
pub(super) struct Onward {
    pub(super) path: String,
    pub(super) cookies: Vec<Cookie<'static>>,
}
