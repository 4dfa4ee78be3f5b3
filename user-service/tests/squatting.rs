//! Whoever registers an address of somebody else's does not keep the account.

use crate::common::post::{PASSWORD, auth, login, mail_to, token_of, verified};
use crate::common::providers::{Site, begun, led_to, session, set};
use crate::common::second_factor::App;
use serde_json::json;

const LOGIN: &str = "unverified:eve@example.com";

#[tokio::test]
async fn a_reset_of_an_unverified_account_leaves_no_way_in_but_the_new_password() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    let ada = service.register().await;
    let link = json!({"provider": "sso", "current_password": PASSWORD});
    let refused = ada.post("/me/identities", link.clone()).await;
    assert_eq!(refused.status, 403, "the address is not verified");

    // As it may be from before.
    let db = service.db().await;
    let sql = "UPDATE users SET email_verified_at = now()";
    db.execute(sql, &[]).await.unwrap();
    let asked = ada.post("/me/identities", link).await;
    let location = asked.body["location"].as_str().unwrap();
    let linked = site.come_back(&begun(&asked, location), LOGIN).await;
    assert_eq!(led_to(&linked), "/account?linked=sso");
    let sql = "UPDATE users SET email_verified_at = NULL";
    db.execute(sql, &[]).await.unwrap();
    let key = json!({"name": "CI", "role": "viewer"});
    ada.post("/api-keys", key).await.expect(201);
    let proof = json!({"current_password": PASSWORD});
    let app = App::of(&ada.post("/me/second-factor", proof).await.expect(200));
    let code = json!({"code": app.code(0)});
    ada.post("/me/second-factor/confirm", code).await.expect(200);

    let asked = json!({"email": ada.email});
    auth(service, "request-password-reset", &asked).await.expect(202);
    let mail = mail_to(&site.smtp, &ada.email, "Set a new password", 1).await;
    let token = token_of(&mail, "reset-password");
    let password = "another horse battery staple";
    let body = json!({"token": token, "password": password});
    auth(service, "reset-password", &body).await.expect(204);
    for table in [
        "identities",
        "api_keys",
        "second_factors",
        "recovery_codes",
        "sessions",
    ] {
        assert_eq!(service.count(table).await, 0, "{table}");
    }
    login(service, &ada.email, password).await.expect(200);
    let eve = site.sign_in(LOGIN).await;
    assert_eq!(led_to(&eve), "/login?error=unverified_email&provider=sso");
    assert_eq!(set(&eve, "uptime_refresh"), None);

    let events = ada.get("/me/audit-log").await.items();
    let reset = events.iter().find(|event| event["action"] == "ResetPassword");
    assert_eq!(
        reset.unwrap()["details"]["removed"],
        json!({"linked_logins": ["sso"], "api_keys": ["CI"], "second_factor": true})
    );
    let audit = ada.get(&format!("/orgs/{}/audit-log", ada.org)).await.items();
    let removed = audit.iter().filter(|event| event["action"] == "ResetPassword");
    assert_eq!(removed.count(), 3);
}

#[tokio::test]
async fn an_invitation_waits_for_who_comes_from_a_provider_where_anybody_registers() {
    let site = Site::start(&[]).await;
    let service = &site.service;
    let owner = verified(service).await;
    let body = json!({"email": "bo@example.org", "role": "editor"});
    let path = format!("/orgs/{}/invitations", owner.org);
    owner.post(&path, body).await.expect(201);
    let bo = session(service, &site.sign_in("bo@example.org").await).await;
    assert_ne!(bo["org"]["id"], owner.org);
    assert_eq!(bo["org"]["role"], "owner");
    assert_eq!(service.count("member_invitations").await, 1);
}
