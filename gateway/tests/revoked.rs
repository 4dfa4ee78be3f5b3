//! Access tokens, and the streams that were opened with them, end with what they speak for.

use std::time::Duration;

use crate::common::{self, Gateway, token, token_of};
use api::Role;
use domain::OrgId;
use domain::revocation::{MemberRole, Revocations};
use fred::interfaces::StreamsInterface as _;
use testkit::Reply;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(20);

async fn is_accepted(gateway: &Gateway, token: &str) -> bool {
    let status = gateway.get("/api/v1/summary", token).await.status().as_u16();
    assert!(matches!(status, 200 | 401), "{status}");
    status == 200
}

async fn until_refused(gateway: &Gateway, token: &str) {
    testkit::eventually("the token is refused", PATIENCE, async || {
        (!is_accepted(gateway, token).await).then_some(())
    })
    .await;
}

/// A live stream, of which the head has come.
async fn stream(gateway: &Gateway, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(gateway.url.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    let request = format!("GET /api/v1/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    stream
}

/// Waits for a text in what a stream sends.
async fn read_until(mut stream: TcpStream, text: &str) {
    let mut received = Vec::new();
    let read = async {
        while !String::from_utf8_lossy(&received).contains(text) {
            assert_ne!(
                stream.read_buf(&mut received).await.unwrap(),
                0,
                "the stream goes on"
            );
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("it comes");
}

/// Waits for the last chunk of a stream.
async fn ends(stream: TcpStream) {
    read_until(stream, "\r\n0\r\n\r\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_session_was_given_ends_with_it() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let (ended, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let [mine, theirs] = [ended, other].map(|session| token_of(7, Role::Owner, Some(session)));
    let (open, goes_on) = (stream(&gateway, &mine).await, stream(&gateway, &theirs).await);
    assert!(is_accepted(&gateway, &mine).await && is_accepted(&gateway, &theirs).await);
    gateway.revoke(Revocations {
        sessions: vec![ended],
        ..Revocations::default()
    });
    until_refused(&gateway, &mine).await;
    ends(open).await;
    assert!(is_accepted(&gateway, &theirs).await);
    let fields = vec![("event", "status"), ("data", r#"{"n":1}"#)];
    let added: String = gateway
        .redis
        .xadd(gateway.keys.stream(OrgId(7)), false, None, "*", fields)
        .await
        .unwrap();
    read_until(goes_on, &added).await;
    // Tokens of the release before name no session.
    assert!(is_accepted(&gateway, &token(7, Role::Owner)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_ends_when_it_is_changed() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let (editor, elsewhere) = (token(7, Role::Editor), token(8, Role::Editor));
    let open = stream(&gateway, &editor).await;
    let role = |role: Option<&str>| Revocations {
        members: vec![MemberRole {
            user_id: 3,
            org_id: OrgId(7),
            role: role.map(ToOwned::to_owned),
            narrowed: false,
            lacks_second_factor: false,
        }],
        ..Revocations::default()
    };
    gateway.revoke(role(Some("viewer")));
    until_refused(&gateway, &editor).await;
    ends(open).await;
    let viewer = token(7, Role::Viewer);
    assert!(is_accepted(&gateway, &viewer).await && is_accepted(&gateway, &elsewhere).await);
    gateway.revoke(role(None));
    until_refused(&gateway, &viewer).await;
    assert!(is_accepted(&gateway, &elsewhere).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lacks_the_second_factor_that_is_demanded_reaches_the_own_account_alone() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let key = shared::token::TokenKey::new(&common::SECRET.to_owned().into());
    let principal = api::Principal {
        org_id: OrgId(7),
        actor: api::Actor::User(3),
        role: Role::Editor,
        narrowed: false,
    };
    let lacking = key.mint_with(&principal, None, true, shared::now()).unwrap();
    let before = token(7, Role::Editor);
    let open = stream(&gateway, &before).await;
    let demanded = |lacks_second_factor| Revocations {
        members: vec![MemberRole {
            user_id: 3,
            org_id: OrgId(7),
            role: Some("editor".to_owned()),
            narrowed: false,
            lacks_second_factor,
        }],
        ..Revocations::default()
    };
    gateway.revoke(demanded(true));
    until_refused(&gateway, &before).await;
    ends(open).await;
    for (path, status) in [
        ("/api/v1/me", 200),
        ("/api/v1/me/second-factor", 200),
        ("/api/v1/orgs", 200),
        ("/api/v1/monitors", 403),
        ("/api/v1/orgs/7", 403),
        ("/api/v1/monitors/1/status", 403),
        ("/api/v1/stream", 403),
    ] {
        let answer = gateway.get(path, &lacking).await;
        assert_eq!(answer.status(), status, "{path}");
        if status == 403 {
            let problem: serde_json::Value = serde_json::from_str(answer.body()).unwrap();
            assert_eq!(
                problem["type"], "urn:uptime-monitor:second-factor-missing",
                "{path}"
            );
        }
    }
    gateway.revoke(demanded(false));
    testkit::eventually("the token is refused", PATIENCE, async || {
        (gateway.get("/api/v1/me", &lacking).await.status() == 401).then_some(())
    })
    .await;
    assert!(is_accepted(&gateway, &before).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_token() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let lives = shared::token::ACCESS_TOKEN_SECONDS * 1_000;
    let principal = api::Principal {
        org_id: OrgId(7),
        actor: api::Actor::User(3),
        role: Role::Viewer,
        narrowed: false,
    };
    let key = shared::token::TokenKey::new(&common::SECRET.to_owned().into());
    // It has a few seconds left.
    let minted = shared::now().plus_millis(3_000 - lives);
    let token = key.mint(&principal, None, minted).unwrap();
    ends(stream(&gateway, &token).await).await;
}
