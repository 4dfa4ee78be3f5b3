//! When the revisions of monitors began: a result stands for no time after a later revision than its own has
//! begun, because the user changed or paused what was checked. In whatever order the records come, each row
//! ends up the same: a revision that turns out to have begun cuts the rows that are there, and a row that
//! comes after is cut by the revisions that are known.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use domain::{MonitorId, Timestamp};
use tokio_postgres::Row;

use super::error::StoreError;
use super::fields::Fields as _;
use super::rows::{Written, state_of};
use crate::fold::{States, Tracked};
use crate::rollup::{RegionSample, Sample};

/// Answers those that began sooner than was known.
const NOTE: &str = "INSERT INTO monitor_revisions AS known (monitor_id, revision, began_at)
     SELECT * FROM unnest($1::bigint[], $2::int[], $3::timestamptz[])
     ON CONFLICT (monitor_id, revision) DO UPDATE SET began_at = excluded.began_at
     WHERE excluded.began_at < known.began_at
     RETURNING monitor_id, revision, began_at";

/// Cuts the rows around the beginning of revisions. No result stands for more than a day, and none of an
/// earlier revision comes so long after it. A result without a revision is of the one that was in force.
const CUT_BY_BEGINNING: &str = "SELECT row.monitor_id, row.scheduled_at, row.region, row.interval_ms,
         min(cut.began_at) AS began_at
     FROM unnest($1::bigint[], $2::int[], $3::timestamptz[]) AS cut (monitor_id, revision, began_at)
     JOIN check_results AS row USING (monitor_id)
     WHERE row.scheduled_at > cut.began_at - interval '1 day' AND row.scheduled_at < cut.began_at + interval '1 day'
         AND row.revision < cut.revision AND (row.revision > 0 OR row.scheduled_at < cut.began_at)
         AND row.interval_ms > 0
         AND row.scheduled_at + row.interval_ms * interval '1 millisecond' > cut.began_at
     GROUP BY 1, 2, 3, 4";

/// Cuts rows that came when their revision was over.
const CUT_BY_SLOT: &str = "SELECT row.monitor_id, row.scheduled_at, row.region, row.interval_ms,
         min(later.began_at) AS began_at
     FROM unnest($1::bigint[], $2::timestamptz[]) AS overtaken (monitor_id, scheduled_at)
     JOIN check_results AS row USING (monitor_id, scheduled_at)
     JOIN monitor_revisions AS later ON later.monitor_id = row.monitor_id AND later.revision > row.revision
         AND (row.revision > 0 OR later.began_at > row.scheduled_at)
     WHERE row.interval_ms > 0
     GROUP BY 1, 2, 3, 4
     HAVING row.scheduled_at + row.interval_ms * interval '1 millisecond' > min(later.began_at)";

/// Cuts rows that stood alone in a revision in which several regions have begun to decide together: their results stand for
/// the time from there on. None stands for more than a day.
const CUT_BY_QUORUM: &str = "SELECT row.monitor_id, row.scheduled_at, row.region, row.interval_ms, cut.began_at
     FROM unnest($1::bigint[], $2::int[], $3::timestamptz[]) AS cut (monitor_id, revision, began_at)
     JOIN check_results AS row USING (monitor_id, revision)
     WHERE row.scheduled_at > cut.began_at - interval '1 day' AND row.scheduled_at < cut.began_at + interval '1 day'
         AND NOT row.by_quorum AND row.interval_ms > 0
         AND row.scheduled_at + row.interval_ms * interval '1 millisecond' > cut.began_at";

fn cut_sql(select: &str) -> String {
    format!(
        "WITH old AS ({select})
         UPDATE check_results AS row
         SET interval_ms = greatest(0, 1000 * extract(epoch FROM old.began_at - old.scheduled_at))::int
         FROM old
         WHERE row.monitor_id = old.monitor_id AND row.scheduled_at = old.scheduled_at AND row.region = old.region
         RETURNING row.monitor_id, row.scheduled_at, old.interval_ms, row.interval_ms, row.delay_ms, row.state,
             row.by_quorum, row.region, row.revision"
    )
}

