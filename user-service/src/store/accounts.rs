//! Users, and the organisations that they belong to.

use api::{Account, Actor, Organisation, Principal, User};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::{OrgId, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::Scope;
use super::error::StoreError;

/// On whose behalf a session of this account acts.
pub(crate) fn principal_of(account: &Account) -> Principal {
    Principal {
        org_id: account.org.id,
        actor: Actor::User(account.user.id),
        role: account.org.role,
    }
}

fn read(row: &Row) -> Result<Account, StoreError> {
    let role: &str = row.try_get("role")?;
    Ok(Account {
        user: User {
            id: row.try_get("user_id")?,
            email: row.try_get("email")?,
            name: row.try_get("user_name")?,
        },
        org: Organisation {
            id: OrgId(row.try_get("org_id")?),
            name: row.try_get("org_name")?,
            role: role
                .parse()
                .map_err(|_| StoreError::Unreadable(format!("unknown role {role}")))?,
        },
    })
}

const SELECT: &str = "SELECT u.id AS user_id, u.email, u.name AS user_name, u.password_hash,
        o.id AS org_id, o.name AS org_name, m.role
    FROM users u
    JOIN memberships m ON m.user_id = u.id
    JOIN organisations o ON o.id = m.org_id";

/// The account of a user in an organisation.
pub(crate) async fn find(
    client: &impl GenericClient,
    user_id: i64,
    org_id: OrgId,
) -> Result<Option<Account>, StoreError> {
    let sql = format!("{SELECT} WHERE u.id = $1 AND o.id = $2");
    let row = client.query_opt(&sql, &[&user_id, &org_id.0]).await?;
    row.as_ref().map(read).transpose()
}

/// What a user is called; none when the account is gone.
pub(crate) async fn name_of(client: &impl GenericClient, user_id: i64) -> Result<Option<String>, StoreError> {
    let row = client
        .query_opt("SELECT name FROM users WHERE id = $1", &[&user_id])
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// An organisation itself; none when it is gone.
pub(crate) async fn organisation(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<Option<OrganisationRow>, StoreError> {
    let sql = "SELECT name, created_at FROM organisations WHERE id = $1";
    let Some(row) = client.query_opt(sql, &[scope.org_id()]).await? else {
        return Ok(None);
    };
    Ok(Some(OrganisationRow {
        name: row.try_get("name")?,
        created_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
    }))
}

/// A row of `organisations`.
#[derive(Debug)]
pub(crate) struct OrganisationRow {
    pub(crate) name: String,
    pub(crate) created_at: Timestamp,
}

/// The account with this (normalised) address in the organisation that it joined first, and its password's
/// hash.
pub(crate) async fn find_by_email(
    client: &impl GenericClient,
    email: &str,
) -> Result<Option<(Account, String)>, StoreError> {
    let sql = format!("{SELECT} WHERE lower(u.email) = $1 ORDER BY m.created_at, o.id LIMIT 1");
    match client.query_opt(&sql, &[&email]).await? {
        Some(row) => Ok(Some((read(&row)?, row.try_get("password_hash")?))),
        None => Ok(None),
    }
}

/// Makes a user, and an organisation of which the user is the owner.
///
/// # Errors
/// 409 when the address is registered already.
pub(crate) async fn create(
    client: &impl GenericClient,
    email: &str,
    name: &str,
    password_hash: &str,
) -> Result<Account, StoreError> {
    let org_name = format!("{name}'s organisation");
    let made = client
        .query_one(
            "WITH u AS (
                 INSERT INTO users (email, name, password_hash) VALUES ($1, $2, $3) RETURNING id, email, name
             ), o AS (
                 INSERT INTO organisations (name) VALUES ($4) RETURNING id, name
             ), m AS (
                 INSERT INTO memberships (org_id, user_id, role) SELECT o.id, u.id, 'owner' FROM o, u
                 RETURNING role
             )
             SELECT u.id AS user_id, u.email, u.name AS user_name, o.id AS org_id, o.name AS org_name, m.role
             FROM u, o, m",
            &[&email, &name, &password_hash, &org_name],
        )
        .await;
    match made {
        Ok(row) => read(&row),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Err(StoreError::Taken {
            field: "email",
            message: "is registered already",
        }),
        Err(error) => Err(error.into()),
    }
}
