//! Monitors as the other services ask for them.

use deadpool_postgres::GenericClient;
use domain::internal::{DefinitionsPage, MonitorName, NamesPage};
use domain::{MonitorId, OrgId};
use futures_util::TryStreamExt as _;
use shared::crypto::Keyring;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::monitor_row::{COLUMNS, MonitorRow};
use super::{Scope, labels};

/// Which definitions are asked for.
#[derive(Debug)]
pub(crate) enum Wanted {
    /// Those of these monitors.
    Ids(Vec<i64>),
    /// Those of these shards, of so many.
    Shards { shards: Vec<i64>, of: i64 },
}

/// Rows of a page of definitions, in bytes, after which it ends: what one organisation stores must not make a page that
/// nobody reads. It is a part of what a pinger reads, for a row says less than its definition in JSON.
const MAX_PAGE_BYTES: usize = 8 * 1024 * 1024;

/// Definitions after the monitor `after`, by id, at most `limit`, and of shards not many more bytes than a page may have.
/// They are everybody's: pingers serve all organisations.
pub(crate) async fn page(
    client: &impl GenericClient,
    keyring: &Keyring,
    wanted: &Wanted,
    after: i64,
    limit: i64,
) -> Result<DefinitionsPage, StoreError> {
    let select = format!("SELECT {COLUMNS} FROM monitors m WHERE deleted_at IS NULL AND id > $1");
    let most = limit + 1;
    // Who asks for some takes those that are missing for removed, and asks for few.
    let max_bytes = match wanted {
        Wanted::Ids(_) => usize::MAX,
        Wanted::Shards { .. } => MAX_PAGE_BYTES,
    };
    let rows = match wanted {
        Wanted::Ids(ids) => {
            let sql = format!("{select} AND id = ANY($2) ORDER BY id LIMIT $3");
            let parameters: [&(dyn ToSql + Sync); 3] = [&after, ids, &most];
            client.query_raw(&sql, parameters).await?
        }
        Wanted::Shards { shards, of } => {
            let sql = format!("{select} AND id % $2 = ANY($3) ORDER BY id LIMIT $4");
            let parameters: [&(dyn ToSql + Sync); 4] = [&after, of, shards, &most];
            client.query_raw(&sql, parameters).await?
        }
    };
    let mut rows = std::pin::pin!(rows);
    let mut page = DefinitionsPage::default();
    let (mut read, mut bytes, mut last) = (0, 0, None);
    while let Some(row) = rows.try_next().await? {
        if read == limit || bytes >= max_bytes {
            page.next_after = last;
            break;
        }
        read += 1;
        bytes += row.raw_size_bytes();
        let row = MonitorRow::read(&row, keyring)?;
        // Also of one that is left out.
        last = Some(row.id);
        page.definitions.extend(row.into_definition());
    }
    Ok(page)
}

/// What a monitor is called, and whose it is. Removed monitors have a name too: an alert may still be about to tell of
/// them.
pub(crate) async fn name(
    client: &impl GenericClient,
    keyring: &Keyring,
    id: MonitorId,
) -> Result<MonitorName, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM monitors m WHERE id = $1");
    let Some(row) = client.query_opt(&sql, &[&id.0]).await? else {
        return erased(client, id).await;
    };
    let row = MonitorRow::read(&row, keyring)?;
    let mut labels = labels::of_monitors(client, keyring, Scope::organisation(row.org_id), &[id.0]).await?;
    Ok(MonitorName {
        id,
        org_id: row.org_id,
        url: row.display_url(),
        name: row.name,
        labels: labels.remove(&id),
    })
}

/// Whose a monitor of an erased organisation was: what is still kept of its alerts ends with its last record.
async fn erased(client: &impl GenericClient, id: MonitorId) -> Result<MonitorName, StoreError> {
    let sql = "SELECT org_id FROM erased_monitors WHERE monitor_id = $1";
    let row = client.query_opt(sql, &[&id.0]).await?;
    let row = row.ok_or(StoreError::NotFound("monitor"))?;
    Ok(MonitorName {
        id,
        org_id: OrgId(row.try_get(0)?),
        url: String::new(),
        name: String::new(),
        labels: None,
    })
}

/// The names of an organisation's monitors after the monitor `after`, by id, at most `limit`; with their labels, where
/// anything goes by them.
pub(crate) async fn names(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    after: i64,
    limit: i64,
) -> Result<NamesPage, StoreError> {
    // Before the labels: who reads others than it was computed of reads them once more.
    let labels_version = labels::labels_version(client, scope).await?;
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
    let labels = match labels_version {
        0 => Vec::new(),
        _ => {
            let ids: Vec<i64> = names.iter().map(|(id, _)| id.0).collect();
            let labels = labels::of_monitors(client, keyring, scope, &ids).await?;
            let mut labels: Vec<_> = labels.into_iter().collect();
            labels.sort_unstable_by_key(|(id, _)| *id);
            labels
        }
    };
    Ok(NamesPage {
        names,
        labels,
        labels_version,
        next_after: last.filter(|_| more),
    })
}
