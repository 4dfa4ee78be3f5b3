//! How visitors are let into a page that is not public: by a password, by a link in a mail, or as members by a link of the
//! dashboard. Each way ends in a cookie that holds a pass.

use std::sync::Arc;
use std::time::Duration;

use ::pages::Document;
use ::pages::document::Guard;
use ::pages::html::{self, Asked, SignedUp};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, SET_COOKIE};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use domain::EmailAddress;
use serde_json::json;
use shared::http::problem::Problem;
use shared::http::request::read_body_within;
use shared::status_page::{Pass, PassKind};
use url::form_urlencoded;

use super::answer::{For, with_wait};
use super::guard::is_of;
use super::password::Full;
use super::{Pages, Visit};
use crate::Edge;
use crate::proxy::BODY_WITHIN;

/// The largest form, in bytes.
const MAX_FORM: usize = 4 * 1024;

/// How long a visitor is let in.
const LET_IN: Duration = Duration::from_secs(12 * 3_600);

/// How long user-service may take to send a link.
const LINKED_WITHIN: Duration = Duration::from_secs(10);

/// The pass of a feed is valid for a year.
const FED: Duration = Duration::from_secs(365 * 24 * 3_600);

/// The longest token that is shown in a form.
const MAX_TOKEN: usize = 512;

/// The cookie that lets into a page.
pub(super) fn cookie_name(document: &Document) -> String {
    format!("page-{}", document.id)
}

/// The pass of a visitor, in the cookie of the page.
pub(super) fn pass_in_cookie(pages: &Pages, request: &HttpRequest, document: &Document) -> Option<Pass> {
    let cookie = request.cookie(&cookie_name(document))?;
    Pass::open(cookie.value(), &pages.keyring, PassKind::Cookie, shared::now())
}

/// The pass in the address of a feed.
pub(super) fn pass_in_address(pages: &Pages, request: &HttpRequest) -> Option<Pass> {
    let pass = parameter(request.query_string().as_bytes(), "pass")?;
    Pass::open(&pass, &pages.keyring, PassKind::Feed, shared::now())
}

/// A pass for the addresses of a page's feeds.
pub(super) fn feed_pass(pages: &Pages, document: &Document) -> String {
    pass(document, FED).seal(&pages.keyring, PassKind::Feed)
}

/// `POST unlock`: the password.
pub(super) async fn unlock(
    edge: &Edge,
    pages: &Pages,
    visit: &Visit<'_>,
    document: &Document,
    payload: Payload,
) -> HttpResponse {
    let form = match form(edge, pages, visit, document, payload, MAX_FORM).await {
        Ok(form) => form,
        Err(refused) => return refused,
    };
    let Guard::Password { hash } = &document.guard else {
        return visit.to_page(pages);
    };
    let attempt = match edge.limits.doors.password(document.id, visit.from) {
        Ok(attempt) => attempt,
        Err(wait) => return too_many(pages, document, wait),
    };
    let password = parameter(&form, "password").unwrap_or_default();
    match pages.passwords.verify(password, hash.clone()).await {
        Ok(true) => {
            attempt.succeeded();
            let_in(pages, visit, document)
        }
        Ok(false) => pages.answers.door(document, StatusCode::FORBIDDEN, Asked::Wrong),
        Err(Full) => {
            attempt.was_none();
            pages.answers.unavailable(For::People)
        }
    }
}

/// `POST link`: asks user-service for a mail with a link. What is answered does not depend on whether one is sent, and is
/// not waited for.
pub(super) async fn link(
    edge: &Edge,
    pages: &Pages,
    visit: &Visit<'_>,
    document: &Document,
    payload: Payload,
) -> HttpResponse {
    let form = match form(edge, pages, visit, document, payload, MAX_FORM).await {
        Ok(form) => form,
        Err(refused) => return refused,
    };
    let Guard::EmailDomain { domains } = &document.guard else {
        return visit.to_page(pages);
    };
    if let Err(wait) = edge.limits.doors.link(document.id, visit.from) {
        return too_many(pages, document, wait);
    }
    let Ok(permit) = Arc::clone(&pages.linking).try_acquire_owned() else {
        return pages.answers.unavailable(For::People);
    };
    let email = parameter(&form, "email").unwrap_or_default();
    if let Ok(email) = EmailAddress::parse(&email)
        && is_in(domains, &email)
    {
        let client = edge.upstream.within(LINKED_WITHIN);
        let key = edge.settings.internal_keys.current().to_owned();
        let (service, slug) = (&edge.settings.user_service_url, &document.slug);
        let url = format!("{service}/internal/status-pages/{slug}/links");
        tokio::spawn(async move {
            let _permit = permit;
            let body = json!({"email": email.mailbox()});
            if let Err(error) = client.post(&url, &key, &body).await {
                tracing::warn!(upstream = "user-service", %error, "no link to a status page is sent");
            }
        });
    }
    pages.answers.door(document, StatusCode::OK, Asked::Sent)
}

/// `GET enter`: the page with a button that a link in a mail opens, or the page itself, for a member who comes from the dashboard.
pub(super) fn entrance(pages: &Pages, visit: &Visit<'_>, document: &Document) -> HttpResponse {
    let query = visit.request.query_string().as_bytes();
    if let Some(visit_token) = parameter(query, "visit") {
        // Members open a page of whatever kind.
        return match opened(pages, document, &visit_token, PassKind::Visit) {
            true => let_in(pages, visit, document),
            false => expired(pages, visit, document),
        };
    }
    // Whether it is valid is said when the button is pressed.
    match parameter(query, "token").filter(|token| token.len() <= MAX_TOKEN) {
        Some(token) if matches!(document.guard, Guard::EmailDomain { .. }) => {
            let body = html::enter(document, &token);
            pages.answers.about(document, StatusCode::OK, body)
        }
        _ => visit.to_page(pages),
    }
}

