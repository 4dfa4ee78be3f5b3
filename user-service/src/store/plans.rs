//! The plans of organisations: giving one, and what follows from it for others.

use std::collections::BTreeMap;

use deadpool_postgres::{GenericClient, Transaction};
use domain::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::Scope;
use super::error::StoreError;
use crate::rules::plan::Plans;
use crate::rules::uptime_window::{DAY_MS, day_floor};

/// What is stored of an organisation's plan, as the audit log keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Assigned {
    /// None is the default.
    pub(crate) plan: Option<String>,
    /// Limits of this organisation alone.
    pub(crate) limits: Option<Value>,
}

/// What is stored of an organisation's plan, locked until the transaction ends; and the organisation's name.
///
/// # Errors
/// 404 when it is gone.
pub(crate) async fn lock(tx: &Transaction<'_>, scope: Scope) -> Result<(String, Assigned), StoreError> {
    let sql = "SELECT name, plan, limit_overrides FROM organisations WHERE id = $1 FOR NO KEY UPDATE";
    let row = tx.query_opt(sql, &[scope.org_id()]).await?;
    let row = row.ok_or(StoreError::NotFound("organisation"))?;
    let assigned = Assigned {
        plan: row.try_get(1)?,
        limits: row.try_get(2)?,
    };
    Ok((row.try_get(0)?, assigned))
}

/// Gives a locked organisation a plan.
pub(crate) async fn assign(
    tx: &Transaction<'_>,
    scope: Scope,
    assigned: &Assigned,
    plans: &Plans,
) -> Result<(), StoreError> {
    let effective = plans.effective(assigned.plan.as_deref(), assigned.limits.as_ref());
    let days = days(effective.limits.raw_retention_days);
    let sql =
        "UPDATE organisations SET plan = $2, limit_overrides = $3, raw_retention_days = $4 WHERE id = $1";
    tx.execute(sql, &[scope.org_id(), &assigned.plan, &assigned.limits, &days])
        .await?;
    Ok(())
}

/// Since when single results of an organisation are shown; none where its plan shows all that there are.
pub(crate) async fn results_from(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT raw_retention_days FROM organisations WHERE id = $1";
    let statement = client.prepare_cached(sql).await?;
    let row = client.query_opt(&statement, &[scope.org_id()]).await?;
    let days: Option<i32> = row.map(|row| row.try_get(0)).transpose()?.flatten();
    Ok(days.map(|days| day_floor(shared::now().plus_millis(-i64::from(days) * DAY_MS))))
}

fn days(days: Option<u32>) -> Option<i32> {
    days.and_then(|days| i32::try_from(days).ok())
}

/// How many organisations have each plan, and how many have something stored that cannot be gone by.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tiers {
    pub(crate) organisations: BTreeMap<String, i64>,
    pub(crate) unknown: i64,
    /// What is wrong with one of those.
    pub(crate) wrong: Option<String>,
}

/// Counts the organisations of each plan.
pub(crate) async fn tiers(
    client: &impl GenericClient,
    plans: &Plans,
) -> Result<Tiers, tokio_postgres::Error> {
    let mut tiers = Tiers::default();
    tiers
        .organisations
        .extend(plans.names().map(|name| (name.to_owned(), 0)));
    // Few have limits of their own.
    let sql = "SELECT plan, limit_overrides, count(*), min(id) FROM organisations GROUP BY 1, 2";
    for row in client.query(sql, &[]).await? {
        let (plan, overrides): (Option<&str>, Option<Value>) = (row.try_get(0)?, row.try_get(1)?);
        let (count, one): (i64, i64) = (row.try_get(2)?, row.try_get(3)?);
        let effective = plans.effective(plan, overrides.as_ref());
        *tiers.organisations.entry(effective.plan).or_default() += count;
        if let Some(wrong) = effective.wrong {
            tiers.unknown += count;
            tiers.wrong = Some(format!("organisation {one}: {wrong}"));
        }
    }
    Ok(tiers)
}

/// Notes for how long results of each organisation are kept, where the configuration says another time than before.
/// Answers of how many.
pub(crate) async fn note_retention(
    client: &impl GenericClient,
    plans: &Plans,
) -> Result<u64, tokio_postgres::Error> {
    let sql = "SELECT DISTINCT plan, limit_overrides, raw_retention_days FROM organisations";
    let mut changed = 0;
    for row in client.query(sql, &[]).await? {
        let (plan, overrides): (Option<&str>, Option<Value>) = (row.try_get(0)?, row.try_get(1)?);
        let noted: Option<i32> = row.try_get(2)?;
        let days = days(
            plans
                .effective(plan, overrides.as_ref())
                .limits
                .raw_retention_days,
        );
        if days != noted {
            let update = "UPDATE organisations SET raw_retention_days = $4
                 WHERE plan IS NOT DISTINCT FROM $1 AND limit_overrides IS NOT DISTINCT FROM $2
                   AND raw_retention_days IS NOT DISTINCT FROM $3";
            changed += client
                .execute(update, &[&plan, &overrides, &noted, &days])
                .await?;
        }
    }
    Ok(changed)
}
