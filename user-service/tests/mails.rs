//! Mails about accounts, each from what asks for it to what its link does.

use crate::common::post::{
    PASSWORD, PUBLIC_URL, all_sent, auth, login, mail_to, mails_to, token_of, verified, with_mails,
};
use crate::common::{self, UserService};
use http::Method;
use serde_json::{Value, json};

const VERIFY: &str = "Verify your e-mail address";
const RESET: &str = "Set a new password";
const CHANGED: &str = "Your password was changed";
const NEW_ADDRESS: &str = "Confirm your new e-mail address";
const OTHER_ADDRESS: &str = "The e-mail address of your account was changed";
const TAKEN: &str = "You have an account already";

const NEW_PASSWORD: &str = "another horse battery staple";

async fn execute(service: &UserService, sql: &str) {
    service.db().await.execute(sql, &[]).await.unwrap();
}

#[tokio::test]
async fn a_new_account_verifies_its_address_once() {
    let (smtp, service) = with_mails().await;
    let ada = service.register().await;
    assert_eq!(ada.get("/me").await.expect(200)["user"]["email_verified"], false);
    let mail = mail_to(&smtp, &ada.email, VERIFY, 1).await;
    assert!(
        mail.text.contains("text/html") && mail.text.contains("text/plain"),
        "{}",
        mail.text
    );
    let body = json!({"token": token_of(&mail, "verify-email")});
    // Only what is posted uses it.
    let path = "/api/v1/auth/verify-email";
    let got = service.anonymous(Method::GET, path, &body).await;
    assert!(got.status == 404 || got.status == 405, "{}", got.status);
    auth(&service, "verify-email", &body).await.expect(204);
    assert_eq!(ada.get("/me").await.expect(200)["user"]["email_verified"], true);
    let again = auth(&service, "verify-email", &body).await;
    assert_eq!((again.status.as_u16(), again.fields()), (422, vec!["token"]));
    ada.post("/me/verification", json!({})).await.expect(409);
    for token in ["", "x", &"A".repeat(43)] {
        let wrong = auth(&service, "verify-email", &json!({"token": token})).await;
        assert_eq!((wrong.status.as_u16(), wrong.fields()), (422, vec!["token"]));
    }
}

#[tokio::test]
async fn a_mail_is_sent_again_but_not_for_ever_and_old_links_end() {
    let (smtp, service) = with_mails().await;
    let ada = service.register().await;
    for number in [2, 3] {
        ada.post("/me/verification", json!({})).await.expect(202);
        mail_to(&smtp, &ada.email, VERIFY, number).await;
    }
    let limited = ada.post("/me/verification", json!({})).await;
    assert_eq!(limited.status, 429);
    assert!(limited.header("retry-after").parse::<u32>().unwrap() > 0);
    let tokens: Vec<String> = mails_to(&smtp, &ada.email, VERIFY)
        .iter()
        .map(|mail| token_of(mail, "verify-email"))
        .collect();
    assert_eq!(tokens.len(), 3);
    execute(&service, "UPDATE mailed_tokens SET expires_at = now()").await;
    auth(&service, "verify-email", &json!({"token": tokens[0]}))
        .await
        .expect(422);
    execute(
        &service,
        "UPDATE mailed_tokens SET expires_at = now() + interval '1 minute'",
    )
    .await;
    // Whichever mail is read, and then none of the others.
    auth(&service, "verify-email", &json!({"token": tokens[1]}))
        .await
        .expect(204);
    auth(&service, "verify-email", &json!({"token": tokens[2]}))
        .await
        .expect(422);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_every_session_ends() {
    let (smtp, service) = with_mails().await;
    let ada = verified(&service).await;
    let key = json!({"name": "CI", "role": "viewer"});
    ada.post("/api-keys", key).await.expect(201);
    auth(
        &service,
        "request-password-reset",
        &json!({"email": ada.email.to_uppercase()}),
    )
    .await
    .expect(202);
    let token = token_of(&mail_to(&smtp, &ada.email, RESET, 1).await, "reset-password");
    let weak = auth(
        &service,
        "reset-password",
        &json!({"token": token, "password": "password"}),
    )
    .await;
    assert_eq!((weak.status.as_u16(), weak.fields()), (422, vec!["password"]));
    assert_eq!(service.count("sessions").await, 1);
    let body = json!({"token": token, "password": NEW_PASSWORD});
    let (one, other) = tokio::join!(
        auth(&service, "reset-password", &body),
        auth(&service, "reset-password", &body)
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422]);
    assert_eq!(
        (service.count("sessions").await, service.count("api_keys").await),
        (0, 1)
    );
    mail_to(&smtp, &ada.email, CHANGED, 1).await;
    assert_eq!(login(&service, &ada.email, PASSWORD).await.status, 401);
    let session = login(&service, &ada.email, NEW_PASSWORD).await.expect(200);
    assert_eq!(session["user"]["email_verified"], true, "the mail was read");
}

