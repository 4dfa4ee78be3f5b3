//! Servers as there are some, each with what we say of it.

use async_compression::tokio::bufread::{DeflateEncoder, GzipEncoder, ZlibEncoder};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What the clients look for in each body.
pub const TEXT: &str = "Grüße";

type Answer = Box<dyn Fn(&str) -> Vec<u8> + Send + Sync>;

/// A server, and what is said of it.
pub struct Case {
    pub name: &'static str,
    /// Its answer to a request, by the request's head.
    pub answer: Answer,
    pub end: End,
    pub secure: bool,
    /// Options of the monitor beside `contains`.
    pub http: Value,
    /// Whether the body is searched.
    pub searched: bool,
    /// Our verdict.
    pub up: bool,
    /// Who may say something else, and why that is right.
    pub differs: Vec<(&'static str, &'static str)>,
}

/// How a connection ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    Close,
    /// It never does, and something comes now and then.
    Never,
}

impl Case {
    fn new(name: &'static str, up: bool, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self {
            name,
            answer: Box::new(answer),
            end: End::Close,
            secure: false,
            http: json!({}),
            searched: true,
            up,
            differs: Vec::new(),
        }
    }

    fn but(mut self, who: &'static str, why: &'static str) -> Self {
        self.differs.push((who, why));
        self
    }

    fn unsearched(mut self) -> Self {
        self.searched = false;
        self
    }

    fn endless(mut self) -> Self {
        self.end = End::Never;
        self
    }

    fn with(mut self, http: Value) -> Self {
        self.http = http;
        self
    }
}

/// A response with a length.
fn full(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len();
    let head = format!("{head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn ok(headers: &str) -> Vec<u8> {
    full(&format!("HTTP/1.1 200 OK{headers}"), TEXT)
}

fn fixed(name: &'static str, up: bool, bytes: impl Into<Vec<u8>>) -> Case {
    let bytes = bytes.into();
    Case::new(name, up, move |_| bytes.clone())
}

/// A response without a length.
fn open(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    [
        format!("{head}\r\nConnection: close\r\n\r\n").as_bytes(),
        body.as_ref(),
    ]
    .concat()
}

async fn all(mut reader: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).await.unwrap();
    bytes
}

/// Two halves of the text, each compressed by itself.
async fn members() -> Vec<u8> {
    let (one, two) = TEXT.as_bytes().split_at(3);
    [all(GzipEncoder::new(one)).await, all(GzipEncoder::new(two)).await].concat()
}

