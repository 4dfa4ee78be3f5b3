//! Changes of monitors. Each commits together with the lifecycle record that tells of it.

use api::LimitKey;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::monitor::Spec;
use domain::record::LifecycleEvent;
use domain::{MonitorId, Timestamp};
use shared::crypto::Keyring;
use shared::postgres::Stored;
use tokio_postgres::types::Json;

use super::Scope;
use super::error::StoreError;
use super::monitor_row::{COLUMNS, MonitorRow};
use super::monitor_seal::{self, Columns};
use super::version_authors::Made;
use super::{drill_changes, drill_schedules, heartbeats, limits, outbox, version_authors};
use crate::rules::alert_labels::AlertLabels;
use crate::rules::monitor_versions::is_same_but_paused;
use crate::rules::plan::{self, Effective, Plans};
use crate::rules::{heartbeat, monitor_patch as patch};

/// A monitor that is to be added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewMonitor<'a> {
    pub(crate) name: &'a str,
    pub(crate) spec: &'a Spec,
    pub(crate) external_key: Option<&'a str>,
    pub(crate) alerts: &'a AlertLabels,
}

/// Adds a monitor, without those on which it depends.
///
/// # Errors
/// 409 when the organisation has as many as it may have, or one with this external key; 422 when its plan does not
/// allow the interval.
pub(crate) async fn create(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    scope: Scope,
    new: NewMonitor<'_>,
    made: Made<'_>,
    plans: &Plans,
) -> Result<MonitorRow, StoreError> {
    let NewMonitor {
        name,
        spec,
        external_key,
        alerts,
    } = new;
    let allowed = limits::require_room(tx, scope, plans, LimitKey::Monitors, 1).await?;
    require_interval(&allowed, None, spec)?;
    // What is sealed is bound to the id.
    let next =
        "SELECT nextval(pg_get_serial_sequence('monitors', 'id')), EXISTS (SELECT FROM monitor_sealing)";
    let next = tx.query_one(next, &[]).await?;
    let (id, seals): (i64, bool) = (next.try_get(0)?, next.try_get(1)?);
    // A monitor that begins paused has two pasts: it was added, and it was paused.
    let revision = if spec.paused { 2 } else { 1 };
    let columns = Columns::of(spec, seals, keyring, scope.org(), MonitorId(id))?;
    version_authors::sign(tx, scope, made, &[]).await?;
    let sql = format!(
        "INSERT INTO monitors AS m (id, org_id, name, spec, sealed_spec, revision, external_key, severity,
             alert_recipients, flapping, anomalies)
         OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING {COLUMNS}"
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
                &alerts.severity.as_str(),
                &alerts.recipients.as_ref().map(Json),
                &alerts.flapping.map(Json),
                &alerts.anomalies.map(Json),
            ],
        )
        .await
        .map_err(key_taken)?;
    let row = MonitorRow::read(&row, keyring)?;
    if heartbeat::expectation(spec).is_some() {
        heartbeats::name_all(tx, scope, &[(row.id, spec)]).await?;
    }
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

/// Requires that a plan allows how often a monitor is checked, if that is another interval than before.
fn require_interval(allowed: &Effective, old: Option<&Spec>, new: &Spec) -> Result<(), StoreError> {
    let Some(interval_ms) = heartbeat::interval_ms(new) else {
        return Ok(());
    };
    plan::require_interval(allowed, old.and_then(heartbeat::interval_ms), interval_ms)
        .map_err(|wrong| StoreError::Invalid(vec![wrong]))
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

/// A locked monitor, and what it is changed to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Update<'a> {
    pub(crate) old: &'a MonitorRow,
    pub(crate) name: &'a str,
    pub(crate) spec: &'a Spec,
}

