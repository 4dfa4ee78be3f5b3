//! Rows of `report_deliveries`: messages about updates of reports to destinations, and what came of them. One is named by
//! its update and its destination: whatever is done twice lands on the same row.

use std::collections::HashMap;

use api::{DestinationDelivery, DestinationDeliveryStatus, UpdateDeliveries};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::{DestinationId, OrgId, ReportUpdateId, StatusReportId, Timestamp};
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;
use super::fair_share;
use super::status_pages::VISIBLE;
use super::status_reports::{AFFECTED, status as report_status};
use crate::rules::destination_fate::{Fate, MAX_GONE};
use crate::rules::mail_fate::MAX_ERROR;

/// The pause after the first failure, which doubles with each, and the longest: what comes next for a destination waits
/// for what comes first.
const FIRST_PAUSE_SECONDS: f64 = 30.0;
const LONGEST_PAUSE_SECONDS: f64 = 1_800.0;

/// How long a message is tried.
const GIVE_UP_SECONDS: f64 = 86_400.0;

/// How long is known what came of each message, in days.
const KEPT_DAYS: i32 = 30;

/// Has destinations told of an update that was just written, in its transaction. They are those that are on and have
/// chosen a component of the report, or were told of the report already. A report about no component is for all.
pub(crate) async fn enqueue(
    tx: &Transaction<'_>,
    scope: Scope,
    update: ReportUpdateId,
) -> Result<u64, StoreError> {
    let sql = format!(
        "WITH {AFFECTED}
         INSERT INTO report_deliveries (update_id, destination_id, org_id, report_id)
         SELECT u.id, d.id, u.org_id, u.report_id
         FROM report_updates u JOIN status_reports r ON r.id = u.report_id
             JOIN status_pages p ON p.id = r.page_id
             JOIN status_page_destinations d ON d.page_id = p.id
             CROSS JOIN affected a
         WHERE u.id = $2 AND u.org_id = $1 AND u.notified AND {VISIBLE} AND d.enabled
           AND (d.components IS NULL OR a.components IS NULL OR d.components && a.components
                OR EXISTS (SELECT FROM report_deliveries o WHERE o.report_id = r.id AND o.destination_id = d.id))
         ON CONFLICT DO NOTHING"
    );
    Ok(tx.execute(&sql, &[scope.org_id(), &update.0]).await?)
}

/// A message that is to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DueDelivery {
    pub(crate) org_id: OrgId,
    pub(crate) update: ReportUpdateId,
    pub(crate) destination: DestinationId,
}

/// Lends messages that are due, at most so many, of each organisation as many as of any other. Of each destination only its
/// oldest: they come in their order, and one that is slow is waited for once.
pub(crate) async fn take_due(
    client: &impl GenericClient,
    most: usize,
) -> Result<Vec<DueDelivery>, StoreError> {
    let sql = fair_share::lend_first(
        "report_deliveries",
        "outcome IS NULL",
        "NOT EXISTS (SELECT FROM report_deliveries b WHERE b.outcome IS NULL
                     AND b.destination_id = w.destination_id AND b.update_id < w.update_id)",
        "w.org_id, w.update_id, w.destination_id",
    );
    let rows = client.query(&sql, &[&(most as i64)]).await?;
    let due = rows.iter().map(|row| {
        Ok(DueDelivery {
            org_id: OrgId(row.try_get("org_id")?),
            update: ReportUpdateId(row.try_get("update_id")?),
            destination: DestinationId(row.try_get("destination_id")?),
        })
    });
    due.collect()
}

/// What noting an attempt has brought about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// The message was tried for long enough.
    pub(crate) given_up: bool,
    /// The destination is switched off.
    pub(crate) switched_off: bool,
}

