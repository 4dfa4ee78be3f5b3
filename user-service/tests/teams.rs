//! Organisations, their members, and the sessions of a person in several of them.

use crate::common::{Answer, INTERNAL_KEY, Person, Stores, UserService, token_key};
use http::Method;
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery staple";

/// A further person, who is a member of the organisation of `owner` in `role`.
async fn member<'a>(owner: &Person<'a>, role: &'static str) -> Person<'a> {
    let person = owner.service.register().await;
    let sql = "INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, $3)";
    let db = owner.service.db().await;
    db.execute(sql, &[&owner.org, &person.user, &role]).await.unwrap();
    Person {
        org: owner.org,
        role,
        ..person
    }
}

async fn role_of(person: &Person<'_>) -> Option<String> {
    let sql = "SELECT role FROM memberships WHERE org_id = $1 AND user_id = $2";
    let db = person.service.db().await;
    let row = db.query_opt(sql, &[&person.org, &person.user]).await.unwrap();
    row.map(|row| row.get(0))
}

fn members(org: i64) -> String {
    format!("/orgs/{org}/members")
}

fn one(person: &Person<'_>) -> String {
    format!("/orgs/{}/members/{}", person.org, person.user)
}

/// A login from a browser; answers its cookie and the answer.
async fn login(service: &UserService, email: &str, browser: &str) -> (String, Value) {
    let body = json!({"email": email, "password": PASSWORD}).to_string();
    let headers = [
        ("x-internal-key", INTERNAL_KEY),
        ("x-client-ip", "192.0.2.7"),
        ("user-agent", browser),
    ];
    let answer = service
        .send(Method::POST, "/api/v1/auth/login", &headers, &body)
        .await;
    (cookie(&answer), answer.expect(200))
}

fn cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie");
    let (token, _) = cookie.split_once(';').unwrap();
    token.strip_prefix("__Host-uptime_refresh=").unwrap().to_owned()
}

async fn with_cookie(service: &UserService, path: &str, token: &str, body: &Value) -> Answer {
    let cookie = format!("__Host-uptime_refresh={token}");
    let headers = [("x-internal-key", INTERNAL_KEY), ("cookie", &cookie)];
    let path = format!("/api/v1/auth/{path}");
    service
        .send(Method::POST, &path, &headers, &body.to_string())
        .await
}

/// What the access token of an answer calls its session.
fn session_of(answer: &Value) -> String {
    let token = token_key()
        .verify(answer["access_token"].as_str().unwrap())
        .unwrap();
    token.session.unwrap().to_string()
}

#[tokio::test]
async fn a_person_is_in_several_organisations_and_a_session_moves_between_them() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let made = ada.post("/orgs", json!({"name": " Shop "})).await.expect(201);
    assert_eq!(
        (made["name"].as_str(), made["role"].as_str()),
        (Some("Shop"), Some("owner"))
    );
    let first = ada.get("/orgs?limit=1").await.expect(200);
    let path = format!("/orgs?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = ada.get(&path).await.expect(200);
    let names = [&first, &second].map(|page| page["items"][0]["name"].as_str().unwrap());
    assert_eq!(
        (names, second["next_cursor"].is_null()),
        (["Ada's organisation", "Shop"], true)
    );

    let (token, session) = login(&service, &ada.email, "Browser").await;
    assert_eq!(session["org"]["id"], ada.org, "the one that was joined first");
    let there = made["id"].as_i64().unwrap();
    let switched = with_cookie(&service, "switch", &token, &json!({"org_id": there})).await;
    let next = cookie(&switched);
    let switched = switched.expect(200);
    assert_eq!(switched["org"]["id"], there);
    assert_eq!(
        session_of(&switched),
        session_of(&session),
        "it is the same session"
    );
    let said = token_key()
        .verify(switched["access_token"].as_str().unwrap())
        .unwrap();
    assert_eq!(said.principal.org_id.0, there);
    let refreshed = with_cookie(&service, "refresh", &next, &json!({})).await;
    let last = cookie(&refreshed);
    assert_eq!(refreshed.expect(200)["org"]["id"], there, "it stays there");

    // Of another's organisation there is nothing, and the session goes on.
    let eve = service.register().await;
    let refused = with_cookie(&service, "switch", &last, &json!({"org_id": eve.org})).await;
    assert_eq!(refused.fields(), ["org_id"]);
    assert_eq!(
        with_cookie(&service, "refresh", &last, &json!({})).await.status,
        200
    );
}

