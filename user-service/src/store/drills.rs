//! Rows of `drills`.

use api::{Drill, WhyAcknowledgement};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::{DrillId, IncidentId, MonitorId, Timestamp};
use serde::Serialize;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::Scope;
use super::audit::Resource as Audited;
use super::error::StoreError;
use super::scope::{sees, sees_everything};
use crate::rules::drill::{self as rules, End};

/// How long drills are kept once they are over, in days: as long as the audit log.
const KEPT_DAYS: i32 = 400;

/// What of drills is read. Who has begun one is not named once they have left, nor to who does not see everything.
fn select(org: usize, who: usize) -> String {
    format!(
        "SELECT d.id, d.monitor_id, m.name AS monitor_name, d.name, d.incident_id, d.schedule_id,
             d.started_at, d.ends_at, d.ended_at, a.acknowledged_at, a.by_name, sent.received, sent.failed,
             (SELECT u.name FROM memberships s JOIN users u ON u.id = s.user_id
              WHERE s.org_id = d.org_id AND s.user_id = d.started_by AND {}) AS started_by
         FROM drills d JOIN monitors m ON m.id = d.monitor_id
         LEFT JOIN incident_acknowledgements a ON a.incident_id = d.incident_id
         CROSS JOIN LATERAL (
             SELECT count(*) FILTER (WHERE is_sent) AS received,
                    count(*) FILTER (WHERE is_failed AND NOT is_sent) AS failed
             FROM (SELECT bool_or(e.step = 'sent' AND r.state IS DISTINCT FROM 'failed') AS is_sent,
                          bool_or(e.step = 'failed' OR (e.step = 'sent' AND r.state = 'failed')) AS is_failed
                   FROM alert_events e
                   LEFT JOIN message_reports r
                       ON r.channel_id = e.channel_id AND r.receipt = e.receipt AND r.org_id = e.org_id
                   WHERE e.incident_id = d.incident_id AND e.org_id = d.org_id AND e.alert = 'down'
                     AND e.delivery_id IS NOT NULL
                   GROUP BY e.delivery_id) message
         ) sent",
        sees_everything(org, who)
    )
}

/// A row of `drills`.
#[derive(Clone, Debug)]
pub(crate) struct DrillRow {
    pub(crate) id: DrillId,
    pub(crate) monitor_id: MonitorId,
    monitor_name: String,
    pub(crate) name: String,
    pub(crate) incident_id: IncidentId,
    schedule_id: Option<i64>,
    started_at: Timestamp,
    pub(crate) end: End,
    started_by: Option<String>,
    acknowledged: Option<WhyAcknowledgement>,
    received: u32,
    failed: u32,
}

impl DrillRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let at = |column| row.try_get::<_, DateTime<Utc>>(column).map(Timestamp::from);
        let at_if = |column| {
            let at: Option<DateTime<Utc>> = row.try_get(column)?;
            Ok::<_, tokio_postgres::Error>(at.map(Timestamp::from))
        };
        let count = |column| {
            let count: i64 = row.try_get(column)?;
            Ok::<_, tokio_postgres::Error>(u32::try_from(count).unwrap_or(u32::MAX))
        };
        let acknowledged = match at_if("acknowledged_at")? {
            Some(at) => Some(WhyAcknowledgement {
                at,
                by: row.try_get("by_name")?,
            }),
            None => None,
        };
        Ok(Self {
            id: DrillId(row.try_get("id")?),
            monitor_id: MonitorId(row.try_get("monitor_id")?),
            monitor_name: row.try_get("monitor_name")?,
            name: row.try_get("name")?,
            incident_id: IncidentId(row.try_get("incident_id")?),
            schedule_id: row.try_get("schedule_id")?,
            started_at: at("started_at")?,
            end: End {
                planned: at("ends_at")?,
                said: at_if("ended_at")?,
            },
            started_by: row.try_get("started_by")?,
            acknowledged,
            received: count("received")?,
            failed: count("failed")?,
        })
    }

    /// As the audit log has it.
    pub(crate) fn audited_form(&self) -> AuditedDrill<'_> {
        AuditedDrill {
            name: &self.name,
            monitor_id: self.monitor_id,
            ends_at: self.end.at(),
            is_over: self.end.said.is_some(),
        }
    }

    /// As it is answered.
    pub(crate) fn view(self, now: Timestamp) -> Drill {
        Drill {
            id: self.id,
            name: self.name,
            monitor_id: self.monitor_id,
            monitor_name: self.monitor_name,
            incident_id: self.incident_id,
            state: rules::state(self.end, self.acknowledged.is_some(), self.received, now),
            started_by: self.started_by,
            schedule_id: self.schedule_id,
            started_at: self.started_at,
            ends_at: self.end.at(),
            acknowledged: self.acknowledged,
            received: self.received,
            failed: self.failed,
        }
    }
}

/// Drills in the audit log.
pub(crate) fn audited(id: DrillId) -> Audited {
    Audited::new("drill", id)
}