/// A server that leads to the text by way of `location`.
fn leading(name: &'static str, location: &'static [u8]) -> Case {
    Case::new(name, true, move |request| {
        if request.starts_with("GET / ") {
            let head = [&b"HTTP/1.1 302 Found\r\nLocation: "[..], location].concat();
            [&head[..], b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"].concat()
        } else {
            ok("")
        }
    })
}

const NODE_IS_STRICT: &str = "Node's parser refuses it; browsers, Go and curl do not";
const CURL_HAS_BYTES: &str = "curl does not decode text";

fn heads() -> Vec<Case> {
    let many = |count| ok(&(0..count).map(|n| format!("\r\nX-{n}: {n}")).collect::<String>());
    vec![
        fixed("plain", true, ok("")),
        fixed(
            "bare line feeds",
            true,
            format!("HTTP/1.1 200 OK\nContent-Length: 7\n\n{TEXT}"),
        )
        .but("node", NODE_IS_STRICT),
        fixed("no reason", true, full("HTTP/1.1 200", TEXT)),
        fixed("HTTP/1.0", true, open("HTTP/1.0 200 OK", TEXT)),
        fixed("a folded header", true, ok("\r\nX-A: b\r\n c\r\n\td")),
        fixed("a space before the colon", true, ok("\r\nServer : x")),
        fixed("a line that is no header", true, ok("\r\nnonsense"))
            .but("node", NODE_IS_STRICT)
            .but("curl", "newer ones refuse it; browsers skip the line"),
        fixed("a control character", true, ok("\r\nX-A: b\u{1}c"))
            .but("node", NODE_IS_STRICT)
            .but("curl", "newer ones refuse it; browsers skip the line"),
        fixed("200 headers", true, many(200)),
        fixed("2000 headers", false, many(2_000)).but(
            "curl",
            "its limit is 5000; ours, 256, bounds the memory of a check",
        ),
        fixed(
            "a head of 12 KiB",
            true,
            ok(&format!("\r\nX-A: {}", "a".repeat(12_000))),
        ),
        fixed(
            "a head of 50 KiB",
            true,
            ok(&format!("\r\nX-A: {}", "a".repeat(50_000))),
        )
        .but("node", "its limit is 16 KiB"),
        fixed(
            "a head of 100 KiB",
            false,
            ok(&format!("\r\nX-A: {}", "a".repeat(100_000))),
        )
        .but(
            "curl",
            "its limit is 300 KiB; ours, 64 KiB, bounds the memory of a check",
        ),
        fixed(
            "hints before the answer",
            true,
            [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".to_vec(), ok("")].concat(),
        ),
        fixed("nothing", false, ""),
        fixed("half a head", false, "HTTP/1.1 200 OK\r\nX-A"),
        fixed("no HTTP", false, "SSH-2.0-OpenSSH_9.2\r\n"),
        fixed("HTTP/0.9", false, TEXT),
        fixed("no status", false, "HTTP/1.1 OK\r\n\r\n"),
    ]
}

fn bodies() -> Vec<Case> {
    let chunked = |body: &str| open("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", body);
    vec![
        fixed(
            "chunks with extensions and trailers",
            true,
            chunked(&format!("4;a=b\r\nGrü\r\n3\r\nße\r\n0;c\r\nX-T: {TEXT}\r\n\r\n")),
        ),
        fixed(
            "chunks and a length",
            true,
            full(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
                format!("7\r\n{TEXT}\r\n0\r\n\r\n"),
            ),
        )
        .but("node", NODE_IS_STRICT),
        fixed("the same length twice", true, ok("\r\nContent-Length: 7")).but("node", NODE_IS_STRICT),
        fixed("two lengths", false, ok("\r\nContent-Length: 8"))
            .but("curl", "it takes the last; browsers, Go and Node refuse it"),
        fixed("more than the length", true, [ok(""), b"more".to_vec()].concat()),
        fixed(
            "less than the length",
            false,
            open("HTTP/1.1 200 OK\r\nContent-Length: 99", TEXT),
        )
        .unsearched(),
        fixed("half a chunk", false, chunked(&format!("99\r\n{TEXT}")))
            .unsearched()
            .but(
                "node",
                "it takes the connection's end for the body's; curl, browsers and Go do not",
            ),
        fixed(
            "a broken chunk",
            false,
            chunked(&format!("7\r\n{TEXT}xx\r\n0\r\n\r\n")),
        )
        .unsearched(),
        fixed(
            "no content with content",
            true,
            full("HTTP/1.1 204 No Content", "x"),
        )
        .unsearched(),
        fixed("an endless body", true, open("HTTP/1.1 200 OK", "x"))
            .unsearched()
            .endless(),
        fixed(
            "an endless body with the text",
            true,
            open("HTTP/1.1 200 OK", TEXT),
        )
        .endless(),
        fixed(
            "an event stream",
            true,
            open("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream", "x"),
        )
        .unsearched()
        .endless(),
        Case {
            secure: true,
            http: json!({"verify_tls": false}),
            ..fixed("an end without close_notify", true, open("HTTP/1.1 200 OK", TEXT))
        }
        .but(
            "curl",
            "OpenSSL makes some builds refuse it; browsers and Node take it",
        ),
        Case {
            secure: true,
            http: json!({"verify_tls": false}),
            ..fixed(
                "a TLS connection that breaks off",
                false,
                open("HTTP/1.1 200 OK\r\nContent-Length: 99", TEXT),
            )
        }
        .unsearched(),
        Case::new("a POST without a body", true, |request| {
            if request.to_ascii_lowercase().contains("\r\ncontent-length: 0\r\n") {
                ok("")
            } else {
                full("HTTP/1.1 411 Length Required", "")
            }
        })
        .with(json!({"method": "POST"})),
    ]
}

async fn codings() -> Vec<Case> {
    let coded = |name, coding: &str, body: Vec<u8>| {
        fixed(
            name,
            true,
            full(&format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}"), body),
        )
    };
    let gzip = all(GzipEncoder::new(TEXT.as_bytes())).await;
    let truncated = gzip[..gzip.len() - 9].to_vec();
    vec![
        coded("gzip", "gzip", gzip.clone()),
        coded("GZIP", "X-GZIP", gzip.clone()),
        coded("gzip in two members", "gzip", members().await).but(
            "curl",
            "it has the first member only; browsers and Node have all of them",
        ),
        coded("gzip with padding", "gzip", [&gzip[..], &[0; 99]].concat()).but(
            "curl",
            "it refuses what follows; browsers, Node and gzip itself leave it out",
        ),
        coded("zlib", "deflate", all(ZlibEncoder::new(TEXT.as_bytes())).await),
        coded(
            "deflate without zlib",
            "deflate",
            all(DeflateEncoder::new(TEXT.as_bytes())).await,
        ),
        coded("a coding of no name", "", TEXT.into()),
        coded("a coding that is none", "utf-8", TEXT.into()).but(
            "curl",
            "with --compressed it refuses what it does not know, without it does not",
        ),
        coded("a coding of nothing", "gzip", Vec::new()).unsearched(),
        coded("half of gzip with the text", "gzip", truncated.clone()),
        Case {
            up: false,
            ..coded("half of gzip", "gzip", truncated)
        }
        .with(json!({"not_contains": "x"}))
        .unsearched()
        .but(
            "curl",
            "it shows what there is; a text that must not be there could be in the rest",
        )
        .but(
            "node",
            "it shows what there is; a text that must not be there could be in the rest",
        ),
    ]
}

fn texts() -> Vec<Case> {
    let typed = |name, content_type: &str, body: Vec<u8>| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}");
        fixed(name, true, full(&head, body)).but("curl", CURL_HAS_BYTES)
    };
    let latin = b"Gr\xfc\xdfe".to_vec();
    let utf_16: Vec<u8> = "\u{feff}Grüße"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    vec![
        typed("ISO-8859-1", "text/plain; charset=ISO-8859-1", latin.clone()),
        typed(
            "ISO-8859-1 by its own account",
            "text/html",
            [b"<meta charset=latin1>", &latin[..]].concat(),
        )
        .but(
            "node",
            "the test's decoder reads headers only; browsers read the page",
        ),
        typed("ISO-8859-1 without a word", "text/plain", latin)
            .but("node", "the test's decoder takes UTF-8; browsers guess as we do"),
        typed("UTF-16", "text/plain; charset=utf-16le", utf_16.clone()),
        typed("UTF-16 by its mark", "text/plain", utf_16).but(
            "node",
            "the test's decoder reads headers only; browsers read the mark",
        ),
        typed(
            "UTF-8 that says it is not",
            "text/plain; charset=ISO-8859-1",
            TEXT.into(),
        )
        .but(
            "node",
            "the test's decoder believes the header; who typed the text sees it in their editor",
        ),
    ]
}

