//! Messages to a channel: what came of each, derived from its steps in `alert_events`.

use api::{Delivery, DeliveryReport, DeliveryStatus};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::{ChannelId, DeliveryId, IncidentId, MonitorId, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::{Json, ToSql};
use uuid::Uuid;

use super::error::StoreError;
use super::scope::{sees, watched};
use super::{Scope, alert_causes, message_reports};
use crate::rules::named_people;

/// That `e` is the latest of its message's steps; of two at the same instant the one that settles more.
const IS_LATEST: &str = "NOT EXISTS (SELECT FROM alert_events l WHERE l.delivery_id = e.delivery_id
    AND (l.at, l.attempt, array_position(ARRAY['decided', 'attempted', 'suppressed', 'failed', 'sent'], l.step))
      > (e.at, e.attempt, array_position(ARRAY['decided', 'attempted', 'suppressed', 'failed', 'sent'], e.step)))";

/// The steps after which a message has this status.
fn steps(status: DeliveryStatus) -> &'static [&'static str] {
    match status {
        DeliveryStatus::Pending => &["decided", "attempted"],
        DeliveryStatus::Sent => &["sent"],
        DeliveryStatus::Failed => &["failed"],
        DeliveryStatus::Suppressed => &["suppressed"],
    }
}

fn status_after(step: &str) -> DeliveryStatus {
    [
        DeliveryStatus::Sent,
        DeliveryStatus::Failed,
        DeliveryStatus::Suppressed,
    ]
    .into_iter()
    .find(|status| steps(*status).contains(&step))
    .unwrap_or(DeliveryStatus::Pending)
}

/// Where a page begins: after the message that was changed then and has this id.
pub(crate) type Position = (Timestamp, DeliveryId);

/// That the service has reported of the message with the receipt of `e` that it was not delivered.
const IS_REPORTED_FAILED: &str = "e.receipt LIKE 'wamid.%' AND e.receipt = ANY(ARRAY(
    SELECT r.receipt FROM message_reports r WHERE r.org_id = $1 AND r.channel_id = $2 AND r.state = 'failed'))";

fn read(row: &Row) -> Result<Delivery, StoreError> {
    let taken = status_after(row.try_get("step")?);
    let reported = message_reports::read(row)?.filter(|_| taken == DeliveryStatus::Sent);
    let is_undelivered = reported.as_ref().is_some_and(DeliveryReport::is_failure);
    let status = if is_undelivered {
        DeliveryStatus::Failed
    } else {
        taken
    };
    let Json(source) = row.try_get("source")?;
    let error: Option<String> = row.try_get("error")?;
    let monitor_id = MonitorId(row.try_get("monitor_id")?);
    let watched: Option<i64> = row.try_get("watched")?;
    Ok(Delivery {
        id: DeliveryId(row.try_get("delivery_id")?),
        incident_id: IncidentId(row.try_get("incident_id")?),
        monitor_id: watched.map_or(monitor_id, MonitorId),
        monitor_name: row.try_get("monitor_name")?,
        drill_id: monitor_id.drill(),
        alert: row.try_get("alert")?,
        status,
        attempts: row.try_get("attempts")?,
        decided_at: row.try_get::<_, DateTime<Utc>>("decided_at")?.into(),
        updated_at: row.try_get::<_, DateTime<Utc>>("at")?.into(),
        error: match &reported {
            Some(report) => report.error.clone(),
            None => error.filter(|_| status != DeliveryStatus::Sent),
        },
        receipt: row.try_get("receipt")?,
        reported,
        source,
        cause: alert_causes::read(row)?,
    })
}

/// The messages to a channel, those first whose latest step is the newest; at most `limit`. People are not named to who is
/// narrowed to tags.
pub(crate) async fn page(
    client: &impl GenericClient,
    scope: Scope,
    channel: ChannelId,
    status: Option<DeliveryStatus>,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let steps = status.map(steps);
    let after: Option<(DateTime<Utc>, Uuid)> = after.map(|(at, id)| (at.to_datetime(), id.0));
    let who = scope.who();
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![scope.org_id(), &channel.0, &limit, &who];
    values.extend(steps.as_ref().map(|steps| steps as &(dyn ToSql + Sync)));
    if let Some((at, id)) = &after {
        values.extend([at as &(dyn ToSql + Sync), id]);
    }
    let sql = select(status, after.is_some());
    let rows = client.query(&sql, &values).await?;
    let mut found: Vec<Delivery> = rows.iter().map(read).collect::<Result<_, _>>()?;
    if !scope.sees_everything(client).await? {
        let causes = found.iter_mut().map(|delivery| delivery.cause.as_mut());
        causes.for_each(named_people::hide_in_cause);
    }
    Ok(found)
}

