//! What happened to an account, as the person whose it is sees it.

use crate::common::post::{login, mail_to, token_of, verified, with_mails};
use crate::common::second_factor::turn_on;
use crate::common::{PATIENCE, Person, UserService};
use http::Method;
use serde_json::{Value, json};
use testkit::eventually;

const PASSWORD: &str = "correct horse battery staple";

async fn events(person: &Person<'_>) -> Vec<Value> {
    person.get("/me/audit-log").await.items()
}

async fn actions(person: &Person<'_>) -> Vec<String> {
    let events = events(person).await;
    events
        .iter()
        .map(|event| event["action"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn what_one_does_to_the_own_account_is_noted_for_oneself() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    ada.patch("/me", json!({"name": "Ada King"})).await.expect(200);
    login(&service, &ada.email, PASSWORD).await.expect(200);
    let headers = [("x-client-ip", "192.0.2.7"), ("user-agent", "curl/8")];
    let change = json!({"current_password": PASSWORD, "password": "another horse battery staple"});
    let changed = ada
        .call_with(Method::POST, "/me/password", &change.to_string(), &headers)
        .await;
    changed.expect(204);
    let address = format!("new-{}", ada.email);
    let change = json!({"current_password": "another horse battery staple", "email": address});
    ada.post("/me/email", change).await.expect(202);
    assert_eq!(
        actions(&ada).await,
        ["ChangeEmail", "ChangePassword", "Login", "EditMe", "Register"]
    );
    let events = events(&ada).await;
    assert_eq!(events[0]["details"], json!({"email": address}));
    assert_eq!(events[1]["address"], "192.0.2.7");
    assert_eq!(events[1]["user_agent"], "curl/8");
    assert_eq!(events[3]["details"], json!({"name": "Ada King"}));
    let all = serde_json::to_string(&events).unwrap();
    assert!(!all.contains("horse"), "{all}");
    let first = ada.get("/me/audit-log?limit=4").await.expect(200);
    let rest = ada
        .get(&format!(
            "/me/audit-log?cursor={}",
            first["next_cursor"].as_str().unwrap()
        ))
        .await
        .items();
    assert_eq!(rest.len(), 1);
    assert_eq!(actions(&eve).await, ["Register"], "nobody else's");
    let sql = "UPDATE account_events SET action = 'Nothing'";
    service.db().await.execute(sql, &[]).await.unwrap_err();
}

#[tokio::test]
async fn sessions_that_one_ends_are_noted() {
    let service = UserService::start().await;
    let ada = service.register().await;
    login(&service, &ada.email, PASSWORD).await.expect(200);
    ada.delete("/me/sessions").await.expect(204);
    let events = events(&ada).await;
    assert_eq!(events[0]["action"], "EndAllSessions");
    assert_eq!(events[0]["details"], json!({"sessions": 2}));
    // There is none left.
    ada.delete("/me/sessions").await.expect(204);
    assert_eq!(actions(&ada).await.len(), events.len());
}

#[tokio::test]
async fn sign_ins_that_fail_too_often_are_noted_once() {
    let service = UserService::start().await;
    let ada = service.register().await;
    for _ in 0..4 {
        login(&service, &ada.email, "wrong horse battery staple")
            .await
            .expect(401);
    }
    login(&service, &ada.email, PASSWORD).await.expect(200);
    for _ in 0..3 {
        login(&service, &ada.email, "wrong horse battery staple")
            .await
            .expect(401);
    }
    eventually("it is noted", PATIENCE, async || {
        actions(&ada)
            .await
            .contains(&"SignInsFailed".to_owned())
            .then_some(())
    })
    .await;
    let failed = actions(&ada).await;
    let failed = failed.iter().filter(|action| *action == "SignInsFailed");
    assert_eq!(failed.count(), 1);
}

#[tokio::test]
async fn two_sign_ins_at_once_of_somebody_in_no_organisation_make_one() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let db = service.db().await;
    db.execute("DELETE FROM memberships WHERE user_id = $1", &[&ada.user])
        .await
        .unwrap();
    let before = service.count("organisations").await;
    let sign_in = || login(&service, &ada.email, PASSWORD);
    let (one, other, third) = tokio::join!(sign_in(), sign_in(), sign_in());
    let org = one.expect(200)["org"]["id"].clone();
    assert_eq!(other.expect(200)["org"]["id"], org);
    assert_eq!(third.expect(200)["org"]["id"], org);
    assert_eq!(service.count("organisations").await, before + 1);
}

#[tokio::test]
async fn verifying_takes_the_account_before_its_tokens_as_everything_else_does() {
    let (smtp, service) = with_mails().await;
    let ada = service.register().await;
    let token = token_of(&mail_to(&smtp, &ada.email, "Verify", 1).await, "verify-email");
    // Who resets the password has the account, and is about to end its tokens.
    let mut db = service.db().await;
    let tx = db.transaction().await.unwrap();
    let lock = "SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE";
    tx.execute(lock, &[&ada.user]).await.unwrap();
    let body = json!({"token": token});
    let verifying = service.anonymous(Method::POST, "/api/v1/auth/verify-email", &body);
    let ending = async {
        let watcher = service.db().await;
        eventually("the other one waits", PATIENCE, async || {
            let waits = "SELECT count(*) FROM pg_stat_activity
                         WHERE datname = current_database() AND wait_event_type = 'Lock'";
            let waiting: i64 = watcher.query_one(waits, &[]).await.unwrap().get(0);
            (waiting > 0).then_some(())
        })
        .await;
        let end = "DELETE FROM mailed_tokens WHERE user_id = $1";
        tx.execute(end, &[&ada.user]).await.unwrap();
        tx.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(verifying, ending);
    assert_eq!(answer.expect(422)["errors"][0]["field"], "token");
    drop(verified(&service).await);
}

/// What the person sees in the own audit log, the first first.
async fn noted(person: &Person<'_>) -> Vec<String> {
    let events = person.get("/me/audit-log").await.items();
    let event = |event: &Value| format!("{} {}", event["action"].as_str().unwrap(), event["details"]);
    events.iter().rev().map(event).collect()
}

#[tokio::test]
async fn what_is_done_about_the_second_factor_is_noted_for_oneself() {
    let service = UserService::start().await;
    let person = service.register().await;
    let (app, recovery) = turn_on(&person).await;
    let wrong = app.wrong_code();
    for code in [&*wrong, &wrong, &wrong, &wrong, &wrong] {
        let proof = json!({"current_password": PASSWORD, "code": code});
        let refused = person.post("/me/second-factor/disable", proof).await;
        assert_eq!(refused.fields(), ["code"]);
    }
    let db = service.db().await;
    let sql = "UPDATE second_factors SET blocked_until = NULL";
    db.execute(sql, &[]).await.unwrap();
    let proof = |code: &str| json!({"current_password": PASSWORD, "code": code});
    let path = "/me/second-factor/recovery-codes";
    person.post(path, proof(&recovery[0])).await.expect(200);
    person
        .post("/me/second-factor/disable", proof(&app.code(1)))
        .await
        .expect(204);
    assert_eq!(
        noted(&person).await,
        [
            "Register null",
            r#"ConfirmSecondFactor {"recovery_codes":10}"#,
            "SecondFactorFailed null",
            r#"RecoveryCodeUsed {"recovery_codes":9}"#,
            r#"RegenerateRecoveryCodes {"recovery_codes":10}"#,
            "DisableSecondFactor null",
        ]
    );
}
