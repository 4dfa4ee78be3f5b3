//! Rows of `alert_routes`. Their positions are 1, 2, 3 and so on: whoever changes them waits for the
//! [turn](Scope::take_turn).

use std::collections::HashSet;

use api::{AlertRoute, LimitKey};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::monitor::FieldError;
use domain::routing::{Conditions, Recipients};
use domain::{RouteId, Timestamp};
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::Scope;
use super::alert_policy_size::{self, Part};
use super::definition_versions::Kept;
use super::error::StoreError;
use super::limits;
use super::version_authors::{self, Made};
use crate::rules::alert_route::{OldRoute, ValidRoute};

const COLUMNS: &str = "id, position, name, conditions, recipients, goes_on, version, created_at, updated_at";

/// A row of `alert_routes`.
#[derive(Clone, Debug)]
pub(crate) struct RouteRow {
    pub(crate) id: RouteId,
    position: i32,
    name: String,
    pub(crate) conditions: Stored<Conditions>,
    pub(crate) recipients: Stored<Recipients>,
    goes_on: bool,
    pub(crate) version: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl RouteRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let at = |column| row.try_get::<_, DateTime<Utc>>(column).map(Timestamp::from);
        Ok(Self {
            id: RouteId(row.try_get("id")?),
            position: row.try_get("position")?,
            name: row.try_get("name")?,
            conditions: row.try_get("conditions")?,
            recipients: row.try_get("recipients")?,
            goes_on: row.try_get("goes_on")?,
            version: row.try_get("version")?,
            created_at: at("created_at")?,
            updated_at: at("updated_at")?,
        })
    }

    /// What a change begins with.
    pub(crate) fn old(&self) -> OldRoute<'_> {
        OldRoute {
            name: &self.name,
            conditions: self.conditions.value(),
            recipients: self.recipients.value(),
            goes_on: self.goes_on,
        }
    }

    /// Whether it says just this.
    pub(crate) fn says(&self, route: &ValidRoute) -> bool {
        self.conditions.value() == Some(&route.conditions)
            && self.recipients.value() == Some(&route.recipients)
            && (self.name == route.name && self.goes_on == route.goes_on)
    }

    /// As it is answered.
    pub(crate) fn view(&self) -> AlertRoute {
        let unreadable = match (&self.conditions, &self.recipients) {
            (Stored::Unreadable { why, .. }, _) => Some(format!("its conditions cannot be read: {why}")),
            (_, Stored::Unreadable { why, .. }) => Some(format!("its recipients cannot be read: {why}")),
            _ => None,
        };
        AlertRoute {
            id: self.id,
            position: u32::try_from(self.position).unwrap_or_default(),
            name: self.name.clone(),
            conditions: self.conditions.value().cloned(),
            recipients: self.recipients.value().cloned(),
            goes_on: self.goes_on,
            error: unreadable,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

impl Kept for RouteRow {
    const KIND: &'static str = "alert_route";
    const TABLE: &'static str = "alert_routes";

    fn columns(_: usize, _: usize) -> String {
        "w.id, w.position, w.name, w.conditions, w.recipients, w.goes_on, w.version, w.created_at, w.updated_at".to_owned()
    }

    fn of_row(row: &Row) -> Result<Self, StoreError> {
        Self::read(row)
    }
}

/// The routes of an organisation after the one at the place `after`, in their order.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    after: i32,
    limit: i64,
) -> Result<Vec<RouteRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM alert_routes WHERE org_id = $1 AND position > $2 ORDER BY position LIMIT $3"
    );
    let rows = client.query(&sql, &[scope.org_id(), &after, &limit]).await?;
    rows.iter().map(RouteRow::read).collect()
}

/// A route.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
    id: RouteId,
) -> Result<RouteRow, StoreError> {
    one(client, scope, id, "").await
}

/// A route, locked until the transaction ends.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn lock(tx: &Transaction<'_>, scope: Scope, id: RouteId) -> Result<RouteRow, StoreError> {
    one(tx, scope, id, "FOR UPDATE").await
}

async fn one(
    client: &impl GenericClient,
    scope: Scope,
    id: RouteId,
    locking: &str,
) -> Result<RouteRow, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM alert_routes WHERE org_id = $1 AND id = $2 {locking}");
    let row = client.query_opt(&sql, &[scope.org_id(), &id.0]).await?;
    RouteRow::read(&row.ok_or(StoreError::NotFound("alert route"))?)
}

