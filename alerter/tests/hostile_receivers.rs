//! Receivers that mean harm: whatever a channel answers, a send ends within its deadline, takes little memory, and
//! says what is so.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::common::{World, channel, slack_channel};
use domain::internal::SealedChannel;
use serde_json::json;
use testkit::HttpServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How long a send may take.
const TIMEOUT: Duration = Duration::from_millis(1_500);

/// How much later than at its deadline it has ended, on a machine that is busy.
const MARGIN: Duration = Duration::from_secs(5);

/// What may lie in the buffers of sockets on top of what is read.
const UNREAD_BYTES: usize = 16 * 1024 * 1024;

const NO_ANSWER: &str = "no response within 1500 ms";

/// What a server sends: once, and then again and again, with a pause.
#[derive(Clone, Copy)]
struct Says {
    first: &'static [u8],
    then: &'static [u8],
    pause: Duration,
}

const fn says(first: &'static [u8]) -> Says {
    let (then, pause) = (b"".as_slice(), Duration::ZERO);
    Says { first, then, pause }
}

const fn floods(first: &'static [u8], then: &'static [u8]) -> Says {
    let pause = Duration::ZERO;
    Says { first, then, pause }
}

const fn drips(first: &'static [u8], then: &'static [u8]) -> Says {
    let pause = Duration::from_millis(20);
    Says { first, then, pause }
}

/// A server that says the same to everybody.
struct Hostile {
    address: String,
    sent: Arc<AtomicUsize>,
}

impl Hostile {
    /// One that speaks once it has read a request, or at once.
    async fn start(says: Says, waits: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(speak(stream, says, waits, Arc::clone(&counted)));
            }
        });
        Self { address, sent }
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }
}

