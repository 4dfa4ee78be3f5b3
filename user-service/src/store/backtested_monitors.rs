//! Monitors on whose results something is tried.

use std::collections::HashSet;

use api::BacktestedMonitor;
use deadpool_postgres::GenericClient;
use domain::monitor::FieldError;
use domain::{EscalationPolicyId, MonitorId, Timestamp};
use shared::crypto::Keyring;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::scope::sees;
use super::{Scope, alert_policy, labels};
use crate::rules::backtest::{Selected, goes_to};

/// Monitors that are found, at most.
const MAX_FOUND: i64 = 1_000;

/// Monitors whose routes are looked at, at most.
const MAX_ROUTED: i64 = 10_000;

/// The monitors that are selected and seen, by id, and whether those are all: of many, only the first are found. What alerts
/// go by is as it is at the instant.
///
/// # Errors
/// 422 that names the field of the selection by which there is none, or for each monitor that is not there; 403 for an
/// escalation policy, where not everything is seen.
pub(crate) async fn selected(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    selected: &Selected,
    at: Timestamp,
) -> Result<(Vec<BacktestedMonitor>, bool), StoreError> {
    match selected {
        Selected::All => found(client, scope, None, None, MAX_FOUND).await,
        Selected::Monitors(ids) => Ok((named(client, scope, ids).await?, true)),
        Selected::Tag(tag) => {
            let found = found(client, scope, None, Some(tag), MAX_FOUND).await?;
            some(found, "tag", "is no tag of a monitor that there is")
        }
        Selected::Policy(policy) => {
            let found = of_policy(client, keyring, scope, *policy, at).await?;
            some(
                found,
                "policy_id",
                "is no escalation policy to which outages go now",
            )
        }
    }
}

fn some(
    found: (Vec<BacktestedMonitor>, bool),
    field: &str,
    wrong: &str,
) -> Result<(Vec<BacktestedMonitor>, bool), StoreError> {
    match found.0.is_empty() {
        true => Err(StoreError::Invalid(vec![FieldError::new(field, wrong)])),
        false => Ok(found),
    }
}

async fn named(
    client: &impl GenericClient,
    scope: Scope,
    ids: &[MonitorId],
) -> Result<Vec<BacktestedMonitor>, StoreError> {
    let wanted: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let (found, _) = found(client, scope, Some(&wanted), None, MAX_FOUND).await?;
    let there: HashSet<MonitorId> = found.iter().map(|monitor| monitor.id).collect();
    let missing = ids.iter().filter(|id| !there.contains(*id));
    let errors: Vec<FieldError> = missing
        .map(|id| FieldError::new("monitors", format!("there is no monitor {id}")))
        .collect();
    match errors.is_empty() {
        true => Ok(found),
        false => Err(StoreError::Invalid(errors)),
    }
}

async fn of_policy(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    policy: EscalationPolicyId,
    at: Timestamp,
) -> Result<(Vec<BacktestedMonitor>, bool), StoreError> {
    if !scope.sees_everything(client).await? {
        return Err(StoreError::Narrowed);
    }
    let (all, are_all) = found(client, scope, None, None, MAX_ROUTED).await?;
    let ids: Vec<i64> = all.iter().map(|monitor| monitor.id.0).collect();
    let labels = labels::of_monitors(client, keyring, scope, &ids).await?;
    let routes = alert_policy::read(client, scope, at).await?.routes;
    let goes = |monitor: &BacktestedMonitor| {
        let labels = labels.get(&monitor.id);
        labels.is_some_and(|labels| goes_to(policy, labels, &routes, at))
    };
    Ok((all.into_iter().filter(goes).collect(), are_all))
}

/// The first monitors, and whether those are all.
async fn found(
    client: &impl GenericClient,
    scope: Scope,
    ids: Option<&[i64]>,
    tag: Option<&str>,
    limit: i64,
) -> Result<(Vec<BacktestedMonitor>, bool), StoreError> {
    let sql = format!(
        "SELECT m.id, m.name FROM monitors m
         WHERE m.org_id = $1 AND m.deleted_at IS NULL AND ($2::bigint[] IS NULL OR m.id = ANY($2))
           AND ($3::text IS NULL OR EXISTS (
               SELECT FROM monitor_tags mt JOIN tags t ON t.id = mt.tag_id
               WHERE mt.monitor_id = m.id AND t.org_id = $1 AND lower(t.name) = lower($3)))
           AND {}
         ORDER BY m.id LIMIT $5",
        sees("m.id", 1, 4)
    );
    let statement = client.prepare_cached(&sql).await?;
    let who = scope.who();
    // One more, which says that there are more.
    let most = limit + 1;
    let parameters: [&(dyn ToSql + Sync); 5] = [scope.org_id(), &ids, &tag, &who, &most];
    let rows = client.query(&statement, &parameters).await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(BacktestedMonitor {
            id: MonitorId(row.try_get(0)?),
            name: row.try_get(1)?,
            since: None,
        })
    };
    let (first, are_all) = match usize::try_from(limit) {
        Ok(limit) if rows.len() > limit => (&rows[..limit], false),
        _ => (&rows[..], true),
    };
    let found: Result<Vec<_>, StoreError> = first.iter().map(read).collect();
    Ok((found?, are_all))
}

#[cfg(test)]
mod tests {
    use domain::OrgId;
    use shared::postgres::PostgresSettings;

    use super::*;

    #[tokio::test]
    async fn it_is_known_whether_there_are_more() {
        let url = testkit::database().await;
        let pool = shared::postgres::pool(&PostgresSettings::from_url(&url)).unwrap();
        let client = pool.get().await.unwrap();
        let sql = "INSERT INTO organisations (name) VALUES ('ours'), ('theirs');
                   INSERT INTO monitors (org_id, name, spec)
                   VALUES (1, 'a', '{}'), (2, 'b', '{}'), (1, 'c', '{}'), (1, 'd', '{}')";
        client.batch_execute(sql).await.unwrap();
        let scope = Scope::organisation(OrgId(1));
        for (limit, names, are_all) in [
            (2, vec!["a", "c"], false),
            (3, vec!["a", "c", "d"], true),
            (4, vec!["a", "c", "d"], true),
        ] {
            let (first, all) = found(&client, scope, None, None, limit).await.unwrap();
            let first: Vec<&str> = first.iter().map(|one| one.name.as_str()).collect();
            assert_eq!((first, all), (names, are_all), "{limit}");
        }
    }
}
