//! The outbox: lifecycle records reach Kafka, exactly those, in order, and wait while it is away.

use crate::common::{PATIENCE, Person, Stores, UserService, on_the_log};
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{MonitorId, OrgId};
use serde_json::{Value, json};
use shared::kafka::KafkaSettings;

/// Waits until the outbox is empty.
async fn published(service: &UserService) {
    testkit::eventually("the outbox is empty", PATIENCE, async || {
        (service.count("outbox").await == 0).then_some(())
    })
    .await;
}

/// Everything that can be done to a monitor, some of it twice; answers its id.
async fn a_life(person: &Person<'_>) -> i64 {
    let body = json!({"url": "https://a.example/?q=1&token=secret"});
    let monitor = person.post("/monitors", body).await.expect(201);
    let id = monitor["id"].as_i64().unwrap();
    let path = format!("/monitors/{id}");
    person.patch(&path, json!({"name": "Shop"})).await.expect(200);
    person.patch(&path, json!({"retries": 2})).await.expect(200);
    person.patch(&path, json!({"retries": 2})).await.expect(200);
    for act in ["pause", "pause", "resume", "resume"] {
        person
            .post(&format!("{path}/{act}"), Value::Null)
            .await
            .expect(200);
    }
    person
        .patch(&path, json!({"paused": true, "retries": 3}))
        .await
        .expect(200);
    person.patch(&path, json!({"retries": 4})).await.expect(200);
    assert_eq!(person.delete(&path).await.status, 204);
    id
}

/// An edit of the retries leaves alone what is checked; who pauses or resumes has checks start over.
fn assert_probe_revisions(records: &[(String, Lifecycle)]) {
    let since = |revision| {
        let mut records = records.iter().map(|(_, record)| record);
        records
            .find(|record| record.revision == revision)
            .unwrap()
            .probe_revision
    };
    assert_eq!(
        [1, 2, 3, 4, 5, 6, 7].map(since),
        [None, Some(1), None, None, None, Some(5), None]
    );
}

fn events_of(records: &[(String, Lifecycle)], id: i64) -> Vec<(LifecycleEvent, u32)> {
    let own = records
        .iter()
        .filter(|(_, record)| record.monitor_id == MonitorId(id));
    own.map(|(_, record)| (record.event, record.revision)).collect()
}

const A_LIFE: [(LifecycleEvent, u32); 7] = [
    (LifecycleEvent::Created, 1),
    (LifecycleEvent::Edited, 2),
    (LifecycleEvent::Paused, 3),
    (LifecycleEvent::Resumed, 4),
    (LifecycleEvent::Paused, 5),
    (LifecycleEvent::Edited, 6),
    (LifecycleEvent::Deleted, 7),
];

async fn tells_of_lives(kafka: KafkaSettings) {
    let stores = Stores {
        kafka: kafka.clone(),
        ..Stores::new().await
    };
    let service = UserService::start_on(stores, &[]).await;
    let person = service.register().await;
    let (one, other) = tokio::join!(a_life(&person), a_life(&person));
    published(&service).await;
    let records = on_the_log(&kafka).await;
    assert_eq!(records.len(), 14);
    for id in [one, other] {
        assert_eq!(events_of(&records, id), A_LIFE);
    }
    assert_probe_revisions(&records);
    for (key, record) in &records {
        assert_eq!(*key, record.monitor_id.to_string());
        assert_eq!(record.org_id, OrgId(person.org));
        assert_eq!(record.url, "https://a.example/?q=1&token=***");
        assert!(shared::now().millis_since(record.timestamp) < 60_000);
    }
    service.stop().await;
}

#[tokio::test]
async fn each_change_is_told_once_and_in_order() {
    let (_broker, kafka) = testkit::embedded_kafka();
    tells_of_lives(kafka).await;
}

#[tokio::test]
async fn each_change_is_told_once_and_in_order_by_apache_kafka() {
    if let Some(kafka) = testkit::kafka("each_change_is_told_once", 3).await {
        tells_of_lives(kafka).await;
    }
}

