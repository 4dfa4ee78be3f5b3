//! The second factor: turning it on, the second step of signing in, recovery codes, and what is no way around it.

use crate::common::post::{PASSWORD, auth, login, mail_to, mails_to, on, token_of, verified, with_mails};
use crate::common::second_factor::{App, codes, turn_on};
use crate::common::{self, Answer, Person, Stores, UserService};
use serde_json::json;
use user_service::{Command, RemoveSecondFactor};

/// The first step of signing in; answers its challenge.
async fn challenge(person: &Person<'_>) -> String {
    challenge_of(&login(person.service, &person.email, PASSWORD).await)
}

fn challenge_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert_eq!(
        answer.body["type"], "urn:uptime-monitor:second-factor-required",
        "{}",
        answer.body
    );
    assert!(answer.headers.get("set-cookie").is_none(), "nothing is begun yet");
    answer.body["challenge"].as_str().unwrap().to_owned()
}

async fn second_step(service: &UserService, challenge: &str, code: &str) -> Answer {
    let body = json!({"challenge": challenge, "code": code});
    auth(service, "login/second-factor", &body).await
}

/// Codes that were used are as good as new ones, and nobody has to wait.
async fn time_passes(service: &UserService) {
    let sql = "UPDATE second_factors SET last_step = 0, blocked_until = NULL";
    service.db().await.execute(sql, &[]).await.unwrap();
}

async fn sessions(person: &Person<'_>) -> i64 {
    let sql = "SELECT count(*) FROM sessions WHERE user_id = $1";
    let row = person.service.db().await.query_one(sql, &[&person.user]).await;
    row.unwrap().get(0)
}

#[tokio::test]
async fn signing_in_takes_two_steps_once_a_code_has_confirmed_the_app() {
    let service = UserService::start().await;
    let person = service.register().await;
    let path = "/me/second-factor";
    let wrong = person.post(path, json!({"current_password": "wrong"})).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.fields()),
        (422, vec!["current_password"])
    );
    let none = person
        .post("/me/second-factor/confirm", json!({"code": "123456"}))
        .await;
    assert_eq!(none.status, 409);
    let enrolment = person
        .post(path, json!({"current_password": PASSWORD}))
        .await
        .expect(200);
    let (uri, svg) = (
        enrolment["uri"].as_str().unwrap(),
        enrolment["qr_svg"].as_str().unwrap(),
    );
    assert!(
        uri.starts_with("otpauth://totp/Uptime%20Monitor%20localhost:"),
        "{uri}"
    );
    assert!(svg.contains("<svg") && !svg.contains("http://localhost"), "{svg}");
    // Nothing has changed yet.
    login(&service, &person.email, PASSWORD).await.expect(200);
    let app = App::of(&enrolment);
    let wrong = person
        .post("/me/second-factor/confirm", json!({"code": app.wrong_code()}))
        .await;
    assert_eq!((wrong.status.as_u16(), wrong.fields()), (422, vec!["code"]));
    let used = app.code(0);
    let confirmed = person
        .post("/me/second-factor/confirm", json!({"code": used}))
        .await
        .expect(200);
    assert_eq!(codes(&confirmed).len(), 10);
    assert_eq!(
        sessions(&person).await,
        0,
        "those of the password alone have ended"
    );
    let shown = person.get(path).await.expect(200);
    assert_eq!(
        (&shown["is_on"], &shown["recovery_codes"]),
        (&json!(true), &json!(10))
    );
    assert_eq!(person.get("/me").await.expect(200)["user"]["second_factor"], true);
    let again = person.post(path, json!({"current_password": PASSWORD})).await;
    assert_eq!(again.status, 409);

    let challenge = challenge(&person).await;
    let replayed = second_step(&service, &challenge, &used).await;
    assert_eq!((replayed.status.as_u16(), replayed.fields()), (422, vec!["code"]));
    let session = second_step(&service, &challenge, &app.code(1)).await;
    assert!(session.header("set-cookie").starts_with("__Host-uptime_refresh="));
    assert_eq!(session.expect(200)["user"]["second_factor"], true);
    assert_eq!(sessions(&person).await, 1);
    time_passes(&service).await;
    let reused = second_step(&service, &challenge, &app.code(0)).await;
    assert_eq!(reused.status, 401, "a challenge is good for one session");
}