#[tokio::test]
async fn asking_for_a_new_password_tells_nobody_who_has_an_account() {
    let (smtp, service) = with_mails().await;
    let ada = service.register().await;
    let nobody = format!("{}@example.org", testkit::unique());
    let mut answers = Vec::new();
    for email in [&ada.email, &nobody] {
        // The last one is over the limit, and says so to neither.
        for _ in 0..4 {
            let answer = auth(&service, "request-password-reset", &json!({"email": email})).await;
            let mut headers = answer.headers.clone();
            headers.remove("date");
            answers.push((answer.status, headers, answer.body));
        }
    }
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    assert_eq!(answers[0].0, 202);
    // What is stored for the answer is the same, too.
    let tokens = "SELECT count(*) FROM mailed_tokens WHERE purpose = 'reset_password' GROUP BY email";
    let tokens = service.db().await.query(tokens, &[]).await.unwrap();
    assert_eq!(
        tokens.iter().map(|row| row.get::<_, i64>(0)).collect::<Vec<_>>(),
        [3, 3]
    );
    all_sent(&service).await;
    assert_eq!(mails_to(&smtp, &ada.email, RESET).len(), 3);
    assert_eq!(mails_to(&smtp, &nobody, RESET).len(), 0);
    let wrong = auth(&service, "request-password-reset", &json!({"email": "nobody"})).await;
    assert_eq!((wrong.status.as_u16(), wrong.fields()), (422, vec!["email"]));
}

#[tokio::test]
async fn a_changed_password_is_told_to_its_owner() {
    let (smtp, service) = with_mails().await;
    let ada = service.register().await;
    let change = json!({"current_password": PASSWORD, "password": NEW_PASSWORD});
    ada.post("/me/password", change).await.expect(204);
    let mail = mail_to(&smtp, &ada.email, CHANGED, 1).await;
    assert!(
        mail.unfolded().contains(&format!("{PUBLIC_URL}/forgot-password")),
        "{}",
        mail.text
    );
}

#[tokio::test]
async fn an_account_gets_another_address_once_that_has_answered() {
    let (smtp, service) = with_mails().await;
    let ada = service.register().await;
    let new = format!("{}@example.org", testkit::unique());
    let wrong = json!({"current_password": "wrong", "email": new});
    assert_eq!(ada.post("/me/email", wrong).await.fields(), ["current_password"]);
    let same = json!({"current_password": PASSWORD, "email": ada.email});
    assert_eq!(ada.post("/me/email", same).await.fields(), ["email"]);
    auth(&service, "request-password-reset", &json!({"email": ada.email}))
        .await
        .expect(202);
    let reset = token_of(&mail_to(&smtp, &ada.email, RESET, 1).await, "reset-password");
    let change = json!({"current_password": PASSWORD, "email": new});
    ada.post("/me/email", change.clone()).await.expect(202);
    let first = token_of(&mail_to(&smtp, &new, NEW_ADDRESS, 1).await, "verify-email");
    let session = login(&service, &ada.email, PASSWORD).await.expect(200);
    assert_eq!(session["user"]["pending_email"]["email"], new);
    ada.post("/me/email", change).await.expect(202);
    let second = token_of(&mail_to(&smtp, &new, NEW_ADDRESS, 2).await, "verify-email");
    assert_eq!(
        ada.get("/me").await.expect(200)["user"]["email"],
        ada.email,
        "not yet"
    );
    auth(&service, "verify-email", &json!({"token": first}))
        .await
        .expect(422);
    auth(&service, "verify-email", &json!({"token": second}))
        .await
        .expect(204);
    let user = ada.get("/me").await.expect(200)["user"].clone();
    assert_eq!(
        (&user["email"], &user["email_verified"], &user["pending_email"]),
        (&json!(new), &json!(true), &Value::Null)
    );
    let notice = mail_to(&smtp, &ada.email, OTHER_ADDRESS, 1).await;
    assert!(notice.unfolded().contains(&new), "{}", notice.text);
    assert_eq!(login(&service, &ada.email, PASSWORD).await.status, 401);
    login(&service, &new, PASSWORD).await.expect(200);
    // What was mailed to the address before is good for nothing.
    auth(
        &service,
        "reset-password",
        &json!({"token": reset, "password": NEW_PASSWORD}),
    )
    .await
    .expect(422);
}

