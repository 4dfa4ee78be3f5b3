//! Accounts and sessions.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use api::{Actor, Principal, Role};
use common::{Answer, INTERNAL_KEY, Stores, UserService, token_key};
use domain::revocation::{MemberRole, Revocations};
use domain::{EmailAddress, OrgId};
use http::Method;
use serde_json::{Value, json};
use shared::device::{AccountKey, DEVICE_COOKIE, Device};
use shared::token::AccessToken;

const PASSWORD: &str = "correct horse battery staple";

async fn login(service: &UserService, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    service.anonymous(Method::POST, "/api/v1/auth/login", &body).await
}

/// A login; answers its refresh token.
async fn token(service: &UserService) -> String {
    let person = service.register().await;
    cookie(&login(service, &person.email, PASSWORD).await)
}

/// What the access token of a session says.
fn said(session: &Value) -> Option<AccessToken> {
    token_key().verify(session["access_token"].as_str().unwrap())
}

/// What is revoked since `after`.
async fn revoked(service: &UserService, after: &str) -> Revocations {
    let answer = service.internal(&format!("/revocations?after={after}")).await;
    serde_json::from_value(answer.expect(200)).unwrap()
}

async fn with_cookie(service: &UserService, path: &str, token: &str) -> Answer {
    let cookie = format!("other=1; __Host-uptime_refresh={token}");
    let headers = [("x-internal-key", INTERNAL_KEY), ("cookie", &cookie)];
    service.send(Method::POST, path, &headers, "").await
}

async fn refresh(service: &UserService, token: &str) -> Answer {
    with_cookie(service, "/api/v1/auth/refresh", token).await
}

fn cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie");
    let (token, _) = cookie.split_once(';').unwrap();
    token.strip_prefix("__Host-uptime_refresh=").unwrap().to_owned()
}

/// Makes the last rotation of every session older than the time for which a token may be used twice.
async fn a_minute_passes(service: &UserService) {
    let sql = "UPDATE sessions SET rotated_at = rotated_at - interval '1 minute'";
    service.db().await.execute(sql, &[]).await.unwrap();
}

#[tokio::test]
async fn registering_makes_an_organisation_and_logs_its_owner_in() {
    let service = UserService::start().await;
    let body = json!({"email": " Ada@Example.org ", "password": PASSWORD, "name": " Ada "});
    let answer = service
        .anonymous(Method::POST, "/api/v1/auth/register", &body)
        .await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let session = &answer.body;
    assert_eq!(session["expires_in"], 3_600);
    assert_eq!(session["user"]["email"], "ada@example.org");
    assert_eq!(session["user"]["name"], "Ada");
    assert_eq!(session["org"]["role"], "owner");
    let (user, org) = (
        session["user"]["id"].as_i64().unwrap(),
        session["org"]["id"].as_i64().unwrap(),
    );
    assert_eq!(
        said(session).map(|token| token.principal),
        Some(Principal {
            org_id: OrgId(org),
            actor: Actor::User(user),
            role: Role::Owner,
            narrowed: false,
        })
    );
    let cookie = answer.header("set-cookie");
    for part in [
        "HttpOnly",
        "SameSite=Strict",
        "Path=/;",
        "Max-Age=2592000",
        "Secure",
    ] {
        assert!(cookie.contains(part), "{cookie} lacks {part}");
    }

    let again = json!({"email": "ADA@example.ORG", "password": PASSWORD, "name": "Eve"});
    let answer = service
        .anonymous(Method::POST, "/api/v1/auth/register", &again)
        .await;
    assert_eq!((answer.status.as_u16(), answer.fields()), (409, vec!["email"]));
    for (table, rows) in [
        ("users", 1),
        ("organisations", 1),
        ("memberships", 1),
        ("sessions", 1),
    ] {
        assert_eq!(service.count(table).await, rows, "{table}");
    }
    let stored = service
        .db()
        .await
        .query_one("SELECT password_hash, s.token_hash FROM users, sessions s", &[])
        .await
        .unwrap();
    assert!(
        stored
            .get::<_, &str>(0)
            .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
    );
    assert_eq!(stored.get::<_, &[u8]>(1).len(), 32, "only the hash is stored");
}

