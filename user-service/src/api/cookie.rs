//! The browser's refresh token.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use crate::app::App;
use crate::store::sessions::RefreshToken;

const NAME: &str = "uptime_refresh";
const PATH: &str = "/api/v1/auth";

/// The token that a request came with.
pub(crate) fn read(request: &HttpRequest) -> Option<RefreshToken> {
    RefreshToken::parse(request.cookie(NAME)?.value())
}

/// Has the browser keep the token.
pub(crate) fn keep(app: &App, token: &RefreshToken) -> Cookie<'static> {
    cookie(
        app,
        token.to_string(),
        Duration::days(i64::from(app.session_days)),
    )
}

/// Has the browser forget the token.
pub(crate) fn forget(app: &App) -> Cookie<'static> {
    cookie(app, String::new(), Duration::ZERO)
}

fn cookie(app: &App, value: String, max_age: Duration) -> Cookie<'static> {
    Cookie::build(NAME, value)
        .path(PATH)
        .http_only(true)
        .secure(app.cookie_secure)
        .same_site(SameSite::Strict)
        .max_age(max_age)
        .finish()
}
