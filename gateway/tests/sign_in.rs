//! Logging in: who is slowed down, who is not, and from where it may be called.

use crate::common::{Gateway, JSON, SECRET};
use domain::EmailAddress;
use http::{Method, StatusCode};
use serde_json::json;
use shared::device::{AccountKey, DEVICE_COOKIE, Device};
use shared::token::TokenKey;
use testkit::{Reply, Seen};

const ADA: &str = "ada@example.org";

/// A user-service that knows one password.
fn user_service(request: &Seen) -> Reply {
    match String::from_utf8_lossy(&request.body).contains("right") {
        true => Reply::new(200, "{}"),
        false => Reply::new(401, "{}"),
    }
}

async fn behind_a_proxy() -> Gateway {
    let settings = [("TRUST_FORWARDED_FOR", "true"), ("RATE_LOGIN_PER_MINUTE", "1000")];
    Gateway::start_with(&settings, user_service).await
}

/// The statuses of so many attempts to log in from an address.
async fn attempts(gateway: &Gateway, email: &str, from: &str, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        let response = gateway.login(email, &[("x-forwarded-for", from)]).await;
        assert_eq!(
            response.headers().contains_key("retry-after"),
            response.status() == StatusCode::TOO_MANY_REQUESTS
        );
        statuses.push(response.status().as_u16());
    }
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_one_however_its_address_is_written() {
    let gateway = behind_a_proxy().await;
    for written in [
        " Ada@Example.org",
        "ada@ex\u{ad}ample.org",
        "ada@example\u{3002}org",
        "ada@ｅxample.org",
        "ADA@EXAMPLE.ORG ",
    ] {
        assert_eq!(
            attempts(&gateway, written, "192.0.2.1", 1).await,
            [401],
            "{written}"
        );
    }
    for written in [ADA, "ada@ｅｘａｍｐｌｅ.org"] {
        assert_eq!(
            attempts(&gateway, written, "192.0.2.1", 1).await,
            [429],
            "{written}"
        );
    }
    // It is no address, and so nobody's.
    assert_eq!(
        attempts(&gateway, "ada@%65xample.org", "192.0.2.1", 1).await,
        [401]
    );
    assert_eq!(gateway.seen().len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_slowed_down_and_locks_nobody_out() {
    let gateway = behind_a_proxy().await;
    assert_eq!(
        attempts(&gateway, ADA, "2001:db8:1:2::1", 6).await,
        [401, 401, 401, 401, 401, 429]
    );
    assert_eq!(
        attempts(&gateway, ADA, "2001:db8:1:2:ffff::1", 1).await,
        [429],
        "the same host"
    );
    assert_eq!(attempts(&gateway, ADA, "192.0.2.1", 1).await, [401], "the owner");
    assert_eq!(
        attempts(&gateway, "eve@example.org", "2001:db8:1:2::1", 1).await,
        [401]
    );
    // What a client writes itself into the header is before what the proxy writes, in this line or in another.
    let forged = [
        ("x-forwarded-for", "192.0.2.7"),
        ("x-forwarded-for", "2001:db8:1:2::9"),
    ];
    assert_eq!(
        gateway.login(ADA, &forged).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    let forged = [("x-forwarded-for", "192.0.2.7, 2001:db8:1:2::9")];
    assert_eq!(
        gateway.login(ADA, &forged).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_the_account_knows_gets_in_beside_a_stranger() {
    let gateway = behind_a_proxy().await;
    let key = TokenKey::new(&SECRET.to_owned().into());
    let cookie = |address: &str| {
        let account = AccountKey::of(&key, &EmailAddress::parse(address).unwrap());
        format!(
            "{DEVICE_COOKIE}={}",
            Device::new(shared::now()).token(&key, account)
        )
    };
    assert_eq!(attempts(&gateway, ADA, "192.0.2.1", 6).await.last(), Some(&429));
    let from = ("x-forwarded-for", "192.0.2.1");
    for (cookie, expected) in [(cookie("eve@example.org"), 429), (cookie(ADA), 401)] {
        let answer = gateway.login(ADA, &[from, ("cookie", &cookie)]).await;
        assert_eq!(answer.status().as_u16(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_ends_the_count_of_wrong_ones() {
    let gateway = behind_a_proxy().await;
    for _ in 0..3 {
        assert_eq!(attempts(&gateway, ADA, "192.0.2.1", 4).await, [401; 4]);
        let body = r#"{"email": "ada@example.org", "password": "right"}"#;
        let headers = [JSON, ("x-forwarded-for", "192.0.2.1")];
        let answer = gateway
            .call(Method::POST, "/api/v1/auth/login", &headers, body)
            .await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_so_many_attempts_a_minute() {
    let gateway = Gateway::start_with(&[("RATE_LOGIN_PER_MINUTE", "3")], |_| Reply::new(401, "{}")).await;
    for n in 0..3 {
        let answer = gateway.login(&format!("{n}@example.org"), &[]).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(
        gateway.login(ADA, &[]).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    // However the route is written.
    let body = r#"{"email": "ada@example.org", "password": "x"}"#;
    let answer = gateway
        .call(Method::POST, "/api/v1/auth/logi%6E", &[JSON], body)
        .await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(gateway.seen().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_which_addresses_exist_is_slowed_down() {
    let gateway = Gateway::start_with(&[("RATE_LOGIN_PER_MINUTE", "1000")], |_| Reply::new(409, "{}")).await;
    let mut statuses = Vec::new();
    for n in 0..6 {
        let body = format!(r#"{{"email": "{n}@example.org"}}"#);
        let answer = gateway
            .call(Method::POST, "/api/v1/auth/register", &[JSON], &body)
            .await;
        statuses.push(answer.status().as_u16());
    }
    assert_eq!(statuses, [409, 409, 409, 409, 409, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_renewed_so_often() {
    let gateway = Gateway::start(|_| Reply::new(401, "{}")).await;
    let mut answers = 0;
    // A slow machine gives back some of them meanwhile.
    while gateway
        .call(Method::POST, "/api/v1/auth/refresh", &[], "")
        .await
        .status()
        != 429
    {
        answers += 1;
        assert!(answers < 3_000, "there is no limit");
    }
    assert!(answers >= 300, "{answers}");
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_and_pages_of_others_do_not_log_in_or_out() {
    let gateway = Gateway::start_with(&[("PUBLIC_URL", "https://uptime.example.org")], |_| {
        Reply::new(200, "{}")
    })
    .await;
    let body = r#"{"email": "ada@example.org", "password": "x"}"#;
    let own = gateway.url.clone();
    let status = async |path: &str, headers: &[(&str, &str)]| {
        let body = if path == "login" { body } else { "" };
        let path = format!("/api/v1/auth/{path}");
        gateway
            .call(Method::POST, &path, headers, body)
            .await
            .status()
            .as_u16()
    };
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        for path in ["login", "logout", "refresh"] {
            assert_eq!(
                status(path, &[("content-type", kind)]).await,
                415,
                "{path} {kind}"
            );
        }
    }
    assert_eq!(status("login", &[]).await, 415);
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://uptime.example.org"),
    ] {
        for path in ["login", "logout", "refresh"] {
            assert_eq!(status(path, &[JSON, foreign]).await, 403, "{path} {foreign:?}");
        }
    }
    assert!(gateway.seen().is_empty());
    for ours in [
        ("sec-fetch-site", "same-origin"),
        ("origin", own.as_str()),
        ("origin", "https://uptime.example.org"),
        ("accept", "*/*"),
    ] {
        for path in ["login", "logout", "refresh"] {
            assert_eq!(status(path, &[JSON, ours]).await, 200, "{path} {ours:?}");
        }
    }
    assert_eq!(status("logout", &[]).await, 200, "without a body");
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_to_others_are_asked_for_only_so_often_from_one_address() {
    let settings = [("TRUST_FORWARDED_FOR", "true")];
    let gateway = Gateway::start_with(&settings, |_| Reply::new(202, "")).await;
    let ask = async |from: &str, number: usize| {
        let body = json!({"email": format!("{number}@example.org")}).to_string();
        let headers = [JSON, ("x-forwarded-for", from)];
        let path = "/api/v1/auth/request-password-reset";
        gateway
            .call(Method::POST, path, &headers, &body)
            .await
            .status()
            .as_u16()
    };
    for number in 0..20 {
        assert_eq!(ask("192.0.2.1", number).await, 202);
    }
    assert_eq!(ask("192.0.2.1", 20).await, 429);
    assert_eq!(ask("192.0.2.2", 20).await, 202, "another address");
    assert_eq!(gateway.seen().len(), 21);
}
