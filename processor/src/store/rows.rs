//! The rows of results. One is named by (monitor, slot, region); a higher revision replaces a lower one
//! under the same name, and among equal ones the first stays.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use domain::record::PointState;
use domain::{CheckResult, MonitorId, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::fields::Fields as _;
use crate::rollup::{RegionChanges, RegionSample, Sample};

const INSERT: &str = "INSERT INTO check_results
         (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms, state, status_code, attempts, region,
          append_delay_ms)
     SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::int[], $5::int[], $6::int[],
         $7::smallint[], $8::smallint[], $9::smallint[], $10::text[], $11::int[])
     ON CONFLICT DO NOTHING RETURNING monitor_id, scheduled_at, region";

/// Where results of several regions are among them.
const INSERT_BY_QUORUM: &str = "INSERT INTO check_results
         (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms, state, status_code, attempts, region,
          append_delay_ms, by_quorum)
     SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::int[], $5::int[], $6::int[],
         $7::smallint[], $8::smallint[], $9::smallint[], $10::text[], $11::int[], $12::boolean[])
     ON CONFLICT DO NOTHING RETURNING monitor_id, scheduled_at, region";

const EXISTING: &str = "SELECT row.monitor_id, row.scheduled_at, row.region, row.revision, row.interval_ms, row.latency_ms, row.state,
         row.delay_ms, row.by_quorum
     FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]) AS key (monitor_id, scheduled_at, region)
     JOIN check_results AS row USING (monitor_id, scheduled_at, region)";

const REPLACE: &str = "UPDATE check_results AS old SET
         revision = new.revision, interval_ms = new.interval_ms, delay_ms = new.delay_ms,
         latency_ms = new.latency_ms, state = new.state, status_code = new.status_code, attempts = new.attempts,
         append_delay_ms = new.append_delay_ms, by_quorum = new.by_quorum
     FROM unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::int[], $5::int[], $6::int[],
         $7::smallint[], $8::smallint[], $9::smallint[], $10::text[], $11::int[], $12::boolean[])
         AS new (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms, state, status_code,
                 attempts, region, append_delay_ms, by_quorum)
     WHERE old.monitor_id = new.monitor_id AND old.scheduled_at = new.scheduled_at AND old.region = new.region";

const INSERT_ERRORS: &str = "INSERT INTO check_errors (monitor_id, scheduled_at, region, error_code, error)
     SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])
     ON CONFLICT (monitor_id, scheduled_at, region)
     DO UPDATE SET error_code = excluded.error_code, error = excluded.error";

const DELETE_ERRORS: &str = "DELETE FROM check_errors AS old
     USING unnest($1::bigint[], $2::timestamptz[], $3::text[]) AS gone (monitor_id, scheduled_at, region)
     WHERE old.monitor_id = gone.monitor_id AND old.scheduled_at = gone.scheduled_at AND old.region = gone.region";

type Key<'a> = (MonitorId, Timestamp, &'a str);

fn key(result: &CheckResult) -> Key<'_> {
    (result.monitor_id, result.scheduled_at, &result.region)
}

fn row_key(row: &Row) -> Result<Key<'_>, StoreError> {
    Ok((MonitorId(row.field(0)?), row.instant(1)?, row.field(2)?))
}

/// A result, and when it was appended to the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Appended<'a> {
    pub(super) result: &'a CheckResult,
    pub(super) at: Timestamp,
    /// Whether it stands for no time: it has no say, because several regions decide together.
    pub(super) is_uncounted: bool,
}

impl<'a> Appended<'a> {
    /// By which of two results of one name there is a row.
    fn strength(self) -> (i32, bool) {
        (revision(self.result), by_quorum(self.result))
    }

    fn key(self) -> Key<'a> {
        key(self.result)
    }
}

/// What became of the results of a batch. Those of several regions that decide together stand for no time here; `joint` has
/// for which they do.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// New rows.
    pub(super) added: Vec<(MonitorId, Sample)>,
    /// Rows that were replaced, as they were.
    pub(super) removed: Vec<(MonitorId, Sample)>,
    /// Rows that no longer stand for the whole of their interval: as they were, and as they are.
    pub(super) cut: Vec<(MonitorId, Sample, Sample)>,
    /// Rows that were there already and stayed.
    pub(super) kept: Vec<(MonitorId, Sample)>,
    /// What became of those of several regions, by monitor and revision.
    pub(super) joint: BTreeMap<(MonitorId, i32), RegionChanges>,
}

impl Written {
    /// What became of the results of several regions in a revision.
    pub(super) fn of_regions(&mut self, monitor: MonitorId, revision: i32) -> &mut RegionChanges {
        self.joint.entry((monitor, revision)).or_default()
    }
}