async fn speak(
    mut stream: TcpStream,
    says: Says,
    waits: bool,
    sent: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    if waits {
        read_request(&mut stream).await?;
    }
    stream.write_all(says.first).await?;
    // A flood comes in large pieces, as one does.
    let pieces = if says.pause.is_zero() { 8_192 } else { 1 };
    let piece = says.then.repeat((pieces / says.then.len().max(1)).max(1));
    while !piece.is_empty() && sent.load(Ordering::Relaxed) <= UNREAD_BYTES {
        stream.write_all(&piece).await?;
        sent.fetch_add(piece.len(), Ordering::Relaxed);
        if !says.pause.is_zero() {
            tokio::time::sleep(says.pause).await;
        }
    }
    // It stays until the other side leaves.
    let mut rest = [0; 4_096];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

/// Reads a request to the end of its body, which is JSON.
async fn read_request(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut request = Vec::new();
    loop {
        if stream.read_buf(&mut request).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let body = request.windows(4).position(|part| part == b"\r\n\r\n");
        let body = body.map(|head| &request[head + 4..]);
        if body.is_some_and(|body| serde_json::from_slice::<serde_json::Value>(body).is_ok()) {
            return Ok(());
        }
    }
}

fn webhook(url: &str) -> SealedChannel {
    let config = json!({"url": url, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    channel(3, "webhook", config.to_string().as_bytes())
}

fn mail() -> SealedChannel {
    channel(
        4,
        "email",
        json!({"to": ["ada@example.org"]}).to_string().as_bytes(),
    )
}

async fn world(kafka: shared::kafka::KafkaSettings) -> World {
    let timeout = TIMEOUT.as_millis().to_string();
    World::new(kafka).await.with("DELIVERY_TIMEOUT_MS", &timeout)
}

/// What an answer comes to: none when it has taken the message, or a part of why it has not.
type Expected = Option<&'static str>;

const LONG_LINE: &[u8] = &[b'a'; 64 * 1024];

/// A hundred thousand times as much once it is unpacked, and no gzip from its second byte on.
const BOMB: &[u8] = b"HTTP/1.1 403 Forbidden\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n";

fn http_answers() -> Vec<(&'static str, Says, Expected)> {
    vec![
        (
            "a head without an end",
            floods(b"HTTP/1.1 200 OK\r\nx: ", LONG_LINE),
            Some("message head is too large"),
        ),
        (
            "headers without an end",
            floods(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n"),
            Some(""),
        ),
        (
            "a dripping head",
            drips(b"HTTP/1.1 200 OK\r\nx: ", b"a"),
            Some(NO_ANSWER),
        ),
        (
            "dripping headers",
            drips(b"HTTP/1.1 200 OK\r\n", b"x: a\r\n"),
            Some(NO_ANSWER),
        ),
        (
            "nothing but 100",
            floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
            Some("says too much"),
        ),
        (
            "nothing but 103",
            floods(b"", b"HTTP/1.1 103 Early Hints\r\nlink: </>\r\n\r\n"),
            Some("says too much"),
        ),
        (
            "another protocol",
            says(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
            Some("HTTP 101"),
        ),
        ("no HTTP", says(b"SSH-2.0-OpenSSH_9.2\r\n"), Some("")),
        (
            "a bomb",
            floods(BOMB, b"8\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\r\n"),
            Some("HTTP 403"),
        ),
        (
            "a dripping body",
            drips(
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
                b"1\r\n \r\n",
            ),
            None,
        ),
        (
            "a broken body",
            says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
            None,
        ),
        (
            "two lengths",
            says(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
            Some(""),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_answered_over_http_a_send_ends_in_time_and_reads_little() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = world(kafka).await;
    let alerter = world.start().await;
    for (what, says, expected) in http_answers() {
        for kind in ["slack", "webhook"] {
            let server = Hostile::start(says, true).await;
            let url = format!("http://{}/hook", server.address);
            let channel = match kind {
                "slack" => slack_channel(2, &url),
                _ => webhook(&url),
            };
            let began = Instant::now();
            let (ok, error) = alerter.test(&channel).await;
            let took = began.elapsed();
            assert!(took < TIMEOUT + MARGIN, "{kind}, {what}: {took:?}");
            let error = error.unwrap_or_default();
            match expected {
                None => assert!(ok, "{kind}, {what}: {error}"),
                Some(part) => assert!(!ok && error.contains(part), "{kind}, {what}: {error}"),
            }
            assert!(
                error.len() < 300 && !error.contains(char::is_control),
                "{kind}, {what}: {error}"
            );
            assert!(
                server.sent() <= UNREAD_BYTES,
                "{kind}, {what}: all of it was read"
            );
        }
    }
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_leads_nowhere() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = world(kafka).await;
    let inner = HttpServer::start(|_| testkit::Reply::new(200, "ok")).await;
    let (to, alerter) = (inner.url(), world.start().await);
    for status in [301, 302, 303, 307, 308] {
        let location = to.clone();
        let server =
            HttpServer::start(move |_| testkit::Reply::new(status, "").header("location", location.clone()));
        let server = server.await;
        for channel in [slack_channel(2, &server.url()), webhook(&server.url())] {
            let said = alerter.test(&channel).await;
            assert_eq!(said, (false, Some(format!("HTTP {status}"))), "{}", channel.kind);
        }
    }
    assert!(inner.seen().is_empty());
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_asked_for_is_not_that_to_the_next_message() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = world(kafka).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let requests = Arc::clone(&counted);
            tokio::spawn(async move {
                loop {
                    read_request(&mut stream).await?;
                    let answer: &[u8] = match requests.fetch_add(1, Ordering::Relaxed) {
                        // Two in one: the second is for what is not sent yet.
                        0 => b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
                        _ => b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n",
                    };
                    stream.write_all(answer).await?;
                }
                #[allow(unreachable_code, reason = "it says what its errors are")]
                std::io::Result::Ok(())
            });
        }
    });
    let alerter = world.start().await;
    assert_eq!(alerter.test(&webhook(&url)).await, (true, None));
    assert_eq!(
        alerter.test(&webhook(&url)).await,
        (false, Some("HTTP 500".to_owned()))
    );
    assert_eq!(requests.load(Ordering::Relaxed), 2);
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_mail_server_says_a_send_ends_in_time_and_reads_little() {
    const TOO_MUCH: &str = "the mail server says too much";
    let (_broker, kafka) = testkit::embedded_kafka();
    let mut world = world(kafka).await;
    for (what, says, expected) in [
        ("nothing", says(b""), "no connection: timed out"),
        ("a greeting without an end", floods(b"220-", LONG_LINE), TOO_MUCH),
        ("lines without an end", floods(b"", b"220-here\r\n"), TOO_MUCH),
        (
            "short lines without an end",
            floods(b"", b"220-\r\n220-\r\n220-\r\n220-\r\n"),
            TOO_MUCH,
        ),
        (
            "a dripping greeting",
            drips(b"220-", b"a"),
            "no connection: timed out",
        ),
        (
            "dripping lines",
            drips(b"", b"220-a\r\n"),
            "no connection: timed out",
        ),
        (
            "a huge EHLO",
            floods(b"220 here\r\n250-here\r\n", b"250-AUTH PLAIN LOGIN\r\n"),
            TOO_MUCH,
        ),
        ("no SMTP", says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), ""),
    ] {
        let server = Hostile::start(says, false).await;
        world = world.with("SMTP_URL", &format!("smtp://{}", server.address));
        let alerter = world.start().await;
        let began = Instant::now();
        let (ok, error) = alerter.test(&mail()).await;
        let took = began.elapsed();
        assert!(took < TIMEOUT + MARGIN, "{what}: {took:?}");
        let error = error.unwrap_or_default();
        assert!(!ok && error.contains(expected), "{what}: {error}");
        assert!(error.len() < 500, "{what}: {error}");
        assert!(server.sent() <= UNREAD_BYTES, "{what}: all of it was read");
        alerter.stop().await;
    }
}
