//! What a browser keeps: its refresh token, and by what it is known to the account that was logged in to.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use api::Account;
use domain::EmailAddress;
use shared::device::{AccountKey, DEVICE_COOKIE, Device, KNOWN_DAYS};
use shared::http::cookie::find;

use crate::app::App;
use crate::browser_cookie::Kind;
use crate::store::sessions::RefreshToken;

const REFRESH: Kind = kind("uptime_refresh");
const DEVICE: Kind = kind(DEVICE_COOKIE);

const fn kind(name: &'static str) -> Kind {
    Kind {
        name,
        path: "/api/v1/auth",
        same_site: SameSite::Strict,
    }
}

/// The token that a request came with.
pub(crate) fn read(request: &HttpRequest) -> Option<RefreshToken> {
    RefreshToken::parse(find(request, REFRESH.name)?.value())
}

/// Has the browser keep the token.
pub(crate) fn keep(app: &App, token: &RefreshToken) -> Cookie<'static> {
    let max_age = Duration::days(i64::from(app.session_days));
    REFRESH.keep(app, token.to_string(), max_age)
}

/// Has the browser forget the token.
pub(crate) fn forget(app: &App) -> Cookie<'static> {
    REFRESH.forget(app)
}

/// Has the browser forget what an earlier release has given it under other names, and what stands under the new ones now.
pub(crate) fn forget_former(
    app: &App,
    request: &HttpRequest,
) -> impl Iterator<Item = Cookie<'static>> + use<> {
    let former = [REFRESH, DEVICE].map(|kind| kind.forget_former(app, request));
    former.into_iter().flatten()
}

/// Has the browser be a device that the account knows, if it is none yet.
pub(crate) fn introduce(app: &App, request: &HttpRequest, account: &Account) -> Option<Cookie<'static>> {
    let address = EmailAddress::parse(&account.user.email).ok()?;
    let (key, now) = (AccountKey::of(&app.token_key, &address), shared::now());
    let is_former = DEVICE.forget_former(app, request).is_some();
    let is_known = !is_former && is_known_device(app, request, &address);
    let token = || Device::new(now).token(&app.token_key, key);
    let max_age = Duration::days(i64::from(KNOWN_DAYS));
    (!is_known).then(|| DEVICE.keep(app, token(), max_age))
}

/// Whether the account with this address knows the browser.
pub(crate) fn is_known_device(app: &App, request: &HttpRequest, address: &EmailAddress) -> bool {
    let key = AccountKey::of(&app.token_key, address);
    let cookie = find(request, DEVICE_COOKIE);
    cookie.is_some_and(|cookie| Device::verify(cookie.value(), &app.token_key, key, shared::now()).is_some())
}
