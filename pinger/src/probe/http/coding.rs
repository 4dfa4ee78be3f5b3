//! Content codings, undone while a body arrives. As liberal as browsers, which servers are tried with.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_compression::tokio::bufread::{
    BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder,
};
use async_compression::zstd::DParameter;
use domain::ErrorCode;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, BufReader, ReadBuf};
use tokio::task::coop::poll_proceed;

use super::wire::poll_buffered;
use crate::error::ProbeError;

/// The most codings of one body, as in curl and Node.
const MAX_CODINGS: usize = 5;

/// The largest window of zstd in powers of two: 8 MiB, the most that HTTP permits (RFC 9659).
const ZSTD_WINDOW_LOG: u32 = 23;

/// How much larger than twice the limit of a body it may be while it is compressed, in bytes.
const SLACK: usize = 64 * 1024;

/// A body that is read.
pub(super) type Reader<'a> = Box<dyn AsyncBufRead + Send + Unpin + 'a>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// The body, of `max` bytes at most, without its content codings. One with a coding that nobody knows (`none`, `utf-8`)
/// is taken as it is.
pub(super) async fn decoded<'a>(
    headers: &HeaderMap,
    body: Reader<'a>,
    max: usize,
) -> Result<Reader<'a>, ProbeError> {
    let mut body = body;
    // The last one was applied last.
    for coding in codings(headers)?.into_iter().rev() {
        let mut input = Layer::new(body, max);
        let first = match input.fill_buf().await {
            Ok(bytes) => bytes.first().copied(),
            Err(error) => return Err(super::fault::reading(&error)),
        };
        let Some(first) = first else {
            // An empty body is empty in every coding.
            return Ok(Box::new(input));
        };
        body = match coding {
            Coding::Gzip => buffered(Members::Member(GzipDecoder::new(input))),
            // Meant is zlib; some send it without its header. The low half of a header's first byte is 8, which no
            // block begins with.
            Coding::Deflate if first & 0x0f == 8 => buffered(ZlibDecoder::new(input)),
            Coding::Deflate => buffered(DeflateDecoder::new(input)),
            Coding::Brotli => buffered(BrotliDecoder::new(input)),
            Coding::Zstd => {
                let window = DParameter::window_log_max(ZSTD_WINDOW_LOG);
                let mut frames = ZstdDecoder::with_params(input, &[window]);
                frames.multiple_members(true);
                buffered(frames)
            }
        };
    }
    Ok(body)
}

fn buffered<'a>(decoder: impl AsyncRead + Send + Unpin + 'a) -> Reader<'a> {
    Box::new(BufReader::new(decoder))
}

/// The codings in the order in which they were applied; none when one of them is not known.
fn codings(headers: &HeaderMap) -> Result<Vec<Coding>, ProbeError> {
    let mut codings = Vec::new();
    let values = headers.get_all(CONTENT_ENCODING).iter();
    for name in values.flat_map(|value| value.as_bytes().split(|&byte| byte == b',')) {
        codings.push(match name.trim_ascii().to_ascii_lowercase().as_slice() {
            b"" | b"identity" => continue,
            b"gzip" | b"x-gzip" => Coding::Gzip,
            b"deflate" => Coding::Deflate,
            b"br" => Coding::Brotli,
            b"zstd" => Coding::Zstd,
            _ => return Ok(Vec::new()),
        });
        if codings.len() > MAX_CODINGS {
            return Err(ProbeError::target(
                ErrorCode::ProtocolError,
                format!("Response has more than {MAX_CODINGS} content encodings"),
            ));
        }
    }
    Ok(codings)
}

/// A body that is still compressed is larger than any that makes sense.
#[derive(Debug, thiserror::Error)]
#[error("Compressed response larger than {0} bytes")]
pub(super) struct CompressedTooLarge(usize);

/// The input of a decoder. A decoder reads on until it has output, and input can be endless that has none: empty blocks,
/// frames, members. So each piece counts as work of the task, which lets others run and its deadline pass, and there is
/// a limit to all pieces.
struct Layer<'a> {
    input: Reader<'a>,
    /// How much has been read, in bytes.
    read: usize,
    /// The most that is read, in bytes.
    max: usize,
}

impl<'a> Layer<'a> {
    /// The input of a decoder, for a body of at most `max` bytes when it is plain.
    fn new(input: Reader<'a>, max: usize) -> Self {
        Self {
            input,
            read: 0,
            // No sane encoder makes a body much larger; one that flushes often adds a little each time.
            max: max.saturating_mul(2).saturating_add(SLACK),
        }
    }
}

impl AsyncBufRead for Layer<'_> {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        if this.read > this.max {
            return Poll::Ready(Err(io::Error::other(CompressedTooLarge(this.max))));
        }
        let work = ready!(poll_proceed(context));
        let piece = ready!(Pin::new(&mut this.input).poll_fill_buf(context));
        work.made_progress();
        Poll::Ready(piece)
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        let this = self.get_mut();
        this.read += count;
        Pin::new(&mut this.input).consume(count);
    }
}

impl AsyncRead for Layer<'_> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        poll_buffered(self, context, buffer)
    }
}

/// Gzip with all its members. What follows the last one and is none, mostly padding, is left out.
enum Members<R> {
    Member(GzipDecoder<R>),
    Between(R),
    End,
}