/// Only the conditions that are asked for, so that each can be answered from an index.
fn select(status: Option<DeliveryStatus>, after: bool) -> String {
    let steps = match status {
        None => String::new(),
        Some(DeliveryStatus::Failed) => {
            format!("AND (e.step = ANY($5) OR (e.step = 'sent' AND {IS_REPORTED_FAILED}))")
        }
        Some(DeliveryStatus::Sent) => {
            format!("AND e.step = ANY($5) AND ({IS_REPORTED_FAILED}) IS NOT TRUE")
        }
        Some(DeliveryStatus::Pending | DeliveryStatus::Suppressed) => "AND e.step = ANY($5)".to_owned(),
    };
    let position = match (after, status.is_some()) {
        (false, _) => "",
        (true, false) => "AND (e.at, e.delivery_id) < ($5, $6)",
        (true, true) => "AND (e.at, e.delivery_id) < ($6, $7)",
    };
    let (seen, causes) = (
        sees(&watched("e.monitor_id", 1), 1, 4),
        alert_causes::columns("f.stored_cause", 1),
    );
    let (reports, reported) = (
        message_reports::COLUMNS,
        message_reports::joined("$2", "f.receipt", 1),
    );
    format!(
        "SELECT e.*, m.name AS monitor_name, f.*, {reports}, {causes}
         FROM (SELECT delivery_id, {watched} AS watched, incident_id, monitor_id, alert, step, at FROM alert_events e
               WHERE e.org_id = $1 AND e.channel_id = $2 AND e.delivery_id IS NOT NULL
                 AND {IS_LATEST} AND {seen} {steps} {position}
               ORDER BY e.at DESC, e.delivery_id DESC LIMIT $3) e
         LEFT JOIN monitors m ON m.id = e.watched
         CROSS JOIN LATERAL (
             SELECT min(at) AS decided_at, max(attempt) AS attempts, (array_agg(source ORDER BY at))[1] AS source,
                    (array_agg(reason ORDER BY at DESC) FILTER (WHERE reason IS NOT NULL AND step <> 'decided'))[1]
                        AS error,
                    (array_agg(receipt ORDER BY at DESC) FILTER (WHERE receipt IS NOT NULL))[1] AS receipt,
                    (array_agg(cause ORDER BY at) FILTER (WHERE cause IS NOT NULL))[1] AS stored_cause
             FROM alert_events WHERE delivery_id = e.delivery_id) f
         {reported}
         ORDER BY e.at DESC, e.delivery_id DESC",
        watched = watched("e.monitor_id", 1)
    )
}

/// A message that may be sent once more.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) incident_id: IncidentId,
    pub(crate) monitor_id: MonitorId,
}

/// What is known of a message of a channel, and whether it was given up within the last seven days. One that was taken, and
/// reported as not delivered, is over for alerters.
///
/// # Errors
/// 404 when the channel has no such message.
pub(crate) async fn failed(
    client: &impl GenericClient,
    scope: Scope,
    channel: ChannelId,
    id: DeliveryId,
) -> Result<Option<Failed>, StoreError> {
    let sql = format!(
        "SELECT incident_id, monitor_id, step, at > now() - interval '7 days' AS is_kept FROM alert_events e
         WHERE delivery_id = $1 AND org_id = $2 AND channel_id = $3 AND {IS_LATEST} AND {}",
        sees(&watched("e.monitor_id", 2), 2, 4)
    );
    let row = client
        .query_opt(&sql, &[&id.0, scope.org_id(), &channel.0, &scope.who()])
        .await?;
    let row = row.ok_or_else(|| StoreError::NotFound("delivery"))?;
    let is_failed = status_after(row.try_get("step")?) == DeliveryStatus::Failed;
    let failed = Failed {
        incident_id: IncidentId(row.try_get("incident_id")?),
        monitor_id: MonitorId(row.try_get("monitor_id")?),
    };
    let is_kept: bool = row.try_get("is_kept")?;
    Ok((is_failed && is_kept).then_some(failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half a year of messages to fifty channels.
    const ROWS: &str = "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id,
            monitor_id, delivery_id, source)
        SELECT gen_random_uuid(), 'down', n % 50, step, attempt, now() - make_interval(mins => 10 * n - attempt),
               n % 50, n, md5('' || n)::uuid, '{}'
        FROM generate_series(1, 25000) n, (VALUES ('decided', 0), ('sent', 1)) s (step, attempt);
        UPDATE alert_events SET step = 'failed' WHERE step = 'sent' AND monitor_id % 1000 = 1;
        ANALYZE; SET plan_cache_mode = force_generic_plan";

    #[tokio::test]
    async fn messages_are_found_by_index() {
        let client = testkit::connect(&testkit::database().await).await;
        client.batch_execute(ROWS).await.unwrap();
        let (at, id) = (shared::now().to_datetime(), Uuid::max());
        let who = vec![Some(1_i64), None];
        for status in [
            None,
            Some(DeliveryStatus::Sent),
            Some(DeliveryStatus::Failed),
            Some(DeliveryStatus::Pending),
        ] {
            for after in [false, true] {
                let steps = status.map(steps);
                let mut values: Vec<&(dyn ToSql + Sync)> = vec![&1_i64, &1_i64, &51_i64, &who];
                values.extend(steps.as_ref().map(|steps| steps as &(dyn ToSql + Sync)));
                if after {
                    values.extend([&at as &(dyn ToSql + Sync), &id]);
                }
                let sql = format!("EXPLAIN {}", select(status, after));
                let plan = client.query(&sql, &values).await.unwrap();
                let plan: Vec<&str> = plan.iter().map(|row| row.get(0)).collect();
                let plan = plan.join("\n");
                assert!(
                    !plan.contains("Seq Scan on alert_events"),
                    "{status:?} {after}: {plan}"
                );
            }
        }
    }
}
