//! The kinds of check below HTTP, and TLS as a whole.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::common::{
    self, Asker, DEFAULT_INTERVAL_MS, Pinger, QUIET, Results, UserService, failed, ids_due_after,
};
use domain::{ErrorCode, Record};
use rcgen::{CertificateParams, CertifiedKey, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use testkit::ClosedPort;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;

fn input(kind: &str, url: &str, part: Value) -> Value {
    json!({"kind": kind, "url": url, "timeout_ms": 10_000, "retries": 0, kind: part})
}

#[tokio::test(flavor = "multi_thread")]
async fn tcp_connects_and_talks() {
    let asker = Asker::start(&[]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 64];
            let read = stream.read(&mut request).await.unwrap_or(0);
            let answer: &[u8] = if &request[..read] == b"PING\n" {
                b"+PONG\n"
            } else {
                b"-ERR\n"
            };
            let _ = stream.write_all(answer).await;
        }
    });
    let url = format!("tcp://{address}");
    let up = asker.check(input("tcp", &url, json!({}))).await;
    assert!(up.up && up.kind == "tcp" && up.url == url, "{up:?}");
    let talk = json!({"send": "PING\n", "expect": "PONG"});
    let up = asker.check(input("tcp", &url, talk)).await;
    assert!(up.up && up.timings_us.first_byte.is_some(), "{up:?}");
    let talk = json!({"send": "HELLO\n", "expect": "PONG"});
    let answer = asker.check(input("tcp", &url, talk)).await;
    failed(
        &answer,
        ErrorCode::BodyMismatch,
        "Expected text not found: \"PONG\"",
    );
    let closed = ClosedPort::new();
    let url = format!("tcp://{}", closed.address());
    let answer = asker.check(input("tcp", &url, json!({}))).await;
    failed(
        &answer,
        ErrorCode::ConnectRefused,
        "Connection refused by 127.0.0.1",
    );
    asker.stop().await;
}

/// A TLS server with a self-signed certificate that is valid for `days`.
async fn tls_server(days: i64) -> SocketAddr {
    tls_server_with(
        days,
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into(),
    )
    .await
}