/// The same where its time is joint: counted, and no more.
pub(super) fn counted(sample: Sample) -> Sample {
    Sample {
        interval_ms: 0,
        ..sample
    }
}

/// Writes the results of a batch, which may name one row more than once.
pub(super) async fn write(tx: &Transaction<'_>, results: &[Appended<'_>]) -> Result<Written, StoreError> {
    let mut written = Written::default();
    // In the order of the index, which keeps its pages warm and full.
    let mut unique: Vec<Appended<'_>> = strongest(results).into_values().collect();
    unique.sort_unstable_by_key(|appended| appended.key());
    if unique.is_empty() {
        return Ok(written);
    }
    let columns = Columns::of(&unique);
    let rows = if columns.by_quorum.contains(&true) {
        let insert = tx.prepare_cached(INSERT_BY_QUORUM).await?;
        tx.query(&insert, &columns.params()).await?
    } else {
        let insert = tx.prepare_cached(INSERT).await?;
        tx.query(&insert, &columns.params()[..11]).await?
    };
    let inserted: HashSet<Key<'_>> = rows.iter().map(row_key).collect::<Result<_, _>>()?;
    let (mut fresh, known): (Vec<Appended<'_>>, Vec<Appended<'_>>) = unique
        .into_iter()
        .partition(|appended| inserted.contains(&appended.key()));
    let replacing = compare(tx, &known, &mut written).await?;
    if !replacing.is_empty() {
        let columns = Columns::of(&replacing);
        let replace = tx.prepare_cached(REPLACE).await?;
        tx.execute(&replace, &columns.params()).await?;
        let delete = tx.prepare_cached(DELETE_ERRORS).await?;
        tx.execute(&delete, &columns.keys()).await?;
        fresh.extend(replacing);
    }
    write_errors(tx, &fresh).await?;
    for appended in &fresh {
        let (result, mut sample) = (appended.result, sample(appended));
        if by_quorum(result) {
            let row = of_region(result, sample);
            written
                .of_regions(result.monitor_id, row.revision)
                .added
                .push(row);
            sample = counted(sample);
        }
        written.added.push((result.monitor_id, sample));
    }
    Ok(written)
}

/// One result per name: that of the highest revision, then one that several regions decide by, and among equal ones the
/// first.
fn strongest<'a>(results: &[Appended<'a>]) -> HashMap<Key<'a>, Appended<'a>> {
    let mut strongest: HashMap<Key<'a>, Appended<'a>> = HashMap::with_capacity(results.len());
    for &appended in results {
        let known = strongest.entry(appended.key()).or_insert(appended);
        if appended.strength() > known.strength() {
            *known = appended;
        }
    }
    strongest
}

/// Looks at the rows that were there before; answers the results that replace theirs.
async fn compare<'a>(
    tx: &Transaction<'_>,
    known: &[Appended<'a>],
    written: &mut Written,
) -> Result<Vec<Appended<'a>>, StoreError> {
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let existing = tx.prepare_cached(EXISTING).await?;
    let rows = tx.query(&existing, &Columns::of(known).keys()).await?;
    let by_key = rows.iter().map(|row| Ok((row_key(row)?, row)));
    let by_key: HashMap<Key<'_>, &Row> = by_key.collect::<Result<_, StoreError>>()?;
    let mut replacing = Vec::new();
    for &appended in known {
        let Some(row) = by_key.get(&appended.key()) else {
            continue;
        };
        let result = appended.result;
        let mut old = Sample {
            slot: result.scheduled_at,
            interval_ms: row.millis(4)?,
            latency_ms: row.latency(5)?,
            state: state_of(row.field(6)?),
            delay_ms: row.millis(7)?,
        };
        let (revision, by_quorum) = (row.field::<i32>(3)?, row.field::<bool>(8)?);
        let is_replaced = appended.strength() > (revision, by_quorum);
        if by_quorum {
            let region = result.region.clone();
            let row = RegionSample {
                region,
                revision,
                sample: old,
            };
            let changes = written.of_regions(result.monitor_id, revision);
            if is_replaced {
                changes.removed.push(row);
            } else {
                changes.kept.push(row);
            }
            old = counted(old);
        }
        if is_replaced {
            written.removed.push((result.monitor_id, old));
            replacing.push(appended);
        } else {
            written.kept.push((result.monitor_id, old));
        }
    }
    Ok(replacing)
}

