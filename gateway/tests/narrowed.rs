//! What the gateway answers itself, to those whose access is narrowed to tags.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{Gateway, SECRET, token};
use api::{Actor, Principal, Role};
use domain::internal::{DefinitionsPage, SeenMonitors};
use domain::live::{LiveState, LiveStatus};
use domain::{MonitorId, OrgId};
use fred::interfaces::{HashesInterface as _, StreamsInterface as _};
use http::Method;
use serde_json::json;
use shared::token::TokenKey;
use testkit::{Reply, Seen};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

const PATIENCE: Duration = Duration::from_secs(15);

/// What user-service says of who is narrowed; nothing while it is away.
type Says = Arc<Mutex<Option<SeenMonitors>>>;

async fn gateway(monitors: &[i64]) -> (Gateway, Says) {
    let told = Arc::new(Mutex::new(None));
    let says = Arc::clone(&told);
    let gateway = Gateway::start(move |seen| answer(seen, &says)).await;
    tell(&told, monitors);
    (gateway, told)
}

fn tell(told: &Says, monitors: &[i64]) {
    let monitors = Some(monitors.iter().copied().map(MonitorId).collect());
    *told.lock().unwrap() = Some(SeenMonitors { monitors });
}

fn answer(seen: &Seen, told: &Says) -> Reply {
    if seen.path.starts_with("/internal/seen-monitors") {
        return match &*told.lock().unwrap() {
            Some(told) => Reply::new(200, json!(told).to_string()),
            None => Reply::new(503, ""),
        };
    }
    if seen.path.starts_with("/internal/definitions") {
        let page = DefinitionsPage {
            definitions: Vec::new(),
            next_after: None,
        };
        return Reply::new(200, json!(page).to_string());
    }
    Reply::new(404, r#"{"title":"Not Found","status":404}"#)
}

fn narrowed() -> String {
    let principal = Principal {
        org_id: OrgId(7),
        actor: Actor::User(3),
        role: Role::Editor,
        narrowed: true,
    };
    TokenKey::new(&SECRET.to_owned().into())
        .mint(&principal, None, shared::now())
        .unwrap()
}

fn asked(gateway: &Gateway) -> usize {
    let seen = gateway.seen();
    let is_asked = |seen: &&Seen| seen.path.starts_with("/internal/seen-monitors");
    seen.iter().filter(is_asked).count()
}

async fn put_status(gateway: &Gateway, monitor: i64) {
    let status = LiveStatus {
        state: LiveState::Up,
        ..LiveStatus::default()
    };
    let fields = vec![("org", "7".to_owned()), ("json", json!(status).to_string())];
    let key = gateway.keys.status(MonitorId(monitor));
    gateway.redis.hset::<(), _, _>(key, fields).await.unwrap();
}

async fn status(gateway: &Gateway, token: &str, monitor: i64) -> u16 {
    let path = format!("/api/v1/monitors/{monitor}/status");
    gateway.get(&path, token).await.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_of_a_monitor_outside_is_not_there() {
    let (gateway, told) = gateway(&[1]).await;
    for monitor in [1, 2] {
        put_status(&gateway, monitor).await;
    }
    assert_eq!(status(&gateway, &token(7, Role::Viewer), 2).await, 200);
    assert_eq!(asked(&gateway), 0, "nobody is asked about who is not narrowed");
    let narrowed = narrowed();
    assert_eq!(status(&gateway, &narrowed, 1).await, 200);
    assert_eq!(status(&gateway, &narrowed, 2).await, 404);
    let passed_on = gateway.seen();
    let passed_on = passed_on.iter().find(|seen| seen.path.ends_with("/2/status"));
    assert_eq!(passed_on.unwrap().headers["x-narrowed"], "1");
    // One that gets the tag is there at once, and one that loses it soon not any more.
    tell(&told, &[2]);
    assert_eq!(status(&gateway, &narrowed, 2).await, 200);
    testkit::eventually("the other one is gone", PATIENCE, async || {
        (status(&gateway, &narrowed, 1).await == 404).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_is_not_seen() {
    let (gateway, told) = gateway(&[1]).await;
    put_status(&gateway, 1).await;
    *told.lock().unwrap() = None;
    assert_eq!(
        status(&gateway, &narrowed(), 1).await,
        404,
        "user-service's own answer"
    );
    let address = gateway.url.strip_prefix("http://").unwrap();
    let (mut lines, _writer) = open(address, &narrowed()).await;
    let head = lines.next_line().await.unwrap().unwrap();
    assert!(head.contains("503"), "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monitor_outside_is_not_checked() {
    let (gateway, _told) = gateway(&[1]).await;
    for (monitor, asks) in [(2, false), (1, true)] {
        let path = format!("/api/v1/monitors/{monitor}/check-now");
        let authorization = format!("Bearer {}", narrowed());
        let headers = [("authorization", &*authorization)];
        // There is no definition of either.
        assert_eq!(
            gateway.call(Method::POST, &path, &headers, "").await.status(),
            404
        );
        let id = format!("ids={monitor}");
        let seen = gateway.seen();
        assert_eq!(
            seen.iter().any(|seen| seen.path.ends_with(&id)),
            asks,
            "{monitor}"
        );
    }
}

async fn open(address: &str, token: &str) -> (Lines<BufReader<OwnedReadHalf>>, OwnedWriteHalf) {
    let (reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    let request = format!("GET /api/v1/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    writer.write_all(request.as_bytes()).await.unwrap();
    (BufReader::new(reader).lines(), writer)
}

async fn line_with(lines: &mut Lines<BufReader<OwnedReadHalf>>, start: &str) -> String {
    let found = async {
        loop {
            let line = lines.next_line().await.unwrap().expect("the stream goes on");
            if let Some(rest) = line.strip_prefix(start) {
                return rest.to_owned();
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect(start)
}

async fn add(gateway: &Gateway, event: &str, data: &str) {
    let fields = vec![("event", event), ("data", data)];
    let stream = gateway.keys.stream(OrgId(7));
    let added = gateway
        .redis
        .xadd::<String, _, _, _, _>(stream, false, None, "*", fields);
    added.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_tells_of_monitors_inside_alone_and_of_those_that_come_and_go() {
    let (gateway, told) = gateway(&[1]).await;
    let address = gateway.url.strip_prefix("http://").unwrap();
    let (mut lines, _writer) = open(address, &narrowed()).await;
    line_with(&mut lines, "retry: ").await;
    let of = |monitor: i64| format!(r#"{{"monitor_id":{monitor},"status":{{}}}}"#);
    for (event, monitor) in [("status", 2), ("incident", 2), ("secret", 1), ("status", 1)] {
        add(&gateway, event, &of(monitor)).await;
    }
    assert_eq!(line_with(&mut lines, "event: ").await, "status");
    assert_eq!(line_with(&mut lines, "data: ").await, of(1));
    // Its tag is taken, and another one gets it: who listens is told to look.
    tell(&told, &[2]);
    let changed = |monitor: i64| format!(r#"{{"resource":"monitor","id":{monitor}}}"#);
    add(&gateway, "changed", &changed(1)).await;
    let mut moved = vec![
        line_with(&mut lines, "data: ").await,
        line_with(&mut lines, "data: ").await,
        line_with(&mut lines, "data: ").await,
    ];
    moved.sort();
    assert_eq!(moved, [changed(1), changed(1), changed(2)]);
    for monitor in [1, 2] {
        add(&gateway, "status", &of(monitor)).await;
    }
    assert_eq!(line_with(&mut lines, "data: ").await, of(2));
}
