//! Bodies that are inspected, while they arrive. Only JSON is kept, within a limit for all checks together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::monitor::DEFAULT_MAX_BODY_BYTES;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use tokio::io::AsyncBufReadExt as _;

use super::coding::{self, Reader};
use super::target::Extras;
use super::wire::WireBody;
use super::{expect, fault};
use crate::error::ProbeError;
use crate::probe::charset::Charset;
use crate::probe::search::Search;

/// Memory for all bodies that are being inspected, in bytes.
const MAX_BUFFERED: usize = 256 * 1024 * 1024;

/// How much is read of a body that nothing is demanded of, in bytes.
const MAX_UNINSPECTED: usize = DEFAULT_MAX_BODY_BYTES as usize;

/// How long a body that nothing is demanded of, and that may have no end, is waited for.
const GRACE: Duration = Duration::from_secs(1);

/// Reads a body that nothing is demanded of. The head suffices, but one that breaks off is noticed: a body that says
/// its length has to come, any other is read for a moment.
pub(super) async fn skim<C: Future>(
    headers: &HeaderMap,
    mut body: WireBody<'_, '_, C>,
) -> Result<(), ProbeError> {
    let is_short = body
        .declared()
        .is_some_and(|bytes| bytes <= MAX_UNINSPECTED as u64);
    if !is_short && is_stream(headers) {
        return Ok(());
    }
    let reading = async {
        while body.received <= MAX_UNINSPECTED {
            if body.next().await.map_err(|error| fault::http(&error))?.is_empty() {
                break;
            }
        }
        Ok(())
    };
    if is_short {
        return reading.await;
    }
    tokio::time::timeout(GRACE, reading).await.unwrap_or(Ok(()))
}

/// Whether the body is of a kind that comes for as long as somebody listens.
fn is_stream(headers: &HeaderMap) -> bool {
    const STREAMS: [&[u8]; 4] = [
        b"text/event-stream",
        b"multipart/x-mixed-replace",
        b"audio/",
        b"video/",
    ];
    headers.get(CONTENT_TYPE).is_some_and(|value| {
        let value = value.as_bytes().trim_ascii_start();
        STREAMS.iter().any(|stream| {
            value
                .get(..stream.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(stream))
        })
    })
}

/// Reads a body of which only the size matters.
pub(super) async fn measure<C: Future>(max: usize, mut body: WireBody<'_, '_, C>) -> Result<(), ProbeError> {
    loop {
        let data = body.next().await.map_err(|error| fault::http(&error))?;
        if body.received > max {
            return Err(expect::too_large(max));
        }
        if data.is_empty() {
            return Ok(());
        }
    }
}

/// Reads a body and compares it with what is expected, until that is decided.
pub(super) async fn inspect(
    extras: &Extras,
    headers: &HeaderMap,
    body: Reader<'_>,
    memory: &AtomicUsize,
) -> Result<(), ProbeError> {
    let charset = Charset::of_content_type(headers.get(CONTENT_TYPE));
    let max = extras.max_body.unwrap_or(DEFAULT_MAX_BODY_BYTES as usize);
    let mut body = coding::decoded(headers, body, max).await?;
    let mut contains = extras.contains.as_deref().map(|text| Search::new(text, charset));
    let mut not_contains = extras
        .not_contains
        .as_deref()
        .map(|text| Search::new(text, charset));
    let mut kept = extras.json.is_some().then(|| Kept::new(memory));
    let hit_suffices = not_contains.is_none() && kept.is_none() && !extras.limits_body;
    let mut size = 0;
    loop {
        let piece = body.fill_buf().await.map_err(|error| fault::reading(&error))?;
        if piece.is_empty() {
            break;
        }
        size += piece.len();
        if let Some(search) = &mut contains
            && search.push(piece)
            && hit_suffices
        {
            return Ok(());
        }
        if let Some(search) = &mut not_contains
            && search.push(piece)
            && search.is_certain()
        {
            return Err(expect::forbidden(search.text()));
        }
        // So that a small response cannot become a huge one.
        if size > max {
            return Err(expect::too_large(max));
        }
        if let Some(kept) = &mut kept {
            kept.extend(piece)?;
        }
        let read = piece.len();
        body.consume(read);
        // Decompressing is CPU-bound: let other tasks run.
        tokio::task::consume_budget().await;
    }
    if let Some(search) = &mut contains
        && !search.finish()
    {
        return Err(expect::missing(search.text()));
    }
    if let Some(search) = &mut not_contains
        && search.finish()
    {
        return Err(expect::forbidden(search.text()));
    }
    match (&extras.json, &kept) {
        (Some(json), Some(kept)) => expect::json(json, &charset.decode_json(&kept.bytes)),
        _ => Ok(()),
    }
}

/// A body in memory.
struct Kept<'a> {
    bytes: Vec<u8>,
    memory: &'a AtomicUsize,
}

impl<'a> Kept<'a> {
    fn new(memory: &'a AtomicUsize) -> Self {
        Self {
            bytes: Vec::new(),
            memory,
        }
    }

    fn extend(&mut self, data: &[u8]) -> Result<(), ProbeError> {
        if self.memory.fetch_add(data.len(), Ordering::Relaxed) + data.len() > MAX_BUFFERED {
            self.memory.fetch_sub(data.len(), Ordering::Relaxed);
            return Err(ProbeError::Local(
                "there is no memory for another body".to_owned(),
            ));
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        self.memory.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}
