//! Deleting accounts and organisations: what can be cancelled, what goes, and what stays as a pseudonym's.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::post::{PASSWORD, login, mail_to, on, verified};
use common::{PATIENCE, Person, Stores, UserService};
use domain::record::LifecycleEvent;
use fred::interfaces::{HashesInterface as _, KeysInterface as _};
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

/// Columns that name an organisation, a person or a monitor.
const NAMING: [&str; 8] = [
    "org_id",
    "user_id",
    "monitor_id",
    "created_by",
    "invited_by",
    "requested_by",
    "actor_id",
    "monitor",
];

/// What the processor writes: it erases that itself, as its own test shows.
const OF_THE_PROCESSOR: [&str; 11] = [
    "alert_events",
    "check_errors",
    "check_results",
    "incidents",
    "monitor_revisions",
    "monitor_states",
    "rollup_days_due",
    "rollups_daily",
    "rollups_hourly",
    "skipped_slots",
    "state_checkpoints",
];

/// The tables, and their columns that name something, but for the processor's and views of them.
async fn naming(service: &UserService) -> Vec<(String, String)> {
    let sql = "SELECT c.table_name::text, c.column_name::text
               FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
               WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.column_name = ANY($1)
                 AND NOT c.table_name ~ '^check_(results|errors)_' ORDER BY 1, 2";
    let rows = service
        .db()
        .await
        .query(sql, &[&NAMING.as_slice()])
        .await
        .unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1)))
        .filter(|(table, _): &(String, String)| !OF_THE_PROCESSOR.contains(&table.as_str()))
        .collect()
}

/// The columns in which rows name the organisation, its monitor, or one of the persons.
async fn named(service: &UserService, org: i64, monitor: i64, users: &[i64]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (table, column) in naming(service).await {
        let ids = match column.as_str() {
            "org_id" => vec![org],
            "monitor_id" => vec![monitor],
            _ => users.to_vec(),
        };
        let sql = format!("SELECT count(*) FROM {table} WHERE {column} = ANY($1)");
        let count: i64 = service.db().await.query_one(&sql, &[&ids]).await.unwrap().get(0);
        if count > 0 {
            found.insert(format!("{table}.{column}"));
        }
    }
    found
}

