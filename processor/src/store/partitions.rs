//! Partitions by day: made before the first row of a day, dropped whole.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};
use deadpool_postgres::{ClientWrapper, Pool, Transaction};

use super::error::StoreError;
use super::fields::Fields as _;

/// The partitioned tables.
const TABLES: [&str; 2] = ["check_results", "check_errors"];

/// Keeps makers and droppers of partitions apart.
const ADVISORY_LOCK: i64 = 0x7061_7274_6974;

/// How often dropping a partition is tried in one run.
const DROP_ATTEMPTS: u32 = 5;

/// The days whose partitions are known to be there.
#[derive(Debug, Default)]
pub(super) struct Partitions(Mutex<BTreeSet<NaiveDate>>);

impl Partitions {
    /// Makes the partitions of `days` that are missing.
    pub(super) async fn ensure(&self, pool: &Pool, days: &BTreeSet<NaiveDate>) -> Result<(), StoreError> {
        let missing: Vec<NaiveDate> = {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            days.difference(&known).copied().collect()
        };
        if missing.is_empty() {
            return Ok(());
        }
        let mut client = pool.get().await?;
        let tx = client.transaction().await?;
        tx.execute("SELECT pg_advisory_xact_lock($1)", &[&ADVISORY_LOCK])
            .await?;
        for &day in &missing {
            for table in TABLES {
                create(&tx, table, day).await?;
            }
        }
        tx.commit().await?;
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(missing);
        Ok(())
    }

    /// Forgets what is known, because a partition turned out to be missing.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn name(table: &str, day: NaiveDate) -> String {
    format!("{table}_{}", day.format("%Y%m%d"))
}

/// Attaching a table locks its parent less than `PARTITION OF` does: nobody who reads or writes waits.
async fn create(tx: &Transaction<'_>, table: &str, day: NaiveDate) -> Result<(), StoreError> {
    let partition = name(table, day);
    let there = tx
        .query_one("SELECT to_regclass($1) IS NOT NULL", &[&partition])
        .await?;
    if there.get(0) {
        return Ok(());
    }
    let next = day + Days::new(1);
    tx.batch_execute(&format!(
        "CREATE TABLE {partition} (LIKE {table} INCLUDING ALL);
         ALTER TABLE {table} ATTACH PARTITION {partition}
         FOR VALUES FROM ('{day} 00:00:00+00') TO ('{next} 00:00:00+00')"
    ))
    .await?;
    Ok(())
}

/// The day (UTC) of an instant.
pub(super) fn day_of(at: domain::Timestamp) -> NaiveDate {
    DateTime::<Utc>::from(at).date_naive()
}

/// The day that a partition holds, by its name.
pub(super) fn day_in(partition: &str) -> Option<NaiveDate> {
    TABLES.iter().find_map(|table| {
        let day = partition.strip_prefix(table)?.strip_prefix('_')?;
        NaiveDate::parse_from_str(day, "%Y%m%d").ok()
    })
}

/// The partitions, and the day of each.
pub(super) async fn attached(client: &ClientWrapper) -> Result<Vec<(String, NaiveDate)>, StoreError> {
    let tables = client
        .query(
            "SELECT relname::text FROM pg_class
             WHERE relkind = 'r' AND relname ~ '^check_(results|errors)_[0-9]{8}$' AND pg_table_is_visible(oid)
             ORDER BY relname",
            &[],
        )
        .await?;
    let names = tables.iter().map(|row| row.field::<String>(0));
    let names = names.collect::<Result<Vec<_>, _>>()?.into_iter();
    Ok(names
        .filter_map(|name| day_in(&name).map(|day| (name, day)))
        .collect())
}

/// The indexes that a `REINDEX CONCURRENTLY` of a partition has left behind when it broke off.
pub(super) async fn broken_indexes(client: &ClientWrapper) -> Result<Vec<String>, StoreError> {
    let select = "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             JOIN pg_class t ON i.indrelid IN (t.oid, t.reltoastrelid)
         WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
             AND t.relkind = 'r' AND t.relname ~ '^check_(results|errors)_[0-9]{8}$' AND pg_table_is_visible(t.oid)";
    let indexes = client.query(select, &[]).await?;
    indexes.iter().map(|row| row.field(0)).collect()
}

/// Drops the partitions of the days before `first`. Dropping waits for whoever reads the table, and everybody
/// waits for the one that drops: so it does not wait for long, and tries again. One that cannot be dropped
/// leaves the others their turn; the first error is answered then.
pub(super) async fn drop_before(client: &mut ClientWrapper, first: NaiveDate) -> Result<(), StoreError> {
    let mut outcome = Ok(());
    for (name, _) in attached(client)
        .await?
        .into_iter()
        .filter(|&(_, day)| day < first)
    {
        let drop = format!("SET LOCAL lock_timeout = '1s'; DROP TABLE IF EXISTS {name}");
        let mut attempts = 0;
        loop {
            let tx = client.transaction().await?;
            let dropped = tx.batch_execute(&drop).await;
            attempts += 1;
            match dropped {
                Ok(()) => {
                    tx.commit().await?;
                    tracing::info!(partition = name, "dropped by retention");
                    break;
                }
                Err(error) if attempts >= DROP_ATTEMPTS => {
                    tx.rollback().await?;
                    outcome = outcome.and(Err(error.into()));
                    break;
                }
                Err(_) => tx.rollback().await?,
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    outcome
}
