//! Hostile targets, each with what is said of it.

use std::time::Duration;

use domain::ErrorCode::{self, *};
use serde_json::{Value, json};

use super::server::{Script, Then, start};
use super::{bombs, others};

/// A target, and what is said of it.
pub struct Case {
    pub name: &'static str,
    pub input: Value,
    pub verdict: Verdict,
}

/// What is said of a target.
pub enum Verdict {
    Up,
    Down(&'static [ErrorCode]),
}

use Verdict::{Down, Up};

pub const SLOWLY: Duration = Duration::from_millis(50);
pub const AT_ONCE: Duration = Duration::ZERO;
/// A text that is not there.
pub const NEVER: &str = "never there";

pub fn again(bytes: impl Into<Vec<u8>>, pause: Duration) -> Then {
    Then::Again(bytes.into(), pause)
}

pub fn ok(headers: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n")
}

/// A check by HTTP; `searched` also for a text.
pub async fn http(name: &'static str, searched: bool, script: Script, verdict: Verdict) -> Case {
    let url = format!("http://{}/", start(script).await);
    let http = if searched {
        json!({"contains": NEVER})
    } else {
        json!({})
    };
    Case {
        name,
        input: json!({"url": url, "http": http}),
        verdict,
    }
}

/// An answer with a body that is encoded.
async fn encoded(name: &'static str, coding: &str, body: Vec<u8>, verdict: Verdict) -> Case {
    let head = ok(&format!(
        "Content-Encoding: {coding}\r\nContent-Length: {}\r\n",
        body.len()
    ));
    let script = Script::answer([head.as_bytes(), &body].concat(), Then::Close);
    http(name, true, script, verdict).await
}

/// Every target.
pub async fn all() -> Vec<Case> {
    [
        bodies().await,
        heads().await,
        others::redirects().await,
        others::secured().await,
        others::others().await,
    ]
    .into_iter()
    .flatten()
    .collect()
}

async fn bodies() -> Vec<Case> {
    let chunked = ok("Transfer-Encoding: chunked\r\n");
    let endless = Script::answer(ok(""), again(vec![b'x'; 16_384], AT_ONCE));
    let member = bombs::nothing().await;
    let chunks = |chunk: &str| Script::answer(chunked.as_str(), again(chunk.repeat(200), AT_ONCE));
    vec![
        http("a body without end", false, endless.clone(), Up).await,
        http(
            "a body without end that is searched",
            true,
            endless,
            Down(&[TooLarge]),
        )
        .await,
        http(
            "a body that drips",
            true,
            Script::answer(ok("Content-Length: 1000\r\n"), again("x", SLOWLY)),
            Down(&[ReadTimeout]),
        )
        .await,
        http(
            "chunks of one byte",
            true,
            chunks("1\r\nx\r\n"),
            Down(&[TooLarge, ReadTimeout]),
        )
        .await,
        http(
            "an extension of a chunk without end",
            true,
            Script::answer(format!("{chunked}1;"), again("x".repeat(8_192), AT_ONCE)),
            Down(&[ProtocolError]),
        )
        .await,
        http(
            "trailers without end",
            true,
            Script::answer(format!("{chunked}0\r\n"), again("x: y\r\n".repeat(500), AT_ONCE)),
            Down(&[ProtocolError]),
        )
        .await,
        encoded("a bomb of gzip", "gzip", bombs::gzip().await, Down(&[TooLarge])).await,
        encoded("a bomb of zstd", "zstd", bombs::zstd().await, Down(&[TooLarge])).await,
        encoded(
            "a bomb of deflate",
            "deflate",
            bombs::deflate().await,
            Down(&[TooLarge]),
        )
        .await,
        encoded("a bomb of brotli", "br", bombs::brotli().await, Down(&[TooLarge])).await,
        encoded(
            "a bomb in five layers",
            "gzip, gzip, gzip, gzip, gzip",
            bombs::layers().await,
            Down(&[TooLarge]),
        )
        .await,
        encoded(
            "thousands of codings",
            &"gzip,".repeat(3_000),
            member.clone(),
            Down(&[ProtocolError]),
        )
        .await,
        http(
            "members in which there is nothing",
            true,
            Script::answer(ok("Content-Encoding: gzip\r\n"), again(member, AT_ONCE)),
            Down(&[TooLarge, ReadTimeout]),
        )
        .await,
        {
            let body = "[".repeat(1_000_000);
            let head = ok(&format!("Content-Length: {}\r\n", body.len()));
            let mut case = http(
                "JSON that is nested",
                false,
                Script::answer(head + &body, Then::Close),
                Down(&[BodyMismatch]),
            )
            .await;
            case.input["http"] = json!({"json": {"path": "$.a"}});
            case
        },
        {
            let body = format!("[{}0]", r#"{"":0},"#.repeat(240_000));
            let head = ok(&format!("Content-Length: {}\r\n", body.len()));
            let script = Script::answer(head + &body, Then::Close);
            let mut case = http(
                "JSON of many values",
                false,
                script,
                Down(&[BodyMismatch, TooLarge, ReadTimeout]),
            )
            .await;
            case.input["http"] = json!({"json": {"path": "$..a"}});
            case
        },
    ]
}

async fn heads() -> Vec<Case> {
    let flood = |line: &str| Script::answer("HTTP/1.1 200 OK\r\n", again(line.repeat(100), AT_ONCE));
    vec![
        http(
            "headers that drip",
            false,
            Script::answer("HTTP/1.1 200 OK\r\n", again("x: y\r\n", SLOWLY)),
            Down(&[ReadTimeout, ProtocolError]),
        )
        .await,
        http(
            "a head that drips",
            false,
            Script::answer("HTTP/1.1 200 ", again("O", SLOWLY)),
            Down(&[ReadTimeout]),
        )
        .await,
        http("headers without end", false, flood("x: y\r\n"), Down(&[TooLarge])).await,
        http(
            "a header without end",
            false,
            Script::answer("HTTP/1.1 200 OK\r\nx: ", again("y".repeat(8_192), AT_ONCE)),
            Down(&[TooLarge]),
        )
        .await,
        http(
            "continuations without end",
            false,
            Script::answer(
                "HTTP/1.1 200 OK\r\nx: y\r\n",
                again(" y\r\n".repeat(1_000), AT_ONCE),
            ),
            Down(&[TooLarge]),
        )
        .await,
        http(
            "no head at all",
            false,
            Script::unasked(b"", again(vec![0xff; 8_192], AT_ONCE)),
            Down(&[ProtocolError, ConnectionClosed]),
        )
        .await,
        http(
            "informational answers without end",
            false,
            Script::answer(
                b"",
                again(
                    "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(50),
                    AT_ONCE,
                ),
            ),
            Down(&[TooLarge]),
        )
        .await,
        http(
            "a length beyond all",
            false,
            Script::answer(ok("Content-Length: 99999999999999999999\r\n"), Then::Silence),
            Down(&[ProtocolError]),
        )
        .await,
        http(
            "a flood of frames of HTTP/2",
            false,
            Script::unasked(
                b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
                again(
                    b"\x00\x00\x08\x06\x00\x00\x00\x00\x00abcdefgh".repeat(400),
                    AT_ONCE,
                ),
            ),
            Down(&[ProtocolError, ConnectionClosed]),
        )
        .await,
        http(
            "silence",
            false,
            Script::answer(b"", Then::Silence),
            Down(&[ReadTimeout]),
        )
        .await,
    ]
}
