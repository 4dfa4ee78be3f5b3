//! Signing in with providers as they are: OpenID Connect and GitHub.

use crate::common::post::{PASSWORD, PUBLIC_URL, auth, login, mail_to, on, verified, with_mails};
use crate::common::providers::{
    CLIENT, Site, back, begin, begun, get, led_to, person, redirect_uri, session, set, sso,
};
use crate::common::{self, INTERNAL_KEY, Person, Stores, UserService};
use http::Method;
use serde_json::{Value, json};
use testkit::{RealProvider, Speaks};

#[tokio::test]
async fn somebody_new_gets_an_account_and_is_known_next_time() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    let providers = get(service, "/api/v1/auth/providers", "").await;
    assert_eq!(providers.items(), [json!({"id": "sso", "name": "Our SSO"})]);

    let begun = begin(service, "sso").await;
    assert_eq!(begun.parameter("redirect_uri"), redirect_uri("sso"));
    assert_eq!(begun.parameter("code_challenge_method"), "S256");
    let answer = site.come_back(&begun, "ada@example.org").await;
    assert_eq!(led_to(&answer), "/incidents");
    let made = session(service, &answer).await;
    assert_eq!(made["user"]["email"], "ada@example.org");
    assert_eq!(made["user"]["name"], "Person 1");
    assert_eq!(made["user"]["email_verified"], true);
    assert_eq!(made["org"]["role"], "owner");
    mail_to(&site.smtp, "ada@example.org", "A login at Our SSO was linked", 1).await;

    let again = site.sign_in("ada@example.org").await;
    assert_eq!(session(service, &again).await["user"], made["user"]);
    assert_eq!(service.count("users").await, 1);

    let ada = person(service, &made);
    let linked = ada.get("/me/identities").await.expect(200);
    assert_eq!(linked["has_password"], false);
    assert_eq!(linked["items"][0]["provider_name"], "Our SSO");
    let audit = ada
        .get(&format!("/orgs/{}/audit-log?resource=linked%20login", ada.org))
        .await
        .items();
    assert_eq!(audit[0]["action"], "FinishSignIn");
    assert_eq!(
        login(service, "ada@example.org", "").await.status,
        401,
        "there is no password"
    );
}

#[tokio::test]
async fn a_code_or_a_state_is_good_once_and_in_its_browser() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    let first = begin(service, "sso").await;
    let query = site.provider.sign_in(&first.url, "ada@example.org").await;
    let other = begin(service, "sso").await;

    let without = back(service, "sso", &query, "").await;
    let elsewhere = back(service, "sso", &query, &other.cookie).await;
    let forged = back(service, "sso", &query, "__Host-uptime_sign_in=AAAA").await;
    // A host beside this one can set it under the name without the prefix.
    let unprefixed = first.cookie.strip_prefix("__Host-").unwrap();
    let planted = back(service, "sso", &query, unprefixed).await;
    for answer in [&without, &elsewhere, &forged, &planted] {
        assert_eq!(led_to(answer), "/login?error=expired&provider=sso");
        assert_eq!(set(answer, "uptime_refresh"), None);
    }
    let wrong_state = query.replace("state=", "state=x");
    let answer = back(service, "sso", &wrong_state, &first.cookie).await;
    assert_eq!(led_to(&answer), "/login?error=expired&provider=sso");
    assert_eq!(service.count("sessions").await, 0);

    let good = back(service, "sso", &query, &first.cookie).await;
    assert_eq!(led_to(&good), "/incidents");
    let replayed = back(service, "sso", &query, &first.cookie).await;
    assert_eq!(led_to(&replayed), "/login?error=unproven&provider=sso");
    assert_eq!(set(&replayed, "uptime_refresh"), None);
    assert_eq!(service.count("sessions").await, 1);
}

#[tokio::test]
async fn an_account_with_a_password_is_linked_by_it_and_never_by_its_address_alone() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    let ada = service.register().await;
    let answer = site.sign_in(&ada.email).await;
    assert_eq!(led_to(&answer), "/login?link=sso&next=%2Fincidents");
    assert_eq!(set(&answer, "uptime_refresh"), None);
    assert_eq!(service.count("identities").await, 0);

    let waiting = set(&answer, "uptime_waiting_login").unwrap();
    let sign_in = async |email: &str, password: &str, cookie: &str| {
        let body = json!({"email": email, "password": password, "link_identity": true});
        let headers = [("x-internal-key", INTERNAL_KEY), ("cookie", cookie)];
        service
            .send(Method::POST, "/api/v1/auth/login", &headers, &body.to_string())
            .await
    };
    assert_eq!(sign_in(&ada.email, "wrong horse", &waiting).await.status, 401);
    let none = sign_in(&ada.email, PASSWORD, "").await;
    assert_eq!(
        (none.status.as_u16(), none.fields()),
        (422, vec!["link_identity"])
    );
    let eve = service.register().await;
    let other = sign_in(&eve.email, PASSWORD, &waiting).await;
    assert_eq!((other.status.as_u16(), other.fields()), (422, vec!["email"]));
    assert_eq!(service.count("identities").await, 0);
    let linked = sign_in(&ada.email, PASSWORD, &waiting).await.expect(200);
    assert_eq!(linked["user"]["email_verified"], true);
    assert_eq!(
        sign_in(&ada.email, PASSWORD, &waiting).await.status,
        200,
        "it was sent twice"
    );

    let answer = site.sign_in(&ada.email).await;
    assert_eq!(session(service, &answer).await["user"]["id"], ada.user);
}

