//! Rows of `status_page_destinations`: where the updates of a status page's reports are posted to.

use api::DestinationDelivery;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::channel::{DestinationConfig, DestinationKind};
use domain::{ComponentId, DestinationId, OrgId, StatusPageId, Timestamp};
use shared::crypto::Keyring;
use shared::items;
use tokio_postgres::Row;

use super::error::StoreError;
use super::{Scope, report_deliveries};
use crate::rules::destination::{MAX_DESTINATIONS, Old, ValidDestination};

/// The columns that [`DestinationRow::read`] reads.
const COLUMNS: &str =
    "id, org_id, page_id, name, kind, config, components, enabled, gone_at, version, created_at, updated_at";

/// A row of `status_page_destinations`.
#[derive(Clone, Debug)]
pub(crate) struct DestinationRow {
    pub(crate) id: DestinationId,
    pub(crate) org_id: OrgId,
    pub(crate) page: StatusPageId,
    pub(crate) name: String,
    pub(crate) kind: DestinationKind,
    pub(crate) sealed: Vec<u8>,
    pub(crate) components: Option<Vec<ComponentId>>,
    pub(crate) enabled: bool,
    pub(crate) gone_at: Option<Timestamp>,
    pub(crate) version: i32,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl DestinationRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let kind: &str = row.try_get("kind")?;
        let components: Option<Vec<i64>> = row.try_get("components")?;
        let gone_at: Option<DateTime<Utc>> = row.try_get("gone_at")?;
        Ok(Self {
            id: DestinationId(row.try_get("id")?),
            org_id: OrgId(row.try_get("org_id")?),
            page: StatusPageId(row.try_get("page_id")?),
            name: row.try_get("name")?,
            kind: DestinationKind::parse(kind)
                .ok_or_else(|| StoreError::Unreadable(format!("the kind {kind:?} of a destination")))?,
            sealed: row.try_get("config")?,
            components: components.map(|ids| ids.into_iter().map(ComponentId).collect()),
            enabled: row.try_get("enabled")?,
            gone_at: gone_at.map(Timestamp::from),
            version: row.try_get("version")?,
            created_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
            updated_at: row.try_get::<_, DateTime<Utc>>("updated_at")?.into(),
        })
    }

    /// The configuration in the clear; none, which is counted, when it cannot be read.
    pub(crate) fn open(&self, keyring: &Keyring) -> Option<DestinationConfig> {
        let opened = keyring
            .open(&seal_context(self.org_id), &self.sealed)
            .map_err(|error| error.to_string())
            .and_then(|plain| self.kind.read(&plain).map_err(|error| items::describe(&error)));
        opened
            .inspect_err(|why| items::left_out("destination", Some(self.id.0), why))
            .ok()
    }

    /// What a change starts from.
    pub(crate) fn old(&self, keyring: &Keyring) -> Old {
        Old {
            name: self.name.clone(),
            kind: self.kind,
            config: self.open(keyring),
            components: self.components.clone(),
            enabled: self.enabled,
        }
    }
}

/// Keeps what is sealed here apart from what is sealed elsewhere.
fn seal_context(org: OrgId) -> String {
    format!("status-page-destination/{org}")
}

fn seal(keyring: &Keyring, scope: Scope, config: &DestinationConfig) -> Result<Vec<u8>, StoreError> {
    let plain = serde_json::to_vec(config).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    Ok(keyring.seal(&seal_context(scope.org()), &plain))
}

fn numbers(components: Option<&[ComponentId]>) -> Option<Vec<i64>> {
    components.map(|components| components.iter().map(|id| id.0).collect())
}

/// The destinations of a page after one, by id, each with its newest delivery.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    page: StatusPageId,
    after: DestinationId,
    limit: i64,
) -> Result<Vec<(DestinationRow, Option<DestinationDelivery>)>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM status_page_destinations
         WHERE org_id = $1 AND page_id = $2 AND id > $3 ORDER BY id LIMIT $4"
    );
    let rows = client
        .query(&sql, &[scope.org_id(), &page.0, &after.0, &limit])
        .await?;
    let rows = rows
        .iter()
        .map(DestinationRow::read)
        .collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut newest = report_deliveries::newest(client, scope, &ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let last = newest.remove(&row.id);
            (row, last)
        })
        .collect())
}

/// A destination of a page.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
    page: i64,
    id: i64,
) -> Result<DestinationRow, StoreError> {
    one(client, scope, page, id, "").await
}

