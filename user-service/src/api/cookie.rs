//! What a browser keeps: its refresh token, and by what it is known to the account that was logged in to.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use api::Account;
use domain::EmailAddress;
use shared::device::{AccountKey, DEVICE_COOKIE, Device, KNOWN_DAYS};

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
        NAME,
        token.to_string(),
        Duration::days(i64::from(app.session_days)),
    )
}

/// Has the browser forget the token.
pub(crate) fn forget(app: &App) -> Cookie<'static> {
    cookie(app, NAME, String::new(), Duration::ZERO)
}

/// Has the browser be a device that the account knows, if it is none yet.
pub(crate) fn introduce(app: &App, request: &HttpRequest, account: &Account) -> Option<Cookie<'static>> {
    let address = EmailAddress::parse(&account.user.email).ok()?;
    let (key, now) = (AccountKey::of(&app.token_key, &address), shared::now());
    let is_known = is_known_device(app, request, &address);
    let token = || Device::new(now).token(&app.token_key, key);
    let max_age = Duration::days(i64::from(KNOWN_DAYS));
    (!is_known).then(|| cookie(app, DEVICE_COOKIE, token(), max_age))
}

/// Whether the account with this address knows the browser.
pub(crate) fn is_known_device(app: &App, request: &HttpRequest, address: &EmailAddress) -> bool {
    let key = AccountKey::of(&app.token_key, address);
    let cookie = request.cookie(DEVICE_COOKIE);
    cookie.is_some_and(|cookie| Device::verify(cookie.value(), &app.token_key, key, shared::now()).is_some())
}

fn cookie(app: &App, name: &'static str, value: String, max_age: Duration) -> Cookie<'static> {
    Cookie::build(name, value)
        .path(PATH)
        .http_only(true)
        .secure(app.cookie_secure)
        .same_site(SameSite::Strict)
        .max_age(max_age)
        .finish()
}