async fn write_errors(tx: &Transaction<'_>, results: &[Appended<'_>]) -> Result<(), StoreError> {
    let failed: Vec<Appended<'_>> = results
        .iter()
        .copied()
        .filter(|appended| appended.result.error.is_some() || appended.result.error_code.is_some())
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(&failed);
    let codes: Vec<Option<&str>> = failed
        .iter()
        .map(|appended| appended.result.error_code.map(domain::ErrorCode::as_str))
        .collect();
    let errors: Vec<Option<&str>> = failed
        .iter()
        .map(|appended| appended.result.error.as_deref())
        .collect();
    let insert = tx.prepare_cached(INSERT_ERRORS).await?;
    tx.execute(
        &insert,
        &[
            &columns.monitor_id,
            &columns.scheduled_at,
            &columns.region,
            &codes,
            &errors,
        ],
    )
    .await?;
    Ok(())
}

/// The result as it is stored, so that what is added up is what could be recounted.
fn sample(appended: &Appended<'_>) -> Sample {
    let result = appended.result;
    Sample {
        slot: result.scheduled_at,
        interval_ms: i64::from(interval(appended)),
        delay_ms: i64::from(delay(result)),
        state: result.point_state(),
        latency_ms: result.latency_ms.map(|ms| ms.min(i32::MAX as u32)),
    }
}

pub(super) fn revision(result: &CheckResult) -> i32 {
    result
        .revision
        .map_or(0, |revision| i32::try_from(revision).unwrap_or(i32::MAX))
}

fn of_region(result: &CheckResult, sample: Sample) -> RegionSample {
    RegionSample {
        region: result.region.clone(),
        revision: revision(result),
        sample,
    }
}

/// Whether several regions decide by it together.
fn by_quorum(result: &CheckResult) -> bool {
    result.quorum.is_some()
}

pub(super) fn interval(appended: &Appended<'_>) -> i32 {
    let interval = appended.result.interval_ms;
    interval
        .filter(|_| !appended.is_uncounted)
        .map_or(0, |interval| i32::try_from(interval).unwrap_or(i32::MAX))
}

fn delay(result: &CheckResult) -> i32 {
    since_slot(result, result.timestamp)
}

/// Milliseconds from the slot to an instant.
fn since_slot(result: &CheckResult, at: Timestamp) -> i32 {
    let delay = at.millis_since(result.scheduled_at);
    delay.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

/// The number in the column `state`.
pub(super) fn number_of(state: PointState) -> i16 {
    match state {
        PointState::Up => 0,
        PointState::Degraded => 1,
        PointState::Down | PointState::Skipped => 2,
    }
}

/// What the number in the column `state` means.
pub(super) fn state_of(number: i16) -> PointState {
    match number {
        0 => PointState::Up,
        1 => PointState::Degraded,
        _ => PointState::Down,
    }
}

/// Results by column, as the statements take them.
struct Columns<'a> {
    monitor_id: Vec<i64>,
    scheduled_at: Vec<DateTime<Utc>>,
    revision: Vec<i32>,
    interval_ms: Vec<i32>,
    delay_ms: Vec<i32>,
    latency_ms: Vec<Option<i32>>,
    state: Vec<i16>,
    status_code: Vec<Option<i16>>,
    attempts: Vec<i16>,
    region: Vec<&'a str>,
    append_delay_ms: Vec<i32>,
    by_quorum: Vec<bool>,
}

impl<'a> Columns<'a> {
    fn of(appended: &[Appended<'a>]) -> Self {
        let results = || appended.iter().map(|appended| appended.result);
        Self {
            monitor_id: results().map(|r| r.monitor_id.0).collect(),
            scheduled_at: results().map(|r| r.scheduled_at.into()).collect(),
            revision: results().map(revision).collect(),
            interval_ms: appended.iter().map(interval).collect(),
            delay_ms: results().map(delay).collect(),
            latency_ms: results()
                .map(|r| r.latency_ms.map(|ms| i32::try_from(ms).unwrap_or(i32::MAX)))
                .collect(),
            state: results().map(|r| number_of(r.point_state())).collect(),
            status_code: results()
                .map(|r| r.status_code.and_then(|code| i16::try_from(code).ok()))
                .collect(),
            attempts: results()
                .map(|r| i16::try_from(r.attempts).unwrap_or(i16::MAX))
                .collect(),
            region: results().map(|r| r.region.as_str()).collect(),
            append_delay_ms: appended.iter().map(|a| since_slot(a.result, a.at)).collect(),
            by_quorum: results().map(by_quorum).collect(),
        }
    }

    fn keys(&self) -> [&(dyn ToSql + Sync); 3] {
        [&self.monitor_id, &self.scheduled_at, &self.region]
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 12] {
        [
            &self.monitor_id,
            &self.scheduled_at,
            &self.revision,
            &self.interval_ms,
            &self.delay_ms,
            &self.latency_ms,
            &self.state,
            &self.status_code,
            &self.attempts,
            &self.region,
            &self.append_delay_ms,
            &self.by_quorum,
        ]
    }
}
