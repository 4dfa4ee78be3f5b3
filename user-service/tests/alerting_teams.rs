//! Teams: members who are notified together.

use http::Method;
use serde_json::{Value, json};

use crate::common::scene::{join, member, scene};
use crate::common::{Person, UserService};

const TEAMS: &str = "/teams";

fn path(team: &Value) -> String {
    format!("{TEAMS}/{}", team["id"])
}

fn team(name: &str, members: &[i64]) -> Value {
    json!({"name": name, "members": members})
}

fn ids(team: &Value) -> Vec<i64> {
    let members = team["members"].as_array().unwrap();
    members.iter().map(|one| one["id"].as_i64().unwrap()).collect()
}

/// Gives somebody a channel of their own.
async fn own_channel(person: &Person<'_>, enabled: bool) {
    let sql = "INSERT INTO channels (org_id, owner_id, name, kind, config, enabled)
               VALUES ($1, $2, 'Phone', 'slack', '', $3)";
    let db = person.service.db().await;
    db.execute(sql, &[&person.org, &person.user, &enabled])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_team_is_made_changed_and_removed() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (bob, eve) = (join(&ada, "editor").await, join(&ada, "viewer").await);
    own_channel(&bob, true).await;
    own_channel(&eve, false).await;
    let made = ada.post(TEAMS, team("Payments", &[bob.user, eve.user])).await;
    assert_eq!(made.header("etag"), "\"1\"");
    let made = made.expect(201);
    assert_eq!(ids(&made), [bob.user, eve.user]);
    assert_eq!(
        made["members"],
        json!([{"id": bob.user, "name": "Ada", "has_channel": true},
               {"id": eve.user, "name": "Ada", "has_channel": false}])
    );
    assert_eq!(eve.get(&path(&made)).await.expect(200), made);
    assert_eq!(bob.get(TEAMS).await.items(), std::slice::from_ref(&made));
    let same = json!({"members": [bob.user, eve.user]});
    assert_eq!(ada.patch(&path(&made), same).await.expect(200), made);

    let turned = json!({"members": [eve.user, ada.user, bob.user]});
    let turned = ada.patch(&path(&made), turned).await.expect(200);
    assert_eq!(ids(&turned), [eve.user, ada.user, bob.user]);
    assert_eq!(
        (&turned["version"], &turned["name"]),
        (&json!(2), &json!("Payments"))
    );
    let headers = [("if-match", "\"1\"")];
    let stale = ada.call_with(Method::DELETE, &path(&made), "", &headers).await;
    assert_eq!(stale.status, 412);
    ada.delete(&path(&made)).await.expect(204);
    assert_eq!(ada.get(&path(&made)).await.status, 404);

    // Names of people are kept for as long as their accounts; the log is kept for longer.
    let sql = "SELECT json_agg(json_build_object('before', before, 'after', after) ORDER BY id)::text
               FROM audit_log WHERE resource = 'team'";
    let noted: String = service.db().await.query_one(sql, &[]).await.unwrap().get(0);
    assert!(
        noted.contains(&bob.user.to_string()) && !noted.contains("Ada"),
        "{noted}"
    );
}

#[tokio::test]
async fn only_members_are_in_a_team_and_who_leaves_is_not_any_more() {
    let service = UserService::start().await;
    let (ada, stranger) = (service.register().await, service.register().await);
    let bob = join(&ada, "responder").await;
    let wrong = ada.post(TEAMS, team("x", &[ada.user, stranger.user, 0])).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.fields(), ["members.1", "members.2"]);
    let twice = ada.post(TEAMS, team("x", &[ada.user, ada.user])).await;
    assert_eq!(twice.fields(), ["members.1"]);
    assert_eq!(ada.post(TEAMS, team("", &[])).await.fields(), ["name", "members"]);
    assert_eq!(service.count("teams").await, 0);

    let made = ada.post(TEAMS, team("Payments", &[bob.user])).await.expect(201);
    let more = json!({"members": [bob.user, stranger.user]});
    assert_eq!(ada.patch(&path(&made), more).await.fields(), ["members.1"]);
    let left = format!("/orgs/{}/members/{}", ada.org, bob.user);
    ada.delete(&left).await.expect(204);
    let alone = ada.get(&path(&made)).await.expect(200);
    assert_eq!(ids(&alone), [] as [i64; 0]);
    let renamed = ada.patch(&path(&made), json!({"name": "Shop"})).await.expect(200);
    assert_eq!(renamed["name"], "Shop");
    assert_eq!(
        ada.patch(&path(&made), json!({"members": [bob.user]}))
            .await
            .fields(),
        ["members.0"]
    );
}

#[tokio::test]
async fn a_team_that_is_named_stays() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let made = ada.post(TEAMS, team("Payments", &[ada.user])).await.expect(201);
    let policy = json!({"name": "Shop first", "steps": [{"targets": [{"kind": "team", "id": made["id"]}]}]});
    let policy = ada.post("/escalation-policies", policy).await.expect(201);
    let refused = ada.delete(&path(&made)).await.expect(409);
    assert!(
        refused["detail"].as_str().unwrap().contains("Shop first"),
        "{refused}"
    );
    ada.delete(&format!("/escalation-policies/{}", policy["id"]))
        .await
        .expect(204);
    ada.delete(&path(&made)).await.expect(204);
}

#[tokio::test]
async fn teams_are_changed_by_admins_and_seen_by_whoever_sees_everything() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let owner = &scene.owner;
    let made = owner
        .post(TEAMS, team("Payments", &[owner.user]))
        .await
        .expect(201);
    for role in ["viewer", "responder", "editor"] {
        let person = owner.as_role(role);
        assert_eq!(person.get(&path(&made)).await.expect(200), made, "{role}");
        assert_eq!(
            person.post(TEAMS, team("x", &[owner.user])).await.status,
            403,
            "{role}"
        );
        assert_eq!(
            person.patch(&path(&made), json!({"name": "x"})).await.status,
            403,
            "{role}"
        );
        assert_eq!(person.delete(&path(&made)).await.status, 403, "{role}");
    }
    let narrowed = member(&scene).await;
    assert_eq!(narrowed.get(&path(&made)).await.status, 403);
    let stranger = service.register().await;
    assert_eq!(stranger.get(&path(&made)).await.status, 404);
    assert_eq!(stranger.delete(&path(&made)).await.status, 404);
    assert_eq!(stranger.get(TEAMS).await.items(), [] as [Value; 0]);
}
