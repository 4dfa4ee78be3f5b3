//! What the tests of the processor share.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

pub mod heartbeat;
pub mod recount;
pub mod running;
pub mod straight;

use std::sync::LazyLock;

use domain::record::{DEFAULT_REGION, LifecycleEvent, SkipReason, Timings};
use domain::{CheckResult, ErrorCode, Lifecycle, MonitorId, OrgId, Record, Rule, Skipped, Timestamp};
use processor::Entry;
use shared::postgres::PostgresSettings;
use tokio_postgres::Client;

/// A database with an organisation of some monitors.
pub struct Database {
    pub url: String,
    pub client: Client,
    pub org: OrgId,
    pub monitors: Vec<MonitorId>,
}

impl Database {
    pub async fn with_monitors(count: usize) -> Self {
        Self::at(testkit::database().await, count).await
    }

    /// The same in the migrated database with this URL.
    pub async fn at(url: String, count: usize) -> Self {
        let client = testkit::connect(&url).await;
        let row = client
            .query_one(
                "INSERT INTO organisations (name) VALUES ('Acme') RETURNING id",
                &[],
            )
            .await
            .unwrap();
        let mut database = Self {
            url,
            client,
            org: OrgId(row.get(0)),
            monitors: Vec::new(),
        };
        for _ in 0..count {
            let monitor = database.add_monitor().await;
            database.monitors.push(monitor);
        }
        database
    }

    pub async fn add_monitor(&self) -> MonitorId {
        let insert = "INSERT INTO monitors (org_id, name, spec) VALUES ($1, 'Example', '{}') RETURNING id";
        MonitorId(
            self.client
                .query_one(insert, &[&self.org.0])
                .await
                .unwrap()
                .get(0),
        )
    }

    pub fn settings(&self) -> PostgresSettings {
        PostgresSettings::from_url(&self.url)
    }

    /// A store on connections of its own, as another process would have.
    pub fn store(&self) -> processor::Store {
        processor::Store::new(shared::postgres::pool(&self.settings()).unwrap())
    }

    pub async fn count(&self, query: &str) -> i64 {
        self.client.query_one(query, &[]).await.unwrap().get(0)
    }

    /// A record of this organisation that was appended as soon as it could be.
    pub fn entry(&self, record: Record) -> Entry {
        Entry {
            appended_at: record.event_time(),
            record,
            org_id: self.org,
        }
    }
}

/// The start of the hour but two before these tests began, also when an hour ends meanwhile: nothing that is told of
/// it lies in the future.
pub fn start() -> Timestamp {
    static START: LazyLock<Timestamp> = LazyLock::new(|| {
        let hour = 3_600_000;
        Timestamp::from_millis(shared::now().as_millis() / hour * hour - 2 * hour)
    });
    *START
}

pub fn result(monitor: MonitorId, slot: Timestamp, up: bool) -> CheckResult {
    CheckResult {
        monitor_id: monitor,
        org_id: None,
        url: "https://example.org/".to_owned(),
        kind: "http".to_owned(),
        timestamp: slot.plus_millis(7),
        scheduled_at: slot,
        interval_ms: Some(60_000),
        region: DEFAULT_REGION.to_owned(),
        revision: Some(1),
        revised_at: None,
        probe_revision: None,
        rule: Rule::default(),
        up,
        status_code: Some(if up { 200 } else { 500 }),
        latency_ms: Some(80),
        attempts: 1,
        error: (!up).then(|| format!("it broke at {slot}")),
        error_code: (!up).then_some(ErrorCode::StatusMismatch),
        timings: Timings::default(),
        tls_expires_at: None,
        quorum: None,
        judged: None,
    }
}

pub fn skipped(monitor: MonitorId, from: Timestamp, slots: i64) -> Skipped {
    Skipped {
        monitor_id: monitor,
        org_id: None,
        url: String::new(),
        timestamp: from,
        from,
        until: from.plus_millis((slots - 1) * 60_000),
        interval_ms: Some(60_000),
        region: DEFAULT_REGION.to_owned(),
        revision: Some(1),
        reason: SkipReason::NoLease,
        judged: None,
    }
}

pub fn lifecycle(
    monitor: MonitorId,
    org: OrgId,
    at: Timestamp,
    revision: u32,
    event: LifecycleEvent,
) -> Record {
    Record::Lifecycle(Lifecycle {
        monitor_id: monitor,
        org_id: org,
        url: String::new(),
        timestamp: at,
        revision,
        event,
        incident_id: None,
        usual: None,
        delivery_id: None,
        probe_revision: None,
    })
}
