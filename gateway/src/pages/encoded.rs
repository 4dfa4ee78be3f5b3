//! What is sent as it is, and compressed once for all who take it so.

use std::fmt::Write as _;
use std::io::Write as _;

use actix_web::http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, IF_NONE_MATCH};
use actix_web::web::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use ring::digest::{SHA256, digest};

/// What is smaller is not compressed.
const MIN_BYTES: usize = 512;

/// How hard brotli tries, of 11, and how far back it looks, as a power of two.
const BROTLI_QUALITY: u32 = 5;
const BROTLI_WINDOW: u32 = 20;

/// One content in the encodings that are worth it.
#[derive(Clone, Debug)]
pub(super) struct Encoded {
    plain: Body,
    gzip: Option<Body>,
    brotli: Option<Body>,
}

/// A body in one encoding.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) bytes: Bytes,
    /// The name of the encoding; none for what is plain.
    pub(super) encoding: Option<&'static str>,
    /// Its strong validator.
    pub(super) etag: HeaderValue,
}

impl Encoded {
    /// Compresses `content`, where that is worth it.
    pub(super) fn new(content: Vec<u8>, is_compressible: bool) -> Self {
        let mut hash = String::with_capacity(32);
        for byte in &digest(&SHA256, &content).as_ref()[..16] {
            // Writing to a string cannot fail.
            let _ = write!(hash, "{byte:02x}");
        }
        let body = |bytes: Vec<u8>, encoding: Option<&'static str>| {
            let etag = match encoding {
                None => format!("\"{hash}\""),
                Some(encoding) => format!("\"{hash}-{encoding}\""),
            };
            Body {
                bytes: bytes.into(),
                encoding,
                etag: HeaderValue::from_str(&etag).expect("digits and letters"),
            }
        };
        let compressed = |by: fn(&[u8]) -> std::io::Result<Vec<u8>>, encoding| {
            if !is_compressible || content.len() < MIN_BYTES {
                return None;
            }
            let bytes = by(&content).ok().filter(|bytes| bytes.len() < content.len())?;
            Some(body(bytes, Some(encoding)))
        };
        Self {
            gzip: compressed(gzip, "gzip"),
            brotli: compressed(brotli, "br"),
            plain: body(content, None),
        }
    }

    /// The content as it is.
    pub(super) fn plain(&self) -> &Bytes {
        &self.plain.bytes
    }

    /// What is sent to whom asks with these headers.
    pub(super) fn for_whom(&self, headers: &HeaderMap) -> &Body {
        let takes = Takes::read(headers);
        let brotli = self.brotli.as_ref().filter(|_| takes.brotli);
        let gzip = || self.gzip.as_ref().filter(|_| takes.gzip);
        brotli.or_else(gzip).unwrap_or(&self.plain)
    }

    /// How many bytes it takes.
    pub(super) fn size(&self) -> usize {
        let size = |body: &Option<Body>| body.as_ref().map_or(0, |body| body.bytes.len());
        self.plain.bytes.len() + size(&self.gzip) + size(&self.brotli)
    }
}

impl Body {
    /// Whether somebody who asks with these headers has it already (RFC 9110, section 13.1.2).
    pub(super) fn is_known(&self, headers: &HeaderMap) -> bool {
        let known = headers
            .get_all(IF_NONE_MATCH)
            .filter_map(|value| value.to_str().ok());
        let mut tags = known.flat_map(|value| value.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == self.etag.as_bytes())
    }
}

/// Which encodings somebody takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Takes {
    gzip: bool,
    brotli: bool,
}

impl Takes {
    fn read(headers: &HeaderMap) -> Self {
        let mut takes = Self::default();
        let values = headers
            .get_all(ACCEPT_ENCODING)
            .filter_map(|value| value.to_str().ok());
        for entry in values.flat_map(|value| value.split(',')) {
            let mut parts = entry.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let is_refused = parts.any(|part| {
                let quality = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
                quality.is_some_and(|quality| !matches!(quality.parse::<f32>(), Ok(quality) if quality > 0.0))
            });
            if name.eq_ignore_ascii_case("br") {
                takes.brotli = !is_refused;
            } else if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
                takes.gzip = !is_refused;
            }
        }
        takes
    }
}

fn gzip(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(content)?;
    encoder.finish()
}

fn brotli(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4_096, BROTLI_QUALITY, BROTLI_WINDOW);
    encoder.write_all(content)?;
    Ok(encoder.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn headers(name: actix_web::http::header::HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn an_encoding_is_sent_to_whom_takes_it() {
        let takes = |values: &[&str]| {
            let takes = Takes::read(&headers(ACCEPT_ENCODING, values));
            (takes.gzip, takes.brotli)
        };
        for (values, expected) in [
            (&[][..], (false, false)),
            (&["gzip, deflate, br, zstd"], (true, true)),
            (&["GZIP;q=0.5", "Br;q=1.0"], (true, true)),
            (&["gzip;q=0, br;q=0.000"], (false, false)),
            (&["gzip ; q=1, br;q=nonsense"], (true, false)),
            (&["identity, *;q=0"], (false, false)),
            (&["deflate"], (false, false)),
            (&[""], (false, false)),
        ] {
            assert_eq!(takes(values), expected, "{values:?}");
        }
    }

    #[test]
    fn what_is_compressed_is_the_same_and_has_a_validator_of_its_own() {
        let content = "All systems operational. ".repeat(200).into_bytes();
        let encoded = Encoded::new(content.clone(), true);
        let plain = encoded.for_whom(&HeaderMap::new());
        assert_eq!((&plain.bytes[..], plain.encoding), (&content[..], None));
        let gzip = encoded.for_whom(&headers(ACCEPT_ENCODING, &["gzip"]));
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&gzip.bytes[..])
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!((&unpacked, gzip.encoding), (&content, Some("gzip")));
        let brotli = encoded.for_whom(&headers(ACCEPT_ENCODING, &["gzip, br"]));
        let mut unpacked = Vec::new();
        brotli::Decompressor::new(&brotli.bytes[..], 4_096)
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!((&unpacked, brotli.encoding), (&content, Some("br")));
        assert!(plain.etag != gzip.etag && gzip.etag != brotli.etag && plain.etag != brotli.etag);
        assert!(encoded.size() < content.len() * 2);
        for (content, is_compressible) in [(b"short".to_vec(), true), (content, false)] {
            let plain = Encoded::new(content, is_compressible);
            assert_eq!(
                plain.for_whom(&headers(ACCEPT_ENCODING, &["gzip, br"])).encoding,
                None
            );
        }
    }

    #[test]
    fn who_has_it_is_known_by_its_validator() {
        let encoded = Encoded::new(b"content".to_vec(), true);
        let body = encoded.for_whom(&HeaderMap::new());
        let etag = body.etag.to_str().unwrap();
        let is_known = |values: &[&str]| body.is_known(&headers(IF_NONE_MATCH, values));
        assert!(is_known(&[etag]) && is_known(&["*"]));
        assert!(is_known(&[&format!("\"x\", W/{etag}")]) && is_known(&["\"x\"", etag]));
        assert!(!is_known(&[]) && !is_known(&["\"x\""]) && !is_known(&[etag.trim_matches('"')]));
    }
}