#[tokio::test]
async fn what_is_stored_lets_nobody_in() {
    let service = UserService::start().await;
    let person = service.register().await;
    let (app, recovery) = turn_on(&person).await;
    let challenge = challenge(&person).await;
    let sql = "SELECT (SELECT sealed FROM second_factors), (SELECT hash FROM recovery_codes LIMIT 1),
                      (SELECT hash FROM sign_in_challenges)";
    let row = service.db().await.query_one(sql, &[]).await.unwrap();
    let stored: [Vec<u8>; 3] = [row.get(0), row.get(1), row.get(2)];
    let secret = app.0.secret().as_bytes();
    assert!(!stored[0].windows(secret.len()).any(|part| part == secret));
    let opened = common::keyring()
        .open(&format!("second-factor/{}", person.user), &stored[0])
        .unwrap();
    assert_eq!(opened, secret);
    assert_eq!((stored[1].len(), stored[2].len()), (32, 32));
    assert!(!recovery.is_empty() && !challenge.is_empty());
}

#[tokio::test]
async fn of_two_at_once_with_one_code_one_gets_in() {
    let service = UserService::start().await;
    let person = service.register().await;
    let (app, recovery) = turn_on(&person).await;
    for code in [app.code(1), recovery[0].clone()] {
        let challenges = [challenge(&person).await, challenge(&person).await];
        let tries = [0, 1].map(|n: usize| second_step(&service, &challenges[n], &code));
        let answers = futures_util::future::join_all(tries).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422]);
    }
}

#[tokio::test]
async fn a_clock_may_differ_by_one_step() {
    let service = UserService::start().await;
    let person = service.register().await;
    let (app, _) = turn_on(&person).await;
    let step = || shared::now().as_millis() / 30_000;
    for (steps, status) in [(-2, 422), (2, 422), (-1, 200), (1, 200)] {
        loop {
            time_passes(&service).await;
            let challenge = challenge(&person).await;
            let before = step();
            let answer = second_step(&service, &challenge, &app.code(steps)).await;
            // Otherwise the step has ended between here and there, and nothing is known.
            if step() == before {
                assert_eq!(answer.status, status, "{steps}: {}", answer.body);
                break;
            }
        }
    }
}

#[tokio::test]
async fn wrong_codes_make_everybody_wait_and_the_owner_hears_of_it() {
    let (smtp, service) = with_mails().await;
    let person = verified(&service).await;
    let (app, recovery) = turn_on(&person).await;
    for _ in 0..5 {
        let challenge = challenge(&person).await;
        let wrong = second_step(&service, &challenge, &app.wrong_code()).await;
        assert_eq!(wrong.status, 422, "{}", wrong.body);
    }
    let subject = "Somebody tries to sign in with your password";
    mail_to(&smtp, &person.email, subject, 1).await;
    let challenge = challenge(&person).await;
    for code in [&app.code(1), &recovery[0]] {
        let limited = second_step(&service, &challenge, code).await;
        assert_eq!(limited.status, 429, "neither another challenge nor a right code");
        let wait: u32 = limited.header("retry-after").parse().unwrap();
        assert!((20..=31).contains(&wait), "{wait}");
    }
    let body = json!({"current_password": PASSWORD, "password": "another horse battery staple", "code": app.code(1)});
    assert_eq!(person.post("/me/password", body).await.status, 429);
    // What was tried while it was limited has not made it longer.
    time_passes(&service).await;
    let wrong = second_step(&service, &challenge, &app.wrong_code()).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(second_step(&service, &challenge, &app.code(0)).await.status, 429);
    time_passes(&service).await;
    second_step(&service, &challenge, &app.code(0)).await.expect(200);
    assert_eq!(mails_to(&smtp, &person.email, subject).len(), 1);
}