#[tokio::test]
async fn nothing_is_left_of_an_account_and_its_organisation() {
    let (_broker, stores) = Stores::with_kafka().await;
    let smtp = FakeSmtp::start().await;
    let service = on(stores, &smtp, &[("DELETION_DELAY_DAYS", "0")]).await;
    let (ada, eve) = (verified(&service).await, verified(&service).await);
    let monitor = ada.monitor("https://a.example/").await;
    let deleted = ada.monitor("https://gone.example/").await;
    ada.delete(&format!("/monitors/{deleted}")).await.expect(204);
    ada.channel().await;
    ada.post("/tags", json!({"name": "eu"})).await.expect(201);
    ada.patch(&format!("/monitors/{monitor}"), json!({"tags": ["eu"]}))
        .await
        .expect(200);
    let key = ada
        .post("/api-keys", json!({"name": "CI", "role": "viewer"}))
        .await
        .expect(201);
    let window = json!({"name": "Move", "repeat": "once", "from": "2099-12-01T22:00:00Z", "until": "2099-12-02T04:00:00Z"});
    ada.post("/maintenance-windows", window).await.expect(201);
    let invitation = json!({"email": format!("x-{}", ada.email), "role": "viewer"});
    ada.post(&format!("/orgs/{}/invitations", ada.org), invitation)
        .await
        .expect(201);
    let incident = ada.outage(monitor, false).await;
    ada.post(
        &format!("/incidents/{incident}/notes"),
        json!({"text": "The disk."}),
    )
    .await
    .expect(200);
    ada.post(&format!("/incidents/{incident}/acknowledge"), json!({}))
        .await
        .expect(200);
    let reset = json!({"email": ada.email});
    service
        .anonymous(Method::POST, "/api/v1/auth/request-password-reset", &reset)
        .await
        .expect(202);
    let db = service.db().await;
    db.batch_execute(&format!(
        "INSERT INTO email_recipients (org_id, id, state) VALUES ({org}, gen_random_uuid(), 'confirmed');
         INSERT INTO mailed_tokens (hash, purpose, user_id, email, expires_at)
             VALUES ('x', 'verify_email', {user}, '{email}', now() + interval '1 day');
         INSERT INTO identities (user_id, provider, issuer, subject, email)
             VALUES ({user}, 'sso', 'https://id.example.org', '1', '{email}');
         INSERT INTO exports (id, user_id, org_id) VALUES (gen_random_uuid(), {user}, {org});",
        org = ada.org,
        user = ada.user,
        email = ada.email,
    ))
    .await
    .unwrap();
    let keys = service.stores.redis().keys();
    let redis = shared::redis::connect(&service.stores.redis()).unwrap();
    let id = domain::MonitorId(monitor);
    let () = redis.hset(keys.status(id), ("revision", 1)).await.unwrap();
    let () = redis.set(keys.sparkline(id), 1, None, None, false).await.unwrap();
    // Every table that can name somebody does, so that none is forgotten below.
    let before = named(&service, ada.org, monitor, &[ada.user]).await;
    let missing: Vec<String> = naming(&service)
        .await
        .into_iter()
        .map(|(table, column)| format!("{table}.{column}"))
        .filter(|column| !before.contains(column))
        .filter(|column| {
            // Made by the deletion, or soon gone.
            let table = column.split('.').next().unwrap();
            ![
                "account_deletions",
                "organisation_deletions",
                "erased_monitors",
                "revocations",
                "outbox",
            ]
            .contains(&table)
        })
        .collect();
    assert_eq!(
        missing,
        Vec::<String>::new(),
        "these have to be filled by this test"
    );

    let state = delete_account(&ada).await;
    assert_eq!(state["deleted_with_it"][0]["id"], ada.org);
    // The processor's part.
    eventually("the monitors are named", PATIENCE, async || {
        (service.count("erased_monitors").await == 2).then_some(())
    })
    .await;
    assert_eq!(service.count("users").await, 2, "it waits for the processor");
    db.batch_execute("DELETE FROM incidents").await.unwrap();
    eventually("the account is gone", PATIENCE, async || {
        (service.count("users").await == 1).then_some(())
    })
    .await;
    mail_to(&smtp, &ada.email, "Your account was deleted", 1).await;
    db.batch_execute("DELETE FROM revocations").await.unwrap();
    let left = named(&service, ada.org, monitor, &[ada.user]).await;
    let tombstones: BTreeSet<String> = ["org_id", "monitor_id"]
        .map(|column| format!("erased_monitors.{column}"))
        .into();
    assert_eq!(left, tombstones);
    assert_eq!(
        service
            .count(&format!("organisations WHERE id = {}", ada.org))
            .await,
        0
    );
    assert_eq!(
        service
            .count(&format!("mails WHERE recipient = '{}'", ada.email))
            .await,
        0
    );
    let alive: i64 = redis
        .exists(vec![
            keys.status(id),
            keys.sparkline(id),
            keys.stream(domain::OrgId(ada.org)),
        ])
        .await
        .unwrap();
    assert_eq!(alive, 0);
    let deleted: Vec<i64> = common::on_the_log(&service.stores.kafka)
        .await
        .iter()
        .filter(|(_, record)| record.event == LifecycleEvent::Deleted)
        .map(|(_, record)| record.monitor_id.0)
        .collect();
    assert!(deleted.contains(&monitor), "{deleted:?}");
    // An alerter that comes late still learns whose it was.
    let name = service
        .internal(&format!("/monitors/{monitor}"))
        .await
        .expect(200);
    assert_eq!(name["org_id"], ada.org);
    assert!(!is_key_known(&service, key["key"].as_str().unwrap()).await);
    login(&service, &ada.email, PASSWORD).await.expect(401);
    // Nobody else's.
    assert_eq!(eve.get("/me").await.expect(200)["user"]["id"], eve.user);
    assert_eq!(
        service
            .count(&format!("memberships WHERE org_id = {}", eve.org))
            .await,
        1
    );
}

