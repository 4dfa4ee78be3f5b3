//! Changes of monitors. Each commits together with the lifecycle record that tells of it.

use api::LimitKey;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::monitor::Spec;
use domain::record::LifecycleEvent;
use domain::{MonitorId, Timestamp};
use shared::crypto::Keyring;

use super::Scope;
use super::error::StoreError;
use super::monitor_row::{COLUMNS, MonitorRow};
use super::monitor_seal::{self, Columns};
use super::scope::sees;
use super::{limits, outbox};
use crate::rules::monitor_patch as patch;
use crate::rules::plan::{self, Plans};

/// Adds a monitor.
///
/// # Errors
/// 409 when the organisation has as many as it may have, or one with this external key; 422 when its plan does not
/// allow the interval.
pub(crate) async fn create(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    scope: Scope,
    (name, spec, external_key): (&str, &Spec, Option<&str>),
    plans: &Plans,
) -> Result<MonitorRow, StoreError> {
    let allowed = limits::require_room(tx, scope, plans, LimitKey::Monitors, 1).await?;
    plan::require_interval(&allowed, None, spec.interval_ms)
        .map_err(|wrong| StoreError::Invalid(vec![wrong]))?;
    // What is sealed is bound to the id.
    let next =
        "SELECT nextval(pg_get_serial_sequence('monitors', 'id')), EXISTS (SELECT FROM monitor_sealing)";
    let next = tx.query_one(next, &[]).await?;
    let (id, seals): (i64, bool) = (next.try_get(0)?, next.try_get(1)?);
    // A monitor that begins paused has two pasts: it was added, and it was paused.
    let revision = if spec.paused { 2 } else { 1 };
    let columns = Columns::of(spec, seals, keyring, scope.org(), MonitorId(id))?;
    let sql = format!(
        "INSERT INTO monitors AS m (id, org_id, name, spec, sealed_spec, revision, external_key)
         OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {COLUMNS}"
    );
    let row = tx
        .query_one(
            &sql,
            &[
                &id,
                scope.org_id(),
                &name,
                &columns.spec,
                &columns.sealed_spec,
                &revision,
                &external_key,
            ],
        )
        .await
        .map_err(key_taken)?;
    let row = MonitorRow::read(&row, keyring)?;
    let now = shared::now();
    let added = MonitorRow {
        revision: 1,
        ..row.clone()
    };
    outbox::insert(tx, added.lifecycle(LifecycleEvent::Created, now)).await?;
    if row.is_paused() {
        outbox::insert(tx, row.lifecycle(LifecycleEvent::Paused, now)).await?;
    }
    Ok(row)
}

fn key_taken(error: tokio_postgres::Error) -> StoreError {
    match error.as_db_error().and_then(|error| error.constraint()) {
        Some("monitors_external_key_key") => StoreError::Taken {
            field: "external_key",
            message: "is that of another monitor",
        },
        _ => error.into(),
    }
}

/// Whether pingers have to be told of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// What is checked, how often, by which rule, or whether at all.
    Spec,
    /// At most the name.
    NameOnly,
}

