//! Requests whose end is not where they say, or that two servers would read differently; and floods of heads.

use std::time::Duration;

use crate::common::{Gateway, token};
use api::Role;
use testkit::Reply;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(60);
/// A request that a server reads that takes the end of another for its beginning.
const SECOND: &str = "GET /api/v1/incidents HTTP/1.1\r\nHost: a\r\n\r\n";

/// What is answered until the connection ends.
async fn answers(gateway: &Gateway, request: &[u8]) -> String {
    let address = gateway.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A server that has refused need not take the rest.
    let _ = stream.write_all(request).await;
    let mut answers = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answers))
        .await
        .expect("the connection ends");
    String::from_utf8_lossy(&answers).into_owned()
}

/// Heads that leave open where the body ends, or are none, each with what follows.
fn ambiguous() -> Vec<(&'static str, String)> {
    let chunks = format!("0\r\n\r\n{SECOND}");
    [
        (
            "a length and chunks",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        ),
        (
            "chunks and a length",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        ),
        ("two lengths", "Content-Length: 5\r\nContent-Length: 0\r\n"),
        ("a list of lengths", "Content-Length: 5, 0\r\n"),
        ("a length with a sign", "Content-Length: +5\r\n"),
        ("a negative length", "Content-Length: -5\r\n"),
        ("a length in hexadecimal", "Content-Length: 0x5\r\n"),
        (
            "a length beyond all",
            "Content-Length: 99999999999999999999999\r\n",
        ),
        ("an empty length", "Content-Length:\r\n"),
        ("a blank before the colon", "Transfer-Encoding : chunked\r\n"),
        ("another coding", "Transfer-Encoding: xchunked\r\n"),
        (
            "chunks that are not last",
            "Transfer-Encoding: chunked, identity\r\n",
        ),
        (
            "chunks twice",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        ),
        ("chunks in two lines", "Transfer-Encoding:\r\n chunked\r\n"),
        ("a vertical tab", "Transfer-Encoding: \x0bchunked\r\n"),
        ("a zero byte", "Transfer-Encoding: chunked\0\r\n"),
        ("a line without a colon", "Transfer-Encoding\r\n"),
        (
            "a carriage return in a line",
            "X: a\rTransfer-Encoding: chunked\r\n",
        ),
    ]
    .map(|(name, headers)| (name, format!("Host: a\r\n{headers}\r\n{chunks}")))
    .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_end_is_not_clear_is_the_last_of_its_connection() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let credential = format!("Authorization: Bearer {}\r\n", token(7, Role::Owner));
    let mut wrong = Vec::new();
    for (name, rest) in ambiguous() {
        let request = format!("POST /api/v1/monitors HTTP/1.1\r\n{credential}{rest}");
        let answers = answers(&gateway, request.as_bytes()).await;
        let count = answers.matches("HTTP/1.1 ").count();
        if count != 1 || !answers.starts_with("HTTP/1.1 4") || !gateway.seen().is_empty() {
            let lines: Vec<_> = answers
                .lines()
                .filter(|line| line.starts_with("HTTP/1.1"))
                .collect();
            wrong.push(format!("{name}: {lines:?}, passed on {}", gateway.seen().len()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_are_none_end_the_connection() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let credential = format!("Authorization: Bearer {}\r\n", token(7, Role::Owner));
    for chunks in [
        "ffffffffffffffffff\r\nx",
        "-1\r\nx\r\n",
        "0x1\r\nx\r\n",
        "1 \r\nxx\r\n",
        "1\nx\n0\n\n",
        "\r\n\r\n",
        "1;\0\r\nx\r\n",
        "2\r\nxxxx\r\n",
        "g\r\n",
    ] {
        let request = format!(
            "POST /api/v1/monitors HTTP/1.1\r\nHost: a\r\n{credential}Transfer-Encoding: chunked\r\n\r\n{chunks}{SECOND}"
        );
        let answers = answers(&gateway, request.as_bytes()).await;
        assert!(answers.matches("HTTP/1.1 ").count() <= 1, "{chunks:?}: {answers}");
        assert!(!answers.starts_with("HTTP/1.1 2"), "{chunks:?}: {answers}");
        assert!(gateway.seen().is_empty(), "{chunks:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_passed_on_as_long_as_it_is() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let credential = format!("Authorization: Bearer {}\r\n", token(7, Role::Owner));
    let close = "Connection: close\r\n";
    // What looks like a request is the body of one.
    let whole = format!(
        "POST /api/v1/monitors HTTP/1.1\r\nHost: a\r\n{credential}{close}Content-Length: {}\r\n\r\n{SECOND}",
        SECOND.len()
    );
    assert!(
        answers(&gateway, whole.as_bytes())
            .await
            .starts_with("HTTP/1.1 200")
    );
    let chunked = format!(
        "POST /api/v1/monitors HTTP/1.1\r\nHost: a\r\n{credential}{close}Transfer-Encoding: chunked\r\n\r\n{:x};a=b\r\n{SECOND}\r\n0\r\nContent-Length: 7\r\n\r\n",
        SECOND.len()
    );
    assert!(
        answers(&gateway, chunked.as_bytes())
            .await
            .starts_with("HTTP/1.1 200")
    );
    let seen = gateway.seen();
    assert_eq!(seen.len(), 2);
    for seen in seen {
        assert_eq!(
            (seen.path.as_str(), &seen.body[..]),
            ("/api/v1/monitors", SECOND.as_bytes())
        );
        assert_eq!(seen.headers.get_all("content-length").iter().count(), 1);
        assert!(!seen.headers.contains_key("transfer-encoding"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_protocols_and_other_forms_of_a_target_get_nowhere() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let credential = format!("Authorization: Bearer {}\r\n", token(7, Role::Owner));
    let rest = format!("Host: a\r\n{credential}Connection: close\r\n\r\n");
    for line in [
        "PRI * HTTP/2.0",
        "GET /api/v1/summary",
        "GET /api/v1/summary HTTP/0.9",
        "GET /api/v1/summary HTTP/1.2",
        "GET  /api/v1/summary  HTTP/1.1",
        "GET\t/api/v1/summary\tHTTP/1.1",
        "CONNECT internal:5432 HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET //api/v1/../internal/definitions HTTP/1.1",
        "GET /api/v1/monitors/..%2f..%2finternal%2fdefinitions HTTP/1.1",
        "GET /api/v1/monitors/../../../internal/definitions HTTP/1.1",
        "GET http://internal/internal/definitions HTTP/1.1",
        "GET /api/v1/summary\0 HTTP/1.1",
    ] {
        let request = format!("{line}\r\n{rest}");
        let answers = answers(&gateway, request.as_bytes()).await;
        let beyond = gateway
            .seen()
            .into_iter()
            .find(|seen| seen.path.contains("/internal") || !seen.path.starts_with("/api/v1/"));
        assert!(beyond.is_none(), "{line:?}: {beyond:?}");
        assert!(answers.matches("HTTP/1.1 ").count() <= 1, "{line:?}: {answers}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_upgraded_and_the_answer_says_that_it_is_the_last() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    for protocol in ["h2c", "websocket", "TLS/1.2"] {
        let request = format!(
            "GET /api/v1/summary HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n"
        );
        let answers = answers(&gateway, request.as_bytes()).await;
        assert!(answers.starts_with("HTTP/1.1 401"), "{answers}");
        assert!(answers.contains("\r\nconnection: close\r\n"), "{answers}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_heads_is_refused_and_others_are_served() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let flood = format!("GET / HTTP/1.1\r\nHost: a\r\n{}", "X: y\r\n".repeat(30_000));
    let floods = (0..100).map(|_| answers(&gateway, flood.as_bytes()));
    let serving = async {
        for _ in 0..20 {
            let response = gateway.get("/api/v1/summary", &token(7, Role::Viewer)).await;
            assert_eq!(response.status(), 200);
        }
    };
    let (refused, ()) = tokio::join!(futures_util::future::join_all(floods), serving);
    for answers in refused {
        // It may be reset before the answer is read.
        assert!(
            answers.is_empty() || answers.starts_with("HTTP/1.1 431"),
            "{answers}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_somebody_comes_from_is_what_the_nearest_proxy_says() {
    let settings = [("TRUST_FORWARDED_FOR", "true")];
    let gateway = Gateway::start_with(&settings, |_| Reply::new(200, "{}")).await;
    let credential = format!("Authorization: Bearer {}\r\n", token(7, Role::Viewer));
    for (lines, expected) in [
        (
            "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 192.0.2.1\r\n",
            "192.0.2.1",
        ),
        (
            "X-Forwarded-For: 6.6.6.6, 192.0.2.1\r\nX-Client-Ip: 6.6.6.6\r\n",
            "192.0.2.1",
        ),
        ("X-Forwarded-For: 192.0.2.1, nonsense\r\n", "127.0.0.1"),
        (
            "X-Forwarded-For: \r\nForwarded: for=6.6.6.6\r\nX-Real-Ip: 6.6.6.6\r\n",
            "127.0.0.1",
        ),
    ] {
        let request = format!(
            "GET /api/v1/summary HTTP/1.1\r\nHost: a\r\n{credential}{lines}Connection: close\r\n\r\n"
        );
        answers(&gateway, request.as_bytes()).await;
        let seen = gateway.seen().pop().unwrap();
        let told: Vec<_> = seen.headers.get_all("x-client-ip").iter().collect();
        assert_eq!(told, [expected], "{lines}");
    }
}
