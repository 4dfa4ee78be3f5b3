//! Invitations to an organisation, from the mail to the member.

use crate::common::post::{PASSWORD, auth, mail_to, on, token_of, verified, with_mails};
use crate::common::{self, Answer, Person, Stores, UserService};
use http::Method;
use serde_json::{Value, json};
use testkit::FakeSmtp;

const SUBJECT: &str = "You are invited to";

fn path(person: &Person<'_>) -> String {
    format!("/orgs/{}/invitations", person.org)
}

async fn invite(by: &Person<'_>, email: &str, role: &str) -> Answer {
    by.post(&path(by), json!({"email": email, "role": role})).await
}

/// Invites somebody; answers the token out of the mail.
async fn invited(by: &Person<'_>, smtp: &FakeSmtp, email: &str, role: &str) -> String {
    invite(by, email, role).await.expect(201);
    token_of(&mail_to(smtp, email, SUBJECT, 1).await, "invitation")
}

async fn look(service: &UserService, token: &str) -> Answer {
    let body = json!({"token": token});
    service
        .anonymous(Method::POST, "/api/v1/invitations/look-up", &body)
        .await
}

async fn accept(person: &Person<'_>, token: &str) -> Answer {
    let body = json!({"token": token});
    person.post("/invitations/accept", body).await
}

fn new_address() -> String {
    format!("{}@example.org", testkit::unique())
}

fn registration(email: &str, token: &str) -> Value {
    json!({"email": email, "password": PASSWORD, "name": "Eve", "invitation": token})
}

/// The actions in the audit log, the latest first.
async fn noted(person: &Person<'_>) -> Vec<String> {
    let events = person
        .get(&format!("/orgs/{}/audit-log", person.org))
        .await
        .items();
    let actions = events.iter().map(|event| {
        let (action, resource) = (
            event["action"].as_str().unwrap(),
            event["resource"].as_str().unwrap(),
        );
        format!("{action} {resource}")
    });
    actions.collect()
}

#[tokio::test]
async fn somebody_new_joins_by_the_link_of_a_mail() {
    let (smtp, service) = with_mails().await;
    let ada = verified(&service).await;
    let email = new_address();
    let made = invite(&ada, &email.to_uppercase(), "editor").await.expect(201);
    assert_eq!((&made["email"], &made["link"]), (&json!(email), &Value::Null));
    let token = token_of(&mail_to(&smtp, &email, SUBJECT, 1).await, "invitation");
    common::post::all_sent(&service).await;
    let listed = ada.get(&path(&ada)).await.items();
    assert_eq!(listed.len(), 1);
    assert!(
        listed[0]["sent_at"].is_string() && listed[0].get("link").is_none(),
        "{listed:?}"
    );
    for _ in 0..2 {
        let shown = look(&service, &token).await.expect(200);
        assert_eq!(
            (&shown["email"], &shown["role"], &shown["invited_by"]),
            (&json!(email), &json!("editor"), &json!("Ada"))
        );
    }
    let other = auth(&service, "register", &registration(&new_address(), &token)).await;
    assert_eq!((other.status.as_u16(), other.fields()), (422, vec!["email"]));
    let wrong = auth(&service, "register", &registration(&email, &"A".repeat(43))).await;
    assert_eq!((wrong.status.as_u16(), wrong.fields()), (422, vec!["invitation"]));
    assert_eq!(service.count("users").await, 1);
    let session = auth(&service, "register", &registration(&email, &token))
        .await
        .expect(201);
    assert_eq!(session["org"]["id"], ada.org);
    assert_eq!(session["org"]["role"], "editor");
    assert_eq!(session["user"]["email_verified"], true, "the mail was read");
    assert_eq!(service.count("organisations").await, 1);
    look(&service, &token).await.expect(422);
    assert_eq!(ada.get(&path(&ada)).await.items().len(), 0);
    assert_eq!(noted(&ada).await, ["Register member", "InviteMember invitation"]);
    let log = ada
        .get(&format!("/orgs/{}/audit-log", ada.org))
        .await
        .expect(200)
        .to_string();
    assert!(!log.contains(&token), "{log}");
}

#[tokio::test]
async fn an_invitation_is_for_one_address_and_one_time() {
    let (smtp, service) = with_mails().await;
    let (ada, eve, bob) = (
        verified(&service).await,
        service.register().await,
        service.register().await,
    );
    let token = invited(&ada, &smtp, &eve.email, "viewer").await;
    accept(&bob, &token).await.expect(403);
    let (one, other) = tokio::join!(accept(&eve, &token), accept(&eve, &token));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422]);
    accept(&eve, &token).await.expect(422);
    let members = ada.get(&format!("/orgs/{}/members", ada.org)).await.items();
    assert_eq!(members.len(), 2);
    assert_eq!(members[1]["role"], "viewer");
    let organisations = eve.get("/orgs").await.items();
    assert_eq!(organisations.len(), 2);
    assert_eq!(
        noted(&ada).await,
        ["AcceptInvitation member", "InviteMember invitation"]
    );
    let again = invite(&ada, &eve.email, "admin").await;
    assert_eq!((again.status.as_u16(), again.fields()), (409, vec!["email"]));
}