/// `POST enter`: the button was pressed.
pub(super) async fn enter(
    edge: &Edge,
    pages: &Pages,
    visit: &Visit<'_>,
    document: &Document,
    payload: Payload,
) -> HttpResponse {
    let form = match form(edge, pages, visit, document, payload, MAX_FORM).await {
        Ok(form) => form,
        Err(refused) => return refused,
    };
    let token = parameter(&form, "token").unwrap_or_default();
    let is_for_mailboxes = matches!(document.guard, Guard::EmailDomain { .. });
    match opened(pages, document, &token, PassKind::Link) {
        true if is_for_mailboxes => let_in(pages, visit, document),
        _ => expired(pages, visit, document),
    }
}

/// Reads a form of at most `most` bytes that a page of ours has sent.
pub(super) async fn form(
    edge: &Edge,
    pages: &Pages,
    visit: &Visit<'_>,
    document: &Document,
    payload: Payload,
    most: usize,
) -> Result<Bytes, HttpResponse> {
    let limited = edge.limits.doors.form(visit.from);
    limited.map_err(|wait| {
        // It may be any form, of a page of whatever kind.
        let body = html::signed_up(document, SignedUp::TooMany);
        with_wait(
            pages.answers.about(document, StatusCode::TOO_MANY_REQUESTS, body),
            wait,
        )
    })?;
    let problem = |problem: Problem| pages.answers.problem(&problem);
    let same = edge.settings.hosts.require_same_origin(visit.request);
    same.map_err(problem)?;
    if !is_form(visit.request.headers().get(CONTENT_TYPE)) {
        return Err(problem(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body must be a form, with the Content-Type application/x-www-form-urlencoded",
        )));
    }
    let body = read_body_within(payload, most, BODY_WITHIN).await;
    body.map_err(problem)
}

fn is_form(kind: Option<&HeaderValue>) -> bool {
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The first field of a name.
pub(super) fn parameter(form: &[u8], name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(form);
    fields
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// Whether a mailbox is in one of the domains, and not below it.
pub(super) fn is_in(domains: &[String], email: &EmailAddress) -> bool {
    let domain = email.mailbox().rsplit_once('@').map(|(_, domain)| domain);
    domain.is_some_and(|domain| domains.iter().any(|known| known.eq_ignore_ascii_case(domain)))
}

fn opened(pages: &Pages, document: &Document, token: &str, kind: PassKind) -> bool {
    let pass = Pass::open(token, &pages.keyring, kind, shared::now());
    pass.is_some_and(|pass| is_of(&pass, document))
}

fn pass(document: &Document, valid_for: Duration) -> Pass {
    let valid_for = i64::try_from(valid_for.as_millis()).unwrap_or(i64::MAX);
    Pass {
        page: document.id,
        guard_version: document.guard_version,
        until: shared::now().plus_millis(valid_for),
    }
}

/// Gives a cookie, and leads to the page.
fn let_in(pages: &Pages, visit: &Visit<'_>, document: &Document) -> HttpResponse {
    let value = pass(document, LET_IN).seal(&pages.keyring, PassKind::Cookie);
    let seconds = i64::try_from(LET_IN.as_secs()).unwrap_or(i64::MAX);
    let cookie = Cookie::build(cookie_name(document), value)
        .path(visit.path().to_owned())
        .max_age(actix_web::cookie::time::Duration::seconds(seconds))
        .http_only(true)
        // The first request after the link in a mail comes from elsewhere.
        .same_site(SameSite::Lax)
        .secure(pages.answers.is_https)
        .finish();
    let mut response = visit.to_page(pages);
    if let Ok(cookie) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// A link is not valid: where it is not needed, it is not missed.
fn expired(pages: &Pages, visit: &Visit<'_>, document: &Document) -> HttpResponse {
    match document.guard {
        Guard::Public => visit.to_page(pages),
        _ => pages
            .answers
            .door(document, StatusCode::FORBIDDEN, Asked::Expired),
    }
}

fn too_many(pages: &Pages, document: &Document, wait: Duration) -> HttpResponse {
    let door = pages
        .answers
        .door(document, StatusCode::TOO_MANY_REQUESTS, Asked::TooMany);
    with_wait(door, wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_in_a_domain_and_not_below_it() {
        let domains = ["acme.example".to_owned()];
        for (email, is_there) in [
            ("ada@acme.example", true),
            ("ada@ACME.example", true),
            ("ada@mail.acme.example", false),
            ("ada@notacme.example", false),
            ("\"@acme.example\"@evil.example", false),
        ] {
            let is_in = EmailAddress::parse(email).is_ok_and(|email| is_in(&domains, &email));
            assert_eq!(is_in, is_there, "{email}");
        }
    }

    #[test]
    fn only_a_form_is_taken() {
        let is = |kind: Option<&'static str>| is_form(kind.map(HeaderValue::from_static).as_ref());
        assert!(is(Some("application/x-www-form-urlencoded")));
        assert!(is(Some("Application/X-WWW-Form-urlencoded; charset=utf-8")));
        for other in [
            None,
            Some("application/json"),
            Some("multipart/form-data"),
            Some("text/plain"),
        ] {
            assert!(!is(other), "{other:?}");
        }
        assert_eq!(
            parameter(b"a=1&password=o+p%20q&password=2", "password").unwrap(),
            "o p q"
        );
        assert_eq!(parameter(b"a=1", "password"), None);
    }
}
