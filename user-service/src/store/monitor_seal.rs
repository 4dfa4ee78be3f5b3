//! Monitors that hold something which viewers may not see are stored sealed, once no release is left that cannot read
//! that (`monitor_sealing`).

use deadpool_postgres::GenericClient;
use domain::monitor::Spec;
use domain::{MonitorId, OrgId};
use serde::Deserialize as _;
use serde_json::Value;
use shared::crypto::Keyring;
use shared::items;
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::error::StoreError;

/// Monitors that are looked at together. Each may have 64 KiB.
const PAGE: i64 = 200;

/// A specification in the columns of `monitors`.
#[derive(Debug)]
pub(crate) struct Columns {
    /// As a whole, or its outline.
    pub(crate) spec: Json<Value>,
    pub(crate) sealed_spec: Option<Vec<u8>>,
}

impl Columns {
    /// `spec`, sealed if it holds secrets and monitors are sealed.
    pub(crate) fn of(
        spec: &Spec,
        seals: bool,
        keyring: &Keyring,
        owner: OrgId,
        id: MonitorId,
    ) -> Result<Self, StoreError> {
        let json = serde_json::to_value(spec);
        let json = json.map_err(|error| StoreError::Unreadable(items::describe(&error)))?;
        Ok(Self::of_json(json, spec, seals, keyring, owner, id))
    }

    /// As [`Columns::of`], of the JSON from which `spec` was read: a newer release may have written more than is read.
    pub(super) fn of_json(
        json: Value,
        spec: &Spec,
        seals: bool,
        keyring: &Keyring,
        owner: OrgId,
        id: MonitorId,
    ) -> Self {
        match seals && spec.holds_secrets() {
            true => Self {
                spec: Json(spec.outline()),
                sealed_spec: Some(keyring.seal(&Spec::seal_context(owner, id), json.to_string().as_bytes())),
            },
            false => Self {
                spec: Json(json),
                sealed_spec: None,
            },
        }
    }
}

/// The specification in the columns of a row. One that stands in clear counts: a release that knows nothing of sealed
/// monitors has overwritten what is sealed.
pub(crate) fn open(
    spec: Stored<Spec>,
    sealed: Option<&[u8]>,
    keyring: &Keyring,
    owner: OrgId,
    id: MonitorId,
) -> Stored<Spec> {
    let json = match spec {
        Stored::Unreadable { json, .. } if Spec::is_outline(&json) => json,
        other => return other,
    };
    let opened = open_json(sealed, keyring, owner, id)
        .and_then(|plain| serde_json::from_slice(&plain).map_err(|error| items::describe(&error)));
    match opened {
        Ok(spec) => Stored::Read(spec),
        Err(why) => Stored::Unreadable { why, json },
    }
}

/// The specification that is sealed, as it was written.
pub(super) fn open_json(
    sealed: Option<&[u8]>,
    keyring: &Keyring,
    owner: OrgId,
    id: MonitorId,
) -> Result<Vec<u8>, String> {
    let sealed = sealed.ok_or("what is sealed of it is missing")?;
    let opened = keyring.open(&Spec::seal_context(owner, id), sealed);
    opened.map_err(|error| error.to_string())
}

/// Whether monitors are sealed.
pub(crate) async fn is_on(client: &impl GenericClient) -> Result<bool, tokio_postgres::Error> {
    let sql = "SELECT EXISTS (SELECT FROM monitor_sealing)";
    let statement = client.prepare_cached(sql).await?;
    client.query_one(&statement, &[]).await?.try_get(0)
}

/// Has monitors be sealed from now on, or not any more.
pub(crate) async fn turn(client: &impl GenericClient, on: bool) -> Result<(), tokio_postgres::Error> {
    let sql = match on {
        true => "INSERT INTO monitor_sealing (is_on) VALUES (true) ON CONFLICT DO NOTHING",
        false => "DELETE FROM monitor_sealing",
    };
    client.execute(sql, &[]).await.map(drop)
}

/// What [`convert`] has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Converted {
    /// Sealed with the current key: they stood in clear, or were sealed with an older one.
    pub(crate) sealed: usize,
    /// Stored in clear again.
    pub(crate) opened: usize,
    /// In clear, and to be sealed as soon as monitors are.
    pub(crate) in_clear: usize,
}

/// Brings every monitor, also those that were removed, to the form that it has to have now: sealed with the current
/// key, or in clear. Whoever breaks it off, or does it twice, harms nothing; a monitor that is edited meanwhile is left
/// to the edit.
pub(crate) async fn convert(client: &impl GenericClient, keyring: &Keyring) -> Result<Converted, StoreError> {
    let sql = "SELECT id, org_id, spec, sealed_spec FROM monitors WHERE id > $1 ORDER BY id LIMIT $2";
    let (mut converted, mut after) = (Converted::default(), i64::MIN);
    loop {
        let seals = is_on(client).await?;
        let rows = client.query(sql, &[&after, &PAGE]).await?;
        for row in &rows {
            after = row.try_get("id")?;
            convert_one(client, keyring, seals, row, &mut converted).await?;
        }
        if (rows.len() as i64) < PAGE {
            return Ok(converted);
        }
    }
}

async fn convert_one(
    client: &impl GenericClient,
    keyring: &Keyring,
    seals: bool,
    row: &Row,
    converted: &mut Converted,
) -> Result<(), StoreError> {
    let (id, org) = (MonitorId(row.try_get("id")?), OrgId(row.try_get("org_id")?));
    let sealed: Option<&[u8]> = row.try_get("sealed_spec")?;
    let Json(before): Json<Value> = row.try_get("spec")?;
    let is_outline = Spec::is_outline(&before);
    if seals && is_outline && sealed.is_some_and(|sealed| keyring.is_current(sealed)) {
        return Ok(());
    }
    // Of what cannot be read its owner is told, and whoever reads its definition counts it.
    let json = match is_outline {
        true => open_json(sealed, keyring, org, id)
            .ok()
            .and_then(|plain| serde_json::from_slice(&plain).ok()),
        false => Some(before.clone()),
    };
    let Some(json) = json else { return Ok(()) };
    let Ok(spec) = Spec::deserialize(&json) else {
        return Ok(());
    };
    let columns = Columns::of_json(json, &spec, seals, keyring, org, id);
    if columns.sealed_spec.is_none() && sealed.is_none() {
        converted.in_clear += usize::from(spec.holds_secrets());
        return Ok(());
    }
    let changed = client
        .execute(
            "UPDATE monitors SET spec = $2, sealed_spec = $3
             WHERE id = $1 AND spec = $4 AND sealed_spec IS NOT DISTINCT FROM $5",
            &[&id.0, &columns.spec, &columns.sealed_spec, &Json(before), &sealed],
        )
        .await?;
    match columns.sealed_spec {
        Some(_) => converted.sealed += changed as usize,
        None => converted.opened += changed as usize,
    }
    Ok(())
}
