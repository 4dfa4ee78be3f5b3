//! Monitors as the other services ask for them.

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use domain::internal::{DefinitionsPage, MonitorName, NamesPage};
use domain::routing::Labels;
use domain::{MonitorId, OrgId};
use futures_util::TryStreamExt as _;
use serde::Serialize;
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

/// What a monitor is called, and whose it is; of one of a drill, what the monitor is called whose outage is rehearsed. Removed
/// monitors have a name too: an alert may still be about to tell of them.
pub(crate) async fn name(
    client: &impl GenericClient,
    keyring: &Keyring,
    id: MonitorId,
) -> Result<MonitorName, StoreError> {
    let (sql, key) = match id.drill() {
        None => (format!("SELECT {COLUMNS} FROM monitors m WHERE id = $1"), id.0),
        Some(drill) => (
            format!("SELECT {COLUMNS} FROM drills d JOIN monitors m ON m.id = d.monitor_id WHERE d.id = $1"),
            drill.0,
        ),
    };
    let Some(row) = client.query_opt(&sql, &[&key]).await? else {
        return erased(client, id).await;
    };
    let row = MonitorRow::read(&row, keyring)?;
    let mut labels =
        labels::of_monitors(client, keyring, Scope::organisation(row.org_id), &[row.id.0]).await?;
    let labels = labels.remove(&row.id);
    Ok(MonitorName {
        id,
        org_id: row.org_id,
        url: row.display_url(),
        name: row.name,
        labels: match id.drill() {
            None => labels,
            Some(_) => labels.map(|labels| of_drill(labels, row.id)),
        },
    })
}

/// What alerts of a drill go by: what those of the monitor would, but that nothing is waited for, and nothing waits for it.
fn of_drill(labels: Labels, rehearsed: MonitorId) -> Labels {
    Labels {
        depends_on: Vec::new(),
        wait_seconds: 0,
        recheck_seconds: 0,
        is_depended_on: false,
        flapping: None,
        drill_of: Some(rehearsed),
        ..labels
    }
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

/// Bytes of the names and labels of a page, after which it ends: half of what an alerter reads, for the rest of the page.
const MAX_NAMES_BYTES: usize = 2 * 1024 * 1024;

/// Names of a page with labels: each may name a hundred monitors and more recipients, and is written to see how large it
/// is.
const MAX_LABELLED: i64 = 1_000;

/// Of how many there is room in a page, of these sizes in bytes. There is of the first one, however large it is.
fn fitting(sizes: impl IntoIterator<Item = usize>) -> usize {
    let end = sizes.into_iter().scan(0, |bytes: &mut usize, size| {
        *bytes = bytes.saturating_add(size);
        Some(*bytes)
    });
    end.take_while(|bytes| *bytes <= MAX_NAMES_BYTES).count().max(1)
}

/// The size in bytes of what is written as JSON, with a comma.
fn written_bytes(value: &impl Serialize) -> Result<usize, StoreError> {
    let written = serde_json::to_vec(value);
    let written = written.map_err(|error| StoreError::Unreadable(error.to_string()))?;
    Ok(written.len() + 1)
}

/// The names of an organisation's monitors after the monitor `after`, by id, at most `limit` and as many as a page has room
/// for; with their labels, where anything goes by them.
pub(crate) async fn names(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    after: i64,
    limit: i64,
) -> Result<NamesPage, StoreError> {
    // Before the labels: who reads others than it was computed of reads them once more.
    let labels_version = labels::labels_version(client, scope).await?;
    let limit = match labels_version {
        0 => limit,
        _ => limit.min(MAX_LABELLED),
    };
    let sql = "SELECT id, name FROM monitors
               WHERE org_id = $1 AND id > $2 AND deleted_at IS NULL ORDER BY id LIMIT $3";
    let rows = client.query(sql, &[scope.org_id(), &after, &(limit + 1)]).await?;
    let mut more = rows.len() as i64 > limit;
    let names = rows.iter().take(limit as usize).map(|row| {
        let id: i64 = row.try_get("id")?;
        Ok((MonitorId(id), row.try_get("name")?))
    });
    let mut names: Vec<(MonitorId, String)> = names.collect::<Result<_, tokio_postgres::Error>>()?;
    let mut labels = match labels_version {
        0 => HashMap::new(),
        _ => {
            let ids: Vec<i64> = names.iter().map(|(id, _)| id.0).collect();
            labels::of_monitors(client, keyring, scope, &ids).await?
        }
    };
    let size = |name: &(MonitorId, String)| {
        let labels = labels.get(&name.0).map(|labels| (name.0, labels));
        Ok(written_bytes(name)? + written_bytes(&labels)?)
    };
    let sizes: Vec<usize> = names.iter().map(size).collect::<Result<_, StoreError>>()?;
    let room = fitting(sizes);
    more |= names.len() > room;
    names.truncate(room);
    let last = names.last().map(|(id, _)| *id);
    let labelled = names.iter().map(|(id, _)| *id);
    let labels = labelled
        .filter_map(|id| Some((id, labels.remove(&id)?)))
        .collect();
    Ok(NamesPage {
        names,
        labels,
        labels_version,
        next_after: last.filter(|_| more),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_names_ends_before_it_is_too_large_and_has_one_at_least() {
        let half = MAX_NAMES_BYTES / 2;
        assert_eq!(fitting([10; 5]), 5);
        assert_eq!(fitting([half, half, 1]), 2);
        assert_eq!(fitting([half, half + 1]), 1);
        assert_eq!(fitting([MAX_NAMES_BYTES + 1, 1]), 1);
        assert_eq!(fitting([usize::MAX, usize::MAX]), 1);
    }
}