/// What the audit log keeps of a drill: not the name of who has begun it, for it is kept for long.
#[derive(Debug, Serialize)]
pub(crate) struct AuditedDrill<'a> {
    name: &'a str,
    monitor_id: MonitorId,
    ends_at: Timestamp,
    is_over: bool,
}

/// Which drills are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) monitor: Option<i64>,
    /// Whether they go on.
    pub(crate) running: Option<bool>,
}

/// The drills that are seen of an organisation before the one with the id `before`, newest first.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    (filter, now): (Filter, Timestamp),
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<DrillRow>, StoreError> {
    let sql = format!(
        "{} WHERE d.org_id = $1 AND {} AND ($3::bigint IS NULL OR d.monitor_id = $3)
           AND ($4::boolean IS NULL OR (d.ended_at IS NULL AND d.ends_at > $5) = $4)
           AND ($6::bigint IS NULL OR d.id < $6)
         ORDER BY d.id DESC LIMIT $7",
        select(1, 2),
        sees("d.monitor_id", 1, 2)
    );
    let rows = client
        .query(
            &sql,
            &[
                scope.org_id(),
                &scope.who(),
                &filter.monitor,
                &filter.running,
                &now.to_datetime(),
                &before,
                &limit,
            ],
        )
        .await?;
    rows.iter().map(DrillRow::read).collect()
}

/// A drill.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
    id: DrillId,
) -> Result<DrillRow, StoreError> {
    let row = one(client, scope, "d.id = $3", &id.0, "").await?;
    row.ok_or(StoreError::NotFound("drill"))
}

/// As [`find`], locked until the transaction ends.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn lock(tx: &Transaction<'_>, scope: Scope, id: DrillId) -> Result<DrillRow, StoreError> {
    let row = one(tx, scope, "d.id = $3", &id.0, "FOR UPDATE OF d").await?;
    row.ok_or(StoreError::NotFound("drill"))
}

/// The drill whose incident that is, locked until the transaction ends; none where it is that of a monitor.
pub(crate) async fn lock_of_incident(
    tx: &Transaction<'_>,
    scope: Scope,
    incident: IncidentId,
) -> Result<Option<DrillRow>, StoreError> {
    one(tx, scope, "d.incident_id = $3", &incident.0, "FOR UPDATE OF d").await
}

async fn one(
    client: &impl GenericClient,
    scope: Scope,
    condition: &str,
    value: &(dyn ToSql + Sync),
    locking: &str,
) -> Result<Option<DrillRow>, StoreError> {
    let sql = format!(
        "{} WHERE d.org_id = $1 AND {condition} AND {} {locking}",
        select(1, 2),
        sees("d.monitor_id", 1, 2)
    );
    let row = client
        .query_opt(&sql, &[scope.org_id(), &scope.who(), value])
        .await?;
    row.as_ref().map(DrillRow::read).transpose()
}

/// Removes those that have been over for long, and has the processor erase their alerts.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let sql = "WITH gone AS (
                   DELETE FROM drills WHERE id IN (
                       SELECT id FROM drills WHERE ended_at < now() - make_interval(days => $1) ORDER BY ended_at LIMIT $2)
                   RETURNING id, org_id
               ), named AS (
                   INSERT INTO erased_monitors (monitor_id, org_id) SELECT -id, org_id FROM gone ON CONFLICT DO NOTHING
               )
               SELECT FROM gone";
    super::purge::in_batches(client, sql, KEPT_DAYS).await
}

#[cfg(test)]
mod tests {
    use shared::postgres::PostgresSettings;

    use super::*;

    #[tokio::test]
    async fn what_was_over_long_ago_goes_and_only_its_own_monitor_is_named() {
        let settings = PostgresSettings::from_url(&testkit::database().await);
        let client = shared::postgres::pool(&settings).unwrap().get().await.unwrap();
        let drills = "INSERT INTO organisations (name) VALUES ('one');
            INSERT INTO monitors (org_id, name, spec) VALUES (1, 'm', '{}');
            INSERT INTO drills (org_id, monitor_id, name, incident_id, started_at, ends_at, ended_at)
            SELECT 1, 1, 'd', gen_random_uuid(), now() - interval '401 days', now() - interval '401 days', ended_at
            FROM (VALUES (now() - interval '401 days'), (now() - interval '399 days'), (NULL)) AS it (ended_at)";
        client.batch_execute(drills).await.unwrap();
        for gone in [1, 0] {
            assert_eq!(purge(&client).await.unwrap(), gone);
        }
        let ids = async |sql: &str| -> Vec<i64> {
            let rows = client.query(sql, &[]).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        };
        assert_eq!(ids("SELECT id FROM drills ORDER BY id").await, [2, 3]);
        // The processor has nothing of the drill but alerts, and finds those by this name alone.
        assert_eq!(ids("SELECT monitor_id FROM erased_monitors").await, [-1]);
        assert_eq!(ids("SELECT id FROM monitors").await, [1]);
    }
}
