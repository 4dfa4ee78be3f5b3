//! What an organisation has decided about who is notified when, as alerters go by it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::alert_policy::{AlertPolicy, Person, Team};
use domain::escalation::{EscalationPlan, EscalationPolicy};
use domain::on_call::{Override, Rota, Schedule};
use domain::routing::{Conditions, Recipients, Route};
use domain::{ChannelId, EscalationPolicyId, RouteId, ScheduleId, TeamId, Timestamp, UserId};
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::{Scope, labels};
use crate::rules::route_explanation::Known;
use crate::rules::told_days::ToldTime;

/// Overrides that are read, of all schedules: those that begin first.
const MAX_OVERRIDES: i64 = 5_000;

/// All of it, with the overrides around an instant.
pub(crate) async fn read(
    client: &impl GenericClient,
    scope: Scope,
    at: Timestamp,
) -> Result<AlertPolicy, StoreError> {
    Ok(AlertPolicy {
        labels_version: labels::labels_version(client, scope).await?,
        ..around(client, scope, ToldTime::at(at)).await?
    })
}

/// All of it but for the version of labels, with the overrides around a time. What cannot be read is left out and counted:
/// the rest holds.
pub(super) async fn around(
    client: &impl GenericClient,
    scope: Scope,
    time: ToldTime,
) -> Result<AlertPolicy, StoreError> {
    Ok(AlertPolicy {
        routes: routes(client, scope).await?,
        escalation_policies: escalation_policies(client, scope).await?,
        schedules: schedules(client, scope, time).await?,
        teams: teams(client, scope).await?,
        people: people(client, scope).await?,
        labels_version: 0,
    })
}

async fn rows(client: &impl GenericClient, scope: Scope, sql: &str) -> Result<Vec<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, &[scope.org_id()]).await?)
}

/// The routes in their order.
async fn routes(client: &impl GenericClient, scope: Scope) -> Result<Vec<Route>, StoreError> {
    let sql = "SELECT id, name, conditions, recipients, goes_on FROM alert_routes WHERE org_id = $1 ORDER BY position";
    let mut routes = Vec::new();
    for row in rows(client, scope, sql).await? {
        let id = row.try_get("id")?;
        let conditions: Stored<Conditions> = row.try_get("conditions")?;
        let recipients: Stored<Recipients> = row.try_get("recipients")?;
        let Some(conditions) = conditions.or_left_out("alert route", id) else {
            continue;
        };
        let Some(recipients) = recipients.or_left_out("alert route", id) else {
            continue;
        };
        routes.push(Route {
            id: RouteId(id),
            name: row.try_get("name")?,
            conditions,
            recipients,
            goes_on: row.try_get("goes_on")?,
        });
    }
    Ok(routes)
}