/// Takes in what the batch says of when revisions began, after its rows were written.
pub(super) async fn follow(
    tx: &Transaction<'_>,
    states: &States,
    written: &mut Written,
) -> Result<(), StoreError> {
    let (mut monitors, mut revisions, mut instants) = (Vec::new(), Vec::new(), Vec::<DateTime<Utc>>::new());
    for (monitor, tracked) in states {
        for (&revision, &began) in &tracked.revised {
            monitors.push(monitor.0);
            revisions.push(i32::try_from(revision).unwrap_or(i32::MAX));
            instants.push(began.into());
        }
    }
    if !monitors.is_empty() {
        let note = tx.prepare_cached(NOTE).await?;
        let rows = tx.query(&note, &[&monitors, &revisions, &instants]).await?;
        cut_by_beginning(tx, &rows, written).await?;
    }
    let slots = overtaken(states, written);
    if !slots.is_empty() {
        let (monitors, slots): (Vec<i64>, Vec<DateTime<Utc>>) = slots.into_iter().unzip();
        let cut = tx.prepare_cached(&cut_sql(CUT_BY_SLOT)).await?;
        note_cuts(&tx.query(&cut, &[&monitors, &slots]).await?, written)?;
    }
    Ok(())
}

async fn cut_by_beginning(
    tx: &Transaction<'_>,
    begun: &[Row],
    written: &mut Written,
) -> Result<(), StoreError> {
    if begun.is_empty() {
        return Ok(());
    }
    let (mut monitors, mut revisions, mut instants) = (Vec::new(), Vec::new(), Vec::new());
    for row in begun {
        monitors.push(row.field::<i64>(0)?);
        revisions.push(row.field::<i32>(1)?);
        instants.push(row.field::<DateTime<Utc>>(2)?);
    }
    let cut = tx.prepare_cached(&cut_sql(CUT_BY_BEGINNING)).await?;
    note_cuts(
        &tx.query(&cut, &[&monitors, &revisions, &instants]).await?,
        written,
    )
}

/// Takes in that several regions decide together in revisions, each from an instant on.
pub(super) async fn cut_by_quorum(
    tx: &Transaction<'_>,
    begun: &[(MonitorId, i32, DateTime<Utc>)],
    written: &mut Written,
) -> Result<(), StoreError> {
    if begun.is_empty() {
        return Ok(());
    }
    let monitors: Vec<i64> = begun.iter().map(|(monitor, ..)| monitor.0).collect();
    let revisions: Vec<i32> = begun.iter().map(|(_, revision, _)| *revision).collect();
    let instants: Vec<DateTime<Utc>> = begun.iter().map(|(.., began)| *began).collect();
    let cut = tx.prepare_cached(&cut_sql(CUT_BY_QUORUM)).await?;
    note_cuts(
        &tx.query(&cut, &[&monitors, &revisions, &instants]).await?,
        written,
    )
}

/// The new rows of revisions that were over.
fn overtaken(states: &States, written: &Written) -> HashSet<(i64, DateTime<Utc>)> {
    let any = |tracked: &Tracked| !tracked.overtaken.is_empty();
    if !states.values().any(any) {
        return HashSet::new();
    }
    let new: HashSet<(MonitorId, Timestamp)> = written
        .added
        .iter()
        .map(|(monitor, sample)| (*monitor, sample.slot))
        .collect();
    let slots = states.iter().flat_map(|(&monitor, tracked)| {
        let slots = tracked.overtaken.iter();
        slots.map(move |&slot| (monitor, slot))
    });
    slots
        .filter(|key| new.contains(key))
        .map(|(monitor, slot)| (monitor.0, slot.into()))
        .collect()
}

fn note_cuts(rows: &[Row], written: &mut Written) -> Result<(), StoreError> {
    for row in rows {
        let old = Sample {
            slot: row.instant(1)?,
            interval_ms: row.millis(2)?,
            delay_ms: row.millis(4)?,
            state: state_of(row.field(5)?),
            latency_ms: None,
        };
        if row.field(6)? {
            let (monitor, revision) = (MonitorId(row.field(0)?), row.field(8)?);
            let was = RegionSample {
                region: row.field(7)?,
                revision,
                sample: old,
            };
            let stands = row.millis(3)?;
            written.of_regions(monitor, revision).cut.push((was, stands));
            continue;
        }
        let new = Sample {
            interval_ms: row.millis(3)?,
            ..old
        };
        written.cut.push((MonitorId(row.field(0)?), old, new));
    }
    Ok(())
}