#[tokio::test]
async fn a_change_of_address_is_shown_until_it_ends_and_can_be_cancelled() {
    let (smtp, service) = with_mails().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let pending = async || ada.get("/me").await.expect(200)["user"]["pending_email"].clone();
    assert_eq!(pending().await, Value::Null);
    let [first, second] = [1, 2].map(|n| format!("{n}-{}", ada.email));
    for email in [&first, &second] {
        let change = json!({"current_password": PASSWORD, "email": email});
        ada.post("/me/email", change).await.expect(202);
        let shown = pending().await;
        assert_eq!(shown["email"], json!(email), "the one that was asked for last");
        let until = shown["expires_at"].as_str().unwrap().parse::<domain::Timestamp>();
        let left = until.unwrap().as_millis() - shared::now().as_millis();
        assert!((1..=15 * 60_000).contains(&left), "{left} ms");
    }
    assert_eq!(
        eve.get("/me").await.expect(200)["user"]["pending_email"],
        Value::Null
    );
    eve.delete("/me/email").await.expect(204);
    assert_eq!(pending().await["email"], second, "nobody else's");

    let token = token_of(&mail_to(&smtp, &second, NEW_ADDRESS, 1).await, "verify-email");
    ada.delete("/me/email").await.expect(204);
    assert_eq!(pending().await, Value::Null);
    let late = auth(&service, "verify-email", &json!({"token": token})).await;
    assert_eq!((late.status.as_u16(), late.fields()), (422, vec!["token"]));
    ada.delete("/me/email").await.expect(204);
    let noted = ada.get("/me/audit-log").await.items();
    assert_eq!(
        (&noted[0]["action"], &noted[0]["details"]),
        (&json!("CancelEmailChange"), &json!({"email": second}))
    );
    assert_eq!(noted[1]["action"], "ChangeEmail", "noted once");

    let change = json!({"current_password": PASSWORD, "email": first});
    ada.post("/me/email", change).await.expect(202);
    assert_eq!(pending().await["email"], first);
    execute(&service, "UPDATE mailed_tokens SET expires_at = now()").await;
    assert_eq!(pending().await, Value::Null);
}

#[tokio::test]
async fn an_address_of_another_account_is_told_only_to_its_owner() {
    let (smtp, service) = with_mails().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let change = json!({"current_password": PASSWORD, "email": ada.email});
    eve.post("/me/email", change).await.expect(202);
    let token = token_of(&mail_to(&smtp, &ada.email, NEW_ADDRESS, 1).await, "verify-email");
    let answer = auth(&service, "verify-email", &json!({"token": token})).await;
    assert_eq!((answer.status.as_u16(), answer.fields()), (409, vec!["email"]));
    let again = json!({"email": ada.email, "password": PASSWORD, "name": "Eve"});
    auth(&service, "register", &again).await.expect(409);
    mail_to(&smtp, &ada.email, TAKEN, 1).await;
}