#[tokio::test]
async fn what_a_person_did_elsewhere_becomes_a_pseudonyms() {
    let (_broker, stores) = Stores::with_kafka().await;
    let service = UserService::start_on(stores, &[("DELETION_DELAY_DAYS", "0")]).await;
    let eve = service.register().await;
    let ada = member(&eve, "admin").await;
    let monitor = eve.monitor("https://a.example/").await;
    let incident = eve.outage(monitor, false).await;
    let note = json!({"text": "The disk."});
    ada.post(&format!("/incidents/{incident}/notes"), note.clone())
        .await
        .expect(200);
    eve.post(&format!("/incidents/{incident}/notes"), note)
        .await
        .expect(200);
    ada.post(&format!("/incidents/{incident}/acknowledge"), json!({}))
        .await
        .expect(200);
    ada.post("/api-keys", json!({"name": "CI", "role": "viewer"}))
        .await
        .expect(201);
    // As the release before has written it.
    let db = service.db().await;
    db.batch_execute("UPDATE incident_notes SET user_id = NULL")
        .await
        .unwrap();
    let path = format!("/orgs/{}/members/{}", eve.org, ada.user);
    eve.patch(&path, json!({"role": "editor"})).await.expect(200);
    let refused = db.execute("UPDATE audit_log SET actor_name = 'x'", &[]).await;
    refused.unwrap_err();
    delete_account(&ada).await;
    eventually("the account is gone", PATIENCE, async || {
        (service.count("users").await == 1).then_some(())
    })
    .await;
    let pseudonym = format!("deleted user #{}", ada.user);
    let incident = eve.get(&format!("/incidents/{incident}")).await.expect(200);
    let by: Vec<&str> = incident["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["by"].as_str().unwrap())
        .collect();
    assert_eq!(by, [&pseudonym, "Ada"]);
    assert_eq!(incident["acknowledged"]["by"], pseudonym);
    let events = eve.get(&format!("/orgs/{}/audit-log", eve.org)).await.items();
    for event in &events {
        // Eve is called the same.
        let text = json!([event["before"], event["after"]]).to_string();
        let is_by_ada = event["actor"]["kind"] == "user" && event["actor"]["id"] == ada.user;
        if is_by_ada {
            assert_eq!(
                (&event["actor"]["name"], &event["address"]),
                (&json!(pseudonym), &Value::Null)
            );
        }
        if is_by_ada || event["resource"] == "member" {
            assert!(
                !text.contains("\"name\":\"Ada\"") && !text.contains("created_by\":\"Ada\""),
                "{text}"
            );
        }
    }
    let gone = &events[0];
    assert_eq!(
        (&gone["action"], &gone["actor"]["kind"]),
        (&json!("DeleteAccount"), &json!("system"))
    );
    let refused = db.execute("DELETE FROM audit_log", &[]).await;
    refused.unwrap_err();
    assert_eq!(service.count("organisation_deletions").await, 0);
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
        .expect(201);
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

#[tokio::test]
async fn what_others_noted_of_a_person_names_nobody_any_more() {
    let service = UserService::start_on(Stores::new().await, &[("DELETION_DELAY_DAYS", "0")]).await;
    let eve = service.register().await;
    let db = service.db().await;
    let rename = "UPDATE users SET name = $2 WHERE id = $1";
    db.execute(rename, &[&eve.user, &"Eve"]).await.unwrap();
    let ada = member(&eve, "admin").await;
    let monitor = eve.monitor("https://a.example/").await;
    let incident = eve.outage(monitor, false).await;
    ada.post(&format!("/incidents/{incident}/acknowledge"), json!({}))
        .await
        .expect(200);
    let mut keys = Vec::new();
    for person in [&ada, &eve] {
        let key = person.post("/api-keys", json!({"name": "CI", "role": "viewer"}));
        keys.push(key.await.expect(201)["api_key"]["id"].clone());
    }
    // Eve removes what Ada has made, and Ada what Eve has made.
    eve.delete(&format!("/api-keys/{}", keys[0])).await.expect(204);
    ada.delete(&format!("/api-keys/{}", keys[1])).await.expect(204);
    let invitations = format!("/orgs/{}/invitations", eve.org);
    let invitation = json!({"email": format!("x-{}", ada.email), "role": "viewer"});
    let invitation = ada.post(&invitations, invitation).await.expect(201);
    let path = format!("{invitations}/{}", invitation["id"].as_str().unwrap());
    eve.post(&format!("{path}/resend"), json!({})).await.expect(200);
    eve.delete(&path).await.expect(204);
    // As the release before has written it, under the name of then.
    let older = "INSERT INTO audit_log (org_id, actor_kind, actor_id, actor_name, action, resource, resource_id, after)
                 VALUES ($1, 'user', $2, 'Lovelace', 'CreateApiKey', 'api_key', '99', '{\"created_by\": \"Lovelace\"}'),
                        ($1, 'user', $3, 'Eve', 'InviteMember', 'invitation', 'x', $4)";
    let invited = json!({"email": ada.email, "invited_by": "Eve", "role": "viewer"});
    db.execute(older, &[&eve.org, &ada.user, &eve.user, &invited])
        .await
        .unwrap();
    let removed = "INSERT INTO audit_log (org_id, actor_kind, actor_id, actor_name, action, resource, resource_id, before)
                   VALUES ($1, 'user', $2, 'Eve', 'RevokeApiKey', 'api_key', '99', '{\"created_by\": \"Lovelace\"}')";
    db.execute(removed, &[&eve.org, &eve.user]).await.unwrap();
    delete_account(&ada).await;
    eventually("the account is gone", PATIENCE, async || {
        (service.count("users").await == 1).then_some(())
    })
    .await;
    let pseudonym = json!(format!("deleted user #{}", ada.user));
    let events = eve.get(&format!("/orgs/{}/audit-log", eve.org)).await.items();
    for event in &events {
        let text = event.to_string();
        for gone in ["\"Ada\"", "Lovelace", &ada.email] {
            assert!(!text.contains(gone), "{text}");
        }
    }
    let of = |action: &str, by: &Value| -> Value {
        let mut found = events.iter().filter(|event| event["action"] == action);
        let found = found.find(|event| event["actor"]["name"] == *by);
        found.unwrap_or_else(|| panic!("no {action} by {by}")).clone()
    };
    assert_eq!(
        of("AcknowledgeIncident", &pseudonym)["after"]["acknowledged_by"],
        pseudonym
    );
    assert_eq!(
        of("RevokeApiKey", &json!("Eve"))["before"]["created_by"],
        pseudonym
    );
    assert_eq!(of("RevokeApiKey", &pseudonym)["before"]["created_by"], "Eve");
    assert_eq!(
        of("ResendInvitation", &json!("Eve"))["after"]["invited_by"],
        "Eve"
    );
    assert_eq!(
        of("ResendInvitation", &json!("Eve"))["before"]["invited_by"],
        pseudonym
    );
    let refused =
        "UPDATE audit_log SET after = after || '{\"created_by\": \"x\"}' WHERE after ? 'created_by'";
    db.execute(refused, &[]).await.unwrap_err();
}
