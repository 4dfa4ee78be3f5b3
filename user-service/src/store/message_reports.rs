//! What services report about messages that they took, by the receipts of the messages.

use std::collections::{BTreeSet, HashSet};

use api::{DeliveryReport, ReportedState};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::{ChannelId, OrgId, Timestamp};
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;
use super::whatsapp_channels::AppChannel;
use crate::rules::whatsapp_reports::MessageReport;

/// What is reported of a message that is not known yet is kept when it is not older: its receipt is on its way through the
/// log.
const EARLY_WITHIN_MS: i64 = 10 * 60 * 1_000;

/// Rows about unknown messages that an organisation may have from one day: an app may send to the same numbers what we do
/// not have it send.
const MAX_EARLY: i64 = 10_000;

/// Channels with one number for which a report of an unknown message is kept, at most.
const MAX_OF_A_NUMBER: usize = 100;

/// How many reports there were of which kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Noted {
    /// Of messages that are known.
    pub(crate) known: usize,
    /// Of messages that may become known.
    pub(crate) early: usize,
    /// Of others; nothing is kept of them.
    pub(crate) unknown: usize,
    /// Messages that are known, and are now reported as not delivered.
    pub(crate) undelivered: Vec<Undelivered>,
}

/// A message that its service took, and has reported as not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undelivered {
    pub(crate) org_id: OrgId,
    pub(crate) channel_id: ChannelId,
    pub(crate) receipt: String,
}

impl Undelivered {
    /// Reads the columns `org_id`, `channel_id` and `receipt`.
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            org_id: OrgId(row.try_get("org_id")?),
            channel_id: ChannelId(row.try_get("channel_id")?),
            receipt: row.try_get("receipt")?,
        })
    }
}

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str =
    "reported.state AS reported_state, reported.reported_at, reported.error AS reported_error";

/// Joins what is reported of the message with this receipt to this channel, both of them expressions; `org` is the number of
/// the parameter [`Scope::org_id`]. Each is looked up by itself, by its key.
pub(super) fn joined(channel: &str, receipt: &str, org: usize) -> String {
    format!(
        "LEFT JOIN LATERAL (
             SELECT r.state, r.reported_at, r.error FROM message_reports r
             WHERE r.channel_id = {channel} AND r.receipt = {receipt} AND r.org_id = ${org} OFFSET 0) reported ON true"
    )
}

/// Reads those columns.
pub(super) fn read(row: &Row) -> Result<Option<DeliveryReport>, StoreError> {
    let Some(name) = row.try_get::<_, Option<String>>("reported_state")? else {
        return Ok(None);
    };
    let state = ReportedState::parse(&name);
    Ok(Some(DeliveryReport {
        state: state.ok_or_else(|| StoreError::Unreadable(format!("a message is reported as {name}")))?,
        at: row.try_get::<_, DateTime<Utc>>("reported_at")?.into(),
        error: row.try_get("reported_error")?,
    }))
}

/// Notes what is reported of messages to these channels. A state that is not beyond the one that is known changes nothing,
/// so that what comes again or late does no harm.
pub(crate) async fn note(
    client: &impl GenericClient,
    scope: Scope,
    channels: &[AppChannel],
    reports: &[MessageReport],
    now: Timestamp,
) -> Result<Noted, StoreError> {
    if reports.is_empty() {
        return Ok(Noted::default());
    }
    let known = known(client, scope, channels, reports).await?;
    let receipts: HashSet<&str> = known.iter().map(|(_, receipt)| receipt.as_str()).collect();
    let (of_known, others): (Vec<_>, Vec<_>) = reports
        .iter()
        .partition(|report| receipts.contains(report.receipt.as_str()));
    // In one order, so that two calls wait for each other at most once.
    let mut rows = BTreeSet::new();
    for (channel, receipt) in &known {
        rows.insert((*channel, receipt.as_str(), true));
    }
    let young = others
        .iter()
        .filter(|report| now.millis_since(report.at) <= EARLY_WITHIN_MS);
    let early = young.map(|report| (report.receipt.as_str(), addressed(channels, report)));
    // An app sends to others as well: what goes to none of our numbers is none of ours.
    let early: Vec<_> = early.filter(|(_, channels)| !channels.is_empty()).collect();
    let mut room = match early.is_empty() {
        true => 0,
        false => usize::try_from(room(client, scope).await?).unwrap_or(0),
    };
    let mut kept = 0;
    for (receipt, channels) in early {
        let Some(left) = room.checked_sub(channels.len()) else {
            break;
        };
        (room, kept) = (left, kept + 1);
        // To which of them it went is not known before its receipt is.
        rows.extend(channels.into_iter().map(|channel| (channel.0, receipt, false)));
    }
    Ok(Noted {
        known: of_known.len(),
        early: kept,
        unknown: others.len() - kept,
        undelivered: insert(client, scope, &rows, reports).await?,
    })
}

/// The channels to whose number a message may have gone.
fn addressed(channels: &[AppChannel], report: &MessageReport) -> Vec<ChannelId> {
    let of_number = channels
        .iter()
        .filter(|channel| report.may_be_to(&channel.to_number));
    of_number
        .map(|channel| channel.id)
        .take(MAX_OF_A_NUMBER)
        .collect()
}

