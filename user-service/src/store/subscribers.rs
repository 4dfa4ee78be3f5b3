//! Rows of `status_page_subscribers`: who gets mails about a status page.

use api::{Subscriber, SubscriberCounts, UnsubscribedBy};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::status_page::SubscriberState;
use domain::{ComponentId, EmailAddress, StatusPageId, SubscriberId, Timestamp};
use tokio_postgres::Row;
use uuid::Uuid;

use super::Scope;
use super::error::StoreError;
use super::status_pages::PageRow;
use crate::rules::subscription::{CONFIRMS_DAYS, MAX_PENDING, MAX_SUBSCRIBERS, SubscriptionLink};

/// How long an address is kept that is unsubscribed, in days.
const KEPT_DAYS: i32 = 30;

/// Who signs an address up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Somebody who has entered it on the page.
    Visitor,
    /// Who manages the page.
    Operator,
}

fn read(row: &Row) -> Result<Subscriber, StoreError> {
    let at = |name: &str| -> Result<Option<Timestamp>, tokio_postgres::Error> {
        Ok(row
            .try_get::<_, Option<DateTime<Utc>>>(name)?
            .map(Timestamp::from))
    };
    let (components, ended_by): (Option<Vec<i64>>, Option<&str>) =
        (row.try_get("components")?, row.try_get("ended_by")?);
    Ok(Subscriber {
        id: SubscriberId(row.try_get("id")?),
        address: row.try_get("mailbox")?,
        state: state(row)?,
        components: components.map(component_ids),
        created_at: at("created_at")?.unwrap_or_default(),
        confirmed_at: at("confirmed_at")?,
        unsubscribed_at: at("unsubscribed_at")?,
        unsubscribed_by: ended_by
            .and_then(|name| UnsubscribedBy::ALL.into_iter().find(|by| by.as_str() == name)),
        expires_at: at("expires_at")?,
        error: row.try_get("error")?,
    })
}

fn state(row: &Row) -> Result<SubscriberState, StoreError> {
    let name: &str = row.try_get("state")?;
    let state = SubscriberState::ALL
        .into_iter()
        .find(|state| state.as_str() == name);
    state.ok_or_else(|| StoreError::Unreadable(format!("the state {name:?} of a subscriber")))
}

fn component_ids(ids: Vec<i64>) -> Vec<ComponentId> {
    ids.into_iter().map(ComponentId).collect()
}

fn numbers(components: Option<&[ComponentId]>) -> Option<Vec<i64>> {
    components.map(|components| components.iter().map(|id| id.0).collect())
}

/// Whether a page may have so many more subscribers, whoever they are.
pub(crate) async fn has_room(
    client: &impl GenericClient,
    page: StatusPageId,
    more: i64,
) -> Result<bool, StoreError> {
    let sql = "SELECT (SELECT count(*) FROM status_page_subscribers WHERE page_id = $1 AND state = 'pending'),
                      (SELECT count(*) FROM status_page_subscribers WHERE page_id = $1 AND state = 'confirmed')";
    let row = client.query_one(sql, &[&page.0]).await?;
    let (pending, confirmed): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    Ok(pending + more <= MAX_PENDING && pending + confirmed + more <= MAX_SUBSCRIBERS)
}