async fn tls_server_with(days: i64, answer: String) -> SocketAddr {
    shared::install_crypto();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let now = std::time::SystemTime::now();
    params.not_before = (now - std::time::Duration::from_secs(40 * 86_400)).into();
    let seconds = u64::try_from(days * 86_400 + 3_600 + 86_400 * 40).unwrap();
    params.not_after =
        (now - std::time::Duration::from_secs(40 * 86_400) + std::time::Duration::from_secs(seconds)).into();
    let signing_key = KeyPair::generate().unwrap();
    let cert = params.self_signed(&signing_key).unwrap();
    let CertifiedKey { cert, signing_key } = CertifiedKey { cert, signing_key };
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut request = [0; 4_096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_looked_at() {
    let asker = Asker::start(&[]).await;
    let (long, short, over) = (tls_server(90).await, tls_server(5).await, tls_server(-2).await);
    let url = |scheme: &str, address: SocketAddr| format!("{scheme}://localhost:{}", address.port());

    let answer = asker.check(input("tls", &url("tls", long), json!({}))).await;
    failed(&answer, ErrorCode::TlsInvalid, "Invalid TLS certificate");
    let trusting = json!({"verify_tls": false});
    let up = asker
        .check(input("tls", &url("tls", long), trusting.clone()))
        .await;
    assert!(up.up && up.timings_us.tls.is_some(), "{up:?}");
    let days = up.tls_expires_at.unwrap().millis_since(shared::now()) / 86_400_000;
    assert_eq!(days, 90);
    let answer = asker
        .check(input("tls", &url("tls", short), trusting.clone()))
        .await;
    failed(&answer, ErrorCode::TlsExpiring, "in 5 days");
    let answer = asker.check(input("tls", &url("tls", over), trusting)).await;
    failed(&answer, ErrorCode::TlsExpired, "expired");

    let https = |address, part| input("http", &url("https", address), part);
    let answer = asker.check(https(long, json!({}))).await;
    failed(&answer, ErrorCode::TlsInvalid, "Invalid TLS certificate");
    let up = asker.check(https(short, json!({"verify_tls": false}))).await;
    assert!(up.up && up.tls_expires_at.is_some(), "{up:?}");
    let answer = asker
        .check(https(short, json!({"verify_tls": false, "tls_warn_days": 7})))
        .await;
    failed(&answer, ErrorCode::TlsExpiring, "in 5 days");
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_that_expires_first_on_the_way_counts() {
    let asker = Asker::start(&[]).await;
    let end = tls_server(90).await;
    let redirect = format!(
        "HTTP/1.1 302 Found\r\nlocation: https://localhost:{}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        end.port()
    );
    let (short, long) = (
        tls_server_with(5, redirect.clone()).await,
        tls_server_with(60, redirect).await,
    );
    let http = json!({"verify_tls": false, "max_redirects": 1, "tls_warn_days": 14});
    let url = |address: SocketAddr| format!("https://localhost:{}/", address.port());
    let answer = asker.check(input("http", &url(short), http.clone())).await;
    failed(&answer, ErrorCode::TlsExpiring, "expires in 5 days");
    let up = asker.check(input("http", &url(long), http)).await;
    let days = up
        .tls_expires_at
        .map(|at| at.millis_since(shared::now()) / 86_400_000);
    assert_eq!((up.up, days), (true, Some(60)), "{up:?}");
    asker.stop().await;
}

/// A name server that knows one host, `known.example`, at 192.0.2.7.
async fn name_server() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut question = [0; 512];
        while let Ok((read, from)) = socket.recv_from(&mut question).await {
            // The question's name ends with a zero, before type and class.
            let end = 12 + question[12..read].iter().position(|&b| b == 0).unwrap() + 5;
            let known = question[12..end]
                .to_ascii_lowercase()
                .starts_with(b"\x05known\x07example\x00\x00\x01");
            let (code, answers) = if known { (0x80, 1) } else { (0x83, 0) };
            let mut answer = question[..2].to_vec();
            answer.extend([0x85, code, 0, 1, 0, answers, 0, 0, 0, 0]);
            answer.extend(&question[12..end]);
            if known {
                answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
            }
            let _ = socket.send_to(&answer, from).await;
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn name_servers_are_asked() {
    let asker = Asker::start(&[]).await;
    let server = name_server().await;
    let ask = |expected: &[&str]| json!({"resolver": server.to_string(), "expected": expected});
    let up = asker
        .check(input("dns", "dns://known.example", ask(&["192.0.2.7"])))
        .await;
    assert!(up.up && up.timings_us.dns.is_some(), "{up:?}");
    let answer = asker
        .check(input("dns", "dns://known.example", ask(&["192.0.2.8"])))
        .await;
    failed(
        &answer,
        ErrorCode::DnsMismatch,
        "not found in the A records: 192.0.2.7",
    );
    let answer = asker.check(input("dns", "dns://unknown.example", ask(&[]))).await;
    failed(&answer, ErrorCode::DnsFailure, "unknown.example does not exist");
    asker.stop().await;

    let guarded = Asker::start(&[("PROBE_TARGETS", "public")]).await;
    let answer = guarded.check(input("dns", "dns://known.example", ask(&[]))).await;
    failed(&answer, ErrorCode::BlockedTarget, "is not allowed");
    guarded.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_are_pinged_where_the_system_permits_it() {
    let asker = Asker::start(&[]).await;
    let spec = common::definition(1, 1, input("icmp", "icmp://127.0.0.1", json!({"packets": 6}))).spec;
    let answer = asker
        .post(common::KEY, serde_json::to_string(&spec).unwrap())
        .await;
    if answer.status() == 503 {
        // Neither an unprivileged nor a raw socket is permitted: nothing is said of the target.
        return asker.stop().await;
    }
    let up: domain::internal::CheckAnswer = serde_json::from_slice(answer.body()).unwrap();
    assert!(up.up && up.timings_us.first_byte.is_some(), "{up:?}");
    assert!(
        up.latency_ms < 500,
        "a round trip, without the pauses between pings: {up:?}"
    );
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_hold_the_phases_and_when_certificates_expire() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let redis = testkit::redis();
    let users = UserService::start(&redis).await;
    let (tls, dns) = (tls_server(90).await, name_server().await);
    let port = tls.port();
    let trusting = json!({"verify_tls": false});
    let url = format!("https://localhost:{port}/");
    let ids: Vec<i64> = ids_due_after(QUIET, DEFAULT_INTERVAL_MS).take(4).collect();
    users.put(ids[0], 1, input("http", &url, trusting.clone()));
    users.put(
        ids[1],
        1,
        input("tls", &format!("tls://localhost:{port}"), trusting),
    );
    users.put(
        ids[2],
        1,
        input("tcp", &format!("tcp://localhost:{port}"), json!({})),
    );
    let resolver = json!({"resolver": dns.to_string(), "expected": []});
    users.put(ids[3], 1, input("dns", "dns://known.example", resolver));
    let pinger = Pinger::start(&kafka, &redis, &users.url()).await;
    let mut results = Results::of(&kafka);
    let mut seen = BTreeMap::new();
    while seen.len() < 4 {
        let Record::Result(result) = results.next().await else {
            panic!("every check can be made")
        };
        assert!(result.up, "{result:?}");
        seen.insert(result.monitor_id.0, result);
    }
    pinger.stop().await;
    let phases = |nth: usize| {
        let timings = seen[&ids[nth]].timings;
        let phases = [
            timings.dns,
            timings.connect,
            timings.tls,
            timings.first_byte,
            timings.transfer,
        ];
        phases.map(|phase| phase.is_some())
    };
    assert_eq!(phases(0), [true; 5]);
    assert_eq!(phases(1), [true, true, true, false, false]);
    assert_eq!(phases(2)[..2], [true, true]);
    assert_eq!(phases(3), [true, false, false, false, false]);
    for (id, result) in &seen {
        let days = result
            .tls_expires_at
            .map(|at| at.millis_since(result.timestamp) / 86_400_000);
        assert_eq!(days, ids[..2].contains(id).then_some(90), "{result:?}");
    }
}
