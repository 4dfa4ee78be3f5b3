//! The mail room: what waits, goes out once, is not taken, or is only shown.

use std::sync::Arc;

use crate::common::post::{
    PASSWORD, PUBLIC_URL, all_sent, auth, login, mail_to, mails_to, on, token_of, verified,
};
use crate::common::{PATIENCE, Stores, UserService};
use serde_json::json;
use testkit::{FakeSmtp, Manners, eventually};
use user_service::{Caught, Delivery};

const VERIFY: &str = "Verify your e-mail address";

async fn execute(service: &UserService, sql: &str) {
    service.db().await.execute(sql, &[]).await.unwrap();
}

/// Ends all pauses, while nobody sends.
async fn all_are_due(stores: &Stores) {
    let client = testkit::connect(&stores.database_url).await;
    client
        .execute("UPDATE mails SET due_at = now()", &[])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_mail_survives_a_restart_and_goes_out_once() {
    let stores = Stores::new().await;
    let away = [("SMTP_URL", "smtp://127.0.0.1:1"), ("PUBLIC_URL", PUBLIC_URL)];
    let service = UserService::start_on(stores.clone(), &away).await;
    let email = service.register().await.email;
    eventually("it was tried", PATIENCE, async || {
        let sql = "SELECT error FROM mails WHERE attempts > 0 AND error IS NOT NULL";
        service.db().await.query_opt(sql, &[]).await.unwrap().map(|_| ())
    })
    .await;
    let sealed: Vec<u8> = {
        let row = service
            .db()
            .await
            .query_one("SELECT sealed FROM mails", &[])
            .await
            .unwrap();
        row.get(0)
    };
    assert!(
        !String::from_utf8_lossy(&sealed).contains("verification"),
        "it holds a token"
    );
    service.stop().await;
    all_are_due(&stores).await;
    let smtp = FakeSmtp::start().await;
    // Several pods share the work.
    let (one, other) = (on(stores.clone(), &smtp, &[]).await, on(stores, &smtp, &[]).await);
    mail_to(&smtp, &email, VERIFY, 1).await;
    all_sent(&one).await;
    other.stop().await;
    assert_eq!(mails_to(&smtp, &email, VERIFY).len(), 1);
}

#[tokio::test]
async fn a_mail_of_which_nobody_knows_goes_out_again_under_the_same_name() {
    let stores = Stores::new().await;
    let moody = FakeSmtp::with(Manners {
        hangs_up: true,
        ..Manners::default()
    })
    .await;
    let service = on(stores.clone(), &moody, &[]).await;
    let email = service.register().await.email;
    let first = mail_to(&moody, &email, VERIFY, 1).await;
    service.stop().await;
    all_are_due(&stores).await;
    let smtp = FakeSmtp::start().await;
    let service = on(stores, &smtp, &[]).await;
    let second = mail_to(&smtp, &email, VERIFY, 1).await;
    let name = |mail: &testkit::Mail| mail.word_after("Message-ID: <").unwrap();
    assert_eq!(name(&first), name(&second));
    assert_eq!(
        token_of(&first, "verify-email"),
        token_of(&second, "verify-email")
    );
    all_sent(&service).await;
}

#[tokio::test]
async fn a_recipient_that_does_not_exist_is_not_tried_again() {
    let smtp = FakeSmtp::with(Manners {
        knows_nobody: true,
        ..Manners::default()
    })
    .await;
    let service = on(Stores::new().await, &smtp, &[]).await;
    let ada = verified(&service).await;
    let invitation = json!({"email": "nobody@example.org", "role": "viewer"});
    let path = format!("/orgs/{}/invitations", ada.org);
    ada.post(&path, invitation).await.expect(201);
    all_sent(&service).await;
    let invited = ada.get(&path).await.items();
    assert!(
        invited[0]["error"].as_str().unwrap().contains("no such user"),
        "{invited:?}"
    );
    assert_eq!(invited[0]["sent_at"], json!(null));
}

#[tokio::test]
async fn no_more_mails_wait_than_there_is_room_for() {
    let away = [("SMTP_URL", "smtp://127.0.0.1:1")];
    let service = UserService::start_on(Stores::new().await, &away).await;
    let ada = verified(&service).await;
    execute(
        &service,
        "INSERT INTO mails (id, recipient, kind, sealed, expires_at, due_at)
         SELECT gen_random_uuid(), 'x@example.org', 'verification', '', now() + interval '1 day', now() + interval '1 day'
         FROM generate_series(1, 10000)",
    )
    .await;
    let before = service.count("mails").await;
    let asked = auth(&service, "request-password-reset", &json!({"email": ada.email})).await;
    assert_eq!(asked.status, 503);
    let invitation = json!({"email": "eve@example.org", "role": "viewer"});
    let path = format!("/orgs/{}/invitations", ada.org);
    assert_eq!(ada.post(&path, invitation).await.status, 503);
    assert_eq!(ada.get(&path).await.items().len(), 0);
    assert_eq!(service.count("mails").await, before);
}

#[tokio::test]
async fn caught_mails_are_shown_to_who_knows_where() {
    let stores = Stores::new().await;
    let caught = Arc::new(Caught::default());
    let settings = user_service::Settings {
        delivery: Delivery::Caught(Arc::clone(&caught)),
        ..stores.settings(&[("PUBLIC_URL", PUBLIC_URL)])
    };
    let service = UserService::start_with(stores, settings).await;
    let ada = service.register().await;
    all_sent(&service).await;
    let page = async |path: &str| {
        let url = format!("{}{path}", service.url);
        let request = http::Request::get(url)
            .body(http_body_util::Full::default())
            .unwrap();
        let client = shared::http::client::ServiceClient::new(PATIENCE);
        let (head, body) = client.send(request).await.unwrap().into_parts();
        (head.status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
    };
    let (status, shown) = page(caught.path()).await;
    assert_eq!(status, 200);
    assert!(shown.contains(&ada.email) && shown.contains(VERIFY), "{shown}");
    let (_, token) = shown.split_once(&format!("{PUBLIC_URL}/verify-email#")).unwrap();
    let token: String = token.chars().take(43).collect();
    auth(&service, "verify-email", &json!({"token": token}))
        .await
        .expect(204);
    for path in ["/mails/", "/mails/x", &caught.path()[..caught.path().len() - 1]] {
        assert_eq!(page(path).await.0, 401, "{path}");
    }
    // Nobody is locked out who cannot get a mail, and who invites passes the link on.
    execute(
        &service,
        "UPDATE users SET verify_by = now() - interval '1 day', email_verified_at = NULL",
    )
    .await;
    login(&service, &ada.email, PASSWORD).await.expect(200);
    let invitation = json!({"email": "eve@example.org", "role": "viewer"});
    let invited = ada
        .post(&format!("/orgs/{}/invitations", ada.org), invitation)
        .await
        .expect(201);
    assert!(
        invited["link"].as_str().unwrap().starts_with(PUBLIC_URL),
        "{invited}"
    );
}
