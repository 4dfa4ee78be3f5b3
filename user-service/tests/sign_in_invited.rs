//! Invitations that are accepted by signing in with a provider.

use crate::common::post::{PASSWORD, auth, mail_to, on, token_of, verified};
use crate::common::providers::{Begun, CLIENT, Site, back, begin, begun, led_to, person, session, set, sso};
use crate::common::second_factor::turn_on;
use crate::common::{Answer, INTERNAL_KEY, Person, UserService};
use http::Method;
use serde_json::{Value, json};

const EVE: &str = "eve@example.org";

/// Invites somebody, to whom so many invitations were mailed then; answers the token out of the mail.
async fn invited(site: &Site, by: &Person<'_>, email: &str, number: usize) -> String {
    let body = json!({"email": email, "role": "editor"});
    let path = format!("/orgs/{}/invitations", by.org);
    by.post(&path, body).await.expect(201);
    let mail = mail_to(&site.smtp, email, "You are invited to", number).await;
    token_of(&mail, "invitation")
}

async fn start(service: &UserService, token: &str) -> Answer {
    let path = "/api/v1/auth/providers/sso/start";
    let body = json!({"invitation": token});
    service.anonymous(Method::POST, path, &body).await
}

async fn begin_invited(service: &UserService, token: &str) -> Begun {
    let answer = start(service, token).await;
    let location = answer.body["location"].as_str().unwrap_or_default().to_owned();
    let begun = begun(&answer, &location);
    answer.expect(200);
    begun
}

async fn come_back(site: &Site, service: &UserService, begun: &Begun, login: &str) -> Answer {
    let query = site.provider.sign_in(&begun.url, login).await;
    back(service, "sso", &query, &begun.cookie).await
}

async fn with_registration(site: &Site, registration: &str) -> UserService {
    let oidc = sso(&site.provider.url, CLIENT.0, CLIENT.1);
    let settings = [("OIDC_PROVIDERS", &*oidc), ("REGISTRATION", registration)];
    on(site.service.stores.clone(), &site.smtp, &settings).await
}

#[tokio::test]
async fn somebody_new_joins_whose_invitation_they_hold_and_not_who_has_invited_them_last() {
    let site = Site::start(&[]).await;
    let (ada, bob) = (verified(&site.service).await, verified(&site.service).await);
    let token = invited(&site, &ada, EVE, 1).await;
    let latest = invited(&site, &bob, EVE, 2).await;
    let service = with_registration(&site, "invite").await;
    let begun = begin_invited(&service, &token).await;
    assert!(!begun.url.contains(&token) && !begun.cookie.contains(&token));
    let answer = come_back(&site, &service, &begun, EVE).await;
    assert_eq!(led_to(&answer), "/");
    let made = session(&service, &answer).await;
    assert_eq!(
        (&made["org"]["id"], &made["org"]["role"], &made["user"]["email"]),
        (&json!(ada.org), &json!("editor"), &json!(EVE))
    );
    assert_eq!(service.count("organisations").await, 2, "none of its own");
    let eve = person(&service, &made);
    let events = eve.get("/me/audit-log").await.items();
    let actions: Vec<&Value> = events.iter().map(|event| &event["action"]).collect();
    assert_eq!(actions, ["FinishSignIn", "LoginLinked", "Register"]);
    let log = ada.get(&format!("/orgs/{}/audit-log", ada.org)).await.items();
    let joined = log.iter().find(|event| event["resource"] == "member");
    assert_eq!(joined.unwrap()["action"], "FinishSignIn");

    // It was good once; the other one still is, for who has an account by now.
    assert_eq!(start(&service, &token).await.fields(), ["invitation"]);
    let begun = begin_invited(&service, &latest).await;
    let joined = come_back(&site, &service, &begun, EVE).await;
    assert_eq!(led_to(&joined), "/");
    assert_eq!(session(&service, &joined).await["org"]["id"], bob.org);
    assert_eq!(service.count("users").await, 3);
    assert_eq!(service.count("member_invitations").await, 0);
}

#[tokio::test]
async fn where_registration_is_open_an_invitation_makes_no_organisation_besides() {
    let site = Site::start(&[]).await;
    let ada = verified(&site.service).await;
    let token = invited(&site, &ada, EVE, 1).await;
    let begun = begin_invited(&site.service, &token).await;
    let answer = site.come_back(&begun, EVE).await;
    assert_eq!(session(&site.service, &answer).await["org"]["id"], ada.org);
    assert_eq!(site.service.count("organisations").await, 1);
}

