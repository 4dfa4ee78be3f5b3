//! What members and API keys that are narrowed to tags see and may change, who may be narrowed, and from when on.

use crate::common::scene::{Caller, join, key, member, narrow, scene, window};
use crate::common::{self, Person, UserService};
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn counts_tags_channels_and_the_search_tell_nothing_of_others() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    for caller in [member(&scene).await, key(&scene).await] {
        let summary = caller.get("/summary").await.expect(200);
        assert_eq!(
            (&summary["pending"], &summary["open_incidents"]),
            (&json!(1), &json!(1))
        );
        let tags = caller.get("/tags").await.items();
        let tags: Vec<_> = tags.iter().map(|tag| (&tag["name"], &tag["monitors"])).collect();
        assert_eq!(tags, [(&json!("payments"), &json!(1))]);
        for (search, found) in [("q=a.example", 1), ("tag=search", 0), ("tag=payments", 1)] {
            let items = caller.get(&format!("/monitors?{search}")).await.items();
            assert_eq!(items.len(), found, "{search}");
        }
        let outside = format!("/incidents?monitor_id={}", scene.outside.monitor);
        assert_eq!(caller.get(&outside).await.items(), [Value::Null; 0]);
        let channel = caller
            .get(&format!("/channels/{}", scene.channel))
            .await
            .expect(200);
        let listed = &caller.get("/channels").await.items()[0];
        for channel in [&channel, listed] {
            assert_eq!(
                (&channel["name"], &channel["config"]),
                (&json!("Ops"), &json!({}))
            );
        }
        let org = format!("/orgs/{}", scene.owner.org);
        let org = caller.get(&org).await.expect(200);
        assert_eq!(org["only_tags"], json!(["payments"]));
        // How much there is of all is the organisation's.
        let usage = caller.get(&format!("/orgs/{}/usage", scene.owner.org)).await;
        assert_eq!(usage.status, 403, "{}", usage.body);
    }
}

#[tokio::test]
async fn what_is_created_is_inside_and_tags_stay() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let tagged = json!({"tags": ["payments", "eu"]});
    let both = format!("/monitors/{}", scene.inside.monitor);
    scene.owner.patch(&both, tagged).await.expect(200);
    for caller in [member(&scene).await, key(&scene).await] {
        let create = async |tags: Value| {
            let body = json!({"url": "https://b.example/", "tags": tags});
            caller.post("/monitors", body).await
        };
        let monitors = service.count("monitors").await;
        // Neither without one of theirs, nor with one that they do not see, be it there or not.
        for tags in [
            json!([]),
            json!(["eu"]),
            json!(["payments", "search"]),
            json!(["payments", "new"]),
        ] {
            let answer = create(tags.clone()).await;
            assert_eq!(
                (answer.status.as_u16(), answer.fields()),
                (422, vec!["tags"]),
                "{tags}"
            );
        }
        assert_eq!(service.count("monitors").await, monitors);
        let made = create(json!(["payments", "eu"])).await.expect(201);
        assert_eq!(made["tags"], json!(["eu", "payments"]));
        let path = format!("/monitors/{}", made["id"]);
        for tags in [json!([]), json!(["eu"]), json!(null)] {
            let answer = caller.patch(&path, json!({"tags": tags})).await;
            assert_eq!(
                (answer.status.as_u16(), answer.fields()),
                (422, vec!["tags"]),
                "{tags}"
            );
        }
        // One by which nobody is narrowed is theirs to take.
        let taken = caller.patch(&path, json!({"tags": ["payments"]})).await;
        assert_eq!(taken.expect(200)["tags"], json!(["payments"]));
        caller.call(Method::DELETE, &path, "").await.expect(204);
    }
}

