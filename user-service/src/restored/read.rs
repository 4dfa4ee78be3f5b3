//! How far things have gone: by the log, the alerter's state, Redis, and the restored database itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::alert_event::AlertEvent;
use domain::alert_state::{MonitorRecord, monitor_of_key};
use domain::fold::Activity;
use domain::{Record, Timestamp};
use fred::interfaces::{ClientLike, KeysInterface};
use shared::crypto::Keyring;
use shared::kafka::Scanned;

use super::RestoredError;
use super::evidence::Evidence;
use super::plan::{Gone, Stored};
use crate::mirror;
use crate::settings::Settings;
use crate::store::monitor_row::{COLUMNS, MonitorRow};

/// How long Redis may take to be there.
const CONNECT_DEADLINE: Duration = Duration::from_secs(15);

/// Rows that are read together.
const PAGE: i64 = 2_000;

/// What the newest row tells of the backup lies before it by less than this, in milliseconds: the processor notes its
/// jobs every quarter of an hour. It also makes up for clocks that differ.
const SLACK_MS: i64 = 3_600_000;

/// When the backup was made at the earliest, by the newest of what it holds.
pub(super) async fn backup_time(client: &impl GenericClient) -> Result<Timestamp, RestoredError> {
    let sql = "SELECT greatest((SELECT max(updated_at) FROM monitors), (SELECT max(updated_at) FROM monitor_states),
                   (SELECT max(finished_at) FROM processor_jobs), (SELECT max(created_at) FROM users))";
    let newest: Option<DateTime<Utc>> = client.query_one(sql, &[]).await?.try_get(0)?;
    Ok(newest.map_or_else(Timestamp::default, |newest| {
        Timestamp::from(newest).plus_millis(-SLACK_MS)
    }))
}

/// What is known outside of the database.
pub(super) async fn evidence(settings: &Settings, since: Timestamp) -> Result<Evidence, RestoredError> {
    let (kafka, results) = (&settings.kafka, settings.kafka.results_topic());
    let begin = kafka.since(&results, since).await?;
    let mut evidence = Evidence::default();
    evidence.log_is_whole = begin.reaches_back;
    let evidence = Arc::new(Mutex::new(evidence));
    let take = |note: fn(&mut Evidence, &[u8])| {
        let evidence = Arc::clone(&evidence);
        move |record: Scanned| {
            let payload = record.payload.as_deref().unwrap_or_default();
            note(
                &mut evidence.lock().unwrap_or_else(PoisonError::into_inner),
                payload,
            );
            true
        }
    };
    kafka.scan_from(&results, begin.from, take(note_record)).await?;
    let events = kafka.alert_events_topic();
    let begin = kafka.since(&events, since).await?;
    kafka.scan_from(&events, begin.from, take(note_alert)).await?;
    let mut evidence = std::mem::take(&mut *evidence.lock().unwrap_or_else(PoisonError::into_inner));

    let held = kafka.alert_state_topic();
    for partition in 0..kafka.partition_count(&held).await? {
        for (key, value) in kafka.restore(&held, partition).await? {
            // The processor keeps what cannot be read of the log; what the alerter cannot read, it forgets.
            if let Some(monitor) = monitor_of_key(&key)
                && let Ok(held) = serde_json::from_slice::<MonitorRecord>(&value)
            {
                evidence.note_held(monitor, &held);
            }
        }
    }
    let redis = connect(settings).await?;
    mirror::read(
        &redis,
        &settings.redis.keys(),
        &settings.keyring,
        settings.shards,
        |definition| match definition {
            Some(definition) => evidence.note_definition(&definition),
            None => evidence.unreadable += 1,
        },
    )
    .await?;
    let _ = redis.quit().await;
    Ok(evidence)
}

fn note_record(evidence: &mut Evidence, payload: &[u8]) {
    evidence.records += 1;
    if let Ok(record) = Record::decode(payload) {
        evidence.note_record(&record);
    }
}

fn note_alert(evidence: &mut Evidence, payload: &[u8]) {
    if let Ok(event) = serde_json::from_slice::<AlertEvent>(payload) {
        evidence.note_alert(&event);
    }
}

/// What waits in the outbox will be known.
pub(super) async fn outbox(tx: &impl GenericClient, evidence: &mut Evidence) -> Result<(), RestoredError> {
    for row in tx.query("SELECT payload FROM outbox ORDER BY id", &[]).await? {
        if let Ok(record) = Record::decode(row.try_get(0)?) {
            evidence.note_record(&record);
        }
    }
    Ok(())
}

/// Every monitor of the database, in the order of ids.
pub(super) async fn stored(tx: &impl GenericClient, keyring: &Keyring) -> Result<Vec<Stored>, RestoredError> {
    let sql = format!(
        "SELECT {COLUMNS}, m.deleted_at IS NOT NULL AS is_removed FROM monitors m WHERE id > $1 ORDER BY id LIMIT $2"
    );
    let (mut all, mut after) = (Vec::new(), i64::MIN);
    loop {
        let rows = tx.query(&sql, &[&after, &PAGE]).await?;
        for row in &rows {
            let monitor = MonitorRow::read(row, keyring)?;
            after = monitor.id.0;
            let activity = match (row.try_get("is_removed")?, monitor.is_paused()) {
                (true, _) => Activity::Deleted,
                (false, true) => Activity::Paused,
                (false, false) => Activity::Active,
            };
            all.push(Stored {
                id: monitor.id,
                org_id: monitor.org_id,
                url: monitor.display_url(),
                name: monitor.name,
                revision: monitor.revision.unsigned_abs(),
                activity,
            });
        }
        if (rows.len() as i64) < PAGE {
            return Ok(all);
        }
    }
}

/// Removes the live state of monitors that are no more: nobody else will, for nothing is heard of them.
pub(super) async fn forget_gone(settings: &Settings, gone: &[Gone]) -> Result<(), RestoredError> {
    if gone.is_empty() {
        return Ok(());
    }
    let (redis, keys) = (connect(settings).await?, settings.redis.keys());
    for gone in gone {
        let names = vec![keys.status(gone.id), keys.sparkline(gone.id)];
        redis.del::<(), _>(names).await?;
    }
    let _ = redis.quit().await;
    Ok(())
}

async fn connect(settings: &Settings) -> Result<fred::clients::Client, RestoredError> {
    let redis = shared::redis::connect(&settings.redis)?;
    let connected = tokio::time::timeout(CONNECT_DEADLINE, redis.wait_for_connect()).await;
    connected.map_err(|_| RestoredError::NoRedis)??;
    Ok(redis)
}
