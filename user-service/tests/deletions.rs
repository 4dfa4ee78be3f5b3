//! Deleting accounts and organisations: what can be cancelled, what goes, and what stays as a pseudonym's.

mod pseudonyms;
mod rows;

use crate::common::post::{PASSWORD, mail_to, on, verified};
use crate::common::{PATIENCE, Person, Stores, UserService};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use testkit::{FakeSmtp, eventually};

/// A member of Ada's organisation in this role.
async fn member<'a>(ada: &Person<'a>, role: &'static str) -> Person<'a> {
    let other = verified(ada.service).await;
    let sql = "INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, $3)";
    let db = ada.service.db().await;
    db.execute(sql, &[&ada.org, &other.user, &role]).await.unwrap();
    Person {
        org: ada.org,
        role,
        ..other
    }
}

async fn delete_organisation(owner: &Person<'_>) -> Value {
    let organisation = owner.get(&format!("/orgs/{}", owner.org)).await.expect(200);
    let body = json!({"current_password": PASSWORD, "name": organisation["name"]});
    owner
        .post(&format!("/orgs/{}/deletion", owner.org), body)
        .await
        .expect(202)
}

async fn delete_account(person: &Person<'_>) -> Value {
    let body = json!({"current_password": PASSWORD, "email": person.email});
    person.post("/me/deletion", body).await.expect(202)
}

async fn is_key_known(service: &UserService, key: &str) -> bool {
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(key.as_bytes()));
    let answer = service
        .anonymous(Method::POST, "/internal/api-keys", &json!({"hash": hash}))
        .await;
    !answer.expect(200).is_null()
}

/// Waits until the monitors of an organisation are so.
async fn await_paused(person: &Person<'_>, monitors: &[i64], paused: bool) {
    eventually("monitors are paused or resumed", PATIENCE, async || {
        for id in monitors {
            let monitor = person.get(&format!("/monitors/{id}")).await.expect(200);
            if monitor["paused"] != paused {
                return None;
            }
        }
        Some(())
    })
    .await;
}

#[tokio::test]
async fn an_organisation_is_suspended_until_its_deletion_is_cancelled() {
    let smtp = FakeSmtp::start().await;
    let service = on(Stores::new().await, &smtp, &[]).await;
    let ada = verified(&service).await;
    let bob = member(&ada, "owner").await;
    let eve = member(&ada, "admin").await;
    let (one, other) = (
        ada.monitor("https://a.example/").await,
        ada.monitor("https://b.example/").await,
    );
    ada.post(&format!("/monitors/{other}/pause"), json!({}))
        .await
        .expect(200);
    let key = ada
        .post("/api-keys", json!({"name": "CI", "role": "viewer"}))
        .await
        .expect(201);
    let key = key["key"].as_str().unwrap().to_owned();
    assert!(is_key_known(&service, &key).await);
    let path = format!("/orgs/{}/deletion", ada.org);
    let asked = |password: &str, name: &str| json!({"current_password": password, "name": name});
    let name = "Ada's organisation";
    eve.post(&path, asked(PASSWORD, name)).await.expect(403);
    assert_eq!(
        ada.post(&path, asked("wrong", name)).await.fields(),
        ["current_password"]
    );
    assert_eq!(ada.post(&path, asked(PASSWORD, "Shop")).await.fields(), ["name"]);
    let revoked = service.count("revocations WHERE api_key_id IS NOT NULL").await;
    let state = delete_organisation(&ada).await;
    assert_eq!(state["deletion"]["erasing"], false);
    assert_eq!(delete_organisation(&ada).await, state, "asked for twice");
    assert_eq!(eve.get(&path).await.expect(200), state);
    mail_to(&smtp, &ada.email, "\"Ada's organisation\" is to be deleted", 1).await;
    mail_to(&smtp, &bob.email, "\"Ada's organisation\" is to be deleted", 1).await;
    await_paused(&ada, &[one, other], true).await;
    assert!(!is_key_known(&service, &key).await);
    assert_eq!(
        service.count("revocations WHERE api_key_id IS NOT NULL").await,
        revoked + 1,
        "gateways ask again"
    );
    // Who resumes one meanwhile has it paused again.
    ada.post(&format!("/monitors/{one}/resume"), json!({}))
        .await
        .expect(200);
    await_paused(&ada, &[one], true).await;
    eve.delete(&path).await.expect(403);
    // Another owner than the one who has asked for it.
    bob.delete(&path).await.expect(204);
    bob.delete(&path).await.expect(404);
    mail_to(&smtp, &ada.email, "\"Ada's organisation\" is not deleted", 1).await;
    await_paused(&ada, &[one], false).await;
    await_paused(&ada, &[other], true).await;
    assert!(is_key_known(&service, &key).await);
    assert_eq!(
        service.count("revocations WHERE api_key_id IS NOT NULL").await,
        revoked + 1,
        "nothing is remembered of it that would have to be forgotten"
    );
    eventually("the deletion is forgotten", PATIENCE, async || {
        (service.count("organisation_deletions").await == 0).then_some(())
    })
    .await;
    let log = ada
        .get(&format!(
            "/orgs/{}/audit-log?resource=organisation_deletion",
            ada.org
        ))
        .await;
    let actions: Vec<Value> = log.items().iter().map(|event| event["action"].clone()).collect();
    assert_eq!(actions, ["CancelOrganisationDeletion", "DeleteOrganisation"]);
}

