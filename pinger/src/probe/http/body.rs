//! Bodies that are inspected: kept in memory, within a limit for all checks together, and decoded.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use domain::ErrorCode;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::expect;
use crate::error::ProbeError;
use crate::probe::text::quoted;

/// Memory for all bodies that are being inspected, in bytes.
const MAX_BUFFERED: usize = 256 * 1024 * 1024;

/// A body in memory.
pub(super) struct Buffer<'a> {
    bytes: Vec<u8>,
    all: &'a AtomicUsize,
}

impl<'a> Buffer<'a> {
    pub(super) fn new(all: &'a AtomicUsize) -> Self {
        Self {
            bytes: Vec::new(),
            all,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn extend(&mut self, data: &[u8]) -> Result<(), ProbeError> {
        if self.all.fetch_add(data.len(), Ordering::Relaxed) + data.len() > MAX_BUFFERED {
            self.all.fetch_sub(data.len(), Ordering::Relaxed);
            return Err(ProbeError::Local(
                "there is no memory for another body".to_owned(),
            ));
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }
}

impl Drop for Buffer<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

/// The body without its content codings; at most `max` bytes, so that a small response cannot become a huge one.
pub(super) async fn decoded<'a>(
    headers: &HeaderMap,
    mut body: Buffer<'a>,
    max: usize,
) -> Result<Buffer<'a>, ProbeError> {
    let codings = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|coding| coding.trim().to_ascii_lowercase());
    // The last one was applied last.
    for coding in codings.collect::<Vec<_>>().iter().rev() {
        let plain = match coding.as_str() {
            "" | "identity" => continue,
            "gzip" | "x-gzip" => read(GzipDecoder::new(body.bytes()), body.all, max).await,
            "deflate" => read(ZlibDecoder::new(body.bytes()), body.all, max).await,
            "br" => read(BrotliDecoder::new(body.bytes()), body.all, max).await,
            "zstd" => read(ZstdDecoder::new(body.bytes()), body.all, max).await,
            other => Err(ProbeError::target(
                ErrorCode::ProtocolError,
                format!("Unknown content encoding {:?}", quoted(other)),
            )),
        };
        body = plain?;
    }
    Ok(body)
}

async fn read<'a>(
    mut decoder: impl AsyncRead + Unpin,
    all: &'a AtomicUsize,
    max: usize,
) -> Result<Buffer<'a>, ProbeError> {
    let mut plain = Buffer::new(all);
    let mut chunk = vec![0; 16 * 1024];
    loop {
        let read = decoder.read(&mut chunk).await.map_err(|error| {
            ProbeError::target(
                ErrorCode::ProtocolError,
                format!("Response cannot be decompressed: {error}"),
            )
        })?;
        if read == 0 {
            return Ok(plain);
        }
        plain.extend(&chunk[..read])?;
        if plain.bytes.len() > max {
            return Err(expect::too_large(max));
        }
        // Decompressing is CPU-bound: let other tasks run.
        tokio::task::consume_budget().await;
    }
}

#[cfg(test)]
mod tests {
    use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};

    use super::*;

    async fn all(mut reader: impl AsyncRead + Unpin) -> Vec<u8> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await.unwrap();
        bytes
    }

    async fn decode(coding: &str, bytes: &[u8], max: usize) -> Result<Vec<u8>, ProbeError> {
        let budget = AtomicUsize::new(0);
        let mut body = Buffer::new(&budget);
        body.extend(bytes).unwrap();
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, coding.parse().unwrap())]);
        let plain = decoded(&headers, body, max)
            .await
            .map(|plain| plain.bytes().to_vec());
        assert_eq!(budget.load(Ordering::Relaxed), 0);
        plain
    }

    #[tokio::test]
    async fn codings_are_undone() {
        let text = b"hello, hello, hello".as_slice();
        let twice = all(BrotliEncoder::new(all(GzipEncoder::new(text)).await.as_slice())).await;
        for (coding, bytes) in [
            ("identity", text.to_vec()),
            ("gzip", all(GzipEncoder::new(text)).await),
            ("deflate", all(ZlibEncoder::new(text)).await),
            ("br", all(BrotliEncoder::new(text)).await),
            ("zstd", all(ZstdEncoder::new(text)).await),
            ("gzip, br", twice),
        ] {
            assert_eq!(decode(coding, &bytes, 100).await.unwrap(), text, "{coding}");
        }
    }

    #[tokio::test]
    async fn a_small_response_does_not_become_a_huge_one() {
        let bomb = all(GzipEncoder::new(vec![0; 5_000_000].as_slice())).await;
        for (coding, code) in [
            ("gzip", ErrorCode::TooLarge),
            ("br", ErrorCode::ProtocolError),
            ("rot13", ErrorCode::ProtocolError),
        ] {
            let Err(ProbeError::Target(failure)) = decode(coding, &bomb, 100_000).await else {
                panic!("{coding}")
            };
            assert_eq!(failure.code, code, "{coding}");
        }
    }
}
