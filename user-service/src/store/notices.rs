//! Rows of `report_notices`: mails to subscribers about updates of reports, and what came of them. One is named by its
//! update and its subscriber: whatever is done twice lands on the same row.

use std::collections::HashMap;

use api::{UnsubscribedBy, UpdateNotices};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::status_page::{Impact, ReportStatus};
use domain::{ComponentId, OrgId, ReportUpdateId, StatusPageId, StatusReportId, SubscriberId, Timestamp};
use uuid::Uuid;

use super::Scope;
use super::error::StoreError;
use super::fair_share;
use super::report_deliveries;
use super::status_pages::VISIBLE;
use super::status_reports::AFFECTED;
use crate::rules::mail_fate::{Fate, MAX_ERROR};
use crate::rules::notice_content::Affected;
use crate::rules::subscription::MAX_REFUSALS;

/// The pause after the first failure, which doubles with each, and the longest.
const FIRST_PAUSE_SECONDS: f64 = 60.0;
const LONGEST_PAUSE_SECONDS: f64 = 7_200.0;

/// How long a notice is tried.
const GIVE_UP_SECONDS: f64 = 86_400.0;

/// How long is known what came of each notice, in days; then it is only known how many there were.
const KEPT_DAYS: i32 = 30;

/// Rows that are counted together.
const PURGED_AT_ONCE: i64 = 10_000;

/// Has subscribers told of an update that was just written, in its transaction, however many they are; answers how many.
/// They are those who have confirmed and have chosen a component of the report, or have got a mail about it already. A
/// report about no component is for all.
pub(crate) async fn enqueue(
    tx: &Transaction<'_>,
    scope: Scope,
    update: ReportUpdateId,
) -> Result<u64, StoreError> {
    let sql = format!(
        "WITH {AFFECTED}
         INSERT INTO report_notices (update_id, subscriber_id, org_id, report_id)
         SELECT u.id, s.id, u.org_id, u.report_id
         FROM report_updates u JOIN status_reports r ON r.id = u.report_id
             JOIN status_pages p ON p.id = r.page_id
             JOIN status_page_subscribers s ON s.page_id = p.id
             CROSS JOIN affected a
         WHERE u.id = $2 AND u.org_id = $1 AND u.notified AND {VISIBLE} AND s.state = 'confirmed'
           AND (p.access_kind <> 'email_domain' OR split_part(s.address, '@', 2) = ANY(p.email_domains))
           AND (s.components IS NULL OR a.components IS NULL OR s.components && a.components
                OR EXISTS (SELECT FROM report_notices n WHERE n.report_id = r.id AND n.subscriber_id = s.id))
         ON CONFLICT DO NOTHING"
    );
    Ok(tx.execute(&sql, &[scope.org_id(), &update.0]).await?)
}

/// A notice that is to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DueNotice {
    pub(crate) org_id: OrgId,
    pub(crate) update: ReportUpdateId,
    pub(crate) subscriber: SubscriberId,
}

/// Lends notices that are due, at most so many, of each organisation as many as of any other.
pub(crate) async fn take_due(client: &impl GenericClient, most: usize) -> Result<Vec<DueNotice>, StoreError> {
    let sql = fair_share::lend(
        "report_notices",
        "outcome IS NULL",
        "w.org_id, w.update_id, w.subscriber_id",
    );
    let rows = client.query(&sql, &[&(most as i64)]).await?;
    let due = rows.iter().map(|row| {
        Ok(DueNotice {
            org_id: OrgId(row.try_get("org_id")?),
            update: ReportUpdateId(row.try_get("update_id")?),
            subscriber: SubscriberId(row.try_get("subscriber_id")?),
        })
    });
    due.collect()
}

/// Where mails to subscribers go; those are missing that get none any more.
pub(crate) async fn mailboxes(
    client: &impl GenericClient,
    subscribers: &[SubscriberId],
) -> Result<HashMap<SubscriberId, String>, StoreError> {
    let ids: Vec<Uuid> = subscribers.iter().map(|id| id.0).collect();
    let sql = "SELECT id, mailbox FROM status_page_subscribers WHERE id = ANY($1) AND state = 'confirmed'";
    let rows = client.query(sql, &[&ids]).await?;
    rows.iter()
        .map(|row| Ok((SubscriberId(row.try_get(0)?), row.try_get(1)?)))
        .collect()
}