#[tokio::test]
async fn what_is_wrong_with_a_registration_is_named_and_nothing_is_stored() {
    let service = UserService::start().await;
    let good = json!({"email": "ada@example.org", "password": PASSWORD, "name": "Ada"});
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    for (body, status, fields) in [
        (json!({}), 422, vec!["email", "password", "name"]),
        (with("email", json!("ada")), 422, vec!["email"]),
        (with("email", json!("a\u{0}@example.org")), 422, vec!["email"]),
        (with("email", json!(7)), 422, vec!["email"]),
        (
            with("email", json!(format!("{}@a.example", "a".repeat(4_000)))),
            422,
            vec!["email"],
        ),
        (
            with("email", json!(format!("{}@a.example", "a".repeat(60_000)))),
            413,
            vec![],
        ),
        (
            with("password", json!("x7!kP".repeat(1_000))),
            422,
            vec!["password"],
        ),
        (with("name", json!("a".repeat(4_000))), 422, vec!["name"]),
        (with("password", json!("short")), 422, vec!["password"]),
        (with("password", json!("password1234")), 422, vec!["password"]),
        (with("password", json!("Summer2026!")), 422, vec!["password"]),
        (with("password", json!("Uptime2026!")), 422, vec!["password"]),
        (with("password", json!("12".repeat(64))), 422, vec!["password"]),
        (with("email", json!("ada@%65xample.org")), 422, vec!["email"]),
        (with("password", json!("ada@example.org")), 422, vec!["password"]),
        (with("password", json!("x7!kP".repeat(26))), 422, vec!["password"]),
        (with("name", json!(" ")), 422, vec!["name"]),
        (with("name", json!("a\u{0}b")), 422, vec!["name"]),
        (with("role", json!("owner")), 422, vec!["role"]),
        (json!([]), 400, vec![]),
    ] {
        let answer = service
            .anonymous(Method::POST, "/api/v1/auth/register", &body)
            .await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
        assert_eq!(answer.fields(), fields, "{body}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    assert_eq!(service.count("users").await, 0);
    assert_eq!(service.count("organisations").await, 0);
}

#[tokio::test]
async fn a_login_does_not_tell_an_unknown_address_from_a_wrong_password() {
    let service = UserService::start_on(Stores::new().await, &[("COOKIE_SECURE", "false")]).await;
    let person = service.register().await;
    let good = login(&service, &person.email.to_uppercase(), PASSWORD).await;
    assert_eq!(good.status, 200, "{}", good.body);
    assert_eq!(good.body["user"]["id"], person.user);
    let kept = good.header("set-cookie");
    assert!(
        kept.starts_with("uptime_refresh=") && kept.contains("Path=/api/v1/auth") && !kept.contains("Secure"),
        "{kept}"
    );

    let wrong = login(&service, &person.email, "wrong horse").await;
    let unknown = login(&service, "nobody@example.org", PASSWORD).await;
    let nonsense = login(&service, "nonsense", "").await;
    for answer in [&wrong, &unknown, &nonsense] {
        assert_eq!(answer.status, 401);
        assert_eq!(answer.body, wrong.body);
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn me_tells_who_is_asking() {
    let service = UserService::start().await;
    let person = service.register().await;
    let me = person.get("/me").await.expect(200);
    assert_eq!(me["user"]["email"], person.email);
    assert_eq!(me["org"]["id"], person.org);
    let stranger = service.register().await;
    let elsewhere = common::Person {
        org: stranger.org,
        ..person
    };
    assert_eq!(elsewhere.get("/me").await.status, 401);
}

#[tokio::test]
async fn each_use_replaces_the_refresh_token() {
    let service = UserService::start().await;
    let first = token(&service).await;
    let second = refresh(&service, &first).await;
    assert_eq!(second.status, 200, "{}", second.body);
    assert!(second.body["access_token"].is_string());
    let second = cookie(&second);
    assert_ne!(second, first);
    let third = cookie(&refresh(&service, &second).await);
    assert_ne!(third, second);
}

#[tokio::test]
async fn tabs_that_refresh_together_end_up_with_the_same_token() {
    let service = UserService::start().await;
    let first = token(&service).await;
    let (one, other) = tokio::join!(refresh(&service, &first), refresh(&service, &first));
    assert_eq!((one.status.as_u16(), other.status.as_u16()), (200, 200));
    assert_eq!(cookie(&one), cookie(&other));
    a_minute_passes(&service).await;
    assert_eq!(refresh(&service, &cookie(&one)).await.status, 200);
}

#[tokio::test]
async fn a_token_used_again_ends_its_session_and_no_other() {
    let service = UserService::start().await;
    let other = token(&service).await;
    let first = token(&service).await;
    let second = cookie(&refresh(&service, &first).await);
    a_minute_passes(&service).await;
    let reused = refresh(&service, &first).await;
    assert_eq!((reused.status.as_u16(), reused.header("set-cookie")), (401, ""));
    assert_eq!(
        refresh(&service, &second).await.status,
        401,
        "the thief's or the owner's"
    );
    assert_eq!(refresh(&service, &other).await.status, 200);
}

#[tokio::test]
async fn a_token_of_long_ago_ends_its_session_too() {
    let service = UserService::start().await;
    let first = token(&service).await;
    let second = cookie(&refresh(&service, &first).await);
    let third = cookie(&refresh(&service, &second).await);
    // Within the time for which the token before is accepted: this is the one before that.
    assert_eq!(refresh(&service, &first).await.status, 401);
    assert_eq!(refresh(&service, &third).await.status, 401);
}

#[tokio::test]
async fn a_session_ends_by_logging_out_and_by_itself() {
    let service = UserService::start().await;
    let first = token(&service).await;
    let out = with_cookie(&service, "/api/v1/auth/logout", &first).await;
    assert_eq!(out.status, 204);
    assert_eq!(cookie(&out), "");
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(refresh(&service, &first).await.status, 401);
    let again = with_cookie(&service, "/api/v1/auth/logout", "nonsense").await;
    assert_eq!(again.status, 204);

    let second = token(&service).await;
    let db = service.db().await;
    db.execute("UPDATE sessions SET expires_at = now()", &[])
        .await
        .unwrap();
    assert_eq!(refresh(&service, &second).await.status, 401);
    for nonsense in ["", "x", "AAAA"] {
        assert_eq!(refresh(&service, nonsense).await.status, 401);
    }
}

#[tokio::test]
async fn a_role_taken_away_is_gone_at_the_next_refresh() {
    let service = UserService::start().await;
    let first = token(&service).await;
    let db = service.db().await;
    db.execute("UPDATE memberships SET role = 'viewer'", &[])
        .await
        .unwrap();
    let second = refresh(&service, &first).await;
    assert_eq!(second.body["org"]["role"], "viewer");
    db.execute("DELETE FROM memberships", &[]).await.unwrap();
    assert_eq!(refresh(&service, &cookie(&second)).await.status, 401);
}

#[tokio::test]
async fn a_session_that_ends_is_told_once_to_whoever_asks_from_there_on() {
    let service = UserService::start().await;
    let first = login(&service, &service.register().await.email, PASSWORD).await;
    let session = said(&first.body).unwrap().session.unwrap();
    let before = revoked(&service, "0").await;
    assert_eq!((&before.sessions, &before.members), (&vec![], &vec![]));
    with_cookie(&service, "/api/v1/auth/logout", &cookie(&first)).await;
    let ended = revoked(&service, &before.cursor).await;
    assert_eq!(ended.sessions, [session]);
    assert_eq!(
        revoked(&service, "0").await.sessions,
        [session],
        "who has just started"
    );
    // Transactions of other tests may be under way in the server, and then it is told again.
    let after = revoked(&service, &ended.cursor).await;
    assert!(after.sessions.is_empty() || after.sessions == [session]);
    // A cursor of before a restore.
    assert_eq!(revoked(&service, &i64::MAX.to_string()).await.sessions, [session]);
}

#[tokio::test]
async fn a_token_used_again_revokes_its_session() {
    let service = UserService::start().await;
    let first = login(&service, &service.register().await.email, PASSWORD).await;
    let second = refresh(&service, &cookie(&first)).await;
    let session = said(&first.body).unwrap().session;
    assert_eq!(said(&second.body).unwrap().session, session);
    a_minute_passes(&service).await;
    assert_eq!(refresh(&service, &cookie(&first)).await.status, 401);
    assert_eq!(revoked(&service, "0").await.sessions, Vec::from_iter(session));
}

#[tokio::test]
async fn what_is_changed_by_hand_is_revoked_too() {
    let service = UserService::start().await;
    let person = service.register().await;
    let member = |role: Option<&str>| {
        vec![MemberRole {
            user_id: person.user,
            org_id: OrgId(person.org),
            role: role.map(ToOwned::to_owned),
            narrowed: false,
            lacks_second_factor: false,
        }]
    };
    let db = service.db().await;
    let change = async |sql: &str| {
        db.execute(sql, &[]).await.unwrap();
        let mut members = revoked(&service, "0").await.members;
        members.dedup();
        members
    };
    assert_eq!(
        change("UPDATE memberships SET role = 'owner'").await,
        [],
        "the same role"
    );
    assert_eq!(
        change("UPDATE memberships SET role = 'viewer'").await,
        member(Some("viewer"))
    );
    assert_eq!(change("DELETE FROM memberships").await, member(None));
    let back = format!(
        "INSERT INTO memberships (org_id, user_id, role) VALUES ({}, {}, 'editor')",
        person.org, person.user
    );
    assert_eq!(change(&back).await, member(Some("editor")));
    change("DELETE FROM sessions").await;
    assert_eq!(revoked(&service, "0").await.sessions.len(), 1);
    // Its tokens have expired long ago.
    login(&service, &person.email, PASSWORD).await;
    change("UPDATE sessions SET rotated_at = now() - interval '3 hours'").await;
    change("DELETE FROM sessions").await;
    assert_eq!(revoked(&service, "0").await.sessions.len(), 1);
}

#[tokio::test]
async fn who_logs_in_is_a_known_device_from_then_on() {
    let service = UserService::start().await;
    let person = service.register().await;
    let answer = login(&service, &person.email, PASSWORD).await;
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    let device = cookies.iter().find_map(|cookie| {
        let cookie = cookie.to_str().unwrap();
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
            "{cookie}"
        );
        cookie
            .strip_prefix(&format!("__Host-{DEVICE_COOKIE}="))?
            .split(';')
            .next()
    });
    let device = device.unwrap();
    let account = |email: &str| AccountKey::of(&token_key(), &EmailAddress::parse(email).unwrap());
    let known = |email: &str| Device::verify(device, &token_key(), account(email), shared::now()).is_some();
    assert!(known(&person.email) && !known("eve@example.org"));
    // It stays the one that it is.
    let cookie = format!(
        "__Host-uptime_refresh={}; __Host-{DEVICE_COOKIE}={device}",
        cookie(&answer)
    );
    let headers = [("x-internal-key", INTERNAL_KEY), ("cookie", &*cookie)];
    let refreshed = service
        .send(Method::POST, "/api/v1/auth/refresh", &headers, "")
        .await;
    assert_eq!(refreshed.status, 200);
    assert_eq!(refreshed.headers.get_all("set-cookie").iter().count(), 1);
}
