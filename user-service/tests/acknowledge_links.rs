//! Links in notifications: who may use them, and what comes of it.

use crate::common::scene::{join, monitor, narrow};
use crate::common::{Person, UserService, keyring};
use domain::acknowledge_link::AcknowledgeLink;
use domain::{ChannelId, IncidentId, MonitorId, OrgId};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// A person with an outage, and a channel whose notifications have links.
struct Linked<'a> {
    person: &'a Person<'a>,
    channel: i64,
    monitor: i64,
    incident: Uuid,
}

impl<'a> Linked<'a> {
    async fn new(person: &'a Person<'a>, resolved: bool) -> Self {
        let channel = person.channel().await;
        let allowed = json!({"alerts": {"acknowledge_by_link": true}});
        let path = format!("/channels/{channel}");
        let edited = person.patch(&path, allowed).await.expect(200);
        assert_eq!(edited["alerts"]["acknowledge_by_link"], true);
        let monitor = person.monitor("https://a.example/").await;
        let incident = person.outage(monitor, resolved).await;
        Self {
            person,
            channel,
            monitor,
            incident,
        }
    }

    fn link(&self) -> AcknowledgeLink {
        AcknowledgeLink {
            org_id: OrgId(self.person.org),
            monitor_id: MonitorId(self.monitor),
            incident_id: IncidentId(self.incident),
            channel_id: ChannelId(self.channel),
            started_at: shared::now(),
        }
    }
}

fn path(link: &AcknowledgeLink) -> String {
    let token = shared::acknowledge_link::token(link, &keyring());
    format!("/api/v1/acknowledgements/{token}")
}

async fn call(service: &UserService, method: Method, path: &str) -> (u16, Value) {
    let answer = service.anonymous(method, path, &Value::Null).await;
    (answer.status.as_u16(), answer.body)
}

#[tokio::test]
async fn a_link_is_shown_by_get_and_acts_by_post_in_the_name_of_the_channel() {
    let service = UserService::start().await;
    let person = service.register().await;
    let linked = Linked::new(&person, false).await;
    let path = path(&linked.link());
    for _ in 0..2 {
        let (status, shown) = call(&service, Method::GET, &path).await;
        assert_eq!((status, shown["state"].as_str()), (200, Some("open")), "{shown}");
        assert_eq!(shown["acknowledged"], Value::Null);
    }
    let (status, done) = call(&service, Method::POST, &path).await;
    assert_eq!(
        (status, done["state"].as_str()),
        (200, Some("acknowledged")),
        "{done}"
    );
    let by = done["acknowledged"]["by"].as_str().unwrap();
    assert!(by.starts_with("link:"), "{by}");
    // Once more changes nothing.
    assert_eq!(call(&service, Method::POST, &path).await.1, done);
    assert_eq!(
        service.count("outbox").await,
        2,
        "the creation and one acknowledgement"
    );
    let events = person
        .get(&format!(
            "/orgs/{}/audit-log?action=AcknowledgeIncident",
            person.org
        ))
        .await
        .expect(200);
    let actor = &events["items"][0]["actor"];
    assert_eq!(
        (actor["kind"].as_str(), actor["name"].as_str()),
        (Some("system"), Some(by))
    );
}

#[tokio::test]
async fn what_is_over_is_shown_and_not_acknowledged() {
    let service = UserService::start().await;
    let person = service.register().await;
    let linked = Linked::new(&person, true).await;
    let path = path(&linked.link());
    for method in [Method::GET, Method::POST] {
        let (status, shown) = call(&service, method, &path).await;
        assert_eq!(
            (status, shown["state"].as_str()),
            (200, Some("resolved")),
            "{shown}"
        );
        assert_eq!(shown["acknowledged"], Value::Null);
    }
}

