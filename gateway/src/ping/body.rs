//! Reading the body of a ping: its beginning is kept, and the rest counted.

use std::time::Duration;

use actix_web::web::Payload;
use futures_util::StreamExt as _;

use super::answer::Refusal;

/// How long a body may take.
const WITHIN: Duration = Duration::from_secs(10);

/// Bytes that are read of a body, about: what is longer counts as this long.
const MAX_COUNTED_BYTES: u64 = 10 * 1024 * 1024;

/// What a ping brings along.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// Its beginning.
    pub(super) kept: Vec<u8>,
    /// The length of all of it.
    pub(super) bytes: u64,
}

/// Reads a body and keeps at most `most` bytes.
///
/// # Errors
/// When it breaks off, or takes too long.
pub(super) async fn read(mut payload: Payload, most: usize) -> Result<Body, Refusal> {
    let read = async {
        let mut body = Body::default();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Refusal::BrokenOff)?;
            let room = most.saturating_sub(body.kept.len()).min(chunk.len());
            body.kept.extend_from_slice(&chunk[..room]);
            body.bytes += chunk.len() as u64;
            if body.bytes >= MAX_COUNTED_BYTES {
                body.bytes = MAX_COUNTED_BYTES;
                break;
            }
        }
        Ok(body)
    };
    tokio::time::timeout(WITHIN, read)
        .await
        .unwrap_or(Err(Refusal::TooSlow))
}
