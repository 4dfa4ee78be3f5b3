//! Whom the gateway answers, by name and by number of connections, and what every answer carries.

use std::time::Duration;

use crate::common::Gateway;
use http::Method;
use testkit::Reply;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_somebody_else_has_pointed_here_is_not_answered() {
    let settings = [
        ("PUBLIC_URL", "https://uptime.example.org"),
        ("ALLOWED_HOSTS", "status.example.org"),
    ];
    let gateway = Gateway::start_with(&settings, |_| Reply::new(200, "{}")).await;
    let get = async |path: &str, host: &str| gateway.call(Method::GET, path, &[("host", host)], "").await;
    for host in ["evil.example:8080", "localhost.evil.example", "127.0.0.1.nip.io"] {
        for path in ["/", "/assets/x.js", "/api/v1/me", "/api/openapi.json"] {
            let refused = get(path, host).await;
            assert_eq!(refused.status().as_u16(), 421, "{host} {path}");
            assert_eq!(refused.headers()["content-type"], "application/problem+json");
            let detail =
                serde_json::from_str::<serde_json::Value>(refused.body()).unwrap()["detail"].to_string();
            assert!(
                detail.contains(host) && detail.contains("ALLOWED_HOSTS"),
                "{detail}"
            );
        }
        let health = get("/health/live", host).await;
        assert_eq!(
            health.status().as_u16(),
            200,
            "who asks for it may know us by any name"
        );
    }
    for host in [
        "localhost:1",
        "127.0.0.1:2",
        "[::1]",
        "gateway:8080",
        "uptime.example.org",
        "status.example.org",
    ] {
        assert_eq!(get("/api/v1/me", host).await.status().as_u16(), 401, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_how_it_may_be_kept_and_by_what_it_may_be_had() {
    for (public, by_tls) in [
        ("https://uptime.example.org", true),
        ("http://localhost:8080", false),
    ] {
        let gateway = Gateway::start_with(&[("PUBLIC_URL", public)], |_| Reply::new(200, "{}")).await;
        for path in [
            "/",
            "/nope.js",
            "/api/v1/me",
            "/api/v1/nope",
            "/api/openapi.json",
            "/health/live",
            "/metrics",
        ] {
            let answer = gateway.call(Method::GET, path, &[], "").await;
            let headers = answer.headers();
            assert!(headers.contains_key("cache-control"), "{path}");
            assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
            assert_eq!(
                headers.contains_key("strict-transport-security"),
                by_tls,
                "{path}"
            );
        }
        let me = gateway.call(Method::GET, "/api/v1/me", &[], "").await;
        assert_eq!(me.headers()["cache-control"], "no-store");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_a_request_carry_the_same_headers() {
    let gateway = Gateway::start_with(&[("PUBLIC_URL", "https://uptime.example.org")], |_| {
        Reply::new(200, "{}")
    })
    .await;
    let large = format!(
        "GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n",
        "a".repeat(512 * 1024)
    );
    let after = "GET /health/live HTTP/1.1\r\nhost: a\r\n\r\nnonsense\r\n\r\n";
    for (sent, status) in [
        ("nonsense\r\n\r\n", "400"),
        (after, "400"),
        (&large, "431"),
        ("GET / HTTP/1.1\r\nhost: a", "408"),
    ] {
        let mut stream = TcpStream::connect(gateway.url.strip_prefix("http://").unwrap())
            .await
            .unwrap();
        // A server that has refused need not take the rest.
        let _ = stream.write_all(sent.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let head = answer
            .rfind("HTTP/1.1 ")
            .map(|at| &answer[at..])
            .unwrap_or_default();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        for line in [
            // Also in the answer to a second request.
            "\r\nconnection: close\r\n",
            "\r\nx-content-type-options: nosniff\r\n",
            "\r\ncache-control: no-store\r\n",
            "\r\nstrict-transport-security: max-age=31536000\r\n",
            "\r\ncontent-security-policy: default-src 'self';",
        ] {
            assert!(head.contains(line), "{line} is missing in {head}");
        }
        assert!(head.ends_with("\r\n\r\n"), "{head}");
    }
}

/// Whether a request on a new connection is answered.
async fn connect(gateway: &Gateway) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(gateway.url.strip_prefix("http://").unwrap())
        .await
        .ok()?;
    stream
        .write_all(b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .ok()?;
    let mut head = [0; 12];
    let read = tokio::time::timeout(PATIENCE, stream.read_exact(&mut head))
        .await
        .unwrap();
    (read.is_ok() && &head == b"HTTP/1.1 200").then_some(stream)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_so_many_connections() {
    let gateway =
        Gateway::start_with(&[("MAX_CONNECTIONS_PER_ADDRESS", "3")], |_| Reply::new(200, "{}")).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(connect(&gateway).await.expect("it is answered"));
    }
    assert!(connect(&gateway).await.is_none());
    open.pop();
    testkit::eventually("there is room again", PATIENCE, async || {
        connect(&gateway).await.map(drop)
    })
    .await;

    let settings = [
        ("MAX_CONNECTIONS_PER_ADDRESS", "3"),
        ("TRUST_FORWARDED_FOR", "true"),
    ];
    let gateway = Gateway::start_with(&settings, |_| Reply::new(200, "{}")).await;
    let mut open = Vec::new();
    for _ in 0..10 {
        open.push(
            connect(&gateway)
                .await
                .expect("a proxy has those of all its clients"),
        );
    }
}
