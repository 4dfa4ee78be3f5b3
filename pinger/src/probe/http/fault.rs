//! What is wrong with a response, in words.

use std::io;

use domain::ErrorCode;

use super::coding::CompressedTooLarge;
use super::exchange::{MAX_HEAD_BYTES, MAX_HEADERS};
use super::head::EndlessHead;
use crate::error::ProbeError;

/// An error of the exchange.
pub(super) fn http(error: &hyper::Error) -> ProbeError {
    if error.is_parse_too_large() {
        let kib = MAX_HEAD_BYTES / 1024;
        return ProbeError::target(
            ErrorCode::TooLarge,
            format!("Response has more than {MAX_HEADERS} headers, or headers of more than {kib} KiB"),
        );
    }
    if error.is_parse_version_h2() {
        return invalid("the server speaks HTTP/2 only");
    }
    if error.is_parse_status() {
        return invalid("the status code is not valid");
    }
    if error.is_parse() || error.is_user() {
        return invalid(&error.to_string());
    }
    if error.is_incomplete_message() {
        return ProbeError::target(ErrorCode::ConnectionClosed, "Connection closed before a response");
    }
    let source = std::error::Error::source(error);
    match source.and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(io) => broken(io),
        None => ProbeError::target(ErrorCode::ConnectionClosed, "Connection lost"),
    }
}

/// An error while a body is read and decoded.
pub(super) fn reading(error: &io::Error) -> ProbeError {
    let inner = error.get_ref();
    if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<CompressedTooLarge>()) {
        return ProbeError::target(ErrorCode::TooLarge, error.to_string());
    }
    match inner.and_then(|inner| inner.downcast_ref::<hyper::Error>()) {
        Some(error) => http(error),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            undecodable("the compressed data ends too early")
        }
        None => undecodable(&error.to_string()),
    }
}

fn broken(error: &io::Error) -> ProbeError {
    if let Some(error) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<EndlessHead>())
    {
        return ProbeError::target(ErrorCode::TooLarge, error.to_string());
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ProbeError::target(
            ErrorCode::ConnectionClosed,
            "Connection closed before the response was complete",
        ),
        // Of chunks.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => invalid(&error.to_string()),
        _ => ProbeError::broken(error),
    }
}

fn invalid(why: &str) -> ProbeError {
    ProbeError::target(ErrorCode::ProtocolError, format!("Invalid HTTP response: {why}"))
}

fn undecodable(why: &str) -> ProbeError {
    ProbeError::target(
        ErrorCode::ProtocolError,
        format!("Response cannot be decompressed: {why}"),
    )
}
