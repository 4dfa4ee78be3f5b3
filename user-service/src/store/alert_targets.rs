//! Whether what routes, escalation policies and monitors name is there, and what names it.

use std::borrow::Cow;
use std::collections::HashSet;

use deadpool_postgres::GenericClient;
use domain::escalation::{EscalationStep, Target};
use domain::monitor::FieldError;
use domain::routing::{Conditions, Recipients};
use domain::{EscalationPolicyId, TagId};
use tokio_postgres::types::ToSql;

use super::Scope;
use super::error::StoreError;
use super::only_tags::sees_tag;
use super::scope::sees_everything;

/// How many of what names something are told by their names.
const TOLD: i64 = 3;

/// What can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Named {
    Tag,
    Channel,
    Policy,
    Member,
    Schedule,
    Team,
}

impl Named {
    const ALL: [Self; 6] = [
        Self::Tag,
        Self::Channel,
        Self::Policy,
        Self::Member,
        Self::Schedule,
        Self::Team,
    ];

    /// What a target is, and its id.
    fn of(target: Target) -> (Self, i64) {
        match target {
            Target::Channel { id } => (Self::Channel, id.0),
            Target::Person { id } => (Self::Member, id.0),
            Target::Schedule { id } => (Self::Schedule, id.0),
            Target::Team { id } => (Self::Team, id.0),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Channel => "channel",
            Self::Policy => "escalation policy",
            Self::Member => "member",
            Self::Schedule => "on-call schedule",
            Self::Team => "team",
        }
    }

    /// Which of the ids `$2` are there; of tags those that are seen by `$3`, so that nobody finds out which others there
    /// are. What cannot be deleted while something names it stays until the transaction ends.
    fn known(self) -> Cow<'static, str> {
        match self {
            Self::Tag => format!(
                "SELECT t.id FROM tags t WHERE t.org_id = $1 AND t.id = ANY($2) AND ({} OR {})",
                sees_everything(1, 3),
                sees_tag("t.id", 1, 3)
            )
            .into(),
            Self::Channel => {
                "SELECT id FROM channels WHERE org_id = $1 AND id = ANY($2) AND owner_id IS NULL".into()
            }
            Self::Policy => {
                "SELECT id FROM escalation_policies WHERE org_id = $1 AND id = ANY($2) ORDER BY id FOR KEY SHARE".into()
            }
            Self::Member => {
                "SELECT user_id FROM memberships WHERE org_id = $1 AND user_id = ANY($2)".into()
            }
            Self::Schedule => {
                "SELECT id FROM on_call_schedules WHERE org_id = $1 AND id = ANY($2) ORDER BY id FOR KEY SHARE".into()
            }
            Self::Team => {
                "SELECT id FROM teams WHERE org_id = $1 AND id = ANY($2) ORDER BY id FOR KEY SHARE".into()
            }
        }
    }
}

/// What a change names, each with the path of its field.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<(String, Named, i64)>);

impl Names {
    /// What recipients name that are at `field`; what the `old` ones named may be gone.
    #[must_use]
    pub(crate) fn recipients(mut self, field: &str, new: &Recipients, old: Option<&Recipients>) -> Self {
        match new {
            Recipients::Nobody => {}
            Recipients::Policy { policy_id } => {
                if old != Some(new) {
                    self.0
                        .push((format!("{field}.policy_id"), Named::Policy, policy_id.0));
                }
            }
            Recipients::Channels { channels } => {
                let known = match old {
                    Some(Recipients::Channels { channels }) => channels.as_slice(),
                    _ => &[],
                };
                for (index, channel) in channels.iter().enumerate() {
                    if !known.contains(channel) {
                        let field = format!("{field}.channels.{index}");
                        self.0.push((field, Named::Channel, channel.0));
                    }
                }
            }
        }
        self
    }

    /// An escalation policy that `field` names.
    #[must_use]
    pub(crate) fn policy(mut self, field: &str, id: EscalationPolicyId) -> Self {
        self.0.push((field.to_owned(), Named::Policy, id.0));
        self
    }

    /// What the conditions of a route or a silence name; the `known` tags may be gone.
    #[must_use]
    pub(crate) fn conditions(mut self, new: &Conditions, known: &[TagId]) -> Self {
        for (index, tag) in new.tags.iter().enumerate() {
            if !known.contains(tag) {
                self.0
                    .push((format!("conditions.tags.{index}"), Named::Tag, tag.0));
            }
        }
        self
    }

    /// What the steps of an escalation policy name; what the `old` ones named may be gone.
    #[must_use]
    pub(crate) fn steps(mut self, new: &[EscalationStep], old: &[EscalationStep]) -> Self {
        let known: HashSet<Target> = old.iter().flat_map(|step| &step.targets).copied().collect();
        for (number, step) in new.iter().enumerate() {
            for (index, &target) in step.targets.iter().enumerate() {
                if !known.contains(&target) {
                    let (named, id) = Named::of(target);
                    self.0
                        .push((format!("steps.{number}.targets.{index}"), named, id));
                }
            }
        }
        self
    }

