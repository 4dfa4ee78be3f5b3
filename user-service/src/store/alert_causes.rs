//! Why channels were notified, as `alert_events` keep it, with what people call what is named there.

use api::AlertCause;
use domain::alert_event::Cause;
use serde_json::Value;
use shared::items;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

/// The columns that [`read`] reads, in SQL: `cause` is an expression, and `org` the number of the parameter
/// [`Scope::org_id`](super::Scope::org_id). Each name is looked up by itself, by its key.
pub(super) fn columns(cause: &str, org: usize) -> String {
    let named = |table: &str, id: &str| {
        format!(
            "(SELECT n.name FROM {table} n WHERE n.org_id = ${org} AND n.id = ({cause} #>> '{id}')::bigint)"
        )
    };
    let target = "{step,target,id}";
    format!(
        "{cause} AS cause, {} AS route_name, {} AS policy_name,
         CASE {cause} #>> '{{step,target,kind}}'
             WHEN 'channel' THEN (SELECT n.name FROM channels n WHERE n.org_id = ${org} AND n.owner_id IS NULL
                                      AND n.id = ({cause} #>> '{target}')::bigint)
             WHEN 'person' THEN (SELECT u.name FROM memberships n JOIN users u ON u.id = n.user_id
                                 WHERE n.org_id = ${org} AND n.user_id = ({cause} #>> '{target}')::bigint)
             WHEN 'schedule' THEN {}
             WHEN 'team' THEN {}
         END AS target_name",
        named("alert_routes", "{route_id}"),
        named("escalation_policies", "{step,policy_id}"),
        named("on_call_schedules", target),
        named("teams", target),
    )
}

/// The cause of a row with these [`columns`]; none where it was not kept. What another version has written is left out.
pub(super) fn read(row: &Row) -> Result<Option<AlertCause>, tokio_postgres::Error> {
    let Some(Json(stored)) = row.try_get::<_, Option<Json<Value>>>("cause")? else {
        return Ok(None);
    };
    let cause: Cause = match serde_json::from_value(stored) {
        Ok(cause) => cause,
        Err(error) => {
            items::left_out("alert cause", None, &items::describe(&error));
            return Ok(None);
        }
    };
    let mut cause = AlertCause::from(cause);
    cause.route_name = row.try_get("route_name")?;
    if let Some(step) = &mut cause.step {
        step.policy_name = row.try_get("policy_name")?;
        if let Some(target) = &mut step.target {
            target.name = row.try_get("target_name")?;
        }
    }
    Ok(Some(cause))
}