/// Which of these channels have which of these messages as receipts.
async fn known(
    client: &impl GenericClient,
    scope: Scope,
    channels: &[AppChannel],
    reports: &[MessageReport],
) -> Result<Vec<(i64, String)>, StoreError> {
    let channels: Vec<i64> = channels.iter().map(|channel| channel.id.0).collect();
    let receipts: Vec<&str> = reports.iter().map(|report| report.receipt.as_str()).collect();
    let rows = client
        .query(KNOWN, &[scope.org_id(), &channels, &receipts])
        .await?;
    let known = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    known.collect()
}

/// As its index has it: by the receipts, however many channels the app has.
const KNOWN: &str = "SELECT DISTINCT channel_id, receipt FROM alert_events
    WHERE org_id = $1 AND channel_id = ANY($2) AND receipt = ANY($3) AND receipt LIKE 'wamid.%'";

/// How many more rows about unknown messages there may be.
async fn room(client: &impl GenericClient, scope: Scope) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM message_reports
               WHERE org_id = $1 AND NOT is_known AND received_at > now() - interval '1 day'";
    let row = client.query_one(sql, &[scope.org_id()]).await?;
    Ok((MAX_EARLY - row.try_get::<_, i64>(0)?).max(0))
}

/// Answers which known messages were not delivered, of which that was not known: a state only goes on, so that a message is
/// among them once.
async fn insert(
    client: &impl GenericClient,
    scope: Scope,
    rows: &BTreeSet<(i64, &str, bool)>,
    reports: &[MessageReport],
) -> Result<Vec<Undelivered>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let channels: Vec<i64> = rows.iter().map(|(channel, ..)| *channel).collect();
    let receipts: Vec<&str> = rows.iter().map(|(_, receipt, _)| *receipt).collect();
    let are_known: Vec<bool> = rows.iter().map(|(.., is_known)| *is_known).collect();
    let names: Vec<&str> = reports.iter().map(|report| report.receipt.as_str()).collect();
    let states: Vec<&str> = reports.iter().map(|report| report.state.as_str()).collect();
    let times: Vec<DateTime<Utc>> = reports.iter().map(|report| report.at.to_datetime()).collect();
    let errors: Vec<Option<&str>> = reports.iter().map(|report| report.error.as_deref()).collect();
    // A channel may be gone meanwhile.
    let sql = "INSERT INTO message_reports AS known (channel_id, receipt, org_id, state, reported_at, error, is_known)
               SELECT c.id, it.receipt, c.org_id, r.state, r.at, r.error, it.is_known
               FROM unnest($2::bigint[], $3::text[], $4::boolean[]) AS it (channel_id, receipt, is_known)
               JOIN unnest($5::text[], $6::text[], $7::timestamptz[], $8::text[]) AS r (receipt, state, at, error)
                   ON r.receipt = it.receipt
               JOIN channels c ON c.id = it.channel_id AND c.org_id = $1
               ORDER BY c.id, it.receipt
               ON CONFLICT (channel_id, receipt) DO UPDATE
               SET state = excluded.state, reported_at = excluded.reported_at, error = excluded.error,
                   is_known = known.is_known OR excluded.is_known
               WHERE array_position($9::text[], excluded.state) > array_position($9::text[], known.state)
               RETURNING known.org_id, known.channel_id, known.receipt,
                   known.state = 'failed' AND known.is_known AS is_undelivered";
    let order = ReportedState::ALL.map(ReportedState::as_str);
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 9] = [
        scope.org_id(),
        &channels,
        &receipts,
        &are_known,
        &names,
        &states,
        &times,
        &errors,
        &order.as_slice(),
    ];
    let mut undelivered = Vec::new();
    for row in client.query(sql, &values).await? {
        if row.try_get("is_undelivered")? {
            undelivered.push(Undelivered::read(&row)?);
        }
    }
    Ok(undelivered)
}

/// Removes what is of no delivery, or of none any more. Younger ones may get theirs yet.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let sql = "DELETE FROM message_reports WHERE ctid = ANY(ARRAY(
                   SELECT r.ctid FROM message_reports r
                   WHERE r.received_at < now() - make_interval(days => $1) AND NOT EXISTS (
                       SELECT FROM alert_events e WHERE e.org_id = r.org_id AND e.channel_id = r.channel_id
                           AND e.receipt = r.receipt AND e.receipt LIKE 'wamid.%')
                   LIMIT $2))";
    super::purge::in_batches(client, sql, 1).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_go_on_in_the_order_in_which_rows_are_compared() {
        let names = ReportedState::ALL.map(ReportedState::as_str);
        assert_eq!(names, ["sent", "failed", "delivered", "read"]);
        let mut ordered = ReportedState::ALL;
        ordered.sort();
        assert_eq!(ordered, ReportedState::ALL);
    }

    #[tokio::test]
    async fn messages_are_found_by_index() {
        let client = testkit::connect(&testkit::database().await).await;
        let rows =
            "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                delivery_id, source, receipt)
            SELECT gen_random_uuid(), 'down', n % 50, 'sent', 1, now() - make_interval(mins => n), 1, n,
                   md5('' || n)::uuid, '{}', 'wamid.' || n
            FROM generate_series(1, 25000) n;
            ANALYZE; SET plan_cache_mode = force_generic_plan";
        client.batch_execute(rows).await.unwrap();
        let (channels, receipts) = (vec![1_i64, 2], vec!["wamid.1", "wamid.2"]);
        let plan = client
            .query(&format!("EXPLAIN {KNOWN}"), &[&1_i64, &channels, &receipts])
            .await
            .unwrap();
        let plan: Vec<&str> = plan.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(plan.contains("alert_events_whatsapp_idx"), "{plan}");
    }
}
