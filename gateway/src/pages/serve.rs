//! What a request for a host of status pages is answered.

use std::sync::Arc;
use std::time::Instant;

use ::pages::View;
use ::pages::document::Guard;
use ::pages::html::{self, Asked};
use actix_web::http::header::SET_COOKIE;
use actix_web::http::{Method, StatusCode};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use shared::http::client_address::AddressPrefix;
use shared::http::problem::Problem;

use super::answer::For;
use super::form::Form;
use super::guard::{Passes, admits, is_public};
use super::reading::{Known, Reading};
use super::route::{self, Root, Route, What};
use super::{Pages, Site, Visit, door, live, subscriptions};
use crate::Edge;
use crate::client::client_address;
use crate::metrics::{self, PageOutcome};

/// What search engines are told at the host of all pages: each page says itself whether it may be listed.
const ALL_ROBOTS: &str = "User-agent: *\nDisallow:\n";
const NO_ROBOTS: &str = "User-agent: *\nDisallow: /\n";

/// An answer, and what became of the request.
type Answered = (HttpResponse, PageOutcome);

/// Answers a request that `began`, and counts it.
pub(super) async fn serve(
    edge: &Edge,
    pages: &Pages,
    request: &HttpRequest,
    site: Site,
    payload: Payload,
    began: Instant,
) -> HttpResponse {
    let (own_host, own_slug) = match site {
        Site::Shared => (None, None),
        Site::Own { host, slug } => (Some(host), Some(slug)),
        Site::NotKnown => {
            metrics::page("other", PageOutcome::Unavailable, began.elapsed());
            return pages.answers.unavailable(For::People);
        }
        Site::TooMany(wait) => {
            metrics::page("other", PageOutcome::Refused, began.elapsed());
            return pages.answers.problem(&Problem::too_many_for(wait));
        }
    };
    let route = route::parse(request.uri().path(), own_slug.as_ref());
    let name = match &route {
        Some(Route::Page { what, .. }) => what.as_str(),
        Some(Route::Root(_) | Route::Moved(_)) | None => "other",
    };
    let (response, outcome) = match route {
        Some(Route::Page { slug, what }) => {
            let client = client_address(edge, request);
            let visit = Visit {
                request,
                slug,
                own_host: own_host.as_deref(),
                client,
                from: AddressPrefix::of(client),
            };
            page(edge, pages, &visit, what, payload).await
        }
        Some(_) if !is_get(request) => refused(pages.answers.no_such_method("GET, HEAD")),
        Some(Route::Moved(to)) => (
            pages.answers.moved(StatusCode::PERMANENT_REDIRECT, &to),
            PageOutcome::Hit,
        ),
        Some(Route::Root(Root::Favicon)) => (pages.answers.text(None), PageOutcome::Hit),
        Some(Route::Root(Root::Robots)) => {
            let robots = robots(pages, own_slug.as_ref()).await;
            (pages.answers.text(Some(robots)), PageOutcome::Hit)
        }
        None => not_found(pages, For::People),
    };
    metrics::page(name, outcome, began.elapsed());
    response
}

async fn page(edge: &Edge, pages: &Pages, visit: &Visit<'_>, what: What, payload: Payload) -> Answered {
    let method = visit.request.method();
    let methods = what.methods();
    if !methods.split(", ").any(|allowed| allowed == method.as_str()) {
        return refused(pages.answers.no_such_method(methods));
    }
    let reader = match what {
        What::Form(form) if !form.is_read() => For::Programs,
        _ => For::People,
    };
    let known = match pages.documents.get(&visit.slug).await {
        Reading::Page(known) => known,
        Reading::Nothing => return not_found(pages, reader),
        Reading::NotKnown => return (pages.answers.unavailable(reader), PageOutcome::Unavailable),
    };
    let known = known.at(visit.own_host.unwrap_or(&pages.host), || {
        pages.url_of(&visit.slug, visit.own_host)
    });
    let document = &known.document;
    let response = match what {
        What::Form(form) => return show(pages, visit, &known, form).await,
        What::Feeds => return feeds(pages, visit, &known).await,
        What::Unlock => door::unlock(edge, pages, visit, document, payload).await,
        What::Link => door::link(edge, pages, visit, document, payload).await,
        What::Enter if method != Method::POST => door::entrance(pages, visit, document),
        What::Enter | What::Access => door::enter(edge, pages, visit, document, payload).await,
        What::Subscribe if !is_let_in(pages, visit, &known, false) => return closed(pages, &known, true),
        What::Subscribe => return subscriptions::sign_up(edge, pages, visit, document, payload).await,
        What::Subscription if is_get(visit.request) => {
            return subscriptions::shown(edge, pages, visit, document).await;
        }
        What::Subscription => return subscriptions::change(edge, pages, visit, document, payload).await,
        What::Unsubscribe if is_get(visit.request) => return subscriptions::ask_end(pages, visit, document),
        What::Unsubscribe => return subscriptions::end(edge, pages, visit, document).await,
    };
    let outcome = match response.status() {
        _ if response.headers().contains_key(SET_COOKIE) => PageOutcome::Entered,
        StatusCode::SEE_OTHER => PageOutcome::Hit,
        StatusCode::SERVICE_UNAVAILABLE => PageOutcome::Unavailable,
        StatusCode::OK | StatusCode::FORBIDDEN => PageOutcome::Door,
        _ => PageOutcome::Refused,
    };
    (response, outcome)
}