#[tokio::test]
async fn a_recovery_code_works_once() {
    let (smtp, service) = with_mails().await;
    let person = verified(&service).await;
    let (app, recovery) = turn_on(&person).await;
    mail_to(&smtp, &person.email, "The second factor was turned on", 1).await;
    let typed = recovery[0].to_uppercase().replace('-', " ");
    second_step(&service, &challenge(&person).await, &typed)
        .await
        .expect(200);
    let mail = mail_to(&smtp, &person.email, "A recovery code was used", 1).await;
    assert!(mail.text.contains("9 are left"), "{}", mail.text);
    let again = second_step(&service, &challenge(&person).await, &recovery[0]).await;
    assert_eq!((again.status.as_u16(), again.fields()), (422, vec!["code"]));
    let said = again.body.to_string();
    assert!(
        said.contains("was used already") && !said.contains("wait"),
        "{said}"
    );

    let path = "/me/second-factor/recovery-codes";
    let unproven = person.post(path, json!({"current_password": PASSWORD})).await;
    assert_eq!((unproven.status.as_u16(), unproven.fields()), (422, vec!["code"]));
    let proof = json!({"current_password": PASSWORD, "code": app.code(1)});
    let new = codes(&person.post(path, proof).await.expect(200));
    mail_to(&smtp, &person.email, "New recovery codes were made", 1).await;
    let before = second_step(&service, &challenge(&person).await, &recovery[1]).await;
    assert_eq!(before.status, 422);
    second_step(&service, &challenge(&person).await, &new[0])
        .await
        .expect(200);
    let actions: Vec<String> = person
        .get(&format!("/orgs/{}/audit-log?resource=member", person.org))
        .await
        .items()
        .iter()
        .map(|event| format!("{} {}", event["action"].as_str().unwrap(), event["after"]))
        .collect();
    assert_eq!(
        actions,
        [
            r#"LoginSecondFactor {"recovery_codes":9}"#,
            r#"RegenerateRecoveryCodes {"recovery_codes":10}"#,
            r#"LoginSecondFactor {"recovery_codes":9}"#,
            r#"ConfirmSecondFactor {"recovery_codes":10,"second_factor":true}"#,
        ]
    );
}

#[tokio::test]
async fn a_challenge_ends_with_its_time_and_with_the_password() {
    let (smtp, service) = with_mails().await;
    let person = verified(&service).await;
    let (app, _) = turn_on(&person).await;
    let expired = challenge(&person).await;
    let sql = "UPDATE sign_in_challenges SET expires_at = now()";
    service.db().await.execute(sql, &[]).await.unwrap();
    assert_eq!(second_step(&service, &expired, &app.code(1)).await.status, 401);
    for nonsense in ["", "AQAB", "***"] {
        assert_eq!(second_step(&service, nonsense, &app.code(1)).await.status, 401);
    }

    let before = challenge(&person).await;
    let change = |code: Option<String>| json!({"current_password": PASSWORD, "password": "another horse battery staple", "code": code});
    let unproven = person.post("/me/password", change(None)).await;
    assert_eq!((unproven.status.as_u16(), unproven.fields()), (422, vec!["code"]));
    person
        .post("/me/password", change(Some(app.code(1))))
        .await
        .expect(204);
    time_passes(&service).await;
    assert_eq!(second_step(&service, &before, &app.code(0)).await.status, 401);

    // Nor does a reset get around it.
    auth(
        &service,
        "request-password-reset",
        &json!({"email": person.email}),
    )
    .await;
    let mail = mail_to(&smtp, &person.email, "Set a new password", 1).await;
    let token = token_of(&mail, "reset-password");
    let reset = json!({"token": token, "password": "a third horse battery staple"});
    let answer = auth(&service, "reset-password", &reset).await;
    assert!(answer.headers.get("set-cookie").is_none());
    assert_eq!(answer.status, 204, "{}", answer.body);
    let login = login(&service, &person.email, "a third horse battery staple").await;
    let challenge = challenge_of(&login);
    second_step(&service, &challenge, &app.code(0)).await.expect(200);
}

#[tokio::test]
async fn a_wrong_password_is_answered_the_same_with_and_without_it() {
    let service = UserService::start().await;
    let [with, without] = [service.register().await, service.register().await];
    turn_on(&with).await;
    let answers = [
        login(&service, &with.email, "wrong").await,
        login(&service, &without.email, "wrong").await,
        login(&service, "nobody@example.org", "wrong").await,
    ];
    for answer in &answers {
        assert_eq!((answer.status.as_u16(), &answer.body), (401, &answers[0].body));
    }
}

