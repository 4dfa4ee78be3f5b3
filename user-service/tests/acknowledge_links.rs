//! Links in notifications: who may use them, and what comes of it.

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
}