impl Update<'_> {
    fn event(&self) -> Option<LifecycleEvent> {
        patch::event(self.old.spec.value(), self.old.is_paused(), self.spec)
    }

    /// Whether pingers have to be told.
    pub(crate) fn changed(&self) -> Changed {
        match self.event() {
            Some(_) => Changed::Spec,
            None => Changed::NameOnly,
        }
    }

    /// Whether anything is another than before.
    pub(crate) fn is_other(&self) -> bool {
        self.changed() == Changed::Spec || self.old.name != self.name
    }

    /// Whether it is only paused or resumed.
    fn is_switch(&self) -> bool {
        let (old, new) = ((&*self.old.name, self.old.spec.value()), (self.name, self.spec));
        self.is_other() && is_same_but_paused(old, new)
    }

    /// Requires that the plan of the organisation allows the interval, if it is a new one.
    ///
    /// # Errors
    /// 422.
    pub(crate) fn require_interval(&self, allowed: &Effective) -> Result<(), StoreError> {
        require_interval(allowed, self.old.spec.value(), self.spec)
    }

    /// Whether it is a heartbeat, or may have been one.
    fn concerns_heartbeats(&self) -> bool {
        let may_be_one = |spec: &Spec| heartbeat::expectation(spec).is_some();
        may_be_one(self.spec) || self.old.spec.value().is_none_or(may_be_one)
    }

    /// The row as it becomes.
    pub(crate) fn new_row(&self) -> MonitorRow {
        let (old, event) = (self.old, self.event());
        let revision = old.revision + i32::from(event.is_some());
        MonitorRow {
            id: old.id,
            org_id: old.org_id,
            name: self.name.to_owned(),
            external_key: old.external_key.clone(),
            spec: Stored::Read(self.spec.clone()),
            revision,
            probe_revision: match patch::checks_same(old.spec.value(), event, self.spec) {
                true => old.probe_revision,
                false => revision,
            },
            // The statement writes when.
            probe_since: old.probe_since,
            version: old.version + i32::from(self.is_other()),
            alerts: old.alerts.clone(),
            muted: old.muted,
            muted_until: old.muted_until,
            created_at: old.created_at,
            updated_at: old.updated_at,
        }
    }
}

/// Changes a locked monitor. A new name makes a new version; a new specification makes a new revision too.
///
/// # Errors
/// 422 when the plan of the organisation does not allow the new interval.
pub(crate) async fn update(
    tx: &impl GenericClient,
    keyring: &Keyring,
    update: Update<'_>,
    made: Made<'_>,
    plans: &Plans,
) -> Result<Changed, StoreError> {
    let before = update.old.spec.value().and_then(heartbeat::interval_ms);
    if before != heartbeat::interval_ms(update.spec) {
        let allowed = limits::effective(tx, Scope::organisation(update.old.org_id), plans).await?;
        update.require_interval(&allowed)?;
    }
    update_all(tx, keyring, &[update], made).await?;
    Ok(update.changed())
}

