//! TLS sessions that are resumed where a monitor wants it, and never where it does not.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::common::{Asker, PATIENCE, Pinger, Results, UserService, failed};
use domain::{ErrorCode, Record};
use rustls::HandshakeKind::{self, Full, Resumed};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::ProducesTickets;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Tickets that are numbers of what the server keeps.
#[derive(Debug, Default)]
struct Tickets {
    kept: Mutex<Vec<Vec<u8>>>,
    /// Takes each ticket for the first one, so that the handshake fails.
    are_confused: bool,
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        3_600
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let mut kept = self.kept.lock().unwrap();
        kept.push(plain.to_vec());
        Some(((kept.len() - 1) as u32).to_be_bytes().to_vec())
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        let number = u32::from_be_bytes(ticket.try_into().ok()?);
        let number = if self.are_confused { 0 } else { number };
        self.kept.lock().unwrap().get(number as usize).cloned()
    }
}

/// A server that redirects `/` to `/end`, and counts handshakes.
struct Server {
    address: SocketAddr,
    made: Arc<Mutex<Vec<HandshakeKind>>>,
    broken: Arc<AtomicUsize>,
}

impl Server {
    /// With this status at `/end`.
    async fn start(status: u16, are_confused: bool) -> Self {
        shared::install_crypto();
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let mut config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        config.ticketer = Arc::new(Tickets {
            are_confused,
            ..Tickets::default()
        });
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            made: Arc::default(),
            broken: Arc::default(),
        };
        let (made, broken) = (Arc::clone(&server.made), Arc::clone(&server.broken));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, made, broken) = (acceptor.clone(), Arc::clone(&made), Arc::clone(&broken));
                tokio::spawn(async move {
                    if serve(&acceptor, stream, status, &made).await.is_err() {
                        broken.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        server
    }

    fn input(&self, path: &str, options: Value) -> Value {
        let mut http = json!({"verify_tls": false});
        http.as_object_mut()
            .unwrap()
            .extend(options.as_object().unwrap().clone());
        let url = format!("https://localhost:{}{path}", self.address.port());
        json!({"url": url, "interval_seconds": 10, "timeout_ms": 4_000, "retries": 0, "http": http})
    }

    /// The handshakes since this was asked last.
    fn made(&self) -> Vec<HandshakeKind> {
        std::mem::take(&mut *self.made.lock().unwrap())
    }
}

async fn serve(
    acceptor: &TlsAcceptor,
    stream: TcpStream,
    status: u16,
    made: &Mutex<Vec<HandshakeKind>>,
) -> std::io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let kind = stream.get_ref().1.handshake_kind().unwrap();
    made.lock().unwrap().push(kind);
    let mut request = [0; 4_096];
    let read = stream.read(&mut request).await?;
    let head = if request[..read].starts_with(b"GET / ") {
        "HTTP/1.1 302 Found\r\nlocation: /end\r\n".to_owned()
    } else {
        format!("HTTP/1.1 {status} Answer\r\n")
    };
    let answer = format!("{head}content-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await?;
    // The checker may be gone by now.
    let _ = stream.shutdown().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_resumed_only_where_the_monitor_wants_it_and_a_failure_ends_it() {
    let asker = Asker::start(&[]).await;
    let server = Server::start(200, false).await;
    let resuming = json!({"tls_resumption": true});
    assert!(asker.check(server.input("/", json!({}))).await.up);
    assert_eq!(server.made(), [Full, Full]);

    let up = asker.check(server.input("/", resuming.clone())).await;
    assert!(up.up && up.timings_us.tls.is_some(), "{up:?}");
    assert!(up.tls_expires_at.is_some(), "it is known from the full handshake");
    assert_eq!(server.made(), [Full, Resumed]);

    // A check on request is a monitor of its own: it sees the certificate.
    assert!(asker.check(server.input("/end", resuming.clone())).await.up);
    assert_eq!(server.made(), [Full]);

    let server = Server::start(500, false).await;
    let mut input = server.input("/", resuming);
    input["retries"] = 1.into();
    input["timeout_ms"] = 2_000.into();
    let answer = asker.check(input).await;
    failed(&answer, ErrorCode::StatusMismatch, "500");
    assert_eq!(
        server.made(),
        [Full, Resumed, Full, Resumed],
        "the confirmation begins anew"
    );
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_that_counts_as_a_failure_ends_a_session() {
    let asker = Asker::start(&[]).await;
    let server = Server::start(200, false).await;
    let mut input = server.input("/", json!({"tls_resumption": true}));
    input["upside_down"] = true.into();
    input["retries"] = 1.into();
    input["timeout_ms"] = 2_000.into();
    let answer = asker.check(input).await;
    failed(&answer, ErrorCode::UpsideDown, "inverted");
    assert_eq!(
        server.made(),
        [Full, Resumed, Full, Resumed],
        "the confirmation begins anew"
    );
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_to_resume_is_not_down() {
    let asker = Asker::start(&[]).await;
    let server = Server::start(200, true).await;
    let up = asker
        .check(server.input("/", json!({"tls_resumption": true})))
        .await;
    assert!(up.up, "{up:?}");
    assert_eq!(server.made(), [Full, Full]);
    testkit::eventually("a session was tried", PATIENCE, || async {
        (server.broken.load(Ordering::Relaxed) == 1).then_some(())
    })
    .await;
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_monitor_has_sessions_of_its_own_from_check_to_check() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let redis = testkit::redis();
    let users = UserService::start(&redis).await;
    let server = Server::start(200, false).await;
    let ids = [1, 2];
    for id in ids {
        users.put(id, 1, server.input("/end", json!({"tls_resumption": true})));
    }
    let pinger = Pinger::start(&kafka, &redis, &users.url()).await;
    let mut results = Results::of(&kafka);
    let mut seen = [0, 0];
    while seen.iter().any(|count| *count < 2) {
        let Record::Result(result) = results.next().await else {
            panic!("every check can be made")
        };
        assert!(result.up && result.tls_expires_at.is_some(), "{result:?}");
        seen[result.monitor_id.0 as usize - 1] += 1;
    }
    pinger.stop().await;
    let made = server.made();
    let full = made.iter().filter(|kind| **kind == Full).count();
    assert_eq!(full, ids.len(), "{made:?}");
    assert!(made.len() >= 4, "{made:?}");
}
