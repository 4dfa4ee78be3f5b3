//! What Redis knows of monitors is shown where it is there, and what PostgreSQL knows where it is not.

use crate::common::{self, PATIENCE, Person, UserService};
use domain::live::{LiveState, LiveStatus, Point};
use domain::record::PointState;
use domain::{MonitorId, Timestamp};
use fred::clients::Client;
use fred::interfaces::{
    ClientLike as _, HashesInterface as _, KeysInterface as _, SortedSetsInterface as _,
    StreamsInterface as _,
};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

/// Writes to Redis as the processor does.
struct Processor {
    redis: Client,
    keys: shared::redis::Keys,
    now: Timestamp,
}

impl Processor {
    async fn beside(service: &UserService) -> Self {
        let settings = service.stores.redis();
        let redis = shared::redis::connect(&settings).unwrap();
        redis.wait_for_connect().await.unwrap();
        Self {
            redis,
            keys: settings.keys(),
            now: shared::now(),
        }
    }

    async fn put_status(&self, monitor: i64, org: i64, state: LiveState) {
        let status = LiveStatus {
            state,
            latency_ms: Some(33),
            ..LiveStatus::default()
        };
        let fields = vec![("org", org.to_string()), ("json", json!(status).to_string())];
        let key = self.keys.status(MonitorId(monitor));
        let () = self.redis.hset(key, fields).await.unwrap();
    }

    async fn put_points(&self, monitor: i64, count: i64) {
        for n in 1..=count {
            let point = Point {
                at: self.now.plus_millis(-n * MINUTE),
                state: PointState::Degraded,
                latency_ms: Some(n as u32),
            };
            let member = (point.at.as_millis() as f64, json!(point).to_string());
            let key = self.keys.sparkline(MonitorId(monitor));
            let () = self
                .redis
                .zadd(key, None, None, false, false, member)
                .await
                .unwrap();
        }
    }
}

/// A result each minute of the last forty, as PostgreSQL has them.
async fn put_results(service: &UserService, person: &Person<'_>, monitor: i64) {
    let sql = format!(
        "INSERT INTO check_results
         SELECT {monitor}, now() - n * interval '1 minute', 1, 60000, 5, 80, 0, 200, 1, 'default'
         FROM generate_series(1, 40) AS n;
         INSERT INTO monitor_states (monitor_id, org_id, fold, state, latency_ms)
         VALUES ({monitor}, {}, '{{}}', 'up', 80)",
        person.org
    );
    service.db().await.batch_execute(&sql).await.unwrap();
}

fn shown(monitor: &Value) -> (&str, usize, &Value) {
    let line = monitor["sparkline"].as_array().unwrap();
    let newest = line.last().map_or(&Value::Null, |point| &point["state"]);
    (monitor["status"]["state"].as_str().unwrap(), line.len(), newest)
}

#[tokio::test]
async fn the_list_shows_what_redis_knows_newer_and_postgresql_where_it_knows_nothing() {
    let service = UserService::start().await;
    let partition = "CREATE TABLE check_results_all PARTITION OF check_results DEFAULT";
    service.db().await.batch_execute(partition).await.unwrap();
    let processor = Processor::beside(&service).await;
    let (person, stranger) = (service.register().await, service.register().await);
    let mut ids = Vec::new();
    for n in 0..6 {
        let id = person.monitor(&format!("https://{n}.example/")).await;
        put_results(&service, &person, id).await;
        ids.push(id);
    }
    // All there is; a status of somebody else; too few points; no points; a pause that Redis has not heard of.
    for (n, org, points) in [
        (0, person.org, 60),
        (1, stranger.org, 60),
        (2, person.org, 29),
        (3, person.org, 0),
    ] {
        processor.put_status(ids[n], org, LiveState::Down).await;
        processor.put_points(ids[n], points).await;
    }
    processor.put_status(ids[4], person.org, LiveState::Up).await;
    person
        .post(&format!("/monitors/{}/pause", ids[4]), Value::Null)
        .await
        .expect(200);
    let read = || async {
        let items = person.get("/monitors").await.items();
        (shown(&items[0]).0 == "down").then_some(items)
    };
    let items = testkit::eventually("Redis is read", PATIENCE, read).await;
    let all: Vec<_> = items.iter().map(shown).collect();
    let (slow, up) = (&json!("degraded"), &json!("up"));
    assert_eq!(
        all,
        [
            ("down", 30, slow),
            ("up", 30, up),
            ("down", 30, up),
            ("down", 30, up),
            ("paused", 30, up),
            ("up", 30, up)
        ]
    );
    let line = items[0]["sparkline"].as_array().unwrap();
    let latencies: Vec<_> = line
        .iter()
        .map(|point| point["latency_ms"].as_i64().unwrap())
        .collect();
    assert_eq!(
        latencies,
        (1..=30).rev().collect::<Vec<_>>(),
        "the oldest comes first"
    );
    let read = || async {
        let one = person.get(&format!("/monitors/{}", ids[0])).await.expect(200);
        (one["status"] == items[0]["status"]).then_some(one)
    };
    let one = testkit::eventually("Redis is read again", PATIENCE, read).await;
    assert_eq!(one["status"]["latency_ms"], 33);

    // Redis loses everything.
    for id in &ids {
        let id = MonitorId(*id);
        let keys = vec![processor.keys.status(id), processor.keys.sparkline(id)];
        let () = processor.redis.del(keys).await.unwrap();
    }
    let items = person.get("/monitors").await.items();
    let states: Vec<_> = items.iter().map(|item| shown(item).0).collect();
    assert_eq!(states, ["up", "up", "up", "up", "paused", "up"]);
    assert!(items.iter().all(|item| shown(item).1 == 30));
}

