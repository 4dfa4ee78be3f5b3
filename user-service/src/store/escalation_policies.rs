//! Rows of `escalation_policies`.

use api::{EscalationPolicy, EscalationPolicyUse, LimitKey};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::escalation::EscalationPlan;
use domain::{EscalationPolicyId, Timestamp};
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::Scope;
use super::alert_policy_size::{self, Part};
use super::definition_versions::Kept;
use super::error::StoreError;
use super::version_authors::{self, Made};
use super::{alert_targets, limits};
use crate::rules::escalation_policy::ValidPolicy;

/// What [`PolicyRow::read`] reads. What names each policy is counted once, for all of them: as text, so that what cannot
/// be read spoils nothing.
const SELECT: &str = "
    SELECT p.id, p.name, p.plan, p.version, p.created_at, p.updated_at,
           coalesce(r.used, 0) AS routes, coalesce(m.used, 0) AS monitors
    FROM escalation_policies p
    LEFT JOIN (SELECT recipients ->> 'policy_id' AS id, count(*) AS used FROM alert_routes
               WHERE org_id = $1 AND recipients ? 'policy_id' GROUP BY 1) r ON r.id = p.id::text
    LEFT JOIN (SELECT alert_recipients ->> 'policy_id' AS id, count(*) AS used FROM monitors
               WHERE org_id = $1 AND deleted_at IS NULL AND alert_recipients ? 'policy_id' GROUP BY 1) m
           ON m.id = p.id::text
    WHERE p.org_id = $1";

/// A row of `escalation_policies`.
#[derive(Clone, Debug)]
pub(crate) struct PolicyRow {
    pub(crate) id: EscalationPolicyId,
    pub(crate) name: String,
    pub(crate) plan: Stored<EscalationPlan>,
    used_by: EscalationPolicyUse,
    pub(crate) version: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl PolicyRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let at = |column| row.try_get::<_, DateTime<Utc>>(column).map(Timestamp::from);
        let count = |column| {
            let count: i64 = row.try_get(column)?;
            Ok::<_, tokio_postgres::Error>(u32::try_from(count).unwrap_or(u32::MAX))
        };
        Ok(Self {
            id: EscalationPolicyId(row.try_get("id")?),
            name: row.try_get("name")?,
            plan: row.try_get("plan")?,
            used_by: EscalationPolicyUse {
                routes: count("routes")?,
                monitors: count("monitors")?,
            },
            version: row.try_get("version")?,
            created_at: at("created_at")?,
            updated_at: at("updated_at")?,
        })
    }

    /// Whether it says just this.
    pub(crate) fn says(&self, policy: &ValidPolicy) -> bool {
        self.name == policy.name && self.plan.value() == Some(&policy.plan)
    }

    /// As it is answered.
    pub(crate) fn view(self) -> EscalationPolicy {
        let (plan, error) = match self.plan {
            Stored::Read(plan) => (Some(plan), None),
            Stored::Unreadable { why, .. } => (None, Some(format!("its steps cannot be read: {why}"))),
        };
        EscalationPolicy {
            id: self.id,
            name: self.name,
            repeats: plan.as_ref().map_or(0, |plan| plan.repeats),
            repeat_after_minutes: plan.as_ref().map_or(0, |plan| plan.repeat_after_minutes),
            acknowledgement_minutes: plan.as_ref().map_or(0, |plan| plan.acknowledgement_minutes),
            steps: plan.map(|plan| plan.steps).unwrap_or_default(),
            error,
            used_by: self.used_by,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

impl Kept for PolicyRow {
    const KIND: &'static str = "escalation_policy";
    const TABLE: &'static str = "escalation_policies";

    // What names it is no part of a version.
    fn columns(_: usize, _: usize) -> String {
        "w.id, w.name, w.plan, w.version, w.created_at, w.updated_at, 0::bigint AS routes, 0::bigint AS monitors".to_owned()
    }

    fn of_row(row: &Row) -> Result<Self, StoreError> {
        Self::read(row)
    }
}

/// The escalation policies of an organisation after the one with the id `after`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    after: i64,
    limit: i64,
) -> Result<Vec<PolicyRow>, StoreError> {
    let sql = format!("{SELECT} AND p.id > $2 ORDER BY p.id LIMIT $3");
    let rows = client.query(&sql, &[scope.org_id(), &after, &limit]).await?;
    rows.iter().map(PolicyRow::read).collect()
}

/// An escalation policy.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
    id: EscalationPolicyId,
) -> Result<PolicyRow, StoreError> {
    one(client, scope, id, "").await
}

/// An escalation policy, locked until the transaction ends: also against being named.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn lock(
    tx: &Transaction<'_>,
    scope: Scope,
    id: EscalationPolicyId,
) -> Result<PolicyRow, StoreError> {
    one(tx, scope, id, "FOR UPDATE OF p").await
}

async fn one(
    client: &impl GenericClient,
    scope: Scope,
    id: EscalationPolicyId,
    locking: &str,
) -> Result<PolicyRow, StoreError> {
    let sql = format!("{SELECT} AND p.id = $2 {locking}");
    let row = client.query_opt(&sql, &[scope.org_id(), &id.0]).await?;
    PolicyRow::read(&row.ok_or(StoreError::NotFound("escalation policy"))?)
}

/// Adds an escalation policy.
///
/// # Errors
/// 409 when the organisation has as many as it may have.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    policy: &ValidPolicy,
    made: Made<'_>,
) -> Result<PolicyRow, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::EscalationPolicies, 1).await?;
    version_authors::sign(tx, scope, made, &[]).await?;
    let sql = "INSERT INTO escalation_policies (org_id, name, plan) VALUES ($1, $2, $3) RETURNING id";
    let row = tx
        .query_one(sql, &[scope.org_id(), &policy.name, &Json(&policy.plan)])
        .await?;
    alert_policy_size::require_room(tx, scope, Part::Policies).await?;
    find(tx, scope, EscalationPolicyId(row.try_get(0)?)).await
}

/// Changes a locked escalation policy.
pub(crate) async fn update(
    tx: &Transaction<'_>,
    scope: Scope,
    id: EscalationPolicyId,
    policy: &ValidPolicy,
    made: Made<'_>,
) -> Result<PolicyRow, StoreError> {
    version_authors::sign(tx, scope, made, &[]).await?;
    let sql = "UPDATE escalation_policies SET name = $3, plan = $4, version = version + 1, updated_at = now()
               WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &id.0, &policy.name, &Json(&policy.plan)])
        .await?;
    alert_policy_size::require_room(tx, scope, Part::Policies).await?;
    find(tx, scope, id).await
}

/// Removes a locked escalation policy.
///
/// # Errors
/// 409 when something names it.
pub(crate) async fn delete(
    tx: &Transaction<'_>,
    scope: Scope,
    id: EscalationPolicyId,
) -> Result<(), StoreError> {
    alert_targets::require_unused_policy(tx, scope, id).await?;
    let sql = "DELETE FROM escalation_policies WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &id.0]).await?;
    Ok(())
}
