//! The time of monitors that several regions check. What a result changes of it is looked at around the result, as it was
//! and as it is: the results of all regions that reach into that time decide.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::coverage::MAX_COVERED_MS;
use domain::live::Point;
use domain::{MonitorId, Timestamp};
use tokio_postgres::Row;

use super::error::StoreError;
use super::fields::Fields as _;
use super::quorums::{self, Quorums};
use super::rows::{Written, state_of};
use crate::rollup::{Hours, RegionRows, Rollup, Sample, joint_points};

/// Window by window: as a join it may be planned to read everybody's results.
const WITHIN: &str = "SELECT w.n, r.scheduled_at, r.interval_ms, r.state, r.latency_ms, r.delay_ms, r.region
     FROM unnest($1::int[], $2::bigint[], $3::int[], $4::timestamptz[], $5::timestamptz[])
         AS w (n, monitor_id, revision, start, until)
     CROSS JOIN LATERAL (
         SELECT scheduled_at, interval_ms, state, latency_ms, delay_ms, region FROM check_results
         WHERE monitor_id = w.monitor_id AND scheduled_at > w.start AND scheduled_at < w.until
             AND revision = w.revision AND by_quorum
         OFFSET 0
     ) r";

/// A span of which the results of a revision are wanted, also of those that only reach into it.
pub(super) struct Window {
    pub(super) monitor: MonitorId,
    pub(super) revision: i32,
    pub(super) span: Range<Timestamp>,
    /// For how long a result may stand, in milliseconds.
    pub(super) interval_ms: i64,
}

/// What a batch has changed of joint time.
#[derive(Debug, Default)]
pub(super) struct Joint {
    /// By monitor and hour, what has to be added.
    pub(super) hours: Hours,
    /// What the results look like on a sparkline, of the monitors of which there are any.
    pub(super) points: BTreeMap<MonitorId, Vec<Point>>,
}

/// What the results that were written change, once all rows are as they will be. `quorums` are those of some of the monitors.
pub(super) async fn measure(
    tx: &Transaction<'_>,
    written: &Written,
    mut quorums: Quorums,
) -> Result<Joint, StoreError> {
    let mut joint = Joint::default();
    if written.joint.is_empty() {
        return Ok(joint);
    }
    let monitors: BTreeSet<MonitorId> = written.joint.keys().map(|(monitor, _)| *monitor).collect();
    quorums::add(tx, &mut quorums, &monitors).await?;
    let (mut windows, mut owners) = (Vec::new(), Vec::new());
    for (&(monitor, revision), changes) in &written.joint {
        let Some(known) = quorums.get(&(monitor, revision)) else {
            continue;
        };
        for span in changes.windows() {
            owners.push((monitor, revision));
            windows.push(Window {
                monitor,
                revision,
                span,
                interval_ms: known.interval_ms,
            });
        }
    }
    let mut rows: BTreeMap<(MonitorId, i32), RegionRows> = BTreeMap::new();
    for (owner, found) in owners.into_iter().zip(within(tx, &windows).await?) {
        // Two windows of one revision may have a result in common.
        rows.entry(owner).or_default().extend(found);
    }
    for (&(monitor, revision), changes) in &written.joint {
        let Some(known) = quorums.get(&(monitor, revision)) else {
            continue;
        };
        let after = rows.entry((monitor, revision)).or_default();
        changes.add_times(monitor.0, &known.quorum, after, &mut joint.hours);
        // What stands for no time was not looked for.
        for row in changes.added.iter().chain(&changes.kept) {
            let name = (row.sample.slot, row.region.clone());
            after.entry(name).or_insert(row.sample);
        }
        let points = joint_points(&known.quorum, after, &changes.windows());
        joint.points.entry(monitor).or_default().extend(points);
    }
    joint.hours.retain(|_, rollup| *rollup != Rollup::default());
    Ok(joint)
}

/// The results that reach into windows, of each.
pub(super) async fn within(
    client: &impl GenericClient,
    windows: &[Window],
) -> Result<Vec<RegionRows>, StoreError> {
    let mut found = vec![RegionRows::new(); windows.len()];
    if windows.is_empty() {
        return Ok(found);
    }
    let numbers: Vec<i32> = (0..).take(windows.len()).collect();
    let monitors: Vec<i64> = windows.iter().map(|window| window.monitor.0).collect();
    let revisions: Vec<i32> = windows.iter().map(|window| window.revision).collect();
    let starts = windows.iter().map(|window| {
        let longest = window.interval_ms.clamp(0, MAX_COVERED_MS);
        DateTime::<Utc>::from(window.span.start.plus_millis(-longest))
    });
    let starts: Vec<DateTime<Utc>> = starts.collect();
    let ends: Vec<DateTime<Utc>> = windows.iter().map(|window| window.span.end.into()).collect();
    let select = client.prepare_cached(WITHIN).await?;
    let rows = client
        .query(&select, &[&numbers, &monitors, &revisions, &starts, &ends])
        .await?;
    for row in &rows {
        let n = usize::try_from(row.field::<i32>(0)?).unwrap_or_default();
        if let Some(found) = found.get_mut(n) {
            found.insert((row.instant(1)?, row.field(6)?), sample(row)?);
        }
    }
    Ok(found)
}

/// A result, with its slot in the second column, then how long it stands, what it found, how fast, and how late it was.
pub(super) fn sample(row: &Row) -> Result<Sample, StoreError> {
    Ok(Sample {
        slot: row.instant(1)?,
        interval_ms: row.millis(2)?,
        delay_ms: row.millis(5)?,
        state: state_of(row.field(3)?),
        latency_ms: row.latency(4)?,
    })
}

/// The windows of some monitors for a span: one for each revision that has a quorum, and may have results in it. None stands
/// for long after the next revision has begun.
pub(super) fn windows_of(quorums: &Quorums, span: &Range<Timestamp>) -> Vec<Window> {
    let ordered: BTreeMap<_, _> = quorums.iter().collect();
    let mut windows: Vec<Window> = Vec::new();
    for (&(monitor, revision), known) in ordered {
        let is_over = known.began_at < span.start.plus_millis(-MAX_COVERED_MS);
        if let Some(last) = windows
            .last_mut()
            .filter(|last| is_over && last.monitor == monitor)
        {
            (last.revision, last.interval_ms) = (revision, known.interval_ms);
            continue;
        }
        windows.push(Window {
            monitor,
            revision,
            span: span.clone(),
            interval_ms: known.interval_ms,
        });
    }
    windows
}
