//! `user-service restored`: what is raised when nothing else knows, when everything is as it was, and which ids are
//! not given out again. The whole pipeline after a restore is in e2e.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::common::{PATIENCE, Stores, UserService, on_the_log};
use domain::alert_event::{AlertEvent, AlertKind, Source, Step};
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{ChannelId, IncidentId, MonitorId, OrgId, Record, Timestamp};
use fred::interfaces::HashesInterface;
use serde_json::Value;
use shared::kafka::Producer;
use user_service::Restored;

/// Stores of the test's own, with Kafka.
async fn stores(test: &str) -> Option<Stores> {
    let kafka = testkit::kafka(test, 3).await?;
    let stores = Stores::new().await;
    Some(Stores { kafka, ..stores })
}

/// Runs the command; answers its report.
async fn run(stores: &Stores, since: Timestamp) -> String {
    let command = Restored {
        since: Some(since),
        all: false,
    };
    let mut report = Vec::new();
    command.run(&stores.settings(&[]), &mut report).await.unwrap();
    String::from_utf8(report).unwrap()
}

async fn revisions(stores: &Stores) -> Vec<(i64, i32)> {
    let client = testkit::connect(&stores.database_url).await;
    let rows = client
        .query("SELECT id, revision FROM monitors ORDER BY id", &[])
        .await;
    rows.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn mirrored(stores: &Stores) -> usize {
    let (redis, keys) = (
        shared::redis::connect(&stores.redis()).unwrap(),
        stores.redis().keys(),
    );
    let mut count = 0;
    for shard in 0..4 {
        count += redis.hlen::<usize, _>(keys.definitions(shard)).await.unwrap();
    }
    count
}

fn events(log: &[(String, Lifecycle)], id: i64) -> Vec<(LifecycleEvent, u32)> {
    let own = log
        .iter()
        .filter(|(_, record)| record.monitor_id == MonitorId(id));
    own.map(|(_, record)| (record.event, record.revision)).collect()
}

#[tokio::test]
async fn nothing_is_raised_where_all_agree_and_everything_where_nobody_knows() {
    let Some(stores) = stores("nothing_is_raised_where_all_agree").await else {
        return;
    };
    let service = UserService::start_on(stores.clone(), &[]).await;
    let person = service.register().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(person.monitor("https://a.example/").await);
    }
    let [plain, paused, removed] = ids[..] else {
        panic!()
    };
    person
        .post(&format!("/monitors/{paused}/pause"), Value::Null)
        .await
        .expect(200);
    assert_eq!(person.delete(&format!("/monitors/{removed}")).await.status, 204);
    testkit::eventually("all is told", PATIENCE, async || {
        let told = service.count("outbox").await == 0 && mirrored(&stores).await == 2;
        told.then_some(())
    })
    .await;
    service.stop().await;

    let before = revisions(&stores).await;
    assert_eq!(before, [(plain, 1), (paused, 2), (removed, 2)]);
    let told = on_the_log(&stores.kafka).await.len();
    // What was told by then is what the log holds from before the backup.
    let report = run(&stores, shared::now().plus_millis(1)).await;
    assert!(
        report.contains("0 monitors have a new revision, 0 are gone"),
        "{report}"
    );
    assert_eq!(revisions(&stores).await, before);
    assert_eq!(on_the_log(&stores.kafka).await.len(), told);

    // Kafka and Redis are lost; whatever pingers and people remember lies below what is given out from now on.
    let lost = Stores {
        database_url: stores.database_url.clone(),
        ..self::stores("nothing_is_raised_where_all_agree").await.unwrap()
    };
    let since = shared::now().plus_millis(-3_600_000);
    let report = run(&lost, since).await;
    assert!(report.contains("every monitor gets a new revision"), "{report}");
    let raised = revisions(&lost).await;
    let floor = i32::try_from(since.as_millis() / 60_000).unwrap();
    assert!(raised[0].1 > floor && raised[1].1 > floor, "{raised:?}");
    assert_eq!(raised[2], (removed, 2));
    let log = on_the_log(&lost.kafka).await;
    let [(_, revision), (_, after), _] = raised[..] else {
        panic!()
    };
    assert_eq!(
        events(&log, plain),
        [(LifecycleEvent::Restored, revision.unsigned_abs())]
    );
    let after = after.unsigned_abs();
    let expected = [
        (LifecycleEvent::Restored, after - 1),
        (LifecycleEvent::Paused, after),
    ];
    assert_eq!(events(&log, paused), expected);
    assert_eq!(events(&log, removed), []);

    let report = run(&lost, since).await;
    assert!(report.contains("0 monitors have a new revision"), "{report}");
    assert_eq!(revisions(&lost).await, raised);
    assert_eq!(on_the_log(&lost.kafka).await.len(), log.len());
}

