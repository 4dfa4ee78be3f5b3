//! What a simulation goes by: settings as alerters get them, now and earlier, and the revisions of a monitor.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use alerting::KnownChannel;
use alerting::backtest::{Settings, StoredMonitor, StoredQuorum, StoredRevision};
use chrono::{DateTime, Utc};
use deadpool_postgres::{Client, GenericClient, Transaction};
use domain::channel::ChannelAlerts;
use domain::monitor::FieldError;
use domain::{ChannelId, MonitorId, Quorum, Rule, Timestamp, UserId};
use shared::crypto::Keyring;
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::monitor_row::MonitorRow;
use super::{Scope, alert_policy, alerting as told, labels, monitors, past, quiet_hours};
use crate::rules::told_days::ToldTime;

#[cfg(test)]
mod tests;

/// Changes that are looked at for one simulation, at most.
const MAX_CHANGES: usize = 100;

/// Versions of settings that are kept for one, at most: each is a copy of all that alerts of a monitor go by.
const MAX_VERSIONS: usize = 30;

/// How far back a simulation goes by present settings, in milliseconds.
const REACH_MS: i64 = 90 * 24 * 3_600_000;

/// As they are now: a simulation of each of these monitors goes by them also of the last 90 days.
pub(crate) async fn present(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    scope: Scope,
    monitors: &[MonitorId],
) -> Result<HashMap<MonitorId, Arc<Settings>>, StoreError> {
    let now = shared::now();
    let time = ToldTime {
        since: now.plus_millis(-REACH_MS),
        at: now,
        until: now,
    };
    read(tx, keyring, scope, monitors, time).await
}

/// As they were of a monitor at an instant. The transaction reads nothing else afterwards.
pub(crate) async fn at(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    scope: Scope,
    monitor: MonitorId,
    at: Timestamp,
) -> Result<Arc<Settings>, StoreError> {
    past::travel(tx, scope, at).await?;
    one(tx, keyring, scope, monitor, ToldTime::at(at)).await
}

/// As they were of a monitor within a time: each version, and from which instant on it held; the first one also before.
///
/// # Errors
/// 422 (`from`) when there are too many.
pub(crate) async fn between(
    client: &mut Client,
    keyring: &Keyring,
    scope: Scope,
    monitor: MonitorId,
    time: Range<Timestamp>,
) -> Result<Vec<(Timestamp, Arc<Settings>)>, StoreError> {
    let tx = super::snapshot(client).await?;
    let changes = changes(&tx, scope, monitor, &time).await?;
    let mut versions: Vec<(Timestamp, Arc<Settings>)> = Vec::new();
    for instant in std::iter::once(time.start.to_datetime()).chain(changes) {
        let from = Timestamp::from(instant);
        // Of each the same time is told, so that equal ones are equal.
        let told = ToldTime {
            since: time.start,
            at: from,
            until: time.end,
        };
        past::travel_to(&tx, scope, instant).await?;
        let settings = one(&tx, keyring, scope, monitor, told).await?;
        if versions.last().is_some_and(|(since, _)| *since == from) {
            versions.pop();
        }
        if versions.last().is_none_or(|(_, last)| !is_same(last, &settings)) {
            if versions.len() == MAX_VERSIONS {
                return Err(changed_too_often(MAX_VERSIONS));
            }
            versions.push((from, settings));
        }
    }
    Ok(versions)
}

fn is_same(one: &Settings, other: &Settings) -> bool {
    one.recipients == other.recipients
        && one.incident_keepers == other.incident_keepers
        && one.rules == other.rules
        && one.policy == other.policy
        && one.labels == other.labels
}

/// The instants of which [`changes`] tells. A monitor on which others depend, or that depends on others, counts no more once it
/// is deleted.
const CHANGES: &str =
    "SELECT DISTINCT p.until_at FROM past_rows p LEFT JOIN monitors m ON m.id = p.monitor_id
     WHERE p.org_id = $1 AND p.until_at > $3 AND p.until_at < $4
       AND (p.monitor_id IS NULL OR p.monitor_id = $2 OR p.relation = 'monitor_dependencies'
            OR p.relation = 'monitors' AND p.until_at >= m.deleted_at AND EXISTS (
                SELECT FROM monitor_dependencies d
                WHERE d.org_id = $1 AND m.id IN (d.monitor_id, d.depends_on)))
       AND coalesce((p.was->>'ends_at')::timestamptz >= $3::timestamptz - interval '8 days', true)
     ORDER BY p.until_at LIMIT $5";

