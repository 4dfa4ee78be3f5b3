//! Errors of the HTTP APIs as RFC 9457 problem details.

use std::time::Duration;

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use api::{LimitKey, ProblemDetails, Role, SECOND_FACTOR_MISSING, SECOND_FACTOR_REQUIRED};
use domain::json;
use domain::monitor::FieldError;
use serde::{Deserialize, Serialize};

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// The type of the problem that a limit of the plan is reached. Every other one has none of its own.
const LIMIT_REACHED: &str = "urn:uptime-monitor:limit-reached";

/// The largest request body, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The largest body of a request that holds an image, in bytes: 512 KiB in base64, and what describes a status page.
pub const MAX_LARGE_BODY_BYTES: usize = 1024 * 1024;

/// The largest body of a request that gives or renews a credential, in bytes.
pub const MAX_AUTH_BODY_BYTES: usize = 8 * 1024;

/// Why a request was not carried out. Small, because every handler returns one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Problem(Box<Details>);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Details {
    #[serde(flatten)]
    shown: ProblemDetails,
    #[serde(skip)]
    retry_after_seconds: Option<u32>,
}

impl Problem {
    /// A problem of the given status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let shown = ProblemDetails {
            type_: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            key: None,
            limit: None,
            used: None,
            challenge: None,
            request_id: None,
        };
        Self(Box::new(Details {
            shown,
            retry_after_seconds: None,
        }))
    }

    /// 400: the request cannot be read.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 401: no credential, or a bad one.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "a valid credential is required")
    }

    /// 403: the role is too small.
    pub fn forbidden(needed: Role) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            format!("this needs the role {}", needed.as_str()),
        )
    }

    /// 403: an API key may not do it, whatever its role.
    pub fn people_only() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "this needs somebody who is signed in; no API key may do it",
        )
    }

    /// 403: it concerns the whole organisation, and the caller sees a part of it.
    pub fn narrowed() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "this concerns the whole organisation; your access is narrowed to tags",
        )
    }

    /// 403: an API key is not accepted from the client's address.
    pub fn elsewhere() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "this API key is not accepted from your address",
        )
    }

    /// 403: the password was right, and the second step of signing in is given `challenge`.
    pub fn second_factor_required(challenge: String) -> Self {
        let mut problem = Self::new(
            StatusCode::FORBIDDEN,
            "a code is needed as well: send it with the challenge to /auth/login/second-factor",
        );
        SECOND_FACTOR_REQUIRED.clone_into(&mut problem.0.shown.type_);
        problem.0.shown.challenge = Some(challenge);
        problem
    }

    /// 403: the organisation demands a second factor, and the account has none.
    pub fn second_factor_missing() -> Self {
        let mut problem = Self::new(
            StatusCode::FORBIDDEN,
            "this organisation demands a second factor: turn it on for your account",
        );
        SECOND_FACTOR_MISSING.clone_into(&mut problem.0.shown.type_);
        problem
    }

    /// 404: not there, or another organisation's.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("there is no such {what}"))
    }

    /// 409: it exists already.
    pub fn conflict(field: &str, message: &str) -> Self {
        Self::new(StatusCode::CONFLICT, message).with_errors(vec![FieldError::new(field, message)])
    }

    /// 409: there is as much of something as the plan allows.
    pub fn limit_reached(key: LimitKey, limit: u32, used: u32, detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::CONFLICT, detail);
        let shown = &mut problem.0.shown;
        LIMIT_REACHED.clone_into(&mut shown.type_);
        "Limit reached".clone_into(&mut shown.title);
        (shown.key, shown.limit, shown.used) = (Some(key), Some(limit), Some(used));
        problem
    }

    /// 412: the row has changed since the caller read it.
    pub fn stale() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "it was changed by somebody else in the meantime",
        )
    }

    /// 422: these fields are not valid.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.len() {
            1 => "1 field is not valid".to_owned(),
            n => format!("{n} fields are not valid"),
        };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail).with_errors(errors)
    }

    /// 429: too many requests.
    pub fn too_many(retry_after_seconds: u32) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests; try again later",
        )
        .with_retry_after(retry_after_seconds.max(1))
    }

    /// 429: too many requests for the next `wait`.
    pub fn too_many_for(wait: Duration) -> Self {
        Self::too_many(u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX))
    }

    /// 503: something that is needed is away.
    pub fn unavailable(what: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{what} is not available; try again soon"),
        )
        .with_retry_after(5)
    }

    /// 500: a fault of ours. The cause goes to the log, not to the caller.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "an internal error; it has been logged",
        )
    }

    /// Names the request, so that its log lines can be found.
    pub fn with_request_id(mut self, request_id: impl Into<String>) -> Self {
        self.0.shown.request_id = Some(request_id.into());
        self
    }

    fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.shown.errors = errors;
        self
    }

    /// Says after how many seconds it can be tried again.
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after_seconds = Some(seconds);
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.shown.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The body of the answer.
    pub fn into_details(self) -> ProblemDetails {
        self.0.shown
    }

    /// The fields that are not valid.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.shown.errors
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ProblemDetails {
            status,
            title,
            detail,
            ..
        } = &self.0.shown;
        write!(f, "{status} {title}: {detail}")
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status());
        response.insert_header((CONTENT_TYPE, MEDIA_TYPE));
        if let Some(seconds) = self.0.retry_after_seconds {
            response.insert_header((RETRY_AFTER, seconds));
        }
        match serde_json::to_string(self) {
            Ok(body) => response.body(body),
            Err(_) => response.finish(),
        }
    }
}