#[tokio::test]
async fn ids_that_are_known_elsewhere_are_not_given_out_again() {
    let Some(stores) = stores("ids_that_are_known_elsewhere").await else {
        return;
    };
    let added = Record::Lifecycle(Lifecycle {
        monitor_id: MonitorId(5_000),
        org_id: OrgId(60),
        url: "https://late.example/".into(),
        timestamp: shared::now(),
        revision: 1,
        event: LifecycleEvent::Created,
        incident_id: None,
        usual: None,
        delivery_id: None,
        probe_revision: None,
    });
    let told = AlertEvent {
        v: 1,
        step: Step::Sent,
        at: shared::now(),
        org_id: OrgId(61),
        monitor_id: MonitorId(4_000),
        incident_id: IncidentId::new(MonitorId(4_000), 1, shared::now()),
        alert: AlertKind::Down,
        delivery_id: None,
        channel_id: Some(ChannelId(70)),
        source: Source {
            cluster: String::new(),
            topic: String::new(),
            partition: 0,
            offset: 0,
        },
        revision: Some(1),
        attempt: 1,
        reason: None,
        receipt: None,
        cause: None,
        regions: None,
    };
    let producer = Producer::new(&stores.kafka, Duration::from_secs(10)).unwrap();
    let (results, alerts) = (stores.kafka.results_topic(), stores.kafka.alert_events_topic());
    let told = serde_json::to_vec(&told).unwrap();
    producer
        .send(&results, "5000", &added.encode())
        .unwrap()
        .await
        .unwrap();
    producer.send(&alerts, "4000", &told).unwrap().await.unwrap();

    let report = run(&stores, Timestamp::default()).await;
    assert!(
        report.contains("monitors: ids up to 5000 are not given out again"),
        "{report}"
    );
    let log = on_the_log(&stores.kafka).await;
    let gone = [(LifecycleEvent::Created, 1), (LifecycleEvent::Deleted, 2)];
    assert_eq!(events(&log, 5_000), gone);
    assert_eq!(events(&log, 4_000), [(LifecycleEvent::Deleted, 2)]);
    run(&stores, Timestamp::default()).await;
    assert_eq!(
        on_the_log(&stores.kafka).await.len(),
        log.len(),
        "it is told once"
    );

    let service = UserService::start_on(stores, &[]).await;
    let person = service.register().await;
    assert!(person.org > 61);
    assert!(person.monitor("https://a.example/").await > 5_000);
    assert!(person.channel().await > 70);
    service.stop().await;
}

#[tokio::test]
async fn drills_that_went_on_are_over_also_where_no_alerter_has_read_of_them() {
    let Some(stores) = stores("drills_that_went_on_are_over").await else {
        return;
    };
    let service = UserService::start_on(stores.clone(), &[]).await;
    let drills = {
        let person = service.register().await;
        let mut drills = Vec::new();
        for _ in 0..3 {
            let monitor = person.monitor("https://a.example/").await;
            let body = serde_json::json!({"monitor_id": monitor});
            let drill = person.post("/drills", body).await.expect(201);
            drills.push(drill["id"].as_i64().unwrap());
        }
        let ending = format!("/drills/{}/end", drills[2]);
        person.call(http::Method::POST, &ending, "").await.expect(200);
        drills
    };
    testkit::eventually("all is told", PATIENCE, async || {
        (service.count("outbox").await == 0 && mirrored(&stores).await == 3).then_some(())
    })
    .await;
    service.stop().await;
    // The second one began after the backup.
    let client = testkit::connect(&stores.database_url).await;
    client
        .execute("DELETE FROM drills WHERE id = $1", &[&drills[1]])
        .await
        .unwrap();

    let since = shared::now().plus_millis(-3_600_000);
    run(&stores, since).await;
    let left = "SELECT count(*) FROM drills WHERE ended_at IS NULL";
    let left: i64 = client.query_one(left, &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
    let log = on_the_log(&stores.kafka).await;
    for drill in &drills[..2] {
        assert_eq!(events(&log, -drill), [(LifecycleEvent::Deleted, 2)]);
    }
    assert_eq!(events(&log, -drills[2]), [], "its end was told");
    run(&stores, since).await;
    assert_eq!(on_the_log(&stores.kafka).await.len(), log.len());
}

/// What is run first on a database that was restored.
/// It is beside the sources, and in no image.
const RESTORED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/backup/restored.sql");

/// What has a `version` that no `If-Match` names: which one it is among those of something else.
const NUMBERED: [&str; 3] = [
    "definition_versions",
    "monitor_versions",
    "refinery_schema_history",
];

#[tokio::test]
async fn whatever_has_a_version_gets_one_that_nobody_has_seen() {
    let client = testkit::connect(&testkit::database().await).await;
    let versioned = "SELECT c.relname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                       AND a.attname = 'version'";
    let rows = client.query(versioned, &[]).await.unwrap();
    let tables = rows.iter().map(|row| row.get::<_, String>(0));
    let tables: BTreeSet<String> = tables
        .filter(|table| !NUMBERED.contains(&table.as_str()))
        .collect();
    assert!(tables.len() >= 16, "{tables:?}");
    let noted = "CREATE TABLE noted (relation text NOT NULL);
                 CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN INSERT INTO public.noted VALUES (TG_TABLE_NAME); RETURN NULL; END $$;";
    client.batch_execute(noted).await.unwrap();
    for table in &tables {
        let trigger =
            format!("CREATE TRIGGER noted AFTER UPDATE OF version ON {table} EXECUTE FUNCTION note()");
        client.batch_execute(&trigger).await.unwrap();
    }
    let samples = "INSERT INTO organisations (name) VALUES ('one');
                   INSERT INTO escalation_policies (org_id, name, plan, version)
                       VALUES (1, 'a', '{}', 3), (1, 'b', '{}', 2000000000)";
    client.batch_execute(samples).await.unwrap();

    let restored = std::fs::read_to_string(RESTORED).unwrap();
    client.batch_execute(&restored).await.unwrap();
    let rows = client.query("SELECT relation FROM noted", &[]).await;
    let raised: BTreeSet<String> = rows.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(raised, tables);
    let rows = client
        .query("SELECT version FROM escalation_policies ORDER BY id", &[])
        .await;
    let versions: Vec<i32> = rows.unwrap().iter().map(|row| row.get(0)).collect();
    assert!(versions[0] > 29_000_000, "{versions:?}");
    assert_eq!(versions[1], 2_000_000_001);
    // It is no other definition.
    let kept = client
        .query_one("SELECT max(version) FROM definition_versions", &[])
        .await;
    assert_eq!(kept.unwrap().get::<_, i32>(0), 1);
}