/// Notes what came of an attempt. A destination that is gone several times in a row is switched off, which ends what waits
/// for it.
pub(crate) async fn settle(
    client: &impl GenericClient,
    due: &DueDelivery,
    fate: &Fate,
) -> Result<Settled, StoreError> {
    let outcome = match fate {
        Fate::Delivered(_) => Some("delivered"),
        Fate::Dropped => Some("dropped"),
        Fate::Refused { .. } => Some("refused"),
        Fate::Later { .. } | Fate::Gone { .. } => None,
    };
    let is_gone = matches!(fate, Fate::Gone { .. });
    // Of an attempt that another one has settled already nothing follows.
    let ends = "$11 AND d.enabled AND d.refusals + 1 >= $12";
    let sql = format!(
        "WITH told AS (
             UPDATE status_page_destinations d
             SET refusals = CASE WHEN $11 THEN d.refusals + 1 ELSE 0 END,
                 enabled = d.enabled AND NOT ({ends}),
                 gone_at = CASE WHEN {ends} THEN now() ELSE d.gone_at END,
                 version = d.version + CASE WHEN {ends} THEN 1 ELSE 0 END,
                 updated_at = CASE WHEN {ends} THEN now() ELSE d.updated_at END
             WHERE d.id = $2 AND d.org_id = $13 AND ($11 OR $3 IS DISTINCT FROM 'dropped' AND d.refusals > 0)
               AND EXISTS (SELECT FROM report_deliveries w
                           WHERE w.update_id = $1 AND w.destination_id = $2 AND w.outcome IS NULL)
             RETURNING d.gone_at IS NOT NULL AND $11 AS is_off
         ), off AS (SELECT coalesce(bool_or(is_off), false) AS is_off FROM told)
         UPDATE report_deliveries w
         SET outcome = CASE WHEN w.update_id <> $1 THEN 'dropped' WHEN off.is_off THEN 'refused'
                            ELSE coalesce($3, CASE WHEN w.created_at < now() - make_interval(secs => $4)
                                                   THEN 'given_up' END) END,
             due_at = now() + make_interval(secs => least($5 * 2 ^ least(w.attempts - 1, 20), $6)),
             http_status = CASE WHEN w.update_id = $1 THEN coalesce($7, w.http_status) END,
             error = CASE WHEN w.update_id = $1 THEN left($8, $9) END,
             attempted_at = CASE WHEN w.update_id = $1 AND $10 THEN now() ELSE w.attempted_at END,
             delivered_at = CASE WHEN w.update_id = $1 AND $3 = 'delivered' THEN now() END
         FROM off
         WHERE w.destination_id = $2 AND w.org_id = $13 AND w.outcome IS NULL AND (w.update_id = $1 OR off.is_off)
         RETURNING w.update_id = $1 AND w.outcome = 'given_up' AS given_up, off.is_off AS switched_off"
    );
    let status = fate.status().map(u16::cast_signed);
    let was_sent = !matches!(fate, Fate::Dropped);
    let rows = client
        .query(
            &sql,
            &[
                &due.update.0,
                &due.destination.0,
                &outcome,
                &GIVE_UP_SECONDS,
                &FIRST_PAUSE_SECONDS,
                &LONGEST_PAUSE_SECONDS,
                &status,
                &fate.why(),
                &MAX_ERROR,
                &was_sent,
                &is_gone,
                &MAX_GONE,
                &due.org_id.0,
            ],
        )
        .await?;
    let mut settled = Settled::default();
    for row in rows {
        settled.given_up |= row.try_get::<_, Option<bool>>("given_up")?.unwrap_or_default();
        settled.switched_off |= row.try_get::<_, bool>("switched_off")?;
    }
    Ok(settled)
}

/// The columns that [`read`] reads.
const COLUMNS: &str =
    "w.update_id, w.destination_id, w.report_id, r.title, u.status, w.outcome, w.attempts, w.http_status, w.error,
    w.created_at, w.due_at, w.attempted_at, w.delivered_at";

/// From where they are read.
const TABLES: &str = "report_deliveries w JOIN report_updates u ON u.id = w.update_id
    JOIN status_reports r ON r.id = u.report_id";