fn redirects() -> Vec<Case> {
    vec![
        leading("to a path", b"/next"),
        leading("to a path with a space", b"/a b"),
        leading("to a path in UTF-8", "/ü".as_bytes()),
        leading("to a path in ISO-8859-1", b"/\xfc"),
        leading("to a query", b"?a"),
        fixed("a redirect to nowhere", true, full("HTTP/1.1 302 Found", TEXT)),
        Case::new("a redirect that sets a cookie", true, |request| {
            if request.contains("\r\ncookie: seen=1\r\n") || request.contains("\r\nCookie: seen=1\r\n") {
                ok("")
            } else {
                full("HTTP/1.1 302 Found\r\nLocation: /\r\nSet-Cookie: seen=1", "")
            }
        })
        .but("node", "its fetch keeps no cookies; browsers do"),
        fixed(
            "a redirect in circles",
            false,
            full("HTTP/1.1 302 Found\r\nLocation: /", ""),
        ),
        fixed(
            "a redirect to another scheme",
            false,
            full("HTTP/1.1 302 Found\r\nLocation: ftp://a.invalid/", ""),
        ),
    ]
}

/// Every server.
pub async fn corpus() -> Vec<Case> {
    let mut cases = heads();
    cases.extend(bodies());
    cases.extend(codings().await);
    cases.extend(texts());
    cases.extend(redirects());
    cases
}
