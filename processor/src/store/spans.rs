//! What heartbeats are taken for, and since when. Whoever calls holds the states of the monitors.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use domain::MonitorId;
use domain::heartbeat::{SpanState, StateSpan, follow};
use tokio_postgres::Row;

use super::error::StoreError;
use super::fields::Fields as _;
use crate::fold::States;

/// The row that stands at an instant, and those that follow.
pub(super) const KNOWN: &str = "SELECT new.monitor_id, old.began, old.state
     FROM unnest($1::bigint[], $2::timestamptz[]) AS new (monitor_id, began)
     CROSS JOIN LATERAL (
         (SELECT began, state FROM heartbeat_spans AS row
          WHERE row.monitor_id = new.monitor_id AND row.began < new.began ORDER BY row.began DESC LIMIT 1)
         UNION ALL
         (SELECT began, state FROM heartbeat_spans AS row
          WHERE row.monitor_id = new.monitor_id AND row.began >= new.began)
     ) AS old ORDER BY 1, 2";

pub(super) const DELETE: &str = "DELETE FROM heartbeat_spans AS old
     USING unnest($1::bigint[], $2::timestamptz[]) AS gone (monitor_id, began)
     WHERE old.monitor_id = gone.monitor_id AND old.began = gone.began";

const INSERT: &str = "INSERT INTO heartbeat_spans (monitor_id, began, state)
     SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::text[])";

/// Writes what the batch says of the time of its heartbeats.
pub(super) async fn write(tx: &Transaction<'_>, states: &States) -> Result<(), StoreError> {
    let changes = states
        .iter()
        .filter_map(|(&id, tracked)| Some((id, tracked.spans.iter().map(|span| span.began).min()?)));
    let (ids, since): (Vec<i64>, Vec<DateTime<Utc>>) = changes
        .map(|(id, since)| (id.0, DateTime::<Utc>::from(since)))
        .unzip();
    if ids.is_empty() {
        return Ok(());
    }
    let select = tx.prepare_cached(KNOWN).await?;
    let mut known: BTreeMap<MonitorId, Vec<StateSpan>> = BTreeMap::new();
    for row in tx.query(&select, &[&ids, &since]).await? {
        let of_monitor = known.entry(MonitorId(row.field(0)?)).or_default();
        of_monitor.push(read(&row, 1)?);
    }
    let mut changes = Changes::default();
    for (&id, tracked) in states.iter().filter(|(_, tracked)| !tracked.spans.is_empty()) {
        let before = known.remove(&id).unwrap_or_default();
        let mut after = before.clone();
        tracked.spans.iter().for_each(|&span| follow(&mut after, span));
        changes.replace(id, &before, &after);
    }
    changes.write(tx).await
}

/// A span, whose columns begin at `first`.
pub(super) fn read(row: &Row, first: usize) -> Result<StateSpan, StoreError> {
    Ok(StateSpan {
        began: row.instant(first)?,
        state: SpanState::named(row.field(first + 1)?),
    })
}

/// Rows that go, and rows that come.
#[derive(Default)]
pub(super) struct Changes {
    gone: Columns,
    new: Columns,
}

impl Changes {
    /// Puts spans of a monitor in the place of others.
    pub(super) fn replace(&mut self, monitor: MonitorId, before: &[StateSpan], after: &[StateSpan]) {
        for span in before.iter().filter(|span| !after.contains(span)) {
            self.gone.push(monitor, span);
        }
        for span in after.iter().filter(|span| !before.contains(span)) {
            self.new.push(monitor, span);
        }
    }

    pub(super) async fn write(&self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        let Self { gone, new } = self;
        if !gone.monitor_id.is_empty() {
            let delete = tx.prepare_cached(DELETE).await?;
            tx.execute(&delete, &[&gone.monitor_id, &gone.began]).await?;
        }
        if !new.monitor_id.is_empty() {
            let insert = tx.prepare_cached(INSERT).await?;
            tx.execute(&insert, &[&new.monitor_id, &new.began, &new.state])
                .await?;
        }
        Ok(())
    }
}

/// Spans by column.
#[derive(Default)]
struct Columns {
    monitor_id: Vec<i64>,
    began: Vec<DateTime<Utc>>,
    state: Vec<&'static str>,
}

impl Columns {
    fn push(&mut self, monitor: MonitorId, span: &StateSpan) {
        self.monitor_id.push(monitor.0);
        self.began.push(DateTime::<Utc>::from(span.began));
        self.state.push(span.state.as_str());
    }
}