/// A form of a page, or the door before it.
async fn show(pages: &Pages, visit: &Visit<'_>, known: &Arc<Known>, form: Form) -> Answered {
    let document = &known.document;
    if !is_let_in(pages, visit, known, !form.is_read()) {
        return closed(pages, known, form.is_read());
    }
    let reader = match form.is_read() {
        true => For::People,
        false => For::Programs,
    };
    if !form.is_of(document) {
        return not_found(pages, reader);
    }
    let got = pages.renderings.get(known, form).await;
    let Some(rendered) = got.value else {
        return (pages.answers.unavailable(reader), PageOutcome::Unavailable);
    };
    if form == Form::Page && *visit.request.method() == Method::GET {
        known.viewed();
    }
    let outcome = match (rendered.is_old, got.was_awaited) {
        (true, _) => PageOutcome::Stale,
        (false, true) => PageOutcome::Rendered,
        (false, false) => PageOutcome::Hit,
    };
    (pages.answers.form(visit.request, document, &rendered), outcome)
}

/// Where the page's feeds are, for who may see it: with a pass in their addresses where one is needed.
async fn feeds(pages: &Pages, visit: &Visit<'_>, known: &Arc<Known>) -> Answered {
    let document = &known.document;
    if !is_let_in(pages, visit, known, false) {
        return closed(pages, known, true);
    }
    let pass = needs_pass(known).then(|| door::feed_pass(pages, document));
    let live = live::states(&pages.source, document).await;
    let body = html::feeds(&View::new(document, &live, shared::now()), pass.as_deref());
    let response = pages.answers.about(document, StatusCode::OK, body);
    (response, PageOutcome::Rendered)
}

/// Whether addresses of feeds need a pass: where one is by itself lets nobody else in.
fn needs_pass(known: &Known) -> bool {
    !matches!(known.document.guard, Guard::Public | Guard::Addresses { .. })
}

fn is_let_in(pages: &Pages, visit: &Visit<'_>, known: &Known, takes_address: bool) -> bool {
    let document = &known.document;
    if is_public(document) {
        return true;
    }
    let passes = Passes {
        cookie: door::pass_in_cookie(pages, visit.request, document),
        feed: takes_address
            .then(|| door::pass_in_address(pages, visit.request))
            .flatten(),
    };
    admits(document, &passes, visit.client)
}

/// What who may not see a page gets instead.
fn closed(pages: &Pages, known: &Known, is_read: bool) -> Answered {
    let response = match is_read {
        true => pages
            .answers
            .door(&known.document, StatusCode::FORBIDDEN, Asked::First),
        false => pages
            .answers
            .forbidden("this status page is not public: the address of a feed or a badge needs its pass"),
    };
    (response, PageOutcome::Door)
}

async fn robots(pages: &Pages, own_slug: Option<&Arc<str>>) -> &'static str {
    let Some(slug) = own_slug else {
        return ALL_ROBOTS;
    };
    match pages.documents.get(slug).await {
        Reading::Page(known) if is_public(&known.document) && known.document.allow_index => ALL_ROBOTS,
        _ => NO_ROBOTS,
    }
}

fn not_found(pages: &Pages, reader: For) -> Answered {
    (pages.answers.not_found(reader), PageOutcome::NotFound)
}

fn refused(response: HttpResponse) -> Answered {
    (response, PageOutcome::Refused)
}

fn is_get(request: &HttpRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}