#[tokio::test]
async fn the_only_owner_of_others_organisation_stays_and_a_cancelled_deletion_changes_nothing() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let eve = member(&ada, "editor").await;
    let monitor = ada.monitor("https://a.example/").await;
    let body = |password: &str, email: &str| json!({"current_password": password, "email": email});
    let refused = ada.post("/me/deletion", body(PASSWORD, &ada.email)).await;
    let refused = refused.expect(409);
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("\"Ada's organisation\""),
        "{refused}"
    );
    let state = ada.get("/me/deletion").await.expect(200);
    assert_eq!(state["blocked_by"][0]["id"], ada.org);
    let leave = format!("/orgs/{}/leave", ada.org);
    eve.post(&leave, json!({})).await.expect(204);
    assert_eq!(
        ada.post("/me/deletion", body("wrong", &ada.email)).await.fields(),
        ["current_password"]
    );
    assert_eq!(
        ada.post("/me/deletion", body(PASSWORD, &eve.email))
            .await
            .fields(),
        ["email"]
    );
    let state = ada
        .post("/me/deletion", body(PASSWORD, &ada.email.to_uppercase()))
        .await
        .expect(202);
    assert_eq!(state["deletion"]["erasing"], false);
    await_paused(&ada, &[monitor], true).await;
    let of_org = format!("/orgs/{}/deletion", ada.org);
    assert_eq!(ada.get(&of_org).await.expect(200)["with_account"], true);
    ada.delete(&of_org).await.expect(409);
    // It goes on after a restart.
    ada.delete("/me/deletion").await.expect(204);
    await_paused(&ada, &[monitor], false).await;
    assert!(ada.get("/me/deletion").await.expect(200)["deletion"].is_null());
    ada.delete("/me/deletion").await.expect(409);
    let noted = ada.get("/me/audit-log").await.items();
    assert_eq!(noted[0]["action"], "CancelAccountDeletion");
    assert_eq!(noted[1]["action"], "DeleteAccount");
}

async fn is_due(service: &UserService, user: i64) {
    let db = service.db().await;
    db.batch_execute(&format!(
        "UPDATE account_deletions SET due_at = now() WHERE user_id = {user};
         UPDATE organisation_deletions SET due_at = now() WHERE requested_by = {user};"
    ))
    .await
    .unwrap();
}