#[tokio::test]
async fn a_session_in_an_organisation_that_its_user_has_left_goes_on_in_another() {
    let service = UserService::start().await;
    let (owner, service) = (service.register().await, &service);
    let ada = member(&owner, "editor").await;
    let (token, _) = login(service, &ada.email, "Browser").await;
    let there = with_cookie(service, "switch", &token, &json!({"org_id": owner.org})).await;
    let token = cookie(&there);
    assert_eq!(there.expect(200)["org"]["role"], "editor");
    assert_eq!(owner.delete(&one(&ada)).await.status, 204);
    let answer = with_cookie(service, "refresh", &token, &json!({}))
        .await
        .expect(200);
    assert_ne!(answer["org"]["id"], owner.org);
    assert_eq!(answer["org"]["role"], "owner");
    assert_eq!(
        with_cookie(service, "switch", &token, &json!({"org_id": owner.org}))
            .await
            .status,
        422
    );
}

#[tokio::test]
async fn an_organisation_is_renamed_by_its_admins_and_only_under_its_own_id() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let (admin, editor) = (member(&owner, "admin").await, member(&owner, "editor").await);
    let path = format!("/orgs/{}", owner.org);
    let rename = json!({"name": "Acme"});
    assert_eq!(editor.patch(&path, rename.clone()).await.status, 403);
    let renamed = admin.patch(&path, rename.clone()).await.expect(200);
    assert_eq!(
        (renamed["name"].as_str(), renamed["version"].as_i64()),
        (Some("Acme"), Some(2))
    );
    assert_eq!(
        admin.patch(&path, rename.clone()).await.expect(200)["version"],
        2,
        "nothing changes"
    );
    let stale = [("if-match", "\"1\"")];
    let stale = owner
        .call_with(Method::PATCH, &path, r#"{"name": "B"}"#, &stale)
        .await;
    assert_eq!(stale.status, 412);
    assert_eq!(owner.patch(&path, json!({"name": " "})).await.fields(), ["name"]);
    let other = service.register().await;
    for (method, path, body) in [
        (Method::GET, path.clone(), ""),
        (Method::PATCH, path.clone(), r#"{"name": "x"}"#),
        (Method::POST, format!("{path}/leave"), ""),
        (Method::GET, members(owner.org), ""),
        (Method::PATCH, one(&admin), r#"{"role": "viewer"}"#),
        (Method::DELETE, one(&admin), ""),
        (Method::GET, format!("{path}/audit-log"), ""),
    ] {
        let answer = other.call(method.clone(), &path, body).await;
        assert_eq!(answer.status, 404, "{method} {path}");
    }
    assert_eq!(editor.get(&path).await.expect(200)["role"], "editor");
    assert_eq!(editor.get(&members(owner.org)).await.items().len(), 3);
}

#[tokio::test]
async fn roles_change_as_far_as_one_may_change_them() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let (admin, ada) = (member(&owner, "admin").await, member(&owner, "viewer").await);
    let to = |role: &str| json!({"role": role});
    let changed = admin.patch(&one(&ada), to("responder")).await.expect(200);
    assert_eq!(
        (changed["role"].as_str(), changed["user_id"].as_i64()),
        (Some("responder"), Some(ada.user))
    );
    for (by, whom, role, status) in [
        (&admin, &ada, "owner", 403),
        (&admin, &owner, "viewer", 403),
        (&owner, &owner, "admin", 409),
        (&ada, &ada, "admin", 403),
        (&owner, &ada, "owner", 200),
        (&ada.as_role("owner"), &owner, "admin", 200),
        (&ada.as_role("owner"), &ada, "viewer", 409),
        // The credential says more than is so any more.
        (&owner, &ada, "viewer", 403),
    ] {
        let answer = by.patch(&one(whom), to(role)).await;
        assert_eq!(answer.status, status, "{role}: {}", answer.body);
    }
    assert_eq!(owner.patch(&one(&ada), to("emperor")).await.status, 422);
    let missing = format!("/orgs/{}/members/999999", owner.org);
    assert_eq!(admin.patch(&missing, to("viewer")).await.status, 404);
    assert_eq!(role_of(&ada).await.as_deref(), Some("owner"));
    assert_eq!(role_of(&owner).await.as_deref(), Some("admin"));
}

#[tokio::test]
async fn an_owner_is_left_whoever_goes_and_however_many_at_once() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let leave = format!("/orgs/{}/leave", ada.org);
    assert_eq!(ada.post(&leave, json!({})).await.status, 409);
    let bob = member(&ada, "owner").await;
    // Both at once: one of them stays.
    let (one_left, other_left) = tokio::join!(ada.post(&leave, json!({})), bob.post(&leave, json!({})));
    let mut statuses = [one_left.status.as_u16(), other_left.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    let (carl, service) = (service.register().await, &service);
    let dora = member(&carl, "owner").await;
    let (by_carl, by_dora) = (one(&dora), one(&carl));
    let (first, second) = tokio::join!(
        carl.patch(&by_carl, json!({"role": "viewer"})),
        dora.patch(&by_dora, json!({"role": "viewer"}))
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403]);
    let owners = "SELECT count(*) FROM organisations o
                  WHERE NOT EXISTS (SELECT FROM memberships m WHERE m.org_id = o.id AND m.role = 'owner')";
    let row = service.db().await.query_one(owners, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn who_was_removed_from_the_only_organisation_gets_one_as_at_first() {
    let stores = Stores::new().await;
    let service = UserService::start_on(stores.clone(), &[]).await;
    let owner = service.register().await;
    let ada = member(&owner, "editor").await;
    let sql = "DELETE FROM organisations o USING memberships m
               WHERE m.org_id = o.id AND m.user_id = $1 AND m.role = 'owner'";
    service.db().await.execute(sql, &[&ada.user]).await.unwrap();
    let (token, _) = login(&service, &ada.email, "Browser").await;
    assert_eq!(owner.delete(&one(&ada)).await.status, 204);
    assert_eq!(
        with_cookie(&service, "refresh", &token, &json!({})).await.status,
        401
    );
    // It is not listed at the next login as if it could go on.
    let sql = "SELECT count(*) FROM sessions WHERE user_id = $1 AND user_agent = 'Browser'";
    let left = service.db().await.query_one(sql, &[&ada.user]).await.unwrap();
    assert_eq!(left.get::<_, i64>(0), 0);
    let body = json!({"email": ada.email, "password": PASSWORD});
    let invited = UserService::start_on(stores, &[("REGISTRATION", "invite")]).await;
    let path = "/api/v1/auth/login";
    assert_eq!(invited.anonymous(Method::POST, path, &body).await.status, 403);
    let wrong = json!({"email": ada.email, "password": "wrong"});
    assert_eq!(service.anonymous(Method::POST, path, &wrong).await.status, 401);
    let (_, session) = login(&service, &ada.email, "Browser").await;
    assert_eq!(session["org"]["role"], "owner");
    assert_ne!(session["org"]["id"], owner.org);
}

#[tokio::test]
async fn where_registration_is_closed_nobody_makes_an_organisation() {
    let stores = Stores::new().await;
    let open = UserService::start_on(stores.clone(), &[]).await;
    let ada = open.register().await;
    let closed = UserService::start_on(stores, &[("REGISTRATION_OPEN", "false")]).await;
    let ada = Person {
        service: &closed,
        ..ada
    };
    assert_eq!(ada.post("/orgs", json!({"name": "Shop"})).await.status, 403);
}

#[tokio::test]
async fn sessions_are_seen_and_ended_one_by_one_or_all() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let (_, here) = login(&service, &ada.email, "Firefox").await;
    let (there_token, there) = login(&service, &ada.email, "curl").await;
    let here = session_of(&here);
    let headers = [("x-session-id", here.as_str())];
    let listed = ada
        .call_with(Method::GET, "/me/sessions", "", &headers)
        .await
        .expect(200);
    let listed = listed["items"].as_array().unwrap();
    assert_eq!(listed.len(), 3, "that of the registration too");
    let mine = listed.iter().find(|session| session["current"] == true).unwrap();
    assert_eq!(
        (mine["id"].as_str().unwrap(), mine["user_agent"].as_str()),
        (&*here, Some("Firefox"))
    );
    assert_eq!(mine["address"], "192.0.2.7");
    assert!(listed.iter().any(|session| session["user_agent"] == "curl"));

    let path = format!("/me/sessions/{}", session_of(&there));
    assert_eq!(eve.delete(&path).await.status, 404, "another's");
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!(ada.delete(&path).await.status, 404, "it has ended");
    assert_eq!(
        with_cookie(&service, "refresh", &there_token, &json!({}))
            .await
            .status,
        401
    );
    assert_eq!(ada.delete("/me/sessions").await.status, 204);
    let listed = ada.get("/me/sessions").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 0);
    let listed = eve.get("/me/sessions").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_and_other_sessions_end() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (token, session) = login(&service, &ada.email, "Firefox").await;
    let (other, _) = login(&service, &ada.email, "curl").await;
    let session = session_of(&session);
    let headers = [("x-session-id", session.as_str())];
    let change = async |current: &str, new: &str| {
        let body = json!({"current_password": current, "password": new}).to_string();
        ada.call_with(Method::POST, "/me/password", &body, &headers).await
    };
    let new = "a quite different staple of horses";
    assert_eq!(change("wrong", new).await.fields(), ["current_password"]);
    assert_eq!(change(PASSWORD, "short").await.fields(), ["password"]);
    assert_eq!(change(PASSWORD, new).await.status, 204);
    assert_eq!(
        with_cookie(&service, "refresh", &token, &json!({})).await.status,
        200
    );
    assert_eq!(
        with_cookie(&service, "refresh", &other, &json!({})).await.status,
        401
    );
    let login = |password: &str| json!({"email": ada.email, "password": password});
    let path = "/api/v1/auth/login";
    assert_eq!(
        service
            .anonymous(Method::POST, path, &login(PASSWORD))
            .await
            .status,
        401
    );
    assert_eq!(
        service.anonymous(Method::POST, path, &login(new)).await.status,
        200
    );
    // Who guesses is slowed down, whoever else may guess; the right passwords of before do not count.
    for _ in 0..9 {
        assert_eq!(change("wrong", new).await.fields(), ["current_password"]);
    }
    let limited = change(new, new).await;
    assert_eq!(limited.status, 429);
    assert!(!limited.header("retry-after").is_empty());
}

