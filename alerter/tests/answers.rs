//! What a channel answers: what counts as taken, and how little of it is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{self, World, channel, slack_channel};
use domain::channel::SlackBotConfig;
use domain::internal::SealedChannel;
use testkit::{FakeSmtp, HttpServer, Manners, Reply};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain";

fn reply(status: u16, kind: Option<&'static str>, body: &str) -> Reply {
    let reply = Reply::new(status, body);
    match kind {
        Some(kind) => reply.header("content-type", kind),
        None => reply,
    }
}

/// What takes a message, and each of which has its own way to say so.
fn takers() -> [Reply; 12] {
    [
        reply(200, Some(TEXT), "ok"),
        reply(200, None, "ok"),
        reply(200, Some(JSON), r#"{"ok":true}"#),
        reply(200, Some(JSON), r#"{"success":true}"#),
        reply(200, Some(JSON), r#"{"result":"success","msg":""}"#),
        reply(200, Some(JSON), "{}"),
        reply(200, Some(JSON), ""),
        reply(200, None, ""),
        reply(200, Some("text/html"), "<html>thanks</html>"),
        reply(201, Some(JSON), "[]"),
        reply(202, Some(JSON), "null"),
        reply(204, None, ""),
    ]
}

/// What refuses a message, and what is said of it.
fn refusers() -> [(Reply, &'static str); 5] {
    [
        (
            reply(200, Some(JSON), r#"{"ok": false, "error": "channel_not_found"}"#),
            "Slack error: channel_not_found",
        ),
        (
            reply(200, Some(TEXT), r#"{"ok":false,"error":"ratelimited"}"#),
            "Slack error: ratelimited",
        ),
        (
            reply(200, None, r#"{"ok":false}"#),
            r#"Slack error: {"ok":false}"#,
        ),
        (reply(429, Some(JSON), "{}"), "HTTP 429: rate limited"),
        (reply(500, Some(JSON), "{}"), "HTTP 500: {}"),
    ]
}

fn bot() -> SealedChannel {
    let config = SlackBotConfig {
        bot_token: "xoxb-1-2-a".into(),
        channel: "C01".into(),
        signing_secret: "8f742231b10e".into(),
    };
    channel(2, "slack_bot", &serde_json::to_vec(&config).unwrap())
}

fn webhook(url: &str) -> SealedChannel {
    let config = serde_json::json!({"url": url, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    channel(3, "webhook", config.to_string().as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_2xx_has_taken_the_message_unless_it_says_that_it_has_not() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let server = HttpServer::start(|_| Reply::new(500, "")).await;
    let world = World::new(kafka).await.with("SLACK_API_URL", &server.url());
    let alerter = world.start().await;
    for channel in [slack_channel(1, &server.url()), bot()] {
        for taker in takers() {
            let what = format!("{}: {taker:?}", channel.kind);
            server.answer_with(move |_| taker.clone());
            assert_eq!(alerter.test(&channel).await, (true, None), "{what}");
        }
        for (refuser, why) in refusers() {
            server.answer_with(move |_| refuser.clone());
            let said = alerter.test(&channel).await;
            assert_eq!(said, (false, Some(why.to_owned())), "{}", channel.kind);
        }
    }
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_follows_an_outage_that_was_taken_without_an_ok() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await;
    world
        .slack
        .answer_with(reply(200, Some(JSON), r#"{"success":true}"#));
    let alerter = world.start().await;
    world.down(1).await;
    world.await_messages(1, &["Down"]).await;
    world.up(1).await;
    world.await_messages(1, &["Down", "Up"]).await;
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_did_not_name_its_message_posts_what_follows_by_itself() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let server = HttpServer::start(|_| reply(200, Some(JSON), r#"{"ok":true}"#)).await;
    let world = World::new(kafka).await.with("SLACK_API_URL", &server.url());
    *world.known.channels.lock().unwrap() = vec![bot()];
    let alerter = world.start().await;
    let called = async |count: usize| {
        testkit::eventually("Slack's API is called", common::PATIENCE, async || {
            Some(server.seen()).filter(|seen| seen.len() >= count)
        })
        .await
    };
    world.down(1).await;
    called(1).await;
    world.up(1).await;
    let seen = called(2).await;
    let bodies: Vec<serde_json::Value> = seen
        .iter()
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect();
    assert!(seen.iter().all(|request| request.path == "/chat.postMessage"));
    assert!(bodies[1]["text"].as_str().unwrap().starts_with("✅ Up: Shop 1."));
    assert_eq!((seen.len(), bodies[1].get("thread_ts")), (2, None));
    alerter.stop().await;
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

/// What may lie in sockets' buffers on top of what is read, and more.
const UNREAD_BYTES: usize = 32 * 1024 * 1024;

/// Answers each request with a head and then, until nobody takes it any more, a chunk after the other.
struct Flood {
    url: String,
    sent: Arc<AtomicUsize>,
}

impl Flood {
    async fn start(head: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let sent = Arc::clone(&counted);
                tokio::spawn(async move {
                    read_request(&mut stream).await?;
                    stream.write_all(head.as_bytes()).await?;
                    let chunk = [b"10000\r\n".as_slice(), &[b' '; 65_536], b"\r\n"].concat();
                    while sent.load(Ordering::Relaxed) <= UNREAD_BYTES {
                        stream.write_all(&chunk).await?;
                        sent.fetch_add(chunk.len(), Ordering::Relaxed);
                    }
                    std::io::Result::Ok(())
                });
            }
        });
        Self { url, sent }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_answer_without_an_end_little_is_read() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let (taken, refused) = (
        Flood::start(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        )
        .await,
        Flood::start("HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\n").await,
    );
    let world = World::new(kafka).await.with("SLACK_API_URL", &taken.url);
    let alerter = world.start().await;
    for channel in [slack_channel(1, &taken.url), bot(), webhook(&taken.url)] {
        assert_eq!(alerter.test(&channel).await, (true, None), "{}", channel.kind);
    }
    for channel in [slack_channel(1, &refused.url), webhook(&refused.url)] {
        let said = alerter.test(&channel).await;
        assert_eq!(said, (false, Some("HTTP 403".to_owned())), "{}", channel.kind);
    }
    alerter.stop().await;
    for flood in [taken, refused] {
        let sent = flood.sent.load(Ordering::Relaxed);
        assert!(sent <= UNREAD_BYTES, "{sent} bytes were taken");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_head_of_an_answer_said_counts_when_its_body_does_not_come() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            read_request(&mut stream).await?;
            stream
                .write_all(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
                )
                .await?;
            held.push(stream);
        }
        std::io::Result::Ok(())
    });
    let world = World::new(kafka).await.with("SLACK_API_URL", &url);
    let alerter = world.start().await;
    for channel in [slack_channel(1, &url), bot(), webhook(&url)] {
        assert_eq!(alerter.test(&channel).await, (true, None), "{}", channel.kind);
    }
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_taken_when_the_server_says_so_and_little_else_of_it_is_read() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let mut world = World::new(kafka).await;
    let config = serde_json::json!({"to": ["ada@example.org"]});
    let mails = channel(4, "email", config.to_string().as_bytes());
    let stays = Manners {
        stays: true,
        ..Manners::default()
    };
    let babbles = Manners {
        babbles: true,
        ..Manners::default()
    };
    for (manners, expected) in [
        (Manners::default(), (true, None)),
        (stays, (true, None)),
        (
            babbles,
            (
                false,
                Some("network error: the mail server says too much".to_owned()),
            ),
        ),
    ] {
        let server = FakeSmtp::with(manners).await;
        world = world.with("SMTP_URL", &server.url);
        let alerter = world.start().await;
        for _ in 0..2 {
            assert_eq!(alerter.test(&mails).await, expected);
        }
        let taken = if expected.0 { 2 } else { 0 };
        assert_eq!(server.mails().len(), taken);
        alerter.stop().await;
    }
}
