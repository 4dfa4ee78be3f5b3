//! Users, each in an organisation.

use api::{Account, Actor, Organisation, PendingEmail, Principal, User};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::OrgId;
use tokio_postgres::Row;

use super::error::StoreError;
use super::mailed_tokens::PENDING_EMAIL;
use super::only_tags::OF_MEMBER;
use super::organisations::role;
use super::{organisations, users};

/// On whose behalf a session of this account acts.
pub(crate) fn principal_of(account: &Account) -> Principal {
    Principal {
        org_id: account.org.id,
        actor: Actor::User(account.user.id),
        role: account.org.role,
        narrowed: account.org.only_tags.is_some(),
    }
}

/// Whether the user lacks the second factor that the organisation demands.
pub(crate) fn lacks_second_factor(account: &Account) -> bool {
    account.org.require_second_factor && !account.user.second_factor
}

fn read(row: &Row) -> Result<Account, StoreError> {
    let pending: Option<String> = row.try_get("pending_email")?;
    let pending_until: Option<DateTime<Utc>> = row.try_get("pending_until")?;
    let pending_email = pending.zip(pending_until).map(|(email, until)| PendingEmail {
        email,
        expires_at: until.into(),
    });
    Ok(Account {
        user: User {
            id: row.try_get("user_id")?,
            email: row.try_get("email")?,
            name: row.try_get("user_name")?,
            email_verified: row.try_get("email_verified")?,
            second_factor: row.try_get("second_factor")?,
            pending_email,
        },
        org: Organisation {
            id: OrgId(row.try_get("org_id")?),
            name: row.try_get("org_name")?,
            role: role(row)?,
            only_tags: row.try_get("only_tags")?,
            require_second_factor: row.try_get("require_second_factor")?,
            version: row.try_get("version")?,
        },
    })
}

fn select() -> String {
    format!(
        "SELECT u.id AS user_id, u.email, u.name AS user_name, u.email_verified_at IS NOT NULL AS email_verified,
             o.id AS org_id, o.name AS org_name, o.version, o.require_second_factor, m.role, {OF_MEMBER},
             EXISTS (SELECT FROM second_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL)
                 AS second_factor,
             p.email AS pending_email, p.expires_at AS pending_until
         FROM users u
         JOIN memberships m ON m.user_id = u.id
         JOIN organisations o ON o.id = m.org_id
         {PENDING_EMAIL}"
    )
}

/// The account of a user in an organisation.
pub(crate) async fn find(
    client: &impl GenericClient,
    user_id: i64,
    org_id: OrgId,
) -> Result<Option<Account>, StoreError> {
    let sql = format!("{} WHERE u.id = $1 AND o.id = $2", select());
    let row = client.query_opt(&sql, &[&user_id, &org_id.0]).await?;
    row.as_ref().map(read).transpose()
}

/// The account of a user in the organisation `preferred`, if there is one, or in the one that the user joined first; none
/// in no organisation.
pub(crate) async fn find_any(
    client: &impl GenericClient,
    user_id: i64,
    preferred: Option<OrgId>,
) -> Result<Option<Account>, StoreError> {
    let sql = format!(
        "{} WHERE u.id = $1 ORDER BY (o.id = $2) IS TRUE DESC, m.created_at, o.id LIMIT 1",
        select()
    );
    let row = client
        .query_opt(&sql, &[&user_id, &preferred.map(|org| org.0)])
        .await?;
    row.as_ref().map(read).transpose()
}

/// What the organisation is called that somebody of this name gets.
pub(crate) fn own_organisation(name: &str) -> String {
    format!("{name}'s organisation")
}

/// Makes a user, and an organisation of which the user is the owner.
///
/// # Errors
/// 409 when the address is registered already.
pub(crate) async fn create(
    tx: &Transaction<'_>,
    email: &str,
    name: &str,
    password_hash: &str,
) -> Result<Account, StoreError> {
    let user = users::create(tx, email, name, password_hash).await?;
    let org = organisations::create(tx, user, &own_organisation(name)).await?;
    let account = find(tx, user, org.id).await?;
    account.ok_or(StoreError::NotFound("organisation"))
}
