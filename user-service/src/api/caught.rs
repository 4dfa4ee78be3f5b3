//! The page of the mails that were not sent, for who runs the process.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use actix_web::web::Data;
use shared::http::problem::Problem;

use crate::app::App;

/// Where the page is; [`Caught`](crate::mail::Caught) knows the rest of its address.
pub(super) const PATTERN: &str = "/mails/{secret}";

/// Nothing but what the page holds is loaded or run.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

pub(super) async fn show(app: Data<App>) -> Result<HttpResponse, Problem> {
    let Some(caught) = app.mailer.caught() else {
        return Err(Problem::not_found("route"));
    };
    let page = caught.page().map_err(Problem::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .body(page))
}
