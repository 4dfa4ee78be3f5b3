//! The work of the recurring jobs. A lock of the session lets one processor do one of them at a time; it
//! goes with its connection, also when the processor dies.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};
use deadpool_postgres::Pool;
use shared::postgres::{Connection, PostgresSettings};

use super::days::roll_up;
use super::error::StoreError;
use super::fields::Fields as _;
use super::partitions::{self, Partitions, day_of};
use super::{kept_spans, pings, plan_retention, quorums};

/// Days whose partitions are made ahead of time.
const AHEAD: u64 = 3;

/// How long a day must be over before it is rolled up: longer than any transaction that still adds to it.
const GRACE: Duration = Duration::from_secs(10 * 60);

/// How long after the end of a day its indexes are packed, in milliseconds.
const LATE_MS: i64 = 30 * 60_000;

/// Days whose checkpoints are kept: as many as Kafka keeps the log.
const CHECKPOINTS: u64 = 7;

/// Days for which pings are kept, at most.
const PING_DAYS: u64 = 100;

/// How long after the end of a day the quiet hours begin, in milliseconds.
const QUIET_MS: i64 = 2 * 3_600_000;

/// The states of monitors that are not there any more, and of which no record can be on its way.
const FORGET_STATES: &str = "DELETE FROM monitor_states WHERE updated_at < $1 AND monitor_id = ANY(ARRAY(
         SELECT monitor_id FROM monitor_states_now WHERE coalesce(last_slot < $1, true) AND monitor_id = ANY(ARRAY(
             SELECT monitor_id FROM monitor_states s WHERE updated_at < $1
                 AND NOT EXISTS (SELECT FROM monitors m WHERE m.id = s.monitor_id)
         )) LIMIT $2))";

/// Rows that are deleted in one statement.
const DELETE_ROWS: i64 = 10_000;

/// The class of our advisory locks, beside the number of the job.
const LOCK_CLASS: i32 = 0x7570;

/// How long one statement of a job may take: longer than what waits for the pool's.
const STATEMENT: Duration = Duration::from_secs(10 * 60);

/// How long what is kept, in days.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retention {
    /// As long as Kafka keeps the log.
    pub(crate) log_days: u32,
    pub(crate) raw_days: u32,
    pub(crate) hourly_days: u32,
}

/// The jobs. Each answers false when another processor is at it.
#[derive(Debug)]
pub(crate) struct Jobs {
    pub(super) pool: Pool,
    settings: PostgresSettings,
    retention: Retention,
}

impl Jobs {
    pub(crate) fn new(pool: Pool, settings: PostgresSettings, retention: Retention) -> Self {
        Self {
            pool,
            settings,
            retention,
        }
    }

    /// Makes the partitions of the next days.
    pub(crate) async fn make_partitions(&self) -> Result<bool, StoreError> {
        let Some(leader) = self.lead(1).await? else {
            return Ok(false);
        };
        let today = today();
        let days: BTreeSet<NaiveDate> = (0..=AHEAD).map(|ahead| today + Days::new(ahead)).collect();
        Partitions::default().ensure(&self.pool, &days).await?;
        step_down(leader).await
    }

    /// Packs the indexes of days that are over. Results come in the order of time and the index begins with
    /// the monitor, so its pages are half empty when a day ends, and hardly change any more.
    pub(crate) async fn pack_days(&self) -> Result<bool, StoreError> {
        let Some(leader) = self.lead_with(4, self.settings.clone().patient()).await? else {
            return Ok(false);
        };
        let done = "SELECT (done_until AT TIME ZONE 'UTC')::date FROM processor_jobs WHERE name = 'pack'";
        let done = leader.query_opt(done, &[]).await?;
        let done: Option<NaiveDate> = done.map(|row| row.field(0)).transpose()?;
        // What an attempt that broke off left behind is maintained by every insert and used by nobody.
        for index in partitions::broken_indexes(&leader).await? {
            leader
                .batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS {index}"))
                .await?;
            tracing::info!(index, "dropped what packing left behind");
        }
        // Late results still come in numbers for a while.
        let over = day_of(shared::now().plus_millis(-LATE_MS));
        let mut tables_of: BTreeMap<NaiveDate, Vec<String>> = BTreeMap::new();
        for (name, day) in partitions::attached(&leader).await? {
            if day < over && done.is_none_or(|done| day >= done) {
                tables_of.entry(day).or_default().push(name);
            }
        }
        for (day, tables) in tables_of {
            for name in tables {
                leader
                    .batch_execute(&format!("REINDEX TABLE CONCURRENTLY {name}"))
                    .await?;
            }
            // A failure later on must not make all of it be done again.
            remember(&leader, "pack", day + Days::new(1)).await?;
        }
        remember(&leader, "pack", over).await?;
        step_down(leader).await
    }

    /// Rolls the hours of days that are over up, and again those of days that have changed since.
    pub(crate) async fn roll_days_up(&self) -> Result<bool, StoreError> {
        let Some(mut leader) = self.lead(2).await? else {
            return Ok(false);
        };
        let over = day_of(shared::now().plus_millis(-(GRACE.as_millis() as i64)));
        roll_up(&mut leader, over).await?;
        step_down(leader).await
    }

