//! Definitions that monitors had are sealed as those are that they have.

use deadpool_postgres::GenericClient;
use domain::monitor::Spec;
use domain::{MonitorId, OrgId};
use serde::Deserialize as _;
use serde_json::Value;
use shared::crypto::Keyring;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::error::StoreError;
use super::monitor_seal::{self, Columns};

/// Versions that are looked at together. Each may have 64 KiB.
const PAGE: i64 = 200;

/// The key with which a version is sealed, in SQL, as the index has it.
const KEY: &str = "substr(sealed_spec, 1, get_byte(sealed_spec, 0) + 1)";

/// Seals versions with the current key that were sealed with an older one, and those that hold secrets in clear, if monitors are
/// sealed. What is sealed stays so, also where monitors are stored in clear again: no earlier release reads versions. Answers
/// how many there were. Whoever breaks it off, or does it twice, harms nothing.
pub(crate) async fn convert(client: &impl GenericClient, keyring: &Keyring) -> Result<usize, StoreError> {
    let mut sealed = resealed(client, keyring).await?;
    if monitor_seal::is_on(client).await? {
        sealed += sealed_anew(client, keyring).await?;
    }
    Ok(sealed)
}

/// A version as it is stored.
struct Kept {
    monitor: MonitorId,
    version: i32,
    org_id: OrgId,
    clear: Value,
    sealed: Option<Vec<u8>>,
}

impl Kept {
    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let Json(clear): Json<Value> = row.try_get("spec")?;
        Ok(Self {
            monitor: MonitorId(row.try_get("monitor_id")?),
            version: row.try_get("version")?,
            org_id: OrgId(row.try_get("org_id")?),
            clear,
            sealed: row.try_get("sealed_spec")?,
        })
    }

    /// Writes it in another form, unless somebody else has done so.
    async fn write(
        &self,
        client: &impl GenericClient,
        spec: &Json<Value>,
        sealed: Option<&[u8]>,
    ) -> Result<usize, tokio_postgres::Error> {
        let sql = "UPDATE monitor_versions SET spec = $3, sealed_spec = $4, is_clear = $4::bytea IS NULL
                   WHERE monitor_id = $1 AND version = $2 AND spec = $5 AND sealed_spec IS NOT DISTINCT FROM $6";
        let statement = client.prepare_cached(sql).await?;
        let (before, was_sealed) = (Json(&self.clear), self.sealed.as_deref());
        let changed = client
            .execute(
                &statement,
                &[
                    &self.monitor.0,
                    &self.version,
                    spec,
                    &sealed,
                    &before,
                    &was_sealed,
                ],
            )
            .await?;
        Ok(changed as usize)
    }
}

async fn resealed(client: &impl GenericClient, keyring: &Keyring) -> Result<usize, StoreError> {
    let sql = format!(
        "SELECT monitor_id, version, org_id, spec, sealed_spec FROM monitor_versions
         WHERE octet_length(sealed_spec) > 0 AND ({KEY} < $4 OR {KEY} > $4) AND (monitor_id, version) > ($1, $2)
         ORDER BY monitor_id, version LIMIT $3"
    );
    let current = keyring.current_prefix();
    let (mut resealed, mut after) = (0, (0_i64, 0_i32));
    loop {
        let rows = client.query(&sql, &[&after.0, &after.1, &PAGE, &current]).await?;
        for row in &rows {
            let kept = Kept::read(row)?;
            after = (kept.monitor.0, kept.version);
            // What cannot be opened is shown as that.
            let sealed = kept.sealed.as_deref();
            let Ok(plain) = monitor_seal::open_json(sealed, keyring, kept.org_id, kept.monitor) else {
                continue;
            };
            let sealed = keyring.seal(&Spec::seal_context(kept.org_id, kept.monitor), &plain);
            let outline = Json(kept.clear.clone());
            resealed += kept.write(client, &outline, Some(&sealed)).await?;
        }
        if (rows.len() as i64) < PAGE {
            return Ok(resealed);
        }
    }
}

async fn sealed_anew(client: &impl GenericClient, keyring: &Keyring) -> Result<usize, StoreError> {
    let sql = "SELECT monitor_id, version, org_id, spec, sealed_spec FROM monitor_versions
               WHERE spec IS NOT NULL AND sealed_spec IS NULL AND NOT is_clear AND (monitor_id, version) > ($1, $2)
               ORDER BY monitor_id, version LIMIT $3";
    let (mut sealed, mut after) = (0, (0_i64, 0_i32));
    loop {
        let rows = client.query(sql, &[&after.0, &after.1, &PAGE]).await?;
        for row in &rows {
            let kept = Kept::read(row)?;
            after = (kept.monitor.0, kept.version);
            let Ok(spec) = Spec::deserialize(&kept.clear) else {
                continue;
            };
            let json = kept.clear.clone();
            let columns = Columns::of_json(json, &spec, true, keyring, kept.org_id, kept.monitor);
            let changed = kept
                .write(client, &columns.spec, columns.sealed_spec.as_deref())
                .await?;
            if columns.sealed_spec.is_some() {
                sealed += changed;
            }
        }
        if (rows.len() as i64) < PAGE {
            return Ok(sealed);
        }
    }
}