#[tokio::test]
async fn who_has_not_verified_the_address_sends_no_mails_to_others_and_is_out_after_a_week() {
    let (smtp, service) = with_mails().await;
    let ada = service.register().await;
    let invitation = json!({"email": "eve@example.org", "role": "viewer"});
    let invitations = format!("/orgs/{}/invitations", ada.org);
    ada.post(&invitations, invitation.clone()).await.expect(403);
    let channel = |to: &[&str]| json!({"name": "Mail", "kind": "email", "config": {"to": to}});
    let others = ada
        .post("/channels", channel(&[&ada.email, "eve@example.org"]))
        .await;
    assert_eq!(
        (others.status.as_u16(), others.fields()),
        (422, vec!["config.to"])
    );
    let own = ada.post("/channels", channel(&[&ada.email])).await.expect(201);
    let path = format!("/channels/{}", own["id"]);
    let edited = ada
        .patch(&path, json!({"config": {"to": ["eve@example.org"]}}))
        .await;
    assert_eq!(
        (edited.status.as_u16(), edited.fields()),
        (422, vec!["config.to"])
    );
    ada.monitor("https://a.example/").await;
    let session = login(&service, &ada.email, PASSWORD).await;
    let cookie = session.header("set-cookie").split(';').next().unwrap().to_owned();
    session.expect(200);
    all_sent(&service).await;

    execute(
        &service,
        "UPDATE users SET verify_by = now() - interval '1 second'",
    )
    .await;
    let refused = login(&service, &ada.email, PASSWORD).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    let headers = [("x-internal-key", common::INTERNAL_KEY), ("cookie", &*cookie)];
    let refused = service
        .send(Method::POST, "/api/v1/auth/refresh", &headers, "")
        .await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    // A wrong password is told nothing.
    assert_eq!(login(&service, &ada.email, "wrong").await.status, 401);
    let mail = mail_to(&smtp, &ada.email, VERIFY, 2).await;
    let token = token_of(&mail, "verify-email");
    auth(&service, "verify-email", &json!({"token": token}))
        .await
        .expect(204);
    login(&service, &ada.email, PASSWORD).await.expect(200);
    let refreshed = service
        .send(Method::POST, "/api/v1/auth/refresh", &headers, "")
        .await;
    refreshed.expect(200);
    ada.post(&invitations, invitation).await.expect(201);
    ada.patch(&path, json!({"config": {"to": ["eve@example.org"]}}))
        .await
        .expect(200);
}

#[tokio::test]
async fn without_a_mail_server_nothing_is_sent_and_nothing_demanded() {
    let service = UserService::start().await;
    let ada = service.register().await;
    auth(&service, "request-password-reset", &json!({"email": ada.email}))
        .await
        .expect(202);
    let again = json!({"email": ada.email, "password": PASSWORD, "name": "Eve"});
    auth(&service, "register", &again).await.expect(409);
    let resent = ada.post("/me/verification", json!({})).await;
    assert!(
        resent.expect(409)["detail"]
            .as_str()
            .unwrap()
            .contains("SMTP_URL")
    );
    let new = format!("{}@example.org", testkit::unique());
    let change = json!({"current_password": PASSWORD, "email": new});
    ada.post("/me/email", change).await.expect(202);
    login(&service, &new, PASSWORD).await.expect(200);
    for table in ["mails", "mailed_tokens"] {
        assert_eq!(service.count(table).await, 0, "{table}");
    }
    let demanded = "SELECT count(*) FROM users WHERE verify_by IS NOT NULL";
    let demanded: i64 = service.db().await.query_one(demanded, &[]).await.unwrap().get(0);
    assert_eq!(demanded, 0);
}

#[tokio::test]
async fn another_password_ends_a_change_of_address_that_is_under_way() {
    let (smtp, service) = with_mails().await;
    let ada = service.register().await;
    let other = format!("{}@example.org", testkit::unique());
    let change = json!({"email": other, "current_password": PASSWORD});
    assert_eq!(ada.post("/me/email", change).await.status, 202);
    let token = token_of(&mail_to(&smtp, &other, NEW_ADDRESS, 1).await, "verify-email");
    let password = json!({"current_password": PASSWORD, "password": "a quite different staple of horses"});
    assert_eq!(ada.post("/me/password", password).await.status, 204);
    let body = json!({"token": token});
    assert_eq!(auth(&service, "verify-email", &body).await.fields(), ["token"]);
    assert_eq!(ada.get("/me").await.expect(200)["user"]["email"], ada.email);
}