#[tokio::test]
async fn since_when_the_same_is_checked_is_not_claimed_of_what_an_earlier_release_has_edited() {
    let (_broker, stores) = Stores::with_kafka().await;
    let service = UserService::start_on(stores, &[]).await;
    let person = service.register().await;
    let monitor = person
        .post("/monitors", json!({"url": "https://a.example/"}))
        .await
        .expect(201);
    let id = monitor["id"].as_i64().unwrap();
    let path = format!("/monitors/{id}");
    person.patch(&path, json!({"retries": 2})).await.expect(200);
    // It knows nothing of the columns.
    let edit = "UPDATE monitors SET revision = revision + 1, version = version + 1,
                       spec = jsonb_set(spec, '{url}', '\"https://b.example/\"') WHERE id = $1";
    service.db().await.execute(edit, &[&id]).await.unwrap();
    person.patch(&path, json!({"retries": 3})).await.expect(200);
    published(&service).await;
    let records = on_the_log(&service.stores.kafka).await;
    let since = |revision| {
        let mut records = records.iter().map(|(_, record)| record);
        let found = records.find(|record| record.revision == revision);
        found.unwrap().probe_revision
    };
    assert_eq!((since(2), since(4)), (Some(1), Some(3)));
    service.stop().await;
}

#[tokio::test]
async fn a_monitor_that_begins_paused_was_added_and_paused() {
    let (_broker, stores) = Stores::with_kafka().await;
    let service = UserService::start_on(stores, &[]).await;
    let person = service.register().await;
    let body = json!({"url": "https://a.example/", "paused": true});
    let monitor = person.post("/monitors", body).await.expect(201);
    assert_eq!(
        (&monitor["revision"], &monitor["version"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(monitor["status"]["state"], "paused");
    published(&service).await;
    let records = on_the_log(&service.stores.kafka).await;
    let expected = [(LifecycleEvent::Created, 1), (LifecycleEvent::Paused, 2)];
    assert_eq!(events_of(&records, monitor["id"].as_i64().unwrap()), expected);
}

#[tokio::test]
async fn records_wait_while_kafka_is_away() {
    let away = Stores::new().await;
    let service = UserService::start_on(away.clone(), &[]).await;
    let person = service.register().await;
    let id = a_life(&person).await;
    assert_eq!(service.count("outbox").await, 7, "changes work without Kafka");
    service.stop().await;

    let (_broker, kafka) = testkit::embedded_kafka();
    let service = UserService::start_on(Stores { kafka, ..away }, &[]).await;
    published(&service).await;
    assert_eq!(events_of(&on_the_log(&service.stores.kafka).await, id), A_LIFE);
}

#[tokio::test]
async fn two_pods_tell_of_each_change_once() {
    let (_broker, stores) = Stores::with_kafka().await;
    let one = UserService::start_on(stores.clone(), &[]).await;
    let other = UserService::start_on(stores, &[]).await;
    let person = one.register().await;
    let there = Person {
        service: &other,
        ..person.clone()
    };
    let mut lives = Vec::new();
    for _ in 0..5 {
        let (here, there) = tokio::join!(a_life(&person), a_life(&there));
        lives.extend([here, there]);
    }
    published(&one).await;
    let records = on_the_log(&one.stores.kafka).await;
    assert_eq!(records.len(), 7 * lives.len());
    for id in lives {
        assert_eq!(events_of(&records, id), A_LIFE);
    }
    assert_probe_revisions(&records);
}

#[tokio::test]
async fn what_is_committed_is_told_before_the_service_ends() {
    let (_broker, stores) = Stores::with_kafka().await;
    let service = UserService::start_on(stores.clone(), &[]).await;
    let person = service.register().await;
    let id = a_life(&person).await;
    service.stop().await;
    assert_eq!(events_of(&on_the_log(&stores.kafka).await, id), A_LIFE);
}
