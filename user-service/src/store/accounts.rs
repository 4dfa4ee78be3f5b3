//! Users, each in an organisation.

use api::{Account, Actor, Organisation, Principal, User};
use deadpool_postgres::GenericClient;
use domain::OrgId;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::error::StoreError;
use super::organisations::role;

/// On whose behalf a session of this account acts.
pub(crate) fn principal_of(account: &Account) -> Principal {
    Principal {
        org_id: account.org.id,
        actor: Actor::User(account.user.id),
        role: account.org.role,
    }
}

fn read(row: &Row) -> Result<Account, StoreError> {
    Ok(Account {
        user: User {
            id: row.try_get("user_id")?,
            email: row.try_get("email")?,
            name: row.try_get("user_name")?,
            email_verified: row.try_get("email_verified")?,
        },
        org: Organisation {
            id: OrgId(row.try_get("org_id")?),
            name: row.try_get("org_name")?,
            role: role(row)?,
            version: row.try_get("version")?,
        },
    })
}

const SELECT: &str = "SELECT u.id AS user_id, u.email, u.name AS user_name,
        u.email_verified_at IS NOT NULL AS email_verified, o.id AS org_id, o.name AS org_name, o.version, m.role
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

/// The account of a user in the organisation `preferred`, or in the one that the user joined first; none in no
/// organisation.
pub(crate) async fn find_any(
    client: &impl GenericClient,
    user_id: i64,
    preferred: OrgId,
) -> Result<Option<Account>, StoreError> {
    let sql = format!("{SELECT} WHERE u.id = $1 ORDER BY o.id = $2 DESC, m.created_at, o.id LIMIT 1");
    let row = client.query_opt(&sql, &[&user_id, &preferred.0]).await?;
    row.as_ref().map(read).transpose()
}

/// Gives a user another name.
pub(crate) async fn rename(client: &impl GenericClient, user_id: i64, name: &str) -> Result<(), StoreError> {
    let sql = "UPDATE users SET name = $2 WHERE id = $1";
    client.execute(sql, &[&user_id, &name]).await?;
    Ok(())
}

/// The hash of a user's password; none when the account is gone.
pub(crate) async fn password_hash(
    client: &impl GenericClient,
    user_id: i64,
) -> Result<Option<String>, StoreError> {
    let sql = "SELECT password_hash FROM users WHERE id = $1";
    let row = client.query_opt(sql, &[&user_id]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Gives a user another password, if the one before is still `before`; answers whether it was.
pub(crate) async fn set_password_hash(
    client: &impl GenericClient,
    user_id: i64,
    before: &str,
    hash: &str,
) -> Result<bool, StoreError> {
    let sql = "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2";
    Ok(client.execute(sql, &[&user_id, &before, &hash]).await? == 1)
}

/// What a user is called; none when the account is gone.
pub(crate) async fn name_of(client: &impl GenericClient, user_id: i64) -> Result<Option<String>, StoreError> {
    let row = client
        .query_opt("SELECT name FROM users WHERE id = $1", &[&user_id])
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// The account of a user in the organisation that it joined first; none in no organisation.
pub(crate) async fn find_first(
    client: &impl GenericClient,
    user_id: i64,
) -> Result<Option<Account>, StoreError> {
    let sql = format!("{SELECT} WHERE u.id = $1 ORDER BY m.created_at, o.id LIMIT 1");
    let row = client.query_opt(&sql, &[&user_id]).await?;
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
    client: &impl GenericClient,
    email: &str,
    name: &str,
    password_hash: &str,
) -> Result<Account, StoreError> {
    let org_name = own_organisation(name);
    let made = client
        .query_one(
            "WITH u AS (
                 INSERT INTO users (email, name, password_hash) VALUES ($1, $2, $3) RETURNING id, email, name
             ), o AS (
                 INSERT INTO organisations (name) VALUES ($4) RETURNING id, name, version
             ), m AS (
                 INSERT INTO memberships (org_id, user_id, role) SELECT o.id, u.id, 'owner' FROM o, u
                 RETURNING role
             )
             SELECT u.id AS user_id, u.email, u.name AS user_name, false AS email_verified,
                    o.id AS org_id, o.name AS org_name, o.version, m.role
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