#[tokio::test]
async fn a_day_without_downtime_is_told_apart_from_one_with_some_and_from_none() {
    let service = UserService::start().await;
    let partition = "CREATE TABLE check_results_all PARTITION OF check_results DEFAULT";
    service.db().await.batch_execute(partition).await.unwrap();
    let person = service.register().await;
    // Down now and then, never measured, flawless, down just before the day, measured for less than an hour.
    let cases = [
        (Some((20, 0)), Some(1.0 - 5.0 / 119.0)),
        (None, None),
        (Some((20, 99)), Some(1.0)),
        (Some((26, 25)), Some(1.0)),
        (Some((0, 99)), Some(1.0)),
    ];
    let mut ids = Vec::new();
    for (hours, _) in &cases {
        let id = person.monitor("https://a.example/").await;
        ids.push(id);
        let Some((hours, down)) = hours else { continue };
        // An hour's worth of results each ten minutes, for so many hours; one of these hours is down.
        let sql = format!(
            "UPDATE monitors SET created_at = now() - interval '30 days' WHERE id = {id};
             INSERT INTO check_results
             SELECT {id}, at, 1, 600000, 5, 80,
                    CASE WHEN floor(extract(epoch FROM now() - at) / 3600) = {down} THEN 2 ELSE 0 END, 200, 1, 'default'
             FROM generate_series(now() - interval '{hours} hours' + interval '10 minutes', now() - interval '10 minutes', '10 minutes') AS at;
             INSERT INTO check_results
             SELECT {id}, now() - interval '10 minutes', 1, 600000, 5, 80, 0, 200, 1, 'default'
             ON CONFLICT DO NOTHING;
             INSERT INTO rollups_hourly (monitor_id, hour, up_ms, down_ms)
             SELECT {id}, hour, coalesce(sum(ms) FILTER (WHERE state = 0), 0), coalesce(sum(ms) FILTER (WHERE state = 2), 0)
             FROM generate_series(date_trunc('hour', now() - interval '30 hours'), now() + interval '1 hour', '1 hour') AS hour
             CROSS JOIN LATERAL (
                 SELECT state, (1000 * extract(epoch FROM least(hour + interval '1 hour', scheduled_at + interval '10 minutes')
                     - greatest(hour, scheduled_at)))::bigint AS ms
                 FROM check_results WHERE monitor_id = {id}
                     AND scheduled_at < hour + interval '1 hour' AND scheduled_at + interval '10 minutes' > hour
             ) r GROUP BY hour"
        );
        service.db().await.batch_execute(&sql).await.unwrap();
    }
    let items = person.get("/monitors").await.items();
    for ((item, id), (_, expected)) in items.iter().zip(&ids).zip(cases) {
        assert_eq!(item["id"], *id);
        let uptime = item["uptime_24h"].as_f64();
        let close = match (uptime, expected) {
            (Some(uptime), Some(expected)) => (uptime - expected).abs() < 0.003,
            (uptime, expected) => uptime == expected,
        };
        assert!(close, "{uptime:?} is not {expected:?}");
        let measured = person.get(&format!("/monitors/{id}/uptime")).await.expect(200);
        let measured = measured["24h"]["ratio"].as_f64();
        let same = match (uptime, measured) {
            (Some(one), Some(other)) => (one - other).abs() < 1e-4,
            (one, other) => one == other,
        };
        assert!(same, "{uptime:?} is not {measured:?}");
    }
}

#[tokio::test]
async fn a_pause_is_shown_at_once_and_nothing_older_after_it() {
    let service = UserService::start().await;
    let processor = Processor::beside(&service).await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let status = processor.keys.status(MonitorId(id));
    processor.put_status(id, person.org, LiveState::Up).await;
    let fields = vec![("revision", "3"), ("slot", "1000"), ("state", "up")];
    let () = processor.redis.hset(&status, fields).await.unwrap();
    person
        .post(&format!("/monitors/{id}/pause"), Value::Null)
        .await
        .expect(200);
    // The processor's script takes nothing of a lower revision, and what it makes of the pause itself.
    let known = testkit::eventually("the pause is shown", common::PATIENCE, async || {
        let fields = vec!["revision", "slot", "state"];
        let known: Vec<String> = processor.redis.hmget(&status, fields).await.unwrap();
        (known[2] == "paused").then_some(known)
    })
    .await;
    assert_eq!(known, ["4", "-1", "paused"]);
    let stream = processor.keys.stream(domain::OrgId(person.org));
    let entries: Vec<(String, std::collections::HashMap<String, String>)> = processor
        .redis
        .xrange_values(stream, "-", "+", None)
        .await
        .unwrap();
    let mut statuses = entries.iter().filter(|(_, fields)| fields["event"] == "status");
    let (_, fields) = statuses.next().unwrap();
    let event: Value = serde_json::from_str(&fields["data"]).unwrap();
    assert_eq!(
        (&event["monitor_id"], &event["status"]["state"], &event["point"]),
        (&json!(id), &json!("paused"), &Value::Null)
    );
}
