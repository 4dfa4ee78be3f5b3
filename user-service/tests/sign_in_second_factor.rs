//! Signing in with a provider where a second factor is on, and accounts without a password that confirm what asks for one.

use crate::common::post::{PASSWORD, auth, login, mail_to, token_of};
use crate::common::providers::{Site, begun, led_to, person, session, set};
use crate::common::second_factor::App;
use crate::common::{Answer, INTERNAL_KEY, PATIENCE, Person, token_key};
use http::Method;
use serde_json::{Value, json};
use testkit::eventually;

const ADA: &str = "ada@example.org";

/// Sends a request with the cookie of somebody who has just signed in with the linked login again.
struct Confirmed<'a> {
    person: &'a Person<'a>,
    cookie: String,
}

impl<'a> Confirmed<'a> {
    async fn of(site: &Site, person: &'a Person<'a>) -> Self {
        let asked = person
            .post("/me/identities/confirm", json!({"provider": "sso"}))
            .await;
        let begun = begun(&asked, asked.body["location"].as_str().unwrap());
        let answer = site.come_back(&begun, &person.email).await;
        assert_eq!(led_to(&answer), "/account?confirmed=sso");
        let cookies = answer.headers.get_all("set-cookie").into_iter();
        let text = cookies
            .map(|value| value.to_str().unwrap())
            .find(|text| text.starts_with("__Host-uptime_confirmed="))
            .unwrap();
        assert!(text.contains("Path=/;"), "organisations as well: {text}");
        Self {
            person,
            cookie: set(&answer, "uptime_confirmed").unwrap(),
        }
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let cookie = [("cookie", &*self.cookie)];
        self.person
            .call_with(Method::POST, path, &body.to_string(), &cookie)
            .await
    }

    async fn turn_on(&self) -> App {
        let app = App::of(&self.post("/me/second-factor", json!({})).await.expect(200));
        self.person
            .post("/me/second-factor/confirm", json!({"code": app.code(0)}))
            .await
            .expect(200);
        app
    }
}

/// The challenge of an answer that leads to the second step, and to nothing else.
fn challenge_of(answer: &Answer) -> String {
    assert_eq!(set(answer, "uptime_refresh"), None);
    let challenge = led_to(answer).strip_prefix("/login?next=%2Fincidents#");
    challenge
        .unwrap_or_else(|| panic!("{}", led_to(answer)))
        .to_owned()
}

async fn second_step(site: &Site, body: &Value, cookie: &str) -> Answer {
    let headers = [("x-internal-key", INTERNAL_KEY), ("cookie", cookie)];
    let path = "/api/v1/auth/login/second-factor";
    site.service
        .send(Method::POST, path, &headers, &body.to_string())
        .await
}

#[tokio::test]
async fn a_login_at_a_provider_asks_for_a_code_and_lasts_while_it_is_linked() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    let made = session(service, &site.sign_in(ADA).await).await;
    let ada = person(service, &made);
    let unconfirmed = ada.post("/me/second-factor", json!({})).await;
    assert_eq!(unconfirmed.status, 403, "an open browser is not enough");
    let confirmed = Confirmed::of(&site, &ada).await;
    let app = confirmed.turn_on().await;
    assert_eq!(
        service.count("sessions").await,
        0,
        "those of the login alone have ended"
    );

    let challenge = challenge_of(&site.sign_in(ADA).await);
    assert_eq!(service.count("sessions").await, 0);
    let body = json!({"challenge": challenge, "code": app.code(1)});
    let begun = second_step(&site, &body, "").await;
    assert!(set(&begun, "uptime_refresh").is_some());
    assert_eq!(begun.expect(200)["user"]["id"], ada.user);
    let events = ada.get("/me/audit-log").await.items();
    let actions: Vec<&str> = events
        .iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    let noted = [
        "LoginSecondFactor",
        "ConfirmSecondFactor",
        "FinishSignIn",
        "LoginLinked",
        "Register",
    ];
    assert_eq!(actions, noted);
    for made in &events[3..] {
        assert_eq!(made["details"], json!({"provider": "sso"}));
    }

    let sql = "UPDATE second_factors SET last_step = 0";
    service.db().await.execute(sql, &[]).await.unwrap();
    let of_a_login = challenge_of(&site.sign_in(ADA).await);
    let db = service.db().await;
    db.execute("DELETE FROM identities", &[]).await.unwrap();
    let body = json!({"challenge": of_a_login, "code": app.code(0)});
    assert_eq!(second_step(&site, &body, "").await.status, 401, "it was unlinked");
}

