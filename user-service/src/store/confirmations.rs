//! The mails that ask recipients to confirm, on their way: rows of `email_recipients` that are due.

use std::time::Duration;

use deadpool_postgres::GenericClient;
use domain::channel::EmailRecipientState;
use domain::{EmailRecipientId, OrgId};

use super::Scope;
use super::error::StoreError;

/// Mails of one organisation that are taken together.
const PER_ORG: i64 = 5;

/// After how long a mail that was given out is given out again, when nobody has said what came of it.
const LEASE_SECONDS: f64 = 180.0;

/// The shortest and the longest pause after a failure; between them as long as it was tried already.
const FIRST_PAUSE_SECONDS: f64 = 10.0;
const LONGEST_PAUSE_SECONDS: f64 = 900.0;

/// How long a mail is tried.
const GIVE_UP_SECONDS: f64 = 86_400.0;

/// The longest text of an error, in characters.
const MAX_ERROR: i32 = 300;

/// A mail that is due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DueMail {
    pub(crate) scope: Scope,
    pub(crate) recipient: EmailRecipientId,
    /// Whether it was counted against the limits already.
    pub(crate) counted: bool,
}

/// Takes mails that are due, of each organisation a few and the first of each before the second of any, so that none has
/// to wait for the many of another; where nobody is to `verify`, only those to somebody who has declined and is asked
/// again. Another caller does not get them for some minutes. Whether a mail went out of which
/// nobody says what came is not known, so that it is counted again then.
pub(crate) async fn take_due(
    client: &impl GenericClient,
    limit: i64,
    verify: bool,
) -> Result<Vec<DueMail>, tokio_postgres::Error> {
    let rows = client
        .query(
            "WITH ranked AS (
                 SELECT org_id, id, due_at, counted, row_number() OVER (PARTITION BY org_id ORDER BY due_at, id) AS rank
                 FROM email_recipients WHERE due_at <= now() AND ($4 OR state = $5)
             ), taken AS (
                 SELECT org_id, id, counted FROM ranked WHERE rank <= $2 ORDER BY rank, due_at, id LIMIT $1
             )
             UPDATE email_recipients r SET due_at = now() + make_interval(secs => $3), counted = false
             FROM taken WHERE r.org_id = taken.org_id AND r.id = taken.id AND r.due_at <= now()
             RETURNING r.org_id, r.id, taken.counted",
            &[
                &limit,
                &PER_ORG,
                &LEASE_SECONDS,
                &verify,
                &EmailRecipientState::Declined.as_str(),
            ],
        )
        .await?;
    let due = rows.iter().map(|row| {
        Ok(DueMail {
            scope: Scope::organisation(OrgId(row.try_get("org_id")?)),
            recipient: EmailRecipientId(row.try_get("id")?),
            counted: row.try_get("counted")?,
        })
    });
    due.collect()
}

/// Whether a mail to a recipient is on its way.
pub(crate) async fn is_wanted(
    client: &impl GenericClient,
    scope: Scope,
    recipient: EmailRecipientId,
) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM email_recipients WHERE org_id = $1 AND id = $2 AND due_at IS NOT NULL";
    let row = client.query_opt(sql, &[scope.org_id(), &recipient.0]).await?;
    Ok(row.is_some())
}

/// Wants a mail, which was counted, to a recipient that has not confirmed.
pub(crate) async fn want(
    client: &impl GenericClient,
    scope: Scope,
    recipient: EmailRecipientId,
) -> Result<(), StoreError> {
    client
        .execute(
            "UPDATE email_recipients SET wanted_at = now(), due_at = now(), counted = true
             WHERE org_id = $1 AND id = $2 AND state <> $3",
            &[
                scope.org_id(),
                &recipient.0,
                &EmailRecipientState::Confirmed.as_str(),
            ],
        )
        .await?;
    Ok(())
}

/// Puts a mail off. How long it is tried is counted from the first attempt.
pub(crate) async fn put_off(
    client: &impl GenericClient,
    due: &DueMail,
    wait: Duration,
) -> Result<(), StoreError> {
    client
        .execute(
            "UPDATE email_recipients SET due_at = now() + make_interval(secs => $3),
                 wanted_at = CASE WHEN error IS NULL THEN now() ELSE wanted_at END
             WHERE org_id = $1 AND id = $2 AND due_at IS NOT NULL",
            &[due.scope.org_id(), &due.recipient.0, &wait.as_secs_f64()],
        )
        .await?;
    Ok(())
}

/// Puts off all mails of an organisation that are due and not counted, in one statement: however many they are, they do
/// not take the turns of others.
pub(crate) async fn put_off_all(
    client: &impl GenericClient,
    scope: Scope,
    wait: Duration,
) -> Result<(), StoreError> {
    client
        .execute(
            "UPDATE email_recipients SET due_at = now() + make_interval(secs => $2),
                 wanted_at = CASE WHEN error IS NULL THEN now() ELSE wanted_at END
             WHERE org_id = $1 AND due_at <= now() AND NOT counted",
            &[scope.org_id(), &wait.as_secs_f64()],
        )
        .await?;
    Ok(())
}

/// Drops a mail that nobody wants any more.
pub(crate) async fn drop_mail(client: &impl GenericClient, due: &DueMail) -> Result<(), StoreError> {
    client
        .execute(
            "UPDATE email_recipients SET wanted_at = NULL, due_at = NULL, counted = false
             WHERE org_id = $1 AND id = $2",
            &[due.scope.org_id(), &due.recipient.0],
        )
        .await?;
    Ok(())
}

/// A mail was sent.
pub(crate) async fn sent(
    client: &impl GenericClient,
    scope: Scope,
    recipient: EmailRecipientId,
) -> Result<(), StoreError> {
    client
        .execute(
            "UPDATE email_recipients
             SET wanted_at = NULL, due_at = NULL, counted = false, asked_at = now(), error = NULL
             WHERE org_id = $1 AND id = $2",
            &[scope.org_id(), &recipient.0],
        )
        .await?;
    Ok(())
}

/// A mail was not sent: it is tried `again`, later each time and for a day, or given up. It was counted and nobody got
/// it, so that it is not counted again.
pub(crate) async fn failed(
    client: &impl GenericClient,
    scope: Scope,
    recipient: EmailRecipientId,
    error: &str,
    again: bool,
) -> Result<(), StoreError> {
    client
        .execute(
            "UPDATE email_recipients SET
                 error = left($3, $8),
                 counted = $4,
                 due_at = CASE WHEN $4 AND wanted_at > now() - make_interval(secs => $5) THEN
                     now() + least(greatest(now() - wanted_at, make_interval(secs => $6)), make_interval(secs => $7))
                 END
             WHERE org_id = $1 AND id = $2 AND due_at IS NOT NULL",
            &[
                scope.org_id(),
                &recipient.0,
                &error,
                &again,
                &GIVE_UP_SECONDS,
                &FIRST_PAUSE_SECONDS,
                &LONGEST_PAUSE_SECONDS,
                &MAX_ERROR,
            ],
        )
        .await?;
    Ok(())
}