#[tokio::test]
async fn a_mail_sent_again_has_another_link_and_one_withdrawn_none() {
    let (smtp, service) = with_mails().await;
    let ada = verified(&service).await;
    let email = new_address();
    let first = invited(&ada, &smtp, &email, "viewer").await;
    let id = ada.get(&path(&ada)).await.items()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let twice = invite(&ada, &email, "editor").await;
    assert_eq!((twice.status.as_u16(), twice.fields()), (409, vec!["email"]));
    let resend = format!("{}/{id}/resend", path(&ada));
    ada.post(&resend, json!({})).await.expect(200);
    let second = token_of(&mail_to(&smtp, &email, SUBJECT, 2).await, "invitation");
    look(&service, &first).await.expect(422);
    look(&service, &second).await.expect(200);
    ada.post(&resend, json!({})).await.expect(200);
    let third = token_of(&mail_to(&smtp, &email, SUBJECT, 3).await, "invitation");
    assert_eq!(
        ada.post(&resend, json!({})).await.status,
        429,
        "enough for an hour"
    );
    look(&service, &third).await.expect(200);

    let sql = "UPDATE member_invitations SET expires_at = now()";
    service.db().await.execute(sql, &[]).await.unwrap();
    look(&service, &third).await.expect(422);
    auth(&service, "register", &registration(&email, &third))
        .await
        .expect(422);
    assert_eq!(
        ada.get(&path(&ada)).await.items().len(),
        1,
        "it can be sent again"
    );
    let one = format!("{}/{id}", path(&ada));
    ada.delete(&one).await.expect(204);
    ada.delete(&one).await.expect(404);
    ada.post(&resend, json!({})).await.expect(404);
    let stranger = verified(&service).await;
    let other = format!("/orgs/{}/invitations", ada.org);
    stranger.get(&other).await.expect(404);
}

#[tokio::test]
async fn somebody_in_no_organisation_signs_in_by_accepting() {
    let (smtp, service) = with_mails().await;
    let (ada, eve) = (verified(&service).await, service.register().await);
    eve.service
        .db()
        .await
        .execute("DELETE FROM memberships WHERE user_id = $1", &[&eve.user])
        .await
        .unwrap();
    let credentials = |password: &str, token: Option<&str>| json!({"email": eve.email, "password": password, "invitation": token});
    let invite_only = on(service.stores.clone(), &smtp, &[("REGISTRATION", "invite")]).await;
    auth(&invite_only, "login", &credentials(PASSWORD, None))
        .await
        .expect(403);
    let token = invited(&ada, &smtp, &eve.email, "responder").await;
    auth(&service, "login", &credentials("wrong", Some(&token)))
        .await
        .expect(401);
    let wrong = auth(&service, "login", &credentials(PASSWORD, Some("x"))).await;
    assert_eq!((wrong.status.as_u16(), wrong.fields()), (422, vec!["invitation"]));
    let session = auth(&service, "login", &credentials(PASSWORD, Some(&token)))
        .await
        .expect(200);
    assert_eq!(
        (&session["org"]["id"], &session["org"]["role"]),
        (&json!(ada.org), &json!("responder"))
    );
    auth(&service, "login", &credentials(PASSWORD, None))
        .await
        .expect(200);
}

#[tokio::test]
async fn only_owners_invite_owners_and_who_may_not_invite_has_not() {
    let (smtp, service) = with_mails().await;
    let (ada, eve) = (verified(&service).await, verified(&service).await);
    let token = invited(&ada, &smtp, &eve.email, "admin").await;
    accept(&eve, &token).await.expect(200);
    let admin = Person {
        org: ada.org,
        role: "admin",
        ..eve.clone()
    };
    invite(&admin, &new_address(), "owner").await.expect(403);
    invite(&admin.as_role("editor"), &new_address(), "viewer")
        .await
        .expect(403);
    // What a credential says is not enough.
    invite(&admin.as_role("owner"), &new_address(), "owner")
        .await
        .expect(403);
    let (email, mine) = (new_address(), new_address());
    let theirs = invited(&admin, &smtp, &email, "viewer").await;
    let kept = invited(&ada, &smtp, &mine, "owner").await;
    let member = format!("/orgs/{}/members/{}", ada.org, eve.user);
    ada.patch(&member, json!({"role": "editor"})).await.expect(200);
    look(&service, &theirs).await.expect(422);
    look(&service, &kept).await.expect(200);
}

