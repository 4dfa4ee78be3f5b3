//! Somebody whose access is narrowed to tags, with a monitor inside and one outside.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Person, UserService};

/// An organisation with a monitor inside and one outside of what somebody sees.
pub(crate) struct Scene<'a> {
    pub(crate) owner: Person<'a>,
    pub(crate) tag: i64,
    pub(crate) other_tag: i64,
    pub(crate) inside: Things,
    pub(crate) outside: Things,
    pub(crate) channel: i64,
}

/// A monitor, and what there is of it.
pub(crate) struct Things {
    pub(crate) monitor: i64,
    pub(crate) external_key: String,
    pub(crate) incident: Uuid,
    pub(crate) window: i64,
    pub(crate) silence: i64,
    pub(crate) drill: i64,
    pub(crate) drill_schedule: i64,
}

pub(crate) async fn monitor(owner: &Person<'_>, tags: &[&str]) -> i64 {
    let body = json!({"url": "https://a.example/", "tags": tags});
    owner.post("/monitors", body).await.expect(201)["id"]
        .as_i64()
        .unwrap()
}

pub(crate) async fn window(owner: &Person<'_>, monitors: &[i64]) -> i64 {
    let body = json!({"name": "Move", "monitors": monitors, "repeat": "once",
                      "from": "2099-12-01T22:00:00Z", "until": "2099-12-02T04:00:00Z"});
    let window = owner.post("/maintenance-windows", body).await.expect(201);
    window["id"].as_i64().unwrap()
}

pub(crate) async fn silence(owner: &Person<'_>, monitors: &[i64]) -> i64 {
    let body = json!({"reason": "Move", "monitors": monitors,
                      "starts_at": "2099-12-01T22:00:00Z", "ends_at": "2099-12-02T04:00:00Z"});
    let silence = owner.post("/silences", body).await.expect(201);
    silence["id"].as_i64().unwrap()
}

async fn drill(owner: &Person<'_>, monitor: i64) -> i64 {
    let drill = owner
        .post("/drills", json!({"monitor_id": monitor}))
        .await
        .expect(201);
    drill["id"].as_i64().unwrap()
}

async fn drill_schedule(owner: &Person<'_>, monitor: i64) -> i64 {
    let body = json!({"name": "Night", "monitor_id": monitor, "day": 1, "time": "10:00:00"});
    let schedule = owner.post("/drill-schedules", body).await.expect(201);
    schedule["id"].as_i64().unwrap()
}

pub(crate) async fn things(owner: &Person<'_>, channel: i64, tag: &str) -> Things {
    let monitor = monitor(owner, &[tag]).await;
    let external_key = tag.to_owned();
    owner
        .patch(
            &format!("/monitors/{monitor}"),
            json!({"external_key": external_key}),
        )
        .await
        .expect(200);
    let incident = owner.outage(monitor, false).await;
    let sql =
        "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                                         delivery_id, source)
               VALUES ($1, 'down', $2, 'failed', 1, now(), $3, $4, $1,
                       '{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 0, \"offset\": 7}')";
    let db = owner.service.db().await;
    db.execute(sql, &[&incident, &channel, &owner.org, &monitor])
        .await
        .unwrap();
    Things {
        monitor,
        external_key,
        incident,
        window: window(owner, &[monitor]).await,
        silence: silence(owner, &[monitor]).await,
        drill: drill(owner, monitor).await,
        drill_schedule: drill_schedule(owner, monitor).await,
    }
}

pub(crate) async fn tag(owner: &Person<'_>, name: &str) -> i64 {
    let tags = owner.get("/tags").await.items();
    let tag = tags.iter().find(|tag| tag["name"] == name).unwrap();
    tag["id"].as_i64().unwrap()
}

pub(crate) async fn scene(service: &UserService) -> Scene<'_> {
    let owner = service.register().await;
    let channel = owner.channel().await;
    let inside = things(&owner, channel, "payments").await;
    let outside = things(&owner, channel, "search").await;
    Scene {
        tag: tag(&owner, "payments").await,
        other_tag: tag(&owner, "search").await,
        owner,
        inside,
        outside,
        channel,
    }
}

/// Somebody as the gateway tells of them.
#[derive(Clone)]
pub(crate) struct Caller<'a> {
    pub(crate) person: Person<'a>,
    pub(crate) api_key: Option<String>,
}

impl Caller<'_> {
    pub(crate) async fn call(&self, method: Method, path: &str, body: &str) -> Answer {
        let mut headers = vec![("x-narrowed", "1")];
        headers.extend(self.api_key.as_deref().map(|key| ("x-api-key-id", key)));
        self.person.call_with(method, path, body, &headers).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, &body.to_string()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, &body.to_string()).await
    }

    pub(crate) fn as_role(&self, role: &'static str) -> Self {
        Self {
            person: self.person.as_role(role),
            ..self.clone()
        }
    }
}

/// Makes somebody a member.
pub(crate) async fn join<'a>(owner: &Person<'a>, role: &'static str) -> Person<'a> {
    let joined = owner.service.register().await;
    let sql = "INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, $3)";
    let db = owner.service.db().await;
    db.execute(sql, &[&owner.org, &joined.user, &role]).await.unwrap();
    Person {
        org: owner.org,
        role,
        ..joined
    }
}

pub(crate) async fn narrow(owner: &Person<'_>, user: i64, body: Value) -> Answer {
    owner
        .patch(&format!("/orgs/{}/members/{user}", owner.org), body)
        .await
}

/// An editor of payments.
pub(crate) async fn member<'a>(scene: &Scene<'a>) -> Caller<'a> {
    let person = join(&scene.owner, "editor").await;
    let narrowed = narrow(&scene.owner, person.user, json!({"only_tags": ["Payments"]})).await;
    assert_eq!(narrowed.expect(200)["only_tags"], json!(["payments"]));
    Caller {
        person,
        api_key: None,
    }
}

/// A key of the owner's that is an editor of payments.
pub(crate) async fn key<'a>(scene: &Scene<'a>) -> Caller<'a> {
    let body = json!({"name": "CI", "role": "editor", "only_tags": ["payments"]});
    let made = scene.owner.post("/api-keys", body).await.expect(201);
    assert_eq!(made["api_key"]["only_tags"], json!(["payments"]));
    Caller {
        person: scene.owner.as_role("editor"),
        api_key: Some(made["api_key"]["id"].to_string()),
    }
}