    /// With what a part names that is at `field`.
    #[must_use]
    pub(crate) fn with(mut self, field: &str, part: Self) -> Self {
        let named = part.0.into_iter();
        let named = named.map(|(path, named, id)| (format!("{field}.{path}"), named, id));
        self.0.extend(named);
        self
    }

    /// Requires that all of it is there, and has what cannot be deleted while something names it stay until the
    /// transaction ends.
    ///
    /// # Errors
    /// 422 that names each that is not by the path of its field.
    pub(crate) async fn require(self, client: &impl GenericClient, scope: Scope) -> Result<(), StoreError> {
        let mut errors = Vec::new();
        for named in Named::ALL {
            let wanted = self.0.iter().filter(|(_, it, _)| *it == named);
            let ids: Vec<i64> = wanted.clone().map(|(_, _, id)| *id).collect();
            if ids.is_empty() {
                continue;
            }
            let statement = client.prepare_cached(&named.known()).await?;
            let who = scope.who();
            let parameters: [&(dyn ToSql + Sync); 3] = [scope.org_id(), &ids, &who];
            let taken = if named == Named::Tag { 3 } else { 2 };
            let rows = client.query(&statement, &parameters[..taken]).await?;
            let known: HashSet<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
            let missing = wanted.filter(|(_, _, id)| !known.contains(id));
            errors.extend(missing.map(|(field, _, id)| {
                FieldError::new(field, format!("there is no {} {id}", named.as_str()))
            }));
        }
        match errors.is_empty() {
            true => Ok(()),
            false => Err(StoreError::Invalid(errors)),
        }
    }
}

/// Requires that neither a route nor a monitor names an escalation policy, which is locked.
///
/// # Errors
/// 409 that tells what does.
pub(crate) async fn require_unused_policy(
    client: &impl GenericClient,
    scope: Scope,
    id: EscalationPolicyId,
) -> Result<(), StoreError> {
    let sql = "SELECT kind, name, count(*) OVER () FROM (
                   SELECT 1 AS place, 'route' AS kind, position AS id, name FROM alert_routes
                   WHERE org_id = $1 AND recipients @> jsonb_build_object('policy_id', $2::bigint)
                   UNION ALL
                   SELECT 2, 'monitor', id, name FROM monitors
                   WHERE org_id = $1 AND deleted_at IS NULL
                     AND alert_recipients @> jsonb_build_object('policy_id', $2::bigint)
               ) AS users ORDER BY place, users.id LIMIT $3";
    let rows = client.query(sql, &[scope.org_id(), &id.0, &TOLD]).await?;
    refuse_used(&rows)
}

/// Requires that no escalation policy names a schedule or a team, which is locked.
///
/// # Errors
/// 409 that tells which do.
pub(crate) async fn require_unused_target(
    client: &impl GenericClient,
    scope: Scope,
    target: Target,
) -> Result<(), StoreError> {
    let sql = "SELECT 'escalation policy' AS kind, name, count(*) OVER () FROM escalation_policies
               WHERE org_id = $1 AND plan @> $2 ORDER BY id LIMIT $3";
    let named = serde_json::json!({ "steps": [{ "targets": [target] }] });
    let rows = client.query(sql, &[scope.org_id(), &named, &TOLD]).await?;
    refuse_used(&rows)
}

/// How many escalation policies name a schedule or a team, as an expression in SQL: `kind` is the name of the target's
/// kind, `id` the expression of its id, and `org` the number of the parameter [`Scope::org_id`].
pub(crate) fn policies_that_name(kind: &str, id: &str, org: usize) -> String {
    format!(
        "(SELECT count(*) FROM escalation_policies named_by WHERE named_by.org_id = ${org} AND named_by.plan @>
              jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('targets', jsonb_build_array(
                  jsonb_build_object('kind', '{kind}'::text, 'id', {id}))))))"
    )
}

fn refuse_used(rows: &[tokio_postgres::Row]) -> Result<(), StoreError> {
    let Some(first) = rows.first() else { return Ok(()) };
    let all: i64 = first.try_get(2)?;
    let told = rows.iter().map(|row| {
        let (kind, name): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        Ok(format!("the {kind} \"{name}\""))
    });
    let told: Vec<String> = told.collect::<Result<_, tokio_postgres::Error>>()?;
    let more = all - rows.len() as i64;
    let told = match (more, told.split_last()) {
        (0, Some((last, rest))) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        (0, _) => told.join(", "),
        _ => format!("{} and {more} more", told.join(", ")),
    };
    let wrong = format!("it is used by {told}: have them name something else first");
    Err(StoreError::Conflict(wrong))
}
