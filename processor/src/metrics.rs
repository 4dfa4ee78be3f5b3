//! The names of the metrics, in one place.

use std::time::Duration;

use deadpool_postgres::Pool;
use intake::Reason;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::batch::Counts;

/// Describes the metrics.
pub(crate) fn describe() {
    describe_gauge!("uptime_processor_lag", "Records that are not processed yet");
    describe_histogram!("uptime_processor_batch_size", "Records in a transaction");
    describe_histogram!("uptime_processor_batch_seconds", "Duration of a transaction");
    describe_histogram!(
        "uptime_processor_redis_seconds",
        "Duration of publishing what a batch has changed, or several of a backlog"
    );
    describe_histogram!(
        "uptime_processor_visible_seconds",
        "From the broker's append of a batch's last record to its being visible in Redis"
    );
    describe_counter!(
        "uptime_processor_records_total",
        "Records by what they did to the state"
    );
    describe_counter!(
        "uptime_processor_rows_total",
        "Rows of results by what became of them"
    );
    describe_counter!(
        "uptime_processor_incidents_total",
        "Incidents that were opened and closed"
    );
    describe_counter!(
        "uptime_heartbeat_missed_total",
        "Dates at which a heartbeat was due and no ping came in time"
    );
    describe_counter!(
        "uptime_processor_alert_events_total",
        "Steps of alerts that were stored"
    );
    describe_counter!(
        "uptime_processor_dead_letters_total",
        "Records sent to the dead-letter topic, by reason"
    );
    describe_gauge!(
        "uptime_processor_parked",
        "Records that wait for their monitor's definition"
    );
    describe_counter!(
        "uptime_processor_dropped_total",
        "Records of monitors that do not exist"
    );
    describe_counter!(
        "uptime_processor_database_retries_total",
        "Batches tried again since the database was away"
    );
    describe_counter!(
        "uptime_processor_redis_missed_total",
        "Monitors to be repaired since Redis was away"
    );
    describe_gauge!(
        "uptime_processor_folded_behind_seconds",
        "How far behind the log that is which heartbeats are judged by, in the partition that is furthest behind"
    );
    describe_gauge!("uptime_processor_redis_up", "Whether Redis answers");
    describe_gauge!(
        "uptime_processor_pool_connections",
        "Connections to PostgreSQL by use"
    );
    describe_counter!(
        "uptime_processor_job_runs_total",
        "Runs of the recurring jobs by outcome"
    );
    describe_histogram!("uptime_processor_job_seconds", "Duration of the recurring jobs");
    describe_gauge!(
        "uptime_processor_job_success_timestamp_seconds",
        "When a recurring job last succeeded"
    );
}

pub(crate) fn stored(records: usize, took: Duration, counts: &Counts) {
    histogram!("uptime_processor_batch_size").record(records as f64);
    histogram!("uptime_processor_batch_seconds").record(took);
    let records =
        |effect: &'static str, n| counter!("uptime_processor_records_total", "effect" => effect).increment(n);
    records("applied", counts.applied);
    records("late", counts.late);
    records("old_revision", counts.old_revision);
    records("no_verdict", counts.no_verdict);
    records("uncounted", counts.uncounted);
    let rows =
        |outcome: &'static str, n| counter!("uptime_processor_rows_total", "outcome" => outcome).increment(n);
    rows("inserted", counts.inserted);
    rows("replaced", counts.replaced);
    rows("duplicate", counts.duplicates);
    counter!("uptime_processor_incidents_total", "change" => "opened").increment(counts.opened);
    counter!("uptime_processor_incidents_total", "change" => "closed").increment(counts.closed);
    counter!("uptime_heartbeat_missed_total").increment(counts.missed);
}

pub(crate) fn published(took: Duration) {
    histogram!("uptime_processor_redis_seconds").record(took);
}

pub(crate) fn visible_after(appended: Duration) {
    histogram!("uptime_processor_visible_seconds").record(appended);
}

pub(crate) fn dead_letter(reason: Reason) {
    counter!("uptime_processor_dead_letters_total", "reason" => reason.as_str()).increment(1);
}

pub(crate) fn parked(records: usize) {
    gauge!("uptime_processor_parked").set(records as f64);
}

/// Why a record of an unknown monitor was dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dropped {
    /// Its definition did not come in time.
    Unknown,
    /// Too many records wait already.
    NoRoom,
}

pub(crate) fn dropped(why: Dropped) {
    let reason = match why {
        Dropped::Unknown => "unknown_monitor",
        Dropped::NoRoom => "no_room_to_park",
    };
    counter!("uptime_processor_dropped_total", "reason" => reason).increment(1);
}

pub(crate) fn database_retry() {
    counter!("uptime_processor_database_retries_total").increment(1);
}

pub(crate) fn alert_events(rows: u64) {
    counter!("uptime_processor_alert_events_total").increment(rows);
}

pub(crate) fn missed_by_redis(monitors: usize) {
    counter!("uptime_processor_redis_missed_total").increment(monitors as u64);
}

pub(crate) fn redis_up(up: bool) {
    gauge!("uptime_processor_redis_up").set(f64::from(u8::from(up)));
}

pub(crate) fn folded_behind(ms: i64) {
    gauge!("uptime_processor_folded_behind_seconds").set(ms as f64 / 1_000.0);
}

pub(crate) fn lag(topic: &'static str, records: i64) {
    gauge!("uptime_processor_lag", "topic" => topic).set(records as f64);
}

pub(crate) fn pool(pool: &Pool) {
    let status = pool.status();
    let connections = |state: &'static str, n: usize| {
        gauge!("uptime_processor_pool_connections", "state" => state).set(n as f64);
    };
    connections("in_use", status.size.saturating_sub(status.available));
    connections("idle", status.available);
    connections("waited_for", status.waiting);
}

pub(crate) fn job(name: &'static str, outcome: &'static str, took: Duration) {
    counter!("uptime_processor_job_runs_total", "task" => name, "outcome" => outcome).increment(1);
    histogram!("uptime_processor_job_seconds", "task" => name).record(took);
    if outcome == "ok" {
        let now = shared::now().as_millis() as f64 / 1_000.0;
        gauge!("uptime_processor_job_success_timestamp_seconds", "task" => name).set(now);
    }
}