/// As [`find`], locked until the transaction ends.
pub(crate) async fn lock(
    tx: &Transaction<'_>,
    scope: Scope,
    page: i64,
    id: i64,
) -> Result<DestinationRow, StoreError> {
    one(tx, scope, page, id, "FOR UPDATE").await
}

async fn one(
    client: &impl GenericClient,
    scope: Scope,
    page: i64,
    id: i64,
    lock: &str,
) -> Result<DestinationRow, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM status_page_destinations WHERE org_id = $1 AND page_id = $2 AND id = $3 {lock}"
    );
    let row = client.query_opt(&sql, &[scope.org_id(), &page, &id]).await?;
    DestinationRow::read(&row.ok_or(StoreError::NotFound("destination"))?)
}

/// Destinations of whatever organisations, by their ids.
pub(crate) async fn by_ids(
    client: &impl GenericClient,
    ids: &[DestinationId],
) -> Result<Vec<DestinationRow>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let sql = format!("SELECT {COLUMNS} FROM status_page_destinations WHERE id = ANY($1)");
    let rows = client.query(&sql, &[&ids]).await?;
    rows.iter().map(DestinationRow::read).collect()
}

/// Adds a destination to a page that is locked.
///
/// # Errors
/// 409 when the page has as many as it may have.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    scope: Scope,
    page: StatusPageId,
    destination: &ValidDestination,
) -> Result<DestinationRow, StoreError> {
    let sql = "SELECT count(*) FROM status_page_destinations WHERE org_id = $1 AND page_id = $2";
    let count: i64 = tx.query_one(sql, &[scope.org_id(), &page.0]).await?.try_get(0)?;
    if count >= MAX_DESTINATIONS {
        return Err(StoreError::Conflict(format!(
            "the status page has {MAX_DESTINATIONS} destinations, which is the limit"
        )));
    }
    let sql = format!(
        "INSERT INTO status_page_destinations (org_id, page_id, name, kind, config, components, enabled)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {COLUMNS}"
    );
    let row = tx
        .query_one(
            &sql,
            &[
                scope.org_id(),
                &page.0,
                &destination.name,
                &destination.config.kind().as_str(),
                &seal(keyring, scope, &destination.config)?,
                &numbers(destination.components.as_deref()),
                &destination.enabled,
            ],
        )
        .await?;
    DestinationRow::read(&row)
}

/// Changes a locked destination. One that is on has answered nothing yet.
pub(crate) async fn update(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    old: &DestinationRow,
    destination: &ValidDestination,
) -> Result<DestinationRow, StoreError> {
    let sql = format!(
        "UPDATE status_page_destinations
         SET name = $3, config = $4, components = $5, enabled = $6, version = version + 1, updated_at = now(),
             refusals = CASE WHEN $6 THEN 0 ELSE refusals END, gone_at = CASE WHEN $6 THEN NULL ELSE gone_at END
         WHERE org_id = $1 AND id = $2 RETURNING {COLUMNS}"
    );
    let row = tx
        .query_one(
            &sql,
            &[
                &old.org_id.0,
                &old.id.0,
                &destination.name,
                &seal(keyring, Scope::organisation(old.org_id), &destination.config)?,
                &numbers(destination.components.as_deref()),
                &destination.enabled,
            ],
        )
        .await?;
    DestinationRow::read(&row)
}

/// Removes a locked destination, with what waits for it.
pub(crate) async fn delete(tx: &Transaction<'_>, old: &DestinationRow) -> Result<(), StoreError> {
    let sql = "DELETE FROM status_page_destinations WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[&old.org_id.0, &old.id.0]).await?;
    Ok(())
}

/// Seals again what was sealed with an older key, so that the key can be given up. Answers how many there were.
pub(crate) async fn reseal(client: &impl GenericClient, keyring: &Keyring) -> Result<usize, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM status_page_destinations ORDER BY id");
    let mut resealed = 0;
    for row in client.query(&sql, &[]).await? {
        let row = DestinationRow::read(&row)?;
        if keyring.is_current(&row.sealed) {
            continue;
        }
        let Some(config) = row.open(keyring) else { continue };
        let sql = "UPDATE status_page_destinations SET config = $2 WHERE id = $1 AND config = $3";
        let sealed = seal(keyring, Scope::organisation(row.org_id), &config)?;
        client.execute(sql, &[&row.id.0, &sealed, &row.sealed]).await?;
        resealed += 1;
    }
    Ok(resealed)
}