/// Signs addresses up for mails about a page, and has each asked; answers how many get a mail. One that waits for its
/// confirmation is asked again, about what it was asked before as well. One that is confirmed stays as it is: where
/// somebody has entered it on the page, a mail tells it so. Who manages a page does not ask again who has unsubscribed.
pub(crate) async fn sign_up(
    client: &impl GenericClient,
    page: &PageRow,
    addresses: &[EmailAddress],
    components: Option<&[ComponentId]>,
    by: By,
) -> Result<u64, StoreError> {
    let ids: Vec<Uuid> = addresses
        .iter()
        .map(|_| uuid::Builder::from_random_bytes(shared::crypto::random()).into_uuid())
        .collect();
    let mailboxes: Vec<&str> = addresses.iter().map(EmailAddress::mailbox).collect();
    let normal: Vec<String> = addresses.iter().map(EmailAddress::normal).collect();
    let sql = "INSERT INTO status_page_subscribers AS s
                   (id, org_id, page_id, mailbox, address, components, state, expires_at)
               SELECT id, $1, $2, mailbox, address, $6, 'pending', now() + make_interval(days => $7)
               FROM unnest($3::uuid[], $4::text[], $5::text[]) AS new (id, mailbox, address)
               ORDER BY address
               ON CONFLICT (page_id, address) DO UPDATE SET
                   components = CASE
                       WHEN s.state = 'confirmed' THEN s.components
                       WHEN s.state = 'unsubscribed' THEN excluded.components
                       WHEN s.components IS NULL OR excluded.components IS NULL THEN NULL
                       ELSE ARRAY(SELECT DISTINCT unnest(s.components || excluded.components) ORDER BY 1) END,
                   state = CASE s.state WHEN 'confirmed' THEN s.state ELSE 'pending' END,
                   expires_at = CASE s.state WHEN 'confirmed' THEN NULL ELSE excluded.expires_at END,
                   asked_at = greatest(now(), s.asked_at + interval '1 millisecond'),
                   unsubscribed_at = NULL, ended_by = NULL, due_at = now(), attempts = 0, counted = false
               WHERE $8 OR s.state = 'pending' OR s.ended_by = 'mail_server'";
    let asked = client
        .execute(
            sql,
            &[
                &page.org_id.0,
                &page.id.0,
                &ids,
                &mailboxes,
                &normal,
                &numbers(components),
                &CONFIRMS_DAYS,
                &(by == By::Visitor),
            ],
        )
        .await?;
    Ok(asked)
}

/// Whose a link is; none where the address was forgotten, or the page is gone.
pub(crate) async fn of_link(
    client: &impl GenericClient,
    link: &SubscriptionLink,
) -> Result<Option<Subscriber>, StoreError> {
    let sql = "SELECT * FROM status_page_subscribers WHERE id = $1 AND page_id = $2";
    let row = client.query_opt(sql, &[&link.subscriber.0, &link.page.0]).await?;
    row.as_ref().map(read).transpose()
}

/// Confirms a subscription that waits for it.
pub(crate) async fn confirm(client: &impl GenericClient, link: &SubscriptionLink) -> Result<(), StoreError> {
    let sql = "UPDATE status_page_subscribers
               SET state = 'confirmed', confirmed_at = now(), expires_at = NULL, due_at = NULL, refusals = 0, error = NULL
               WHERE id = $1 AND page_id = $2 AND state = 'pending'";
    client.execute(sql, &[&link.subscriber.0, &link.page.0]).await?;
    Ok(())
}

/// Changes what a subscription is about, if it is confirmed.
pub(crate) async fn choose(
    client: &impl GenericClient,
    link: &SubscriptionLink,
    components: Option<&[ComponentId]>,
) -> Result<(), StoreError> {
    let sql = "UPDATE status_page_subscribers SET components = $3
               WHERE id = $1 AND page_id = $2 AND state = 'confirmed'";
    client
        .execute(sql, &[&link.subscriber.0, &link.page.0, &numbers(components)])
        .await?;
    Ok(())
}

/// Ends a subscription, confirmed or not; answers whether it had not ended before.
pub(crate) async fn unsubscribe(
    client: &impl GenericClient,
    link: &SubscriptionLink,
) -> Result<bool, StoreError> {
    let sql = "UPDATE status_page_subscribers
               SET state = 'unsubscribed', unsubscribed_at = now(), ended_by = $3, expires_at = NULL, due_at = NULL
               WHERE id = $1 AND page_id = $2 AND state <> 'unsubscribed'";
    let ended_by = UnsubscribedBy::Recipient.as_str();
    let ended = client
        .execute(sql, &[&link.subscriber.0, &link.page.0, &ended_by])
        .await?;
    Ok(ended == 1)
}

/// Which subscribers are listed.
#[derive(Debug, Default)]
pub(crate) struct Filter<'a> {
    pub(crate) state: Option<SubscriberState>,
    /// A part of the address.
    pub(crate) search: Option<&'a str>,
    /// After the one of this instant and id.
    pub(crate) after: Option<(DateTime<Utc>, Uuid)>,
}