#[tokio::test]
async fn a_link_that_is_not_valid_any_more_says_nothing_and_does_nothing() {
    let service = UserService::start().await;
    let person = service.register().await;
    let other = service.register().await;
    let linked = Linked::new(&person, false).await;
    let right = linked.link();
    let old = right.started_at.plus_millis(-7 * 24 * 3_600_000);
    let without = person.channel().await;
    for wrong in [
        AcknowledgeLink {
            started_at: old,
            ..right
        },
        AcknowledgeLink {
            org_id: OrgId(other.org),
            ..right
        },
        AcknowledgeLink {
            channel_id: ChannelId(without),
            ..right
        },
        AcknowledgeLink {
            channel_id: ChannelId(linked.channel + 1_000),
            ..right
        },
        AcknowledgeLink {
            incident_id: IncidentId(Uuid::nil()),
            ..right
        },
        AcknowledgeLink {
            monitor_id: MonitorId(-1),
            ..right
        },
    ] {
        for method in [Method::GET, Method::POST] {
            let (status, body) = call(&service, method, &path(&wrong)).await;
            assert_eq!(status, 404, "{wrong:?}: {body}");
        }
    }
    let sealed = path(&right);
    let mut changed = sealed.clone();
    let last = changed.pop().unwrap();
    changed.push(if last == 'A' { 'B' } else { 'A' });
    assert_eq!(call(&service, Method::POST, &changed).await.0, 404);
    // Whoever has the channel disabled, or takes the permission back, ends the links that are out.
    let channel = format!("/channels/{}", linked.channel);
    for (change, undone) in [
        (json!({"enabled": false}), json!({"enabled": true})),
        (
            json!({"alerts": {"acknowledge_by_link": false}}),
            json!({"alerts": {"acknowledge_by_link": true}}),
        ),
    ] {
        person.patch(&channel, change).await.expect(200);
        assert_eq!(call(&service, Method::POST, &sealed).await.0, 404);
        person.patch(&channel, undone).await.expect(200);
    }
    assert_eq!(service.count("outbox").await, 1, "nothing was acknowledged");
    assert_eq!(call(&service, Method::POST, &sealed).await.0, 200);
    person.delete(&channel).await.expect(204);
    for method in [Method::GET, Method::POST] {
        assert_eq!(call(&service, method, &sealed).await.0, 404);
    }
}

#[tokio::test]
async fn no_link_acts_for_an_organisation_that_is_to_be_deleted() {
    let service = UserService::start().await;
    let person = service.register().await;
    let linked = Linked::new(&person, false).await;
    let path = path(&linked.link());
    assert_eq!(call(&service, Method::GET, &path).await.0, 200);
    let sql = "INSERT INTO organisation_deletions (org_id, requested_by, due_at)
               VALUES ($1, $2, now() + interval '7 days')";
    let db = service.db().await;
    db.execute(sql, &[&person.org, &person.user]).await.unwrap();
    for method in [Method::GET, Method::POST] {
        assert_eq!(call(&service, method, &path).await.0, 404);
    }
}

/// An outage of a monitor of payments, and a member whose own channel has links.
struct OwnLinked<'a> {
    owner: Person<'a>,
    member: Person<'a>,
    channel: i64,
    link: AcknowledgeLink,
}

impl<'a> OwnLinked<'a> {
    async fn new(service: &'a UserService) -> Self {
        let owner = service.register().await;
        let member = join(&owner, "responder").await;
        let own = json!({"name": "My phone", "kind": "ntfy", "config": {"topic": "ada-private"},
                         "alerts": {"acknowledge_by_link": true}});
        let own = member.post("/me/channels", own).await.expect(201);
        let channel = own["id"].as_i64().unwrap();
        let monitor = monitor(&owner, &["payments"]).await;
        let incident = owner.outage(monitor, false).await;
        let link = AcknowledgeLink {
            org_id: OrgId(owner.org),
            monitor_id: MonitorId(monitor),
            incident_id: IncidentId(incident),
            channel_id: ChannelId(channel),
            started_at: shared::now(),
        };
        Self {
            owner,
            member,
            channel,
            link,
        }
    }

    async fn has_role(&self, role: &str) {
        let sql = "UPDATE memberships SET role = $3 WHERE org_id = $1 AND user_id = $2";
        let db = self.owner.service.db().await;
        db.execute(sql, &[&self.owner.org, &self.member.user, &role])
            .await
            .unwrap();
    }

    async fn run(&self, sql: &str) {
        self.owner.service.db().await.batch_execute(sql).await.unwrap();
    }

    async fn call(&self, method: Method) -> (u16, Value) {
        call(self.owner.service, method, &path(&self.link)).await
    }
}

