//! Live updates, as a browser receives them.

use std::time::Duration;

use crate::common::{Gateway, token};
use api::Role;
use domain::OrgId;
use fred::interfaces::StreamsInterface as _;
use testkit::Reply;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

const PATIENCE: Duration = Duration::from_secs(15);

/// An open stream: its lines, and what keeps the connection open.
struct Stream {
    lines: Lines<BufReader<OwnedReadHalf>>,
    _writer: tokio::net::tcp::OwnedWriteHalf,
}

impl Stream {
    async fn open(gateway: &Gateway, token: &str, last: Option<&str>) -> Self {
        let address = gateway.url.strip_prefix("http://").unwrap();
        let (reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
        let last = last
            .map(|id| format!("last-event-id: {id}\r\n"))
            .unwrap_or_default();
        let request = format!(
            "GET /api/v1/stream HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\nauthorization: Bearer {token}\r\n{last}\r\n"
        );
        writer.write_all(request.as_bytes()).await.unwrap();
        let mut stream = Self {
            lines: BufReader::new(reader).lines(),
            _writer: writer,
        };
        // The preamble tells that the gateway listens.
        stream.line_with("retry: ").await;
        stream
    }

    /// The next line that begins with `start`, without it.
    async fn line_with(&mut self, start: &str) -> String {
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let line = self.lines.next_line().await.unwrap().expect("the stream goes on");
                if let Some(rest) = line.strip_prefix(start) {
                    return rest.to_owned();
                }
            }
        });
        found
            .await
            .unwrap_or_else(|_| panic!("no line begins with {start}"))
    }

    async fn event(&mut self) -> (String, String) {
        (self.line_with("event: ").await, self.line_with("data: ").await)
    }
}

async fn add(gateway: &Gateway, org: i64, data: &str) -> String {
    let fields = vec![("event", "status"), ("data", data)];
    gateway
        .redis
        .xadd(gateway.keys.stream(OrgId(org)), false, None, "*", fields)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_reaches_its_organisation_and_no_other() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    add(&gateway, 7, r#"{"n":0}"#).await;
    let mut ours = Stream::open(&gateway, &token(7, Role::Viewer), None).await;
    let mut second = Stream::open(&gateway, &token(7, Role::Viewer), None).await;
    let mut theirs = Stream::open(&gateway, &token(8, Role::Viewer), None).await;
    let id = add(&gateway, 7, r#"{"n":1}"#).await;
    add(&gateway, 8, r#"{"n":2}"#).await;
    assert_eq!(ours.line_with("id: ").await, id, "what came before is not sent");
    assert_eq!(ours.event().await, ("status".to_owned(), r#"{"n":1}"#.to_owned()));
    assert_eq!(second.event().await.1, r#"{"n":1}"#);
    assert_eq!(theirs.event().await.1, r#"{"n":2}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_resumes_after_the_last_event_that_it_has_seen() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let seen = add(&gateway, 7, r#"{"n":1}"#).await;
    add(&gateway, 7, r#"{"n":2}"#).await;
    add(&gateway, 7, r#"{"n":3}"#).await;
    let mut stream = Stream::open(&gateway, &token(7, Role::Viewer), Some(&seen)).await;
    add(&gateway, 7, r#"{"n":4}"#).await;
    for n in 2..=4 {
        assert_eq!(stream.event().await.1, format!(r#"{{"n":{n}}}"#));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_unknown_or_too_old_resets() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    add(&gateway, 7, r#"{"n":1}"#).await;
    for last in ["1-0", "nonsense", "99999999999999-0"] {
        let mut stream = Stream::open(&gateway, &token(7, Role::Viewer), Some(last)).await;
        assert_eq!(
            stream.event().await,
            ("reset".to_owned(), "{}".to_owned()),
            "{last}"
        );
        let data = format!(r#"{{"after":"{last}"}}"#);
        add(&gateway, 7, &data).await;
        assert_eq!(stream.event().await.1, data);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_the_gateway_stops() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let mut stream = Stream::open(&gateway, &token(7, Role::Viewer), None).await;
    gateway.stop.cancel();
    let end = tokio::time::timeout(PATIENCE, async {
        while stream.lines.next_line().await.is_ok_and(|line| line.is_some()) {}
    });
    end.await.expect("the stream ends");
    tokio::time::timeout(PATIENCE, gateway.task)
        .await
        .expect("the gateway stops")
        .unwrap();
}