/// The subscribers of a page, those that signed up last first.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    page: StatusPageId,
    filter: &Filter<'_>,
    limit: i64,
) -> Result<Vec<Subscriber>, StoreError> {
    let (created_at, id) = filter.after.unzip();
    let state = filter.state.map(SubscriberState::as_str);
    let search = filter.search.map(|text| text.trim().to_ascii_lowercase());
    let sql = "SELECT * FROM status_page_subscribers
               WHERE org_id = $1 AND page_id = $2
                 AND ($3::text IS NULL OR state = $3) AND ($4::text IS NULL OR strpos(address, $4) > 0)
                 AND ($5::timestamptz IS NULL OR (date_trunc('milliseconds', created_at), id) < ($5, $6))
               ORDER BY date_trunc('milliseconds', created_at) DESC, id DESC LIMIT $7";
    let rows = client
        .query(
            sql,
            &[scope.org_id(), &page.0, &state, &search, &created_at, &id, &limit],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// How many subscribers a page has.
pub(crate) async fn counts(
    client: &impl GenericClient,
    scope: Scope,
    page: StatusPageId,
) -> Result<SubscriberCounts, StoreError> {
    let sql = "SELECT count(*) FILTER (WHERE state = 'pending'), count(*) FILTER (WHERE state = 'confirmed'),
                      count(*) FILTER (WHERE state = 'unsubscribed')
               FROM status_page_subscribers WHERE org_id = $1 AND page_id = $2";
    let row = client.query_one(sql, &[scope.org_id(), &page.0]).await?;
    Ok(SubscriberCounts {
        pending: row.try_get(0)?,
        confirmed: row.try_get(1)?,
        unsubscribed: row.try_get(2)?,
    })
}

/// Removes a subscriber of a page; answers what it was.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn delete(
    client: &impl GenericClient,
    scope: Scope,
    page: StatusPageId,
    id: SubscriberId,
) -> Result<Subscriber, StoreError> {
    let sql =
        "DELETE FROM status_page_subscribers WHERE org_id = $1 AND page_id = $2 AND id = $3 RETURNING *";
    let row = client.query_opt(sql, &[scope.org_id(), &page.0, &id.0]).await?;
    read(&row.ok_or(StoreError::NotFound("subscriber"))?)
}

/// Forgets addresses that have not confirmed in time, and those that have long unsubscribed.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let sql = "DELETE FROM status_page_subscribers
               WHERE expires_at <= now() OR unsubscribed_at < now() - make_interval(days => $1)";
    client.execute(sql, &[&KEPT_DAYS]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_are_forgotten_in_their_time() {
        let settings = shared::postgres::PostgresSettings::from_url(&testkit::database().await);
        let client = shared::postgres::pool(&settings).unwrap().get().await.unwrap();
        client
            .batch_execute(
                "INSERT INTO organisations (name) VALUES ('o');
                 INSERT INTO status_pages (org_id, slug, title, accent_colour, theme, locale, time_zone, allow_index,
                     history_days, show_maintenance, access_kind)
                 VALUES (1, 'acme', 'Acme', '#1f6feb', 'auto', 'en', 'UTC', true, 90, true, 'public');
                 INSERT INTO status_page_subscribers
                     (id, org_id, page_id, mailbox, address, state, expires_at, unsubscribed_at, ended_by)
                 SELECT gen_random_uuid(), 1, 1, name, name, state, expires_at, ended, CASE WHEN ended IS NOT NULL THEN 'recipient' END
                 FROM (VALUES ('waits', 'pending', now() + interval '1 minute', NULL),
                              ('late', 'pending', now() - interval '1 minute', NULL),
                              ('reads', 'confirmed', NULL::timestamptz, NULL),
                              ('left', 'unsubscribed', NULL, now() - interval '29 days'),
                              ('forgotten', 'unsubscribed', NULL, now() - interval '31 days'))
                      AS s (name, state, expires_at, ended)",
            )
            .await
            .unwrap();
        assert_eq!(purge(&client).await.unwrap(), 2);
        let sql = "SELECT string_agg(address, ' ' ORDER BY address) FROM status_page_subscribers";
        let kept: String = client.query_one(sql, &[]).await.unwrap().get(0);
        assert_eq!(kept, "left reads waits");
    }
}
