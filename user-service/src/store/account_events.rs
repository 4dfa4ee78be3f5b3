//! Rows of `account_events`: what happened to an account, for the person whose it is. What a person does to the account is
//! noted in the transaction of the change.

use std::net::IpAddr;

use api::AccountEvent;
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use serde_json::Value;
use tokio_postgres::Row;

use super::error::StoreError;

/// How long events are kept, in days.
const KEPT_DAYS: i32 = 400;

/// Rows removed in one statement, so that none takes long.
const PURGED_AT_ONCE: i64 = 10_000;

/// By which operation something is done to an account, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    pub(crate) action: &'static str,
    pub(crate) address: Option<IpAddr>,
    pub(crate) user_agent: Option<String>,
    pub(crate) request_id: Option<String>,
}

/// Notes what happened to an account.
pub(crate) async fn note(
    tx: &impl GenericClient,
    user_id: i64,
    cause: &Cause,
    details: Option<Value>,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO account_events (user_id, action, details, address, user_agent, request_id)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            &user_id,
            &cause.action,
            &details,
            &cause.address,
            &cause.user_agent,
            &cause.request_id,
        ],
    )
    .await?;
    Ok(())
}

/// What happened to an account, the latest first, before the event with the id `before`.
pub(crate) async fn list(
    client: &impl GenericClient,
    user_id: i64,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AccountEvent>, StoreError> {
    let rows = client
        .query(
            "SELECT id, at, action, details, address, user_agent, request_id FROM account_events
             WHERE user_id = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
            &[&user_id, &before, &limit],
        )
        .await?;
    let read = |row: &Row| {
        let address: Option<IpAddr> = row.try_get("address")?;
        Ok(AccountEvent {
            id: row.try_get("id")?,
            at: row.try_get::<_, DateTime<Utc>>("at")?.into(),
            action: row.try_get("action")?,
            details: row.try_get("details")?,
            address: address.map(|address| address.to_string()),
            user_agent: row.try_get("user_agent")?,
            request_id: row.try_get("request_id")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Removes what is older than it has to be.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<(), tokio_postgres::Error> {
    let sql = "DELETE FROM account_events WHERE id IN (
                   SELECT id FROM account_events WHERE at < now() - make_interval(days => $1) ORDER BY at LIMIT $2)";
    while client.execute(sql, &[&KEPT_DAYS, &PURGED_AT_ONCE]).await? > 0 {}
    Ok(())
}