#[tokio::test]
async fn an_organisation_that_others_have_joined_stays_when_the_account_goes() {
    let smtp = FakeSmtp::start().await;
    let service = on(Stores::new().await, &smtp, &[]).await;
    let ada = verified(&service).await;
    let monitor = ada.monitor("https://a.example/").await;
    delete_account(&ada).await;
    await_paused(&ada, &[monitor], true).await;
    let bob = member(&ada, "owner").await;
    is_due(&service, ada.user).await;
    eventually("the account is gone", PATIENCE, async || {
        (service.count("users").await == 1).then_some(())
    })
    .await;
    mail_to(&smtp, &bob.email, "\"Ada's organisation\" is not deleted", 1).await;
    await_paused(&bob, &[monitor], false).await;
    let organisations = format!("organisations WHERE id = {}", bob.org);
    assert_eq!(service.count(&organisations).await, 1);
    let path = format!("/orgs/{}/audit-log?resource=organisation_deletion", bob.org);
    let cancelled = &bob.get(&path).await.items()[0];
    assert_eq!(
        (&cancelled["action"], &cancelled["actor"]["kind"]),
        (&json!("CancelOrganisationDeletion"), &json!("system"))
    );
}

#[tokio::test]
async fn another_owner_cancels_or_takes_over_what_was_to_go_with_an_account() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    delete_account(&ada).await;
    let bob = member(&ada, "owner").await;
    let of_org = format!("/orgs/{}/deletion", ada.org);
    ada.delete(&of_org).await.expect(409);
    let own = delete_organisation(&bob).await;
    assert_eq!(own["with_account"], false);
    ada.delete("/me/deletion").await.expect(204);
    assert_eq!(bob.get(&of_org).await.expect(200), own, "it is Bob's now");
    bob.delete(&of_org).await.expect(204);
    await_paused(&bob, &[monitor], false).await;
}

/// Waits until the deletions that are due have been looked at once more.
async fn await_look(service: &UserService) {
    // What becomes due after one was begun is begun in a look that comes after that one.
    for _ in 0..2 {
        let other = service.register().await;
        delete_organisation(&other).await;
        is_due(service, other.user).await;
        eventually("another one is begun", PATIENCE, async || {
            let begun = "organisation_deletions WHERE erasing_since IS NOT NULL AND org_id =";
            (service.count(&format!("{begun} {}", other.org)).await == 1).then_some(())
        })
        .await;
        let members = format!("memberships WHERE org_id = {}", other.org);
        assert_eq!(service.count(&members).await, 0, "nobody is a member any more");
    }
}

#[tokio::test]
async fn nothing_is_erased_while_the_account_cannot_go() {
    let (_broker, stores) = Stores::with_kafka().await;
    let service = UserService::start_on(stores, &[]).await;
    let (ada, eve) = (service.register().await, service.register().await);
    let db = service.db().await;
    let join = "INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, 'editor')";
    db.execute(join, &[&eve.org, &ada.user]).await.unwrap();
    delete_account(&ada).await;
    let turn = async |ada_is: &str, eve_is: &str| {
        let sql = "UPDATE memberships SET role = CASE user_id WHEN $2 THEN $3 ELSE $4 END WHERE org_id = $1";
        let changed = db.execute(sql, &[&eve.org, &ada.user, &ada_is, &eve_is]).await;
        assert_eq!(changed.unwrap(), 2);
    };
    turn("owner", "editor").await;
    is_due(&service, ada.user).await;
    await_look(&service).await;
    let state = ada.get("/me/deletion").await.expect(200);
    assert_eq!(state["blocked_by"][0]["id"], eve.org);
    assert_eq!(state["deleted_with_it"][0]["id"], ada.org);
    let deletion = ada.get(&format!("/orgs/{}/deletion", ada.org)).await.expect(200);
    assert_eq!(deletion["deletion"]["erasing"], false);
    turn("editor", "owner").await;
    eventually("the account is gone", PATIENCE, async || {
        let users = format!("users WHERE id = {}", ada.user);
        (service.count(&users).await == 0).then_some(())
    })
    .await;
}
