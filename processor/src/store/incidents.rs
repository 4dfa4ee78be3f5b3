//! The rows of incidents. One that is closed is never touched again.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use domain::live::{IncidentRegions, IncidentView};
use domain::{ErrorCode, IncidentId, MonitorId, Timestamp};
use tokio_postgres::Row;
use uuid::Uuid;

use super::error::StoreError;
use super::fields::Fields as _;
use crate::fold::{IncidentChange, States};

const CONTINUE: &str = "UPDATE incidents AS old SET
         resolved_at = new.resolved_at, close_reason = new.close_reason,
         last_error = coalesce(new.last_error, old.last_error), failed_slots = old.failed_slots + new.failed_slots
     FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::int[])
         AS new (id, resolved_at, close_reason, last_error, failed_slots)
     WHERE old.id = new.id AND old.resolved_at IS NULL
     RETURNING old.id, old.last_error, old.regions::text";

const INSERT: &str = "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason,
         error_code, first_error, last_error, failed_slots, regions)
     SELECT id, monitor_id, org_id, revision, started_at, resolved_at, close_reason, error_code, first_error, last_error,
         failed_slots, regions::jsonb
     FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::int[], $5::timestamptz[], $6::timestamptz[],
         $7::text[], $8::text[], $9::text[], $10::text[], $11::int[], $12::text[])
         AS new (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason, error_code, first_error,
                 last_error, failed_slots, regions)";

const KEEP: &str = "ON CONFLICT (id) DO NOTHING";

const REPLACE: &str = "ON CONFLICT (id) DO UPDATE SET
         revision = excluded.revision, started_at = excluded.started_at, resolved_at = excluded.resolved_at,
         close_reason = excluded.close_reason, error_code = excluded.error_code, first_error = excluded.first_error,
         last_error = excluded.last_error, failed_slots = excluded.failed_slots, regions = excluded.regions";

const END_AGAIN: &str =
    "UPDATE incidents AS old SET resolved_at = new.resolved_at, close_reason = new.close_reason
     FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS new (id, resolved_at, close_reason)
     WHERE old.id = new.id AND new.resolved_at IS NOT NULL";

const REOPEN: &str = "UPDATE incidents SET resolved_at = NULL, close_reason = NULL
     WHERE id = ANY($1) AND resolved_at IS NOT NULL";

const RECENT: &str =
    "SELECT id, monitor_id, started_at, resolved_at, close_reason, error_code, first_error, last_error, regions::text
     FROM incidents WHERE monitor_id = ANY($1) AND (started_at >= $2 OR resolved_at >= $2)
     ORDER BY monitor_id, started_at";

/// Writes the changes, and completes them with what only the database knew. Older incidents come first: at
/// most one of a monitor may be open at any moment.
pub(super) async fn write(tx: &Transaction<'_>, states: &mut States) -> Result<(), StoreError> {
    let changes = states.values().flat_map(|tracked| tracked.incidents.iter());
    let (opened, continued): (Vec<_>, Vec<_>) = changes.partition(|change| change.opened.is_some());
    let known = update_continued(tx, &continued).await?;
    insert(tx, &format!("{INSERT} {KEEP}"), &opened).await?;
    for change in states
        .values_mut()
        .flat_map(|tracked| tracked.incidents.iter_mut())
    {
        if let Some((last_error, regions)) = known.get(&change.id.0) {
            change.last_error.clone_from(last_error);
            change.regions.clone_from(regions);
        }
    }
    Ok(())
}

/// What only the database knows of an incident: its last failure, and what the regions said as it was opened.
type Known = (Option<String>, Option<IncidentRegions>);

/// What a column has of the regions; what another version has written, and cannot be read, is left out.
fn regions(row: &Row, column: usize) -> Result<Option<IncidentRegions>, StoreError> {
    let json: Option<&str> = row.field(column)?;
    Ok(json.and_then(|json| serde_json::from_str(json).ok()))
}

async fn update_continued(
    tx: &Transaction<'_>,
    changes: &[&IncidentChange],
) -> Result<HashMap<Uuid, Known>, StoreError> {
    if changes.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = changes.iter().map(|change| change.id.0).collect();
    let (resolved, reasons) = ends(changes);
    let last: Vec<Option<&str>> = changes
        .iter()
        .map(|change| change.last_error.as_deref())
        .collect();
    let failed: Vec<i32> = changes.iter().map(|change| change.failed_slots).collect();
    let statement = tx.prepare_cached(CONTINUE).await?;
    let rows = tx
        .query(&statement, &[&ids, &resolved, &reasons, &last, &failed])
        .await?;
    rows.iter()
        .map(|row| Ok((row.field(0)?, (row.field(1)?, regions(row, 2)?))))
        .collect()
}

