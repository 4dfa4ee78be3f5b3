//! What browsers keep for us: where they are reached by TLS alone, under a name that holds it to this host.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use shared::http::cookie::HOST_PREFIX;

use crate::app::App;

/// A kind of cookies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// For which paths it is sent where its name has no prefix.
    pub(crate) path: &'static str,
    pub(crate) same_site: SameSite,
}

impl Kind {
    /// Has the browser keep `value`.
    pub(crate) fn keep(self, app: &App, value: String, max_age: Duration) -> Cookie<'static> {
        match app.cookie_secure {
            // The prefix demands this path.
            true => self.build(format!("{HOST_PREFIX}{}", self.name), "/", value, true, max_age),
            false => self.build(self.name.to_owned(), self.path, value, false, max_age),
        }
    }

    /// Has the browser forget it.
    pub(crate) fn forget(self, app: &App) -> Cookie<'static> {
        self.keep(app, String::new(), Duration::ZERO)
    }

    /// Has the browser forget the one that an earlier release has given it under the name without prefix.
    pub(crate) fn forget_former(self, app: &App, request: &HttpRequest) -> Option<Cookie<'static>> {
        let is_former = app.cookie_secure && request.cookie(self.name).is_some();
        is_former.then(|| {
            self.build(
                self.name.to_owned(),
                self.path,
                String::new(),
                true,
                Duration::ZERO,
            )
        })
    }

    fn build(
        self,
        name: String,
        path: &'static str,
        value: String,
        is_secure: bool,
        max_age: Duration,
    ) -> Cookie<'static> {
        Cookie::build(name, value)
            .path(path)
            .http_only(true)
            .secure(is_secure)
            .same_site(self.same_site)
            .max_age(max_age)
            .finish()
    }
}
