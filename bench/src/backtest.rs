//! A monitor of which the results of a month are stored, in an organisation that has decided much about alerts, and what
//! other rules would have sent of them.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Instant;

use alerting::Recipient;
use alerting::backtest::{Budget, Settings, Simulated, Simulation};
use domain::channel::ChannelAlerts;
use domain::{ChannelId, MonitorId, MonitorState, Record, Timestamp};
use serde_json::{Value, json};
use tokio_postgres::Client;

use crate::alert_policy;
use crate::alerts::{self, ORG};
use crate::api::Api;

const MINUTE: i64 = 60_000;
/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// Days of which results are stored.
pub const DAYS: i64 = 30;

/// Results that are stored: one a minute.
pub const RESULTS: i64 = DAYS * DAY;

/// Minutes since 1970 in which it is down, in SQL: for six minutes twice a day, and for one every four hours.
const DOWN: &str = "(n % 720 < 6 OR n % 241 = 100)";

/// The same.
fn is_down(minute: i64) -> bool {
    minute % 720 < 6 || minute % 241 == 100
}

/// The minutes since 1970 whose results are stored, if it is `now`.
fn minutes(now: Timestamp) -> RangeInclusive<i64> {
    let last = now.as_millis() / MINUTE - 1;
    last - RESULTS + 1..=last
}

/// The results of the month as they were on the log, with the instants at which they were appended.
pub fn records() -> Vec<(Timestamp, Record)> {
    minutes(shared::now())
        .map(|minute| {
            let slot = Timestamp::from_millis(minute * MINUTE + 1_000);
            (slot.plus_millis(90), alerts::result(1, slot, !is_down(minute)))
        })
        .collect()
}

/// What would have been sent of these records, where 1,000 routes lead to a policy of three steps.
///
/// # Panics
/// Never: nothing bounds it.
pub fn simulate(records: Vec<(Timestamp, Record)>) -> Simulated {
    let channel = ChannelId(1);
    let settings = Settings {
        recipients: vec![Recipient {
            channel,
            preferences: ChannelAlerts::default(),
            wants_acknowledgements: true,
            is_own: false,
        }],
        policy: alert_policy::policy(channel),
        labels: alert_policy::labels(),
        ..Settings::default()
    };
    let simulation = Simulation {
        monitor: MonitorId(1),
        org: ORG,
        settings: &[(Timestamp::default(), Arc::new(settings))],
        upstreams: &[],
        without: &[],
        rule: None,
        judged_by: None,
        watched: None,
        until: shared::now(),
    };
    let simulated = simulation.run(records, &mut Budget::of(u64::MAX));
    simulated.expect("nothing bounds it")
}

/// The state that these records are folded into, and nothing else.
pub fn fold(records: Vec<(Timestamp, Record)>) -> MonitorState {
    records
        .into_iter()
        .fold(MonitorState::default(), |state, (_, record)| {
            domain::decide(state, &record).state
        })
}

/// Adds to an empty database an organisation, 1, of which a user, 1, is the owner.
///
/// # Panics
/// When the database is away.
pub async fn add_owner(client: &Client) {
    client
        .batch_execute(
            "INSERT INTO organisations (name) VALUES ('Acme');
             INSERT INTO users (email, name, password_hash) VALUES ('ada@example.org', 'Ada', '');
             INSERT INTO memberships (org_id, user_id, role) VALUES (1, 1, 'owner');
             INSERT INTO tags (org_id, name, colour) SELECT 1, 'tag ' || n, 'blue' FROM generate_series(1, 3) AS n;",
        )
        .await
        .expect("the organisation can be added");
}

/// Adds a monitor, a channel and the alert policy to the organisation, and the results of a month: as many of each of
/// `monitors` monitors, in the order in which they would have come in, and what was sent of the first one's outages. Answers
/// the first monitor, whose results they are.
///
/// # Panics
/// When the API or the database is away.
pub async fn fill(client: &Client, api: &Api, monitors: i64) -> i64 {
    let channel = json!({
        "name": "Ops", "kind": "slack",
        "config": {"webhook_url": "https://hooks.slack.example/services/T0/B0/secret"}
    });
    let channel = create(api, "/channels", &channel).await;
    let monitor = create(api, "/monitors", &json!({"url": "https://www.example.org/"})).await;
    add_policy(client, ChannelId(channel)).await;
    let minutes = minutes(shared::now());
    add_results(client, monitor, monitors, &minutes).await;
    let (first, last) = (minutes.start(), minutes.end());
    let sql = format!(
        "UPDATE monitors SET created_at = now() - interval '400 days' WHERE id = {monitor};
         INSERT INTO monitor_tags (monitor_id, tag_id) SELECT {monitor}, id FROM tags;
         INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason, error_code)
         SELECT gen_random_uuid(), {monitor}, 1, 1, to_timestamp(n * 60 + 1), to_timestamp(n * 60 + 361), 'recovered',
             'status_mismatch'
         FROM generate_series({first}::bigint, {last} - 6) AS n WHERE n % 720 = 0;
         INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, source)
         SELECT i.id, a.alert, {channel}, s.step, s.attempt, a.at, 1, {monitor}, '{{}}' FROM incidents i,
             LATERAL (VALUES ('down', i.started_at), ('up', i.resolved_at)) AS a (alert, at),
             (VALUES ('decided', 0), ('sent', 1)) AS s (step, attempt);
         VACUUM ANALYZE"
    );
    // Not in one transaction, in which nothing is vacuumed.
    for statement in sql.split(';') {
        client
            .batch_execute(statement)
            .await
            .expect("the history can be added");
    }
    monitor
}

