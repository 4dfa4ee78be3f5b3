//! The results of a monitor: each slot, newest first, with those that were not checked.

use api::{CheckResult, Outcome};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::record::PointState;
use domain::{MonitorId, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::monitor_row::MonitorRow;
use super::monitor_status::parse_error_code;
use super::point_state::point_state;
use super::skipped_slots as skipped;
use crate::rules::skipped_slots::SkippedSlots;
use crate::rules::uptime_window::DAY_MS;

/// Results of all regions, at most, that are looked at for a page of one region: it may have none.
const LOOKED_AT: usize = 100_000;

/// Later than any slot: 9999-12-31.
const FAR_FUTURE: Timestamp = Timestamp::from_millis(253_402_214_400_000);

/// The results in a range before a position, newest first; of one region, the seventh parameter, where one is asked for.
/// The texts are looked up one by one: as a join the planner may read those of every day.
pub(crate) fn results_sql(is_of_region: bool) -> String {
    let of_region = if is_of_region { "AND region = $7" } else { "" };
    format!(
        "SELECT r.*, e.error_code, e.error FROM (
             SELECT monitor_id, scheduled_at, delay_ms, latency_ms, state, status_code, attempts, region
             FROM check_results
             WHERE monitor_id = $1 AND scheduled_at >= $2 AND scheduled_at < $3
               AND scheduled_at <= $4 AND (scheduled_at, region) < ($4, $5) {of_region}
             ORDER BY scheduled_at DESC, region DESC LIMIT $6
         ) r
         LEFT JOIN LATERAL (
             SELECT error_code, error FROM check_errors
             WHERE monitor_id = r.monitor_id AND scheduled_at = r.scheduled_at AND region = r.region LIMIT 1
         ) e ON true
         ORDER BY r.scheduled_at DESC, r.region DESC"
    )
}

/// The slot that is as many results before a position in a range as are looked at, if there are so many.
pub(crate) fn end_sql() -> String {
    format!(
        "SELECT scheduled_at FROM check_results
         WHERE monitor_id = $1 AND scheduled_at >= $2 AND scheduled_at < $3
           AND scheduled_at <= $4 AND (scheduled_at, region) < ($4, $5)
         ORDER BY scheduled_at DESC, region DESC OFFSET {} LIMIT 1",
        LOOKED_AT - 1
    )
}

/// Where a page begins: before this slot and region.
pub(crate) type Position = (i64, String);

fn read(row: &Row) -> Result<CheckResult, StoreError> {
    let scheduled_at: Timestamp = row.try_get::<_, DateTime<Utc>>("scheduled_at")?.into();
    let delay_ms: i32 = row.try_get("delay_ms")?;
    let state = point_state(row.try_get("state")?);
    let error_code: Option<&str> = row.try_get("error_code")?;
    Ok(CheckResult {
        scheduled_at,
        checked_at: Some(scheduled_at.plus_millis(delay_ms.into())),
        outcome: match state {
            PointState::Down => Outcome::Down,
            _ => Outcome::Up,
        },
        state,
        latency_ms: row.try_get("latency_ms")?,
        status_code: row.try_get("status_code")?,
        error: row.try_get("error")?,
        error_code: error_code.map(parse_error_code),
        attempts: row.try_get("attempts")?,
        region: row.try_get("region")?,
    })
}

fn skipped_result(at: Timestamp, range: &SkippedSlots) -> CheckResult {
    CheckResult {
        scheduled_at: at,
        checked_at: None,
        outcome: Outcome::Skipped,
        state: PointState::Skipped,
        latency_ms: None,
        status_code: None,
        error: Some(range.reason.sentence().to_owned()),
        error_code: None,
        attempts: 0,
        region: range.region.clone(),
    }
}

pub(crate) fn position(result: &CheckResult) -> Position {
    (result.scheduled_at.as_millis(), result.region.clone())
}

/// The results that are asked for.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// The first instant.
    pub(crate) from: Option<Timestamp>,
    /// The first instant after them.
    pub(crate) to: Option<Timestamp>,
    /// Where they were checked from.
    pub(crate) region: Option<String>,
}

/// What there is of a page.
pub(crate) struct Found {
    pub(crate) results: Vec<CheckResult>,
    /// Where the next page begins if this one has all of `results`, because no more was looked at for it.
    pub(crate) end: Option<Position>,
}

