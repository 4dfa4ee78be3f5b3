//! Answers of status pages.

use std::time::Duration;

use ::pages::Document;
use ::pages::html::{self, Asked};
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderValue, LOCATION, RETRY_AFTER,
};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use shared::http::problem::Problem;

use super::guard::is_public;
use super::headers::{self, Head};
use super::rendered::Rendered;

/// Answers, by TLS or without.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answers {
    pub(super) is_https: bool,
}

/// Who an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// Somebody with a browser.
    People,
    /// A program, or a page of somebody else.
    Programs,
}

impl Answers {
    /// A form of a page, to who may see it.
    pub(super) fn form(
        self,
        request: &HttpRequest,
        document: &Document,
        rendered: &Rendered,
    ) -> HttpResponse {
        let body = rendered.content.for_whom(request.headers());
        let is_public = is_public(document);
        let is_known = is_public && body.is_known(request.headers());
        let status = match is_known {
            true => StatusCode::NOT_MODIFIED,
            false => StatusCode::OK,
        };
        let mut response = with_head(status, &rendered.head);
        let headers = response.headers_mut();
        if is_public {
            headers.insert(ETAG, body.etag.clone());
        }
        if is_known {
            return response;
        }
        if let Some(encoding) = body.encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response.set_body(BoxBody::new(body.bytes.clone()))
    }

    /// HTML about a page that is not the page itself.
    pub(super) fn about(self, document: &Document, status: StatusCode, body: String) -> HttpResponse {
        let response = with_head(status, &headers::about(document, self.is_https));
        response.set_body(BoxBody::new(body))
    }

    /// The door, for who may not see a page.
    pub(super) fn door(self, document: &Document, status: StatusCode, asked: Asked) -> HttpResponse {
        self.about(document, status, html::door(document, asked))
    }

    /// That there is no such page.
    pub(super) fn not_found(self, reader: For) -> HttpResponse {
        match reader {
            For::People => self.about_none(StatusCode::NOT_FOUND, html::not_found()),
            For::Programs => self.problem(&Problem::not_found("status page")),
        }
    }

    /// That it cannot be shown at the moment.
    pub(super) fn unavailable(self, reader: For) -> HttpResponse {
        let mut response = match reader {
            For::People => self.about_none(StatusCode::SERVICE_UNAVAILABLE, html::unavailable()),
            For::Programs => self.problem(&Problem::unavailable("the status page")),
        };
        let soon = HeaderValue::from_static("5");
        response.headers_mut().insert(RETRY_AFTER, soon);
        response
    }

    /// That somebody may not see it, in few words.
    pub(super) fn forbidden(self, detail: &str) -> HttpResponse {
        self.problem(&Problem::new(StatusCode::FORBIDDEN, detail))
    }

    /// That it was asked for by another method.
    pub(super) fn no_such_method(self, methods: &'static str) -> HttpResponse {
        let problem = Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "there is no such operation at this address",
        );
        let mut response = self.problem(&problem);
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static(methods));
        response
    }

    /// A problem, as the API tells it.
    pub(super) fn problem(self, problem: &Problem) -> HttpResponse {
        let mut response = problem.error_response();
        for (name, value) in headers::of_others(self.is_https) {
            response.headers_mut().insert(name, value);
        }
        response
    }

    /// That the same is elsewhere.
    pub(super) fn moved(self, status: StatusCode, to: &str) -> HttpResponse {
        let mut response = with_head(status, &headers::of_others(self.is_https));
        if let Ok(to) = HeaderValue::from_str(to) {
            response.headers_mut().insert(LOCATION, to);
        }
        response
    }

    /// A small text that everybody may keep for an hour; nothing where there is none.
    pub(super) fn text(self, text: Option<&'static str>) -> HttpResponse {
        let status = match text {
            Some(_) => StatusCode::OK,
            None => StatusCode::NO_CONTENT,
        };
        let mut response = with_head(status, &headers::of_others(self.is_https));
        let hour = HeaderValue::from_static("public, max-age=3600");
        response.headers_mut().insert(CACHE_CONTROL, hour);
        let Some(text) = text else { return response };
        let kind = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response.set_body(BoxBody::new(text))
    }

    fn about_none(self, status: StatusCode, body: String) -> HttpResponse {
        let response = with_head(status, &headers::about_none(self.is_https));
        response.set_body(BoxBody::new(body))
    }
}

/// Says when to try again.
pub(super) fn with_wait(mut response: HttpResponse, wait: Duration) -> HttpResponse {
    let seconds = HeaderValue::from(wait.as_secs() + 1);
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}

fn with_head(status: StatusCode, head: &Head) -> HttpResponse {
    let mut response = HttpResponse::new(status);
    for (name, value) in head {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    response
}