#[tokio::test]
async fn the_link_of_an_own_channel_does_what_its_member_may_do_now() {
    let service = UserService::start().await;
    let linked = OwnLinked::new(&service).await;
    let refuses = async |why: &str| {
        let (status, shown) = linked.call(Method::GET).await;
        assert_eq!((status, &shown["state"]), (200, &json!("open")), "{shown}");
        let said = shown["refused"].as_str().unwrap();
        assert!(said.contains(why), "{said}");
        let (status, refused) = linked.call(Method::POST).await;
        assert_eq!(
            (status, &refused["detail"]),
            (403, &shown["refused"]),
            "{refused}"
        );
    };
    linked.has_role("viewer").await;
    refuses("this needs the role responder").await;
    linked.has_role("editor").await;
    let demand = |demanded: bool| {
        let org = linked.owner.org;
        format!("UPDATE organisations SET require_second_factor = {demanded} WHERE id = {org}")
    };
    linked.run(&demand(true)).await;
    refuses("second factor").await;
    linked.run(&demand(false)).await;
    let (_, shown) = linked.call(Method::GET).await;
    assert_eq!(shown["refused"], Value::Null);
    assert_eq!(service.count("outbox").await, 1, "nothing was acknowledged");
    let (status, done) = linked.call(Method::POST).await;
    assert_eq!(
        (status, &done["acknowledged"]["by"]),
        (200, &json!("link:Ada")),
        "{done}"
    );
    // What is done by it is the member's, and becomes a pseudonym with the account.
    let log = format!(
        "/orgs/{}/audit-log?action=AcknowledgeIncident&user_id={}",
        linked.owner.org, linked.member.user
    );
    let events = linked.owner.get(&log).await.items();
    assert_eq!(
        events[0]["actor"],
        json!({"kind": "user", "id": linked.member.user, "name": "link:Ada"})
    );
    let sql = "SELECT user_id FROM incident_acknowledgements";
    let row = service.db().await.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, Option<i64>>(0), Some(linked.member.user));
}

#[tokio::test]
async fn the_link_of_an_own_channel_shows_no_monitor_that_its_member_does_not_see() {
    let service = UserService::start().await;
    let linked = OwnLinked::new(&service).await;
    monitor(&linked.owner, &["search"]).await;
    let only = |tags: Value| narrow(&linked.owner, linked.member.user, json!({"only_tags": tags}));
    only(json!(["search"])).await.expect(200);
    for method in [Method::GET, Method::POST] {
        let (status, refused) = linked.call(method).await;
        assert_eq!(status, 403, "{refused}");
        let said = refused["detail"].as_str().unwrap();
        assert!(said.contains("does not see this monitor"), "{said}");
        assert_eq!(refused["monitor_name"], Value::Null);
    }
    // Of a drill it is the monitor whose outage is rehearsed.
    let drill = json!({"monitor_id": linked.link.monitor_id});
    let drill = linked.owner.post("/drills", drill).await.expect(201);
    let of_drill = AcknowledgeLink {
        monitor_id: MonitorId(-drill["id"].as_i64().unwrap()),
        incident_id: IncidentId(drill["incident_id"].as_str().unwrap().parse().unwrap()),
        ..linked.link
    };
    let of_drill = path(&of_drill);
    assert_eq!(call(&service, Method::POST, &of_drill).await.0, 403);
    only(json!(["payments"])).await.expect(200);
    for drill_or_not in [&of_drill, &path(&linked.link)] {
        let (status, done) = call(&service, Method::POST, drill_or_not).await;
        assert_eq!((status, &done["state"]), (200, &json!("acknowledged")), "{done}");
    }
}

#[tokio::test]
async fn the_links_of_an_own_channel_end_with_it_and_with_the_membership() {
    let service = UserService::start().await;
    let linked = OwnLinked::new(&service).await;
    let channel = format!("/me/channels/{}", linked.channel);
    for (change, undone) in [
        (json!({"enabled": false}), json!({"enabled": true})),
        (
            json!({"alerts": {"acknowledge_by_link": false}}),
            json!({"alerts": {"acknowledge_by_link": true}}),
        ),
    ] {
        linked.member.patch(&channel, change).await.expect(200);
        assert_eq!(linked.call(Method::POST).await.0, 404);
        linked.member.patch(&channel, undone).await.expect(200);
    }
    assert_eq!(linked.call(Method::GET).await.0, 200);
    let member = format!("/orgs/{}/members/{}", linked.owner.org, linked.member.user);
    linked.owner.delete(&member).await.expect(204);
    for method in [Method::GET, Method::POST] {
        assert_eq!(linked.call(method).await.0, 404);
    }
    assert_eq!(service.count("outbox").await, 1, "nothing was acknowledged");
}
