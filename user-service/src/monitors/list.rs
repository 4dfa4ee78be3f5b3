//! Reading monitors together with their status and recent history: as many queries, however many monitors
//! there are.

use std::collections::HashMap;

use api::Monitor;
use deadpool_postgres::GenericClient;
use domain::live::{LiveState, LiveStatus};
use domain::{MonitorId, OrgId};
use shared::problem::Problem;

use super::live::{self, Live};
use super::row::MonitorRow;
use super::status;
use super::view::view;
use crate::app::App;
use crate::history;
use crate::text::like_pattern;

/// Which monitors are asked for.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// Part of the name or the URL.
    pub(super) part: Option<String>,
    pub(super) state: Option<LiveState>,
    pub(super) kind: Option<String>,
}

/// The monitors of an organisation after `after` that fit `filter`, by id, at most `limit`.
pub(super) async fn page(
    client: &impl GenericClient,
    org: OrgId,
    filter: &Filter,
    after: MonitorId,
    limit: i64,
) -> Result<Vec<MonitorRow>, Problem> {
    // The state is looked up one by one, and only when it is asked for.
    let sql = format!(
        "SELECT {} FROM monitors m
         WHERE m.org_id = $1 AND m.deleted_at IS NULL AND m.id > $2
           AND ($3::text IS NULL OR m.name ILIKE $3 OR coalesce(m.spec->>'url', m.spec->>'host') ILIKE $3)
           AND ($4::text IS NULL OR m.spec->>'kind' = $4)
           AND ($5::text IS NULL OR $5 = (
               SELECT {} FROM (VALUES (m.id)) AS it (id) LEFT JOIN monitor_states s ON s.monitor_id = it.id
           ))
         ORDER BY m.id LIMIT $6",
        super::COLUMNS,
        super::EFFECTIVE_STATE,
    );
    let pattern = filter.part.as_deref().map(like_pattern);
    let state = filter.state.map(LiveState::as_str);
    let statement = client.prepare_cached(&sql).await?;
    let rows = client
        .query(
            &statement,
            &[&org.0, &after.0, &pattern, &filter.kind, &state, &limit],
        )
        .await?;
    rows.iter().map(|row| Ok(MonitorRow::read(row)?)).collect()
}

/// The monitors as they are answered, in the same order.
pub(super) async fn views(
    app: &App,
    client: &impl GenericClient,
    org: OrgId,
    monitors: Vec<MonitorRow>,
) -> Result<Vec<Monitor>, Problem> {
    let now = shared::now();
    let ids: Vec<MonitorId> = monitors.iter().map(|row| row.id).collect();
    let born: Vec<_> = monitors.iter().map(|row| (row.id, row.created_at)).collect();
    let (live, uptimes) = tokio::join!(
        live::read(app, org, &ids),
        history::uptime_of_a_day(client, &born, now)
    );
    let lacking = |lacks: fn(&Live) -> bool| -> Vec<i64> {
        let pairs = ids.iter().zip(&live).filter(|(_, live)| lacks(live));
        pairs.map(|(id, _)| id.0).collect()
    };
    let stored = statuses(client, &lacking(|live| live.status.is_none())).await?;
    let mut lines = history::sparklines(client, &lacking(|live| live.points.is_none()), now).await?;
    let views = monitors.into_iter().zip(live).zip(uptimes?);
    Ok(views
        .map(|((row, live), uptime)| {
            let known = live.status.or_else(|| stored.get(&row.id).cloned());
            let status = status::effective(known.unwrap_or_default(), &row);
            let line = live.points.or_else(|| lines.remove(&row.id));
            view(row, status, uptime, line.unwrap_or_default(), now)
        })
        .collect())
}

/// The status of a monitor as PostgreSQL knows it.
pub(super) async fn stored_status(
    client: &impl GenericClient,
    monitor: &MonitorRow,
) -> Result<LiveStatus, Problem> {
    let stored = statuses(client, &[monitor.id.0]).await?.remove(&monitor.id);
    Ok(status::effective(stored.unwrap_or_default(), monitor))
}

async fn statuses(
    client: &impl GenericClient,
    monitors: &[i64],
) -> Result<HashMap<MonitorId, LiveStatus>, Problem> {
    if monitors.is_empty() {
        return Ok(HashMap::new());
    }
    let statement = client.prepare_cached(status::STORED).await?;
    let rows = client.query(&statement, &[&monitors]).await?;
    rows.iter().map(|row| Ok(status::read(row)?)).collect()
}
