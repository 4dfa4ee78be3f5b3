//! Reading requests: everything that cannot be read becomes a problem.

use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Payload, Query};
use serde::de::DeserializeOwned;

use crate::problem::{MAX_BODY_BYTES, Problem};

/// The whole body.
///
/// # Errors
/// 413 when it has more than [`MAX_BODY_BYTES`], 400 when it breaks off.
pub async fn read_body(payload: Payload) -> Result<Bytes, Problem> {
    match payload.to_bytes_limited(MAX_BODY_BYTES).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(Problem::bad_request("the body cannot be read")),
        Err(_) => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body has more than {MAX_BODY_BYTES} bytes"),
        )),
    }
}

/// The query's parameters. Mark `T` with `deny_unknown_fields`.
///
/// # Errors
/// 400 for a parameter that is unknown or does not parse.
pub fn parse_query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
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
