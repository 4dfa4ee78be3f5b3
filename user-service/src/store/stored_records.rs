//! What the log has said of a monitor, as far as the database holds it, in the order in which it was appended.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use alerting::backtest::{StoredLog, StoredMonitor, StoredRecord, StoredResult};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::monitor::FieldError;
use domain::record::{HEARTBEAT, Lifecycle, LifecycleEvent};
use domain::{ErrorCode, IncidentId, MonitorId, Record, Timestamp};
use futures_util::TryStreamExt as _;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::Scope;
use super::error::StoreError;
use super::monitor_status::parse_error_code;
use super::point_state::point_state;
use super::scope::sees;
use super::stored_pings;

/// Acknowledgements that are read, at most.
const MAX_ACKNOWLEDGEMENTS: i64 = 5_000;

/// Texts of errors that are kept, at most. They decide nothing: of more of them, those that come later are left out.
const MAX_TEXTS: usize = 1_000;

/// Spans in which monitors were announced that are read, at most.
const MAX_SPANS: i64 = 10_000;

/// The slots in the time, in their order. Whose the monitor is, and whether it is seen, is looked up once.
pub(crate) fn results_sql() -> String {
    format!(
        "SELECT r.scheduled_at, r.revision, r.interval_ms, r.delay_ms, r.append_delay_ms, r.latency_ms, r.state, r.region,
             r.by_quorum
         FROM check_results r
         WHERE r.monitor_id = $1 AND r.scheduled_at >= $2 AND r.scheduled_at < $3
             AND EXISTS (SELECT FROM monitors m WHERE m.id = $1 AND m.org_id = $5 AND {})
         ORDER BY r.scheduled_at, r.region LIMIT $4",
        sees("m.id", 5, 6)
    )
}

/// The texts of these results. Few have one, so that a join would look into the index of each day for every result.
pub(crate) const ERRORS: &str = "
    SELECT scheduled_at, region, error_code, error FROM check_errors
    WHERE monitor_id = $1 AND scheduled_at >= $2 AND scheduled_at < $3
    ORDER BY scheduled_at LIMIT $4";

/// Which revisions were paused, as far as that is known.
const PAUSED: &str = "
    SELECT DISTINCT revision, paused FROM (
        SELECT (p.was->>'revision')::integer AS revision, (p.was->>'paused')::boolean AS paused
        FROM past_rows p
        WHERE p.org_id = $2 AND p.relation = 'monitors' AND p.row_key = ($1::bigint)::text
        UNION ALL
        SELECT m.revision, (m.spec->>'paused')::boolean FROM monitors m WHERE m.id = $1 AND m.org_id = $2
    ) AS known
    WHERE revision IS NOT NULL AND paused IS NOT NULL";

const ACKNOWLEDGEMENTS: &str = "
    SELECT a.incident_id, a.acknowledged_at, i.revision
    FROM incidents i JOIN incident_acknowledgements a ON a.incident_id = i.id AND a.org_id = i.org_id
    WHERE i.monitor_id = $1 AND i.org_id = $2 AND a.acknowledged_at >= $3 AND a.acknowledged_at < $4
    ORDER BY a.acknowledged_at LIMIT $5";

/// The first of the alerts about the beginning of each outage by which a channel was, or was to be, notified.
pub(crate) const ANNOUNCED: &str = "
    SELECT i.monitor_id, e.at, i.resolved_at
    FROM incidents i CROSS JOIN LATERAL (
        SELECT min(at) AS at FROM alert_events
        WHERE incident_id = i.id AND org_id = $1 AND alert = 'down' AND channel_id <> 0
            AND step IN ('decided', 'attempted', 'sent')
    ) AS e
    WHERE i.org_id = $1 AND i.monitor_id = ANY($2) AND i.started_at < $4 AND coalesce(i.resolved_at > $3, true)
        AND e.at IS NOT NULL
    ORDER BY i.monitor_id, e.at LIMIT $5";