/// The instants within a time at which something changed that may concern a monitor's alerts: not what is another
/// monitor's alone, unless that is on what it depends, nor that something was forgotten which had long been over.
async fn changes(
    tx: &Transaction<'_>,
    scope: Scope,
    monitor: MonitorId,
    time: &Range<Timestamp>,
) -> Result<Vec<DateTime<Utc>>, StoreError> {
    let statement = tx.prepare_cached(CHANGES).await?;
    let (from, until) = (time.start.to_datetime(), time.end.to_datetime());
    let parameters: [&(dyn ToSql + Sync); 5] =
        [scope.org_id(), &monitor.0, &from, &until, &(MAX_CHANGES as i64)];
    let rows = tx.query(&statement, &parameters).await?;
    let changes: Result<Vec<_>, _> = rows.iter().map(|row| row.try_get(0)).collect();
    let changes = changes?;
    match changes.len() < MAX_CHANGES {
        true => Ok(changes),
        false => Err(changed_too_often(MAX_CHANGES)),
    }
}

fn changed_too_often(times: usize) -> StoreError {
    let wrong = format!("must be later: what alerts go by was changed {times} times or more since");
    StoreError::Invalid(vec![FieldError::new("from", wrong)])
}

async fn one(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    scope: Scope,
    monitor: MonitorId,
    time: ToldTime,
) -> Result<Arc<Settings>, StoreError> {
    let mut settings = read(tx, keyring, scope, &[monitor], time).await?;
    Ok(settings.remove(&monitor).unwrap_or_default())
}

/// As alerters have them, who know of the whole organisation.
async fn read(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    scope: Scope,
    monitors: &[MonitorId],
    time: ToldTime,
) -> Result<HashMap<MonitorId, Arc<Settings>>, StoreError> {
    let scope = Scope::organisation(scope.org());
    let ids: Vec<i64> = monitors.iter().map(|id| id.0).collect();
    let channels = channels(tx, scope).await?;
    let recipients: Vec<_> = channels
        .iter()
        .filter_map(|row| row.known().recipient())
        .collect();
    let keepers = channels.iter().filter(|row| row.known().keeps_incidents());
    let incident_keepers: Vec<_> = keepers.map(|row| row.id).collect();
    let rules = told::rules(tx, scope, Some(&ids), time).await?;
    let policy = alert_policy::around(tx, scope, time).await?;
    let labels = labels::of_monitors(tx, keyring, scope, &ids).await?;
    let of_one = |id: &MonitorId| {
        let mut rules = rules.clone();
        rules.muted.retain(|mute| mute.monitor_id == *id);
        let settings = Settings {
            recipients: recipients.clone(),
            incident_keepers: incident_keepers.clone(),
            rules,
            policy: policy.clone(),
            labels: labels.get(id).cloned().unwrap_or_default(),
        };
        (*id, Arc::new(settings))
    };
    Ok(monitors.iter().map(of_one).collect())
}

/// A row of `channels` without its configuration, of which nothing is kept.
#[derive(Debug)]
struct ChannelRow {
    id: ChannelId,
    kind: String,
    enabled: bool,
    alerts: ChannelAlerts,
    owner: Option<UserId>,
}

impl ChannelRow {
    fn known(&self) -> KnownChannel<'_> {
        KnownChannel {
            id: self.id,
            kind: &self.kind,
            alerts: self.alerts,
            owner: self.owner,
            enabled: self.enabled,
        }
    }
}

async fn channels(client: &impl GenericClient, scope: Scope) -> Result<Vec<ChannelRow>, StoreError> {
    let sql = "SELECT id, kind, enabled, alerts, owner_id FROM channels WHERE org_id = $1 ORDER BY id";
    let statement = client.prepare_cached(sql).await?;
    let quiet = quiet_hours::of_members(client, scope).await?;
    let mut channels = Vec::new();
    for row in client.query(&statement, &[scope.org_id()]).await? {
        let id = row.try_get("id")?;
        let alerts: Stored<ChannelAlerts> = row.try_get("alerts")?;
        let owner = row.try_get::<_, Option<i64>>("owner_id")?.map(UserId);
        let alerts = alerts.or_left_out("channel", id).unwrap_or_default();
        channels.push(ChannelRow {
            id: ChannelId(id),
            kind: row.try_get("kind")?,
            enabled: row.try_get("enabled")?,
            alerts: ChannelAlerts {
                owner_quiet_hours: owner.and_then(|owner| quiet.get(&owner).copied()),
                ..alerts
            },
            owner,
        });
    }
    Ok(channels)
}

