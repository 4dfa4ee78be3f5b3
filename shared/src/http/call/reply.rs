//! The answer to a call of an operation of the API.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use api::Operation;

use crate::http::idempotency::REPLAYED_HEADER;

/// The answer to a successful call of `O`, with a status that it declares.
pub struct Reply<O: Operation> {
    answer: Answer<O>,
    status: u16,
    headers: Vec<(HeaderName, HeaderValue)>,
    cookies: Vec<Cookie<'static>>,
}

enum Answer<O: Operation> {
    Made(O::Answer),
    /// That of an earlier call, as JSON.
    Kept(Vec<u8>),
}

impl<O: Operation> fmt::Debug for Reply<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply<{}>", O::ID)
    }
}

impl<O: Operation> Reply<O> {
    /// With this body.
    pub fn new(answer: O::Answer) -> Self {
        Self::with(Answer::Made(answer))
    }

    /// The same as an earlier one, with the JSON that [`Reply::json`] made of that.
    pub fn replayed(json: Vec<u8>) -> Self {
        let replayed = Self::with(Answer::Kept(json));
        replayed.with_header(HeaderName::from_static(REPLAYED_HEADER), "true")
    }

    fn with(answer: Answer<O>) -> Self {
        Self {
            answer,
            status: O::STATUS,
            headers: Vec::new(),
            cookies: Vec::new(),
        }
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn json(&self) -> Result<Vec<u8>, serde_json::Error> {
        match &self.answer {
            Answer::Made(answer) => serde_json::to_vec(answer),
            Answer::Kept(json) => Ok(json.clone()),
        }
    }

    /// The value of a header.
    pub fn header(&self, name: &HeaderName) -> Option<&HeaderValue> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Says that something was created, where the operation does not always do that.
    #[must_use]
    pub fn of_new(mut self) -> Self {
        self.status = O::STATUS_OF_NEW.unwrap_or(O::STATUS);
        self
    }

    /// Adds a header. One whose value is not valid is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(value.parse().ok().map(|value| (name, value)));
        self
    }

    /// Sets one more cookie.
    #[must_use]
    pub fn with_cookie(mut self, cookie: Cookie<'static>) -> Self {
        self.cookies.push(cookie);
        self
    }
}

impl<O: Operation<Answer = api::Empty>> Reply<O> {
    /// Without a body.
    pub fn empty() -> Self {
        Self::new(api::Empty {})
    }
}

impl<O: Operation> Responder for Reply<O> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::build(status);
        // What concerns one account is nobody else's to keep.
        response.insert_header((CACHE_CONTROL, "no-store"));
        // What was answered before may have another version by now.
        if let (Some(etag), Answer::Made(answer)) = (O::ETAG, &self.answer) {
            response.insert_header((ETAG, format!("\"{}\"", etag(answer))));
        }
        for header in self.headers {
            response.insert_header(header);
        }
        for cookie in self.cookies {
            response.cookie(cookie);
        }
        match (O::HAS_ANSWER, self.answer) {
            (false, _) => response.finish(),
            (true, Answer::Made(answer)) => response.json(answer),
            (true, Answer::Kept(json)) => response.content_type("application/json").body(json),
        }
    }
}
