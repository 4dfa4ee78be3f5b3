//! What a plan changes in the database, and tells by way of the outbox.

use std::collections::BTreeMap;

use deadpool_postgres::GenericClient;
use domain::record::Lifecycle;
use domain::{DrillId, MonitorId, OrgId, Timestamp};

use super::evidence::Evidence;
use super::plan::Plan;
use crate::rules::drill::DrillRecords;
use crate::store::outbox;

/// Rows that are written together.
const CHUNK: usize = 1_000;

/// Keeps everyone else from changing monitors until the transaction ends.
pub(super) async fn lock(tx: &impl GenericClient) -> Result<(), tokio_postgres::Error> {
    tx.batch_execute("LOCK TABLE monitors IN SHARE ROW EXCLUSIVE MODE")
        .await
}

/// Raises revisions, and writes the records which tell of it.
pub(super) async fn apply(
    tx: &impl GenericClient,
    plan: &Plan,
    now: Timestamp,
) -> Result<(), tokio_postgres::Error> {
    for raised in plan.raised.chunks(CHUNK) {
        let ids: Vec<i64> = raised.iter().map(|raised| raised.stored.id.0).collect();
        let revisions = raised.iter().map(|raised| raised.revision().cast_signed());
        tx.execute(
            "UPDATE monitors m SET revision = new.revision, version = version + 1, updated_at = now(),
                    probe_revision_of = CASE WHEN m.probe_revision_of = m.revision THEN new.revision END
             FROM unnest($1::bigint[], $2::int[]) AS new (id, revision) WHERE m.id = new.id",
            &[&ids, &revisions.collect::<Vec<i32>>()],
        )
        .await?;
        let records = raised.iter().flat_map(|raised| raised.records(now));
        outbox::insert_all(tx, records.collect()).await?;
    }
    let gone: Vec<Lifecycle> = plan.gone.iter().filter_map(|gone| gone.record(now)).collect();
    for records in gone.chunks(CHUNK) {
        outbox::insert_all(tx, records.to_vec()).await?;
    }
    Ok(())
}

/// Ends all drills: those that were begun after the backup are not known any more, and would go on for ever. That is said of
/// each that goes on in the database or elsewhere: alerters may still have to read that it began.
pub(super) async fn end_drills(
    tx: &impl GenericClient,
    evidence: &Evidence,
    now: Timestamp,
) -> Result<(), tokio_postgres::Error> {
    let mut going_on: BTreeMap<MonitorId, OrgId> = evidence.drills().collect();
    let sql =
        "UPDATE drills SET ended_at = greatest($1, started_at) WHERE ended_at IS NULL RETURNING id, org_id";
    for row in tx.query(sql, &[&now.to_datetime()]).await? {
        let id = MonitorId::of_drill(DrillId(row.try_get(0)?));
        going_on.insert(id, OrgId(row.try_get(1)?));
    }
    let told = going_on.into_iter().filter_map(|(monitor, org)| {
        let told = DrillRecords {
            drill: monitor.drill()?,
            org,
            url: String::new(),
            kind: String::new(),
        };
        Some(told.removal(now))
    });
    let told: Vec<Lifecycle> = told.collect();
    for records in told.chunks(CHUNK) {
        outbox::insert_all(tx, records.to_vec()).await?;
    }
    Ok(())
}

/// A table whose ids go on from here.
#[derive(Debug)]
pub(super) struct Skipped {
    pub(super) table: &'static str,
    pub(super) after: i64,
}

/// Keeps ids that are known outside from being given out again.
pub(super) async fn skip_ids(
    tx: &impl GenericClient,
    evidence: &Evidence,
) -> Result<Vec<Skipped>, tokio_postgres::Error> {
    // An id without an organisation is somebody's who does not know ours.
    let ours = evidence
        .monitors
        .iter()
        .rev()
        .find(|(_, seen)| seen.org_id.is_some());
    let highest = [
        ("monitors", ours.map_or(0, |(id, _)| id.0)),
        ("organisations", evidence.highest_org),
        ("channels", evidence.highest_channel),
        ("drills", evidence.highest_drill),
    ];
    let mut skipped = Vec::new();
    for (table, after) in highest {
        let moved = tx
            .query_opt(
                "SELECT setval(sequence, $2) FROM (SELECT pg_get_serial_sequence($1, 'id')::regclass AS sequence) s
                 WHERE coalesce(pg_sequence_last_value(sequence), 0) < $2",
                &[&table, &after],
            )
            .await?;
        if moved.is_some() {
            skipped.push(Skipped { table, after });
        }
    }
    Ok(skipped)
}
