//! What a check finds, by way of the internal API.

use std::time::Duration;

use crate::common::{self, Asker, KEY, failed};
use domain::ErrorCode;
use serde_json::{Value, json};
use testkit::{Answer, ClosedPort, FakeTarget, HttpServer, NameServer, Reply};

/// Without confirmation, and with time to answer.
fn input(url: impl Into<String>) -> Value {
    json!({"url": url.into(), "timeout_ms": 10_000, "retries": 0})
}

/// The same, but soon at the end of its patience.
fn impatient(url: impl Into<String>) -> Value {
    json!({"url": url.into(), "timeout_ms": 1_000, "retries": 0})
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_answer_has_its_verdict() {
    let asker = Asker::start(&[]).await;
    let target = FakeTarget::start().await;
    let by_name = target.url().replace("127.0.0.1", "localhost");

    let up = asker.check(input(by_name)).await;
    assert_eq!(
        (up.up, up.status_code, up.attempts),
        (true, Some(200), 1),
        "{up:?}"
    );
    let timings = up.timings_us;
    assert!(timings.dns.is_some() && timings.connect.is_some() && timings.transfer.is_some());
    assert!(timings.first_byte.is_some() && timings.tls.is_none());

    target.answer(500);
    let answer = asker.check(input(target.url())).await;
    failed(
        &answer,
        ErrorCode::StatusMismatch,
        "Unexpected status 500 (expected 200-399)",
    );
    assert_eq!(answer.status_code, Some(500));

    target.answer_with(Reply::new(200, "").after(Duration::from_secs(30)));
    let answer = asker.check(impatient(target.url())).await;
    failed(
        &answer,
        ErrorCode::ReadTimeout,
        "Timed out after 1 s (waiting for the response)",
    );
    assert!((1_000..3_000).contains(&answer.latency_ms), "{answer:?}");

    let closed = ClosedPort::new();
    let answer = asker.check(input(format!("http://{}/", closed.address()))).await;
    failed(
        &answer,
        ErrorCode::ConnectRefused,
        "Connection refused by 127.0.0.1",
    );

    let answer = asker.check(input("http://no-such-host.invalid/")).await;
    assert!(matches!(
        answer.error_code,
        Some(ErrorCode::DnsFailure | ErrorCode::DnsTimeout)
    ));

    let answer = asker.check(input(target.url().replace("http:", "https:"))).await;
    failed(&answer, ErrorCode::TlsFailed, "TLS");
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_servers_of_the_settings_are_asked() {
    let names = NameServer::start(|question| match question.record_type {
        1 => Answer::addresses(&["127.0.0.1"]),
        _ => Answer::NoRecords,
    })
    .await;
    let address = names.address().to_string();
    let asker = Asker::start(&[("PROBE_NAME_SERVERS", address.as_str())]).await;
    let target = FakeTarget::start().await;
    let by_name = target.url().replace("127.0.0.1", "shop.example.test");
    let up = asker.check(input(by_name)).await;
    assert!(up.up && up.timings_us.dns.is_some(), "{up:?}");
    let asked = names.asked();
    assert!(
        asked.iter().any(|question| question.name == "shop.example.test"),
        "{asked:?}"
    );
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_answers_are_understood() {
    let asker = Asker::start(&[]).await;
    let closes = raw_server("", Duration::ZERO).await;
    failed(
        &asker.check(input(closes)).await,
        ErrorCode::ConnectionClosed,
        "Connection closed before a response",
    );
    let garbage = raw_server("SSH-2.0-OpenSSH_9.2\r\n", Duration::ZERO).await;
    failed(
        &asker.check(input(garbage)).await,
        ErrorCode::ProtocolError,
        "Invalid HTTP response",
    );
    let part = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello";
    let slow = raw_server(part, Duration::from_secs(30)).await;
    failed(
        &asker.check(impatient(slow)).await,
        ErrorCode::ReadTimeout,
        "Timed out after 1 s (receiving the response)",
    );
    let broken = raw_server(part, Duration::ZERO).await;
    failed(
        &asker.check(input(broken)).await,
        ErrorCode::ConnectionClosed,
        "Connection",
    );
    let huge = HttpServer::start(|_| Reply::new(200, "x".repeat(3 * 1024 * 1024))).await;
    assert!(
        asker.check(input(huge.url())).await.up,
        "more is fine when nobody looks at it"
    );
    asker.stop().await;
}

/// Reads a request, sends these bytes, waits and closes.
async fn raw_server(answer: &'static str, wait: Duration) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4_096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                tokio::time::sleep(wait).await;
            });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn inner_addresses_are_not_connected_to() {
    let asker = Asker::start(&[("PROBE_TARGETS", "public")]).await;
    let target = FakeTarget::start().await;
    let by_name = target.url().replace("127.0.0.1", "localhost");
    let retried = json!({"url": target.url(), "timeout_ms": 10_000, "retries": 1});
    for input in [input(target.url()), input(by_name), retried] {
        let answer = asker.check(input).await;
        failed(&answer, ErrorCode::BlockedTarget, "is not allowed");
        let reason = answer.error.as_deref().unwrap();
        assert!(!reason.contains("127.0") && !reason.contains("::1"), "{reason}");
        assert_eq!(answer.attempts, 1, "it would be blocked again");
    }
    assert!(target.seen().is_empty());
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_services_may_ask_and_only_for_what_is_valid() {
    let asker = Asker::start(&[]).await;
    let spec = common::definition(1, 1, input("http://127.0.0.1:1/")).spec;
    let json = serde_json::to_value(&spec).unwrap();
    assert_eq!(asker.post("wrong", json.to_string()).await.status(), 401);
    assert_eq!(asker.post(KEY, "{}".into()).await.status(), 422);
    let mut long = json.clone();
    long["timeout_ms"] = 100_000.into();
    assert_eq!(asker.post(KEY, long.to_string()).await.status(), 422);
    asker.stop().await;
}
