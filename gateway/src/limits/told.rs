//! What a caller is told of its quota, with every answer to a request that was counted: `RateLimit-Limit`,
//! `RateLimit-Remaining` and `RateLimit-Reset`, as clients read them.

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest};
use shared::http::problem::Problem;

use super::bucket::{Quota, Verdict};

/// The names of the headers.
const HEADERS: [&str; 3] = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"];

/// Notes what is left for the answer; refuses what was too much.
pub(super) fn judged(request: &HttpRequest, limit: &'static str, verdict: Verdict) -> Result<(), Problem> {
    note(request, verdict.quota);
    match verdict.wait {
        None => Ok(()),
        Some(wait) => Err(super::refused(limit, wait)),
    }
}

/// Of several quotas the one of which least is left is told.
fn note(request: &HttpRequest, quota: Quota) {
    let mut extensions = request.extensions_mut();
    match extensions.get_mut::<Quota>() {
        Some(noted) if !quota.is_tighter(noted) => {}
        Some(noted) => *noted = quota,
        None => {
            extensions.insert(quota);
        }
    }
}

/// Adds the headers to the answer, if its request was counted.
pub(crate) fn tell_quota(response: &mut ServiceResponse<impl Sized>) {
    let quota = response.request().extensions().get::<Quota>().copied();
    let Some(quota) = quota else { return };
    // A client that waits so many whole seconds is not too early.
    let reset = quota.reset.as_millis().div_ceil(1_000);
    let values = [
        u64::from(quota.limit),
        quota.remaining.into(),
        u64::try_from(reset).unwrap_or(u64::MAX),
    ];
    for (name, value) in HEADERS.into_iter().zip(values) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}
