//! Which rows a query may see.

use api::{Actor, Principal};
use deadpool_postgres::{GenericClient, Transaction};
use domain::{MonitorId, OrgId, UserId};

use crate::rules::private_hours::Onlooker;

/// The rows of an organisation that somebody may see. Each query of an organisation's rows takes one, and a caller of
/// the API can only get its own. Which monitors a member or an API key may see is looked up in the query itself, by
/// [`sees`]: whatever the credential says, what cannot be looked up is not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    org: OrgId,
    /// The member, and the API key; neither for the other services, who see everything.
    who: [Option<i64>; 2],
}

impl Scope {
    /// All rows of an organisation, for the other services.
    pub(crate) fn organisation(org: OrgId) -> Self {
        Self {
            org,
            who: [None, None],
        }
    }

    /// The rows that a member sees, also with an API key.
    pub(crate) fn member(org: OrgId, user_id: i64, api_key: Option<i64>) -> Self {
        Self {
            org,
            who: [Some(user_id), api_key],
        }
    }

    /// Whose rows they are.
    pub(crate) fn org(self) -> OrgId {
        self.org
    }

    /// Has those who add something to the organisation wait for each other until their transactions end, so that they
    /// cannot pass a limit together. The statement that counts comes after it: it sees what the others have committed.
    /// Whoever locks monitors, too, takes the turn first: what is deleted in a turn may need the monitors that it is of.
    pub(crate) async fn take_turn(&self, tx: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
        let lock = "SELECT FROM organisations WHERE id = $1 FOR NO KEY UPDATE";
        tx.execute(lock, &[self.org_id()]).await?;
        Ok(())
    }

    /// The organisation's id, as a parameter of a statement.
    pub(crate) fn org_id(&self) -> &i64 {
        &self.org.0
    }

    /// Who looks, as far as quiet hours of members' own channels are concerned.
    pub(crate) fn onlooker(&self) -> Onlooker {
        match self.who {
            [None, None] => Onlooker::Operator,
            [Some(user_id), None] => Onlooker::Member(UserId(user_id)),
            [_, Some(_)] => Onlooker::Key,
        }
    }

    /// Who looks, as the parameter of [`sees`].
    pub(crate) fn who(&self) -> &[Option<i64>] {
        &self.who
    }

    /// Whether all monitors of the organisation are seen.
    pub(crate) async fn sees_everything(
        &self,
        client: &impl GenericClient,
    ) -> Result<bool, tokio_postgres::Error> {
        let sql = format!("SELECT {}", sees_everything(1, 2));
        client
            .query_one(&sql, &[self.org_id(), &self.who()])
            .await?
            .try_get(0)
    }

    /// Whether a monitor of the organisation is seen.
    pub(crate) async fn sees_monitor(
        &self,
        client: &impl GenericClient,
        monitor: MonitorId,
    ) -> Result<bool, tokio_postgres::Error> {
        let sql = format!("SELECT {}", sees("$3::bigint", 1, 2));
        client
            .query_one(&sql, &[self.org_id(), &self.who(), &monitor.0])
            .await?
            .try_get(0)
    }
}

impl From<&Principal> for Scope {
    fn from(principal: &Principal) -> Self {
        let api_key = match principal.actor {
            Actor::User(_) => None,
            Actor::Key { id, .. } => Some(id.0),
        };
        Self::member(principal.org_id, principal.user_id(), api_key)
    }
}

/// The condition, in SQL, that all monitors are seen. `org` and `who` are the numbers of the parameters
/// [`Scope::org_id`] and [`Scope::who`].
pub(crate) fn sees_everything(org: usize, who: usize) -> String {
    format!("({} AND {})", member_is_wide(org, who), key_is_wide(org, who))
}

/// The condition, in SQL, that the monitor whose id is `monitor` is seen: that it has one of the tags to which the member
/// is narrowed, and one of those to which the API key is. Nobody is narrowed whose row says so; without a row nothing is
/// seen.
pub(crate) fn sees(monitor: &str, org: usize, who: usize) -> String {
    let (member, key) = (member_is_wide(org, who), key_is_wide(org, who));
    format!(
        "(({member} OR EXISTS (
             SELECT FROM member_tags seen_by JOIN monitor_tags seen ON seen.tag_id = seen_by.tag_id
             WHERE seen_by.org_id = ${org} AND seen_by.user_id = (${who}::bigint[])[1] AND seen.monitor_id = {monitor}))
          AND ({key} OR EXISTS (
             SELECT FROM api_key_tags seen_by JOIN monitor_tags seen ON seen.tag_id = seen_by.tag_id
             WHERE seen_by.api_key_id = (${who}::bigint[])[2] AND seen.monitor_id = {monitor})))"
    )
}

/// The monitor that a row is of, in SQL, by the row's `monitor`: where that is one of a drill, the monitor whose outage is
/// rehearsed, and null once the drill is forgotten.
pub(crate) fn watched(monitor: &str, org: usize) -> String {
    format!(
        "(CASE WHEN {monitor} > 0 THEN {monitor}
               ELSE (SELECT rehearsed.monitor_id FROM drills rehearsed
                     WHERE rehearsed.id = -{monitor} AND rehearsed.org_id = ${org}) END)"
    )
}

fn member_is_wide(org: usize, who: usize) -> String {
    format!(
        "((${who}::bigint[])[1] IS NULL OR EXISTS (
             SELECT FROM memberships WHERE org_id = ${org} AND user_id = (${who}::bigint[])[1] AND NOT narrowed))"
    )
}

fn key_is_wide(org: usize, who: usize) -> String {
    format!(
        "((${who}::bigint[])[2] IS NULL OR EXISTS (
             SELECT FROM api_keys WHERE org_id = ${org} AND id = (${who}::bigint[])[2] AND NOT narrowed))"
    )
}
