//! The plans of the queries above, on tables that are large enough for the planner to care: each goes by an
//! index, and to no more partitions than its range has days.

mod as_of;

use chrono::{DateTime, Utc};
use domain::Timestamp;
use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use super::{
    day_uptime, heartbeat_spans, incident_events, incidents, joint, measure, outages, pings, region_hours,
    region_series, region_status, results, sent_alerts, series, sla_history, sparklines, stored_pings,
    stored_records, summary, why,
};

const MONITORS: i64 = 300;
const DAYS: i64 = 12;

/// An evening, 2026-11-21T18:00:00Z: of a day that has just begun there is so little that the planner reads it
/// whole, and rightly so.
const NOW: Timestamp = Timestamp::from_millis(1_795_284_000_000);

/// Tables that grow with time or with the number of monitors of everybody.
const LARGE: [&str; 10] = [
    "check_results",
    "check_errors",
    "skipped_slots",
    "rollups_",
    "incidents",
    "alert_events",
    "monitor_states",
    "pings",
    "heartbeat_spans",
    "monitor_quorums",
];

/// From this monitor on there are pings and spans, as if all of them were heartbeats.
const FIRST_HEARTBEAT: i64 = MONITORS / 2;

pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A database in which everybody's monitors were checked every ten minutes for some days.
pub(super) async fn database() -> Client {
    let client = testkit::connect(&testkit::database().await).await;
    let today = NOW.to_datetime().date_naive();
    let mut sql = String::new();
    for n in -1..=DAYS {
        let day = today - chrono::Days::new(n.max(0) as u64) + chrono::Days::new(u64::from(n < 0));
        let (name, next) = (day.format("%Y%m%d"), day + chrono::Days::new(1));
        for table in ["check_results", "check_errors"] {
            sql += &format!(
                "CREATE TABLE {table}_{name} PARTITION OF {table}
                     FOR VALUES FROM ('{day} 00:00:00+00') TO ('{next} 00:00:00+00');"
            );
        }
    }
    sql += &format!(
        "INSERT INTO organisations (name) SELECT 'org ' || n FROM generate_series(1, {MONITORS} / 10) AS n;
         INSERT INTO monitors (org_id, name, spec)
         SELECT 1 + n % ({MONITORS} / 10), 'm', '{{}}' FROM generate_series(0, {MONITORS} - 1) AS n;
         INSERT INTO organisations (name) VALUES ('one with many');
         INSERT INTO monitors (org_id, name, spec)
         SELECT (SELECT max(id) FROM organisations), 'm', '{{}}' FROM generate_series(1, 20000);
         INSERT INTO monitor_states (monitor_id, org_id, fold, state)
         SELECT id, org_id, '{{}}', 'up' FROM monitors;
         INSERT INTO check_results
         SELECT m, at, 1, 600000, 5, 80, 0, 200, 1, 'default' FROM generate_series(1, {MONITORS}) AS m,
             generate_series(timestamptz '{NOW}' - interval '{DAYS} days', timestamptz '{NOW}', interval '10 minutes') AS at;
         INSERT INTO check_errors
         SELECT m, at, 'default', 'read_timeout', 'no answer' FROM generate_series(1, {MONITORS}) AS m,
             generate_series(timestamptz '{NOW}' - interval '{DAYS} days', timestamptz '{NOW}', interval '6 hours') AS at;
         INSERT INTO skipped_slots
         SELECT m, at, at, 600000, 1, 'overload', 'default' FROM generate_series(1, {MONITORS}) AS m,
             generate_series(timestamptz '{NOW}' - interval '{DAYS} days', timestamptz '{NOW}', interval '6 hours') AS at;
         INSERT INTO rollups_hourly (monitor_id, hour)
         SELECT m, at FROM generate_series(1, {MONITORS}) AS m,
             generate_series(date_trunc('hour', timestamptz '{NOW}') - interval '60 days', timestamptz '{NOW}', interval '1 hour') AS at;
         INSERT INTO rollups_hourly_by_region (monitor_id, hour, region)
         SELECT m, at, region FROM generate_series(1, 50) AS m, unnest(ARRAY['ap', 'eu', 'us']) AS region,
             generate_series(date_trunc('hour', timestamptz '{NOW}') - interval '20 days', timestamptz '{NOW}', interval '1 hour') AS at;
         INSERT INTO monitor_quorums (monitor_id, revision, quorum, began_at, interval_ms)
         SELECT m, revision, '{{}}', timestamptz '{NOW}' - interval '2 days', 600000
         FROM generate_series(1, 50) AS m, generate_series(1, 50) AS revision;
         INSERT INTO rollups_daily
         SELECT m, at::date, 1, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1, '{{}}', '{{}}' FROM generate_series(1, {MONITORS}) AS m,
             generate_series(timestamptz '{NOW}' - interval '200 days', timestamptz '{NOW}', interval '1 day') AS at;
         INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason)
         SELECT gen_random_uuid(), m, 1 + m % ({MONITORS} / 10), 1, at, at, 'recovered'
         FROM generate_series(1, {MONITORS}) AS m,
             generate_series(timestamptz '{NOW}' - interval '{DAYS} days', timestamptz '{NOW}', interval '6 hours') AS at;
         INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, source)
         SELECT id, 'down', 1, 'attempted', n, started_at, org_id, monitor_id, '{{}}'
         FROM incidents, generate_series(1, 3) AS n;
         INSERT INTO pings (org_id, monitor_id, id, n, arrived_at, kind, scheme, method, user_agent, sealed_body)
         SELECT 1 + (m - 1) % ({MONITORS} / 10), m, gen_random_uuid(), n, timestamptz '{NOW}' - (500 - n) * interval '1 hour',
             CASE n % 10 WHEN 0 THEN 'fail' ELSE 'success' END, 'https', 'GET', repeat('curl', 10), decode(repeat('00', 100), 'hex')
         FROM generate_series({FIRST_HEARTBEAT}, {MONITORS}) AS m, generate_series(1, 500) AS n;
         INSERT INTO heartbeat_spans
         SELECT m, timestamptz '{NOW}' - n * interval '5 hours', CASE n % 2 WHEN 0 THEN 'up' ELSE 'down' END
         FROM generate_series({FIRST_HEARTBEAT}, {MONITORS}) AS m, generate_series(1, 300) AS n;
         ANALYZE;"
    );
    client.batch_execute(&sql).await.unwrap();
    client
}