#[tokio::test]
async fn by_its_key_or_among_many_nothing_outside_is_touched() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let outside = format!("/monitors/{}", scene.outside.monitor);
    let before = scene.owner.get(&outside).await.expect(200);
    let (inside, outer) = (&scene.inside, &scene.outside);
    let by_key = |key: &str| format!("/monitors/by-key/{key}");
    let body = json!({"url": "https://b.example/", "tags": ["payments"]}).to_string();
    for caller in [member(&scene).await, key(&scene).await] {
        let put = async |key: &str| caller.call(Method::PUT, &by_key(key), &body).await;
        let delete = async |key: &str| caller.call(Method::DELETE, &by_key(key), "").await;
        // The keys are one set for all: that it is taken is all that is told.
        let taken = put(&outer.external_key).await;
        assert_eq!(taken.status, 409, "{}", taken.body);
        assert!(!taken.body.to_string().contains("a.example"), "{}", taken.body);
        delete(&outer.external_key).await.expect(404);
        put("mine").await.expect(201);
        put("mine").await.expect(200);
        delete("mine").await.expect(204);
        for action in ["mute", "delete"] {
            let of_others = json!({"monitors": [outer.monitor], "external_keys": [outer.external_key],
                                   "action": action});
            let answer = caller.post("/monitors/bulk", of_others).await.expect(200);
            assert_eq!((&answer["succeeded"], &answer["failed"]), (&json!(0), &json!(2)));
            let tagged = json!({"tag": "search", "action": action});
            let answer = caller.post("/monitors/bulk", tagged).await.expect(200);
            assert_eq!(answer["items"], json!([]));
        }
        let both = json!({"monitors": [inside.monitor, outer.monitor], "action": "mute"});
        let answer = caller.post("/monitors/bulk", both).await.expect(200);
        assert_eq!((&answer["succeeded"], &answer["failed"]), (&json!(1), &json!(1)));
        // A tag by which somebody is narrowed stays, and none is given that is not seen.
        for change in [
            json!({"action": "remove_tags", "tags": ["payments"]}),
            json!({"action": "add_tags", "tags": ["search"]}),
        ] {
            let mut change = change;
            change["monitors"] = json!([inside.monitor]);
            let answer = caller.post("/monitors/bulk", change).await.expect(200);
            assert_eq!(answer["items"][0]["status"], 422, "{answer}");
        }
    }
    assert_eq!(scene.owner.get(&outside).await.expect(200), before);
}

#[tokio::test]
async fn windows_of_more_than_is_seen_are_seen_in_part_and_not_changed() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let (inside, outside) = (scene.inside.monitor, scene.outside.monitor);
    let (all, both) = (
        window(&scene.owner, &[]).await,
        window(&scene.owner, &[outside, inside]).await,
    );
    for caller in [member(&scene).await, key(&scene).await] {
        let windows = caller.get("/maintenance-windows").await.items();
        let windows: Vec<_> = windows
            .iter()
            .map(|window| (window["id"].as_i64().unwrap(), window["monitors"].clone()))
            .collect();
        let seen = [
            (scene.inside.window, json!([inside])),
            (all, json!([])),
            (both, json!([inside])),
        ];
        assert_eq!(windows, seen);
        for window in [all, both] {
            let path = format!("/maintenance-windows/{window}");
            caller.get(&path).await.expect(200);
            caller.patch(&path, json!({"name": "x"})).await.expect(403);
            caller.call(Method::DELETE, &path, "").await.expect(403);
        }
        let create = |monitors: Value| {
            let caller = caller.clone();
            async move {
                let body = json!({"name": "Move", "monitors": monitors, "repeat": "once",
                                  "from": "2026-12-01T22:00:00Z", "until": "2026-12-02T04:00:00Z"});
                caller.post("/maintenance-windows", body).await
            }
        };
        create(json!([])).await.expect(403);
        assert_eq!(create(json!([outside])).await.fields(), ["monitors"]);
        let own = create(json!([inside])).await.expect(201);
        let path = format!("/maintenance-windows/{}", own["id"]);
        // It does not become one of all.
        caller.patch(&path, json!({"monitors": []})).await.expect(403);
        caller.call(Method::DELETE, &path, "").await.expect(204);
    }
}