/// A record, and when it was appended to the log.
pub(super) type Appended = (Timestamp, Record);

/// Everything of a monitor within a time, in the order in which it was appended: results whose slots lie in the time,
/// edits, pauses and acknowledgements, of which there are at most a few thousand. Of an edit and of an acknowledgement it is
/// known when the user made it, which is hardly earlier; of several acknowledgements of an incident, the last one. At most
/// `limit` results; none where there is more of either. Of a heartbeat they are its pings, with those that lead to the time.
pub(crate) async fn read(
    client: &impl GenericClient,
    scope: Scope,
    of: &StoredMonitor,
    time: Range<Timestamp>,
    limit: usize,
) -> Result<Option<StoredLog>, StoreError> {
    if of.kind == HEARTBEAT {
        return stored_pings::read(client, scope, of, time, limit).await;
    }
    let Some(others) = by_users(client, scope, of, &time).await? else {
        return Ok(None);
    };
    let other = |(at, record)| (at, StoredRecord::Other(Box::new(record)));
    let mut records: Vec<(Timestamp, StoredRecord)> = others.into_iter().map(other).collect();
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let (start, end) = (time.start.to_datetime(), time.end.to_datetime());
    let mut texts = Texts::default();
    let mut errors = Errors::read(client, of.id, [start, end], most, &mut texts).await?;
    let statement = client.prepare_cached(&results_sql()).await?;
    let who = scope.who();
    let parameters: [&(dyn ToSql + Sync); 6] = [&of.id.0, &start, &end, &most, scope.org_id(), &who];
    // One by one: the rows of so many results are not to be there at the same time.
    let mut rows = std::pin::pin!(client.query_raw(&statement, parameters).await?);
    let mut results = 0;
    while let Some(row) = rows.try_next().await? {
        results += 1;
        if results > limit {
            return Ok(None);
        }
        let result = read_result(&row, &mut errors, &mut texts)?;
        records.push((result.appended_at(), StoredRecord::Result(result)));
    }
    // What was appended at the same instant stays in the order of its slots, after what users did.
    Ok(Some(StoredLog::new(of.clone(), records)))
}

/// What users did within a time, in no order; none where that is too much.
pub(super) async fn by_users(
    client: &impl GenericClient,
    scope: Scope,
    of: &StoredMonitor,
    time: &Range<Timestamp>,
) -> Result<Option<Vec<Appended>>, StoreError> {
    let mut all = changes(client, scope, of, time).await?;
    let acknowledgements = acknowledgements(client, scope, of, time).await?;
    if acknowledgements.len() as i64 >= MAX_ACKNOWLEDGEMENTS {
        return Ok(None);
    }
    all.extend(acknowledgements);
    Ok(Some(all))
}