#[tokio::test]
async fn who_may_make_an_account_is_the_same_as_with_a_password() {
    let site = Site::start(&[]).await;
    let unverified = site.sign_in("unverified:ada@example.org").await;
    assert_eq!(led_to(&unverified), "/login?error=unverified_email&provider=sso");
    assert_eq!(site.service.count("users").await, 0);

    let owner = site.service.register().await;
    let sql = "UPDATE users SET email_verified_at = now()";
    site.service.db().await.execute(sql, &[]).await.unwrap();
    let body = json!({"email": "bo@example.org", "role": "editor"});
    owner
        .post(&format!("/orgs/{}/invitations", owner.org), body)
        .await
        .expect(201);
    let oidc = sso(&site.provider.url, CLIENT.0, CLIENT.1);
    for (registration, login, led) in [
        ("closed", "bo@example.org", "/login?error=closed&provider=sso"),
        (
            "invite",
            "cy@example.org",
            "/login?error=not_invited&provider=sso",
        ),
        ("invite", "bo@example.org", "/incidents"),
    ] {
        let settings = [("OIDC_PROVIDERS", &*oidc), ("REGISTRATION", registration)];
        let service = on(site.service.stores.clone(), &site.smtp, &settings).await;
        let begun = begin(&service, "sso").await;
        let query = site.provider.sign_in(&begun.url, login).await;
        let answer = back(&service, "sso", &query, &begun.cookie).await;
        assert_eq!(led_to(&answer), led, "{registration} {login}");
        if led == "/incidents" {
            let bo = session(&service, &answer).await;
            assert_eq!(
                (&bo["org"]["id"], &bo["org"]["role"]),
                (&json!(owner.org), &json!("editor"))
            );
        }
    }
}

#[tokio::test]
async fn an_account_without_a_password_confirms_by_signing_in_again_and_keeps_its_last_login() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    let made = session(service, &site.sign_in("ada@example.org").await).await;
    let ada = person(service, &made);
    let id = ada.get("/me/identities").await.expect(200)["items"][0]["id"]
        .as_i64()
        .unwrap();
    let unlink = format!("/me/identities/{id}/unlink");
    assert_eq!(
        ada.post(&unlink, json!({})).await.status,
        403,
        "an open browser is not enough"
    );
    let change = json!({"current_password": "", "password": "another horse battery staple"});

    let asked = ada
        .post("/me/identities/confirm", json!({"provider": "sso"}))
        .await;
    let location = asked.body["location"].as_str().unwrap();
    let begun = begun(&asked, location);
    assert_eq!(begun.parameter("prompt"), "login");
    let stranger = site.come_back(&begun, "bo@example.org").await;
    assert_eq!(led_to(&stranger), "/account?error=another_login&provider=sso");
    let confirmed = site.come_back(&begun, "ada@example.org").await;
    assert_eq!(led_to(&confirmed), "/account?confirmed=sso");
    let cookie = set(&confirmed, "uptime_confirmed").unwrap();
    let with = async |path: &str, body: &Value| {
        ada.call_with(Method::POST, path, &body.to_string(), &[("cookie", &cookie)])
            .await
    };
    assert_eq!(with(&unlink, &json!({})).await.status, 409, "it is the last one");
    assert_eq!(
        with("/me/password", &change).await.status,
        409,
        "the first one comes by mail"
    );
    let email = json!({"current_password": "", "email": "new@example.org"});
    assert_eq!(with("/me/email", &email).await.status, 202);

    auth(
        service,
        "request-password-reset",
        &json!({"email": "ada@example.org"}),
    )
    .await
    .expect(202);
    let mail = mail_to(&site.smtp, "ada@example.org", "Set a new password", 1).await;
    let token = common::post::token_of(&mail, "reset-password");
    auth(
        service,
        "reset-password",
        &json!({"token": token, "password": PASSWORD}),
    )
    .await
    .expect(204);
    assert_eq!(
        with(&unlink, &json!({})).await.fields(),
        ["current_password"],
        "now there is a password"
    );
    ada.post(&unlink, json!({"current_password": PASSWORD}))
        .await
        .expect(204);
    mail_to(
        &site.smtp,
        "ada@example.org",
        "A login at Our SSO was unlinked",
        1,
    )
    .await;
    assert_eq!(service.count("identities").await, 0);
}