#[tokio::test]
async fn another_scope_holds_at_once_and_is_told() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let caller = member(&scene).await;
    let user = caller.person.user;
    let sees = async || {
        let items = caller.get("/monitors").await.items();
        let ids: Vec<_> = items.iter().map(|item| item["id"].as_i64().unwrap()).collect();
        let internal = format!("/seen-monitors?org_id={}&user_id={user}", scene.owner.org);
        let told = service.internal(&internal).await.expect(200)["monitors"].clone();
        (ids, told)
    };
    let (inside, outside) = (scene.inside.monitor, scene.outside.monitor);
    assert_eq!(sees().await, (vec![inside], json!([inside])));
    narrow(&scene.owner, user, json!({"only_tags": ["search"]}))
        .await
        .expect(200);
    assert_eq!(sees().await, (vec![outside], json!([outside])));
    narrow(
        &scene.owner,
        user,
        json!({"only_tags": ["search", "payments"], "role": "viewer"}),
    )
    .await
    .expect(200);
    assert_eq!(sees().await.0, [inside, outside]);
    // Out of sight with its tag.
    let path = format!("/monitors/{outside}");
    scene.owner.patch(&path, json!({"tags": []})).await.expect(200);
    assert_eq!(sees().await, (vec![inside], json!([inside])));
    // A tag that is gone, by whatever hand, takes and never gives.
    let sql = "DELETE FROM tags WHERE org_id = $1";
    service
        .db()
        .await
        .execute(sql, &[&scene.owner.org])
        .await
        .unwrap();
    assert_eq!(sees().await, (vec![], json!([])));
    narrow(&scene.owner, user, json!({"only_tags": null}))
        .await
        .expect(200);
    assert_eq!(sees().await, (vec![inside, outside], Value::Null));
    // Who is no member sees nothing.
    let members = format!("/orgs/{}/members/{user}", scene.owner.org);
    scene.owner.delete(&members).await.expect(204);
    assert_eq!(sees().await, (vec![], json!([])));
}

#[tokio::test]
async fn gateways_are_told_who_is_narrowed() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let caller = member(&scene).await;
    let told = service.internal("/revocations?after=0").await.expect(200);
    let told = told["members"].as_array().unwrap();
    let of = |member: &&Value| member["user_id"] == caller.person.user;
    assert_eq!(told.iter().rfind(of).unwrap()["narrowed"], true);
    // And the next token says it.
    let login = json!({"email": caller.person.email, "password": "correct horse battery staple"});
    let sql = "DELETE FROM memberships WHERE user_id = $1 AND org_id <> $2";
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&caller.person.user, &scene.owner.org];
    service.db().await.execute(sql, &values).await.unwrap();
    let session = service
        .anonymous(Method::POST, "/api/v1/auth/login", &login)
        .await
        .expect(200);
    assert_eq!(session["org"]["only_tags"], json!(["payments"]));
    let token = common::token_key().verify(session["access_token"].as_str().unwrap());
    assert!(token.unwrap().principal.narrowed);
}

#[tokio::test]
async fn a_key_sees_what_its_creator_sees_too() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let admin = join(&scene.owner, "admin").await;
    let body = json!({"name": "CI", "role": "editor", "only_tags": ["payments", "search"]});
    let made = admin.post("/api-keys", body).await.expect(201);
    let caller = Caller {
        person: admin.as_role("editor"),
        api_key: Some(made["api_key"]["id"].to_string()),
    };
    assert_eq!(caller.get("/monitors").await.items().len(), 2);
    let now = json!({"role": "editor", "only_tags": ["payments"]});
    narrow(&scene.owner, admin.user, now).await.expect(200);
    let items = caller.get("/monitors").await.items();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["id"], scene.inside.monitor);
}