/// What an update says, by now: its words may have been corrected.
#[derive(Clone, Debug)]
pub(crate) struct UpdateSaid {
    pub(crate) page: StatusPageId,
    pub(crate) report: StatusReportId,
    pub(crate) title: String,
    pub(crate) status: ReportStatus,
    pub(crate) message: String,
    pub(crate) at: Timestamp,
    /// When the problem began.
    pub(crate) started_at: Timestamp,
    /// How badly each component of the report was affected after it, in the order of the page; then those that it has no
    /// more.
    pub(crate) components: Vec<Affected>,
}

/// What an update says; nothing when it is gone.
pub(crate) async fn said(
    client: &impl GenericClient,
    scope: Scope,
    update: ReportUpdateId,
) -> Result<Option<UpdateSaid>, StoreError> {
    let sql = "SELECT r.page_id, r.id, r.title, r.started_at, u.status, u.message, u.at
               FROM report_updates u JOIN status_reports r ON r.id = u.report_id WHERE u.org_id = $1 AND u.id = $2";
    let Some(row) = client.query_opt(sql, &[scope.org_id(), &update.0]).await? else {
        return Ok(None);
    };
    let (report, status): (i64, &str) = (row.try_get("id")?, row.try_get("status")?);
    let status = ReportStatus::ALL.into_iter().find(|one| one.as_str() == status);
    // With the end of a report everything works.
    let sql = "SELECT said.* FROM (
                   SELECT DISTINCT ON (i.component_id) i.component_id, i.name,
                       CASE WHEN o.id <= (SELECT max(e.id) FROM report_updates e
                                          WHERE e.report_id = $2 AND e.id <= $3 AND e.status = 'resolved')
                            THEN 'operational' ELSE i.impact END AS impact
                   FROM report_updates o JOIN report_impacts i ON i.update_id = o.id
                   WHERE o.org_id = $1 AND o.report_id = $2 AND o.id <= $3
                   ORDER BY i.component_id, o.id DESC
               ) AS said LEFT JOIN components c ON c.id = said.component_id
                   LEFT JOIN component_groups g ON g.id = c.group_id
               ORDER BY g.position, c.position, said.component_id";
    let rows = client.query(sql, &[scope.org_id(), &report, &update.0]).await?;
    let components = rows.iter().map(|row| {
        let impact: &str = row.try_get("impact")?;
        let impact = Impact::ALL.into_iter().find(|one| one.as_str() == impact);
        Ok::<_, StoreError>(Affected {
            id: ComponentId(row.try_get("component_id")?),
            name: row.try_get("name")?,
            impact: impact.unwrap_or_default(),
        })
    });
    Ok(Some(UpdateSaid {
        page: StatusPageId(row.try_get("page_id")?),
        report: StatusReportId(report),
        title: row.try_get("title")?,
        started_at: row.try_get::<_, DateTime<Utc>>("started_at")?.into(),
        status: status.ok_or_else(|| StoreError::Unreadable("the status of a report".to_owned()))?,
        message: row.try_get("message")?,
        at: row.try_get::<_, DateTime<Utc>>("at")?.into(),
        components: components.collect::<Result<_, _>>()?,
    }))
}

