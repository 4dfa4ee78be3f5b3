//! Reading requests: everything that cannot be read becomes a problem.

use std::str::FromStr;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Payload, Query};
use serde::de::DeserializeOwned;

use crate::http::problem::{MAX_BODY_BYTES, Problem};

/// The largest body of a request that another service sends, in bytes. What a user sent is in it with the defaults spelt
/// out, or sealed and in base64.
const MAX_INTERNAL_BODY_BYTES: usize = 4 * MAX_BODY_BYTES;

/// How long the body of a request may take that another service sends: it has it whole.
pub const BODY_WITHIN: Duration = Duration::from_secs(4);

/// The whole body of a request that another service sends.
///
/// # Errors
/// See [`read_body_within`].
pub async fn read_body(payload: Payload) -> Result<Bytes, Problem> {
    read_body_within(payload, MAX_INTERNAL_BODY_BYTES, BODY_WITHIN).await
}

/// The whole body.
///
/// # Errors
/// 413 when it has more than `max_bytes`, 408 when it is not there within `deadline`, 400 when it breaks off.
pub async fn read_body_within(
    payload: Payload,
    max_bytes: usize,
    deadline: Duration,
) -> Result<Bytes, Problem> {
    match tokio::time::timeout(deadline, payload.to_bytes_limited(max_bytes)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(_))) => Err(Problem::bad_request("the body cannot be read")),
        Ok(Err(_)) => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body has more than {max_bytes} bytes"),
        )),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("the body did not arrive within {} s", deadline.as_secs()),
        )),
    }
}

/// The query's parameters. Mark `T` with `deny_unknown_fields`.
///
/// # Errors
/// 400 for a parameter that is unknown, does not parse, or has U+0000 in it, which PostgreSQL takes in no text.
pub fn parse_query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    let is_nul = |parameter: &&str| parameter.contains("%00");
    if let Some(parameter) = request.query_string().split('&').find(is_nul) {
        let name = parameter.split('=').next().unwrap_or_default();
        return Err(Problem::bad_request(format!(
            "the query cannot be read: {name} must not contain the character U+0000"
        )));
    }
    Query::<T>::from_query(request.query_string())
        .map(Query::into_inner)
        .map_err(|error| Problem::bad_request(format!("the query cannot be read: {error}")))
}

/// A part of the path that names a `what`.
///
/// # Errors
/// 404 when it is no name at all.
pub fn path_id<T: FromStr>(request: &HttpRequest, part: &str, what: &str) -> Result<T, Problem> {
    request
        .match_info()
        .get(part)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Problem::not_found(what))
}
