//! Members whom teams and on-call schedules name, and whether they can be reached.

use std::collections::{HashMap, HashSet};

use deadpool_postgres::GenericClient;
use domain::monitor::FieldError;

use super::Scope;
use super::error::StoreError;

/// Members by the user's id.
#[derive(Debug, Default)]
pub(crate) struct People(HashMap<i64, Person>);

#[derive(Debug)]
struct Person {
    name: String,
    has_channel: bool,
}

impl People {
    /// Those of `ids` who are members.
    pub(crate) async fn read(
        client: &impl GenericClient,
        scope: Scope,
        ids: &[i64],
    ) -> Result<Self, StoreError> {
        let sql = "SELECT u.id, u.name, EXISTS (SELECT FROM channels c WHERE c.org_id = m.org_id
                                                    AND c.owner_id = m.user_id AND c.enabled AND NOT EXISTS (
                           SELECT FROM channel_confirmations w WHERE w.channel_id = c.id))
                   FROM memberships m JOIN users u ON u.id = m.user_id
                   WHERE m.org_id = $1 AND m.user_id = ANY($2)";
        let statement = client.prepare_cached(sql).await?;
        let rows = client.query(&statement, &[scope.org_id(), &ids]).await?;
        let people = rows.iter().map(|row| {
            let person = Person {
                name: row.try_get(1)?,
                has_channel: row.try_get(2)?,
            };
            Ok((row.try_get(0)?, person))
        });
        people.collect::<Result<_, StoreError>>().map(Self)
    }

    /// What a member is called; none of who is no member.
    pub(crate) fn name(&self, id: i64) -> Option<&str> {
        self.0.get(&id).map(|person| person.name.as_str())
    }

    /// Whether somebody is a member who has an enabled channel of their own, to a number that is confirmed if to one.
    pub(crate) fn has_channel(&self, id: i64) -> bool {
        self.0.get(&id).is_some_and(|person| person.has_channel)
    }
}

/// Requires that all who are named, each with the path of its field, are members, and has them stay until the
/// transaction ends.
///
/// # Errors
/// 422 that names each who is not by the path of its field.
pub(crate) async fn require_members(
    tx: &impl GenericClient,
    scope: Scope,
    named: &[(String, i64)],
) -> Result<(), StoreError> {
    let ids: Vec<i64> = named.iter().map(|(_, id)| *id).collect();
    let sql = "SELECT user_id FROM memberships WHERE org_id = $1 AND user_id = ANY($2)
               ORDER BY user_id FOR KEY SHARE";
    let rows = tx.query(sql, &[scope.org_id(), &ids]).await?;
    let members: HashSet<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let missing = named.iter().filter(|(_, id)| !members.contains(id));
    let errors: Vec<_> = missing
        .map(|(field, id)| FieldError::new(field, format!("there is no member {id}")))
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(StoreError::Invalid(errors)),
    }
}