/// A monitor with its revisions and their rules, as far as they were kept; of the others the present rule.
///
/// # Errors
/// 404 when it is not there or not seen.
pub(crate) async fn revisions(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    monitor: MonitorId,
) -> Result<StoredMonitor, StoreError> {
    let row = monitors::find(client, keyring, scope, monitor).await?;
    let mut known = kept_revisions(client, scope, monitor).await?;
    known.insert(row.revision.unsigned_abs(), present_revision(&row));
    let present = row.spec.value().map(|spec| spec.rule).unwrap_or_default();
    let mut began = began(client, monitor).await?;
    // The first one ends nothing, and it is not stored when it began.
    began.entry(1).or_default();
    for revision in known.keys() {
        began.entry(*revision).or_default();
    }
    let revision = |(revision, began_at): (u32, Option<Timestamp>)| {
        let kept = known.get(&revision);
        let rule = kept.and_then(|kept| kept.rule);
        let since = kept.and_then(|kept| kept.probe_revision);
        StoredRevision {
            revision,
            began_at,
            rule: rule.unwrap_or(present),
            probe_revision: since.filter(|since| *since < revision),
            is_known: rule.is_some(),
        }
    };
    Ok(StoredMonitor {
        id: monitor,
        org: row.org_id,
        kind: row.kind().unwrap_or_default().to_owned(),
        revisions: began.into_iter().map(revision).collect(),
        quorums: quorums(client, monitor).await?,
    })
}

/// By whom the results of each revision were judged, of a monitor that was found. One that cannot be read is left out.
async fn quorums(client: &impl GenericClient, monitor: MonitorId) -> Result<Vec<StoredQuorum>, StoreError> {
    let statement = client
        .prepare_cached(
            "SELECT revision, quorum, interval_ms FROM monitor_quorums WHERE monitor_id = $1 ORDER BY revision",
        )
        .await?;
    let mut quorums = Vec::new();
    for row in client.query(&statement, &[&monitor.0]).await? {
        let (revision, interval_ms): (i32, i32) = (row.try_get(0)?, row.try_get(2)?);
        let quorum: Stored<Quorum> = row.try_get(1)?;
        if let Some(quorum) = quorum.value().cloned().and_then(Quorum::valid) {
            quorums.push(StoredQuorum {
                revision: revision.unsigned_abs(),
                quorum: Arc::new(quorum),
                interval_ms: interval_ms.unsigned_abs(),
            });
        }
    }
    Ok(quorums)
}

/// What is known of a revision.
#[derive(Clone, Copy, Debug)]
struct KnownRevision {
    rule: Option<Rule>,
    /// Since which revision the same is checked.
    probe_revision: Option<u32>,
}

fn present_revision(row: &MonitorRow) -> KnownRevision {
    KnownRevision {
        rule: row.spec.value().map(|spec| spec.rule),
        probe_revision: Some(row.probe_revision.unsigned_abs()),
    }
}

/// What is kept of the revisions of a monitor, the latest of each last.
const KEPT_REVISIONS: &str =
    "SELECT (was->>'revision')::int AS revision, nullif(was->'rule', 'null') AS rule,
         CASE WHEN was->'probe_revision_of' = was->'revision' THEN (was->>'probe_revision')::int END AS probe_revision
     FROM past_rows
     WHERE org_id = $1 AND relation = 'monitors' AND row_key = $2::bigint::text AND was IS NOT NULL
     ORDER BY until_at, id";

/// The revisions of a monitor before the present one that were kept.
async fn kept_revisions(
    client: &impl GenericClient,
    scope: Scope,
    monitor: MonitorId,
) -> Result<BTreeMap<u32, KnownRevision>, StoreError> {
    let statement = client.prepare_cached(KEPT_REVISIONS).await?;
    let mut known = BTreeMap::new();
    for row in client.query(&statement, &[scope.org_id(), &monitor.0]).await? {
        let revision: i32 = row.try_get("revision")?;
        let rule: Option<Stored<Rule>> = row.try_get("rule")?;
        let probe_revision: Option<i32> = row.try_get("probe_revision")?;
        let kept = KnownRevision {
            rule: rule.and_then(|rule| rule.value().copied()),
            probe_revision: probe_revision.map(i32::unsigned_abs),
        };
        known.insert(revision.unsigned_abs(), kept);
    }
    Ok(known)
}

/// When revisions began, as far as the log has told the processor.
async fn began(
    client: &impl GenericClient,
    monitor: MonitorId,
) -> Result<BTreeMap<u32, Option<Timestamp>>, StoreError> {
    let sql = "SELECT revision, began_at FROM monitor_revisions WHERE monitor_id = $1";
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[&monitor.0]).await?;
    let read = |row: &Row| {
        let revision: i32 = row.try_get(0)?;
        let began_at: DateTime<Utc> = row.try_get(1)?;
        Ok((revision.unsigned_abs(), Some(Timestamp::from(began_at))))
    };
    rows.iter().map(read).collect()
}
