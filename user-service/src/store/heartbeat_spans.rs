//! What heartbeats were taken for, and since when: their part in uptime, beside that of results.

use std::collections::HashMap;
use std::ops::Range;

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::heartbeat::{SpanState, StateSpan};
use domain::{MonitorId, Timestamp};

use super::error::StoreError;

/// The row that stands when a span begins, and those that follow within it.
pub(crate) const SPANS: &str = "
    SELECT w.monitor_id, s.began, s.state
    FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS w (monitor_id, start, until)
    CROSS JOIN LATERAL (
        (SELECT began, state FROM heartbeat_spans WHERE monitor_id = w.monitor_id AND began <= w.start
         ORDER BY began DESC LIMIT 1)
        UNION ALL
        (SELECT began, state FROM heartbeat_spans
         WHERE monitor_id = w.monitor_id AND began > w.start AND began < w.until)
    ) s ORDER BY w.monitor_id, s.began";

/// The spans of monitors, each named once with the time that is asked for; those that were never heartbeats are left out.
pub(crate) async fn spans(
    client: &impl GenericClient,
    wanted: &HashMap<MonitorId, Range<Timestamp>>,
) -> Result<HashMap<MonitorId, Vec<StateSpan>>, StoreError> {
    let ids: Vec<i64> = wanted.keys().map(|id| id.0).collect();
    let starts: Vec<DateTime<Utc>> = wanted.values().map(|span| span.start.to_datetime()).collect();
    let ends: Vec<DateTime<Utc>> = wanted.values().map(|span| span.end.to_datetime()).collect();
    let statement = client.prepare_cached(SPANS).await?;
    let mut spans: HashMap<MonitorId, Vec<StateSpan>> = HashMap::new();
    for row in client.query(&statement, &[&ids, &starts, &ends]).await? {
        let span = StateSpan {
            began: row.try_get::<_, DateTime<Utc>>(1)?.into(),
            state: SpanState::named(row.try_get(2)?),
        };
        spans.entry(MonitorId(row.try_get(0)?)).or_default().push(span);
    }
    Ok(spans)
}