async fn create(api: &Api, path: &str, body: &Value) -> i64 {
    let (_, created) = api.post(path, 1, ::api::Role::Owner, body).await;
    let created: Value = serde_json::from_slice(&created).expect("it is JSON");
    created["id"].as_i64().expect("it has an id")
}

/// The ids count from 1, as those of the policy do.
async fn add_policy(client: &Client, channel: ChannelId) {
    let policy = alert_policy::policy(channel);
    for schedule in &policy.schedules {
        let sql =
            "INSERT INTO on_call_schedules (org_id, name, rota) VALUES (1, $1, $2::text::jsonb) RETURNING id";
        let id = add(client, sql, &schedule.name, &json!(schedule.rota)).await;
        assert_eq!(id, schedule.id.0);
    }
    for escalation in &policy.escalation_policies {
        let sql = "INSERT INTO escalation_policies (org_id, name, plan) VALUES (1, $1, $2::text::jsonb) RETURNING id";
        let id = add(client, sql, &escalation.name, &json!(escalation.plan)).await;
        assert_eq!(id, escalation.id.0);
    }
    let sql = "INSERT INTO alert_routes (org_id, position, name, conditions, recipients, goes_on)
               VALUES (1, $1, $2, $3::text::jsonb, $4::text::jsonb, $5)";
    let insert = client.prepare(sql).await.expect("a route can be added");
    for (position, route) in (1_i32..).zip(&policy.routes) {
        let conditions = json!(route.conditions).to_string();
        let recipients = json!(route.recipients).to_string();
        client
            .execute(
                &insert,
                &[&position, &route.name, &conditions, &recipients, &route.goes_on],
            )
            .await
            .expect("a route can be added");
    }
}

async fn add(client: &Client, sql: &str, name: &str, what: &Value) -> i64 {
    let row = client.query_one(sql, &[&name, &what.to_string()]).await;
    row.expect("a part of the policy can be added").get(0)
}

async fn add_results(client: &Client, monitor: i64, monitors: i64, minutes: &RangeInclusive<i64>) {
    let (first, last) = (*minutes.start(), *minutes.end());
    let mut from = first;
    while from <= last {
        let next = (from / DAY + 1) * DAY;
        let until = last.min(next - 1);
        let day = Timestamp::from_millis(from * MINUTE).to_datetime().date_naive();
        let (name, after) = (day.format("%Y%m%d"), day + chrono::Days::new(1));
        let range = format!("FOR VALUES FROM ('{day} 00:00:00+00') TO ('{after} 00:00:00+00')");
        let sql = format!(
            "CREATE TABLE check_results_{name} (LIKE check_results INCLUDING DEFAULTS);
             CREATE TABLE check_errors_{name} PARTITION OF check_errors {range};
             INSERT INTO check_results_{name}
             SELECT {monitor} + m, to_timestamp(n * 60 + 1), 1, {MINUTE}, 5, 60 + (m * 7 + n * 13) % 400,
                 CASE WHEN m = 0 AND {DOWN} THEN 2 ELSE 0 END, 200, 1, 'default', 90
             FROM generate_series({from}::bigint, {until}) AS n, generate_series(0, {monitors} - 1) AS m;
             INSERT INTO check_errors
             SELECT {monitor}, to_timestamp(n * 60 + 1), 'default', 'status_mismatch', 'HTTP status 500, expected 200-399'
             FROM generate_series({from}::bigint, {until}) AS n WHERE {DOWN};
             ALTER TABLE check_results_{name} ADD PRIMARY KEY (monitor_id, scheduled_at, region);
             ALTER TABLE check_results ATTACH PARTITION check_results_{name} {range};"
        );
        client
            .batch_execute(&sql)
            .await
            .expect("the results can be added");
        from = next;
    }
}

/// What a backtest of the last days answers of so many rules, and how many milliseconds that takes.
///
/// # Panics
/// When the API does not answer, or with an error.
pub async fn call(api: &Api, monitor: i64, days: i64, rules: u16) -> (f64, Value) {
    let candidates: Vec<Value> = (1..=rules)
        .map(|down_after| json!({"rule": {"down_after": down_after}}))
        .collect();
    let path = format!("/monitors/{monitor}/backtest");
    let from = shared::now().plus_millis(-days * DAY * MINUTE);
    let body = json!({"from": from, "candidates": candidates});
    let (took, answer) = api.post(&path, 1, ::api::Role::Viewer, &body).await;
    (took, serde_json::from_slice(&answer).expect("it is JSON"))
}

/// How many milliseconds it takes to read the rows that a backtest reads, without what becomes of them.
///
/// # Panics
/// When the database is away.
pub async fn read(client: &Client, monitor: i64) -> f64 {
    let sql =
        "SELECT scheduled_at, revision, interval_ms, delay_ms, append_delay_ms, latency_ms, state, region
               FROM check_results WHERE monitor_id = $1 AND scheduled_at >= now() - interval '30 days'
               ORDER BY scheduled_at, region";
    let begun = Instant::now();
    let rows = client
        .query(sql, &[&monitor])
        .await
        .expect("the database is there");
    assert!(!rows.is_empty(), "there are results");
    begun.elapsed().as_secs_f64() * 1e3
}