/// Changes a locked monitor. A new name makes a new version; a new specification makes a new revision too.
///
/// # Errors
/// 422 when the plan of the organisation does not allow the new interval.
pub(crate) async fn update(
    tx: &impl GenericClient,
    keyring: &Keyring,
    old: &MonitorRow,
    name: &str,
    spec: &Spec,
    plans: &Plans,
) -> Result<Changed, StoreError> {
    let interval_ms = old.spec.value().map(|spec| spec.interval_ms);
    if interval_ms != Some(spec.interval_ms) {
        let allowed = limits::effective(tx, Scope::organisation(old.org_id), plans).await?;
        plan::require_interval(&allowed, interval_ms, spec.interval_ms)
            .map_err(|wrong| StoreError::Invalid(vec![wrong]))?;
    }
    let event = patch::event(old.spec.value(), old.is_paused(), spec);
    if event.is_none() && old.name == name {
        return Ok(Changed::NameOnly);
    }
    let revision = old.revision + i32::from(event.is_some());
    let probe_revision = match patch::checks_same(old.spec.value(), event, spec) {
        true => old.probe_revision,
        false => revision,
    };
    let seals = monitor_seal::is_on(tx).await?;
    let columns = Columns::of(spec, seals, keyring, old.org_id, old.id)?;
    let sql = format!(
        "UPDATE monitors AS m SET name = $2, spec = $3, sealed_spec = $4, revision = $5, probe_revision = $6,
                probe_revision_of = $5, version = version + 1, updated_at = now()
         WHERE id = $1 RETURNING {COLUMNS}"
    );
    let statement = tx.prepare_cached(&sql).await?;
    let row = tx
        .query_one(
            &statement,
            &[
                &old.id.0,
                &name,
                &columns.spec,
                &columns.sealed_spec,
                &revision,
                &probe_revision,
            ],
        )
        .await?;
    let Some(event) = event else {
        return Ok(Changed::NameOnly);
    };
    let new = MonitorRow::read(&row, keyring)?;
    outbox::insert(tx, new.lifecycle(event, shared::now())).await?;
    Ok(Changed::Spec)
}

/// Makes a new version of a locked monitor of which something changed that is not in its row.
pub(crate) async fn make_version(tx: &Transaction<'_>, id: MonitorId) -> Result<(), StoreError> {
    let sql = "UPDATE monitors SET version = version + 1, updated_at = now() WHERE id = $1";
    let statement = tx.prepare_cached(sql).await?;
    tx.execute(&statement, &[&id.0]).await?;
    Ok(())
}

/// Gives a locked monitor an external key, or takes it away.
///
/// # Errors
/// 409 when another monitor has it.
pub(crate) async fn set_external_key(
    tx: &Transaction<'_>,
    id: MonitorId,
    key: Option<&str>,
) -> Result<(), StoreError> {
    let sql =
        "UPDATE monitors SET external_key = $2, version = version + 1, updated_at = now() WHERE id = $1";
    tx.execute(sql, &[&id.0, &key]).await.map_err(key_taken)?;
    Ok(())
}

/// Removes a locked monitor. Its row stays for a while, so that results on their way are recognised.
pub(crate) async fn delete(
    tx: &impl GenericClient,
    keyring: &Keyring,
    old: &MonitorRow,
) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE monitors AS m SET deleted_at = now(), updated_at = now(), revision = revision + 1,
                version = version + 1
         WHERE id = $1 RETURNING {COLUMNS}"
    );
    let statement = tx.prepare_cached(&sql).await?;
    let row = tx.query_one(&statement, &[&old.id.0]).await?;
    let gone = MonitorRow::read(&row, keyring)?;
    outbox::insert(tx, gone.lifecycle(LifecycleEvent::Deleted, shared::now())).await?;
    Ok(())
}

/// Forgets monitors that were removed so long ago that no result of theirs can be on its way. Those that an
/// incident tells of keep their name.
pub(crate) async fn purge_deleted(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    client
        .execute(
            "DELETE FROM monitors m WHERE deleted_at < now() - interval '30 days'
                 AND NOT EXISTS (SELECT FROM incidents i WHERE i.monitor_id = m.id)",
            &[],
        )
        .await
}

/// Mutes or unmutes a monitor. That makes no new version: no PATCH could overwrite it.
pub(crate) async fn mute(
    client: &impl GenericClient,
    scope: Scope,
    id: MonitorId,
    muted: bool,
    until: Option<Timestamp>,
) -> Result<(), StoreError> {
    let until: Option<DateTime<Utc>> = until.map(Timestamp::to_datetime);
    let sql = format!(
        "UPDATE monitors m SET muted = $3, muted_until = $4
         WHERE m.id = $1 AND m.org_id = $2 AND m.deleted_at IS NULL AND {}",
        sees("m.id", 2, 5)
    );
    let changed = client
        .execute(&sql, &[&id.0, scope.org_id(), &muted, &until, &scope.who()])
        .await?;
    match changed {
        0 => Err(StoreError::NotFound("monitor")),
        _ => Ok(()),
    }
}