/// As [`update`], of many monitors of an organisation with intervals that are allowed, in as many statements as for one.
pub(crate) async fn update_all(
    tx: &impl GenericClient,
    keyring: &Keyring,
    updates: &[Update<'_>],
    made: Made<'_>,
) -> Result<(), StoreError> {
    let others: Vec<_> = updates.iter().filter(|update| update.is_other()).collect();
    let Some(org) = others.first().map(|update| update.old.org_id) else {
        return Ok(());
    };
    let switched = others.iter().filter(|update| update.is_switch());
    let switched: Vec<i64> = switched.map(|update| update.old.id.0).collect();
    version_authors::sign(tx, Scope::organisation(org), made, &switched).await?;
    let (seals, now) = (monitor_seal::is_on(tx).await?, shared::now());
    let (mut ids, mut names, mut specs, mut sealed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut revisions, mut probe_revisions, mut are_others) = (Vec::new(), Vec::new(), Vec::new());
    let (mut records, mut named) = (Vec::new(), Vec::new());
    for update in others {
        let Update { old, name, spec } = *update;
        let columns = Columns::of(spec, seals, keyring, old.org_id, old.id)?;
        let new = update.new_row();
        ids.push(old.id.0);
        names.push(name);
        specs.push(columns.spec);
        sealed.push(columns.sealed_spec);
        revisions.push(new.revision);
        probe_revisions.push(new.probe_revision);
        // Unlike a revision of the probe, which a pause ends, too: what is usual is the same after it.
        are_others.push(!old.spec.value().is_some_and(|old| old.checks_same(spec)));
        records.extend(update.event().map(|event| new.lifecycle(event, now)));
        if update.concerns_heartbeats() {
            named.push((old.id, spec));
        }
    }
    let sql = "UPDATE monitors AS m SET name = new.name, spec = new.spec, sealed_spec = new.sealed_spec,
                   revision = new.revision, probe_revision = new.probe_revision, probe_revision_of = new.revision,
                   probe_since = CASE WHEN new.is_other THEN now() ELSE m.probe_since END,
                   version = m.version + 1, updated_at = now()
               FROM unnest($1::bigint[], $2::text[], $3::jsonb[], $4::bytea[], $5::int[], $6::int[], $7::bool[])
                   AS new (id, name, spec, sealed_spec, revision, probe_revision, is_other)
               WHERE m.id = new.id";
    let statement = tx.prepare_cached(sql).await?;
    tx.execute(
        &statement,
        &[
            &ids,
            &names,
            &specs,
            &sealed,
            &revisions,
            &probe_revisions,
            &are_others,
        ],
    )
    .await?;
    heartbeats::name_all(tx, Scope::organisation(org), &named).await?;
    Ok(outbox::insert_all(tx, records).await?)
}

/// Makes new versions of locked monitors of which something changed that is not in their rows.
pub(crate) async fn make_versions(tx: &Transaction<'_>, ids: &[i64]) -> Result<(), StoreError> {
    let sql = "UPDATE monitors SET version = version + 1, updated_at = now() WHERE id = ANY($1)";
    let statement = tx.prepare_cached(sql).await?;
    tx.execute(&statement, &[&ids]).await?;
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

/// Removes locked monitors. Their rows stay for a while, so that results on their way are recognised.
pub(crate) async fn delete_all(tx: &impl GenericClient, old: &[&MonitorRow]) -> Result<(), StoreError> {
    let ids: Vec<i64> = old.iter().map(|row| row.id.0).collect();
    let sql = "UPDATE monitors SET deleted_at = now(), updated_at = now(), revision = revision + 1,
                   version = version + 1
               WHERE id = ANY($1)";
    let statement = tx.prepare_cached(sql).await?;
    tx.execute(&statement, &[&ids]).await?;
    // At once: nobody pings what is gone.
    heartbeats::forget(tx, &ids).await?;
    let now = shared::now();
    drill_changes::end_of_monitors(tx, old, now).await?;
    drill_schedules::delete_of_monitors(tx, &ids).await?;
    let gone = old.iter().map(|row| row.lifecycle_of_deletion(now)).collect();
    Ok(outbox::insert_all(tx, gone).await?)
}

/// Forgets monitors that were removed so long ago that no result of theirs can be on its way, and has the processor erase
/// what it holds of them. Those that an incident tells of keep their name.
pub(crate) async fn purge_deleted(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    client
        .execute(
            "WITH gone AS (
                 DELETE FROM monitors m WHERE deleted_at < now() - interval '30 days'
                     AND NOT EXISTS (SELECT FROM incidents i WHERE i.monitor_id = m.id)
                 RETURNING id, org_id
             ), named AS (
                 INSERT INTO erased_monitors (monitor_id, org_id)
                 SELECT id, org_id FROM gone
                 UNION ALL SELECT -d.id, d.org_id FROM gone JOIN drills d ON d.monitor_id = gone.id
                 ON CONFLICT DO NOTHING
             )
             SELECT FROM gone",
            &[],
        )
        .await
}

/// Mutes or unmutes locked monitors. That makes no new version: no PATCH could overwrite it.
pub(crate) async fn mute_all(
    tx: &impl GenericClient,
    ids: &[i64],
    muted: bool,
    until: Option<Timestamp>,
) -> Result<(), StoreError> {
    let until: Option<DateTime<Utc>> = until.map(Timestamp::to_datetime);
    let sql = "UPDATE monitors SET muted = $2, muted_until = $3 WHERE id = ANY($1)";
    let statement = tx.prepare_cached(sql).await?;
    tx.execute(&statement, &[&ids, &muted, &until]).await?;
    Ok(())
}
