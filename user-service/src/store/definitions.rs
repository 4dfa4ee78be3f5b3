//! Monitors as the other services ask for them.

use deadpool_postgres::GenericClient;
use domain::MonitorId;
use domain::internal::{DefinitionsPage, MonitorName, NamesPage};

use super::Scope;
use super::error::StoreError;
use super::monitor_row::{COLUMNS, MonitorRow};

/// Which definitions are asked for.
#[derive(Debug)]
pub(crate) enum Wanted {
    /// Those of these monitors.
    Ids(Vec<i64>),
    /// Those of these shards, of so many.
    Shards { shards: Vec<i64>, of: i64 },
}

/// Definitions after the monitor `after`, by id, at most `limit`. They are everybody's: pingers serve all
/// organisations.
pub(crate) async fn page(
    client: &impl GenericClient,
    wanted: &Wanted,
    after: i64,
    limit: i64,
) -> Result<DefinitionsPage, StoreError> {
    let select = format!("SELECT {COLUMNS} FROM monitors m WHERE deleted_at IS NULL AND id > $1");
    let rows = match wanted {
        Wanted::Ids(ids) => {
            let sql = format!("{select} AND id = ANY($2) ORDER BY id LIMIT $3");
            client.query(&sql, &[&after, ids, &(limit + 1)]).await?
        }
        Wanted::Shards { shards, of } => {
            let sql = format!("{select} AND id % $2 = ANY($3) ORDER BY id LIMIT $4");
            client.query(&sql, &[&after, of, shards, &(limit + 1)]).await?
        }
    };
    let more = rows.len() as i64 > limit;
    let rows = rows.iter().take(limit as usize).map(MonitorRow::read);
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    // Of the rows, not of the definitions: the last one may be left out.
    let last = rows.last().map(|row| row.id);
    Ok(DefinitionsPage {
        definitions: rows.into_iter().filter_map(MonitorRow::into_definition).collect(),
        next_after: last.filter(|_| more),
    })
}

/// What a monitor is called, and whose it is. Removed monitors have a name too: an alert may still be about to tell of
/// them.
pub(crate) async fn name(client: &impl GenericClient, id: MonitorId) -> Result<MonitorName, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM monitors m WHERE id = $1");
    let row = client.query_opt(&sql, &[&id.0]).await?;
    let row = MonitorRow::read(&row.ok_or(StoreError::NotFound("monitor"))?)?;
    Ok(MonitorName {
        id,
        org_id: row.org_id,
        url: row.display_url(),
        name: row.name,
    })
}

/// The names of an organisation's monitors after the monitor `after`, by id, at most `limit`.
pub(crate) async fn names(
    client: &impl GenericClient,
    scope: Scope,
    after: i64,
    limit: i64,
) -> Result<NamesPage, StoreError> {
    let sql = "SELECT id, name FROM monitors
               WHERE org_id = $1 AND id > $2 AND deleted_at IS NULL ORDER BY id LIMIT $3";
    let rows = client.query(sql, &[scope.org_id(), &after, &(limit + 1)]).await?;
    let more = rows.len() as i64 > limit;
    let names = rows.iter().take(limit as usize).map(|row| {
        let id: i64 = row.try_get("id")?;
        Ok((MonitorId(id), row.try_get("name")?))
    });
    let names: Vec<(MonitorId, String)> = names.collect::<Result<_, tokio_postgres::Error>>()?;
    let last = names.last().map(|(id, _)| *id);
    Ok(NamesPage {
        names,
        next_after: last.filter(|_| more),
    })
}
