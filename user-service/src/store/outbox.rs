//! Writing to the outbox: records that commit together with the change that they tell of.

use deadpool_postgres::GenericClient;
use domain::Record;
use domain::record::{CheckResult, Lifecycle};

/// Writes a record, in the transaction of the change that it tells of.
pub(crate) async fn insert(tx: &impl GenericClient, record: Lifecycle) -> Result<(), tokio_postgres::Error> {
    insert_all(tx, vec![record]).await
}

/// Writes records in their order, in the transaction of the changes that they tell of.
pub(crate) async fn insert_all(
    tx: &impl GenericClient,
    records: Vec<Lifecycle>,
) -> Result<(), tokio_postgres::Error> {
    write(tx, records.into_iter().map(Record::Lifecycle)).await
}

/// As [`insert_all`], of what drills find of their own monitors.
pub(crate) async fn insert_results(
    tx: &impl GenericClient,
    results: Vec<CheckResult>,
) -> Result<(), tokio_postgres::Error> {
    write(tx, results.into_iter().map(Record::Result)).await
}

async fn write(
    tx: &impl GenericClient,
    records: impl Iterator<Item = Record>,
) -> Result<(), tokio_postgres::Error> {
    let rows = records.map(|record| (record.monitor_id().0, record.encode()));
    let (monitors, payloads): (Vec<i64>, Vec<Vec<u8>>) = rows.unzip();
    let sql = "INSERT INTO outbox (monitor_id, payload)
               SELECT monitor_id, payload FROM unnest($1::bigint[], $2::bytea[]) WITH ORDINALITY
                   AS new (monitor_id, payload, place) ORDER BY place";
    let statement = tx.prepare_cached(sql).await?;
    tx.execute(&statement, &[&monitors, &payloads]).await?;
    Ok(())
}