/// The slots of a monitor that was [found](super::monitors::find), that come after the position `before` in the list, at
/// most `limit`.
pub(crate) async fn page(
    client: &impl GenericClient,
    monitor: &MonitorRow,
    filter: Filter,
    before: Option<Position>,
    limit: usize,
) -> Result<Found, StoreError> {
    let mut span = Span {
        from: filter.from.unwrap_or_default(),
        to: filter.to.unwrap_or(FAR_FUTURE),
        region: filter.region,
        before: before.unwrap_or((FAR_FUTURE.as_millis(), String::new())),
    };
    let end = if span.region.is_some() && !is_filled_by_a_day(client, monitor.id, &span, limit).await? {
        end(client, monitor.id, &span).await?
    } else {
        None
    };
    span.from = end.unwrap_or(span.from);
    let results = results(client, monitor.id, &span, limit).await?;
    let ranges = ranges(client, monitor.id, &span, limit).await?;
    Ok(Found {
        results: merge(results, &ranges, &span, limit),
        end: end.map(|slot| (slot.as_millis(), String::new())),
    })
}

/// Whether a page is full of what comes within a day: where the region is heard of, it almost always is, and nobody has to
/// count how much there is of others.
async fn is_filled_by_a_day(
    client: &impl GenericClient,
    id: MonitorId,
    span: &Span,
    limit: usize,
) -> Result<bool, StoreError> {
    let day_before = span.latest().min(shared::now()).plus_millis(-DAY_MS);
    let day = Span {
        from: span.from.max(day_before),
        ..span.clone()
    };
    Ok(results(client, id, &day, limit).await?.len() >= limit)
}

/// How far back it is looked for the results of one region; none where that is as far as they are wanted.
async fn end(
    client: &impl GenericClient,
    id: MonitorId,
    span: &Span,
) -> Result<Option<Timestamp>, StoreError> {
    let (from, to) = (span.from.to_datetime(), span.to.to_datetime());
    let before = Timestamp::from_millis(span.before.0).to_datetime();
    let parameters: [&(dyn ToSql + Sync); 5] = [&id.0, &from, &to, &before, &span.before.1];
    let row = client.query_opt(&end_sql(), &parameters).await?;
    let slot = row.map(|row| row.try_get::<_, DateTime<Utc>>(0)).transpose()?;
    Ok(slot.map(Timestamp::from))
}

/// What a page may hold: slots in `[from, to)`, of one region or of all, that come after the position `before` in the list.
#[derive(Clone)]
struct Span {
    from: Timestamp,
    to: Timestamp,
    region: Option<String>,
    before: Position,
}

impl Span {
    fn holds(&self, at: Timestamp, region: &str) -> bool {
        (self.from..self.to).contains(&at) && (at.as_millis(), region) < (self.before.0, &*self.before.1)
    }

    /// No slot of the page is later.
    fn latest(&self) -> Timestamp {
        Timestamp::from_millis(self.before.0).min(self.to)
    }
}

async fn results(
    client: &impl GenericClient,
    id: MonitorId,
    span: &Span,
    limit: usize,
) -> Result<Vec<CheckResult>, StoreError> {
    let (from, to) = (span.from.to_datetime(), span.to.to_datetime());
    let (before, limit) = (Timestamp::from_millis(span.before.0).to_datetime(), limit as i64);
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&id.0, &from, &to, &before, &span.before.1, &limit];
    parameters.extend(span.region.iter().map(|region| region as &(dyn ToSql + Sync)));
    let rows = client
        .query(&results_sql(span.region.is_some()), &parameters)
        .await?;
    rows.iter().map(read).collect()
}

pub(crate) fn ranges_sql(is_of_region: bool) -> String {
    let of_region = if is_of_region { "AND region = $5" } else { "" };
    format!(
        "SELECT {} FROM skipped_slots WHERE monitor_id = $1 AND last_slot >= $2 AND first_slot <= $3 {of_region}
         ORDER BY first_slot DESC LIMIT $4",
        skipped::COLUMNS
    )
}

async fn ranges(
    client: &impl GenericClient,
    id: MonitorId,
    span: &Span,
    limit: usize,
) -> Result<Vec<SkippedSlots>, StoreError> {
    let (from, latest) = (span.from.to_datetime(), span.latest().to_datetime());
    let limit = limit as i64;
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&id.0, &from, &latest, &limit];
    parameters.extend(span.region.iter().map(|region| region as &(dyn ToSql + Sync)));
    let rows = client
        .query(&ranges_sql(span.region.is_some()), &parameters)
        .await?;
    rows.iter().map(|row| Ok(skipped::read(row)?)).collect()
}

/// Results and skipped slots in one list, newest first. What was checked after all is not skipped.
fn merge(results: Vec<CheckResult>, ranges: &[SkippedSlots], span: &Span, limit: usize) -> Vec<CheckResult> {
    let mut merged = results;
    for range in ranges {
        let slots = range.slots_until(span.latest());
        let slots = slots.filter(|&at| span.holds(at, &range.region)).take(limit);
        merged.extend(slots.map(|at| skipped_result(at, range)));
    }
    // Stable, so that of the same slot the result comes first and is the one that is kept.
    merged.sort_by_cached_key(|result| std::cmp::Reverse(position(result)));
    merged.dedup_by(|later, earlier| position(later) == position(earlier));
    merged.truncate(limit);
    merged
}