fn read_result(row: &Row, errors: &mut Errors, texts: &mut Texts) -> Result<StoredResult, StoreError> {
    let scheduled_at = Timestamp::from(row.try_get::<_, DateTime<Utc>>(0)?);
    let (revision, interval_ms, delay_ms): (i32, i32, i32) =
        (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    let (append_delay_ms, latency_ms): (Option<i32>, Option<i32>) = (row.try_get(4)?, row.try_get(5)?);
    let region = texts.region(row.try_get(7)?);
    let (error_code, error) = errors.take(scheduled_at, &region);
    Ok(StoredResult {
        scheduled_at,
        revision: revision.unsigned_abs(),
        interval_ms: interval_ms.unsigned_abs(),
        delay_ms: i64::from(delay_ms),
        append_delay_ms: append_delay_ms.map(i64::from),
        latency_ms: latency_ms.map(i32::unsigned_abs),
        state: point_state(row.try_get(6)?),
        region,
        by_quorum: row.try_get(8)?,
        error_code,
        error,
    })
}

/// What went wrong at a slot in a region: the code and the words.
type StoredError = (Timestamp, Arc<str>, Option<ErrorCode>, Option<Arc<str>>);

/// Texts that many results share.
#[derive(Debug, Default)]
struct Texts {
    regions: HashSet<Arc<str>>,
    errors: HashSet<Arc<str>>,
}

impl Texts {
    fn region(&mut self, name: &str) -> Arc<str> {
        interned(&mut self.regions, name)
    }

    /// None of those that are too many.
    fn error(&mut self, words: &str) -> Option<Arc<str>> {
        let has_room = self.errors.len() < MAX_TEXTS || self.errors.contains(words);
        has_room.then(|| interned(&mut self.errors, words))
    }
}

fn interned(known: &mut HashSet<Arc<str>>, text: &str) -> Arc<str> {
    if let Some(text) = known.get(text) {
        return Arc::clone(text);
    }
    let text: Arc<str> = text.into();
    known.insert(Arc::clone(&text));
    text
}

/// What went wrong, in the order of slots.
#[derive(Debug, Default)]
struct Errors(VecDeque<StoredError>);

impl Errors {
    async fn read(
        client: &impl GenericClient,
        monitor: MonitorId,
        [start, end]: [DateTime<Utc>; 2],
        limit: i64,
        texts: &mut Texts,
    ) -> Result<Self, StoreError> {
        let statement = client.prepare_cached(ERRORS).await?;
        let parameters: [&(dyn ToSql + Sync); 4] = [&monitor.0, &start, &end, &limit];
        let mut rows = std::pin::pin!(client.query_raw(&statement, parameters).await?);
        let mut errors = VecDeque::new();
        while let Some(row) = rows.try_next().await? {
            let slot = Timestamp::from(row.try_get::<_, DateTime<Utc>>(0)?);
            let code: Option<&str> = row.try_get(2)?;
            let (region, words) = (texts.region(row.try_get(1)?), row.try_get::<_, Option<&str>>(3)?);
            let words = words.and_then(|words| texts.error(words));
            errors.push_back((slot, region, code.map(parse_error_code), words));
        }
        Ok(Self(errors))
    }

    /// Takes the one of a result; those of earlier slots go.
    fn take(&mut self, slot: Timestamp, region: &str) -> (Option<ErrorCode>, Option<Arc<str>>) {
        while self.0.front().is_some_and(|(of, ..)| *of < slot) {
            self.0.pop_front();
        }
        let mut of_slot = self.0.iter().take_while(|(of, ..)| *of == slot);
        let place = of_slot.position(|(_, of, ..)| **of == *region);
        let found = place.and_then(|place| self.0.remove(place));
        found.map_or((None, None), |(.., code, words)| (code, words))
    }
}

/// When users have edited, paused and resumed it. The first revision begins with its first result.
async fn changes(
    client: &impl GenericClient,
    scope: Scope,
    of: &StoredMonitor,
    time: &Range<Timestamp>,
) -> Result<Vec<Appended>, StoreError> {
    let mut begun = of.revisions.iter().filter_map(|revision| revision.began_at);
    if !begun.any(|at| time.contains(&at)) {
        return Ok(Vec::new());
    }
    let paused = paused(client, scope, of).await?;
    let (mut changes, mut was_paused) = (Vec::new(), None);
    for revision in &of.revisions {
        let is_paused = paused.get(&revision.revision).copied();
        let event = event_of(was_paused, is_paused);
        was_paused = is_paused;
        let began_at = revision.began_at.filter(|at| time.contains(at));
        if let Some(at) = began_at.filter(|_| revision.revision > 1) {
            let lifecycle = Lifecycle {
                monitor_id: of.id,
                org_id: of.org,
                url: String::new(),
                timestamp: at,
                revision: revision.revision,
                probe_revision: revision
                    .probe_revision
                    .filter(|_| event == LifecycleEvent::Edited),
                event,
                incident_id: None,
                usual: None,
                delivery_id: None,
            };
            changes.push((at, Record::Lifecycle(lifecycle)));
        }
    }
    Ok(changes)
}

/// Which revisions were paused, as far as that is known.
pub(super) async fn paused(
    client: &impl GenericClient,
    scope: Scope,
    of: &StoredMonitor,
) -> Result<HashMap<u32, bool>, StoreError> {
    let statement = client.prepare_cached(PAUSED).await?;
    let rows = client.query(&statement, &[&of.id.0, scope.org_id()]).await?;
    let read = |row: &Row| Ok((row.try_get::<_, i32>(0)?.unsigned_abs(), row.try_get(1)?));
    rows.iter().map(read).collect()
}

/// What a user did to begin a revision, by whether the one before it and itself were paused; where that is not known, an
/// edit.
fn event_of(before: Option<bool>, after: Option<bool>) -> LifecycleEvent {
    match (before, after) {
        (None | Some(false), Some(true)) => LifecycleEvent::Paused,
        (Some(true), Some(false)) => LifecycleEvent::Resumed,
        _ => LifecycleEvent::Edited,
    }
}

async fn acknowledgements(
    client: &impl GenericClient,
    scope: Scope,
    of: &StoredMonitor,
    time: &Range<Timestamp>,
) -> Result<Vec<Appended>, StoreError> {
    let (start, end) = (time.start.to_datetime(), time.end.to_datetime());
    let statement = client.prepare_cached(ACKNOWLEDGEMENTS).await?;
    let rows = client
        .query(
            &statement,
            &[&of.id.0, scope.org_id(), &start, &end, &MAX_ACKNOWLEDGEMENTS],
        )
        .await?;
    let read = |row: &Row| -> Result<Appended, StoreError> {
        let at = Timestamp::from(row.try_get::<_, DateTime<Utc>>(1)?);
        let lifecycle = Lifecycle {
            monitor_id: of.id,
            org_id: of.org,
            url: String::new(),
            timestamp: at,
            revision: row.try_get::<_, i32>(2)?.unsigned_abs(),
            probe_revision: None,
            event: LifecycleEvent::Acknowledged,
            incident_id: Some(IncidentId(row.try_get(0)?)),
            usual: None,
            delivery_id: None,
        };
        Ok((at, Record::Lifecycle(lifecycle)))
    };
    rows.iter().map(read).collect()
}

/// When each of these monitors was down and somebody was notified of it: from when the first channel was to be, until the
/// outage was over, or the time is. Also of monitors that are not seen, because what depends on them was held back all the
/// same.
///
/// # Errors
/// 422 (`from`) when they were too often.
pub(crate) async fn announced(
    client: &impl GenericClient,
    scope: Scope,
    monitors: &[MonitorId],
    time: Range<Timestamp>,
) -> Result<Vec<(MonitorId, Vec<Range<Timestamp>>)>, StoreError> {
    let mut announced: Vec<(MonitorId, Vec<Range<Timestamp>>)> = Vec::new();
    if monitors.is_empty() {
        return Ok(announced);
    }
    let ids: Vec<i64> = monitors.iter().map(|id| id.0).collect();
    let (start, end) = (time.start.to_datetime(), time.end.to_datetime());
    let statement = client.prepare_cached(ANNOUNCED).await?;
    let rows = client
        .query(&statement, &[scope.org_id(), &ids, &start, &end, &MAX_SPANS])
        .await?;
    if rows.len() as i64 >= MAX_SPANS {
        let wrong = "must be later: monitors on which it depends were down too often";
        return Err(StoreError::Invalid(vec![FieldError::new("from", wrong)]));
    }
    for row in &rows {
        let monitor = MonitorId(row.try_get(0)?);
        let from = Timestamp::from(row.try_get::<_, DateTime<Utc>>(1)?);
        let resolved: Option<DateTime<Utc>> = row.try_get(2)?;
        let span = from..resolved.map_or(time.end, Timestamp::from);
        // It was over before anybody was to be notified.
        if span.is_empty() {
            continue;
        }
        match announced.last_mut() {
            Some((of, spans)) if *of == monitor => spans.push(span),
            _ => announced.push((monitor, vec![span])),
        }
    }
    Ok(announced)
}

#[cfg(test)]
mod tests;