impl<R: AsyncBufRead + Unpin> AsyncRead for Members<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match &mut *self {
                Self::Member(member) => {
                    let before = buffer.filled().len();
                    ready!(Pin::new(member).poll_read(context, buffer))?;
                    if buffer.filled().len() > before || buffer.remaining() == 0 {
                        return Poll::Ready(Ok(()));
                    }
                    if let Self::Member(member) = std::mem::replace(&mut *self, Self::End) {
                        *self = Self::Between(member.into_inner());
                    }
                }
                Self::Between(rest) => {
                    let first = ready!(Pin::new(rest).poll_fill_buf(context))?.first();
                    let is_member = first == Some(&0x1f);
                    if let Self::Between(rest) = std::mem::replace(&mut *self, Self::End)
                        && is_member
                    {
                        *self = Self::Member(GzipDecoder::new(rest));
                    }
                }
                Self::End => return Poll::Ready(Ok(())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_compression::tokio::bufread::{
        BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder,
    };
    use tokio::io::AsyncReadExt as _;

    use super::*;

    const MAX: usize = 1024 * 1024;

    async fn all(mut reader: impl AsyncRead + Unpin) -> Vec<u8> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await.unwrap();
        bytes
    }

    /// The plain body, read in one piece and byte by byte.
    async fn decode(coding: &str, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, coding.parse().unwrap())]);
        let mut results = Vec::new();
        for capacity in [1, 8192] {
            let body = Box::new(BufReader::with_capacity(capacity, bytes));
            let mut plain = Vec::new();
            let mut body = decoded(&headers, body, MAX)
                .await
                .map_err(|error| io::Error::other(format!("{error:?}")))?;
            results.push(body.read_to_end(&mut plain).await.map(|_| plain));
        }
        let whole = results.pop().unwrap();
        assert_eq!(whole.as_ref().ok(), results[0].as_ref().ok(), "{coding}");
        whole
    }

    #[tokio::test]
    async fn codings_are_undone() {
        let text = b"hello, hello, hello".as_slice();
        let gzip = all(GzipEncoder::new(text)).await;
        let zstd = all(ZstdEncoder::new(text)).await;
        let twice = all(BrotliEncoder::new(gzip.as_slice())).await;
        for (coding, bytes) in [
            ("identity", text.to_vec()),
            ("", text.to_vec()),
            ("none", text.to_vec()),
            ("gzip, utf-8", text.to_vec()),
            ("GZip", gzip.clone()),
            ("x-gzip", gzip.clone()),
            ("gzip", [&gzip[..], &[0; 512]].concat()),
            ("deflate", all(ZlibEncoder::new(text)).await),
            ("deflate", all(DeflateEncoder::new(text)).await),
            ("br", all(BrotliEncoder::new(text)).await),
            ("zstd", zstd.clone()),
            ("gzip, br", twice),
        ] {
            assert_eq!(decode(coding, &bytes).await.unwrap(), text, "{coding}");
        }
        let double = [text, text].concat();
        assert_eq!(decode("gzip", &gzip.repeat(2)).await.unwrap(), double);
        assert_eq!(decode("zstd", &zstd.repeat(2)).await.unwrap(), double);
        for coding in ["gzip", "deflate", "br", "zstd"] {
            assert_eq!(decode(coding, b"").await.unwrap(), b"", "{coding}");
        }
    }

    #[tokio::test]
    async fn what_is_broken_or_too_much_is_refused() {
        let gzip = all(GzipEncoder::new(b"hello, hello, hello".as_slice())).await;
        assert!(decode("gzip", &gzip[..gzip.len() - 10]).await.is_err());
        for coding in ["gzip", "deflate", "br", "zstd"] {
            assert!(decode(coding, b"hello, hello").await.is_err(), "{coding}");
        }
        for codings in [6, 3_000] {
            let codings = vec!["gzip"; codings].join(", ");
            let error = decode(&codings, &gzip).await.unwrap_err();
            assert!(
                error.to_string().contains("more than 5 content encodings"),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn a_layer_without_end_is_too_large() {
        // Empty blocks of deflate.
        let blocks = [0, 0, 0, 0xff, 0xff].repeat(MAX);
        let once = all(DeflateEncoder::new(blocks.as_slice())).await;
        let twice = all(DeflateEncoder::new(once.as_slice())).await;
        assert!(twice.len() < 1024);
        let error = decode("deflate, deflate, deflate", &twice).await.unwrap_err();
        let ProbeError::Target(failure) = super::super::fault::reading(&error) else {
            panic!("{error:?}")
        };
        assert_eq!(failure.code, ErrorCode::TooLarge);
        assert_eq!(failure.message, "Compressed response larger than 2162688 bytes");
    }

    #[tokio::test]
    async fn input_without_output_lets_others_run() {
        let nothing = all(GzipEncoder::new(b"".as_slice())).await;
        let blocks = [0, 0, 0, 0xff, 0xff].repeat(MAX / 5);
        let deflated = all(DeflateEncoder::new(blocks.as_slice())).await;
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0];
        for (coding, bytes) in [
            ("gzip", nothing.repeat(1000)),
            ("deflate", blocks),
            ("deflate, deflate", deflated),
            ("zstd", frame.repeat(MAX / 9)),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_ENCODING, coding.parse().unwrap())]);
            let body = Box::new(BufReader::with_capacity(1024, bytes.as_slice()));
            let mut reading = std::pin::pin!(async {
                let mut body = decoded(&headers, body, MAX).await.unwrap();
                body.fill_buf().await.map(<[u8]>::len)
            });
            assert!(futures_util::poll!(&mut reading).is_pending(), "{coding}");
            tokio::task::yield_now().await;
        }
    }
}