#[tokio::test]
async fn who_owns_or_administers_sees_everything() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let caller = member(&scene).await;
    let owner = &scene.owner;
    for (user, body) in [
        (owner.user, json!({"only_tags": ["payments"]})),
        (caller.person.user, json!({"role": "admin"})),
        (
            caller.person.user,
            json!({"role": "owner", "only_tags": ["payments"]}),
        ),
        (caller.person.user, json!({"only_tags": []})),
        (caller.person.user, json!({"only_tags": ["payments", "nowhere"]})),
    ] {
        let answer = narrow(owner, user, body.clone()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.fields()),
            (422, vec!["only_tags"]),
            "{body}"
        );
    }
    let promoted = json!({"role": "admin", "only_tags": null});
    narrow(owner, caller.person.user, promoted).await.expect(200);
    for tags in [json!([]), json!(["nowhere"]), json!(["a,b"])] {
        let key = json!({"name": "CI", "role": "viewer", "only_tags": tags});
        assert_eq!(
            owner.post("/api-keys", key).await.fields(),
            ["only_tags"],
            "{tags}"
        );
    }
    let key = json!({"name": "CI", "role": "admin", "only_tags": ["payments"]});
    assert_eq!(owner.post("/api-keys", key).await.fields(), ["only_tags"]);
}

#[tokio::test]
async fn a_tag_to_which_somebody_is_narrowed_is_not_deleted() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let owner = &scene.owner;
    let caller = member(&scene).await;
    key(&scene).await;
    let invitation = json!({"email": "eve@example.org", "role": "viewer", "only_tags": ["payments"]});
    let invitations = format!("/orgs/{}/invitations", owner.org);
    let invitation = owner.post(&invitations, invitation).await.expect(201);
    assert_eq!(invitation["only_tags"], json!(["payments"]));
    let path = format!("/tags/{}", scene.tag);
    let refused = owner.delete(&path).await.expect(409)["detail"].to_string();
    for who in [
        "the member Ada",
        "the API key CI",
        "the invitation of eve@example.org",
    ] {
        assert!(refused.contains(who), "{refused}");
    }
    // Who may not see that elsewhere hears how many.
    let counted =
        "access is narrowed to this tag, of 1 member, 1 API key, 1 invitation: give them other tags first";
    let key = owner
        .post("/api-keys", json!({"name": "Deploy", "role": "admin"}))
        .await
        .expect(201);
    let key = key["api_key"]["id"].to_string();
    for (role, headers) in [("editor", vec![]), ("admin", vec![("x-api-key-id", &*key)])] {
        let refused = owner
            .as_role(role)
            .call_with(Method::DELETE, &path, "", &headers)
            .await;
        assert_eq!(refused.expect(409)["detail"], counted, "{role}");
    }
    owner
        .delete(&format!("/tags/{}", scene.other_tag))
        .await
        .expect(204);
    // Its name is not what narrows.
    owner.patch(&path, json!({"name": "billing"})).await.expect(200);
    assert_eq!(caller.get("/monitors").await.items().len(), 1);
}

#[tokio::test]
async fn an_invitation_gives_what_it_says() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let owner = &scene.owner;
    let eve = service.register().await;
    let body = json!({"email": eve.email, "role": "viewer", "only_tags": ["payments"]});
    let invitations = format!("/orgs/{}/invitations", owner.org);
    let made = owner.post(&invitations, body).await.expect(201);
    let token = made["link"].as_str().unwrap().rsplit_once('#').unwrap().1;
    let token = json!({"token": token});
    let shown = service
        .anonymous(Method::POST, "/api/v1/invitations/look-up", &token)
        .await;
    assert_eq!(shown.expect(200)["only_tags"], json!(["payments"]));
    let org = eve.post("/invitations/accept", token).await.expect(200);
    assert_eq!(
        (&org["role"], &org["only_tags"]),
        (&json!("viewer"), &json!(["payments"]))
    );
    let members = format!("/orgs/{}/members", owner.org);
    let members = owner.get(&members).await.items();
    let member = members
        .iter()
        .find(|member| member["user_id"] == eve.user)
        .unwrap();
    assert_eq!(member["only_tags"], json!(["payments"]));
    let eve = Caller {
        person: Person {
            org: owner.org,
            role: "viewer",
            ..eve
        },
        api_key: None,
    };
    assert_eq!(eve.get("/monitors").await.items().len(), 1);
}