fn read(row: &Row) -> Result<DestinationDelivery, StoreError> {
    let at = |name: &str| -> Result<Option<Timestamp>, tokio_postgres::Error> {
        Ok(row
            .try_get::<_, Option<DateTime<Utc>>>(name)?
            .map(Timestamp::from))
    };
    let update_id = ReportUpdateId(row.try_get("update_id")?);
    let outcome: Option<&str> = row.try_get("outcome")?;
    let mut known = DestinationDeliveryStatus::ALL.into_iter();
    let status = known.find(|status| status.as_str() == outcome.unwrap_or("waiting"));
    let status =
        status.ok_or_else(|| StoreError::Unreadable(format!("the outcome {outcome:?} of a delivery")))?;
    Ok(DestinationDelivery {
        id: DestinationId(row.try_get("destination_id")?).delivery(update_id),
        status_report_id: StatusReportId(row.try_get("report_id")?),
        title: row.try_get("title")?,
        update_id,
        update_status: report_status(row.try_get("status")?)?,
        status,
        attempts: row.try_get("attempts")?,
        http_status: row
            .try_get::<_, Option<i16>>("http_status")?
            .map(i16::cast_unsigned),
        error: row.try_get("error")?,
        created_at: at("created_at")?.unwrap_or_default(),
        attempted_at: at("attempted_at")?,
        delivered_at: at("delivered_at")?,
        next_attempt_at: match outcome {
            None => at("due_at")?,
            Some(_) => None,
        },
    })
}

/// The messages to a destination about updates before one, the newest updates first.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    destination: DestinationId,
    before: Option<ReportUpdateId>,
    limit: i64,
) -> Result<Vec<DestinationDelivery>, StoreError> {
    let before = before.map(|id| id.0);
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES}
         WHERE w.org_id = $1 AND w.destination_id = $2 AND ($3::bigint IS NULL OR w.update_id < $3)
         ORDER BY w.update_id DESC LIMIT $4"
    );
    let rows = client
        .query(&sql, &[scope.org_id(), &destination.0, &before, &limit])
        .await?;
    rows.iter().map(read).collect()
}

/// The message about the newest update to each of some destinations.
pub(crate) async fn newest(
    client: &impl GenericClient,
    scope: Scope,
    destinations: &[DestinationId],
) -> Result<HashMap<DestinationId, DestinationDelivery>, StoreError> {
    let ids: Vec<i64> = destinations.iter().map(|id| id.0).collect();
    let sql = format!(
        "SELECT newest.* FROM unnest($2::bigint[]) AS d (id) CROSS JOIN LATERAL (
             SELECT {COLUMNS} FROM {TABLES}
             WHERE w.org_id = $1 AND w.destination_id = d.id ORDER BY w.update_id DESC LIMIT 1
         ) AS newest"
    );
    let rows = client.query(&sql, &[scope.org_id(), &ids]).await?;
    rows.iter()
        .map(|row| Ok((DestinationId(row.try_get("destination_id")?), read(row)?)))
        .collect()
}

/// What came of the messages about a report, by update.
pub(crate) async fn of_report(
    client: &impl GenericClient,
    scope: Scope,
    report: StatusReportId,
) -> Result<HashMap<ReportUpdateId, UpdateDeliveries>, StoreError> {
    let sql = "SELECT update_id, coalesce(outcome, 'waiting'), count(*) FROM report_deliveries
               WHERE org_id = $1 AND report_id = $2 GROUP BY 1, 2";
    let mut all: HashMap<ReportUpdateId, UpdateDeliveries> = HashMap::new();
    for row in client.query(sql, &[scope.org_id(), &report.0]).await? {
        let of = all.entry(ReportUpdateId(row.try_get(0)?)).or_default();
        let count: i64 = row.try_get(2)?;
        match row.try_get(1)? {
            "waiting" => of.waiting = count,
            "delivered" => of.delivered = count,
            "refused" => of.refused = count,
            "given_up" => of.given_up = count,
            _ => of.dropped = count,
        }
    }
    Ok(all)
}

/// How many messages wait, by the kind of their destinations.
pub(crate) async fn count_waiting(
    client: &impl GenericClient,
) -> Result<HashMap<String, i64>, tokio_postgres::Error> {
    let sql = "SELECT d.kind, count(*) FROM report_deliveries w
                   JOIN status_page_destinations d ON d.id = w.destination_id
               WHERE w.outcome IS NULL GROUP BY d.kind";
    let rows = client.query(sql, &[]).await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

/// Forgets messages that are old.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let sql = "DELETE FROM report_deliveries WHERE created_at < now() - make_interval(days => $1)";
    client.execute(sql, &[&KEPT_DAYS]).await
}
