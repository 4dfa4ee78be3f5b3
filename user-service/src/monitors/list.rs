//! Reading monitors together with their status and recent history: four queries, however many there are.

use deadpool_postgres::GenericClient;
use domain::live::{LiveState, LiveStatus};
use domain::{MonitorId, OrgId};
use shared::problem::Problem;
use tokio_postgres::Row;

use super::row::MonitorRow;
use super::status;
use super::view::MonitorView;
use crate::history::{self, Plan, Window};
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
) -> Result<Vec<(MonitorRow, LiveStatus)>, Problem> {
    let sql = format!(
        "SELECT {}, {} FROM monitors m LEFT JOIN monitor_states_now s ON s.monitor_id = m.id
         WHERE m.org_id = $1 AND m.deleted_at IS NULL AND m.id > $2
           AND ($3::text IS NULL OR m.name ILIKE $3 OR coalesce(m.spec->>'url', m.spec->>'host') ILIKE $3)
           AND ($4::text IS NULL OR m.spec->>'kind' = $4)
           AND ($5::text IS NULL OR {} = $5)
         ORDER BY m.id LIMIT $6",
        super::COLUMNS,
        status::COLUMNS,
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
    rows.iter().map(read).collect()
}

/// One monitor of an organisation.
///
/// # Errors
/// 404 when it is not there.
pub(super) async fn one(
    client: &impl GenericClient,
    org: OrgId,
    id: MonitorId,
) -> Result<(MonitorRow, LiveStatus), Problem> {
    let sql = format!(
        "SELECT {}, {} FROM monitors m LEFT JOIN monitor_states_now s ON s.monitor_id = m.id
         WHERE m.org_id = $1 AND m.id = $2 AND m.deleted_at IS NULL",
        super::COLUMNS,
        status::COLUMNS,
    );
    let row = client.query_opt(&sql, &[&org.0, &id.0]).await?;
    read(&row.ok_or_else(super::not_found)?)
}

fn read(row: &Row) -> Result<(MonitorRow, LiveStatus), Problem> {
    let monitor = MonitorRow::read(row)?;
    let status = status::read(row, &monitor)?;
    Ok((monitor, status))
}

/// The monitors as they are answered, in the same order.
pub(super) async fn views(
    client: &impl GenericClient,
    monitors: Vec<(MonitorRow, LiveStatus)>,
) -> Result<Vec<MonitorView>, Problem> {
    let now = shared::now();
    let ids: Vec<i64> = monitors.iter().map(|(row, _)| row.id.0).collect();
    let plans: Vec<_> = monitors
        .iter()
        .map(|(row, _)| (row.id, Plan::recent(&Window::last_day(now, row.created_at), now)))
        .collect();
    let measured = history::measure(client, &plans).await?;
    let mut sparklines = history::sparklines(client, &ids, now).await?;
    let views = monitors.into_iter().zip(measured);
    Ok(views
        .map(|((row, status), measured)| {
            let sparkline = sparklines.remove(&row.id).unwrap_or_default();
            MonitorView::new(row, status, measured.ratio(), sparkline, now)
        })
        .collect())
}
