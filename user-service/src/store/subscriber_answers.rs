//! The mails that answer sign-ups, on their way: rows of `status_page_subscribers` that are due.

use std::time::Duration;

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::status_page::SubscriberState;
use domain::{OrgId, StatusPageId, SubscriberId, Timestamp};

use super::error::StoreError;
use super::fair_share;
use crate::rules::mail_fate::{Fate, MAX_ERROR};

/// The pause after the first failure, which doubles with each, and the longest.
const FIRST_PAUSE_SECONDS: f64 = 10.0;
const LONGEST_PAUSE_SECONDS: f64 = 900.0;

/// How long a mail is tried.
const GIVE_UP_SECONDS: f64 = 86_400.0;

/// A mail that is to answer a sign-up.
#[derive(Clone, Debug)]
pub(crate) struct DueAnswer {
    pub(crate) subscriber: SubscriberId,
    pub(crate) org_id: OrgId,
    pub(crate) page: StatusPageId,
    pub(crate) mailbox: String,
    pub(crate) is_confirmed: bool,
    pub(crate) asked_at: Timestamp,
    /// Whether it was counted against the limits already.
    pub(crate) counted: bool,
}

/// Lends mails that are due, at most so many, of each organisation as many as of any other.
pub(crate) async fn take_due(client: &impl GenericClient, most: usize) -> Result<Vec<DueAnswer>, StoreError> {
    let sql = fair_share::lend(
        "status_page_subscribers",
        "due_at IS NOT NULL",
        "w.id, w.org_id, w.page_id, w.mailbox, w.state, w.asked_at, w.counted",
    );
    let rows = client.query(&sql, &[&(most as i64)]).await?;
    let due = rows.iter().map(|row| {
        let state: &str = row.try_get("state")?;
        Ok(DueAnswer {
            subscriber: SubscriberId(row.try_get("id")?),
            org_id: OrgId(row.try_get("org_id")?),
            page: StatusPageId(row.try_get("page_id")?),
            mailbox: row.try_get("mailbox")?,
            is_confirmed: state == SubscriberState::Confirmed.as_str(),
            asked_at: row.try_get::<_, DateTime<Utc>>("asked_at")?.into(),
            counted: row.try_get("counted")?,
        })
    });
    due.collect()
}

/// Notes that a mail was counted.
pub(crate) async fn set_counted(client: &impl GenericClient, due: &DueAnswer) -> Result<(), StoreError> {
    let sql = "UPDATE status_page_subscribers SET counted = true WHERE id = $1";
    client.execute(sql, &[&due.subscriber.0]).await?;
    Ok(())
}

/// Puts off a mail that may not be sent yet.
pub(crate) async fn put_off(
    client: &impl GenericClient,
    due: &DueAnswer,
    wait: Duration,
) -> Result<(), StoreError> {
    let sql = "UPDATE status_page_subscribers SET due_at = now() + make_interval(secs => $2), attempts = 0
               WHERE id = $1 AND due_at IS NOT NULL";
    client
        .execute(sql, &[&due.subscriber.0, &wait.as_secs_f64()])
        .await?;
    Ok(())
}

/// Notes what came of a mail, unless the address was signed up again meanwhile.
pub(crate) async fn settle(
    client: &impl GenericClient,
    due: &DueAnswer,
    fate: &Fate,
) -> Result<(), StoreError> {
    let is_tried_again = matches!(fate, Fate::Later(_));
    let sql = "UPDATE status_page_subscribers SET error = left($3, $4),
                   due_at = CASE WHEN $5 AND asked_at > now() - make_interval(secs => $6)
                       THEN now() + make_interval(secs => least($7 * 2 ^ least(attempts - 1, 20), $8)) END
               WHERE id = $1 AND date_trunc('milliseconds', asked_at) = $2 AND due_at IS NOT NULL";
    client
        .execute(
            sql,
            &[
                &due.subscriber.0,
                &due.asked_at.to_datetime(),
                &fate.why(),
                &MAX_ERROR,
                &is_tried_again,
                &GIVE_UP_SECONDS,
                &FIRST_PAUSE_SECONDS,
                &LONGEST_PAUSE_SECONDS,
            ],
        )
        .await?;
    Ok(())
}
