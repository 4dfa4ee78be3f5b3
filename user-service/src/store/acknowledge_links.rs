//! What the link in a notification acknowledges.

use api::{Acknowledgement, LinkedIncident, LinkedState, Role};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::Timestamp;
use domain::acknowledge_link::AcknowledgeLink;
use domain::channel::ChannelAlerts;
use shared::postgres::Stored;

use super::error::StoreError;
use super::organisations::role;
use super::scope::{sees, watched};
use super::{Scope, incidents};

/// In whose name a link acknowledges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ActingAs {
    /// What incidents and audit logs say.
    pub(crate) by: String,
    /// The member whose own channel it is.
    pub(crate) owner: Option<Owner>,
}

/// The member whose own channel has a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) user_id: i64,
    pub(crate) role: Role,
}

/// In whose name the link of a channel acknowledges: the channel's, or of a member's own channel the member's. None where
/// the channel is gone, disabled, or has no such links any more, where the member has left, and while the organisation is to
/// be deleted.
pub(crate) async fn acting_as(
    client: &impl GenericClient,
    link: &AcknowledgeLink,
) -> Result<Option<ActingAs>, StoreError> {
    let sql = "SELECT coalesce(u.name, c.name) AS name, c.alerts, c.owner_id, m.role
               FROM channels c LEFT JOIN users u ON u.id = c.owner_id
               LEFT JOIN memberships m ON m.org_id = c.org_id AND m.user_id = c.owner_id
               WHERE c.id = $1 AND c.org_id = $2 AND c.enabled AND (c.owner_id IS NULL OR m.user_id IS NOT NULL)
                 AND NOT EXISTS (SELECT FROM organisation_deletions gone
                                 WHERE gone.org_id = c.org_id AND gone.cancelled_at IS NULL)";
    let row = client
        .query_opt(sql, &[&link.channel_id.0, &link.org_id.0])
        .await?;
    let Some(row) = row else { return Ok(None) };
    let alerts: Stored<ChannelAlerts> = row.try_get("alerts")?;
    let alerts = alerts.or_left_out("alerts of a channel", link.channel_id.0);
    if !alerts.is_some_and(|alerts| alerts.acknowledge_by_link) {
        return Ok(None);
    }
    let name: String = row.try_get("name")?;
    let owner_id: Option<i64> = row.try_get("owner_id")?;
    let owner = match owner_id {
        Some(user_id) => Some(Owner {
            user_id,
            role: role(&row)?,
        }),
        None => None,
    };
    Ok(Some(ActingAs {
        by: format!("link:{name}"),
        owner,
    }))
}

/// Whether a member sees the monitor of which the incident is; of a drill, the one whose outage is rehearsed.
pub(crate) async fn is_seen_by(
    client: &impl GenericClient,
    link: &AcknowledgeLink,
    user_id: i64,
) -> Result<bool, StoreError> {
    let scope = Scope::member(link.org_id, user_id, None);
    let sql = format!("SELECT {}", sees(&watched("$3::bigint", 1), 1, 2));
    let row = client
        .query_one(&sql, &[scope.org_id(), &scope.who(), &link.monitor_id.0])
        .await?;
    Ok(row.try_get(0)?)
}

/// The incident, or the drill.
pub(crate) async fn incident(
    client: &impl GenericClient,
    link: &AcknowledgeLink,
) -> Result<LinkedIncident, StoreError> {
    match link.monitor_id.drill() {
        Some(_) => drill(client, link).await,
        None => {
            let scope = Scope::organisation(link.org_id);
            let found = incidents::incident(client, scope, link.incident_id).await?;
            let resolved_at = found.incident.resolved_at;
            Ok(LinkedIncident {
                monitor_name: found.incident.monitor_name.unwrap_or_default(),
                drill: false,
                state: state(resolved_at, found.acknowledged.as_ref()),
                started_at: found.incident.started_at,
                resolved_at,
                acknowledged: found.acknowledged,
                refused: None,
            })
        }
    }
}

async fn drill(client: &impl GenericClient, link: &AcknowledgeLink) -> Result<LinkedIncident, StoreError> {
    let sql = "SELECT m.name, d.started_at, d.ended_at, a.acknowledged_at, a.by_name
               FROM drills d JOIN monitors m ON m.id = d.monitor_id
               LEFT JOIN incident_acknowledgements a ON a.incident_id = d.incident_id AND a.org_id = d.org_id
               WHERE d.incident_id = $1 AND d.org_id = $2";
    let row = client
        .query_opt(sql, &[&link.incident_id.0, &link.org_id.0])
        .await?;
    let row = row.ok_or(StoreError::NotFound("link"))?;
    let at = |column| {
        let at: Option<DateTime<Utc>> = row.try_get(column)?;
        Ok::<_, tokio_postgres::Error>(at.map(Timestamp::from))
    };
    let acknowledged = match at("acknowledged_at")? {
        Some(at) => Some(Acknowledgement {
            at,
            by: row.try_get("by_name")?,
        }),
        None => None,
    };
    let resolved_at = at("ended_at")?;
    Ok(LinkedIncident {
        monitor_name: row.try_get("name")?,
        drill: true,
        state: state(resolved_at, acknowledged.as_ref()),
        started_at: row.try_get::<_, DateTime<Utc>>("started_at")?.into(),
        resolved_at,
        acknowledged,
        refused: None,
    })
}

fn state(resolved_at: Option<Timestamp>, acknowledged: Option<&Acknowledgement>) -> LinkedState {
    match (resolved_at, acknowledged) {
        (Some(_), _) => LinkedState::Resolved,
        (None, Some(_)) => LinkedState::Acknowledged,
        (None, None) => LinkedState::Open,
    }
}
