//! Bodies that are inspected, while they arrive. Only JSON is kept, within a limit for all checks together.

use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use domain::monitor::DEFAULT_MAX_BODY_BYTES;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use tokio::io::AsyncBufReadExt as _;

use super::coding::{self, Reader};
use super::json::Source;
use super::memory::Share;
use super::target::{Extras, Json};
use super::wire::WireBody;
use super::{expect, fault};
use crate::error::ProbeError;
use crate::probe::charset::Charset;
use crate::probe::search::Search;
use crate::probe::trace::Trace;

/// The most memory for the values of one JSON body, in bytes.
pub(super) const MAX_VALUES: usize = 128 * 1024 * 1024;

/// How much is read of a body that nothing is demanded of, in bytes.
const MAX_UNINSPECTED: usize = DEFAULT_MAX_BODY_BYTES as usize;

/// How long a body that nothing is demanded of, and that may have no end, is waited for at most.
const GRACE: Duration = Duration::from_secs(1);

/// Reads a body that nothing is demanded of. The head suffices, but one that breaks off is noticed: a body that says
/// a length of at most [`MAX_UNINSPECTED`] has to come, any other is read for a moment, which does not count as response
/// time unless the body ends in it.
pub(super) async fn skim<C: Future>(
    headers: &HeaderMap,
    mut body: WireBody<'_, '_, C>,
    trace: &mut Trace,
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
    let begun = Instant::now();
    // Before the deadline, which would make the target down.
    let grace = GRACE.min(trace.left() / 2);
    tokio::time::timeout(grace, reading).await.unwrap_or_else(|_| {
        trace.leave_out(begun.elapsed());
        Ok(())
    })
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

/// Reads a body and compares it with what is expected, until that is decided. A body that `is_unseen` is not repeated
/// in a reason.
pub(super) async fn inspect(
    extras: &Extras,
    headers: &HeaderMap,
    body: Reader<'_>,
    memory: &AtomicUsize,
    is_unseen: bool,
) -> Result<(), ProbeError> {
    let charset = Charset::of_content_type(headers.get(CONTENT_TYPE));
    let max = extras.max_body.unwrap_or(DEFAULT_MAX_BODY_BYTES as usize);
    let mut body = coding::decoded(headers, body, max).await?;
    let mut contains = extras.contains.as_deref().map(|text| Search::new(text, charset));
    let mut not_contains = extras
        .not_contains
        .as_deref()
        .map(|text| Search::new(text, charset));
    let mut kept = extras.json.is_some().then(|| (Vec::new(), Share::new(memory)));
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
        if let Some((bytes, memory)) = &mut kept {
            memory.take(piece.len())?;
            bytes.extend_from_slice(piece);
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
    match (&extras.json, kept) {
        (Some(json), Some((bytes, memory))) => judge(json, &charset.decode_json(&bytes), memory, is_unseen),
        _ => Ok(()),
    }
}

/// Reads a JSON body, whose values may take far more memory than its text, and compares it with what is expected.
fn judge(expected: &Json, text: &str, mut memory: Share<'_>, is_unseen: bool) -> Result<(), ProbeError> {
    let source = Source::new(text);
    let needed = source.memory();
    if needed > MAX_VALUES {
        return Err(expect::too_many_values());
    }
    memory.take(needed)?;
    expect::json(expected, &source, is_unseen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str, all: &AtomicUsize) -> Result<(), ProbeError> {
        let expected = Json::compile(domain::monitor::JsonAssertion {
            path: "$[0]".to_owned(),
            equals: None,
        });
        judge(&expected, text, Share::new(all), false)
    }

    #[test]
    fn the_values_of_a_document_have_a_limit() {
        let all = AtomicUsize::new(0);
        let document = |objects: usize| format!("[{}1e400]", r#"{"":0},"#.repeat(objects));
        let Err(ProbeError::Target(failure)) = judged(&document(599_000), &all) else {
            panic!("it is read")
        };
        assert_eq!(failure.code, domain::ErrorCode::TooLarge);
        assert_eq!(
            failure.message,
            "Response has more JSON values than fit into 128 MiB of memory"
        );
        assert!(judged(&document(10_000), &all).is_ok());
        let numbers = format!("[{}0]", "0,".repeat(2 * 1024 * 1024 - 2));
        assert!(judged(&numbers, &all).is_ok());
        assert_eq!(all.into_inner(), 0);
    }

    #[test]
    fn values_share_the_memory_of_all_bodies() {
        let all = AtomicUsize::new(255 * 1024 * 1024);
        let document = |objects: usize| format!("[{}0]", r#"{"":0},"#.repeat(objects));
        assert!(judged(&document(100), &all).is_ok());
        assert!(matches!(
            judged(&document(10_000), &all),
            Err(ProbeError::Local(_))
        ));
        assert_eq!(all.into_inner(), 255 * 1024 * 1024);
    }
}
