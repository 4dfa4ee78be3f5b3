//! What a browser keeps for us without reading it, for some minutes.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::http::cookie::find;
use uuid::Uuid;

use crate::app::App;
use crate::browser_cookie::Kind;
use crate::providers::Challenge;
use crate::rules::sign_in::Purpose;

/// A kind of sealed cookies.
pub(crate) trait Sealed: Serialize + DeserializeOwned {
    const NAME: &'static str;
    const PATH: &'static str = "/api/v1/auth";
    const SECONDS: i64 = 600;
    /// Whether it has to come along when another site leads here.
    const FROM_OTHER_SITES: bool = false;
}

/// Somebody is at a provider.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Away {
    pub(crate) provider: String,
    pub(crate) purpose: Purpose,
    pub(crate) challenge: Challenge,
    pub(crate) return_to: String,
}

impl Sealed for Away {
    const NAME: &'static str = "uptime_sign_in";
    const FROM_OTHER_SITES: bool = true;
}

/// A login at a provider that waits for the password of the account with its address.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) provider: String,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// As accounts have it.
    pub(crate) email: String,
}

impl Sealed for Waiting {
    const NAME: &'static str = "uptime_waiting_login";
}

/// Somebody without a password has just signed in again.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Confirmed {
    pub(crate) user_id: i64,
    pub(crate) session: Option<Uuid>,
}

impl Sealed for Confirmed {
    const NAME: &'static str = "uptime_confirmed";
    /// Organisations are deleted below another path than the own account.
    const PATH: &'static str = "/api/v1";
    const SECONDS: i64 = 300;
}

/// A browser keeps a cookie as long as it likes.
#[derive(Serialize, Deserialize)]
struct Dated<T> {
    sealed_at: i64,
    value: T,
}

/// Has the browser keep `value`.
pub(crate) fn keep<T: Sealed>(app: &App, value: T) -> Cookie<'static> {
    let sealed_at = shared::now().as_millis();
    let dated = Dated { sealed_at, value };
    // Plain data becomes JSON always.
    let json = serde_json::to_vec(&dated).unwrap_or_default();
    let text = URL_SAFE_NO_PAD.encode(app.keyring.seal(T::NAME, &json));
    kind::<T>().keep(app, text, Duration::seconds(T::SECONDS))
}

/// Has the browser forget it.
pub(crate) fn forget<T: Sealed>(app: &App) -> Cookie<'static> {
    kind::<T>().forget(app)
}

/// What the browser has kept, unless it is too old.
pub(crate) fn read<T: Sealed>(app: &App, request: &HttpRequest) -> Option<T> {
    let cookie = find(request, T::NAME)?;
    let sealed = URL_SAFE_NO_PAD.decode(cookie.value()).ok()?;
    let json = app.keyring.open(T::NAME, &sealed).ok()?;
    let dated: Dated<T> = serde_json::from_slice(&json).ok()?;
    let age = shared::now().as_millis() - dated.sealed_at;
    (age < T::SECONDS * 1_000).then_some(dated.value)
}

fn kind<T: Sealed>() -> Kind {
    Kind {
        name: T::NAME,
        path: T::PATH,
        same_site: match T::FROM_OTHER_SITES {
            true => SameSite::Lax,
            false => SameSite::Strict,
        },
    }
}
