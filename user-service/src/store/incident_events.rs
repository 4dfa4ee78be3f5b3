//! What was decided about each alert of an incident, and what came of it.

use std::collections::HashSet;

use alerting::{FORMERLY_QUIET, without_former_quiet};
use api::{AlertStep, DeliveryReport};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::alert_event::Step;
use domain::{ChannelId, IncidentId};
use tokio_postgres::Row;

use super::error::StoreError;
use super::scope::{sees, watched};
use super::{Scope, alert_causes, channels, message_reports};
use crate::rules::named_people;
use crate::rules::private_hours::reason_of_others;
use crate::rules::upstream_reason::{monitor_of, shown};

/// In an order that is the same each time, so that a page can begin after so many steps. A channel that is gone was a
/// member's own if it was notified as that of a person. Where earlier releases have noted of a step that somebody has quiet
/// hours, and nothing else, it is left out: it may have been a person's.
pub(crate) fn steps_sql() -> String {
    let (reports, reported) = (
        message_reports::COLUMNS,
        message_reports::joined("e.channel_id", "e.receipt", 2),
    );
    format!(
        "SELECT e.*, {reports}, c.channel_name, coalesce(c.is_others, EXISTS (
                SELECT FROM alert_events o
                WHERE o.incident_id = $1 AND o.org_id = $2 AND o.channel_id = e.channel_id AND e.channel_id <> 0
                    AND o.cause #>> '{{step,target,kind}}' IN ('person', 'schedule', 'team'))) AS is_others, {}
         FROM (SELECT at, step, alert, channel_id, delivery_id, attempt, reason, receipt, source, revision,
                   cause AS stored_cause
               FROM alert_events e WHERE e.incident_id = $1 AND e.org_id = $2 AND {}
                   AND (e.channel_id = 0 AND e.step = 'suppressed' AND e.reason LIKE 'step %: {FORMERLY_QUIET}') IS NOT TRUE
               ORDER BY at, attempt, step, alert, channel_id, delivery_id OFFSET $3 LIMIT $4) e
         LEFT JOIN LATERAL (
             SELECT CASE WHEN c.owner_id IS NULL THEN c.name ELSE u.name || ' (' || c.kind || ')' END AS channel_name,
                    c.owner_id IS NOT NULL AND (($5::bigint[])[2] IS NOT NULL
                        OR c.owner_id IS DISTINCT FROM ($5::bigint[])[1]) AS is_others
             FROM channels c LEFT JOIN users u ON u.id = c.owner_id
             WHERE c.id = e.channel_id AND c.org_id = $2 OFFSET 0) c ON true
         {reported}
         ORDER BY at, attempt, step, alert, channel_id, delivery_id",
        alert_causes::columns("e.stored_cause", 2),
        sees(&watched("e.monitor_id", 2), 2, 5)
    )
}

/// The steps of an incident from the `skipped`-th on, oldest first, at most `limit`. People whom they reached are not named to
/// who is narrowed to tags.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    id: IncidentId,
    skipped: u32,
    limit: i64,
) -> Result<Vec<AlertStep>, StoreError> {
    let statement = client.prepare_cached(&steps_sql()).await?;
    let rows = client
        .query(
            &statement,
            &[&id.0, scope.org_id(), &i64::from(skipped), &limit, &scope.who()],
        )
        .await?;
    let mut steps: Vec<AlertStep> = rows.iter().map(read).collect::<Result<_, _>>()?;
    let reasons = steps.iter_mut().filter_map(|step| step.reason.as_mut());
    hide_unseen(client, scope, reasons.collect()).await?;
    if !scope.sees_everything(client).await? {
        let channels = channels::ids(client, scope).await?;
        let channels: Vec<ChannelId> = channels.into_iter().map(ChannelId).collect();
        named_people::hide_in_steps(&mut steps, &channels);
    }
    Ok(steps)
}

/// Takes monitors out of reasons that are not seen. Who sees everything sees those, too, that are there no more.
pub(super) async fn hide_unseen(
    client: &impl GenericClient,
    scope: Scope,
    reasons: Vec<&mut String>,
) -> Result<(), StoreError> {
    let named = reasons.iter().filter_map(|reason| monitor_of(reason));
    let named: HashSet<i64> = named.map(|id| id.0).collect();
    if named.is_empty() {
        return Ok(());
    }
    let named: Vec<i64> = named.into_iter().collect();
    let sql = format!(
        "SELECT it.id FROM unnest($2::bigint[]) AS it (id) WHERE {}",
        sees("it.id", 1, 3)
    );
    let statement = client.prepare_cached(&sql).await?;
    let seen = client
        .query(&statement, &[scope.org_id(), &named, &scope.who()])
        .await?;
    let seen: HashSet<i64> = seen.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    for reason in reasons {
        *reason = shown(std::mem::take(reason), |monitor| seen.contains(&monitor.0));
    }
    Ok(())
}

fn read(row: &Row) -> Result<AlertStep, StoreError> {
    let channel: i64 = row.try_get("channel_id")?;
    let step: String = row.try_get("step")?;
    // What came of a send may say where it went, and what kept one back, when somebody sleeps. API keys are not the person
    // who made them.
    let is_hidden: bool = row.try_get("is_others")?;
    let tells_of_a_send = step != Step::Suppressed.as_str();
    let (reason, receipt): (Option<String>, Option<String>) =
        (row.try_get("reason")?, row.try_get("receipt")?);
    Ok(AlertStep {
        at: row.try_get::<_, DateTime<Utc>>("at")?.into(),
        step,
        alert: row.try_get("alert")?,
        // 0 when the step concerns all channels.
        channel_id: (channel != 0).then_some(channel),
        channel_name: row.try_get("channel_name")?,
        cause: alert_causes::read(row)?,
        delivery_id: row.try_get("delivery_id")?,
        attempt: row.try_get("attempt")?,
        reason: match (is_hidden, tells_of_a_send) {
            (_, false) if channel == 0 => reason.and_then(without_former_quiet),
            (false, _) => reason,
            (true, false) => reason.map(reason_of_others),
            (true, true) => None,
        },
        receipt: receipt.filter(|_| !is_hidden),
        reported: match message_reports::read(row)? {
            // That a send has failed is a step that all see.
            Some(report) if is_hidden => report.is_failure().then_some(DeliveryReport {
                error: None,
                ..report
            }),
            reported => reported,
        },
        source: row.try_get("source")?,
        revision: row.try_get("revision")?,
    })
}
