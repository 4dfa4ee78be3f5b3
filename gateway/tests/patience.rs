//! Clients that do not finish what they began.

use std::time::Duration;

use crate::common::{Gateway, JSON};
use http::{Method, StatusCode};
use testkit::Reply;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Far beyond every deadline of the gateway's.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the gateway answers to this, until it ends the connection.
async fn answer(gateway: &Gateway, request: &str) -> String {
    let address = gateway.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // It may be reset as well as closed.
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .expect("the connection ends");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_never_complete_holds_no_connection() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let head = |path: &str, body: &str| {
        format!("POST /api/v1{path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n{body}")
    };
    let bodies = [
        head("/auth/login", "content-length: 100\r\n\r\n{"),
        head("/auth/login", "transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"),
        // It is refused before its body is read.
        head("/monitors", "transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"),
    ];
    let second = "GET /health/live HTTP/1.1\r\nhost: a\r\n\r\nGET /health/li";
    let (sized, chunked, refused, second, first) = tokio::join!(
        answer(&gateway, &bodies[0]),
        answer(&gateway, &bodies[1]),
        answer(&gateway, &bodies[2]),
        answer(&gateway, second),
        answer(&gateway, "GET /health/li"),
    );
    assert!(sized.starts_with("HTTP/1.1 408"), "{sized}");
    assert!(chunked.starts_with("HTTP/1.1 408"), "{chunked}");
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    assert!(second.starts_with("HTTP/1.1 200"), "{second}");
    assert!(first.starts_with("HTTP/1.1 408"), "{first}");
    assert!(gateway.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_for_an_account_is_refused_at_the_edge() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let body = |bytes: usize| format!(r#"{{"email": "{}@a.example"}}"#, "a".repeat(bytes));
    for path in ["register", "login", "refresh", "logout"] {
        let path = format!("/api/v1/auth/{path}");
        let refused = gateway.call(Method::POST, &path, &[JSON], &body(60_000)).await;
        assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    assert!(gateway.seen().is_empty());
    // Which of what fits is an address, user-service says.
    let passed = gateway
        .call(Method::POST, "/api/v1/auth/register", &[JSON], &body(300))
        .await;
    assert_eq!((passed.status(), gateway.seen().len()), (StatusCode::OK, 1));
}
