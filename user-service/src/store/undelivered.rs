//! Messages that a service took and has reported as not delivered since: alerters hear of them by the log, and go on with the
//! next step of an escalation.

use deadpool_postgres::{GenericClient, Transaction};
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{DeliveryId, IncidentId, MonitorId, OrgId, Timestamp};
use tokio_postgres::Row;

use super::error::StoreError;
use super::message_reports::Undelivered;
use super::outbox;

/// Messages that are looked for and passed on together.
const BATCH: i64 = 100;

/// Records that are written together. One message may tell of the outages of many monitors.
const MAX_RECORDS: i64 = 10_000;

/// The deliveries of these messages. Alerters go by what begins an incident or reminds of it; a delivery that went out once
/// more since is judged by what is reported of that. By the receipts, as their index has it.
const DELIVERIES: &str =
    "SELECT DISTINCT ON (e.delivery_id) e.delivery_id, e.incident_id, e.monitor_id, e.org_id, m.revision
    FROM alert_events e
    JOIN unnest($1::bigint[], $2::bigint[], $3::text[]) AS it (org_id, channel_id, receipt)
        ON it.org_id = e.org_id AND it.channel_id = e.channel_id AND it.receipt = e.receipt
    LEFT JOIN monitors m ON m.id = e.monitor_id AND m.org_id = e.org_id AND m.deleted_at IS NULL
    WHERE e.receipt = ANY($3) AND e.receipt LIKE 'wamid.%' AND e.step = 'sent' AND e.delivery_id IS NOT NULL
        AND e.alert IN ('down', 'degraded', 'reminder') AND (m.id IS NOT NULL OR e.monitor_id < 0)
        AND NOT EXISTS (SELECT FROM alert_events l
            WHERE l.delivery_id = e.delivery_id AND l.step = 'sent' AND l.receipt <> e.receipt
                AND (l.at, l.attempt) > (e.at, e.attempt))
    ORDER BY e.delivery_id LIMIT $4";

/// Notes how much is stored of these messages: what is more than that is passed on later.
const NOTE: &str =
    "UPDATE message_reports r SET is_known = true, passed_on = (SELECT count(*) FROM alert_events e
        WHERE e.org_id = r.org_id AND e.channel_id = r.channel_id AND e.receipt = r.receipt
            AND e.receipt LIKE 'wamid.%')
    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS it (org_id, channel_id, receipt)
    WHERE r.org_id = it.org_id AND r.channel_id = it.channel_id AND r.receipt = it.receipt";

/// Writes a record for each delivery of these messages; answers how many there were. It commits together with what says that
/// they were passed on. Where deliveries of a message are stored one after the other, alerters hear of the first ones again,
/// from which nothing follows.
pub(crate) async fn pass_on(
    tx: &Transaction<'_>,
    messages: &[Undelivered],
    now: Timestamp,
) -> Result<usize, StoreError> {
    if messages.is_empty() {
        return Ok(0);
    }
    let orgs: Vec<i64> = messages.iter().map(|message| message.org_id.0).collect();
    let channels: Vec<i64> = messages.iter().map(|message| message.channel_id.0).collect();
    let receipts: Vec<&str> = messages.iter().map(|message| message.receipt.as_str()).collect();
    // Counted first: what is stored in between is passed on twice rather than not at all.
    tx.execute(NOTE, &[&orgs, &channels, &receipts]).await?;
    let rows = tx
        .query(DELIVERIES, &[&orgs, &channels, &receipts, &MAX_RECORDS])
        .await?;
    let records: Vec<Lifecycle> = rows
        .iter()
        .map(|row| record(row, now))
        .collect::<Result<_, _>>()?;
    let count = records.len();
    if count >= MAX_RECORDS as usize {
        tracing::warn!(
            records = count,
            "more messages were not delivered than alerters hear of at once"
        );
    }
    outbox::insert_all(tx, records).await?;
    Ok(count)
}

fn record(row: &Row, now: Timestamp) -> Result<Lifecycle, StoreError> {
    // The monitor of a drill has no row, and one revision.
    let revision: Option<i32> = row.try_get("revision")?;
    Ok(Lifecycle {
        monitor_id: MonitorId(row.try_get("monitor_id")?),
        org_id: OrgId(row.try_get("org_id")?),
        // Nothing that follows names it, and it may be sealed.
        url: String::new(),
        timestamp: now,
        revision: revision.map_or(1, i32::unsigned_abs),
        probe_revision: None,
        event: LifecycleEvent::Undelivered,
        incident_id: Some(IncidentId(row.try_get("incident_id")?)),
        usual: None,
        delivery_id: Some(DeliveryId(row.try_get("delivery_id")?)),
    })
}

/// Messages that were reported as not delivered, and of which more is stored than was passed on: a report may overtake the
/// receipt, one message may be the receipt of deliveries that are stored one after the other, and an earlier release passes
/// nothing on.
const BEHIND: &str = "SELECT r.org_id, r.channel_id, r.receipt FROM message_reports r
    WHERE r.state = 'failed' AND r.received_at > now() - interval '1 hour'
        AND r.passed_on < (SELECT count(*) FROM alert_events e
            WHERE e.org_id = r.org_id AND e.channel_id = r.channel_id AND e.receipt = r.receipt
                AND e.receipt LIKE 'wamid.%')
    ORDER BY r.received_at LIMIT $1 FOR UPDATE OF r SKIP LOCKED";

/// Takes messages of which there is more to be passed on. Each is taken by one of those who ask at the same time.
pub(crate) async fn take_behind(tx: &Transaction<'_>) -> Result<Vec<Undelivered>, StoreError> {
    let rows = tx.query(BEHIND, &[&BATCH]).await?;
    rows.iter().map(Undelivered::read).collect()
}

/// Whether so many may be followed by others.
pub(crate) fn may_be_more(taken: usize) -> bool {
    taken as i64 >= BATCH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn deliveries_are_found_by_index() {
        let client = testkit::connect(&testkit::database().await).await;
        let rows =
            "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                delivery_id, source, receipt)
            SELECT gen_random_uuid(), 'down', n % 50, 'sent', 1, now() - make_interval(mins => n), 1, n,
                   md5('' || n)::uuid, '{}', 'wamid.' || n
            FROM generate_series(1, 25000) n;
            ANALYZE; SET plan_cache_mode = force_generic_plan";
        client.batch_execute(rows).await.unwrap();
        let (orgs, channels, receipts) = (vec![1_i64, 1], vec![1_i64, 2], vec!["wamid.1", "wamid.2"]);
        let plan = client
            .query(
                &format!("EXPLAIN {DELIVERIES}"),
                &[&orgs, &channels, &receipts, &MAX_RECORDS],
            )
            .await
            .unwrap();
        let plan: Vec<&str> = plan.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(plan.contains("alert_events_whatsapp_idx"), "{plan}");
    }
}