async fn insert(tx: &Transaction<'_>, insert: &str, changes: &[&IncidentChange]) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = changes.iter().map(|change| change.id.0).collect();
    let monitors: Vec<i64> = changes.iter().map(|change| change.monitor_id.0).collect();
    let orgs: Vec<i64> = changes.iter().map(|change| change.org_id.0).collect();
    let revisions: Vec<i32> = changes
        .iter()
        .map(|change| i32::try_from(change.revision).unwrap_or(i32::MAX))
        .collect();
    let started: Vec<DateTime<Utc>> = changes.iter().map(|change| change.started_at.into()).collect();
    let (resolved, reasons) = ends(changes);
    let codes: Vec<Option<&str>> = changes
        .iter()
        .map(|change| change.error_code.map(ErrorCode::as_str))
        .collect();
    let first: Vec<Option<&str>> = changes
        .iter()
        .map(|change| change.first_error.as_deref())
        .collect();
    let last: Vec<Option<&str>> = changes
        .iter()
        .map(|change| change.last_error.as_deref())
        .collect();
    let failed: Vec<i32> = changes.iter().map(|change| change.failed_slots).collect();
    let json = |regions: &IncidentRegions| serde_json::to_string(regions).ok();
    let regions: Vec<Option<String>> = changes
        .iter()
        .map(|change| change.regions.as_ref().and_then(json))
        .collect();
    let statement = tx.prepare_cached(insert).await?;
    tx.execute(
        &statement,
        &[
            &ids, &monitors, &orgs, &revisions, &started, &resolved, &reasons, &codes, &first, &last,
            &failed, &regions,
        ],
    )
    .await?;
    Ok(())
}

/// Puts a refold's incidents in the place of what is there. What was counted of an incident before the
/// refold began stays.
pub(super) async fn replace(tx: &Transaction<'_>, states: &States) -> Result<(), StoreError> {
    let changes = states.values().flat_map(|tracked| tracked.incidents.iter());
    let (opened, continued): (Vec<_>, Vec<_>) = changes.partition(|change| change.opened.is_some());
    let ids: Vec<Uuid> = continued.iter().map(|change| change.id.0).collect();
    let (resolved, reasons) = ends(&continued);
    tx.execute(END_AGAIN, &[&ids, &resolved, &reasons]).await?;
    insert(tx, &format!("{INSERT} {REPLACE}"), &opened).await?;
    let open = states
        .values()
        .filter_map(|tracked| tracked.fold.incident.as_ref());
    let open: Vec<Uuid> = open.map(|incident| incident.id.0).collect();
    tx.execute(REOPEN, &[&open]).await?;
    Ok(())
}

/// The incidents of `monitors` that began or ended at `since` or later, as people see them.
pub(super) async fn recent(
    tx: &Transaction<'_>,
    monitors: &[i64],
    since: Timestamp,
) -> Result<Vec<IncidentView>, StoreError> {
    let select = tx.prepare_cached(RECENT).await?;
    let rows = tx
        .query(&select, &[&monitors, &DateTime::<Utc>::from(since)])
        .await?;
    rows.iter().map(view).collect()
}

fn view(row: &Row) -> Result<IncidentView, StoreError> {
    let started_at = row.instant(2)?;
    let resolved_at = row.field::<Option<DateTime<Utc>>>(3)?.map(Timestamp::from);
    let reason: Option<&str> = row.field(4)?;
    let error_code: Option<&str> = row.field(5)?;
    Ok(IncidentView {
        id: IncidentId(row.field(0)?),
        monitor_id: MonitorId(row.field(1)?),
        monitor_name: None,
        started_at,
        resolved_at,
        duration_seconds: resolved_at
            .unwrap_or_else(shared::now)
            .millis_since(started_at)
            .max(0)
            / 1_000,
        close_reason: reason.and_then(|reason| serde_json::from_value(reason.into()).ok()),
        error_code: error_code.and_then(|code| code.parse().ok()),
        first_error: row.field(6)?,
        last_error: row.field(7)?,
        regions: regions(row, 8)?,
    })
}

type Ends = (Vec<Option<DateTime<Utc>>>, Vec<Option<&'static str>>);

fn ends(changes: &[&IncidentChange]) -> Ends {
    changes
        .iter()
        .map(|change| match change.closed {
            Some((at, reason)) => (Some(at.into()), Some(reason.as_str())),
            None => (None, None),
        })
        .unzip()
}
