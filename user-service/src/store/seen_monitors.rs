//! The monitors that a row names in its column `monitors`, all of the organisation's when it names none: which of them are
//! seen, and whether those are there that it is to name.

use std::collections::HashSet;

use deadpool_postgres::GenericClient;
use domain::MonitorId;
use domain::monitor::FieldError;

use super::Scope;
use super::error::StoreError;
use super::scope::{sees, sees_everything};

/// The columns `monitors`, with those that are seen, and `is_part`, whether the `row` concerns more than is seen.
pub(super) fn columns(row: &str, org: usize, who: usize) -> String {
    format!(
        "{} AS monitors, NOT {} AND ({row}.monitors = '{{}}' OR {}) AS is_part",
        seen(row, org, who),
        sees_everything(org, who),
        names_unseen(row, org, who),
    )
}

/// Those that are seen of the `row`, in their order.
pub(super) fn seen(row: &str, org: usize, who: usize) -> String {
    format!(
        "ARRAY(SELECT it.id FROM unnest({row}.monitors) WITH ORDINALITY AS it (id, n) WHERE {} ORDER BY it.n)",
        sees("it.id", org, who)
    )
}

/// The condition that the `row` is seen: it concerns all monitors, or one that is seen.
pub(super) fn is_seen(row: &str, org: usize, who: usize) -> String {
    format!("({row}.monitors = '{{}}' OR {})", names("", row, org, who))
}

/// The condition that the `row` names a monitor that is not seen.
pub(super) fn names_unseen(row: &str, org: usize, who: usize) -> String {
    names("NOT ", row, org, who)
}

fn names(not: &str, row: &str, org: usize, who: usize) -> String {
    format!(
        "EXISTS (SELECT FROM unnest({row}.monitors) AS it (id) WHERE {not}{})",
        sees("it.id", org, who)
    )
}

/// Those of these monitors that are there and seen.
pub(super) async fn seen_among(
    client: &impl GenericClient,
    scope: Scope,
    ids: &[i64],
) -> Result<HashSet<MonitorId>, StoreError> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let sql = format!(
        "SELECT m.id FROM monitors m WHERE m.org_id = $1 AND m.id = ANY($2) AND m.deleted_at IS NULL AND {}",
        sees("m.id", 1, 3)
    );
    let statement = client.prepare_cached(&sql).await?;
    let rows = client
        .query(&statement, &[scope.org_id(), &ids, &scope.who()])
        .await?;
    rows.iter().map(|row| Ok(MonitorId(row.try_get(0)?))).collect()
}

/// Refuses monitors that the organisation does not have or that are not seen, and none, which is all, from who does not
/// see all. The `old` ones stay, also when they were removed meanwhile.
///
/// # Errors
/// 422 (`monitors`) for each; 403 for all monitors.
pub(super) async fn require(
    client: &impl GenericClient,
    scope: Scope,
    new: &[MonitorId],
    old: &[MonitorId],
) -> Result<(), StoreError> {
    if new.is_empty() && !scope.sees_everything(client).await? {
        return Err(StoreError::Narrowed);
    }
    let added = new.iter().filter(|id| !old.contains(id));
    let added: Vec<i64> = added.map(|id| id.0).collect();
    let seen = seen_among(client, scope, &added).await?;
    let unknown = added.iter().filter(|id| !seen.contains(&MonitorId(**id)));
    let errors: Vec<_> = unknown
        .map(|id| FieldError::new("monitors", format!("there is no monitor {id}")))
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(StoreError::Invalid(errors)),
    }
}