/// Notes what came of a notice, in one statement, for there are thousands. A subscriber whom the mail server does not know
/// several times in a row gets no more. Answers whether it was given up.
pub(crate) async fn settle(
    client: &impl GenericClient,
    due: &DueNotice,
    fate: &Fate,
) -> Result<bool, StoreError> {
    let outcome = match fate {
        Fate::Sent => Some("sent"),
        Fate::Dropped => Some("dropped"),
        Fate::Refused(_) | Fate::NoRecipient(_) => Some("refused"),
        Fate::Later(_) | Fate::Denied(_) => None,
    };
    let is_unknown = matches!(fate, Fate::NoRecipient(_));
    let concerns_subscriber = !matches!(fate, Fate::Dropped);
    // Of a notice that another one has settled already nothing follows.
    let ends = "$9 AND s.state = 'confirmed' AND s.refusals + 1 >= $11";
    let sql = format!(
        "WITH settled AS (
                UPDATE report_notices
                SET outcome = coalesce($3, CASE WHEN created_at < now() - make_interval(secs => $4) THEN 'given_up' END),
                    due_at = now() + make_interval(secs => least($5 * 2 ^ least(attempts - 1, 20), $6))
                WHERE update_id = $1 AND subscriber_id = $2 AND outcome IS NULL RETURNING outcome
            ), told AS (
                UPDATE status_page_subscribers s
                SET error = left($7, $8),
                    refusals = CASE WHEN $9 THEN s.refusals + 1 WHEN $3 = 'sent' THEN 0 ELSE s.refusals END,
                    state = CASE WHEN {ends} THEN 'unsubscribed' ELSE s.state END,
                    unsubscribed_at = CASE WHEN {ends} THEN now() ELSE s.unsubscribed_at END,
                    ended_by = CASE WHEN {ends} THEN $12 ELSE s.ended_by END
                FROM settled WHERE s.id = $2 AND $10
                  AND ($9 OR s.error IS DISTINCT FROM left($7, $8) OR ($3 = 'sent' AND s.refusals > 0))
            )
            SELECT outcome FROM settled"
    );
    let settled = client
        .query_opt(
            &sql,
            &[
                &due.update.0,
                &due.subscriber.0,
                &outcome,
                &GIVE_UP_SECONDS,
                &FIRST_PAUSE_SECONDS,
                &LONGEST_PAUSE_SECONDS,
                &fate.why(),
                &MAX_ERROR,
                &is_unknown,
                &concerns_subscriber,
                &MAX_REFUSALS,
                &UnsubscribedBy::MailServer.as_str(),
            ],
        )
        .await?;
    let outcome: Option<String> = match settled {
        Some(row) => row.try_get(0)?,
        None => None,
    };
    Ok(outcome.as_deref() == Some("given_up"))
}

/// What came of the notices of a report and of its messages to destinations, by update, newest first.
pub(crate) async fn of_report(
    client: &impl GenericClient,
    scope: Scope,
    report: StatusReportId,
) -> Result<Vec<UpdateNotices>, StoreError> {
    let sql = "SELECT u.id, c.outcome, coalesce(sum(c.count), 0)::bigint
               FROM report_updates u LEFT JOIN LATERAL (
                   SELECT coalesce(n.outcome, 'waiting') AS outcome, count(*) FROM report_notices n
                   WHERE n.update_id = u.id GROUP BY 1
                   UNION ALL SELECT k.outcome, k.count FROM report_notice_counts k WHERE k.update_id = u.id
               ) AS c ON true
               WHERE u.org_id = $1 AND u.report_id = $2 AND u.notified GROUP BY u.id, c.outcome ORDER BY u.id DESC";
    let mut deliveries = report_deliveries::of_report(client, scope, report).await?;
    let mut all: Vec<UpdateNotices> = Vec::new();
    for row in client.query(sql, &[scope.org_id(), &report.0]).await? {
        let update_id = ReportUpdateId(row.try_get(0)?);
        if all.last().is_none_or(|last| last.update_id != update_id) {
            all.push(UpdateNotices {
                update_id,
                waiting: 0,
                sent: 0,
                refused: 0,
                given_up: 0,
                dropped: 0,
                destinations: deliveries.remove(&update_id).unwrap_or_default(),
            });
        }
        let (Some(one), Some(outcome)) = (all.last_mut(), row.try_get::<_, Option<&str>>(1)?) else {
            continue;
        };
        let count: i64 = row.try_get(2)?;
        match outcome {
            "waiting" => one.waiting = count,
            "sent" => one.sent = count,
            "refused" => one.refused = count,
            "given_up" => one.given_up = count,
            _ => one.dropped = count,
        }
    }
    Ok(all)
}

/// How many notices wait.
pub(crate) async fn count_waiting(client: &impl GenericClient) -> Result<i64, tokio_postgres::Error> {
    let sql = "SELECT count(*) FROM report_notices WHERE outcome IS NULL";
    client.query_one(sql, &[]).await?.try_get(0)
}