impl From<deadpool_postgres::PoolError> for Problem {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        // Whatever keeps a connection from being opened, a wrong password too, is mended elsewhere.
        tracing::warn!(%error, "no database connection");
        Self::unavailable("the database")
    }
}

impl From<tokio_postgres::Error> for Problem {
    fn from(error: tokio_postgres::Error) -> Self {
        let described = crate::postgres::describe(&error);
        if !crate::postgres::is_away(&error) {
            return Self::internal(described);
        }
        tracing::warn!(error = described, "the database went away");
        Self::unavailable("the database")
    }
}

/// Reads a JSON body: what is no JSON object becomes 400, a field that does not fit, or is not known where such fields
/// are refused, 422.
///
/// # Errors
/// See above.
pub fn parse_json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let value: serde_json::Value = serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request(format!("malformed JSON: {error}")))?;
    if !value.is_object() {
        return Err(Problem::bad_request("the body must be a JSON object"));
    }
    json::from_value(value).map_err(|error| Problem::invalid(vec![error]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_or_unknown_field_is_named() {
        let parse = |text: &str| parse_json::<domain::monitor::MonitorInput>(text.as_bytes()).unwrap_err();
        assert_eq!(parse("{\"url\":").status(), StatusCode::BAD_REQUEST);
        assert_eq!(parse("[]").status(), StatusCode::BAD_REQUEST);
        for (body, field) in [
            (r#"{"interval_seconds": "x"}"#, "interval_seconds"),
            (r#"{"interval_seconds": -1}"#, "interval_seconds"),
            (r#"{"nope": 1}"#, "nope"),
            (r#"{"http": {"nope": 1}}"#, "http.nope"),
            (r#"{"http": {"method": "BREW"}}"#, "http.method"),
        ] {
            let problem = parse(body);
            assert_eq!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(problem.errors()[0].field, field, "{body}");
        }
    }

    #[test]
    fn what_is_nested_too_deep_is_named() {
        let arrays = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let objects = |levels| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
        let equals = |value: String| format!(r#"{{"http": {{"json": {{"path": "$", "equals": {value}}}}}}}"#);
        let field = |body: &str| {
            let problem = parse_json::<serde_json::Value>(body.as_bytes()).err()?;
            assert_eq!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
            Some(problem.errors()[0].field.clone())
        };
        for nested in [&arrays as &dyn Fn(usize) -> String, &objects] {
            assert_eq!(field(&equals(nested(16))), None);
            for levels in [17, 124] {
                assert_eq!(
                    field(&equals(nested(levels))).as_deref(),
                    Some("http.json.equals")
                );
            }
        }
        let config = format!(r#"{{"config": {{"to": {}}}}}"#, arrays(100));
        assert_eq!(field(&config).as_deref(), Some("config.to"));
    }
}