#[tokio::test]
async fn invitations_are_limited() {
    let (_smtp, service) = with_mails().await;
    let ada = verified(&service).await;
    let wrong = invite(&ada, "nobody", "viewer").await;
    assert_eq!((wrong.status.as_u16(), wrong.fields()), (422, vec!["email"]));
    for _ in 0..20 {
        invite(&ada, &new_address(), "viewer").await.expect(201);
    }
    let limited = invite(&ada, &new_address(), "viewer").await;
    assert_eq!(limited.status, 429);
    assert_eq!(service.count("member_invitations").await, 20);

    let eve = verified(&service).await;
    let sql = "INSERT INTO member_invitations (id, org_id, email, role, invited_by, token_hash, is_mailed, expires_at)
               SELECT gen_random_uuid(), $1, n || '@example.org', 'viewer', $2, n::text::bytea, true, now() + interval '1 day'
               FROM generate_series(1, 100) n";
    service
        .db()
        .await
        .execute(sql, &[&eve.org, &eve.user])
        .await
        .unwrap();
    let full = invite(&eve, &new_address(), "viewer").await;
    assert!(full.expect(409)["detail"].as_str().unwrap().contains("100"));
}

#[tokio::test]
async fn without_a_mail_server_who_invites_passes_the_link_on() {
    let variables = [
        ("PUBLIC_URL", "https://status.example/"),
        ("REGISTRATION", "invite"),
    ];
    let stores = Stores::new().await;
    let ada_email = {
        let open = UserService::start_on(stores.clone(), &[]).await;
        let email = open.register().await.email;
        open.stop().await;
        email
    };
    let service = UserService::start_on(stores, &variables).await;
    let session = common::post::login(&service, &ada_email, PASSWORD)
        .await
        .expect(200);
    let ada = Person {
        service: &service,
        email: ada_email,
        user: session["user"]["id"].as_i64().unwrap(),
        org: session["org"]["id"].as_i64().unwrap(),
        role: "owner",
    };
    let email = new_address();
    let made = invite(&ada, &email, "viewer").await.expect(201);
    let link = made["link"].as_str().unwrap();
    let token = link.strip_prefix("https://status.example/invitation#").unwrap();
    assert!(
        ada.get(&path(&ada)).await.items()[0].get("link").is_none(),
        "told once"
    );
    let alone = json!({"email": new_address(), "password": PASSWORD, "name": "Eve"});
    auth(&service, "register", &alone).await.expect(403);
    for address in [new_address(), ada.email.clone()] {
        let refused = auth(&service, "register", &registration(&address, "x")).await;
        assert_eq!(
            refused.fields(),
            ["invitation"],
            "whether it is registered or not"
        );
    }
    let session = auth(&service, "register", &registration(&email, token))
        .await
        .expect(201);
    assert_eq!(session["user"]["email_verified"], false, "no mail was read");
    assert_eq!(service.count("mails").await, 0);
}

#[tokio::test]
async fn closed_is_closed_to_the_invited_too() {
    let smtp = FakeSmtp::start().await;
    let stores = Stores::new().await;
    let open = on(stores.clone(), &smtp, &[]).await;
    let ada = verified(&open).await;
    let email = new_address();
    let token = invited(&ada, &smtp, &email, "viewer").await;
    for variable in [("REGISTRATION", "closed"), ("REGISTRATION_OPEN", "false")] {
        let closed = on(stores.clone(), &smtp, &[variable]).await;
        auth(&closed, "register", &registration(&email, &token))
            .await
            .expect(403);
        look(&closed, &token).await.expect(200);
    }
}

#[tokio::test]
async fn registration_can_be_closed() {
    let service = UserService::start_on(Stores::new().await, &[("REGISTRATION_OPEN", "false")]).await;
    let body = json!({"email": "ada@example.org", "password": PASSWORD, "name": "Ada"});
    let answer = service
        .anonymous(Method::POST, "/api/v1/auth/register", &body)
        .await;
    assert_eq!(answer.status, 403);
    assert_eq!(service.count("users").await, 0);
}

#[tokio::test]
async fn an_expired_invitation_that_is_sent_again_needs_room() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let made = invite(&ada, "bo@example.org", "viewer").await.expect(201);
    let db = service.db().await;
    let expire = "UPDATE member_invitations SET expires_at = now() - interval '1 second'";
    db.execute(expire, &[]).await.unwrap();
    let fill = "INSERT INTO member_invitations (id, org_id, email, role, invited_by, token_hash, is_mailed, expires_at)
                SELECT gen_random_uuid(), $1, n || '@example.org', 'viewer', $2, sha256(n::text::bytea), true,
                       now() + interval '1 day'
                FROM generate_series(1, $3::int) AS n";
    db.execute(fill, &[&ada.org, &ada.user, &100]).await.unwrap();
    let again = format!("{}/{}/resend", path(&ada), made["id"].as_str().unwrap());
    let refused = ada.post(&again, json!({})).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["key"]),
        (409, &json!("invitations")),
        "{}",
        refused.body
    );
    let one = "DELETE FROM member_invitations WHERE email = '1@example.org'";
    db.execute(one, &[]).await.unwrap();
    ada.post(&again, json!({})).await.expect(200);
}