#[tokio::test]
async fn a_login_is_confirmed_also_after_its_provider_was_renamed() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    let answer = site.sign_in("ada@example.org").await;
    let ada = person(service, &session(service, &answer).await);
    let renamed = "UPDATE identities SET provider = 'former'";
    service.db().await.execute(renamed, &[]).await.unwrap();
    let linked = ada.get("/me/identities").await.expect(200);
    assert_eq!(linked["items"][0]["provider"], "sso");
    for id in ["sso", "former"] {
        let asked = ada.post("/me/identities/confirm", json!({"provider": id})).await;
        let location = asked.body["location"].as_str().unwrap();
        let confirmed = site.come_back(&begun(&asked, location), "ada@example.org").await;
        assert_eq!(led_to(&confirmed), "/account?confirmed=sso", "{id}");
    }
    let other = ada
        .post("/me/identities/confirm", json!({"provider": "other"}))
        .await;
    assert_eq!(other.fields(), ["provider"]);
}

#[tokio::test]
async fn logins_are_linked_in_the_account_once() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    let ada = verified(service).await;
    let link = async |who: &Person<'_>, login: &str| {
        let body = json!({"provider": "sso", "current_password": PASSWORD});
        let asked = who.post("/me/identities", body).await;
        let location = asked.body["location"].as_str().unwrap();
        site.come_back(&begun(&asked, location), login).await
    };
    let wrong = json!({"provider": "sso", "current_password": "wrong"});
    assert_eq!(
        ada.post("/me/identities", wrong).await.fields(),
        ["current_password"]
    );
    let unknown = json!({"provider": "other", "current_password": PASSWORD});
    assert_eq!(ada.post("/me/identities", unknown).await.fields(), ["provider"]);

    let linked = link(&ada, "unverified:somebody@example.com").await;
    assert_eq!(
        led_to(&linked),
        "/account?linked=sso",
        "the address need not be the account's"
    );
    let bo = verified(service).await;
    let taken = link(&bo, "unverified:somebody@example.com").await;
    assert_eq!(led_to(&taken), "/account?error=linked_elsewhere&provider=sso");
    let answer = site.sign_in("unverified:somebody@example.com").await;
    assert_eq!(session(service, &answer).await["user"]["id"], ada.user);
}

#[tokio::test]
async fn github_signs_in_by_its_number_and_its_verified_address() {
    let provider = RealProvider::start(Speaks::GitHub, &redirect_uri("github")).await;
    let settings = [
        ("PUBLIC_URL", PUBLIC_URL),
        ("GITHUB_URL", &*provider.url),
        ("GITHUB_CLIENT_ID", CLIENT.0),
        ("GITHUB_CLIENT_SECRET", CLIENT.1),
    ];
    let service = UserService::start_on(Stores::new().await, &settings).await;
    let first = begin(&service, "github").await;
    let query = provider.sign_in(&first.url, "ada@example.org").await;
    let answer = back(&service, "github", &query, &first.cookie).await;
    assert_eq!(led_to(&answer), "/incidents");
    let made = session(&service, &answer).await;
    assert_eq!(made["user"]["email"], "ada@example.org");
    let row = service
        .db()
        .await
        .query_one("SELECT subject FROM identities", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, &str>(0), "4711");

    let replayed = back(&service, "github", &query, &first.cookie).await;
    assert_eq!(led_to(&replayed), "/login?error=unproven&provider=github");
    assert_eq!(set(&replayed, "uptime_refresh"), None);
    let begun = begin(&service, "github").await;
    let query = provider.sign_in(&begun.url, "unverified:bo@example.org").await;
    let answer = back(&service, "github", &query, &begun.cookie).await;
    assert_eq!(led_to(&answer), "/login?error=unverified_email&provider=github");
}

#[tokio::test]
async fn nothing_is_offered_where_nothing_is_set() {
    let (_smtp, service) = with_mails().await;
    assert!(
        get(&service, "/api/v1/auth/providers", "")
            .await
            .items()
            .is_empty()
    );
    for step in ["start", "callback"] {
        let path = format!("/api/v1/auth/providers/google/{step}");
        assert_eq!(get(&service, &path, "").await.status, 404);
    }
}