    /// Keeps today's states, once a day, for as long as the log can be folded again from there.
    pub(crate) async fn checkpoint(&self) -> Result<bool, StoreError> {
        let Some(leader) = self.lead(5).await? else {
            return Ok(false);
        };
        let today = today();
        let there = "SELECT EXISTS (SELECT FROM state_checkpoints WHERE day = $1)";
        if !leader.query_one(there, &[&today]).await?.field::<bool>(0)? {
            let keep = "INSERT INTO state_checkpoints (day, monitor_id, org_id, fold)
                 SELECT $1, monitor_id, org_id, fold FROM monitor_states_now";
            leader.execute(keep, &[&today]).await?;
        }
        let before = today - Days::new(CHECKPOINTS);
        leader
            .execute("DELETE FROM state_checkpoints WHERE day < $1", &[&before])
            .await?;
        remember(&leader, "checkpoint", today).await?;
        step_down(leader).await
    }

    /// Drops what is older than it is to be kept. What cannot be dropped now keeps nothing else from it.
    pub(crate) async fn apply_retention(&self) -> Result<bool, StoreError> {
        let Some(mut leader) = self.lead(3).await? else {
            return Ok(false);
        };
        let today = today();
        let raw = today - Days::new(u64::from(self.retention.raw_days));
        let mut outcome = partitions::drop_before(&mut leader, raw).await;
        outcome = outcome.and(plan_retention::apply(&leader, today, self.retention).await);
        let before = start_of(today - Days::new(u64::from(self.retention.hourly_days)));
        for (table, column) in [
            ("rollups_hourly", "hour"),
            ("rollups_hourly_by_region", "hour"),
            ("skipped_slots", "last_slot"),
            ("monitor_revisions", "began_at"),
            ("alert_events", "at"),
        ] {
            let delete = format!(
                "DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {column} < $1 LIMIT $2))"
            );
            outcome = outcome.and(delete_before(&leader, &delete, before).await);
        }
        outcome = outcome.and(delete_before(&leader, quorums::FORGET, before).await);
        outcome = outcome.and(kept_spans::merge_old(&mut leader, today, self.retention).await);
        let before = start_of(today - Days::new(u64::from(self.retention.log_days)));
        outcome = outcome.and(delete_before(&leader, FORGET_STATES, before).await);
        outcome?;
        remember(&leader, "retention", today).await?;
        step_down(leader).await
    }

    /// Deletes the pings that are too old, and all but the newest of each heartbeat.
    pub(crate) async fn delete_pings(&self) -> Result<bool, StoreError> {
        let Some(leader) = self.lead(7).await? else {
            return Ok(false);
        };
        let before = start_of(today() - Days::new(PING_DAYS));
        pings::delete(&leader, before).await?;
        step_down(leader).await
    }

    /// Merges what heartbeats were taken for where that has changed too often.
    pub(crate) async fn merge_spans(&self) -> Result<bool, StoreError> {
        let Some(mut leader) = self.lead(8).await? else {
            return Ok(false);
        };
        kept_spans::merge_recent(&mut leader, shared::now()).await?;
        step_down(leader).await
    }

    /// Whether what is too old is still to be dropped today: not before the quiet hours, and again for as
    /// long as it does not succeed.
    pub(crate) async fn is_retention_due(&self) -> Result<bool, StoreError> {
        let select = "SELECT NOT EXISTS (SELECT FROM processor_jobs WHERE name = 'retention'
             AND done_until >= $1::date::timestamp AT TIME ZONE 'UTC')";
        let day = day_of(shared::now().plus_millis(-QUIET_MS));
        Ok(self.pool.get().await?.query_one(select, &[&day]).await?.get(0))
    }

    pub(super) async fn lead(&self, job: i32) -> Result<Option<Connection>, StoreError> {
        let settings = self.settings.clone().with_statement_timeout(STATEMENT);
        self.lead_with(job, settings).await
    }

    /// A connection that holds the lock of a job, and loses it at the latest some time after it is dropped.
    async fn lead_with(
        &self,
        job: i32,
        settings: PostgresSettings,
    ) -> Result<Option<Connection>, StoreError> {
        let client = shared::postgres::connect(&settings).await?;
        let locked = client
            .query_one("SELECT pg_try_advisory_lock($1, $2)", &[&LOCK_CLASS, &job])
            .await?;
        Ok(locked.field::<bool>(0)?.then_some(client))
    }
}

/// Gives the lock of a job that is done back now: the server would notice the end of the connection later.
pub(super) async fn step_down(leader: Connection) -> Result<bool, StoreError> {
    leader.batch_execute("SELECT pg_advisory_unlock_all()").await?;
    Ok(true)
}

/// Deletes the rows from before an instant, some at a time.
async fn delete_before(leader: &Connection, delete: &str, before: DateTime<Utc>) -> Result<(), StoreError> {
    while leader.execute(delete, &[&before, &DELETE_ROWS]).await? > 0 {}
    Ok(())
}

pub(super) async fn remember(
    leader: &Connection,
    job: &str,
    done_until: NaiveDate,
) -> Result<(), StoreError> {
    let upsert =
        "INSERT INTO processor_jobs (name, done_until) VALUES ($1, $2::date::timestamp AT TIME ZONE 'UTC')
         ON CONFLICT (name) DO UPDATE SET done_until = excluded.done_until, finished_at = now()";
    leader.execute(upsert, &[&job, &done_until]).await?;
    Ok(())
}

pub(super) fn start_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

fn today() -> NaiveDate {
    day_of(shared::now())
}

#[cfg(test)]
pub(in crate::store) mod tests;