/// Keeps only the number of notices that are old, and gives up those that nobody has sent in their time.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<(), tokio_postgres::Error> {
    let sql = "WITH old AS (
                   SELECT update_id, subscriber_id FROM report_notices
                   WHERE created_at < now() - make_interval(days => $1) ORDER BY created_at LIMIT $2
                   FOR UPDATE SKIP LOCKED
               ), gone AS (
                   DELETE FROM report_notices n USING old
                   WHERE n.update_id = old.update_id AND n.subscriber_id = old.subscriber_id
                   RETURNING n.update_id, n.org_id, coalesce(n.outcome, 'given_up') AS outcome
               )
               INSERT INTO report_notice_counts AS c (update_id, org_id, outcome, count)
               SELECT update_id, org_id, outcome, count(*) FROM gone GROUP BY 1, 2, 3
               ON CONFLICT (update_id, outcome) DO UPDATE SET count = c.count + excluded.count";
    while client.execute(sql, &[&KEPT_DAYS, &PURGED_AT_ONCE]).await? > 0 {}
    let sql = "UPDATE report_notices SET outcome = 'given_up'
               WHERE outcome IS NULL AND created_at < now() - make_interval(secs => $1)";
    client.execute(sql, &[&(2.0 * GIVE_UP_SECONDS)]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use api::UpdateDeliveries;
    use domain::OrgId;

    use super::*;

    #[tokio::test]
    async fn of_old_notices_only_their_number_is_kept() {
        let settings = shared::postgres::PostgresSettings::from_url(&testkit::database().await);
        let client = shared::postgres::pool(&settings).unwrap().get().await.unwrap();
        client
            .batch_execute(
                "INSERT INTO organisations (name) VALUES ('o');
                 INSERT INTO status_pages (org_id, slug, title, accent_colour, theme, locale, time_zone, allow_index,
                     history_days, show_maintenance, access_kind)
                 VALUES (1, 'acme', 'Acme', '#1f6feb', 'auto', 'en', 'UTC', true, 90, true, 'public');
                 INSERT INTO status_reports (org_id, page_id, title, status, started_at)
                 VALUES (1, 1, 'Down', 'investigating', now());
                 INSERT INTO report_updates (org_id, report_id, status, message, notified, at, updated_at)
                 VALUES (1, 1, 'investigating', 'x', true, now(), now());
                 INSERT INTO report_notices (update_id, subscriber_id, org_id, report_id, created_at, outcome)
                 SELECT 1, gen_random_uuid(), 1, 1, now() - age, outcome
                 FROM (VALUES (interval '31 days', 'sent'), (interval '31 days', 'sent'), (interval '31 days', 'refused'),
                              (interval '29 days', 'sent'), (interval '3 days', NULL), (interval '1 hour', NULL))
                      AS n (age, outcome);
                 INSERT INTO status_page_destinations (org_id, page_id, name, kind, config, enabled)
                 SELECT 1, 1, 'x', 'slack', 'x', true FROM generate_series(1, 2);
                 INSERT INTO report_deliveries (update_id, destination_id, org_id, report_id, outcome, delivered_at)
                 VALUES (1, 1, 1, 1, 'delivered', now()), (1, 2, 1, 1, NULL, NULL)",
            )
            .await
            .unwrap();
        let scope = Scope::organisation(OrgId(1));
        for _ in 0..2 {
            purge(&client).await.unwrap();
            let kept: i64 = client
                .query_one("SELECT count(*) FROM report_notices", &[])
                .await
                .unwrap()
                .get(0);
            assert_eq!(kept, 3);
            let counts = of_report(&client, scope, StatusReportId(1)).await.unwrap();
            let expected = UpdateNotices {
                update_id: ReportUpdateId(1),
                waiting: 1,
                sent: 3,
                refused: 1,
                given_up: 1,
                dropped: 0,
                destinations: UpdateDeliveries {
                    delivered: 1,
                    waiting: 1,
                    ..UpdateDeliveries::default()
                },
            };
            assert_eq!(counts, [expected]);
        }
    }
}