#[tokio::test]
async fn an_invitation_is_for_its_address_its_time_and_its_attempt() {
    let site = Site::start(&[]).await;
    let ada = verified(&site.service).await;
    let token = invited(&site, &ada, EVE, 1).await;
    let service = with_registration(&site, "invite").await;
    for (login, why) in [
        ("cy@example.org", "another_address"),
        ("unverified:eve@example.org", "unverified_email"),
    ] {
        let begun = begin_invited(&service, &token).await;
        let answer = come_back(&site, &service, &begun, login).await;
        let led = format!("/invitation?error={why}&provider=sso");
        assert_eq!(led_to(&answer), led, "{login}");
        assert_eq!(set(&answer, "uptime_refresh"), None);
    }
    // Without the invitation it is as before.
    let alone = begin(&service, "sso").await;
    let answer = come_back(&site, &service, &alone, "cy@example.org").await;
    assert_eq!(led_to(&answer), "/login?error=not_invited&provider=sso");

    // The invitation is in the cookie of the attempt that it has begun, and in no other.
    let (mine, other) = (
        begin_invited(&service, &token).await,
        begin(&service, "sso").await,
    );
    let query = site.provider.sign_in(&other.url, EVE).await;
    let swapped = back(&service, "sso", &query, &mine.cookie).await;
    assert_eq!(led_to(&swapped), "/login?error=expired&provider=sso");

    let closed = with_registration(&site, "closed").await;
    let begun = begin_invited(&closed, &token).await;
    let answer = come_back(&site, &closed, &begun, EVE).await;
    assert_eq!(led_to(&answer), "/invitation?error=closed&provider=sso");

    for nonsense in ["", "x", &"A".repeat(43)] {
        let refused = start(&service, nonsense).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec!["invitation"])
        );
        assert_eq!(set(&refused, "uptime_sign_in"), None);
    }
    // Withdrawn while somebody is at the provider.
    let sql = "DELETE FROM member_invitations";
    service.db().await.execute(sql, &[]).await.unwrap();
    let answer = come_back(&site, &service, &mine, EVE).await;
    assert_eq!(led_to(&answer), "/invitation?error=invitation&provider=sso");
    assert_eq!(
        (service.count("users").await, service.count("identities").await),
        (1, 0)
    );
}

#[tokio::test]
async fn who_has_an_account_gives_what_it_asks_for_together_with_the_invitation() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    let (ada, eve) = (verified(service).await, verified(service).await);
    let token = invited(&site, &ada, &eve.email, 1).await;
    let begun = begin_invited(service, &token).await;
    let asked = site.come_back(&begun, &eve.email).await;
    assert_eq!(led_to(&asked), "/login?link=sso&next=%2Finvitation");
    let waiting = set(&asked, "uptime_waiting_login").unwrap();
    let body = json!({"email": eve.email, "password": PASSWORD, "invitation": token, "link_identity": true});
    let headers = [("x-internal-key", INTERNAL_KEY), ("cookie", &*waiting)];
    let linked = service
        .send(Method::POST, "/api/v1/auth/login", &headers, &body.to_string())
        .await
        .expect(200);
    assert_eq!(linked["org"]["id"], ada.org);

    // A second factor is asked for as well, and nothing is accepted before.
    let (app, _) = turn_on(&eve).await;
    let bob = verified(service).await;
    let token = invited(&site, &bob, &eve.email, 2).await;
    let begun = begin_invited(service, &token).await;
    let asked = site.come_back(&begun, &eve.email).await;
    let challenge = led_to(&asked).strip_prefix("/login?next=%2Finvitation#").unwrap();
    assert_eq!(service.count("member_invitations").await, 1);
    let body = json!({"challenge": challenge, "code": app.code(1), "invitation": token});
    let joined = auth(service, "login/second-factor", &body).await.expect(200);
    assert_eq!(joined["org"]["id"], bob.org);
    // What was linked to the account is of another address than the account.
    let cy = invited(&site, &bob, "cy@example.org", 1).await;
    let sql = "DELETE FROM second_factors";
    service.db().await.execute(sql, &[]).await.unwrap();
    let begun = begin_invited(service, &cy).await;
    let answer = site.come_back(&begun, &eve.email).await;
    assert_eq!(led_to(&answer), "/invitation?error=another_address&provider=sso");
    assert_eq!(set(&answer, "uptime_refresh"), None);
}