#[tokio::test]
async fn an_invitation_is_accepted_in_the_second_step() {
    let service = UserService::start().await;
    let (owner, person) = (service.register().await, service.register().await);
    let (app, _) = turn_on(&person).await;
    let invited = json!({"email": person.email, "role": "editor"});
    let invitation = owner
        .post(&format!("/orgs/{}/invitations", owner.org), invited)
        .await
        .expect(201);
    let (_, token) = invitation["link"].as_str().unwrap().split_once('#').unwrap();
    let body = json!({"email": person.email, "password": PASSWORD, "invitation": token});
    let challenge = challenge_of(&auth(&service, "login", &body).await);
    assert_eq!(service.count("memberships").await, 2);
    let body = json!({"challenge": challenge, "code": app.code(1), "invitation": token});
    let session = auth(&service, "login/second-factor", &body).await.expect(200);
    assert_eq!(session["org"]["id"], owner.org);
    assert_eq!(service.count("memberships").await, 3);
}

#[tokio::test]
async fn it_is_turned_off_by_who_has_both_or_by_an_operator() {
    let (smtp, service) = with_mails().await;
    let person = verified(&service).await;
    let (app, recovery) = turn_on(&person).await;
    let path = "/me/second-factor/disable";
    for (password, code, field) in [
        ("wrong", app.code(1), "current_password"),
        (PASSWORD, app.wrong_code(), "code"),
    ] {
        let refused = person
            .post(path, json!({"current_password": password, "code": code}))
            .await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec![field]));
    }
    let proof = json!({"current_password": PASSWORD, "code": recovery[0]});
    person.post(path, proof.clone()).await.expect(204);
    mail_to(&smtp, &person.email, "The second factor was turned off", 1).await;
    assert_eq!(person.post(path, proof).await.status, 409);
    login(&service, &person.email, PASSWORD).await.expect(200);
    assert_eq!(service.count("recovery_codes").await, 0);

    turn_on(&person).await;
    let remove = |email: &str| {
        let email = email.to_owned();
        let settings = service
            .stores
            .settings(&[("SMTP_URL", &smtp.url), ("PUBLIC_URL", common::post::PUBLIC_URL)]);
        async move {
            let command = Command::RemoveSecondFactor(RemoveSecondFactor { email });
            command.run(&settings, &mut Vec::new()).await
        }
    };
    assert!(remove("nobody@example.org").await.is_err());
    remove(&person.email.to_uppercase()).await.unwrap();
    assert!(remove(&person.email).await.is_err(), "it is off already");
    mail_to(&smtp, &person.email, "The second factor was removed", 1).await;
    login(&service, &person.email, PASSWORD).await.expect(200);
    let events = person
        .get(&format!(
            "/orgs/{}/audit-log?action=RemoveSecondFactor",
            person.org
        ))
        .await
        .items();
    assert_eq!(events.len(), 1);
    assert_eq!(
        events[0]["actor"],
        json!({"kind": "system", "id": null, "name": "operator"})
    );
}

#[tokio::test]
async fn the_secret_is_sealed_again_when_the_key_is_another_one() {
    let stores = Stores::new().await;
    let smtp = testkit::FakeSmtp::start().await;
    let service = on(stores.clone(), &smtp, &[]).await;
    let person = service.register().await;
    let (app, _) = turn_on(&person).await;
    let email = person.email.clone();
    service.stop().await;
    let keys = format!(
        "k2:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,{}",
        common::ENCRYPTION_KEYS
    );
    let service = on(stores, &smtp, &[("ENCRYPTION_KEYS", &keys)]).await;
    testkit::eventually("it is sealed with the new key", common::PATIENCE, async || {
        let sql = "SELECT sealed FROM second_factors";
        let sealed: Vec<u8> = service.db().await.query_one(sql, &[]).await.unwrap().get(0);
        sealed[1..].starts_with(b"k2").then_some(())
    })
    .await;
    let challenge = challenge_of(&login(&service, &email, PASSWORD).await);
    second_step(&service, &challenge, &app.code(1)).await.expect(200);
}