#[tokio::test]
async fn a_name_is_changed() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let account = ada.patch("/me", json!({"name": " Ada L. "})).await.expect(200);
    assert_eq!(account["user"]["name"], "Ada L.");
    assert_eq!(account["user"]["email_verified"], false);
    assert_eq!(ada.patch("/me", json!({"name": ""})).await.fields(), ["name"]);
    assert_eq!(ada.get("/me").await.expect(200)["user"]["name"], "Ada L.");
}

#[tokio::test]
async fn who_was_just_demoted_does_nothing_to_the_organisation() {
    let service = UserService::start().await;
    let ada = service.register().await;
    // The access token still says so.
    let bob = member(&ada, "owner").await;
    let demote = "UPDATE memberships SET role = 'editor' WHERE org_id = $1 AND user_id = $2";
    let db = service.db().await;
    db.execute(demote, &[&ada.org, &bob.user]).await.unwrap();
    let org = format!("/orgs/{}", ada.org);
    let (deletion, exports) = (format!("{org}/deletion"), format!("{org}/exports"));
    let named = ada.get(&org).await.expect(200);
    let asked = json!({"current_password": PASSWORD, "name": named["name"]});
    let refused = [
        bob.patch(&org, json!({"name": "Mine"})).await,
        bob.post(&exports, json!({})).await,
        bob.post(&deletion, asked.clone()).await,
    ];
    for answer in refused {
        assert_eq!(answer.status, 403, "{}", answer.body);
    }
    ada.post(&deletion, asked).await.expect(202);
    bob.delete(&deletion).await.expect(403);
    ada.delete(&deletion).await.expect(204);
}