#[tokio::test]
async fn a_new_password_ends_what_a_login_has_begun() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    let made = session(service, &site.sign_in(ADA).await).await;
    let ada = person(service, &made);
    let app = Confirmed::of(&site, &ada).await.turn_on().await;
    let challenge = challenge_of(&site.sign_in(ADA).await);
    auth(service, "request-password-reset", &json!({"email": ADA}))
        .await
        .expect(202);
    let mail = mail_to(&site.smtp, ADA, "Set a new password", 1).await;
    let token = token_of(&mail, "reset-password");
    auth(
        service,
        "reset-password",
        &json!({"token": token, "password": PASSWORD}),
    )
    .await
    .expect(204);
    let body = json!({"challenge": challenge, "code": app.code(1)});
    assert_eq!(second_step(&site, &body, "").await.status, 401);
    // Both ways lead to the second step from now on.
    assert_eq!(login(service, ADA, PASSWORD).await.status, 403);
    challenge_of(&site.sign_in(ADA).await);
}

#[tokio::test]
async fn a_login_is_linked_once_the_code_is_given_as_well() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    let ada = service.register().await;
    let secret = ada
        .post("/me/second-factor", json!({"current_password": PASSWORD}))
        .await;
    let app = App::of(&secret.expect(200));
    ada.post("/me/second-factor/confirm", json!({"code": app.code(0)}))
        .await
        .expect(200);
    let answer = site.sign_in(&ada.email).await;
    assert_eq!(led_to(&answer), "/login?link=sso&next=%2Fincidents");
    let waiting = set(&answer, "uptime_waiting_login").unwrap();
    let body = json!({"email": ada.email, "password": PASSWORD, "link_identity": true});
    let headers = [("x-internal-key", INTERNAL_KEY), ("cookie", &*waiting)];
    let challenged = service
        .send(Method::POST, "/api/v1/auth/login", &headers, &body.to_string())
        .await;
    assert_eq!(challenged.status, 403);
    assert_eq!(service.count("identities").await, 0, "nothing is done yet");
    let body = json!({"challenge": challenged.body["challenge"], "code": app.code(1), "link_identity": true});
    second_step(&site, &body, &waiting).await.expect(200);
    assert_eq!(service.count("identities").await, 1);

    let proof = json!({"provider": "sso", "current_password": PASSWORD});
    let missing = ada.post("/me/identities", proof).await;
    assert_eq!((missing.status.as_u16(), missing.fields()), (422, vec!["code"]));
}

#[tokio::test]
async fn an_organisation_demands_it_of_who_comes_from_a_provider() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    session(service, &site.sign_in(ADA).await).await;
    let sql = "UPDATE organisations SET require_second_factor = true";
    service.db().await.execute(sql, &[]).await.unwrap();
    let begun = session(service, &site.sign_in(ADA).await).await;
    let token = begun["access_token"].as_str().unwrap();
    assert!(token_key().verify(token).unwrap().lacks_second_factor);
}

#[tokio::test]
async fn an_account_without_a_password_exports_and_deletes_what_it_has() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    let made = session(service, &site.sign_in(ADA).await).await;
    let ada = person(service, &made);
    let name = made["org"]["name"].as_str().unwrap();
    let export = ada.post("/me/exports", json!({})).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let open = format!("/me/exports/{export}/open");
    let deletion = format!("/orgs/{}/deletion", ada.org);
    let requests = [
        (&*open, json!({})),
        (&*deletion, json!({"name": name})),
        ("/me/deletion", json!({"email": ADA})),
    ];
    for (path, body) in &requests {
        let refused = ada.post(path, body.clone()).await;
        assert_eq!(refused.status, 403, "{path} {}", refused.body);
    }
    eventually("the export is ready", PATIENCE, async || {
        let ready = ada.get("/me/exports").await.items()[0]["status"] == "ready";
        ready.then_some(())
    })
    .await;
    let confirmed = Confirmed::of(&site, &ada).await;
    for (path, body) in &requests {
        let answer = confirmed.post(path, body.clone()).await;
        assert!(
            !answer.status.is_client_error() && !answer.status.is_server_error(),
            "{path} {} {}",
            answer.status,
            answer.body
        );
    }
}