/// Runs a query and looks at what it did.
pub(super) async fn explain(client: &Client, sql: &str, parameters: Parameters<'_>) -> Plan {
    // As a statement that is kept prepared is planned after a while: for any parameters.
    client
        .batch_execute("SET plan_cache_mode = force_generic_plan")
        .await
        .unwrap();
    let sql = format!("EXPLAIN (ANALYZE, FORMAT JSON) {sql}");
    let row = client.query_one(&sql, parameters).await.unwrap();
    let plan: Value = row.get(0);
    let mut scans = Vec::new();
    walk(&plan[0]["Plan"], &mut scans);
    // There is no better way to read a table that is empty, as tomorrow's partition is.
    let empty = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND reltuples <= 0";
    let empty: Vec<String> = client
        .query(empty, &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    scans.retain(|(table, _)| !empty.contains(table));
    Plan(scans)
}

/// The scans that were made: of which table, and how.
pub(super) struct Plan(Vec<(String, String)>);

fn walk(node: &Value, scans: &mut Vec<(String, String)>) {
    let was_run = node["Actual Loops"].as_f64().unwrap_or(0.0) > 0.0;
    if let (true, Some(table), Some(how)) = (
        was_run,
        node["Relation Name"].as_str(),
        node["Node Type"].as_str(),
    ) {
        scans.push((table.to_owned(), how.to_owned()));
    }
    let children = node["Plans"].as_array();
    children
        .into_iter()
        .flatten()
        .for_each(|child| walk(child, scans));
}

impl Plan {
    /// Each large table was gone to by an index, and at most `most` partitions of the results were.
    #[track_caller]
    pub(super) fn is_by_index(&self, what: &str, most: usize) {
        let large = |table: &str| LARGE.iter().any(|name| table.starts_with(name));
        let wrong: Vec<_> = self
            .0
            .iter()
            .filter(|(table, how)| large(table) && how == "Seq Scan")
            .collect();
        assert!(wrong.is_empty(), "{what} reads whole tables: {wrong:?}");
        let partitions: std::collections::BTreeSet<_> = self
            .0
            .iter()
            .filter(|(table, _)| table.starts_with("check_results_"))
            .collect();
        assert!(partitions.len() <= most, "{what} goes to {partitions:?}");
        assert!(
            self.0.iter().any(|(table, _)| large(table)),
            "{what}: {:?}",
            self.0
        );
    }
}

fn ago(hours: i64) -> DateTime<Utc> {
    NOW.plus_millis(-hours * 3_600_000).to_datetime()
}

#[tokio::test]
async fn every_query_of_history_goes_by_an_index_to_the_days_it_asks_for() {
    let client = database().await;
    let id = 7i64;
    let now = ago(0);

    let ids: Vec<i64> = (1..=100).collect();
    let n: Vec<i32> = (0..100).collect();
    let (day_ago, hour_ago) = (vec![ago(24); 100], vec![ago(1); 100]);
    let ends = vec![now; 100];
    let spans: Parameters<'_> = &[&n, &ids, &day_ago, &ends, &n, &ids, &hour_ago, &ends];
    // The end of the window and the day before it.
    explain(&client, measure::PARTS, spans)
        .await
        .is_by_index("uptime from hours and results", 3);
    let spans: Parameters<'_> = &[&n, &ids, &day_ago, &ends];
    let hours: Parameters<'_> = &[&ids, &day_ago, &ends, &day_ago, &ends];
    explain(&client, day_uptime::FLAWLESS, hours)
        .await
        .is_by_index("uptime of a day", 0);
    explain(&client, measure::DAYS, spans)
        .await
        .is_by_index("uptime from days", 0);
    explain(&client, measure::KEPT, &[&ids])
        .await
        .is_by_index("how far history reaches back", 0);
    let (year_ago, outages, anywhere) = (ago(365 * 24), outages::OUTAGES, None::<String>);
    explain(&client, outages, &[&id, &year_ago, &now, &anywhere])
        .await
        .is_by_index("outages", 0);

    let month_ago = ago(31 * 24);
    let some: Parameters<'_> = &[&ids, &month_ago, &30i64];
    // The newest of each come from the newest partitions; the others are not begun.
    explain(&client, sparklines::RESULTS, some)
        .await
        .is_by_index("sparklines", 3);
    explain(&client, &sparklines::skipped_sql(), some)
        .await
        .is_by_index("skipped slots of sparklines", 0);

    let (from, far, none) = (ago(5), ago(-24), String::new());
    let page: Parameters<'_> = &[&id, &from, &far, &far, &none, &50i64];
    explain(&client, &results::results_sql(false), page)
        .await
        .is_by_index("results", 2);
    let region = "default".to_owned();
    let page: Parameters<'_> = &[&id, &from, &far, &far, &none, &50i64, &region];
    explain(&client, &results::results_sql(true), page)
        .await
        .is_by_index("results of a region", 2);
    let page: Parameters<'_> = &[&id, &from, &far, &far, &none];
    explain(&client, &results::end_sql(), page)
        .await
        .is_by_index("how far results of a region are looked for", 2);
    let page: Parameters<'_> = &[&id, &from, &far, &50i64, &region];
    explain(&client, &results::ranges_sql(true), page)
        .await
        .is_by_index("skipped slots of a region", 0);

    let last: Parameters<'_> = &[&id, &month_ago, &now, &20i64];
    // The newest come from the newest partitions.
    explain(&client, why::CHECKS, last)
        .await
        .is_by_index("the last checks by an instant", 3);

    let range: Parameters<'_> = &[&id, &from, &now];
    explain(&client, series::RESULTS, range)
        .await
        .is_by_index("series from results", 3);
    let range: Parameters<'_> = &[&id, &month_ago, &now];
    explain(&client, &series::hours_sql(), range)
        .await
        .is_by_index("series from hours", 0);
    let days = (month_ago.date_naive(), now.date_naive());
    let range: Parameters<'_> = &[&id, &days.0, &days.1];
    explain(&client, &series::days_sql(), range)
        .await
        .is_by_index("series from days", 0);

    let (org, nothing) = (3i64, None::<i64>);
    // A member: what is looked up of one must not have whole tables read.
    let who = vec![Some(3i64), None];
    let (flag, at, uuid) = (None::<bool>, None::<DateTime<Utc>>, None::<uuid::Uuid>);
    let text = None::<String>;
    let expired = domain::alert_event::ACKNOWLEDGEMENT_EXPIRED;
    let list: Parameters<'_> = &[&org, &nothing, &flag, &at, &uuid, &50i64, &text, &who, &expired];
    explain(&client, &incidents::list_sql(), list)
        .await
        .is_by_index("incidents", 0);
    let hour_ago = ago(1);
    let counts: Parameters<'_> = &[&org, &hour_ago, &who];
    explain(&client, &summary::sql(), counts)
        .await
        .is_by_index("summary", 2);
    let incident = "SELECT id, org_id FROM incidents LIMIT 1";
    let incident = client.query_one(incident, &[]).await.unwrap();
    let (incident, org): (uuid::Uuid, i64) = (incident.get(0), incident.get(1));
    let steps: Parameters<'_> = &[&incident, &org, &0i64, &51i64, &who];
    explain(&client, &incident_events::steps_sql(), steps)
        .await
        .is_by_index("the steps of an incident's alerts", 0);
}

#[tokio::test]
async fn every_query_of_regions_goes_by_an_index() {
    let client = database().await;
    let (id, region, now) = (7i64, "eu".to_owned(), ago(0));
    let ids: Vec<i64> = (1..=100).collect();
    let n: Vec<i32> = (0..100).collect();
    let (hour_ago, ends) = (vec![ago(1); 100], vec![now; 100]);
    let spans: Parameters<'_> = &[&n, &ids, &hour_ago, &ends];
    explain(&client, joint::QUORUMS, spans)
        .await
        .is_by_index("the quorums of spans", 0);
    let revisions = vec!["{1,2}".to_owned(); 100];
    let spans: Parameters<'_> = &[&n, &ids, &hour_ago, &ends, &revisions];
    explain(&client, joint::RESULTS, spans)
        .await
        .is_by_index("what regions say together", 2);
    let slots = vec![ago(3); 100];
    let names = vec!["default".to_owned(); 100];
    explain(&client, region_status::LATEST, &[&ids, &names, &slots])
        .await
        .is_by_index("the latest results of regions", 2);
    explain(&client, &region_hours::kept_by_sql(), &[&id])
        .await
        .is_by_index("by whom hours are kept", 3);
    let (first, day_ago, hour_ago, end) = (vec![0i32], vec![ago(24)], vec![ago(1)], vec![now]);
    let parts: Parameters<'_> = &[&id, &region, &first, &day_ago, &end, &first, &hour_ago, &end];
    explain(&client, &region_hours::parts_sql(), parts)
        .await
        .is_by_index("uptime of a region", 3);
    let (from, month_ago) = (ago(5), ago(31 * 24));
    for is_of_one in [false, true] {
        let range: Parameters<'_> = &[&id, &from, &now, &true, &region];
        let range = &range[..4 + usize::from(is_of_one)];
        explain(&client, &region_series::results_sql(is_of_one), range)
            .await
            .is_by_index("series of regions from results", 3);
        let range: Parameters<'_> = &[&id, &month_ago, &now, &region];
        let range = &range[..3 + usize::from(is_of_one)];
        explain(&client, &region_series::hours_sql(is_of_one), range)
            .await
            .is_by_index("series of regions from hours", 0);
    }
}

#[tokio::test]
async fn every_query_of_sla_reports_goes_by_an_index() {
    let client = database().await;
    let ids: Vec<i64> = (1..=100).collect();
    let who = vec![Some(3i64), None];
    for days in [7, 92] {
        let (starts, ends) = (vec![ago(24 * days); 100], vec![ago(0); 100]);
        explain(&client, sla_history::LATENCIES, &[&ids, &starts, &ends])
            .await
            .is_by_index("response times of a report", 0);
        let incidents: Parameters<'_> = &[&3i64, &who, &ids, &starts, &ends, &50_001i64];
        explain(&client, &sla_history::outages_sql(), incidents)
            .await
            .is_by_index("incidents of a report", 0);
    }
}

#[tokio::test]
async fn every_query_of_what_is_simulated_goes_by_an_index() {
    let client = database().await;
    // The monitor's organisation, and the one that its incidents name.
    let (id, org, of_incidents) = (7i64, 7i64, 8i64);
    let (ids, who) = (vec![id], vec![None::<i64>, None]);
    let (from, now, limit) = (ago(3 * 24), ago(0), 100_000i64);
    let range: Parameters<'_> = &[&id, &from, &now, &limit, &org, &who];
    explain(&client, &stored_records::results_sql(), range)
        .await
        .is_by_index("the results of a backtest", 4);
    explain(&client, stored_records::ERRORS, &[&id, &from, &now, &limit])
        .await
        .is_by_index("the errors of a backtest", 0);
    let spans: Parameters<'_> = &[&of_incidents, &ids, &from, &now, &limit];
    explain(&client, stored_records::ANNOUNCED, spans)
        .await
        .is_by_index("when a monitor was announced", 0);
    let range: Parameters<'_> = &[&of_incidents, &ids, &from, &now, &limit, &who];
    explain(&client, &sent_alerts::outages_sql(), range)
        .await
        .is_by_index("outages of which alerts were sent", 0);
    explain(&client, &sent_alerts::degradations_sql(), range)
        .await
        .is_by_index("times of being degraded", 0);
    let incidents =
        "SELECT array_agg(id) FROM (SELECT id FROM incidents WHERE monitor_id = 7 LIMIT 20) AS few";
    let incidents: Vec<uuid::Uuid> = client.query_one(incidents, &[]).await.unwrap().get(0);
    let events: Parameters<'_> = &[&incidents, &of_incidents, &limit, &who];
    explain(&client, sent_alerts::EVENTS, events)
        .await
        .is_by_index("what was sent", 0);
}

#[tokio::test]
async fn every_query_of_heartbeats_goes_by_an_index() {
    let client = database().await;
    let (heartbeat, org) = (FIRST_HEARTBEAT + 7, 1 + (FIRST_HEARTBEAT + 6) % (MONITORS / 10));
    let ids: Vec<i64> = (FIRST_HEARTBEAT..FIRST_HEARTBEAT + 100).collect();
    let (month_ago, limit) = (ago(31 * 24), 30i64);
    explain(&client, sparklines::PINGS, &[&ids, &month_ago, &limit])
        .await
        .is_by_index("sparklines of heartbeats", 0);
    for days in [1, 31, 365] {
        let (starts, ends) = (vec![ago(24 * days); 100], vec![ago(0); 100]);
        explain(&client, heartbeat_spans::SPANS, &[&ids, &starts, &ends])
            .await
            .is_by_index("uptime of heartbeats", 0);
    }
    for before in [None, Some(100i64)] {
        for kind in [None, Some("fail")] {
            let page: Parameters<'_> = &[&heartbeat, &org, &before, &kind, &50i64];
            explain(&client, pings::LIST, page).await.is_by_index("pings", 0);
        }
    }
    let (until, most, who) = (ago(0), 1_001i64, vec![None::<i64>, None]);
    let all: Parameters<'_> = &[&heartbeat, &org, &until, &most, &who];
    explain(&client, &stored_pings::pings_sql(), all)
        .await
        .is_by_index("the pings of a backtest", 0);
    explain(&client, pings::BODY, &[&heartbeat, &org, &9i64])
        .await
        .is_by_index("the body of a ping", 0);
}