/// Adds a route after all others.
///
/// # Errors
/// 409 when the organisation has as many as it may have.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    route: &ValidRoute,
    made: Made<'_>,
) -> Result<RouteRow, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::AlertRoutes, 1).await?;
    version_authors::sign(tx, scope, made, &[]).await?;
    let sql = format!(
        "INSERT INTO alert_routes (org_id, position, name, conditions, recipients, goes_on)
         SELECT $1, coalesce(max(position), 0) + 1, $2, $3, $4, $5 FROM alert_routes WHERE org_id = $1
         RETURNING {COLUMNS}"
    );
    let (conditions, recipients) = (Json(&route.conditions), Json(&route.recipients));
    let row = tx
        .query_one(
            &sql,
            &[
                scope.org_id(),
                &route.name,
                &conditions,
                &recipients,
                &route.goes_on,
            ],
        )
        .await?;
    alert_policy_size::require_room(tx, scope, Part::Routes).await?;
    RouteRow::read(&row)
}

/// Changes a locked route.
pub(crate) async fn update(
    tx: &Transaction<'_>,
    scope: Scope,
    id: RouteId,
    route: &ValidRoute,
    made: Made<'_>,
) -> Result<RouteRow, StoreError> {
    version_authors::sign(tx, scope, made, &[]).await?;
    let sql = format!(
        "UPDATE alert_routes
         SET name = $3, conditions = $4, recipients = $5, goes_on = $6, version = version + 1, updated_at = now()
         WHERE org_id = $1 AND id = $2 RETURNING {COLUMNS}"
    );
    let (conditions, recipients) = (Json(&route.conditions), Json(&route.recipients));
    let row = tx
        .query_one(
            &sql,
            &[
                scope.org_id(),
                &id.0,
                &route.name,
                &conditions,
                &recipients,
                &route.goes_on,
            ],
        )
        .await?;
    alert_policy_size::require_room(tx, scope, Part::Routes).await?;
    RouteRow::read(&row)
}

/// Removes a route; those after it move up. It is the transaction's turn.
pub(crate) async fn delete(tx: &Transaction<'_>, scope: Scope, route: &RouteRow) -> Result<(), StoreError> {
    let sql = "DELETE FROM alert_routes WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &route.id.0]).await?;
    let sql = "UPDATE alert_routes SET position = position - 1 WHERE org_id = $1 AND position > $2";
    tx.execute(sql, &[scope.org_id(), &route.position]).await?;
    Ok(())
}

/// The ids of all routes in their order.
pub(crate) async fn order(client: &impl GenericClient, scope: Scope) -> Result<Vec<RouteId>, StoreError> {
    let sql = "SELECT id FROM alert_routes WHERE org_id = $1 ORDER BY position";
    let rows = client.query(sql, &[scope.org_id()]).await?;
    let ids = rows.iter().map(|row| row.try_get(0).map(RouteId));
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Puts the routes in another order than the `old` one. It is the transaction's turn.
///
/// # Errors
/// 422 (`ids`) unless these are all of them, each once.
pub(crate) async fn set_order(
    tx: &Transaction<'_>,
    scope: Scope,
    old: &[RouteId],
    new: &[RouteId],
) -> Result<(), StoreError> {
    let known: HashSet<&RouteId> = old.iter().collect();
    let mut given = HashSet::new();
    for (index, id) in new.iter().enumerate() {
        let wrong = match (known.contains(id), given.insert(id)) {
            (false, _) => format!("there is no alert route {id}"),
            (true, false) => "is there more than once".to_owned(),
            (true, true) => continue,
        };
        let field = format!("ids.{index}");
        return Err(StoreError::Invalid(vec![FieldError::new(field, wrong)]));
    }
    if let Some(missing) = old.iter().find(|id| !given.contains(id)) {
        let wrong = format!("must name all routes: {missing} is missing");
        return Err(StoreError::Invalid(vec![FieldError::new("ids", wrong)]));
    }
    let ids: Vec<i64> = new.iter().map(|id| id.0).collect();
    let sql = "UPDATE alert_routes r SET position = given.place
               FROM unnest($2::bigint[]) WITH ORDINALITY AS given (id, place)
               WHERE r.org_id = $1 AND r.id = given.id AND r.position <> given.place";
    tx.execute(sql, &[scope.org_id(), &ids]).await?;
    Ok(())
}