async fn escalation_policies(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<Vec<EscalationPolicy>, StoreError> {
    let sql = "SELECT id, name, plan FROM escalation_policies WHERE org_id = $1 ORDER BY id";
    let mut policies = Vec::new();
    for row in rows(client, scope, sql).await? {
        let id = row.try_get("id")?;
        let plan: Stored<EscalationPlan> = row.try_get("plan")?;
        let Some(plan) = plan.or_left_out("escalation policy", id) else {
            continue;
        };
        policies.push(EscalationPolicy {
            id: EscalationPolicyId(id),
            name: row.try_get("name")?,
            plan,
        });
    }
    Ok(policies)
}

/// The schedules, with the overrides of a day before and a week after: an alert that is late is of its own time, and an
/// alerter goes by what it knows while user-service is away.
async fn schedules(
    client: &impl GenericClient,
    scope: Scope,
    time: ToldTime,
) -> Result<Vec<Schedule>, StoreError> {
    // Of several at a time the last in the list decides.
    let sql = "SELECT * FROM (
                   SELECT id, schedule_id, user_id, starts_at, ends_at FROM on_call_overrides
                   WHERE org_id = $1 AND ends_at > $2::timestamptz - interval '1 day'
                     AND starts_at < $4::timestamptz + interval '7 days'
                   ORDER BY starts_at, id LIMIT $3
               ) AS near ORDER BY id";
    let mut overrides: HashMap<i64, Vec<Override>> = HashMap::new();
    let (since, until) = (time.since.to_datetime(), time.until.to_datetime());
    let statement = client.prepare_cached(sql).await?;
    let near = [
        scope.org_id() as &(dyn ToSql + Sync),
        &since,
        &MAX_OVERRIDES,
        &until,
    ];
    for row in client.query(&statement, &near).await? {
        let at = |column| row.try_get::<_, DateTime<Utc>>(column).map(Timestamp::from);
        overrides
            .entry(row.try_get("schedule_id")?)
            .or_default()
            .push(Override {
                user_id: UserId(row.try_get("user_id")?),
                from: at("starts_at")?,
                until: at("ends_at")?,
            });
    }
    let sql = "SELECT id, name, rota FROM on_call_schedules WHERE org_id = $1 ORDER BY id";
    let mut schedules = Vec::new();
    for row in rows(client, scope, sql).await? {
        let id = row.try_get("id")?;
        let rota: Stored<Rota> = row.try_get("rota")?;
        let Some(rota) = rota.or_left_out("on-call schedule", id) else {
            continue;
        };
        schedules.push(Schedule {
            id: ScheduleId(id),
            name: row.try_get("name")?,
            rota,
            overrides: overrides.remove(&id).unwrap_or_default(),
        });
    }
    Ok(schedules)
}

async fn teams(client: &impl GenericClient, scope: Scope) -> Result<Vec<Team>, StoreError> {
    let sql = "SELECT t.id, ARRAY(SELECT m.user_id FROM team_members m WHERE m.team_id = t.id
                                  ORDER BY m.position, m.user_id) AS members
               FROM teams t WHERE t.org_id = $1 ORDER BY t.id";
    let read = |row: Row| {
        let members: Vec<i64> = row.try_get("members")?;
        Ok(Team {
            id: TeamId(row.try_get("id")?),
            members: members.into_iter().map(UserId).collect(),
        })
    };
    rows(client, scope, sql).await?.into_iter().map(read).collect()
}

/// The members who have an enabled channel of their own.
async fn people(client: &impl GenericClient, scope: Scope) -> Result<Vec<Person>, StoreError> {
    let sql = "SELECT owner_id, array_agg(id ORDER BY id) AS channels FROM channels
               WHERE org_id = $1 AND owner_id IS NOT NULL AND enabled GROUP BY owner_id ORDER BY owner_id";
    let read = |row: Row| {
        let channels: Vec<i64> = row.try_get("channels")?;
        Ok(Person {
            id: UserId(row.try_get("owner_id")?),
            channels: channels.into_iter().map(ChannelId).collect(),
        })
    };
    rows(client, scope, sql).await?.into_iter().map(read).collect()
}

/// All names that an explanation may need.
pub(crate) async fn known(client: &impl GenericClient, scope: Scope) -> Result<Known, StoreError> {
    let mut known = Known::default();
    let sql = "SELECT id, name, enabled FROM channels WHERE org_id = $1 AND owner_id IS NULL ORDER BY id";
    for row in rows(client, scope, sql).await? {
        let channel = (ChannelId(row.try_get(0)?), row.try_get(1)?, row.try_get(2)?);
        known.channels.push(channel);
    }
    let sql = "SELECT u.id, u.name FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.org_id = $1";
    for row in rows(client, scope, sql).await? {
        known.people.insert(UserId(row.try_get(0)?), row.try_get(1)?);
    }
    let sql = "SELECT id, name FROM teams WHERE org_id = $1";
    for row in rows(client, scope, sql).await? {
        known.teams.insert(TeamId(row.try_get(0)?), row.try_get(1)?);
    }
    Ok(known)
}
