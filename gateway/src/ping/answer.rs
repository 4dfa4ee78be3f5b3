//! What a ping is answered, to the byte as clients of healthchecks.io know it.

use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW,
    CACHE_CONTROL, RETRY_AFTER,
};
use actix_web::{HttpResponse, HttpResponseBuilder};

/// The methods of a ping.
const METHODS: &str = "HEAD, GET, POST, OPTIONS";

/// After how many seconds a ping is to be sent again that could not be taken.
const AGAIN_AFTER_SECONDS: u64 = 2;

/// A ping that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Its heartbeat was made for it.
    pub(super) created: bool,
}

/// Why a ping was not taken. Nothing was recorded then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nobody has that name.
    NotFound,
    /// The address is none: a slug with upper-case letters, or an exit status that there cannot be.
    Url,
    /// What is to name the run is no UUID.
    RunId,
    /// Several heartbeats have that slug.
    Ambiguous,
    /// There were too many.
    TooMany(Duration),
    /// The body took too long.
    TooSlow,
    /// The body broke off.
    BrokenOff,
    /// It is not known whose it is, or Kafka has not acknowledged it in time.
    NotNow,
}

impl Refusal {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Url | Self::RunId | Self::BrokenOff => StatusCode::BAD_REQUEST,
            Self::Ambiguous => StatusCode::CONFLICT,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NotNow => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::NotFound => "not found",
            Self::Url => "invalid url format",
            Self::RunId => "invalid uuid format",
            Self::Ambiguous => "ambiguous slug",
            Self::TooMany(_) => "too many pings",
            Self::TooSlow => "the body took too long",
            Self::BrokenOff => "the body broke off",
            Self::NotNow => "not taken, send it again",
        }
    }

    /// After how many seconds it makes sense to send the ping again.
    fn again_after(self) -> Option<u64> {
        match self {
            Self::TooMany(wait) => Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)),
            Self::NotNow => Some(AGAIN_AFTER_SECONDS),
            _ => None,
        }
    }

    /// The beginning of an answer that says so.
    pub(super) fn begin(self) -> HttpResponseBuilder {
        let mut answer = begin(self.status());
        if let Some(seconds) = self.again_after() {
            answer.insert_header((RETRY_AFTER, seconds));
        }
        answer
    }
}

/// The answer to a ping; `limit` is how much of a body is kept.
pub(super) fn to_ping(taken: Result<Taken, Refusal>, limit: usize) -> HttpResponse {
    let (mut answer, text) = match taken {
        Ok(Taken { created: true }) => (begin(StatusCode::CREATED), "Created"),
        Ok(Taken { created: false }) => (begin(StatusCode::OK), "OK"),
        Err(refusal) => (refusal.begin(), refusal.text()),
    };
    answer
        .insert_header(("ping-body-limit", limit))
        .content_type("text/plain; charset=utf-8")
        .body(text)
}

/// The answer to a request that is no ping because of its method.
pub(super) fn to_method(method: &Method) -> Option<HttpResponse> {
    match *method {
        Method::HEAD | Method::GET | Method::POST => None,
        Method::OPTIONS => Some(
            begin(StatusCode::NO_CONTENT)
                .insert_header((ALLOW, METHODS))
                .insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS))
                .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, "*"))
                .finish(),
        ),
        _ => Some(other_method(METHODS)),
    }
}

/// 405, with the methods that are taken.
pub(super) fn other_method(taken: &'static str) -> HttpResponse {
    begin(StatusCode::METHOD_NOT_ALLOWED)
        .insert_header((ALLOW, taken))
        .content_type("text/plain; charset=utf-8")
        .body("method not allowed")
}

/// Any page may send a ping and see what it is answered, which nobody keeps.
pub(super) fn begin(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((CACHE_CONTROL, "no-store"));
    answer
}
